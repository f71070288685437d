"""What is deployed, why it failed, and the proof of a deploy."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted_tenant import Answer, ScriptedTenant, entity, listing, refusal

from tenant.errors import DeployFailed, DeployUnfinished, NonsenseAnswer, NotFound, TenantUnreachable
from tenant.model import DeployStatus, RuntimeArtifact, RuntimeStatus
from tenant.runtime import DeployOrder, Watch, deployed, failed, prove_deployed

BEFORE = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
LATER = BEFORE + timedelta(seconds=1)
REASON = (
    '{"message":{"subsystemName":"CONTENT","subsytemPartName":"CONTENT_DEPLOY",'
    '"messageId":"GenerationFailed","messageText":""},"parameter":["The address is in use."]}'
)


def _artifact(version="1.0.1", status=RuntimeStatus.STARTED, deployed_on=LATER) -> RuntimeArtifact:
    return RuntimeArtifact("F", version, status, deployed_on, "renewer")


async def test_an_artifact_is_read_with_the_tenants_time():
    """DeployedOn in JSON is milliseconds since 1970, the status any case."""
    tenant = ScriptedTenant(
        entity(Id="F", Version="1.0.1", Status="Started", DeployedOn="/Date(1764000000123)/", DeployedBy="anna")
    )
    async with tenant.client() as client:
        seen = await client.runtime_artifact("F")
    at = datetime(2025, 11, 24, 16, 0, 0, 123000, tzinfo=UTC)
    assert seen == RuntimeArtifact("F", "1.0.1", RuntimeStatus.STARTED, at, "anna")
    assert tenant.lines == ["GET IntegrationRuntimeArtifacts('F')"]


@pytest.mark.parametrize("status", [404, 400, 500])
async def test_an_artifact_that_is_not_deployed_is_none(status):
    """404, and since December 2024 the same words under other statuses."""
    async with ScriptedTenant(refusal(status, "Requested entity could not be found.")).client() as client:
        assert await client.runtime_artifact("F") is None


async def test_a_router_that_knows_no_route_does_not_say_not_deployed():
    """Could not look is never looked and fine."""
    tenant = ScriptedTenant(Answer(404, text="no route", headers={"X-Cf-RouterError": "unknown_route"}))
    async with tenant.client() as client:
        with pytest.raises(TenantUnreachable):
            await client.runtime_artifact("F")


async def test_error_information_is_asked_for_as_xml_and_read_as_json():
    """Observed on a tenant: XML in Accept gives 200 with JSON; the text is the first parameter."""
    tenant = ScriptedTenant(Answer(200, text=REASON))
    async with tenant.client() as client:
        assert await client.error_information("F") == "The address is in use."
    assert tenant.lines == ["GET IntegrationRuntimeArtifacts('F')/ErrorInformation/$value"]
    assert tenant.requests[0].headers["accept"] == "application/xml"


async def test_a_406_asks_in_the_other_notation():
    """Other tenants want JSON in Accept."""
    tenant = ScriptedTenant(Answer(406), Answer(200, text=REASON))
    async with tenant.client() as client:
        assert await client.error_information("F") == "The address is in use."
    assert [request.headers["accept"] for request in tenant.requests] == ["application/xml", "application/json"]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (Answer(204), None),
        (refusal(404, "Requested entity could not be found."), None),
        (Answer(200, text='{"message":{"messageId":"GenerationFailed","messageText":""}}'), "GenerationFailed"),
        (Answer(200, text='{"message":{"messageText":"No."},"parameter":[]}'), "No."),
        (Answer(200, text="{}"), None),
        (Answer(200, text="[1]"), "[1]"),
        (Answer(200, text="Out of memory"), "Out of memory"),
    ],
)
async def test_error_information_in_all_its_forms(answer, reason):
    """204 at first means not yet; without parameters the message tells; other text is told as it is."""
    async with ScriptedTenant(answer).client() as client:
        assert await client.error_information("F") == reason


async def test_error_information_that_cannot_be_read_is_an_error():
    """Only 406 and 404 have a meaning of their own."""
    tenant = ScriptedTenant(Answer(503))
    async with tenant.client() as client:
        with pytest.raises(TenantUnreachable):
            await client.error_information("F")


async def test_a_runtime_status_that_nobody_knows_is_nonsense():
    """An unknown word is no STARTED."""
    async with ScriptedTenant(entity(Id="F", Version="1", Status="HALF")).client() as client:
        with pytest.raises(NonsenseAnswer):
            await client.runtime_artifact("F")


@given(
    status=st.sampled_from(RuntimeStatus),
    version=st.sampled_from(["1.0.0", "1.0.1"]),
    deployed_on=st.none() | st.integers(-2, 2).map(lambda s: BEFORE + timedelta(seconds=s)),
    before=st.none() | st.just(BEFORE),
)
def test_a_deploy_is_proved_by_three_things_at_once(status, version, deployed_on, before):
    """STARTED, the new version, and DeployedOn later than the tenant's own DeployedOn from before."""
    seen = _artifact(version, status, deployed_on)
    new = version == "1.0.1" and deployed_on is not None and (before is None or deployed_on > before)
    assert deployed(seen, before, "1.0.1") is (new and status is RuntimeStatus.STARTED)
    assert failed(seen, before, "1.0.1") is (new and status is RuntimeStatus.ERROR)


def test_nothing_deployed_proves_nothing():
    """An absent artifact is neither."""
    assert not deployed(None, None, "1.0.1")
    assert not failed(None, None, "1.0.1")


class Runtime:
    """Shows one artifact after the other, the last for ever, and the same with tasks and reasons."""

    def __init__(self, *artifacts, tasks=(DeployStatus.DEPLOYING,), reasons=(None,)):
        self.artifacts, self.tasks, self.reasons = list(artifacts), list(tasks), list(reasons)

    def _next(self, things):
        thing = things.pop(0) if len(things) > 1 else things[0]
        if isinstance(thing, Exception):
            raise thing
        return thing

    async def runtime_artifact(self, flow_id):
        return self._next(self.artifacts)

    async def deploy_status(self, task_id):
        return self._next(self.tasks)

    async def error_information(self, flow_id):
        return self._next(self.reasons)


class Time:
    """A clock that only a sleep moves."""

    def __init__(self):
        self.now = 0.0
        self.beats = []

    async def sleep(self, seconds):
        self.now += seconds

    def watch(self):
        return Watch(2.0, 60.0, lambda: self.now, self.sleep, self.beats.append)


ORDER = DeployOrder("F", "1.0.1", BEFORE, "task")


async def test_the_old_started_is_waited_out():
    """After a redeploy the old STARTED is still shown, then STARTING: the wait goes on, with signs of life."""
    time = Time()
    old = _artifact("1.0.1", deployed_on=BEFORE)
    runtime = Runtime(old, old, None, _artifact(status=RuntimeStatus.STARTING), _artifact())
    assert await prove_deployed(runtime, ORDER, time.watch()) == _artifact()
    assert time.now == 8.0
    assert time.beats[-2:] == ["the runtime shows nothing", "the runtime shows 1.0.1 STARTING"]


async def test_a_task_that_fails_ends_the_wait_with_the_tenants_reason():
    """The reason comes some time after the failure: it is asked for again."""
    time = Time()
    runtime = Runtime(
        _artifact(deployed_on=BEFORE),
        tasks=[DeployStatus.DEPLOYING, DeployStatus.FAIL],
        reasons=[None, None, "No route"],
    )
    with pytest.raises(DeployFailed, match="No route") as caught:
        await prove_deployed(runtime, ORDER, time.watch())
    assert (type(caught.value), caught.value.flow, time.now) == (DeployFailed, "F", 6.0)


async def test_a_new_deployment_in_error_ends_the_wait():
    """ERROR of the new deployment counts; the tenant may give no reason at all."""
    runtime = Runtime(_artifact(status=RuntimeStatus.ERROR))
    with pytest.raises(DeployFailed, match="gives no reason"):
        await prove_deployed(runtime, ORDER, Time().watch())


async def test_an_old_error_is_no_error_of_the_new_deployment():
    """A flow that was broken before the deploy gets its chance."""
    broken = _artifact("1.0.0", RuntimeStatus.ERROR, BEFORE)
    runtime = Runtime(broken, broken, _artifact())
    assert await prove_deployed(runtime, ORDER, Time().watch()) == _artifact()


async def test_the_time_out_is_no_failure():
    """What is not proved may still come: retryable, and told what the runtime shows."""
    time = Time()
    with pytest.raises(DeployUnfinished, match=r"shows 1\.0\.0 STARTED") as caught:
        await prove_deployed(Runtime(_artifact("1.0.0", deployed_on=BEFORE)), ORDER, time.watch())
    assert caught.value.retryable
    assert time.now == 60.0


@pytest.mark.parametrize("order", [ORDER, DeployOrder("F", "1.0.1", BEFORE)])
async def test_a_forgotten_task_leaves_the_runtime_to_tell(order):
    """After a crash the task's id may be lost, or the tenant may have forgotten it."""
    runtime = Runtime(None, _artifact(), tasks=[NotFound(404, "/x")])
    assert await prove_deployed(runtime, order, Time().watch()) == _artifact()


async def test_all_running_versions_come_in_one_answer():
    """Whatever status an artifact has, its version is read; nobody else's odd status hides a flow."""
    rows = [{"Id": "A", "Version": "1.0.1", "Status": "STARTED"}, {"Id": "B", "Version": "2", "Status": "A_NEW_ONE"}]
    tenant = ScriptedTenant(listing(*rows))
    async with tenant.client() as client:
        assert await client.running_versions() == {"A": "1.0.1", "B": "2"}
    assert tenant.lines == ["GET IntegrationRuntimeArtifacts"]
