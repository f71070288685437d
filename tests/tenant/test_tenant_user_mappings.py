"""Certificate-to-user mappings: read, add, remove, each safe to repeat."""

import base64
import hashlib
import json
import ssl
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st
from scripted_tenant import Answer, ScriptedTenant, entity, listing, refusal

from process.facts import MappingKind, NamePair
from tenant.errors import CertificateTaken, NonsenseAnswer, NotFound, TenantRefused
from tenant.odata import Unreadable
from tenant.user_mappings import der_of, mapping, mapping_id

NOT_AFTER = datetime(2027, 3, 1, tzinfo=UTC)


def _certificate(name: str) -> bytes:
    """The DER of a certificate made for the test; its key is thrown away."""
    key = ec.generate_private_key(ec.SECP256R1())
    dn = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    built = x509.CertificateBuilder().subject_name(dn).issuer_name(dn).public_key(key.public_key())
    built = built.serial_number(x509.random_serial_number())
    built = built.not_valid_before(NOT_AFTER - timedelta(days=365)).not_valid_after(NOT_AFTER)
    return built.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


OLD, NEW = _certificate("old"), _certificate("new")


def _pem(der: bytes) -> str:
    return ssl.DER_cert_to_PEM_cert(der)


def _row(der: bytes, user: str = "sender", valid_until: str | None = "1616343770463") -> dict[str, object]:
    return {
        "Id": hashlib.md5(der).hexdigest(),
        "User": user,
        "Certificate": base64.b64encode(_pem(der).encode()).decode(),
        "ValidUntil": valid_until,
        "LastModifiedTime": "/Date(1616343770463)/",
    }


class Mappings:
    """The mappings of a Neo tenant: upsert by MD5, `ValidUntil` empty in the answer to the POST."""

    def __init__(self, *rows):
        self.rows = {row["Id"]: row for row in rows}

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.headers.get("x-csrf-token") == "Fetch":
            return Answer(200, headers={"X-CSRF-Token": "t"})
        id = request.url.path.rpartition("(")[2].strip("')")
        if request.method == "POST":
            return self._post(json.loads(request.content))
        if request.url.path.endswith("Mappings"):
            return listing(*self.rows.values())
        if id not in self.rows:
            return refusal(404, "no such mapping")
        if request.method == "DELETE":
            del self.rows[id]
            return Answer(204)
        return entity(**self.rows[id])

    def _post(self, body):
        der = ssl.PEM_cert_to_DER_cert(base64.b64decode(body["Certificate"]).decode())
        self.rows[mapping_id(der)] = _row(der, body["User"])
        return Answer(201, json={"d": _row(der, body["User"], None)})


def _writes(tenant: ScriptedTenant) -> list[str]:
    return [line for line in tenant.lines if not line.startswith("GET")]


async def test_mappings_are_read_with_what_the_certificate_says():
    """The API tells no names and no fingerprint: they come out of the certificate."""
    async with ScriptedTenant(handler=Mappings(_row(OLD), _row(NEW, valid_until=None))).client() as client:
        old, new = await client.user_mappings()
    assert (old.id, old.user, old.pem) == (hashlib.md5(OLD).hexdigest(), "sender", _pem(OLD))
    assert (old.fingerprint, old.not_after) == (hashlib.sha256(OLD).hexdigest(), NOT_AFTER)
    assert (old.kind, old.names) == (MappingKind.USER_MAPPING, NamePair("CN=old", "CN=old"))
    assert old.valid_until == datetime(2021, 3, 21, 16, 22, 50, 463000, tzinfo=UTC)
    assert new.valid_until is None


async def test_a_tenant_without_mappings_by_nature_is_no_empty_list():
    """Cloud Foundry does not know the set: that is not "no mappings"."""
    async with ScriptedTenant(refusal(404, "Could not find an entity set")).client() as client:
        with pytest.raises(NotFound):
            await client.user_mappings()


async def test_adding_posts_the_pem_and_reads_back():
    """The certificate goes out as base64 of PEM; `ValidUntil` comes with the reading back."""
    tenant = ScriptedTenant(handler=Mappings(_row(OLD)))
    async with tenant.client() as client:
        added = await client.add_user_mapping("sender", _pem(NEW) + _pem(OLD))
    assert (added.id, added.user, added.pem) == (mapping_id(NEW), "sender", _pem(NEW))
    assert added.valid_until is not None
    post = next(request for request in tenant.requests if request.method == "POST")
    sent = json.loads(post.content)
    assert sent == {"User": "sender", "Certificate": base64.b64encode(_pem(NEW).encode()).decode()}
    assert tenant.lines[-1] == f"GET CertificateUserMappings('{mapping_id(NEW)}')"


async def test_adding_twice_writes_once():
    """A repetition after a crash finds what is there."""
    tenant = ScriptedTenant(handler=Mappings())
    async with tenant.client() as client:
        first = await client.add_user_mapping("sender", _pem(NEW))
        assert await client.add_user_mapping("sender", _pem(NEW)) == first
    assert len(_writes(tenant)) == 1


async def test_a_certificate_is_not_taken_away_from_another_user():
    """The tenant would move it silently and lock the other user out: refused before anything is written."""
    tenant = ScriptedTenant(handler=Mappings(_row(NEW, "somebody-else")))
    async with tenant.client() as client:
        with pytest.raises(CertificateTaken, match="somebody-else"):
            await client.add_user_mapping("sender", _pem(NEW))
    assert _writes(tenant) == []


async def test_an_answer_for_another_certificate_is_found():
    """The returned Id must be the MD5 of what was sent."""
    tenant = ScriptedTenant(listing(), Answer(201, json={"d": _row(OLD)}))
    async with tenant.client() as client:
        with pytest.raises(NonsenseAnswer, match="another MD5"):
            await client.add_user_mapping("sender", _pem(NEW))


@pytest.mark.parametrize("answer", [Answer(201), Answer(204), entity(Id=hashlib.md5(NEW).hexdigest().upper())])
async def test_an_empty_answer_to_the_post_is_read_back(answer):
    """Bodies may be empty after a write, and hex may come in capitals."""
    async with ScriptedTenant(listing(), answer, entity(**_row(NEW))).client() as client:
        assert (await client.add_user_mapping("sender", _pem(NEW))).id == mapping_id(NEW)


@pytest.mark.parametrize("text", ["", "no certificate", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----"])
async def test_what_is_no_certificate_is_not_sent(text):
    """The tenant's answer to garbage is a 500; the caller hears it before."""
    tenant = ScriptedTenant()
    async with tenant.client() as client:
        with pytest.raises(ValueError, match=r".+"):
            await client.add_user_mapping("sender", text)
    assert tenant.requests == []


def test_a_private_key_is_refused_before_anything_is_read():
    """A key beside the certificate is an accident to be told, not to be passed on."""
    with pytest.raises(ValueError, match="private key"):
        der_of(_pem(NEW) + "-----BEGIN PRIVATE KEY-----")


async def test_removing_tells_whether_it_was_there():
    """True when it went, False when it was gone already."""
    tenant = ScriptedTenant(handler=Mappings(_row(OLD)))
    async with tenant.client() as client:
        assert await client.remove_user_mapping(mapping_id(OLD)) is True
        assert await client.remove_user_mapping(mapping_id(OLD)) is False


@pytest.mark.parametrize("status", [404, 500, 400])
async def test_a_mapping_that_somebody_else_removed_meanwhile_is_gone(status):
    """What a tenant answers for an unknown id is not documented: its list decides, before and after."""
    tenant = ScriptedTenant(listing(_row(OLD)), refusal(status, "no such mapping"), listing())
    async with tenant.client() as client:
        assert await client.remove_user_mapping(mapping_id(OLD)) is False
    assert len(tenant.requests) == 3


async def test_a_refused_removal_is_no_removal():
    """While the list still shows it, the tenant's refusal stands."""
    tenant = ScriptedTenant(listing(_row(OLD)), refusal(500, "not now"), listing(_row(OLD)))
    async with tenant.client() as client:
        with pytest.raises(TenantRefused, match="not now"):
            await client.remove_user_mapping(mapping_id(OLD))


async def test_gone_needs_a_list_that_can_be_read():
    """A tenant that knows no mappings at all does not confirm that one is gone."""
    async with ScriptedTenant(refusal(404, "Could not find an entity set")).client() as client:
        with pytest.raises(NotFound):
            await client.remove_user_mapping(mapping_id(OLD))


@given(st.binary(min_size=1, max_size=300))
def test_a_certificate_too_odd_to_parse_is_still_known_by_its_bytes(der):
    """One odd mapping must not hide all others: MD5 and SHA-256 need no parser, the end is the tenant's field."""
    read = mapping(_row(der))
    assert (read.id, read.fingerprint) == (mapping_id(der), hashlib.sha256(der).hexdigest())
    assert read.not_after == read.valid_until


@pytest.mark.parametrize(
    "change", [{"Certificate": "%%%"}, {"Certificate": "aGVsbG8="}, {"User": ""}, {"ValidUntil": "soon"}]
)
def test_a_mapping_that_cannot_be_read_is_named(change):
    """A mapping without a certificate, a user or a readable time is no mapping to build on."""
    with pytest.raises(Unreadable):
        mapping({**_row(OLD), **change})


def test_a_mapping_without_any_end_cannot_be_read():
    """Neither the certificate nor the tenant tells when it ends."""
    with pytest.raises(Unreadable, match="cannot be read"):
        mapping(_row(b"odd", valid_until=None))
