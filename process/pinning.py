"""Whether a service key is pinned: no interface tells it, so it is what a person saw in the cockpit."""

from dataclasses import replace

from process.acts import Request
from process.case import Case
from process.facts import MappingFacts, MappingKind, TenantFacts


def told_of_pinning(case: Case, request: Request) -> Case:
    """The case with what the act says of service keys; the case itself where it says nothing."""
    return with_pinning(replace(case, pinned=request.pinned == "pinned")) if request.pinned else case


def with_pinning(case: Case) -> Case:
    """What a person saw in the cockpit, put into the facts wherever the tenant does not tell."""
    if case.pinned is None:
        return case
    facts, seen = (_told(held, case.pinned) for held in (case.facts, case.seen))
    return replace(case, facts=facts, seen=seen)


def _told(facts: TenantFacts | None, pinned: bool) -> TenantFacts | None:
    if facts is None:
        return None
    mappings, others = (tuple(told_of(m, pinned) for m in held) for held in (facts.mappings, facts.others))
    return replace(facts, mappings=mappings, others=others)


def told_of(mapping: MappingFacts, pinned: bool) -> MappingFacts:
    """The mapping with what a person saw, where it is a service key of which the tenant does not tell."""
    untold = mapping.kind is MappingKind.SERVICE_KEY and mapping.pinned is None
    return replace(mapping, pinned=pinned) if untold else mapping
