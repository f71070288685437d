"""A landscape from a seed: the same each time, grown like a real one, quick even when it is large."""

from collections import Counter
from pathlib import Path
from time import process_time

import pytest
from cryptography import x509
from rehearsed_tenant import START, Tenant, TenantMaker

from process.names import equal
from tenant.flows import read_flow
from tenant.simulator.app import create_app
from tenant.simulator.key_records import keys
from tenant.simulator.landscape import LandscapeOrder, generate, senders
from tenant.simulator.settings import SimulatorSettings
from tenant.simulator.state import State


def made(folder: Path, profile: str = "neo", **order: int) -> State:
    """A state with a landscape."""
    folder.mkdir()
    state = State(folder / "state.sqlite")
    settings = SimulatorSettings(state=folder / "state.sqlite", password="x", profile=profile)  # type: ignore[arg-type]
    with state.transaction():
        generate(state, settings, LandscapeOrder(**order), START)
    return state


def told(state: State) -> dict[str, object]:
    """All of it but keys and certificates."""
    return {
        "flows": [tuple(row) for row in state.rows("SELECT id, package_id, name, draft, content FROM flows")],
        "running": [row["flow_id"] for row in state.rows("SELECT flow_id FROM deployments ORDER BY flow_id")],
        "locks": [row["flow_id"] for row in state.rows("SELECT flow_id FROM locks ORDER BY flow_id")],
        "mapped": [row["user"] for row in state.rows("SELECT user FROM mappings ORDER BY user")],
        "senders": [(row["name"], row["subject"], row["issuer"]) for row in senders(state)],
    }


def test_a_seed_decides_everything_but_the_keys(tmp_path: Path) -> None:
    """Two of the same seed tell the same, byte by byte; another seed tells something else."""
    first, again = made(tmp_path / "a", flows=120, seed=7), made(tmp_path / "b", flows=120, seed=7)
    assert told(first) == told(again)
    assert told(first) != told(made(tmp_path / "c", flows=120, seed=8))
    assert senders(first)[0]["certificate"] != senders(again)[0]["certificate"]


def test_it_has_what_a_grown_tenant_has(tmp_path: Path) -> None:
    """Drafts, locks, flows that do not run, configure-only packages; channels of both kinds, of many adapters, with
    one and with several rows, some of them parameters."""
    state = made(tmp_path / "a", flows=400, senders=30, seed=3)
    shown = told(state)
    flows, running = state.rows("SELECT draft, content FROM flows"), shown["running"]
    assert 0 < sum(row["draft"] for row in flows) < 60
    assert len(flows) > len(running) > 350  # type: ignore[arg-type]
    assert shown["locks"]
    assert state.rows("SELECT 1 FROM packages WHERE mode = 'READ_ONLY'")
    channels = [channel for row in flows for channel in read_flow(row["content"]).channels]
    assert len(Counter(channel.adapter for channel in channels)) >= 7
    assert len({channel.address for channel in channels}) == len(channels)
    lengths = Counter(len(channel.rows) for channel in channels)
    assert {1, 2, 3, 5} <= set(lengths)
    assert any(channel.rows and channel.rows[0].subject_from for channel in channels)


def test_every_row_names_a_sender_of_the_list(tmp_path: Path) -> None:
    """And the list has the certificate with these names, and no private key."""
    state = made(tmp_path / "a", flows=60, senders=5)
    known = senders(state)
    assert len(known) == 5
    for one in known:
        certificate = x509.load_pem_x509_certificate(one["certificate"].encode())
        assert certificate.subject.rfc4514_string().count(one["name"]) == 1
        assert "PRIVATE" not in one["certificate"]
    rows = [row for flow in state.rows("SELECT content FROM flows") for row in _rows(flow["content"])]
    assert rows
    assert all(any(equal(subject, one["subject"]) for one in known) for subject in rows)


def _rows(content: bytes) -> list[str]:
    return [row.subject for channel in read_flow(content).channels for row in channel.rows]


def test_cloud_foundry_has_service_keys_instead(tmp_path: Path) -> None:
    """Two of three senders have one; nobody has a mapping."""
    state = made(tmp_path / "a", profile="cloud-foundry", flows=10, senders=9)
    assert len(keys(state, START)) == 6
    assert told(state)["mapped"] == []


def test_two_thousand_flows_in_a_few_seconds(tmp_path: Path) -> None:
    """Made in under 20 s of work, whatever else the machine does, and opened again without reading them."""
    begin = process_time()
    state = made(tmp_path / "a", flows=2000, senders=50, seed=7)
    assert process_time() - begin < 20
    state.close()
    begin = process_time()
    State(tmp_path / "a" / "state.sqlite").close()
    assert process_time() - begin < 1


async def test_a_landscape_by_a_control_call(tenant: Tenant) -> None:
    """It answers as any tenant does; a second order of the same seed adds nothing."""
    order = {"landscape": {"flows": 30, "senders": 4, "seed": 2}}
    answer = await tenant.control("POST", "load", order)
    assert (answer.status_code, len(answer.json()["added"])) == (201, 30)
    assert len(await tenant.rows("IntegrationPackages")) == 2
    assert {row["Status"] for row in await tenant.rows("IntegrationRuntimeArtifacts")} == {"STARTED"}
    known = (await tenant.control("GET", "senders")).json()["senders"]
    assert [sorted(one) for one in known] == [["certificate", "issuer", "name", "subject"]] * 4
    again = (await tenant.control("POST", "load", order)).json()
    assert (again["added"], len(again["present"])) == ([], 30)
    assert (await tenant.control("GET", "senders")).json()["senders"] == known


@pytest.mark.parametrize("order", [{"flows": 0}, {"senders": 0}, {"seed": -1}, {"flows": 10**6}, {"size": 3}])
async def test_a_landscape_that_makes_no_sense(tenant_with: TenantMaker, order: dict[str, int]) -> None:
    """400, nothing is made."""
    tenant = tenant_with()
    assert (await tenant.control("POST", "load", {"landscape": order})).status_code == 400


def test_a_landscape_of_the_settings_is_made_once(tmp_path: Path) -> None:
    """`simulate --flows 20`: at the next start it is there as it was, with the same senders."""
    settings = SimulatorSettings(tmp_path / "tenant.db", "pw", flows=20, senders=3, seed=7)
    known = [senders(create_app(settings).state.runtime_side.state) for _ in range(2)]
    assert len(known[0]) == 3
    assert known[0] == known[1]
