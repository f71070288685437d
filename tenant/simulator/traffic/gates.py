"""The decision on one request that reached a runtime node: which gate refuses it, or that it is let in.

The order is that of a tenant: is there such a channel, is there a certificate, is it authorised, is there a CSRF
token. Nothing is written here but what a service key notes of its use.
"""

import json
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from certificates.errors import MalformedDer
from certificates.facts import facts_of, mapping_id
from process.facts import NamePair
from tenant.simulator.service_keys import match
from tenant.simulator.settings import SimulatorSettings
from tenant.simulator.state import State
from tenant.simulator.traffic import answers
from tenant.simulator.traffic.answers import Answer
from tenant.simulator.traffic.channels import SenderChannel
from tenant.simulator.traffic.comparators import COMPARATORS, as_logged


class Gate(StrEnum):
    """What can refuse a request, from the outside in; the empty one is no gate: the request was let in."""

    NONE = ""
    VALIDITY = "validity"
    USAGE = "extended key usage"
    ROOT = "load balancer root"
    NOT_DEPLOYED = "not deployed"
    REDEPLOY = "redeploy"
    NO_CERTIFICATE = "no certificate"
    NAMES = "DN list"
    MAPPING = "user mapping"
    SERVICE_KEY = "service key"
    ROLE = "role"
    CSRF = "CSRF"


@dataclass(frozen=True)
class Refusal:
    """The gate that refuses, the answer to the sender, why in a sentence, and the line of the trace log, if any."""

    gate: Gate
    answer: Answer
    words: str
    log: str = ""


@dataclass(frozen=True)
class Authorization:
    """What decides beside channel and certificate. `now` is epoch milliseconds."""

    state: State
    settings: SimulatorSettings
    now: int

    def refusal(self, channel: SenderChannel, certificate: bytes | None) -> Refusal | None:
        """Why the certificate (DER, None: none was passed on) may not call the channel; None where it may.

        Call it inside a transaction: a service key notes that it was used.
        """
        if certificate is None:
            words = "The load balancer passed on no client certificate."
            return Refusal(Gate.NO_CERTIFICATE, answers.unauthorized(), words)
        if channel.by_certificate:
            return self._by_names(channel, certificate)
        by_user = self._by_mapping if self.settings.profile == "neo" else self._by_service_key
        return by_user(channel, certificate)

    def _by_names(self, channel: SenderChannel, certificate: bytes) -> Refusal | None:
        """Subject and issuer must both be in one row (KBA 3538749, whose text the log line is)."""
        names = _names(certificate)
        same = COMPARATORS[self.settings.dn_comparison]
        for row in channel.rows:
            if same(row.subject, names.subject) and same(row.issuer, names.issuer):
                return None
        log = (
            f"Unauthorized. Subject and issuer (subject: {as_logged(names.subject)}; issuer: "
            f"{as_logged(names.issuer)}) of the provided certificate is not contained in the accepted "
            "subjectAndIssuers list of the integration flow."
        )
        pair = f"the subject {names.subject} and the issuer {names.issuer}"
        words = f"The channel at {channel.path} lists no row with {pair}."
        return Refusal(Gate.NAMES, answers.page(403), words, log)

    def _by_mapping(self, channel: SenderChannel, certificate: bytes) -> Refusal | None:
        """Neo: the whole certificate is mapped to a user, who has the channel's role."""
        heard = self.now - round(self.settings.mapping_delay * 1000)
        row = self.state.row(
            "SELECT user FROM mappings WHERE id = ? AND created_at <= ?", mapping_id(certificate), heard
        )
        if row is None:
            words = "No certificate-to-user mapping holds the certificate."
            return Refusal(Gate.MAPPING, answers.unauthorized(), words)
        return self._role(channel, f"user {row['user']}", roles_of(self.state, self.settings, row["user"]))

    def _by_service_key(self, channel: SenderChannel, certificate: bytes) -> Refusal | None:
        """Cloud Foundry: one service key holds the certificate, and its instance has the channel's role."""
        key = match(self.state, self.settings, certificate, self.now)
        if not key.accepted:
            return Refusal(
                Gate.SERVICE_KEY, answers.not_in_a_key(key.words, key.status), key.log or key.words, key.log
            )
        return self._role(channel, f"service instance {key.instance}", key.roles)

    @staticmethod
    def _role(channel: SenderChannel, who: str, roles: tuple[str, ...]) -> Refusal | None:
        if channel.role in roles:
            return None
        return Refusal(Gate.ROLE, answers.page(403), f"The {who} does not have the role {channel.role}.")


def roles_of(state: State, settings: SimulatorSettings, user: str) -> tuple[str, ...]:
    """The roles of a mapped user: those that were set, else the one of the settings."""
    row = state.row("SELECT roles FROM user_roles WHERE user = ?", user)
    return tuple(json.loads(row["roles"])) if row else (settings.user_role,)


def set_roles(state: State, user: str, roles: tuple[str, ...]) -> None:
    """Give a user these roles and no other."""
    state.change("INSERT OR REPLACE INTO user_roles VALUES (?, ?)", user, json.dumps(roles))


@lru_cache(maxsize=1024)
def _names(certificate: bytes) -> NamePair:
    try:
        return facts_of(certificate).names
    except MalformedDer:
        return NamePair("", "")
