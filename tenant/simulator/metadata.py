"""`$metadata`: the sets, types, associations and function imports as an EDMX document (OData 2.0, CSDL 2006/04).

Made from the same table (`entities`) that the answers are written from, so the two cannot drift apart.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from xml.etree import ElementTree as Xml

from starlette.responses import Response

from tenant.simulator.call import Call, Routes
from tenant.simulator.entities import FUNCTION_IMPORTS, EntitySet, FunctionImport, served

NAMESPACE = "com.sap.hci.api"
_EDMX = "http://schemas.microsoft.com/ado/2007/06/edmx"
_EDM = "http://schemas.microsoft.com/ado/2006/04/edm"
_META = "http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"
Xml.register_namespace("edmx", _EDMX)


@dataclass(frozen=True)
class _Association:
    """One navigation property with both of its ends."""

    source: EntitySet
    target: EntitySet
    navigation: str
    multiplicity: str

    @property
    def name(self) -> str:
        return f"{self.source.type_name}_{self.navigation}"


def metadata(sets: Iterable[EntitySet]) -> bytes:
    """The document for these sets; navigation to a set that is not among them is left out."""
    known = {entities.name: entities for entities in sets}
    associations = list(_associations(known))
    root = Xml.Element(f"{{{_EDMX}}}Edmx", {"Version": "1.0"})
    services = Xml.SubElement(root, f"{{{_EDMX}}}DataServices", {f"{{{_META}}}DataServiceVersion": "2.0"})
    schema = Xml.SubElement(services, _edm("Schema"), {"Namespace": NAMESPACE})
    schema.extend(_entity_type(entities, associations) for entities in known.values())
    schema.extend(_complex_types(known.values()))
    schema.extend(_association(one) for one in associations)
    schema.append(_container(known, associations))
    return bytes(Xml.tostring(root, "utf-8", xml_declaration=True))


def _associations(known: dict[str, EntitySet]) -> Iterator[_Association]:
    for source in known.values():
        for name, navigation in source.navigation.items():
            if navigation.entity_set in known:
                yield _Association(source, known[navigation.entity_set], name, navigation.multiplicity)


def _entity_type(entities: EntitySet, associations: Iterable[_Association]) -> Xml.Element:
    stream = {f"{{{_META}}}HasStream": "true"} if entities.stream else {}
    element = Xml.Element(_edm("EntityType"), {"Name": entities.type_name, **stream})
    key = Xml.SubElement(element, _edm("Key"))
    for name in entities.keys:
        Xml.SubElement(key, _edm("PropertyRef"), {"Name": name})
    for name, edm in entities.properties.items():
        element.append(_property(entities, name, str(edm)))
    for one in associations:
        if one.source is entities:
            ends = {"Relationship": f"{NAMESPACE}.{one.name}", "FromRole": _FROM, "ToRole": _TO}
            Xml.SubElement(element, _edm("NavigationProperty"), {"Name": one.navigation, **ends})
    return element


def _property(entities: EntitySet, name: str, edm: str) -> Xml.Element:
    given = entities.complex.get(name)
    required = name in entities.keys or name in entities.required or given is not None
    nullable = {"Nullable": "false"} if required else {}
    return Xml.Element(
        _edm("Property"), {"Name": name, "Type": f"{NAMESPACE}.{given.name}" if given else edm, **nullable}
    )


def _complex_types(sets: Iterable[EntitySet]) -> Iterator[Xml.Element]:
    for given in (one for entities in sets for one in entities.complex.values()):
        element = Xml.Element(_edm("ComplexType"), {"Name": given.name})
        for name in given.properties:
            Xml.SubElement(element, _edm("Property"), {"Name": name, "Type": "Edm.String"})
        yield element


_FROM, _TO = "from", "to"


def _association(one: _Association) -> Xml.Element:
    element = Xml.Element(_edm("Association"), {"Name": one.name})
    for role, entities, multiplicity in ((_FROM, one.source, "1"), (_TO, one.target, one.multiplicity)):
        end = {"Type": f"{NAMESPACE}.{entities.type_name}", "Multiplicity": multiplicity, "Role": role}
        Xml.SubElement(element, _edm("End"), end)
    return element


def _container(known: dict[str, EntitySet], associations: Iterable[_Association]) -> Xml.Element:
    default = {f"{{{_META}}}IsDefaultEntityContainer": "true"}
    container = Xml.Element(_edm("EntityContainer"), {"Name": "ODataEntityContainer", **default})
    for entities in known.values():
        described = {"Name": entities.name, "EntityType": f"{NAMESPACE}.{entities.type_name}"}
        Xml.SubElement(container, _edm("EntitySet"), described)
    for one in associations:
        described = {"Name": f"{one.name}Set", "Association": f"{NAMESPACE}.{one.name}"}
        pair = Xml.SubElement(container, _edm("AssociationSet"), described)
        for role, entities in ((_FROM, one.source), (_TO, one.target)):
            Xml.SubElement(pair, _edm("End"), {"EntitySet": entities.name, "Role": role})
    container.extend(_function(function, known) for function in FUNCTION_IMPORTS)
    return container


def _function(function: FunctionImport, known: dict[str, EntitySet]) -> Xml.Element:
    returned = {"ReturnType": "Edm.String"}
    if function.returns:
        returned = {
            "ReturnType": f"{NAMESPACE}.{known[function.returns].type_name}",
            "EntitySet": function.returns,
        }
    attributes = {"Name": function.name, **returned, f"{{{_META}}}HttpMethod": "POST"}
    element = Xml.Element(_edm("FunctionImport"), attributes)
    for name in function.parameters:
        Xml.SubElement(element, _edm("Parameter"), {"Name": name, "Type": "Edm.String", "Mode": "In"})
    return element


def _edm(name: str) -> str:
    return f"{{{_EDM}}}{name}"


def _answer(call: Call) -> Response:
    return Response(metadata(served(call.settings.profile)), media_type="application/xml")


ROUTES: Routes = {("GET", "$metadata"): _answer}
