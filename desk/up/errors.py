"""Why `certrelay up` cannot start or go on, each a class with its evidence and its one sentence.

UpError
├── SettingsError         something on this machine is not as the settings say
│   ├── PortTaken         another program listens on a port
│   ├── PortNamedTwice    two programs were given the same port
│   ├── BinaryMissing     the Temporal server is not installed
│   ├── FolderUnusable    the folder for state cannot be written
│   ├── DatabaseHeld      another process holds the database
│   └── ProfileUnusable   the Temporal profile cannot be read or names no address
├── ServerError           the Temporal server is not as certrelay needs it
│   ├── ServerSilent      it does not answer
│   ├── ServerRefused     it answers with an error: no such namespace, no right
│   ├── AttributeDiffers  a search attribute has another type
│   ├── AttributeMissing  a search attribute could not be registered
│   └── RetentionTooShort closed workflows would vanish too early
└── ProgramError          a program of ours does not run
    ├── NotReady          it did not answer in time
    ├── RefusesToStart    it said itself that it cannot start
    └── KeepsDying        it ended again and again
"""

from dataclasses import dataclass
from pathlib import Path


class UpError(Exception):
    """Anything that ends `certrelay up` with exit code 3; `str()` is the sentence for the person."""


class SettingsError(UpError):
    """Something on this machine is not as the settings say."""


class ServerError(UpError):
    """The Temporal server is not as certrelay needs it."""


class ProgramError(UpError):
    """A supervised program does not run."""


@dataclass(frozen=True)
class Setting:
    """The two ways to change one setting: an option of `certrelay up` and an environment variable."""

    option: str
    env: str

    def __str__(self) -> str:
        return f"{self.option} or {self.env}" if self.option else self.env


@dataclass(eq=False)
class PortTaken(SettingsError):
    """Another program listens on the port meant for `program`."""

    program: str
    port: int
    setting: Setting

    def __str__(self) -> str:
        return (
            f"Port {self.port} of 127.0.0.1, meant for the {self.program}, is taken by another program."
            f" Stop that program, or choose another port with {self.setting} (auto picks a free one)."
        )


@dataclass(eq=False)
class PortNamedTwice(SettingsError):
    """`program` was given a port that another of our programs was given too."""

    program: str
    port: int
    setting: Setting

    def __str__(self) -> str:
        return (
            f"Port {self.port}, meant for the {self.program}, is given to another of our programs too."
            f" Choose another port with {self.setting} (auto picks a free one)."
        )


@dataclass(eq=False)
class BinaryMissing(SettingsError):
    """The Temporal server's binary was not found at `looked_at`."""

    looked_at: str
    setting: Setting

    def __str__(self) -> str:
        return (
            f"The Temporal server was not found: {self.looked_at} is no program that can be run."
            " Install it with `pip install 'certrelay[embedded]'`, name its path in"
            f" {self.setting}, or set TEMPORAL_ADDRESS to use a server that runs already."
        )


@dataclass(eq=False)
class FolderUnusable(SettingsError):
    """The folder for state cannot be made or written; `why` is the system's reason."""

    folder: Path
    why: str
    setting: Setting

    def __str__(self) -> str:
        return (
            f"The folder {self.folder} cannot hold certrelay's state ({self.why})."
            f" Choose another with {self.setting}."
        )


@dataclass(eq=False)
class DatabaseHeld(SettingsError):
    """Another process holds the database in `folder`; `pid` is missing where it cannot be told."""

    folder: Path
    pid: int | None
    setting: Setting

    def __str__(self) -> str:
        holder = f"process {self.pid}" if self.pid else "another process"
        return (
            f"The database in {self.folder} is held by {holder}: two servers on one database would both"
            f" write. Stop that process, or choose another folder with {self.setting}."
        )


@dataclass(eq=False)
class ProfileUnusable(SettingsError):
    """Temporal's environment configuration cannot be read, or names no address."""

    why: str

    def __str__(self) -> str:
        return (
            f"Temporal's settings cannot be used: {self.why}. Correct TEMPORAL_ADDRESS, TEMPORAL_PROFILE"
            " or the file that TEMPORAL_CONFIG_FILE names, or unset them to start a server of our own."
        )


@dataclass(eq=False)
class ServerSilent(ServerError):
    """The Temporal server at `address` does not answer; `why` is what was met last."""

    address: str
    why: str

    def __str__(self) -> str:
        return (
            f"The Temporal server at {self.address} does not answer ({self.why})."
            " Start it, or correct TEMPORAL_ADDRESS or the profile in use."
        )


@dataclass(eq=False)
class ServerRefused(ServerError):
    """The Temporal server answered a request of ours with an error; `why` is its reason."""

    address: str
    namespace: str
    why: str

    def __str__(self) -> str:
        return (
            f"The Temporal server at {self.address} refused a request for namespace {self.namespace}"
            f" ({self.why}). Correct TEMPORAL_NAMESPACE or the profile in use, or have the operator of that"
            " server run `certrelay prepare`, which makes a missing namespace."
        )


@dataclass(eq=False)
class AttributeDiffers(ServerError):
    """A search attribute exists with another type than certrelay writes."""

    name: str
    wanted: str
    found: str
    namespace: str

    def __str__(self) -> str:
        return (
            f"The search attribute {self.name} of namespace {self.namespace} has the type {self.found},"
            f" but certrelay needs {self.wanted}. The operator must remove it with"
            f" `temporal operator search-attribute remove --namespace {self.namespace} --name {self.name}`"
            " or use another namespace (TEMPORAL_NAMESPACE)."
        )


@dataclass(eq=False)
class AttributeMissing(ServerError):
    """A search attribute is not there after it was asked for; `why` is the server's reason."""

    name: str
    wanted: str
    namespace: str
    why: str

    def __str__(self) -> str:
        return (
            f"The search attribute {self.name} could not be registered in namespace {self.namespace}"
            f" ({self.why}). The operator must register it with `temporal operator search-attribute create"
            f" --namespace {self.namespace} --name {self.name} --type {self.wanted}`."
        )


@dataclass(eq=False)
class RetentionTooShort(ServerError):
    """Our own server did not take the retention it was asked for."""

    namespace: str
    days: float
    wanted_days: int

    def __str__(self) -> str:
        return (
            f"Namespace {self.namespace} keeps finished renewals for {self.days:g} days, and the server did"
            f" not accept {self.wanted_days}. The operator must run `temporal operator namespace update"
            f" --namespace {self.namespace} --retention {self.wanted_days}d`."
        )


@dataclass(eq=False)
class NotReady(ProgramError):
    """`program` runs but did not answer within `seconds`."""

    program: str
    seconds: float
    last_line: str

    def __str__(self) -> str:
        return (
            f"The program {self.program} did not answer within {self.seconds:g} seconds"
            f"{_last(self.last_line)}. Its lines above say why."
        )


@dataclass(eq=False)
class RefusesToStart(ProgramError):
    """`program` ended with an exit code that says wrong usage, or that something is missing."""

    program: str
    how: str
    last_line: str

    def __str__(self) -> str:
        return (
            f"The program {self.program} cannot start as things are: it ended {self.how}"
            f"{_last(self.last_line)}. Everything was stopped."
        )


@dataclass(eq=False)
class KeepsDying(ProgramError):
    """`program` ended `times` within `seconds`; `how` tells the last end."""

    program: str
    times: int
    seconds: float
    how: str
    last_line: str

    def __str__(self) -> str:
        return (
            f"The program {self.program} ended {self.times} times within {self.seconds:g} seconds, at last"
            f" {self.how}{_last(self.last_line)}. Everything was stopped; nothing that was acknowledged is"
            " lost. Its lines above say why."
        )


def _last(line: str) -> str:
    return f"; its last line was: {line}" if line else ""
