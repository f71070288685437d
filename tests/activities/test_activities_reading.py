"""Reading a tenant: all that knows the certificate, and whatever could not be looked at, never left out."""

from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from activity_tools import NAME, Attempts, Opened, failed, new_spelling, run, simulated, stage_of
from house import Stage, new_names, same_names

from activities.reading import ReadingActivities
from activities.shapes import Read
from certificates.rehearsal import Issued
from process.facts import TenantFacts
from tenant.flows import ROLE_BASED
from tenant.odata import literal

READ_AT = datetime(2026, 5, 4, tzinfo=UTC)


def reading(opened: Opened) -> ReadingActivities:
    """The activities with a clock that stands."""
    return ReadingActivities(opened, lambda: READ_AT)


async def read(opened: Opened, old: Issued, new: Issued | None = None) -> TenantFacts:
    """What one attempt finds."""
    facts: TenantFacts = await run(
        reading(opened).read_tenant, Read(NAME, old.facts, new.facts if new is not None else None)
    )
    return facts


async def test_every_channel_that_lists_the_pair_is_found(tenant: Stage, opened: Opened) -> None:
    """Several channels, several flows and packages, externalised rows; another sender's flow is not among them."""
    pair, stranger = new_names(), same_names()
    await tenant.flow("Orders", pair.old.facts, "/orders", "/orders/v2")
    await tenant.flow("Invoices", pair.old.facts, "/invoices", parameterised=True)
    await tenant.flow("Other", stranger.old.facts)
    facts = await read(opened, pair.old)
    found = sorted((c.flow_id, c.channel, c.address) for c in facts.channels)
    assert found == [
        ("Invoices", "in0", "/invoices"),
        ("Orders", "in0", "/orders"),
        ("Orders", "in1", "/orders/v2"),
    ]
    assert {c.names for c in facts.channels} == {pair.old.facts.names}
    assert (facts.read_at, facts.unreadable, facts.notes) == (READ_AT, (), ())


async def test_names_are_compared_as_names(tenant: Stage, opened: Opened) -> None:
    """A row in another spelling is the same row (RFC 5280, 7.1); one whose issuer differs is not (KBA 3538749)."""
    pair = new_names()
    issuer = pair.old.facts.names.issuer
    row = {"subject": "cn=ERP,o=acme,c=de", "issuer": issuer.replace(", ", ",").upper()}
    alike = {"name": "in", "address": "/alike", "rows": [row]}
    other = {"name": "in", "address": "/other", "rows": [{**row, "issuer": pair.new.facts.names.issuer}]}
    await tenant.call("POST", "flows", {"flow": "Alike", "channels": [alike]})
    await tenant.call("POST", "flows", {"flow": "Other", "channels": [other]})
    assert (await read(opened, pair.old)).flows == ("Alike",)


async def test_a_role_based_channel_with_stale_rows_does_not_count(tenant: Stage, opened: Opened) -> None:
    """Rows that are left over from before the channel was switched to the user role authorise nobody."""
    pair = new_names()
    await tenant.flow("Orders", pair.old.facts, authorization=ROLE_BASED)
    assert (await read(opened, pair.old)).channels == ()


async def test_a_flow_that_is_not_deployed_is_noted(tmp_path: Path) -> None:
    """It accepts nobody, so it is no endpoint; but it is not passed over in silence."""
    pair = new_names()
    async with simulated(tmp_path, undeploy_time=0.0) as url:
        stage, opened = stage_of(url), Opened(url)
        await stage.flow("Orders", pair.old.facts)
        await stage.flow("Asleep", pair.old.facts)
        async with opened(NAME) as client:
            await client._session.write("DELETE", f"IntegrationRuntimeArtifacts({literal('Asleep')})")
        facts = await read(opened, pair.old)
    assert facts.flows == ("Orders",)
    assert [note for note in facts.notes if "Asleep" in note and "not deployed" in note]


async def test_what_cannot_be_looked_at_is_named(tenant: Stage, opened: Opened) -> None:
    """Configure-only packages and zips that cannot be read are not "looked and fine"; the rest is read."""
    pair = new_names()
    await tenant.flow("Orders", pair.old.facts)
    await tenant.call("POST", "flows", {"flow": "Standard", "package": "Sealed"})
    await tenant.call("POST", "configure-only", {"package": "Sealed"})
    await tenant.flow("Broken", pair.old.facts)
    await tenant.fault(r"Broken.*/\$value", status=200, body="PK but no zip")
    facts = await read(opened, pair.old)
    assert facts.flows == ("Orders",)
    assert sorted(u.what for u in facts.unreadable) == ["flow Broken", "flow Standard"]
    assert all(u.why for u in facts.unreadable)
    assert "configure-only" in next(u.why for u in facts.unreadable if u.what == "flow Standard")


async def test_a_no_for_one_flow_is_reported(tenant: Stage, opened: Opened) -> None:
    """What will not change by trying again is told with the tenant's reason; the other flows are read."""
    pair = new_names()
    await tenant.flow("Orders", pair.old.facts)
    await tenant.flow("Secret", pair.old.facts, "/secret")
    await tenant.fault(r"Secret.*/\$value", status=403)
    facts = await read(opened, pair.old)
    assert facts.flows == ("Orders",)
    assert [u.what for u in facts.unreadable] == ["flow Secret"]
    assert "tenant administrator" in facts.unreadable[0].why


async def test_a_no_for_what_runs_fails_the_reading(tenant: Stage, opened: Opened) -> None:
    """Without knowing what is deployed nothing can be said of any flow: the missing role is named."""
    pair = new_names()
    await tenant.flow("Orders", pair.old.facts)
    await tenant.fault("RuntimeArtifacts$", status=403)
    error = await failed(reading(opened).read_tenant, Read(NAME, pair.old.facts))
    assert (error.type, error.non_retryable) == ("NotAllowed", True)


@pytest.mark.parametrize(
    "path",
    [
        "CertificateUserMappings",
        "IntegrationPackages$",
        "IntegrationPackages.*/",
        r"F7.*/\$value",
        "RuntimeArtifacts$",
    ],
)
async def test_half_a_reading_is_none(tenant: Stage, opened: Opened, path: str) -> None:
    """What may succeed later fails the whole reading, wherever it strikes, and is worth trying again."""
    pair = new_names()
    for number in range(9):
        await tenant.flow(f"F{number}", pair.old.facts, f"/f{number}")
    await tenant.fault(path, status=503, times=2)
    error = await failed(reading(opened).read_tenant, Read(NAME, pair.old.facts))
    assert (error.type, error.non_retryable) == ("TenantUnreachable", False)
    await tenant.mend()
    assert len((await read(opened, pair.old)).channels) == 9


async def test_what_fails_for_all_fails_the_reading(tenant: Stage, opened: Opened) -> None:
    """Without the role to list packages nothing was looked at: no retry helps, and a person is named."""
    await tenant.fault("IntegrationPackages", status=403)
    error = await failed(reading(opened).read_tenant, Read(NAME, new_names().old.facts))
    assert (error.type, error.non_retryable) == ("NotAllowed", True)
    assert "tenant administrator" in error.message


async def test_mappings_of_old_and_new(tenant: Stage, opened: Opened) -> None:
    """A mapping is known by the whole certificate: equal names do not count, other people's do not either."""
    pair, stranger = same_names(), new_names()
    await tenant.mapping("ERP", pair.old.facts)
    await tenant.mapping("SHOP", stranger.old.facts)
    facts = await read(opened, pair.old, pair.new)
    assert [(m.user, m.fingerprint) for m in facts.mappings] == [("ERP", pair.old.facts.fingerprint)]
    assert facts.mappings[0].not_after == pair.old.facts.not_after
    assert facts.new_mapped_to == ()
    await tenant.mapping("ERP", pair.new.facts)
    facts = await read(opened, pair.old, pair.new)
    assert (len(facts.mappings), facts.new_mapped_to) == (1, ("ERP",))


async def test_a_tenant_without_the_set_of_mappings_was_not_read(tenant: Stage, opened: Opened) -> None:
    """Neo by its settings, and without user mappings: that is no answer "there are none", and a person is named."""
    pair = new_names()
    await tenant.flow("Orders", pair.old.facts)
    await tenant.fault("CertificateUserMappings", status=404)
    error = await failed(reading(opened).read_tenant, Read(NAME, pair.old.facts))
    assert (error.type, error.non_retryable) == ("NotFound", True)


async def test_where_the_new_names_are_already(tenant: Stage, opened: Opened) -> None:
    """What was there before us is told, so that nobody takes it back as ours."""
    pair = new_names()
    rows = [vars(pair.old.facts.names), vars(pair.new.facts.names)]
    both = {"name": "in", "address": "/both", "rows": rows}
    await tenant.call("POST", "flows", {"flow": "Both", "channels": [both]})
    await tenant.flow("Old", pair.old.facts)
    assert (await read(opened, pair.old, pair.new)).new_names_in == ("Both",)
    assert (await read(opened, pair.old)).new_names_in == ()


async def test_an_old_spelling_is_not_the_new_one(tenant: Stage, opened: Opened) -> None:
    """Names that differ in spelling alone are equal by RFC 5280; the old row is all the same not the new one."""
    pair = new_spelling()
    await tenant.flow("Orders", pair.old.facts)
    facts = await read(opened, pair.old, pair.new)
    assert (facts.flows, facts.new_names_in) == (("Orders",), ())


async def test_progress_is_told(tenant: Stage, opened: Opened) -> None:
    """Each flow that was read is a heartbeat, so that a slow reading is not taken for a dead one."""
    pair = new_names()
    for number in range(3):
        await tenant.flow(f"F{number}", pair.old.facts, f"/f{number}")
    attempts = Attempts()
    await attempts.run(reading(opened).read_tenant, Read(NAME, pair.old.facts))
    said = [beat[0] for beat in attempts.beats if beat]
    assert said == [f"{done} of 3 flows read" for done in (1, 2, 3)]


async def test_flows_are_read_side_by_side_within_bounds(tenant: Stage) -> None:
    """Reading is not one flow after the other, and never more at once than the tenant is to bear."""
    pair = new_names()
    for number in range(8):
        await tenant.flow(f"F{number}", pair.old.facts, f"/f{number}")
    counting = _Counting()
    opened = Opened(tenant.url, counting)
    assert len((await read(opened, pair.old)).channels) == 8
    assert 1 < counting.most <= 4


class _Counting(httpx.AsyncHTTPTransport):
    """Real HTTP that counts the requests on their way."""

    now = most = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            return await super().handle_async_request(request)
        finally:
            self.now -= 1


async def test_an_empty_tenant_is_read_too(tenant: Stage, opened: Opened) -> None:
    """Nothing found is a reading as well, and says so by being empty."""
    facts = await read(opened, new_names().old)
    assert facts == TenantFacts(READ_AT)
