"""What cannot be overlapped in user mappings and service keys.

A rule yields the places where a certificate that the sender may present can be refused.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import product

from process.facts import MappingFacts, MappingKind
from process.names import NameChange
from process.strategy.facts import PlanFacts, same_pair
from process.strategy.keys import Way, held_elsewhere, way_of, ways
from process.strategy.shapes import Limit, NotOverlapped, Which
from process.words import minute

Limits = Iterator[NotOverlapped]

_OLD, _NEW, _BOTH = (Which.OLD,), (Which.NEW,), (Which.OLD, Which.NEW)

_UNTIL_MENDED = "until it is mended"
_QUIET_EXCHANGE = (
    "Or, at an agreed quiet moment before step 6, delete this key and create a pinned one with the old certificate "
    "in the cockpit: calls are refused for seconds to minutes, but after that old and new go side by side. Never "
    "create a pinned key beside it: two keys with the same names, one not pinned, and every call is refused."
)


def same_key(facts: PlanFacts, _: datetime) -> Limits:
    """A key that compares names alone, and names that stay."""
    for mapping in _with_way(facts, Way.SAME_KEY):
        yield NotOverlapped(
            Limit.SAME_KEY,
            mapping.user,
            "The service key is not pinned: it takes the new certificate by its names, without any change, and "
            "refuses the old one as soon as the newer one was used once.",
            (
                "Have all nodes of the sender switch at once in step 7, and nobody call with the new certificate "
                "before, not even for a test.",
                _QUIET_EXCHANGE,
                "Or ask for a certificate with another subject: a pinned key with it goes beside this one.",
            ),
            _switch_gap(facts),
            _OLD,
            "SAP page 19af5e2",
        )


def _switch_gap(facts: PlanFacts) -> str:
    sender = facts.sender
    if sender.nodes == 1 and sender.holds_two is False:
        return "none, if its one node switches in one go; there is no going back"
    return "from the first call with the new certificate until the last node of the sender has switched"


def not_newer(facts: PlanFacts, _: datetime) -> Limits:
    """Such a key takes only what was issued later than the last certificate it took."""
    for mapping in _with_way(facts, Way.SAME_KEY):
        if facts.new and facts.new.not_before <= facts.old.not_before:
            yield NotOverlapped(
                Limit.NOT_NEWER,
                mapping.user,
                "The service key is not pinned and takes a certificate by its names only if that was issued later "
                f"than the last one it took; the new one begins at {minute(facts.new.not_before)}, the old one at "
                f"{minute(facts.old.not_before)}.",
                ("Ask for a certificate that was issued later than the one in use.", _QUIET_EXCHANGE),
                _UNTIL_MENDED,
                _NEW,
                "SAP page 19af5e2",
            )


def pin_not_known(facts: PlanFacts, _: datetime) -> Limits:
    """What is right for a pinned key breaks one that is not."""
    for mapping in _with_way(facts, Way.LOOK_UP):
        if facts.change is NameChange.UNCHANGED:
            yield NotOverlapped(
                Limit.PIN_NOT_KNOWN,
                mapping.user,
                "Whether the service key is pinned is not told by any interface, and the names stay: a pinned key "
                "needs a second one beside it, beside a key that is not pinned a second one locks everybody out.",
                (
                    "Look in the cockpit, before step 4b, whether Pin Certificate is set for this key (it is by "
                    "default), and plan again with what you saw.",
                ),
                "none if it is pinned; else from the first call with the new one until the sender has switched",
                _BOTH,
                "SAP page 19af5e2; KBA 3364579",
            )


def key_spelling(facts: PlanFacts, _: datetime) -> Limits:
    """Names in another spelling, at a key that may compare names alone."""
    for mapping in _with_way(facts, Way.LOOK_UP):
        if facts.change is NameChange.SPELLING:
            yield NotOverlapped(
                Limit.KEY_SPELLING,
                mapping.user,
                "The service key is not pinned for sure, and the names differ in spelling alone. How a key compares "
                "names is not documented: it may take the new certificate for the old, or a second key may clash.",
                (
                    "Look in the cockpit whether Pin Certificate is set for this key; if so, plan again with that.",
                    "Else ask for a certificate with exactly the old names, or with clearly different ones.",
                    _QUIET_EXCHANGE,
                ),
                _UNTIL_MENDED,
                _BOTH,
                "SAP page 19af5e2",
            )


def _with_way(facts: PlanFacts, way: Way) -> Iterator[MappingFacts]:
    return (mapping for mapping, its in ways(facts) if its is way)


def clash(facts: PlanFacts, _: datetime) -> Limits:
    """A key of another certificate with the names of the old or of the new one, and not both keys pinned."""
    for mapping, other in product(facts.mappings, _other_keys(facts)):
        refused = tuple(_refused_beside(mapping, other, facts))
        if refused:
            yield NotOverlapped(
                Limit.CLASH,
                mapping.user,
                f"A service key of {other.user} holds a certificate with the same names, and not both keys are known "
                "to be pinned: the runtime refuses every call whose names two such keys have.",
                (
                    "Before step 4b, find out in the cockpit whose key it is and whether it is pinned. If nobody "
                    "needs it, delete it; if somebody does, it must become a pinned one first.",
                ),
                f"none if both are pinned; else {_UNTIL_MENDED}",
                refused,
                "KBA 3364579",
            )


def _other_keys(facts: PlanFacts) -> Iterator[MappingFacts]:
    others = facts.tenant.others if facts.tenant else ()
    return (m for m in others if m.kind is MappingKind.SERVICE_KEY and m.fingerprint != facts.old.fingerprint)


def _refused_beside(mapping: MappingFacts, other: MappingFacts, facts: PlanFacts) -> Iterator[Which]:
    new = facts.new
    loose = not (mapping.pinned and other.pinned)
    with_old = loose and same_pair(other.names, facts.old.names)
    if with_old:
        yield Which.OLD
    if new is None:
        return
    of_new = other.fingerprint == new.fingerprint
    # What is added is pinned; a key that compares names alone may stay the one that takes the new certificate.
    stays_loose = way_of(mapping, facts) in (Way.SAME_KEY, Way.LOOK_UP)
    beside_new = (not other.pinned or stays_loose) and same_pair(other.names, new.names)
    if with_old if of_new else beside_new:
        yield Which.NEW


def held_twice(facts: PlanFacts, _: datetime) -> Limits:
    """The old certificate is with several users, or in several keys."""
    if len(facts.mappings) > 1:
        users = ", ".join(dict.fromkeys(mapping.user for mapping in facts.mappings))
        for user in dict.fromkeys(mapping.user for mapping in facts.mappings):
            yield NotOverlapped(
                Limit.HELD_TWICE,
                user,
                f"The old certificate is held {len(facts.mappings)} times ({users}), and a certificate may have one "
                "user, or stand in one service key, alone; with several keys every call is refused.",
                (
                    "Decide which one the sender needs, and add the new certificate there alone. Several roles "
                    "belong in one service instance.",
                ),
                _UNTIL_MENDED,
                _BOTH,
                "SAP pages 4b99156, 19af5e2; KBA 3224701",
            )


def taken(facts: PlanFacts, _: datetime) -> Limits:
    """The new certificate is with somebody else."""
    holders = held_elsewhere(facts)
    for mapping in _with_way(facts, Way.TAKEN):
        yield NotOverlapped(
            Limit.TAKEN,
            mapping.user,
            f"The new certificate is with {', '.join(holders)} already. A second service key with it would have "
            "every call refused, and a second user mapping would take it away from there.",
            (
                "Find out who put it there. If nobody needs it there, remove it and plan again; else ask the sender "
                "administrator for a certificate of its own.",
            ),
            _UNTIL_MENDED,
            _NEW,
            "SAP pages 4b99156, 19af5e2; KBA 3224701",
        )
