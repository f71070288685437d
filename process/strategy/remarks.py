"""What to know before a renewal begins, and what a person must look up or decide: one rule a function.

Nothing here is a place that cannot be overlapped; those are `limits`.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from process.facts import Environment, RootTrust
from process.health import EXPIRING_WITHIN
from process.names import NameChange
from process.open import names_change, needs_decision, root_gate, root_is_vouched
from process.strategy.changes import changes_of
from process.strategy.facts import PlanFacts
from process.strategy.shapes import Remark
from process.words import minute

Remarks = Iterator[Remark]

_NEO_ENDS = datetime(2028, 12, 31, tzinfo=UTC)
"""SAP page 92f2da1."""


def _not_looked(facts: PlanFacts, _: datetime) -> Remarks:
    if facts.tenant is None:
        yield Remark(
            "tenant-not-looked-at",
            "The tenant was not looked at. Which steps depend on it is said with each; somebody must look which "
            "channels list the old names, and which user mapping or service key holds the old certificate.",
            decide=True,
        )


def _nothing_found(facts: PlanFacts, _: datetime) -> Remarks:
    if facts.tenant is not None and not facts.channels and not facts.mappings:
        yield Remark(
            "nothing-found",
            "Nothing that was looked at on this tenant knows the old certificate. Make sure that the sender calls "
            "this tenant with this certificate before you rely on the plan.",
            decide=True,
        )


def _root(facts: PlanFacts, _: datetime) -> Remarks:
    if facts.new is None or root_is_vouched(facts.case):
        return
    gate = root_gate(facts.case).id
    ask = f"the tenant administrator says in step {gate} how it was confirmed (SAP Note 2801396)"
    if facts.root is RootTrust.NOT_LISTED:
        said = f"The root of the new certificate is not on the operator's list of load balancer roots: {ask}, or the "
        said += "sender administrator asks for a certificate under a root that is listed. Without it no call arrives."
        yield Remark("root-not-listed", said, "SAP page 4509f60", decide=True)
    else:
        said = f"Whether the load balancer trusts the root of the new certificate is not known here: {ask}."
        yield Remark("root-unknown", said, "SAP page 4509f60")


def _undecided(facts: PlanFacts, _: datetime) -> Remarks:
    if needs_decision(facts.case):
        said = "Whether SAP accepts the new certificate is not certain; the tenant administrator must decide it."
        yield Remark("certificate-undecided", said, decide=True)


def _names(facts: PlanFacts, _: datetime) -> Remarks:
    if facts.change is NameChange.SPELLING:
        said = "The names differ in spelling alone. How SAP compares them is not documented, so that they count as "
        yield Remark("names-respelled", said + "changed: the new pair is listed as it is spelled.", "KBA 3538749")
    elif facts.new and facts.change is NameChange.CHANGED and facts.old.names.subject == facts.new.names.subject:
        said = "The subject stays and the issuer changes. Channels list both, so that this is a change of names."
        yield Remark("issuer-changes", said, "KBA 3538749")


def _drafts(facts: PlanFacts, _: datetime) -> Remarks:
    touched = {change.where for step in ("4a", "10") for change in changes_of(step, facts)}
    for flow in facts.drafts:
        if flow in touched or facts.new is None:
            said = f"Flow {flow} has changes that somebody did not save as a version; a redeploy would publish them. "
            said += "The integration developer must save them as a version or discard them before step 4a."
            yield Remark("draft", said, decide=True)


def _not_deployed(facts: PlanFacts, _: datetime) -> Remarks:
    for flow in facts.not_deployed:
        said = (
            f"Flow {flow} lists the old names but is not deployed: it accepts nobody, and is left as it is. Whoever "
        )
        yield Remark("not-deployed", said + "deploys it later must put the names in order first.")


def _redeploys(facts: PlanFacts, _: datetime) -> Remarks:
    steps = ("4a", "7", "10")
    flows = dict.fromkeys(change.where for step in steps for change in changes_of(step, facts))
    if flows and names_change(facts.case):
        said = (
            f"Each redeploy interrupts its flow for a moment, for every sender: {', '.join(flows)}. Choose a quiet "
        )
        yield Remark("redeploy", said + "hour for it.", "SAP page 778c7e7")


def _all_mappings(facts: PlanFacts, _: datetime) -> Remarks:
    if facts.mappings and facts.tenant and facts.tenant.environment is Environment.NEO:
        said = "All user mappings of a Neo tenant are one artifact: list them before step 4b and compare afterwards."
        yield Remark("one-artifact", said, "SAP page f4b7126")


def _neo_ends(facts: PlanFacts, _: datetime) -> Remarks:
    on_neo = facts.mappings and facts.tenant is not None and facts.tenant.environment is Environment.NEO
    if on_neo and facts.new and facts.new.not_after > _NEO_ENDS:
        said = "Neo ends on 31 December 2028, before the new certificate does: the sender will move within its life."
        yield Remark("neo-ends", said, "SAP page 92f2da1")


def _time_left(facts: PlanFacts, now: datetime) -> Remarks:
    left = facts.old.not_after - now
    if 0 < left.total_seconds() <= EXPIRING_WITHIN.total_seconds():
        said = f"The old certificate ends at {minute(facts.old.not_after)}, in less than {left.days + 1} days: the "
        yield Remark("time-is-short", said + "sender must have switched by then.")


def _window(facts: PlanFacts, now: datetime) -> Remarks:
    new = facts.new
    if new and new.not_before > now:
        said = f"The new certificate begins at {minute(new.not_before)}; step 6 must not be taken before."
        yield Remark("not-valid-yet", said, "RFC 5280 section 4.1.2.5")
    if new and new.not_after <= facts.old.not_after:
        said = f"The new certificate ends at {minute(new.not_after)}, not later than the old one."
        yield Remark("ends-early", said, decide=True)


def _old_stays(facts: PlanFacts, _: datetime) -> Remarks:
    fixed = [c.flow_id for c in facts.channels if facts.is_configure_only(c) and facts.lists_new(c)]
    if names_change(facts.case) and fixed:
        said = f"Flow {', '.join(dict.fromkeys(fixed))} lists the new names already and can only be configured: the "
        yield Remark("old-row-stays", said + "old names must be taken out by hand, under Configure or by its owner.")


REMARKS: tuple[Callable[[PlanFacts, datetime], Remarks], ...] = (
    _not_looked, _nothing_found, _undecided, _root, _names, _drafts, _not_deployed, _time_left, _window, _redeploys,
    _old_stays, _all_mappings, _neo_ends,
)  # fmt: skip
"""Every rule, in the order in which people read them."""


def remarks(facts: PlanFacts, now: datetime) -> tuple[Remark, ...]:
    """Everything to know, look up or decide."""
    return tuple(found for rule in REMARKS for found in rule(facts, now))
