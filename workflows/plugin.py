"""What client, worker and replayer must share: the data converter, the guard, and how workflows are run."""

from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.plugin import SimplePlugin
from temporalio.worker import WorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from workflows.ahead import AskAgain, InStep
from workflows.guard import Guard

PASSED_THROUGH = ("process", "certificates", "tenant", "activities", "cryptography", "httpx")
"""Modules that the sandbox need not load anew for each workflow: pure, or used for their names only."""


def _runner(existing: WorkflowRunner | None) -> WorkflowRunner:
    restrictions = SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH)
    return InStep(SandboxedWorkflowRunner(restrictions=restrictions))


class CertrelayPlugin(SimplePlugin):
    """Give it to `Client.connect` (workers inherit it) and to `Replayer`."""

    def __init__(self) -> None:
        """One converter, one guard, one way to run workflows and to ask them."""
        super().__init__(
            "certrelay",
            data_converter=pydantic_data_converter,
            interceptors=[Guard(), AskAgain()],
            workflow_runner=_runner,
        )
