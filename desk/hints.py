"""What a person at the command line types next: the exact commands, with names where they are known.

Sentences about the process itself are made in `process.words` and `process.refusals`; here is only their typing.
"""

from collections.abc import Iterable
from shlex import quote

from process.acts import ACTS, rests_on_facts
from process.case import Case
from process.open import is_gate, needs_decision, open_steps, root_is_vouched
from process.shown import digest
from process.steps import Role
from process.words import command, short

REFUSED: dict[str, str] = {
    "RootNotConfirmed": "say how with: --root-confirmed 'HOW IT WAS CONFIRMED'",
    "CertificateUndecided": "say why it is taken with: --decided 'WHY', or certrelay return RENEWAL --reason 'WHY'",
    "FactsChanged": "certrelay show RENEWAL shows what is so now, and the command to decide on that.",
    "PinningUnknown": "say what the cockpit shows with: --pinned or --not-pinned",
    "WouldRefuse": "certrelay plan RENEWAL says what comes first and what cannot be overlapped.",
    "NotLookedAt": "certrelay override NotLookedAt RENEWAL --sender SENDER --reason 'WHY' --as tenant:NAME",
    "WithdrawUnsafe": "certrelay switch-back RENEWAL --reason 'WHY' --as sender:NAME",
    "CertificateReturned": "certrelay submit RENEWAL CERTIFICATE.pem --as sender:NAME",
    "SenderNotTyped": "say it with: --sender NAME",
    "StepNotOpen": "certrelay show RENEWAL says what is open.",
    "NotNamed": "certrelay delegate RENEWAL --to NAME --as ROLE:NAMED-PERSON",
    "WorkFailed": "certrelay show RENEWAL says what is open; the step can be done again once the fault is mended.",
}
"""What to type after a refusal, by its code; capitals stand for what is the person's to fill in."""


def typed(line: str, role: Role, name: str) -> str:
    """The command with the name in the place of NAME, where it is for that role."""
    return line.replace(f"--as {short(role)}:NAME", f"--as {short(role)}:{quote(name)}")


def typed_by(lines: Iterable[str], role: Role, name: str) -> tuple[str, ...]:
    """The commands with the name where they are for that role, the others as they are."""
    return tuple(typed(line, role, name) for line in lines)


def commands(case: Case, renewal: str) -> tuple[str, ...]:
    """The exact command for each step that is open; the person named first in the renewal stands in it."""
    return tuple(_command(case, renewal))


def _command(case: Case, renewal: str) -> Iterable[str]:
    for step in open_steps(case):
        people = case.people.get(step.role, ())
        line = command(step, renewal)
        if is_gate(step, case) and not root_is_vouched(case):
            line += " --root-confirmed 'HOW IT WAS CONFIRMED'"
        if is_gate(step, case) and needs_decision(case):
            line += " --decided 'WHY IT IS TAKEN'"
        if step.act and rests_on_facts(ACTS[step.act]):
            line += f" --seen {digest(case)}"
        yield typed(line, step.role, people[0]) if people else line
