"""A landscape made from a seed: packages, flows and senders as a grown tenant has them, for tests of size.

The same seed gives the same names, channels, rows and states. Keys and certificates are new each time, in memory
only: one CA and a few keys for all senders, since a rehearsal of size needs names, not secrets.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random

from pydantic import BaseModel, ConfigDict, Field

from certificates.rehearsal import Issued, LeafProfile, RehearsalAuthority
from process.facts import NamePair
from tenant.flows.content import CLIENT_CERTIFICATE, ROLE_BASED
from tenant.flows.sample import SampleChannel, sample_flow
from tenant.simulator.bundle import Bundle
from tenant.simulator.deployments import insert_running
from tenant.simulator.flows import NewFlow, find_flow, insert_flow
from tenant.simulator.key_records import KeyChange, NewKey, find_instance, insert_instance
from tenant.simulator.loading import LoadReport, package_named
from tenant.simulator.locks import lock_flow
from tenant.simulator.packages import READ_ONLY, set_mode
from tenant.simulator.settings import SimulatorSettings
from tenant.simulator.staging import MappingOrder, stage_mapping
from tenant.simulator.state import State

MAKER = "landscape"
FLOWS_PER_PACKAGE = 20
KEYS = 4
_ADAPTERS = {"HTTPS": 50, "SOAP": 20, "IDOC": 12, "XI": 5, "AS2": 4, "AS4": 3, "ODataSender": 3, "SFTP": 3}
_DEPARTMENTS = ("Orders", "Invoices", "Stock", "Human Resources", "Plant 0100")
_COMPANIES = ("Example AG", "Example, Sons & Co.", "Müller-Beispiel GmbH", "Example Trading")
_COUNTRIES = ("DE", "US", "FR", "IN")


class LandscapeOrder(BaseModel):
    """How large a landscape, and the seed that decides everything about it but the keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    flows: int = Field(default=200, ge=1, le=20_000)
    senders: int = Field(default=20, ge=1, le=1_000)
    seed: int = Field(default=1, ge=0)


@dataclass(frozen=True)
class _Sender:
    name: str
    issued: Issued
    names: NamePair


def generate(state: State, settings: SimulatorSettings, order: LandscapeOrder, now: int) -> LoadReport:
    """Make the landscape, inside a transaction; flows that are there already are left alone."""
    chance = Random(order.seed)  # noqa: S311  a landscape must be repeatable, not secret
    made = _Landscape(state, settings, order, now, chance, _senders(order, chance, now))
    return made.build()


def generate_at_start(state: State, settings: SimulatorSettings, now: int) -> None:
    """The landscape of the settings, once: at the next start it is there, with the keys that its senders have.

    Raises pydantic's ValidationError for numbers that make no landscape.
    """
    if settings.flows and not senders(state):
        order = LandscapeOrder(flows=settings.flows, senders=settings.senders, seed=settings.seed)
        with state.transaction():
            generate(state, settings, order, now)


def senders(state: State) -> list[dict[str, str]]:
    """Every sender of a landscape: name, subject, issuer, and its certificate as PEM. There is no private key."""
    return [dict(row) for row in state.rows("SELECT name, subject, issuer, certificate FROM senders ORDER BY name")]


def _senders(order: LandscapeOrder, chance: Random, now: int) -> list[_Sender]:
    moment = datetime.fromtimestamp(now / 1000, UTC).replace(microsecond=0)
    authority = RehearsalAuthority.create("Landscape", "Landscape CA", now=moment)
    keys = [authority.issue(f"key {number}").key for number in range(min(KEYS, order.senders))]
    found = []
    for number in range(1, order.senders + 1):
        name = f"sender-{order.seed}-{number:03}"
        ends = moment + timedelta(days=chance.randint(1, 365))
        profile = LeafProfile(key=keys[number % len(keys)])
        issued = authority.issue(_subject(name, chance), not_after=ends, profile=profile)
        found.append(_Sender(name, issued, issued.facts.names))
    return found


def _subject(name: str, chance: Random) -> str:
    company = chance.choice(_COMPANIES).replace(",", "\\,")
    parts = [f"CN={name}", f"OU={chance.choice(_DEPARTMENTS)}", f"O={company}", f"C={chance.choice(_COUNTRIES)}"]
    return ",".join(part for part in parts if not part.startswith("OU=") or chance.random() < 0.7)


@dataclass(frozen=True)
class _Landscape:
    state: State
    settings: SimulatorSettings
    order: LandscapeOrder
    now: int
    chance: Random
    senders: Sequence[_Sender]

    def build(self) -> LoadReport:
        report = LoadReport()
        for number in range(1, self.order.flows + 1):
            flow_id = f"Landscape{self.order.seed}_{number:05}"
            content = self._content(flow_id, number)
            fate = self.chance.random()
            if self.state.row("SELECT 1 FROM flows WHERE id = ?", flow_id):
                report.present.append(flow_id)
                continue
            self._insert(flow_id, number, content)
            self._befall(flow_id, fate)
            report.added.append(flow_id)
        if report.added:
            self._configure_only()
            self._introduce_senders()
        return report

    def _package_name(self, number: int) -> str:
        return f"Landscape {self.order.seed} {(number - 1) // FLOWS_PER_PACKAGE + 1:04}"

    def _insert(self, flow_id: str, number: int, content: bytes) -> None:
        package_id = package_named(self.state, self._package_name(number), MAKER, self.now)
        manifest = Bundle(content).manifest
        flow = NewFlow(flow_id, package_id, manifest.name, manifest.version, content, manifest)
        insert_flow(self.state, flow, MAKER, self.now)

    def _befall(self, flow_id: str, fate: float) -> None:
        """One in twenty was never deployed; of the others some are drafts and some are held in the editor."""
        if fate >= 0.05:
            insert_running(self.state, find_flow(self.state, flow_id, "active"), MAKER, self.now)
        if 0.05 <= fate < 0.10:
            self.state.change("UPDATE flows SET draft = 1 WHERE id = ?", flow_id)
        if 0.10 <= fate < 0.12:
            lock_flow(self.state, flow_id, "a.developer@example.com", self.now)

    def _content(self, flow_id: str, number: int) -> bytes:
        count = 1 if self.chance.random() < 0.9 else self.chance.randint(2, 4)
        channels = [self._channel(f"{flow_id.lower()}/{at}", at) for at in range(1, count + 1)]
        return sample_flow(flow_id, f"Landscape flow {number:05}", channels)

    def _channel(self, address: str, at: int) -> SampleChannel:
        adapter = self.chance.choices(tuple(_ADAPTERS), tuple(_ADAPTERS.values()))[0]
        by_certificate = self.chance.random() < 0.7
        rows = self._rows() if by_certificate else ()
        return SampleChannel(
            f"{adapter} {at}",
            adapter,
            f"/{address}",
            CLIENT_CERTIFICATE if by_certificate else ROLE_BASED,
            rows,
            parameterised=self.chance.random() < 0.2,
        )

    def _rows(self) -> Sequence[NamePair]:
        wanted = self.chance.choices((1, 2, 3, 5, 12), (60, 20, 10, 7, 3))[0]
        chosen = self.chance.sample(range(len(self.senders)), min(wanted, len(self.senders)))
        return [self.senders[index].names for index in chosen]

    def _configure_only(self) -> None:
        """Every twentieth package, and so none of a small landscape."""
        packages = (self.order.flows - 1) // FLOWS_PER_PACKAGE + 1
        for number in range(20, packages + 1, 20):
            name = self._package_name((number - 1) * FLOWS_PER_PACKAGE + 1)
            set_mode(self.state, package_named(self.state, name, MAKER, self.now), READ_ONLY)

    def _introduce_senders(self) -> None:
        """Put every sender on the list; two of three can also call by role."""
        for index, sender in enumerate(self.senders):
            self.state.change(
                "INSERT OR REPLACE INTO senders VALUES (?, ?, ?, ?)",
                sender.name, sender.names.subject, sender.names.issuer, sender.issued.pem,
            )  # fmt: skip
            if index % 3:
                self._give_role(sender)

    def _give_role(self, sender: _Sender) -> None:
        if self.settings.profile == "neo":
            stage_mapping(self.state, MappingOrder(user=sender.name, certificate=sender.issued.pem), self.now)
            return
        name = f"landscape-{self.order.seed}"
        instance = find_instance(self.state, name)
        if instance is None:
            roles = ("ESBMessaging.send",)
            instance = insert_instance(self.state, name, "integration-flow", roles, self.now)
        key = NewKey(instance.guid, sender.name, sender.issued.der, sender.issued.pem)
        KeyChange(self.state, self.now, 0).create(key)
