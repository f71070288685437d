"""A workflow whose every handler raises: what the guard must hold. For tests only."""

from temporalio import workflow
from temporalio.exceptions import ApplicationError


def _raise(kind: str) -> None:
    if kind == "ApplicationError":
        raise ApplicationError(f"{kind} of zebra-in-the-input")
    raise {"KeyError": KeyError, "ValueError": ValueError, "RuntimeError": RuntimeError}[kind]("zebra-in-the-input")


@workflow.defn(name="Raising")
class Raising:
    """Waits for `finish` and raises at everything else."""

    def __init__(self) -> None:
        """Nothing noted, not finished."""
        self.notes: list[str] = []
        self.finished = False

    @workflow.run
    async def run(self) -> list[str]:
        """Until it is told to finish; what the guard noted."""
        await workflow.wait_condition(lambda: self.finished)
        return self.notes

    def note_unreadable(self, name: str, why: str) -> None:
        """What the guard wants put on record."""
        self.notes.append(f"{name}: {why}")

    @workflow.query
    def noted(self) -> list[str]:
        """The notes so far."""
        return self.notes

    @workflow.signal
    def finish(self) -> None:
        """The good signal."""
        self.finished = True

    @workflow.signal
    def raise_at_once(self, kind: str) -> None:
        """A handler with a fault."""
        _raise(kind)

    @workflow.signal
    async def raise_later(self, kind: str) -> None:
        """The same after an await."""
        await workflow.sleep(0.01)
        _raise(kind)

    @workflow.update
    def update_raises(self, kind: str) -> None:
        """An update handler with a fault."""
        _raise(kind)

    @workflow.update
    def update_is_refused(self, kind: str) -> None:
        """An update whose validator has the fault."""

    @update_is_refused.validator
    def validate_update_is_refused(self, kind: str) -> None:
        """A validator with a fault."""
        _raise(kind)
