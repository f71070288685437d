"""An artifact zip made from scratch, as the tenant exports them: for the simulator, the demo and the tests.

Each sender channel calls an integration process of its own that ends at once. Nothing else uses this module.
"""

import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass

from process.facts import NamePair
from tenant.flows.content import CLIENT_CERTIFICATE
from tenant.flows.properties import escape_value
from tenant.flows.samplexml import iflw_text, project_text, propdef_text
from tenant.flows.table import cell_bytes
from tenant.flows.xmltext import escape

_TIME = (2024, 5, 14, 9, 30, 0)
_TIME_LINE = "#Tue May 14 09:30:00 UTC 2024\n"
_RESOURCES = "src/main/resources/"
_NO_FILE_NAME = re.compile(r'[\\/:*?"<>|]')
_MANIFEST_WIDTH = 70  # of 72 bytes two are the line end (JAR File Specification, "Line length")


@dataclass(frozen=True)
class SampleChannel:
    """A sender channel to be made; `parameterised` puts its first row into externalised parameters."""

    name: str
    adapter: str = "HTTPS"
    address: str = "/sample"
    authorization: str = CLIENT_CERTIFICATE
    rows: Sequence[NamePair] = ()
    role: str = "ESBMessaging.send"
    parameterised: bool = False


def sample_flow(flow_id: str, name: str, channels: Sequence[SampleChannel]) -> bytes:
    """An artifact zip with the given sender channels; the same arguments give the same bytes."""
    parameters = [(key, text) for at, channel in enumerate(channels) for key, text in _parameters(at, channel)]
    iflw = iflw_text(channels, [_table(at, channel) for at, channel in enumerate(channels)])
    owners = {key: channel.name for at, channel in enumerate(channels) for key, _ in _parameters(at, channel)}
    values = b"".join(key.encode() + b"=" + escape_value(escape(text)) + b"\n" for key, text in parameters)
    flow_path = f"scenarioflows/integrationflow/{_NO_FILE_NAME.sub('_', name)}.iflw"
    return _zipped(
        {
            _RESOURCES + flow_path: iflw.encode(),
            _RESOURCES + "parameters.prop": _TIME_LINE.encode() + values,
            _RESOURCES + "parameters.propdef": propdef_text(owners).encode(),
            ".project": project_text(flow_id).encode(),
            "metainfo.prop": f"#Store metainfo properties\n{_TIME_LINE}description=\n".encode(),
            "META-INF/MANIFEST.MF": _manifest(flow_id, name),
        }
    )


def _parameter_names(at: int) -> tuple[str, str]:
    number = f"_{at + 1}" if at else ""
    return f"SubjectDN{number}", f"IssuerDN{number}"


def _parameters(at: int, channel: SampleChannel) -> list[tuple[str, str]]:
    if not channel.parameterised or not channel.rows:
        return []
    return list(zip(_parameter_names(at), (channel.rows[0].subject, channel.rows[0].issuer), strict=True))


def _table(at: int, channel: SampleChannel) -> str:
    """The value of the DN table, as it stands in the .iflw."""
    pairs = [(row.subject, row.issuer) for row in channel.rows]
    if pairs and channel.parameterised:
        subject, issuer = _parameter_names(at)
        pairs[0] = ("{{" + subject + "}}", "{{" + issuer + "}}")
    return "".join(_row(subject, issuer) for subject, issuer in pairs)


def _row(subject: str, issuer: str) -> str:
    cells = (("subject", subject), ("issuer", issuer))
    inner = "".join(
        f"&lt;cell id='clientCertificate.{kind}DN'&gt;{cell_bytes(text).decode()}&lt;/cell&gt;"
        for kind, text in cells
    )
    return f"&lt;row&gt;{inner}&lt;/row&gt;"


def _manifest(flow_id: str, name: str) -> bytes:
    headers = (
        "Manifest-Version: 1.0",
        "Bundle-ManifestVersion: 2",
        f"Bundle-Name: {name}",
        f"Bundle-SymbolicName: {flow_id}; singleton:=true",
        "Bundle-Version: 1.0.0",
        "SAP-BundleType: IntegrationFlow",
        "SAP-NodeType: IFLMAP",
        "SAP-RuntimeProfile: iflmap",
    )
    return b"".join(_folded(header.encode()) for header in headers) + b"\r\n"


def _folded(header: bytes) -> bytes:
    lines, rest = [header[:_MANIFEST_WIDTH]], header[_MANIFEST_WIDTH:]
    while rest:
        lines.append(b" " + rest[: _MANIFEST_WIDTH - 1])
        rest = rest[_MANIFEST_WIDTH - 1 :]
    return b"".join(line + b"\r\n" for line in lines)


class _Stream(io.BytesIO):
    """Not seekable, so that `zipfile` writes data descriptors, which nearly all real artifacts have."""

    def seekable(self) -> bool:
        return False

    def seek(self, offset: int, whence: int = 0) -> int:
        raise OSError("a stream")

    def tell(self) -> int:
        raise OSError("a stream")


def _zipped(contents: dict[str, bytes]) -> bytes:
    stream = _Stream()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in contents.items():
            info = zipfile.ZipInfo(path, _TIME)
            info.compress_type, info.create_system = zipfile.ZIP_DEFLATED, 0
            archive.writestr(info, content)
    return stream.getvalue()
