"""The sentences that tell people where a renewal stands, written once for the Web UI, the command line and pages."""

from datetime import datetime
from shlex import quote

from process.case import Case, Closing, Outcome, Subject
from process.health import health, may_present, proof
from process.open import current_steps, is_known, is_needed, needs_decision, open_steps, walk, why_not_needed
from process.steps import BY_ID, STEPS, Condition, Kind, Role, Step

_SHORT = {
    Role.SENDER_ADMINISTRATOR: "sender",
    Role.TENANT_ADMINISTRATOR: "tenant",
    Role.INTEGRATION_DEVELOPER: "developer",
    Role.OPERATOR: "operator",
}


def short(role: Role) -> str:
    """The word for a role on the command line."""
    return _SHORT[role]


def role_of(word: str) -> Role | None:
    """The role that a command-line word means, its full name included."""
    return next((role for role, name in _SHORT.items() if word in (name, role.value)), None)


def command(step: Step, renewal: str) -> str:
    """The exact command with which a person acts on the step; capitals stand for what is theirs to fill in."""
    who, renewal = f"--as {short(step.role)}:NAME", quote(renewal)
    if step.kind is Kind.GIVEN:
        return f"certrelay submit {renewal} CERTIFICATE.pem {who}"
    return f"certrelay confirm {step.id} {renewal} {who}"


def standing(case: Case) -> str:
    """One line: where the renewal stands and who is waited for."""
    if case.closed:
        return f"{case.closing}"
    if case.closing is Closing.WITHDRAWING:
        return "withdrawing: certrelay takes back what was added"
    steps = open_steps(case)
    if steps:
        return "; ".join(f"step {s.id} waits for the {s.role.words}" for s in steps)
    return "certrelay is at work" if not case.troubles else "certrelay tries again: " + _troubles(case)


def _troubles(case: Case) -> str:
    return " ".join(dict.fromkeys(case.troubles.values()))


def next_words(case: Case) -> tuple[str, ...]:
    """What happens next and who is waited for, a sentence each."""
    if case.closing is not None:
        return (_CLOSING[case.closing],)
    steps = open_steps(case)
    working = tuple(f"certrelay carries out step {s.id}." for s in current_steps(case) if s not in steps)
    waits = tuple(f"Step {s.id} is open: the {s.role.words} {s.what}." for s in steps)
    alarms = tuple(f"Alarm: {text}" for text in dict.fromkeys(case.alarms.values()))
    failed = (text for text in dict.fromkeys(case.troubles.values()) if text not in case.alarms.values())
    return alarms + waits + working + tuple(f"Failed: {text}" for text in failed)


_CLOSING = {
    Closing.COMPLETED: "The renewal is complete. Nobody is waited for.",
    Closing.WITHDRAWN: "The renewal is withdrawn. The old certificate stays in use; nobody is waited for.",
    Closing.WITHDRAWING: "certrelay takes back all that was added. Nobody is waited for.",
}


def since(case: Case) -> datetime:
    """Since when the renewal stands where it is: the last line that moved it."""
    moved = (e.at for e in reversed(case.record) if e.outcome in (Outcome.ACCEPTED, Outcome.DONE, Outcome.FAILED))
    return next(moved, case.started_at)


def upcoming(case: Case) -> tuple[Step, ...]:
    """The steps after those that are open or under way, as far as is known."""
    current = current_steps(case)
    return tuple(s for s in walk(case) if not case.is_done(s.id) and s not in current and s.act)


def step_words(step: Step, case: Case) -> str:
    """How far a step is: done, under way, open, waiting, not needed."""
    state = case.steps.get(step.id)
    if state is not None:
        return f"done by {state.by} at {minute(state.at)}" if case.is_done(step.id) else "under way"
    if case.closing is Closing.WITHDRAWN:
        return "not done"
    if step.condition is not Condition.ALWAYS and not is_known(case):
        return f"only if {step.condition}"
    if not is_needed(step, case):
        return f"not needed: {why_not_needed(step, case)}"
    opened = open_steps(case)
    return "open" if step in opened or (step.act is None and BY_ID["2"] in opened) else "waiting"


def minute(at: datetime) -> str:
    """A time as people read it, to the minute, UTC."""
    return at.strftime("%Y-%m-%d %H:%M UTC")


def summary(subject: Subject) -> str:
    """The one line that the Temporal Web UI shows of a renewal."""
    return f"Renewal of the client certificate of {subject.sender} at {subject.tenant}"


def details(subject: Subject) -> str:
    """The fixed part of what the Temporal Web UI shows of a renewal, in Markdown."""
    old = subject.old
    rows = (
        ("Tenant", subject.tenant),
        ("Sender", subject.sender),
        ("Old certificate", f"`{old.fingerprint[:16]}` until {minute(old.not_after)}"),
        ("Subject", f"`{old.names.subject}`"),
        ("Issuer", f"`{old.names.issuer}`"),
    )
    return _two_columns("Renewal", "", rows)


def current_details(case: Case, renewal: str, now: datetime, plan: str = "") -> str:
    """The changing part, in Markdown: step, who is waited for, since when, what comes next, the command to act.

    `plan` is the headline of the plan, which `process.strategy` makes of these words and which is told here.
    """
    steps = open_steps(case)
    rows = [
        ("Renewal of", f"{case.subject.sender} at {case.subject.tenant}"),
        ("Stands at", standing(case)),
        *([("Plan", f"{plan} `certrelay plan {quote(renewal)}`")] if plan else []),
        ("Waited for", ", ".join(dict.fromkeys(s.role.words for s in steps)) or "nobody"),
        ("Since", minute(since(case))),
        *(("To act", f"`{command(s, renewal)}`") for s in steps),
        *_new_certificate(case),
        *(("Undecided", f"**{opinion}**") for opinion in undecided(case)),
        ("Comes next", ", ".join(f"{s.id} ({s.role.words})" for s in upcoming(case)) or "nothing"),
        ("Sender may present", ", ".join(f"`{c.fingerprint[:16]}`" for c in may_present(case))),
        ("Health", str(health(case, now))),
        ("Acceptance", proof(case)),
        *(("Overridden", f"**{guard}**") for guard in case.overrides),
        *(("Alarm", f"**{text}**") for text in dict.fromkeys(case.alarms.values())),
        *(("Failed", f"**{text}**") for text in dict.fromkeys(case.troubles.values())),
    ]
    return _two_columns("Now", "", tuple(rows))


def undecided(case: Case) -> tuple[str, ...]:
    """What speaks for and against a certificate on which a person must decide; empty where nobody must."""
    return case.verdict.opinions if needs_decision(case) and case.verdict is not None else ()


def _new_certificate(case: Case) -> tuple[tuple[str, str], ...]:
    new = case.new
    return () if new is None else (("New certificate", f"`{new.fingerprint[:16]}` until {minute(new.not_after)}"),)


def _two_columns(left: str, right: str, rows: tuple[tuple[str, str], ...]) -> str:
    lines = (f"| {name} | {_cell(value)} |" for name, value in rows)
    return f"| {left} | {right} |\n|---|---|\n" + "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def progress(case: Case) -> tuple[tuple[Step, str], ...]:
    """Every step of the table with how far it is."""
    return tuple((step, step_words(step, case)) for step in STEPS)
