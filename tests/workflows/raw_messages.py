"""Messages as anybody with access to the Temporal server may send them: raw payloads, straight over gRPC.

Nothing here knows what a good message is; the tests say that.
"""

import json
import uuid
from dataclasses import dataclass
from typing import Any

from temporalio.api.common.v1 import Payload, Payloads, WorkflowExecution
from temporalio.api.update.v1 import Input, Meta, Outcome, Request, WaitPolicy
from temporalio.api.workflowservice.v1 import (
    SignalWorkflowExecutionRequest,
    UpdateWorkflowExecutionRequest,
)
from temporalio.client import Client

COMPLETED = 3
"""`UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_COMPLETED`: the call returns with the outcome."""


def payload(data: bytes, encoding: bytes | None = b"json/plain") -> Payload:
    """Bytes with the encoding they claim to have, or with none."""
    return Payload(data=data, metadata={"encoding": encoding} if encoding is not None else {})


def as_payload(value: Any) -> Payload:
    """A value as JSON, as the Web UI and the command line of Temporal send it."""
    return payload(json.dumps(value).encode())


def good(**content: Any) -> dict[str, Any]:
    """The fields that each message has, of a tenant administrator, with more."""
    person = {"request_id": str(uuid.uuid4()), "by": "tina", "role": "tenant-administrator"}
    return person | content


@dataclass(frozen=True)
class Raw:
    """The raw way into one workflow."""

    client: Client
    id: str

    async def signal(self, name: str, *payloads: Payload) -> None:
        """Send a signal with these payloads, however many. Raises `RPCError` where the server itself refuses."""
        request = SignalWorkflowExecutionRequest(
            namespace=self.client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=self.id),
            signal_name=name,
            request_id=str(uuid.uuid4()),
            input=Payloads(payloads=payloads),
        )
        await self.client.workflow_service.signal_workflow_execution(request)

    async def update(self, name: str, *payloads: Payload) -> Outcome:
        """Send an update with these payloads and wait for its outcome. Raises `RPCError` likewise."""
        request = UpdateWorkflowExecutionRequest(
            namespace=self.client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=self.id),
            wait_policy=WaitPolicy(lifecycle_stage=COMPLETED),  # type: ignore[arg-type]  # the number is the stage
            request=Request(
                meta=Meta(update_id=str(uuid.uuid4()), identity="tests"),
                input=Input(name=name, args=Payloads(payloads=payloads)),
            ),
        )
        response = await self.client.workflow_service.update_workflow_execution(request)
        return response.outcome

    async def history_length(self) -> int:
        """How many events the history has."""
        return (await self.client.get_workflow_handle(self.id).describe()).history_length
