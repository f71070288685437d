"""Which service key lets a presented certificate in: the runtime's rules for pinned and unpinned keys.

`decide` is the rule, over keys alone; `match` reads the keys and keeps what an unpinned key has to remember.
SAP page 19af5e2 states the rules, KBA 3224701 and KBA 3364579 what a sender and the logs hear of a refusal.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from certificates.errors import MalformedDer
from certificates.facts import facts_of
from process.facts import CertificateFacts
from tenant.simulator.key_records import ServiceKey, find_instance, keys
from tenant.simulator.settings import SimulatorSettings
from tenant.simulator.state import State

NOT_EXACTLY_ONCE = (
    "Either the client certificate is not configured exactly once in a service key of a Process Integration Runtime"
    " service instance or client-certificate authentication was not enabled for your tenant."
)
"""The description of `invalid_client` as the sender reads it (KBA 3224701)."""

UNAUTHORIZED = "Unauthorized"
"""All that a sender reads of a conflict of keys (KBA 3364579)."""


@dataclass(frozen=True)
class KeyAnswer:
    """Whether a certificate is let in. `words` are the body's sentence of a refusal, `log` is a line of the logs.

    Accepted: `instance` is the name of the service instance and `roles` what it may do; the status is 200 and
    nothing is said. Whether a role fits the channel is not decided here.
    """

    accepted: bool
    status: int
    words: str = ""
    instance: str = ""
    roles: tuple[str, ...] = ()
    log: str = ""


@dataclass(frozen=True)
class Decision:
    """The key that lets a certificate in, or the answer that refuses it; `newer` is a new last accepted one."""

    key: ServiceKey | None = None
    refusal: KeyAnswer | None = None
    newer: bool = False


def match(state: State, settings: SimulatorSettings, certificate_der: bytes, now: int) -> KeyAnswer:
    """The answer of the runtime to a client certificate at `now` (epoch milliseconds).

    Call it inside a transaction: an unpinned key notes the newest certificate that it let in, and every key when
    it was last used. The load balancer has looked at chain and validity before.
    """
    try:
        presented = facts_of(certificate_der)
    except MalformedDer:
        return _not_exactly_once("A certificate that cannot be read")
    decision = decide(known_to_runtime(keys(state, now), settings, now), presented)
    if decision.key is None:
        assert decision.refusal is not None
        return decision.refusal
    _note_use(state, decision, presented, now)
    instance = find_instance(state, decision.key.instance)
    assert instance is not None
    return KeyAnswer(True, 200, instance=instance.name, roles=instance.roles)


def known_to_runtime(found: Iterable[ServiceKey], settings: SimulatorSettings, now: int) -> list[ServiceKey]:
    """The keys that the runtime knows at `now`; it hears of a new one with the delay of the settings.

    How long SAP takes is not known. A key counts until its deletion has succeeded.
    """
    heard = now - round(settings.key_delay * 1000)
    return [key for key in found if key.fingerprint and key.created(heard)]


def decide(known: Sequence[ServiceKey], presented: CertificateFacts) -> Decision:
    """The rule. An unpinned key must be alone with its pair of names; else exactly one key holds the certificate.

    An unpinned key lets in the last accepted certificate and any with a later issue date, never an older one.
    """
    same_names = [key for key in known if _pair(key) == (presented.names.subject, presented.names.issuer)]
    unpinned = [key for key in same_names if not key.pinned]
    if unpinned:
        return _alone(unpinned[0], presented) if len(same_names) == 1 else Decision(refusal=_conflict(presented))
    holding = [key for key in same_names if key.fingerprint == presented.fingerprint]
    if len(holding) == 1:
        return Decision(holding[0])
    return Decision(refusal=_not_exactly_once(f"The certificate of {presented.names.subject}", len(holding)))


def _alone(key: ServiceKey, presented: CertificateFacts) -> Decision:
    if presented.fingerprint == key.accepted:
        return Decision(key)
    if issue_date(presented) > key.accepted_issue_date:
        return Decision(key, newer=True)
    last = datetime.fromtimestamp(key.accepted_issue_date / 1000, UTC)
    log = (
        f"The certificate of {key.subject}, {key.issuer} was not issued later than the last one that was accepted"
        f" ({last:%Y-%m-%d %H:%M:%S} UTC)"
    )
    return Decision(refusal=KeyAnswer(False, 401, UNAUTHORIZED, log=log))


def issue_date(facts: CertificateFacts) -> int:
    """The start of the validity in epoch milliseconds: what SAP compares as `issueDate`."""
    return round(facts.not_before.timestamp() * 1000)


def _note_use(state: State, decision: Decision, presented: CertificateFacts, now: int) -> None:
    assert decision.key is not None
    state.change("UPDATE service_keys SET last_used_at = ? WHERE guid = ?", now, decision.key.guid)
    if decision.newer:
        state.change(
            "UPDATE service_keys SET accepted = ?, accepted_issue_date = ? WHERE guid = ?",
            presented.fingerprint, issue_date(presented), decision.key.guid,
        )  # fmt: skip


def _pair(key: ServiceKey) -> tuple[str, str]:
    return key.subject, key.issuer


def _conflict(presented: CertificateFacts) -> KeyAnswer:
    names = presented.names
    log = f"Multiple clones found for certificate {names.subject}, {names.issuer}"
    return KeyAnswer(False, 401, UNAUTHORIZED, log=log)


def _not_exactly_once(what: str, times: int = 0) -> KeyAnswer:
    return KeyAnswer(False, 401, NOT_EXACTLY_ONCE, log=f"{what} stands in {times or 'no'} service keys")
