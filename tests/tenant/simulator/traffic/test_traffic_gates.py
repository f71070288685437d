"""The decision on a message, over real TLS: one test for each answer of a tenant's runtime."""

import ssl
from pathlib import Path

import httpx
import pytest
from rehearsed_tenant import TenantMaker
from sending import SENDER, Stage, staged

from certificates.rehearsal import SERVER_AUTH, RehearsalAuthority
from tenant.simulator.key_records import KeyChange, NewKey, insert_instance
from tenant.simulator.service_keys import NOT_EXACTLY_ONCE
from tenant.simulator.traffic.gates import Gate

BROKEN_OFF = (httpx.TransportError, ssl.SSLError)


async def test_a_channel_with_the_names_lets_the_certificate_in(stage: Stage) -> None:
    """Subject and issuer stand in one row; the message is on record and its answer has an id of its own."""
    certificate = stage.issue()
    await stage.flow_for(certificate)
    answer = await stage.sender(certificate).post("/http/orders", content=b"<order/>")
    assert (answer.status_code, answer.content) == (200, b"<order/>")
    assert answer.headers["x-correlationid"]
    assert (stage.messages(), (await stage.last())["gate"]) == (["Orders"], Gate.NONE)


@pytest.mark.parametrize("other", ["subject", "issuer"])
async def test_a_pair_that_no_row_holds_is_forbidden(stage: Stage, other: str) -> None:
    """403, no message processing log, and the trace log's sentence with names in lower case and no blanks."""
    certificate = stage.issue()
    names = {"subject": certificate.facts.names.subject, "issuer": certificate.facts.names.issuer}
    await stage.flow(rows=[names | {other: "CN=another"}])
    answer = await stage.sender(certificate).post("/http/orders")
    assert (answer.status_code, stage.messages()) == (403, [])
    assert stage.traces() == [
        "Unauthorized. Subject and issuer (subject: cn=sender,o=Rehearsal,c=DE; issuer: cn=Rehearsal Issuing CA,"
        "o=Rehearsal,c=DE) of the provided certificate is not contained in the accepted subjectAndIssuers list of "
        "the integration flow."
    ]
    assert (await stage.last())["gate"] == Gate.NAMES


async def test_names_of_two_rows_do_not_make_a_pair(stage: Stage) -> None:
    """The subject of one row with the issuer of another is listed nowhere."""
    names = (certificate := stage.issue()).facts.names
    rows = [{"subject": names.subject, "issuer": "CN=x"}, {"subject": "CN=x", "issuer": names.issuer}]
    await stage.flow(rows=rows)
    assert (await stage.sender(certificate).post("/http/orders")).status_code == 403


async def test_parameters_of_a_row_count_with_their_values(stage: Stage) -> None:
    """Externalised names let in like written ones."""
    certificate = stage.issue('CN=sender, O="Acme, Inc. & <Sons>", C=DE')
    await stage.flow_for(certificate, parameterised=True)
    assert (await stage.sender(certificate).post("/http/orders")).status_code == 200


@pytest.mark.parametrize(("comparison", "status"), [("strict", 403), ("default", 403), ("lenient", 200)])
async def test_the_comparison_of_names_is_a_setting(
    tenant_with: TenantMaker, tmp_path: Path, comparison: str, status: int
) -> None:
    """A row in other letters is the same name to RFC 5280 alone."""
    async with staged(tenant_with(dn_comparison=comparison), tmp_path) as stage:
        names = (certificate := stage.issue()).facts.names
        await stage.flow(rows=[{"subject": names.subject.replace("sender", "SENDER"), "issuer": names.issuer}])
        assert (await stage.sender(certificate).post("/http/orders")).status_code == status


async def test_no_certificate_is_nobody(stage: Stage) -> None:
    """401 for a channel of either kind."""
    await stage.flow_for(stage.issue())
    await stage.flow("Roles", authorization="RoleBased")
    sender = stage.sender()
    assert [(await sender.post(f"/http/{path}")).status_code for path in ("orders", "roles")] == [401, 401]
    assert (await stage.last())["gate"] == Gate.NO_CERTIFICATE


async def test_a_root_that_is_not_listed_makes_a_nobody(stage: Stage) -> None:
    """The handshake goes on without the certificate, the call is a 401; the traffic knows whose it was and why."""
    certificate = stage.issue(authority=RehearsalAuthority.create("Other", now=stage.root.now))
    await stage.flow_for(certificate)
    assert (await stage.sender(certificate).post("/http/orders")).status_code == 401
    last = await stage.last()
    assert (last["gate"], last["sha256"]) == (Gate.ROOT, certificate.facts.fingerprint)
    assert "not lead to a root" in last["words"]


async def test_the_sender_must_send_its_whole_chain(stage: Stage) -> None:
    """The load balancer has roots only: without the intermediate there is no path."""
    certificate = stage.issue()
    await stage.flow_for(certificate)
    assert (await stage.sender(certificate, chain="").post("/http/orders")).status_code == 401
    assert (await stage.last())["gate"] == Gate.ROOT
    assert (await stage.sender(certificate).post("/http/orders")).status_code == 200


@pytest.mark.parametrize("usages", [None, (SERVER_AUTH,)])
async def test_no_client_authentication_ends_the_handshake(stage: Stage, usages: tuple[object, ...] | None) -> None:
    """Absent or other usages; the failed handshake is in the traffic, with no status."""
    certificate = stage.issue(usages=usages)
    await stage.flow_for(certificate)
    with pytest.raises(BROKEN_OFF):
        await stage.sender(certificate).post("/http/orders")
    last = await stage.last()
    assert (last["gate"], last["status"], last["sha256"]) == (Gate.USAGE, 0, certificate.facts.fingerprint)


async def test_or_it_makes_a_nobody(tenant_with: TenantMaker, tmp_path: Path) -> None:
    """Senders report a 401 instead; the setting says so."""
    async with staged(tenant_with(missing_eku="401"), tmp_path) as stage:
        certificate = stage.issue(usages=None)
        await stage.flow_for(certificate)
        assert (await stage.sender(certificate).post("/http/orders")).status_code == 401
        assert (await stage.last())["gate"] == Gate.USAGE


async def test_a_certificate_ends_by_the_tenants_clock(stage: Stage) -> None:
    """What is let in today breaks off at the handshake once it has expired."""
    certificate = stage.issue(days=1)
    await stage.flow_for(certificate)
    assert (await stage.sender(certificate).post("/http/orders")).status_code == 200
    stage.tenant.clock.advance(2 * 86400)
    with pytest.raises(BROKEN_OFF):
        await stage.sender(certificate).post("/http/orders")
    assert (await stage.last())["gate"] == Gate.VALIDITY


async def test_or_an_expired_one_makes_a_nobody(tenant_with: TenantMaker, tmp_path: Path) -> None:
    """The other setting."""
    async with staged(tenant_with(outdated_certificate="401"), tmp_path) as stage:
        certificate = stage.issue(days=-0.5)
        await stage.flow_for(certificate)
        assert (await stage.sender(certificate).post("/http/orders")).status_code == 401
        assert (await stage.last())["gate"] == Gate.VALIDITY


async def test_a_mapped_certificate_calls_as_its_user(stage: Stage) -> None:
    """Neo, user role: mapped and with the role 200, mapped without the role 403."""
    certificate = stage.issue()
    await stage.map(certificate)
    await stage.flow("Roles", authorization="RoleBased")
    sender = stage.sender(certificate)
    assert (await sender.post("/http/roles")).status_code == 200
    await stage.tenant.control("POST", "user-roles", {"user": "sender", "roles": ["Other.role"]})
    assert (await sender.post("/http/roles")).status_code == 403
    assert (await stage.last())["gate"] == Gate.ROLE


async def test_a_mapping_holds_the_whole_certificate(stage: Stage) -> None:
    """The trap: a renewed certificate with the same names is mapped to nobody, 401."""
    old, new = (stage.issue(authority=stage.root) for _ in range(2))
    assert old.facts.names == new.facts.names
    await stage.map(old)
    await stage.flow("Roles", authorization="RoleBased")
    assert (await stage.sender(new).post("/http/roles")).status_code == 401
    assert (await stage.last())["gate"] == Gate.MAPPING


async def test_a_new_mapping_may_reach_the_runtime_late(tenant_with: TenantMaker, tmp_path: Path) -> None:
    """Until the delay is over the certificate is nobody's."""
    async with staged(tenant_with(mapping_delay=30), tmp_path) as stage:
        certificate = stage.issue()
        await stage.map(certificate)
        await stage.flow("Roles", authorization="RoleBased")
        sender = stage.sender(certificate)
        assert (await sender.post("/http/roles")).status_code == 401
        stage.tenant.clock.advance(30)
        assert (await sender.post("/http/roles")).status_code == 200


def add_key(stage: Stage, pem: str, der: bytes, name: str, role: str = "ESBMessaging.send") -> None:
    """A service key in an instance of its own."""
    now = stage.tenant.clock()
    with stage.side.state.transaction():
        instance = insert_instance(stage.side.state, f"i-{name}", "integration-flow", [role], now)
        KeyChange(stage.side.state, now, 0).create(NewKey(instance.guid, name, der=der, pem=pem))


async def test_on_cloud_foundry_a_service_key_lets_in(tenant_with: TenantMaker, tmp_path: Path) -> None:
    """In no key 401 with `invalid_client`, in one key 200, in two keys 401 again."""
    async with staged(tenant_with(profile="cf"), tmp_path) as stage:
        certificate = stage.issue()
        await stage.flow("Roles", authorization="RoleBased")
        sender = stage.sender(certificate)
        nowhere = await sender.post("/http/roles")
        assert (nowhere.status_code, "invalid_client" in nowhere.text) == (401, True)
        assert NOT_EXACTLY_ONCE in nowhere.text
        assert nowhere.headers["content-type"].startswith("application/xml")
        add_key(stage, certificate.pem, certificate.der, "one")
        assert (await sender.post("/http/roles")).status_code == 200
        add_key(stage, certificate.pem, certificate.der, "two")
        assert (await sender.post("/http/roles")).status_code == 401
        assert (await stage.last())["gate"] == Gate.SERVICE_KEY


async def test_on_cloud_foundry_the_instance_must_have_the_role(tenant_with: TenantMaker, tmp_path: Path) -> None:
    """The key is found and its role is another: 403."""
    async with staged(tenant_with(profile="cf"), tmp_path) as stage:
        certificate = stage.issue()
        await stage.flow("Roles", authorization="RoleBased")
        add_key(stage, certificate.pem, certificate.der, "one", role="Other.role")
        assert (await stage.sender(certificate).post("/http/roles")).status_code == 403
        assert (await stage.last())["gate"] == Gate.ROLE


async def test_a_channel_by_certificate_needs_no_service_key(tenant_with: TenantMaker, tmp_path: Path) -> None:
    """On Cloud Foundry, too, its rows alone decide."""
    async with staged(tenant_with(profile="cf"), tmp_path) as stage:
        certificate = stage.issue(SENDER)
        await stage.flow_for(certificate)
        assert (await stage.sender(certificate).post("/http/orders")).status_code == 200
