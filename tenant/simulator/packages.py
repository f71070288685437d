"""IntegrationPackages: listing, reading, creating and deleting packages, and the flows of a package."""

import hashlib
import io
import zipfile
from dataclasses import asdict, dataclass

from starlette.responses import Response

from tenant.simulator import texts
from tenant.simulator.call import Call, Routes, text_field
from tenant.simulator.entities import FLOWS, PACKAGES, Entity
from tenant.simulator.errors import (
    BadRequestError,
    BusinessError,
    ConflictError,
    NotImplementedHereError,
    package_missing,
)
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
        raise BadRequestError(texts.ID_RULE)
    if not text_field(body, "ShortText"):
        raise BadRequestError(texts.SHORT_TEXT_EMPTY)
    if call.state.row("SELECT 1 FROM packages WHERE id = ?", package_id):
        raise ConflictError(texts.PACKAGE_EXISTS)
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


def _replace(call: Call) -> Response:
    """A full replacement: what is not sent is emptied; the description is kept as HTML."""
    package_id, body = _package(call)["id"], call.json_body()
    if not text_field(body, "ShortText"):
        raise BadRequestError(texts.SHORT_TEXT_EMPTY)
    description = text_field(body, "Description")
    call.state.change(
        "UPDATE packages SET name = ?, short_text = ?, description = ?, version = ?, vendor = ?, modified_by = ?,"
        " modified_at = ? WHERE id = ?",
        text_field(body, "Name", package_id), text_field(body, "ShortText"),
        f"<p>{description}</p>" if description and not description.startswith("<") else description,
        text_field(body, "Version"), text_field(body, "Vendor"), call.user, call.now, package_id,
    )  # fmt: skip
    return Response(status_code=202)


def _export(call: Call) -> Response:
    """The flows of the package as SAP's export names them; refused while one of them is a draft."""
    package = _package(call)
    rows = call.state.rows("SELECT * FROM flows WHERE package_id = ? ORDER BY id", package["id"])
    drafts = ", ".join(texts.DRAFT.format(name=row["name"]) for row in rows if row["draft"])
    if drafts:
        raise BusinessError(texts.DRAFTS_IN_EXPORT.format(drafts=drafts))
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for row in rows:
            resource = hashlib.md5(row["id"].encode(), usedforsecurity=False).hexdigest()
            archive.writestr(zipfile.ZipInfo(f"{resource}_content"), row["content"])
    headers = {"Content-Disposition": f"attachment; filename={package['id']}.zip"}
    return Response(target.getvalue(), headers=headers, media_type="application/zip")


def _delete(call: Call) -> Response:
    call.state.change("DELETE FROM packages WHERE id = ?", _package(call)["id"])
    return Response(status_code=202)


ROUTES: Routes = {
    ("GET", "IntegrationPackages"): _list,
    ("POST", "IntegrationPackages"): _create,
    ("GET", "IntegrationPackages()"): _read,
    ("GET", "IntegrationPackages()/$value"): _export,
    ("PUT", "IntegrationPackages()"): _replace,
    ("DELETE", "IntegrationPackages()"): _delete,
    ("GET", "IntegrationPackages()/IntegrationDesigntimeArtifacts"): _flows,
}
