"""The Temporal Schedule that runs the watch over expiry: install, show, run now, pause, remove."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionExecutionStartWorkflow,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleDescription,
    ScheduleHandle,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleSpec,
    ScheduleState,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.service import RPCError, RPCStatusCode

from desk.refusals import NoSchedule, NotReachable
from workflows.expiry_watch import ExpiryWatch, WatchReport, WatchStart
from workflows.names import EXPIRY_WATCH_ID, SCHEDULE_ID, TASK_QUEUE
from workflows.policies import Patience

CATCH_UP = timedelta(days=7)
"""Runs missed while everything was down are made good for a week back; overlapping ones melt into one."""

NOTE = "Looks daily for certificates that are due and starts their renewals."


@dataclass(frozen=True)
class Installed:
    """The schedule as it stands."""

    cron: tuple[str, ...]
    time_zone: str
    paused: bool
    note: str
    next: tuple[datetime, ...]
    recent: tuple[str, ...]
    missed: int


@dataclass(frozen=True)
class ExpirySchedule:
    """The schedule of the watch over expiry."""

    client: Client

    @property
    def _handle(self) -> ScheduleHandle:
        return self.client.get_schedule_handle(SCHEDULE_ID)

    async def install(self, cron: str, time_zone: str, patience: Patience | None = None) -> Installed:
        """Install it, or bring what is installed to this; twice the same changes nothing."""
        schedule = _schedule(cron, time_zone, patience or Patience())
        try:
            await self.client.create_schedule(SCHEDULE_ID, schedule)
        except ScheduleAlreadyRunningError:
            await self._handle.update(lambda known: _brought_to(known, schedule))
        return await self.show()

    async def show(self) -> Installed:
        """How it stands. Raises `NoSchedule`."""
        return _installed(await self._described())

    async def _described(self) -> ScheduleDescription:
        try:
            return await self._handle.describe()
        except RPCError as error:
            raise _not_installed(error) from None

    async def run_now(self, patience: Patience | None = None) -> WatchReport:
        """Run the watch at once, beside the schedule, and wait for its report."""
        return await self.client.execute_workflow(
            ExpiryWatch.run,
            WatchStart(patience or Patience()),
            id=f"{EXPIRY_WATCH_ID}-now-{uuid.uuid4()}",
            task_queue=TASK_QUEUE,
            static_summary="Watch over expiry, asked for by a person",
        )

    async def pause(self, reason: str, paused: bool = True) -> Installed:
        """Pause it, or let it go on. Raises `NoSchedule`."""
        handle = self._handle
        try:
            await (handle.pause(note=reason) if paused else handle.unpause(note=reason))
        except RPCError as error:
            raise _not_installed(error) from None
        return await self.show()

    async def remove(self) -> None:
        """Remove it; renewals that it started go on. Raises `NoSchedule`."""
        try:
            await self._handle.delete()
        except RPCError as error:
            raise _not_installed(error) from None


def _not_installed(error: RPCError) -> Exception:
    if error.status is RPCStatusCode.NOT_FOUND:
        return NoSchedule()
    return NotReachable("Temporal", error.message)


def _schedule(cron: str, time_zone: str, patience: Patience) -> Schedule:
    return Schedule(
        action=ScheduleActionStartWorkflow(
            ExpiryWatch.run,
            WatchStart(patience),
            id=EXPIRY_WATCH_ID,
            task_queue=TASK_QUEUE,
            static_summary="Watch over expiry",
        ),
        spec=ScheduleSpec(cron_expressions=[_with_itself(cron)], time_zone_name=time_zone),
        policy=SchedulePolicy(overlap=ScheduleOverlapPolicy.BUFFER_ONE, catchup_window=CATCH_UP),
        state=ScheduleState(note=NOTE),
    )


def _with_itself(cron: str) -> str:
    """The expression as its own comment: of an expression the server keeps the calendar and the comment only."""
    return cron if "#" in cron else f"{cron} # {cron}"


def _brought_to(known: ScheduleUpdateInput, wanted: Schedule) -> ScheduleUpdate:
    """The wanted schedule; that it is paused, and why, stays as it was."""
    wanted.state = known.description.schedule.state
    return ScheduleUpdate(schedule=wanted)


def _installed(description: ScheduleDescription) -> Installed:
    schedule, info = description.schedule, description.info
    return Installed(
        cron=tuple(schedule.spec.cron_expressions) or _calendars(schedule.spec),
        time_zone=schedule.spec.time_zone_name or "UTC",
        paused=schedule.state.paused,
        note=schedule.state.note or "",
        next=tuple(info.next_action_times[:3]),
        recent=tuple(
            action.action.workflow_id
            for action in info.recent_actions
            if isinstance(action.action, ScheduleActionExecutionStartWorkflow)
        ),
        missed=info.num_actions_missed_catchup_window,
    )


def _calendars(spec: ScheduleSpec) -> tuple[str, ...]:
    """The server keeps a cron expression as a calendar; its comment is the expression."""
    return tuple(calendar.comment or "calendar" for calendar in spec.calendars)
