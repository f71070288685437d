"""The runtime side as one object: what the load balancer asks and the control calls look into."""

from collections.abc import Callable
from dataclasses import replace
from itertools import cycle

from certificates.facts import fingerprint
from tenant.simulator.settings import SimulatorSettings
from tenant.simulator.state import State
from tenant.simulator.traffic import answers
from tenant.simulator.traffic.answers import Answer
from tenant.simulator.traffic.deployed import Deployed
from tenant.simulator.traffic.gates import Gate
from tenant.simulator.traffic.messages import NODE_HEADER, Message, passed_on
from tenant.simulator.traffic.nodes import Nodes
from tenant.simulator.traffic.sessions import ChannelSessions
from tenant.simulator.traffic.statistics import Passage, record_passage
from tenant.simulator.traffic.trust import Handshake, add_roots_of


class RuntimeSide:
    """One tenant's load balancer list, nodes and traffic. `clock` gives epoch milliseconds.

    `before` is called with the time, inside the transaction, before a message is answered: what is due happens first.
    `url` and `ca` (PEM) are those of the load balancer while it listens, else empty.
    """

    def __init__(self, state: State, settings: SimulatorSettings, clock: Callable[[], int]) -> None:
        """Reads the roots of the settings; raises RootsFileUnusableError."""
        self.state = state
        self.settings = settings
        self.clock = clock
        self.before: Callable[[int], object] = lambda _now: None
        self.url = ""
        self.ca = ""
        self._nodes = Nodes(state, settings, Deployed(state), ChannelSessions())
        self._turns = cycle(range(1, int(settings.nodes) + 1))
        if settings.roots:
            with state.transaction():
                add_roots_of(state, settings.roots, clock())

    def answer(self, handshake: Handshake, message: Message) -> Answer:
        """Pass a message on to a node; what comes of it is on record."""
        node = self._node(message)
        if node is None:
            sentence = f"The header {NODE_HEADER} names a node from 1 to {self.settings.nodes}."
            return answers.plain(400, sentence)
        now = self.clock()
        with self.state.transaction():
            self.before(now)
            outcome = self._nodes.answer(node, passed_on(message, handshake.passed_on), now)
            gate, words = outcome.gate, outcome.words
            if gate is Gate.NO_CERTIFICATE and handshake.leaf:
                gate, words = handshake.dropped, handshake.words
            passage = Passage(now, _digest(handshake), outcome.answer.status, gate, words, flow_id=outcome.flow_id)
            record_passage(self.state, replace(passage, node=str(node), method=message.method, path=message.shown))
        return outcome.answer

    def handshake_failed(self, handshake: Handshake) -> None:
        """Put a handshake that the load balancer ended on record."""
        with self.state.transaction():
            passage = Passage(self.clock(), _digest(handshake), 0, handshake.failed, handshake.words)
            record_passage(self.state, passage)

    def _node(self, message: Message) -> int | None:
        wanted = message.header(NODE_HEADER)
        if not wanted:
            return next(self._turns)
        return int(wanted) if wanted in map(str, range(1, int(self.settings.nodes) + 1)) else None


def _digest(handshake: Handshake) -> str:
    return fingerprint(handshake.leaf) if handshake.leaf else ""
