"""`certrelay plan`: of a renewal, and of two certificates alone; it says what it does not know."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cli_driver import DONE, REFUSED, USAGE, Line, on_disk
from house import House, Stage, begin, new_names, same_names

from certificates.rehearsal import RehearsalAuthority
from desk.shapes import SHAPES

UNDECIDED = 4
NOW = datetime.now(UTC).replace(microsecond=0)
AUTHORITY = RehearsalAuthority.create(now=NOW)
DN = "CN=erp, O=Example, C=DE"
OLD = AUTHORITY.issue(DN, NOW - timedelta(days=23), NOW + timedelta(days=60))
SAME = AUTHORITY.issue(DN)
OTHER = AUTHORITY.issue("CN=erp-2027, O=Example, C=DE")

offline = Line("127.0.0.1:1")
"""No server is there, and none is needed."""


@pytest.fixture
def old(tmp_path: Path) -> tuple[str, str]:
    """The option with the certificate in use."""
    return ("--old", on_disk(tmp_path, OLD.pem, "old.pem"))


async def test_the_plan_of_a_renewal(house: House, stage: Stage, certrelay: Line) -> None:
    """From the case: the channel by name, the row, the way back; it can be asked again and again."""
    pair = new_names()
    await stage.flow("Orders", pair.old.facts, "/orders")
    play = await begin(house, stage, pair.old)
    await play.submit(pair.new)
    told = await certrelay("plan", play.id)
    assert "10 of 12 steps; nobody is locked out at any moment." in told.out
    assert "Flow Orders" in told.words
    assert f"add the row subject {pair.new.facts.names.subject}" in told.words
    assert "Step 10 (integration developer)." in told.words
    assert told.code == DONE
    again = await certrelay("plan", play.id, "--json")
    assert set(again.json) == set(SHAPES["plan"].fields)
    assert again.json["renewal"] == play.id
    assert again.json["needed"] == ["1", "2", "3", "4a", "5", "6", "7", "8", "9a", "10"]
    assert again.json["steps"][3]["changes"][0]["change"]["where"] == "Orders"


async def test_what_the_sender_administrator_said_of_the_sender(
    house: House, stage: Stage, certrelay: Line, tmp_path: Path
) -> None:
    """Said at step 2, it is in the plan; who asks for the plan can say otherwise."""
    pair = new_names()
    await stage.flow("Orders", pair.old.facts, "/orders")
    play = await begin(house, stage, pair.old)
    file = on_disk(tmp_path, pair.new.bundle_pem)
    told = await certrelay("submit", play.id, file, "--as", "sender:sam", "--holds-one", "--nodes", "3")
    assert told.code == DONE, told.words
    assert "The sender holds one certificate" in (plan := await certrelay("plan", play.id)).words
    assert "3 nodes switch" in plan.words
    assert "The sender holds both certificates" in (await certrelay("plan", play.id, "--holds-two")).words


async def test_before_the_certificate_is_there(house: House, stage: Stage, certrelay: Line) -> None:
    """What is known already, and what will be decided; a person is told so by the exit code."""
    pair = same_names()
    await stage.mapping("ERP", pair.old.facts)
    play = await begin(house, stage, pair.old)
    await play.until(lambda case: case.facts_fresh)
    told = await certrelay("plan", play.id, "--json")
    assert told.code == UNDECIDED
    assert told.json["foreseen"][0]["needed"] == ["1", "2", "4b", "6", "7", "8", "9b"]
    assert {step["need"] for step in told.json["steps"]} == {"needed", "not known yet"}


async def test_an_unknown_renewal_is_refused(certrelay: Line) -> None:
    """As by every other command."""
    told = await certrelay("plan", "nobody", "--json")
    assert (told.code, told.json["refused"]) == (REFUSED, "UnknownRenewal")


def test_from_two_certificates_alone(tmp_path: Path, old: tuple[str, str]) -> None:
    """No server and no tenant: what the names decide is told, and that the tenant was not looked at."""
    told = offline.here("plan", *old, "--new", on_disk(tmp_path, SAME.bundle_pem), "--json")
    assert told.code == UNDECIDED
    assert set(told.json) == set(SHAPES["plan"].fields)
    assert told.json["renewal"] is None
    assert not told.json["whole"]
    assert "tenant-not-looked-at" in {remark["code"] for remark in told.json["remarks"]}
    assert "the names stay" in told.json["steps"][3]["expected"]
    changed = offline.here("plan", *old, "--new", on_disk(tmp_path, OTHER.bundle_pem), "--nodes", "3", "--holds-one")
    assert "the names change: needed where a sender channel lists the old ones" in changed.words
    assert "3 nodes switch" in changed.words
    assert "The tenant was not looked at." in changed.words


def test_the_list_of_roots_is_asked(tmp_path: Path, old: tuple[str, str]) -> None:
    """A listed root needs no remark; one that is not listed must be decided."""
    words = ("plan", *old, "--new", on_disk(tmp_path, SAME.bundle_pem), "--json", "--roots")
    listed = offline.here(*words, on_disk(tmp_path, AUTHORITY.root_pem, "roots.pem"))
    other = offline.here(
        *words, on_disk(tmp_path, RehearsalAuthority.create(name="Other", now=NOW).root_pem, "others.pem")
    )
    assert not {"root-unknown", "root-not-listed"} & {remark["code"] for remark in listed.json["remarks"]}
    assert "root-not-listed" in {remark["code"] for remark in other.json["remarks"]}


def test_a_certificate_that_would_be_returned_has_no_plan(tmp_path: Path, old: tuple[str, str]) -> None:
    """The old one again, or one that has expired: exit 1 with the finding."""
    again = offline.here("plan", *old, "--new", on_disk(tmp_path, OLD.bundle_pem), "--json")
    assert again.code == REFUSED
    assert "would be returned" in again.json["sentence"]


def test_a_private_key_is_refused_unread(tmp_path: Path, old: tuple[str, str]) -> None:
    """In either file."""
    secret = on_disk(tmp_path, "-----BEGIN PRIVATE KEY-----\nMIIC\n-----END PRIVATE KEY-----\n", "secret.pem")
    for words in (("--old", secret, "--new", old[1]), (*old, "--new", secret)):
        told = offline.here("plan", *words, "--json")
        assert told.code == REFUSED
        assert "MIIC" not in told.words


@pytest.mark.parametrize("words", [(), ("renewal/x", "--old"), ("--old",), ("--new",)])
def test_a_renewal_or_both_files(words: tuple[str, ...], tmp_path: Path) -> None:
    """Neither, both or half of it is a usage error."""
    file = on_disk(tmp_path, OLD.pem)
    full = [part for word in words for part in ((word, file) if word.startswith("--") else (word,))]
    assert offline.here("plan", *full).code == USAGE
