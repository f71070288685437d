"""User mappings on Cloud Foundry: the same two steps on service keys, in the cockpit's words."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from activity_tools import change, failed, run
from house import Pair, new_names, same_names
from scripted_cloud_foundry import ScriptedCloudFoundry
from scripted_keys import OTHER, ScriptedApi, external
from scripted_service_manager import ScriptedServiceManager

from activities.user_mappings import UserMappingActivities
from certificates.facts import mapping_id

both = pytest.mark.parametrize("kind", [ScriptedCloudFoundry, ScriptedServiceManager], ids=["CF", "SM"])


def _landscape(kind: type[Any], pair: Pair) -> tuple[ScriptedApi, str]:
    """An instance ERP with a key of the old certificate, beside another one."""
    api: ScriptedApi = kind()
    api.key(api.instance("SHOP"), external(OTHER))
    erp = api.instance("ERP")
    api.key(erp, external(pair.old.der), "old-key")
    return api, erp


def _activities(api: ScriptedApi, folder: Path) -> UserMappingActivities:
    return UserMappingActivities(lambda _: api.client(), folder)


def _keys(api: ScriptedApi) -> list[str]:
    return sorted(key.name for key in api.keys.values() if key.name in ("old-key",) or len(key.name) == 32)


@both
@pytest.mark.parametrize("pair", [new_names(), same_names()], ids=["new names", "same names"])
async def test_old_and_new_key_side_by_side_then_the_new_alone(kind: type[Any], pair: Pair, tmp_path: Path) -> None:
    """The new key is made in the instance of the old one; no backup is due, since keys are things of their own."""
    api, _ = _landscape(kind, pair)
    activities = _activities(api, tmp_path / "backups")
    new_key = mapping_id(pair.new.der)
    added = await run(activities.add_user_mapping, change(pair, "ERP"))
    assert added.text == (
        f"The service instance ERP has the service key {new_key} with certificate {pair.new.facts.fingerprint[:16]}."
    )
    assert added.changed
    assert _keys(api) == sorted(["old-key", new_key])
    removed = await run(activities.remove_user_mapping, change(pair, "ERP"))
    assert pair.old.facts.fingerprint[:16] in removed.text
    assert _keys(api) == [new_key]
    assert not (await run(activities.remove_user_mapping, change(pair, "ERP"))).changed
    assert len(api.writes) == 2
    assert not (tmp_path / "backups").exists()


@both
async def test_the_certificate_of_another_instance_is_refused_by_name(kind: type[Any], tmp_path: Path) -> None:
    """As on Neo: nothing is written, and the sentence says where it is, in the cockpit's words."""
    pair = new_names()
    api, _ = _landscape(kind, pair)
    api.key(api.instance("CRM"), external(pair.new.der))
    for by_hand in (False, True):
        error = await failed(_activities(api, tmp_path).add_user_mapping, change(pair, "ERP", by_hand))
        assert (error.type, error.non_retryable) == ("NotReached", True)
        assert "CRM" in error.message
        assert "service key of the service instance ERP" in error.message
        assert "cockpit" in error.message
    assert api.writes == []


@both
@pytest.mark.parametrize("step", ["add_user_mapping", "remove_user_mapping"])
async def test_two_keys_with_the_new_certificate_stop_both_steps(kind: type[Any], step: str, tmp_path: Path) -> None:
    """The runtime refuses it (KBA 3224701): it is neither added nor is the old one taken away."""
    pair = new_names()
    api, erp = _landscape(kind, pair)
    api.key(erp, external(pair.new.der), "first")
    api.key(erp, external(pair.new.der), "second")
    error = await failed(getattr(_activities(api, tmp_path), step), change(pair, "ERP"))
    assert error.type == "NotReached"
    assert "first and second" in error.message
    assert api.writes == []


@both
async def test_the_old_key_stays_until_the_new_one_is_there(kind: type[Any], tmp_path: Path) -> None:
    """Else the sender would be locked out; what could not be looked at is told with it."""
    pair = new_names()
    api, erp = _landscape(kind, pair)
    forbidden = httpx.Response(403, json={"errors": [{"detail": "no"}]})
    api.key(erp, external(pair.new.der), "hidden-key", details=forbidden)
    error = await failed(_activities(api, tmp_path).remove_user_mapping, change(pair, "ERP"))
    assert error.type == "NotReached"
    assert "hidden-key" in error.message
    assert api.writes == []


@both
async def test_every_key_of_the_old_certificate_in_the_instance_goes(kind: type[Any], tmp_path: Path) -> None:
    """Two of them are a clash that a person made; another instance's key is not ours."""
    pair = new_names()
    api, erp = _landscape(kind, pair)
    api.key(erp, external(pair.old.der), "old again")
    api.key(erp, external(pair.new.der), "new-key")
    api.key(api.instance("CRM"), external(pair.old.der), "of another")
    await run(_activities(api, tmp_path).remove_user_mapping, change(pair, "ERP"))
    left = {key.name for key in api.keys.values()}
    assert {"old-key", "old again"} & left == set()
    assert {"new-key", "of another"} <= left


@both
async def test_gone_is_not_said_of_what_could_not_be_looked_at(kind: type[Any], tmp_path: Path) -> None:
    """By hand somebody says it is removed: a key of the instance that cannot be read may hold it."""
    pair = new_names()
    api, erp = _landscape(kind, pair)
    api.key(erp, external(pair.new.der))
    del api.keys["key-2"]
    forbidden = httpx.Response(403, json={"errors": [{"detail": "no"}]})
    api.key(erp, external(pair.old.der), "hidden-key", details=forbidden)
    error = await failed(_activities(api, tmp_path).remove_user_mapping, change(pair, "ERP", check_only=True))
    assert error.type == "NotReached"
    assert "hidden-key" in error.message


async def test_errors_of_the_api_leave_with_their_class(tmp_path: Path) -> None:
    """A key that is still being made is tried again, a broken one is a person's task."""
    pair = new_names()
    api, erp = _landscape(ScriptedCloudFoundry, pair)
    key = api.key(erp, None, "stranger", operation=("create", "in progress", ""), polls=1000)
    error = await failed(_activities(api, tmp_path).add_user_mapping, change(pair, "ERP"))
    assert (error.type, error.non_retryable) == ("ServiceKeyUnfinished", False)
    del api.keys[key.guid]
    api.fail = "no chains"
    error = await failed(_activities(api, tmp_path).add_user_mapping, change(pair, "ERP"))
    assert (error.type, error.non_retryable) == ("ServiceKeyFailed", True)
