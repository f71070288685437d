"""Resources of a flow: schemas, mappings, scripts. Read only; a flow's model itself is none of them at SAP."""

import io
import zipfile
from pathlib import PurePosixPath

from starlette.responses import Response

from tenant.simulator.call import Call, Routes
from tenant.simulator.entities import RESOURCES, Entity
from tenant.simulator.errors import entity_missing
from tenant.simulator.flows import addressed_flow
from tenant.simulator.odata import count_response, entity_response, feed_response
from tenant.simulator.query import Manners

TYPES = frozenset(["edmx", "groovy", "jar", "js", "mmap", "opmap", "wsdl", "xsd", "xslt"])
_FOLDER = "src/main/resources/"


def _read(call: Call) -> dict[tuple[str, str], bytes]:
    """The content of each resource, by name and type; the type is the suffix of its file."""
    found = {}
    with zipfile.ZipFile(io.BytesIO(addressed_flow(call)["content"])) as archive:
        for name in archive.namelist():
            path = PurePosixPath(name)
            kind = path.suffix.removeprefix(".").lower()
            if name.startswith(_FOLDER) and kind in TYPES:
                found[path.name, kind] = archive.read(name)
    return found


def _entity(key: tuple[str, str], content: bytes) -> Entity:
    return {
        "Name": key[0],
        "ResourceType": key[1],
        "ReferencedResourceType": None,
        "ResourceSize": len(content),
        "ResourceSizeUnit": "B",
        "ResourceContent": None,
    }


def _entities(call: Call) -> list[Entity]:
    return [_entity(key, content) for key, content in sorted(_read(call).items())]


def _list(call: Call) -> Response:
    return feed_response(call, RESOURCES, _entities(call), Manners())


def _count(call: Call) -> Response:
    return count_response(call, RESOURCES, _entities(call))


def _addressed(call: Call) -> tuple[tuple[str, str], bytes]:
    segment = call.segments[1]
    key = (segment.key("Name"), segment.key("ResourceType"))
    content = _read(call).get(key)
    if content is None:
        raise entity_missing()
    return key, content


def _one(call: Call) -> Response:
    return entity_response(call, RESOURCES, _entity(*_addressed(call)))


def _value(call: Call) -> Response:
    return Response(_addressed(call)[1], media_type="application/octet-stream")


ROUTES: Routes = {
    ("GET", "IntegrationDesigntimeArtifacts()/Resources"): _list,
    ("GET", "IntegrationDesigntimeArtifacts()/Resources/$count"): _count,
    ("GET", "IntegrationDesigntimeArtifacts()/Resources()"): _one,
    ("GET", "IntegrationDesigntimeArtifacts()/Resources()/$value"): _value,
}
