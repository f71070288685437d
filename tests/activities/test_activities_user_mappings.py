"""Adding and removing user mappings: for the same user, never another's, and none lost on the way."""

from typing import Any

import httpx
import pytest
from activity_tools import NAME, Opened, change, failed, plain_http, run
from house import Pair, Stage, new_names, same_names

from activities.user_mappings import UserMappingActivities
from certificates.facts import mapping_id
from process.facts import CertificateFacts


async def held(tenant: Stage) -> list[tuple[str, str]]:
    """User and certificate of each mapping."""
    async with Opened(tenant.url)(NAME) as client:
        return sorted((m.user, m.fingerprint) for m in await client.user_mappings())


def of(user: str, certificate: CertificateFacts) -> tuple[str, str]:
    """A mapping, as `held` tells it."""
    return user, certificate.fingerprint


@pytest.mark.parametrize("pair", [new_names(), same_names()], ids=["new names", "same names"])
async def test_old_and_new_side_by_side_then_the_new_alone(tenant: Stage, opened: Opened, pair: Pair) -> None:
    """The new certificate is mapped to the user of the old one; a mapping knows certificates, not names."""
    mappings = UserMappingActivities(opened)
    await tenant.mapping("ERP", pair.old.facts)
    added = await run(mappings.add_user_mapping, change(pair, "ERP"))
    assert "ERP" in added.text
    assert pair.new.facts.fingerprint[:16] in added.text
    assert await held(tenant) == sorted([of("ERP", pair.old.facts), of("ERP", pair.new.facts)])
    removed = await run(mappings.remove_user_mapping, change(pair, "ERP"))
    assert pair.old.facts.fingerprint[:16] in removed.text
    assert await held(tenant) == [of("ERP", pair.new.facts)]


async def test_repeating_writes_nothing(tenant: Stage, opened: Opened) -> None:
    """What is there is read, not written again."""
    pair, mappings = new_names(), UserMappingActivities(opened)
    await tenant.mapping("ERP", pair.old.facts)
    for activity in (mappings.add_user_mapping, mappings.remove_user_mapping):
        first = await run(activity, change(pair, "ERP"))
        assert (await run(activity, change(pair, "ERP"))).text == first.text
    assert await tenant.writes("Mappings", "POST") == 1
    assert await tenant.writes("Mappings", "DELETE") == 1


async def test_a_certificate_is_not_taken_from_another_user(tenant: Stage, opened: Opened) -> None:
    """The tenant's POST would move it without a word; we refuse, name the user, and write nothing."""
    pair = new_names()
    await tenant.mapping("ERP", pair.old.facts)
    await tenant.mapping("SHOP", pair.new.facts)
    for check_only in (False, True):
        error = await failed(UserMappingActivities(opened).add_user_mapping, change(pair, "ERP", check_only))
        assert (error.type, error.non_retryable) == ("NotReached", True)
        assert "SHOP" in error.message
        assert "tenant administrator" in error.message
    assert await held(tenant) == sorted([of("ERP", pair.old.facts), of("SHOP", pair.new.facts)])
    assert await tenant.writes("Mappings", "POST") == 0


async def test_the_old_one_stays_until_the_new_one_is_there(tenant: Stage, opened: Opened) -> None:
    """Neither a missing mapping nor one of another user will do: the sender would be locked out."""
    pair, mappings = new_names(), UserMappingActivities(opened)
    await tenant.mapping("ERP", pair.old.facts)
    assert (await failed(mappings.remove_user_mapping, change(pair, "ERP"))).type == "NotReached"
    await tenant.mapping("SHOP", pair.new.facts)
    error = await failed(mappings.remove_user_mapping, change(pair, "ERP"))
    assert (error.type, error.non_retryable) == ("NotReached", True)
    assert of("ERP", pair.old.facts) in await held(tenant)
    assert await tenant.writes("Mappings", "DELETE") == 0


async def test_another_users_mapping_of_the_old_one_is_not_ours(tenant: Stage, opened: Opened) -> None:
    """Only the user at hand is changed, whatever else knows the certificate."""
    pair = new_names()
    await tenant.mapping("SHOP", pair.old.facts)
    await tenant.mapping("ERP", pair.new.facts)
    await run(UserMappingActivities(opened).remove_user_mapping, change(pair, "ERP"))
    assert await held(tenant) == sorted([of("ERP", pair.new.facts), of("SHOP", pair.old.facts)])


async def test_by_hand_is_looked_at_and_nothing_is_written(tenant: Stage, opened: Opened) -> None:
    """Until the tenant shows it the answer is a no that says what is missing and who must act."""
    pair, mappings = new_names(), UserMappingActivities(opened)
    await tenant.mapping("ERP", pair.old.facts)
    by_hand = change(pair, "ERP", check_only=True)
    error = await failed(mappings.add_user_mapping, by_hand)
    assert pair.new.facts.fingerprint[:16] in error.message
    assert "tenant administrator" in error.message
    await tenant.mapping("ERP", pair.new.facts)
    assert not (await run(mappings.add_user_mapping, by_hand)).changed
    error = await failed(mappings.remove_user_mapping, by_hand)
    assert "still there" in error.message
    assert len(await held(tenant)) == 2
    async with opened(NAME) as client:
        await client.remove_user_mapping(mapping_id(pair.old.der))
    await run(mappings.remove_user_mapping, by_hand)


class Losing(httpx.AsyncBaseTransport):
    """A tenant that loses a mapping with the first write, as SAP's once could (page f4b7126)."""

    def __init__(self, url: str, lost: str) -> None:
        self._inner, self._url, self._lost = plain_http(), url, lost

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Carry out, and lose."""
        response = await self._inner.handle_async_request(request)
        if request.method in ("POST", "DELETE"):
            async with Opened(self._url)(NAME) as client:
                await client.remove_user_mapping(self._lost)
        return response

    async def aclose(self) -> None:
        """Close the real one."""
        await self._inner.aclose()


@pytest.mark.parametrize("step", ["add_user_mapping", "remove_user_mapping"])
async def test_a_mapping_that_is_lost_on_the_way_is_an_alarm(tenant: Stage, step: str) -> None:
    """All mappings are one artifact: after a write the others are counted, and a missing one is named."""
    pair, stranger = new_names(), same_names()
    await tenant.mapping("ERP", pair.old.facts)
    await tenant.mapping("SHOP", stranger.old.facts)
    if step == "remove_user_mapping":
        await tenant.mapping("ERP", pair.new.facts)
    lost = mapping_id(stranger.old.der)
    activities: Any = UserMappingActivities(Opened(tenant.url, Losing(tenant.url, lost)))
    error = await failed(getattr(activities, step), change(pair, "ERP"))
    assert (error.type, error.non_retryable) == ("MappingsLost", True)
    assert lost in error.message
    assert "tenant administrator" in error.message


async def test_somebody_elses_removal_is_no_loss_of_ours(tenant: Stage, opened: Opened) -> None:
    """A check by hand writes nothing, so nothing that disappears meanwhile is its fault."""
    pair, stranger = new_names(), same_names()
    await tenant.mapping("ERP", pair.new.facts)
    await tenant.mapping("SHOP", stranger.old.facts)
    losing = Opened(tenant.url, Losing(tenant.url, mapping_id(stranger.old.der)))
    await run(UserMappingActivities(losing).add_user_mapping, change(pair, "ERP", check_only=True))
    assert len(await held(tenant)) == 2


async def test_an_answer_that_is_lost_is_looked_up(tenant: Stage, opened: Opened) -> None:
    """The write was carried out and its answer lost: the next attempt sees it and writes nothing."""
    pair, mappings = new_names(), UserMappingActivities(opened)
    await tenant.mapping("ERP", pair.old.facts)
    for activity, method in ((mappings.add_user_mapping, "POST"), (mappings.remove_user_mapping, "DELETE")):
        await tenant.fault("CertificateUserMappings", method=method, drop="after")
        assert not (await failed(activity, change(pair, "ERP"))).non_retryable
        await run(activity, change(pair, "ERP"))
        assert await tenant.writes("Mappings", method) == 1
    assert await held(tenant) == [of("ERP", pair.new.facts)]
