"""Design-time locks: a person holds a flow in the editor. Listing and releasing them, and what they forbid."""

import secrets

from starlette.responses import Response

from tenant.simulator import texts
from tenant.simulator.call import Call, Routes
from tenant.simulator.entities import LOCKS, Entity
from tenant.simulator.errors import LockedError, entity_missing
from tenant.simulator.odata import feed_response
from tenant.simulator.query import Manners
from tenant.simulator.state import Row, State


def lock_flow(state: State, flow_id: str, holder: str, now: int) -> str:
    """Make `holder` hold the flow; a flow has one lock, a new holder takes it over. Returns the ResourceId."""
    resource_id = secrets.token_hex(16)
    state.change("DELETE FROM locks WHERE flow_id = ?", flow_id)
    state.insert("locks", resource_id=resource_id, flow_id=flow_id, created_by=holder, created_at=now)
    return resource_id


def release_flow(state: State, flow_id: str) -> bool:
    """Take the lock of a flow away; False when there was none."""
    return state.change("DELETE FROM locks WHERE flow_id = ?", flow_id) > 0


def check_unlocked(call: Call, flow_id: str, doing: str) -> None:
    """Raise LockedError when somebody holds the flow; `doing` is "put", "update" or "delete".

    SAP gives the PUT of a flow its own status and words; the other writes say 500 "... as it is locked.".
    """
    row = call.state.row("SELECT created_by FROM locks WHERE flow_id = ?", flow_id)
    if row is None or (call.settings.own_locks == "pass" and row["created_by"] == call.user):
        return
    if doing == "put" and call.settings.put_locked_status == "400":
        raise LockedError(400, texts.LOCKED_PUT)
    if doing == "delete":
        raise LockedError(500, texts.LOCKED_DELETE)
    raise LockedError(500, texts.LOCKED_UPDATE)


def _list(call: Call) -> Response:
    rows = call.state.rows(
        "SELECT locks.*, flows.name AS flow_name, packages.id AS package_id, packages.name AS package_name"
        " FROM locks JOIN flows ON flows.id = locks.flow_id JOIN packages ON packages.id = flows.package_id"
        " ORDER BY locks.created_at, locks.flow_id"
    )
    return feed_response(call, LOCKS, [_entity(row) for row in rows], Manners())


def _entity(row: Row) -> Entity:
    return {
        "ResourceId": row["resource_id"],
        "ArtifactId": row["flow_id"],
        "ArtifactName": row["flow_name"],
        "ArtifactType": "IFlow",
        "PackageId": row["package_id"],
        "PackageName": row["package_name"],
        "CreatedAt": row["created_at"],
        "CreatedBy": row["created_by"],
    }


def _delete(call: Call) -> Response:
    resource_id = call.segments[0].key("ResourceId")
    if not call.state.change("DELETE FROM locks WHERE resource_id = ?", resource_id):
        raise entity_missing()
    return Response(status_code=int(call.settings.lock_delete_status))


ROUTES: Routes = {
    ("GET", "IntegrationDesigntimeLocks"): _list,
    ("DELETE", "IntegrationDesigntimeLocks()"): _delete,
}
