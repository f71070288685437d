"""`certrelay request`: a new key and the request for its certificate, on the sender's own machine, with no server."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, BinaryIO, TypedDict, Unpack

import click

from desk.asking import meaning, names_for
from desk.ending import json_option, offline
from desk.output import Output, columns

if TYPE_CHECKING:
    from desk.keyfiles import KeyFiles

KEYS = {"rsa3072": "RSA 3072", "rsa4096": "RSA 4096", "p256": "EC P-256", "p384": "EC P-384"}
"""The kinds of keys by their word, and as people read them."""

USAGES = {
    "1.3.6.1.5.5.7.3.1": "serverAuth",
    "1.3.6.1.5.5.7.3.2": "clientAuth",
    "1.3.6.1.5.5.7.3.4": "emailProtection",
}
"""Extended key usages by the names that OpenSSL and certificate authorities write; others by their OID."""


class Given(TypedDict):
    """The options as click hands them over."""

    old: BinaryIO | None
    subject: str | None
    key: str
    out: Path | None
    passphrase_file: BinaryIO | None
    passphrase_env: str | None
    unencrypted: bool


@click.command()
@click.option("--old", type=click.File("rb"), help="The certificate in use; its names are asked for again.")
@click.option("--subject", metavar="DN", help="Ask for this subject DN instead, such as 'CN=erp, O=Example, C=DE'.")
@click.option("--key", type=click.Choice(list(KEYS)), default="rsa3072", show_default=True, help="The kind of key.")
@click.option(
    "--out", metavar="PATH", type=click.Path(path_type=Path),
    help="Write PATH.key and PATH.csr; or the folder for them. Their name is the common name otherwise.",
)  # fmt: skip
@click.option("--passphrase-file", type=click.File("rb"), help="Encrypt the key with the first line of this file.")
@click.option("--passphrase-env", metavar="NAME", help="Encrypt the key with the value of this environment variable.")
@click.option("--unencrypted", is_flag=True, help="Do not encrypt the key; the rights of its file alone protect it.")
@json_option
@offline
def request(output: Output, **given: Unpack[Given]) -> int:
    """Make a new key and the request for its certificate, on this machine; nothing is sent anywhere.

    Subject DN and alternative names are copied from the certificate in use (--old), octet by octet, so that the
    names stay the same; with --subject the subject DN is another, and it is said what follows. Client
    authentication is always asked for. The key is encrypted with a passphrase, which is asked for where no option
    gives it, and only its owner may read the file. No file is ever overwritten.
    """
    from certificates.request import KeyKind, make
    from desk.keyfiles import KeyFiles
    from desk.passphrase import Protection

    names = names_for(given["old"], given["subject"])
    files = KeyFiles.at(_base(given["out"], names.wanted.common_name))
    files.check()
    phrase = Protection(given["passphrase_file"], given["passphrase_env"], given["unencrypted"]).passphrase()
    made = make(names.wanted, KeyKind(given["key"]), phrase)
    files.write(made.key_pem, made.request_pem)
    told = {
        "key_file": click.format_filename(files.key),
        "request_file": click.format_filename(files.request),
        "key": KEYS[given["key"]],
        "encrypted": phrase is not None,
        "public_key_sha256": made.public_key_sha256,
        "subject": names.wanted.subject_dn,
        "subject_change": names.change,
        "alternative_names_copied": bool(names.wanted.alternative_names),
        "usages": [USAGES.get(usage, usage) for usage in names.wanted.usages],
    }
    output.data(told, columns((name.replace("_", " "), _text(value)) for name, value in told.items()))
    for line in (*meaning(names), *_next(files, given["old"])):
        output.remark(line)
    return 0


def _text(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "not known" if value is None else str(value)


def _base(out: Path | None, common_name: str) -> Path:
    """The path of both files without ending."""
    if out is not None and not os.path.isdir(out):
        return out
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", common_name)[:64].strip("-.")
    return (out or Path()) / (plain or "certificate")


def _next(files: "KeyFiles", old: BinaryIO | None) -> Iterator[str]:
    """What the sender administrator does now, with the commands."""
    from desk.upload import name_of

    in_use = quote(name_of(old)) if old and name_of(old) != "-" else "IN-USE.pem"
    key, request = (quote(click.format_filename(path)) for path in (files.key, files.request))
    yield f"Keep {key} on this machine; nobody else needs it, and certrelay never takes it."
    yield (
        f"Next: send {request} to the certificate authority, and ask for a client certificate "
        "(extended key usage Client Authentication, clientAuth)."
    )
    yield f"Next: check what comes back:  certrelay inspect ANSWER.pem --old {in_use}"
    yield "Next: hand it over:  certrelay submit RENEWAL ANSWER.pem --as sender:NAME"
