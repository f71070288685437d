"""The watch's look at all tenants: what is mapped, and each tenant or mapping that could not be read, by name."""

import base64
import json
from dataclasses import replace

from activity_tools import Attempts, Opened, run
from house import Stage, free_port, new_names, same_names

from activities.expiry import ExpiryActivities
from process.expiry import Seen
from tenant.client import TenantClient
from tenant.settings import UnknownTenant


async def look(opened: dict[str, Opened]) -> Seen:
    """What one attempt sees of these tenants; one that is in no settings is unknown."""

    def open_tenant(name: str) -> TenantClient:
        if name not in opened:
            raise UnknownTenant("tenants.toml", name, tuple(opened))
        return opened[name](name)

    seen: Seen = await run(ExpiryActivities(open_tenant, (*opened, "forgotten")).list_mapped)
    assert [u.what for u in seen.unreadable if "forgotten" in u.what] == ["tenant forgotten"]
    return replace(seen, unreadable=tuple(u for u in seen.unreadable if "forgotten" not in u.what))


async def test_mappings_of_every_tenant_are_listed(tenant: Stage, opened: Opened) -> None:
    """Each with its tenant, its user and the facts of its certificate."""
    pair, other = new_names(), same_names()
    await tenant.mapping("ERP", pair.old.facts)
    await tenant.mapping("SHOP", other.old.facts)
    seen = await look({"prod": opened, "test": opened})
    assert sorted((m.tenant, m.user, m.certificate.fingerprint) for m in seen.mapped) == sorted(
        (name, user, facts.fingerprint)
        for name in ("prod", "test")
        for user, facts in (("ERP", pair.old.facts), ("SHOP", other.old.facts))
    )
    assert {m.certificate.not_after for m in seen.mapped} == {pair.old.facts.not_after, other.old.facts.not_after}
    assert seen.unreadable == ()


async def test_a_tenant_that_cannot_be_read_is_named(tenant: Stage, opened: Opened) -> None:
    """Nobody listens there: said with its sentence, and the other tenants are looked at all the same."""
    await tenant.mapping("ERP", new_names().old.facts)
    seen = await look({"gone": Opened(f"http://127.0.0.1:{free_port()}"), "prod": opened})
    assert [m.tenant for m in seen.mapped] == ["prod"]
    assert [u.what for u in seen.unreadable] == ["tenant gone"]
    assert "cannot be reached" in seen.unreadable[0].why


async def test_nonsense_is_named_too(tenant: Stage, opened: Opened) -> None:
    """Whatever the trouble is, a tenant is never left out in silence."""
    for fault in ({"garbage": True}, {"status": 403}, {"status": 429}, {"drop": True}):
        await tenant.fault("CertificateUserMappings", **fault)
        seen = await look({"prod": opened})
        assert [u.what for u in seen.unreadable] == ["tenant prod"]
        assert seen.unreadable[0].why.endswith(".")


async def test_an_odd_mapping_is_named_and_the_others_are_read(tenant: Stage, opened: Opened) -> None:
    """A certificate that nobody can parse hides no other: the mapping's id and tenant are told."""
    pair = new_names()
    pem = b"-----BEGIN CERTIFICATE-----\nMIIBAAAA\n-----END CERTIFICATE-----\n"
    odd = {
        "Id": "0" * 32,
        "User": "ODD",
        "Certificate": base64.b64encode(pem).decode(),
        "ValidUntil": "1800000000000",
    }
    good = {**odd, "Id": "1" * 32, "User": "ERP"}
    good["Certificate"] = base64.b64encode(pair.old.pem.encode()).decode()
    await tenant.fault("CertificateUserMappings", status=200, body=json.dumps({"d": {"results": [odd, good]}}))
    seen = await look({"prod": opened})
    assert [m.user for m in seen.mapped] == ["ERP"]
    assert [u.what for u in seen.unreadable] == [f"user mapping {'0' * 32} of prod"]
    assert seen.unreadable[0].why


async def test_a_tenant_without_the_set_is_named(tenant: Stage, opened: Opened) -> None:
    """A tenant that should be Neo and does not know user mappings was not looked at: the settings may be wrong."""
    await tenant.fault("CertificateUserMappings", status=404)
    (part,) = (await look({"prod": opened})).unreadable
    assert part.what == "tenant prod"


async def test_each_tenant_is_a_sign_of_life(opened: Opened) -> None:
    """Looking at many tenants takes a while."""
    attempts = Attempts()

    async def listing(_: None) -> Seen:
        return await ExpiryActivities(opened, ("a", "b")).list_mapped()

    await attempts.run(listing, None)
    assert [beat for beat in dict.fromkeys(attempts.beats) if beat] == [("a",), ("b",)]
