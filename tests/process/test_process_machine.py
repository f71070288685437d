"""People act in any order, work ends in any order, well, badly or twice: the promise holds at every moment.

The decisions are the real ones; the tenant is the model of `process_world`.
"""

from collections import Counter

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from process_cases import OLD, OLD_NAMES, OTHER_NAMES, PEOPLE, SENDER, request
from process_world import FAULTY, FOREIGN, GOOD, LOCKED, ModelTenant, World

from process.acts import ACTS, Request
from process.case import Closing
from process.check import guards
from process.facts import RootTrust
from process.health import may_present
from process.open import current_steps, is_known, open_steps, root_gate, root_is_vouched
from process.steps import BY_ID, Kind, Step
from process.words import next_words, standing

ends: Counter[str] = Counter()
"""What became of the renewals that were played."""

GOOD_PEMS, FAULTY_PEMS = tuple(c.pem for c in GOOD), tuple(c.pem for c in FAULTY)
FLOWS, USERS = ("F1", "F2", "F3"), ("ERP", "CRM")
NOT_OURS = {"WithdrawUnsafe", "NotLookedAt", "WouldRefuse"}
"""Guards that a person can lift at the price of the promise."""


class Renewal(RuleBasedStateMachine):
    """One renewal in its world."""

    world: World

    @initialize(
        flows=st.sets(st.sampled_from(FLOWS)),
        users=st.sets(st.sampled_from(USERS)),
        prepared=st.booleans(),
        locked=st.sampled_from((False, False, False, True)),
        root=st.sampled_from(RootTrust),
    )
    def begin(self, flows: set[str], users: set[str], prepared: bool, locked: bool, root: RootTrust) -> None:
        """Some channels and mappings know the old certificate; one flow may list new names already."""
        rows = {flow: frozenset({FOREIGN} | ({OLD_NAMES} if flow in flows else set())) for flow in FLOWS}
        if prepared:
            rows["F1"] |= {OTHER_NAMES}
        if locked:
            rows[LOCKED] = frozenset({OLD_NAMES})
        mapped = {user: frozenset({"another"} | ({OLD.fingerprint} if user in users else set())) for user in USERS}
        self.world = World(ModelTenant(rows, mapped), root)

    def is_open(self) -> bool:
        """True while there is something to do."""
        return hasattr(self, "world") and not self.world.case.closed

    # What is right to do

    def right(self, act: str, **content: object) -> Request:
        """The act as sent by somebody who is named for its role."""
        people = self.world.case.people.get(ACTS[act].roles[0], ()) or ("Ada",)
        return request(act, **{"by": people[0], "certificate": GOOD_PEMS[-1], **content})

    def advance(self, step: Step, certificate: str, by_hand: bool = False) -> None:
        """Somebody of the right role takes an open step as it should be."""
        case = self.world.case
        content: dict[str, object] = {"certificate": certificate} if step.kind is Kind.GIVEN else {}
        if step.kind is Kind.DONE:
            content["by_hand"] = by_hand
        if step == root_gate(case) and not root_is_vouched(case):
            content["root_confirmed"] = "seen on SAP's list"
        refused = self.world.tell(self.right(step.act or "", **content))
        if refused is not None and refused.code == "NotLookedAt":
            self.world.tell(self.right("override", guard="NotLookedAt"))
            refused = self.world.tell(self.right(step.act or "", **content))
        assert refused is None or self.world.case.submission is not None, refused

    def work_off(self) -> None:
        """All that is due ends well."""
        for _ in range(50):
            self.world.start_work()
            if not self.world.running:
                return
            self.world.finish(self.world.running[0])
        raise AssertionError("the work does not end")

    @rule(steps=st.integers(2, 9), certificate=st.sampled_from(GOOD_PEMS))
    def go_on(self, steps: int, certificate: str) -> None:
        """A good day: several steps are taken, each with its work."""
        for _ in range(steps):
            if self.is_open():
                self.world.wait_for_reading()
                self.work_off()
                if opened := open_steps(self.world.case):
                    self.advance(opened[0], certificate)

    @precondition(lambda self: self.is_open() and bool(open_steps(self.world.case)))
    @rule(data=st.data(), certificate=st.sampled_from(GOOD_PEMS), by_hand=st.sampled_from((False, False, True)))
    def take_a_step(self, data: st.DataObject, certificate: str, by_hand: bool) -> None:
        """An open step is taken; its work waits."""
        step = data.draw(st.sampled_from(open_steps(self.world.case)))
        self.advance(step, certificate, by_hand)

    @precondition(is_open)
    @rule()
    def work(self) -> None:
        """All that is due is done."""
        self.world.wait_for_reading()
        self.work_off()

    # What goes its own way

    @precondition(is_open)
    @rule()
    def start_work(self) -> None:
        """What is due starts and is under way."""
        self.world.start_work()

    @precondition(lambda self: self.is_open() and bool(self.world.running))
    @rule(data=st.data(), how=st.sampled_from(("well", "badly", "half", "crash")))
    def end_work(self, data: st.DataObject, how: str) -> None:
        """One piece ends: well, for good without or after its effect; or its effect is made and it starts again."""
        effect = data.draw(st.sampled_from(self.world.running))
        if how in ("half", "crash"):
            self.world.by_hand(effect)
        if how != "crash":
            self.world.finish(effect, well=how == "well")

    @precondition(is_open)
    @rule(certificate=st.sampled_from((*GOOD_PEMS, *FAULTY_PEMS)))
    def hand_over(self, certificate: str) -> None:
        """Another certificate is handed over, at any time, good or faulty."""
        self.world.tell(self.right("sender_submits_certificate", certificate=certificate))

    @precondition(is_open)
    @rule(
        act=st.sampled_from(
            ("return_certificate", "switch_back", "return_certificate", "withdraw", "comment", "delegate")
        )
    )
    def beyond_the_steps(self, act: str) -> None:
        """The acts beyond the steps, at any time."""
        self.world.tell(self.right(act, to="Ada"))

    @precondition(lambda self: self.is_open() and bool(self.world.case.released))
    @rule(then=st.sampled_from(("return_certificate", "sender_submits_certificate", "withdraw")))
    def back_and(self, then: str) -> None:
        """The new certificate fails at the sender: it goes back, and another is wanted, or all is taken back."""
        self.world.tell(self.right("switch_back"))
        self.world.tell(self.right(then))

    @precondition(lambda self: self.is_open() and bool(self.world.case.pending))
    @rule()
    def give_up(self) -> None:
        """All that was ordered is made by half and fails for good; then somebody wants to withdraw."""
        while self.world.case.pending and not self.world.case.closed:
            self.world.start_work()
            effect = self.world.running[0]
            self.world.by_hand(effect)
            self.world.finish(effect, well=False)
        self.world.tell(self.right("withdraw"))

    @precondition(lambda self: self.is_open() and bool(guards(self.world.case, self.world.now)))
    @rule(data=st.data())
    def override(self, data: st.DataObject) -> None:
        """A guard that stands is lifted."""
        guard = data.draw(st.sampled_from(guards(self.world.case, self.world.now)))
        refused = self.world.tell(self.right("override", guard=guard))
        assert refused is None or refused.code == "WorkUnderWay"

    @rule(
        act=st.sampled_from(sorted(ACTS)),
        role=st.sampled_from(PEOPLE),
        text=st.sampled_from(("", "a reason")),
        sender=st.sampled_from((SENDER, "somebody")),
        by=st.sampled_from(("Ada", "Eve")),
    )
    def anything(self, act: str, role: object, text: str, sender: str, by: str) -> None:
        """Anybody sends anything; it passes or is refused in a sentence, and a refused act changes nothing."""
        self.world.tell(request(act, role=role, text=text, sender=sender, by=by, certificate=GOOD_PEMS[0]))

    # What holds at every moment

    @invariant()
    def every_certificate_that_may_be_presented_is_accepted(self) -> None:
        """The promise."""
        if hasattr(self, "world") and not NOT_OURS & set(self.world.case.overrides):
            assert not self.world.locked_out()

    @invariant()
    def the_case_knows_what_the_sender_may_present(self) -> None:
        """It is what the sender heard and said, neither more nor less; a forced withdrawal asks nobody."""
        if hasattr(self, "world") and "WithdrawUnsafe" not in self.world.case.overrides:
            assert set(may_present(self.world.case)) == set(self.world.told)

    @invariant()
    def nothing_old_is_removed_before_the_switch_is_confirmed(self) -> None:
        """The old certificate is accepted where it was until step 8 is done."""
        if hasattr(self, "world") and not self.world.case.is_done("8"):
            assert self.world.old_is_whole()
            assert OLD in may_present(self.world.case)

    @invariant()
    def somebody_or_something_is_waited_for(self) -> None:
        """A renewal is never stuck: a step is open, work is due or under way, or the tenant is read again."""
        if self.is_open():
            case = self.world.case
            assert open_steps(case) or self.world.running or case.pending or case.submission or not case.facts_fresh
            assert standing(case)
            assert next_words(case)
            assert not (is_known(case) and case.closing is None and not case.pending) or current_steps(case)

    @invariant()
    def a_closed_renewal_leaves_what_it_should(self) -> None:
        """Complete: the new certificate stands where the old one stood, no replaced one. Withdrawn: as before."""
        if hasattr(self, "world") and self.world.case.closed:
            assert self.world.tenant == self.world.at_the_end()
            assert not self.world.case.troubles
            assert not self.world.case.pending

    def teardown(self) -> None:
        """Count what became of it."""
        if hasattr(self, "world"):
            case = self.world.case
            ends[str(case.closing)] += 1
            acts = {entry.act for entry in case.record if entry.outcome == "accepted"}
            ends.update(f"{case.closing} after {act}" for act in acts if case.closed and act in ACTS)


def play(examples: int, steps: int) -> None:
    """Play that many renewals of that many events, and see that both ends were reached, by winding ways too."""
    ends.clear()
    how = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Renewal, settings=how)
    assert ends[Closing.COMPLETED] > examples // 50
    assert ends[Closing.WITHDRAWN] > examples // 50
    assert ends[f"{Closing.COMPLETED} after switch_back"]
    assert ends[f"{Closing.COMPLETED} after return_certificate"]
    assert ends[f"{Closing.WITHDRAWN} after switch_back"]


def test_people_in_any_order() -> None:
    """The promise holds whatever people do and however work ends, and renewals still come to both ends."""
    play(examples=600, steps=40)


@pytest.mark.slow
def test_people_in_any_order_for_long() -> None:
    """The same, for many more and longer renewals."""
    play(examples=4000, steps=60)


def test_every_step_is_among_the_acts() -> None:
    """The machine draws acts from the table; none is missing."""
    assert {step.act for step in BY_ID.values() if step.act} <= set(ACTS)
