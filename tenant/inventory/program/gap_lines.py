"""What could not be looked at, for people: each reason once, and below it everything that it is true of."""

from collections.abc import Iterator, Sequence

from tenant.inventory.model import Gap
from tenant.inventory.program.texts import counted, folded


def gap_lines(gaps: Sequence[Gap]) -> Iterator[str]:
    """The gaps by their reasons, in the order in which these first come; nothing where there is none."""
    if not gaps:
        return
    yield ""
    yield f"Could not be looked at: {counted(len(gaps), 'thing')}"
    for cause, why in dict.fromkeys((gap.cause, gap.why) for gap in gaps):
        yield ""
        yield from folded(f"{cause}: {why}", 2)
        yield from (f"    {gap.what}" for gap in gaps if (gap.cause, gap.why) == (cause, why))
