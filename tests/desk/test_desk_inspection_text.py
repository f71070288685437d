"""The text of a report: whatever certificates hold, it is lines that a terminal and a mail show as they are."""

import unicodedata
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from certificates.shapes import ChainLink, Decision, EngineOpinion, LeafReport, NamesReport, Report
from desk.inspection_text import lines_of
from process.facts import Finding, Severity
from process.names import Difference, NameChange

NOW = datetime(2026, 11, 24, tzinfo=UTC)
TEXT = st.text(max_size=60) | st.text("a \n\t\x1b\x7f\u2028\u2029\u202e\u200b\ud800\x85é", max_size=20)
FINDINGS = st.lists(st.builds(Finding, TEXT, st.sampled_from(Severity), TEXT, TEXT, TEXT), max_size=4).map(tuple)
LEAVES = st.builds(
    LeafReport,
    TEXT,
    TEXT,
    TEXT,
    TEXT,
    st.just(NOW),
    st.just(NOW),
    TEXT,
    TEXT,
    st.tuples(TEXT),
    st.none() | st.tuples(),
)
LINKS = st.builds(
    ChainLink, TEXT, TEXT, TEXT, TEXT, st.just(NOW), st.just(NOW), TEXT, st.booleans(), st.booleans()
).map(lambda link: (link,))
CHANGES = st.sampled_from(NameChange)
DIFFERENCES = st.builds(Difference, TEXT, st.none() | TEXT, TEXT, st.just(1)).map(lambda one: (one,))
NAMES = st.builds(NamesReport, CHANGES, CHANGES, DIFFERENCES, TEXT)
REPORTS = st.builds(
    Report,
    verdict=st.sampled_from(Decision),
    findings=FINDINGS,
    leaf=st.none() | LEAVES,
    chain=LINKS,
    names=st.none() | NAMES,
    engines=st.builds(EngineOpinion, TEXT, st.none() | st.booleans(), TEXT).map(lambda opinion: (opinion,)),
)


@settings(max_examples=150, deadline=None)
@given(REPORTS)
def test_nothing_unseen_gets_to_the_terminal(report: Report) -> None:
    """No line holds a control character, a mark of direction, a surrogate or a line break, and all can be encoded."""
    for line in lines_of(report, NOW):
        assert not [c for c in line if unicodedata.category(c)[0] == "C" or c in "\u2028\u2029"]
        line.encode("utf-8")


@settings(max_examples=50, deadline=None)
@given(REPORTS)
def test_the_verdict_comes_first(report: Report) -> None:
    """The first word is the verdict, and it is the only one."""
    words = {Decision.ACCEPT: "ACCEPTED: ", Decision.REJECT: "REJECTED: ", Decision.PERSON: "UNDECIDED: "}
    assert next(lines_of(report, NOW)).startswith(words[report.verdict])


def test_only_what_decided_is_to_be_done() -> None:
    """At the top stand the remedies of errors where it is rejected, each once; of warnings where a person decides."""
    findings = (
        Finding("a", Severity.ERROR, "A.", "Do this."),
        Finding("b", Severity.ERROR, "B.", "Do this."),
        Finding("c", Severity.WARNING, "C.", "Do that."),
        Finding("d", Severity.NOTE, "D."),
    )

    def to_do(verdict: Decision) -> str:
        text = "\n".join(lines_of(Report(verdict, findings), NOW))
        return text.partition("What is to be done:\n")[2].partition("\n\n")[0]

    assert to_do(Decision.REJECT) == "  1. Do this."
    assert to_do(Decision.PERSON) == "  1. Do that."
    assert to_do(Decision.ACCEPT) == ""
