"""The names of the current and the new certificate side by side, and what that means for the steps of a renewal."""

from certificates.shapes import NamesReport
from process.facts import NamePair
from process.names import NameChange, compare, compare_pairs, differences

_MEANING = {
    NameChange.UNCHANGED: (
        "Subject and issuer DN are the same texts, so no sender channel has to change; "
        "user mappings and pinned service keys hold the whole certificate and still need the new one."
    ),
    NameChange.SPELLING: (
        "The names are the same by RFC 5280 section 7.1 but other texts, and how the tenant compares is not "
        "documented: they are treated as changed, and the new pair is added to every sender channel that lists the "
        "old one."
    ),
    NameChange.CHANGED: (
        "The names change, so every sender channel that lists the old pair needs the new pair beside it before the "
        "sender switches (steps 3 to 5), and loses the old one afterwards (steps 9 and 10)."
    ),
}


def names_report(old: NamePair, new: NamePair) -> NamesReport:
    """How the names changed, attribute by attribute. Only identical texts count as unchanged."""
    return NamesReport(
        subject=compare(old.subject, new.subject),
        issuer=compare(old.issuer, new.issuer),
        differences=differences(old.subject, new.subject) + differences(old.issuer, new.issuer),
        meaning=_MEANING[compare_pairs(old, new)],
    )
