"""Flows: reading all channels against parsing and walking with lxml, editing and its proof against the same."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from house import new_names
from lxml import etree

from bench.result import Result
from process.facts import NamePair
from tenant.flows import FlowFiles, SampleChannel, add_to_files, read_files, sample_flow
from tenant.flows.bundle import open_bundle

_ROUNDS = 7
_CORPUS = (
    Path(os.environ.get("CERTRELAY_CORPUS", Path(__file__).resolve().parents[1] / "../shared/corpus")) / "iflows"
)
_TABLE = b"<key>clientCertificates</key>"


def results() -> Iterator[Result]:
    """All real flows of the corpus; without it a sample flow, so small that the fixed costs count."""
    old, new = new_names().old.facts.names, new_names().new.facts.names
    sample = open_bundle(sample_flow("F", "F", [SampleChannel("in", rows=(old,))])).files
    real = [FlowFiles(path.name, path.read_bytes()) for path in sorted(_CORPUS.glob("*/*.iflw"))]
    if real:
        row = _row(sample.iflw_bytes)
        yield from _results(f"{len(real)} real flows", real, old, new)
        listing = [found for flow in real if (found := _listing(flow, row)) is not None]
        yield from _results(f"{len(listing)} real flows that list the pair", listing, old, new)
    else:
        yield from _results("a sample flow", [sample] * 20, old, new)
        print(f"NO CORPUS at {_CORPUS}: real flows are NOT measured")


def _results(what: str, flows: Sequence[FlowFiles], old: NamePair, new: NamePair) -> Iterator[Result]:
    """Floor and measurement alternate, so that a busy machine slows both."""
    runs: list[Callable[[], object]] = [
        lambda: [_walked(flow.iflw_bytes) for flow in flows],
        lambda: [read_files(flow) for flow in flows],
        lambda: [add_to_files(flow, old, new) for flow in flows],
    ]
    floor, reading, editing = _best(runs)
    result = partial(Result, floor_is="lxml parses and walks them", floor=floor * 1e3, unit="ms")
    yield result(f"all channels read, {what}", reading * 1e3, aim="1 x")
    yield result(f"edited and proved, {what}", editing * 1e3, aim="2 x")


def _best(runs: Sequence[Callable[[], object]]) -> list[float]:
    best = [float("inf")] * len(runs)
    for _ in range(_ROUNDS):
        for at, run in enumerate(runs):
            begin = time.perf_counter()
            run()
            best[at] = min(best[at], time.perf_counter() - begin)
    return best


def _walked(data: bytes) -> int:
    """Every element, its name and its text, once."""
    return sum(1 for element in etree.fromstring(data).iter() if element.tag and element.text)


def _row(iflw: bytes) -> bytes:
    start = iflw.index(b"<value>", iflw.index(_TABLE)) + len(b"<value>")
    return iflw[start : iflw.index(b"</value>", start)]


def _listing(flow: FlowFiles, row: bytes) -> FlowFiles | None:
    """The flow with its first empty table filled and its channels authorised by certificate."""
    at = flow.iflw_bytes.find(_TABLE)
    value = flow.iflw_bytes.find(b"<value/>", at, at + 200) if at >= 0 else -1
    if value < 0:
        return None
    data = flow.iflw_bytes[:value] + b"<value>" + row + b"</value>" + flow.iflw_bytes[value + len(b"<value/>") :]
    return FlowFiles(flow.iflw_name, data.replace(b"<value>RoleBased</value>", b"<value>ClientCertificate</value>"))
