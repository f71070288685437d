"""Rows of design-time flows: finding one by its key, adding one, and how it is shown. No HTTP call lives here."""

from dataclasses import dataclass

from tenant.simulator.bundle import Manifest
from tenant.simulator.call import Call
from tenant.simulator.entities import Entity
from tenant.simulator.errors import flow_missing
from tenant.simulator.state import Row, State

DRAFT = "Active"  # what the list of a package shows as Version of a flow that was edited and not versioned


@dataclass(frozen=True)
class NewFlow:
    """A flow about to be added."""

    id: str
    package_id: str
    name: str
    version: str
    content: bytes
    manifest: Manifest


def insert_flow(state: State, flow: NewFlow, user: str, now: int) -> None:
    """Add a flow to the design time."""
    state.insert(
        "flows", id=flow.id, package_id=flow.package_id, name=flow.name, description="", version=flow.version,
        draft=0, symbolic_name=flow.manifest.symbolic_name, content=flow.content,
        created_by=user, created_at=now, modified_by=user, modified_at=now,
    )  # fmt: skip


def find_flow(state: State, flow_id: str, version: str) -> Row:
    """The flow with the mode of its package; the version is `active` in any case, or the current number.

    Raises NotFoundError with SAP's words.
    """
    row = state.row(
        "SELECT flows.*, packages.mode AS mode FROM flows JOIN packages ON packages.id = package_id"
        " WHERE flows.id = ?",
        flow_id,
    )
    if row is None or (version.lower() != "active" and version != row["version"]):
        raise flow_missing()
    return row


def addressed_flow(call: Call) -> Row:
    """The flow that the first path segment names; raises NotFoundError."""
    key = call.segments[0]
    return find_flow(call.state, key.key("Id"), key.key("Version"))


def flow_entity(row: Row, *, in_list: bool = False) -> Entity:
    """The flow as SAP shows it: in the list of its package a draft has the Version `Active`."""
    return {
        "Id": row["id"],
        "Version": DRAFT if in_list and row["draft"] else row["version"],
        "PackageId": row["package_id"],
        "Name": row["name"],
        "Description": row["description"],
        "Sender": "",
        "Receiver": "",
        "CreatedBy": row["created_by"],
        "CreatedAt": str(row["created_at"]),
        "ModifiedBy": row["modified_by"],
        "ModifiedAt": str(row["modified_at"]),
        "ArtifactContent": None,
        "Comment": "",
    }
