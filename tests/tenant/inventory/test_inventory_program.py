"""`certrelay tenant` and `certrelay where-used` against a real simulated tenant: what they print, how they end."""

import asyncio
import json
import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner, Result
from house import free_port, simulated
from inventory_stage import NEW, OLD, issued

from certificates.rehearsal import Issued
from tenant.inventory.program import commands, where_used
from tenant.inventory.program.running import Telling

USER, PASSWORD = "certrelay", "a password of tests"


@dataclass
class Place:
    """A folder with settings, and the tenant that they name."""

    folder: Path
    url: str
    certificate: Issued = field(default_factory=issued)

    def settings(self, *names: str, **more: str) -> dict[str, str]:
        """The environment with a tenants.toml of these tenants, all the same one."""
        keys = {"url": self.url, "user": USER, "password_env": "PASSWORD_OF_TESTS", **more}
        lines = "\n".join(f'{key} = "{value}"' for key, value in keys.items())
        file = self.folder / "tenants.toml"
        file.write_text("".join(f"[tenants.{name}]\n{lines}\n" for name in names))
        return {"CERTRELAY_TENANTS": str(file), "PASSWORD_OF_TESTS": PASSWORD}

    async def control(self, name: str, body: Any) -> None:
        """A control call of the simulator."""
        async with httpx.AsyncClient(base_url=self.url, auth=(USER, PASSWORD)) as http:
            answer = await http.post(f"/simulator/{name}", json=body)
        assert answer.status_code < 400, answer.text

    async def flow(self, flow: str, *channels: dict[str, Any], package: str = "Orders") -> None:
        """A running flow."""
        await self.control("flows", {"flow": flow, "package": package, "channels": channels})

    async def run(self, *words: object, stdin: bytes = b"", **settings: str) -> Result:
        """One call, off the loop that serves the tenant."""
        environment = self.settings("dev") | settings
        group = where_used.main if words[0] == "where-used" else commands.main
        arguments = [*map(str, words[1:])]
        if words[0] != "check":
            arguments += ["--memory", str(self.folder / "inventory")]
        if group is commands.main:
            arguments = [str(words[0]), *arguments]
        return await asyncio.to_thread(CliRunner().invoke, group, arguments, input=stdin, env=environment)


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    """A simulated tenant over HTTP with two flows, one of them in a configure-only package."""
    async with simulated(tmp_path) as url:
        here = Place(tmp_path, url)
        names = here.certificate.facts.names
        row = {"subject": names.subject, "issuer": names.issuer}
        old = {"name": "in", "address": "/orders", "rows": [row], "parameterised": True}
        role = {"name": "role", "address": "/role", "authorization": "RoleBased", "role": "ESBMessaging.send"}
        await here.flow("Orders_In", old, role)
        await here.control("mappings", {"user": "ERP", "certificate": here.certificate.pem})
        yield here


async def test_check_tells_that_all_is_fine(place: Place) -> None:
    """Over real HTTP, with a real clock: exit 0, and JSON by stable names."""
    result = await place.run("check")
    assert (result.exit_code, result.stderr) == (0, "")
    assert re.search(r"clock +fine", result.stdout)
    assert "fine: Neo, as the settings say" in result.stdout
    assert result.stdout.endswith("Nothing that could be tried is wrong.\n")
    told = json.loads((await place.run("check", "dev", "--json")).stdout)
    assert (told["tenant"], told["is_fine"], told["clock_is_right"]) == ("dev", True, True)
    assert abs(told["skew_seconds"]) < 5
    assert {"call", "what", "outcome", "said", "stops", "roles"} == set(told["rights"][0])


async def test_check_tells_what_is_wrong_and_ends_with_1(place: Place) -> None:
    """A missing right with what stops and the role; the wrong environment with the setting to correct."""
    await place.control("faults", {"path": "Locks", "status": 403, "times": None})
    result = await place.run("check")
    assert result.exit_code == 1
    assert re.search(r"list design-time locks +MISSING", result.stdout)
    assert "without it a locked flow is refused without the name" in result.stdout
    assert "needs WorkspaceArtifactLocks.Read" in result.stdout
    assert "The tenant administrator must give the missing roles" in result.stdout
    password = await place.run("check", PASSWORD_OF_TESTS="wrong")
    assert password.exit_code == 1
    assert "sign-in     REFUSED" in password.stdout


async def test_scan_prints_a_summary_and_remembers(place: Place) -> None:
    """Progress on standard error, counts on standard output, and the second time nothing is read again."""
    first = await place.run("scan")
    assert first.exit_code == 0, first.output
    assert "Tenant dev: 1 of 1 flows" in first.stderr
    for line in (
        r"packages +1",
        r"flows +1",
        r"deployed +1",
        r"sender channels +2",
        r"by certificate +1 +in 1 flow, with 1 row",
        r"by role +1 +ESBMessaging.send",
        r"mappings and keys +1",
        r"not looked at +0",
    ):
        assert re.search(line, first.stdout), line
    assert first.stdout.endswith("Everything was looked at.\n")
    second = json.loads((await place.run("scan", "--json")).stdout)
    assert second["reused"] == 1
    assert json.loads((await place.run("scan", "--json", "--full")).stdout) == second | {
        "reused": 0,
        "read_at": json.loads((place.folder / "inventory" / "dev.json").read_text())["inventory"]["read_at"],
    }


async def test_scan_names_what_could_not_be_looked_at(place: Place) -> None:
    """Each reason once, then all that it is true of; the last line says that it is not complete."""
    await place.flow("Std_A", package="Standard")
    await place.flow("Std_B", package="Standard")
    await place.control("configure-only", {"package": "Standard"})
    result = await place.run("scan")
    assert result.exit_code == 0
    assert "Could not be looked at: 2 things" in result.stdout
    assert result.stdout.count("configure-only: its package") == 1
    assert "    flow Std_A\n    flow Std_B\n" in result.stdout
    assert result.stdout.endswith("Not complete: 2 things could not be looked at.\n")


async def test_a_damaged_memory_is_remarked_upon(place: Place) -> None:
    """On standard error, and the whole tenant is read."""
    await place.run("scan")
    (place.folder / "inventory" / "dev.json").write_text("{")
    result = await place.run("scan", "--json")
    assert "is damaged" in result.stderr
    assert json.loads(result.stdout)["reused"] == 0


async def test_where_used_tells_everything_that_knows_a_certificate(place: Place) -> None:
    """Rows with their parameters, the mapping that holds it, the channels by role; the last line says that is all."""
    certificate = place.certificate
    file = place.folder / "old.pem"
    file.write_text(certificate.bundle_pem)
    result = await place.run("where-used", file)
    assert result.exit_code == 0, result.output
    names = certificate.facts.names
    assert f"subject {names.subject}   (parameter SubjectDN)" in result.stdout
    assert "Orders/Orders_In (1.0.0 STARTED), channel 'in' (HTTPS /orders): exact" in result.stdout
    assert re.search(r"user mapping \w{32}  user ERP  until \d{4}-\d\d-\d\d\n", result.stdout)
    assert "every channel of every role is counted" in result.stdout
    assert re.search(r"/role  role ESBMessaging.send", result.stdout)
    assert result.stdout.endswith("The answer is complete: everything on the tenant was looked at.\n")
    told = json.loads((await place.run("where-used", "dev", "-", "--json", stdin=certificate.der)).stdout)
    assert [use["match"] for use in told["rows"]] == ["exact"]
    assert (told["complete"], told["clash"], told["roles_known"]) == (True, False, False)
    assert told["holders"][0]["fingerprint"] == told["wanted"]["fingerprint"] == certificate.facts.fingerprint


async def test_where_used_by_names_and_by_a_stranger(place: Place) -> None:
    """Names find what has them, in whatever order; a certificate that nothing knows is told so, thing by thing."""
    names = place.certificate.facts.names
    swapped = ", ".join(reversed(names.subject.split(", ")))
    by_names = await place.run("where-used", "--subject", swapped, "--issuer", names.issuer)
    assert "looks alike" in by_names.stdout
    assert "1 mapping or service key with the same names" in by_names.stdout
    await place.flow("Std", package="Standard")
    await place.control("configure-only", {"package": "Standard"})
    stranger = place.folder / "stranger.pem"
    stranger.write_text(issued("CN=stranger").pem)
    nothing = await place.run("where-used", stranger)
    assert "No row of a sender channel." in nothing.stdout
    assert "No mapping or service key that holds this certificate." in nothing.stdout
    assert nothing.stdout.endswith("The answer is NOT complete: 1 thing could not be looked at.\n")


@pytest.mark.parametrize("json_too", [(), ("--json",)])
async def test_a_private_key_is_refused_unread(place: Place, json_too: tuple[str, ...]) -> None:
    """Nothing but the refusal is said, before the tenant is even looked for."""
    certificate = place.certificate
    secret = certificate.pem.encode() + certificate.key_pem()
    result = await place.run("where-used", "-", *json_too, stdin=secret, CERTRELAY_TENANTS="/none")
    assert result.exit_code == 1
    assert "Treat the key as exposed" in result.stderr
    assert "BEGIN" not in result.output
    assert certificate.facts.names.subject not in result.output
    assert result.stdout == "" or json.loads(result.stdout)["refused"] == "private-key"


@pytest.mark.parametrize(
    "words",
    [
        ["where-used"],
        ["where-used", "dev", "a", "b"],
        ["where-used", "--subject", "CN=a"],
        ["where-used", "no such file"],
        ["where-used", "dev", "a", "--subject", "CN=a", "--issuer", "CN=b"],
        ["scan", "nobody"],
    ],
)
async def test_usage(place: Place, words: list[str]) -> None:
    """Exit 2 with what to type."""
    result = await place.run(*words)
    assert result.exit_code == 2
    assert "Error: " in result.stderr


async def test_of_several_tenants_one_must_be_named(place: Place) -> None:
    """The known ones are told."""
    settings = place.settings("dev", "prod")
    unnamed = await asyncio.to_thread(CliRunner().invoke, commands.main, ["check"], env=settings)
    named = await asyncio.to_thread(CliRunner().invoke, commands.main, ["check", "prod"], env=settings)
    assert (unnamed.exit_code, named.exit_code) == (2, 0)
    assert "dev, prod" in unnamed.stderr


@pytest.mark.parametrize("command", ["check", "scan"])
async def test_a_tenant_that_is_not_there(tmp_path: Path, command: str) -> None:
    """Exit 3, with the sentence, as text and as JSON; likewise a setting that is missing."""
    nowhere = Place(tmp_path, f"http://127.0.0.1:{free_port()}")
    result = await nowhere.run(command, "--json")
    assert result.exit_code == 3
    assert json.loads(result.stdout)["refused"] == "TenantUnreachable"
    assert "cannot be reached" in result.stderr
    missing = await nowhere.run(command, CERTRELAY_TENANTS=str(tmp_path / "none.toml"))
    assert missing.exit_code == 3
    assert "the operator must mend this" in missing.stderr


async def test_what_a_tenant_says_cannot_move_the_cursor(place: Place) -> None:
    """Names of channels are anybody's text: what a terminal would obey is made visible."""
    row = {"subject": OLD.subject, "issuer": OLD.issuer}
    await place.flow("Escapes", {"name": "a\u202eb", "address": "/x", "rows": [row]})
    result = await place.run("where-used", "--subject", OLD.subject, "--issuer", OLD.issuer)
    assert "a\\u202eb" in result.stdout
    assert "\u202e" not in result.stdout


async def test_the_real_program(place: Place) -> None:
    """Through the one command line, as a shell sees it: names, streams and exit codes."""
    program = Path(sys.executable).with_name("certrelay")
    environment = {**os.environ, **place.settings("dev")}
    words = ["where-used", "--subject", NEW.subject, "--issuer", NEW.issuer, "--memory", str(place.folder)]
    calls = [[program, "tenant", "check"], [program, *words], [program, "tenant", "--help"]]
    ran = await asyncio.gather(
        *(asyncio.to_thread(subprocess.run, call, capture_output=True, text=True, env=environment) for call in calls)
    )
    assert [one.returncode for one in ran] == [0, 0, 0], [one.stderr for one in ran]
    assert "No row of a sender channel." in ran[1].stdout
    assert ran[2].stdout.startswith("Usage: certrelay tenant")


def test_progress_is_short_on_both_kinds_of_output(capsys: pytest.CaptureFixture[str]) -> None:
    """A log gets ten lines however many flows there are, a terminal one line that is written over."""
    for on_terminal in (False, True):
        telling = Telling("dev", on_terminal)
        for done in range(1, 2001):
            telling(done, 2000)
        told = capsys.readouterr().err
        assert told.count("\n") == (1 if on_terminal else 10)
        assert told.endswith("Tenant dev: 2000 of 2000 flows\n")
        assert told.count("\r") == (100 if on_terminal else 0)
