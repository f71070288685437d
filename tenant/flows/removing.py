"""Planning how an old pair of names leaves a flow. Bytes are spliced and proven in `editing`.

A removed row whose cells are parameters is not dropped but taken over, where that changes nothing else:
its parameters take the names that stay, and the literal row with those names goes instead.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from process.facts import NamePair
from tenant.flows.errors import KeepMissing, LastRow, TableIsParameter
from tenant.flows.parameters import parameter_of, parameters_in
from tenant.flows.plan import CellTexts, Plan, active, check_writable, filled
from tenant.flows.reading import LocatedChannel, LocatedFlow, Same, holds
from tenant.flows.splice import Splice
from tenant.flows.table import Cell, TableRow, cell_bytes
from tenant.flows.unfilled import emptied, was_unfilled
from tenant.flows.xmltext import unescape


@dataclass(frozen=True)
class _Removal:
    """The rows to remove in one channel, and where its rows with the names that stay are."""

    index: int
    located: LocatedChannel
    gone: tuple[int, ...]
    kept: tuple[int, ...]

    @property
    def rows(self) -> list[TableRow]:
        return filled(self.located)

    @property
    def taken_over(self) -> int | None:
        """The first removed row that has a parameter; only where a literal row can go in its stead."""
        if self.stand_in is None:
            return None
        return next((at for at in self.gone if any(map(parameter_of, _texts(self.rows[at])))), None)

    @property
    def stand_in(self) -> int | None:
        """The first literal row with the names that stay."""
        return next((at for at in self.kept if not any(map(parameters_in, _texts(self.rows[at])))), None)


def plan_remove(flow: LocatedFlow, names: NamePair, keep: NamePair, same: Same) -> Plan:
    """Every row with `names` goes from the active channels; raises KeepMissing, LastRow, TableIsParameter."""
    plan = Plan(flow)
    removals = list(_removals(flow, names, keep, same))
    values = _values(flow, removals, same)
    if values is not None:
        for text in values.values():
            check_writable(text)
        plan.values = {name: text for name, text in values.items() if text != unescape(flow.values[name])}
    for removal in removals:
        _remove(plan, removal, take_over=values is not None)
    return plan


def _removals(flow: LocatedFlow, names: NamePair, keep: NamePair, same: Same) -> Iterator[_Removal]:
    for index, located in active(flow):
        channel = located.channel
        gone = tuple(at for at, row in enumerate(channel.rows) if holds(row, names, same))
        if not gone:
            continue
        left = [at for at in range(len(channel.rows)) if at not in gone]
        kept = tuple(at for at in left if holds(channel.rows[at], keep, same))
        if not any(channel.rows[at].subject and channel.rows[at].issuer for at in left):
            raise LastRow(channel.name, names.subject)
        if not kept:
            raise KeepMissing(channel.name, keep.subject)
        if channel.table_from is not None:
            raise TableIsParameter(channel.name, channel.table_from)
        yield _Removal(index, located, gone, kept)


def _values(flow: LocatedFlow, removals: list[_Removal], same: Same) -> dict[str, str] | None:
    """The names that the parameters of all taken-over rows take; None where that would change another row."""
    values: dict[str, str] = {}
    for removal in removals:
        if removal.taken_over is None or removal.stand_in is None:
            continue
        pairs = zip(_texts(removal.rows[removal.taken_over]), _texts(removal.rows[removal.stand_in]), strict=True)
        for text, kept in pairs:
            name = parameter_of(text)
            if name is None:
                continue
            if name not in flow.parameters or not same(values.setdefault(name, kept), kept):
                return None
    return values if values and not values.keys() & set(_still_needed(flow, removals)) else None


def _still_needed(flow: LocatedFlow, removals: list[_Removal]) -> Iterator[str]:
    """Parameters in rows, of channels that authorise by certificate, that stay as they are."""
    gone = {removal.index: removal.gone for removal in removals}
    for index, located in active(flow):
        for at, row in enumerate(filled(located)):
            if at not in gone.get(index, ()):
                yield from (name for text in _texts(row) for name in parameters_in(text))


def _remove(plan: Plan, removal: _Removal, take_over: bool) -> None:
    rows, leaving = removal.rows, set(removal.gone)
    cells = [_texts(row) for row in rows]
    taken, stand_in = removal.taken_over, removal.stand_in
    if take_over and taken is not None and stand_in is not None:
        leaving = leaving - {taken} | {stand_in}
        cells[taken] = _take_over(plan, rows[taken], rows[stand_in])
        plan.notes[removal.index] = list(_notes_on_use(plan.flow, removal))
    elif parameters := [name for at in removal.gone for text in _texts(rows[at]) for name in parameters_in(text)]:
        plan.notes[removal.index] = [
            f"The row came from the parameters {', '.join(dict.fromkeys(parameters))}; they keep their values."
        ]
    plan.splices += [_without(plan, rows[at]) for at in leaving]
    plan.cells[removal.index] = [cell for at, cell in enumerate(cells) if at not in leaving]


def _without(plan: Plan, row: TableRow) -> Splice:
    """The row gone; one that was filled when it was empty is empty again."""
    raw = row.span.of(plan.flow.files.iflw_bytes)
    return Splice(row.span, emptied(raw, row) if was_unfilled(raw, row) else b"")


def _take_over(plan: Plan, row: TableRow, stand_in: TableRow) -> CellTexts:
    """The row takes the names of `stand_in`: by its parameters where it has them, else in the cell itself."""
    return (
        _take_cell(plan, row.subject, stand_in.subject.text),
        _take_cell(plan, row.issuer, stand_in.issuer.text),
    )


def _take_cell(plan: Plan, cell: Cell, text: str) -> str:
    if parameter_of(cell.text) is not None:
        return cell.text
    if cell.text == text:
        return text
    plan.splices.append(Splice(cell.span, cell_bytes(text)))
    return text


def _notes_on_use(flow: LocatedFlow, removal: _Removal) -> Iterator[str]:
    """Other places that use a parameter which gets a new value: they follow it."""
    text = unescape(unescape(flow.files.iflw_bytes.decode("utf-8")))
    taken = removal.rows[removal.taken_over or 0]
    for name in dict.fromkeys(filter(None, map(parameter_of, _texts(taken)))):
        wanted = "{{" + name + "}}"
        here = sum(_texts(row).count(wanted) for row in removal.rows)
        if others := text.count(wanted) - here:
            owners = [
                f"{element.kind} {element.attributes.get('name', '')!r}"
                for element in flow.elements
                if element is not removal.located.element
                and any(wanted in unescape(prop.value) for prop in element.properties)
            ]
            where = f" ({', '.join(owners)})" if owners else ""
            yield f"The parameter {name!r} is used {others} more time(s) in this flow{where}; these follow it."


def _texts(row: TableRow) -> CellTexts:
    return row.subject.text, row.issuer.text
