"""What is needed, what is open and who is waited for: readings of a case, nothing changes here."""

from process.case import Case, EffectKind
from process.facts import RootTrust
from process.steps import BY_ID, STEPS, Condition, Role, Step

_CLEAN_UP = 9
"""From this number on, steps also clean up what a replaced certificate left."""


def names_change(case: Case) -> bool:
    """True unless subject and issuer of old and new are the same strings (only identical means unchanged)."""
    return case.new is not None and case.old.names != case.new.names


def _names_listed(step: Step, case: Case) -> bool:
    if step.number >= _CLEAN_UP and case.left_names():
        return True
    return names_change(case) and case.facts is not None and bool(case.facts.channels)


def _left_mappings(case: Case) -> bool:
    new = case.new.fingerprint if case.new else ""
    mappings = (a for a in case.added if a.kind is EffectKind.ADD_USER_MAPPING)
    return any(added.certificate.fingerprint != new for added in mappings)


def _mapping_holds(step: Step, case: Case) -> bool:
    if step.number >= _CLEAN_UP and _left_mappings(case):
        return True
    return case.facts is not None and bool(case.facts.mappings)


def is_known(case: Case) -> bool:
    """True when the facts for the accepted certificate are read, so that the steps needed are known."""
    return case.new is not None and case.facts_fresh


def is_needed(step: Step, case: Case) -> bool:
    """Whether the step belongs to this renewal, as far as is known; unknown counts as not yet needed."""
    if step.condition is Condition.ALWAYS:
        return True
    if not is_known(case):
        return False
    return _names_listed(step, case) if step.condition is Condition.NAMES else _mapping_holds(step, case)


def why_not_needed(step: Step, case: Case) -> str:
    """The reason that a conditional step drops out; empty where it is needed."""
    if is_needed(step, case):
        return ""
    if not is_known(case):
        return "it is not known before a certificate is accepted and the tenant is read"
    if step.condition is Condition.MAPPING:
        return "no user mapping on the tenant holds the old certificate"
    if not names_change(case):
        return "subject and issuer of the new certificate are those of the old one"
    return "no sender channel that was looked at lists the old names"


def walk(case: Case) -> tuple[Step, ...]:
    """The steps of this renewal in order, as far as is known."""
    return tuple(step for step in STEPS if is_needed(step, case))


def before(step: Step, case: Case) -> tuple[Step, ...]:
    """The steps that must be done before this one and are not."""
    return tuple(s for s in walk(case) if s.number < step.number and not case.is_done(s.id))


def open_steps(case: Case) -> tuple[Step, ...]:
    """The steps that a person can act on now; step 1 goes with step 2."""
    if case.closing is not None:
        return ()
    if not is_known(case):
        return () if case.is_ordered("2") else (BY_ID["2"],)
    return tuple(step for step in walk(case) if step.act and step.id not in case.steps and not before(step, case))


def current_steps(case: Case) -> tuple[Step, ...]:
    """The steps that the renewal stands at: open, or ordered and under way."""
    ordered = tuple(step for step in STEPS if case.is_ordered(step.id))
    return tuple(sorted({*open_steps(case), *ordered}, key=STEPS.index))


def waiting_for(case: Case) -> tuple[Role, ...]:
    """The roles whose act is waited for, in the order of the steps."""
    return tuple(dict.fromkeys(step.role for step in open_steps(case)))


def may_replace(case: Case) -> bool:
    """True while another certificate may still be handed over: until the switch is confirmed (step 8)."""
    return case.new is not None and case.closing is None and not case.is_done("8") and not case.removed_old


def root_is_vouched(case: Case) -> bool:
    """True when the root is on the operator's list, or a person confirmed it (help page 2d3cae7, step 3)."""
    listed = case.verdict is not None and case.verdict.root is RootTrust.LISTED
    return listed or bool(case.root_confirmed)


def needs_decision(case: Case) -> bool:
    """True where neither yes nor no is certain for the new certificate, and nobody decided yet."""
    return case.verdict is not None and case.verdict.needs_person and not case.decided


def is_gate(step: Step, case: Case) -> bool:
    """True for the steps at which root and certificate must be vouched for; 6 may be days after 3."""
    return step.id == "6" or step == root_gate(case)


def root_gate(case: Case) -> Step:
    """The step at which root and certificate are vouched for first: 3, or 6 where 3 is not needed."""
    return BY_ID["3"] if is_needed(BY_ID["3"], case) else BY_ID["6"]


def unreadable(case: Case) -> tuple[str, ...]:
    """What could not be looked at on the tenant, each with the reason."""
    parts = case.facts.unreadable if case.facts else ()
    return tuple(f"{part.what} ({part.why})" for part in parts)
