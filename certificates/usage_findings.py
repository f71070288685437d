"""Findings on what a certificate may be used for: role, extended key usage, key usage, critical extensions."""

from collections.abc import Iterator

from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from certificates.engines.asking import ANY_USAGE, CLIENT_AUTH, allows_client, may_issue, may_sign
from certificates.findings import error, note, warning
from certificates.policy import Policy
from certificates.reading import Reading
from process.facts import Finding

_CLIENT_PROFILE = (
    "Ask the certificate authority for a certificate with the extended key usage Client Authentication "
    "(1.3.6.1.5.5.7.3.2); many public authorities no longer issue it."
)
_PLAIN_PROFILE = "Ask the certificate authority for a certificate of a plain TLS client profile."

# What RFC 5280 section 4.2 defines; whoever verifies must know an extension that is critical.
_KNOWN_EXTENSIONS = frozenset(
    {
        ExtensionOID.BASIC_CONSTRAINTS,
        ExtensionOID.KEY_USAGE,
        ExtensionOID.EXTENDED_KEY_USAGE,
        ExtensionOID.SUBJECT_ALTERNATIVE_NAME,
        ExtensionOID.ISSUER_ALTERNATIVE_NAME,
        ExtensionOID.NAME_CONSTRAINTS,
        ExtensionOID.CERTIFICATE_POLICIES,
        ExtensionOID.POLICY_MAPPINGS,
        ExtensionOID.POLICY_CONSTRAINTS,
        ExtensionOID.INHIBIT_ANY_POLICY,
        ExtensionOID.CRL_DISTRIBUTION_POINTS,
        ExtensionOID.AUTHORITY_KEY_IDENTIFIER,
        ExtensionOID.SUBJECT_KEY_IDENTIFIER,
    }
)


def leaf_usage_findings(leaf: Reading, policy: Policy) -> Iterator[Finding]:
    """Role and usages of the leaf. Raises Unjudgeable."""
    if leaf.authority:
        said = f"{leaf.subject} is a CA certificate; a sender presents a certificate of its own."
        yield error("ca-as-leaf", said, "Hand over the sender's own certificate, with this one as its chain.")
    yield from _purpose(leaf, policy)
    if leaf.authority:
        return
    if not may_sign(leaf.key_usage):
        said = "The key usage of the certificate does not include digital signatures; a TLS client needs them."
        yield error("key-usage", said, "Ask the certificate authority for the key usage Digital Signature.")
    elif leaf.key_usage and not leaf.key_usage.digital_signature:
        said = "The key usage of the certificate has no digital signatures: TLS 1.3 refuses it (RFC 8446 4.4.2.2)."
        yield warning("key-usage", said, "Ask the certificate authority for the key usage Digital Signature.")
    yield from _public_tls(leaf, policy)


def _purpose(leaf: Reading, policy: Policy) -> Iterator[Finding]:
    usages = leaf.usages
    if usages is None:
        said = (
            "The certificate has no extended key usage; the load balancer of SAP demands Client Authentication "
            "and refuses the handshake without it."
        )
        finding = error if policy.require_eku else warning
        yield finding("eku-missing", said, _CLIENT_PROFILE)
    elif CLIENT_AUTH not in usages:
        said = "The extended key usage of the certificate does not include Client Authentication."
        yield error("eku-lacks-client-auth", said, _CLIENT_PROFILE)


def _public_tls(leaf: Reading, policy: Policy) -> Iterator[Finding]:
    policies = leaf.extension(x509.CertificatePolicies) or ()
    asserted = {information.policy_identifier.dotted_string for information in policies}
    if asserted.isdisjoint(policy.public_tls_policies):
        return
    said = (
        "The certificate follows the rules of public TLS authorities, which issue no certificates with Client "
        f"Authentication from {policy.public_tls_end} on: the next renewal will need another issuer, so new names."
    )
    yield warning("public-tls-ca", said, "Plan a private certificate authority whose root the load balancer trusts.")


def authority_usage_findings(authority: Reading) -> Iterator[Finding]:
    """Usages of a certificate above the leaf. Raises Unjudgeable."""
    if not allows_client(authority.usages, (ANY_USAGE,)):
        said = f"The CA certificate {authority.subject} may not issue certificates for client authentication."
        yield error("eku-lacks-client-auth", said, _CLIENT_PROFILE)
    if not may_issue(authority.key_usage):
        said = f"The key usage of the CA certificate {authority.subject} does not allow it to sign certificates."
        yield error("key-usage", said, "Ask the certificate authority for its chain.")


def extension_findings(reading: Reading) -> Iterator[Finding]:
    """Critical extensions that nobody knows, and policy constraints, which are not evaluated. Raises Unjudgeable."""
    critical = [extension.oid for extension in reading.extensions if extension.critical]
    for oid in critical:
        if oid not in _KNOWN_EXTENSIONS:
            said = f"{reading.subject} has a critical extension that is not known here: {oid.dotted_string}."
            yield error("unknown-critical-extension", said, _PLAIN_PROFILE)
    if not {ExtensionOID.POLICY_CONSTRAINTS, ExtensionOID.INHIBIT_ANY_POLICY}.isdisjoint(critical):
        said = f"{reading.subject} constrains certificate policies; that is not evaluated here."
        yield note("policy-not-evaluated", said)
