"""Writes entities, lists and errors as OData 2.0 does it: Atom XML by default, JSON when asked for.

What a set holds and who may read it is decided elsewhere.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote, urlencode
from xml.etree import ElementTree as Xml

from starlette.responses import Response

from tenant.simulator.call import Call
from tenant.simulator.entities import Edm, Entity, EntitySet, Scalar, Value
from tenant.simulator.errors import Refusal
from tenant.simulator.query import Asked, Manners, page, selected

_NAMESPACE = "com.sap.hci.api"
_ATOM = "http://www.w3.org/2005/Atom"
_META = "http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"
_DATA = "http://schemas.microsoft.com/ado/2007/08/dataservices"
_RELATED = "http://schemas.microsoft.com/ado/2007/08/dataservices/related/"
_SCHEME = "http://schemas.microsoft.com/ado/2007/08/dataservices/scheme"
_XML = "http://www.w3.org/XML/1998/namespace"
Xml.register_namespace("", _ATOM)
Xml.register_namespace("m", _META)
Xml.register_namespace("d", _DATA)

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Expansions = Mapping[str, tuple[EntitySet, Sequence[Entity]]]


def entity_response(call: Call, entities: EntitySet, row: Entity, status: int = 200) -> Response:
    """One entity, `$select` applied."""
    if call.wants_json:
        return _json({"d": _json_entity(call, entities, row)}, status)
    return _xml(_atom_entry(call, entities, row), status, "entry")


def feed_response(call: Call, entities: EntitySet, rows: Sequence[Entity], manners: Manners) -> Response:
    """A list: options applied as the set treats them, at most one page, then the address of the next."""
    return expanded_feed_response(call, entities, [(row, {}) for row in rows], manners)


def expanded_feed_response(
    call: Call, entities: EntitySet, rows: Sequence[tuple[Entity, Expansions]], manners: Manners
) -> Response:
    """A list whose rows carry what `$expand` asked for (in JSON; Atom keeps the links)."""
    expansions = {id(row): expansion for row, expansion in rows}
    asked = Asked(entities, call.query, manners, call.settings.page_size)
    shown = page([row for row, _ in rows], asked)
    following = None
    if shown.next_start is not None:
        kept = {name: value for name, value in call.query.items() if name not in ("$skip", "$top", "$skiptoken")}
        following = f"{call.base}{call.path}?{urlencode({**kept, '$skiptoken': str(shown.next_start)}, safe='$')}"
    if not call.wants_json:
        return _xml(_atom_feed(call, entities, shown.rows, following), 200, "feed")
    feed: dict[str, object] = {
        "results": [_json_entity(call, entities, row, expansions[id(row)]) for row in shown.rows]
    }
    if shown.total is not None:
        feed["__count"] = str(shown.total)
    if following:
        feed["__next"] = following
    return _json({"d": feed}, 200)


def count_response(call: Call, entities: EntitySet, rows: Sequence[Entity]) -> Response:
    """`/$count`: the number of rows that the filter leaves, as text."""
    total = page(rows, Asked(entities, {**call.query, "$inlinecount": "allpages"})).total
    return Response(str(total), media_type="text/plain")


def error_response(refusal: Refusal, wants_json: bool) -> Response:
    """SAP's error body, in the format that was asked for."""
    if wants_json:
        message = {"lang": "en", "value": refusal.text}
        return _json({"error": {"code": refusal.code, "message": message}}, refusal.status)
    error = Xml.Element(f"{{{_META}}}error")
    Xml.SubElement(error, f"{{{_META}}}code").text = refusal.code
    message_element = Xml.SubElement(error, f"{{{_META}}}message", {f"{{{_XML}}}lang": "en"})
    message_element.text = _xml_text(refusal.text)
    body = Xml.tostring(error, "utf-8", xml_declaration=True, default_namespace=None)
    plain = body.replace(b"<m:", b"<").replace(b"</m:", b"</").replace(b"xmlns:m=", b"xmlns=")
    return Response(plain, refusal.status, media_type="application/xml")


def entity_uri(call: Call, entities: EntitySet, row: Entity) -> str:
    """The absolute address of an entity; quotes in keys doubled, everything else percent-encoded."""
    values = {key: quote(str(row[key]).replace("'", "''"), safe="'") for key in entities.keys}
    if len(values) == 1:
        return f"{call.base}{entities.name}('{next(iter(values.values()))}')"
    named = ",".join(f"{key}='{value}'" for key, value in values.items())
    return f"{call.base}{entities.name}({named})"


def _json(body: object, status: int) -> Response:
    return Response(json.dumps(body), status, media_type="application/json")


def _json_entity(
    call: Call, entities: EntitySet, row: Entity, expansions: Expansions | None = None
) -> dict[str, object]:
    uri = entity_uri(call, entities, row)
    metadata = {"id": uri, "uri": uri, "type": f"{_NAMESPACE}.{entities.type_name}"}
    if entities.stream:
        metadata |= {
            "content_type": "application/octet-stream",
            "media_src": f"{uri}/$value",
            "edit_media": f"{uri}/$value",
        }
    names = selected(entities, call.query)
    body: dict[str, object] = {"__metadata": metadata}
    for name, edm in entities.properties.items():
        if name in names:
            body[name] = _json_property(entities, name, row.get(name), edm)
    for name, navigation in entities.navigation.items():
        if expansions and name in expansions:
            inner, rows = expansions[name]
            entries = [_json_entity(_plain(call), inner, entry) for entry in rows]
            body[name] = {"results": entries} if navigation.multiplicity == "*" else next(iter(entries), None)
        elif name in names:
            body[name] = {"__deferred": {"uri": f"{uri}/{name}"}}
    return body


def _plain(call: Call) -> Call:
    """The same call without options, for what is nested in another entity."""
    return replace(call, query={})


def _json_property(entities: EntitySet, name: str, value: Value, edm: Edm) -> object:
    if isinstance(value, Mapping):
        return {"__metadata": {"type": f"{_NAMESPACE}.{entities.complex[name].name}"}, **value}
    return _json_value(value, edm)


def _json_value(value: Scalar, edm: Edm) -> Scalar:
    if value is None:
        return None
    if edm is Edm.DATE_TIME:
        return f"/Date({value})/"
    if edm is Edm.DATE_TIME_OFFSET:
        return f"/Date({value}+0000)/"
    return str(value) if edm is Edm.INT64 else value


def _atom_feed(call: Call, entities: EntitySet, rows: Sequence[Entity], following: str | None) -> Xml.Element:
    feed = Xml.Element(f"{{{_ATOM}}}feed", {f"{{{_XML}}}base": call.base})
    _atom_head(call, feed, entities.name, f"{call.base}{call.path}")
    Xml.SubElement(feed, f"{{{_ATOM}}}link", {"href": call.path, "rel": "self", "title": entities.name})
    feed.extend(_atom_entry(call, entities, row) for row in rows)
    if following:
        Xml.SubElement(feed, f"{{{_ATOM}}}link", {"href": following, "rel": "next"})
    return feed


def _atom_head(call: Call, parent: Xml.Element, title: str, uri: str) -> None:
    Xml.SubElement(parent, f"{{{_ATOM}}}id").text = uri
    Xml.SubElement(parent, f"{{{_ATOM}}}title", {"type": "text"}).text = title
    Xml.SubElement(parent, f"{{{_ATOM}}}updated").text = f"{_iso(call.now)}Z"


def _atom_entry(call: Call, entities: EntitySet, row: Entity) -> Xml.Element:
    uri = entity_uri(call, entities, row)
    entry = Xml.Element(f"{{{_ATOM}}}entry")
    _atom_head(call, entry, entities.name, uri)
    Xml.SubElement(entry, f"{{{_ATOM}}}category", {"term": f"{_NAMESPACE}.{entities.type_name}", "scheme": _SCHEME})
    _link(entry, "edit", entities.type_name, uri)
    for name in entities.navigation:
        _link(entry, f"{_RELATED}{name}", name, f"{uri}/{name}")
    content = Xml.SubElement(entry, f"{{{_ATOM}}}content")
    if entities.stream:
        content.attrib |= {"type": "application/octet-stream", "src": f"{uri}/$value"}
        _link(entry, "edit-media", entities.type_name, f"{uri}/$value")
    else:
        content.attrib["type"] = "application/xml"
    properties = Xml.SubElement(entry if entities.stream else content, f"{{{_META}}}properties")
    names = selected(entities, call.query)
    for name in entities.properties:
        if name in names:
            _atom_value(properties, entities, name, row.get(name))
    return entry


def _link(parent: Xml.Element, rel: str, title: str, uri: str) -> None:
    Xml.SubElement(parent, f"{{{_ATOM}}}link", {"href": uri, "rel": rel, "title": title})


def _atom_value(parent: Xml.Element, entities: EntitySet, name: str, value: Value) -> None:
    if not isinstance(value, Mapping):
        _atom_property(parent, name, value, entities.properties[name])
        return
    kind = {f"{{{_META}}}type": f"{_NAMESPACE}.{entities.complex[name].name}"}
    element = Xml.SubElement(parent, f"{{{_DATA}}}{name}", kind)
    for inner, text in value.items():
        _atom_property(element, inner, text, Edm.STRING)


def _atom_property(parent: Xml.Element, name: str, value: Scalar, edm: Edm) -> None:
    attributes = {} if edm is Edm.STRING else {f"{{{_META}}}type": str(edm)}
    if value is None:
        attributes[f"{{{_META}}}null"] = "true"
    element = Xml.SubElement(parent, f"{{{_DATA}}}{name}", attributes)
    element.text = None if value is None else _atom_text(value, edm)


def _atom_text(value: str | int | bool, edm: Edm) -> str:
    if edm in (Edm.DATE_TIME, Edm.DATE_TIME_OFFSET):
        return _iso(int(value)) + ("Z" if edm is Edm.DATE_TIME_OFFSET else "")
    return str(value).lower() if isinstance(value, bool) else _xml_text(str(value))


def _iso(milliseconds: int) -> str:
    """ISO without zone, three digits of a second, as SAP's Atom answers show it."""
    moment = datetime.fromtimestamp(milliseconds / 1000, UTC)
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds")


def _xml_text(text: str) -> str:
    """Characters that XML 1.0 cannot hold become a question mark; the answer must stay well-formed."""
    return _NOT_XML.sub("?", text)


def _xml(element: Xml.Element, status: int, kind: str) -> Response:
    body = Xml.tostring(element, "utf-8", xml_declaration=True)
    return Response(body, status, media_type=f"application/atom+xml;type={kind}")
