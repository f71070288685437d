"""Every combination of conditions is walked to its end: the steps follow from the tenant, never from a note."""

from dataclasses import dataclass
from itertools import product

import pytest
from process_cases import NEW, OLD, OTHER_NAMES, PEOPLE, T0, Play, accepted, certificate, facts, new_case, request

from process.acts import ACTS, Request
from process.case import Case, Closing, EffectKind
from process.check import check
from process.facts import RootTrust
from process.open import current_steps, walk
from process.refusals import NotLookedAt, Refusal, RootNotConfirmed, StepNotNeeded
from process.steps import BY_ID, STEPS
from process.words import current_details, next_words, standing, step_words


@dataclass(frozen=True)
class Conditions:
    """One combination."""

    names_change: bool
    channels: bool
    mapping: bool
    root: RootTrust
    unreadable: bool
    by_hand: bool

    def __str__(self) -> str:
        said = [
            name for name in ("names_change", "channels", "mapping", "unreadable", "by_hand") if getattr(self, name)
        ]
        return "+".join((*said, f"root {self.root}"))

    @property
    def walk(self) -> list[tuple[str, ...]]:
        """The walk that SAP's page gives, as corrected: what goes side by side stands together."""
        names, mapping = self.names_change and self.channels, self.mapping
        fours = (("4a",) if names else ()) + (("4b",) if mapping else ())
        nines = (("9a",) if names else ()) + (("9b",) if mapping else ())
        groups = [("2",), ("3",) if names else (), fours, ("5",) if names else (), ("6",), ("7",), ("8",), nines]
        return [group for group in (*groups, ("10",) if names else ()) if group]

    def begin(self) -> Play:
        """The renewal before its first act."""
        new = NEW if self.names_change else certificate("new, same names")
        on_tenant = facts(
            ("F1", "F2") if self.channels else (),
            ("ERP",) if self.mapping else (),
            ("flow Locked",) if self.unreadable else (),
        )
        return Play(new_case(), on_tenant, accepted(new, self.root))


CHANGES = set(EffectKind) - {
    EffectKind.JUDGE_CERTIFICATE, EffectKind.JUDGE_AGAIN, EffectKind.READ_TENANT, EffectKind.LOOK
}  # fmt: skip
TRUTH = (True, False)
COMBINATIONS = [Conditions(*parts) for parts in product(TRUTH, TRUTH, TRUTH, list(RootTrust), TRUTH, TRUTH)]


def take(play: Play, step: str, conditions: Conditions) -> None:
    """Take one step as its person would, gates included."""
    names = conditions.names_change and conditions.channels
    content: dict[str, object] = {}
    if BY_ID[step].kind == "done":
        content["by_hand"] = conditions.by_hand
    if step == ("3" if names else "6") and conditions.root is not RootTrust.LISTED:
        with pytest.raises(RootNotConfirmed):
            play.act(step)
        content["root_confirmed"] = "seen on SAP's list"
    if step == "6" and conditions.unreadable:
        with pytest.raises(NotLookedAt):
            play.act(step, **content)
        play.act("override", guard="NotLookedAt")
    play.act(step, **content)


def refusal_of(case: Case, wanted: Request) -> str:
    """The sentence of the refusal; a full stop where the act passes."""
    try:
        check(case, wanted, T0)
    except Refusal as refusal:
        return refusal.sentence
    return "."


def refused_or_passes(case: Case) -> None:
    """`check` is total: every act of every role passes or is refused in a full sentence."""
    for act, role in product(ACTS, PEOPLE):
        for wanted in (request(act, role=role), request(act, role=role, text="", guard="Nonsense", to="")):
            assert refusal_of(case, wanted).endswith(".")


def readable(case: Case) -> None:
    """Every place has its words."""
    assert standing(case)
    assert next_words(case)
    assert all(step_words(step, case) for step in STEPS)
    assert current_details(case, "renewal", case.started_at).startswith("| Now |")


@pytest.mark.parametrize("conditions", COMBINATIONS, ids=str)
def test_every_combination_is_walked(conditions: Conditions) -> None:
    """Exactly the steps of the walk open, in its order, what goes side by side together; then it completes."""
    play = conditions.begin()
    play.work()
    for group in conditions.walk:
        assert play.open == group
        for at, step in enumerate(group):
            refused_or_passes(play.case)
            readable(play.case)
            take(play, step, conditions)
            assert play.open[: len(group) - at - 1] == group[at + 1 :]
        play.work()
    assert play.case.closing is Closing.COMPLETED
    refused_or_passes(play.case)
    readable(play.case)
    done = {effect.check_only for effect in play.effects if effect.kind in CHANGES}
    assert done <= {conditions.by_hand}
    assert [s.id for s in walk(play.case)] == ["1", *(step for group in conditions.walk for step in group)]


@pytest.mark.parametrize("conditions", COMBINATIONS[:: len(RootTrust) * 4], ids=str)
def test_side_by_side_in_either_order(conditions: Conditions) -> None:
    """Steps of one number may be taken in either order."""
    play = conditions.begin()
    play.work()
    for group in conditions.walk:
        for step in reversed(group):
            take(play, step, conditions)
        play.work()
    assert play.case.closing is Closing.COMPLETED


@pytest.mark.parametrize("conditions", COMBINATIONS, ids=str)
def test_what_drops_out_says_why(conditions: Conditions) -> None:
    """A step that is not in the walk is refused as not needed, with the reason; a later one as not open yet."""
    play = conditions.begin().submit()
    walked = {step for group in conditions.walk for step in group}
    for step in STEPS:
        if step.act and step.id not in walked:
            with pytest.raises(StepNotNeeded) as refused:
                play.act(step.id)
            assert refused.value.why
            assert step_words(step, play.case) == f"not needed: {refused.value.why}"


def test_the_two_walks_that_the_design_names() -> None:
    """With every condition 1 2 3 4a+4b 5 6 7 8 9a+9b 10, with none 1 2 6 7 8."""
    every = Conditions(True, True, True, RootTrust.LISTED, False, False)
    none = Conditions(False, False, False, RootTrust.LISTED, False, False)
    assert every.walk == [("2",), ("3",), ("4a", "4b"), ("5",), ("6",), ("7",), ("8",), ("9a", "9b"), ("10",)]
    assert none.walk == [("2",), ("6",), ("7",), ("8",)]


def test_a_changed_spelling_is_a_changed_name() -> None:
    """Names that are equal by RFC 5280 and spelled differently walk as changed: only identical is unchanged."""
    play = Play(
        tenant=facts(("F1",)),
        verdict=accepted(
            certificate("n", OLD.names.__class__("CN=ERP.acme.example, O=Acme, C=DE", OLD.names.issuer))
        ),
    ).submit()
    assert play.open == ("3",)
    play.steps("3")
    assert play.open == ("4a",)


def test_same_names_still_renew_the_mapping() -> None:
    """With the names unchanged the mapping is renewed all the same, the new one before the old one goes."""
    play = Play(tenant=facts(("F1",), ("ERP",)), verdict=accepted(certificate("n"))).submit()
    play.steps("4b", "6", "7", "8", "9b")
    kinds = [effect.kind for effect in play.effects if effect.kind in CHANGES]
    assert kinds == [EffectKind.ADD_USER_MAPPING, EffectKind.REMOVE_USER_MAPPING]
    assert play.case.closing is Closing.COMPLETED


def test_current_steps_are_open_or_under_way() -> None:
    """While the work of a step runs it is where the renewal stands, beside what is open."""
    play = Play(tenant=facts(("F1",), ("ERP",)), verdict=accepted(certificate("n", OTHER_NAMES))).submit().steps("3")
    play.act("4a")
    assert [step.id for step in current_steps(play.case)] == ["4a", "4b"]
    assert play.open == ("4b",)
