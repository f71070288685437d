"""The reasons of the CF API, the Service Manager and token servers, in words and as classes."""

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenant.answers import error_of
from tenant.errors import NotAllowed, NotFound, TenantBusy, TenantRefused, TenantUnreachable
from tenant.rest_errors import broker_refused, oauth_error, rest_message

REQUEST = httpx.Request("POST", "https://api.example/v3/service_credential_bindings")
TWICE = "The binding name is invalid. Key binding names must be unique."


def _cloud_foundry(code: int, title: str, detail: str) -> dict[str, object]:
    return {"errors": [{"code": code, "title": title, "detail": detail}]}


def _broker(status: int) -> dict[str, object]:
    error = {"StatusCode": status, "Description": "The certificate is a chain"}
    return {"error": "BrokerError", "description": "Failed to create", "broker_error": error}


@pytest.mark.parametrize(
    ("status", "body", "kind", "words"),
    [
        (422, _cloud_foundry(10008, "CF-UnprocessableEntity", TWICE), TenantRefused,
         f"CF-UnprocessableEntity (10008): {TWICE}"),
        (401, _cloud_foundry(1000, "CF-InvalidAuthToken", "Invalid Auth Token"), NotAllowed,
         "CF-InvalidAuthToken (1000): Invalid Auth Token"),
        (403, _cloud_foundry(10003, "CF-NotAuthorized", "You are not authorized"), NotAllowed, "CF-NotAuthorized"),
        (404, _cloud_foundry(10010, "CF-ResourceNotFound", "Binding not found"), NotFound, "Binding not found"),
        (400, _cloud_foundry(10005, "CF-BadQueryParameter", "Unknown"), TenantRefused, "CF-BadQueryParameter"),
        (429, _cloud_foundry(10013, "CF-RateLimitExceeded", "Rate limit"), TenantBusy, "Rate limit"),
        (500, _cloud_foundry(10001, "UnknownError", "An unknown error occurred."), TenantUnreachable, "unknown"),
        (404, {"error": "NotFound", "description": "could not find such binding"}, NotFound,
         "NotFound: could not find such binding"),
        (410, {}, NotFound, "{}"),
        (502, _broker(400), TenantRefused, "the broker says: The certificate is a chain"),
        (502, _broker(503), TenantUnreachable, "the broker says"),
        (502, _broker(429), TenantUnreachable, "the broker says"),
        (401, {"error": "unauthorized", "error_description": "Bad credentials"}, NotAllowed,
         "unauthorized: Bad credentials"),
    ],
)  # fmt: skip
def test_each_envelope_gives_its_class_and_its_reason(status, body, kind, words):
    """The status decides, but for a broker that said no; the reason is put in words, not in JSON."""
    error = error_of(httpx.Response(status, json=body, request=REQUEST))
    assert type(error) is kind
    assert words in error.text


def test_several_errors_of_cloud_foundry_are_all_told():
    """One answer may name more than one reason."""
    both = {"errors": [{"code": 1, "title": "A", "detail": "a"}, {"title": "B"}, "odd"]}
    assert rest_message(httpx.Response(400, json=both).text) == "A (1): a; B"


def test_a_service_manager_that_is_down_is_not_an_absent_binding():
    """A 404 of the router says nothing about the binding."""
    answer = httpx.Response(404, text="unknown", headers={"X-Cf-RouterError": "unknown_route"}, request=REQUEST)
    assert type(error_of(answer)) is TenantUnreachable


MEMBERS = st.sampled_from(["errors", "error", "description", "broker_error", "StatusCode", "code", "title"])
LEAVES = st.none() | st.booleans() | st.integers() | st.text()
JSON = st.recursive(LEAVES, lambda one: st.lists(one) | st.dictionaries(MEMBERS, one), max_leaves=12)


@given(JSON)
def test_no_body_breaks_the_reading(body):
    """Whatever JSON comes, it is read as a reason or as none."""
    text = httpx.Response(400, json=body).text
    assert rest_message(text) is None or isinstance(rest_message(text), str)
    assert broker_refused(text) in {True, False}
    assert isinstance(oauth_error(text), str)


@pytest.mark.parametrize(
    "text", ["", "<html></html>", "[]", "{", '{"error": {"message": "OData"}}', '{"errors": []}']
)
def test_what_is_no_such_body_is_none(text):
    """HTML, nothing, lists and OData are left to the other readings."""
    assert rest_message(text) is None
