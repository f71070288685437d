"""The worker dies at any request of a change, and the next attempt ends it: once changed, once saved, and running."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from activity_tools import NAME, Attempts, Cutting, Killed, Opened, change, listed, running, simulated, stage_of
from house import Pair, Stage, new_names

from activities.flows import FlowActivities
from activities.user_mappings import UserMappingActivities
from process.facts import NamePair

MOST_REQUESTS = 60
Opening = Callable[[Opened], Callable[..., Any]]
QUICK = {"build_time": 0.01, "old_started_time": 0.01, "deploy_time": 0.01}

AROUND = [pytest.param(False, id="before it is sent"), pytest.param(True, id="after its answer")]


@pytest.mark.parametrize("after", AROUND)
async def test_adding_survives_a_crash_at_any_request(tmp_path: Path, after: bool) -> None:
    """Both pairs are listed in what answers messages; one upload and one new version for each flow."""
    pair = new_names()
    async with simulated(tmp_path, **QUICK) as url:
        for flow in await _cut_everywhere(_Cuts(stage_of(url), pair, _adding, after), [pair.old.facts.names]):
            await _as_wanted(stage_of(url), flow, {pair.old.facts.names: 1, pair.new.facts.names: 1})


@pytest.mark.parametrize("after", AROUND)
async def test_removing_survives_a_crash_at_any_request(tmp_path: Path, after: bool) -> None:
    """The old pair is gone from what answers messages; one upload and one new version for each flow."""
    pair = new_names()
    old, new = pair.old.facts.names, pair.new.facts.names
    async with simulated(tmp_path, **QUICK) as url:
        for flow in await _cut_everywhere(_Cuts(stage_of(url), pair, _removing, after), [old, new]):
            await _as_wanted(stage_of(url), flow, {old: 0, new: 1})


@dataclass(frozen=True)
class _Cuts:
    """What is cut: an activity, at each of its requests."""

    stage: Stage
    pair: Pair
    activity: Opening
    after: bool


async def _cut_everywhere(cuts: _Cuts, rows: list[NamePair]) -> list[str]:
    """For each request a flow of its own: dying there, and then to the end. The flows."""
    flows: list[str] = []
    for at in range(1, MOST_REQUESTS):
        flow, attempts = f"Flow{at:02}", Attempts()
        channel = {"name": "in", "address": f"/{flow}", "rows": [vars(names) for names in rows]}
        await cuts.stage.call("POST", "flows", {"flow": flow, "channels": [channel]})
        try:
            await attempts.run(
                cuts.activity(Opened(cuts.stage.url, Cutting(at, cuts.after))), change(cuts.pair, flow)
            )
        except Killed:
            await attempts.run(cuts.activity(Opened(cuts.stage.url)), change(cuts.pair, flow))
            flows.append(flow)
        else:
            assert at > 10, "a change takes more requests than this, so nothing was cut"
            return flows
    raise AssertionError("it never ends")


def _adding(opened: Opened) -> Callable[..., Any]:
    return FlowActivities(opened).add_names


def _removing(opened: Opened) -> Callable[..., Any]:
    return FlowActivities(opened).remove_names


async def _as_wanted(stage: Stage, flow: str, rows: dict[NamePair, int]) -> None:
    """The rows that answer messages, one upload, one new version, and that version on the runtime."""
    content = await running(stage, flow)
    assert {names: listed(content, names) for names in rows} == rows
    assert await stage.writes(f"Artifacts(Id='{flow}'") == 1
    assert await stage.writes(f"SaveAsVersion?Id='{flow}'", "POST") == 1
    async with Opened(stage.url)(NAME) as client:
        seen, design = await client.runtime_artifact(flow), await client.flow(flow)
    assert seen is not None
    assert (seen.version, design.version) == ("1.0.1", "1.0.1")


@pytest.mark.parametrize("drop", ["before", "after"])
@pytest.mark.parametrize("path", ["Artifacts.Id='Orders'", "SaveAsVersion", "DeployIntegration"])
async def test_an_answer_that_is_lost_is_not_a_write_that_failed(tmp_path: Path, path: str, drop: str) -> None:
    """A write whose answer never came may have been carried out: the next attempt looks before it repeats it."""
    pair, attempts = new_names(), Attempts()
    async with simulated(tmp_path, **QUICK) as url:
        stage, flows = stage_of(url), FlowActivities(Opened(url))
        await stage.flow("Orders", pair.old.facts)
        await stage.fault(path, method="PUT" if path.startswith("Artifacts") else "POST", drop=drop)
        with pytest.raises(Exception, match="cannot be reached"):
            await attempts.run(flows.add_names, change(pair, "Orders"))
        await attempts.run(flows.add_names, change(pair, "Orders"))
        assert listed(await running(stage, "Orders"), pair.new.facts.names) == 1
        async with Opened(url)(NAME) as client:
            assert (await client.flow("Orders")).version == "1.0.1"


async def test_an_order_survives_crash_after_crash(tmp_path: Path) -> None:
    """What the first attempt ordered is waited for by the third: the second, dying early, must not wipe it."""
    pair, attempts = new_names(), Attempts()
    async with simulated(tmp_path, build_time=0.2, deploy_time=0.05, old_started_time=0.05) as url:
        stage = stage_of(url)
        await stage.flow("Orders", pair.old.facts)
        deploying = _CutAfter("DeployIntegration", more=1)
        for transport in (deploying, Cutting(1), Cutting(3)):
            with pytest.raises(Killed):
                await attempts.run(_adding(Opened(url, transport)), change(pair, "Orders"))
        await attempts.run(_adding(Opened(url)), change(pair, "Orders"))
        assert await stage.writes("DeployIntegration", "POST") == 1
        await _as_wanted(stage, "Orders", {pair.old.facts.names: 1, pair.new.facts.names: 1})


class _CutAfter(Cutting):
    """Dies `more` requests after the one whose path is like this."""

    def __init__(self, path: str, more: int) -> None:
        super().__init__(0, after=True)
        self.path, self.more = path, more

    async def handle_async_request(self, request: Any) -> Any:
        """Find the request, then count as usual."""
        if self.path in request.url.path:
            self.at = self.seen + 1 + self.more
        return await super().handle_async_request(request)


@pytest.mark.parametrize("after", AROUND)
async def test_mappings_survive_a_crash_at_any_request(tmp_path: Path, after: bool) -> None:
    """Adding, then removing: at the end each user has the new certificate and only it; no other mapping is lost."""
    pairs = {at: new_names() for at in range(1, 11)}
    bystander = new_names()
    async with simulated(tmp_path) as url:
        stage = stage_of(url)
        await stage.mapping("BYSTANDER", bystander.old.facts)
        for at, pair in pairs.items():
            await stage.mapping(f"U{at}", pair.old.facts)
        for activity in (_mapping, _unmapping):
            for at, pair in pairs.items():
                attempts, cutting = Attempts(), Opened(url, Cutting(at, after))
                try:
                    await attempts.run(activity(cutting, tmp_path / "backups"), change(pair, f"U{at}"))
                except Killed:
                    await attempts.run(activity(Opened(url), tmp_path / "backups"), change(pair, f"U{at}"))
        async with Opened(url)(NAME) as client:
            found = sorted((m.user, m.fingerprint) for m in await client.user_mappings())
    wanted = [(f"U{at}", pair.new.facts.fingerprint) for at, pair in pairs.items()]
    assert found == sorted([("BYSTANDER", bystander.old.facts.fingerprint), *wanted])


def _mapping(opened: Opened, backups: Path) -> Callable[..., Any]:
    return UserMappingActivities(opened, backups).add_user_mapping


def _unmapping(opened: Opened, backups: Path) -> Callable[..., Any]:
    return UserMappingActivities(opened, backups).remove_user_mapping
