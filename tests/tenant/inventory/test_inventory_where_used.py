"""The blast radius of a certificate: every use, told apart by how alike it is, and whether that is all."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from inventory_stage import NEW, NOW, OLD, issued

from process.facts import MappingKind, NamePair
from tenant.flows import Channel, LegacyRow, Likeness, Row
from tenant.inventory.model import Cause, Deployment, FlowRecord, Gap, Inventory
from tenant.inventory.where_used import Uses, Wanted, where_used
from tenant.lists import Configuration
from tenant.model import UserMapping

RUNS = Deployment("1.0.0", "STARTED")
SHOUTED = NamePair(OLD.subject.upper(), OLD.issuer)
SWAPPED = NamePair("C=DE, O=Acme, CN=erp", OLD.issuer)
END = datetime(2027, 1, 1, tzinfo=UTC)


def channel(*names: NamePair, authorization: str = "ClientCertificate", role: str = "") -> Channel:
    """A channel that lists names."""
    rows = tuple(Row(pair.subject, pair.issuer) for pair in names)
    return Channel("m", "in", "HTTPS", "", "/in", authorization, role, rows)


def flow(id: str, *channels: Channel, deployed: Deployment | None = RUNS, **more: object) -> FlowRecord:
    """A flow that was read."""
    return replace(FlowRecord(id, id, "P", "1.0.0", False, deployed=deployed, read=True, channels=channels), **more)


def mapping(fingerprint: str, names: NamePair | None = OLD, **more: object) -> UserMapping:
    """A user mapping of a certificate."""
    return replace(UserMapping(fingerprint[:4], "ERP", "", fingerprint, END, names=names), **more)


def key(fingerprint: str, names: NamePair = OLD, **more: object) -> UserMapping:
    """A service key of a certificate."""
    return mapping(fingerprint, names, kind=MappingKind.SERVICE_KEY, **more)


def used(*flows: FlowRecord, mappings: tuple[UserMapping, ...] = (), fingerprint: str = "aa", **more: object) -> Uses:
    """Where the old certificate is used on a tenant that holds this."""
    inventory = replace(Inventory("dev", "x", NOW, flows=flows, mappings=mappings), **more)
    return where_used(inventory, Wanted(OLD, fingerprint))


def test_rows_are_told_apart_by_how_alike_they_are() -> None:
    """Exact, equal by RFC 5280, alike to the eye, in this order; other names are no use."""
    uses = used(flow("C", channel(SWAPPED)), flow("B", channel(SHOUTED)), flow("A", channel(NEW, OLD)))
    assert [(use.place.flow, use.match) for use in uses.rows] == [
        ("A", Likeness.EXACT),
        ("B", Likeness.EQUAL),
        ("C", Likeness.ALIKE),
    ]


def test_rows_that_let_nobody_in_are_shown_and_said_so() -> None:
    """A channel by role does not use its rows, a flow that is not deployed lets nobody in."""
    uses = used(flow("A", channel(OLD, authorization="RoleBased")), flow("B", channel(OLD), deployed=None))
    assert [(use.in_use, use.place.deployed) for use in uses.rows] == [(False, RUNS), (True, None)]


def test_legacy_pairs_and_parameters_are_uses() -> None:
    """Old pairs on participants, and the names in parameters of configure-only flows, each part apart."""
    old = FlowRecord("A", "A", "P", "1.0.0", False, legacy=(LegacyRow("Sender", "0", Row(*pair(OLD))),))
    configured = (
        Configuration("S", OLD.subject),
        Configuration("I", OLD.issuer),
        Configuration("X", NEW.subject),
    )
    uses = used(old, FlowRecord("B", "B", "P", "1.0.0", False, configured=configured))
    assert [(use.participant, use.match) for use in uses.legacy] == [("Sender", Likeness.EXACT)]
    assert [(use.parameter, use.part) for use in uses.parameters] == [("S", "subject"), ("I", "issuer")]


def pair(names: NamePair) -> tuple[str, str]:
    """Subject and issuer."""
    return names.subject, names.issuer


def test_holders_and_namesakes_are_told_apart() -> None:
    """The certificate itself is one thing, another certificate of the same names another."""
    uses = used(mappings=(mapping("aa"), mapping("bb"), mapping("cc", NEW)))
    assert [held.fingerprint for held in uses.holders] == ["aa"]
    assert [(found.mapping.fingerprint, found.match) for found in uses.namesakes] == [("bb", Likeness.EXACT)]
    assert not uses.clash


def test_two_service_keys_with_one_certificate_clash() -> None:
    """SAP refuses every call then (KBA 3224701); two user mappings of one certificate cannot be."""
    assert used(mappings=(key("aa", id="1"), key("aa", id="2"))).clash
    assert not used(mappings=(key("aa"), key("bb"))).clash


@pytest.mark.parametrize(
    ("mappings", "known", "reached"),
    [
        ((), True, set()),
        ((mapping("aa", roles=("send",)),), True, {"A"}),
        ((mapping("aa", roles=("send", "other")),), True, {"A", "B"}),
        ((mapping("aa", roles=()),), True, set()),
        ((mapping("aa"),), False, {"A", "B"}),
        ((mapping("bb", roles=("send",)),), True, set()),
        ((key("bb", roles=("other",), pinned=False),), True, {"B"}),
        ((key("bb", roles=("other",), pinned=None),), True, {"B"}),
        ((key("bb", roles=("other",), pinned=True),), True, set()),
    ],
)
def test_channels_by_role_are_reached_through_mappings(
    mappings: tuple[UserMapping, ...], known: bool, reached: set[str]
) -> None:
    """By roles where these are told, else all are counted; an unpinned key of the same names stands for it."""
    flows = [
        flow("A", channel(authorization="RoleBased", role="send")),
        flow("B", channel(authorization="RoleBased", role="other")),
        flow("C", channel(authorization="RoleBased", role="send"), deployed=None),
    ]
    uses = used(*flows, mappings=mappings)
    assert (uses.roles_known, {use.place.flow for use in uses.by_role}) == (known, reached)


def test_names_alone_find_every_certificate_that_has_them() -> None:
    """Without a certificate nothing is a holder, and every namesake may be the one."""
    uses = used(
        flow("A", channel(authorization="RoleBased", role="send")),
        mappings=(mapping("aa", roles=("send",)), mapping("bb", SWAPPED, roles=("x",))),
        fingerprint="",
    )
    assert uses.holders == ()
    assert [found.match for found in uses.namesakes] == [Likeness.EXACT, Likeness.ALIKE]
    assert [use.role for use in uses.by_role] == ["send"]


def test_what_was_not_looked_at_makes_the_answer_incomplete() -> None:
    """Gaps of the scan, and mappings whose certificate is too odd to read: never "looked and fine"."""
    assert used().complete
    gap = Gap(Cause.CONFIGURE_ONLY, "flow X", "why", "X")
    assert used(gaps=(gap,)).unseen == (gap,)
    odd = used(mappings=(mapping("aa", None), mapping("bb", None)))
    assert [found.what for found in odd.unseen] == ["user mapping bb of ERP"]
    assert not odd.complete


def test_a_real_certificate_is_found_by_itself() -> None:
    """The names of a certificate as it is read are those that a mapping of it shows."""
    facts = issued().facts
    held = mapping(facts.fingerprint, facts.names)
    uses = where_used(Inventory("dev", "x", NOW, mappings=(held,)), Wanted(facts.names, facts.fingerprint))
    assert (uses.holders, uses.namesakes) == ((held,), ())
