"""The runtime nodes: each answers a message by what it has, and leaves the traces that a tenant leaves.

An accepted message is a message processing log; a refused one never reaches a flow and is none, at most a line of
the trace log.
"""

import hashlib
import uuid
from dataclasses import dataclass, replace

from tenant.simulator.log_files import http_line, trace
from tenant.simulator.message_logs import record_message
from tenant.simulator.settings import SimulatorSettings
from tenant.simulator.state import State
from tenant.simulator.traffic import answers
from tenant.simulator.traffic.answers import Answer
from tenant.simulator.traffic.deployed import Deployed, Found
from tenant.simulator.traffic.gates import Authorization, Gate, Refusal
from tenant.simulator.traffic.messages import Message, certificate_of
from tenant.simulator.traffic.sessions import ChannelSessions


@dataclass(frozen=True)
class Outcome:
    """The answer, the flow that it came from, and the gate that refused (NONE: it was let in)."""

    answer: Answer
    flow_id: str = ""
    gate: Gate = Gate.NONE
    words: str = ""


@dataclass(frozen=True)
class Nodes:
    """All nodes of a tenant; they share the state and differ in what has reached them."""

    state: State
    settings: SimulatorSettings
    deployed: Deployed
    sessions: ChannelSessions

    def answer(self, node: int, message: Message, now: int) -> Outcome:
        """What a node (from 1) answers; call it inside a transaction."""
        outcome = self._outcome(node, message, now)
        http_line(self.state, str(node), now, f"{message.method} {message.shown} {outcome.answer.status}")
        return outcome

    def _outcome(self, node: int, message: Message, now: int) -> Outcome:
        found = self.deployed.find(message.path, node, now, round(self.settings.redeploy_gap * 1000))
        if found is None:
            words = f"No flow answers under {message.shown} at node {node}."
            return Outcome(answers.page(404), gate=Gate.NOT_DEPLOYED, words=words)
        refusal = self._refusal(found, message, now)
        if refusal:
            if refusal.log:
                trace(self.state, str(node), now, refusal.log)
            return Outcome(refusal.answer, found.deployment.flow_id, refusal.gate, refusal.words)
        fetched = self.sessions.fetched(message) if found.channel.csrf else None
        return Outcome(fetched or self._processed(found, message, now), found.deployment.flow_id)

    def _refusal(self, found: Found, message: Message, now: int) -> Refusal | None:
        if found.down:
            words = f"The flow {found.deployment.flow_id} is being deployed again."
            return Refusal(Gate.REDEPLOY, answers.page(int(self.settings.redeploy_gap_status)), words)
        authorization = Authorization(self.state, self.settings, now)
        refusal = authorization.refusal(found.channel, certificate_of(message))
        if refusal or not found.channel.csrf or self.sessions.allows(message):
            return refusal
        return Refusal(Gate.CSRF, answers.csrf_required(), "The channel asks for a CSRF token, and there was none.")

    def _processed(self, found: Found, message: Message, now: int) -> Answer:
        """The flow runs: it is on record, and its answer has an id that matches no other one, as on a tenant."""
        deployment = found.deployment
        design = self.state.row("SELECT package_id FROM flows WHERE id = ?", deployment.flow_id)
        record_message(
            self.state, flow_id=deployment.flow_id, flow_name=deployment.name,
            package_id=design["package_id"] if design else "", status="COMPLETED", started=now, ended=now,
            headers=self._evidence(message),
        )  # fmt: skip
        answer = answers.accepted(message.body, message.header("Content-Type"), answers=found.channel.answers)
        return replace(answer, headers=(("x-correlationid", str(uuid.uuid4())),))

    def _evidence(self, message: Message) -> dict[str, str]:
        certificate = certificate_of(message)
        name = self.settings.evidence_property
        return {name: hashlib.sha256(certificate).hexdigest()} if name and certificate else {}
