"""The new certificate beside the current one: the same, an older one, its key again, time left for people."""

from collections.abc import Callable, Iterator
from datetime import datetime

from certificates.describing import alternative_names, usage_words
from certificates.errors import RootsUnreadable, Unjudgeable
from certificates.findings import error, moment, note, warning
from certificates.policy import Policy
from certificates.reading import Reading
from certificates.roots import readings_of
from process.facts import CertificateFacts, Finding

_NEW_ONE = "Hand over the certificate that was newly issued."


def renewal_findings(leaf: Reading, old: CertificateFacts, now: datetime, policy: Policy) -> Iterator[Finding]:
    """What the comparison with the current certificate `old` says."""
    if leaf.facts.fingerprint == old.fingerprint:
        yield error("same-certificate", "This is the certificate that the sender uses already.", _NEW_ONE)
        return
    if old.names.subject and not leaf.subject:
        said = "The certificate has no subject DN, but the current one has: no sender channel could list its names."
        yield error("subject-empty", said, "Ask the certificate authority for the subject DN of the current one.")
    yield from _content(leaf, old)
    yield from _age(leaf, old)
    yield from _overlap(leaf, old, now, policy)


def _content(leaf: Reading, old: CertificateFacts) -> Iterator[Finding]:
    """Key, alternative names and usages beside those of the current certificate."""
    try:
        current = readings_of(old.pem)[0]
    except RootsUnreadable:
        said = "The current certificate cannot be read, so it is not known whether its key is used again."
        yield note("key-not-compared", said)
        return
    yield from _key_reuse(leaf, current)
    yield from _encoding(leaf, current, old)
    try:
        yield from _changed("san-changed", "subject alternative names", alternative_names, (current, leaf))
        yield from _changed("eku-changed", "extended key usages", usage_words, (current, leaf))
    except Unjudgeable:
        yield note("extensions-not-compared", "Not all extensions can be read, so they were not compared.")


def _changed(
    code: str, what: str, read: Callable[[Reading], tuple[str, ...] | None], both: tuple[Reading, Reading]
) -> Iterator[Finding]:
    before, after = (set(read(reading) or ()) for reading in both)
    if before == after:
        return
    gone = [f"without {', '.join(sorted(before - after))}"] if before - after else []
    came = [f"with {', '.join(sorted(after - before))}"] if after - before else []
    yield note(code, f"The {what} are others than those of the current certificate: {' and '.join(gone + came)}.")


def _encoding(leaf: Reading, current: Reading, old: CertificateFacts) -> Iterator[Finding]:
    """Names that are the same texts count as unchanged; that their bytes differ is worth a word."""
    same = (leaf.subject, leaf.issuer) == (old.names.subject, old.names.issuer)
    encoded = [(each.fields.encoded_subject, each.fields.encoded_issuer) for each in (leaf, current)]
    if same and encoded[0] != encoded[1]:
        said = "The names are the same texts as those of the current certificate but encoded in other string types."
        yield note("names-encoded-otherwise", said)


def _key_reuse(leaf: Reading, current: Reading) -> Iterator[Finding]:
    if current.key_digest == leaf.key_digest:
        said = "The certificate uses the key pair of the current one again; a renewal should bring a new key."
        yield warning("key-reused", said, "Make a new key pair and request the certificate for it.")


def _age(leaf: Reading, old: CertificateFacts) -> Iterator[Finding]:
    if leaf.facts.not_before <= old.not_before:
        said = (
            f"The certificate is valid from {moment(leaf.facts.not_before)}, not later than the current one; "
            "an unpinned service key refuses it."
        )
        yield warning("older-than-current", said, _NEW_ONE)
    if leaf.facts.not_after <= old.not_after:
        said = (
            f"The certificate ends on {moment(leaf.facts.not_after)}, not later than the current one, "
            f"which ends on {moment(old.not_after)}."
        )
        yield warning("older-than-current", said, _NEW_ONE)


def _overlap(leaf: Reading, old: CertificateFacts, now: datetime, policy: Policy) -> Iterator[Finding]:
    """The time in which both are valid is all the time that the people have for their steps."""
    both = min(old.not_after, leaf.facts.not_after) - max(now, leaf.facts.not_before)
    if both >= policy.min_overlap:
        return
    days = max(both.days, 0)
    left = f"Both certificates are valid together for {days} more days"
    if old.not_after <= now:
        left = "The current certificate has expired already"
    said = f"{left}; the steps of a renewal are expected to take up to {policy.min_overlap.days} days."
    yield warning("overlap-too-short", said, "Take the steps without delay, and renew earlier the next time.")
