"""`certrelay rehearse`: a sender to play a renewal with by hand, on the simulated tenant of `certrelay up`."""

import shlex
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import click

from desk.ending import json_option
from desk.output import Output
from desk.running import command

if TYPE_CHECKING:
    from certificates.rehearsal import Issued, RehearsalAuthority
    from desk.demo.stage import LoadBalancer, Stage

TENANT = "simulator"
FOLDER = click.Path(file_okay=False, path_type=Path)
ELSEWHERE = "say where it is with --url and --var"


@dataclass(frozen=True)
class Rehearsed:
    """What is there to play with: files, and the commands of the sender program (None without a load balancer)."""

    sender: str
    old: str
    new: str
    send: str | None = None
    switch: str | None = None


@dataclass(frozen=True)
class Cast:
    """The certificate in use, near its end, and its successor from another CA, with both CAs."""

    old: "Issued"
    new: "Issued"
    authorities: "tuple[RehearsalAuthority, ...]"


@click.command()
@click.argument("sender", default="erp")
@click.option("--folder", type=FOLDER, default=Path("rehearsal"), show_default=True, help="For the certificates.")
@click.option("--url", default="http://127.0.0.1:8234", show_default=True, help="The simulated tenant.")
@click.option("--var", type=FOLDER, default=Path("var"), show_default=True, envvar="CERTRELAY_VAR",
              help="The folder of certrelay up, where the simulated tenant's password is.")  # fmt: skip
@json_option
@command
async def rehearse(sender: str, folder: Path, url: str, var: Path, output: Output) -> None:
    """Put a SENDER on the simulated tenant, and make its certificates.

    A flow lists its names, another lets it in by its role, and the tenant knows its certificate by a user mapping or
    a service key. Then print the commands with which you play all the roles of its renewal, those of a sender
    program among them: it sends messages with the certificate that it has, and switches when you say so.

    No certificate is a real one. Their keys are in a folder of the sender program alone, below senders in --var.
    """
    cast = _cast(sender)
    balancer = await _staged(sender, cast, url, _password(var))
    rehearsed = _written(folder, sender, cast)
    if balancer:
        rehearsed = _with_sender(rehearsed, cast, var / "senders" / sender, balancer)
    output.data(asdict(rehearsed), _commands(rehearsed))


def _cast(sender: str) -> Cast:
    from certificates.rehearsal import RehearsalAuthority
    from desk.demo.theatre import now

    at = now()
    before, after = (RehearsalAuthority.create(name, now=at) for name in ("Old Rehearsal CA", "New Rehearsal CA"))
    old = before.issue(f"CN={sender}, O=Rehearsal, C=DE", at - timedelta(days=335), at + timedelta(days=30))
    new = after.issue(f"CN={sender}-new, O=Rehearsal, C=DE", at - timedelta(days=1), at + timedelta(days=365))
    return Cast(old, new, (before, after))


def _password(var: Path) -> str:
    from desk.refusals import NotReachable

    try:
        return (var / "simulator-password").read_text().strip()
    except OSError as error:
        raise NotReachable("The simulated tenant", f"no password in {var}", ELSEWHERE) from error


async def _staged(sender: str, cast: Cast, url: str, password: str) -> "LoadBalancer | None":
    """The load balancer of the tenant on which all is now; None where it has none."""
    import httpx

    from desk.demo.stage import found
    from desk.refusals import AlreadyStaged, NotReachable

    here = f"The simulated tenant at {url}"
    try:
        async with found(url, password) as stage:
            return await _put_on(stage, sender, cast)
    except httpx.HTTPStatusError as error:
        if error.response.status_code == httpx.codes.CONFLICT:
            raise AlreadyStaged(sender) from None
        raise NotReachable(here, f"status {error.response.status_code}", ELSEWHERE) from None
    except httpx.HTTPError as error:
        raise NotReachable(here, type(error).__name__, ELSEWHERE) from None


async def _put_on(stage: "Stage", sender: str, cast: Cast) -> "LoadBalancer | None":
    listing, by_role = _flows(sender)
    await stage.flow(listing, cast.old.facts)
    await stage.flow_by_role(by_role)
    await stage.known_as(sender.upper(), cast.old.facts)
    for authority in cast.authorities:
        await stage.trust(authority.root_pem)
    return await stage.load_balancer()


def _flows(sender: str) -> tuple[str, str]:
    """The flow that lists names, and the one that asks for a role."""
    return f"{sender}_orders", f"{sender}_returns"


def _written(folder: Path, sender: str, cast: Cast) -> Rehearsed:
    folder.mkdir(parents=True, exist_ok=True)
    files = folder / f"{sender}-old.pem", folder / f"{sender}-new-with-chain.pem"
    files[0].write_text(cast.old.bundle_pem)
    files[1].write_text(cast.new.bundle_pem)
    return Rehearsed(sender, str(files[0]), str(files[1]))


def _with_sender(rehearsed: Rehearsed, cast: Cast, path: Path, balancer: "LoadBalancer") -> Rehearsed:
    """The sender program's folder, made, and its two commands."""
    from desk.demo.sender.folder import CURRENT, SenderFolder
    from desk.demo.sending_system import NEW, OLD, keep

    folder = SenderFolder.made(path)
    folder.trust(balancer.authority)
    keep(folder, OLD, cast.old)
    keep(folder, NEW, cast.new)
    folder.use(OLD)
    urls = map(balancer.address, _flows(rehearsed.sender))
    following, current = shlex.quote(str(path / "next")), shlex.quote(str(path / CURRENT))
    return replace(
        rehearsed,
        send=shlex.join(["certrelay", "send", str(path), *urls]),
        switch=f"echo {NEW}.pem > {following} && mv {following} {current}",
    )


def _commands(rehearsed: Rehearsed) -> Iterator[str]:
    """All commands in order; the sender program keeps a terminal of its own."""
    sender = rehearsed.sender
    if rehearsed.send:
        yield f"{rehearsed.send}   # in a terminal of its own"
    yield f"certrelay sender add {sender} --tenant {TENANT} --certificate {rehearsed.old}"
    yield f"certrelay start {sender} --as operator:otto"
    yield f"certrelay submit {sender} {rehearsed.new} --as sender:sam"
    yield f"certrelay confirm 3 {sender} --as tenant:tina --root-confirmed 'a rehearsal'"
    yield f"certrelay confirm 4a {sender} --as developer:dan"
    yield f"certrelay confirm 4b {sender} --as tenant:tina"
    yield f"certrelay confirm 5 {sender} --as developer:dan"
    yield f"certrelay confirm 6 {sender} --as tenant:tina"
    if rehearsed.switch:
        yield f"{rehearsed.switch}   # the switch"
    yield f"certrelay confirm 7 {sender} --as sender:sam"
    yield f"certrelay confirm 8 {sender} --as sender:sam"
    yield f"certrelay confirm 9a {sender} --as tenant:tina"
    yield f"certrelay confirm 9b {sender} --as tenant:tina"
    yield f"certrelay confirm 10 {sender} --as developer:dan"
