"""What people hand over, before it goes anywhere: secrets are refused here, certificates become plain PEM."""

from certificates.errors import IntakeRefused
from certificates.facts import facts_of, pem_of
from certificates.intake import take_in
from desk.refusals import UploadRefused
from process.facts import CertificateFacts


def pem_from(data: bytes) -> tuple[str, tuple[str, ...]]:
    """The certificates as PEM and the repairs that it took. Raises `UploadRefused`; nothing is kept then."""
    try:
        taken = take_in(data)
    except IntakeRefused as refused:
        raise UploadRefused(refused.code, refused.sentence, refused.ask) from None
    return "".join(map(pem_of, taken.certificates)), taken.repairs


def certificate_in_use(data: bytes) -> CertificateFacts:
    """The facts of the certificate in use: the first one given. Raises `UploadRefused`."""
    try:
        first, *chain = take_in(data).certificates
    except IntakeRefused as refused:
        raise UploadRefused(refused.code, refused.sentence, refused.ask) from None
    return facts_of(first, chain)
