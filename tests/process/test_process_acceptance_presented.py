"""What the sender may present, and what is known of it at the load balancer."""

from dataclasses import replace

from process_cases import FAULT, NEW, OLD, T0, accepted, certificate, new_case

from process import health
from process.acceptance import as_presented, may_present
from process.acceptance.presented import used
from process.case import Case, Status, StepState
from process.facts import Finding, RootTrust, Severity, Verdict

LACKS = Finding("eku-lacks-client-auth", Severity.ERROR, "It lacks it.", certificate="leaf")


def judged(verdict: Verdict, **more: object) -> Case:
    """A case with a judgement on the new certificate."""
    return replace(new_case(), new=NEW, verdict=verdict, **more)  # type: ignore[arg-type]


def done(case: Case, *steps: str) -> Case:
    """The case with these steps done."""
    return replace(case, steps={step: StepState(Status.DONE, "Ada", T0) for step in steps})


def test_until_the_release_the_old_one_until_the_switch_both_then_the_new_one() -> None:
    """The word of step 6 and that of step 8 decide."""
    case = judged(accepted())
    assert may_present(case) == (OLD,)
    released = replace(case, released=(NEW,))
    assert may_present(done(released, "6", "7")) == (OLD, NEW)
    assert may_present(done(released, "6", "7", "8")) == (NEW,)
    assert may_present(replace(done(released, "6"), switched_back=True)) == (OLD, NEW)


def test_health_tells_the_same() -> None:
    """There is one reading of what may be presented."""
    assert health.may_present is may_present


def test_the_old_one_and_a_released_one_are_let_through() -> None:
    """They are in use, or passed the gates before."""
    earlier = certificate("earlier")
    case = judged(accepted(root=RootTrust.UNKNOWN), released=(earlier,))
    for facts in (OLD, earlier):
        assert (as_presented(case, facts).vouched, as_presented(case, facts).client_auth) == (True, True)


def test_of_the_new_one_the_judgement_tells() -> None:
    """Root, confirmation and usage; a usage that the operator does not ask for is no fault."""
    assert as_presented(judged(accepted()), NEW).root is RootTrust.LISTED
    assert not as_presented(judged(accepted(root=RootTrust.UNKNOWN)), NEW).vouched
    assert as_presented(judged(accepted(root=RootTrust.UNKNOWN), root_confirmed="seen"), NEW).vouched
    assert as_presented(judged(Verdict(NEW, (LACKS,))), NEW).client_auth is False
    assert as_presented(judged(Verdict(NEW, (replace(LACKS, severity=Severity.WARNING),))), NEW).client_auth is True
    assert as_presented(judged(Verdict(NEW, (replace(LACKS, certificate="chain 1"),))), NEW).client_auth is True
    assert as_presented(judged(Verdict(NEW, (FAULT,))), NEW).client_auth is True


def test_who_takes_a_certificate_all_the_same_is_not_asked_again() -> None:
    """An override or a decision stands for what the judgement says of the usage."""
    verdict = Verdict(NEW, (LACKS,))
    assert as_presented(judged(verdict, lifted=("CertificateReturned",)), NEW).client_auth is True
    assert as_presented(judged(verdict, decided="our own domain"), NEW).client_auth is True


def test_a_new_one_that_was_not_judged_is_not_known() -> None:
    """Nothing is taken for granted."""
    unknown = as_presented(replace(new_case(), new=NEW), NEW)
    assert (unknown.root, unknown.vouched, unknown.client_auth) == (RootTrust.UNKNOWN, False, None)


def test_what_was_used() -> None:
    """The old one always, the new one from the switch on, even where the sender went back."""
    case = judged(accepted())
    assert used(case) == (OLD,)
    assert used(done(case, "6")) == (OLD,)
    assert used(done(case, "6", "7")) == (OLD, NEW)
    assert used(replace(done(case, "6"), released=(NEW,), switched_back=True)) == (OLD, NEW)
    assert used(replace(case, switched_back=True)) == (OLD,)  # it replaced the one that was gone back from
