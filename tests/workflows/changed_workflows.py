"""Workflows as a careless release would change them: the replay gate must refuse each. For tests only."""

from typing import Any

from temporalio import workflow

with workflow.unsafe.imports_passed_through():
    from activities.shapes import Read
    from process.facts import TenantFacts

from workflows import policies
from workflows.renewal import Renewal, RenewalEnd, RenewalStart


@workflow.defn(name="Renewal")
class OtherActivity(Renewal):
    """Reads the tenant by an activity of another name."""

    @workflow.init
    def __init__(self, start: RenewalStart) -> None:
        """As before."""
        super().__init__(start)

    @workflow.run
    async def run(self, start: RenewalStart) -> RenewalEnd:
        """As before."""
        return await super().run(start)

    async def _done(self, work: Any) -> Any:
        policy = policies.reading(work.patience)
        read = Read(work.case.subject.tenant, work.case.old, work.effect.new)
        return await workflow.execute_activity(
            "read_everything",
            read,
            result_type=TenantFacts,
            schedule_to_close_timeout=policy.schedule_to_close_timeout,
        )


@workflow.defn(name="Renewal")
class NoSearchAttributes(Renewal):
    """Publishes nothing."""

    @workflow.init
    def __init__(self, start: RenewalStart) -> None:
        """As before."""
        super().__init__(start)

    @workflow.run
    async def run(self, start: RenewalStart) -> RenewalEnd:
        """As before."""
        return await super().run(start)

    def _publish(self) -> None:
        return


@workflow.defn(name="Renewal")
class NoTimer(Renewal):
    """Waits for no moment."""

    @workflow.init
    def __init__(self, start: RenewalStart) -> None:
        """As before."""
        super().__init__(start)

    @workflow.run
    async def run(self, start: RenewalStart) -> RenewalEnd:
        """As before."""
        return await super().run(start)

    def _set_alarm(self) -> None:
        return
