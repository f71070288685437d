"""KeystoreEntries: certificates of the tenant's keystore, by hex alias, with SAP's fields."""

from datetime import UTC, datetime

from rehearsed_tenant import Tenant

from certificates.rehearsal import RehearsalAuthority


async def staged(tenant: Tenant, alias: str = "partner") -> str:
    """Put a certificate into the keystore; its PEM."""
    pem = RehearsalAuthority.create(now=datetime.now(UTC)).issue("CN=partner, O=Example, C=DE").pem
    response = await tenant.control("POST", "keystore-entries", {"alias": alias, "certificate": pem})
    assert response.json() == {"Hexalias": alias.encode().hex()}
    return pem


async def test_an_entry_is_read_by_its_hex_alias(tenant: Tenant) -> None:
    """Upper or lower case; names have a blank after each comma, the most specific part first."""
    pem = await staged(tenant)
    (listed,) = await tenant.rows("KeystoreEntries")
    assert listed["SubjectDN"] == "CN=partner, O=Example, C=DE"
    assert (listed["Alias"], listed["Type"], listed["Owner"]) == ("partner", "Certificate", "Tenant Administrator")
    assert (listed["KeyType"], listed["SignatureAlgorithm"]) == ("EC", "SHA256withECDSA")
    assert listed["ValidNotAfter"].endswith("+0000)/")
    for key in (listed["Hexalias"], listed["Hexalias"].upper()):
        assert (await tenant.one(f"KeystoreEntries('{key}')"))["FingerprintSha1"].count(":") == 19
    value = await tenant.get(f"KeystoreEntries('{listed['Hexalias']}')/Certificate/$value", accept="*/*")
    assert (value.text, value.headers["content-type"]) == (pem, "application/pkix-cert")


async def test_options_that_the_set_refuses(tenant: Tenant) -> None:
    """400 to $format, 501 to $top; another keystore is empty, an unknown one is not there."""
    await staged(tenant)
    assert (await tenant.get("KeystoreEntries", format="json")).status_code == 400
    assert (await tenant.get("KeystoreEntries", top="1")).status_code == 501
    for name, status in (("KeyRenewal", 200), ("mine", 404)):
        response = await tenant.client.get("/api/v1/KeystoreEntries", params={"keystoreName": name})
        assert response.status_code == status
    assert (await tenant.get("KeystoreEntries('00')")).status_code == 404


async def test_what_is_no_certificate_is_not_taken(tenant: Tenant) -> None:
    """A private key least of all."""
    for text in ("x", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"):
        response = await tenant.control("POST", "keystore-entries", {"alias": "a", "certificate": text})
        assert response.status_code == 400
    assert await tenant.rows("KeystoreEntries") == []
