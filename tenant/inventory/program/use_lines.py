"""`certrelay where-used` for people: each kind of use under its own heading, and whether that is all."""

from collections.abc import Iterator

from process.facts import MappingKind
from tenant.inventory.program.gap_lines import gap_lines
from tenant.inventory.program.texts import columns, counted
from tenant.inventory.where_used import Namesake, ParameterUse, Place, RoleUse, RowUse, Uses
from tenant.model import UserMapping


def use_lines(uses: Uses) -> Iterator[str]:
    """The whole answer; the last line says whether it is complete."""
    yield f"Subject  {uses.wanted.names.subject}"
    yield f"Issuer   {uses.wanted.names.issuer}"
    if uses.wanted.fingerprint:
        yield f"SHA-256  {uses.wanted.fingerprint}"
    yield from _rows(uses)
    yield from _legacy(uses)
    yield from _parameters(uses)
    yield from _mappings(uses)
    yield from _by_role(uses)
    yield from gap_lines(uses.unseen)
    yield ""
    yield _last(uses)


def _head(number: int, what: str, many: str = "") -> Iterator[str]:
    yield ""
    yield f"{counted(number, what, many)}:" if number else f"No {what}."


def _rows(uses: Uses) -> Iterator[str]:
    yield from _head(len(uses.rows), "row of a sender channel", "rows of sender channels")
    for use in uses.rows:
        yield f"  {_where(use.place)}, channel {use.channel!r} ({use.adapter} {use.address}): {use.match}{_idle(use)}"
        yield f"      subject {use.row.subject}{_given_by(use.row.subject_from)}"
        yield f"      issuer  {use.row.issuer}{_given_by(use.row.issuer_from)}"


def _idle(use: RowUse) -> str:
    if not use.in_use:
        return ", not in use: the channel does not authorise by certificate"
    return "" if use.place.deployed else ", lets nobody in: the flow is not deployed"


def _given_by(parameter: str | None) -> str:
    return f"   (parameter {parameter})" if parameter else ""


def _where(place: Place) -> str:
    running = place.deployed
    state = f"{running.version} {running.status}" if running else "not deployed"
    return f"{place.package_id}/{place.flow} ({state})"


def _legacy(uses: Uses) -> Iterator[str]:
    if uses.legacy:
        yield from _head(
            len(uses.legacy), "pair on a participant, as the first generation of channels had it", _PAIRS
        )
    for use in uses.legacy:
        yield f"  {_where(use.place)}, participant {use.participant!r}: {use.match}"


_PAIRS = "pairs on participants, as the first generation of channels had them"


def _parameters(uses: Uses) -> Iterator[str]:
    if uses.parameters:
        yield from _head(
            len(uses.parameters), "parameter of a configure-only flow", "parameters of configure-only flows"
        )
    yield from columns(map(_parameter, uses.parameters))


def _parameter(use: ParameterUse) -> tuple[str, ...]:
    return _where(use.place), f"parameter {use.parameter}", f"{use.part}: {use.match}"


def _mappings(uses: Uses) -> Iterator[str]:
    if uses.wanted.fingerprint:
        yield from _head(len(uses.holders), *_HOLDS)
        yield from columns((*_mapping(mapping), _life(mapping)) for mapping in uses.holders)
    if uses.clash:
        yield "  More than one service key holds it: every call with it is refused (SAP KBA 3224701)."
        yield "  The tenant administrator must delete all of these keys but one in the cockpit."
    if uses.namesakes:
        others = " of other certificates" if uses.wanted.fingerprint else ""
        yield from _head(
            len(uses.namesakes),
            f"mapping or service key{others} with the same names",
            f"mappings and service keys{others} with the same names",
        )
        yield from columns(map(_namesake, uses.namesakes))


_HOLDS = "mapping or service key that holds this certificate", "mappings and service keys that hold this certificate"


def _mapping(mapping: UserMapping) -> tuple[str, str]:
    if mapping.kind is MappingKind.SERVICE_KEY:
        return f"service key {mapping.name or mapping.id}", f"instance {mapping.user}"
    return f"user mapping {mapping.id}", f"user {mapping.user}"


def _life(mapping: UserMapping) -> str:
    pinned = {True: ", pinned", False: ", not pinned", None: ""}[mapping.pinned]
    return f"until {mapping.not_after:%Y-%m-%d}{pinned}"


def _namesake(namesake: Namesake) -> tuple[str, ...]:
    return *_mapping(namesake.mapping), _life(namesake.mapping), namesake.match


def _by_role(uses: Uses) -> Iterator[str]:
    if not uses.by_role:
        return
    yield from _head(len(uses.by_role), "channel that it may reach by role", "channels that it may reach by role")
    if not uses.roles_known:
        yield "  (the roles of its users are not known here: every channel of every role is counted)"
    yield from columns(map(_role, uses.by_role))


def _role(use: RoleUse) -> tuple[str, ...]:
    return _where(use.place), use.address, f"role {use.role}"


def _last(uses: Uses) -> str:
    if uses.complete:
        return "The answer is complete: everything on the tenant was looked at."
    return f"The answer is NOT complete: {counted(len(uses.unseen), 'thing')} could not be looked at."
