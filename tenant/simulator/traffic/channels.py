"""The sender channels of deployed content as a runtime node sees them: path, authorisation, rows, role, CSRF.

Written apart from the client's own reader, as `bundle` is, so that one misreading cannot hide in both.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from xml.sax.saxutils import unescape

from defusedxml import ElementTree as SafeXml
from defusedxml.common import DefusedXmlException

from process.facts import NamePair
from tenant.simulator.bundle import Bundle, UnreadableBundleError

BY_CERTIFICATE = "ClientCertificate"
DEFAULT_ROLE = "ESBMessaging.send"
ANY_BELOW = "/*"
"""The end of an address of HTTPS that also stands for every path below it."""

_TABLE = "clientCertificates"
_PLACEHOLDER = re.compile(r"\{\{([^{}]+)\}\}")
_PREFIXES = {
    "HTTPS": "/http/", "SOAP": "/cxf/", "IDOC": "/cxf/", "XI": "/cxf/", "AS2": "/cxf/", "AS4": "/cxf/",
    "ODATASENDER": "/cxf/",
}  # fmt: skip
_AUTHORIZATION_KEYS = {"ODATASENDER": "authentication"}
_SPELLINGS = {"certificate": BY_CERTIFICATE}
_ENTITIES = {"&quot;": '"', "&apos;": "'"}
_UNREADABLE = (SafeXml.ParseError, DefusedXmlException)


@dataclass(frozen=True)
class SenderChannel:
    """A channel that can be called over HTTP, with every parameter resolved.

    `path` is under which the node is called, with its prefix; `rows` count where it authorises `by_certificate`;
    `answers` says that the caller gets the flow's result.
    """

    path: str
    by_certificate: bool
    role: str
    rows: tuple[NamePair, ...]
    csrf: bool
    answers: bool


def called_paths(content: bytes) -> str:
    """The paths under which deployed content can be called, as JSON for its row; none where it cannot be read."""
    return json.dumps([channel.path for channel in channels_of(content)])


def paths_of(written: str) -> list[str]:
    """The paths that `called_paths` wrote."""
    return [str(path) for path in json.loads(written)]


def channels_of(content: bytes) -> tuple[SenderChannel, ...]:
    """The channels of a project zip that can be called over HTTP; () where it cannot be read."""
    try:
        return DeployedBundle(content).channels()
    except (UnreadableBundleError, *_UNREADABLE):
        return ()


class DeployedBundle(Bundle):
    """A project zip as it runs: every value is the effective one."""

    def channels(self) -> tuple[SenderChannel, ...]:
        """The channels that can be called over HTTP; raises what the XML parser raises."""
        values = self.parameters()
        return tuple(
            _channel(plain, _rows(stated.get(_TABLE, ""), values))
            for stated in self._sender_channels()
            if _path(plain := {key: _resolved(text, values) for key, text in stated.items()})
        )


def _channel(properties: Mapping[str, str], rows: tuple[NamePair, ...]) -> SenderChannel:
    adapter = properties.get("ComponentType", "").upper()
    stated = properties.get(_AUTHORIZATION_KEYS.get(adapter, "senderAuthType"), "")
    return SenderChannel(
        path=_path(properties),
        by_certificate=_SPELLINGS.get(stated, stated) == BY_CERTIFICATE,
        role=properties.get("userRole") or DEFAULT_ROLE,
        rows=rows,
        csrf=properties.get("xsrfProtection") in ("1", "true"),
        answers=adapter == "HTTPS",
    )


def _path(properties: Mapping[str, str]) -> str:
    """Prefix and address, or nothing for a channel that is not called over HTTP."""
    prefix = _PREFIXES.get(properties.get("ComponentType", "").upper())
    address = properties.get("urlPath") or properties.get("address") or ""
    return prefix + address.strip("/") if prefix and address else ""


def _rows(table: str, values: Mapping[str, str]) -> tuple[NamePair, ...]:
    """The rows that state both names; () for a table that cannot be read, which nothing runs with."""
    whole = _PLACEHOLDER.fullmatch(table)
    try:
        root = SafeXml.fromstring(f"<table>{values.get(whole[1], '') if whole else table}</table>")
    except _UNREADABLE:
        return ()
    found = []
    for row in root.iter("row"):
        cells = {cell.get("id", ""): _cell("".join(cell.itertext()), values) for cell in row.iter("cell")}
        subject, issuer = (cells.get(f"clientCertificate.{name}DN", "") for name in ("subject", "issuer"))
        if subject and issuer:
            found.append(NamePair(subject, issuer))
    return tuple(found)


def _cell(text: str, values: Mapping[str, str]) -> str:
    """A cell's text; parameters that stand in a table are stored as XML."""
    return _PLACEHOLDER.sub(lambda match: unescape(values.get(match[1], match[0]), _ENTITIES), text)


def _resolved(text: str, values: Mapping[str, str]) -> str:
    """The text with its externalised parameters replaced; an unknown one stays as it is written."""
    return _PLACEHOLDER.sub(lambda match: values.get(match[1], match[0]), text)
