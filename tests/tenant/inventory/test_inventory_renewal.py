"""What an inventory says about one renewal: who knows the old certificate, the new one, and what is not known."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from process_cases import NEW, OLD, OTHER_NAMES, certificate

from process.facts import Environment, MappingKind, NamePair
from tenant.flows import CLIENT_CERTIFICATE, ROLE_BASED, Channel, Row
from tenant.inventory.model import Cause, Deployment, FlowRecord, Gap, Inventory
from tenant.inventory.renewal import MOST_ADDRESSES, MOST_NOTES, Wanted, proved_by, tenant_facts
from tenant.model import UserMapping

AT = datetime(2026, 3, 1, tzinfo=UTC)
WANTED = Wanted(OLD, NEW)


def channel(*names: NamePair, name: str = "in", by: str = CLIENT_CERTIFICATE, **more: Any) -> Channel:
    """A sender channel that lists these pairs."""
    rows = tuple(Row(pair.subject, pair.issuer) for pair in names)
    return Channel(name, name, "HTTPS", "HTTPS", f"/{name}", by, more.pop("role", ""), rows, **more)


def flow(id: str, *channels: Channel, **more: Any) -> FlowRecord:
    """A flow that was read and runs as it was read."""
    deployed = Deployment("1.0.0", "STARTED", AT, "Dan")
    told: dict[str, Any] = {"deployed": deployed, "read": True, "modified_at": AT - timedelta(days=1), **more}
    return FlowRecord(id, id, "P", told.pop("version", "1.0.0"), told.pop("draft", False), channels=channels, **told)


def inventory(*flows: FlowRecord, **more: Any) -> Inventory:
    """A tenant with these flows."""
    return Inventory("prod", "https://tenant", AT, flows=flows, **more)


def mapping(user: str, fingerprint: str, names: NamePair | None = None, **more: Any) -> UserMapping:
    """A mapping of a certificate to a user."""
    told: dict[str, Any] = {"kind": MappingKind.USER_MAPPING, "names": names, **more}
    return UserMapping(f"id of {user} {fingerprint[:8]}", user, "PEM", fingerprint, AT + timedelta(days=9), **told)


def test_channels_that_list_the_old_names_are_told_with_their_rows() -> None:
    """Flow, channel, address, all rows as they stand there, and who deployed what when."""
    (found,) = tenant_facts(inventory(flow("F", channel(OLD.names, OTHER_NAMES))), WANTED).channels
    assert (found.package_id, found.flow_id, found.channel, found.address) == ("P", "F", "in", "/in")
    assert found.rows == (OLD.names, OTHER_NAMES)
    assert (found.version, found.deployed_on, found.deployed_by) == ("1.0.0", AT, "Dan")
    assert not found.parameterised


def test_names_in_parameters_are_told() -> None:
    """An externalised row can be changed under Configure alone."""
    row = Row(OLD.names.subject, OLD.names.issuer, "Subject", "Issuer")
    (found,) = tenant_facts(inventory(flow("F", replace(channel(), rows=(row,)))), WANTED).channels
    assert found.parameterised


def test_other_channels_are_told_where_they_list_the_new_names_or_are_watched() -> None:
    """After the removal nothing lists the old names, and the new ones must still be seen there."""
    flows = (flow("New", channel(NEW.names)), flow("Bare", channel()), flow("Other", channel()))
    facts = tenant_facts(inventory(*flows), replace(WANTED, watched=("Bare",)))
    assert facts.channels == ()
    assert [(c.flow_id, c.rows) for c in facts.watched] == [("New", (NEW.names,)), ("Bare", ())]
    assert facts.new_names_in == ("New",)


def test_a_flow_that_does_not_answer_lists_nothing() -> None:
    """It accepts nobody; where it is watched that is told, and where it lists the old names there is a note."""
    failed = replace(flow("Failed", channel(OLD.names)), deployed=Deployment("1.0.0", "ERROR", AT))
    asleep = replace(flow("Asleep", channel(OLD.names)), deployed=None)
    facts = tenant_facts(inventory(failed, asleep), replace(WANTED, watched=("Failed", "Asleep", "Gone")))
    assert facts.channels == facts.watched == ()
    assert facts.not_running == ("Failed", "Asleep", "Gone")
    assert [note.split()[1] for note in facts.notes] == ["Failed", "Asleep"]


def test_a_flow_that_is_starting_answers_soon() -> None:
    """A start under way is no outage that lasts."""
    starting = replace(flow("F", channel(OLD.names)), deployed=Deployment("1.0.0", "starting", AT))
    assert tenant_facts(inventory(starting), replace(WANTED, watched=("F",))).not_running == ()


def test_something_that_runs_hidden_is_unreadable_and_not_gone() -> None:
    """An access policy may hide a flow that still answers."""
    gap = Gap(Cause.HIDDEN, "flow Secret as it runs", "hidden", "Secret")
    facts = tenant_facts(inventory(gaps=(gap,)), replace(WANTED, watched=("Secret",)))
    assert facts.not_running == ()
    assert [part.what for part in facts.unreadable] == ["flow Secret as it runs"]


def hidden(record: FlowRecord) -> Inventory:
    """The flow with a draft on top of what runs, and the gap that a scan leaves then."""
    gap = Gap(Cause.DRAFT, f"flow {record.id} as it runs", "a draft", record.id)
    return inventory(replace(record, draft=True, version="Active", channels=(channel(),)), gaps=(gap,))


def test_what_was_read_before_a_draft_hid_it_still_runs() -> None:
    """What was deployed at that very time is what answers, whatever the design time shows since."""
    record = flow("F", channel(OLD.names))
    known = proved_by(inventory(record))
    facts = tenant_facts(hidden(record), WANTED, known)
    assert [c.flow_id for c in facts.channels] == ["F"]
    assert facts.unreadable == ()


def test_after_another_deploy_the_draft_hides_what_runs() -> None:
    """A deploy at another time may have brought anything."""
    record = flow("F", channel(OLD.names))
    known = proved_by(inventory(record))
    later = replace(record, deployed=Deployment("1.0.0", "STARTED", AT + timedelta(days=1)))
    facts = tenant_facts(hidden(later), replace(WANTED, watched=("F",)), known)
    assert [part.what for part in facts.unreadable] == ["flow F as it runs"]


def test_a_hidden_flow_is_no_proof() -> None:
    """Only what was read as it runs is remembered as that."""
    assert proved_by(hidden(flow("F", channel(OLD.names)))) == {}


def test_mappings_of_old_new_and_namesakes() -> None:
    """The old one's are what the renewal is about; the new one's and those with the same names may clash."""
    same, stranger = certificate("same names"), certificate("stranger", NamePair("CN=x", "CN=y"))
    held = (
        mapping("ERP", OLD.fingerprint, OLD.names),
        mapping("ERP", NEW.fingerprint, NEW.names),
        mapping("SHOP", same.fingerprint, same.names),
        mapping("OTHER", stranger.fingerprint, stranger.names),
        mapping("ODD", "ff" * 32),
    )
    facts = tenant_facts(inventory(mappings=held), WANTED)
    assert [m.user for m in facts.mappings] == ["ERP"]
    assert [(m.user, m.fingerprint) for m in facts.others] == [("ERP", NEW.fingerprint), ("SHOP", same.fingerprint)]
    assert facts.new_mapped_to == ("ERP",)


def test_a_service_key_is_told_as_one() -> None:
    """Kind, pinning and roles decide what may be done."""
    key = mapping("erp", OLD.fingerprint, OLD.names, kind=MappingKind.SERVICE_KEY, pinned=None, roles=("a",))
    facts = tenant_facts(inventory(environment=Environment.CLOUD_FOUNDRY, mappings=(key,)), WANTED)
    (found,) = facts.mappings
    assert (found.kind, found.pinned, found.roles) == (MappingKind.SERVICE_KEY, None, ("a",))
    assert facts.environment is Environment.CLOUD_FOUNDRY


def test_roles_are_counted() -> None:
    """How many channels a role opens, and the first of their addresses."""
    channels = [channel(name=f"c{at}", by=ROLE_BASED, role="ESBMessaging.send") for at in range(MOST_ADDRESSES + 2)]
    (found,) = tenant_facts(inventory(flow("F", *channels)), WANTED).role_channels
    assert (found.role, found.count, len(found.addresses)) == (
        "ESBMessaging.send",
        MOST_ADDRESSES + 2,
        MOST_ADDRESSES,
    )


def test_flows_that_can_only_be_configured_are_named() -> None:
    """Nobody can add a row there."""
    gap = Gap(Cause.CONFIGURE_ONLY, "flow Standard", "configure-only", "Standard")
    facts = tenant_facts(inventory(gaps=(gap,)), WANTED)
    assert facts.configure_only == ("Standard",)
    assert [part.what for part in facts.unreadable] == ["flow Standard"]


def test_notes_are_bounded() -> None:
    """They travel in the record of a renewal, which must fit into one payload."""
    many = (replace(flow(f"F{at}"), notes=("a stale table",)) for at in range(MOST_NOTES + 9))
    assert len(tenant_facts(inventory(*many), WANTED).notes) == MOST_NOTES


@given(st.lists(st.sampled_from(("old", "new", "both", "none", "asleep")), max_size=12))
def test_no_flow_is_told_twice_and_none_that_knows_the_old_names_is_missing(kinds: list[str]) -> None:
    """Every running flow with the old names is among the channels, every other with the new ones watched."""
    rows = {"old": (OLD.names,), "new": (NEW.names,), "both": (OLD.names, NEW.names), "none": ()}
    flows = [flow(f"F{at}", channel(*rows.get(kind, (OLD.names,)))) for at, kind in enumerate(kinds)]
    flows = [replace(f, deployed=None) if kind == "asleep" else f for f, kind in zip(flows, kinds, strict=True)]
    facts = tenant_facts(inventory(*flows), WANTED)
    listing = {c.flow_id for c in facts.channels}
    watched = {c.flow_id for c in facts.watched}
    assert listing == {f"F{at}" for at, kind in enumerate(kinds) if kind in ("old", "both")}
    assert watched == {f"F{at}" for at, kind in enumerate(kinds) if kind == "new"}
