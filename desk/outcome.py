"""What came of an act that sets work going: the answer says *taken*, the record says a little later what came."""

import asyncio
from contextlib import aclosing
from dataclasses import dataclass, replace

from desk.desk import Desk
from desk.refusals import ActRefused, NotReachable
from process.case import Case, Entry, Outcome
from process.due import LOOKING
from process.open import waiting_for
from process.settle import CERTRELAY
from process.words import next_words
from workflows.messages import Answer


@dataclass(frozen=True)
class Acted:
    """An act that was taken, and how many seconds its outcome is worth waiting for."""

    renewal: str
    request_id: str
    step: str
    wait: float


async def with_outcome(desk: Desk, acted: Acted, answer: Answer) -> Answer:
    """The answer with what came of the work. Raises `ActRefused` for a returned certificate and for failed work."""
    case = await _settled(desk, acted)
    if case is None:
        return replace(answer, sentence=f"{answer.sentence} The work goes on; certrelay watch follows it.")
    lines = _after(case, acted)
    for code, outcome in (("CertificateReturned", Outcome.REFUSED), ("WorkFailed", Outcome.FAILED)):
        if bad := [line.text for line in lines if line.outcome is outcome]:
            raise ActRefused(code, " ".join(bad))
    sentence = " ".join([answer.sentence, *(line.text for line in lines if line.act != "read tenant")])
    return replace(answer, sentence=sentence, next=next_words(case), waiting_for=waiting_for(case))


def _after(case: Case, acted: Acted) -> list[Entry]:
    """Our own lines on the record about the step, after the act; a look of its own time is about no step."""
    ids = [entry.request_id for entry in case.record]
    first = ids.index(acted.request_id) + 1 if acted.request_id in ids else len(ids)
    lines = (e for e in case.record[first:] if e.by == CERTRELAY and e.step in (acted.step, "") and e.text)
    return [e for e in lines if e.step or e.act != LOOKING or e.outcome is not Outcome.FAILED]


async def _settled(desk: Desk, acted: Acted) -> Case | None:
    """The case when the work of the step has ended; None when that took longer than was to be waited.

    Where the worker falls silent meanwhile it is None too: the act is taken, so that is no refusal.
    """
    try:
        async with asyncio.timeout(acted.wait), aclosing(desk.moves(acted.renewal)) as moves:
            async for case in moves:
                if _has_ended(case, acted.step):
                    return case
        return await desk.case(acted.renewal)
    except (TimeoutError, NotReachable):
        return None


def _has_ended(case: Case, step: str) -> bool:
    if step == "2":
        return case.submission is None and not case.is_ordered("2")
    return case.closed or not case.is_ordered(step)
