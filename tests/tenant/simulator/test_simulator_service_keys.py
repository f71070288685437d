"""Which service key lets a certificate in: pinned keys compare it whole, unpinned ones its names and its age."""

from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from simulator_keys import AUTHORITY, NOW, OTHER_AUTHORITY, issued

from certificates.rehearsal import Issued
from tenant.simulator.key_records import (
    KeyChange,
    NewKey,
    Operation,
    ServiceInstance,
    ServiceKey,
    insert_instance,
    keys,
)
from tenant.simulator.service_keys import NOT_EXACTLY_ONCE, UNAUTHORIZED, KeyAnswer, decide, match
from tenant.simulator.settings import SimulatorSettings
from tenant.simulator.state import State

AT = 1_800_000_000_000
OLD, NEW, NEWEST = issued(day=0), issued(day=10), issued(day=20)
TWIN = AUTHORITY.issue("sender", NOW + timedelta(days=10))  # the issue date of NEW, another certificate
ELSEWHERE = issued(authority=OTHER_AUTHORITY)  # the subject of OLD, another issuer
STRANGER = issued("somebody else")
ALL = (OLD, NEW, NEWEST, TWIN, ELSEWHERE, STRANGER)
SAME_NAMES = (OLD, NEW, NEWEST, TWIN)


@dataclass
class Runtime:
    """The runtime's view of a tenant with one service instance."""

    state: State
    settings: SimulatorSettings
    instance: ServiceInstance

    def add(self, certificate: Issued, *, pinned: bool = True, name: str = "") -> str:
        """Make a key at once; its guid."""
        name = name or f"key {len(keys(self.state, AT))}"
        new = NewKey(self.instance.guid, name, certificate.der, pinned=pinned)
        return KeyChange(self.state, AT, 0).create(new).guid

    def call(self, certificate: Issued, seconds: float = 0) -> KeyAnswer:
        """A call with that certificate, so many seconds later."""
        with self.state.transaction():
            return match(self.state, self.settings, certificate.der, AT + round(seconds * 1000))


@pytest.fixture
def runtime(tmp_path: Path) -> Any:
    """A tenant without keys."""
    settings = SimulatorSettings(state=tmp_path / "a.sqlite", password="x", profile="cloud-foundry")
    state = State(settings.state)
    yield Runtime(state, settings, insert_instance(state, "senders", "integration-flow", ["A", "B"], AT))
    state.close()


def test_a_certificate_of_one_pinned_key_is_let_in_as_its_instance(runtime: Runtime) -> None:
    """With all roles of the instance; another key beside it changes nothing."""
    runtime.add(OLD)
    runtime.add(NEW)
    for certificate in (OLD, NEW, OLD):
        assert runtime.call(certificate) == KeyAnswer(True, 200, instance="senders", roles=("A", "B"))


@pytest.mark.parametrize("presented", [NEW, TWIN, ELSEWHERE, STRANGER])
def test_a_pinned_key_compares_the_whole_certificate(runtime: Runtime, presented: Issued) -> None:
    """Equal names are not enough, a later one neither: 401 with the sentence of KBA 3224701."""
    runtime.add(OLD)
    answer = runtime.call(presented)
    assert (answer.accepted, answer.status, answer.words) == (False, 401, NOT_EXACTLY_ONCE)
    assert answer.roles == ()


def test_a_certificate_in_two_keys_is_refused(runtime: Runtime) -> None:
    """Also within one instance, and until one of the two is deleted."""
    runtime.add(OLD)
    second = runtime.add(OLD)
    assert runtime.call(OLD).words == NOT_EXACTLY_ONCE
    KeyChange(runtime.state, AT, 0).delete(second)
    assert runtime.call(OLD).accepted


def test_a_certificate_in_two_instances_is_refused(runtime: Runtime) -> None:
    """The rule counts over all service instances."""
    runtime.add(OLD)
    other = insert_instance(runtime.state, "others", "integration-flow", ["C"], AT)
    KeyChange(runtime.state, AT, 0).create(NewKey(other.guid, "x", OLD.der))
    assert not runtime.call(OLD).accepted


def test_an_unpinned_key_lets_a_later_certificate_in_and_the_old_one_out(runtime: Runtime) -> None:
    """The old one works until the later one was used once; then it is refused, the later one stays."""
    runtime.add(OLD, pinned=False)
    assert runtime.call(OLD).accepted
    assert runtime.call(NEW).accepted
    refused = runtime.call(OLD)
    assert (refused.status, refused.words) == (401, UNAUTHORIZED)
    assert "not issued later" in refused.log
    assert runtime.call(NEW).accepted


def test_an_unpinned_key_wants_a_later_issue_date(runtime: Runtime) -> None:
    """The same date on another certificate is not later, an earlier one than the key's own neither."""
    runtime.add(NEW, pinned=False)
    assert [runtime.call(one).accepted for one in (OLD, TWIN, NEW)] == [False, False, True]


def test_an_unpinned_key_wants_both_names(runtime: Runtime) -> None:
    """A new CA changes the issuer, and then the key is not found at all."""
    runtime.add(OLD, pinned=False)
    assert runtime.call(ELSEWHERE).words == NOT_EXACTLY_ONCE


@pytest.mark.parametrize("second_is_pinned", [True, False])
@pytest.mark.parametrize("second", [OLD, NEW])
def test_an_unpinned_key_must_be_alone_with_its_names(
    runtime: Runtime, second: Issued, second_is_pinned: bool
) -> None:
    """Beside another key of the same names, pinned or not, every call is refused, in bare words (KBA 3364579)."""
    runtime.add(OLD, pinned=False)
    runtime.add(second, pinned=second_is_pinned)
    for certificate in SAME_NAMES:
        answer = runtime.call(certificate)
        assert (answer.status, answer.words) == (401, UNAUTHORIZED)
        names = certificate.facts.names
        assert answer.log == f"Multiple clones found for certificate {names.subject}, {names.issuer}"


def test_keys_of_other_names_are_no_conflict(runtime: Runtime) -> None:
    """An unpinned key beside keys of another issuer and another subject."""
    runtime.add(OLD, pinned=False)
    runtime.add(ELSEWHERE)
    runtime.add(STRANGER, pinned=False)
    assert all(runtime.call(one).accepted for one in (OLD, ELSEWHERE, STRANGER, NEW))


def test_the_use_of_a_key_is_noted(runtime: Runtime) -> None:
    """When it was last used, and which certificate was the newest; a refusal leaves no trace."""
    runtime.add(OLD, pinned=False)
    runtime.call(ELSEWHERE, 1)
    assert keys(runtime.state, AT)[0].last_used_at is None
    runtime.call(NEW, 2)
    runtime.call(OLD, 3)
    key = keys(runtime.state, AT)[0]
    assert (key.last_used_at, key.accepted) == (AT + 2000, NEW.facts.fingerprint)
    assert key.fingerprint == OLD.facts.fingerprint


def test_the_newest_certificate_is_remembered_over_a_restart(runtime: Runtime) -> None:
    """It stands in the state file: another process on the file refuses the old one, too."""
    runtime.add(OLD, pinned=False)
    runtime.call(NEW)
    again = Runtime(State(runtime.settings.state), runtime.settings, runtime.instance)
    assert not again.call(OLD).accepted
    again.state.close()


def test_a_key_counts_from_the_end_of_its_creation_to_the_end_of_its_deletion(runtime: Runtime) -> None:
    """With the delay of the settings after the creation, as SAP's is not known."""
    runtime.settings = replace(runtime.settings, key_delay=5)
    slow = KeyChange(runtime.state, AT, seconds=10)
    key = slow.create(NewKey(runtime.instance.guid, "x", OLD.der))
    assert [runtime.call(OLD, at).accepted for at in (0, 10, 14.9, 15)] == [False, False, False, True]
    replace(slow, now=AT + 20_000).delete(key.guid)
    assert [runtime.call(OLD, at).accepted for at in (20, 29.9, 30)] == [True, True, False]


def test_a_key_that_was_never_made_counts_for_nothing(runtime: Runtime) -> None:
    """Neither one that failed nor one that was deleted before it was there."""
    change = KeyChange(runtime.state, AT, 10)
    change.create(NewKey(runtime.instance.guid, "failed", OLD.der), "no")
    halted = change.create(NewKey(runtime.instance.guid, "halted", NEW.der))
    replace(change, now=AT + 6000).delete(halted.guid)
    assert not runtime.call(OLD, 60).accepted
    assert not runtime.call(NEW, 12).accepted


def test_what_is_no_certificate_is_refused(runtime: Runtime) -> None:
    """As one that stands in no key."""
    with runtime.state.transaction():
        assert match(runtime.state, runtime.settings, b"x", AT).words == NOT_EXACTLY_ONCE


CERTIFICATES = st.sampled_from(ALL)


@given(st.lists(CERTIFICATES, max_size=6), CERTIFICATES)
def test_with_pinned_keys_alone_exactly_once_is_accepted(held: list[Issued], presented: Issued) -> None:
    """The law of pinned keys: accepted if and only if one key, and only one, holds the certificate."""
    known = [_key(one, pinned=True) for one in held]
    assert (decide(known, presented.facts).key is not None) == (held.count(presented) == 1)


@given(st.lists(st.tuples(CERTIFICATES, st.booleans()), max_size=5), CERTIFICATES)
def test_an_unpinned_key_lets_in_only_if_alone(held: list[tuple[Issued, bool]], presented: Issued) -> None:
    """Whatever keys there are: if one of the presented names is unpinned, it must be the only one of them."""
    same = [pinned for one, pinned in held if one.facts.names == presented.facts.names]
    decision = decide([_key(one, pinned=pinned) for one, pinned in held], presented.facts)
    if not all(same) and len(same) > 1:
        assert decision.key is None
    assert (decision.key is None) == (decision.refusal is not None)


@given(st.sampled_from(SAME_NAMES), st.lists(st.sampled_from(SAME_NAMES), max_size=8))
def test_after_a_newer_one_the_older_is_refused_for_ever(own: Issued, calls: list[Issued]) -> None:
    """The law of an unpinned key: what it lets in never grows older, and what it let in last, it lets in again."""
    key = _key(own, pinned=False)
    newest = own.facts.not_before
    for presented in calls:
        decision = decide([key], presented.facts)
        if presented.facts.not_before < newest:
            assert decision.key is None
        if decision.newer:
            newest = presented.facts.not_before
            key = replace(key, accepted=presented.facts.fingerprint, accepted_issue_date=_milliseconds(presented))
            assert decide([key], presented.facts).key is not None


def _milliseconds(certificate: Issued) -> int:
    return round(certificate.facts.not_before.timestamp() * 1000)


def _key(certificate: Issued, *, pinned: bool) -> ServiceKey:
    """A key as it is in the state file, without a file."""
    facts = certificate.facts
    return ServiceKey(
        guid="g", instance="i", name="n", certificate=facts.pem, fingerprint=facts.fingerprint,
        subject=facts.names.subject, issuer=facts.names.issuer, issue_date=_milliseconds(certificate), pinned=pinned,
        accepted=facts.fingerprint, accepted_issue_date=_milliseconds(certificate), last_used_at=None,
        labels={}, annotations={}, created_at=0, updated_at=0, ready_at=0,
        operation=Operation("o", "g", "create", 0, 0, None),
    )  # fmt: skip
