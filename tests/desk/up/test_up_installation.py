"""`certrelay up` as a whole, with the real Temporal server on a file database."""

import os
import signal
import socket
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio import workflow
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker
from up_harness import Up, alive, until

from desk.up import temporal_server
from desk.up.errors import AttributeDiffers, AttributeMissing, ServerRefused
from desk.up.lock import DATABASE, opened_by
from desk.up.temporal_server import Server, answers, ensure_attributes, our_own, prepare

ATTRIBUTES = {"Tenant": "Keyword", "WaitingFor": "KeywordList", "OldNotAfter": "Datetime"}


@workflow.defn
class SixShortTimers:
    """Sleeps six times for 50 ms."""

    @workflow.run
    async def run(self) -> None:
        """Sleep."""
        for _ in range(6):
            await workflow.sleep(timedelta(milliseconds=50))


@pytest.fixture(scope="module")
def up(tmp_path_factory):
    """One running installation that the tests of this file share."""
    running = Up(tmp_path_factory.mktemp("up") / "var", ATTRIBUTES)
    running.facts()
    yield running
    if running.process.poll() is None:
        running.end()


def server_of(facts) -> Server:
    """The server that a ready file tells of."""
    return our_own(int(facts["temporal"]["address"].rpartition(":")[2]), {})


async def client_of(facts) -> Client:
    """A client of the running server."""
    return await Client.connect(facts["temporal"]["address"])


async def start_something(client: Client, workflow_id: str) -> None:
    """Start a workflow that nobody works on."""
    await client.start_workflow("Anything", id=workflow_id, task_queue="nobody-here")


def test_ready_file_tells_addresses_processes_and_environment(up):
    """Once all answer, the ready file names every process, alive, and how to reach the installation."""
    facts = up.facts()
    assert set(facts["programs"]) == {"temporal", "simulator", "worker"}
    assert all(alive(each["pid"]) for each in facts["programs"].values())
    assert facts["supervisor"] == up.process.pid
    assert facts["environment"]["TEMPORAL_ADDRESS"] == facts["temporal"]["address"]
    assert Path(facts["environment"]["CERTRELAY_TENANTS"]).read_text().count(facts["simulator"]["url"]) == 1


def test_state_is_for_its_owner_only(up):
    """Neither the folder nor a file in it can be read by another user of the machine, but for the tenants file."""
    assert up.var.stat().st_mode & 0o077 == 0
    readable = {path.name for path in up.var.iterdir() if path.stat().st_mode & 0o077}
    assert readable <= {"tenants.toml"}


async def test_retention_is_read_back(up):
    """Finished renewals stay for 90 days at least, as the server itself tells."""
    client = await client_of(up.facts())
    assert await temporal_server._retention(client, "default") >= timedelta(days=90)


async def test_a_longer_retention_stays(up):
    """Retention is only ever made longer."""
    client = await client_of(up.facts())
    await temporal_server.ensure_retention(client, "default", timedelta(days=100))
    await temporal_server.ensure_retention(client, "default")
    assert await temporal_server._retention(client, "default") == timedelta(days=100)


async def test_attributes_are_registered_with_their_types(up):
    """Every search attribute is there with the type asked for, and asking again changes nothing."""
    client = await client_of(up.facts())
    await ensure_attributes(client, "default", ATTRIBUTES)
    found = await temporal_server._attributes(client, "default")
    assert {name: found[name] for name in ATTRIBUTES} == ATTRIBUTES


async def test_attribute_of_another_type_is_refused(up):
    """The server says OK to another type and ignores it; we read back and name the attribute."""
    client = await client_of(up.facts())
    with pytest.raises(AttributeDiffers) as refused:
        await ensure_attributes(client, "default", {"Tenant": "Datetime"})
    assert "Tenant" in str(refused.value)
    assert "Keyword" in str(refused.value)


async def test_attribute_that_the_server_does_not_take_is_named(up):
    """More attributes of a type than the database has room for: the sentence names one and the way out."""
    client = await client_of(up.facts())
    with pytest.raises(AttributeMissing) as refused:
        await ensure_attributes(client, "default", {f"K{n}": "Keyword" for n in range(12)})
    assert "K0" in str(refused.value)
    assert "search-attribute create" in str(refused.value)


async def test_timers_are_not_a_second_late(up):
    """The dynamic configuration arrives at the server: six timers of 50 ms took 6 s without it."""
    client = await client_of(up.facts())
    runner = UnsandboxedWorkflowRunner()
    async with Worker(client, task_queue="t", workflows=[SixShortTimers], workflow_runner=runner):
        began = time.monotonic()
        await client.execute_workflow(SixShortTimers.run, id="timers", task_queue="t")
    assert time.monotonic() - began < 4.0


def test_second_supervisor_on_the_same_folder_is_refused(up):
    """Two servers on one database would both write: the second start names the holder and the setting."""
    code, _, err = Up(up.var).ended()
    assert code == 3
    assert f"process {up.process.pid}" in err
    assert "--var or CERTRELAY_VAR" in err
    assert up.process.poll() is None


def test_the_running_server_is_seen_on_its_database(up):
    """Without our lock the server would still be found by SQLite's own, whoever started it."""
    assert opened_by(up.var / DATABASE) == up.pids()["temporal"]


async def test_foreign_server_is_used_and_none_started(up, tmp_path):
    """With TEMPORAL_ADDRESS, no server is started, and the attributes are registered on the one named."""
    address = up.facts()["temporal"]["address"]
    guest = Up(tmp_path / "var", {"Guest": "Keyword"}, {"TEMPORAL_ADDRESS": address})
    assert set(guest.pids()) == {"simulator", "worker"}
    assert guest.end()[0] == 0
    assert not (tmp_path / "var" / "temporal.db").exists()
    found = await temporal_server._attributes(await client_of(up.facts()), "default")
    assert found["Guest"] == "Keyword"


async def test_retention_of_a_foreign_namespace_is_only_warned_of(up):
    """A foreign namespace keeps its retention; a short one gives a warning with the days."""
    own = server_of(up.facts())
    client = await own.connect()
    await temporal_server._update_retention(client, "default", timedelta(days=3))
    warning = await prepare(Server(own.profile, own=False), {})
    assert "3 days" in warning
    assert await temporal_server._retention(client, "default") == timedelta(days=3)
    await temporal_server.ensure_retention(client, "default")


async def test_a_missing_namespace_is_made_with_our_retention(up):
    """`certrelay prepare` makes namespace, retention and attributes; doing it twice changes nothing."""
    own = server_of(up.facts())
    there = Server(replace(own.profile, namespace="renewals"), own=False)
    assert await prepare(there, ATTRIBUTES, make_namespace=True) == ""
    assert await prepare(there, ATTRIBUTES, make_namespace=True) == ""
    found = await temporal_server._attributes(await there.connect(), "renewals")
    assert {name: found.get(name) for name in ATTRIBUTES} == ATTRIBUTES


async def test_a_missing_namespace_is_not_made_unasked(up):
    """A misspelt namespace of a foreign server is a sentence, not a new namespace."""
    own = server_of(up.facts())
    with pytest.raises(ServerRefused, match="namespace mispelt"):
        await prepare(Server(replace(own.profile, namespace="mispelt"), own=False), ATTRIBUTES)


async def test_killed_programs_are_started_again_and_keep_their_data(up):
    """After SIGKILL of server and worker, both run again, with new processes and all that was accepted."""
    await start_something(await client_of(up.facts()), "before-the-kill")
    old = up.pids()
    os.kill(old["temporal"], signal.SIGKILL)
    os.kill(old["worker"], signal.SIGKILL)
    new = up.facts_when(lambda f: all(f["programs"][n]["pid"] not in (None, old[n]) for n in old if n[0] != "s"))
    assert until(lambda: not alive(old["temporal"]))
    assert await answers(server_of(new))
    found = await (await client_of(new)).get_workflow_handle("before-the-kill").describe()
    assert found.id == "before-the-kill"


async def test_stop_leaves_no_process_and_the_next_start_goes_on(tmp_path):
    """SIGTERM ends all with exit code 0, frees the folder, and a new start finds the data."""
    first = Up(tmp_path / "var")
    await start_something(await client_of(first.facts()), "kept")
    pids = first.pids()
    code, out, err = first.end()
    assert code == 0, err
    assert "Temporal Web UI" in out
    assert "All programs are stopped" in err
    assert not any(alive(pid) for pid in pids.values())
    assert not first.ready_file.exists()

    second = Up(tmp_path / "var")
    assert (await (await client_of(second.facts())).get_workflow_handle("kept").describe()).id == "kept"
    orphans = second.pids()
    second.end(signal.SIGKILL)
    assert until(lambda: not any(alive(pid) for pid in orphans.values()))

    third = Up(tmp_path / "var", {"Tenant": "Keyword"})
    third.facts()
    assert third.end(signal.SIGINT)[0] == 0
    refused = Up(tmp_path / "var", {"Tenant": "Datetime"})
    code, _, err = refused.ended()
    assert code == 3
    assert "The search attribute Tenant" in err


def test_taken_port_is_one_sentence(tmp_path):
    """A taken port ends the start with exit code 3, the port, and the setting that changes it."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        code, _, err = Up(tmp_path / "var", env={"HARNESS_PORT": str(port)}).ended()
    assert code == 3
    assert f"Port {port}" in err
    assert "--temporal-port or CERTRELAY_TEMPORAL_PORT" in err
    assert len(err.splitlines()) == 1


def test_missing_binary_is_one_sentence(tmp_path):
    """A missing server binary ends the start with exit code 3 and the setting that names it."""
    code, _, err = Up(tmp_path / "var", env={"CERTRELAY_TEMPORAL_BINARY": "/nowhere/temporal"}).ended()
    assert code == 3
    assert "/nowhere/temporal" in err
    assert "CERTRELAY_TEMPORAL_BINARY" in err
    assert len(err.splitlines()) == 1


def test_silent_foreign_server_is_one_sentence(tmp_path):
    """A foreign server that does not answer is named, with the setting."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))  # bound and not listening: refuses
        address = f"127.0.0.1:{unused.getsockname()[1]}"
        code, _, err = Up(tmp_path / "var", env={"TEMPORAL_ADDRESS": address}).ended()
    assert code == 3
    assert address in err
    assert "TEMPORAL_ADDRESS" in err
