"""Adding and removing names in a flow: what is changed, what is proved, what is refused and in which words."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from activity_tools import (
    NAME,
    Attempts,
    Opened,
    change,
    failed,
    listed,
    members,
    new_spelling,
    plain_http,
    run,
    running,
    simulated,
    stage_of,
)
from house import Pair, Stage, new_names, same_names
from hypothesis import given
from hypothesis import strategies as st

from activities.flows import FlowActivities, next_version
from tenant.client import TenantClient
from tenant.flows import add_names as with_both
from tenant.flows import read_flow
from tenant.settings import BasicLogin, SecretSource


async def designed(opened: Opened, flow: str) -> bytes:
    """The zip of the design time."""
    async with opened(NAME) as client:
        return await client.download_flow(flow)


async def by_hand(client: TenantClient, flow: str, content: bytes, version: str = "") -> None:
    """What a developer does in the editor: save, and with a version also deploy."""
    await client.upload_flow(flow, flow, content)
    if version:
        await client.save_version(flow, version)
        await client.deploy(flow)


async def started(client: TenantClient, flow: str, version: str) -> None:
    """Return when the runtime shows it; each look is a request."""
    async with asyncio.timeout(5):
        while True:
            seen = await client.runtime_artifact(flow)
            if seen and (seen.version, seen.status.value) == (version, "STARTED"):
                return


async def test_adding_lists_both_and_removing_leaves_the_new(tenant: Stage, opened: Opened) -> None:
    """Each changes every channel of the flow, once, in one new version, which is what then answers messages."""
    pair, flows = new_names(), FlowActivities(opened)
    await tenant.flow("Orders", pair.old.facts, "/orders", "/orders/v2")
    added = await run(flows.add_names, change(pair, "Orders"))
    assert "version 1.0.1" in added.text
    assert added.changed
    content = await running(tenant, "Orders")
    assert (listed(content, pair.old.facts.names), listed(content, pair.new.facts.names)) == (2, 2)
    removed = await run(flows.remove_names, change(pair, "Orders"))
    assert "version 1.0.2" in removed.text
    content = await running(tenant, "Orders")
    assert (listed(content, pair.old.facts.names), listed(content, pair.new.facts.names)) == (0, 2)
    assert await tenant.writes("Orders") == 2


@pytest.mark.parametrize("parameterised", [False, True])
async def test_nothing_else_of_the_flow_changes(tenant: Stage, opened: Opened, parameterised: bool) -> None:
    """Adding touches the bytes of the table alone; taking the added row back gives the original bytes."""
    pair, flows = new_names(), FlowActivities(opened)
    await tenant.flow("Orders", pair.old.facts, parameterised=parameterised)
    before = members(await designed(opened, "Orders"))
    await run(flows.add_names, change(pair, "Orders"))
    between = members(await designed(opened, "Orders"))
    assert [name for name in before if between[name] != before[name]] == [n for n in before if n.endswith(".iflw")]
    await run(flows.remove_names, change(Pair(pair.new, pair.old), "Orders"))
    assert members(await designed(opened, "Orders")) == before


async def test_repeating_changes_nothing(tenant: Stage, opened: Opened) -> None:
    """What is there, saved and started since, is neither uploaded nor deployed again."""
    pair, flows = new_names(), FlowActivities(opened)
    await tenant.flow("Orders", pair.old.facts)
    for activity in (flows.add_names, flows.remove_names):
        await run(activity, change(pair, "Orders"))
        again = await run(activity, change(pair, "Orders"))
        assert not again.changed
        assert "is started" in again.text
    assert (await tenant.writes("Orders"), await tenant.writes("Deploy", "POST")) == (2, 2)


async def test_a_new_spelling_gets_a_row_of_its_own(tenant: Stage, opened: Opened) -> None:
    """Equal by RFC 5280 is not equal to every tenant: the new spelling comes beside, and the old one goes."""
    pair, flows = new_spelling(), FlowActivities(opened)
    await tenant.flow("Orders", pair.old.facts)
    await run(flows.add_names, change(pair, "Orders"))
    old, new = pair.old.facts.names, pair.new.facts.names
    assert _subjects(await running(tenant, "Orders")) == [old.subject, new.subject]
    await run(flows.remove_names, change(pair, "Orders"))
    assert _subjects(await running(tenant, "Orders")) == [new.subject]


def _subjects(content: bytes) -> list[str]:
    return [row.subject for channel in read_flow(content).channels for row in channel.rows]


async def test_nothing_is_removed_where_the_new_names_are_missing(tenant: Stage, opened: Opened) -> None:
    """The sender would be locked out: refused for good, and the flow is as it was."""
    pair = new_names()
    await tenant.flow("Orders", pair.old.facts)
    error = await failed(FlowActivities(opened).remove_names, change(pair, "Orders"))
    assert error.non_retryable
    assert "integration developer" in error.message
    assert listed(await running(tenant, "Orders"), pair.old.facts.names) == 1
    assert await tenant.writes("Orders") == 0


def known_as(user: str, client: TenantClient) -> TenantClient:
    """The client as if it worked as this user: what the tenant says of ours is then somebody else's."""
    client.settings = replace(client.settings, login=BasicLogin(user, SecretSource("p", env="UNUSED")))
    return client


async def test_a_strangers_draft_is_refused_and_untouched(tenant: Stage, opened: Opened) -> None:
    """Unsaved work of a developer would be published by our deploy: he must save or discard it first."""
    pair, other = new_names(), same_names()
    await tenant.flow("Orders", pair.old.facts)
    draft = with_both(await designed(opened, "Orders"), pair.old.facts.names, other.new.facts.names).zip_bytes
    async with opened(NAME) as client:
        await by_hand(client, "Orders", draft)
    flows = FlowActivities(lambda name: known_as("another", opened(name)))
    error = await failed(flows.add_names, change(pair, "Orders"))
    assert (error.type, error.non_retryable) == ("FlowIsDraft", True)
    assert "that were not saved as a version by certrelay at" in error.message
    assert "integration developer" in error.message
    assert await designed(opened, "Orders") == draft
    assert (await tenant.writes("Orders"), await tenant.writes("Deploy", "POST")) == (1, 0)


async def test_our_own_draft_is_gone_on_with(tenant: Stage, opened: Opened) -> None:
    """An attempt that died between upload and save left it: taking back, or ordering again, goes on from there."""
    pair, other = new_names(), same_names()
    await tenant.flow("Orders", pair.old.facts)
    draft = with_both(await designed(opened, "Orders"), pair.old.facts.names, other.new.facts.names).zip_bytes
    async with opened(NAME) as client:
        await by_hand(client, "Orders", draft)
    evidence = await run(FlowActivities(opened).add_names, change(pair, "Orders"))
    assert "is deployed and started" in evidence.text


@pytest.mark.parametrize("status", ["400", "500"])
async def test_a_locked_flow_names_its_holder(tmp_path: Path, status: str) -> None:
    """It is worth trying again, and the sentence says whom to ask; freed, the same work succeeds."""
    pair = new_names()
    async with simulated(tmp_path, put_locked_status=status) as url:
        stage, flows = stage_of(url), FlowActivities(Opened(url))
        await stage.flow("Orders", pair.old.facts)
        await stage.call("POST", "locks", {"flow": "Orders", "by": "anna@acme.example"})
        error = await failed(flows.add_names, change(pair, "Orders"))
        assert (error.type, error.non_retryable) == ("TenantLocked", False)
        assert "anna@acme.example" in error.message
        await stage.call("DELETE", "locks?flow=Orders")
        assert (await run(flows.add_names, change(pair, "Orders"))).changed


async def test_a_lock_between_upload_and_save_loses_nothing(tenant: Stage, opened: Opened) -> None:
    """Our own upload is taken up as the draft it is: saved and deployed, not uploaded twice and not refused."""
    pair, flows, attempts = new_names(), FlowActivities(opened), Attempts()
    await tenant.flow("Orders", pair.old.facts)
    await tenant.fault("SaveAsVersion", status=500, body='{"error":{"message":{"value":"... as it is locked."}}}')
    with pytest.raises(Exception, match="locked"):
        await attempts.run(flows.add_names, change(pair, "Orders"))
    await attempts.run(flows.add_names, change(pair, "Orders"))
    assert listed(await running(tenant, "Orders"), pair.new.facts.names) == 1
    assert await tenant.writes("Orders") == 1


async def test_a_deploy_that_fails_is_told_in_the_tenants_words(tmp_path: Path) -> None:
    """No retry helps; the developer reads what the tenant said, which it says some time after the failure."""
    pair = new_names()
    async with simulated(tmp_path, error_information_time=0.04) as url:
        stage = stage_of(url)
        await stage.flow("Orders", pair.old.facts)
        order = {"flow": "Orders", "text": "Script is not compilable: line 7"}
        await stage.call("POST", "fail-next-deploy", order)
        error = await failed(FlowActivities(Opened(url)).add_names, change(pair, "Orders"))
    assert (error.type, error.non_retryable) == ("DeployFailed", True)
    assert "Script is not compilable: line 7" in error.message
    assert "integration developer" in error.message


async def test_a_deploy_that_never_shows_is_not_done(tmp_path: Path) -> None:
    """The old STARTED stays on show and proves nothing; it may still come, so it is looked at again."""
    pair = new_names()
    async with simulated(tmp_path, old_started_time=30.0) as url:
        stage = stage_of(url)
        opened = Opened(url, more={"deploy_timeout_seconds": 0.1})
        await stage.flow("Orders", pair.old.facts)
        error = await failed(FlowActivities(opened).add_names, change(pair, "Orders"))
        assert (error.type, error.non_retryable) == ("DeployUnfinished", False)
        assert "1.0.0" in error.message
        assert listed(await running(stage, "Orders"), pair.new.facts.names) == 0


async def test_the_wait_for_a_deploy_is_told(tmp_path: Path) -> None:
    """Each look at the runtime is a heartbeat that says what it shows, beside the order that must survive."""
    pair, attempts = new_names(), Attempts()
    async with simulated(tmp_path, old_started_time=0.1) as url:
        stage = stage_of(url)
        await stage.flow("Orders", pair.old.facts)
        await attempts.run(FlowActivities(Opened(url)).add_names, change(pair, "Orders"))
    shown = [beat for beat in attempts.beats if len(beat) == 2]
    assert {beat[1] for beat in shown} >= {"the runtime shows 1.0.0 STARTED", "the runtime shows 1.0.1 STARTING"}
    assert {json.loads(beat[0])["order"]["version"] for beat in shown} == {"1.0.1"}


@pytest.mark.parametrize("put_version", ["unchanged", "manifest"])
async def test_the_same_version_is_no_proof(tmp_path: Path, put_version: str) -> None:
    """Uploaded, in the version that runs already, and never deployed: that is seen, and deployed."""
    pair = new_names()
    async with simulated(tmp_path, put_version=put_version) as url:
        stage, opened = stage_of(url), Opened(url)
        await stage.flow("Orders", pair.old.facts)
        cut = Attempts()
        await stage.fault("SaveAsVersion", status=503, times=1)
        with pytest.raises(Exception, match="cannot be reached"):
            await cut.run(FlowActivities(opened).add_names, change(pair, "Orders"))
        # Ordered anew: nothing is remembered of the first order.
        await run(FlowActivities(opened).add_names, change(pair, "Orders"))
        assert listed(await running(stage, "Orders"), pair.new.facts.names) == 1
        assert await stage.writes("Orders") == 1


class Timeless(httpx.AsyncBaseTransport):
    """A tenant that tells nobody in a known notation when a flow was modified: SAP documents none."""

    def __init__(self, told: object) -> None:
        self._inner, self._told = plain_http(), told

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer with that time."""
        response = await self._inner.handle_async_request(request)
        if not request.url.path.endswith("active')"):
            return response
        await response.aread()
        if not response.content:
            return response
        entity = json.loads(response.content)["d"]
        return httpx.Response(200, json={"d": {**entity, "ModifiedAt": self._told}})

    async def aclose(self) -> None:
        """Close the real one."""
        await self._inner.aclose()


@pytest.mark.parametrize("told", [None, "yesterday", 5.5, ""])
async def test_where_times_tell_nothing_a_deploy_is_due(tenant: Stage, told: object) -> None:
    """Without the tenant's word on when a flow was modified, only a deploy of our own proves what runs."""
    pair = new_names()
    await tenant.flow("Orders", pair.old.facts)
    for _ in range(2):
        flows = FlowActivities(Opened(tenant.url, Timeless(told)))
        assert (await run(flows.add_names, change(pair, "Orders"))).changed
    assert (await tenant.writes("Orders"), await tenant.writes("Deploy", "POST")) == (1, 2)


async def test_a_flow_whose_package_does_not_list_it_is_left_alone(tenant: Stage, opened: Opened) -> None:
    """Only that list shows drafts: not seen is not "no draft"."""
    pair = new_names()
    await tenant.flow("Orders", pair.old.facts)
    await tenant.fault("IntegrationPackages.*/", status=200, body='{"d":{"results":[]}}')
    error = await failed(FlowActivities(opened).add_names, change(pair, "Orders"))
    assert (error.type, error.non_retryable) == ("NotReached", True)
    assert await tenant.writes("Orders") == 0


async def test_a_start_under_way_is_waited_for(tmp_path: Path) -> None:
    """Somebody, or an attempt that died, has ordered it already: no second deploy, and not done too early."""
    pair, attempts = new_names(), Attempts()
    async with simulated(tmp_path, deploy_time=0.4) as url:
        stage, opened = stage_of(url), Opened(url)
        await stage.flow("Orders", pair.old.facts)
        async with opened(NAME) as client:
            await by_hand(client, "Orders", await _both(opened, pair), "1.0.1")
            seen = None
            while seen is None or seen.version != "1.0.1":
                seen = await client.runtime_artifact("Orders")
            assert seen.status.value == "STARTING"
        evidence = await attempts.run(FlowActivities(opened).add_names, change(pair, "Orders"))
        assert "1.0.1 is deployed and started" in evidence.text
        assert await stage.writes("Deploy", "POST") == 1


@pytest.mark.parametrize("kind", ["add", "remove"])
async def test_by_hand_is_looked_at_and_nothing_is_changed(tenant: Stage, opened: Opened, kind: str) -> None:
    """Until design time and runtime both show it, the answer is a no that says what is missing."""
    pair, flows = new_names(), FlowActivities(opened)
    await tenant.flow("Orders", pair.old.facts, "/orders", "/orders/v2")
    if kind == "remove":
        await run(flows.add_names, change(pair, "Orders"))
    activity = flows.add_names if kind == "add" else flows.remove_names
    writes = await tenant.writes("Orders")
    error = await failed(activity, change(pair, "Orders", check_only=True))
    assert (error.type, error.non_retryable) == ("NotReached", True)
    assert "in0, in1" in error.message
    assert "integration developer" in error.message
    assert await tenant.writes("Orders") == writes
    await run(activity, change(pair, "Orders"))
    evidence = await run(activity, change(pair, "Orders", check_only=True))
    assert "checked: version 1.0." in evidence.text
    assert not evidence.changed


async def test_by_hand_in_one_channel_of_two_is_not_enough(tenant: Stage, opened: Opened) -> None:
    """Every channel that lists the old names must list the new ones; the one that does not is named."""
    pair = new_names()
    old, new = vars(pair.old.facts.names), vars(pair.new.facts.names)
    both = {"name": "done", "address": "/a", "rows": [old, new]}
    half = {"name": "forgotten", "address": "/b", "rows": [old]}
    await tenant.call("POST", "flows", {"flow": "Orders", "channels": [both, half]})
    error = await failed(FlowActivities(opened).add_names, change(pair, "Orders", check_only=True))
    assert error.type == "NotReached"
    assert "forgotten" in error.message


async def test_by_hand_and_not_saved_is_not_enough(tenant: Stage, opened: Opened) -> None:
    """A draft shows the names at design time and the old version at runtime: what runs does not list them."""
    pair = new_names()
    await tenant.flow("Orders", pair.old.facts)
    async with opened(NAME) as client:
        await by_hand(client, "Orders", await _both(opened, pair))
    error = await failed(FlowActivities(opened).add_names, change(pair, "Orders", check_only=True))
    assert error.type == "FlowIsDraft"


async def test_by_hand_and_not_deployed_is_not_enough(tenant: Stage, opened: Opened) -> None:
    """The runtime must show the version that was saved, started; the sentence says what it shows instead."""
    pair, flows = new_names(), FlowActivities(opened)
    await tenant.flow("Orders", pair.old.facts)
    async with opened(NAME) as client:
        await client.upload_flow("Orders", "Orders", await _both(opened, pair))
        await client.save_version("Orders", "1.0.1")
        error = await failed(flows.add_names, change(pair, "Orders", check_only=True))
        assert "version 1.0.1 is not started: the runtime shows version 1.0.0" in error.message
        await client.deploy("Orders")
        await started(client, "Orders", "1.0.1")
    assert "1.0.1" in (await run(flows.add_names, change(pair, "Orders", check_only=True))).text


async def _both(opened: Opened, pair: Pair) -> bytes:
    return with_both(await designed(opened, "Orders"), pair.old.facts.names, pair.new.facts.names).zip_bytes


async def test_a_flow_that_is_gone_is_said(tenant: Stage, opened: Opened) -> None:
    """Deleted or renamed while people waited: no retry helps, the developer looks for it."""
    error = await failed(FlowActivities(opened).add_names, change(new_names(), "Nowhere"))
    assert (error.type, error.non_retryable) == ("NotFound", True)
    assert "integration developer" in error.message


async def test_a_flow_without_the_old_names_is_left_alone(tenant: Stage, opened: Opened) -> None:
    """There is no channel to add to: said, not invented."""
    pair = new_names()
    await tenant.flow("Orders", same_names().old.facts)
    error = await failed(FlowActivities(opened).add_names, change(pair, "Orders"))
    assert error.type == "NotReached"
    assert f"no sender channel lists {pair.new.facts.names.subject}" in error.message
    assert await tenant.writes("Orders") == 0


@pytest.mark.parametrize(
    ("version", "after"), [("1.0.0", "1.0.1"), ("1.0.9", "1.0.10"), ("3", "4"), ("1.2", "1.3"), ("1.0.x", "1.0.1")]
)
def test_the_next_version(version: str, after: str) -> None:
    """The last number is raised."""
    assert next_version(version) == after


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=4))
def test_versions_only_rise(numbers: list[int]) -> None:
    """A version of numbers becomes the next one in the order of versions, with as many parts."""
    after = [int(part) for part in next_version(".".join(map(str, numbers))).split(".")]
    assert after > numbers
    assert len(after) == len(numbers)
