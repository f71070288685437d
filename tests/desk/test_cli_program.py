"""The real program: streams and exit codes as a shell sees them, a live watch, a server that is not there."""

import asyncio
import json
import time
from pathlib import Path

from cli_driver import DONE, REFUSED, UNREACHABLE, USAGE, Line
from house import House, Stage, begin, free_port, same_names

TENANT, SENDER = ("--as", "tenant:tina"), ("--as", "sender:sam")


async def test_streams_and_exit_codes(house: House, stage: Stage, certrelay: Line, tmp_path: Path) -> None:
    """Done, refused and usage as a shell sees them: data alone on stdout, the rest on stderr."""
    pair = same_names()
    await stage.mapping("ERP", pair.old.facts)
    play = await begin(house, stage, pair.old)
    done, key, missing = await asyncio.gather(
        certrelay.program("submit", play.id, "-", *SENDER, "--json", stdin=pair.new.bundle_pem.encode()),
        certrelay.program("submit", play.id, "-", *SENDER, stdin=pair.new.key_pem()),
        certrelay.program("submit", play.id, str(tmp_path / "none.pem"), *SENDER),
    )
    assert (done.code, key.code, missing.code) == (DONE, REFUSED, USAGE)
    assert done.json["accepted"] is True
    assert "Waited for:" in done.err
    assert key.out == ""
    assert "Treat the key as exposed" in key.err
    assert missing.out == ""


async def test_watch_follows_live_and_ends_with_the_renewal(house: House, stage: Stage, certrelay: Line) -> None:
    """`watch --json` prints each line of the record as one object when it happens, and ends by itself."""
    pair = same_names()
    play = await begin(house, stage, pair.old)
    await play.until(lambda case: case.facts_fresh)
    plain, watching = await asyncio.gather(
        certrelay.started("watch", play.id), certrelay.started("watch", play.id, "--json")
    )
    assert watching.stdout is not None
    first = json.loads(await asyncio.wait_for(watching.stdout.readline(), 20))
    await play.submit(pair.new)
    live = await _until(watching.stdout, "sender_submits_certificate")
    assert live["by"] == "sam"
    await play.steps("6", "7", "8")
    (out, err), (text, _) = await asyncio.wait_for(asyncio.gather(watching.communicate(), plain.communicate()), 20)
    lines = [json.loads(line) for line in out.splitlines()]
    assert {frozenset(line) for line in [first, live, *lines]} == {
        frozenset({"at", "by", "role", "act", "outcome", "text", "step", "request_id", "facts"})
    }
    assert (watching.returncode, plain.returncode) == (DONE, DONE)
    assert "-- completed" in err.decode()
    assert "sam (sender administrator): sender_confirms_switch accepted" in text.decode()


async def _until(lines: asyncio.StreamReader, act: str) -> dict[str, str]:
    async with asyncio.timeout(20):
        while line := await lines.readline():
            entry: dict[str, str] = json.loads(line)
            if entry["act"] == act:
                return entry
    raise AssertionError(f"{act} was never told")


async def test_nothing_answers_there() -> None:
    """No server, or one that takes the connection and stays silent: exit 3 within seconds, address, setting."""
    nowhere = f"127.0.0.1:{free_port()}"
    silent = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
    mute = f"127.0.0.1:{silent.sockets[0].getsockname()[1]}"
    before = time.monotonic()
    inbox, act, waited = await asyncio.gather(
        Line(nowhere).program("inbox", "--json"),
        Line(nowhere).program("comment", "renewal/x", "-m", "x", *TENANT),
        Line(mute).program("sender", "list"),
    )
    silent.close()
    assert time.monotonic() - before < 15
    assert inbox.json["refused"] == "NotReachable"
    for told, address in ((inbox, nowhere), (act, nowhere), (waited, mute)):
        assert told.code == UNREACHABLE
        assert f"Temporal at {address} does not answer" in told.err
        assert "TEMPORAL_ADDRESS" in told.err
        assert "Traceback" not in told.err


async def test_settings_of_the_address_that_cannot_be_used(certrelay: Line) -> None:
    """A profile that is not there, an address that is none: exit 3 with the reason, not a trace."""
    profile = await certrelay("inbox", TEMPORAL_PROFILE="no-such-profile")
    address = await certrelay("inbox", TEMPORAL_ADDRESS="not a host")
    assert (profile.code, address.code) == (UNREACHABLE, UNREACHABLE)
    assert "no-such-profile" in profile.err
    assert "the settings of its address cannot be used" in address.err


async def test_a_namespace_that_is_not_there_is_refused(certrelay: Line) -> None:
    """The server answers and has no such namespace: exit 1, and the operator is told how to make it fit."""
    told = await certrelay("inbox", "--json", TEMPORAL_NAMESPACE="no-such-namespace")
    assert (told.code, told.json["refused"]) == (REFUSED, "TemporalRefused")
    assert "certrelay prepare" in told.json["sentence"]
