"""Planning how a new pair of names comes beside an old one. Bytes are spliced and proven in `editing`."""

from process.acceptance.comparing import manner_of
from process.facts import NamePair
from process.spelling import spelled_alike
from tenant.flows.content import Row
from tenant.flows.errors import TableIsParameter
from tenant.flows.plan import Plan, active, check_writable, filled
from tenant.flows.reading import LocatedFlow, Same, holds, is_filled
from tenant.flows.splice import Span, Splice
from tenant.flows.style import styled
from tenant.flows.table import row_like
from tenant.flows.unfilled import fill, remarked, was_unfilled


def plan_add(flow: LocatedFlow, old: NamePair, new: NamePair, same: Same) -> Plan:
    """A literal row with `new` in each active channel that lists `old` and lacks it.

    It is the first row that nobody filled; where there is none, a new row directly after the first one with `old`.
    """
    for name in (new.subject, new.issuer):
        check_writable(name)
    plan = Plan(flow)
    for index, located in active(flow):
        rows = located.channel.rows
        beside = next((at for at, row in enumerate(rows) if holds(row, old, same)), None)
        # A row in another spelling may be another name to the runtime, whose comparison is not known.
        if beside is not None and not any(holds(row, new, spelled_alike) for row in rows):
            _add_row(plan, index, beside, _in_style(located.channel.rows[beside], old, new, same))
    return plan


def _in_style(row: Row, old: NamePair, new: NamePair, same: Same) -> NamePair:
    """As the old row is written: what the runtime takes there for the old names it then takes for the new ones."""
    manner = manner_of(NamePair(row.subject, row.issuer), old)
    if manner is not None:
        exact = NamePair(manner.write(new.subject), manner.write(new.issuer))
        if spelled_alike(exact.subject, new.subject) and spelled_alike(exact.issuer, new.issuer):
            return exact
    like = (row.subject, row.issuer)
    return NamePair(styled(new.subject, like, same), styled(new.issuer, like, same))


def _add_row(plan: Plan, index: int, beside: int, names: NamePair) -> None:
    located = plan.flow.channels[index]
    if located.channel.table_from is not None:
        raise TableIsParameter(located.channel.name, located.channel.table_from)
    if not _fill_row(plan, index, names):
        _new_row(plan, index, beside, names)


def _fill_row(plan: Plan, index: int, names: NamePair) -> bool:
    """Into the first row that nobody filled, where there is one that can be emptied again."""
    located = plan.flow.channels[index]
    for at, row in enumerate(located.rows):
        if is_filled(row):
            continue
        new = fill(row.span.of(plan.flow.files.iflw_bytes), row, names.subject, names.issuer)
        if new is not None:
            plan.splices.append(Splice(row.span, new))
            _expect(plan, index, sum(map(is_filled, located.rows[:at])), names)
            return True
    return False


def _new_row(plan: Plan, index: int, beside: int, names: NamePair) -> None:
    row = filled(plan.flow.channels[index])[beside]
    raw = row.span.of(plan.flow.files.iflw_bytes)
    new = row_like(raw, row, names.subject, names.issuer)
    plan.splices.append(Splice(Span(row.span.end, row.span.end), remarked(new) if was_unfilled(raw, row) else new))
    _expect(plan, index, beside + 1, names)


def _expect(plan: Plan, index: int, at: int, names: NamePair) -> None:
    cells = [(row.subject.text, row.issuer.text) for row in filled(plan.flow.channels[index])]
    cells.insert(at, (names.subject, names.issuer))
    plan.cells[index] = cells
