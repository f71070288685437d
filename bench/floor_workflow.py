"""The workflow that does nothing: the floor for what a message costs."""

from temporalio import workflow


@workflow.defn
class Floor:
    """Takes messages until it is told to end."""

    def __init__(self) -> None:
        """Not ended."""
        self._ended = False

    @workflow.run
    async def run(self) -> None:
        """Wait for the end."""
        await workflow.wait_condition(lambda: self._ended)

    @workflow.update
    def act(self, text: str) -> str:
        """Answer."""
        return text

    @workflow.signal
    def end(self) -> None:
        """End."""
        self._ended = True
