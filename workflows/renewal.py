"""One renewal: waits for people without limit, carries out what they ordered, records every act.

No rule of the process is here. Handlers check and write (`workflows.acting`); this loop asks `process` what is
due, starts it, and writes down what came of it.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

from temporalio import workflow
from temporalio.exceptions import ActivityError

with workflow.unsafe.imports_passed_through():
    from activities.shapes import Ended
    from process import looking, outcomes
    from process.case import Case, Closing, Effect, EffectKind, Outcome, Subject
    from process.due import due
    from process.health import health, moment_words, next_moment
    from process.open import current_steps, waiting_for
    from process.settle import note
    from process.strategy.words import headline_of
    from process.words import current_details
    from workflows import attributes, effects
    from workflows.acting import Acting, acts
    from workflows.names import sender_id
    from workflows.policies import Patience


@dataclass(frozen=True)
class RenewalStart:
    """The input. `case` is set only when the workflow continues as new; `note` goes on the record at the start."""

    subject: Subject
    patience: Patience = field(default_factory=Patience)
    case: Case | None = None
    note: str = ""


@dataclass(frozen=True)
class RenewalEnd:
    """The result: completed or withdrawn, and the case as it ended."""

    outcome: Closing
    case: Case


@workflow.defn(name="Renewal")
@acts
class Renewal(Acting):
    """The workflow; its signals and updates are the acts of the table."""

    @workflow.init
    def __init__(self, start: RenewalStart) -> None:
        """A new case, or the one that continues."""
        self._start = start
        self._running: dict[str, Effect] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._alarm: tuple[datetime, asyncio.Task[None]] | None = None
        self._dirty = True
        self._published: tuple[object, ...] = ()
        self.case = start.case or _begin(start, workflow.now())

    @workflow.run
    async def run(self, start: RenewalStart) -> RenewalEnd:
        """Until the renewal is complete or withdrawn, however many weeks that takes."""
        while not self.case.closed:
            self._publish()
            self._start_due()
            self._set_alarm()
            self._continue_as_new_if_long()
            await self._until_changed()
        self._publish()
        await self._end(asyncio.create_task(self._tell_register()))
        return RenewalEnd(self.case.closing or Closing.COMPLETED, self.case)

    @workflow.query(name="case", description="The whole state of the renewal")
    def state(self) -> Case:
        """The case as it stands."""
        return self.case

    def changed(self, case: Case) -> None:
        """Take the case as it now is and wake the loop."""
        self.case = case
        self._dirty = True

    async def _until_changed(self) -> None:
        self._dirty = False
        try:
            await workflow.wait_condition(lambda: self._dirty)
        except asyncio.CancelledError:
            # A cancelled renewal would leave the tenant half changed with nobody watching it.
            text = "Cancelling through Temporal was refused: withdraw ends a renewal and takes back what was added."
            self.changed(note(self.case, workflow.now(), "cancel", Outcome.REFUSED, text))

    async def _end(self, telling: asyncio.Task[None]) -> None:
        """Until all is told and answered. Cancelled now, it still ends as people ordered, and is found so."""
        while not (telling.done() and workflow.all_handlers_finished()):
            with suppress(asyncio.CancelledError):
                await workflow.wait_condition(lambda: telling.done() and workflow.all_handlers_finished())

    def _start_due(self) -> None:
        for effect in due(self.case, workflow.now(), self._running.values()):
            self._running[effect.key] = effect
            task = asyncio.create_task(self._carry_out(effect))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _carry_out(self, effect: Effect) -> None:
        work = effects.Work(self.case, effect, self._start.patience)
        try:
            case = await self._done(work)
        except ActivityError as error:
            case = self._failed(effect, effects.sentence_of(error), effects.is_untouched(error))
        del self._running[effect.key]
        self.changed(case)

    async def _done(self, work: effects.Work) -> Case:
        effect = work.effect
        if effect.kind is EffectKind.JUDGE_CERTIFICATE:
            verdict = await effects.judge(work)
            return outcomes.write_verdict(self.case, verdict, workflow.now())
        if effect.kind is EffectKind.JUDGE_AGAIN:
            verdict = await effects.judge(work)
            return outcomes.write_judged_again(self.case, effect, verdict, workflow.now())
        if effect.kind is EffectKind.READ_TENANT:
            facts = await effects.read(work)
            return outcomes.write_facts(self.case, effect, facts, workflow.now())
        if effect.kind is EffectKind.LOOK:
            seen = await effects.read(work)
            return looking.write_looked(self.case, effect, seen, workflow.now())
        evidence = await effects.change(work)
        return outcomes.write_done(self.case, effect, evidence.text, workflow.now())

    def _failed(self, effect: Effect, sentence: str, untouched: bool) -> Case:
        if effect.kind is EffectKind.JUDGE_CERTIFICATE:
            return outcomes.write_judging_failed(self.case, sentence, workflow.now())
        if effect.kind is EffectKind.JUDGE_AGAIN:
            return outcomes.write_judging_again_failed(self.case, workflow.now())
        if effect.kind is EffectKind.READ_TENANT:
            return outcomes.write_reading_failed(self.case, sentence, workflow.now())
        if effect.kind is EffectKind.LOOK:
            return looking.write_look_failed(self.case, effect, sentence, workflow.now())
        return outcomes.write_failed(self.case, effect, sentence, workflow.now(), untouched)

    def _set_alarm(self) -> None:
        """One timer, for the next moment at which the case changes of itself."""
        moment = next_moment(self.case, workflow.now())
        if self._alarm is not None:
            if self._alarm[0] == moment:
                return
            self._alarm[1].cancel()
        self._alarm = (moment, asyncio.create_task(self._ring(moment))) if moment else None

    async def _ring(self, moment: datetime) -> None:
        await workflow.sleep(moment - workflow.now(), summary=moment_words(self.case, moment))
        self._alarm = None
        self._dirty = True

    def _publish(self) -> None:
        """Search attributes and details, only where they changed: each upsert is an event for good."""
        now = workflow.now()
        headline = headline_of(self.case, now)
        workflow.set_current_details(current_details(self.case, workflow.info().workflow_id, now, headline))
        steps = [step.id for step in current_steps(self.case)]
        roles = attributes.words(role.value for role in waiting_for(self.case))
        shown = (steps, roles, health(self.case, now))
        if shown != self._published:
            self._published = shown
            workflow.upsert_search_attributes(
                [
                    attributes.STEP.value_set(steps or [str(self.case.closing or "working")]),
                    attributes.WAITING_FOR.value_set(roles),
                    attributes.HEALTH.value_set(str(shown[2])),
                ]
            )

    def _continue_as_new_if_long(self) -> None:
        quiet = not self._running and workflow.all_handlers_finished()
        if quiet and workflow.info().is_continue_as_new_suggested():
            workflow.continue_as_new(replace(self._start, case=self.case))

    async def _tell_register(self) -> None:
        subject, case = self.case.subject, self.case
        ended = Ended(
            entry=sender_id(subject.tenant, subject.sender),
            tenant=subject.tenant,
            sender=subject.sender,
            renewal=workflow.info().workflow_id,
            outcome=str(case.closing),
            at=workflow.now(),
            old=case.old,
            new=case.new,
        )
        try:
            await effects.tell_register(ended, self._start.patience)
        except ActivityError as error:
            self.case = note(case, workflow.now(), "register", Outcome.FAILED, effects.sentence_of(error))


def _begin(start: RenewalStart, now: datetime) -> Case:
    case = Case(
        subject=start.subject,
        started_at=now,
        people=start.subject.people,
        look_every=start.patience.look_every,
        look_again_after=start.patience.look_again_after,
    )
    text = start.note or "The renewal has begun."
    return note(case, now, "started", Outcome.NOTED, text)
