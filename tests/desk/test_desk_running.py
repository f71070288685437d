"""Who acts, and how refusals become exit codes."""

import json
from collections.abc import Awaitable, Callable

import click
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from temporalio.service import RPCError, RPCStatusCode

from desk import hints
from desk.ending import INTERRUPTED, REFUSED, UNREACHABLE, json_option
from desk.output import Output
from desk.refusals import ActRefused, NoSchedule, NotReachable
from desk.running import Person, PersonType, command
from process import refusals
from process.steps import Role
from process.words import short


def person(text: str) -> Person:
    """The person whom the text means."""
    return PersonType().convert(text, None, None)


@pytest.mark.parametrize("role", Role)
def test_a_role_by_its_word_and_by_its_full_name(role: Role) -> None:
    """tenant:tina and tenant-administrator:tina are the same person."""
    assert person(f"{short(role)}:tina") == person(f"{role.value}:tina") == Person("tina", role)


@settings(max_examples=50)
@given(st.text(min_size=1), st.sampled_from(Role))
def test_everything_after_the_first_colon_is_the_name(name: str, role: Role) -> None:
    """Names may hold colons, blanks and anything else."""
    assert person(f"{short(role)}:{name}") == Person(name, role)


def test_without_name_it_is_the_systems_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name is who is signed in on the machine; patched because the machine's user is not the test's to choose."""
    monkeypatch.setenv("LOGNAME", "maria")
    assert person("tenant") == person("tenant:") == Person("maria", Role.TENANT_ADMINISTRATOR)


def test_a_person_stays_one() -> None:
    """A default that is a person already passes."""
    eve = Person("eve", Role.OPERATOR)
    assert PersonType().convert(eve, None, None) is eve


@pytest.mark.parametrize("word", ["", "boss", ":tina", "Tenant", "tenant administrator"])
def test_what_is_no_role_names_the_roles(word: str) -> None:
    """A usage error with the words that can stand there."""
    with pytest.raises(click.UsageError) as caught:
        person(word)
    assert "sender, tenant, developer, operator" in caught.value.message


def a_command(doing: Callable[[Output], Awaitable[None]]) -> click.Command:
    """A command that does just this."""

    @click.command()
    @json_option
    @command
    async def run(output: Output) -> None:
        await doing(output)

    return run


RAISED: list[tuple[BaseException, int, str]] = [
    (NoSchedule(), REFUSED, "NoSchedule"),
    (ActRefused("StepNotOpen", "Step 6 is not open yet."), REFUSED, "StepNotOpen"),
    (NotReachable("Temporal"), UNREACHABLE, "NotReachable"),
    (RPCError("lost", RPCStatusCode.UNAVAILABLE, b""), UNREACHABLE, "NotReachable"),
    (RPCError("late", RPCStatusCode.DEADLINE_EXCEEDED, b""), UNREACHABLE, "NotReachable"),
    (RPCError("no such thing", RPCStatusCode.INVALID_ARGUMENT, b""), REFUSED, "TemporalRefused"),
    (RPCError("not for you", RPCStatusCode.PERMISSION_DENIED, b""), REFUSED, "TemporalRefused"),
]


@pytest.mark.parametrize(("error", "code", "rule"), RAISED, ids=lambda value: str(value)[:20])
def test_refusals_become_sentence_and_code(error: BaseException, code: int, rule: str) -> None:
    """As text the sentence on stderr alone; as JSON an object on stdout, and the sentence on stderr too."""

    async def fail(output: Output) -> None:
        raise error

    plain = CliRunner().invoke(a_command(fail), [])
    told = CliRunner().invoke(a_command(fail), ["--json"])
    assert (plain.exit_code, told.exit_code) == (code, code)
    assert plain.stdout == ""
    answer = json.loads(told.stdout)
    assert set(answer) == {"refused", "sentence"}
    assert answer["refused"] == rule
    assert told.stderr.startswith(answer["sentence"])


def test_control_c_is_no_trace() -> None:
    """Ctrl-C ends a command with 130, as shells know it."""

    async def interrupted(output: Output) -> None:
        raise KeyboardInterrupt

    assert CliRunner().invoke(a_command(interrupted), []).exit_code == INTERRUPTED


def test_a_fault_of_ours_stays_visible() -> None:
    """What is neither refusal nor silence is a fault, and is not dressed as one of them."""

    async def broken(output: Output) -> None:
        raise ZeroDivisionError

    assert isinstance(CliRunner().invoke(a_command(broken), []).exception, ZeroDivisionError)


def test_hints_are_for_rules_that_there_are() -> None:
    """Every hint belongs to a refusal of the process, or to the desk's own word for failed work."""
    for code in hints.REFUSED:
        assert code == "WorkFailed" or issubclass(getattr(refusals, code), refusals.Refusal)


def test_a_name_with_blanks_is_quoted_for_the_shell() -> None:
    """What is printed can be pasted; the commands of other roles keep their NAME."""
    lines = ("certrelay confirm 6 r --as tenant:NAME", "certrelay confirm 7 r --as sender:NAME")
    named = hints.typed_by(lines, Role.TENANT_ADMINISTRATOR, "Tina T")
    assert named == ("certrelay confirm 6 r --as tenant:'Tina T'", lines[1])
