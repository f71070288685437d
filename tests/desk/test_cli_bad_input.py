"""What goes wrong by people and by tenants: each has its sentence and exit code, and loses nothing."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cli_driver import DONE, REFUSED, USAGE, Line, Told, on_disk
from house import House, Play, Stage, begin, listed, new_names, same_names
from temporalio.api.history.v1 import HistoryEvent

from workflows.policies import Patience

TENANT, SENDER, DEVELOPER = ("--as", "tenant:tina"), ("--as", "sender:sam"), ("--as", "developer:dan")
BRIEF = Patience(timedelta(seconds=1.5), timedelta(seconds=1.5), timedelta(seconds=10))


async def history(play: Play) -> list[HistoryEvent]:
    """All that Temporal holds of a renewal."""
    handle = play.desk.client.get_workflow_handle(play.id)
    return [event async for event in handle.fetch_history_events()]


def updates(events: list[HistoryEvent]) -> int:
    """How many acts were taken."""
    return sum(e.HasField("workflow_execution_update_accepted_event_attributes") for e in events)


async def test_a_private_key_is_refused_before_anything_is_sent(
    house: House, stage: Stage, certrelay: Line, tmp_path: Path
) -> None:
    """Certificate and key in one file: exit 1, "treat as exposed", and no byte of it in Temporal or the output."""
    pair = same_names()
    play = await begin(house, stage, pair.old)
    key = pair.new.key_pem()
    told = await certrelay(
        "submit", play.id, on_disk(tmp_path, pair.new.bundle_pem.encode() + key), *SENDER, "--json"
    )
    assert (told.code, told.json["refused"]) == (REFUSED, "private-key")
    assert "Treat the key as exposed" in told.json["sentence"]
    secret = key.splitlines()[1]
    assert secret not in (told.out + told.err).encode()
    events = await history(play)
    assert updates(events) == 0
    assert not any(secret in event.SerializeToString() for event in events)
    assert (await certrelay("submit", play.id, on_disk(tmp_path, pair.new.bundle_pem), *SENDER)).code == DONE
    assert updates(await history(play)) == 1


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b"Dear colleagues, the file is attached.", "not-a-certificate", "No certificate was found"),
        (b"", "not-a-certificate", "it is empty"),
        (b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "damaged", ""),
        (b"PK\x03\x04 and so on", "not-a-certificate", "a ZIP archive"),
        (b"x" * 600_000, "too-large", ""),
    ],
    ids=["prose", "empty", "damaged", "zip", "huge"],
)
async def test_what_is_no_certificate_is_refused(
    house: House, stage: Stage, certrelay: Line, tmp_path: Path, content: bytes, code: str, words: str
) -> None:
    """A file that is no certificate: exit 1, its rule, what it is instead; step 2 stays open."""
    play = await begin(house, stage, same_names().old)
    told = await certrelay("submit", play.id, on_disk(tmp_path, content), *SENDER, "--json")
    assert (told.code, told.json["refused"]) == (REFUSED, code)
    assert words in told.json["sentence"]
    assert not (await play.case()).is_ordered("2")


async def test_a_missing_file_is_a_usage_error(certrelay: Line) -> None:
    """A file that is not there: exit 2, before anything is connected."""
    told = await certrelay("submit", "renewal/x", "no-such-file.pem", *SENDER, TEMPORAL_ADDRESS="127.0.0.1:1")
    assert told.code == USAGE
    assert "no-such-file.pem" in told.err


async def refused(certrelay: Line, *words: str) -> dict[str, str]:
    """What a refused command says as JSON; its sentence is on stderr too."""
    told = await certrelay(*words, "--json")
    assert told.code == REFUSED, told.words
    assert set(told.json) == {"refused", "sentence"}
    assert told.json["sentence"] in told.err
    answer: dict[str, str] = told.json
    return answer


async def test_acts_at_the_wrong_time_or_by_the_wrong_role(house: House, stage: Stage, certrelay: Line) -> None:
    """Wrong role, step not open, not needed, already done, unknown: each its own code, and nothing is lost."""
    pair = same_names()
    await stage.mapping("ERP", pair.old.facts)
    play = await begin(house, stage, pair.old)
    early = await refused(certrelay, "confirm", "6", play.id, *TENANT)
    assert early["refused"] == "StepNotOpen"
    assert "step 2 by the sender administrator" in early["sentence"]
    await play.submit(pair.new)
    wrong = await refused(certrelay, "confirm", "4b", play.id, *DEVELOPER)
    assert wrong["refused"] == "WrongRole"
    assert "Ask the tenant administrator to do it." in wrong["sentence"]
    assert (await refused(certrelay, "confirm", "4a", play.id, *DEVELOPER))["refused"] == "StepNotNeeded"
    for step in ("1", "2", "11", "six"):
        unknown = await refused(certrelay, "confirm", step, play.id, *TENANT)
        assert unknown["refused"] == "UnknownStep"
        assert "3, 4a, 4b, 5, 6, 7, 8, 9a, 9b, 10" in unknown["sentence"]
    await play.steps("4b")
    assert (await refused(certrelay, "confirm", "4b", play.id, *TENANT))["refused"] == "StepAlreadyDone"
    assert (await certrelay("confirm", "6", play.id, *TENANT, "--root-confirmed", "seen")).code == DONE


async def test_a_role_that_is_none(certrelay: Line) -> None:
    """A word that is no role: exit 2, and the roles that there are."""
    told = await certrelay("comment", "renewal/x", "-m", "x", "--as", "boss")
    assert told.code == USAGE
    assert "'boss' is no role. Roles are: sender, tenant, developer, operator" in told.words


async def test_a_renewal_that_is_none(certrelay: Line) -> None:
    """Neither id nor sender nor fingerprint: refused by every command that wants a renewal, with what can be said."""
    for command in (("show",), ("watch",)):
        answer = await refused(certrelay, *command, "nobody-of-that-name")
        assert answer["refused"] == "UnknownRenewal"
        assert "certrelay inbox lists" in answer["sentence"]
    missing = await refused(certrelay, "comment", "renewal/a/b/0123", "-m", "x", *TENANT)
    assert missing["refused"] == "UnknownRenewal"


async def test_a_renewal_by_sender_or_fingerprint(house: House, stage: Stage, certrelay: Line) -> None:
    """The sender's name or the first digits of the fingerprint mean the renewal; two that run must be told apart."""
    first, second = same_names().old, same_names().old
    name = f"by-name-{stage.name}"
    play = await begin(house, stage, first, sender=name)
    await listed(house, play.id)
    for text in (name, first.facts.fingerprint[:8]):
        told = await certrelay("show", text, "--json")
        assert told.json["renewal"] == play.id
    other = await begin(house, stage, second, sender=name)
    await listed(house, other.id)
    several = await refused(certrelay, "show", name)
    assert several["refused"] == "SeveralRenewals"
    assert play.id in several["sentence"]
    assert other.id in several["sentence"]


TROUBLES: dict[str, dict[str, Any]] = {
    "down": {"status": 503},
    "slow": {"delay": 2.5},
    "nonsense": {"garbage": True},
    "silent": {"drop": "before"},
}


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_a_tenant_in_trouble_fails_the_step_and_loses_nothing(
    house: House, stage: Stage, certrelay: Line, trouble: str
) -> None:
    """Down, slow, nonsense, silent: when patience ends, exit 1 with the reason; the step can be done again after."""
    pair = same_names()
    await stage.mapping("ERP", pair.old.facts)
    play = await begin(house, stage, pair.old, BRIEF)
    await play.submit(pair.new)
    await stage.fault("/api/v1/CertificateUserMappings", times=None, **TROUBLES[trouble])
    failed = await certrelay("confirm", "4b", play.id, *TENANT, "--json")
    assert (failed.code, failed.json["refused"]) == (REFUSED, "WorkFailed")
    assert len(failed.json["sentence"].split()) > 5
    await stage.mend()
    assert await repaired(certrelay, "confirm", "4b", play.id, *TENANT)


async def test_a_locked_flow_fails_the_step_and_loses_nothing(house: House, stage: Stage, certrelay: Line) -> None:
    """A flow that is open in somebody's editor: exit 1, the lock is named; unlocked, the step can be done again."""
    pair = new_names()
    await stage.flow("Orders", pair.old.facts)
    play = await begin(house, stage, pair.old, BRIEF)
    await play.submit(pair.new)
    await play.steps("3")
    await stage.call("POST", "locks", {"flow": "Orders"})
    failed = await certrelay("confirm", "4a", play.id, *DEVELOPER, "--json")
    assert (failed.code, failed.json["refused"]) == (REFUSED, "WorkFailed")
    assert "lock" in failed.json["sentence"].lower()
    await stage.call("DELETE", "locks")
    assert await repaired(certrelay, "confirm", "4a", play.id, *DEVELOPER)


async def repaired(certrelay: Line, *words: str) -> Told:
    """The same command again, which is done now."""
    told = await certrelay(*words)
    assert told.code == DONE, told.words
    return told


async def test_no_wait_is_taken_and_shown_as_under_way(house: House, stage: Stage, certrelay: Line) -> None:
    """With --wait 0 the answer is that the act is taken; with a wait that is too short, that the work goes on."""
    pair = same_names()
    await stage.mapping("ERP", pair.old.facts)
    play = await begin(house, stage, pair.old)
    await play.submit(pair.new)
    await stage.fault("/api/v1/CertificateUserMappings", delay=0.5)
    told = await certrelay("confirm", "4b", play.id, "--wait", "0.2", *TENANT)
    assert told.code == DONE
    assert "The work goes on; certrelay watch follows it." in told.out
    again = await refused(certrelay, "confirm", "4b", play.id, *TENANT)
    assert again["refused"] == "WorkUnderWay"
    await play.until(lambda case: case.is_done("4b"))
    assert (await certrelay("confirm", "6", play.id, "--wait", "0", "--root-confirmed", "seen", *TENANT)).code == DONE
