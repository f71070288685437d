"""`certrelay sender`: the register of senders."""

from collections.abc import Iterator
from shlex import quote
from typing import TYPE_CHECKING, BinaryIO

import click

from desk.ending import json_option
from desk.output import Output, columns, day
from desk.running import Person, PersonType, client, command, system_user
from process.steps import Role
from process.words import short

if TYPE_CHECKING:
    from process.expiry import Entry


@click.group()
def sender() -> None:
    """The register: senders, the certificate each uses now, and the people of each role."""


@sender.command()
@click.argument("name")
@click.option(
    "--tenant", required=True, help="The tenant that the sender calls, by its name in the worker's settings."
)
@click.option(
    "--certificate", required=True, type=click.File("rb"), help="The client certificate in use, without key."
)
@click.option("--person", "people", type=PersonType(), multiple=True, help="Who may act, ROLE:NAME; may be repeated.")
@click.option("--lead-days", type=click.IntRange(min=1), help="Days before its end at which a renewal is started.")
@click.option("--replace", is_flag=True, help="Change what is registered.")
@json_option
@command
async def add(
    name: str,
    tenant: str,
    certificate: BinaryIO,
    people: tuple[Person, ...],
    lead_days: int | None,
    replace: bool,
    output: Output,
) -> None:
    """Register the sender NAME; a second time with the same content changes nothing.

    Where no person is named for a role, anybody acting in that role may.
    """
    from desk.register import Register
    from desk.upload import certificate_in_use
    from process.expiry import Registered

    registered = Registered(tenant, name, certificate_in_use(certificate.read()), _by_role(people), lead_days)
    entry = await Register(await client()).add(registered, system_user() or "operator", replace)
    output.data(entry, _shown(entry))
    output.remark(
        f"Next: certrelay start {quote(name)} --as operator, or wait for the watch (certrelay schedule install)."
    )


def _by_role(people: tuple[Person, ...]) -> dict[Role, tuple[str, ...]]:
    roles = dict.fromkeys(person.role for person in people)
    return {role: tuple(p.name for p in people if p.role is role) for role in roles}


@sender.command("list")
@json_option
@command
async def list_(output: Output) -> None:
    """List all senders with the end of the certificate that each uses."""
    from desk.register import Register

    entries = await Register(await client()).all()
    output.data(entries, _table(entries))


def _table(entries: list["Entry"]) -> list[str]:
    known = [entry.registered for entry in entries]
    rows = [
        (
            r.sender,
            r.tenant,
            r.certificate.fingerprint[:16],
            day(r.certificate.not_after),
            r.certificate.names.subject,
        )
        for r in known
    ]
    return columns(rows) or ["The register is empty."]


@sender.command("show")
@click.argument("name")
@click.option("--tenant", help="Which tenant, where the sender is registered at several.")
@json_option
@command
async def show(name: str, tenant: str | None, output: Output) -> None:
    """Show the sender NAME: certificate in use, people, past renewals."""
    from desk.register import Register

    entry = await Register(await client()).find(name, tenant)
    output.data(entry, _shown(entry))


def _shown(entry: "Entry") -> Iterator[str]:
    registered = entry.registered
    certificate = registered.certificate
    yield f"{registered.sender} at {registered.tenant}"
    yield f"  uses {certificate.fingerprint[:16]} until {day(certificate.not_after)}"
    yield f"  subject {certificate.names.subject}"
    yield f"  issuer  {certificate.names.issuer}"
    for role, names in registered.people.items():
        yield f"  {short(role)}: {', '.join(names)}"
    for past in entry.past:
        yield f"  {past.outcome} at {past.at:%Y-%m-%d %H:%M UTC}: {past.renewal}"
