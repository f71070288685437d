"""Adding and removing service keys: the rules that hold over both APIs, each trap with its test."""

from typing import Any

import httpx
import pytest
from scripted_cloud_foundry import ScriptedCloudFoundry
from scripted_keys import NEW, OLD, OTHER, PRIVATE, ScriptedApi, external
from scripted_service_manager import ScriptedServiceManager

from certificates.facts import fingerprint, mapping_id, pem_of
from tenant.errors import (
    CertificateClash,
    CertificateTaken,
    ServiceKeyFailed,
    ServiceKeyUnfinished,
    TenantRefused,
)

BOTH = [ScriptedCloudFoundry, ScriptedServiceManager]
both = pytest.mark.parametrize("kind", BOTH, ids=["Cloud Foundry", "Service Manager"])
Kind = type[Any]


def _erp(kind: Kind, **more: Any) -> tuple[ScriptedApi, str]:
    """An API with one instance and its key of the old certificate."""
    api: ScriptedApi = kind(**more)
    erp = api.instance("ERP")
    api.key(erp, external(OLD))
    return api, erp


@both
@pytest.mark.parametrize("polls", [0, 1, 3])
async def test_adding_makes_one_key_and_reads_it_back(kind: Kind, polls: int) -> None:
    """The key is named by MD5, sits in the instance of the old one, and a repetition writes nothing."""
    api, erp = _erp(kind, polls=polls)
    async with api.client() as client:
        added = await client.add_user_mapping("ERP", pem_of(NEW) + pem_of(OTHER))
        assert await client.add_user_mapping("ERP", pem_of(NEW)) == added
        assert {m.fingerprint for m in await client.user_mappings()} == {fingerprint(OLD), fingerprint(NEW)}
    assert (added.user, added.instance, added.name) == ("ERP", erp, mapping_id(NEW))
    assert added.fingerprint == fingerprint(NEW)
    assert len(api.writes) == 1


@both
async def test_a_certificate_of_another_instance_is_refused_by_name(kind: Kind) -> None:
    """A second key would lock out both senders (KBA 3224701), so nothing is written."""
    api, _ = _erp(kind)
    api.key(api.instance("SHOP"), external(NEW), "shop-key")
    async with api.client() as client:
        with pytest.raises(CertificateTaken, match="shop-key of the service instance SHOP"):
            await client.add_user_mapping("ERP", pem_of(NEW))
    assert api.writes == []


@both
@pytest.mark.parametrize("elsewhere", [False, True])
async def test_two_keys_with_the_certificate_are_a_clash(kind: Kind, elsewhere: bool) -> None:
    """That a key is there already is no success while a second one makes the runtime refuse both."""
    api, erp = _erp(kind)
    api.key(erp, external(NEW), "first")
    api.key(api.instance("SHOP") if elsewhere else erp, external(NEW, key=PRIVATE), "second")
    async with api.client() as client:
        with pytest.raises(CertificateClash, match=r"first.*second"):
            await client.add_user_mapping("ERP", pem_of(NEW))
    assert api.writes == []


@both
async def test_a_clash_that_arises_meanwhile_is_found(kind: Kind) -> None:
    """Somebody makes a key of the same certificate elsewhere at the same moment: the look after the write sees it."""
    api, _ = _erp(kind)
    shop = api.instance("SHOP")
    api.key(shop, external(OTHER))
    api.before_create = lambda _: api.key(shop, external(NEW)) and None
    async with api.client() as client:
        with pytest.raises(CertificateClash):
            await client.add_user_mapping("ERP", pem_of(NEW))


@both
async def test_a_name_that_another_certificate_has_gives_way(kind: Kind) -> None:
    """The MD5 name may be taken by hand; the key gets another of at most 32 characters."""
    api, erp = _erp(kind)
    api.key(erp, external(OTHER), mapping_id(NEW))
    async with api.client() as client:
        added = await client.add_user_mapping("ERP", pem_of(NEW))
    assert added.name == mapping_id(NEW)[:30] + "-2"


@both
@pytest.mark.parametrize("status", [409, 422])
async def test_a_name_taken_at_the_last_moment_is_looked_into(kind: Kind, status: int) -> None:
    """422 for a duplicate name: is it our certificate, good; is it another, the next name is taken."""
    for taker, name in ((NEW, mapping_id(NEW)), (OTHER, mapping_id(NEW)[:30] + "-2")):
        api, erp = _erp(kind)

        def taken(
            body: dict[str, Any], api: Any = api, erp: str = erp, taker: bytes = taker
        ) -> httpx.Response | None:
            if any(key.name == mapping_id(NEW) for key in api.keys.values()):
                return None
            api.key(erp, external(taker), body["name"])
            return httpx.Response(status, json={"error": "Conflict", "description": "no"})

        api.before_create = taken
        async with api.client() as client:
            assert (await client.add_user_mapping("ERP", pem_of(NEW))).name == name


@both
async def test_a_refusal_for_another_reason_stands(kind: Kind) -> None:
    """Quota, for one: the name is free, so the API's own words are the reason."""
    api, _ = _erp(kind)
    words = "You have exceeded your space's limit for service binding of type key."
    api.before_create = lambda _: httpx.Response(422, json={"errors": [{"detail": words}], "description": words})
    async with api.client() as client:
        with pytest.raises(TenantRefused) as refused:
            await client.add_user_mapping("ERP", pem_of(NEW))
    assert type(refused.value) is TenantRefused
    assert len(api.writes) == 1


@both
@pytest.mark.parametrize("state", ["in progress", "failed"])
async def test_a_key_that_is_leaving_is_neither_there_nor_gone(kind: Kind, state: str) -> None:
    """It still holds the certificate and its name; the step is tried again when it has gone."""
    api, erp = _erp(kind)
    api.key(erp, external(NEW), operation=("delete", state, "broker down"), polls=1000)
    async with api.client() as client:
        with pytest.raises(ServiceKeyUnfinished, match="being deleted") as unfinished:
            await client.add_user_mapping("ERP", pem_of(NEW))
    assert unfinished.value.retryable
    assert api.writes == []


@both
async def test_a_name_that_is_being_deleted_is_tried_again_later(kind: Kind) -> None:
    """422 "is getting deleted": the list tells so, and the error is one that is retried."""
    api, erp = _erp(kind)

    def leaving(body: dict[str, Any]) -> httpx.Response:
        api.key(erp, external(OTHER), body["name"], operation=("delete", "in progress", ""), polls=1000)
        return httpx.Response(422, json={"errors": [{"detail": "a key that is getting deleted"}]})

    api.before_create = leaving
    async with api.client() as client:
        with pytest.raises(ServiceKeyUnfinished, match="being deleted"):
            await client.add_user_mapping("ERP", pem_of(NEW))


@both
async def test_an_attempt_that_was_cut_off_is_waited_for(kind: Kind) -> None:
    """The key of this certificate is being made already: no second one is ordered."""
    api, erp = _erp(kind)
    key = api.key(erp, None, mapping_id(NEW), operation=("create", "in progress", ""), polls=3)
    api.wanted[key.guid] = NEW
    async with api.client() as client:
        assert (await client.add_user_mapping("ERP", pem_of(NEW))).id == key.guid
    assert api.writes == []


@both
async def test_a_lost_job_leaves_the_key_to_tell(kind: Kind) -> None:
    """404 for a job is no answer: the key's last operation decides, here well."""
    api, _ = _erp(kind, lose_jobs=True, polls=4)
    async with api.client() as client:
        assert (await client.add_user_mapping("ERP", pem_of(NEW))).fingerprint == fingerprint(NEW)
        assert await client.remove_user_mapping("key-1") is True


@both
@pytest.mark.parametrize("lost", [False, True])
async def test_a_failed_creation_is_an_error_with_the_brokers_reason(kind: Kind, lost: bool) -> None:
    """Whether the job tells it or the last operation; the leftover does not stand in the way of the next order."""
    api, _ = _erp(kind, fail="the broker dislikes chains", job_fails=True, lose_jobs=lost)
    async with api.client() as client:
        with pytest.raises(ServiceKeyFailed, match="the broker dislikes chains"):
            await client.add_user_mapping("ERP", pem_of(NEW))
        left = (await client.user_mappings()).unreadable
        api.fail = None
        added = await client.add_user_mapping("ERP", pem_of(NEW))
    assert [(one.user, one.name, one.may_hold) for one in left] == [("ERP", mapping_id(NEW), False)]
    assert "the broker dislikes chains" in left[0].why
    assert added.name == mapping_id(NEW)


@both
async def test_waiting_ends(kind: Kind) -> None:
    """SAP's tool asks every 3 s for 60 s; after that the error says to look later, and is retried."""
    api, _ = _erp(kind, polls=10_000)
    async with api.client() as client:
        with pytest.raises(ServiceKeyUnfinished) as unfinished:
            await client.add_user_mapping("ERP", pem_of(NEW))
        with pytest.raises(ServiceKeyUnfinished):
            await client.remove_user_mapping("key-1")
    assert unfinished.value.retryable
    assert api.pace.now == 120
    assert set(api.pace.slept) == {3}


@both
async def test_a_key_with_another_certificate_than_ordered_is_found(kind: Kind) -> None:
    """The credentials are read back and compared: what was stored is what counts."""
    api, _ = _erp(kind, stored=lambda _: external(OTHER))
    async with api.client() as client:
        with pytest.raises(ServiceKeyFailed, match="another certificate"):
            await client.add_user_mapping("ERP", pem_of(NEW))
    assert len(api.writes) == 1


@both
async def test_a_strangers_key_that_is_being_made_is_waited_out(kind: Kind) -> None:
    """It may be for the same certificate, so the order is tried again later."""
    api, erp = _erp(kind)
    api.key(erp, None, "stranger", operation=("create", "initial", ""), polls=1000)
    async with api.client() as client:
        (hidden,) = (await client.user_mappings()).unreadable
        with pytest.raises(ServiceKeyUnfinished, match="stranger"):
            await client.add_user_mapping("ERP", pem_of(NEW))
    assert "still being made" in hidden.why
    assert api.writes == []


@both
async def test_removing_tells_whether_it_was_there(kind: Kind) -> None:
    """True when it went, after the operation ended; False when it was gone."""
    api, erp = _erp(kind)
    api.key(erp, external(NEW))
    async with api.client() as client:
        assert await client.remove_user_mapping("key-1") is True
        assert "key-1" not in api.keys
        assert await client.remove_user_mapping("key-1") is False
    assert len(api.writes) == 1


@both
async def test_a_deletion_under_way_is_waited_for_not_ordered_again(kind: Kind) -> None:
    """A second DELETE would be refused."""
    api, erp = _erp(kind)
    api.key(erp, external(NEW), operation=("delete", "in progress", ""), polls=3)
    async with api.client() as client:
        assert await client.remove_user_mapping("key-2") is True
    assert api.writes == []


@both
@pytest.mark.parametrize(("job_fails", "lost"), [(False, False), (True, False), (True, True)])
async def test_a_deletion_that_fails_is_no_deletion(kind: Kind, job_fails: bool, lost: bool) -> None:
    """The broker's reason is told, by the job or by the key itself."""
    api, _ = _erp(kind, fail="in use", job_fails=job_fails, lose_jobs=lost)
    async with api.client() as client:
        with pytest.raises(ServiceKeyFailed, match="in use"):
            await client.remove_user_mapping("key-1")


@pytest.mark.parametrize("text", ["", "no certificate", "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----"])
async def test_what_is_no_certificate_is_not_put_into_a_key(text: str) -> None:
    """The caller hears it before anything is asked."""
    api, _ = _erp(ScriptedCloudFoundry)
    async with api.client() as client:
        with pytest.raises(ValueError, match=r".+"):
            await client.add_user_mapping("ERP", text)
    assert api.requests == []
