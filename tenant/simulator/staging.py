"""Setting the stage of a rehearsal: a running flow with sender channels made from scratch, and user mappings."""

import base64
import hashlib
import re

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pydantic import BaseModel, ConfigDict

from process.facts import NamePair
from tenant.flows.content import CLIENT_CERTIFICATE
from tenant.flows.sample import SampleChannel, sample_flow
from tenant.simulator.bundle import Bundle
from tenant.simulator.deployments import insert_running
from tenant.simulator.flows import NewFlow, find_flow, insert_flow
from tenant.simulator.packages import NewPackage, insert_package
from tenant.simulator.settings import DEFAULT_PACKAGE
from tenant.simulator.state import State

STAGE = "rehearsal"
"""Who made what is staged."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NamesOrder(_Strict):
    """A row of a channel's DN table."""

    subject: str
    issuer: str


class ChannelOrder(_Strict):
    """A sender channel; `parameterised` puts its first row into externalised parameters."""

    name: str
    address: str
    adapter: str = "HTTPS"
    authorization: str = CLIENT_CERTIFICATE
    role: str = "ESBMessaging.send"
    rows: tuple[NamesOrder, ...] = ()
    parameterised: bool = False


class FlowOrder(_Strict):
    """A running flow in version 1.0.0."""

    flow: str
    name: str = ""
    package: str = DEFAULT_PACKAGE
    channels: tuple[ChannelOrder, ...] = ()


class MappingOrder(_Strict):
    """A certificate, as PEM, mapped to a user."""

    user: str
    certificate: str


def _channel(order: ChannelOrder) -> SampleChannel:
    rows = [NamePair(row.subject, row.issuer) for row in order.rows]
    return SampleChannel(
        order.name, order.adapter, order.address, order.authorization, rows, order.role, order.parameterised
    )


def stage_flow(state: State, order: FlowOrder, now: int) -> bool:
    """Make the flow and let it run; false where a flow of that id is there already, which is left alone."""
    if state.row("SELECT 1 FROM flows WHERE id = ?", order.flow):
        return False
    package = re.sub(r"[^A-Za-z0-9]", "", order.package) or DEFAULT_PACKAGE
    if not state.row("SELECT 1 FROM packages WHERE id = ?", package):
        insert_package(state, NewPackage(package, order.package, short_text=order.package), STAGE, now)
    name = order.name or order.flow
    content = sample_flow(order.flow, name, [_channel(channel) for channel in order.channels])
    manifest = Bundle(content).manifest
    insert_flow(state, NewFlow(order.flow, package, name, manifest.version, content, manifest), STAGE, now)
    insert_running(state, find_flow(state, order.flow, "active"), STAGE, now)
    return True


def stage_mapping(state: State, order: MappingOrder, now: int) -> str:
    """Map the certificate to the user, as the administrator would; its id. Raises `ValueError` for no certificate."""
    certificate = x509.load_pem_x509_certificate(order.certificate.encode())
    id = hashlib.md5(certificate.public_bytes(Encoding.DER), usedforsecurity=False).hexdigest()
    text = base64.b64encode(certificate.public_bytes(Encoding.PEM)).decode()
    until = round(certificate.not_valid_after_utc.timestamp() * 1000)
    state.change(
        "INSERT OR REPLACE INTO mappings"
        " (id, user, certificate, valid_until, created_by, created_at, modified_by, modified_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        id, order.user, text, until, STAGE, now, STAGE, now,
    )  # fmt: skip
    return id
