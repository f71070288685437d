"""The list of programs as data: what is started, with which words and which secrets."""

import asyncio
import json
import os
import sys
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest

from desk.up.errors import BinaryMissing
from desk.up.options import AUTO, LOAD_BALANCER_PORT, SIMULATOR_PORT, Limits, Profile, UpOptions
from desk.up.output import Output
from desk.up.ports import Wanted, settle
from desk.up.process import Child
from desk.up.programs import Place, binary, http_ok, installation
from desk.up.report import STANDARD_ADDRESS, as_json, as_text
from desk.up.simulated_tenant import CLIENT_ID, SimulatedTenant, tenants_file
from desk.up.supervisor import Supervisor
from desk.up.temporal_server import Server, our_own
from tenant.client import TenantClient
from tenant.settings import load_tenants

SECRET = "not-to-be-shown"


@pytest.fixture
def place(tmp_path) -> Place:
    """An installation of our own on the standard ports."""
    return Place(
        options=UpOptions({}, flows=Path("flows"), simulator_options=(("deploy-time", "0.3"), ("csrf", "off"))),
        environ={"PATH": "/bin", "TEMPORAL_TLS": "true"},
        var=tmp_path,
        lock=99,
        server=our_own(7233, {}),
        ui_port=8233,
        tenant=SimulatedTenant(8234, 8235),
        tenants=tmp_path / "tenants.toml",
        password=SECRET,
    )


def free_tenant(profile: Profile) -> SimulatedTenant:
    """A simulated tenant on free ports."""
    wanted = [Wanted("a", AUTO, SIMULATOR_PORT), Wanted("b", AUTO, LOAD_BALANCER_PORT)]
    return SimulatedTenant(*settle(wanted), profile)


def foreign(place: Place) -> Place:
    """The same with somebody else's server."""
    return replace(place, server=Server(place.server.profile, own=False))


def children(place: Place) -> list[Child]:
    """The programs, not started."""
    return [Child(program, Output.of_process()) for program in installation(place)]


def test_the_list_follows_the_settings(place):
    """Our own server first, the worker last; a foreign server and no simulator leave their entries out."""
    assert [p.name for p in installation(place)] == ["temporal", "simulator", "worker"]
    assert [p.name for p in installation(foreign(place))] == ["simulator", "worker"]
    bare = replace(foreign(place), tenant=None)
    assert [p.name for p in installation(bare)] == ["worker"]


def test_the_worker_waits_for_our_server_only(place):
    """Nothing to wait for where the server is not ours."""
    assert installation(place)[-1].after == ("temporal",)
    assert installation(foreign(place))[-1].after == ()


def test_the_server_is_durable_and_on_loopback(place):
    """File database, write-ahead log with full sync, loopback, lock inherited."""
    server = installation(place)[0]
    words = " ".join(server.argv)
    assert "--ip 127.0.0.1" in words
    assert f"--db-filename {place.var}/temporal.db" in words
    assert "--sqlite-pragma journal_mode=wal --sqlite-pragma synchronous=2" in words
    assert server.keep_open == (99,)


def test_the_password_reaches_those_who_need_it_by_environment(place):
    """Simulator and worker get it, the server does not, and no command line shows it."""
    server, simulator, worker = installation(place)
    assert SECRET not in server.environment().values()
    assert simulator.environment()["CERTRELAY_SIMULATOR_PASSWORD"] == SECRET
    assert worker.environment()["CERTRELAY_SIMULATOR_PASSWORD"] == SECRET
    assert not any(SECRET in word for program in installation(place) for word in program.argv)


def test_settings_of_other_servers_do_not_reach_clients_of_ours(place):
    """TLS settings in the environment would break the worker's connection to our plain server."""
    assert "TEMPORAL_TLS" not in installation(place)[-1].environment()
    assert installation(foreign(place))[-1].environment()["TEMPORAL_TLS"] == "true"


def test_the_simulator_gets_folder_and_options(place):
    """The folder as an absolute path, the options as they were given."""
    argv = installation(place)[1].argv
    assert argv[:4] == (sys.executable, "-P", "-m", "tenant.simulator")
    assert argv[argv.index("--load") + 1] == str(Path("flows").absolute())
    assert argv[-2:] == ("--deploy-time=0.3", "--csrf=off")
    told = dict(zip(argv[4::2], argv[5::2], strict=False))
    assert (told["--port"], told["--load-balancer-port"], told["--profile"]) == ("8234", "8235", "neo")
    assert told["--client-id"] == CLIENT_ID


def test_the_report_holds_no_secret(place):
    """Neither table nor JSON shows the password."""
    assert SECRET not in as_text(place, children(place)) + as_json(place, children(place))


def test_the_report_tells_of_tenant_and_load_balancer(place):
    """Both addresses and the environment, for people and for programs; nothing where no simulated tenant runs."""
    told = as_text(place, children(place))
    assert "http://127.0.0.1:8234 (Neo)" in told
    assert "https://127.0.0.1:8235" in told
    facts = json.loads(as_json(place, children(place)))["simulator"]
    assert (facts["profile"], facts["load_balancer"]) == ("neo", "https://127.0.0.1:8235")
    bare = replace(place, tenant=None)
    assert json.loads(as_json(bare, children(bare)))["simulator"] is None


def test_the_table_says_how_to_reach_another_address(place):
    """On the standard port nothing is to be set; elsewhere the line to type is shown."""
    assert place.server.address == STANDARD_ADDRESS
    assert "export" not in as_text(place, children(place))
    elsewhere = replace(place, server=our_own(7000, {}))
    assert "export TEMPORAL_ADDRESS=127.0.0.1:7000" in as_text(elsewhere, children(elsewhere))
    assert "not ours" in as_text(foreign(place), children(foreign(place)))


def test_the_named_binary_wins(tmp_path):
    """The setting names the binary; a file that cannot be run is refused with the setting."""
    program = tmp_path / "temporal"
    program.write_text("")
    with pytest.raises(BinaryMissing, match="CERTRELAY_TEMPORAL_BINARY"):
        binary({"CERTRELAY_TEMPORAL_BINARY": str(program)})
    program.chmod(0o700)
    assert binary({"CERTRELAY_TEMPORAL_BINARY": str(program)}) == str(program)


async def test_nothing_listening_is_not_ready():
    """A refused connection is an answer of no, not an error."""
    assert await http_ok("http://127.0.0.1:9/simulator/health") is False


async def test_the_simulated_tenant_is_found_ready(place, tmp_path):
    """The entry of the list and the program itself agree: words, password, and the address that says ready."""
    tenant = free_tenant(Profile.NEO)
    here = replace(place, environ=dict(os.environ), tenant=tenant, options=UpOptions({}))
    program = next(p for p in installation(here) if p.name == "simulator")
    stop = asyncio.Event()
    talk = StringIO()
    limits = Limits(ready=20, deaths=1)
    await Supervisor([program], Output(StringIO(), talk, colour=False), limits).run(stop, stop.set)
    assert stop.is_set(), talk.getvalue()
    assert (tmp_path / "simulator.db").exists()


@pytest.mark.parametrize("profile", Profile)
async def test_the_worker_can_sign_in_with_what_is_written(place, tmp_path, profile, monkeypatch):
    """In both profiles, what stands in the tenants file opens the tenant that the entry of the list starts."""
    tenant = free_tenant(profile)
    here = replace(place, environ=dict(os.environ), tenant=tenant, options=UpOptions({}))
    file = tenants_file(tmp_path, tenant, SECRET, {})
    seen: list[int] = []
    stop = asyncio.Event()
    monkeypatch.setenv("CERTRELAY_SIMULATOR_PASSWORD", SECRET)  # as the worker has it

    async def look():
        async with TenantClient(load_tenants(file).get("simulator")) as client:
            await client.ping()
            seen.append(len(await client.user_mappings()))
        stop.set()

    program = replace(next(p for p in installation(here) if p.name == "simulator"), prepare=look)
    talk = StringIO()
    limits = Limits(ready=20, deaths=1)
    await Supervisor([program], Output(StringIO(), talk, colour=False), limits).run(stop, stop.set)
    assert seen == [0], talk.getvalue()
