"""A server without worker: lists work, an act is stored for later, and what needs an answer ends with 3."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cli_driver import DONE, UNREACHABLE, Line
from house import House, Play, connect, same_names, temporal_server

from desk.desk import Desk
from process.expiry import Registered


@pytest.fixture(scope="module")
async def idle(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[House, Line]]:
    """A house of its own in which nobody works, and the command line there."""
    async with temporal_server() as address:
        yield House(await connect(address), tmp_path_factory.mktemp("idle")), Line(address)


async def test_empty_lists_say_so(idle: tuple[House, Line]) -> None:
    """Where nothing is registered, nothing waits and nothing is wrong, that is said; exit 0, and [] as JSON."""
    _, certrelay = idle
    for words, sentence in (
        (("inbox",), "Nothing waits."),
        (("inbox", "--as", "tenant"), "Nothing waits."),
        (("inbox", "--as", "operator"), "Nothing needs the operator."),
        (("sender", "list"), "The register is empty."),
    ):
        told = await certrelay(*words)
        assert (told.code, told.out.strip()) == (DONE, sentence)
        assert (await certrelay(*words, "--json")).json == []


async def test_what_works_without_worker_and_what_does_not(idle: tuple[House, Line], tmp_path: Path) -> None:
    """An act is stored (0, `later`) and done when a worker is back; inbox and `sender add` work; others end with 3.

    All at once, since each waits its five seconds for a worker.
    """
    house, certrelay = idle
    id = await Desk(house.client).start(Registered("nowhere", "erp", same_names().old.facts))
    file = tmp_path / "old.pem"
    file.write_text(same_names().old.pem)
    add = ("sender", "add", "crm", "--tenant", "nowhere", "--certificate", str(file))
    assert (await certrelay(*add)).code == DONE
    comment = ("comment", id, "-m", "stored", "--as", "sender:sam", "--request-id", "r-1")
    act, *unanswered = await asyncio.gather(
        certrelay.program(*comment, "--json"),
        certrelay.program("show", id, "--json"),
        certrelay.program("sender", "list", "--json"),
        certrelay.program(*add, "--replace", "--json"),
        certrelay.program("start", "crm", "--as", "operator", "--json"),
    )
    assert (act.code, act.json["accepted"], act.json["later"]) == (DONE, True, True)
    assert "will be carried out" in act.json["sentence"]
    assert "Waited for" not in act.err
    for told in unanswered:
        assert (told.code, told.json["refused"]) == (UNREACHABLE, "NotReachable")
        assert "The worker does not answer" in told.err
        assert "Traceback" not in told.err
    assert f"certrelay show {id}" in (await certrelay("inbox")).out
    async with house.working():
        play = Play(Desk(house.client), id)
        case = await play.until(lambda case: any(e.act == "comment" for e in case.record))
    assert [(e.text, e.by, e.request_id) for e in case.record if e.act == "comment"] == [("stored", "sam", "r-1")]
