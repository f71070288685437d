"""Adding and removing user mappings: for the same user, never another's, and none lost on the way."""

import asyncio
import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from activity_tools import NAME, Attempts, Cutting, Killed, Opened, change, failed, plain_http, run
from house import Pair, Stage, new_names, same_names

from activities.user_mappings import UserMappingActivities
from certificates.facts import mapping_id
from process.facts import CertificateFacts


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where backups go; not made yet."""
    return tmp_path / "some" / "backups"


@pytest.fixture
def mappings(opened: Opened, folder: Path) -> UserMappingActivities:
    """The activities of a worker."""
    return UserMappingActivities(opened, folder)


def files(folder: Path) -> list[Path]:
    """The backups in a folder, none where there is no folder."""
    return sorted(folder.iterdir()) if folder.exists() else []


async def held(tenant: Stage) -> list[tuple[str, str]]:
    """User and certificate of each mapping."""
    async with Opened(tenant.url)(NAME) as client:
        return sorted((m.user, m.fingerprint) for m in await client.user_mappings())


def of(user: str, certificate: CertificateFacts) -> tuple[str, str]:
    """A mapping, as `held` tells it."""
    return user, certificate.fingerprint


@pytest.mark.parametrize("pair", [new_names(), same_names()], ids=["new names", "same names"])
async def test_old_and_new_side_by_side_then_the_new_alone(
    tenant: Stage, mappings: UserMappingActivities, pair: Pair
) -> None:
    """The new certificate is mapped to the user of the old one; a mapping knows certificates, not names."""
    await tenant.mapping("ERP", pair.old.facts)
    added = await run(mappings.add_user_mapping, change(pair, "ERP"))
    assert "ERP" in added.text
    assert pair.new.facts.fingerprint[:16] in added.text
    assert await held(tenant) == sorted([of("ERP", pair.old.facts), of("ERP", pair.new.facts)])
    removed = await run(mappings.remove_user_mapping, change(pair, "ERP"))
    assert pair.old.facts.fingerprint[:16] in removed.text
    assert await held(tenant) == [of("ERP", pair.new.facts)]


async def test_repeating_writes_nothing(tenant: Stage, mappings: UserMappingActivities) -> None:
    """What is there is read, not written again."""
    pair = new_names()
    await tenant.mapping("ERP", pair.old.facts)
    for activity in (mappings.add_user_mapping, mappings.remove_user_mapping):
        first = await run(activity, change(pair, "ERP"))
        again = await run(activity, change(pair, "ERP"))
        assert first.text.startswith(again.text)
        assert (first.changed, again.changed) == (True, False)
    assert await tenant.writes("Mappings", "POST") == 1
    assert await tenant.writes("Mappings", "DELETE") == 1


async def test_a_certificate_is_not_taken_from_another_user(tenant: Stage, mappings: UserMappingActivities) -> None:
    """The tenant's POST would move it without a word; we refuse, name the user, and write nothing."""
    pair = new_names()
    await tenant.mapping("ERP", pair.old.facts)
    await tenant.mapping("SHOP", pair.new.facts)
    for check_only in (False, True):
        error = await failed(mappings.add_user_mapping, change(pair, "ERP", check_only))
        assert (error.type, error.non_retryable) == ("NotReached", True)
        assert "SHOP" in error.message
        assert "tenant administrator" in error.message
    assert await held(tenant) == sorted([of("ERP", pair.old.facts), of("SHOP", pair.new.facts)])
    assert await tenant.writes("Mappings", "POST") == 0


async def test_the_old_one_stays_until_the_new_one_is_there(tenant: Stage, mappings: UserMappingActivities) -> None:
    """Neither a missing mapping nor one of another user will do: the sender would be locked out."""
    pair = new_names()
    await tenant.mapping("ERP", pair.old.facts)
    assert (await failed(mappings.remove_user_mapping, change(pair, "ERP"))).type == "NotReached"
    await tenant.mapping("SHOP", pair.new.facts)
    error = await failed(mappings.remove_user_mapping, change(pair, "ERP"))
    assert (error.type, error.non_retryable) == ("NotReached", True)
    assert of("ERP", pair.old.facts) in await held(tenant)
    assert await tenant.writes("Mappings", "DELETE") == 0


async def test_another_users_mapping_of_the_old_one_is_not_ours(
    tenant: Stage, mappings: UserMappingActivities
) -> None:
    """Only the user at hand is changed, whatever else knows the certificate."""
    pair = new_names()
    await tenant.mapping("SHOP", pair.old.facts)
    await tenant.mapping("ERP", pair.new.facts)
    await run(mappings.remove_user_mapping, change(pair, "ERP"))
    assert await held(tenant) == sorted([of("ERP", pair.new.facts), of("SHOP", pair.old.facts)])


async def test_by_hand_is_looked_at_and_nothing_is_written(
    tenant: Stage, opened: Opened, mappings: UserMappingActivities, folder: Path
) -> None:
    """Until the tenant shows it the answer is a no that says what is missing and who must act."""
    pair = new_names()
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
    assert files(folder) == []


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
async def test_a_mapping_that_is_lost_on_the_way_is_an_alarm(tenant: Stage, folder: Path, step: str) -> None:
    """All mappings are one artifact: after a write the others are counted, and a missing one is named."""
    pair, stranger = new_names(), same_names()
    await tenant.mapping("ERP", pair.old.facts)
    await tenant.mapping("SHOP", stranger.old.facts)
    if step == "remove_user_mapping":
        await tenant.mapping("ERP", pair.new.facts)
    lost = mapping_id(stranger.old.der)
    activities: Any = UserMappingActivities(Opened(tenant.url, Losing(tenant.url, lost)), folder)
    error = await failed(getattr(activities, step), change(pair, "ERP"))
    assert (error.type, error.non_retryable) == ("MappingsLost", True)
    assert f"{lost} of SHOP" in error.message
    assert "tenant administrator" in error.message
    (backup,) = files(folder)
    assert str(backup) in error.message


async def test_somebody_elses_removal_is_no_loss_of_ours(tenant: Stage, folder: Path) -> None:
    """A check by hand writes nothing, so nothing that disappears meanwhile is its fault."""
    pair, stranger = new_names(), same_names()
    await tenant.mapping("ERP", pair.new.facts)
    await tenant.mapping("SHOP", stranger.old.facts)
    losing = Opened(tenant.url, Losing(tenant.url, mapping_id(stranger.old.der)))
    await run(UserMappingActivities(losing, folder).add_user_mapping, change(pair, "ERP", check_only=True))
    assert len(await held(tenant)) == 2


async def test_an_answer_that_is_lost_is_looked_up(tenant: Stage, mappings: UserMappingActivities) -> None:
    """The write was carried out and its answer lost: the next attempt sees it and writes nothing."""
    pair = new_names()
    await tenant.mapping("ERP", pair.old.facts)
    for activity, method in ((mappings.add_user_mapping, "POST"), (mappings.remove_user_mapping, "DELETE")):
        await tenant.fault("CertificateUserMappings", method=method, drop="after")
        assert not (await failed(activity, change(pair, "ERP"))).non_retryable
        await run(activity, change(pair, "ERP"))
        assert await tenant.writes("Mappings", method) == 1
    assert await held(tenant) == [of("ERP", pair.new.facts)]


async def test_all_mappings_are_backed_up_before_the_first_write(
    tenant: Stage, mappings: UserMappingActivities, folder: Path
) -> None:
    """The file has every user with the certificate as it was before, and the evidence names it."""
    pair, stranger = new_names(), same_names()
    await tenant.mapping("ERP", pair.old.facts)
    await tenant.mapping("SHOP", stranger.old.facts)
    evidence = await run(mappings.add_user_mapping, change(pair, "ERP"))
    (file,) = files(folder)
    assert str(file) in evidence.text
    backup = json.loads(file.read_text())
    rows = sorted((row["user"], row["sha256"], row["certificate"]) for row in backup["user_mappings"])
    facts = [("ERP", pair.old.facts), ("SHOP", stranger.old.facts)]
    assert rows == [(user, known.fingerprint, known.pem) for user, known in facts]
    assert (backup["tenant"], file.name.startswith(f"{NAME}-")) == (NAME, True)
    await run(mappings.remove_user_mapping, change(pair, "ERP"))
    assert len(files(folder)) == 2


async def test_without_a_backup_nothing_is_written(tenant: Stage, opened: Opened, tmp_path: Path) -> None:
    """A folder that cannot be written is the operator's task, told before anything is changed."""
    pair, blocked = new_names(), tmp_path / "a file"
    blocked.write_text("in the way")
    await tenant.mapping("ERP", pair.old.facts)
    error = await failed(UserMappingActivities(opened, blocked).add_user_mapping, change(pair, "ERP"))
    assert (error.type, error.non_retryable) == ("BackupFailed", True)
    assert "operator" in error.message
    assert await held(tenant) == [of("ERP", pair.old.facts)]


class Blinking(httpx.AsyncBaseTransport):
    """A tenant whose list lacks one mapping, once, right after a write."""

    def __init__(self, hidden: str) -> None:
        self._inner, self._hidden, self._blink = plain_http(), hidden, False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Leave it out of the first list after the write was read back."""
        response = await self._inner.handle_async_request(request)
        if request.url.path.endswith("Mappings") and request.method == "GET" and self._blink:
            self._blink = False
            body = json.loads(await response.aread())
            body["d"]["results"] = [row for row in body["d"]["results"] if row["Id"] != self._hidden]
            return httpx.Response(200, json=body)
        self._blink = self._blink or request.method == "POST"
        return response

    async def aclose(self) -> None:
        """Close the real one."""
        await self._inner.aclose()


async def test_what_vanishes_from_one_list_is_looked_up_again(tenant: Stage, folder: Path) -> None:
    """One odd answer raises no alarm; the second look decides."""
    pair, stranger = new_names(), same_names()
    await tenant.mapping("ERP", pair.old.facts)
    await tenant.mapping("SHOP", stranger.old.facts)
    blinking = Opened(tenant.url, Blinking(mapping_id(stranger.old.der)))
    await run(UserMappingActivities(blinking, folder).add_user_mapping, change(pair, "ERP"))
    assert len(await held(tenant)) == 3


async def test_renewals_of_one_tenant_at_once_raise_no_false_alarm(
    tenant: Stage, mappings: UserMappingActivities
) -> None:
    """Each change reads, writes and reads in one piece, so the removal of another renewal is no loss."""
    pairs = {f"U{at}": new_names() for at in range(6)}
    for user, pair in pairs.items():
        await tenant.mapping(user, pair.old.facts)
    for activity in (mappings.add_user_mapping, mappings.remove_user_mapping):
        await asyncio.gather(*(run(activity, change(pair, user)) for user, pair in pairs.items()))
    assert await held(tenant) == sorted(of(user, pair.new.facts) for user, pair in pairs.items())


async def test_a_loss_before_a_crash_is_found_after_it(tenant: Stage, folder: Path) -> None:
    """The first attempt wrote, the tenant lost a mapping, the worker died: the next one has its backup."""
    pair, stranger = new_names(), same_names()
    await tenant.mapping("ERP", pair.old.facts)
    await tenant.mapping("SHOP", stranger.old.facts)
    attempts, lost = Attempts(), mapping_id(stranger.old.der)
    dying = UserMappingActivities(Opened(tenant.url, DyingAfterPost()), folder)
    with pytest.raises(Killed):
        await attempts.run(dying.add_user_mapping, change(pair, "ERP"))
    async with Opened(tenant.url)(NAME) as client:
        await client.remove_user_mapping(lost)
    with pytest.raises(Exception, match=lost) as error:
        await attempts.run(UserMappingActivities(Opened(tenant.url), folder).add_user_mapping, change(pair, "ERP"))
    assert getattr(error.value, "type", "") == "MappingsLost"
    assert len(files(folder)) == 1


async def test_a_backup_on_another_worker_stops_nobody(tenant: Stage, folder: Path, tmp_path: Path) -> None:
    """The next attempt may run elsewhere, where the file is not: it makes its own before it writes."""
    pair = new_names()
    await tenant.mapping("ERP", pair.old.facts)
    attempts = Attempts(details=[str(folder / "elsewhere.json")])
    activities = UserMappingActivities(Opened(tenant.url), tmp_path / "here")
    evidence = await attempts.run(activities.add_user_mapping, change(pair, "ERP"))
    (file,) = files(tmp_path / "here")
    assert str(file) in evidence.text


async def test_what_this_worker_removed_is_no_loss_for_another_renewal(tenant: Stage, folder: Path) -> None:
    """Between two attempts of one renewal another one removes its old mapping: nobody is alarmed."""
    pair, other = new_names(), same_names()
    await tenant.mapping("ERP", pair.old.facts)
    await tenant.mapping("SHOP", other.old.facts)
    await tenant.mapping("SHOP", other.new.facts)
    transports: list[httpx.AsyncBaseTransport] = [DyingAfterPost(), plain_http(), plain_http()]
    activities = UserMappingActivities(lambda name: Opened(tenant.url, transports.pop(0))(name), folder)
    attempts = Attempts()
    with pytest.raises(Killed):
        await attempts.run(activities.add_user_mapping, change(pair, "ERP"))
    await run(activities.remove_user_mapping, change(other, "SHOP"))
    await attempts.run(activities.add_user_mapping, change(pair, "ERP"))


class DyingAfterPost(Cutting):
    """The worker dies right after the answer to its POST."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Die then."""
        response = await self._inner.handle_async_request(request)
        if request.method == "POST":
            await response.aread()
            await response.aclose()
            raise Killed
        return response


class Recording(httpx.AsyncBaseTransport):
    """Notes in a shared list who asks."""

    def __init__(self, who: int, asked: list[int]) -> None:
        self._inner, self._who, self._asked = plain_http(), who, asked

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Note it and send on."""
        self._asked.append(self._who)
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the real one."""
        await self._inner.aclose()


async def test_changes_of_one_tenant_wait_for_each_other(tenant: Stage, folder: Path) -> None:
    """All mappings are one artifact: read, write and read of one change are done before the next one begins."""
    pairs, asked = [new_names() for _ in range(4)], list[int]()
    for at, pair in enumerate(pairs):
        await tenant.mapping(f"U{at}", pair.old.facts)
    opening = iter(range(4))
    activities = UserMappingActivities(lambda n: Opened(tenant.url, Recording(next(opening), asked))(n), folder)
    await asyncio.gather(*(run(activities.add_user_mapping, change(pair, f"U{at}")) for at, pair in enumerate(pairs)))
    turns = [who for at, who in enumerate(asked) if at == 0 or asked[at - 1] != who]
    assert sorted(turns) == [0, 1, 2, 3]
