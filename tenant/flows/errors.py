"""Why a flow is not read or not edited: one tree, a class per reason, the sentence made in one place.

FlowRefused
├── ArchiveRefused           the zip itself
│   ├── NotAZip  DamagedZip  TooBig  ZipBomb  UnsafePath  DuplicateMember  EncryptedMember
│   └── NoFlow  SeveralFlows  PackageExport
├── FlowUnreadable           the .iflw inside it
│   └── NotXml  EntitiesDeclared  TableUnreadable
├── EditRefused              the wished change
│   └── TableIsParameter  KeepMissing  LastRow  NameNotWritable  PairNotListed  ParametersElsewhere
└── EditNotProven            the result is not what was meant; the original stays
"""

from dataclasses import dataclass

from process.saying import SaysNo


class FlowRefused(SaysNo):
    """Base of all: `sentence` says what is wrong and what to do."""


class ArchiveRefused(FlowRefused):
    """The bytes are no artifact zip that is safe to read."""


class FlowUnreadable(FlowRefused):
    """The integration flow in the zip cannot be read."""


class EditRefused(FlowRefused):
    """The flow can be read, but the wished change must not be made in it."""


@dataclass(eq=False)
class NotAZip(ArchiveRefused):
    """There is no end-of-central-directory record that closes the file."""

    @property
    def sentence(self) -> str:
        return "This is not a zip file: download the integration flow again, as an artifact zip."


@dataclass(eq=False)
class DamagedZip(ArchiveRefused):
    """The structures of the zip contradict each other, or ask for a feature artifact zips never use."""

    what: str

    @property
    def sentence(self) -> str:
        return f"The zip file is damaged or unusual ({self.what}): download the integration flow again."


@dataclass(eq=False)
class TooBig(ArchiveRefused):
    """`what` measures `size`, more than `limit` (bytes, or members)."""

    what: str
    size: int
    limit: int

    @property
    def sentence(self) -> str:
        return (
            f"{self.what} measures {self.size:,}, and {self.limit:,} is the limit: "
            "this is no integration flow that can be edited here; edit it in the web UI of the tenant."
        )


@dataclass(eq=False)
class ZipBomb(ArchiveRefused):
    """A member claims to unpack to more than any text of a flow does, or unpacks to more than it claims."""

    member: str

    @property
    def sentence(self) -> str:
        return f"Member {self.member!r} would unpack to an absurd size: the file is not trusted and not read."


@dataclass(eq=False)
class UnsafePath(ArchiveRefused):
    """A member's name points outside the folder that it would be unpacked to."""

    member: str

    @property
    def sentence(self) -> str:
        return f"Member {self.member!r} points outside the zip: the file is not trusted and not read."


@dataclass(eq=False)
class DuplicateMember(ArchiveRefused):
    """Two members have one name: which of them counts depends on the reader."""

    member: str

    @property
    def sentence(self) -> str:
        return f"Member {self.member!r} is there twice: nobody can say which one counts; export the flow again."


@dataclass(eq=False)
class EncryptedMember(ArchiveRefused):
    """A member is encrypted."""

    member: str

    @property
    def sentence(self) -> str:
        return f"Member {self.member!r} is encrypted: hand over the artifact zip as the tenant exports it."


@dataclass(eq=False)
class NoFlow(ArchiveRefused):
    """No file in `what` is an .iflw: a script collection, a mapping, or something else."""

    what: str = "The zip"

    @property
    def sentence(self) -> str:
        return (
            f"{self.what} holds no .iflw file: it is not an integration flow. "
            "Use the artifact zip of the flow, its unpacked folder, or its .iflw file."
        )


@dataclass(eq=False)
class SeveralFlows(ArchiveRefused):
    """More than one file in `what` is an .iflw."""

    what: str
    members: tuple[str, ...]

    @property
    def sentence(self) -> str:
        names = ", ".join(self.members[:5])
        return (
            f"{self.what} holds {len(self.members)} .iflw files ({names}): "
            "an integration flow has one; hand over that flow alone."
        )


@dataclass(eq=False)
class PackageExport(ArchiveRefused):
    """A package export: its `hash` member seals the content in a way that nobody but SAP can make again."""

    @property
    def sentence(self) -> str:
        return (
            "This is the export of a whole package, whose checksum cannot be renewed after an edit: "
            "download the single integration flow as an artifact zip and use that."
        )


@dataclass(eq=False)
class NotXml(FlowUnreadable):
    """The .iflw is not well-formed UTF-8 XML; `line` counts from 1, 0 where it is not known."""

    member: str
    line: int

    @property
    def sentence(self) -> str:
        where = f" (line {self.line})" if self.line else ""
        return f"{self.member!r} is not well-formed XML in UTF-8{where}: open and save the flow in the web UI."


@dataclass(eq=False)
class EntitiesDeclared(FlowUnreadable):
    """The .iflw has a document type declaration; no real one has, and entities could expand without end."""

    member: str

    @property
    def sentence(self) -> str:
        return f"{self.member!r} declares a document type, which no integration flow does: it is not read."


@dataclass(eq=False)
class TableUnreadable(FlowUnreadable):
    """The table of DNs of a channel authorised by certificate does not have the known form."""

    channel: str

    @property
    def sentence(self) -> str:
        return (
            f"The certificate table of sender channel {self.channel!r} does not have the known form: "
            "look at it in the web UI and enter its rows again there."
        )


@dataclass(eq=False)
class TableIsParameter(EditRefused):
    """The whole table is one externalised parameter; its rows are not in the flow."""

    channel: str
    parameter: str

    @property
    def sentence(self) -> str:
        return (
            f"The certificate table of sender channel {self.channel!r} is the parameter {self.parameter!r}: "
            "the integration developer must enter the rows under Configure in the web UI, the old and the new one, "
            "and deploy."
        )


@dataclass(eq=False)
class KeepMissing(EditRefused):
    """The pair that must stay is not listed in the channel: removing the other would lock the sender out."""

    channel: str
    subject: str

    @property
    def sentence(self) -> str:
        return (
            f"Sender channel {self.channel!r} does not list {self.subject!r}, which the sender needs from now on: "
            "nothing is removed; the integration developer must add it first."
        )


@dataclass(eq=False)
class LastRow(EditRefused):
    """The pair is the only one the channel accepts."""

    channel: str
    subject: str

    @property
    def sentence(self) -> str:
        return (
            f"{self.subject!r} is the last name that sender channel {self.channel!r} accepts: "
            "it is not removed; the integration developer must add the new name first."
        )


@dataclass(eq=False)
class NameNotWritable(EditRefused):
    """A DN is empty, has a character that XML cannot carry, or would be read as an externalised parameter."""

    name: str
    why: str

    @property
    def sentence(self) -> str:
        return f"The name {self.name!r} cannot be written into a channel, because it {self.why}."


@dataclass(eq=False)
class PairNotListed(EditRefused):
    """No channel that authorises by certificate lists the old pair, and none the new one."""

    subject: str

    @property
    def sentence(self) -> str:
        return (
            f"No sender channel that authorises by certificate lists {self.subject!r} with this issuer: nothing is "
            "added. Look with `find` for rows that are alike, and give the names as they stand there."
        )


@dataclass(eq=False)
class ParametersElsewhere(EditRefused):
    """The change is one of parameters.prop beside a bare .iflw, and a single file was wanted as the result."""

    name: str

    @property
    def sentence(self) -> str:
        return (
            f"The names are externalised parameters, so that {self.name!r} changes, and one .iflw cannot hold that: "
            "hand over the folder of the flow, or change both files with --in-place."
        )


@dataclass(eq=False)
class EditNotProven(FlowRefused):
    """The edited zip was read again and differs from what was meant at `place`; it was thrown away."""

    place: str

    @property
    def sentence(self) -> str:
        return (
            f"The edited flow was read again and is not what was meant ({self.place}): it was thrown away, "
            "the flow is as it was. The integration developer can make the change by hand; please report this."
        )
