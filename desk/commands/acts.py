"""The acts of people: submit, confirm and those beyond the ten steps. After each it is said what comes next."""

import uuid
from contextlib import suppress
from datetime import UTC, datetime
from shlex import quote
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from desk.ending import json_option
from desk.hints import commands
from desk.output import Output
from desk.refusals import NotReachable, UnknownStep
from desk.running import F, Person, as_option, command, desk
from process.acts import ACTS, rests_on_facts
from process.steps import BY_ID, Kind, Role

if TYPE_CHECKING:
    from desk.desk import Desk
    from workflows.messages import Answer, Message

Renewal = click.argument("renewal")


def _request_id(function: F) -> F:
    return click.option("--request-id", help="Repeat an act under its own id: it is answered, not done twice.")(
        function
    )


def _seen(function: F) -> F:
    return click.option("--seen", default="", help="The digest that certrelay show printed: what you decide on.")(
        function
    )


def act_options(function: F) -> F:
    """The options that every act has."""
    for option in (_request_id, _seen, json_option, as_option):
        function = option(function)
    return function


def reason_option(function: F) -> F:
    """`--reason`, required."""
    return click.option("-m", "--reason", required=True, help="Why, for those who read the record later.")(function)


def wait_option(function: F) -> F:
    """`--wait SECONDS`."""
    return click.option(
        "--wait", type=click.FloatRange(min=0), default=30, show_default=True,
        help="Seconds to wait for what comes of it; 0 does not wait.",
    )(function)  # fmt: skip


async def send(renewal: str, act: str, person: Person, output: Output, **content: Any) -> None:
    """Send the act; print the answer, what came of it within `wait` seconds, what is next and who is waited for."""
    from desk.outcome import Acted, with_outcome
    from workflows.messages import MESSAGES

    request_id = content.pop("request_id", None) or str(uuid.uuid4())
    wait = content.pop("wait", 0)
    at = await desk()
    id = await at.find(renewal)
    seen = content.pop("seen", "")
    content["seen"] = seen or (await _digest_now(at, id) if rests_on_facts(ACTS[act]) else "")
    message = _message(MESSAGES[act], request_id=request_id, by=person.name, role=person.role, **content)
    answer = await at.act(id, act, message)
    if wait and not answer.later:
        answer = await with_outcome(at, Acted(id, request_id, ACTS[act].step or "", wait), answer)
    output.data(answer, [answer.sentence])
    await _say_next(at, id, answer, output)


async def _digest_now(at: "Desk", id: str) -> str:
    """What the act rests on where nothing was shown before: the facts as they are; empty where nobody answers."""
    from process.shown import digest

    with suppress(NotReachable):
        return digest(await at.case(id))
    return ""


async def _say_next(at: "Desk", id: str, answer: "Answer", output: Output) -> None:
    """What comes next, who is waited for and what they type, on standard error."""
    from process.strategy.words import headline_of

    if answer.later:
        output.remark(f"Once a worker is back, look at it: certrelay show {quote(id)}")
        return
    if answer.repeated:
        output.remark("This request was answered before; it was not done twice.")
    for line in answer.next:
        output.remark(f"Next: {line}")
    roles = ", ".join(role.words for role in answer.waiting_for)
    output.remark(f"Waited for: {roles or 'nobody'}.")
    if answer.waiting_for:
        with suppress(NotReachable):  # the act is done; how to go on is a kindness
            case = await at.case(id)
            for line in commands(case, id):
                output.remark(f"  {line}")
            if Role.TENANT_ADMINISTRATOR in answer.waiting_for:
                output.remark(f"Plan: {headline_of(case, datetime.now(UTC))} All of it: certrelay plan {quote(id)}")


def _message(model: type["Message"], **content: Any) -> "Message":
    """The message; what does not fit, such as a text that is too long, is a usage error."""
    from pydantic import ValidationError

    try:
        return model(**content)
    except ValidationError as error:
        problems = error.errors(include_input=False, include_url=False, include_context=False)
        said = "; ".join(f"{_OPTIONS.get(str(p['loc'][0]), p['loc'][0])}: {p['msg']}" for p in problems)
        raise click.UsageError(f"This cannot be sent. {said}.") from None


_OPTIONS = {"by": "the name in --as", "text": "the text", "request_id": "--request-id", "to": "--to"}


@click.command()
@Renewal
@click.argument("file", type=click.File("rb"))
@click.option("--holds-two/--holds-one", default=None, help="Whether the sender can keep old and new at once.")
@click.option("--nodes", type=click.IntRange(1, 10_000), help="How many nodes of the sender present the certificate.")
@wait_option
@act_options
@command
async def submit(renewal: str, file: BinaryIO, person: Person, output: Output, **content: Any) -> None:
    """Step 2: hand over the new certificate and its chain.

    RENEWAL is its id, its sender, or the first digits of the old certificate's fingerprint; FILE is PEM, DER or
    PKCS#7, and - is standard input. What may hold a private key is refused here, before anything is sent. A
    certificate that is returned for its faults ends with exit code 1. The plan rests on how many certificates the
    sender can keep, and on how many nodes.
    """
    from desk.upload import pem_from

    pem, repairs = pem_from(file.read())
    for repair in repairs:
        output.remark(repair)
    two = content.pop("holds_two")
    content |= {"holds": "" if two is None else "two" if two else "one", "nodes": content.pop("nodes") or 0}
    await send(renewal, "sender_submits_certificate", person, output, certificate=pem, **content)


def _confirmable() -> tuple[str, ...]:
    return tuple(step.id for step in BY_ID.values() if step.act and step.kind is not Kind.GIVEN)


@click.command()
@click.argument("step")
@Renewal
@click.option("--root-confirmed", default="", help="Steps 3 and 6: how it was confirmed that the root is trusted.")
@click.option("--decided", default="", help="Steps 3 and 6: why a certificate is taken that needs a decision.")
@click.option("--by-hand", is_flag=True, help="Steps 4a, 4b, 9b, 10: you changed the tenant; only check it.")
@click.option(
    "--pinned/--not-pinned", "pinned", default=None, help="Steps 4b, 9b: what the cockpit says of the service key."
)
@click.option("-m", "--text", default="", help="A remark for the record.")
@wait_option
@act_options
@command
async def confirm(step: str, renewal: str, person: Person, output: Output, **content: Any) -> None:
    """Do or confirm a STEP (3 to 10) of a RENEWAL; see certrelay steps.

    Steps that change the tenant are carried out by certrelay and proved; with --by-hand they are only checked.
    """
    known = BY_ID.get(step)
    if known is None or known.act is None or known.kind is Kind.GIVEN:
        raise UnknownStep(step, _confirmable())
    sending = {name: content.pop(name) for name in ("wait", "request_id", "seen")}
    pinned = content.pop("pinned")
    content["pinned"] = "" if pinned is None else "pinned" if pinned else "not pinned"
    content = _content_for(known.act, content)
    await send(renewal, known.act, person, output, **sending, **content)


def _content_for(act: str, content: dict[str, Any]) -> dict[str, Any]:
    """Only what was said: a field that the act's message does not have is a usage error."""
    from workflows.messages import MESSAGES

    said = {name: value for name, value in content.items() if value}
    strange = sorted(set(said) - set(MESSAGES[act].model_fields))
    if strange:
        options = ", ".join(f"--{name.replace('_', '-')}" for name in strange)
        raise click.UsageError(f"{options} does not go with this step.")
    return said


def _with_reason(name: str, act: str, help: str) -> click.Command:
    @click.command(name, help=help)
    @Renewal
    @reason_option
    @act_options
    @command
    async def run(renewal: str, reason: str, person: Person, output: Output, **content: Any) -> None:
        await send(renewal, act, person, output, text=reason, **content)

    return run


return_certificate = _with_reason(
    "return", "return_certificate", "Return the accepted certificate to the sender administrator; step 2 opens again."
)
withdraw = _with_reason("withdraw", "withdraw", "End a renewal and take back all that was added, while that is safe.")
switch_back = _with_reason(
    "switch-back", "switch_back", "Report that the sender uses the old certificate again; step 7 opens again."
)
comment = _with_reason("comment", "comment", "Put a remark on the record; nothing else changes.")


@click.command()
@Renewal
@click.option("--to", required=True, help="Who acts in your role from now on, beside you.")
@click.option("-m", "--reason", default="", help="Why, for those who read the record later.")
@act_options
@command
async def delegate(renewal: str, to: str, reason: str, person: Person, output: Output, **content: Any) -> None:
    """Name a further person for your role in this renewal."""
    await send(renewal, "delegate", person, output, to=to, text=reason, **content)


@click.command()
@click.argument("guard")
@Renewal
@click.option("--sender", required=True, help="The name of the sender, typed by you: a check that you mean this one.")
@reason_option
@act_options
@command
async def override(guard: str, renewal: str, reason: str, person: Person, output: Output, **content: Any) -> None:
    """Lift one GUARD (the name of the refusal, such as NotLookedAt) of a RENEWAL; it stays on the record."""
    await send(renewal, "override", person, output, guard=guard, text=reason, **content)
