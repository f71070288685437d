"""Integration flows as artifact zips: their sender channels read, found and edited, not one byte more changed.

Pure: bytes in, bytes and facts out. Where the bytes come from and go to is not known here.
"""

from tenant.flows.content import CLIENT_CERTIFICATE, ROLE_BASED, Channel, ChannelChange, Edit, FlowContent, Row
from tenant.flows.editing import add_names, remove_names
from tenant.flows.errors import FlowRefused
from tenant.flows.reading import find_rows, read_flow
from tenant.flows.sample import SampleChannel, sample_flow

__all__ = [
    "CLIENT_CERTIFICATE",
    "ROLE_BASED",
    "Channel",
    "ChannelChange",
    "Edit",
    "FlowContent",
    "FlowRefused",
    "Row",
    "SampleChannel",
    "add_names",
    "find_rows",
    "read_flow",
    "remove_names",
    "sample_flow",
]
