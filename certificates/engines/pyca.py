"""cryptography's client verifier with a policy for enterprise PKI: well-formedness is kept, web rules are not.

The base is the verifier's own web policy; each extension is relaxed once. It cannot be relaxed in signature
algorithms, versions, serial numbers and the encoding of names: there it is stricter than OpenSSL.
"""

from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from certificates.engines.asking import ANY_USAGE, Question, allows_client, may_issue, may_sign
from certificates.errors import Unjudgeable
from certificates.reading import LIBRARY_REFUSALS, Reading
from certificates.shapes import EngineOpinion

ENGINE = "cryptography"

# Enterprise PKI marks these critical; neither engine evaluates policies without being asked to.
_POLICIES = (
    (x509.CertificatePolicies, Criticality.AGNOSTIC),
    (x509.CRLDistributionPoints, Criticality.AGNOSTIC),
    (x509.PolicyConstraints, Criticality.CRITICAL),  # RFC 5280 4.2.1.11 and 4.2.1.14: always critical
    (x509.InhibitAnyPolicy, Criticality.CRITICAL),
)


def ask_cryptography(question: Question) -> EngineOpinion:
    """Its opinion. Never raises: what it cannot read is an opinion too."""
    try:
        leaf = question.leaf.parsed
        store = _store(question.anchors)
        verifier = _builder(question).store(store).build_client_verifier()
        verified = verifier.verify(leaf, [other.parsed for other in question.others if _readable(other)])
    except Unjudgeable as unreadable:
        return EngineOpinion(ENGINE, False, f"cryptography cannot judge the path: {unreadable}", "leaf")
    except (VerificationError, *LIBRARY_REFUSALS) as refused:
        return EngineOpinion(ENGINE, False, f"cryptography refuses the path: {_words(refused)}.")
    path = tuple(certificate.public_bytes(Encoding.DER) for certificate in verified.chain)
    return EngineOpinion(ENGINE, True, "cryptography accepts the path.", path=path)


@lru_cache(maxsize=4)
def _store(anchors: tuple[Reading, ...]) -> Store:
    """The store of trusted certificates; an operator's list stays the same over many questions."""
    readable = [anchor.parsed for anchor in anchors if _readable(anchor)]
    if not readable:
        raise Unjudgeable("The list of trusted roots")
    return Store(readable)


def _readable(reading: Reading) -> bool:
    try:
        return bool(reading.parsed)
    except Unjudgeable:
        return False


def _builder(question: Question) -> PolicyBuilder:
    builder = PolicyBuilder().time(question.now).max_chain_depth(question.max_intermediates)
    return builder.extension_policies(ca_policy=_CA_POLICY, ee_policy=_LEAF_POLICY)


def _words(refused: Exception) -> str:
    """Its own words on one line, without what would break a sentence."""
    return " ".join(str(refused).split()).rstrip(".") or "it gives no reason"


def _check_leaf_usage(_: Policy, __: x509.Certificate, usage: x509.KeyUsage | None) -> None:
    if not may_sign(usage):
        raise ValueError("the key usage of the leaf allows neither digital signatures nor key agreement")


def _check_leaf_purpose(_: Policy, __: x509.Certificate, usages: x509.ExtendedKeyUsage | None) -> None:
    if not allows_client(frozenset(usages) if usages is not None else None, (ANY_USAGE,)):
        raise ValueError("the extended key usage of the leaf lacks client authentication")


def _check_ca(_: Policy, __: x509.Certificate, constraints: x509.BasicConstraints) -> None:
    if not constraints.ca:
        raise ValueError("an issuer is no CA")


def _check_ca_usage(_: Policy, __: x509.Certificate, usage: x509.KeyUsage | None) -> None:
    if not may_issue(usage):
        raise ValueError("the key usage of a CA does not allow it to sign certificates")


def _check_ca_purpose(_: Policy, __: x509.Certificate, usages: x509.ExtendedKeyUsage | None) -> None:
    if not allows_client(frozenset(usages) if usages is not None else None, (ANY_USAGE,)):
        raise ValueError("the extended key usage of a CA lacks client authentication")


def _relaxed(policy: ExtensionPolicy) -> ExtensionPolicy:
    for extension, criticality in _POLICIES:
        policy = policy.may_be_present(extension, criticality, None)
    return policy.may_be_present(x509.AuthorityKeyIdentifier, Criticality.AGNOSTIC, None)


_LEAF_POLICY = (
    _relaxed(ExtensionPolicy.webpki_defaults_ee())
    .may_be_present(x509.SubjectAlternativeName, Criticality.AGNOSTIC, None)
    .may_be_present(x509.KeyUsage, Criticality.AGNOSTIC, _check_leaf_usage)
    .may_be_present(x509.ExtendedKeyUsage, Criticality.AGNOSTIC, _check_leaf_purpose)
)
_CA_POLICY = (
    _relaxed(ExtensionPolicy.webpki_defaults_ca())
    .may_be_present(x509.SubjectKeyIdentifier, Criticality.AGNOSTIC, None)
    .require_present(x509.BasicConstraints, Criticality.AGNOSTIC, _check_ca)
    .may_be_present(x509.KeyUsage, Criticality.AGNOSTIC, _check_ca_usage)
    .may_be_present(x509.ExtendedKeyUsage, Criticality.AGNOSTIC, _check_ca_purpose)
)
