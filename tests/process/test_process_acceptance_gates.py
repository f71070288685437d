"""Every gate: who is let through, who is not, and in which words."""

from dataclasses import replace
from datetime import timedelta

import pytest
from acceptance_worlds import (
    ALL,
    CERTIFICATES,
    NOW,
    SAME,
    THIRD,
    channel,
    flow,
    foundries,
    foundry,
    good,
    key,
    neo,
    neo_states,
    user,
    user_mapping,
)
from hypothesis import given
from hypothesis import strategies as st
from process_cases import NEW, OLD, OLD_NAMES, OTHER_NAMES

from process.acceptance import (
    Acceptance,
    Answer,
    ByRole,
    ByUser,
    Endpoint,
    Gate,
    NotDeployed,
    NotRead,
    Place,
    TenantState,
    accepted,
)
from process.facts import CertificateFacts, RootTrust

LISTING = neo(user_mapping("ERP", OLD), channels=(channel("F1", OLD_NAMES, OTHER_NAMES), channel("F2", OLD_NAMES)))
GOOD = flow(LISTING, "F1")
ROLE = Endpoint(Place(role="Send"), (ByRole("Send"),))
KEYS = foundry(key("CPI", OLD, roles=("Send",)))
LATE = replace(NEW, not_before=NOW + timedelta(days=2))


def ask(facts: CertificateFacts, endpoint: Endpoint, state: TenantState, **more: object) -> Acceptance:
    """The answer for a certificate that is good but for what is said."""
    return accepted(good(facts, **more), endpoint, state, NOW)


GONE = replace(GOOD, nodes=(NotDeployed("the flow F1 is not running"),))
HIDDEN = replace(GOOD, nodes=(NotRead("it is a draft"),))
RESPELLED = neo(channels=(channel("F1", OLD_NAMES, replace(OTHER_NAMES, subject=OTHER_NAMES.subject.upper())),))
IN_DOUBT = foundry(key("CPI", OLD, None))
NAMED = "The certificate CN=erp2.acme.example, O=Acme, C=DE (serial 01, until 2027-03-02 08:00 UTC)"
IN_F1, IN_F2 = "flow F1, channel HTTPS (/F1)", "flow F2, channel HTTPS (/F2)"

# fmt: off
TABLE = [
    (ask(NEW, GOOD, LISTING, root=RootTrust.NOT_LISTED), Gate.ROOT, Answer.REFUSED,
     f"{NAMED} is refused at {IN_F1}: the load balancer does not trust its root (Note 2801396)."),
    (ask(NEW, GOOD, LISTING, root=RootTrust.UNKNOWN), Gate.ROOT, Answer.UNKNOWN,
     f"{NAMED} may be refused at {IN_F1}: whether the load balancer trusts its root is not known (Note 2801396)."),
    (ask(NEW, GOOD, LISTING, client_auth=False), Gate.CLIENT_AUTH, Answer.REFUSED,
     f"{NAMED} is refused at {IN_F1}: its extended key usage lacks Client Authentication, so that the TLS handshake "
     "fails (SAP page 0f92842)."),
    (ask(NEW, GOOD, LISTING, client_auth=None), Gate.CLIENT_AUTH, Answer.UNKNOWN,
     f"{NAMED} may be refused at {IN_F1}: whether its extended key usage has Client Authentication is not known."),
    (ask(replace(NEW, not_after=NOW), GOOD, LISTING), Gate.EXPIRED, Answer.REFUSED,
     f"{NAMED.replace('2027-03-02', '2026-03-03')} is refused at {IN_F1}: it expired at 2026-03-03 08:00 UTC."),
    (ask(LATE, GOOD, LISTING), Gate.NOT_YET_VALID, Answer.REFUSED,
     f"{NAMED} is refused at {IN_F1}: it is valid only from 2026-03-05 08:00 UTC on."),
    (ask(NEW, GONE, LISTING), Gate.NOT_DEPLOYED, Answer.REFUSED,
     f"{NAMED} is refused at {IN_F1}: the flow F1 is not running."),
    (ask(NEW, HIDDEN, LISTING), Gate.DN_LIST, Answer.UNKNOWN,
     f"{NAMED} may be refused at {IN_F1}: what it lists now could not be read: it is a draft."),
    (ask(NEW, flow(LISTING, "F2"), LISTING), Gate.DN_LIST, Answer.REFUSED,
     f"{NAMED} is refused at {IN_F2}: no row lists subject CN=erp2.acme.example, O=Acme, C=DE and issuer "
     "CN=Issuing CA 2, O=Trust, C=DE (403, KBA 3538749)."),
    (ask(NEW, flow(RESPELLED, "F1"), RESPELLED), Gate.DN_LIST, Answer.UNKNOWN,
     f"{NAMED} may be refused at {IN_F1}: subject CN=erp2.acme.example, O=Acme, C=DE and issuer CN=Issuing CA 2, "
     "O=Trust, C=DE are listed only in another spelling, which the runtime may not take for the same (403, KBA "
     "3538749)."),
    (ask(NEW, user(LISTING), LISTING), Gate.MAPPING, Answer.REFUSED,
     f"{NAMED} is refused at every channel that ERP may call: no user mapping holds it, and a mapping of another "
     "certificate with the same names does not count."),
    (ask(NEW, user(LISTING), LISTING.with_mapping("CRM", NEW)), Gate.MAPPING, Answer.REFUSED,
     f"{NAMED} is refused at every channel that ERP may call: it calls as CRM and not as ERP."),
    (ask(NEW, user(KEYS, "CPI"), KEYS), Gate.SERVICE_KEY, Answer.REFUSED,
     f"{NAMED} is refused at every channel that CPI may call: no service key holds it, and a pinned key takes no "
     "other certificate with the same names (401, KBA 3224701)."),
    (ask(NEW, user(KEYS, "CPI"), foundry(key("CPI", OLD), key("CPI", NEW), key("B", NEW))), Gate.KEY_CLASH,
     Answer.REFUSED,
     f"{NAMED} is refused at every channel that CPI may call: the service keys key {NEW.fingerprint[:4]} of CPI and "
     f"key {NEW.fingerprint[:4]} of B hold this certificate, which must be in exactly one (401, KBA 3224701)."),
    (ask(OLD, user(KEYS, "CPI"), foundry(key("CPI", OLD), key("B", SAME, False))), Gate.KEY_CLASH, Answer.REFUSED,
     "The certificate CN=erp.acme.example, O=Acme, C=DE (serial 01, until 2026-04-11 08:00 UTC) is refused at every "
     f"channel that CPI may call: the service keys key {OLD.fingerprint[:4]} of CPI and key {SAME.fingerprint[:4]} "
     "of B have the same names and not all are pinned (401, KBA 3364579)."),
    (ask(OLD, user(KEYS, "CPI"), foundry(key("CPI", OLD, False), used=(SAME,))), Gate.SERVICE_KEY, Answer.REFUSED,
     "The certificate CN=erp.acme.example, O=Acme, C=DE (serial 01, until 2026-04-11 08:00 UTC) is refused at every "
     f"channel that CPI may call: a newer certificate was used at the service key key {OLD.fingerprint[:4]} of CPI, "
     "which is not pinned: it refuses older ones for ever."),
    (ask(SAME, user(KEYS, "CPI"), IN_DOUBT), Gate.SERVICE_KEY, Answer.UNKNOWN,
     "The certificate CN=erp.acme.example, O=Acme, C=DE (serial 02, until 2027-03-02 08:00 UTC) may be refused at "
     f"every channel that CPI may call: whether the service key key {OLD.fingerprint[:4]} of CPI is pinned is not "
     "known, and if it is pinned, no service key holds it, and a pinned key takes no other certificate with the same "
     "names (401, KBA 3224701)."),
    (ask(NEW, ROLE, foundry(key("CPI", OLD), key("B", NEW, roles=("Other",)))), Gate.ROLE, Answer.REFUSED,
     f"{NAMED} is refused at the channels with the role Send: B, as whom it calls, does not have the role Send."),
    (ask(NEW, ROLE, foundry(key("CPI", OLD), key("B", NEW))), Gate.ROLE, Answer.UNKNOWN,
     f"{NAMED} may be refused at the channels with the role Send: whether B, as whom it calls, has the role Send is "
     "not known."),
]
# fmt: on


@pytest.mark.parametrize(
    ("answer", "gate", "known", "words"), TABLE, ids=[f"{r[1]} {n}" for n, r in enumerate(TABLE)]
)
def test_every_gate_says_which_certificate_where_and_why(
    answer: Acceptance, gate: Gate, known: Answer, words: str
) -> None:
    """One full sentence; what is not known is never accepted."""
    assert (answer.gate, answer.answer, answer.words) == (gate, known, words)
    assert not answer.accepted


def test_the_table_has_every_gate() -> None:
    """No gate is without its words."""
    assert {row[1] for row in TABLE} == set(Gate)


def test_who_passes_every_gate_is_accepted() -> None:
    """Listed, mapped, in a pinned key, in an unpinned key as the newest one, with the role."""
    assert ask(NEW, GOOD, LISTING).accepted
    assert ask(NEW, GOOD, LISTING, root=RootTrust.UNKNOWN, vouched=True).accepted
    assert ask(OLD, user(LISTING), LISTING).accepted
    assert ask(OLD, user(KEYS, "CPI"), KEYS).accepted
    assert ask(OLD, ROLE, KEYS).accepted
    loose = foundry(key("CPI", OLD, False))
    assert ask(SAME, user(loose, "CPI"), loose).accepted
    assert ask(OLD, user(IN_DOUBT, "CPI"), IN_DOUBT).accepted
    assert "is accepted at" in ask(NEW, GOOD, LISTING).words


def test_a_certain_refusal_outweighs_what_is_not_known() -> None:
    """Where the root is not known and no row lists it, it is refused, whatever the root."""
    answer = ask(NEW, flow(LISTING, "F2"), LISTING, root=RootTrust.UNKNOWN)
    assert (answer.gate, answer.answer) == (Gate.DN_LIST, Answer.REFUSED)


def test_a_certificate_as_old_as_the_used_one_is_not_newer() -> None:
    """An unpinned key takes only what was issued later than the last that it took (SAP page 19af5e2)."""
    twin = replace(SAME, not_before=OLD.not_before)
    loose = foundry(key("CPI", OLD, False))
    assert ask(twin, user(loose, "CPI"), loose).for_good


def test_what_an_unpinned_key_of_a_stranger_takes_is_not_known() -> None:
    """When the certificate in the key was issued is told nowhere."""
    stranger = replace(SAME, fingerprint="f" * 64)
    loose = foundry(key("CPI", stranger, False))
    assert ask(OLD, Endpoint(Place(user="CPI"), (ByUser("CPI"),)), loose).answer is Answer.UNKNOWN


@given(neo_states(), CERTIFICATES, st.sampled_from([{"root": RootTrust.UNKNOWN}, {"client_auth": None}]))
def test_what_is_not_known_is_never_accepted(
    state: TenantState, facts: CertificateFacts, unknown: dict[str, object]
) -> None:
    """Law: without root or usage no certificate is accepted anywhere."""
    assert not any(ask(facts, endpoint, state, **unknown).accepted for endpoint in state.endpoints)


@given(foundries(), CERTIFICATES)
def test_pinning_that_is_not_told_is_accepted_only_where_both_readings_are(
    state: TenantState, facts: CertificateFacts
) -> None:
    """Law: every way to fill in what is not told is looked at, and all must agree."""
    (keys,) = state.mappings
    ways = [()]
    for held in keys:
        pins = (True, False) if held.pinned is None else (held.pinned,)
        ways = [(*way, replace(held, pinned=pin)) for way in ways for pin in pins]
    for endpoint in state.endpoints:
        answers = [ask(facts, endpoint, replace(state, mappings=(way,))).accepted for way in ways]
        assert ask(facts, endpoint, state).accepted is all(answers)


@given(neo_states(), st.sampled_from([SAME, OLD]))
def test_equal_names_are_one_to_a_list_and_two_to_a_mapping(state: TenantState, facts: CertificateFacts) -> None:
    """Law: a list takes every certificate of its names; a mapping takes none but its own."""
    one, other = good(facts), good(OLD if facts is SAME else SAME)
    for endpoint in state.endpoints:
        if endpoint.place.flow:
            assert accepted(one, endpoint, state, NOW).accepted is accepted(other, endpoint, state, NOW).accepted
    alone = neo(user_mapping("ERP", OLD))
    assert accepted(good(OLD), user(alone), alone, NOW).accepted
    assert not accepted(good(SAME), user(alone), alone, NOW).accepted


@given(neo_states(), CERTIFICATES, st.integers(-400, 400))
def test_nothing_is_accepted_outside_its_time(state: TenantState, facts: CertificateFacts, days: int) -> None:
    """Law: before its first and from its last moment on, a certificate is accepted nowhere."""
    now = NOW + timedelta(days=days)
    inside = facts.not_before <= now < facts.not_after
    assert inside or not any(accepted(good(facts), endpoint, state, now).accepted for endpoint in state.endpoints)


def test_the_certificates_of_these_tests_are_told_apart() -> None:
    """Else the laws would say nothing."""
    assert len({facts.fingerprint for facts in ALL}) == len(ALL)
    assert OLD.names == SAME.names != THIRD.names
