"""What becomes of each user mapping and service key that holds the old certificate."""

from enum import StrEnum

from process.facts import MappingFacts, MappingKind
from process.names import NameChange
from process.strategy.facts import PlanFacts


class Way(StrEnum):
    """How the new certificate gets to the user of a mapping or the instance of a service key."""

    BESIDE = "beside"  # it is added beside the old one, which is removed afterwards
    THERE = "there already"  # somebody added it before
    SAME_KEY = "same key"  # the key compares names alone, and they stay: nothing may be added or removed
    LOOK_UP = "look up"  # a person must look first: what is right for one kind of key breaks the other
    CHOOSE = "choose"  # several hold the old one, and only one may hold the new one
    TAKEN = "taken"  # another user or instance has the new one


def way_of(mapping: MappingFacts, facts: PlanFacts) -> Way:
    """The way for one mapping; the sound one where several could be taken (SAP page 19af5e2, KBA 3364579)."""
    if _names_alone(mapping, facts):
        known = mapping.pinned is False and facts.change is NameChange.UNCHANGED
        return Way.SAME_KEY if known else Way.LOOK_UP
    if held_elsewhere(facts):
        return Way.TAKEN
    if mapping.user in facts.holders_of_new:
        return Way.THERE
    return Way.CHOOSE if len(facts.mappings) > 1 else Way.BESIDE


def _names_alone(mapping: MappingFacts, facts: PlanFacts) -> bool:
    """Whether the key may take the new certificate for the old one: not pinned for sure, and the names stay."""
    if mapping.kind is not MappingKind.SERVICE_KEY or mapping.pinned or facts.new is None:
        return False
    return facts.change is not NameChange.CHANGED


def held_elsewhere(facts: PlanFacts) -> tuple[str, ...]:
    """Who has the new certificate beside those that have the old one, sorted.

    A certificate has one user on Neo (page 4b99156), and on Cloud Foundry one service key (page 19af5e2).
    """
    return tuple(sorted(facts.holders_of_new - {m.user for m in facts.mappings}))


def ways(facts: PlanFacts) -> tuple[tuple[MappingFacts, Way], ...]:
    """Each mapping of the old certificate with its way."""
    return tuple((mapping, way_of(mapping, facts)) for mapping in facts.mappings)
