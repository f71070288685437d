"""The pace: never more than SAP allows in any window, nobody starves, and no slower than it has to be."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from inspect import getmembers, iscoroutinefunction, signature

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from scripted_tenant import BASIC, OAUTH, Answer, FakeTime, ScriptedTenant, settings

from tenant.client import TenantClient
from tenant.rates import LONGEST_PAUSE, SAP_LIMITS, Bucket, Family, Limiter, family, rates_of, shared
from tenant.settings import Rates

RATES = st.sampled_from([0.5, 1.0, 4.5, 9.0, 45.0, 90.0])
TINY = 1e-6


def _bucket(rate: float, time: FakeTime) -> Bucket:
    return Bucket(rate, time.now, time.sleep)


async def _take(bucket: Bucket, time: FakeTime, stamps: list[float]) -> None:
    await bucket.take()
    stamps.append(time.now())


@hypothesis_settings(max_examples=60, deadline=None)
@given(RATES, st.lists(st.tuples(st.floats(0, 3), st.integers(1, 12)), min_size=1, max_size=6), st.floats(0, 0.2))
def test_no_window_sees_more_than_capacity_and_rate_allow(rate, bursts, late):
    """However requests come, in bursts and pauses, with sleeps too long: capacity + rate · t in any window of t."""
    time = FakeTime(late)
    stamps: list[float] = []

    async def run() -> float:
        bucket = _bucket(rate, time)
        for gap, size in bursts:
            time.seconds += gap
            await asyncio.gather(*(_take(bucket, time, stamps) for _ in range(size)))
        return bucket.capacity

    capacity = asyncio.run(run())
    for first, begin in enumerate(stamps):
        for last in range(first, len(stamps)):
            assert last - first + 1 <= capacity + rate * (stamps[last] - begin) + TINY


@pytest.mark.parametrize(("limit", "one"), [(limit, one) for one, limit in SAP_LIMITS.items() if limit])
def test_the_defaults_keep_saps_limits_in_every_second(limit, one):
    """Capacity and a second of the rate together are SAP's number, not more."""
    bucket = _bucket(rates_of(settings())[one], FakeTime())
    assert bucket.capacity + rates_of(settings())[one] <= limit + TINY


@hypothesis_settings(max_examples=40, deadline=None)
@given(RATES, st.integers(1, 120), st.floats(0, 1))
def test_many_requests_take_no_longer_than_they_must(rate, number, lateness):
    """N requests take at most 1.1 · N / rate, though each sleep is somewhat too long: nothing drifts."""
    time = FakeTime()
    bucket = _bucket(rate, time)
    time.late = lateness * max(0.1, bucket.capacity - 1) / rate

    async def run() -> None:
        await asyncio.gather(*(bucket.take() for _ in range(number)))

    asyncio.run(run())
    assert time.now() <= 1.1 * number / rate + time.late + TINY


@hypothesis_settings(max_examples=40, deadline=None)
@given(RATES, st.lists(st.booleans(), min_size=1, max_size=30))
def test_first_come_first_served_and_who_leaves_takes_nothing_along(rate, staying):
    """Waiters are served in the order they came; a cancelled one costs the others no time."""
    time = FakeTime()
    served: list[int] = []

    async def run() -> None:
        bucket = _bucket(rate, time)
        await bucket.take()

        async def wait(number: int) -> None:
            await bucket.take()
            served.append(number)

        tasks = [asyncio.create_task(wait(number)) for number in range(len(staying))]
        for task, stays in zip(tasks, staying, strict=True):
            if not stays:
                task.cancel()
        await asyncio.wait(tasks)

    asyncio.run(run())
    assert served == [number for number, stays in enumerate(staying) if stays]
    assert time.now() <= len(served) / rate + TINY


async def test_a_waiter_that_leaves_while_it_sleeps_gives_its_turn_to_the_next():
    """Cancelled at the head of the queue, in the midst of its sleep: the next one is not held up."""
    asleep, time = asyncio.Event(), FakeTime()

    async def sleep(seconds: float) -> None:
        if not asleep.is_set():
            asleep.set()
            await asyncio.Event().wait()
        await time.sleep(seconds)

    bucket = Bucket(9.0, time.now, sleep)
    await bucket.take()
    head, following = asyncio.create_task(bucket.take()), asyncio.create_task(bucket.take())
    await asleep.wait()
    head.cancel()
    await following
    assert time.now() == pytest.approx(1 / 9)


async def test_no_limit_is_no_wait_but_a_pause_is_kept():
    """Rate 0 lets all through at once; after a 429 it waits all the same."""
    time = FakeTime()
    bucket = _bucket(0, time)
    await asyncio.gather(*(bucket.take() for _ in range(1000)))
    assert time.now() == 0
    bucket.pause(2.0)
    await bucket.take()
    assert time.now() == 2.0


@given(st.floats(0, 1e9))
def test_a_pause_has_an_end(seconds):
    """A wait beyond all measure holds the others up no longer than the longest pause."""
    time = FakeTime()
    bucket = _bucket(9.0, time)
    bucket.pause(seconds)
    asyncio.run(bucket.take())
    assert time.now() <= LONGEST_PAUSE


async def test_a_pause_that_comes_while_others_wait_is_theirs_too():
    """Who is in the queue already waits for the end of the pause as well."""
    time = FakeTime()
    bucket = _bucket(9.0, time)
    await bucket.take()
    waiting = asyncio.create_task(bucket.take())
    await asyncio.sleep(0)  # it has begun its sleep of a ninth of a second
    bucket.pause(5.0)
    await waiting
    assert time.now() >= 5.0


async def test_families_do_not_wait_for_each_other():
    """Each row of SAP's table counts for itself."""
    time = FakeTime()
    limiter = Limiter(rates_of(settings()), time.now, time.sleep)
    limiter.bucket("IntegrationPackages").pause(10)
    await limiter.bucket("IntegrationRuntimeArtifacts('x')").take()
    assert time.now() == 0
    await limiter.bucket("IntegrationDesigntimeArtifacts(Id='x',Version='active')/$value").take()
    assert time.now() == 10


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("IntegrationPackages", Family.DESIGN_TIME),
        ("IntegrationPackages('P')/IntegrationDesigntimeArtifacts", Family.DESIGN_TIME),
        ("IntegrationPackages?$skiptoken=1000", Family.DESIGN_TIME),
        ("/IntegrationDesigntimeLocks", Family.DESIGN_TIME),
        ("DeployIntegrationDesigntimeArtifact?Id='x'&Version='active'", Family.DESIGN_TIME),
        ("BuildAndDeployStatus(TaskId='t')", Family.DESIGN_TIME),
        ("CertificateUserMappings('a')", Family.SECURITY_CONTENT),
        ("IntegrationRuntimeArtifacts('x')/ErrorInformation/$value", Family.RUNTIME),
        ("MessageProcessingLogs?$top=1", Family.MESSAGES),
        ("", Family.OTHER),
        ("$metadata", Family.OTHER),
        ("v3/service_instances", Family.OTHER),
    ],
)
def test_the_first_segment_of_the_path_decides(path, expected):
    """Keys, navigations and queries change nothing; what SAP's table does not name is never slowed down."""
    assert family(path) is expected


def _request_methods() -> list[str]:
    found = getmembers(TenantClient, iscoroutinefunction)
    return [name for name, _ in found if not name.startswith("_") and name not in {"ping", "server_time"}]


@pytest.mark.parametrize("name", _request_methods())
async def test_every_request_of_the_client_belongs_to_a_family(name):
    """Nothing that the client asks for is forgotten in the table; only the API root is in none of SAP's rows."""
    tenant = ScriptedTenant(handler=lambda one: Answer(200 if one.headers.get("x-csrf-token") == "Fetch" else 404))
    async with tenant.client() as client:
        method = getattr(client, name)
        with suppress(Exception):
            await method(*(b"" if one.annotation is bytes else "x" for one in signature(method).parameters.values()))
    paths = [line.partition(" ")[2] for line in tenant.lines]
    assert all(family(path) is not Family.OTHER for path in filter(None, paths))


def test_a_simulator_is_not_slowed_down_unless_the_settings_say_so():
    """On this machine, or without TLS: nobody else is there. A number in the settings counts everywhere."""
    for url in ("http://127.0.0.1:8080/api/v1", "https://localhost/api/v1", "http://simulator:8234/api/v1"):
        simulated = replace(settings(), url=url)
        assert set(rates_of(simulated).values()) == {0.0}
        assert rates_of(replace(simulated, rates=Rates(runtime_per_second=3)))[Family.RUNTIME] == 3
    assert rates_of(settings()) == {
        Family.DESIGN_TIME: 9,
        Family.SECURITY_CONTENT: 9,
        Family.RUNTIME: 45,
        Family.MESSAGES: 90,
        Family.OTHER: 0,
    }
    assert rates_of(replace(settings(), rates=Rates(design_time_per_second=0)))[Family.DESIGN_TIME] == 0


async def test_all_clients_of_a_user_share_one_pace():
    """SAP counts per user and tenant, so the same of both is the same limiter, and anything else is another."""
    rates = rates_of(settings())
    one = shared("https://a.example/api/v1/", BASIC, rates)
    assert shared("https://a.example/api/v1/", BASIC, rates) is one
    assert shared("https://a.example/api/v1/", OAUTH, rates) is not one
    assert shared("https://b.example/api/v1/", BASIC, rates) is not one


def test_another_event_loop_has_a_pace_of_its_own():
    """Locks belong to one loop; a limiter of a loop that has ended is not handed to the next."""

    async def get() -> Limiter:
        return shared("https://a.example/api/v1/", BASIC, rates_of(settings()))

    assert asyncio.run(get()) is not asyncio.run(get())
