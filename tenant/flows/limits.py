"""How much of a flow is read: limits far above the largest of 1,167 public flows, low enough for any machine.

A file beyond them is refused before it costs memory or time. What it costs at the limits is tested.
"""

MIB = 1024 * 1024

ZIP_LIMIT = 32 * MIB
"""Bytes of an artifact zip. The largest public one has 160 kB; flows that carry Java archives reach some MB."""

MEMBER_LIMIT = 10_000
"""Members of an artifact zip, or files of a folder: real ones have a few dozen."""

TEXT_LIMIT = 4 * MIB
"""Bytes of a file that is unpacked in memory and parsed. The largest public .iflw has 1,077,998."""

PARAMETERS_LIMIT = MIB
"""Bytes of parameters.prop and of the manifest: the largest public ones have a few kB."""

RATIO_LIMIT = 200
"""Unpacked bytes for each packed one; the largest ratio in public artifacts is 46. Deflate could reach 1032."""

RATIO_FREE = MIB
"""Up to this size a member may have any ratio: it cannot hurt."""

CHANNEL_LIMIT = 200
"""Sender channels of a flow, and pairs on its participants: real flows have up to four."""

TABLES_LIMIT = MIB
"""Bytes of all DN tables of a flow together: some thousand rows."""

RESOLVED_LIMIT = 16_384
"""Characters that parameters may put into one value: small texts must not become huge ones."""
