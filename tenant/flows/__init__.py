"""Integration flows: their sender channels read, found and edited, not one byte more changed.

Pure: bytes in, bytes and facts out. Where the bytes come from and go to is known in `program` alone, which is
`python -m tenant.flows`.
"""

from tenant.flows.bundle import FlowFiles
from tenant.flows.content import (
    CLIENT_CERTIFICATE,
    ROLE_BASED,
    Channel,
    ChannelChange,
    Edit,
    FilesEdit,
    FlowContent,
    LegacyRow,
    Row,
)
from tenant.flows.editing import add_names, add_to_files, remove_from_files, remove_names
from tenant.flows.errors import FlowRefused
from tenant.flows.likeness import Likeness
from tenant.flows.reading import Match, find_rows, match_legacy, match_rows, read_files, read_flow
from tenant.flows.sample import SampleChannel, sample_flow

__all__ = [
    "CLIENT_CERTIFICATE",
    "ROLE_BASED",
    "Channel",
    "ChannelChange",
    "Edit",
    "FilesEdit",
    "FlowContent",
    "FlowFiles",
    "FlowRefused",
    "LegacyRow",
    "Likeness",
    "Match",
    "Row",
    "SampleChannel",
    "add_names",
    "add_to_files",
    "find_rows",
    "match_legacy",
    "match_rows",
    "read_files",
    "read_flow",
    "remove_from_files",
    "remove_names",
    "sample_flow",
]
