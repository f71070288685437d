"""The command line that talks to a running simulator: it orders, lists, takes back, and says why it cannot."""

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from rehearsed_tenant import PASSWORD, Tenant, flow_zip
from served_tenant import listening

from certificates.rehearsal import RehearsalAuthority
from tenant.simulator.__main__ import main
from tenant.simulator.happenings import KINDS, kind_of
from tenant.simulator.settings import PASSWORD_ENV

Command = Callable[..., Any]


def run(*arguments: str, password: str = PASSWORD) -> Result:
    """One command."""
    return CliRunner().invoke(main, list(arguments), env={PASSWORD_ENV: password})


async def told(url: str, *arguments: str) -> Any:
    """The JSON that a command prints, None where it prints nothing."""
    result = await asyncio.to_thread(run, *arguments, "--url", url, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout) if result.stdout else None


async def lines(url: str, *arguments: str) -> list[str]:
    """The lines that a command prints."""
    result = await asyncio.to_thread(run, *arguments, "--url", url)
    assert result.exit_code == 0, result.output
    return result.stdout.splitlines()


async def test_faults_are_added_listed_and_cleared(tenant: Tenant) -> None:
    """With all that the control call offers; one request where nothing else is said."""
    async with listening(tenant) as url:
        await lines(
            url, "fault", "add", "--path", "Packages", "--status", "503", "--retry-after", "5", "--after", "9"
        )
        await lines(url, "fault", "add", "--drop", "before", "--for-ever")
        found = (await told(url, "fault", "list"))["faults"]
        assert [(one["status"], one["drop"], one["times"], one["after"]) for one in found] == [
            (503, False, 1, 9.0),
            (None, "before", None, 0.0),
        ]
        assert "status 503 (1 times)" in (await lines(url, "fault", "list"))[0]
        assert len(await lines(url, "fault", "clear", str(found[0]["id"]))) == 1
        assert await lines(url, "fault", "clear") == []


async def test_something_happens_now_and_later(tenant: Tenant) -> None:
    """The list tells what came of it, and when the rest is due."""
    await tenant.with_flow()
    async with listening(tenant) as url:
        assert (await lines(url, "happen", "lock", "--flow", "Orders_In", "--by", "eve"))[0].endswith(
            "eve holds Orders_In."
        )
        later = await told(
            url, "happen", "deploy-never-starts", "--flow", "Orders_In", "--stage", "runtime", "--after", "60"
        )
        assert (later["happened"], later["happening"]["stage"]) == (0, "runtime")
        listed = await lines(url, "happen", "list")
        assert "due 2027-01-15 08:01:00 UTC" in listed[1]
        await lines(url, "happen", "clear", str(later["id"]))
        assert len((await told(url, "happen", "list"))["happenings"]) == 1


async def test_a_transport_takes_a_zip(tenant: Tenant, tmp_path: Path) -> None:
    """The file is read here and travels with the order."""
    await tenant.with_flow()
    (tmp_path / "other.zip").write_bytes(flow_zip(subject="CN=other"))
    async with listening(tenant) as url:
        content = ["--content", str(tmp_path / "other.zip")]
        assert (await told(url, "happen", "transport", "--flow", "Orders_In", *content))["happened"] == 1
    flow = "IntegrationDesigntimeArtifacts(Id='Orders_In',Version='active')"
    assert (await tenant.get(f"{flow}/$value", accept="*/*")).content == flow_zip(subject="CN=other")


async def test_a_users_mappings_are_deleted(tenant: Tenant) -> None:
    """The user of the mapping is not the user who signs in."""
    pem = RehearsalAuthority.create(now=datetime.now(UTC)).issue("x").pem
    await tenant.control("POST", "mappings", {"user": "SENDER", "certificate": pem})
    async with listening(tenant) as url:
        (line,) = await lines(url, "happen", "delete-mapping", "--user", "SENDER")
    assert line.endswith("1 certificate-to-user mapping deleted.")


async def test_the_log_is_told(tenant: Tenant) -> None:
    """Narrowed as the control call narrows it."""
    await tenant.with_flow()
    async with listening(tenant) as url:
        found = (await told(url, "log", "--method", "POST", "--path", "Artifacts"))["requests"]
        assert [one["status"] for one in found] == [201]
        assert (await lines(url, "log", "--method", "POST"))[-1].endswith(
            "POST /api/v1/IntegrationDesigntimeArtifacts"
        )


async def test_folders_and_landscapes_are_loaded(tenant: Tenant, tmp_path: Path) -> None:
    """One or the other; what was left out is on stderr with its reason."""
    (tmp_path / "load").mkdir()
    (tmp_path / "load" / "a.zip").write_bytes(flow_zip())
    (tmp_path / "load" / "b.zip").write_bytes(b"no zip")
    async with listening(tenant) as url:
        result = await asyncio.to_thread(run, "load", str(tmp_path / "load"), "--url", url)
        assert (result.exit_code, result.stdout) == (0, "1 flows loaded, 0 were there already.\n")
        assert "b.zip was not loaded: The content is not a zip file." in result.stderr
        assert len((await told(url, "load", "--flows", "5", "--senders", "2", "--seed", "9"))["added"]) == 5
    assert run("load").exit_code == 2
    assert run("load", str(tmp_path), "--flows", "3").exit_code == 2


async def test_a_refusal_is_the_simulators_sentence(tenant: Tenant) -> None:
    """Exit code 1; 401 names the options that are wrong."""
    async with listening(tenant) as url:
        refused = await asyncio.to_thread(run, "fault", "clear", "77", "--url", url)
        assert (refused.exit_code, refused.stderr) == (1, "There is no number 77 to take back.\n")
        unknown = await asyncio.to_thread(run, "log", "--url", url, password="wrong")
        assert unknown.exit_code == 1
        assert "--password-env" in unknown.stderr


def test_no_simulator_is_one_sentence() -> None:
    """Exit code 3, with what to do."""
    result = run("log", "--url", "http://127.0.0.1:9")
    assert (result.exit_code, result.stderr.count("\n")) == (3, 1)
    assert "--url" in result.stderr


@pytest.mark.parametrize("arguments", [["log"], ["fault", "list"], []])
def test_a_missing_password_names_the_variable(arguments: list[str]) -> None:
    """Wrong usage, exit code 2; also of the server itself."""
    result = run(*arguments, password="")
    assert result.exit_code == 2
    assert PASSWORD_ENV in result.stderr


def test_there_is_a_command_for_each_kind() -> None:
    """With an option for each of its fields, and its sentence."""
    for model in KINDS:
        shown = run("happen", kind_of(model), "--help").stdout
        assert all(f"--{name}" in shown for name in model.model_fields if name != "kind")
        assert (model.__doc__ or "").split()[0] in shown
