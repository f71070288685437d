"""No message can wedge or fail a workflow.

Measured: a signal without argument, with two, or with a handler that raises makes the workflow task fail for
ever; an `ApplicationError` in a signal handler fails the workflow. Here every such exception ends as a noted
refusal, and one in an update handler as a failed update.
"""

from typing import Any, Protocol, runtime_checkable

from temporalio import workflow
from temporalio.exceptions import ApplicationError, FailureError, is_cancelled_exception
from temporalio.worker import (
    HandleSignalInput,
    HandleUpdateInput,
    Interceptor,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
)


@runtime_checkable
class NotesRefusals(Protocol):
    """A workflow that keeps a record of messages it could not take."""

    def note_unreadable(self, name: str, why: str) -> None:
        """Put it on the record; `why` is a full sentence."""


class _Inbound(WorkflowInboundInterceptor):
    async def handle_signal(self, input: HandleSignalInput) -> None:
        try:
            await super().handle_signal(input)
        except Exception as error:
            if is_cancelled_exception(error):
                raise
            _note(input.signal, error)

    def handle_update_validator(self, input: HandleUpdateInput) -> None:
        try:
            super().handle_update_validator(input)
        except FailureError:
            raise
        except Exception as error:
            raise _failed(input.update, error) from None

    async def handle_update_handler(self, input: HandleUpdateInput) -> Any:
        try:
            return await super().handle_update_handler(input)
        except FailureError:
            raise
        except Exception as error:
            if is_cancelled_exception(error):
                raise
            raise _failed(input.update, error) from None


def _sentence(name: str, error: Exception) -> str:
    """What went wrong, by class: the text of an exception may hold the input."""
    if isinstance(error, TypeError):
        why = "it must carry exactly one object"
    else:
        why = f"it could not be handled ({type(error).__name__})"
    return f"The message {name} was not taken: {why}."


def _note(name: str, error: Exception) -> None:
    workflow.logger.warning("signal %s not taken: %s", name, type(error).__name__)
    instance = workflow.instance()
    if isinstance(instance, NotesRefusals):
        instance.note_unreadable(name, _sentence(name, error))


def _failed(name: str, error: Exception) -> ApplicationError:
    workflow.logger.warning("update %s not taken: %s", name, type(error).__name__)
    return ApplicationError(_sentence(name, error), type="BadMessage")


class Guard(Interceptor):
    """The worker interceptor; replaying needs it as well, so it comes with the plugin."""

    def workflow_interceptor_class(
        self, input: WorkflowInterceptorClassInput
    ) -> type[WorkflowInboundInterceptor] | None:
        """The inbound interceptor of every workflow."""
        return _Inbound
