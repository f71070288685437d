"""The tree of errors: evidence in fields, the sentence in one place."""

import pickle

import pytest

from tenant import errors

CASES = [
    errors.TenantError(500, "/api/v1/Set", "why"),
    errors.TenantUnreachable(None, "/api/v1/Set", "ConnectTimeout"),
    errors.TenantBusy(429, "/api/v1/Set", "Too many requests", 7.0),
    errors.TenantLocked(400, "/api/v1/Set", "it is locked", "anna"),
    errors.NonsenseAnswer(200, "/api/v1/Set", "no list"),
    errors.NotAllowed(403, "/api/v1/Set"),
    errors.NotFound(404, "/api/v1/Set", "gone"),
    errors.TenantRefused(500, "/api/v1/Set", "no {braces} please"),
    errors.CertificateTaken(None, "", "it is mapped to the user SHOP"),
    errors.CertificateClash(None, "", "the keys a and b"),
    errors.ServiceKeyFailed(None, "/v3/jobs/1", "the broker said no"),
    errors.ServiceKeysNotSet(None, "", "tenants.prod.service_keys"),
    errors.ServiceInstanceUnknown(None, "", "none is named ERP"),
    errors.ServiceKeysHidden(403, "", "the key a"),
    errors.ServiceKeyUnfinished(None, "", "the key a"),
    errors.DeployFailed("OrderIn", "GenerationFailed"),
    errors.DeployUnfinished("OrderIn", "STARTING"),
]
RETRYABLE = {
    "TenantUnreachable",
    "TenantBusy",
    "TenantLocked",
    "NonsenseAnswer",
    "DeployUnfinished",
    "ServiceKeyUnfinished",
}


def _all(kind: type[errors.TenantError]) -> set[type[errors.TenantError]]:
    return {kind}.union(*(_all(below) for below in kind.__subclasses__()))


def test_the_cases_below_are_all_there_are():
    """A new class of error gets its sentence tested, and is drawn in the tree of the module."""
    assert {type(case) for case in CASES} == _all(errors.TenantError)
    assert all(kind.__name__ in errors.__doc__ for kind in _all(errors.TenantError))


@pytest.mark.parametrize("error", CASES, ids=lambda error: type(error).__name__)
def test_a_sentence_says_what_happened_who_must_act_and_the_tenants_words(error):
    """The sentence names a person of the process (or nobody) and carries the evidence."""
    people = ("operator must", "administrator must", "developer must", "Nobody must")
    assert any(who in error.sentence for who in people)
    assert error.text in error.sentence
    assert str(error.status or "") in error.sentence
    assert str(error) == error.sentence


@pytest.mark.parametrize("error", CASES, ids=lambda error: type(error).__name__)
def test_the_class_says_whether_it_may_be_retried(error):
    """Only what can pass by itself is retryable: above all, a business refusal is not."""
    assert error.retryable is (type(error).__name__ in RETRYABLE)


@pytest.mark.parametrize("error", CASES, ids=lambda error: type(error).__name__)
def test_an_error_survives_pickling(error):
    """Errors travel between processes with their fields."""
    copy = pickle.loads(pickle.dumps(error))
    assert type(copy) is type(error)
    assert vars(copy) == vars(error)


def test_fields_beyond_the_common_ones():
    """The wait of a 429, the holder of a lock and the flow of a deploy are fields, and in the sentence."""
    assert errors.TenantBusy(429, "/x").retry_after is None
    assert "after 7 seconds" in errors.TenantBusy(429, "/x", "", 7.0).sentence
    assert "locked on the tenant by anna" in errors.TenantLocked(400, "/x", "", "anna").sentence
    assert "somebody" in errors.TenantLocked(400, "/x").sentence
    assert errors.DeployFailed("OrderIn").flow == "OrderIn"


def test_a_long_text_is_cut():
    """A tenant's stack trace does not fill the history."""
    error = errors.TenantRefused(500, "/x", "a" * 10_000)
    assert len(error.text) == 500
    assert error.text.endswith("…")
