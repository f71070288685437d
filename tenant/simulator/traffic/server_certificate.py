"""The load balancer's own certificate: made at the start by a CA of its own, keys in memory only."""

import ipaddress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from certificates.rehearsal import RehearsalAuthority

_LIFE = timedelta(days=365)
_BACKDATED = timedelta(hours=1)  # clocks differ


@dataclass(frozen=True)
class ServerCertificate:
    """The certificate with its key, and the CA's certificate as PEM, which a sender must trust."""

    certificate: x509.Certificate
    ca: str
    key: ec.EllipticCurvePrivateKey = field(repr=False)


def make_server_certificate(host: str) -> ServerCertificate:
    """A certificate for a host (an IP address) and for this machine, by its clock, which its clients go by, too."""
    now = datetime.now(UTC)
    authority = RehearsalAuthority.create("Rehearsal", "Rehearsal Load Balancer CA", now=now)
    key = ec.generate_private_key(ec.SECP256R1())
    addresses = {ipaddress.ip_address(address) for address in ("127.0.0.1", host)}
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), *map(x509.IPAddress, addresses)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)]))
        .issuer_name(authority.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + _LIFE)
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), critical=False)
        .sign(authority.key, hashes.SHA256())
    )
    return ServerCertificate(certificate, authority.root_pem, key)
