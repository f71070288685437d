"""`certrelay rehearse`: what it puts on the stage, and that the commands it prints play a whole renewal."""

import asyncio
import os
import shlex
import sys
from pathlib import Path

import pytest
from cli_driver import Line
from demo_simulator import simulator
from house import PASSWORD, Stage

from desk.demo.processes import processes
from desk.demo.sender.outcomes import Counts, Outcome, Sent
from desk.up.options import Profile
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
        assert (await client.flow("shop_returns")).version == "1.0.0"
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


async def test_it_prints_the_sender_program_and_its_switch(tmp_path: Path) -> None:
    """The printed commands run it and switch it; before anything is renewed, the new certificate is refused."""
    with simulator(tmp_path) as tenant:
        options = ("--folder", str(tmp_path / "rehearsal"), "--url", tenant.url, "--var", str(var(tmp_path)))
        done = await run("rehearse", "shop", *options, "--json")
        assert done.code == 0, done.err
        folder = tmp_path / "senders" / "shop"
        assert folder.stat().st_mode & 0o777 == 0o700
        assert all("PRIVATE" not in file.read_text() for file in (tmp_path / "rehearsal").iterdir())
        process = await started(done.json["send"])
        assert process.stdout is not None
        before = [Sent.of_line((await process.stdout.readline()).decode()) for _ in range(4)]
        switched = await asyncio.create_subprocess_shell(done.json["switch"])
        assert await switched.wait() == 0
        after = before[-1]
        while after.certificate == before[0].certificate:
            after = Sent.of_line((await process.stdout.readline()).decode())
        process.terminate()
        await process.communicate()
    assert {(one.status, one.outcome) for one in before} == {(200, Outcome.ACCEPTED)}
    assert after.outcome is Outcome.REFUSED


@pytest.mark.slow
@pytest.mark.parametrize("profile", Profile)
async def test_the_commands_play_a_whole_renewal(tmp_path: Path, profile: Profile) -> None:
    """On a fresh installation, each printed command succeeds, the last one completes the renewal, and the sender
    that was started and switched by the printed commands is never refused.
    """
    async with processes(tmp_path, tmp_path / "up.log", profile) as running:
        url, _ = running.simulator
        folder = str(Path(running.facts()["simulator"]["password_file"]).parent)
        told = await typed(running.address, tmp_path, f"certrelay rehearse erp --url {url} --var {folder}")
        send, *lines = told.splitlines()
        sender = await started(send)
        for line in lines:
            await typed(running.address, tmp_path, line)
        assert "completed" in await typed(running.address, tmp_path, "certrelay sender show erp")
        sender.terminate()
        out, _ = await sender.communicate()
    counts = Counts.of_all(map(Sent.of_line, out.decode().splitlines())).of
    assert len(counts) == 2
    assert all(count.accepted and not count.refused + count.failed for count in counts.values())


async def started(line: str) -> asyncio.subprocess.Process:
    """The sender program, as a person starts it with the environment activated."""
    _, *arguments = shlex.split(line, comments=True)
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "desk.cli", *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )


async def typed(address: str, folder: Path, line: str) -> str:
    """Type the line as a person does, with the environment activated; what it prints."""
    activated = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    program = await asyncio.create_subprocess_shell(
        line,
        cwd=folder,
        env={**os.environ, "TEMPORAL_ADDRESS": address, "PATH": activated},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await program.communicate()
    assert program.returncode == 0, (line, err.decode())
    return out.decode()
