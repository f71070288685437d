"""Which answer means which error."""

from datetime import UTC, datetime

import httpx
import pytest
from scripted_tenant import NOW, refusal

from tenant.answers import asks_for_csrf, error_of, retry_after
from tenant.errors import (
    NonsenseAnswer,
    NotAllowed,
    NotFound,
    TenantBusy,
    TenantLocked,
    TenantRefused,
    TenantUnreachable,
)

REQUEST = httpx.Request("GET", "https://tenant.example/api/v1/Set?secret=1")
TOMCAT = "<!doctype html><html><head><title>HTTP Status</title></head></html>"
EXISTS = "An integration flow F with the ID F already exists in the P package. Please rename the artifact ID."
ATOM = (
    '<error xmlns="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"><code>x</code>'
    "<message>Cannot download the artifact from a configure only package</message></error>"
)


def _error(answer: httpx.Response):
    answer.request = REQUEST
    return error_of(answer, lambda: NOW)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refusal(400, "Cannot update the artifact as it is locked"), TenantLocked),
        (refusal(500, "Update of Message Mapping failed. Cannot update the artifact as it is locked."), TenantLocked),
        (refusal(503, "keystore is locked by another user"), TenantLocked),
        (httpx.Response(423), TenantLocked),
        (httpx.Response(400, text="Artifact is LOCKED."), TenantLocked),
        (refusal(400, "The artifact is blocked"), TenantRefused),
        (httpx.Response(500, html=TOMCAT.replace("HTTP Status", "locked")), TenantUnreachable),
        (refusal(500, EXISTS), TenantRefused),
        (refusal(500, None), TenantRefused),
        (httpx.Response(400, text=ATOM), TenantRefused),
        (refusal(501, "$select is not supported."), TenantRefused),
        (refusal(409, "Entity with the specified IntegrationPackage id already exist."), TenantRefused),
        (httpx.Response(500, html=TOMCAT), TenantUnreachable),
        (httpx.Response(500), TenantUnreachable),
        (httpx.Response(502, text="Bad Gateway"), TenantUnreachable),
        (refusal(503, "Service Unavailable"), TenantUnreachable),
        (httpx.Response(504), TenantUnreachable),
        (refusal(404, "Integration design time artifact not found."), NotFound),
        (refusal(500, "Requested entity could not be found."), NotFound),
        (refusal(400, "Requested entity could not be found."), NotFound),
        (httpx.Response(404), NotFound),
        (httpx.Response(404, html=TOMCAT), TenantUnreachable),
        (httpx.Response(404, text="unknown", headers={"X-Cf-RouterError": "unknown_route"}), TenantUnreachable),
        (httpx.Response(401), NotAllowed),
        (httpx.Response(403), NotAllowed),
        (refusal(403, None), NotAllowed),
        (httpx.Response(429), TenantBusy),
        (httpx.Response(302, headers={"Location": "https://login.example"}), NonsenseAnswer),
    ],
)
def test_each_answer_means_one_class(answer, kind):
    """Status, OData body and the word "locked" decide."""
    assert type(_error(answer)) is kind


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_an_answer_of_success_is_no_error_even_without_a_body(status):
    """SAP answers writes with 200, 201, 202 or 204, often empty."""
    assert _error(httpx.Response(status)) is None


def test_the_evidence_is_kept_and_the_query_is_not():
    """Status, path and the tenant's words go along; a query may hold what nobody should read."""
    error = _error(refusal(500, EXISTS))
    assert (error.status, error.path, error.text) == (500, "/api/v1/Set", EXISTS)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("1.5", 1.5),
        ("-3", 0.0),
        ("Tue, 24 Nov 2026 12:00:30 GMT", 30.0),
        ("Tue, 24 Nov 2026 11:00:00 GMT", 0.0),
        ("soon", None),
        ("nan", None),
        ("inf", None),
        ("", None),
    ],
)
def test_retry_after_is_read_as_seconds_and_as_a_date(header, seconds):
    """RFC 9110 allows both; what is neither is no wait at all."""
    answer = httpx.Response(429, headers={"Retry-After": header})
    assert retry_after(answer, lambda: NOW) == seconds
    assert _error(answer).retry_after == seconds


def test_no_retry_after_is_none():
    """SAP documents no Retry-After: then nothing is claimed."""
    assert retry_after(httpx.Response(429), lambda: datetime.now(UTC)) is None


@pytest.mark.parametrize("value", ["Required", "required", "REQUIRED"])
def test_a_csrf_403_is_told_by_its_header_in_any_case(value):
    """The header alone decides; a role 403 has none, and other statuses do not ask."""
    assert asks_for_csrf(httpx.Response(403, headers={"x-csrf-token": value}))
    assert not asks_for_csrf(httpx.Response(401, headers={"x-csrf-token": value}))
    assert not asks_for_csrf(httpx.Response(403))


def test_secrets_are_blotted_out_before_the_text_is_cut():
    """A tenant that echoes a header does not bring a password into an error, not even half of it."""
    answer = httpx.Response(400, text="x" * 495 + "hunter22-and-more")
    answer.request = REQUEST
    error = error_of(answer, secrets=("", "hunter22-and-more"))
    assert "hunter" not in str(error)
    assert "hunter" not in repr(error)
