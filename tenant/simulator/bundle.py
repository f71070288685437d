"""What the simulated tenant reads in a flow's project zip: manifest, parameters, sender addresses, faults.

Written apart from the client's own reader, so that one misreading cannot hide in both.
"""

import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from defusedxml import ElementTree as SafeXml
from defusedxml.common import DefusedXmlException

MANIFEST = "META-INF/MANIFEST.MF"
PARAMETERS = "src/main/resources/parameters.prop"
DEFINITIONS = "src/main/resources/parameters.propdef"
_FLOW = re.compile(r"src/main/resources/scenarioflows/integrationflow/[^/]+\.iflw")
_BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
_IFL = "{http:///com.sap.ifl.model/Ifl.xsd}"
_PLACEHOLDER = re.compile(r"\{\{([^{}]+)\}\}")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_ENTRY = re.compile(r"[ \t\f]*((?:\\.|[^\\=: \t\f])*)[ \t\f]*[=:]?[ \t\f]*(.*)", re.DOTALL)
_PROTOCOLS = {
    "HTTPS": "REST", "SOAP": "SOAP", "IDOC": "SOAP", "ODATASENDER": "ODATAV2", "AS2": "AS2", "AS4": "AS4",
}  # fmt: skip
MAXIMUM_MEMBER = 50 * 1024 * 1024  # bytes unpacked; real models stay below 2 MB
# Everything that zipfile and its decompressors raise on damaged, encrypted or exotic archives.
_BROKEN = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, NotImplementedError, RuntimeError,
)  # fmt: skip


class UnreadableBundleError(Exception):
    """The bytes are no flow project; `why` says it in words."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Manifest:
    """The headers of META-INF/MANIFEST.MF that the tenant uses."""

    symbolic_name: str
    name: str
    version: str
    bundle_type: str


@dataclass(frozen=True)
class SenderAddress:
    """Where a running flow can be called: SAP's protocol word and the address, without a leading slash."""

    protocol: str
    address: str


class Bundle:
    """A flow's project zip, read only; raises UnreadableBundleError on what is none."""

    def __init__(self, content: bytes) -> None:
        self._members: dict[str, bytes] = {}
        try:
            with zipfile.ZipFile(io.BytesIO(content)) as archive:
                for member in archive.infolist():
                    if self._wanted(member):
                        self._members[member.filename] = archive.read(member)
        except _BROKEN as error:
            raise UnreadableBundleError("The content is not a zip file.") from error
        if MANIFEST not in self._members:
            raise UnreadableBundleError("The zip has no META-INF/MANIFEST.MF.")

    @staticmethod
    def _wanted(member: zipfile.ZipInfo) -> bool:
        name = member.filename
        wanted = name in (MANIFEST, PARAMETERS, DEFINITIONS) or _FLOW.fullmatch(name) is not None
        if wanted and member.file_size > MAXIMUM_MEMBER:
            raise UnreadableBundleError(f"{name} is too large for an integration flow.")
        return wanted

    @property
    def manifest(self) -> Manifest:
        """The manifest's headers; a missing Bundle-SymbolicName is an UnreadableBundleError."""
        text = self._members[MANIFEST].decode("utf-8", "replace").replace("\r\n", "\n").replace("\n ", "")
        headers = dict(line.split(": ", 1) for line in text.split("\n") if ": " in line)
        symbolic_name = headers.get("Bundle-SymbolicName", "").split(";")[0].strip()
        if not symbolic_name:
            raise UnreadableBundleError("The manifest has no Bundle-SymbolicName.")
        return Manifest(
            symbolic_name,
            headers.get("Bundle-Name", symbolic_name).strip(),
            headers.get("Bundle-Version", "1.0.0").strip(),
            headers.get("SAP-BundleType", "").strip(),
        )

    @property
    def parameters_without_definitions(self) -> bool:
        """parameters.prop without parameters.propdef: the tenant cannot take such a zip."""
        return PARAMETERS in self._members and DEFINITIONS not in self._members

    def parameters(self) -> dict[str, str]:
        """The externalised parameters and their values."""
        return dict(read_properties(self._members.get(PARAMETERS, b"")))

    def parameter_types(self) -> dict[str, str]:
        """The type that parameters.propdef gives to each parameter; one that is not there is an xsd:string."""
        try:
            root = SafeXml.fromstring(self._members.get(DEFINITIONS, b"<none/>"))
        except (SafeXml.ParseError, DefusedXmlException):
            return {}
        return {one.findtext("name", ""): one.findtext("type", "xsd:string") for one in root.iter("parameter")}

    def fault(self) -> str | None:
        """Why this content cannot be generated into a running flow, or None."""
        flows = [name for name in self._members if _FLOW.fullmatch(name)]
        if len(flows) != 1:
            return f"The integration flow project holds {len(flows)} models instead of one."
        try:
            for properties in self._sender_channels():
                table = properties.get("clientCertificates", "")
                SafeXml.fromstring(f"<table>{table}</table>")
        except (SafeXml.ParseError, DefusedXmlException) as error:
            return f"The integration flow model cannot be read: {error}"
        return None

    def sender_addresses(self) -> tuple[SenderAddress, ...]:
        """The addresses of the sender channels that can be called over HTTP; () where the model is unreadable."""
        parameters = self.parameters()
        found = []
        try:
            for properties in self._sender_channels():
                protocol = _PROTOCOLS.get(properties.get("ComponentType", "").upper())
                address = properties.get("urlPath") or properties.get("address") or ""
                if protocol and address:
                    plain = _PLACEHOLDER.sub(lambda match: parameters.get(match[1], match[0]), address)
                    found.append(SenderAddress(protocol, plain.strip("/")))
        except (SafeXml.ParseError, DefusedXmlException):
            return ()
        return tuple(found)

    def _sender_channels(self) -> Iterator[dict[str, str]]:
        """The properties of each messageFlow that starts at a sender participant."""
        for name in filter(_FLOW.fullmatch, self._members):
            root = SafeXml.fromstring(self._members[name])
            senders = {
                one.get("id")
                for one in root.iter(f"{_BPMN}participant")
                if one.get(f"{_IFL}type") == "EndpointSender"
            }
            for flow in root.iter(f"{_BPMN}messageFlow"):
                if flow.get("sourceRef") in senders:
                    yield dict(_properties(flow))


def with_parameter(content: bytes, key: str, value: str) -> bytes:
    """The zip with one value of parameters.prop replaced; every other member keeps its bytes.

    Raises KeyError where the parameter is not in the file.
    """
    source = io.BytesIO(content)
    target = io.BytesIO()
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            data = old.read(member)
            new.writestr(member, _replaced(data, key, value) if member.filename == PARAMETERS else data)
    return target.getvalue()


def read_properties(data: bytes) -> Iterator[tuple[str, str]]:
    """Key and value of each line in the form of java.util.Properties (no continuation lines, as SAP writes it)."""
    for line in _LINE.findall(data.decode("utf-8", "replace")):
        if _holds_parameter(line):
            yield _split(line)


def _replaced(data: bytes, key: str, value: str) -> bytes:
    lines = _LINE.findall(data.decode("utf-8", "replace"))
    for index, line in enumerate(lines):
        if _holds_parameter(line) and _split(line)[0] == key:
            end = line[len(line.rstrip("\r\n")) :]
            lines[index] = f"{_escaped(key, blanks=True)}={_escaped(value)}{end}"
            return "".join(lines).encode()
    raise KeyError(key)


def _holds_parameter(line: str) -> bool:
    return bool(line.strip(" \t\f\r\n")) and not line.lstrip(" \t\f").startswith(("#", "!"))


def _split(line: str) -> tuple[str, str]:
    match = _ENTRY.match(line.rstrip("\r\n"))
    return (_unescaped(match[1]), _unescaped(match[2])) if match else (line, "")


def _unescaped(text: str) -> str:
    simple = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}

    def one(match: re.Match[str]) -> str:
        return chr(int(match[1], 16)) if match[1] else simple.get(match[2], match[2])

    units = re.sub(r"\\(?:u([0-9a-fA-F]{4})|(.))", one, text)
    # Characters beyond 16 bits are written as two escapes.
    return units.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _escaped(text: str, *, blanks: bool = False) -> str:
    special = "\\=:#! " if blanks else "\\=:#!"
    escaped = "".join(f"\\{c}" if c in special else c for c in text)
    escaped = f"\\{escaped}" if escaped.startswith(" ") else escaped
    return "".join(c if " " <= c < "\x7f" else _utf16(c) for c in escaped)


def _utf16(character: str) -> str:
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02X}{units[i + 1]:02X}" for i in range(0, len(units), 2))


def _properties(element: Any) -> Iterator[tuple[str, str]]:
    """Keys and values of the `ifl:property` children; the parser's element class has no public name."""
    for one in element.iter(f"{_IFL}property"):
        yield one.findtext("key", ""), one.findtext("value") or ""
