"""What a person is shown of a case, as lines; a digest over them; what has changed since an earlier state.

An approval holds for what was seen: an act may carry the digest, and is refused where the lines are others by now.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import replace

from process.case import Case, Snapshot
from process.facts import TenantFacts

MOST_LINES = 200
"""Lines of one state that are kept word for word; the digest is over all."""

MOST_STATES = 4
"""Earlier states that are kept to tell a difference to; a case must fit into one payload."""


def lines(case: Case) -> tuple[str, ...]:
    """Everything that an act may rest on: certificates, judgement, who knows the old one, what is not as it must be.

    What this renewal itself changes is not among it: else the one of two people who act side by side would be
    refused for the other's act.
    """
    return (*_certificates(case), *(_tenant(case.facts) if case.facts is not None else ()), *case.alarms.values())


def _certificates(case: Case) -> Iterator[str]:
    yield f"the old certificate is {case.old.fingerprint[:16]}"
    if case.new is not None:
        yield f"the new certificate is {case.new.fingerprint[:16]}"
    if case.verdict is not None:
        yield f"the root of its chain is {case.verdict.root}"
        yield from (f"it needs a decision: {opinion}" for opinion in case.verdict.opinions)


def _tenant(facts: TenantFacts) -> Iterator[str]:
    places = sorted({(c.flow_id, c.channel, c.address) for c in facts.channels})
    yield from (f"flow {flow}, channel {channel} ({at}) lists the old names" for flow, channel, at in places)
    holders = sorted({(m.user, m.kind.value) for m in facts.mappings})
    yield from (f"a {kind} of {user} holds the old certificate" for user, kind in holders)
    yield from (f"not looked at: {part.what} ({part.why})" for part in facts.unreadable)


def digest(case: Case) -> str:
    """Twelve hex digits over the lines."""
    return hashlib.sha256("\n".join(lines(case)).encode()).hexdigest()[:12]


def remembered(case: Case) -> Case:
    """The case with its present state among those that a difference can be told to."""
    current = digest(case)
    if case.shown and case.shown[-1].digest == current:
        return case
    earlier = tuple(state for state in case.shown if state.digest != current)
    return replace(case, shown=(*earlier, Snapshot(current, lines(case)[:MOST_LINES]))[-MOST_STATES:])


def changes_since(case: Case, seen: str) -> tuple[str, ...]:
    """What is other now than in the state of that digest, a phrase each; empty where that state is not kept."""
    before = next((state for state in case.shown if state.digest == seen), None)
    if before is None:
        return ()
    known, current = before.lines, lines(case)[:MOST_LINES]
    gone = tuple(f"no longer: {line}" for line in known if line not in current)
    return gone + tuple(f"now: {line}" for line in current if line not in known)
