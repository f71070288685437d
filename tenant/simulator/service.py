"""The service root: the list of sets, in JSON or as an Atom service document."""

import json
from xml.etree import ElementTree as Xml

from starlette.responses import Response

from tenant.simulator.call import Call, Routes
from tenant.simulator.entities import served

_APP = "http://www.w3.org/2007/app"
_ATOM = "http://www.w3.org/2005/Atom"
Xml.register_namespace("app", _APP)


def _root(call: Call) -> Response:
    names = _names(call)
    if call.wants_json:
        return Response(json.dumps({"d": {"EntitySets": names}}), media_type="application/json")
    service = Xml.Element(f"{{{_APP}}}service", {"{http://www.w3.org/XML/1998/namespace}base": call.base})
    workspace = Xml.SubElement(service, f"{{{_APP}}}workspace")
    Xml.SubElement(workspace, f"{{{_ATOM}}}title").text = "Default"
    for name in names:
        collection = Xml.SubElement(workspace, f"{{{_APP}}}collection", {"href": name})
        Xml.SubElement(collection, f"{{{_ATOM}}}title").text = name
    body = Xml.tostring(service, "utf-8", xml_declaration=True)
    return Response(body, media_type="application/atomsvc+xml")


def _names(call: Call) -> list[str]:
    """Every set, or only those that a tenant's own document lists; most of a tenant's sets are not in it."""
    every = call.settings.service_document == "complete"
    return [entities.name for entities in served(call.settings.profile) if every or entities.listed]


ROUTES: Routes = {("GET", ""): _root, ("HEAD", ""): _root}
