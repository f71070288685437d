"""Every refusal that a person can hear: reached by an act, in a sentence that says who must act or what to do."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from process_cases import (
    FULL,
    NEW,
    OLD,
    PEOPLE,
    SENDER,
    T0,
    Play,
    accepted,
    certificate,
    doubtful,
    facts,
    faulty,
    full,
    new_case,
    request,
    until,
)

from process import refusals as no
from process.acts import ACTS, Request
from process.case import Case, Closing, Entry, Outcome
from process.check import MOST_RECORD, SHORT, check, guards
from process.facts import Environment, MappingFacts, MappingKind, RootTrust
from process.refusals import Refusal
from process.shown import digest
from process.steps import BY_ID, STEPS, Role

TOM = {Role.TENANT_ADMINISTRATOR: ("Tom", "Tina", "Theo")}
LONG = Entry(datetime(2026, 3, 2, tzinfo=UTC), "Ada", "", "comment", Outcome.ACCEPTED, "ß" * 500_000)
LOCKED = facts(unreadable=("flow Locked",))
KEY = facts(
    mappings=(MappingFacts("k", "ERP", OLD.fingerprint, OLD.not_after, MappingKind.SERVICE_KEY, OLD.names),),
    environment=Environment.CLOUD_FOUNDRY,
)
SAME = accepted(replace(certificate("same names"), not_before=T0 + timedelta(seconds=1)))
"""A later certificate with the names of the old one."""


def blind() -> Case:
    """A renewal, nothing to do before step 6, that could not look at a flow."""
    return Play(new_case(), LOCKED).submit().case


def withdrawing() -> Case:
    """All is being taken back."""
    return until("4b").act("withdraw").case


def of(act: str, **content: object) -> Request:
    """An act by its name or its step."""
    return request(BY_ID[act].act or "" if act in BY_ID else act, **content)


def until_5() -> Case:
    """Everything is ready for the release."""
    return until("5").case


def lacking() -> Case:
    """Everything is ready, but the new mapping is not there, as was seen last."""
    case = until_5()
    assert case.seen is not None
    return replace(case, seen=replace(case.seen, others=()))


def untold_key() -> Case:
    """A service key of unchanged names, of which no interface tells whether it is pinned."""
    return Play(new_case(), KEY).submit(SAME).case


def full_record() -> Case:
    """Somebody wrote a book into the record."""
    return new_case(record=(Entry(T0, "Eve", "", "comment", Outcome.ACCEPTED, "x" * (MOST_RECORD + 1)),))


REFUSED: list[tuple[type[Refusal], Callable[[], Case], Request, str]] = [
    (no.RecordFull, full_record, of("comment"), "refer to them"),
    (no.RecordFull, full_record, of("withdraw", text="x" * (SHORT + 1)), f"at most {SHORT} characters"),
    (no.UnknownAct, new_case, replace(of("comment"), act="dance"), "Send one of"),
    (no.WrongRole, new_case, of("2", role=Role.OPERATOR), "Ask the sender administrator"),
    (no.WrongRole, new_case, of("withdraw", role=Role.OPERATOR), "sender administrator or tenant administrator"),
    (no.NotNamed, lambda: new_case(people=TOM), of("override"), "Tom, Tina and Theo can act, or delegate"),
    (
        no.AlreadyNamed,
        lambda: new_case(people=TOM),
        of("delegate", by="Tom", role=Role.TENANT_ADMINISTRATOR, to="Tina"),
        "Nothing",
    ),
    (no.AlreadyNamed, new_case, of("delegate", by="Ada", to="Ada"), "Nothing needs to be done"),
    (no.BadMessage, new_case, of("delegate", to=" "), "to whom"),
    (no.BadMessage, new_case, of("2", certificate=""), "it carries no certificate"),
    (no.ReasonMissing, new_case, of("comment", text=" "), "Send it again with one"),
    (no.ReasonMissing, new_case, of("withdraw", text=""), "Send it again with one"),
    (no.ReasonMissing, new_case, of("return_certificate", text=""), "Send it again with one"),
    (no.ReasonMissing, new_case, of("switch_back", text=""), "Send it again with one"),
    (no.ReasonMissing, new_case, of("override", text="\n"), "Send it again with one"),
    (no.RecordFull, lambda: new_case(record=(LONG,)), of("comment", text="x"), "refer to them"),
    (no.RecordFull, lambda: new_case(record=(LONG,)), of("withdraw", text="x" * 201), "at most 200 characters"),
    (no.CaseClosed, lambda: until("10").case, of("2"), "Start a new one"),
    (no.CaseClosed, lambda: new_case(closing=Closing.WITHDRAWN), of("withdraw"), "withdrawn"),
    (no.WithdrawalUnderWay, withdrawing, of("5"), "Wait until"),
    (no.WorkUnderWay, lambda: full("3").act("4a").case, of("4a"), "Wait until it is finished"),
    (no.WorkUnderWay, lambda: full("3").act("4a").case, of("2"), "add names (F1)"),
    (no.WorkUnderWay, lambda: full("3").act("4a").case, of("withdraw"), "Wait until"),
    (no.WorkUnderWay, lambda: full("3").act("4a").case, of("return_certificate"), "Wait until"),
    (no.WorkUnderWay, lambda: Play().act("2").case, of("2"), "is being judged"),
    (no.WorkUnderWay, lambda: full("3").act("2").case, of("4a"), "is being judged"),
    (no.StepNotOpen, new_case, of("6"), "it waits for step 2 by the sender administrator"),
    (no.StepNotOpen, lambda: until("3").case, of("5"), "step 4a by the integration developer and step 4b"),
    (no.StepNotOpen, lambda: until("6").case, of("8"), "step 7 by the sender administrator"),
    (no.StepNotNeeded, lambda: Play().submit().case, of("4a"), "no sender channel"),
    (no.StepNotNeeded, lambda: Play().submit().case, of("9b"), "no user mapping"),
    (no.StepNotNeeded, lambda: Play().submit(accepted(certificate("n"))).case, of("3"), "are those of the old one"),
    (no.StepAlreadyDone, lambda: until("3").case, of("3"), "already done by Ada at 2026-03-02"),
    (no.RootNotConfirmed, lambda: full().submit(accepted(root=RootTrust.UNKNOWN)).case, of("3"), "send step 3 again"),
    (no.RootNotConfirmed, lambda: Play().submit(accepted(root=RootTrust.NOT_LISTED)).case, of("6"), "is not listed"),
    (no.CertificateUndecided, lambda: full().submit(doubtful()).case, of("3"), "send step 3 again with why"),
    (no.CertificateUndecided, lambda: Play().submit(doubtful()).case, of("6"), "One says no."),
    (no.NotLookedAt, blind, of("6"), "flow Locked (it is locked)"),
    (no.NoCertificate, new_case, of("return_certificate"), "The sender administrator must hand one over"),
    (no.TooLateToReplace, lambda: until("8").case, of("2"), "Finish this renewal"),
    (no.TooLateToReplace, lambda: until("8").case, of("return_certificate"), "Finish this renewal"),
    (no.WithdrawUnsafe, lambda: until("6").case, of("withdraw"), "was told that it may use"),
    (no.WithdrawUnsafe, lambda: until("7").case, of("withdraw"), "The sender administrator must first go back"),
    (no.NotReleased, lambda: until("5").case, of("switch_back"), "step 6"),
    (no.TooLateToSwitchBack, lambda: until("9b").case, of("switch_back"), "Keep the new certificate in use"),
    (no.TooLateToWithdraw, lambda: until("9b").case, of("withdraw"), "Finish this renewal"),
    (no.GuardUnknown, blind, of("override", guard="WrongRole"), "can be overridden now: NotLookedAt"),
    (no.GuardUnknown, new_case, of("override", guard="NotLookedAt"), "None can be now"),
    (no.FactsChanged, until_5, of("6", seen="000000000000"), "is too old to be compared"),
    (no.WouldRefuse, lacking, of("6"), "This would lock the sender out. The certificate CN=erp2.acme.example"),
    (no.WouldRefuse, lacking, of("6", seen=digest(lacking())), "The tenant administrator must add a user mapping"),
    (no.PinningUnknown, untold_key, of("4b"), "send step 4b again with pinned or not pinned"),
    (no.PinningUnknown, untold_key, of("4b"), "whether the service key of ERP is pinned is told by no interface"),
    (no.SenderNotTyped, blind, of("override", guard="NotLookedAt", sender="erp"), f"({SENDER})"),
]
"""The refusal, the case, the act, and words of its sentence that say what to do or why."""


@pytest.mark.parametrize(
    ("refusal", "case", "wanted", "words"), REFUSED, ids=[f"{r[0].__name__}-{r[2].act}" for r in REFUSED]
)
def test_each_no_is_reached_and_says_what_to_do(
    refusal: type[Refusal], case: Callable[[], Case], wanted: Request, words: str
) -> None:
    """The act meets this rule and no other; the sentence holds its evidence."""
    with pytest.raises(refusal) as refused:
        check(case(), wanted, T0)
    assert words in refused.value.sentence
    assert refused.value.sentence == str(refused.value)
    assert refused.value.sentence.endswith(".")
    assert refused.value.code == refusal.__name__


def test_no_refusal_is_left_out() -> None:
    """Every class is reached above, but the one that the judgement writes on the record."""
    assert {row[0] for row in REFUSED} | {no.CertificateReturned} == set(Refusal.__subclasses__())


def test_a_returned_certificate_says_why_and_who() -> None:
    """The sentence on the record names the sender administrator, the fault and what to ask for."""
    play = Play().submit(faulty())
    (text,) = (entry.text for entry in play.case.record if entry.outcome is Outcome.REFUSED)
    assert text.startswith("The certificate is returned to the sender administrator: The certificate has expired.")
    assert "Ask the CA for a valid one." in text


def test_only_four_guards_can_be_lifted() -> None:
    """What cannot be undone or is nobody's to decide stays."""
    can = {refusal.__name__ for refusal in Refusal.__subclasses__() if refusal.overridable}
    assert can == {"NotLookedAt", "CertificateReturned", "WithdrawUnsafe", "WouldRefuse"}


@pytest.mark.parametrize("step", [None, *FULL])
def test_check_is_total(step: str | None) -> None:
    """Every act of every role, with and without content, passes or is refused; nothing else comes out."""
    case = until(step).case if step else new_case()
    passed = 0
    for act in ACTS:
        for role in PEOPLE:
            for content in ({}, {"text": "", "to": "", "guard": "", "certificate": ""}):
                try:
                    check(case, request(act, role=role, **content), T0)
                    passed += 1
                except Refusal:
                    continue
    assert passed > 0


def test_a_comment_passes_at_any_time() -> None:
    """A remark changes nothing, so nothing stands against it."""
    for case in (new_case(), withdrawing(), until("10").case):
        for role in PEOPLE:
            check(case, of("comment", role=role), T0)


def test_a_lifted_guard_stands_no_more() -> None:
    """Each of the three lets the act pass once it is overridden."""
    play = Play(new_case(), LOCKED).submit()
    assert guards(play.case, play.now) == ("NotLookedAt",)
    play.act("override", guard="NotLookedAt").act("6").work()
    assert guards(play.case, play.now) == ("WithdrawUnsafe",)
    play.act("override", guard="WithdrawUnsafe").act("withdraw")
    assert play.case.closing is Closing.WITHDRAWN
    assert guards(play.case, play.now) == ()


def test_a_returned_certificate_is_taken_by_override_each_time() -> None:
    """One override is for one certificate: the next one with faults is returned, and can be overridden again."""
    play = Play().submit(faulty()).act("override", guard="CertificateReturned").work()
    assert play.case.new == NEW
    other = certificate("another with faults")
    play.submit(faulty(other))
    assert play.case.new == NEW
    play.act("override", guard="CertificateReturned").work()
    assert play.case.new == other
    assert play.case.overrides == ("CertificateReturned",)


def test_the_old_certificate_is_never_its_own_successor() -> None:
    """Step 9b would remove the only mapping: handed over again it is returned, and that cannot be lifted."""
    play = Play(tenant=facts(users=("ERP",))).submit(faulty(OLD))
    assert guards(play.case, play.now) == ()
    with pytest.raises(no.GuardUnknown):
        play.act("override", guard="CertificateReturned")


def test_nothing_readable_cannot_be_taken_by_override() -> None:
    """Where no certificate was read there is nothing to take."""
    assert guards(Play().submit(faulty(None)).case, T0) == ()


def test_overriding_a_returned_certificate_waits_for_work() -> None:
    """Work for the accepted certificate, or a certificate being judged, would be lost."""
    play = full().submit(faulty(certificate("worse"))).steps("3")
    play.act("4a")
    with pytest.raises(no.WorkUnderWay):
        play.act("override", guard="CertificateReturned")
    play.work().act("2")
    with pytest.raises(no.WorkUnderWay):
        play.act("override", guard="CertificateReturned")


def test_a_second_release_makes_withdrawing_unsafe_again() -> None:
    """After a switch-back another certificate is released: the sender may present that one."""
    play = until("7").act("switch_back")
    check(play.case, of("withdraw"), play.now)
    play.submit(accepted(certificate("better"))).steps("4b", "6")
    with pytest.raises(no.WithdrawUnsafe):
        check(play.case, of("withdraw"), play.now)


def test_a_step_is_not_taken_while_the_tenant_is_being_read() -> None:
    """Nobody knows yet which steps are needed."""
    play = full("3")
    stale = replace(play.case, facts_fresh=False)
    for step in STEPS:
        if step.act and step.number > 2:
            with pytest.raises(no.StepNotOpen):
                check(stale, of(step.act), T0)


def test_the_named_may_act_and_nobody_else() -> None:
    """A role without names is anybody's, one with names is theirs."""
    case = new_case(people=TOM)
    check(case, of("2", by="Eve"), T0)
    check(replace(case, people={}), of("delegate", role=Role.TENANT_ADMINISTRATOR, by="Eve"), T0)
    with pytest.raises(no.NotNamed):
        check(case, of("delegate", role=Role.TENANT_ADMINISTRATOR, by="Eve"), T0)


def test_times_in_sentences_are_utc_to_the_minute() -> None:
    """People at two companies read the same time."""
    at = datetime(2026, 3, 2, 8, 7, 59, tzinfo=UTC)
    assert "at 2026-03-02 08:07 UTC" in no.StepAlreadyDone(BY_ID["3"], "Ada", at).sentence


def test_a_full_record_still_takes_what_moves_the_renewal() -> None:
    """A renewal can always be finished or withdrawn, in few words."""
    check(full_record(), of("2"), T0)
    check(full_record(), of("withdraw", text="x" * SHORT), T0)


def test_a_key_that_compares_names_alone_is_left_as_it_is() -> None:
    """Told so once, unchanged names add and remove nothing; the renewal is completed by the sender's switch."""
    play = Play(new_case(), KEY).submit(SAME)
    with pytest.raises(no.PinningUnknown):
        play.act("4b")
    play.act("4b", pinned="not pinned").work()
    assert play.case.pinned is False
    play.steps("6", "7", "8").act("9b").work()
    assert {effect.kind.value for effect in play.effects if effect.step in ("4b", "9b")} == {"look at tenant"}
    assert play.case.closing is Closing.COMPLETED


def test_a_pinned_key_is_renewed_beside_the_old_one() -> None:
    """Told so once, the new key is added and the old one removed; step 9b does not ask again."""
    play = Play(new_case(), KEY).submit(SAME).act("4b", pinned="pinned").work()
    assert [e.where for e in play.effects if e.kind.value == "add user mapping"] == ["ERP"]
    assert play.case.pinned is True
    play.steps("6", "7", "8", "9b")
    assert play.case.closing is Closing.COMPLETED


def test_an_act_passes_on_the_facts_that_were_seen() -> None:
    """The digest of now lets it pass, that of before is refused with what changed."""
    case = until_5()
    check(case, of("6", seen=digest(case)), T0)
    other = replace(case, alarms={"flow F1": "It is gone."})
    with pytest.raises(no.FactsChanged) as refused:
        check(other, of("6", seen=digest(case)), T0)
    assert refused.value.changes == ("now: It is gone.",)


def test_each_guard_is_lifted_by_its_own_override_alone() -> None:
    """Who answers for what was not read has not answered for a lockout."""
    for other in ("NotLookedAt", "CertificateReturned", "WithdrawUnsafe"):
        with pytest.raises(no.WouldRefuse):
            check(replace(lacking(), lifted=(other,)), of("6"), T0)
    check(replace(lacking(), lifted=("WouldRefuse",)), of("6"), T0)
