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


@dataclass
class Property:
    """`key` and `value` of an ifl:property; `content` covers the bytes between the tags of its value."""

    key: str = ""
    value: str = ""
    content: Span | None = None


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
        return next((prop for prop in self.properties if prop.key == key), None)

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
    scanner = _Scanner(data, name)
    try:
        scanner.parser.Parse(data, True)
    except expat.ExpatError as error:
        raise NotXml(name, error.lineno) from error
    return tuple(scanner.elements)


class _Scanner:
    """The state of one parse. Text is only asked for inside a key or value: half of the time is saved."""

    def __init__(self, data: bytes, name: str) -> None:
        self.data, self.name = data, name
        self.elements: list[Element] = []
        self.owner: Element | None = None
        self.property: Property | None = None
        self.text: list[str] = []
        self.value_at, self.ends = 0, 0
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.XmlDeclHandler = self.declaration
        self.parser.StartDoctypeDeclHandler = self.doctype
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end

    def declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        if encoding is not None and encoding.lower() != "utf-8":
            raise NotXml(self.name, 1)  # byte places would not be those of the file

    def doctype(self, *_: object) -> None:
        raise EntitiesDeclared(self.name)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag in _OWNERS:
            self.owner = Element(_OWNERS[tag], attributes)
            self.elements.append(self.owner)
        elif self.owner is None:
            return
        elif tag == _PROPERTY:
            self.property = Property()
            self.owner.properties.append(self.property)
        elif self.property is not None and tag in ("key", "value"):
            self.text = []
            self.value_at = self.parser.CurrentByteIndex
            self.parser.CharacterDataHandler = self.text.append

    def end(self, tag: str) -> None:
        if self.owner is None:
            if tag == _COLLABORATION:
                self.end_outside()
        elif self.property is not None and tag in ("key", "value"):
            self.close_text(self.property, tag)
        elif tag == _PROPERTY:
            self.property = None
        elif tag in _OWNERS:
            self.owner = None

    def end_outside(self) -> None:
        """After the collaboration nothing is of interest, unless the file shows that it is built in another way."""
        at, self.ends = self.parser.CurrentByteIndex, self.ends + 1
        if self.ends == 1 and self.data.find(b"messageFlow", at) < 0 and self.data.find(b"participant", at) < 0:
            self.parser.StartElementHandler = self.parser.EndElementHandler = None

    def close_text(self, prop: Property, tag: str) -> None:
        self.parser.CharacterDataHandler = None
        text = "".join(self.text)
        if tag == "key":
            prop.key = text
            return
        prop.value = text
        start = self.data.index(b">", self.value_at) + 1
        if self.data[start - 2 : start] != b"/>":
            prop.content = Span(start, self.parser.CurrentByteIndex)
