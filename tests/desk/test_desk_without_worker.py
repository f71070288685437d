"""The Desk where no worker answers: nothing is lost, nothing is done twice. And what it refuses by itself."""

import asyncio
import uuid
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from house import House, Play, Stage, connect, new_names, same_names, temporal_server
from temporalio.client import (
    Client,
    Interceptor,
    OutboundInterceptor,
    StartWorkflowUpdateInput,
    WorkflowUpdateFailedError,
    WorkflowUpdateHandle,
)
from temporalio.exceptions import ApplicationError

from desk.desk import Desk
from desk.refusals import (
    ActRefused,
    AlreadyStarted,
    NotReachable,
    RenewalEnded,
    SeveralRenewals,
    UnknownRenewal,
)
from process.case import Outcome
from process.expiry import Registered
from process.steps import Role
from workflows.messages import Say
from workflows.plugin import CertrelayPlugin

NOT_LONG = timedelta(seconds=0.5)


@pytest.fixture(scope="module")
async def idle(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A house with a server and no worker; a test opens one with `idle.working()`."""
    async with temporal_server() as address:
        yield House(await connect(address), tmp_path_factory.mktemp("idle"))


@pytest.fixture
async def empty(idle: House, tmp_path: Path) -> AsyncIterator[Stage]:
    """A tenant of the test's own in that house."""
    async with idle.stage(tmp_path) as stage:
        yield stage


@pytest.fixture
def desk(idle: House) -> Desk:
    """A desk that does not wait long."""
    return Desk(idle.client, answer_within=NOT_LONG)


def _remark(text: str = "while you were away") -> Say:
    return Say(request_id=str(uuid.uuid4()), by="otto", role=Role.OPERATOR, text=text)


async def _begun(desk: Desk, stage: Stage, sender: str = "erp") -> str:
    return await desk.start(Registered(stage.name, sender, new_names().old.facts))


async def test_an_act_without_a_worker_is_kept_and_done_once(idle: House, empty: Stage, desk: Desk) -> None:
    """The person hears that it comes later; when a worker is back, update and signal together leave one line."""
    id = await _begun(desk, empty)
    message = _remark()
    answer = await desk.act(id, "comment", message)
    assert answer.later
    assert answer.accepted
    assert "operator" in answer.sentence
    async with idle.working():
        case = await Play(desk, id).until(lambda case: case.entry_of(message.request_id) is not None)
        assert (await Desk(idle.client).act(id, "comment", message)).repeated
        case = await Play(Desk(idle.client), id).until(lambda case: case.facts_fresh)
    assert [e.request_id for e in case.record].count(message.request_id) == 1


class _Forgetful(Interceptor, OutboundInterceptor):
    """A worker that passes over every update: the server's words, as they were heard when it happened."""

    def __init__(self) -> None:
        """It stands before nothing yet."""

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:
        """Stand before the client's own calls."""
        self.next = next
        return self

    async def start_workflow_update(self, input: StartWorkflowUpdateInput) -> WorkflowUpdateHandle[Any]:
        """The update fails, and nobody has looked at it."""
        words = "Workflow Update is rejected because it wasn't processed by worker."
        raise WorkflowUpdateFailedError(ApplicationError(words, type="UnprocessedUpdate"))


async def test_an_act_that_a_worker_passed_over_is_kept_as_well(idle: House, empty: Stage, desk: Desk) -> None:
    """It is not refused: it goes in as a signal with the same request id, and is carried out."""
    id = await _begun(desk, empty)
    client = Client(idle.client.service_client, plugins=[CertrelayPlugin()], interceptors=[_Forgetful()])
    message = _remark()
    assert (await Desk(client).act(id, "comment", message)).later
    async with idle.working():
        case = await Play(desk, id).until(lambda case: case.entry_of(message.request_id) is not None)
    entry = case.entry_of(message.request_id)
    assert entry is not None
    assert entry.outcome is Outcome.ACCEPTED


async def test_moves_of_what_there_is_not(idle: House) -> None:
    """A renewal that nobody started is named as such, before anything is waited for."""
    with pytest.raises(UnknownRenewal):
        await anext(Desk(idle.client, answer_within=NOT_LONG).moves("renewal/t/nobody/0"))


async def test_a_refused_act_without_a_worker_is_on_the_record(idle: House, empty: Stage, desk: Desk) -> None:
    """What the process refuses when it can be asked again is found on the record under its request id."""
    id = await _begun(desk, empty)
    message = Say(request_id=str(uuid.uuid4()), by="sam", role=Role.SENDER_ADMINISTRATOR)
    assert (await desk.act(id, "sender_switches", message)).later
    async with idle.working():
        case = await Play(desk, id).until(lambda case: case.entry_of(message.request_id) is not None)
    entry = case.entry_of(message.request_id)
    assert entry is not None
    assert entry.outcome is Outcome.REFUSED
    assert "not open yet" in entry.text


async def test_a_private_key_is_not_sent(empty: Stage, desk: Desk) -> None:
    """Refused at once and never stored, also where the act would have gone in as a signal."""
    id = await _begun(desk, empty)
    with pytest.raises(ActRefused) as refused:
        await desk.act(id, "comment", _remark(new_names().new.key_pem().decode()))
    assert refused.value.code == "BadMessage"
    kinds = [e.event_type async for e in desk.client.get_workflow_handle(id).fetch_history_events()]
    assert len(kinds) == 2  # started, and a workflow task that nobody took


async def test_the_inbox_needs_no_worker(idle: House, empty: Stage, desk: Desk) -> None:
    """Lists come from search attributes: what was true when the worker left is still listed, with the command."""
    sender = f"alone-{uuid.uuid4()}"
    id = await _begun(desk, empty, sender)
    async with idle.working():
        await Play(desk, id).until(lambda case: case.facts_fresh)
    lines = [line for line in await desk.inbox(Role.SENDER_ADMINISTRATOR) if line.id == id]
    assert [line.steps for line in lines] == [("2",)]
    assert lines[0].commands == (f"certrelay submit {id} CERTIFICATE.pem --as sender:NAME",)
    assert await desk.find(sender) == id


async def test_the_case_without_a_worker(empty: Stage, desk: Desk) -> None:
    """A query needs a worker; the sentence says who must act."""
    id = await _begun(desk, empty)
    with pytest.raises(NotReachable, match="operator must start it"):
        await desk.case(id)


async def test_unknown_renewals(desk: Desk) -> None:
    """An id that nobody has is said to be unknown, by an act, a look and a search alike."""
    for asked in (
        desk.act("renewal/no/such", "comment", _remark()),
        desk.case("renewal/no/such"),
        desk.find(f"nobody-{uuid.uuid4()}"),
    ):
        with pytest.raises(UnknownRenewal):
            await asked


async def test_a_second_start(empty: Stage, desk: Desk) -> None:
    """One certificate has one renewal: the second start names the first and starts nothing."""
    registered = Registered(empty.name, "erp", new_names().old.facts)
    id = await desk.start(registered)
    with pytest.raises(AlreadyStarted) as refused:
        await desk.start(registered)
    assert refused.value.renewal == id
    assert refused.value.status == "running"
    assert len([e async for e in desk.client.list_workflows(f"WorkflowId = '{id}'")]) == 1


async def test_after_the_end(idle: House, empty: Stage, desk: Desk) -> None:
    """In an ended renewal nothing can be done; after a withdrawal the certificate can have a new one."""
    registered = Registered(empty.name, "erp", same_names().old.facts)
    id = await desk.start(registered)
    first = await desk.client.get_workflow_handle(id).describe()
    async with idle.working():
        play = Play(Desk(idle.client), id)
        await play.until(lambda case: case.facts_fresh)
        await play.act("withdraw", Role.SENDER_ADMINISTRATOR, text="not needed")
        await desk.client.get_workflow_handle(id).result()
        with pytest.raises(RenewalEnded):
            await desk.act(id, "comment", _remark())
        assert await desk.start(registered) == id
        second = await desk.client.get_workflow_handle(id).describe()
        assert second.run_id != first.run_id
        with pytest.raises(AlreadyStarted):
            await desk.start(registered)


async def test_several_renewals_of_one_sender(empty: Stage, desk: Desk) -> None:
    """A name that several running renewals have is not guessed at: all are listed."""
    sender = f"twice-{uuid.uuid4()}"
    ids = {await _begun(desk, empty, sender), await _begun(desk, empty, sender)}
    await _listed(desk, sender, 2)
    with pytest.raises(SeveralRenewals) as refused:
        await desk.find(sender)
    assert set(refused.value.ids) == ids
    [one, _] = sorted(ids)
    assert await desk.find(one) == one
    assert await desk.find(one.rpartition("/")[2][:12].upper()) == one


async def _listed(desk: Desk, sender: str, wanted: int) -> None:
    """Return when the lists show so many: they follow a start by 55 ms at most (p99), and tell nobody when."""
    async with asyncio.timeout(5):
        while sum(1 for line in await desk.inbox() if line.sender == sender) < wanted:  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.01)
