"""Design-time content: packages, flows, their zips, versions, locks, and the order to deploy.

What a zip holds is not looked at here, and whether a deploy arrived is seen in runtime.py.
"""

import base64

from tenant import entities, lists
from tenant.errors import TenantError, TenantLocked
from tenant.lists import Configuration
from tenant.model import DeployStatus, Flow, Lock, Package
from tenant.odata import key, literal, parameters, returned_text
from tenant.session import Session, nonsense, read

_FLOWS = "IntegrationDesigntimeArtifacts"
_DEPLOY = "DeployIntegrationDesigntimeArtifact"
_ZIP = b"PK"


def _flow_path(flow_id: str) -> str:
    """Version `active` always works as a key, also for a draft."""
    return _FLOWS + key(Id=flow_id, Version="active")


async def packages(session: Session) -> list[Package]:
    """All integration packages of the tenant."""
    return await session.rows("IntegrationPackages", entities.package)


async def flows(session: Session, package_id: str) -> list[Flow]:
    """All flows of a package; the only list of flows that SAP documents, and the only one that shows drafts."""
    return await session.rows(f"IntegrationPackages({literal(package_id)})/{_FLOWS}", entities.flow)


async def flow(session: Session, flow_id: str) -> Flow:
    """One flow in its last saved version. Raises `NotFound`."""
    return await session.entity(_flow_path(flow_id), entities.flow)


async def download(session: Session, flow_id: str) -> bytes:
    """The flow's zip. Raises `TenantRefused` for a configure-only package."""
    response = await session.get(f"{_flow_path(flow_id)}/$value", accept="application/octet-stream")
    if not response.content.startswith(_ZIP):
        raise nonsense(response, "the download is no zip")
    return response.content


async def configurations(session: Session, flow_id: str) -> list[Configuration]:
    """The externalised parameters of a flow; the one thing that can be read in a configure-only package."""
    return await session.rows(f"{_flow_path(flow_id)}/Configurations", lists.configuration)


async def upload(session: Session, flow_id: str, name: str, content: bytes) -> None:
    """Replace the flow's zip; its version stays until it is saved. Raises `TenantLocked` with the holder."""
    body = {"Name": name, "ArtifactContent": base64.b64encode(content).decode("ascii")}
    try:
        await session.write("PUT", _flow_path(flow_id), body)
    except TenantLocked as locked:
        raise await _with_holder(session, flow_id, locked) from None


async def save_version(session: Session, flow_id: str, version: str) -> None:
    """Save the draft as a version. Raises `TenantLocked` with the holder."""
    query = parameters(Id=flow_id, SaveAsVersion=version)
    try:
        await session.write("POST", f"IntegrationDesigntimeArtifactSaveAsVersion{query}")
    except TenantLocked as locked:
        raise await _with_holder(session, flow_id, locked) from None


async def deploy(session: Session, flow_id: str) -> str:
    """Order the deploy of the flow; the id of the task that builds it."""
    response = await session.write("POST", _DEPLOY + parameters(Id=flow_id, Version="active"))
    return read(response, lambda text: returned_text(text, _DEPLOY))


async def deploy_status(session: Session, task_id: str) -> DeployStatus:
    """How far the task is. SUCCESS means built, not started: the runtime tells that."""
    return await session.entity(f"BuildAndDeployStatus{key(TaskId=task_id)}", entities.deploy_status)


async def locks(session: Session) -> list[Lock]:
    """All design-time locks (`WorkspaceArtifactLocksRead`; in `$metadata`, not in SAP's OpenAPI)."""
    return await session.rows("IntegrationDesigntimeLocks", entities.lock)


async def _with_holder(session: Session, flow_id: str, locked: TenantLocked) -> TenantLocked:
    """The same error with who holds the lock, where the tenant lets us look."""
    try:
        held = await locks(session)
    except TenantError:
        return locked
    holder = next((lock.created_by for lock in held if lock.artifact_id == flow_id), None)
    return TenantLocked(locked.status, locked.path, locked.text, holder or locked.holder)
