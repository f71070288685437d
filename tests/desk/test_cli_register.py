"""`certrelay sender` and `certrelay start`: the register, and renewals of what is in it."""

import uuid
from pathlib import Path

from cli_driver import DONE, REFUSED, USAGE, Line, on_disk
from house import Stage, same_names

from certificates.rehearsal import Issued


def new_name() -> str:
    """A sender that no other test knows."""
    return f"erp-{uuid.uuid4().hex[:8]}"


async def registered(certrelay: Line, folder: Path, stage: Stage, old: Issued, *more: str) -> str:
    """A sender in the register; its name."""
    name = new_name()
    file = on_disk(folder, old.bundle_pem, "in-use.pem")
    told = await certrelay("sender", "add", name, "--tenant", stage.name, "--certificate", file, *more)
    assert told.code == DONE, told.words
    return name


async def test_add_shows_what_was_registered_and_says_what_is_next(
    certrelay: Line, stage: Stage, tmp_path: Path
) -> None:
    """`sender add` prints the entry on stdout; what to type next is on stderr."""
    old = same_names().old
    file, name = on_disk(tmp_path, old.pem), new_name()
    told = await certrelay(
        "sender", "add", name, "--tenant", stage.name, "--certificate", file, "--person", "tenant:tina",
        "--person", "tenant:theo", "--person", "sender:sam",
    )  # fmt: skip
    assert told.code == DONE
    assert f"{name} at {stage.name}" in told.out
    assert old.facts.fingerprint[:16] in told.out
    assert "tenant: tina, theo" in told.out
    assert f"certrelay start {name} --as operator" in told.err


async def test_the_same_again_changes_nothing(certrelay: Line, stage: Stage, tmp_path: Path) -> None:
    """A second `sender add` with the same content is done, with the same entry."""
    file, name = on_disk(tmp_path, same_names().old.pem), new_name()
    add = ("sender", "add", name, "--tenant", stage.name, "--certificate", file, "--json")
    first, second = await certrelay(*add), await certrelay(*add)
    assert (first.code, second.code) == (DONE, DONE)
    assert first.json == second.json


async def test_something_else_is_refused_until_it_shall_replace(
    certrelay: Line, stage: Stage, tmp_path: Path
) -> None:
    """Another certificate for a known sender is refused and nothing changes; --replace puts it there."""
    name = await registered(certrelay, tmp_path, stage, same_names().old)
    other = same_names().old
    add = (
        "sender", "add", name, "--tenant", stage.name, "--certificate", on_disk(tmp_path, other.pem), "--json"
    )  # fmt: skip
    refused = await certrelay(*add)
    assert (refused.code, refused.json["refused"]) == (REFUSED, "SenderKnown")
    assert "--replace" in refused.json["sentence"]
    before = (await certrelay("sender", "show", name, "--json")).json
    assert before["registered"]["certificate"]["fingerprint"] != other.facts.fingerprint
    replaced = await certrelay(*add, "--replace")
    assert replaced.code == DONE
    after = (await certrelay("sender", "show", name, "--json")).json
    assert after["registered"]["certificate"]["fingerprint"] == other.facts.fingerprint


async def test_list_names_every_sender(certrelay: Line, stage: Stage, tmp_path: Path) -> None:
    """`sender list` has a line for each sender, with tenant and end of the certificate."""
    old = same_names().old
    name = await registered(certrelay, tmp_path, stage, old)
    told = await certrelay("sender", "list")
    line = next(line for line in told.out.splitlines() if line.startswith(name))
    assert stage.name in line
    assert f"{old.facts.not_after:%Y-%m-%d}" in line
    listed = (await certrelay("sender", "list", "--json")).json
    assert name in [entry["registered"]["sender"] for entry in listed]


async def test_unknown_sender_is_refused_naming_the_known_ones(certrelay: Line, stage: Stage, tmp_path: Path) -> None:
    """An unknown sender is refused by `show` and by `start`, with the senders that there are."""
    name = await registered(certrelay, tmp_path, stage, same_names().old)
    for command in (("sender", "show", "nobody"), ("start", "nobody", "--as", "operator")):
        told = await certrelay(*command)
        assert told.code == REFUSED
        assert told.out == ""
        assert "No sender named 'nobody' is registered" in told.err
        assert name in told.err


async def test_a_sender_at_another_tenant_is_not_meant(certrelay: Line, stage: Stage, tmp_path: Path) -> None:
    """With --tenant, only a sender of that tenant is meant, and the refusal names the tenant."""
    name = await registered(certrelay, tmp_path, stage, same_names().old)
    told = await certrelay("sender", "show", name, "--tenant", "elsewhere")
    assert told.code == REFUSED
    assert "at the tenant 'elsewhere'" in told.err


async def test_one_name_at_two_tenants_must_be_told_apart(certrelay: Line, stage: Stage, tmp_path: Path) -> None:
    """A name that is registered twice is refused with the tenants; --tenant says which."""
    name = await registered(certrelay, tmp_path, stage, same_names().old)
    file, other = on_disk(tmp_path, same_names().old.pem), f"{stage.name}-b"
    await certrelay("sender", "add", name, "--tenant", other, "--certificate", file)
    told = await certrelay("sender", "show", name, "--json")
    assert (told.code, told.json["refused"]) == (REFUSED, "SeveralSenders")
    assert other in told.json["sentence"]
    assert (await certrelay("sender", "show", name, "--tenant", other)).code == DONE


async def test_start_prints_the_id_and_who_is_waited_for(certrelay: Line, stage: Stage, tmp_path: Path) -> None:
    """`start` prints the renewal's id alone on stdout, and on stderr the command of the person who is next."""
    name = await registered(certrelay, tmp_path, stage, same_names().old, "--person", "sender:sam")
    told = await certrelay("start", name, "--as", "operator:otto", "-m", "it is time")
    assert told.code == DONE
    assert told.out.startswith(f"renewal/{stage.name}/{name}/")
    assert "Waited for: sender administrator." in told.err
    assert f"certrelay submit {told.out.strip()} CERTIFICATE.pem --as sender:sam" in told.err


async def test_second_start_of_a_certificate_is_refused(certrelay: Line, stage: Stage, tmp_path: Path) -> None:
    """A certificate is renewed once: a second start is refused and names the renewal that there is."""
    name = await registered(certrelay, tmp_path, stage, same_names().old)
    first = await certrelay("start", name, "--as", "operator")
    second = await certrelay("start", name, "--as", "operator", "--json")
    assert (second.code, second.json["refused"]) == (REFUSED, "AlreadyStarted")
    assert first.out.strip() in second.json["sentence"]


async def test_what_is_no_certificate_is_not_registered(certrelay: Line, stage: Stage, tmp_path: Path) -> None:
    """`sender add` refuses a file without certificate; nothing is registered."""
    name, file = new_name(), on_disk(tmp_path, "Dear colleagues, the file is attached.")
    told = await certrelay("sender", "add", name, "--tenant", stage.name, "--certificate", file)
    assert told.code == REFUSED
    assert "No certificate was found" in told.err
    assert (await certrelay("sender", "show", name)).code == REFUSED


async def test_a_role_that_is_none_is_a_usage_error(certrelay: Line, stage: Stage, tmp_path: Path) -> None:
    """--person with a word that is no role ends with 2 and names the roles."""
    file = on_disk(tmp_path, same_names().old.pem)
    told = await certrelay(
        "sender", "add", "x", "--tenant", stage.name, "--certificate", file, "--person", "boss:eve"
    )  # fmt: skip
    assert told.code == USAGE
    assert "sender, tenant, developer, operator" in told.words
