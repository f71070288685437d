"""What people do on the command line: submit, confirm, and the acts beyond the ten steps."""

from pathlib import Path

from cli_driver import DONE, REFUSED, USAGE, Line, on_disk
from house import House, Pair, Play, Stage, begin, new_names, same_names

from process.case import Closing
from process.steps import Role

TENANT, SENDER, DEVELOPER = ("--as", "tenant:tina"), ("--as", "sender:sam"), ("--as", "developer:dan")
VOUCHED = ("--root-confirmed", "on SAP's list")


async def waiting(house: House, stage: Stage, pair: Pair) -> Play:
    """A renewal with a mapping that waits for the certificate."""
    await stage.mapping("ERP", pair.old.facts)
    return await begin(house, stage, pair.old)


async def handed_over(house: House, stage: Stage, pair: Pair) -> Play:
    """A renewal whose new certificate is accepted."""
    play = await waiting(house, stage, pair)
    await play.submit(pair.new)
    return play


async def test_submit_says_what_is_next_and_who_is_waited_for(
    house: House, stage: Stage, certrelay: Line, tmp_path: Path
) -> None:
    """A good certificate: the verdict on stdout; next step, role and exact command on stderr."""
    pair = same_names()
    play = await waiting(house, stage, pair)
    told = await certrelay("submit", play.id, on_disk(tmp_path, pair.new.bundle_pem), *SENDER)
    assert told.code == DONE
    assert "The certificate is accepted." in told.out
    await play.until(lambda case: case.facts_fresh)
    again = await certrelay("confirm", "4b", play.id, *TENANT)
    assert again.code == DONE
    assert "Next: Step 6 is open" in again.err
    assert "Waited for: tenant administrator." in again.err
    assert f"certrelay confirm 6 {play.id} --as tenant:NAME --root-confirmed" in again.err


async def test_submit_takes_standard_input(house: House, stage: Stage, certrelay: Line) -> None:
    """`-` is standard input, and the repairs that the text took are told on stderr."""
    pair = same_names()
    play = await waiting(house, stage, pair)
    text = "Dear all,\r\n" + pair.new.bundle_pem.replace("\n", "\r\n> ")
    told = await certrelay("submit", play.id, "-", *SENDER, stdin=text.encode())
    assert told.code == DONE, told.words
    assert "The certificate is accepted." in told.out


async def test_a_faulty_certificate_is_returned_with_reasons(
    house: House, stage: Stage, certrelay: Line, tmp_path: Path
) -> None:
    """The old certificate handed over as the new one is returned: exit 1, the reasons, and step 2 stays open."""
    pair = same_names()
    play = await waiting(house, stage, pair)
    file = on_disk(tmp_path, pair.old.bundle_pem)
    told = await certrelay("submit", play.id, file, *SENDER, "--json")
    assert (told.code, told.json["refused"]) == (REFUSED, "CertificateReturned")
    assert told.json["sentence"].startswith("The certificate is returned to the sender administrator:")
    assert "certrelay submit RENEWAL" in told.err
    better = await certrelay("submit", play.id, on_disk(tmp_path, pair.new.bundle_pem), *SENDER)
    assert better.code == DONE


async def test_every_step_by_the_command_line(house: House, stage: Stage, certrelay: Line, tmp_path: Path) -> None:
    """The whole walk with new names: each step confirmed by its role; the last answer says that it is complete."""
    pair = new_names()
    await stage.flow("Orders", pair.old.facts)
    play = await waiting(house, stage, pair)
    await certrelay("submit", play.id, on_disk(tmp_path, pair.new.bundle_pem), *SENDER)
    await play.until(lambda case: case.facts_fresh)
    gate = await certrelay("confirm", "3", play.id, *TENANT)
    assert gate.code == REFUSED
    assert "--root-confirmed" in gate.err
    walk = (
        ("3", *TENANT, *VOUCHED), ("4a", *DEVELOPER), ("4b", *TENANT), ("5", *DEVELOPER), ("6", *TENANT),
        ("7", *SENDER), ("8", *SENDER), ("9a", *TENANT), ("9b", *TENANT), ("10", *DEVELOPER),
    )  # fmt: skip
    for step, *who in walk:
        told = await certrelay("confirm", step, play.id, *who)
        assert told.code == DONE, told.words
    assert "Next: The renewal is complete. Nobody is waited for." in told.err
    assert "Waited for: nobody." in told.err
    assert (await play.case()).closing is Closing.COMPLETED
    late = await certrelay("comment", play.id, "-m", "thanks", *SENDER, "--json")
    assert (late.code, late.json["refused"]) == (REFUSED, "RenewalEnded")


async def test_by_hand_is_checked_and_not_changed(house: House, stage: Stage, certrelay: Line) -> None:
    """`confirm 4b --by-hand` fails while the mapping is missing, and is done once a person added it."""
    pair = same_names()
    play = await handed_over(house, stage, pair)
    missing = await certrelay("confirm", "4b", play.id, "--by-hand", *TENANT, "--json")
    assert (missing.code, missing.json["refused"]) == (REFUSED, "WorkFailed")
    await stage.mapping("ERP", pair.new.facts)
    done = await certrelay("confirm", "4b", play.id, "--by-hand", *TENANT)
    assert done.code == DONE
    assert await stage.writes("CertificateUserMappings", "POST") == 0


async def test_options_that_do_not_fit_the_step_are_usage_errors(house: House, stage: Stage, certrelay: Line) -> None:
    """--by-hand at a step that is said, --root-confirmed at one that is done: exit 2, and nothing is sent."""
    play = await handed_over(house, stage, same_names())
    by_hand = await certrelay("confirm", "7", play.id, "--by-hand", *SENDER)
    root = await certrelay("confirm", "4b", play.id, *VOUCHED, *TENANT)
    assert (by_hand.code, root.code) == (USAGE, USAGE)
    assert "--by-hand does not go with this step" in by_hand.words
    assert "--root-confirmed does not go with this step" in root.words
    assert not (await play.case()).is_ordered("4b")


async def test_a_repeated_request_is_answered_and_not_done_twice(house: House, stage: Stage, certrelay: Line) -> None:
    """The same --request-id again: exit 0, the first answer, and one line on the record."""
    play = await handed_over(house, stage, same_names())
    comment = ("comment", play.id, "-m", "please hurry", "--request-id", "r-1", *SENDER, "--json")
    first, second = await certrelay(*comment), await certrelay(*comment)
    assert (first.code, second.code) == (DONE, DONE)
    assert first.json == second.json
    record = (await play.case()).record
    assert [entry.text for entry in record if entry.act == "comment"] == ["please hurry"]


async def test_return_opens_step_two_again(house: House, stage: Stage, certrelay: Line) -> None:
    """`return` needs the tenant administrator and a reason; then the sender administrator is waited for."""
    play = await handed_over(house, stage, same_names())
    assert (await certrelay("return", play.id, *TENANT)).code == USAGE
    told = await certrelay("return", play.id, "-m", "wrong CA", *TENANT)
    assert told.code == DONE
    assert "Waited for: sender administrator." in told.err
    assert f"certrelay submit {play.id} CERTIFICATE.pem" in told.err


async def test_withdraw_ends_the_renewal(house: House, stage: Stage, certrelay: Line) -> None:
    """`withdraw` takes back the mapping that was added, and the certificate can be renewed anew."""
    pair = same_names()
    play = await handed_over(house, stage, pair)
    await play.steps("4b")
    told = await certrelay("withdraw", play.id, "-m", "not this year", *TENANT)
    assert told.code == DONE
    case = await play.until(lambda case: case.closed)
    assert case.closing is Closing.WITHDRAWN
    async with stage.client() as client:
        assert [m.fingerprint for m in await client.user_mappings()] == [pair.old.facts.fingerprint]


async def test_withdraw_after_the_release_says_what_must_come_first(
    house: House, stage: Stage, certrelay: Line
) -> None:
    """Once the sender may present the new certificate, `withdraw` is refused and shows switch-back."""
    play = await handed_over(house, stage, same_names())
    await play.steps("4b", "6", "7")
    refused = await certrelay("withdraw", play.id, "-m", "fails", *TENANT, "--json")
    assert (refused.code, refused.json["refused"]) == (REFUSED, "WithdrawUnsafe")
    assert "certrelay switch-back" in refused.err
    back = await certrelay("switch-back", play.id, "-m", "handshake fails", *SENDER)
    assert back.code == DONE
    assert (await certrelay("withdraw", play.id, "-m", "fails", *TENANT)).code == DONE


async def test_switch_back_before_the_release_is_refused(house: House, stage: Stage, certrelay: Line) -> None:
    """There is nothing to switch back before step 6."""
    play = await handed_over(house, stage, same_names())
    told = await certrelay("switch-back", play.id, "-m", "?", *SENDER, "--json")
    assert (told.code, told.json["refused"]) == (REFUSED, "NotReleased")


async def test_delegate_names_a_further_person(house: House, stage: Stage, certrelay: Line) -> None:
    """With named people, a stranger is refused and told how; after `delegate` the stranger may act."""
    pair = same_names()
    await stage.mapping("ERP", pair.old.facts)
    play = await begin(house, stage, pair.old, people={Role.TENANT_ADMINISTRATOR: ("tina",)})
    await play.submit(pair.new)
    shown = await certrelay("show", play.id)
    assert f"certrelay confirm 4b {play.id} --as tenant:tina" in shown.out
    stranger = ("confirm", "4b", play.id, "--as", "tenant:theo")
    refused = await certrelay(*stranger)
    assert refused.code == REFUSED
    assert "tina can act, or delegate to theo" in refused.err
    assert (await certrelay("delegate", play.id, "--to", "theo", "-m", "leave", *TENANT)).code == DONE
    assert (await certrelay(*stranger)).code == DONE


async def test_override_wants_the_guard_and_the_typed_sender(house: House, stage: Stage, certrelay: Line) -> None:
    """A guard that stands can be lifted with the sender's name typed right; else it is refused with what can be."""
    pair = same_names()
    play = await handed_over(house, stage, pair)
    await play.steps("4b", "6")
    unknown = await certrelay("override", "Nonsense", play.id, "--sender", "erp", "-m", "x", *TENANT, "--json")
    assert (unknown.code, unknown.json["refused"]) == (REFUSED, "GuardUnknown")
    assert "WithdrawUnsafe" in unknown.json["sentence"]
    mistyped = await certrelay("override", "WithdrawUnsafe", play.id, "--sender", "crm", "-m", "x", *TENANT)
    assert mistyped.code == REFUSED
    lifted = await certrelay("override", "WithdrawUnsafe", play.id, "--sender", "erp", "-m", "agreed", *TENANT)
    assert lifted.code == DONE
    assert "OVERRIDDEN: WithdrawUnsafe" in (await certrelay("show", play.id)).out


async def test_who_acts_can_stand_in_the_environment(house: House, stage: Stage, certrelay: Line) -> None:
    """CERTRELAY_AS stands for --as; without either it is a usage error that names both."""
    play = await handed_over(house, stage, same_names())
    nobody = await certrelay("comment", play.id, "-m", "hello")
    assert nobody.code == USAGE
    assert "--as" in nobody.err
    told = await certrelay("comment", play.id, "-m", "hello", CERTRELAY_AS="developer:dan")
    assert told.code == DONE
    assert [(e.by, e.role) for e in (await play.case()).record if e.act == "comment"] == [
        ("dan", Role.INTEGRATION_DEVELOPER)
    ]


async def test_what_is_too_long_is_a_usage_error(house: House, stage: Stage, certrelay: Line) -> None:
    """A text beyond the limit, an empty name to delegate to: exit 2 with the option, and nothing is sent."""
    play = await handed_over(house, stage, same_names())
    long = await certrelay("comment", play.id, "-m", "x" * 4001, *SENDER)
    empty = await certrelay("delegate", play.id, "--to", "", *SENDER)
    named = await certrelay("comment", play.id, "-m", "x", "--as", "sender:" + "n" * 201)
    assert [t.code for t in (long, empty, named)] == [USAGE] * 3
    assert "the text: String should have at most 4000 characters" in long.words
    assert "--to:" in empty.words
    assert "the name in --as:" in named.words
    assert len((await play.case()).record) == len([e for e in (await play.case()).record if e.act != "comment"])


async def test_a_blank_reason_is_refused(house: House, stage: Stage, certrelay: Line) -> None:
    """A reason of blanks is none."""
    play = await handed_over(house, stage, same_names())
    told = await certrelay("return", play.id, "-m", "  ", *TENANT, "--json")
    assert (told.code, told.json["refused"]) == (REFUSED, "ReasonMissing")
