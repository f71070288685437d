"""What the demonstration puts on the simulated tenant and sees there, in both profiles."""

from pathlib import Path

import httpx
import pytest
from demo_simulator import authority, simulator
from house import PASSWORD

from desk.demo.sender.outcomes import Outcome
from desk.demo.sending_system import NEW, sending
from desk.demo.stage import LoadBalancer, found
from desk.demo.tell import NotAsToldError
from desk.up.options import Profile


@pytest.mark.parametrize("profile", Profile)
async def test_a_certificate_is_known_until_it_is_forgotten(tmp_path: Path, profile: Profile) -> None:
    """A user mapping or a service key: the sender is accepted while it is there; the tenant counts what it says."""
    root = authority()
    old, new = root.issue("CN=erp, O=Acme, C=DE"), root.issue("CN=erp, O=Acme, C=DE")
    with simulator(tmp_path, profile) as tenant:
        async with found(tenant.url, PASSWORD) as stage:
            assert stage.profile is profile
            await stage.flow_by_role("Returns")
            await stage.known_as("ERP", old.facts)
            await stage.trust(root.root_pem)
            (id,) = await stage.known("ERP")
            balancer = await stage.load_balancer()
            assert balancer is not None
            async with sending(tmp_path, "erp", old, balancer, ("Returns",), every=0.02) as system:
                await system.some(old)
                await stage.forget(id)
                refused = await system.some(old, Outcome.REFUSED)
                system.put(NEW, new)
                system.switch(NEW)
                await system.some(new, Outcome.REFUSED)
                counts = (await system.stop()).of
            assert refused.status == 401
            assert await stage.known("ERP") == ()
            passed = await stage.passed()
    told = {certificate: (count.accepted, count.refused) for certificate, count in counts.items()}
    assert {certificate: (seen.accepted, seen.refused) for certificate, seen in passed.items()} == told
    assert passed[new.facts.fingerprint].accepted == 0


async def test_a_message_that_does_not_come_is_no_endless_wait(tmp_path: Path) -> None:
    """A sender that is not accepted ends the story in words."""
    root = authority()
    balancer, lost = LoadBalancer("https://127.0.0.1:1", root.root_pem), root.issue("lost")
    async with sending(tmp_path, "lost", lost, balancer, ("Returns",), every=0.02) as system:
        assert (await system.some(lost, Outcome.FAILED)).status == 0
        with pytest.raises(NotAsToldError, match="lost are accepted"):
            await system.some(lost, patience=0.2)


async def test_a_wrong_password_is_no_profile(tmp_path: Path) -> None:
    """Whoever is not let in learns nothing about the tenant."""
    with simulator(tmp_path) as tenant, pytest.raises(httpx.HTTPStatusError):
        async with found(tenant.url, "wrong"):
            pass
