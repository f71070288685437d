"""What tenant activities share: errors as the workflow sees them, signs of life, and clients that are closed."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from activity_tools import NAME, Attempts, Opened, change, failed, run, settings, until
from house import PASSWORD, Stage, free_port, new_names
from temporalio import activity
from temporalio.testing import ActivityEnvironment

from activities import tenants
from activities.flows import FlowActivities
from activities.reading import ReadingActivities
from activities.shapes import Read
from activities.tenants import LONGEST_WAIT, alive, at_tenant, failure
from activities.user_mappings import UserMappingActivities
from tenant import errors
from tenant.client import TenantClient
from tenant.exchange import BUSY_SECONDS
from tenant.flows.errors import KeepMissing, LastRow, NotAZip
from tenant.settings import SettingsError, UnknownTenant
from workflows.policies import HEARTBEAT_TIMEOUT

FINAL, AGAIN = True, False
FAILURES: list[tuple[Exception, bool]] = [
    (errors.TenantUnreachable(503, "/x"), AGAIN),
    (errors.TenantBusy(429, "/x"), AGAIN),
    (errors.TenantLocked(400, "/x", "locked"), AGAIN),
    (errors.NonsenseAnswer(200, "/x"), AGAIN),
    (errors.DeployUnfinished("Orders"), AGAIN),
    (errors.NotAllowed(403, "/x"), FINAL),
    (errors.NotFound(404, "/x"), FINAL),
    (errors.TenantRefused(400, "/x"), FINAL),
    (errors.DeployFailed("Orders", "why"), FINAL),
    (errors.CertificateTaken(None, "/x"), FINAL),
    (errors.CertificateClash(None, "/x"), FINAL),
    (errors.ServiceKeyFailed(None, "/x"), FINAL),
    (errors.ServiceKeysNotSet(None, "/x"), FINAL),
    (errors.ServiceInstanceUnknown(None, "/x"), FINAL),
    (errors.ServiceKeysHidden(None, "/x"), FINAL),
    (errors.ServiceKeyUnfinished(None, "/x"), AGAIN),
    (KeepMissing("in", "CN=a"), FINAL),
    (LastRow("in", "CN=a"), FINAL),
    (NotAZip(), FINAL),
    (SettingsError("tenants.toml", ("url is missing",)), FINAL),
    (UnknownTenant("tenants.toml", "prod", ()), FINAL),
]


@pytest.mark.parametrize(("error", "final"), FAILURES, ids=[type(error).__name__ for error, _ in FAILURES])
def test_an_error_becomes_its_sentence(error: Exception, final: bool) -> None:
    """The message is the sentence, the type the class, and whether to try again follows from the class."""
    failed = failure(error)
    assert failed.message == str(error)
    assert (failed.type, failed.non_retryable) == (type(error).__name__, final)
    assert failed.message.endswith(".")


def test_every_error_of_a_tenant_is_in_the_table() -> None:
    """A new class of error must say here whether it is tried again."""
    there = {c for c in vars(errors).values() if isinstance(c, type) and issubclass(c, errors.TenantError)}
    assert {type(error) for error, _ in FAILURES} >= there - {errors.TenantError}


@pytest.mark.parametrize(
    ("asked", "waits"),
    [(None, BUSY_SECONDS), (0.0, BUSY_SECONDS), (7.0, 7.0), (3600.0, 3600.0), (1e300, LONGEST_WAIT)],
)
def test_a_busy_tenant_sets_the_wait(asked: float | None, waits: float) -> None:
    """As long as it asks; where it names no wait, what other clients keep; a number beyond dates is no wait."""
    assert failure(errors.TenantBusy(429, "/x", "", asked)).next_retry_delay == timedelta(seconds=waits)


@pytest.mark.parametrize("error", [e for e, _ in FAILURES if not isinstance(e, errors.TenantBusy)], ids=repr)
def test_nobody_else_sets_the_wait(error: Exception) -> None:
    """All other waits are the retry policy's."""
    assert failure(error).next_retry_delay is None


TROUBLES: list[tuple[str, dict[str, Any], str, str]] = [
    ("slow", {"delay": 0.3}, "TenantUnreachable", "cannot be reached"),
    ("down", {"status": 503}, "TenantUnreachable", "the operator must check"),
    ("hung up", {"drop": True}, "TenantUnreachable", "cannot be reached"),
    ("busy", {"status": 429, "retry_after": 7}, "TenantBusy", "after 7 seconds"),
    ("busy for a while", {"status": 429}, "TenantBusy", "after a pause"),
    ("nonsense", {"garbage": True}, "NonsenseAnswer", "cannot be understood"),
    ("a page", {"status": 200, "body": "<html><title>Sign in</title></html>"}, "NonsenseAnswer", "sign-in page"),
    ("no role", {"status": 403}, "NotAllowed", "tenant administrator must check"),
]


def _read(opened: Opened) -> tuple[Callable[..., Any], Any]:
    return ReadingActivities(opened).read_tenant, Read(NAME, new_names().old.facts)


def _names(opened: Opened) -> tuple[Callable[..., Any], Any]:
    return FlowActivities(opened).add_names, change(new_names(), "Orders")


def _mapping(opened: Opened) -> tuple[Callable[..., Any], Any]:
    return UserMappingActivities(opened, Path(mkdtemp())).add_user_mapping, change(new_names(), "ERP")


@pytest.mark.parametrize(("_", "fault", "kind", "words"), TROUBLES, ids=[name for name, *_ in TROUBLES])
async def test_each_trouble_has_its_sentence(
    tenant: Stage, _: str, fault: dict[str, Any], kind: str, words: str
) -> None:
    """Down, slow, busy, nonsense: the failure says what happened and who must act, and no client stays open."""
    opened = Opened(tenant.url, more={"timeout_seconds": 0.1})
    for work in (_read, _names, _mapping):
        await tenant.fault("", **fault)
        error = await failed(*work(opened))
        assert error.type == kind
        assert words in error.message
        assert error.non_retryable == (kind == "NotAllowed")
        wait = timedelta(seconds=fault.get("retry_after", BUSY_SECONDS))
        assert error.next_retry_delay == (wait if kind == "TenantBusy" else None)
    assert (len(opened.clients), opened.left_open) == (3, 0)


async def test_nobody_listens() -> None:
    """Where there is no tenant at all, it cannot be reached, and that is worth trying again."""
    error = await failed(*_read(Opened(f"http://127.0.0.1:{free_port()}")))
    assert (error.type, error.non_retryable) == ("TenantUnreachable", False)


async def test_a_wrong_password_is_said_and_not_shown(tenant: Stage) -> None:
    """The tenant administrator must look; the password is in no message."""

    def wrong(_: str) -> TenantClient:
        return TenantClient(settings(tenant.url), lambda: PASSWORD + " no more")

    error = await failed(ReadingActivities(wrong).read_tenant, Read(NAME, new_names().old.facts))
    assert (error.type, error.non_retryable) == ("NotAllowed", True)
    assert PASSWORD not in error.message


async def test_an_unknown_tenant_is_for_the_operator() -> None:
    """No retry helps; the sentence names the tenant and who must mend the settings."""

    def unknown(name: str) -> TenantClient:
        raise UnknownTenant("tenants.toml", name, ("dev",))

    error = await failed(ReadingActivities(unknown).read_tenant, Read(NAME, new_names().old.facts))
    assert (error.type, error.non_retryable) == ("UnknownTenant", True)
    assert "prod" in error.message
    assert "operator" in error.message


async def test_life_beats_and_stops(monkeypatch: pytest.MonkeyPatch) -> None:
    """A beat at once and one each period, with what was said last; after the block not one more, and no task."""
    monkeypatch.setattr(tenants, "BEAT_SECONDS", 0.01)  # the period is a constant: a second is a time-out's fifth
    attempts = Attempts(details=["left by the attempt before"])
    before = asyncio.all_tasks()

    async def work(_: None) -> int:
        async with alive() as life:
            await until(lambda: len(attempts.beats) >= 2)
            life.say("half", "of it")
            said = len(attempts.beats)
            await until(lambda: len(attempts.beats) >= said + 2)
        return len(attempts.beats)

    beaten = await attempts.run(work, None)
    assert attempts.beats[0] == ("left by the attempt before",)
    assert attempts.beats[-1] == ("half", "of it")
    assert asyncio.all_tasks() == before
    assert len(attempts.beats) == beaten


def test_beats_are_well_within_the_time_out() -> None:
    """Four beats may be lost before the server gives an attempt up."""
    assert timedelta(seconds=5 * tenants.BEAT_SECONDS) <= HEARTBEAT_TIMEOUT


@pytest.mark.parametrize(
    "trouble", [errors.NotFound(404, "/x"), ValueError("a fault of ours"), asyncio.CancelledError()]
)
async def test_the_client_is_closed_whatever_happens(trouble: BaseException) -> None:
    """Errors, our own faults and cancellation: no connection and no beat stay behind."""
    opened, before = Opened("http://127.0.0.1:1"), asyncio.all_tasks()

    async def work(_: None) -> None:
        async with at_tenant(opened, NAME):
            raise trouble

    with pytest.raises(BaseException):  # noqa: B017, PT011 - which one it is, is not the question here
        await run(work, None)
    assert opened.left_open == 0
    assert asyncio.all_tasks() == before


async def test_a_cancelled_activity_ends_at_once(tenant: Stage) -> None:
    """Cancelled in the middle of a slow answer it ends as cancelled, with its client closed."""
    opened, environment = Opened(tenant.url, more={"timeout_seconds": 60}), ActivityEnvironment()
    await tenant.fault("", delay=0.5)
    task = asyncio.create_task(environment.run(*_read(opened)))
    await until(lambda: len(opened.clients) == 1)
    environment.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert opened.left_open == 0
    assert not activity.in_activity()
