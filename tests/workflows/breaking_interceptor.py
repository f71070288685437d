"""A worker interceptor that breaks a workflow's code, as a bad release would. For tests only."""

from typing import Any

from temporalio.worker import (
    ExecuteWorkflowInput,
    Interceptor,
    WorkflowInboundInterceptor,
    WorkflowInterceptorClassInput,
)


class _Broken(WorkflowInboundInterceptor):
    async def execute_workflow(self, input: ExecuteWorkflowInput) -> Any:
        raise RuntimeError("the code of this release has a fault")


class BadRelease(Interceptor):
    """Every workflow task of such a worker fails."""

    def workflow_interceptor_class(
        self, input: WorkflowInterceptorClassInput
    ) -> type[WorkflowInboundInterceptor] | None:
        """The inbound interceptor that raises."""
        return _Broken
