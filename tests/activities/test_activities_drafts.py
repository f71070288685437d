"""A draft that is read in the place of what runs."""

from dataclasses import replace

import pytest
from house import House, Stage, new_names
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.flows import FlowActivities
from activities.reading import ReadingActivities
from activities.shapes import Change, Read
from process.facts import NamePair
from tenant.client import TenantClient
from tenant.flows import add_names
from tenant.settings import BasicLogin, SecretSource


async def test_a_draft_hides_what_runs(house: House, stage: Stage) -> None:
    """A running flow whose draft no longer lists the old names was not looked at as it runs, and is said so."""
    pair = new_names()
    await stage.flow("Orders", pair.new.facts)
    async with stage.client() as client:
        await client.upload_flow("Orders", "Orders", await client.download_flow("Orders"))
    activities = ReadingActivities(lambda _: stage.client())
    facts = await ActivityEnvironment().run(activities.read_tenant, Read(stage.name, pair.old.facts))
    assert [part.what for part in facts.unreadable] == ["flow Orders as it runs"]


async def test_a_draft_of_somebody_else_is_not_published(house: House, stage: Stage) -> None:
    """Where the names are there already, in a draft that another user saved last, nothing is saved or deployed."""
    pair = new_names()
    await stage.flow("Orders", pair.old.facts)
    async with stage.client() as client:
        edit = add_names(await client.download_flow("Orders"), pair.old.facts.names, pair.new.facts.names)
        await client.upload_flow("Orders", "Orders", edit.zip_bytes)
    change = Change(stage.name, "Orders", pair.old.facts, pair.new.facts)

    def by_another() -> TenantClient:
        settings = replace(
            stage.tenants().get(stage.name), login=BasicLogin("certrelay2", SecretSource("p", file=None))
        )
        client = stage.client()
        client.settings = settings
        return client

    with pytest.raises(ApplicationError) as refused:
        await ActivityEnvironment().run(FlowActivities(lambda _: by_another()).add_names, change)
    assert refused.value.type == "FlowIsDraft"
    await ActivityEnvironment().run(FlowActivities(lambda _: stage.client()).add_names, change)
    async with stage.client() as client:
        assert (await client.flow("Orders")).version == "1.0.1"


async def test_a_saved_version_hides_what_runs(house: House, stage: Stage) -> None:
    """A newer version that was saved and not deployed is read in the place of the one that runs: said so."""
    pair = new_names()
    await stage.flow("Orders", pair.new.facts)
    async with stage.client() as client:
        await client.upload_flow("Orders", "Orders", await client.download_flow("Orders"))
        await client.save_version("Orders", "1.0.1")
    facts = await ActivityEnvironment().run(
        ReadingActivities(lambda _: stage.client()).read_tenant, Read(stage.name, pair.old.facts)
    )
    ((what, why),) = ((part.what, part.why) for part in facts.unreadable)
    assert what == "flow Orders as it runs"
    assert why == "version 1.0.0 runs, and only version 1.0.1 can be read"


async def _saved_and_not_deployed(stage: Stage) -> None:
    async with stage.client() as client:
        await client.upload_flow("Orders", "Orders", await client.download_flow("Orders"))
        await client.save_version("Orders", "1.0.1")


def _as(stage: Stage, user: str) -> TenantClient:
    client = stage.client()
    login = BasicLogin(user, SecretSource("p", file=None))
    client.settings = replace(stage.tenants().get(stage.name), login=login)
    return client


async def test_a_saved_version_of_somebody_else_is_not_published(house: House, stage: Stage) -> None:
    """A newer version that does not run holds somebody's work: nothing is changed, and it is told who and what."""
    pair = new_names()
    await stage.flow("Orders", pair.old.facts)
    await _saved_and_not_deployed(stage)
    change = Change(stage.name, "Orders", pair.old.facts, pair.new.facts)
    with pytest.raises(ApplicationError) as refused:
        await ActivityEnvironment().run(FlowActivities(lambda _: _as(stage, "somebody")).add_names, change)
    assert (refused.value.type, refused.value.non_retryable) == ("FlowNotDeployed", True)
    assert "was saved as version 1.0.1 by certrelay" in refused.value.message
    assert "what runs is version 1.0.0" in refused.value.message
    assert await stage.writes("Orders") == 1


async def test_a_saved_version_of_ours_is_gone_on_with(house: House, stage: Stage) -> None:
    """Ours may be left by a deploy that failed: the next order, or taking it back, goes on from there."""
    pair = new_names()
    await stage.flow("Orders", pair.old.facts)
    await _saved_and_not_deployed(stage)
    change = Change(stage.name, "Orders", pair.old.facts, pair.new.facts)
    evidence = await ActivityEnvironment().run(FlowActivities(lambda _: stage.client()).add_names, change)
    assert "version 1.0.2" in evidence.text


async def test_what_somebody_stopped_is_not_started(house: House, stage: Stage) -> None:
    """A flow that was undeployed after the last look stays so; nothing is uploaded."""
    pair = new_names()
    await stage.flow("Orders", pair.old.facts)
    async with stage.client() as client:
        await client._session.write("DELETE", "IntegrationRuntimeArtifacts('Orders')")
        while await client.runtime_artifact("Orders") is not None:
            pass
    change = Change(stage.name, "Orders", pair.old.facts, pair.new.facts)
    with pytest.raises(ApplicationError) as refused:
        await ActivityEnvironment().run(FlowActivities(lambda _: stage.client()).add_names, change)
    assert refused.value.type == "FlowNotDeployed"
    assert "would start what somebody stopped" in refused.value.message
    assert await stage.writes("Orders") == 0


async def test_saved_parameters_of_somebody_else_are_not_published(house: House, stage: Stage) -> None:
    """A value under Configure leaves the version as it is and goes live with the next deploy: its time tells."""
    pair = new_names()
    await stage.flow("Orders", pair.old.facts, parameterised=True)
    async with stage.client() as client:
        name = (await client.configurations("Orders"))[0].key
        path = f"IntegrationDesigntimeArtifacts(Id='Orders',Version='active')/$links/Configurations('{name}')"
        await client._session.write("PUT", path, {"ParameterValue": "CN=somebody"})
        names = NamePair("CN=somebody", pair.old.facts.names.issuer)
    change = Change(stage.name, "Orders", replace(pair.old.facts, names=names), pair.new.facts)
    with pytest.raises(ApplicationError) as refused:
        await ActivityEnvironment().run(FlowActivities(lambda _: _as(stage, "somebody")).add_names, change)
    assert refused.value.type == "FlowNotDeployed"
    assert await stage.writes("Orders", "PUT") == 1
