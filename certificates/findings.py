"""The checks of one certificate: each gives findings with a stable code, a sentence and what to ask for.

Chains are in `linking`, the comparison with the current certificate in `renewal`.
"""

import unicodedata
from collections.abc import Iterator
from datetime import datetime

from certificates.errors import Unjudgeable
from certificates.policy import Policy
from certificates.reading import ANY_USAGE, CLIENT_AUTH, Reading
from process.facts import Finding, Severity

_CLIENT_PROFILE = (
    "Ask the certificate authority for a certificate with the extended key usage Client Authentication "
    "(1.3.6.1.5.5.7.3.2); many public authorities no longer issue it."
)
_ASK_AGAIN = "Ask the certificate authority for a newly issued certificate."
_PLAIN_NAMES = "Ask the certificate authority to issue the certificate with plain names."


def error(code: str, sentence: str, ask: str) -> Finding:
    """A finding that returns the certificate."""
    return Finding(code, Severity.ERROR, sentence, ask)


def warning(code: str, sentence: str, ask: str = "") -> Finding:
    """A finding that people should weigh."""
    return Finding(code, Severity.WARNING, sentence, ask)


def note(code: str, sentence: str, ask: str = "") -> Finding:
    """A finding that is good to know."""
    return Finding(code, Severity.NOTE, sentence, ask)


def moment(at: datetime) -> str:
    """A time as people read it, always UTC."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def leaf_findings(leaf: Reading, now: datetime, policy: Policy) -> Iterator[Finding]:
    """Everything that is said of the leaf alone."""
    yield from _validity(leaf, now, policy)
    yield from _names(leaf)
    try:
        yield from _role(leaf)
        yield from _usage(leaf)
        yield from _key(leaf, policy)
    except Unjudgeable as unreadable:
        yield unreadable_field(leaf, unreadable)


def authority_findings(authority: Reading, now: datetime) -> Iterator[Finding]:
    """Everything that is said of a certificate above the leaf alone."""
    facts = authority.facts
    if now > facts.not_after:
        said = f"The CA certificate {authority.subject} expired on {moment(facts.not_after)}."
        yield error("issuer-expired", said, "Ask the certificate authority for its current chain.")
    if now < facts.not_before:
        said = f"The CA certificate {authority.subject} is valid only from {moment(facts.not_before)}."
        yield error("issuer-not-yet-valid", said, "Ask the certificate authority for its current chain.")
    try:
        if not authority.authority:
            said = f"{authority.subject} stands above another certificate but is no CA certificate."
            yield error("issuer-not-ca", said, "Ask the certificate authority for its chain.")
        usages = authority.usages
    except Unjudgeable as unreadable:
        yield unreadable_field(authority, unreadable)
    else:
        if usages is not None and not usages & {CLIENT_AUTH, ANY_USAGE}:
            said = f"The CA certificate {authority.subject} may not issue certificates for client authentication."
            yield error("eku-lacks-client-auth", said, _CLIENT_PROFILE)


def unreadable_field(reading: Reading, unreadable: Unjudgeable) -> Finding:
    """What could not be looked at is never taken for fine."""
    said = f"{unreadable.what} of {reading.subject} cannot be read, so it cannot be judged."
    return error("unreadable-field", said, f"Other programs may read it; {_ASK_AGAIN[0].lower()}{_ASK_AGAIN[1:]}")


def _validity(leaf: Reading, now: datetime, policy: Policy) -> Iterator[Finding]:
    begins, ends = leaf.facts.not_before, leaf.facts.not_after
    if now > ends or ends <= begins:
        yield error("expired", f"The certificate expired on {moment(ends)}.", _ASK_AGAIN)
    if now < begins:
        said = f"The certificate is valid only from {moment(begins)}."
        late = begins - now > policy.max_start_delay
        ask = "Hand it over when it is about to become valid, or ask for one that is valid now."
        yield error("not-yet-valid", said, ask) if late else warning("not-yet-valid", said, ask)


def _names(leaf: Reading) -> Iterator[Finding]:
    for what, name in (("subject", leaf.subject), ("issuer", leaf.issuer)):
        hidden = [character for character in dict.fromkeys(name) if _is_invisible(character)]
        if not hidden:
            continue
        listed = ", ".join(f"U+{ord(character):04X}" for character in hidden)
        said = f"The {what} DN holds characters that cannot be seen or typed: {listed}."
        unusable = {"\0", "\ufffd"} & set(hidden)
        finding = error if unusable else warning
        yield finding("invisible-characters", said, _PLAIN_NAMES)
    if not leaf.subject:
        said = "The certificate has no subject DN, so no sender channel can list it."
        yield error("subject-empty", said, _PLAIN_NAMES)


def _is_invisible(character: str) -> bool:
    if character == " ":
        return False
    return character == "\ufffd" or unicodedata.category(character)[0] in "CZ"


def _role(leaf: Reading) -> Iterator[Finding]:
    if leaf.authority:
        said = f"{leaf.subject} is a CA certificate; a sender presents a certificate of its own."
        yield error("ca-as-leaf", said, "Hand over the sender's own certificate, with this one as its chain.")


def _usage(leaf: Reading) -> Iterator[Finding]:
    usages = leaf.usages
    if usages is None:
        said = (
            "The certificate has no extended key usage; the load balancer of SAP demands Client Authentication "
            "and refuses the handshake without it."
        )
        yield error("eku-missing", said, _CLIENT_PROFILE)
    elif CLIENT_AUTH not in usages:
        said = "The extended key usage of the certificate does not include Client Authentication."
        yield error("eku-lacks-client-auth", said, _CLIENT_PROFILE)


def _key(leaf: Reading, policy: Policy) -> Iterator[Finding]:
    kind, bits = leaf.key_strength
    least = {"RSA": policy.min_rsa_bits, "DSA": policy.min_rsa_bits, "EC": policy.min_ec_bits}.get(kind, 0)
    if bits < least:
        said = f"The {kind} key of the certificate has {bits} bits; at least {least} are demanded."
        yield error("weak-key", said, f"Make a new key pair of at least {least} bits and request a certificate.")
