"""CertificateUserMappings: kept under the MD5 of the DER, upserted, with ValidUntil after the first answer."""

import base64
import hashlib
from datetime import UTC, datetime
from xml.etree import ElementTree as Xml

import pytest
from rehearsed_tenant import START, USER, Tenant, TenantMaker, said

from certificates.rehearsal import Issued, RehearsalAuthority
from tenant.simulator import mappings

NOW = datetime(2027, 1, 15, tzinfo=UTC)
SET = "CertificateUserMappings"


@pytest.fixture(scope="module")
def issued() -> Issued:
    """A client certificate."""
    return RehearsalAuthority.create(now=NOW).issue("sender")


def body(certificate: Issued, user: str = "p000001") -> dict[str, str]:
    """What a client posts: base64 of the PEM text."""
    return {"User": user, "Certificate": base64.b64encode(certificate.pem.encode()).decode()}


def md5(certificate: Issued) -> str:
    """The Id of its mapping."""
    return hashlib.md5(certificate.der).hexdigest()


async def test_a_mapping_is_kept_under_the_md5_of_the_der(tenant: Tenant, issued: Issued) -> None:
    """201; an Id that was sent is corrected; ValidUntil is null in this answer only, later epoch ms as a string."""
    response = await tenant.write("POST", SET, {**body(issued), "Id": "mine"})
    assert response.status_code == 201
    made = response.json()["d"]
    assert (made["Id"], made["ValidUntil"], made["CreatedBy"]) == (md5(issued), None, USER)
    (row,) = await tenant.rows(SET)
    assert row["ValidUntil"] == str(round(issued.facts.not_after.timestamp() * 1000))
    assert (await tenant.one(f"{SET}('{md5(issued)}')"))["Certificate"] == body(issued)["Certificate"]
    assert row["CreatedTime"] == f"/Date({START})/"


async def test_the_same_certificate_again_changes_its_user(tenant: Tenant, issued: Issued) -> None:
    """201 again, one row, the new user, the first creation time."""
    await tenant.write("POST", SET, body(issued))
    tenant.clock.advance(60)
    assert (await tenant.write("POST", SET, body(issued, "other"))).status_code == 201
    (row,) = await tenant.rows(SET)
    assert (row["User"], row["CreatedTime"]) == ("other", f"/Date({START})/")
    assert row["LastModifiedTime"] == f"/Date({START + 60_000})/"


async def test_a_renewed_certificate_with_the_same_names_is_another_mapping(tenant: Tenant, issued: Issued) -> None:
    """The whole certificate counts, not its names."""
    authority = RehearsalAuthority.create(now=NOW)
    old, new = authority.issue("sender"), authority.issue("sender")
    for one in (old, new):
        await tenant.write("POST", SET, body(one))
    assert {row["Id"] for row in await tenant.rows(SET)} == {md5(old), md5(new)}


async def test_the_null_of_the_first_answer_in_atom(tenant: Tenant, issued: Issued) -> None:
    """m:null and the type stand on the property."""
    await tenant.with_package()
    response = await tenant.client.post(f"/api/v1/{SET}", json=body(issued), headers=tenant.headers)
    meta = "{http://schemas.microsoft.com/ado/2007/08/dataservices/metadata}"
    (element,) = (one for one in Xml.fromstring(response.text).iter() if one.tag.endswith("}ValidUntil"))
    assert element.attrib == {f"{meta}type": "Edm.Int64", f"{meta}null": "true"}


async def test_the_list_filters_by_user_only(tenant: Tenant, issued: Issued) -> None:
    """Other filters and paging are not implemented; $orderby and $select work."""
    await tenant.write("POST", SET, body(issued))
    assert len(await tenant.rows(SET, filter="User eq 'p000001'", orderby="User", select="Id")) == 1
    assert await tenant.rows(SET, filter="User eq 'p'") == []
    for query in ({"filter": "Id eq 'x'"}, {"filter": "startswith(User,'p')"}, {"top": "1"}, {"skip": "1"}):
        assert (await tenant.get(SET, **query)).status_code == 501


async def test_a_mapping_is_deleted(tenant: Tenant, issued: Issued) -> None:
    """204, then it is gone."""
    await tenant.write("POST", SET, body(issued))
    assert (await tenant.write("DELETE", f"{SET}('{md5(issued)}')")).status_code == 204
    assert await tenant.rows(SET) == []


@pytest.mark.parametrize("status", ["404", "204", "500"])
async def test_an_unknown_mapping_answers_as_set(tenant_with: TenantMaker, status: str) -> None:
    """Not documented, so the setting decides, for reading and deleting."""
    tenant = tenant_with(unknown_mapping_status=status)
    assert (await tenant.get(f"{SET}('{'0' * 32}')")).status_code == int(status)
    assert (await tenant.write("DELETE", f"{SET}('{'0' * 32}')")).status_code == int(status)


@pytest.mark.parametrize("kind", ["not base64", "no certificate", "der", "with key", "too long", "empty"])
async def test_what_is_no_certificate_is_a_server_error(tenant: Tenant, issued: Issued, kind: str) -> None:
    """500 with SAP's long text that names the user; nothing is kept, least of all a private key."""
    content = {
        "not base64": "§§§",
        "no certificate": base64.b64encode(b"hello").decode(),
        "der": base64.b64encode(issued.der).decode(),
        "with key": base64.b64encode(issued.pem.encode() + issued.key_pem()).decode(),
        "too long": base64.b64encode(issued.pem.encode() + b"\n" * 9000).decode(),
        "empty": "",
    }[kind]
    response = await tenant.write("POST", SET, {"User": "p1", "Certificate": content})
    assert response.status_code == 500
    assert said(response) == (
        "Problem during creating an entity: [NodeManagerApi][CONTENT_STORE]"
        "[SavingCertificateToUserMappingsFailed]:Cannot save certificate-user mappings\n"
        "    [NodeManagerApi][CONTENT_STORE][No509Certificate]:The certificate for the user p1 is not a X.509"
        " certificate: Could not parse certificate: java.io.IOException: Empty input"
    )
    assert await tenant.rows(SET) == []


@pytest.mark.parametrize("user", ["", "u" * 151])
async def test_a_user_has_1_to_150_characters(tenant: Tenant, issued: Issued, user: str) -> None:
    """Refused before the certificate is looked at."""
    assert (await tenant.write("POST", SET, body(issued, user))).status_code == 400


async def test_all_mappings_together_have_a_limit(
    tenant: Tenant, issued: Issued, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One artifact of 2 MB holds them all; the cap is made small here, since 2,000 certificates take minutes."""
    monkeypatch.setattr(mappings, "MAXIMUM_ALL", len(body(issued)["Certificate"]) + 10)
    await tenant.write("POST", SET, body(issued))
    other = RehearsalAuthority.create(now=NOW).issue("other")
    refused = await tenant.write("POST", SET, body(other))
    assert refused.status_code == 500
    assert (await tenant.write("POST", SET, body(issued, "changed"))).status_code == 201
    assert len(await tenant.rows(SET)) == 1
