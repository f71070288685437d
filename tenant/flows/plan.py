"""What an edit is going to do to a flow: splices, parameter values, and the rows that must be read afterwards.

The expected rows are kept as cell texts and resolved on their own, so that the proof does not rest on the splices.
"""

from collections import ChainMap
from collections.abc import Iterator
from dataclasses import dataclass, field

from tenant.flows.content import CLIENT_CERTIFICATE, Row
from tenant.flows.errors import NameNotWritable
from tenant.flows.parameters import parameters_in
from tenant.flows.properties import escape_value
from tenant.flows.reading import LocatedChannel, LocatedFlow, effective_row, is_filled
from tenant.flows.splice import Splice
from tenant.flows.table import TableRow
from tenant.flows.xmltext import can_carry, escape

CellTexts = tuple[str, str]


@dataclass
class Plan:
    """Filled step by step. `cells` holds, for each channel whose table changes, the cell texts that it shall have."""

    flow: LocatedFlow
    splices: list[Splice] = field(default_factory=list)
    values: dict[str, str] = field(default_factory=dict)
    cells: dict[int, list[CellTexts]] = field(default_factory=dict)
    notes: dict[int, list[str]] = field(default_factory=dict)

    @property
    def parameter_splices(self) -> list[Splice]:
        """The new values in parameters.prop: names in cells are stored XML-escaped, then escaped for the file."""
        return [
            Splice(self.flow.parameters[name].span, escape_value(escape(value)))
            for name, value in self.values.items()
        ]

    def expected_rows(self, index: int) -> tuple[Row, ...]:
        """The effective rows that channel `index` shall have."""
        located = self.flow.channels[index]
        if located.channel.table_from is not None:
            return located.channel.rows
        values = ChainMap({name: escape(value) for name, value in self.values.items()}, self.flow.values)
        cells = self.cells.get(index, [(row.subject.text, row.issuer.text) for row in filled(located)])
        return tuple(effective_row(subject, issuer, values) for subject, issuer in cells)


def filled(located: LocatedChannel) -> list[TableRow]:
    """The rows of the table that are rows of the channel, one for one."""
    return [row for row in located.rows if is_filled(row)]


def active(flow: LocatedFlow) -> Iterator[tuple[int, LocatedChannel]]:
    """The channels, with their index, that authorise by certificate."""
    for index, located in enumerate(flow.channels):
        if located.channel.authorization == CLIENT_CERTIFICATE:
            yield index, located


def check_writable(name: str) -> None:
    """Raise NameNotWritable for a name that a table cell cannot hold as it is."""
    if not name:
        raise NameNotWritable(name, "is empty")
    if not can_carry(name):
        raise NameNotWritable(name, "holds a character that XML cannot carry")
    if parameters_in(name):
        raise NameNotWritable(name, "would be read as an externalised parameter")
