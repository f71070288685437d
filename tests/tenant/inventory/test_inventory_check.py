"""The check of a tenant: what is fine, what is missing and whom to ask, and what could not be tried."""

from dataclasses import replace
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import httpx
import pytest
from inventory_stage import NOW, OLD, SETTINGS, Stage, listing, stage_in

from process.facts import Environment
from tenant.client import TenantClient
from tenant.errors import TenantUnreachable
from tenant.inventory.check import MOST_SKEW, Outcome, TenantCheck, check
from tenant.inventory.rights import RIGHTS, Call
from tenant.lists import date_of
from tenant.settings import BasicLogin, SecretSource

READING = [right.call for right in RIGHTS if not right.writes]


async def checked(stage: Stage, **settings: object) -> TenantCheck:
    """A check that pauses without waiting."""
    async with stage.client(**settings) as client:
        return await check(client, sleep=stage.sleep)


def outcomes(found: TenantCheck) -> dict[Call, Outcome]:
    """How each right fared."""
    return {tried.call: tried.outcome for tried in found.rights}


async def test_a_tenant_on_which_all_is_well(staged: Stage) -> None:
    """Every reading right was tried; those that write are said to be untried, with what they are for and the role."""
    await staged.flow("A", listing(OLD, parameterised=True))
    found = await checked(staged)
    assert {call for call, outcome in outcomes(found).items() if outcome is Outcome.FINE} == set(READING)
    untried = [tried for tried in found.rights if tried.outcome is Outcome.NOT_TRIED]
    assert {tried.call for tried in untried} == {Call.EDIT, Call.CONFIGURE, Call.DEPLOY, Call.MAP}
    assert all(tried.stops and tried.roles for tried in untried)
    assert (found.seen, found.environment_matches, found.is_fine) == (Environment.NEO, True, True)


async def test_nothing_is_written(staged: Stage) -> None:
    """Not even to try a right."""
    await staged.flow("A")
    await staged.control("DELETE", "log")
    await checked(staged)
    log = await staged.control("GET", "log")
    assert {line["method"] for line in log["requests"]} == {"GET"}


@pytest.mark.parametrize(
    ("path", "call", "neo", "cloud_foundry"),
    [
        ("IntegrationPackages$", Call.PACKAGES, "WebToolingWorkspace.Read", "WorkspacePackagesRead"),
        (r"IntegrationPackages\(", Call.FLOWS, "WebToolingWorkspace.Read", "WorkspacePackagesRead"),
        ("value", Call.DOWNLOAD, "WebToolingWorkspace.Read", "WorkspacePackagesRead"),
        ("Configurations", Call.CONFIGURATIONS, "WebToolingWorkspace.Read", "WorkspacePackagesRead"),
        ("IntegrationRuntimeArtifacts", Call.RUNTIME, "NodeManager.read", "MonitoringDataRead"),
        ("IntegrationDesigntimeLocks", Call.LOCKS, "WorkspaceArtifactLocks.Read", "WorkspaceArtifactLocksRead"),
        ("MessageProcessingLogs", Call.MESSAGES, "NodeManager.read", "MonitoringDataRead"),
        ("ServiceEndpoints", Call.ENDPOINTS, "NodeManager.read", "MonitoringDataRead"),
    ],
)
async def test_a_missing_right_tells_what_stops_and_whom_to_ask_for_it(
    staged: Stage, path: str, call: Call, neo: str, cloud_foundry: str
) -> None:
    """The role of the side that the settings say; the other rights are tried all the same."""
    await staged.flow("A")
    await staged.fault(path, status=403)
    for environment, role in ((Environment.NEO, neo), (Environment.CLOUD_FOUNDRY, cloud_foundry)):
        found = await checked(staged, environment=environment)
        (missing,) = [tried for tried in found.rights if tried.outcome is Outcome.MISSING]
        assert (missing.call, role in missing.roles, bool(missing.stops)) == (call, True, True)
        assert not found.is_fine


async def test_a_right_that_fails_otherwise_is_no_missing_right(staged: Stage) -> None:
    """A refusal of another kind is told in the tenant's words, without asking anybody for a role."""
    await staged.flow("A")
    await staged.fault("Locks", status=500, body='{"error":{"message":{"value":"not today"}}}')
    (failed,) = [tried for tried in (await checked(staged)).rights if tried.outcome is Outcome.FAILED]
    assert (failed.call, failed.roles) == (Call.LOCKS, ())
    assert "not today" in failed.said


async def test_where_there_is_nothing_to_try_it_on_that_is_said(staged: Stage) -> None:
    """An empty tenant, or configure-only packages alone: the download was not tried, and is not fine."""
    assert outcomes(await checked(staged))[Call.DOWNLOAD] is Outcome.NOTHING
    await staged.flow("A")
    await staged.control("POST", "configure-only", {"package": "Orders"})
    found = outcomes(await checked(staged))
    assert (found[Call.DOWNLOAD], found[Call.CONFIGURATIONS]) == (Outcome.NOTHING, Outcome.FINE)


async def test_an_editable_package_is_looked_for(staged: Stage) -> None:
    """The first package may be configure-only, and the next one empty of nothing."""
    await staged.flow("A", package="Aaa")
    await staged.flow("B", package="Bbb")
    await staged.control("POST", "configure-only", {"package": "Aaa"})
    assert outcomes(await checked(staged))[Call.DOWNLOAD] is Outcome.FINE


async def test_a_refused_sign_in_is_all_there_is_to_say(staged: Stage) -> None:
    """Nothing else was tried, and nothing else is claimed."""
    found = await checked(staged, login=BasicLogin("somebody", SecretSource("password_env", env="UNUSED")))
    assert "does not allow" in found.refused
    assert (found.rights, found.seen, found.is_fine) == ((), None, False)


async def test_a_tenant_that_does_not_answer_is_an_error(staged: Stage) -> None:
    """Nothing is known then, so there is no check to show."""
    await staged.fault("", status=503)
    with pytest.raises(TenantUnreachable):
        await checked(staged)


@pytest.mark.parametrize("profile", ["neo", "cloud-foundry"])
@pytest.mark.parametrize("environment", Environment)
async def test_the_environment_is_the_one_of_the_settings(
    tmp_path: Path, profile: str, environment: Environment
) -> None:
    """Certificate-to-user mappings are there on Neo and absent on Cloud Foundry, whatever the settings say."""
    stage = stage_in(tmp_path, profile=profile)
    found = await checked(stage, environment=environment)
    assert found.seen is (Environment.NEO if profile == "neo" else Environment.CLOUD_FOUNDRY)
    assert found.environment_matches is (found.seen is environment)
    assert found.environment_matches or not found.is_fine


@pytest.mark.parametrize(
    ("seconds", "right"), [(0, True), (59, True), (-59, True), (62, False), (-62, False), (None, None)]
)
def test_a_clock_that_is_wrong_is_told(seconds: float | None, right: bool | None, found: TenantCheck) -> None:
    """Up to a minute either way; a tenant that does not tell its time is no fault."""
    seen = replace(found, skew_seconds=seconds)
    assert (seen.clock_is_right, seen.is_fine) == (right, right is not False)
    assert timedelta(seconds=59) < MOST_SKEW < timedelta(seconds=62)


@pytest.fixture
async def found(staged: Stage) -> TenantCheck:
    """A check with which all is well."""
    return await checked(staged)


@pytest.mark.parametrize("date", ["", "soon", "Tue, 24 Nov 2026 12:00:00 GMT", "Tue, 24 Nov 2026 12:00:00"])
def test_the_tenants_clock_is_the_header_date(date: str) -> None:
    """In UTC; what is no date is no time."""
    read = date_of(httpx.Response(200, headers={"Date": date}))
    assert (read is None) is (not date.startswith("Tue"))
    assert read is None or read.isoformat() == "2026-11-24T12:00:00+00:00"


def test_every_right_has_its_roles() -> None:
    """The table is complete: each call once, with what stops and a role on both sides."""
    assert [right.call for right in RIGHTS] == list(Call)
    assert all(right.what and right.stops and right.neo and right.cloud_foundry for right in RIGHTS)


async def test_the_skew_is_that_of_the_middle_of_the_request() -> None:
    """The tenant tells whole seconds, two minutes ahead here: the time that the request took is not counted."""
    times = iter([NOW, NOW, NOW + timedelta(seconds=10)])
    date = format_datetime(NOW + timedelta(seconds=125), usegmt=True)

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200 if request.url.path.endswith("/v1/") else 403, text="{}", headers={"Date": date})

    async with TenantClient(SETTINGS, lambda: "x", httpx.MockTransport(answer)) as client:
        found = await check(client, lambda: next(times))
    assert found.skew_seconds == 120.5
    assert found.clock_is_right is False
