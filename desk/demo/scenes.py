"""The four scenes. Each puts its own senders and flows on the tenant, and checks there what it claims."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from certificates.rehearsal import Issued, RehearsalAuthority
from desk.demo.people import People
from desk.demo.processes import Processes
from desk.demo.stage import Stage
from desk.demo.tell import Teller
from desk.desk import Desk
from desk.register import Register
from desk.schedule import ExpirySchedule
from process.case import Closing
from process.expiry import Registered
from process.facts import CertificateFacts
from workflows.names import renewal_id

TENANT = "simulator"


@dataclass(frozen=True)
class Theatre:
    """All that a scene needs."""

    processes: Processes
    desk: Desk
    stage: Stage
    teller: Teller
    now: datetime

    @property
    def register(self) -> Register:
        """The register of senders."""
        return Register(self.desk.client)

    async def people(self, sender: str, old: CertificateFacts) -> People:
        """Register the sender, start its renewal, and bring the people together."""
        registered = Registered(TENANT, sender, old)
        self.teller.does("Otto (operator)", f"certrelay sender add {sender} --tenant {TENANT} --certificate old.pem")
        await self.register.add(registered, "Otto")
        self.teller.does("Otto (operator)", f"certrelay start {sender} --as operator:Otto")
        return People(self.desk, self.teller, await self.desk.start(registered), sender)

    def old(self, authority: RehearsalAuthority, name: str, days: int = 30) -> Issued:
        """A certificate that ends in some days."""
        return authority.issue(f"CN={name}, O=Acme, C=DE", self.now - timedelta(days=330), self.now + timedelta(days))

    def new(self, authority: RehearsalAuthority, name: str) -> Issued:
        """A certificate that has just begun."""
        return authority.issue(f"CN={name}, O=Acme, C=DE", self.now - timedelta(days=1), self.now + timedelta(365))


async def new_names(theatre: Theatre) -> None:
    """(a) The CA changes, so subject and issuer do: channels and a mapping are renewed."""
    tell, stage = theatre.teller, theatre.stage
    tell.scene("a", "New names: two flows list them, and a user mapping holds the certificate")
    before, after = (RehearsalAuthority.create(name, now=theatre.now) for name in ("Old CA", "New CA"))
    old, new = theatre.old(before, "erp"), theatre.new(after, "erp-2027")
    for flow in ("Orders", "Invoices"):
        await stage.flow(flow, old.facts, parameterised=flow == "Invoices")
    await stage.mapping("ERP", old.facts)
    people = await theatre.people("erp", old.facts)
    await people.submit(new, "new-with-chain.pem")
    await people.steps("3")
    await people.steps("4a", "4b")
    for flow in ("Orders", "Invoices"):
        both = await stage.lists(flow, old.facts.names) and await stage.lists(flow, new.facts.names)
        tell.check(both, f"the running flow {flow} lists the old names and the new ones")
    tell.check(await stage.mapped("ERP") == 2, "both certificates are mapped to the user ERP")
    await people.steps("5")
    await people.steps("6")
    await people.steps("7")
    await people.steps("8")
    await people.steps("9a", "9b")
    await people.steps("10")
    await _completed(theatre, people, new)
    for flow in ("Orders", "Invoices"):
        only = await stage.lists(flow, new.facts.names) and not await stage.lists(flow, old.facts.names)
        tell.check(
            only, f"the running flow {flow} lists the new names only, after {await stage.uploads(flow)} uploads"
        )
    tell.check(await stage.mapped("ERP") == 1, "one certificate is mapped to the user ERP")


async def same_names(theatre: Theatre) -> None:
    """(b) The names stay: no flow is touched, but the mapping must be renewed all the same."""
    tell, stage = theatre.teller, theatre.stage
    tell.scene("b", "Same names: no flow is touched, the mapping is renewed all the same")
    authority = RehearsalAuthority.create("Steady CA", now=theatre.now)
    old, new = theatre.old(authority, "shop"), theatre.new(authority, "shop")
    await stage.flow("Stock", old.facts)
    await stage.mapping("SHOP", old.facts)
    people = await theatre.people("shop", old.facts)
    await people.submit(new, "new-with-chain.pem")
    for step in ("4b", "6", "7", "8", "9b"):
        await people.steps(step)
    await _completed(theatre, people, new)
    tell.check(await stage.uploads("Stock") == 0, "the flow Stock was never uploaded")
    tell.check(await stage.mapped("SHOP") == 1, "one certificate is mapped to the user SHOP")


async def crashes(theatre: Theatre) -> None:
    """(c) Worker and server are killed in the middle of a redeploy; each flow is patched once."""
    tell, stage = theatre.teller, theatre.stage
    tell.scene("c", "Crashes: worker and server are killed in the middle of a redeploy")
    before, after = (RehearsalAuthority.create(name, now=theatre.now) for name in ("Crash CA", "Calm CA"))
    old, new = theatre.old(before, "crm"), theatre.new(after, "crm-2027")
    flows = ("Leads", "Offers", "Visits", "Calls", "Deals", "Tasks")
    for flow in flows:
        await stage.flow(flow, old.facts)
    people = await theatre.people("crm", old.facts)
    await people.submit(new, "new-with-chain.pem")
    await people.steps("3")
    await people.order("4a")
    await _first_upload(stage, flows)
    worker = theatre.processes.kill("worker")
    tell.say(f"kill -9 {worker}: the worker is dead, {await _uploaded(stage, flows)} of {len(flows)} flows uploaded")
    server = theatre.processes.kill("temporal")
    tell.say(f"kill -9 {server}: the Temporal server is dead as well")
    await theatre.processes.restarted("temporal", server)
    await theatre.processes.restarted("worker", worker)
    tell.say("the supervisor has started both again")
    await people.until(lambda case: case.is_done("4a"), "step 4a completes after the crashes")
    tell.check(True, "step 4a is done, without anybody's help")
    for step in ("5", "6", "7", "8", "9a", "10"):
        await people.steps(step)
    await _completed(theatre, people, new)
    for flow in flows:
        uploads = await stage.uploads(flow)
        tell.check(uploads == 2, f"the flow {flow} was patched once to add and once to remove ({uploads} uploads)")


async def _first_upload(stage: Stage, flows: tuple[str, ...]) -> None:
    while not await _uploaded(stage, flows):  # noqa: ASYNC110 - the tenant tells nobody of an upload
        await asyncio.sleep(0.01)


async def _uploaded(stage: Stage, flows: tuple[str, ...]) -> int:
    return sum([min(await stage.uploads(flow), 1) for flow in flows])


async def by_itself(theatre: Theatre) -> None:
    """(d) The schedule's watch finds a certificate that is due and starts its renewal."""
    tell = theatre.teller
    tell.scene("d", "By itself: the watch over expiry starts a renewal")
    authority = RehearsalAuthority.create("Late CA", now=theatre.now)
    old, fresh = theatre.old(authority, "wms", days=20), theatre.old(authority, "far", days=300)
    await theatre.register.add(Registered(TENANT, "wms", old.facts), "Otto")
    await theatre.register.add(Registered(TENANT, "far", fresh.facts), "Otto")
    tell.say("registered: wms, whose certificate ends in 20 days, and far, whose certificate ends in 300")
    schedule = ExpirySchedule(theatre.desk.client)
    tell.does("Otto (operator)", "certrelay schedule install --cron '* * * * * * *'")
    await schedule.install("* * * * * * *", "UTC")
    people = People(theatre.desk, tell, renewal_id(TENANT, "wms", old.facts.fingerprint), "wms")
    case = await people.until(lambda case: case.facts is not None, "the watch starts the renewal of wms")
    await schedule.remove()
    tell.check("watch over expiry" in case.record[0].text, "the watch has started the renewal of wms")
    report = await schedule.run_now()
    tell.check(people.renewal in report.running_or_done, "looking again, the watch starts nothing twice")
    distant = renewal_id(TENANT, "far", fresh.facts.fingerprint)
    told = (*report.started, *report.running_or_done)
    tell.check(distant not in told, "the renewal of far is not started")


async def _completed(theatre: Theatre, people: People, new: Issued) -> None:
    case = await people.until(lambda case: case.closed, "the renewal completes")
    theatre.teller.check(case.closing is Closing.COMPLETED, f"the renewal of {people.sender} is complete")
    await theatre.desk.client.get_workflow_handle(people.renewal).result()
    entry = await theatre.register.find(people.sender)
    in_use = entry.registered.certificate.fingerprint
    theatre.teller.check(
        in_use == new.facts.fingerprint, f"the register knows the new certificate of {people.sender}"
    )


SCENES = {"a": new_names, "b": same_names, "c": crashes, "d": by_itself}


def now() -> datetime:
    """The time at which the story plays."""
    return datetime.now(UTC).replace(microsecond=0)
