"""What people hand over, before it goes anywhere: secrets are refused here, certificates become plain PEM."""

from typing import BinaryIO

from click import format_filename

from certificates.errors import IntakeRefused
from certificates.facts import facts_of, pem_of
from certificates.intake import MAX_BYTES, Intake, take_in
from certificates.key_material import refuse_marked_secrets, refuse_secrets
from desk.refusals import UploadRefused
from process.facts import CertificateFacts


def name_of(file: BinaryIO) -> str:
    """The file's name for people; a dash for standard input, as it was typed."""
    name = getattr(file, "name", "<stdin>")
    return "-" if name == "<stdin>" else format_filename(name)


def taken_in(data: bytes) -> Intake:
    """The certificates in `data`. Raises `UploadRefused`; nothing is kept then."""
    try:
        return take_in(data)
    except IntakeRefused as refused:
        raise UploadRefused(refused.code, refused.sentence, refused.ask) from None


def without_secrets(data: bytes) -> bytes:
    """`data` again. Raises `UploadRefused` where it may hold a private key."""
    try:
        (refuse_secrets if len(data) <= MAX_BYTES else refuse_marked_secrets)(data)
    except IntakeRefused as refused:
        raise UploadRefused(refused.code, refused.sentence, refused.ask) from None
    return data


def pem_from(data: bytes) -> tuple[str, tuple[str, ...]]:
    """The certificates as PEM and the repairs that it took. Raises `UploadRefused`."""
    taken = taken_in(data)
    return "".join(map(pem_of, taken.certificates)), taken.repairs


def certificate_in_use(data: bytes) -> CertificateFacts:
    """The facts of the certificate in use: the first one given. Raises `UploadRefused`."""
    first, *chain = taken_in(data).certificates
    return facts_of(first, chain)
