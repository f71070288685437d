"""The four scenes. Each puts its own senders and flows on the tenant, and checks there what it claims.

While a scene plays, its sender program sends with whichever certificate it has. No message may be refused.
"""

import asyncio
from collections.abc import Sequence

from certificates.rehearsal import Issued, RehearsalAuthority
from desk.demo.people import People
from desk.demo.sending_system import NEW, SendingSystem
from desk.demo.stage import Stage
from desk.demo.theatre import TENANT, Theatre
from desk.schedule import ExpirySchedule
from process.expiry import Registered
from workflows.names import renewal_id


async def _switched(people: People, system: SendingSystem, new: Issued) -> None:
    """Steps 7 and 8: the sender switches while it sends; its administrator says so, and then that it works."""
    system.put(NEW, new)
    system.switch(NEW)
    await people.steps("7")
    await system.some(new)
    await people.steps("8")


async def new_names(theatre: Theatre) -> None:
    """(a) The CA changes, so subject and issuer do: channels and a mapping are renewed."""
    tell, stage = theatre.teller, theatre.stage
    tell.scene("a", f"New names: two flows list them, and a {tell.mapping} holds the certificate")
    before, after = (RehearsalAuthority.create(name, now=theatre.now) for name in ("Old CA", "New CA"))
    old, new = theatre.old(before, "erp"), theatre.new(after, "erp-2027")
    listing = ("Orders", "Invoices")
    for flow in listing:
        await stage.flow(flow, old.facts, parameterised=flow == "Invoices")
    await stage.flow_by_role("Returns")
    await stage.known_as("ERP", old.facts)
    await stage.trust(before.root_pem)
    async with theatre.sending("erp", old, (*listing, "Returns")) as system:
        people = await theatre.people("erp", old.facts)
        await people.submit(new, "new-with-chain.pem")
        await stage.trust(after.root_pem)
        tell.say("Tina: the root of the new certificate is on the load balancer's list")
        await people.steps("3")
        await people.steps("4a", "4b")
        for flow in listing:
            both = await stage.lists(flow, old.facts.names) and await stage.lists(flow, new.facts.names)
            tell.check(both, f"the running flow {flow} lists the old names and the new ones")
        tell.check(len(await stage.known("ERP")) == 2, f"both certificates have a {tell.mapping} of ERP")
        await people.steps("5")
        await people.steps("6")
        await _switched(people, system, new)
        await people.steps("9a", "9b")
        await people.steps("10")
        await theatre.completed(people, new)
        for flow in listing:
            only = await stage.lists(flow, new.facts.names) and not await stage.lists(flow, old.facts.names)
            uploads = await stage.uploads(flow)
            tell.check(only, f"the running flow {flow} lists the new names only, after {uploads} uploads")
        tell.check(len(await stage.known("ERP")) == 1, f"one certificate has a {tell.mapping} of ERP")
        await theatre.heard(system, old, new)


async def same_names(theatre: Theatre) -> None:
    """(b) The names stay: no flow is touched, but the mapping must be renewed all the same."""
    tell, stage = theatre.teller, theatre.stage
    tell.scene("b", f"Same names: no flow is touched, the {tell.mapping} is renewed all the same")
    authority = RehearsalAuthority.create("Steady CA", now=theatre.now)
    old, new = theatre.old(authority, "shop"), theatre.new(authority, "shop")
    await stage.flow("Stock", old.facts)
    await stage.flow_by_role("Prices")
    await stage.known_as("SHOP", old.facts)
    await stage.trust(authority.root_pem)
    async with theatre.sending("shop", old, ("Stock", "Prices")) as system:
        people = await theatre.people("shop", old.facts)
        await _without_names(theatre, people, system, new)
        tell.check(await stage.uploads("Stock") == 0, "the flow Stock was never uploaded")
        tell.check(len(await stage.known("SHOP")) == 1, f"one certificate has a {tell.mapping} of SHOP")
        await theatre.heard(system, old, new)


async def _without_names(theatre: Theatre, people: People, system: SendingSystem, new: Issued) -> None:
    """A whole renewal in which the names stay."""
    await people.submit(new, "new-with-chain.pem")
    for step in ("4b", "6"):
        await people.steps(step)
    await _switched(people, system, new)
    await people.steps("9b")
    await theatre.completed(people, new)


async def crashes(theatre: Theatre) -> None:
    """(c) Worker and server are killed in the middle of a redeploy; each flow is patched once."""
    tell, stage = theatre.teller, theatre.stage
    tell.scene("c", "Crashes: worker and server are killed in the middle of a redeploy")
    before, after = (RehearsalAuthority.create(name, now=theatre.now) for name in ("Crash CA", "Calm CA"))
    old, new = theatre.old(before, "crm"), theatre.new(after, "crm-2027")
    flows = ("Leads", "Offers", "Visits", "Calls", "Deals", "Tasks")
    for flow in flows:
        await stage.flow(flow, old.facts)
    for authority in (before, after):
        await stage.trust(authority.root_pem)
    async with theatre.sending("crm", old, flows) as system:
        people = await theatre.people("crm", old.facts)
        await people.submit(new, "new-with-chain.pem")
        await people.steps("3")
        await people.order("4a")
        await _killed(theatre, flows)
        await people.until(lambda case: case.is_done("4a"), "step 4a completes after the crashes")
        tell.check(True, "step 4a is done, without anybody's help")
        for step in ("5", "6"):
            await people.steps(step)
        await _switched(people, system, new)
        for step in ("9a", "10"):
            await people.steps(step)
        await theatre.completed(people, new)
        for flow in flows:
            uploads = await stage.uploads(flow)
            tell.check(
                uploads == 2, f"the flow {flow} was patched once to add and once to remove ({uploads} uploads)"
            )
        await theatre.heard(system, old, new)


async def _killed(theatre: Theatre, flows: Sequence[str]) -> None:
    """Worker and server are killed once a flow is uploaded; return when both run again."""
    tell, stage, processes = theatre.teller, theatre.stage, theatre.processes
    await _first_upload(stage, flows)
    worker = processes.kill("worker")
    tell.say(f"kill -9 {worker}: the worker is dead, {await _uploaded(stage, flows)} of {len(flows)} flows uploaded")
    server = processes.kill("temporal")
    tell.say(f"kill -9 {server}: the Temporal server is dead as well")
    await processes.restarted("temporal", server)
    await processes.restarted("worker", worker)
    tell.say("the supervisor has started both again")


async def _first_upload(stage: Stage, flows: Sequence[str]) -> None:
    while not await _uploaded(stage, flows):  # noqa: ASYNC110 - the tenant tells nobody of an upload
        await asyncio.sleep(0.01)


async def _uploaded(stage: Stage, flows: Sequence[str]) -> int:
    return sum([min(await stage.uploads(flow), 1) for flow in flows])


async def by_itself(theatre: Theatre) -> None:
    """(d) The schedule's watch finds a certificate that is due and starts its renewal; people carry it out."""
    tell, stage = theatre.teller, theatre.stage
    tell.scene("d", "By itself: the watch over expiry starts a renewal")
    authority = RehearsalAuthority.create("Late CA", now=theatre.now)
    old, fresh = theatre.old(authority, "wms", days=20), theatre.old(authority, "far", days=300)
    await stage.flow_by_role("Parcels")
    await stage.known_as("WMS", old.facts)
    await stage.trust(authority.root_pem)
    async with theatre.sending("wms", old, ("Parcels",)) as system:
        people = await _found_by_watch(theatre, old, fresh)
        new = theatre.new(authority, "wms")
        await _without_names(theatre, people, system, new)
        await theatre.heard(system, old, new)


async def _found_by_watch(theatre: Theatre, old: Issued, fresh: Issued) -> People:
    """The people of the renewal of wms, once the watch has started it and that of far not."""
    tell = theatre.teller
    await theatre.register.add(Registered(TENANT, "wms", old.facts), "Otto")
    await theatre.register.add(Registered(TENANT, "far", fresh.facts), "Otto")
    tell.say("registered: wms, whose certificate ends in 20 days, and far, whose certificate ends in 300")
    schedule = ExpirySchedule(theatre.desk.client)
    tell.does("Otto (operator)", "certrelay schedule install --cron '* * * * * * *'")
    await schedule.install("* * * * * * *", "UTC")
    people = theatre.people_of("wms", renewal_id(TENANT, "wms", old.facts.fingerprint))
    case = await people.until(lambda case: case.facts is not None, "the watch starts the renewal of wms")
    await schedule.remove()
    tell.check("watch over expiry" in case.record[0].text, "the watch has started the renewal of wms")
    report = await schedule.run_now()
    tell.check(people.renewal in report.running_or_done, "looking again, the watch starts nothing twice")
    distant = renewal_id(TENANT, "far", fresh.facts.fingerprint)
    told = (*report.started, *report.running_or_done)
    tell.check(distant not in told, "the renewal of far is not started")
    return people


SCENES = {"a": new_names, "b": same_names, "c": crashes, "d": by_itself}
