"""Starting, showing and following renewals."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from shlex import quote
from typing import TYPE_CHECKING, Any

import click

from desk.ending import json_option
from desk.hints import commands, typed
from desk.output import Output, as_json, columns
from desk.running import Person, as_option, client, command, desk
from process.steps import BY_ID
from process.words import command as words_of_command

if TYPE_CHECKING:
    from process.case import Case, Entry


@click.command()
@click.argument("sender")
@click.option("--tenant", help="Which tenant, where the sender is registered at several.")
@click.option("-m", "--note", default="", help="Why it is started, for the record.")
@click.option("--patience", type=click.FloatRange(min=1), help="Seconds that work is tried before it fails for good.")
@as_option
@json_option
@command
async def start(
    sender: str, tenant: str | None, note: str, patience: float | None, person: Person, output: Output
) -> None:
    """Start the renewal of the certificate that a registered SENDER uses now."""
    from desk.desk import Desk
    from desk.register import Register
    from workflows.policies import Patience

    connected = await client()
    entry = await Register(connected).find(sender, tenant)
    tried = timedelta(seconds=patience) if patience else None
    limits = Patience(reading=tried, changing=tried) if tried else None
    words = f"Started by {person.name} ({person.role.words}). {note}".strip()
    id = await Desk(connected).start(entry.registered, words, limits)
    output.data({"renewal": id}, [id])
    names = entry.registered.people.get(BY_ID["2"].role, ())
    line = words_of_command(BY_ID["2"], id)
    output.remark("Next: the sender administrator hands over the new certificate (steps 1 and 2).")
    output.remark(f"Waited for: {BY_ID['2'].role.words}.")
    output.remark(f"  {typed(line, BY_ID['2'].role, names[0]) if names else line}")


@click.command()
@click.argument("renewal")
@json_option
@command
async def show(renewal: str, output: Output) -> None:
    """Show a RENEWAL: where it stands, every step, the facts and the record.

    RENEWAL is its id, its sender, or the first digits of the old certificate's fingerprint.
    """
    at = await desk()
    id = await at.find(renewal)
    case = await at.case(id)
    output.data(_whole(id, case), _shown(id, case))


def _whole(id: str, case: "Case") -> dict[str, Any]:
    """The stable shape of `show --json`."""
    from process.health import may_present, proof
    from process.open import waiting_for
    from process.shown import digest
    from process.strategy.words import headline_of
    from process.words import next_words, progress, standing

    return {
        "renewal": id,
        "standing": standing(case),
        "waiting_for": waiting_for(case),
        "plan": headline_of(case, datetime.now(UTC)),
        "seen": digest(case),
        "acceptance": proof(case),
        "next": next_words(case),
        "commands": commands(case, id),
        "steps": [{"id": step.id, "role": step.role, "state": words} for step, words in progress(case)],
        "may_present": [certificate.fingerprint for certificate in may_present(case)],
        "case": case,
    }


def _shown(id: str, case: "Case") -> Iterator[str]:
    from process.health import proof
    from process.strategy.words import headline_of
    from process.words import next_words, progress, undecided

    yield id
    yield from _certificates(case)
    yield f"plan: {headline_of(case, datetime.now(UTC))} All of it: certrelay plan {quote(id)}"
    accepted = f"that this is accepted everywhere: {proof(case)}"
    yield click.style(accepted, fg="red", bold=True) if case.alarms else accepted
    yield ""
    yield from columns((step.id, step.role.words, words) for step, words in progress(case))
    yield ""
    yield from next_words(case)
    yield from (f"  {line}" for line in commands(case, id))
    for opinion in undecided(case):
        yield click.style(f"UNDECIDED: {opinion}", fg="yellow", bold=True)
    if case.overrides:
        yield click.style(f"OVERRIDDEN: {', '.join(case.overrides)}", fg="red", bold=True)
    yield ""
    yield from _facts(case)
    yield ""
    yield from (entry_line(entry) for entry in case.record)
    if case.refusals_dropped:
        yield f"{case.refusals_dropped} more refusals were counted and not kept."


def _certificates(case: "Case") -> Iterator[str]:
    from process.health import may_present
    from process.words import minute

    for name, certificate in (("old", case.old), ("new", case.new)):
        if certificate is not None:
            yield f"{name}: {certificate.fingerprint[:16]}, until {minute(certificate.not_after)}"
            yield f"     {certificate.names.subject}"
            yield f"     {certificate.names.issuer}"
    yield f"the sender may present: {', '.join(c.fingerprint[:16] for c in may_present(case))}"


def _facts(case: "Case") -> Iterator[str]:
    from process.shown import digest
    from process.words import minute

    facts = case.facts
    if facts is None:
        yield "The tenant was not read yet."
        return
    yield f"On {case.subject.tenant}, read at {minute(facts.read_at)} (decide on this with --seen {digest(case)}):"
    yield from (
        f"  channel {c.channel} ({c.address}) of flow {c.flow_id} lists the old names" for c in facts.channels
    )
    yield from (f"  {m.kind} of {m.user} holds the old certificate" for m in facts.mappings)
    yield from (f"  NOT LOOKED AT: {part.what}: {part.why}" for part in facts.unreadable)
    yield from (f"  {note}" for note in facts.notes)
    if not (facts.channels or facts.mappings):
        yield "  nothing that was looked at knows the old certificate"


def entry_line(entry: "Entry") -> str:
    """A line of the record."""
    who = f"{entry.by} ({entry.role.replace('-', ' ')})" if entry.role else entry.by
    words = f"{entry.at:%Y-%m-%d %H:%M:%S}  {who}: {entry.act} {entry.outcome}"
    return f"{words}. {entry.text}" if entry.text else words


@click.command()
@click.argument("renewal")
@json_option
@command
async def watch(renewal: str, output: Output) -> None:
    """Follow a RENEWAL live, line by line of its record, until it ends; with --json one object a line."""
    from process.words import standing

    at = await desk()
    id = await at.find(renewal)
    seen, stood = 0, ""
    async for case in at.moves(id):
        for entry in case.record[seen:]:
            click.echo(as_json(entry, indent=None) if output.json else entry_line(entry))
        seen = len(case.record)
        if standing(case) != stood:
            stood = standing(case)
            output.remark(f"-- {stood}")
        if case.closed:
            return
