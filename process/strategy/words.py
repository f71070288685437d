"""The text of a plan: the first that a tenant administrator sees of a renewal. Short, ordered, nothing new in it."""

import textwrap
from collections.abc import Iterable, Iterator
from datetime import datetime

from process.case import Case
from process.steps import BY_ID, Condition
from process.strategy import planning
from process.strategy.facts import plan_facts
from process.strategy.shapes import Change, ChangeKind, Foreseen, Need, NotOverlapped, Plan, PlanStep

WIDTH = 100


def headline(plan: Plan) -> str:
    """One line: how many steps, and whether anybody can be locked out."""
    parts = [_steps_line(plan), _places_line(plan)]
    return "; ".join(part for part in parts if part) + "."


def headline_of(case: Case, now: datetime) -> str:
    """The headline of the plan of a renewal as it stands."""
    return headline(planning.plan(plan_facts(case), now))


def _steps_line(plan: Plan) -> str:
    total = len(plan.steps)
    unknown = sum(step.need is Need.NOT_KNOWN for step in plan.steps)
    if unknown:
        return f"{len(plan.needed)} of {total} steps are certain, {unknown} are not known yet"
    return f"{len(plan.needed)} of {total} steps"


def _places_line(plan: Plan) -> str:
    """Nothing is promised of what is not known or was not looked at."""
    count = len({(item.where, item.channel) for item in plan.not_overlapped})
    if count:
        return "1 place cannot be overlapped" if count == 1 else f"{count} places cannot be overlapped"
    if any(step.need is Need.NOT_KNOWN for step in plan.steps):
        return ""
    parts = len(plan.not_looked_at)
    if parts:
        return f"nobody is locked out at any moment, as far as was looked: {parts} not looked at"
    return "nobody is locked out at any moment"


def lines(plan: Plan) -> Iterator[str]:
    """The whole plan as text, at most 100 characters a line unless a word is longer; nothing moves a cursor."""
    return map(_visible, _lines(plan))


def _visible(line: str) -> str:
    """Names come from strangers: what a terminal might obey is written as its code point."""
    return "".join(c if c.isprintable() else f"<U+{ord(c):04X}>" for c in line)


def _lines(plan: Plan) -> Iterator[str]:
    yield headline(plan)
    yield from _section("First", _remarks(plan, decide=True))
    yield from _section("Steps", _steps(plan))
    yield from _section("Not needed", _left_out(plan, Need.NOT_NEEDED))
    yield from _section("Not known yet", _left_out(plan, Need.NOT_KNOWN))
    yield from _section("What it will be", (line for foreseen in plan.foreseen for line in _foreseen(foreseen)))
    yield from _section("Point of no return", _wrapped(return_words(plan), "  "))
    yield from _section("Cannot be overlapped", (line for item in plan.not_overlapped for line in _limit(item)))
    yield from _section("Not looked at", _not_looked_at(plan))
    yield from _section("Mind", _remarks(plan, decide=False))


def _section(heading: str, found: Iterable[str]) -> Iterator[str]:
    within = list(found)
    if within:
        yield from ("", f"{heading}:", *within)


def _wrapped(text: str, first: str, rest: str | None = None) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=first if rest is None else rest,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _item(text: str) -> list[str]:
    return _wrapped(text, "  - ", "    ")


def _cited(text: str, source: str) -> str:
    return f"{text} [{source}]" if source else text


def _remarks(plan: Plan, decide: bool) -> Iterator[str]:
    for remark in plan.remarks:
        if remark.decide is decide:
            yield from _item(_cited(remark.sentence, remark.source))


def _steps(plan: Plan) -> Iterator[str]:
    for step in plan.steps:
        if step.need is Need.NEEDED:
            yield from _step(step)


def _step(step: PlanStep) -> Iterator[str]:
    yield from _wrapped(f"The {step.role.words} {BY_ID[step.id].what}.", f"  {step.id.ljust(4)}", " " * 6)
    if BY_ID[step.id].condition is not Condition.ALWAYS:
        yield from _wrapped(f"Why: {step.why}.", " " * 6)
    for text in (*map(change_words, step.changes), *step.remarks):
        yield from _wrapped(text, "      - ", " " * 8)


def change_words(change: Change) -> str:
    """One change as a sentence: where, and what exactly."""
    return _CHANGES[change.kind].format(
        place=_place(change),
        where=change.where,
        subject=change.row.subject if change.row else "",
        issuer=change.row.issuer if change.row else "",
        certificate=change.fingerprint[:16],
    )


def _place(change: Change) -> str:
    if not change.channel:
        return f"Flow {change.where}"
    address = f" ({change.address})" if change.address else ""
    return f"Flow {change.where}, channel {change.channel}{address}"


_CHANGES = {
    ChangeKind.ADD_ROW: "{place}: add the row subject {subject}, issuer {issuer}, written like the row beside it.",
    ChangeKind.REMOVE_ROW: "{place}: remove the row subject {subject}, issuer {issuer}.",
    ChangeKind.EXCHANGE_ROW: "{place}: at the agreed moment, the integration developer puts subject {subject} and "
    "issuer {issuer} into the two parameters and redeploys.",
    ChangeKind.ADD_USER_MAPPING: "User {where}: add a user mapping of certificate {certificate}.",
    ChangeKind.REMOVE_USER_MAPPING: "User {where}: remove the user mapping of certificate {certificate}.",
    ChangeKind.ADD_SERVICE_KEY: "Service instance {where}: add a pinned service key with certificate {certificate}.",
    ChangeKind.REMOVE_SERVICE_KEY: "Service instance {where}: delete the service key with certificate {certificate}.",
}


def _left_out(plan: Plan, need: Need) -> Iterator[str]:
    """Steps that drop out for one reason share a line."""
    reasons: dict[str, list[str]] = {}
    for step in plan.steps:
        if step.need is need:
            reasons.setdefault(step.expected or step.why, []).append(step.id)
    for reason, ids in reasons.items():
        yield from _wrapped(f"{', '.join(ids)}: {reason}.", "  ", "    ")


def _foreseen(foreseen: Foreseen) -> Iterator[str]:
    yield from _item(f"If {foreseen.condition}: steps {' '.join(foreseen.needed)}.")
    for item in foreseen.not_overlapped:
        yield from _wrapped(f"{_heading(item)} cannot be overlapped then. {item.why}", "    ")


def return_words(plan: Plan) -> str:
    """The point of no return as sentences."""
    point = plan.point_of_no_return
    if not point.steps:
        return point.why
    acting = dict.fromkeys(f"{BY_ID[step].role.words}" for step in point.steps)
    return f"Step {' or '.join(point.steps)} ({', '.join(acting)}). {point.why}"


def _heading(item: NotOverlapped) -> str:
    if not item.where:
        return f"Everywhere ({item.limit})"
    channel = f", channel {item.channel}" if item.channel else ""
    return f"{item.where}{channel} ({item.limit})"


def _limit(item: NotOverlapped) -> Iterator[str]:
    yield from _item(_cited(f"{_heading(item)}: {item.why}", item.source))
    yield from _wrapped(f"Refused meanwhile: the {' and the '.join(item.refused)} certificate; {item.gap}.", "    ")
    for number, advice in enumerate(item.advice, start=1):
        yield from _wrapped(advice, f"    {number}. ", "       ")


def _not_looked_at(plan: Plan) -> Iterator[str]:
    for part in plan.not_looked_at:
        yield from _item(f"{part.what}: {part.why.rstrip('.')}.")
    if plan.not_looked_at:
        yield from _wrapped(_LOOK, "  ")


_LOOK = (
    "A person must look there for the old names and the old certificate before step 6; the tenant administrator then "
    "says so with a reason."
)
