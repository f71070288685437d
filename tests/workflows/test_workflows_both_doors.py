"""Each act goes in by two doors, an update and a signal, and both end in one function."""

import uuid

import pytest
from house import NAMES, House, Play, Stage, begin, new_names
from raw_messages import Raw, as_payload
from temporalio.api.sdk.v1 import WorkflowMetadata

from desk.refusals import ActRefused
from process.acts import ACTS
from process.case import Outcome
from process.steps import Role
from workflows.messages import MESSAGES, Say


@pytest.fixture
async def play(house: House, stage: Stage) -> Play:
    """A renewal at rest: it waits for step 2."""
    play = await begin(house, stage, new_names().old)
    await play.until(lambda case: case.facts_fresh)
    return play


def test_every_act_has_its_message() -> None:
    """The table and the messages name the same acts, so that none has only half a door."""
    assert set(MESSAGES) == set(ACTS)


async def test_every_act_is_a_signal_and_an_update(house: House, play: Play) -> None:
    """Both are shown with the act's own words, as the Web UI offers them; a query gives the whole state."""
    handle = house.client.get_workflow_handle(play.id)
    metadata = await handle.query("__temporal_workflow_metadata", result_type=WorkflowMetadata)
    wanted = {act.name: act.what for act in ACTS.values()}
    updates = {d.name: d.description for d in metadata.definition.update_definitions}
    signals = {d.name: d.description for d in metadata.definition.signal_definitions}
    assert updates == wanted
    assert {name: what for name, what in signals.items() if name} == wanted
    assert "case" in {d.name for d in metadata.definition.query_definitions}


async def test_every_signal_takes_exactly_one_object(house: House, play: Play) -> None:
    """None and two are refused on the record, whatever the act."""
    raw = Raw(house.client, play.id)
    for act in ACTS:
        await raw.signal(act)
        await raw.signal(act, as_payload({}), as_payload({}))
    await play.act("comment", Role.OPERATOR, text="after")
    case = await play.case()
    refused = [e.act for e in case.record if e.outcome is Outcome.REFUSED]
    assert refused == [act for act in ACTS for _ in range(2)]
    sentences = {e.text for e in case.record if e.outcome is Outcome.REFUSED}
    assert all("exactly one object" in text for text in sentences)


async def test_every_update_takes_exactly_one_object(house: House, play: Play) -> None:
    """None and two are refused to the caller, whatever the act."""
    raw = Raw(house.client, play.id)
    for act in ACTS:
        for payloads in ((), (as_payload({}), as_payload({}))):
            outcome = await raw.update(act, *payloads)
            assert "exactly one object" in outcome.failure.message, act


@pytest.mark.parametrize("doors", [("update", "signal"), ("signal", "update"), ("update", "update")])
async def test_a_repeated_act_is_done_once(doors: tuple[str, str], house: House, play: Play) -> None:
    """The same request id through both doors, in any order, leaves one line; a later update says that it repeats."""
    message = Say(request_id=str(uuid.uuid4()), by="tina", role=Role.TENANT_ADMINISTRATOR, text="once")
    handle = house.client.get_workflow_handle(play.id)
    answers = []
    for door in doors:
        if door == "signal":
            await handle.signal("comment", message)
        else:
            answers.append(await handle.execute_update("comment", message))
    await play.act("comment", Role.OPERATOR, text="after")
    record = (await play.case()).record
    assert [e.text for e in record if e.request_id == message.request_id] == ["once"]
    assert answers[-1]["accepted"]
    assert answers[-1]["repeated"] == (doors[0] == "signal" or len(answers) > 1)


async def test_a_signal_changes_the_case_as_the_update_does(house: House, play: Play) -> None:
    """Both doors end in one function: but for time and id, the lines that they leave are the same."""
    handle = house.client.get_workflow_handle(play.id)
    content = {"by": NAMES[Role.TENANT_ADMINISTRATOR], "role": Role.TENANT_ADMINISTRATOR, "text": "said"}
    await handle.signal("comment", Say(request_id="a", **content))
    await handle.execute_update("comment", Say(request_id="b", **content))
    case = await play.case()
    a, b = case.entry_of("a"), case.entry_of("b")
    assert a is not None
    assert b is not None
    assert (a.by, a.role, a.act, a.outcome, a.text, a.facts) == (b.by, b.role, b.act, b.outcome, b.text, b.facts)


async def test_both_doors_refuse_with_the_same_sentence(house: House, play: Play) -> None:
    """The update says to its caller what the signal says on the record."""
    handle = house.client.get_workflow_handle(play.id)
    message = Say(request_id="c", by="sam", role=Role.SENDER_ADMINISTRATOR)
    with pytest.raises(ActRefused) as refused:
        await play.desk.act(play.id, "sender_switches", message)
    await handle.signal("sender_switches", message)
    await play.act("comment", Role.OPERATOR, text="after")
    line = (await play.case()).entry_of("c")
    assert line is not None
    assert (line.outcome, line.text) == (Outcome.REFUSED, refused.value.sentence)
    assert refused.value.code == "StepNotOpen"


async def test_an_act_that_was_refused_on_the_record_stays_refused(house: House, play: Play) -> None:
    """Sent again as an update with the same id, it hears the refusal again and is not tried anew."""
    handle = house.client.get_workflow_handle(play.id)
    message = Say(request_id="d", by="sam", role=Role.SENDER_ADMINISTRATOR)
    await handle.signal("sender_switches", message)
    with pytest.raises(ActRefused, match="is not open yet"):
        await play.desk.act(play.id, "sender_switches", message)
    assert [e.request_id for e in (await play.case()).record].count("d") == 1
