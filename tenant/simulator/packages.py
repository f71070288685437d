"""IntegrationPackages: listing, reading, creating and deleting packages, and the flows of a package."""

from dataclasses import asdict, dataclass

from starlette.responses import Response

from tenant.simulator.call import Call, Routes, text_field
from tenant.simulator.entities import FLOWS, PACKAGES, Entity
from tenant.simulator.errors import BadRequestError, ConflictError, NotImplementedHereError, package_missing
from tenant.simulator.flows import flow_entity
from tenant.simulator.odata import entity_response, feed_response
from tenant.simulator.query import Manner, Manners
from tenant.simulator.settings import PACKAGE_ID
from tenant.simulator.state import Row, State

EDIT_ALLOWED = "EDIT_ALLOWED"
READ_ONLY = "READ_ONLY"  # SAP's word for configure-only

_PACKAGE_MANNERS = Manners(count=Manner.REFUSED)
# $skip is ignored here without a word, so whoever pages with it gets the same page for ever.
_FLOW_MANNERS = Manners(skip=Manner.IGNORED, count=Manner.IGNORED)


@dataclass(frozen=True)
class NewPackage:
    """A package about to be added; it is editable."""

    id: str
    name: str
    short_text: str
    description: str = ""
    version: str = "1.0.0"
    vendor: str = ""


def insert_package(state: State, package: NewPackage, user: str, now: int) -> None:
    """Add a package."""
    state.insert(
        "packages", mode=EDIT_ALLOWED, created_by=user, created_at=now, modified_by=user, modified_at=now,
        **asdict(package),
    )  # fmt: skip


def set_mode(state: State, package_id: str, mode: str) -> bool:
    """Make a package configure-only or editable; False when there is no such package."""
    return state.change("UPDATE packages SET mode = ? WHERE id = ?", mode, package_id) > 0


def _entity(row: Row) -> Entity:
    return {
        "Id": row["id"],
        "Name": row["name"],
        "ResourceId": row["id"],
        "Description": row["description"],
        "ShortText": row["short_text"],
        "Version": row["version"],
        "Vendor": row["vendor"],
        "PartnerContent": False,
        "UpdateAvailable": False,
        "Mode": row["mode"],
        "SupportedPlatform": "SAP Cloud Integration",
        "ModifiedBy": row["modified_by"],
        "CreationDate": str(row["created_at"]),
        "ModifiedDate": str(row["modified_at"]),
        "CreatedBy": row["created_by"],
        **dict.fromkeys(("Products", "Keywords", "Countries", "Industries", "LineOfBusiness"), ""),
        "PackageContent": None,
    }


def _package(call: Call) -> Row:
    package_id = call.segments[0].key("Id")
    row = call.state.row("SELECT * FROM packages WHERE id = ?", package_id)
    if row is None:
        raise package_missing(package_id)
    return row


def _list(call: Call) -> Response:
    rows = call.state.rows("SELECT * FROM packages ORDER BY id")
    return feed_response(call, PACKAGES, [_entity(row) for row in rows], _PACKAGE_MANNERS)


def _read(call: Call) -> Response:
    return entity_response(call, PACKAGES, _entity(_package(call)))


def _flows(call: Call) -> Response:
    rows = call.state.rows("SELECT * FROM flows WHERE package_id = ? ORDER BY id", _package(call)["id"])
    entities = [flow_entity(row, in_list=True) for row in rows]
    return feed_response(call, FLOWS, entities, _FLOW_MANNERS)


def _create(call: Call) -> Response:
    body = call.json_body()
    if "PackageContent" in body:
        raise NotImplementedHereError("The import of packages is not supported.")
    package_id = text_field(body, "Id")
    if not PACKAGE_ID.fullmatch(package_id):
        raise BadRequestError("Property 'Id' value cannot have a special character. Enter a valid Id.")
    if not text_field(body, "ShortText"):
        raise BadRequestError("Property 'ShortText' cannot be empty")
    if call.state.row("SELECT 1 FROM packages WHERE id = ?", package_id):
        raise ConflictError("Entity with the specified IntegrationPackage id already exist.")
    package = NewPackage(
        id=package_id,
        name=text_field(body, "Name", package_id),
        short_text=text_field(body, "ShortText"),
        description=text_field(body, "Description"),
        version=text_field(body, "Version", "1.0.0"),
        vendor=text_field(body, "Vendor"),
    )
    insert_package(call.state, package, call.user, call.now)
    row = call.state.row("SELECT * FROM packages WHERE id = ?", package_id)
    assert row is not None
    return entity_response(call, PACKAGES, _entity(row), 201)


def _delete(call: Call) -> Response:
    call.state.change("DELETE FROM packages WHERE id = ?", _package(call)["id"])
    return Response(status_code=202)


ROUTES: Routes = {
    ("GET", "IntegrationPackages"): _list,
    ("POST", "IntegrationPackages"): _create,
    ("GET", "IntegrationPackages()"): _read,
    ("DELETE", "IntegrationPackages()"): _delete,
    ("GET", "IntegrationPackages()/IntegrationDesigntimeArtifacts"): _flows,
}
