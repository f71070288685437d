"""All that a scene needs: the installation, the desk, the tenant, who tells the story, and the senders' counts."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from certificates.rehearsal import Issued, RehearsalAuthority
from desk.demo.people import People
from desk.demo.processes import Processes
from desk.demo.sender.outcomes import Count
from desk.demo.sending_system import SendingSystem, sending
from desk.demo.stage import Stage
from desk.demo.tell import Teller
from desk.desk import Desk
from desk.register import Register
from process.case import Closing
from process.expiry import Registered
from process.facts import CertificateFacts

TENANT = "simulator"


@dataclass(frozen=True)
class Tally:
    """The counts of all senders that were heard of so far, one for each certificate."""

    counts: list[Count] = field(default_factory=list)

    @property
    def words(self) -> str:
        """The totals."""
        total = sum(self.counts, Count())
        return f"{total.words}, of messages with {len(self.counts)} certificates"


@dataclass(frozen=True)
class Theatre:
    """All that a scene needs; `home` is the folder in which senders have their folders."""

    processes: Processes
    desk: Desk
    stage: Stage
    teller: Teller
    now: datetime
    home: Path
    tally: Tally

    @property
    def register(self) -> Register:
        """The register of senders."""
        return Register(self.desk.client)

    def people_of(self, sender: str, renewal: str) -> People:
        """The people of a renewal."""
        return People(self.desk, self.teller, renewal, sender, self.stage.profile)

    async def people(self, sender: str, old: CertificateFacts) -> People:
        """Register the sender, start its renewal, and bring the people together."""
        registered = Registered(TENANT, sender, old)
        self.teller.does("Otto (operator)", f"certrelay sender add {sender} --tenant {TENANT} --certificate old.pem")
        await self.register.add(registered, "Otto")
        self.teller.does("Otto (operator)", f"certrelay start {sender} --as operator:Otto")
        return self.people_of(sender, await self.desk.start(registered))

    def old(self, authority: RehearsalAuthority, name: str, days: int = 30) -> Issued:
        """A certificate that ends in some days."""
        return authority.issue(f"CN={name}, O=Acme, C=DE", self.now - timedelta(days=330), self.now + timedelta(days))

    def new(self, authority: RehearsalAuthority, name: str) -> Issued:
        """A certificate that has just begun."""
        return authority.issue(f"CN={name}, O=Acme, C=DE", self.now - timedelta(days=1), self.now + timedelta(365))

    @asynccontextmanager
    async def sending(self, name: str, old: Issued, flows: Sequence[str]) -> AsyncIterator[SendingSystem]:
        """A sender that sends to the flows while the block runs; it begins with messages that are accepted."""
        balancer = await self.stage.load_balancer()
        assert balancer is not None, "certrelay up starts it"
        async with sending(self.home, name, old, balancer, flows) as system:
            await system.some(old)
            pid = system.process.pid
            self.teller.say(f"process {pid}: the sender {name} sends five messages a second to {', '.join(flows)}")
            yield system

    async def heard(self, system: SendingSystem, *certificates: Issued) -> None:
        """The sender ends, after a few more messages with the last certificate; none may have been refused."""
        await system.some(certificates[-1])
        counts = await self.counted(system)
        self.teller.check(
            all(count.refused == count.failed == 0 for count in counts.values())
            and counts.keys() == {certificate.facts.fingerprint for certificate in certificates},
            f"no message of {system.name} was refused, with either certificate",
        )

    async def counted(self, system: SendingSystem) -> dict[str, Count]:
        """The sender ends; its counts are told, and are the tenant's own."""
        counts = (await system.stop()).of
        passed = await self.stage.passed()
        for fingerprint, count in counts.items():
            self.teller.say(f"the sender {system.name}, certificate {fingerprint[:16]}: {count.words}")
            seen = passed.get(fingerprint)
            mine = count.accepted, count.refused + count.failed
            same = seen is not None and (seen.accepted, seen.refused) == mine
            self.teller.check(same, f"the tenant counted the same for certificate {fingerprint[:16]}")
        self.tally.counts.extend(counts.values())
        return counts

    async def completed(self, people: People, new: Issued) -> None:
        """The renewal is complete, and the register knows it."""
        case = await people.until(lambda case: case.closed, "the renewal completes")
        self.teller.check(case.closing is Closing.COMPLETED, f"the renewal of {people.sender} is complete")
        await self.desk.client.get_workflow_handle(people.renewal).result()
        entry = await self.register.find(people.sender)
        in_use = entry.registered.certificate.fingerprint
        claim = f"the register knows the new certificate of {people.sender}"
        self.teller.check(in_use == new.facts.fingerprint, claim)


def now() -> datetime:
    """The time at which the story plays."""
    return datetime.now(UTC).replace(microsecond=0)
