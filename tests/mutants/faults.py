"""The list of single faults: what is wrong, where, the text that stands there once, the wrong one, who finds it."""

# ruff: noqa: E501 - a text to be replaced stays on one line, so that it can be found

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One fault: `right` occurs exactly once in the file, and `wrong` takes its place; `tests` are of the process."""

    name: str
    file: str
    right: str
    wrong: str
    tests: tuple[str, ...]


def _fault(name: str, file: str, right: str, wrong: str, *tests: str) -> Fault:
    paths = tuple(f"tests/process/test_process_{test}.py" for test in tests)
    return Fault(name, f"process/{file}.py", right, wrong, paths)


FAULTS = (
    # The table and the order of steps
    _fault("the old names go before the new ones come", "steps", 'Step("4a", _DEVELOPER', 'Step("10a", _DEVELOPER',
           "steps", "walks"),
    _fault("steps need not wait for earlier ones", "open", "s.number < step.number and not case", "False and not case",
           "check"),
    _fault("mappings are removed before the switch is confirmed", "open",
           "s.number < step.number and not case", "s.number < min(step.number, 8) and not case", "walks"),
    # Guards of `check`
    _fault("the guard is dropped", "check", "    if found:\n        raise no.WouldRefuse", "    if False:\n        raise"
           " no.WouldRefuse", "check"),
    _fault("an override of one guard lifts the other", "check", 'else {"WouldRefuse"}', 'else {"NotLookedAt", "WouldRefuse"}',
           "check"),
    _fault("an act on old facts passes", "check", "request.seen and request.seen != now and", "False and", "check"),
    _fault("unknown pinning passes", "check", 'step.id in ("4b", "9b") and (users', 'step.id in () and (users', "check"),
    _fault("an unreadable part passes", "check", 'if step.id == "6" and parts and', 'if step.id == "3" and parts and',
           "check"),
    _fault("the root is not asked for", "check", "is_gate(step, case) and not root_is_vouched(case)", "False", "check"),
    _fault("a released renewal is withdrawn", "check", "if unsafe and", "if False and", "check"),
    _fault("switching back after a removal", "check", "    if case.removed_old:\n        raise no.TooLateToSwitchBack",
           "    if False:\n        raise no.TooLateToSwitchBack", "check"),
    _fault("withdrawing after a removal", "check", "    if case.removed_old:\n        raise no.TooLateToWithdraw",
           "    if False:\n        raise no.TooLateToWithdraw", "check"),
    _fault("another certificate after the switch", "check",
           "def _check_submission(case: Case, request: Request) -> None:\n    if case.is_done(\"8\") or case.removed_old:",
           "def _check_submission(case: Case, request: Request) -> None:\n    if False:", "check"),
    # What the guard asks
    _fault("the guard knows no release", "guard", 'if step.id == "6" else ()', 'if step.id == "5" else ()', "guard"),
    _fault("the guard knows no removal", "guard", "if step.kind is Kind.DONE:", "if step.kind is Kind.GIVEN:", "guard"),
    _fault("the guard knows no withdrawal", "guard", "if act == WITHDRAWAL:", "if act == '':", "guard"),
    _fault("an alarm holds nothing back", "guard", "    if alarms:\n", "    if False:\n", "guard", "looking"),
    _fault("an unread part does not hold back step 6", "guard", 'unreadable(case) if step == "6" and',
           'unreadable(case) if step == "7" and', "guard"),
    # The model
    _fault("nothing is asked of the time during a change", "acceptance/invariant",
           "mixed = during(before.state, then.state)", "mixed = then.state", "acceptance_invariant"),
    _fault("unknown counts as accepted", "acceptance/shapes", "return self.objection is None",
           "return self.answer is not Answer.REFUSED", "acceptance_gates", "acceptance_invariant", "looking"),
    _fault("one comparison is enough", "acceptance/comparing", "if yes and not no:", "if yes:",
           "acceptance_comparing", "acceptance_gates"),
    _fault("a flow that does not run is taken to run", "acceptance/state", "if flow in seen.not_running:", "if False:",
           "acceptance_state", "looking"),
    _fault("a missing channel counts as it was", "acceptance/state",
           "    return replace(known, nodes=(_missing(known.place.flow, seen),))", "    return known", "looking"),
    _fault("the new certificate may not be presented after 6", "acceptance/presented",
           "return (case.old, *case.released)", "return (case.old,)", "acceptance_presented"),
    _fault("the old one may not be presented after 6", "acceptance/presented", "return (case.old, *case.released)",
           "return case.released or (case.old,)", "acceptance_presented"),
    _fault("the old one may be presented after 8", "acceptance/presented", 'if case.is_done("8") and case.new',
           'if case.is_done("9") and case.new', "acceptance_presented"),
    # What is due
    _fault("no look before step 6", "due", 'LOOKED_BEFORE = ("5", "6",', 'LOOKED_BEFORE = ("5",', "looking"),
    _fault("no look before step 9b", "due", '"9a", "9b", "10")\n', '"9a", "10")\n', "looking"),
    _fault("no look before step 10", "due", '"9a", "9b", "10")\n', '"9a", "9b")\n', "looking"),
    _fault("work does not wait for its look", "due", "            break  # what", "            continue  # what", "due"),
    _fault("a look in the middle of a change", "due",
           "return EffectKind.LOOK in kinds and bool(kinds & _CHANGES)", "return False", "due"),
    _fault("no look after a change of ours", "due", "return case.looked_at if case.touched else", "return", "looking"),
    _fault("a key that compares names gets another beside it", "due", "lambda way: way is not Way.SAME_KEY",
           "lambda way: True", "check"),
    _fault("two changes in one place", "due", "_place(effect) not in busy and room", "room", "due"),
    _fault("old names of the flows are left", "due", "return old + tuple(Effect(kind, a.where, \"10\"",
           "return tuple(Effect(kind, a.where, \"10\"", "due", "walks"),
    # What a look finds
    _fault("a lost key with other names is not missed", "looking", "way_of(mapping, plan_facts(case)) is Way.SAME_KEY",
           "mapping.pinned is False", "looking"),
    _fault("lost names raise no alarm", "looking", "and not _lists_new(seen, flow, case):", "and False:", "looking"),
    _fault("a lost mapping raises no alarm", "looking", "if asked and not _holds_new", "if False and not _holds_new",
           "looking"),
    _fault("old names that are back raise no alarm", "looking", 'if case.is_done("10") or case', "if False and case",
           "looking"),
    _fault("an old mapping that is back raises no alarm", "looking", 'if case.is_done("9b") or case', "if False and case",
           "looking"),
    _fault("what is refused raises no alarm", "looking", "*_come_back(case), *_refused(case))",
           "*_come_back(case))", "looking"),
    _fault("one channel of a flow is enough", "looking", "all(_lists(channel, new.names)", "any(_lists(channel, new.names)",
           "looking"),
    _fault("an alarm ends before it is mended", "looking", "return over or place in case.alarms", "return over",
           "looking"),
    _fault("an alarm opens no step", "looking", "        case = _reopened(case, step)\n", "        pass\n", "looking"),
    _fault("what the step itself mends holds it back", "looking", "return not drift.mended_by or", "return True or",
           "looking"),
    _fault("a deploy of others is not noted", "looking", "known[flow] != channel.deployed_on and", "False and", "looking"),
    _fault("a failed look proves", "looking", "not_proved_since=case.not_proved_since or case.looked_at or now,", "",
           "looking"),
    _fault("a step goes on after a failed look", "looking",
           "    return _taken_back(case, effect.step) if effect.step else case\n", "    return case\n", "looking"),
    _fault("an unreadable part proves", "looking", "    return case.not_proved_since or now\n\n", "    return None\n\n",
           "looking"),
    # What follows
    _fault("a renewal ends beside an alarm", "settle", "or case.touched or case.alarms:", "or case.touched:", "settle"),
    _fault("a renewal ends without a last look", "settle", "or case.touched or case.alarms:", "or case.alarms:",
           "settle"),
    _fault("step 6 releases nothing", "said", 'if step == "6":', 'if step == "5":', "said"),
    _fault("a reading forgets what was lost", "outcomes", "facts = facts, _kept(case.facts, _less_ours(case, effect, facts))",
           "facts = facts, _less_ours(case, effect, facts)", "looking"),
    _fault("a failed addition is forgotten", "outcomes", "_remember(case, effect) if effect.kind in _ADDS else case",
           "case", "outcomes"),
    _fault("an alarm is no bad health", "health", "    if case.alarms:\n        return Health.BROKEN\n", "",
           "health", "looking"),
    _fault("not looked at is proved", "health", "case.not_proved_since is not None or case.looked_at is None", "False",
           "health", "looking"),
)  # fmt: skip
