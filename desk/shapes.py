"""What each command prints with --json: stable names. The help, the reference and a test are made from this table."""

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Shape:
    """One object, a list of them, or one a line; `fields` are the names and what they hold."""

    form: str
    fields: Mapping[str, str]


ONE, LIST, LINES = "one object", "a list of objects", "one object a line"

_TIMES = "ISO 8601, UTC"

ANSWER = Shape(
    ONE,
    {
        "accepted": "true; a refusal is an object of its own: refused, sentence",
        "sentence": "what happened",
        "next": "what comes next, a sentence each",
        "waiting_for": "the roles that are waited for",
        "code": "empty",
        "repeated": "true when the renewal knew this request id already (after a restart of its history)",
        "later": "true when no worker answered: the act is stored and will be carried out",
    },
)

SENDER_ENTRY = {
    "registered": "tenant, sender, certificate (in use), people (names by role), lead_days",
    "past": "renewals that have ended: renewal, outcome, at, old_fingerprint, new_fingerprint",
}

SCHEDULE = Shape(
    ONE,
    {
        "cron": "when it looks",
        "time_zone": "of the cron expressions",
        "paused": "true while it does not look",
        "note": "why it is paused, or what it does",
        "next": f"the next times, {_TIMES}",
        "recent": "workflow ids of the last runs",
        "missed": "runs missed for longer than can be made good",
    },
)

SHAPES: dict[str, Shape] = {
    "request": Shape(
        ONE,
        {
            "key_file": "the file with the private key; the key itself is never printed",
            "request_file": "the file to send to the certificate authority",
            "key": "its kind, such as RSA 3072",
            "encrypted": "true where the key is encrypted with a passphrase",
            "public_key_sha256": "SHA-256 of the public key, to know the answer by",
            "subject": "the subject DN that is asked for, in Java form",
            "subject_change": "unchanged, spelling or changed beside --old; null without it",
            "alternative_names_copied": "true where alternative names of the old certificate are asked for",
            "usages": "the extended key usages that are asked for",
        },
    ),
    "inspect": Shape(
        ONE,
        {
            "verdict": "accept, reject or person",
            "findings": "code, severity (error, warning, note), certificate, message, remedy",
            "leaf": f"subject, issuer (in Java form), serial, sha256, not_before, not_after ({_TIMES}), key, "
            "signature, san, eku; null where nothing could be read",
            "chain": "role, subject, issuer, sha256, not_before, not_after, key, handed_over, listed; upwards",
            "names": "subject, issuer (unchanged, spelling or changed), differences (attribute, old, new, rdn), "
            "meaning; null without --old",
        },
    ),
    "plan": Shape(
        ONE,
        {
            "renewal": "its id; null where it was made from files",
            "headline": "the plan in one line",
            "needed": "ids of the steps that are needed",
            "keeps_invariant": "true where nobody is refused at any moment, at the places that were looked at",
            "whole": "true where every step is known and everything could be looked at",
            "needs_person": "true where a person must decide or look something up first",
            "steps": "id, role, need (needed, not needed, not known yet), why, expected, changes (sentence, change), "
            "remarks",
            "point_of_no_return": "steps (empty: none, or not known), why",
            "not_overlapped": "limit, where, channel, why, advice, gap (in words), exactly (seconds, or null), "
            "refused (old, new), source",
            "remarks": "code, sentence, source, decide (a person must decide or look it up)",
            "not_looked_at": "what, why",
            "foreseen": "while there is no new certificate: condition, needed, not_overlapped",
        },
    ),
    "start": Shape(ONE, {"renewal": "the id of the renewal"}),
    "rehearse": Shape(
        ONE,
        {
            "sender": "the sender that was put on the simulated tenant",
            "old": "the file of the certificate in use",
            "new": "the file of its successor with the chain",
            "send": "the command that runs the sender program; null where the tenant has no load balancer",
            "switch": "the command that switches the sender program to the new certificate; null as above",
        },
    ),
    "inbox": Shape(
        LIST,
        {
            "id": "the id of the renewal",
            "tenant": "its tenant",
            "sender": "its sender",
            "status": "running",
            "steps": "the steps that are open or under way",
            "waiting_for": "the roles that are waited for, or nobody",
            "health": "proved, expiring, not proved, failing, broken or expired",
            "expiry": f"the end of the old certificate, {_TIMES}",
            "started": f"when it was started, {_TIMES}",
            "commands": "the exact commands to act",
        },
    ),
    "inbox --as operator": Shape(
        LIST,
        {
            "id": "the id of the workflow",
            "type": "its type",
            "problems": "what is wrong",
            "advice": "what to do",
        },
    ),
    "show": Shape(
        ONE,
        {
            "renewal": "its id",
            "standing": "where it stands, in words",
            "waiting_for": "the roles that are waited for",
            "plan": "the headline of its plan",
            "seen": "the digest of the facts as they are shown here, for --seen",
            "acceptance": "what the last look at the tenant proves, and since when",
            "next": "what comes next, a sentence each",
            "commands": "the exact commands to act",
            "steps": "every step of the table: id, role, state (in words)",
            "may_present": "fingerprints of the certificates that the sender may present",
            "case": "the whole state: subject, people, verdict, facts, steps acted on, pending, record, …",
        },
    ),
    "watch": Shape(
        LINES,
        {
            "at": _TIMES,
            "by": "the person, or certrelay",
            "role": "as what; empty for certrelay",
            "act": "what was done",
            "outcome": "accepted, refused, done, failed, overridden, alarm or noted",
            "text": "in words",
            "step": "the step, if it is of one",
            "request_id": "the id of the request, if it had one",
            "facts": "a digest of the facts that it rests on",
        },
    ),
    **dict.fromkeys(
        ("submit", "confirm", "return", "withdraw", "switch-back", "comment", "delegate", "override"), ANSWER
    ),
    "steps": Shape(
        LIST,
        {
            "id": "number and letter",
            "role": "who",
            "kind": "said, given or done",
            "condition": "when it is needed",
            "act": "its message, or null",
            "what": "in words",
        },
    ),
    "sender add": Shape(ONE, SENDER_ENTRY),
    "sender list": Shape(LIST, SENDER_ENTRY),
    "sender show": Shape(ONE, SENDER_ENTRY),
    "schedule install": SCHEDULE,
    "schedule show": SCHEDULE,
    "schedule pause": SCHEDULE,
    "schedule run-now": Shape(
        ONE,
        {
            "registered": "how many registered senders were looked at",
            "mapped": "how many user mappings were looked at",
            "started": "ids of renewals that were started",
            "running_or_done": "ids of renewals that there were already",
            "unreadable": "what could not be looked at: what, why",
        },
    ),
    "schedule remove": Shape(ONE, {"removed": "true"}),
}

REFUSAL = Shape(ONE, {"refused": "the name of the rule", "sentence": "what happened, who must act, what to do"})


def words(shape: Shape) -> str:
    """The shape as lines for help and reference."""
    width = max(map(len, shape.fields))
    fields = (line for name, text in shape.fields.items() for line in _row(name.ljust(width), text))
    return "\n".join([f"With --json, {shape.form}:", *fields])


def _row(name: str, text: str) -> list[str]:
    beside = " " * (len(name) + 4)
    return textwrap.wrap(text, 98, initial_indent=f"  {name}  ", subsequent_indent=beside, break_on_hyphens=False)


def epilog(name: str) -> str | None:
    """The end of a command's help; None where the command prints no JSON of ours."""
    shapes = [(key, shape) for key, shape in SHAPES.items() if key == name or key.startswith(f"{name} --")]
    parts = [
        words(shape) if key == name else f"{key.removeprefix(name).strip()}: {words(shape)}" for key, shape in shapes
    ]
    return "\n\n".join(f"\b\n{part}" for part in parts) or None
