"""The control calls of the runtime side."""

from pathlib import Path

import pytest
from rehearsed_tenant import Tenant, TenantMaker
from sending import NOW, Stage, staged

from certificates.rehearsal import RehearsalAuthority
from tenant.simulator.traffic.gates import Gate
from tenant.simulator.traffic.trust import RootsFileUnusableError


async def test_a_sender_is_told_where_to_call_and_whom_to_trust(stage: Stage) -> None:
    """While there is a load balancer; before and after it is a 404 with the option."""
    told = (await stage.tenant.control("GET", "load-balancer")).json()
    assert told == {"url": stage.side.url, "ca": stage.side.ca, "nodes": 2}
    assert "PRIVATE" not in told["ca"]


async def test_without_a_load_balancer_the_option_is_named(tenant: Tenant) -> None:
    """404 and what to do."""
    answer = await tenant.control("GET", "load-balancer")
    assert (answer.status_code, "--load-balancer-port" in answer.text) == (404, True)


async def test_roots_are_added_listed_and_removed(tenant: Tenant) -> None:
    """Twice the same is once; one is removed by its digest, all without."""
    first, second = (RehearsalAuthority.create(name, now=NOW) for name in ("A", "B"))
    for pem in (first.root_pem, first.root_pem + second.root_pem):
        assert (await tenant.control("POST", "roots", {"pem": pem})).status_code == 201
    roots = (await tenant.control("GET", "roots")).json()["roots"]
    assert [root["subject"] for root in roots] == [
        "CN=Rehearsal Root CA, O=A, C=DE",
        "CN=Rehearsal Root CA, O=B, C=DE",
    ]
    assert (await tenant.control("DELETE", f"roots/{roots[0]['sha256']}")).status_code == 204
    assert (await tenant.control("DELETE", f"roots/{roots[0]['sha256']}")).status_code == 404
    assert (await tenant.control("GET", "roots")).json()["roots"] == roots[1:]
    assert (await tenant.control("DELETE", "roots")).status_code == 204
    assert (await tenant.control("GET", "roots")).json()["roots"] == []


async def test_only_roots_go_on_the_list(tenant: Tenant) -> None:
    """An intermediate is refused with its name, and takes the others of its file with it."""
    root = RehearsalAuthority.create(now=NOW)
    pem = root.root_pem + root.subordinate().issue("x").chain_pem
    answer = await tenant.control("POST", "roots", {"pem": pem})
    assert (answer.status_code, "Rehearsal Issuing CA" in answer.text) == (400, True)
    assert (await tenant.control("POST", "roots", {"pem": "nothing"})).status_code == 400
    assert (await tenant.control("GET", "roots")).json()["roots"] == []


async def test_a_file_of_roots_is_read_at_the_start(tenant_with: TenantMaker, tmp_path: Path) -> None:
    """What it is not, is a sentence with its path."""
    path = tmp_path / "roots.pem"
    path.write_text(RehearsalAuthority.create(now=NOW).root_pem)
    assert len((await tenant_with(roots=path).control("GET", "roots")).json()["roots"]) == 1
    path.write_text("nothing")
    with pytest.raises(RootsFileUnusableError) as caught:
        tenant_with(roots=path)
    assert str(path) in str(caught.value)
    assert "--roots" in str(caught.value)


async def test_lags_are_told_node_by_node(tenant_with: TenantMaker) -> None:
    """Spread and lag together; there are at most four nodes."""
    tenant = tenant_with(nodes="3", node_spread=4)
    assert (await tenant.control("POST", "nodes", {"node": 3, "lag": 1.5})).status_code == 204
    assert (await tenant.control("GET", "nodes")).json()["nodes"] == [
        {"node": 1, "lag": 0},
        {"node": 2, "lag": 2},
        {"node": 3, "lag": 5.5},
    ]
    for wrong in ({"node": 5, "lag": 1}, {"node": 1, "lag": -1}):
        assert (await tenant.control("POST", "nodes", wrong)).status_code == 400


async def test_traffic_is_told_by_certificate(stage: Stage) -> None:
    """Accepted, refused by gate, the last of each; from a row on; forgotten on demand without a number used twice."""
    good, unlisted = stage.issue(), stage.issue("CN=unlisted")
    await stage.flow_for(good)
    for certificate, times in ((good, 3), (unlisted, 2), (None, 1)):
        sender = stage.sender(certificate)
        for _ in range(times):
            await sender.post("/http/orders")
    await stage.sender(good).post("/http/nowhere")
    told = (await stage.tenant.control("GET", "traffic")).json()
    sums = {one["sha256"]: (one["accepted"], one["refused"]) for one in told["certificates"]}
    assert sums == {
        good.facts.fingerprint: (3, {Gate.NOT_DEPLOYED: 1}),
        unlisted.facts.fingerprint: (0, {Gate.NAMES: 2}),
        "": (0, {Gate.NO_CERTIFICATE: 1}),
    }
    assert "No flow answers under /http/nowhere" in told["certificates"][0]["last"]["words"]
    assert told["last"] == 7
    later = (await stage.tenant.client.get("/simulator/traffic", params={"since": 6})).json()
    assert [one["last"]["id"] for one in later["certificates"]] == [7]
    assert (await stage.tenant.control("DELETE", "traffic")).status_code == 204
    await stage.sender().post("/http/orders")
    assert (await stage.tenant.control("GET", "traffic")).json()["last"] == 8


async def test_what_is_due_happens_before_a_message_is_answered(tenant: Tenant, tmp_path: Path) -> None:
    """Called with the tenant's time, inside the transaction of the message."""
    async with staged(tenant, tmp_path) as stage:
        moments: list[int] = []
        stage.side.before = moments.append
        await stage.sender().post("/http/orders")
        assert moments == [tenant.clock()]
