"""People act in any order, work ends in any order, others change the tenant: the promise holds at every moment.

The decisions are the real ones; the tenant is the model of `process_tenant`, which shares no rule with them.
"""

import os
from collections import Counter
from collections.abc import Callable

from hypothesis import HealthCheck, Phase, settings
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
from process_tenant import CHANNELS, LOCKED, ModelTenant
from process_world import FAULTY, FOREIGN, GOOD, World

from process.acts import ACTS, Request, rests_on_facts
from process.case import Closing
from process.check import guards
from process.facts import Environment, RootTrust
from process.health import Health, health, may_present
from process.open import is_gate, is_known, needs_decision, open_steps
from process.refusals import FactsChanged, Refusal
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
        user=st.sampled_from(("ERP", "ERP", "")),
        prepared=st.booleans(),
        locked=st.sampled_from((False, False, False, True)),
        root=st.sampled_from(RootTrust),
        environment=st.sampled_from(Environment),
        pinned=st.booleans(),
        told=st.booleans(),
    )
    def begin(
        self,
        flows: set[str],
        user: str,
        prepared: bool,
        locked: bool,
        root: RootTrust,
        environment: Environment,
        pinned: bool,
        told: bool,
    ) -> None:
        """Some channels and a mapping or key know the old certificate; one flow may list new names already."""
        rows = {
            (flow, at): frozenset({FOREIGN} | ({OLD_NAMES} if flow in flows else set()))
            for flow in FLOWS
            for at in CHANNELS
        }
        if prepared:
            rows |= {("F1", at): rows["F1", at] | {OTHER_NAMES} for at in CHANNELS}
        if locked:
            rows[LOCKED, 1] = frozenset({OLD_NAMES})
        held = {name: {f"another of {name}": True} for name in USERS}
        if user:
            held[user][OLD.fingerprint] = pinned or environment is Environment.NEO
        self.world = World(ModelTenant(rows, held, environment, told), root)

    def is_open(self) -> bool:
        """True while there is something to do."""
        return hasattr(self, "world") and not self.world.case.closed

    # What is right to do

    def right(self, act: str, **content: object) -> Request:
        """The act as sent by somebody who is named for its role."""
        people = self.world.case.people.get(ACTS[act].roles[0], ()) or ("Ada",)
        return request(act, **{"by": people[0], "certificate": GOOD_PEMS[-1], **content})

    def pinning(self) -> str:
        """What a person sees of the key in the cockpit."""
        whole = [held[OLD.fingerprint] for held in self.world.tenant.held.values() if OLD.fingerprint in held]
        return "pinned" if all(whole) else "not pinned"

    def advance(self, step: Step, certificate: str, by_hand: bool = False) -> Refusal | None:
        """Somebody of the right role takes an open step as it should be."""
        case = self.world.case
        content: dict[str, object] = {"certificate": certificate} if step.kind is Kind.GIVEN else {}
        if step.kind is Kind.DONE:
            content["by_hand"] = by_hand
        if is_gate(step, case):
            content["root_confirmed"] = "seen on SAP's list"
            content["decided"] = "tried" if needs_decision(case) else ""
        refused = self.world.tell(self.right(step.act or "", **content))
        if refused is not None and refused.code == "NotLookedAt":
            self.world.tell(self.right("override", guard="NotLookedAt"))
            refused = self.world.tell(self.right(step.act or "", **content))
        if refused is not None and refused.code == "PinningUnknown":
            refused = self.world.tell(self.right(step.act or "", **content, pinned=self.pinning()))
        ours = refused is None or refused.code in ("WouldRefuse", "PinningUnknown")
        assert ours or self.world.case.submission is not None, refused
        return refused

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

    @precondition(is_open)
    @rule()
    def wait(self) -> None:
        """Some hours go by, so that the tenant is looked at again."""
        self.world.now += self.world.case.look_every
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
        """A guard that stands is lifted; those that hold the promise seldom, so that it is often at stake."""
        guard = data.draw(st.sampled_from(guards(self.world.case, self.world.now)))
        if guard in NOT_OURS and data.draw(st.integers(0, 3)):
            return
        refused = self.world.tell(self.right("override", guard=guard))
        assert refused is None or refused.code == "WorkUnderWay"

    @precondition(lambda self: self.is_open() and bool(self.world.digests and open_steps(self.world.case)))
    @rule(data=st.data())
    def late(self, data: st.DataObject) -> None:
        """An open step is taken by somebody who looked a while ago; it passes only on the same facts."""
        world = self.world
        step = data.draw(st.sampled_from(open_steps(world.case)))
        seen = data.draw(st.sampled_from(world.digests[-12:]))
        current = world.digests[-1]
        refused = world.tell(self.right(step.act or "", root_confirmed="seen", seen=seen))
        rests = rests_on_facts(ACTS[step.act or ""])
        assert isinstance(refused, FactsChanged) == (rests and seen != current)

    @rule(
        act=st.sampled_from(sorted(ACTS)),
        role=st.sampled_from(PEOPLE),
        text=st.sampled_from(("", "a reason")),
        sender=st.sampled_from((SENDER, "somebody")),
        by=st.sampled_from(("Ada", "Eve")),
    )
    def anything(self, act: str, role: object, text: str, sender: str, by: str) -> None:
        """Anybody sends anything, twice; it passes or is refused in a sentence, and a refused act changes nothing."""
        wanted = request(act, role=role, text=text, sender=sender, by=by, certificate=GOOD_PEMS[0])
        self.world.tell(wanted)
        after = self.world.case
        self.world.tell(wanted)
        assert self.world.case is after

    # What others do

    def others(self, change: Callable[[ModelTenant], object]) -> None:
        """Somebody changes the tenant behind the renewal's back."""
        self.world.by_others(lambda: change(self.world.tenant))

    @precondition(lambda self: self.is_open() and bool(self.world.case.added))
    @rule(data=st.data(), late=st.booleans())
    def what_was_added_vanishes(self, data: st.DataObject, late: bool) -> None:
        """A transport overwrites a channel, or somebody deletes the new mapping."""
        added = data.draw(st.sampled_from(self.world.case.added))
        at = data.draw(st.sampled_from((0, *CHANNELS)))

        def vanish(tenant: ModelTenant) -> None:
            for place in tenant.rows:
                if place[0] == added.where and at in (0, place[1]):
                    tenant.rows[place] -= {added.certificate.names} - {OLD_NAMES}
            tenant.held.get(added.where, {}).pop(added.certificate.fingerprint, None)

        self.others(vanish)
        if late:
            self.wait()

    @precondition(is_open)
    @rule(
        what=st.sampled_from(("rows", "old names", "old mapping", "stopped", "unread")),
        flow=st.sampled_from(FLOWS),
        at=st.sampled_from(CHANNELS),
        late=st.booleans(),
    )
    def something_is_lost(self, what: str, flow: str, at: int, late: bool) -> None:
        """Older content, the old names or the old mapping deleted, a flow undeployed or not to be read."""

        def lose(tenant: ModelTenant) -> None:
            if what == "rows":
                tenant.rows |= {place: rows for place, rows in self.world.start[0].items() if place[0] == flow}
            elif what == "old names":
                tenant.rows[flow, at] -= {OLD_NAMES}
            elif what == "old mapping":
                for held in tenant.held.values():
                    held.pop(OLD.fingerprint, None)
            else:
                (tenant.stopped if what == "stopped" else tenant.unread).add(flow)

        self.others(lose)
        if late:
            self.wait()

    @precondition(is_open)
    @rule(flow=st.sampled_from(FLOWS), mapping=st.booleans())
    def something_comes(self, flow: str, mapping: bool) -> None:
        """A flow lists the old names, or a user has the old certificate, that did not, or no longer."""

        def come(tenant: ModelTenant) -> None:
            if not mapping:
                tenant.rows[flow, 1] |= {OLD_NAMES}
            elif not any(OLD.fingerprint in held for held in tenant.held.values()):
                tenant.held["ERP"][OLD.fingerprint] = True

        self.others(come)

    @precondition(is_open)
    @rule()
    def mended(self) -> None:
        """What others broke they put right."""
        self.world.mend()

    # What holds at every moment

    @invariant()
    def every_certificate_that_may_be_presented_is_accepted(self) -> None:
        """The promise: what is refused is refused by somebody else's doing."""
        if hasattr(self, "world") and not NOT_OURS & set(self.world.case.overrides):
            assert not self.world.locked_out() - self.world.excused

    @invariant()
    def what_others_broke_stands_as_an_alarm_once_it_was_seen(self) -> None:
        """From the next look until it is mended; and without anybody's doing there is none."""
        if not self.is_open():
            return
        world = self.world
        case = world.case
        lifted = NOT_OURS & set(case.overrides)
        if world.seen and world.locked_out() and case.closing is None and is_known(case) and not lifted:
            assert case.alarms
            assert health(case, world.now) in (Health.BROKEN, Health.EXPIRED)
        if not world.drifted and not world.excused and not lifted:
            assert not case.alarms

    @invariant()
    def nothing_is_proved_that_was_not_looked_at(self) -> None:
        """Proved is said only without an alarm, and with nothing unreadable that nobody answers for."""
        if self.is_open() and health(self.world.case, self.world.now) is Health.PROVED:
            case = self.world.case
            assert not case.alarms
            assert case.looked_at is not None
            assert not (case.seen and case.seen.unreadable) or "NotLookedAt" in case.overrides

    @invariant()
    def the_case_knows_what_the_sender_may_present(self) -> None:
        """It is what the sender heard and said, neither more nor less; a forced withdrawal asks nobody."""
        if hasattr(self, "world") and "WithdrawUnsafe" not in self.world.case.overrides:
            assert set(may_present(self.world.case)) == set(self.world.told)

    @invariant()
    def the_old_certificate_may_be_presented_until_the_switch_is_confirmed(self) -> None:
        """Whatever happens before; that nothing of it is removed before is asserted by the world."""
        if hasattr(self, "world") and not self.world.case.is_done("8"):
            assert OLD in may_present(self.world.case)

    @invariant()
    def somebody_or_something_is_waited_for(self) -> None:
        """A renewal is never stuck: a step is open, work is due or under way, or the tenant is read again."""
        if self.is_open():
            case = self.world.case
            looks = case.alarms or case.touched or case.read_again_at
            known = open_steps(case) or self.world.running or case.pending or case.submission
            assert known or looks or not case.facts_fresh
            assert standing(case)
            assert next_words(case)

    @invariant()
    def a_closed_renewal_leaves_what_it_should(self) -> None:
        """Complete: the old certificate is gone where the new one stands. Withdrawn: all is as before."""
        if hasattr(self, "world") and self.world.case.closed:
            case = self.world.case
            assert not case.troubles
            assert not case.pending
            if not self.world.drifted:
                assert self.world.is_as_before()
                assert case.closing is not Closing.COMPLETED or not self.left_over()

    def left_over(self) -> set[str]:
        """Where the old certificate is known after the end; a key that compares names alone keeps it."""
        same = {u for u, h in self.world.tenant.held.items() if h.get(OLD.fingerprint) is False}
        return self.world.old_is_left() - same

    # No dead ends

    def right_acts_end_it(self) -> None:
        """From wherever it stands, others mend, people do what is open, and the renewal comes to an end."""
        world = self.world
        ends.update([] if world.case.closed else ["brought to an end"])
        for _ in range(80):
            if world.case.closed:
                return
            world.mend()
            world.wait_for_reading()
            if world.case.alarms:
                world.now += world.case.look_every
            self.work_off()
            if world.case.closed or not (opened := open_steps(world.case)):
                continue
            refused = self.advance(opened[0], GOOD_PEMS[0])
            if refused is not None and world.case.submission is None:
                self.another_way(refused)
        raise AssertionError("no end is reached by the right acts")

    def another_way(self, refused: Refusal) -> None:
        """A certificate that cannot be used is replaced; where that is too late, the guard is lifted."""
        late = self.world.case.is_done("8") or self.world.case.removed_old
        if late:
            self.world.tell(self.right("override", guard=refused.code))
        else:
            self.world.tell(self.right("sender_submits_certificate", certificate=GOOD_PEMS[0]))

    def teardown(self) -> None:
        """Count what became of it; then bring it to its end."""
        if not hasattr(self, "world"):
            return
        case = self.world.case
        kind = f"{self.world.tenant.environment}"
        ends.update(["runs", kind, str(case.closing), f"{kind}: {case.closing}", *set(self.world.events)])
        acts = {entry.act for entry in case.record if entry.outcome == "accepted"}
        ends.update(f"{case.closing} after {act}" for act in acts if case.closed and act in ACTS)
        ends.update(["reached step 10"] if case.is_done("10") else [])
        self.right_acts_end_it()


def play(examples: int, steps: int, fixed: bool = False) -> None:
    """Play that many renewals of that many events, and see that all ends were reached, by winding ways too."""
    ends.clear()
    how = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        derandomize=fixed,
        database=None if fixed else settings.default.database,
        phases=(Phase.generate,) if fixed else tuple(Phase),
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(Renewal, settings=how)
    print("\n".join(f"{number:6} {what}" for what, number in sorted(ends.items())))


def floors(runs: int) -> None:
    """What must have happened how often, so that the law was at stake: as one in so many runs."""
    least = {
        str(Closing.COMPLETED): 10, str(Closing.WITHDRAWN): 40, "reached step 10": 20, "drift": 4, "alarm": 10,
        "alarm over": 20, "failed look": 20, "refused WouldRefuse": 150, "refused FactsChanged": 10,
        "refused PinningUnknown": 100, "brought to an end": 4, f"{Environment.CLOUD_FOUNDRY}: completed": 40,
        f"{Environment.NEO}: completed": 40,
    }  # fmt: skip
    assert {what: ends[what] for what, one_in in least.items() if ends[what] < runs // one_in} == {}
    assert ends[f"{Closing.COMPLETED} after switch_back"]
    assert ends[f"{Closing.COMPLETED} after return_certificate"]


def test_people_in_any_order() -> None:
    """The promise holds whatever people do and however work ends, and renewals still come to both ends."""
    few = os.environ.get("MACHINE_RUNS")  # fewer, for the mutants
    play(int(few or 250), steps=30, fixed=True)
    if not few:
        floors(ends["runs"])


def test_every_step_is_among_the_acts() -> None:
    """The machine draws acts from the table; none is missing."""
    assert {step.act for step in BY_ID.values() if step.act} <= set(ACTS)
