"""`certrelay plan`: what a renewal will be, before anybody acts. It only looks, and changes nothing."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from desk.ending import UNDECIDED, json_option, offline
from desk.output import Output
from desk.running import command, desk

if TYPE_CHECKING:
    from certificates.shapes import Report
    from process.facts import CertificateFacts
    from process.strategy.facts import PlanFacts, Sender
    from process.strategy.shapes import Plan


@dataclass(frozen=True)
class Told:
    """What the person knows of the sender and of service keys; None is not known."""

    holds_two: bool | None
    nodes: int | None
    pinned: bool | None

    @property
    def sender(self) -> "Sender":
        """The sender as it was told."""
        from process.strategy.facts import Sender

        return Sender(self.holds_two, self.nodes)


@click.command()
@click.argument("renewal", required=False)
@click.option("--old", type=click.File("rb"), help="Without a renewal: the certificate in use.")
@click.option("--new", type=click.File("rb"), help="Without a renewal: the new certificate with its chain.")
@click.option("--roots", type=click.File("rb"), help="Without a renewal: the load balancer's roots, in PEM.")
@click.option("--holds-two/--holds-one", default=None, help="Whether the sender can keep old and new at once.")
@click.option("--nodes", type=click.IntRange(min=1), help="How many nodes of the sender present the certificate.")
@click.option("--pinned/--not-pinned", default=None, help="What the cockpit says of Pin Certificate of the key.")
@json_option
def plan(
    renewal: str | None,
    old: BinaryIO | None,
    new: BinaryIO | None,
    roots: BinaryIO | None,
    holds_two: bool | None,
    nodes: int | None,
    pinned: bool | None,
    as_json: bool,
) -> None:
    """Tell what a RENEWAL will be: steps and why, the point of no return, what cannot be overlapped.

    RENEWAL is its id, its sender, or the first digits of the old certificate's fingerprint. With --old and --new in
    its place it is made from the two certificates alone, on this machine: the tenant is not looked at then.

    Exit codes: 0 the plan is whole and nobody is locked out at any moment, 1 refused, 2 usage, 3 not reachable,
    4 a person must decide or look something up first.
    """
    told = Told(holds_two, nodes, pinned)
    if renewal is not None and not (old or new or roots):
        _of_renewal(as_json=as_json, renewal=renewal, told=told)
    elif renewal is None and old and new:
        _of_files(as_json=as_json, files=(old, new, roots), told=told)
    else:
        raise click.UsageError("Name a RENEWAL, or give both --old FILE and --new FILE.")


@command
async def _of_renewal(renewal: str, told: Told, output: Output) -> None:
    from process.strategy.facts import plan_facts

    at = await desk()
    id = await at.find(renewal)
    facts = plan_facts(await at.case(id), told.sender)
    if code := _tell(id, facts, told, output):
        raise click.exceptions.Exit(code)


@offline
def _of_files(files: tuple[BinaryIO, BinaryIO, BinaryIO | None], told: Told, output: Output) -> int:
    from certificates.intake import MAX_BYTES
    from certificates.shapes import Decision
    from desk.upload import certificate_in_use
    from process.facts import Verdict
    from process.strategy.facts import PlanFacts

    in_use = certificate_in_use(files[0].read(MAX_BYTES + 1))
    report = _judged(files[1], files[2], in_use)
    verdict = Verdict(report.facts, report.findings, report.root, report.verdict is Decision.PERSON)
    return _tell(None, PlanFacts(in_use, report.facts, verdict, sender=told.sender), told, output)


def _judged(new: BinaryIO, roots: BinaryIO | None, in_use: "CertificateFacts") -> "Report":
    """The report on the new certificate. Raises `UploadRefused` where it would be returned: that has no plan."""
    from certificates.intake import MAX_BYTES
    from certificates.report import inspect
    from certificates.shapes import Decision, Inspection
    from desk.commands.inspect import _policy
    from desk.refusals import UploadRefused
    from desk.upload import without_secrets

    report = inspect(without_secrets(new.read(MAX_BYTES + 1)), Inspection(datetime.now(UTC), _policy(roots), in_use))
    if report.verdict is Decision.REJECT:
        worst = report.findings[0]
        raise UploadRefused(worst.code, f"The new certificate would be returned. {worst.sentence}", worst.ask)
    return report


def _tell(id: str | None, facts: "PlanFacts", told: Told, output: Output) -> int:
    from process.strategy.facts import told_pinned
    from process.strategy.planning import plan as planned
    from process.strategy.words import lines

    made = planned(told_pinned(facts, told.pinned), datetime.now(UTC))
    output.data(_whole(id, made), lines(made))
    return UNDECIDED if made.needs_person else 0


def _whole(id: str | None, made: "Plan") -> dict[str, Any]:
    """The stable shape of `plan --json`."""
    from process.strategy.words import change_words, headline

    return {
        "renewal": id,
        "headline": headline(made),
        "needed": made.needed,
        "keeps_invariant": made.keeps_invariant,
        "whole": made.is_whole,
        "needs_person": made.needs_person,
        "steps": [
            {
                "id": step.id,
                "role": step.role,
                "need": step.need,
                "why": step.why,
                "expected": step.expected,
                "changes": [{"sentence": change_words(change), "change": change} for change in step.changes],
                "remarks": step.remarks,
            }
            for step in made.steps
        ],
        "point_of_no_return": made.point_of_no_return,
        "not_overlapped": made.not_overlapped,
        "remarks": made.remarks,
        "not_looked_at": made.not_looked_at,
        "foreseen": made.foreseen,
    }
