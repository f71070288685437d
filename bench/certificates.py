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

_SUBMISSIONS = 200
# The verifier's own rules, but for the alternative names that clients need not have.
_LEAF = ExtensionPolicy.webpki_defaults_ee().may_be_present(x509.SubjectAlternativeName, Criticality.AGNOSTIC, None)
_CA = ExtensionPolicy.webpki_defaults_ca()


@dataclass(frozen=True)
class _Operator:
    """The list of roots, read once by either way, as a worker holds it."""

    policy: Policy
    root: x509.Certificate
    loaded: crypto.X509
    now: datetime


@dataclass(frozen=True)
class _Submission:
    """A leaf and two CAs in PEM, each with CAs of its own, so that nothing is remembered of another."""

    pem: bytes
    old: CertificateFacts
    operator: _Operator

    def judge(self) -> None:
        report = inspect(self.pem, Inspection(self.operator.now, self.operator.policy, self.old))
        assert report.verdict is Decision.ACCEPT

    def parse_and_verify(self) -> None:
        leaf, *others = x509.load_pem_x509_certificates(self.pem)
        builder = PolicyBuilder().time(self.operator.now).store(Store([self.operator.root]))
        builder.extension_policies(ca_policy=_CA, ee_policy=_LEAF).build_client_verifier().verify(leaf, others)
        store = crypto.X509Store()
        store.add_cert(self.operator.loaded)
        store.set_time(self.operator.now)
        loaded = [crypto.X509.from_cryptography(certificate) for certificate in others]
        crypto.X509StoreContext(store, crypto.X509.from_cryptography(leaf), loaded).verify_certificate()


def _submissions() -> list[_Submission]:
    now = datetime.now(UTC)
    root = RehearsalAuthority.create("Bench", now=now)
    parsed = x509.load_pem_x509_certificate(root.root_pem.encode())
    policy = Policy(load_balancer_roots=root.root_pem)
    operator = _Operator(policy, parsed, crypto.X509.from_cryptography(parsed), now)
    return [_submission(root, number, operator) for number in range(_SUBMISSIONS)]


def _submission(root: RehearsalAuthority, number: int, operator: _Operator) -> _Submission:
    authority = root.subordinate(f"Policy CA {number}").subordinate(f"Issuing CA {number}")
    now = operator.now
    old = authority.issue(f"sender {number}", now - timedelta(days=300), now + timedelta(days=30))
    new = authority.issue(f"sender {number}")
    return _Submission((new.pem + "".join(map(pem_of, new.chain[:2]))).encode(), old.facts, operator)


def _milliseconds(run: Callable[[], None]) -> float:
    begin = time.perf_counter()
    run()
    return (time.perf_counter() - begin) * 1e3


def results() -> Iterator[Result]:
    """Each submission once by either way, in turn; the medians are compared."""
    submissions = _submissions()
    submissions[0].judge()
    pairs = [(_milliseconds(each.parse_and_verify), _milliseconds(each.judge)) for each in submissions[1:]]
    floor, measured = (statistics.median(times) for times in zip(*pairs, strict=True))
    yield Result(
        "a submission of leaf and two CAs judged", measured, "parsing, one verification by each engine", floor,
        "ms", "at most 2.0 x",
    )  # fmt: skip
