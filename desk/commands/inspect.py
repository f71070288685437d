"""`certrelay inspect`: the judgement on a certificate before it is handed over, on this machine, with no server."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, BinaryIO, TypedDict, Unpack

import click

from desk.ending import REFUSED, UNDECIDED, json_option, offline
from desk.output import Output

if TYPE_CHECKING:
    from certificates.policy import Policy
    from process.facts import CertificateFacts


class Given(TypedDict):
    """The options as click hands them over."""

    roots: BinaryIO | None
    old: BinaryIO | None
    at: datetime | None
    crl: tuple[BinaryIO, ...]


class Moment(click.ParamType[datetime, str]):
    """A time in ISO 8601; without an offset it is UTC, a date alone is its beginning."""

    name = "TIME"

    def convert(self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The time in UTC."""
        try:
            at = value if isinstance(value, datetime) else datetime.fromisoformat(value)
            return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
        except (ValueError, OverflowError):
            self.fail(f"{value!r} is no time: write it like 2026-11-30 or 2026-11-30T08:00:00Z.", param, ctx)


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.File("rb"))
@click.option("--roots", type=click.File("rb"), help="The load balancer's roots, in PEM; the chain must end at one.")
@click.option("--old", type=click.File("rb"), help="The certificate in use, to compare names, key and validity with.")
@click.option("--at", type=Moment(), help="Judge for this time instead of now, in ISO 8601; UTC without an offset.")
@click.option("--crl", type=click.File("rb"), multiple=True, help="A revocation list, PEM or DER; may be repeated.")
@json_option
@offline
def inspect(output: Output, files: tuple[BinaryIO, ...], **given: Unpack[Given]) -> int:
    """Judge a certificate and its chain before it is handed over; nothing is sent anywhere.

    Each FILE is PEM, DER or PKCS#7, and - is standard input; several are taken together, the certificate in one and
    its chain in others. What may hold a private key is refused unread. The text says what to ask the certificate
    authority for, and can be forwarded to it.

    Exit codes: 0 accepted, 1 rejected or refused, 2 usage, 4 a person must decide.
    """
    from certificates.intake import MAX_BYTES
    from certificates.shapes import Decision, Inspection
    from desk.inspection import Part, as_data, report_on
    from desk.inspection_text import lines_of
    from desk.upload import name_of, without_secrets

    now = given["at"] or datetime.now(UTC)
    # One octet more than is allowed is enough to be refused as too large.
    parts = [Part(name_of(file), file.read(MAX_BYTES + 1)) for file in files]
    crls = tuple(without_secrets(file.read()) for file in given["crl"])
    report = report_on(parts, Inspection(now, _policy(given["roots"]), _in_use(given["old"]), crls))
    output.data(as_data(report), lines_of(report, now))
    return {Decision.ACCEPT: 0, Decision.REJECT: REFUSED, Decision.PERSON: UNDECIDED}[report.verdict]


def _policy(roots: BinaryIO | None) -> "Policy":
    """The default limits with the list of roots. Raises a refusal for a private key, a usage error for no list."""
    from certificates.errors import RootsUnreadable
    from certificates.policy import Policy
    from desk.upload import without_secrets

    if roots is None:
        return Policy()
    content = without_secrets(roots.read())
    try:
        return Policy(load_balancer_roots=content.decode("utf-8", "replace"))
    except RootsUnreadable as error:
        raise click.BadParameter(str(error), param_hint="--roots") from None


def _in_use(old: BinaryIO | None) -> "CertificateFacts | None":
    """The certificate in use. Raises a refusal for a private key, a usage error where it is not one certificate."""
    from certificates.facts import facts_of
    from certificates.request import leaf_of
    from desk.refusals import UploadRefused
    from desk.upload import taken_in, without_secrets

    if old is None:
        return None
    content = without_secrets(old.read())
    try:
        leaf = leaf_of(taken_in(content).certificates)
    except UploadRefused as refused:
        raise click.BadParameter(refused.sentence, param_hint="--old") from None
    if leaf is None:
        raise click.BadParameter(_SEVERAL, param_hint="--old")
    return facts_of(leaf)


_SEVERAL = "More than one certificate in it could be the sender's; give the one in use alone."
