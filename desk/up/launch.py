"""One run of `certrelay up`, from the options to the exit code: lock, ports, server, programs, report."""

import asyncio
import os
import signal
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

from desk.up import lock, simulated_tenant, temporal_server
from desk.up.errors import Setting, UpError
from desk.up.options import AUTO, LOAD_BALANCER_PORT, SIMULATOR_PORT, TEMPORAL_PORT, UI_PORT, UpOptions
from desk.up.output import Output
from desk.up.ports import Wanted, settle
from desk.up.programs import Place, Programs, installation
from desk.up.report import as_json, as_text, write_ready_file
from desk.up.simulated_tenant import LIMITED, SimulatedTenant
from desk.up.supervisor import Supervisor

STOPPED = 0
NOT_REACHABLE = 3


def run(options: UpOptions, programs: Programs = installation) -> int:
    """Run the programs until SIGINT, SIGTERM or SIGHUP; must be called on the main thread.

    Returns 0 after a clean stop, and 3, with one sentence on stderr, when they cannot run.
    """
    output = Output.of_process()
    try:
        with ExitStack() as held:
            place = _place(options, held)
            asyncio.run(_supervise(place, programs, output))
    except UpError as error:
        output.say(str(error))
        return NOT_REACHABLE
    return STOPPED


def _place(options: UpOptions, held: ExitStack) -> Place:
    """Settle all that can be settled before a program starts, the lock first."""
    environ = dict(os.environ)
    var = options.var.absolute()
    descriptor = held.enter_context(lock.hold(var))
    foreign = temporal_server.chosen(environ)
    ports = _ports(options, own=foreign is None)
    tenant = _tenant(options, ports)
    secret = simulated_tenant.password(var, environ) if tenant else ""
    return Place(
        options=options,
        environ=environ,
        var=var,
        lock=descriptor,
        server=foreign or temporal_server.our_own(ports[TEMPORAL_PORT], environ),
        ui_port=ports.get(UI_PORT, AUTO),
        tenant=tenant,
        tenants=simulated_tenant.tenants_file(var, tenant, secret, environ),
        password=secret,
    )


def _tenant(options: UpOptions, ports: Mapping[Setting, int]) -> SimulatedTenant | None:
    if not options.simulator:
        return None
    given = dict(options.simulator_options)
    return SimulatedTenant(
        port=ports[SIMULATOR_PORT],
        load_balancer_port=ports[LOAD_BALANCER_PORT],
        profile=options.profile,
        client_id=given.get("client-id", simulated_tenant.CLIENT_ID),
        limited=given.get("rate-limit", LIMITED[options.profile]) == "on",
    )


def _ports(options: UpOptions, own: bool) -> Mapping[Setting, int]:
    """The ports of what we run, by the setting that names each."""
    server = Wanted("Temporal server", options.temporal_port, TEMPORAL_PORT)
    ui = Wanted("Temporal Web UI", options.ui_port, UI_PORT)
    tenant = Wanted("simulated tenant", options.simulator_port, SIMULATOR_PORT)
    balancer = Wanted("load balancer of the simulated tenant", options.load_balancer_port, LOAD_BALANCER_PORT)
    wanted = [*([server, ui] if own else []), *([tenant, balancer] if options.simulator else [])]
    return dict(zip((each.setting for each in wanted), settle(wanted), strict=True))


async def _supervise(place: Place, programs: Programs, output: Output) -> None:
    supervisor = Supervisor(programs(place), output, place.options.limits)
    stop = asyncio.Event()
    _stop_on_signals(stop, supervisor, output)
    _warn_of_other_address(place, output)
    if not place.server.own:
        output.say(f"Using the Temporal server at {place.server.address}; none is started.")
        if warning := await temporal_server.prepare(place.server, place.options.search_attributes):
            output.say(warning)
    output.say("Starting " + ", ".join(child.program.name for child in supervisor.children) + ".")
    ready_file = place.options.ready_file
    try:
        _forget(ready_file)
        await supervisor.run(stop, _announcer(place, supervisor, output))
    finally:
        _forget(ready_file)
    output.say("All programs are stopped.")


def _announcer(place: Place, supervisor: Supervisor, output: Output) -> Callable[[], None]:
    """Tells people once, and rewrites the ready file each time a process id changed."""
    told = False

    def announce() -> None:
        nonlocal told
        line = as_json(place, supervisor.children)
        if not told:
            output.show(line if place.options.json else as_text(place, supervisor.children))
            told = True
        if place.options.ready_file is not None:
            write_ready_file(place.options.ready_file, line)

    return announce


def _warn_of_other_address(place: Place, output: Output) -> None:
    if place.tenant is None:
        return
    if listed := simulated_tenant.listed_elsewhere(place.tenants, place.tenant):
        output.say(
            f"Warning: {place.tenants} lists the simulated tenant as {listed}, but it is {place.tenant.words}."
            " Correct the file, or delete it to have it written anew."
        )


def _stop_on_signals(stop: asyncio.Event, supervisor: Supervisor, output: Output) -> None:
    def asked() -> None:
        if stop.is_set():
            output.say("Asked again: all programs are killed.")
            supervisor.kill()
            return
        output.say("Stopping all programs; a second Ctrl-C kills them.")
        stop.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, asked)


def _forget(ready_file: Path | None) -> None:
    if ready_file is not None:
        ready_file.unlink(missing_ok=True)


def prepare(attributes: Mapping[str, str]) -> int:
    """Make namespace and search attributes on the server that the environment names, and start nothing.

    Without one in the environment, that is the server on the standard port. Returns 0, or 3 with one
    sentence on stderr.
    """
    output = Output.of_process()
    standard = UpOptions(attributes).temporal_port
    try:
        server = temporal_server.chosen(os.environ) or temporal_server.our_own(standard, os.environ)
        warning = asyncio.run(temporal_server.prepare(server, attributes, make_namespace=True))
    except UpError as error:
        output.say(str(error))
        return NOT_REACHABLE
    if warning:
        output.say(warning)
    output.say(f"The namespace {server.namespace} at {server.address} is ready for certrelay.")
    return STOPPED
