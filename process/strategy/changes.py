"""What exactly changes where in each step that changes the tenant."""

from collections.abc import Callable, Iterator

from process.case import Added, EffectKind
from process.facts import ChannelFacts, MappingFacts, MappingKind
from process.open import names_change
from process.strategy.facts import PlanFacts
from process.strategy.keys import Way, ways
from process.strategy.shapes import Change, ChangeKind

Changes = Iterator[Change]

_REMOVED_AFTERWARDS = frozenset({Way.BESIDE, Way.THERE, Way.CHOOSE})


def changes_of(step: str, facts: PlanFacts) -> tuple[Change, ...]:
    """The changes of the step, in the order of the tenant's facts; none for steps that people only say."""
    return tuple(_OF_STEP[step](facts)) if step in _OF_STEP else ()


def is_stuck(channel: ChannelFacts, facts: PlanFacts) -> bool:
    """Whether the names change and the channel can take no row for the new ones beside the old ones."""
    return names_change(facts.case) and facts.is_configure_only(channel) and not facts.lists_new(channel)


def _added_rows(facts: PlanFacts) -> Changes:
    for channel in facts.channels:
        if facts.new and not is_stuck(channel, facts) and not facts.lists_new(channel):
            yield _row(ChangeKind.ADD_ROW, channel, facts)


def _exchanged_rows(facts: PlanFacts) -> Changes:
    for channel in facts.channels:
        if is_stuck(channel, facts) and channel.parameterised:
            yield _row(ChangeKind.EXCHANGE_ROW, channel, facts)


def _removed_rows(facts: PlanFacts) -> Changes:
    for channel in facts.channels:
        # Nobody can take a row out of a flow that can only be configured; there the old names are exchanged.
        if names_change(facts.case) and not facts.is_configure_only(channel):
            yield _row(ChangeKind.REMOVE_ROW, channel, facts)
    for added in facts.added:
        if added.kind is EffectKind.ADD_NAMES and added.certificate.names in facts.case.left_names():
            yield Change(ChangeKind.REMOVE_ROW, added.where, row=added.certificate.names)


def _row(kind: ChangeKind, channel: ChannelFacts, facts: PlanFacts) -> Change:
    old = channel.names
    new = facts.new.names if facts.new else old
    return Change(
        kind,
        channel.flow_id,
        channel.channel,
        channel.address,
        row=old if kind is ChangeKind.REMOVE_ROW else new,
        beside=new if kind is ChangeKind.REMOVE_ROW else old,
        parameterised=channel.parameterised,
    )


def _added_mappings(facts: PlanFacts) -> Changes:
    for mapping, way in ways(facts):
        if facts.new and way is Way.BESIDE:
            yield Change(_adding(mapping), mapping.user, fingerprint=facts.new.fingerprint)


def _removed_mappings(facts: PlanFacts) -> Changes:
    for mapping, way in ways(facts):
        if way in _REMOVED_AFTERWARDS:
            yield Change(_removing(mapping), mapping.user, fingerprint=facts.old.fingerprint)
    for added in facts.added:
        if _is_left(added, facts):
            kind = _removing(facts.mappings[0]) if facts.mappings else ChangeKind.REMOVE_USER_MAPPING
            yield Change(kind, added.where, fingerprint=added.certificate.fingerprint)


def _is_left(added: Added, facts: PlanFacts) -> bool:
    """Whether a certificate that was replaced in this renewal left it."""
    new = facts.new.fingerprint if facts.new else ""
    return added.kind is EffectKind.ADD_USER_MAPPING and added.certificate.fingerprint != new


def _adding(mapping: MappingFacts) -> ChangeKind:
    key = mapping.kind is MappingKind.SERVICE_KEY
    return ChangeKind.ADD_SERVICE_KEY if key else ChangeKind.ADD_USER_MAPPING


def _removing(mapping: MappingFacts) -> ChangeKind:
    key = mapping.kind is MappingKind.SERVICE_KEY
    return ChangeKind.REMOVE_SERVICE_KEY if key else ChangeKind.REMOVE_USER_MAPPING


_OF_STEP: dict[str, Callable[[PlanFacts], Changes]] = {
    "4a": _added_rows,
    "4b": _added_mappings,
    "7": _exchanged_rows,
    "9b": _removed_mappings,
    "10": _removed_rows,
}
