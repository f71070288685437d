"""A workflow that is asked and told something while its worker is away. Only for tests."""

from datetime import timedelta

from temporalio import workflow


@workflow.defn
class Asked:
    """Waits for work, and then for a word; starts a timer after each of them."""

    def __init__(self) -> None:
        """Nothing has happened."""
        self._events: list[str] = []

    @workflow.run
    async def run(self, queue: str) -> list[str]:
        """What happened, in order."""
        for name in ("first", "second"):
            await workflow.execute_activity(
                "work", name, task_queue=queue, start_to_close_timeout=timedelta(seconds=60)
            )
            self._events.append(name)
            await workflow.sleep(0.001)
        await workflow.wait_condition(lambda: "word" in self._events)
        return self._events

    @workflow.update
    def tell(self) -> int:
        """How much had happened before the word."""
        self._events.append("word")
        return len(self._events)

    @workflow.query
    def count(self) -> int:
        """How much has happened."""
        return len(self._events)
