"""The whole client against the simulated tenant, which was written apart from it: one misreading cannot hide."""

import io
import zipfile
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from tenant.client import TenantClient
from tenant.errors import (
    DeployFailed,
    NonsenseAnswer,
    NotAllowed,
    NotFound,
    TenantBusy,
    TenantLocked,
    TenantRefused,
    TenantUnreachable,
)
from tenant.model import RuntimeStatus
from tenant.rates import Limiter, rates_of
from tenant.runtime import DeployOrder, Watch, prove_deployed
from tenant.settings import BasicLogin, SecretSource, TenantSettings
from tenant.simulator.app import create_app
from tenant.simulator.settings import SimulatorSettings

PASSWORD = "rehearse-this"
ROOT = "http://127.0.0.1:8080"
MODEL = (
    '<b:definitions xmlns:b="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:ifl="http:///com.sap.ifl.model/Ifl.xsd"><b:collaboration>'
    '<b:participant id="s" ifl:type="EndpointSender"/><b:messageFlow id="m" sourceRef="s"><b:extensionElements>'
    "<ifl:property><key>ComponentType</key><value>HTTPS</value></ifl:property>"
    "<ifl:property><key>urlPath</key><value>/{address}</value></ifl:property>"
    "</b:extensionElements></b:messageFlow></b:collaboration></b:definitions>"
)


def flow_zip(flow_id: str, version: str = "1.0.0", address: str = "in") -> bytes:
    """A flow project with one HTTPS sender channel."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        manifest = f"Bundle-SymbolicName: {flow_id}\nBundle-Name: {flow_id}\nBundle-Version: {version}\n"
        archive.writestr("META-INF/MANIFEST.MF", manifest + "SAP-BundleType: IntegrationFlow\n")
        model = MODEL.replace("{address}", address)
        archive.writestr(f"src/main/resources/scenarioflows/integrationflow/{flow_id}.iflw", model)
    return content.getvalue()


def certificate(name: str) -> str:
    """A certificate made for the test; its key is thrown away."""
    key = ec.generate_private_key(ec.SECP256R1())
    dn = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    built = x509.CertificateBuilder().subject_name(dn).issuer_name(dn).public_key(key.public_key())
    built = built.serial_number(1).not_valid_before(datetime(2026, 1, 1, tzinfo=UTC))
    built = built.not_valid_after(datetime(2027, 1, 1, tzinfo=UTC))
    return built.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


class Rehearsal:
    """A simulated tenant with its own clock, a client of it, and a hand on its controls."""

    def __init__(self, settings: SimulatorSettings) -> None:
        self.now = datetime(2026, 11, 24, 12, 0, tzinfo=UTC).timestamp()
        self.transport = httpx.ASGITransport(create_app(settings, lambda: round(self.now * 1000), self.sleep))
        self.client = self.signed_in(PASSWORD)

    async def sleep(self, seconds: float) -> None:
        """Time passes at once."""
        self.now += seconds

    def signed_in(self, password: str) -> TenantClient:
        """A client with this password."""
        login = BasicLogin("rehearsal", SecretSource("x", env="X"))
        pace = Limiter(rates_of(settings := TenantSettings("dev", f"{ROOT}/api/v1", login)), self.clock, self.sleep)
        return TenantClient(settings, lambda: password, self.transport, limiter=pace)

    def clock(self) -> float:
        """The tenant's own time."""
        return self.now

    async def order(self, method: str, path: str, body: object = None) -> None:
        """Tell the simulated tenant to behave in a certain way."""
        async with httpx.AsyncClient(transport=self.transport, auth=("rehearsal", PASSWORD)) as http:
            (await http.request(method, f"{ROOT}/simulator/{path}", json=body)).raise_for_status()

    @property
    def watch(self) -> Watch:
        """Waits in the tenant's own time."""
        return Watch(0.25, 60.0, lambda: self.now, self.sleep)


@pytest.fixture
def rehearse(tmp_path):
    """Makes rehearsals with settings of their own: two flows in one package, one in a configure-only one."""
    for package, flow_id in (("Orders", "OrderIn"), ("Orders", "OrderOut"), ("Standard", "Fixed")):
        (tmp_path / "load" / package).mkdir(parents=True, exist_ok=True)
        path = tmp_path / "load" / package / f"{flow_id}.zip"
        path.write_bytes(flow_zip(flow_id, address=flow_id.lower()))

    @asynccontextmanager
    async def make(**changes):
        settings = SimulatorSettings(
            state=tmp_path / "state.sqlite",
            password=PASSWORD,
            load=tmp_path / "load",
            configure_only=("Standard",),
            **changes,
        )
        rehearsal = Rehearsal(settings)
        async with rehearsal.client:
            yield rehearsal

    return make


@pytest.mark.parametrize("page_size", [1, 1000])
async def test_content_is_listed_however_it_is_paged(rehearse, page_size):
    """Packages and flows arrive complete, whatever the tenant puts on one page."""
    async with rehearse(page_size=page_size) as rehearsal:
        await rehearsal.client.ping()
        packages = {package.id: package.is_configure_only for package in await rehearsal.client.packages()}
        flows = await rehearsal.client.flows("Orders")
    assert packages == {"Orders": False, "Standard": True}
    assert [(flow.id, flow.version, flow.is_draft) for flow in flows] == [
        ("OrderIn", "1.0.0", False),
        ("OrderOut", "1.0.0", False),
    ]


async def test_a_flow_is_changed_and_its_deploy_is_proved(rehearse):
    """Download, upload, save, deploy: done only when the runtime shows the new version, started, later."""
    async with rehearse() as rehearsal:
        client = rehearsal.client
        assert await client.download_flow("OrderIn") == flow_zip("OrderIn", address="orderin")
        before = await client.runtime_artifact("OrderIn")
        changed = flow_zip("OrderIn", "1.0.1", address="orderin2")
        await client.upload_flow("OrderIn", "OrderIn", changed)
        assert [flow.is_draft for flow in await client.flows("Orders")] == [True, False]
        await client.save_version("OrderIn", "1.0.1")
        assert (await client.flow("OrderIn")).version == "1.0.1"
        await rehearsal.sleep(1)
        task = await client.deploy("OrderIn")
        assert await client.runtime_artifact("OrderIn") == before
        order = DeployOrder("OrderIn", "1.0.1", before.deployed_on, task)
        seen = await prove_deployed(client, order, rehearsal.watch)
        assert await client.download_flow("OrderIn") == changed
    assert (seen.status, seen.version) == (RuntimeStatus.STARTED, "1.0.1")
    assert seen.deployed_on > before.deployed_on


async def test_a_redeploy_of_the_same_version_waits_for_the_new_deployment(rehearse):
    """The old STARTED of the same version is shown for a while and proves nothing."""
    async with rehearse() as rehearsal:
        before = await rehearsal.client.runtime_artifact("OrderIn")
        task = await rehearsal.client.deploy("OrderIn")
        order = DeployOrder("OrderIn", "1.0.0", before.deployed_on, task)
        seen = await prove_deployed(rehearsal.client, order, rehearsal.watch)
    assert seen.deployed_on > before.deployed_on


@pytest.mark.parametrize("json_status", ["406", "200"])
async def test_a_start_that_fails_is_told_in_the_tenants_words(rehearse, json_status):
    """The reason comes from ErrorInformation, whichever notation the tenant wants."""
    async with rehearse(error_information_json=json_status) as rehearsal:
        before = await rehearsal.client.runtime_artifact("OrderIn")
        content = flow_zip("OrderIn", address="orderout")
        await rehearsal.client.upload_flow("OrderIn", "OrderIn", content)
        await rehearsal.client.save_version("OrderIn", "1.0.1")
        await rehearsal.sleep(1)
        task = await rehearsal.client.deploy("OrderIn")
        order = DeployOrder("OrderIn", "1.0.1", before.deployed_on, task)
        with pytest.raises(DeployFailed) as caught:
            await prove_deployed(rehearsal.client, order, rehearsal.watch)
    assert "orderout" in caught.value.text.lower()


async def test_a_build_that_fails_ends_the_wait(rehearse):
    """FAIL of the task is enough."""
    async with rehearse() as rehearsal:
        await rehearsal.order("POST", "fail-next-deploy", {"flow": "OrderIn"})
        before = await rehearsal.client.runtime_artifact("OrderIn")
        task = await rehearsal.client.deploy("OrderIn")
        order = DeployOrder("OrderIn", "1.0.0", before.deployed_on, task)
        with pytest.raises(DeployFailed):
            await prove_deployed(rehearsal.client, order, rehearsal.watch)


@pytest.mark.parametrize("status", ["400", "500"])
async def test_a_lock_is_seen_with_its_holder(rehearse, status):
    """Whatever the status, both writes tell who edits the flow."""
    async with rehearse(put_locked_status=status) as rehearsal:
        await rehearsal.order("POST", "locks", {"flow": "OrderIn", "by": "anna@acme.example"})
        with pytest.raises(TenantLocked) as put:
            await rehearsal.client.upload_flow("OrderIn", "OrderIn", flow_zip("OrderIn"))
        with pytest.raises(TenantLocked) as saved:
            await rehearsal.client.save_version("OrderIn", "1.0.1")
        locks = await rehearsal.client.locks()
    assert (put.value.holder, saved.value.holder) == ("anna@acme.example", "anna@acme.example")
    assert [(lock.artifact_id, lock.package_id) for lock in locks] == [("OrderIn", "Orders")]
    assert locks[0].created_at == datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


async def test_what_is_absent_or_forbidden_has_its_class(rehearse):
    """Unknown flow, configure-only package, wrong password, a zip of another flow."""
    async with rehearse() as rehearsal:
        client = rehearsal.client
        assert await client.runtime_artifact("Nowhere") is None
        assert await client.error_information("Nowhere") is None
        assert await client.error_information("OrderIn") is None
        with pytest.raises(NotFound):
            await client.flow("Nowhere")
        with pytest.raises(NotFound):
            await client.flows("O'Neil")
        with pytest.raises(TenantRefused, match="configure only"):
            await client.download_flow("Fixed")
        with pytest.raises(TenantRefused, match="symbolic"):
            await client.upload_flow("OrderIn", "OrderIn", flow_zip("Another"))
        async with rehearsal.signed_in("wrong") as stranger:
            with pytest.raises(NotAllowed):
                await stranger.packages()


async def test_a_session_that_ended_is_renewed_under_a_write(rehearse):
    """The tenant restarts between two writes: the second one succeeds all the same."""
    async with rehearse() as rehearsal:
        await rehearsal.client.save_version("OrderIn", "1.0.1")
        await rehearsal.order("DELETE", "sessions")
        await rehearsal.client.save_version("OrderIn", "1.0.2")
        assert (await rehearsal.client.flow("OrderIn")).version == "1.0.2"


@pytest.mark.parametrize("unknown", ["404", "204", "500"])
async def test_mappings_are_added_and_removed_and_both_may_be_repeated(rehearse, unknown):
    """Whatever the tenant answers for an unknown id, the second removal says "gone already"."""
    old, new = certificate("old"), certificate("new")
    async with rehearse(unknown_mapping_status=unknown) as rehearsal:
        client = rehearsal.client
        first = await client.add_user_mapping("sender", old)
        added = await client.add_user_mapping("sender", new)
        assert await client.add_user_mapping("sender", new) == added
        assert {mapping.id for mapping in await client.user_mappings()} == {first.id, added.id}
        assert added.valid_until == added.not_after == datetime(2027, 1, 1, tzinfo=UTC)
        assert added.pem == new
        with pytest.raises(TenantRefused, match="sender"):
            await client.add_user_mapping("other", new)
        assert await client.remove_user_mapping(first.id) is True
        assert await client.remove_user_mapping(first.id) is False
        assert [mapping.id for mapping in await client.user_mappings()] == [added.id]


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ({"status": 429, "retry_after": 300}, TenantBusy),
        ({"status": 503}, TenantUnreachable),
        ({"status": 500}, TenantUnreachable),
        ({"garbage": True}, NonsenseAnswer),
    ],
)
async def test_a_fault_is_one_error_and_nothing_is_repeated(rehearse, fault, kind):
    """Two faults are two errors, of a read and of a write; afterwards the tenant is as it was."""
    async with rehearse() as rehearsal:
        await rehearsal.client.save_version("OrderIn", "1.0.1")
        await rehearsal.order("POST", "faults", {"path": "/api/v1/Integration", "times": 2, **fault})
        with pytest.raises(kind) as reading:
            await rehearsal.client.packages()
        with pytest.raises(kind) as writing:
            await rehearsal.client.save_version("OrderIn", "1.0.2")
        assert reading.value.retryable
        assert writing.value.retryable
        assert (await rehearsal.client.flow("OrderIn")).version == "1.0.1"
