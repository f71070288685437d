"""No message can wedge or fail a renewal: every bad one that was ever measured, on the real server.

After each, the workflow answers a query and takes a good act. A refused signal is on the record with its reason; a
refused update leaves no event. Neither repeats what was sent.
"""

import asyncio
import json
import logging
import uuid
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Any

import pytest
from house import House, Play, Stage, begin, new_names
from raw_messages import Raw, as_payload, good, payload
from temporalio.api.common.v1 import Payload
from temporalio.service import RPCError

from desk.refusals import ActRefused
from process.case import Case, Outcome
from process.check import MOST_RECORD
from process.steps import Role

MARK = "zebra-in-the-input"
"""Stands in every bad input and must not come out again."""

KEY = new_names().new.key_pem().decode()
BIG = 3 * 1024 * 1024

ID = "the-id"

Rows = dict[str, tuple[str, tuple[Payload, ...]]]


def _good(**content: Any) -> dict[str, Any]:
    return good(request_id=ID) | content


def _sent(rows: Rows, row: str) -> tuple[str, list[Payload]]:
    """The act and the payloads of a row, with a request id of their own."""
    act, payloads = rows[row]
    id = str(uuid.uuid4()).encode()
    return act, [Payload(data=p.data.replace(ID.encode(), id), metadata=p.metadata) for p in payloads]


UNREADABLE: Rows = {
    "no argument": ("comment", ()),
    "two arguments": ("comment", (as_payload(_good(text=MARK)), as_payload(_good(text=MARK)))),
    "blanks without end": ("comment", (payload(json.dumps(_good(text="x")).encode() + b" " * 1_500_000),)),
    "wrong type": ("comment", (as_payload(MARK),)),
    "wrong type of a field": ("developer_adds_names", (as_payload(_good(by_hand=MARK)),)),
    "a word for a truth value": ("developer_adds_names", (as_payload(_good(by_hand="yes")),)),
    "missing field": ("comment", (as_payload({"text": MARK}),)),
    "extra field": ("comment", (as_payload(_good(text="x", more=MARK)),)),
    "extra field of any name": ("comment", (as_payload(_good(**{f"{MARK}!": 1})),)),
    "unknown role": ("comment", (as_payload(_good(role=MARK)),)),
    "a list": ("comment", (as_payload([_good(text=MARK)]),)),
    "invalid JSON": ("comment", (payload(b'{"text": "' + MARK.encode()),)),
    "null": ("comment", (as_payload(None),)),
    "null in its own encoding": ("comment", (payload(b"", b"binary/null"),)),
    "unknown encoding": ("comment", (payload(MARK.encode(), b"binary/encrypted"),)),
    "no encoding": ("comment", (payload(MARK.encode(), None),)),
    "binary": ("comment", (payload(MARK.encode(), b"binary/plain"),)),
    "protobuf of an unknown type": ("comment", (payload(MARK.encode(), b"json/protobuf"),)),
    "garbage": ("comment", (payload(b"\x00\xff\xfe" + MARK.encode()),)),
    "a text beyond its limit": ("comment", (as_payload(_good(text=MARK * 300)),)),
    "no certificate": ("sender_submits_certificate", (as_payload(_good(certificate=MARK)),)),
    "private key beside a certificate": (
        "sender_submits_certificate",
        (as_payload(_good(certificate=new_names().new.pem + KEY)),),
    ),
    "private key in a comment": ("comment", (as_payload(_good(text=f"see {KEY}")),)),
    "private key as a reason": ("tenant_admin_releases_sender", (as_payload(_good(root_confirmed=KEY)),)),
    "private key as a name": ("comment", (as_payload(_good(by=KEY[:200])),)),
    "private key as the name of a field": ("comment", (as_payload(_good(**{KEY: 1})),)),
    "not open": ("tenant_admin_releases_sender", (as_payload(_good(text=MARK)),)),
    "wrong role": ("sender_switches", (as_payload(_good(text=MARK)),)),
}
"""Refused by us: unreadable, or read and refused by the process."""

UNKNOWN: Rows = {
    "unknown name": ("zebra", (as_payload(_good(text=MARK)),)),
    "unknown name, no argument": ("zebra", ()),
    "a name of the SDK's own kind": ("__temporal_zebra", (as_payload(MARK),)),
}
BY_SERVER: Rows = {
    "3 MB": ("comment", (as_payload(_good(text="x" * BIG)),)),
    "empty name": ("", (as_payload(_good(text=MARK)),)),
}
"""Refused by the server itself: the workflow never hears of it."""


@pytest.fixture(scope="module")
async def play(house: House, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Play]:
    """One renewal at rest for all of this file: after each bad message it must be as good as before."""
    async with house.stage(tmp_path_factory.mktemp("place")) as stage:
        play = await begin(house, stage, new_names().old)
        await play.until(lambda case: case.facts_fresh)
        yield play


async def _so_far(play: Play) -> int:
    return len((await play.case()).record)


def _refused(case: Case, after: int) -> list[tuple[str, str]]:
    return [(e.act, e.text) for e in case.record[after:] if e.outcome is Outcome.REFUSED]


def _repeats(text: str) -> bool:
    secret = KEY.splitlines()[1]
    return MARK in text or "PRIVATE KEY" in text or secret in text or secret[:24] in text


async def _lives(play: Play) -> Case:
    """It answers a query, and takes a good act."""
    answer = await play.act("comment", Role.TENANT_ADMINISTRATOR, text="all is well")
    assert answer.accepted
    case = await play.case()
    assert case.record[-1].text == "all is well"
    return case


@pytest.mark.parametrize("row", UNREADABLE)
async def test_a_refused_signal_is_on_the_record(
    row: str, house: House, play: Play, caplog: pytest.LogCaptureFixture
) -> None:
    """A signal that is not taken leaves one line with a full sentence of why; the input is in no record or log."""
    act, payloads = _sent(UNREADABLE, row)
    before = await _so_far(play)
    with caplog.at_level(logging.DEBUG):
        await Raw(house.client, play.id).signal(act, *payloads)
        case = await _lives(play)
    [(named, why)] = _refused(case, before)
    assert named == act
    assert why.endswith((".", "?")), why
    assert why[0].isupper() or why.startswith(act), why
    assert not _repeats(repr(asdict(case)))
    assert not _repeats(caplog.text)


@pytest.mark.parametrize("row", UNKNOWN)
async def test_a_signal_of_an_unknown_name_is_on_the_record(row: str, house: House, play: Play) -> None:
    """It does not wait in the history for ever: it is refused, and the sentence lists the names that there are."""
    name, payloads = _sent(UNKNOWN, row)
    before = await _so_far(play)
    await Raw(house.client, play.id).signal(name, *payloads)
    [(named, why)] = _refused(await _lives(play), before)
    assert named == name
    assert "sender_submits_certificate" in why
    assert MARK not in why


@pytest.mark.parametrize("row", BY_SERVER)
async def test_the_server_refuses_a_signal(row: str, house: House, play: Play) -> None:
    """What the server refuses does not reach the workflow: the sender hears it, the record has nothing."""
    act, payloads = _sent(BY_SERVER, row)
    before = await _so_far(play)
    with pytest.raises(RPCError):
        await Raw(house.client, play.id).signal(act, *payloads)
    assert _refused(await _lives(play), before) == []


@pytest.mark.parametrize("row", UNREADABLE | UNKNOWN)
async def test_a_refused_update_leaves_no_event(
    row: str, house: House, play: Play, caplog: pytest.LogCaptureFixture
) -> None:
    """An update that is not taken fails its caller alone: the history does not grow, the record stays as it was."""
    act, payloads = _sent(UNREADABLE | UNKNOWN, row)
    raw, record = Raw(house.client, play.id), await _so_far(play)
    before = await raw.history_length()
    with caplog.at_level(logging.DEBUG):
        outcome = await raw.update(act, *payloads)
    assert outcome.HasField("failure")
    assert await raw.history_length() == before
    assert not _repeats(outcome.failure.message)
    assert not _repeats(caplog.text)
    assert _refused(await _lives(play), record) == []


@pytest.mark.parametrize("row", BY_SERVER)
async def test_the_server_refuses_an_update(row: str, house: House, play: Play) -> None:
    """As with signals: nothing reaches the workflow."""
    act, payloads = _sent(BY_SERVER, row)
    raw, record = Raw(house.client, play.id), await _so_far(play)
    before = await raw.history_length()
    with pytest.raises(RPCError):
        await raw.update(act, *payloads)
    assert await raw.history_length() == before
    assert _refused(await _lives(play), record) == []


async def test_a_flood_of_bad_signals(house: House, play: Play) -> None:
    """Many bad signals at once, in one workflow task or several: each is on the record, none is lost."""
    raw, before = Raw(house.client, play.id), await _so_far(play)
    for _ in range(10):
        for row in ("no argument", "two arguments", "garbage"):
            act, payloads = _sent(UNREADABLE, row)
            await raw.signal(act, *payloads)
    assert len(_refused(await _lives(play), before)) == 30


async def test_a_flood_of_long_remarks(house: House, stage: Stage) -> None:
    """The record is bounded: when it is full, remarks are refused and counted, and the renewal can be looked at and
    ended. Without the bound the case outgrew a payload and the server ended the workflow (measured)."""
    play = await begin(house, stage, new_names().old)
    await play.until(lambda case: case.facts_fresh)
    raw, remark = Raw(house.client, play.id), "x" * 4000
    for _ in range(12):
        await asyncio.gather(*(raw.signal("comment", as_payload(good(text=remark))) for _ in range(20)))
    case = await play.case()
    assert MOST_RECORD < case.record_size < MOST_RECORD + 5000
    assert case.refusals_dropped > 0
    with pytest.raises(ActRefused) as refused:
        await play.act("comment", Role.OPERATOR, text="one more")
    assert refused.value.code == "RecordFull"
    await play.act("withdraw", Role.SENDER_ADMINISTRATOR, text="too much was said")
    await play.until(lambda case: case.closed)
