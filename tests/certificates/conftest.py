"""A small public key infrastructure, made once for these tests; keys live in memory only."""

from datetime import UTC, datetime, timedelta

import pytest
from certificates_pki import Pki
from cryptography.hazmat.primitives.asymmetric import rsa

from certificates.rehearsal import RehearsalAuthority

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture(scope="session")
def pki() -> Pki:
    """The usual case: same names, new key, the same CA."""
    root = RehearsalAuthority.create(now=NOW)
    issuing = root.subordinate()
    old = issuing.issue("sender", NOW - timedelta(days=300), NOW + timedelta(days=30))
    return Pki(NOW, root, issuing, old, issuing.issue("sender"))


@pytest.fixture(scope="session")
def rsa_key() -> rsa.RSAPrivateKey:
    """An RSA key; making one takes long enough to share it."""
    return rsa.generate_private_key(65537, 2048)
