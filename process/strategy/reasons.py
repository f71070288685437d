"""Why a step is needed, what is known already of one that is not known yet, and what to mind when taking it."""

from collections.abc import Callable, Iterator

from process.open import is_known, is_needed, names_change, why_not_needed
from process.steps import Condition, Step
from process.strategy.changes import changes_of, is_stuck
from process.strategy.facts import PlanFacts
from process.strategy.keys import Way, ways
from process.strategy.shapes import Need


def need_of(step: Step, facts: PlanFacts) -> tuple[Need, str]:
    """Whether the step is needed, and why or why not, as `process.open` judges it."""
    case = facts.case
    if is_needed(step, case):
        return Need.NEEDED, _WHY[step.condition](facts)
    return Need.NOT_NEEDED if is_known(case) else Need.NOT_KNOWN, why_not_needed(step, case)


def _always(_: PlanFacts) -> str:
    return "every renewal has it"


def _for_names(facts: PlanFacts) -> str:
    if names_change(facts.case) and facts.channels:
        return f"the names change, and {_channels(facts)}"
    return "a certificate that was replaced left its names"


def _for_mapping(facts: PlanFacts) -> str:
    if not facts.mappings:
        return "a certificate that was replaced left its mapping"
    return f"{_holders(facts)}, and the new one is another certificate, whatever its names"


_WHY: dict[Condition, Callable[[PlanFacts], str]] = {
    Condition.ALWAYS: _always,
    Condition.NAMES: _for_names,
    Condition.MAPPING: _for_mapping,
}


def _channels(facts: PlanFacts) -> str:
    count = len(facts.channels)
    return "1 sender channel lists the old ones" if count == 1 else f"{count} sender channels list the old ones"


def _holders(facts: PlanFacts) -> str:
    held = dict.fromkeys(f"{mapping.kind} of {mapping.user}" for mapping in facts.mappings)
    return f"the {' and the '.join(held)} {'holds' if len(held) == 1 else 'hold'} the old certificate"


def expected(step: Step, facts: PlanFacts) -> str:
    """What is known already of a step that is not known yet; empty where it is known."""
    if need_of(step, facts)[0] is not Need.NOT_KNOWN:
        return ""
    return _expected_mapping(facts) if step.condition is Condition.MAPPING else _expected_names(facts)


def _expected_names(facts: PlanFacts) -> str:
    if facts.new is not None and not names_change(facts.case):
        return "the names stay, so that it drops out whatever the tenant holds"
    condition = "the names change" if facts.new is not None else "if the names change"
    if facts.tenant is None:
        return f"{condition}: needed where a sender channel lists the old ones"
    if not facts.channels:
        return "no sender channel that was looked at lists the old names"
    return f"{condition}: needed, since {_channels(facts)}"


def _expected_mapping(facts: PlanFacts) -> str:
    if facts.tenant is None:
        return "needed where a user mapping or service key holds the old certificate, whatever the names"
    if not facts.mappings:
        return "no user mapping or service key that was looked at holds the old certificate"
    return f"needed, since {_holders(facts)}, whatever the names"


def advice_for(step: Step, facts: PlanFacts) -> tuple[str, ...]:
    """What to mind when taking the step, full sentences."""
    return tuple(_ADVICE[step.id](facts)) if step.id in _ADVICE else ()


def _adding_rows(facts: PlanFacts) -> Iterator[str]:
    for channel in facts.channels:
        place = f"Channel {channel.channel} of flow {channel.flow_id}"
        if facts.lists_new(channel):
            yield f"{place} lists the new names already."
        elif is_stuck(channel, facts):
            yield f"{place} can take no second row; see what cannot be overlapped."
    if any(change.parameterised for change in changes_of("4a", facts)):
        yield "Where the old names are externalised parameters, a second row is a change of the flow's content."


_KEY_ADVICE = {
    Way.THERE: "The new certificate is with {} already.",
    Way.SAME_KEY: "Add nothing to {}, and remove nothing: its key compares names alone and takes the new one too.",
    Way.LOOK_UP: "Add nothing to {}, and remove nothing, before somebody has looked whether its key is pinned.",
    Way.CHOOSE: "Whether {} is the one that gets the new certificate must be decided first: only one may.",
    Way.TAKEN: "Add nothing to {} while the new certificate is held elsewhere.",
}


def _adding_mappings(facts: PlanFacts) -> Iterator[str]:
    yield from (_KEY_ADVICE[way].format(mapping.user) for mapping, way in ways(facts) if way in _KEY_ADVICE)


def _removing_mappings(facts: PlanFacts) -> Iterator[str]:
    held = (Way.SAME_KEY, Way.LOOK_UP, Way.TAKEN)
    yield from (_KEY_ADVICE[way].format(mapping.user) for mapping, way in ways(facts) if way in held)


def _switching(facts: PlanFacts) -> Iterator[str]:
    sender = facts.sender
    if sender.nodes is not None and sender.nodes > 1:
        yield f"{sender.nodes} nodes switch; until the last has, both certificates are presented."
    if sender.holds_two is None:
        yield "Whether the sender can hold both certificates at once is not known: ask before step 6."
    elif sender.holds_two:
        yield "The sender holds both certificates, so that it can go back by choosing the old one."
    else:
        yield "The sender holds one certificate: keep the old one with its key at hand until step 8, to go back to."


_ADVICE: dict[str, Callable[[PlanFacts], Iterator[str]]] = {
    "4a": _adding_rows,
    "4b": _adding_mappings,
    "7": _switching,
    "9b": _removing_mappings,
}
