"""IntegrationDesigntimeArtifacts: read, download, create, replace, version and delete flows in the design time."""

import base64
import binascii
import re

from starlette.responses import Response

from tenant.simulator import texts
from tenant.simulator.bundle import Bundle, UnreadableBundleError
from tenant.simulator.call import Call, Routes, text_field
from tenant.simulator.entities import FLOWS
from tenant.simulator.errors import (
    BadRequestError,
    BusinessError,
    configure_only,
    package_missing,
)
from tenant.simulator.flows import NewFlow, addressed_flow, find_flow, flow_entity, insert_flow
from tenant.simulator.locks import check_unlocked, release_flow
from tenant.simulator.odata import entity_response
from tenant.simulator.packages import READ_ONLY
from tenant.simulator.state import Row

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_ .-]*(?<!\.)")
_VERSION = re.compile(r"\d+\.\d+\.\d+")


def _read(call: Call) -> Response:
    return entity_response(call, FLOWS, flow_entity(addressed_flow(call)))


def _download(call: Call) -> Response:
    flow = addressed_flow(call)
    if flow["mode"] == READ_ONLY:
        raise BadRequestError(texts.CONFIGURE_ONLY_DOWNLOAD)
    file_name = re.sub(r"[^\w.-]", "_", flow["id"], flags=re.ASCII)
    headers = {"Content-Disposition": f"attachment; filename={file_name}.zip"}
    return Response(flow["content"], headers=headers, media_type="application/zip")


def _create(call: Call) -> Response:
    body = call.json_body()
    flow_id, package_id = text_field(body, "Id"), text_field(body, "PackageId")
    name = _checked_name(text_field(body, "Name"))
    package = call.state.row("SELECT * FROM packages WHERE id = ?", package_id)
    if package is None:
        raise package_missing(package_id)
    if package["mode"] == READ_ONLY:
        raise configure_only(package_id)
    if not flow_id:
        raise BadRequestError(texts.ID_RULE)
    if call.state.row("SELECT 1 FROM flows WHERE id = ?", flow_id):
        raise BusinessError(texts.FLOW_EXISTS.format(name=name, id=flow_id, package=package_id))
    content = _content(body)
    if content is None:
        # SAP makes an empty flow; what it puts into the zip is not known, so it is not invented here.
        raise BadRequestError(texts.CONTENT_EMPTY)
    flow = NewFlow(flow_id, package_id, name, "1.0.0", content, _checked_bundle(content).manifest)
    insert_flow(call.state, flow, call.user, call.now)
    return entity_response(call, FLOWS, flow_entity(find_flow(call.state, flow_id, "active")), 201)


def _replace(call: Call) -> Response:
    flow = _writable(call)
    body = call.json_body()
    if call.settings.put_key_fields == "refuse" and body.keys() & {"Id", "PackageId"}:
        raise BusinessError(texts.KEY_FIELDS_IN_PUT)
    check_unlocked(call, flow["id"], "put")
    content = _content(body)
    name = _checked_name(text_field(body, "Name")) if "Name" in body else None
    if content is None:
        _save(call, flow, name or flow["name"], flow["content"], None)
        return Response()
    bundle = _checked_bundle(content)
    if bundle.manifest.symbolic_name != flow["symbolic_name"]:
        raise BadRequestError(texts.SYMBOLIC_NAME_CHANGED)
    version = bundle.manifest.version if call.settings.put_version == "manifest" else None
    _save(call, flow, name or bundle.manifest.name, content, version)
    return Response()


def _save(call: Call, flow: Row, name: str, content: bytes, version: str | None) -> None:
    """Write the new state: without a version the flow keeps its number and becomes a draft."""
    call.state.change(
        "UPDATE flows SET name = ?, content = ?, version = ?, draft = ?, modified_by = ?, modified_at = ?"
        " WHERE id = ?",
        name, content, version or flow["version"], int(version is None), call.user, call.now, flow["id"],
    )  # fmt: skip


def _delete(call: Call) -> Response:
    flow = _writable(call)
    check_unlocked(call, flow["id"], "delete")
    release_flow(call.state, flow["id"])
    call.state.change("DELETE FROM flows WHERE id = ?", flow["id"])
    return Response()


def _save_as_version(call: Call) -> Response:
    flow = find_flow(call.state, call.parameter("Id"), "active")
    if flow["mode"] == READ_ONLY:
        raise configure_only(flow["package_id"])
    check_unlocked(call, flow["id"], "update")
    version = call.parameter("SaveAsVersion")
    if not _VERSION.fullmatch(version):
        raise BadRequestError("Enter a valid version, for example 1.0.0.")
    call.state.change(
        "UPDATE flows SET version = ?, draft = 0, modified_by = ?, modified_at = ? WHERE id = ?",
        version, call.user, call.now, flow["id"],
    )  # fmt: skip
    # SAP's metadata declares the entity here, tenants send nothing.
    return Response()


def _validate(call: Call) -> Response:
    """Whether the flow could be generated, as text, in the words of tenants: with a blank more than on SAP's page."""
    flow = find_flow(call.state, call.parameter("Id"), call.parameter("Version"))
    fault = Bundle(flow["content"]).fault()
    text = texts.CHECK_PASSED if fault is None else texts.CHECK_FAILED.format(reason=fault)
    return Response(text, 202, media_type="text/plain")


def _writable(call: Call) -> Row:
    flow = addressed_flow(call)
    if flow["mode"] == READ_ONLY:
        raise configure_only(flow["package_id"])
    return flow


def _content(body: dict[str, object]) -> bytes | None:
    """The decoded ArtifactContent, or None when it is not sent."""
    text = text_field(body, "ArtifactContent")
    if not text:
        return None
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadRequestError("Property 'ArtifactContent' is not base64.") from error


def _checked_bundle(content: bytes) -> Bundle:
    try:
        bundle = Bundle(content)
        bundle.manifest  # noqa: B018  reading it is the check
    except UnreadableBundleError as error:
        raise BadRequestError(error.why) from error
    if bundle.parameters_without_definitions:
        raise BusinessError(texts.NO_DEFINITIONS)
    return bundle


def _checked_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise BadRequestError(texts.NAME_RULE)
    return name


ROUTES: Routes = {
    ("GET", "IntegrationDesigntimeArtifacts()"): _read,
    ("GET", "IntegrationDesigntimeArtifacts()/$value"): _download,
    ("POST", "IntegrationDesigntimeArtifacts"): _create,
    ("PUT", "IntegrationDesigntimeArtifacts()"): _replace,
    ("DELETE", "IntegrationDesigntimeArtifacts()"): _delete,
    ("POST", "IntegrationDesigntimeArtifactSaveAsVersion"): _save_as_version,
    ("POST", "ValidateIntegrationDesigntimeArtifact"): _validate,
}
