"""The pure parts: a decision against copying the case, an edit of a flow against unpacking and packing its zip."""

import copy
import io
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

from house import new_names

from bench.result import Result
from process.acts import Request
from process.case import Case, Effect, EffectKind, Subject
from process.check import check
from process.facts import ChannelFacts, MappingFacts, TenantFacts, Verdict
from process.outcomes import write_facts
from process.steps import Role
from process.write import accept, write
from tenant.flows import SampleChannel, add_names, sample_flow

_ROUNDS = 300


def _seconds(run: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(5):
        begin = time.perf_counter()
        for _ in range(_ROUNDS):
            run()
        best = min(best, (time.perf_counter() - begin) / _ROUNDS)
    return best


def _case() -> tuple[Case, Request]:
    now, pair = datetime.now(UTC), new_names()
    old, new = pair.old.facts, pair.new.facts
    channels = tuple(ChannelFacts("P", f"F{i}", "in", f"/{i}", old.names) for i in range(500))
    facts = TenantFacts(now, channels, (MappingFacts("id", "ERP", old.fingerprint, old.not_after),))
    case = accept(Case(Subject("t", "s", old), now), new, Verdict(new))
    case = write_facts(case, Effect(EffectKind.READ_TENANT, "tenant", "2", old, new), facts, now)
    case = replace(case, root_confirmed="yes")
    return case, Request("tenant_admin_forwards_names", "1", "tina", Role.TENANT_ADMINISTRATOR)


def results() -> Iterator[Result]:
    """Check and write on a case with 500 channels; one edit of a flow."""
    case, request = _case()
    case = replace(case, steps={**write(case, replace(request, act="comment", text="x"), case.started_at).steps})
    now = datetime.now(UTC)

    def decide() -> None:
        check(case, replace(request, act="comment", text="x"), now)
        write(case, replace(request, act="comment", text="x"), now)

    yield Result(
        "one act decided and written, 500 channels", _seconds(decide) * 1e3, "a deep copy of the case",
        _seconds(lambda: copy.deepcopy(case)) * 1e3, "ms",
    )  # fmt: skip
    pair = new_names()
    content = sample_flow("F", "F", [SampleChannel("in", rows=(pair.old.facts.names,))])
    yield Result(
        "one flow edited and proved",
        _seconds(lambda: add_names(content, pair.old.facts.names, pair.new.facts.names)) * 1e3,
        "unpacking and packing the zip", _seconds(lambda: _repacked(content)) * 1e3, "ms",
    )  # fmt: skip


def _repacked(content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, old.read(name))
    return out.getvalue()
