"""Where things stand in an .iflw: participants and message flows, their properties and the bytes of values.

Expat parses, with namespaces, and tells byte places; nothing is ever written from the parse. Document type
declarations, and with them all entities, are refused before they can act. Meaning is given in `reading`.
The processes and the diagram, more than half of a flow, are parsed for their form alone.
"""

from dataclasses import dataclass, field
from xml.parsers import expat

from tenant.flows.errors import EntitiesDeclared, NotXml
from tenant.flows.splice import Span

_BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL "
_IFL = "http:///com.sap.ifl.model/Ifl.xsd "
_COLLABORATION = _BPMN + "collaboration"
_OWNERS = {_BPMN + "participant": "participant", _BPMN + "messageFlow": "messageFlow"}
_PROPERTY, _TYPE = _IFL + "property", _IFL + "type"


@dataclass(slots=True)
class Property:
    """`key` and `value` of an ifl:property, and at which bytes the tags of its value start (-1: it has none)."""

    key: str = ""
    value: str = ""
    opened: int = -1
    closed: int = -1

    def content(self, data: bytes) -> Span | None:
        """The bytes between the tags of the value; None where there are not two tags."""
        if self.opened < 0:
            return None
        start = data.index(b">", self.opened) + 1
        return Span(start, self.closed) if data[start - 2 : start] != b"/>" else None


@dataclass
class Element:
    """A participant or message flow with its attributes and properties."""

    kind: str
    attributes: dict[str, str]
    properties: list[Property] = field(default_factory=list)

    def get(self, key: str) -> str:
        """The value of a property, empty where there is none."""
        found = self.find(key)
        return found.value if found else ""

    def find(self, key: str) -> Property | None:
        """The property with a key; keys are unique in every real file, and the first counts elsewhere."""
        for prop in self.properties:
            if prop.key == key:
                return prop
        return None

    @property
    def type(self) -> str:
        """What `ifl:type` says, as an attribute or as a property."""
        return self.attributes.get(_TYPE) or self.get("ifl:type")


def scan_iflw(data: bytes, name: str) -> tuple[Element, ...]:
    """All participants and message flows in file order; raises NotXml, EntitiesDeclared."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotXml(name, data.count(b"\n", 0, error.start) + 1) from error
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    _refuse_strangers(parser, name)
    elements = _collect(parser, data)
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise NotXml(name, error.lineno) from error
    return tuple(elements)


def _refuse_strangers(parser: expat.XMLParserType, name: str) -> None:
    def declaration(version: str, encoding: str | None, standalone: int) -> None:
        if encoding is not None and encoding.lower() != "utf-8":
            raise NotXml(name, 1)  # byte places would not be those of the file

    def doctype(*_: object) -> None:
        raise EntitiesDeclared(name)

    parser.XmlDeclHandler = declaration
    parser.StartDoctypeDeclHandler = doctype


def _collect(parser: expat.XMLParserType, data: bytes) -> list[Element]:
    """Let the parser fill the list. Closures, since each of some hundred thousand calls finds its state faster."""
    elements: list[Element] = []
    text: list[str] = []
    properties: list[Property] | None = None  # those of the participant or message flow that is open
    prop: Property | None = None
    collaborations = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal properties, prop
        if properties is None:
            if tag in _OWNERS:
                elements.append(Element(_OWNERS[tag], attributes))
                properties = elements[-1].properties
                parser.CharacterDataHandler = text.append
        elif tag == "key":
            text.clear()
        elif tag == "value" and prop is not None:
            prop.opened = parser.CurrentByteIndex
            text.clear()
        elif tag == _PROPERTY:
            prop = Property()
            properties.append(prop)

    def end(tag: str) -> None:
        nonlocal properties, prop
        if prop is not None:
            if tag == "key":
                prop.key = "".join(text)
            elif tag == "value":
                prop.value, prop.closed = "".join(text), parser.CurrentByteIndex
            elif tag == _PROPERTY:
                prop = None
        elif properties is None:
            if tag == _COLLABORATION:
                leave_collaboration()
        elif tag in _OWNERS:
            properties = parser.CharacterDataHandler = None

    def leave_collaboration() -> None:
        """After it nothing is of interest, unless the file shows that it is built in another way."""
        nonlocal collaborations
        collaborations += 1
        at = parser.CurrentByteIndex
        if collaborations == 1 and data.find(b"messageFlow", at) < 0 and data.find(b"participant", at) < 0:
            parser.StartElementHandler = parser.EndElementHandler = None

    parser.StartElementHandler, parser.EndElementHandler = start, end
    return elements
