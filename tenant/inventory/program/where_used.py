"""`certrelay where-used`, as `python -m tenant.inventory.program.where_used`. Options and exit codes alone."""

from dataclasses import asdict
from pathlib import Path

import click

from certificates.facts import facts_of
from certificates.intake import MAX_BYTES, take_in
from certificates.request import leaf_of
from process.facts import NamePair
from tenant.flows import Likeness
from tenant.inventory.program.running import (
    Look,
    ending,
    full_option,
    memory_option,
    print_data,
    remark,
    scanned,
    tenant_named,
)
from tenant.inventory.program.use_lines import use_lines
from tenant.inventory.where_used import Wanted, where_used


@click.command(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.argument("words", metavar="[NAME] [CERT]", nargs=-1)
@click.option("--subject", metavar="DN", help="The subject DN to look for, instead of a certificate.")
@click.option("--issuer", metavar="DN", help="The issuer DN that stands with it.")
@full_option
@memory_option
@ending
def main(
    words: tuple[str, ...], subject: str | None, issuer: str | None, full: bool, memory: Path, json: bool
) -> int:
    """Tell everything on a tenant that knows a certificate: what its renewal touches. Nothing is changed.

    NAME is a tenant of the settings and may be left out where there is one alone. CERT is a file with the
    certificate, PEM, DER or PKCS#7; - is standard input. What may hold a private key is refused unread. With
    --subject and --issuer names are looked for, and no certificate is needed.

    JSON: tenant, wanted (names, fingerprint), rows, legacy, parameters, holders, namesakes, by_role, roles_known,
    unseen (cause, what, why, flow), clash, complete. match is exact, equal (by RFC 5280) or alike (to the eye).

    Exit codes: 0 answered, 1 refused, 2 usage, 3 not reachable or a setting is missing.
    """
    name, wanted = _asked(words, subject, issuer)
    uses = where_used(scanned(tenant_named(name), Look(memory, full)), wanted)
    told = asdict(uses, dict_factory=_shape) | {"clash": uses.clash, "complete": uses.complete}
    print_data(json, told, use_lines(uses))
    return 0


def _shape(members: list[tuple[str, object]]) -> dict[str, object]:
    """Likenesses by the names that `certrelay flow find` has for them."""
    return {key: value.name.lower() if isinstance(value, Likeness) else value for key, value in members}


def _asked(words: tuple[str, ...], subject: str | None, issuer: str | None) -> tuple[str | None, Wanted]:
    """The tenant's name, and what is looked for: the given names, else the certificate of the last word."""
    if (subject is None) is not (issuer is None):
        raise click.UsageError("Give --subject and --issuer together: channels list them as a pair.")
    if len(words) > (1 if subject else 2):
        raise click.UsageError("Give one tenant, and one certificate or --subject with --issuer.")
    if subject is not None and issuer is not None:
        return next(iter(words), None), Wanted(NamePair(subject, issuer))
    if not words:
        raise click.UsageError("Give a certificate, or --subject and --issuer.")
    return (words[0] if len(words) > 1 else None), _certificate(words[-1])


def _certificate(path: str) -> Wanted:
    """The certificate in a file. Raises `IntakeRefused`, `UsageError` where it cannot be told which one is meant."""
    try:
        with click.open_file(path, "rb") as stream:
            data: bytes = stream.read(MAX_BYTES + 1)
    except OSError as error:
        raise click.UsageError(f"{path!r} cannot be read ({error.strerror or error}).") from None
    taken = take_in(data)
    leaf = leaf_of(taken.certificates)
    if leaf is None:
        raise click.UsageError(
            "More than one certificate in it could be the sender's; give the one in question alone."
        )
    for repair in taken.repairs:
        remark(f"To read the certificate, certrelay {repair}.")
    facts = facts_of(leaf)
    return Wanted(facts.names, facts.fingerprint)


if __name__ == "__main__":
    main(prog_name="certrelay where-used")
