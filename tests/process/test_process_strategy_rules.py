"""The rules one by one: what cannot be overlapped, with its gap and advice, and what a person must know or decide."""

from dataclasses import replace
from datetime import timedelta

import pytest
from process_cases import OLD, T0
from process_strategy_cases import NOW, new_certificate, plan_of

from process.facts import CertificateFacts, RootTrust, Unreadable, Verdict
from process.strategy.facts import PlanFacts, Sender
from process.strategy.limits import LIMITS
from process.strategy.planning import plan
from process.strategy.remarks import REMARKS
from process.strategy.shapes import Limit, NotOverlapped, Plan, Which


def found(made: Plan, limit: Limit) -> NotOverlapped:
    """The place where this limit stands."""
    return next(item for item in made.not_overlapped if item.limit is limit)


def codes(made: Plan) -> set[str]:
    """The codes of all remarks."""
    return {remark.code for remark in made.remarks}


LIMITED = {
    Limit.ONE_ROW: ("both", "overlap", "one row", "none", "none"),
    Limit.FIXED_ROW: ("issuer", "overlap", "fixed row", "none", "none"),
    Limit.SAME_KEY: ("unchanged", "overlap", "none", "not pinned", "none"),
    Limit.NOT_NEWER: ("unchanged", "older", "none", "not pinned", "none"),
    Limit.PIN_NOT_KNOWN: ("unchanged", "overlap", "none", "not told", "none"),
    Limit.KEY_SPELLING: ("respelled", "overlap", "none", "not pinned", "none"),
    Limit.CLASH: ("both", "overlap", "none", "pinned", "new names loose"),
    Limit.HELD_TWICE: ("both", "overlap", "none", "two pinned", "none"),
    Limit.TAKEN: ("both", "overlap", "none", "user", "new is elsewhere"),
    Limit.VALIDITY: ("both", "gap", "plain", "none", "none"),
    Limit.NEW_EXPIRED: ("both", "ended", "plain", "none", "none"),
}


def test_every_limit_has_its_case() -> None:
    """Each kind of limit is found by a rule of its own, and has its case below."""
    assert set(LIMITED) | {Limit.OLD_EXPIRED} == set(Limit)
    assert len(set(LIMITS)) == len(LIMITS) == len(Limit)
    assert len(set(REMARKS)) == len(REMARKS)


@pytest.mark.parametrize("limit", LIMITED)
def test_each_limit_is_named_with_all_that_helps(limit: Limit) -> None:
    """Why, what to do, how long, who is refused, and the source."""
    item = found(plan(plan_of(*LIMITED[limit]), NOW), limit)
    assert item.why.endswith(".")
    assert all(advice.endswith(".") for advice in item.advice)
    assert item.gap
    assert item.source


def test_a_pinned_key_is_never_advised_beside_one_that_is_not() -> None:
    """With unchanged names the advice is one switch, or to exchange the key at a quiet moment, never a second key."""
    item = found(plan(plan_of(*LIMITED[Limit.SAME_KEY]), NOW), Limit.SAME_KEY)
    words = " ".join(item.advice)
    assert "Never create a pinned key beside it" in words
    assert "delete this key" in words
    assert item.refused == (Which.OLD,)


@pytest.mark.parametrize(
    ("names", "held", "other", "refused"),
    [
        ("both", "pinned", "old names pinned", None),
        ("both", "pinned", "new names pinned", None),
        ("both", "pinned", "old names loose", (Which.OLD,)),
        ("both", "not pinned", "old names pinned", (Which.OLD,)),
        ("both", "pinned", "new names not told", (Which.NEW,)),
        ("unchanged", "pinned", "old names loose", (Which.OLD, Which.NEW)),
        ("unchanged", "not pinned", "new names pinned", (Which.OLD, Which.NEW)),
        ("unchanged", "pinned", "new is there", None),
        ("unchanged", "not pinned", "new is there", (Which.OLD, Which.NEW)),
        ("both", "not pinned", "new is there", None),
    ],
)
def test_keys_clash_by_names_where_one_is_not_pinned(
    names: str, held: str, other: str, refused: tuple[Which, ...] | None
) -> None:
    """Two pinned keys never clash; else every certificate with their names is refused, the new one included."""
    made = plan(plan_of(names, "overlap", "none", held, other), NOW)
    clashes = [item.refused for item in made.not_overlapped if item.limit is Limit.CLASH]
    assert clashes == ([] if refused is None else [refused])


def test_a_key_does_not_clash_with_itself() -> None:
    """The new certificate in a key of its own, pinned or not, is in nobody's way where its names are new."""
    facts = plan_of("both", "overlap", "none", "pinned", "new is there")
    assert facts.tenant is not None
    loose = replace(facts.tenant, others=tuple(replace(key, pinned=False) for key in facts.tenant.others))
    assert plan(replace(facts, tenant=loose), NOW).keeps_invariant


@pytest.mark.parametrize(
    ("sender", "word"),
    [
        (Sender(), "until the last node"),
        (Sender(holds_two=False, nodes=1), "none, if its one node"),
        (Sender(holds_two=True, nodes=1), "until the last node"),
        (Sender(holds_two=False, nodes=3), "until the last node"),
    ],
)
def test_the_gap_of_a_key_depends_on_the_sender(sender: Sender, word: str) -> None:
    """Only one node that holds one certificate switches without a gap."""
    facts = replace(plan_of(*LIMITED[Limit.SAME_KEY]), sender=sender)
    assert word in found(plan(facts, NOW), Limit.SAME_KEY).gap


def test_a_second_externalised_row_or_a_copy_comes_before_an_exchange() -> None:
    """The least bad first: a place for a second row, a copy with an address of its own, then the exchange."""
    item = found(plan(plan_of(*LIMITED[Limit.ONE_ROW]), NOW), Limit.ONE_ROW)
    assert [word in advice for word, advice in zip(("second", "copy", "quiet moment"), item.advice, strict=True)] == [
        True
    ] * 3
    assert item.gap.startswith("seconds to minutes")
    assert item.refused == (Which.OLD, Which.NEW)


def test_unchanged_names_need_no_row() -> None:
    """A configure-only flow is no limit where the names stay."""
    for kind in ("one row", "fixed row"):
        facts = plan_of("unchanged", "overlap", kind, "user", "none")
        assert facts.tenant is not None
        untold = replace(facts.tenant, channels=tuple(replace(c, rows=()) for c in facts.channels))
        assert plan(facts, NOW).keeps_invariant
        assert plan(replace(facts, tenant=untold), NOW).keeps_invariant


def moved(begins: timedelta) -> PlanFacts:
    """A plan whose new certificate begins so long after the end of the old one."""
    facts = plan_of("both", "overlap", "plain", "none", "none")
    assert facts.new is not None
    start = OLD.not_after + begins
    return replace(facts, new=replace(facts.new, not_before=start, not_after=start + timedelta(days=90)))


def test_validities_must_overlap() -> None:
    """The gap is told exactly; where one begins in the second in which the other ends nobody can switch in time."""
    for begins in (timedelta(0), timedelta(days=3)):
        item = found(plan(moved(begins), NOW), Limit.VALIDITY)
        assert item.exactly == begins
    assert plan(moved(-timedelta(seconds=1)), NOW).keeps_invariant


@pytest.mark.parametrize(
    ("root", "code"), [(RootTrust.UNKNOWN, "root-unknown"), (RootTrust.NOT_LISTED, "root-not-listed")]
)
def test_the_root_is_a_gate_until_somebody_vouches(root: RootTrust, code: str) -> None:
    """Not listed must be decided; unknown is asked in the step itself; confirmed or listed is silent."""
    facts = plan_of("both", "overlap", "plain", "none", "none")
    made = plan(replace(facts, verdict=Verdict(facts.new, (), root)), NOW)
    (remark,) = (r for r in made.remarks if r.code == code)
    assert remark.decide == (root is RootTrust.NOT_LISTED)
    assert "step 3" in remark.sentence
    confirmed = replace(facts, verdict=Verdict(facts.new, (), root), root_confirmed="seen")
    assert code not in codes(plan(confirmed, NOW))
    unchanged = plan_of("unchanged", "overlap", "plain", "none", "none")
    made = plan(replace(unchanged, verdict=Verdict(unchanged.new, (), root)), NOW)
    assert "step 6" in next(r for r in made.remarks if r.code == code).sentence


def test_a_certificate_in_doubt_must_be_decided() -> None:
    """Until the tenant administrator has said why it is taken."""
    facts = plan_of("both", "overlap", "plain", "none", "none")
    doubtful = replace(facts, verdict=Verdict(facts.new, (), RootTrust.LISTED, needs_person=True))
    assert plan(doubtful, NOW).needs_person
    assert not plan(replace(doubtful, decided="the CA was asked"), NOW).needs_person


def test_a_draft_stops_only_what_would_publish_it() -> None:
    """A flow that is redeployed must not have somebody's unsaved changes; another flow's do not matter."""
    facts = replace(plan_of("both", "overlap", "plain", "none", "none"), drafts=("Orders", "Other"))
    (remark,) = (r for r in plan(facts, NOW).remarks if r.code == "draft")
    assert "Flow Orders" in remark.sentence
    assert remark.decide
    unchanged = replace(plan_of("unchanged", "overlap", "plain", "none", "none"), drafts=("Orders",))
    assert "draft" not in codes(plan(unchanged, NOW))


def test_nothing_found_is_doubted() -> None:
    """A tenant that knows nothing of the old certificate may be the wrong one."""
    made = plan(plan_of("both", "overlap", "none", "none", "none"), NOW)
    assert "nothing-found" in codes(made)
    assert made.needs_person


def test_what_could_not_be_looked_at_is_never_fine() -> None:
    """It is listed as it was told, and somebody must look."""
    facts = plan_of("both", "overlap", "plain", "user", "none")
    assert facts.tenant is not None
    hidden = (Unreadable("flow F9", "it is locked"),)
    made = plan(replace(facts, tenant=replace(facts.tenant, unreadable=hidden)), NOW)
    assert made.not_looked_at == hidden
    assert made.keeps_invariant
    assert not made.is_whole
    assert made.needs_person


def of(names: str, validity: str = "overlap", held: str = "user") -> set[str]:
    """The codes of a plan with one channel."""
    return codes(plan(plan_of(names, validity, "plain", held, "none"), NOW))


def test_names_are_explained() -> None:
    """An issuer alone that changes, and another spelling, both count as changed and say why."""
    assert "issuer-changes" in of("issuer")
    assert "names-respelled" in of("respelled")
    assert not {"issuer-changes", "names-respelled"} & (of("both") | of("unchanged"))


def test_times_are_told() -> None:
    """A new certificate that begins later holds step 6 back; one that ends early, or little time left, is said."""
    assert "not-valid-yet" in of("both", "begins later")
    assert "ends-early" in of("both", "ends early")
    facts = plan_of("both", "overlap", "plain", "none", "none")
    assert "time-is-short" in codes(plan(facts, OLD.not_after - timedelta(days=3)))
    assert "time-is-short" not in codes(plan(facts, T0))


def neo_until(new: CertificateFacts) -> set[str]:
    """The codes of a plan on Neo with this new certificate."""
    return codes(plan(replace(plan_of("both", "overlap", "plain", "user", "none"), new=new), NOW))


def test_neo_has_its_own_remarks() -> None:
    """All mappings are one artifact, and Neo ends; on Cloud Foundry neither is said."""
    assert "one-artifact" in of("both")
    assert "one-artifact" not in of("both", held="pinned")
    assert "neo-ends" not in of("both")
    assert "neo-ends" in neo_until(replace(new_certificate(), not_after=T0 + timedelta(days=1100)))


def test_redeploys_are_announced_only_where_there_are_any() -> None:
    """The documented brief downtime belongs to changed names alone."""
    assert "redeploy" in of("both")
    assert "redeploy" not in of("unchanged")


def test_an_old_row_that_nobody_can_remove_is_said() -> None:
    """A configure-only flow that lists both: nothing to overlap, and the old names stay until its owner acts."""
    made = plan(plan_of("both", "overlap", "configure-only lists new", "none", "none"), NOW)
    assert made.keeps_invariant
    assert "old-row-stays" in codes(made)
