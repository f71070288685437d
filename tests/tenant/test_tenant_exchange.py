"""One request and its answer: the wait after 429, the pace on the wire, and what a whole process shares."""

import asyncio

import httpx
import pytest
from scripted_tenant import NOW, OAUTH, PASSWORD, Answer, FakeTime, ScriptedTenant, entity, listing, settings

from tenant.client import TenantClient
from tenant.errors import NotAllowed, TenantBusy
from tenant.rates import Limiter, Sleep, rates_of

FLOW = {"Id": "F", "Name": "F", "Version": "1.0.0", "PackageId": "P"}


def _busy(**headers: str) -> Answer:
    return Answer(429, headers={name.replace("_", "-"): value for name, value in headers.items()})


def _together(tenant: ScriptedTenant, time: FakeTime, sleep: Sleep) -> list[TenantClient]:
    """Two clients with one pace, as two activities of one process have it."""
    pace = Limiter(rates_of(settings()), time.now, sleep)
    transport = httpx.MockTransport(tenant)
    return [TenantClient(settings(), lambda: PASSWORD, transport, lambda: NOW, pace) for _ in range(2)]


@pytest.mark.parametrize(
    ("header", "wait"),
    [({}, 2.0), ({"Retry_After": "3"}, 3.0), ({"Retry_After": "Tue, 24 Nov 2026 12:00:05 GMT"}, 5.0)],
)
async def test_after_429_a_request_waits_and_comes_again(header, wait):
    """As long as the tenant asks for, in seconds or as a date; two seconds where it names nothing."""
    tenant = ScriptedTenant(_busy(**header), listing())
    async with tenant.client() as client:
        assert await client.packages() == []
    assert tenant.time.now() == wait
    assert len(tenant.requests) == 2


async def test_a_write_that_was_answered_429_was_not_carried_out_and_comes_again():
    """Four times refused and then done, with its body and its CSRF token each time."""
    tenant = ScriptedTenant(*(_busy() for _ in range(4)), Answer(200))
    async with tenant.client() as client:
        await client.upload_flow("F", "F", b"zip")
    assert [request.method for request in tenant.requests] == ["PUT"] * 5
    assert len({request.content for request in tenant.requests}) == 1
    assert {request.headers["x-csrf-token"] for request in tenant.requests} == {"token-1"}
    assert tenant.time.now() == pytest.approx(8.0)


async def test_the_fifth_429_is_an_error():
    """A tenant that stays busy is left to the caller, with the wait that it asks for."""
    tenant = ScriptedTenant(*(_busy(Retry_After="1") for _ in range(5)))
    async with tenant.client() as client:
        with pytest.raises(TenantBusy) as caught:
            await client.packages()
    assert len(tenant.requests) == 5
    assert caught.value.retry_after == 1.0


@pytest.mark.parametrize(("bound", "asked"), [(30.0, "31"), (0.0, "1"), (5.0, "3600")])
async def test_a_wait_beyond_the_bound_is_the_callers(bound, asked):
    """Nothing is held open longer than the setting busy_seconds: the error comes at once, with the wait."""
    tenant = ScriptedTenant(_busy(Retry_After=asked))
    async with tenant.client(busy_seconds=bound) as client:
        with pytest.raises(TenantBusy) as caught:
            await client.packages()
    assert (tenant.time.slept, caught.value.retry_after) == ([], float(asked))


async def test_a_429_holds_up_all_clients_of_its_family_and_no_other():
    """The other client does not run into the same 429; a call of another family goes out at once."""
    time, told, other_done = FakeTime(), asyncio.Event(), asyncio.Event()
    stamps: list[tuple[str, float]] = []

    async def sleep(seconds: float) -> None:
        await other_done.wait()
        await time.sleep(seconds)

    async def handler(request: httpx.Request) -> httpx.Response:
        stamps.append((request.url.path.rpartition("/")[2], time.now()))
        if not told.is_set():
            told.set()
            return _busy(Retry_After="4")
        return listing()

    first, second = _together(ScriptedTenant(handler=handler), time, sleep)
    async with first, second:
        waiting = asyncio.create_task(first.packages())
        await told.wait()
        await second.running_versions()
        other_done.set()
        await asyncio.gather(waiting, second.locks())
    assert stamps[0] == ("IntegrationPackages", 0.0)
    assert stamps[1] == ("IntegrationRuntimeArtifacts", 0.0)
    assert all(at >= 4.0 for _, at in stamps[2:])
    assert len(stamps) == 4


async def test_two_clients_of_one_user_keep_one_pace_on_the_wire():
    """What the server sees in any second stays within SAP's ten, also with more room for requests at once."""
    time = FakeTime()
    stamps: list[float] = []

    def handler(request: httpx.Request) -> httpx.Response:
        stamps.append(time.now())
        return entity(**FLOW)

    first, second = _together(ScriptedTenant(handler=handler), time, time.sleep)
    async with first, second:
        await asyncio.gather(*(client.flow("F") for _ in range(20) for client in (first, second)))
    assert all(sum(at <= other < at + 1 for other in stamps) <= 10 for at in stamps)
    assert stamps[-1] <= 1.1 * 40 / 9


async def test_a_busy_token_server_is_waited_for():
    """The login's own 429 is one like any other."""
    tenant = ScriptedTenant(_busy(Retry_After="3"), Answer(200, json={"access_token": "t"}), listing())
    async with tenant.client(OAUTH) as client:
        await client.packages()
    assert tenant.time.now() == 3.0


async def test_who_is_cancelled_while_waiting_leaves_room_for_the_others():
    """A cancelled request gives back its place among the requests at once."""
    tenant = ScriptedTenant(listing(), listing(), listing())
    async with tenant.client(concurrency=1) as client:
        await client.packages()
        waiting = asyncio.create_task(client.packages())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
        await client.packages()
    assert waiting.cancelled()


async def test_after_a_missing_role_the_next_request_has_a_new_token():
    """Roles count only in a token that is fetched after they were given; the refused request is not repeated."""
    tenant = ScriptedTenant(
        Answer(200, json={"access_token": "before"}),
        Answer(403),
        Answer(200, json={"access_token": "after"}),
        listing(),
    )
    async with tenant.client(OAUTH) as client:
        with pytest.raises(NotAllowed):
            await client.packages()
        await client.packages()
    assert [request.headers["authorization"] for request in tenant.requests[1::2]] == [
        "Bearer before",
        "Bearer after",
    ]
