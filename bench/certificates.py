"""The judgement of a submission, against parsing it and asking each engine once, in the same run."""

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.x509.verification import Criticality, ExtensionPolicy, PolicyBuilder, Store
from OpenSSL import crypto

from bench.result import Result
from certificates.facts import pem_of
from certificates.policy import Policy
from certificates.rehearsal import RehearsalAuthority
from certificates.report import Decision, Inspection, inspect
from process.facts import CertificateFacts

_SUBMISSIONS = 120
# The verifier's own rules, but for the alternative names that clients need not have.
_LEAF = ExtensionPolicy.webpki_defaults_ee().may_be_present(x509.SubjectAlternativeName, Criticality.AGNOSTIC, None)
_CA = ExtensionPolicy.webpki_defaults_ca()


@dataclass(frozen=True)
class _Submission:
    """A leaf and two CAs in PEM, each with keys and CAs of its own, so that nothing is remembered of another."""

    pem: bytes
    root: x509.Certificate
    policy: Policy
    old: CertificateFacts
    now: datetime

    def judge(self) -> None:
        report = inspect(self.pem, Inspection(self.now, self.policy, self.old))
        assert report.verdict is Decision.ACCEPT

    def parse_and_verify(self) -> None:
        leaf, *others = x509.load_pem_x509_certificates(self.pem)
        builder = PolicyBuilder().time(self.now).store(Store([self.root]))
        builder.extension_policies(ca_policy=_CA, ee_policy=_LEAF).build_client_verifier().verify(leaf, others)
        store = crypto.X509Store()
        store.add_cert(crypto.X509.from_cryptography(self.root))
        store.set_time(self.now)
        loaded = [crypto.X509.from_cryptography(certificate) for certificate in others]
        crypto.X509StoreContext(store, crypto.X509.from_cryptography(leaf), loaded).verify_certificate()


def _submission(number: int) -> _Submission:
    now = datetime.now(UTC)
    authority = RehearsalAuthority.create(f"Bench {number}", now=now).subordinate("Policy CA").subordinate()
    old = authority.issue("sender", now - timedelta(days=300), now + timedelta(days=30))
    new = authority.issue("sender")
    pem = new.pem + "".join(map(pem_of, new.chain[:2]))
    root = x509.load_pem_x509_certificate(authority.root_pem.encode())
    return _Submission(pem.encode(), root, Policy(load_balancer_roots=authority.root_pem), old.facts, now)


def _milliseconds(run: Callable[[], None]) -> float:
    begin = time.perf_counter()
    run()
    return (time.perf_counter() - begin) * 1e3


def results() -> Iterator[Result]:
    """Each submission once by either way, in turn; the medians are compared."""
    submissions = [_submission(number) for number in range(_SUBMISSIONS)]
    submissions[0].judge()
    pairs = [(_milliseconds(each.parse_and_verify), _milliseconds(each.judge)) for each in submissions[1:]]
    floor, measured = (statistics.median(times) for times in zip(*pairs, strict=True))
    yield Result(
        "a submission of leaf and two CAs judged", measured, "parsing, one verification by each engine", floor,
        "ms", "at most 2.0 x",
    )  # fmt: skip
