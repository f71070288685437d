"""What a look at the tenant finds: each kind of drift raises its alarm, opens its step, and has a happy end."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from process_cases import (
    FULL,
    NEW,
    OLD,
    OTHER_NAMES,
    T0,
    THIRD_NAMES,
    Play,
    accepted,
    certificate,
    facts,
    full,
    new_case,
    until,
)

from process.case import Closing, Effect, EffectKind, Outcome
from process.due import due
from process.facts import ChannelFacts, Environment, MappingFacts, MappingKind, RootTrust, TenantFacts, Unreadable
from process.health import Health, health, proof
from process.looking import drifts, with_alarms, write_look_failed, write_looked

Change = Callable[[TenantFacts], TenantFacts]
THEIRS = "a transport"


def rows_of(flow: str, *rows: object) -> Change:
    """The channel of a flow lists these pairs and no others."""

    def change(seen: TenantFacts) -> TenantFacts:
        found = (*seen.channels, *seen.watched)
        changed = [replace(c, rows=rows, deployed_by=THEIRS) if c.flow_id == flow else c for c in found]
        listing = tuple(c for c in changed if OLD.names in c.rows)
        return replace(seen, channels=listing, watched=tuple(c for c in changed if c not in listing))

    return change


def without_flow(flow: str, **more: object) -> Change:
    """No channel of the flow is there."""

    def change(seen: TenantFacts) -> TenantFacts:
        kept = [tuple(c for c in found if c.flow_id != flow) for found in (seen.channels, seen.watched)]
        return replace(seen, channels=kept[0], watched=kept[1], **more)  # type: ignore[arg-type]

    return change


def without_mapping(print_: str) -> Change:
    """Nobody is mapped to the certificate."""

    def change(seen: TenantFacts) -> TenantFacts:
        left = [tuple(m for m in held if m.fingerprint != print_) for held in (seen.mappings, seen.others)]
        return replace(seen, mappings=left[0], others=left[1])

    return change


def with_flow(flow: str) -> Change:
    """A flow lists the old names that did not."""
    channel = ChannelFacts("P", flow, "HTTPS", f"/{flow}", OLD.names, (OLD.names,))
    return lambda seen: replace(seen, channels=(*seen.channels, channel))


def with_mapping(user: str) -> Change:
    """A user is mapped to the old certificate."""
    mapping = MappingFacts(f"id of {user}", user, OLD.fingerprint, OLD.not_after)
    return lambda seen: replace(seen, mappings=(*seen.mappings, mapping))


def looked(play: Play) -> Play:
    """The tenant is looked at again, when that is due."""
    play.now += play.case.look_every
    return play.work()


def drifted(step: str, change: Change) -> Play:
    """The full renewal up to a step; then somebody changes the tenant, and it is looked at."""
    play = until(step)
    play.tenant = change(play.tenant)
    return looked(play)


def finish(play: Play) -> None:
    """The open steps are taken as they come, until the renewal is complete."""
    for _ in range(20):
        looked(play)
        if play.case.closed:
            break
        if play.open:
            play.steps(play.open[0])
    assert play.case.closing is Closing.COMPLETED
    assert play.case.alarms == {}


LOST: list[tuple[str, Change, str, tuple[str, ...]]] = [
    ("4b", rows_of("F1", OLD.names), "flow F1", ("4a",)),
    ("5", rows_of("F1", OLD.names), "flow F1", ("4a",)),
    ("6", rows_of("F1", OLD.names), "flow F1", ("4a",)),
    ("8", rows_of("F1", OLD.names), "flow F1", ("4a",)),
    ("5", without_mapping(NEW.fingerprint), "user ERP", ("4b",)),
    ("7", without_mapping(NEW.fingerprint), "user ERP", ("4b",)),
    ("5", with_flow("F3"), "flow F3", ("4a",)),
    ("6", with_flow("F3"), "flow F3", ("4a",)),
    ("8", with_flow("F3"), "flow F3", ("4a",)),
    ("5", with_mapping("CRM"), "user CRM", ("4b",)),
]
"""Up to which step, what others do, the place of the alarm, and the steps that open."""


@pytest.mark.parametrize(("step", "change", "place", "opened"), LOST)
def test_what_is_missing_is_added_again(step: str, change: Change, place: str, opened: tuple[str, ...]) -> None:
    """An alarm on the record, health broken, the right step open until it is done; then the renewal ends well."""
    play = drifted(step, change)
    assert place in play.case.alarms
    assert any(e.outcome is Outcome.ALARM and e.text == play.case.alarms[place] for e in play.case.record)
    assert health(play.case, play.now) is Health.BROKEN
    assert play.open == opened
    looked(play)
    assert place in play.case.alarms
    play.steps(*opened)
    assert play.case.alarms == {}
    assert any(f"The alarm about {place} is over" in e.text for e in play.case.record)
    if place != "user CRM":
        finish(play)


def test_one_channel_of_several_is_enough() -> None:
    """Two channels of a flow: the one that lost the new row is found though the other has it."""
    play = Play(new_case(), facts(("F1",)))
    play.tenant = replace(
        play.tenant, channels=(play.tenant.channels[0], replace(play.tenant.channels[0], channel="SOAP"))
    )
    play.submit().steps("3", "4a")
    first, second = play.tenant.channels
    play.tenant = replace(play.tenant, channels=(first, replace(second, rows=(OLD.names,))))
    assert "flow F1" in looked(play).case.alarms
    finish(play)


@pytest.mark.parametrize("pinned", [True, False])
def test_a_new_service_key_that_is_lost_is_missed(pinned: bool) -> None:
    """Whether the old one is pinned or not: with other names it does not take the new certificate."""
    key = MappingFacts("k", "ERP", OLD.fingerprint, OLD.not_after, MappingKind.SERVICE_KEY, OLD.names, pinned)
    play = Play(new_case(), replace(facts(("F1",)), mappings=(key,), environment=Environment.CLOUD_FOUNDRY))
    play.submit().steps("3", "4a", "4b")
    assert looked(play).case.alarms == {}
    play.tenant = without_mapping(NEW.fingerprint)(play.tenant)
    assert "user ERP" in looked(play).case.alarms
    assert "4b" in play.open
    finish(play)


def test_a_key_that_others_made_anew_is_as_it_is_now() -> None:
    """It took every certificate of its names and takes one alone now: the new certificate needs a key beside it."""
    same = certificate("same names")
    key = MappingFacts("k", "ERP", OLD.fingerprint, OLD.not_after, MappingKind.SERVICE_KEY, OLD.names, pinned=False)
    play = Play(new_case(), replace(facts(), mappings=(key,), environment=Environment.CLOUD_FOUNDRY))
    play.submit(accepted(same)).steps("4b")
    assert looked(play).case.alarms == {}
    play.tenant = replace(play.tenant, mappings=(replace(key, pinned=True),))
    assert "user ERP" in looked(play).case.alarms
    play.steps("4b")
    assert play.case.alarms == {}
    assert [effect.where for effect in play.effects if effect.kind is EffectKind.ADD_USER_MAPPING] == ["ERP"]


def test_a_key_that_must_stay_has_not_come_back() -> None:
    """It takes the new certificate by its names and is removed by nobody; steps that follow 9b end all the same."""
    key = MappingFacts("k", "ERP", OLD.fingerprint, OLD.not_after, MappingKind.SERVICE_KEY, OLD.names, pinned=False)
    tenant = replace(facts(("F1",)), mappings=(key,), environment=Environment.CLOUD_FOUNDRY)
    play = Play(new_case(), tenant).submit(accepted(NEW)).steps("3", "4a")
    play.submit(accepted(replace(certificate("same names"), not_before=T0 + timedelta(hours=1))))
    finish(play)
    assert not any("again" in e.text for e in play.case.record if e.outcome is Outcome.ALARM)
    assert play.case.is_done("9b")
    assert play.case.is_done("10")
    assert key in play.tenant.mappings


OLD_LOST: list[tuple[str, Change]] = [
    ("4b", rows_of("F1", OTHER_NAMES)),
    ("5", without_flow("F1")),
    ("6", without_flow("F1", not_running=("F1",))),
    ("3", rows_of("F1", THIRD_NAMES)),
    ("3", without_mapping(OLD.fingerprint)),
    ("5", without_mapping(OLD.fingerprint)),
    ("6", without_mapping(OLD.fingerprint)),
]


@pytest.mark.parametrize(("step", "change"), OLD_LOST)
def test_what_the_old_certificate_needs_is_put_back_by_others(step: str, change: Change) -> None:
    """No step mends it, so none opens; the alarm stands until it is back, and then all goes on."""
    play = until(step)
    opened, before = play.open, play.tenant
    play.tenant = change(play.tenant)
    looked(play)
    assert len(play.case.alarms) == 1
    (sentence,) = play.case.alarms.values()
    assert "is refused at" in sentence
    assert health(play.case, play.now) is Health.BROKEN
    assert proof(play.case) == f"broken: {sentence}"
    assert play.open == opened
    assert looked(play).case.alarms
    play.tenant = before
    assert looked(play).case.alarms == {}
    finish(play)


def test_going_back_raises_at_once_what_the_old_certificate_lost() -> None:
    """After the switch nobody misses its names in a flow; with the switch taken back somebody does."""
    play = until("8")
    before, play.tenant = play.tenant, rows_of("F1", OTHER_NAMES)(play.tenant)
    assert looked(play).case.alarms == {}
    play.act("switch_back")
    (sentence,) = play.case.alarms.values()
    assert "is refused at flow F1" in sentence
    assert health(play.case, play.now) is Health.BROKEN
    play.tenant = before
    assert looked(play).case.alarms == {}
    finish(play)


def test_a_root_that_nobody_vouched_for_hides_no_drift() -> None:
    """Released, given back and handed over again: its root is open again, and what others break is an alarm still."""
    play = full().submit(accepted(root=RootTrust.NOT_LISTED)).steps("3", "4a", "4b", "5", "6")
    play.act("return_certificate").submit(accepted(root=RootTrust.NOT_LISTED))
    assert play.case.root_confirmed == ""
    assert looked(play).case.alarms == {}
    play.tenant = rows_of("F1", OLD.names)(play.tenant)
    assert "flow F1" in next(iter(looked(play).case.alarms), "")


def test_going_back_from_one_certificate_is_no_call_of_its_replacement() -> None:
    """The key takes no older one after a call with a newer of the same names; nobody has called with that yet."""
    key = MappingFacts("k", "ERP", OLD.fingerprint, OLD.not_after, MappingKind.SERVICE_KEY, OLD.names, pinned=False)
    tenant = replace(facts(), mappings=(key,), environment=Environment.CLOUD_FOUNDRY)
    play = Play(new_case(), tenant).submit(accepted(NEW)).steps("4b", "6")
    play.submit(accepted(replace(certificate("same names"), not_before=T0 + timedelta(hours=1))))
    assert play.act("switch_back").case.alarms == {}
    assert looked(play).case.alarms == {}


def test_an_alarm_holds_back_what_looks_first() -> None:
    """Step 6 is taken back with the reason, its troubles told, and passes once it is mended."""
    play = until("5")
    before, play.tenant = play.tenant, rows_of("F1", OTHER_NAMES)(play.tenant)
    play.act("6").work()
    assert play.open == ("6",)
    assert play.case.released == ()
    assert health(play.case, play.now) is Health.BROKEN
    assert any(e.outcome is Outcome.FAILED and e.step == "6" for e in play.case.record)
    play.tenant = before
    play.steps("6")
    assert play.case.released == (NEW,)
    assert play.case.troubles == {}


@pytest.mark.parametrize("step", ["9b", "10"])
def test_a_removal_does_not_begin_beside_an_alarm(step: str) -> None:
    """What must be mended first holds the removal back; nothing of it is carried out."""
    play = until(FULL[FULL.index(step) - 1])
    play.tenant = with_flow("F3")(play.tenant)
    play.effects.clear()
    play.act(step).work()
    assert {e.kind for e in play.effects} == {EffectKind.LOOK}
    assert "4a" in play.open
    finish(play)


def test_old_names_that_come_back_are_removed_again() -> None:
    """The alarm stands while step 10 is open, and does not hold back the step that ends it."""
    play = until("8").steps("9b", "9a")
    play.act("10")
    (look, *work) = play.case.pending
    for effect in (look, *work):
        play._answer(effect, False)
    play.tenant = rows_of("F1", OLD.names, OTHER_NAMES)(play.tenant)
    case = replace(play.case, steps={**play.case.steps, "10": replace(play.case.steps["9a"])})
    play.case = replace(case, touched=("F1",))
    play.work()
    assert play.case.alarms == {"flow F1": "The old names are back in the flow F1. They must be removed again."}
    assert play.open == ("10",)
    assert looked(play).case.alarms
    play.steps("10")
    assert play.case.closing is Closing.COMPLETED


def test_an_old_mapping_that_comes_back_is_removed_again() -> None:
    """Step 9b opens again beside step 10; the alarm stands until it is done."""
    play = until("9b")
    play.tenant = with_mapping("ERP")(play.tenant)
    looked(play)
    assert "user ERP" in play.case.alarms
    assert play.open == ("9b",)
    assert looked(play).case.alarms
    play.steps("9b")
    assert play.case.alarms == {}
    assert play.open == ("10",)
    finish(play)


def test_a_deploy_from_elsewhere_is_noted_with_who() -> None:
    """Whatever it means; a deploy of our own is not."""
    play = until("4b")
    channel = replace(play.tenant.channels[0], deployed_on=play.now, version="1.0.4")
    play.tenant = replace(play.tenant, channels=(channel, *play.tenant.channels[1:]))
    looked(play)
    theirs = replace(channel, deployed_on=play.now, deployed_by="Eve", version="1.0.5")
    play.tenant = replace(play.tenant, channels=(theirs, *play.tenant.channels[1:]))
    looked(play)
    text = "The flow F1 was deployed by Eve outside this renewal, as version 1.0.5."
    assert [e.text for e in play.case.record if e.outcome is Outcome.NOTED] == [text]
    ours = replace(theirs, deployed_on=play.now + timedelta(hours=1))
    play.tenant = replace(play.tenant, channels=(ours, *play.tenant.channels[1:]))
    play.case = replace(play.case, touched=("F1",))
    looked(play)
    assert len([e for e in play.case.record if e.outcome is Outcome.NOTED]) == 1
    assert play.case.alarms == {}


@pytest.mark.parametrize("step", ["5", "6", "9a", "9b", "10"])
def test_what_cannot_be_looked_at_is_not_proved(step: str) -> None:
    """The step is taken back, nothing of it done; it is looked again after a pause, and then it passes."""
    play = until(FULL[FULL.index(step) - 1])
    play.effects.clear()
    play.act(step).work(fails=lambda effect: effect.kind is EffectKind.LOOK and effect.step != "")
    assert step in play.open
    assert {e.kind for e in play.effects} == {EffectKind.LOOK}
    assert play.case.pending == ()
    assert play.case.read_again_at is not None
    assert health(play.case, play.now) is Health.NOT_PROVED
    assert proof(play.case).startswith("not proved since")
    assert due(play.case, play.now) == ()
    play.now += play.case.look_again_after
    play.work()
    assert health(play.case, play.now) is Health.PROVED
    assert play.case.troubles == {}
    finish(play)


def test_failing_for_the_same_reason_is_one_line() -> None:
    """Since when it is not proved stays the first moment."""
    play = until("5")
    look = Effect(EffectKind.LOOK, "tenant", "", OLD, NEW)
    once = write_look_failed(play.case, look, "The tenant is down.", play.now)
    twice = write_look_failed(once, look, "The tenant is down.", play.now + timedelta(hours=1))
    assert len(twice.record) == len(once.record) == len(play.case.record) + 1
    assert twice.not_proved_since == once.not_proved_since == play.case.looked_at


def test_an_unreadable_part_is_no_proof() -> None:
    """The old channel there may be gone: an alarm until it is read again, or a person answers for other parts."""
    play = until("4b")
    gone = Unreadable("flow F1", "it cannot be downloaded")
    before, play.tenant = play.tenant, without_flow("F1", unreadable=(gone,))(play.tenant)
    looked(play)
    assert play.case.not_proved_since is not None
    assert "may be refused at flow F1" in next(iter(play.case.alarms.values()))
    play.tenant = before
    looked(play)
    assert health(play.case, play.now) is Health.PROVED
    play.tenant = replace(before, unreadable=(Unreadable("flow X", "it is locked"),))
    assert health(looked(play).case, play.now) is Health.NOT_PROVED
    play.steps("5").act("override", guard="NotLookedAt")
    assert health(looked(play).case, play.now) is Health.PROVED


def test_what_others_took_away_before_a_reading_is_still_at_stake() -> None:
    """Another certificate is handed over, and the tenant is read for it: the lost channel is not forgotten."""
    play = full()
    play.tenant = rows_of("F1", THIRD_NAMES)(play.tenant)
    play.submit(accepted(certificate("better", OTHER_NAMES)))
    assert len(play.case.alarms) == 1
    assert play.case.facts is not None
    assert play.case.facts.flows == ("F1", "F2")


def test_a_look_for_another_certificate_or_on_the_way_out_finds_nothing() -> None:
    """It was for something that is no more."""
    play = until("5")
    look = Effect(EffectKind.LOOK, "tenant", "", OLD, certificate("another"))
    nothing = TenantFacts(play.now)
    assert write_looked(play.case, look, nothing, play.now) == play.case
    leaving = replace(play.case, closing=Closing.WITHDRAWING)
    assert write_looked(leaving, replace(look, new=NEW), nothing, play.now) == leaving


def test_a_clean_look_finds_nothing() -> None:
    """At every step, on the tenant as this renewal leaves it."""
    for step in FULL[:-1]:
        play = until(step)
        assert drifts(play.case) == ()
        assert with_alarms(play.case, play.now) == play.case


def test_a_renewal_ends_after_a_last_look() -> None:
    """What was removed last is to be seen; what is found then is mended first."""
    play = until("9b")
    play.act("10")
    while play.case.pending:
        play._answer(play.case.pending[0], False)
    assert play.case.closing is None
    assert [e.kind for e in due(play.case, play.now)] == [EffectKind.LOOK]
    play.work()
    assert play.case.closing is Closing.COMPLETED
