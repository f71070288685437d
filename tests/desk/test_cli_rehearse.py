"""`certrelay rehearse`: what it puts on the stage, and that the commands it prints play a whole renewal."""

import asyncio
import os
import shlex
import sys
from pathlib import Path

import pytest
from cli_driver import Line
from house import PASSWORD, Stage

from desk.demo.processes import processes
from tenant.flows import read_flow

run = Line("127.0.0.1:1")  # nothing here needs Temporal


def var(folder: Path) -> Path:
    """A folder as `certrelay up` has it."""
    (folder / "simulator-password").write_text(PASSWORD)
    return folder


async def test_it_sets_the_stage(stage: Stage, tmp_path: Path) -> None:
    """A running flow lists the old names, a user has the old certificate; the files hold no key."""
    folder = tmp_path / "certificates"
    options = ("--folder", str(folder), "--url", stage.url, "--var", str(var(tmp_path)))
    done = await run("rehearse", "shop", *options, "--json")
    assert done.code == 0, done.err
    async with stage.client() as client:
        content = read_flow(await client.download_flow("shop_orders"))
        (mapping,) = await client.user_mappings()
    (row,) = content.channels[0].rows
    assert row.subject == "CN=shop, O=Rehearsal, C=DE"
    assert mapping.pem in (folder / "shop-old.pem").read_text()
    assert all("PRIVATE" not in file.read_text() for file in folder.iterdir())


async def test_twice_is_refused(stage: Stage, tmp_path: Path) -> None:
    """The second time it says so, and which command does it; nothing was changed."""
    options = ("--folder", str(tmp_path), "--url", stage.url, "--var", str(var(tmp_path)))
    assert (await run("rehearse", "erp", *options)).code == 0
    before = (tmp_path / "erp-old.pem").read_text()
    again = await run("rehearse", "erp", *options)
    assert again.code == 1
    assert "certrelay rehearse NAME" in again.err
    assert (tmp_path / "erp-old.pem").read_text() == before


async def test_without_a_simulated_tenant(tmp_path: Path) -> None:
    """Nobody there, or no password: exit code 3, and the options that say where it is."""
    for folder in (tmp_path, var(tmp_path)):
        done = await run("rehearse", "--url", "http://127.0.0.1:1", "--var", str(folder), "--folder", str(tmp_path))
        assert done.code == 3
        assert "--url" in done.err


@pytest.mark.slow
async def test_the_commands_play_a_whole_renewal(tmp_path: Path) -> None:
    """On a fresh installation, each printed command succeeds, and the last one completes the renewal."""
    async with processes(tmp_path, tmp_path / "up.log") as running:
        url, _ = running.simulator
        folder = str(Path(running.facts()["simulator"]["password_file"]).parent)
        told = await typed(running.address, tmp_path, f"certrelay rehearse erp --url {url} --var {folder}")
        for line in told.splitlines():
            await typed(running.address, tmp_path, line)
        assert "completed" in await typed(running.address, tmp_path, "certrelay sender show erp")


async def typed(address: str, folder: Path, line: str) -> str:
    """Type the line as a person does; what it prints."""
    _, *arguments = shlex.split(line)
    program = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("certrelay"),
        *arguments,
        cwd=folder,
        env={**os.environ, "TEMPORAL_ADDRESS": address},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await program.communicate()
    assert program.returncode == 0, (line, err.decode())
    return out.decode()
