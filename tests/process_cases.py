"""Makers for tests of decisions: certificates, facts, requests, and one renewal played without a server.

Everything is pure: time is an argument, the tenant's answers are given. No test lives here.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from process import looking, outcomes
from process.acts import ACTS, Request
from process.case import Case, Effect, EffectKind, Subject
from process.check import check
from process.due import due
from process.facts import (
    CertificateFacts,
    ChannelFacts,
    Finding,
    MappingFacts,
    MappingKind,
    NamePair,
    RootTrust,
    Severity,
    TenantFacts,
    Unreadable,
    Verdict,
)
from process.open import open_steps
from process.steps import BY_ID, Role
from process.write import write

T0 = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
SENDER = "ERP of Acme"
OLD_NAMES = NamePair("CN=erp.acme.example, O=Acme, C=DE", "CN=Issuing CA 1, O=Trust, C=DE")
OLD_RESPELLED = NamePair("CN=ERP.acme.example, O=Acme, C=DE", OLD_NAMES.issuer)
OTHER_NAMES = NamePair("CN=erp2.acme.example, O=Acme, C=DE", "CN=Issuing CA 2, O=Trust, C=DE")
THIRD_NAMES = NamePair("CN=erp3.acme.example, O=Acme, C=DE", OLD_NAMES.issuer)
FAULT = Finding("expired", Severity.ERROR, "The certificate has expired.", "Ask the CA for a valid one.")

_ids = count()


def certificate(label: str, names: NamePair = OLD_NAMES, days: int = 365) -> CertificateFacts:
    """A certificate that is told apart from others by its label."""
    fingerprint = hashlib.sha256(label.encode()).hexdigest()
    return CertificateFacts(fingerprint, names, "01", T0, T0 + timedelta(days=days), f"PEM of {label}")


OLD = certificate("old", days=40)
NEW = certificate("new", OTHER_NAMES)


def facts(
    flows: tuple[str, ...] = (), users: tuple[str, ...] = (), unreadable: tuple[str, ...] = (), **more: Any
) -> TenantFacts:
    """What a tenant holds: a channel in each flow and a mapping for each user that know the old certificate."""
    return TenantFacts(
        read_at=T0,
        channels=tuple(ChannelFacts("P", flow, "HTTPS", f"/{flow}", OLD.names, (OLD.names,)) for flow in flows),
        mappings=more.pop("mappings", ())
        + tuple(MappingFacts(f"id of {user}", user, OLD.fingerprint, OLD.not_after) for user in users),
        unreadable=tuple(Unreadable(what, "it is locked") for what in unreadable),
        **more,
    )


def new_case(**more: Any) -> Case:
    """A renewal that has just begun."""
    return Case(subject=Subject("acme-prod", SENDER, OLD), started_at=T0, **more)


def accepted(new: CertificateFacts = NEW, root: RootTrust = RootTrust.LISTED) -> Verdict:
    """A judgement without faults."""
    return Verdict(new, (), root)


def doubtful(new: CertificateFacts = NEW) -> Verdict:
    """A judgement on which neither yes nor no is certain."""
    return Verdict(new, (), RootTrust.LISTED, needs_person=True, opinions=("One says yes.", "One says no."))


def faulty(new: CertificateFacts | None = NEW) -> Verdict:
    """A judgement with a fault that returns the certificate."""
    return Verdict(new, (FAULT,))


def request(act: str, **content: Any) -> Request:
    """The act as somebody of the right role sends it, complete."""
    right = {
        "sender_submits_certificate": {"certificate": "PEM"},
        "return_certificate": {"text": "wrong system"},
        "withdraw": {"text": "not wanted any more"},
        "switch_back": {"text": "it fails at the sender"},
        "comment": {"text": "a remark"},
        "delegate": {"to": "Ruth"},
        "override": {"text": "looked at by hand", "sender": SENDER},
    }
    said: dict[str, Any] = {"request_id": f"request {next(_ids)}", "by": "Ada", "role": ACTS[act].roles[0]}
    return Request(act=act, **{**said, **right.get(act, {}), **content})


def after(facts: TenantFacts, effect: Effect) -> TenantFacts:
    """What the tenant holds once an effect was carried out there."""
    old, new = effect.old, effect.new
    assert old is not None
    assert new is not None
    if effect.kind is EffectKind.ADD_NAMES:
        return _with_rows(facts, effect.where, lambda rows: tuple(dict.fromkeys((*rows, new.names))))
    if effect.kind is EffectKind.REMOVE_NAMES:
        return _with_rows(facts, effect.where, lambda rows: tuple(r for r in rows if r != old.names))
    if effect.kind is EffectKind.ADD_USER_MAPPING:
        beside = next((m for m in facts.mappings if m.user == effect.where), None)
        added = MappingFacts(f"{new.fingerprint} of {effect.where}", effect.where, new.fingerprint, new.not_after)
        if beside is not None and beside.kind is MappingKind.SERVICE_KEY:
            added = replace(added, kind=beside.kind, names=new.names, pinned=True, roles=beside.roles)
        return replace(facts, others=(*facts.others, added))
    gone = (effect.where, old.fingerprint)
    left = [tuple(m for m in known if (m.user, m.fingerprint) != gone) for known in (facts.mappings, facts.others)]
    return replace(facts, mappings=left[0], others=left[1])


def _with_rows(
    facts: TenantFacts, flow: str, change: Callable[[tuple[NamePair, ...]], tuple[NamePair, ...]]
) -> TenantFacts:
    channels = (*facts.channels, *facts.watched)
    changed = tuple(replace(c, rows=change(c.rows)) if c.flow_id == flow else c for c in channels)
    listing = tuple(c for c in changed if OLD.names in c.rows)
    return replace(facts, channels=listing, watched=tuple(c for c in changed if c not in listing))


@dataclass
class Play:
    """One renewal: people act with `act`, `work` answers all that is due as the tenant and the judge would."""

    case: Case = field(default_factory=new_case)
    tenant: TenantFacts = field(default_factory=facts)
    verdict: Verdict = field(default_factory=accepted)
    now: datetime = T0
    effects: list[Effect] = field(default_factory=list)
    """All effects that were carried out, in order."""

    def act(self, name: str, **content: Any) -> "Play":
        """One act of one person, by its name or its step; raises the refusal."""
        self.now += timedelta(minutes=1)
        wanted = request(BY_ID[name].act or "" if name in BY_ID else name, **content)
        check(self.case, wanted, self.now)
        self.case = write(self.case, wanted, self.now)
        return self

    def work(self, fails: Callable[[Effect], bool] = lambda effect: False) -> "Play":
        """Carry out all that is due, until nothing is; what `fails` does so once, for good."""
        while effects := due(self.case, self.now):
            for effect in effects:
                self._answer(effect, fails(effect))
                self.effects.append(effect)
        return self

    def _answer(self, effect: Effect, failed: bool) -> None:
        self.now += timedelta(minutes=1)
        if effect.kind is EffectKind.JUDGE_CERTIFICATE:
            self.case = outcomes.write_verdict(self.case, self.verdict, self.now)
        elif effect.kind is EffectKind.JUDGE_AGAIN:
            self.case = outcomes.write_judged_again(self.case, effect, self.verdict, self.now)
        elif effect.kind is EffectKind.READ_TENANT:
            self.case = outcomes.write_facts(self.case, effect, self.tenant, self.now)
        elif effect.kind is EffectKind.LOOK:
            self._look(effect, failed)
        elif failed:
            self.case = outcomes.write_failed(self.case, effect, f"{effect.where} is locked.", self.now)
        else:
            self.tenant = after(self.tenant, effect)
            self.case = outcomes.write_done(self.case, effect, "read back", self.now)

    def _look(self, effect: Effect, failed: bool) -> None:
        if failed:
            self.case = looking.write_look_failed(self.case, effect, "The tenant is down.", self.now)
        else:
            self.case = looking.write_looked(self.case, effect, self.tenant, self.now)

    def submit(self, verdict: Verdict | None = None) -> "Play":
        """Hand a certificate over and have it judged; the tenant is read after that."""
        self.verdict = verdict or self.verdict
        return self.act("2").work()

    def steps(self, *steps: str) -> "Play":
        """Take these steps, each with its work."""
        for step in steps:
            content = {"root_confirmed": "seen on SAP's list"} if step in ("3", "6") else {}
            self.act(step, **content).work()
        return self

    @property
    def open(self) -> tuple[str, ...]:
        """Ids of the open steps."""
        return tuple(step.id for step in open_steps(self.case))


FULL = ("3", "4a", "4b", "5", "6", "7", "8", "9a", "9b", "10")
"""The steps after 2 where every condition holds."""


def full(*steps: str, **more: Any) -> Play:
    """A renewal with new names, two flows and a mapping, after step 2 and the steps given."""
    play = Play(new_case(**more), facts(("F1", "F2"), ("ERP",)))
    return play.submit().steps(*steps)


def until(step: str, **more: Any) -> Play:
    """The full renewal up to and with this step."""
    return full(*FULL[: FULL.index(step) + 1], **more)


def with_facts(case: Case, **more: Any) -> Case:
    """The case with something else on its tenant."""
    assert case.facts is not None
    return replace(case, facts=replace(case.facts, **more))


PEOPLE = (Role.SENDER_ADMINISTRATOR, Role.TENANT_ADMINISTRATOR, Role.INTEGRATION_DEVELOPER, Role.OPERATOR)
