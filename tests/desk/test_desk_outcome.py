"""What comes of an act: the answer says *taken*, the outcome says done, failed, returned, or still under way."""

import uuid
from collections.abc import AsyncGenerator
from datetime import timedelta

import pytest
from house import House, Play, Stage, begin, same_names

from certificates.rehearsal import Issued
from desk.desk import Desk
from desk.outcome import Acted, with_outcome
from desk.refusals import ActRefused, NotReachable
from process.case import Case
from process.steps import BY_ID, Role
from workflows.messages import MESSAGES, Answer
from workflows.policies import Patience

BRIEF = Patience(timedelta(seconds=1), timedelta(seconds=1), timedelta(seconds=10))


async def submitted(play: Play, certificate: Issued, wait: float = 20) -> Answer:
    """Step 2 with its outcome."""
    message = MESSAGES["sender_submits_certificate"](
        request_id=str(uuid.uuid4()), by="sam", role=Role.SENDER_ADMINISTRATOR, certificate=certificate.bundle_pem
    )
    answer = await play.desk.act(play.id, "sender_submits_certificate", message)
    return await with_outcome(play.desk, Acted(play.id, message.request_id, "2", wait), answer)


async def ordered(play: Play, step: str, wait: float = 20, desk: Desk | None = None) -> Answer:
    """A step that changes the tenant, with its outcome."""
    known, request_id = BY_ID[step], str(uuid.uuid4())
    assert known.act is not None
    answer = await play.act(known.act, known.role, request_id=request_id)
    return await with_outcome(desk or play.desk, Acted(play.id, request_id, step, wait), answer)


async def test_a_good_certificate(house: House, stage: Stage) -> None:
    """The verdict is part of the sentence."""
    pair = same_names()
    play = await begin(house, stage, pair.old)
    answer = await submitted(play, pair.new)
    assert "The certificate is accepted." in answer.sentence


async def test_a_returned_certificate_is_a_refusal(house: House, stage: Stage) -> None:
    """The reasons are the refusal's; a better one is accepted, and the earlier return is not told again."""
    pair = same_names()
    play = await begin(house, stage, pair.old)
    with pytest.raises(ActRefused) as caught:
        await submitted(play, pair.old)
    assert caught.value.code == "CertificateReturned"
    assert "is returned" not in (await submitted(play, pair.new)).sentence


async def test_done_work_says_what_the_tenant_shows_and_what_is_next(house: House, stage: Stage) -> None:
    """After 4b: the evidence, then step 6 and its role."""
    pair = same_names()
    await stage.mapping("ERP", pair.old.facts)
    play = await begin(house, stage, pair.old)
    await play.submit(pair.new)
    answer = await ordered(play, "4b")
    assert "ERP" in answer.sentence
    assert answer.waiting_for == (Role.TENANT_ADMINISTRATOR,)
    assert answer.next[0].startswith("Step 6 is open")


async def test_failed_work_is_a_refusal(house: House, stage: Stage) -> None:
    """When patience ends, the failure is told under one code; done again, the earlier failure is not told again."""
    pair = same_names()
    await stage.mapping("ERP", pair.old.facts)
    play = await begin(house, stage, pair.old, BRIEF)
    await play.submit(pair.new)
    await stage.fault("/api/v1/CertificateUserMappings", status=503, times=None)
    with pytest.raises(ActRefused) as caught:
        await ordered(play, "4b")
    assert caught.value.code == "WorkFailed"
    await stage.mend()
    assert (await ordered(play, "4b")).accepted


async def test_work_that_takes_longer_goes_on(house: House, stage: Stage) -> None:
    """Nobody waits longer than was asked for; the work is done all the same."""
    pair = same_names()
    await stage.mapping("ERP", pair.old.facts)
    play = await begin(house, stage, pair.old)
    await play.submit(pair.new)
    await stage.fault("/api/v1/CertificateUserMappings", delay=0.4)
    answer = await ordered(play, "4b", wait=0.1)
    assert answer.sentence.endswith("The work goes on; certrelay watch follows it.")
    await play.until(lambda case: case.is_done("4b"))


async def test_a_worker_that_falls_silent_is_no_refusal(house: House, stage: Stage) -> None:
    """The act was taken; that nobody can tell its outcome now does not undo it."""
    pair = same_names()
    await stage.mapping("ERP", pair.old.facts)
    play = await begin(house, stage, pair.old)
    await play.submit(pair.new)
    answer = await ordered(play, "4b", desk=Silent(house.client))
    assert answer.accepted
    assert "The work goes on" in answer.sentence


class Silent(Desk):
    """A desk whose worker has just gone."""

    async def moves(self, id: str) -> AsyncGenerator[Case, None]:
        """Nothing, as after a crash."""
        raise NotReachable("The worker", id)
        yield
