"""The closing note of SAP's page (2d3cae7) followed to the letter, with unchanged names: how an outage comes about.

The note spares all steps that its range of numbers takes in where the names stay. To the letter that takes in the
new mapping (4b) and leaves its twin, the removal of the old one (9b), which asks for nothing but an old mapping.
People do it here by hand, past certrelay; then certrelay is asked about a sender in the same place.
"""

from certificates.rehearsal import Issued, RehearsalAuthority
from desk.demo.sender.outcomes import Outcome
from desk.demo.sending_system import NEW, OLD, SendingSystem
from desk.demo.theatre import Theatre, now
from process.strategy.facts import plan_facts
from process.strategy.planning import plan
from process.strategy.shapes import Need

SENDER, CAREFUL = "depot", "yard"


async def follow_the_note(theatre: Theatre) -> None:
    """The outage, with what the sender is told and the counts, and then what certrelay says."""
    tell, stage = theatre.teller, theatre.stage
    tell.scene("note", "The closing note to the letter: the names stay, so nothing new is made, and the old goes")
    authority = RehearsalAuthority.create("Note CA", now=theatre.now)
    old, new = theatre.old(authority, SENDER), theatre.new(authority, SENDER)
    await stage.flow_by_role("Pallets")
    await stage.known_as("DEPOT", old.facts)
    await stage.trust(authority.root_pem)
    async with theatre.sending(SENDER, old, ("Pallets",)) as system:
        await _by_hand(theatre, system, old, new)
        counts = await theatre.counted(system)
    before, after = (counts[certificate.facts.fingerprint] for certificate in (old, new))
    tell.check(before.refused > 0 and after.accepted == 0, "an outage: the new certificate was never accepted")
    await _asked(theatre, authority)


async def _by_hand(theatre: Theatre, system: SendingSystem, old: Issued, new: Issued) -> None:
    """What the three people do, each in good faith."""
    tell, stage = theatre.teller, theatre.stage
    tell.say("Tina compares the names: subject and issuer stay. The note spares step 4, she makes nothing new")
    tell.say("Tina tells Sam that the new certificate can be used; Sam switches")
    system.put(NEW, new)
    system.switch(NEW)
    refused = await system.some(new, Outcome.REFUSED)
    tell.say(f"refused, with status {refused.status}: {refused.words}")
    tell.check(system.count(new).accepted == 0, "from the switch on, each message is refused")
    tell.say(f"Tina deletes the {tell.mapping} of the old certificate: step 9 is not spared")
    for id in await stage.known("DEPOT"):
        await stage.forget(id)
    tell.say("Sam, alarmed, switches back to the old certificate")
    system.switch(OLD)
    refused = await system.some(old, Outcome.REFUSED)
    tell.say(f"refused, with status {refused.status}: {refused.words}")
    tell.check(await stage.known("DEPOT") == (), "there is no way back: neither certificate is known any more")


async def _asked(theatre: Theatre, authority: RehearsalAuthority) -> None:
    """The same with certrelay, up to its refusals."""
    tell, stage = theatre.teller, theatre.stage
    tell.scene("note", f"The same with certrelay: the sender {CAREFUL} is in the same place")
    old, new = theatre.old(authority, CAREFUL), theatre.new(authority, CAREFUL)
    await stage.flow_by_role("Gates")
    await stage.known_as("YARD", old.facts)
    people = await theatre.people(CAREFUL, old.facts)
    case = await people.submit(new, "new-with-chain.pem")
    (step,) = (step for step in plan(plan_facts(case), now()).steps if step.id == "4b")
    tell.check(step.need is Need.NEEDED, f"certrelay plans step 4b: {step.why}")
    for id in ("6", "9b"):
        tell.say(f"refused: {await people.refusal(id)}")
    tell.check(len(await stage.known("YARD")) == 1, f"nothing was changed: the {tell.mapping} of YARD is there")
