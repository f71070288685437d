"""What people can do beyond the ten steps, and what goes wrong, on the real server and a real simulated tenant."""

from dataclasses import replace
from datetime import timedelta

import pytest
from house import IMPATIENT, NOW, House, Play, Stage, begin, issuer_spelled_otherwise, new_names, same_names

from certificates.rehearsal import Issued
from desk.refusals import ActRefused, AlreadyStarted
from process.case import Case, Closing
from process.facts import NamePair, RootTrust
from process.steps import Role
from tenant.flows import read_flow
from workflows.names import TASK_QUEUE
from workflows.renewal import Renewal, RenewalStart

TENANT, SENDER = Role.TENANT_ADMINISTRATOR, Role.SENDER_ADMINISTRATOR


async def listed(stage: Stage, flow: str) -> set[NamePair]:
    """The pairs that the running flow accepts."""
    content = read_flow((await stage.call("GET", f"running/{flow}")).content)
    return {NamePair(row.subject, row.issuer) for channel in content.channels for row in channel.rows}


async def mapped(stage: Stage) -> set[str]:
    """The fingerprints that are mapped on the tenant."""
    async with stage.client() as client:
        return {mapping.fingerprint for mapping in await client.user_mappings()}


async def staged(house: House, stage: Stage, old: Issued, impatient: bool = False) -> Play:
    """A renewal of a certificate that one flow lists and one mapping holds."""
    await stage.flow("Orders", old.facts)
    await stage.mapping("ERP", old.facts)
    return await begin(house, stage, old, IMPATIENT if impatient else None)


async def test_withdrawn_before_the_release(house: House, stage: Stage) -> None:
    """Withdrawing before step 6 takes back names and mapping; the old certificate is accepted all the time."""
    pair = new_names()
    play = await staged(house, stage, pair.old)
    await play.submit(pair.new)
    await play.steps("3", "4a", "4b")
    assert await listed(stage, "Orders") == {pair.old.facts.names, pair.new.facts.names}
    await play.act("withdraw", TENANT, text="the project is cancelled")
    case = await play.until(lambda case: case.closed)
    assert case.closing is Closing.WITHDRAWN
    assert await listed(stage, "Orders") == {pair.old.facts.names}
    assert await mapped(stage) == {pair.old.facts.fingerprint}


async def test_withdrawing_after_the_release_is_unsafe(house: House, stage: Stage) -> None:
    """After step 6 the sender may present the new certificate: first it must say that it is back."""
    pair = new_names()
    play = await staged(house, stage, pair.old)
    await play.submit(pair.new)
    await play.steps("3", "4a", "4b", "5", "6", "7")
    with pytest.raises(ActRefused) as refused:
        await play.act("withdraw", TENANT, text="no")
    assert refused.value.code == "WithdrawUnsafe"
    assert "switch-back" in refused.value.sentence
    await play.act("switch_back", SENDER, text="handshake fails")
    await play.act("withdraw", TENANT, text="the CA must issue again")
    case = await play.until(lambda case: case.closed)
    assert case.closing is Closing.WITHDRAWN
    assert await listed(stage, "Orders") == {pair.old.facts.names}


async def test_a_withdrawn_certificate_can_be_renewed_again(house: House, stage: Stage) -> None:
    """A second start is refused while the first runs, and possible after it was withdrawn."""
    pair = new_names()
    play = await staged(house, stage, pair.old)
    with pytest.raises(AlreadyStarted):
        await begin(house, stage, pair.old)
    await play.act("withdraw", TENANT, text="too early")
    await house.client.get_workflow_handle(play.id).result()
    again = await begin(house, stage, pair.old)
    assert again.id == play.id
    assert (await again.case()).closing is None


async def test_switched_back_and_forth(house: House, stage: Stage) -> None:
    """Switching back reopens step 7; both certificates stay accepted until the switch is confirmed for good."""
    pair = new_names()
    play = await staged(house, stage, pair.old)
    await play.submit(pair.new)
    await play.steps("3", "4a", "4b", "5", "6", "7", "8")
    await play.act("switch_back", SENDER, text="the partner refuses it")
    case = await play.case()
    assert not case.is_done("7")
    assert not case.is_done("8")
    assert await listed(stage, "Orders") == {pair.old.facts.names, pair.new.facts.names}
    await play.steps("7", "8", "9a", "9b", "10")
    assert (await play.until(lambda case: case.closed)).closing is Closing.COMPLETED


async def test_a_replaced_certificate_is_cleaned_up(house: House, stage: Stage) -> None:
    """What a replaced certificate left on the tenant goes in the clean-up, the old and the new never before."""
    first, second = new_names(), new_names()
    better = Issued(second.new.der, second.new.chain, second.new.key)
    play = await staged(house, stage, first.old)
    await play.submit(first.new)
    await play.steps("3", "4a", "4b", "5", "6", "7")
    await play.submit(better)
    await play.until(lambda case: case.new is not None and case.new.fingerprint == better.facts.fingerprint)
    await play.steps("3", "4a", "4b")
    names = {first.old.facts.names, first.new.facts.names, better.facts.names}
    assert await listed(stage, "Orders") == names
    await play.steps("5", "6", "7", "8", "9a", "9b", "10")
    await play.until(lambda case: case.closed)
    assert await listed(stage, "Orders") == {better.facts.names}
    assert await mapped(stage) == {better.facts.fingerprint}


async def test_a_returned_certificate_reopens_step_2(house: House, stage: Stage) -> None:
    """Returning needs a reason and waits for another certificate."""
    pair = same_names()
    play = await staged(house, stage, pair.old)
    await play.submit(pair.new)
    await play.act("return_certificate", TENANT, text="wrong environment")
    case = await play.case()
    assert case.new is None
    with pytest.raises(ActRefused) as refused:
        await play.step("6")
    assert refused.value.code == "StepNotOpen"
    await play.submit(pair.new)
    await play.until(lambda case: case.is_done("2"))


async def test_a_failed_deploy_reopens_the_step(house: House, stage: Stage) -> None:
    """A deploy that fails is a line on the record in the tenant's words; ordered again, the step completes."""
    pair = new_names()
    play = await staged(house, stage, pair.old)
    await play.submit(pair.new)
    await play.step("3")
    await stage.call("POST", "fail-next-deploy", {"flow": "Orders", "text": "The script Mapping.groovy is missing."})
    await play.step("4a")
    case = await play.until(lambda case: bool(case.troubles))
    assert "Mapping.groovy" in case.record[-1].text
    assert "4a" not in case.steps
    await play.steps("4a")
    assert await listed(stage, "Orders") == {pair.old.facts.names, pair.new.facts.names}
    assert await stage.writes("Orders") == 1


async def test_a_tenant_that_is_down_loses_nothing(house: House, stage: Stage) -> None:
    """While the tenant is down, what was ordered is tried; when patience ends the step opens again."""
    pair = new_names()
    play = await staged(house, stage, pair.old, impatient=True)
    await play.submit(pair.new)
    await play.step("3")
    await stage.fault(".*", status=503, times=None)
    await play.step("4b")
    case = await play.until(lambda case: bool(case.troubles))
    assert "4b" not in case.steps
    await stage.mend()
    await play.steps("4b")
    assert await mapped(stage) == {pair.old.facts.fingerprint, pair.new.facts.fingerprint}


async def test_a_tenant_that_cannot_be_read_is_said_so(house: House, stage: Stage) -> None:
    """A reading that fails is never taken for nothing found: the health says failing, the step stays where it is."""
    pair = new_names()
    await stage.fault("IntegrationPackages", status=503, times=None)
    play = await staged(house, stage, pair.old, impatient=True)

    def failing(case: Case) -> bool:
        return bool(case.troubles) and case.facts is None

    case = await play.until(failing)
    assert case.read_again_at is not None
    await play.act("sender_submits_certificate", SENDER, certificate=pair.new.bundle_pem)
    case = await play.until(lambda case: case.new is not None)
    assert not case.is_done("2")


async def test_done_by_hand_is_checked(house: House, stage: Stage) -> None:
    """What a person says was done by hand is looked at: not there, the step opens again; there, it is done."""
    pair = new_names()
    play = await staged(house, stage, pair.old)
    await play.submit(pair.new)
    await play.step("3")
    await play.step("4b", by_hand=True)
    case = await play.until(lambda case: bool(case.troubles))
    assert "4b" not in case.steps
    await stage.mapping("ERP", pair.new.facts)
    await play.step("4b", by_hand=True)
    await play.until(lambda case: case.is_done("4b"))


async def test_what_was_not_looked_at_needs_a_word(house: House, stage: Stage) -> None:
    """A configure-only package hides its flows: the release is refused until a person overrides, in red for ever."""
    pair = same_names()
    play_stage = stage
    await play_stage.flow("Hidden", pair.old.facts)
    await play_stage.call("POST", "configure-only", {"package": "Rehearsal"})
    play = await begin(house, stage, pair.old)
    await play.submit(pair.new)
    with pytest.raises(ActRefused) as refused:
        await play.step("6")
    assert refused.value.code == "NotLookedAt"
    assert "Hidden" in refused.value.sentence
    override = {"guard": "NotLookedAt", "text": "looked at in the editor"}
    with pytest.raises(ActRefused) as mistyped:
        await play.act("override", TENANT, sender="erpp", **override)
    assert mistyped.value.code == "SenderNotTyped"
    await play.act("override", TENANT, sender="erp", **override)
    await play.steps("6", "7", "8")
    case = await play.until(lambda case: case.closed)
    assert case.overrides == ("NotLookedAt",)


async def test_a_terminated_renewal_can_be_started_again(house: House, stage: Stage) -> None:
    """What the operator of Temporal terminated came to nothing: a person may start it again."""
    pair = new_names()
    play = await begin(house, stage, pair.old)
    await house.client.get_workflow_handle(play.id).terminate("by mistake")
    again = await begin(house, stage, pair.old)
    await again.until(lambda case: case.facts is not None)


async def test_a_person_decides_where_the_engines_differ(house: House, stage: Stage) -> None:
    """A certificate that one engine takes and the other does not waits at step 3 for the tenant administrator."""
    pair = new_names()
    doubtful = issuer_spelled_otherwise()
    play = await staged(house, stage, pair.old)
    await play.submit(doubtful)
    with pytest.raises(ActRefused) as refused:
        await play.step("3")
    assert refused.value.code == "CertificateUndecided"
    assert "OpenSSL" in refused.value.sentence
    await play.step("3", decided="SAP's load balancer takes it, tried on the test tenant")
    await play.steps("4a", "4b")
    assert doubtful.facts.names in await listed(stage, "Orders")


async def test_an_accepted_certificate_is_judged_again(house: House, stage: Stage) -> None:
    """A day after the last judgement the worker judges again; here without a list, so a person is asked."""
    pair = same_names()
    play = await begin(house, stage, pair.old)
    await play.submit(pair.new)
    case = await play.case()
    assert case.verdict is not None
    verdict = replace(case.verdict, root=RootTrust.LISTED, roots="version 1")
    stale = replace(case, verdict=verdict, judged_at=NOW - timedelta(days=2))
    id = f"{play.id}/continued"
    await house.client.start_workflow(
        Renewal.run, RenewalStart(case.subject, case=stale), id=id, task_queue=TASK_QUEUE
    )
    continued = Play(play.desk, id)
    case = await continued.until(lambda case: case.record[-1].act == "judge certificate again")
    assert case.verdict is not None
    assert case.verdict.root is RootTrust.UNKNOWN
    with pytest.raises(ActRefused) as refused:
        await continued.step("6", root_confirmed="")
    assert refused.value.code == "RootNotConfirmed"
