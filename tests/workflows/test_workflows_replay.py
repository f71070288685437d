"""Renewals live for weeks while the code changes: recorded histories of every kind must replay with today's code."""

import json
from pathlib import Path

import pytest
from changed_workflows import NoSearchAttributes, NoTimer, OtherActivity
from golden_stories import STORIES
from record_histories import HISTORIES, without_traces
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from certificates.key_material import refuse_marked_secrets
from workflows.expiry_watch import ExpiryWatch
from workflows.plugin import CertrelayPlugin
from workflows.renewal import Renewal
from workflows.sender import Sender

MOST_BYTES = 400_000

WHAT_TO_DO = """
The code of today cannot go on with the recorded history {name}, so a workflow that was begun by the code of then
would stop at its next task. Choose one:
  1. Keep what runs: put the change behind `if workflow.patched("what-changed"):`, the old way in the other branch.
  2. Only where no workflow of that kind can be running any more, record anew:
     python tests/workflows/record_histories.py {name}
What does not fit: {failure}
"""


def _history(name: str) -> WorkflowHistory:
    return WorkflowHistory.from_json(f"golden/{name}", (HISTORIES / f"{name}.json").read_text())


def _replayer(*workflows: type) -> Replayer:
    return Replayer(workflows=workflows, plugins=[CertrelayPlugin()])


def test_every_story_has_its_history() -> None:
    """None is missing and none is left over; record them with `python tests/workflows/record_histories.py`."""
    assert {file.stem for file in HISTORIES.glob("*.json")} == set(STORIES)


@pytest.mark.parametrize("name", STORIES)
async def test_the_history_replays(name: str) -> None:
    """Today's code makes the same commands as the code that made the history."""
    replayed = await _replayer(Renewal, Sender, ExpiryWatch).replay_workflow(
        _history(name), raise_on_replay_failure=False
    )
    if replayed.replay_failure is not None:
        pytest.fail(WHAT_TO_DO.format(name=name, failure=replayed.replay_failure), pytrace=False)


@pytest.mark.parametrize("changed", [OtherActivity, NoSearchAttributes, NoTimer])
async def test_the_gate_bites(changed: type) -> None:
    """Code that was changed without a patch is refused: with another activity, without attributes, without timer."""
    with pytest.raises(Exception, match="TMPRL1100"):
        await _replayer(changed).replay_workflow(_history("neither"))


@pytest.mark.parametrize("name", STORIES)
def test_a_history_can_be_published(name: str) -> None:
    """It is small and holds no key, no path and no name of the machine where it was recorded, in payloads neither."""
    text = (HISTORIES / f"{name}.json").read_text()
    assert len(text) < MOST_BYTES
    assert without_traces(json.loads(text)) == json.loads(text)
    bare = b"\n".join(event.SerializeToString() for event in _history(name).events)
    for data in (text.encode(), bare):
        refuse_marked_secrets(data)
        for place in (b"/home/", b"/root/", b"/tmp/", b"site-packages", str(Path.cwd()).encode()):
            assert place not in data
