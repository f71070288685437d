"""The text of a plan: a headline that promises no more than is known, then steps, way back, limits, gaps of sight."""

import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from process_cases import OLD
from process_strategy_cases import NOW, every_combination, plan_of

from process.facts import NamePair, Unreadable
from process.steps import STEPS
from process.strategy.facts import PlanFacts
from process.strategy.planning import plan
from process.strategy.shapes import ChangeKind
from process.strategy.words import WIDTH, change_words, headline, lines

CALM = plan_of("unchanged", "overlap", "plain", "user", "none")
_HEAD = re.compile(r"  (\d+[ab]?(?:, \d+[ab]?)*)[: ]")
HIDDEN = (Unreadable("flow F9", "it is locked."),)


def text(facts: PlanFacts) -> str:
    """The plan as it is read."""
    return "\n".join(lines(plan(facts, NOW)))


def test_the_headline_of_a_plan_that_keeps_everybody_in() -> None:
    """How many steps, and the promise."""
    assert headline(plan(CALM, NOW)) == "7 of 12 steps; nobody is locked out at any moment."


def test_the_headline_never_promises_what_was_not_looked_at() -> None:
    """With something unread the promise is bounded; with steps unknown there is none."""
    assert CALM.tenant is not None
    hidden = replace(CALM, tenant=replace(CALM.tenant, unreadable=HIDDEN))
    assert headline(plan(hidden, NOW)).endswith("as far as was looked: 1 not looked at.")
    assert headline(plan(replace(CALM, fresh=False), NOW)) == "5 of 12 steps are certain, 7 are not known yet."


def test_the_headline_counts_places() -> None:
    """A place with two limits is one place."""
    one = plan_of("unchanged", "older", "none", "not pinned", "none")
    assert len(plan(one, NOW).not_overlapped) == 2
    assert headline(plan(one, NOW)) == "7 of 12 steps; 1 place cannot be overlapped."
    two = plan_of("both", "overlap", "one row", "pinned", "new names loose")
    assert "2 places cannot be overlapped" in headline(plan(two, NOW))


def test_the_order_of_the_text() -> None:
    """First what must be decided, then the steps, what drops out, the way back, the limits, what was not seen."""
    facts = plan_of("both", "ends early", "one row", "none", "none")
    assert facts.tenant is not None
    told = text(replace(facts, tenant=replace(facts.tenant, unreadable=HIDDEN)))
    headings = [line for line in told.splitlines() if line.endswith(":") and not line.startswith(" ")]
    assert headings == [
        "First:", "Steps:", "Not needed:", "Point of no return:", "Cannot be overlapped:", "Not looked at:", "Mind:",
    ]  # fmt: skip
    assert "flow F9: it is locked.\n" in told


def test_steps_that_drop_out_for_one_reason_share_a_line() -> None:
    """Five steps, one reason, as the process tells it."""
    assert "  3, 4a, 5, 9a, 10: subject and issuer of the new certificate are those of the old one." in text(CALM)


def test_every_step_stands_in_the_text_once() -> None:
    """Needed or not, in many combinations, and no line is wider than it may be unless a word is."""
    for words, facts in list(every_combination())[::7]:
        told = text(facts)
        assert told.count("\nSteps:\n") == 1
        ids = [id for line in told.splitlines() if (m := _HEAD.match(line)) for id in m[1].split(", ")]
        assert sorted(ids) == sorted(row.id for row in STEPS), words
        assert all(len(line) <= WIDTH or " " not in line.strip() for line in told.splitlines())


def test_every_kind_of_change_has_its_sentence() -> None:
    """Each says where and which."""
    kinds = set()
    for _, facts in list(every_combination())[::3]:
        for step in plan(facts, NOW).steps:
            for change in step.changes:
                kinds.add(change.kind)
                assert change.where in change_words(change)
                assert "{" not in change_words(change)
    assert kinds == set(ChangeKind)


@given(name=st.text(min_size=1, max_size=30))
def test_no_name_moves_the_cursor(name: str) -> None:
    """Whatever stands in a certificate, the text is printable."""
    facts = plan_of("both", "overlap", "plain", "user", "none")
    assert facts.new is not None
    facts = replace(facts, new=replace(facts.new, names=NamePair(f"CN={name}", OLD.names.issuer)))
    assert all(line.isprintable() for line in lines(plan(facts, NOW)))
