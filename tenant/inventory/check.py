"""The check of a tenant before it is worked with: connection, sign-in, rights, clock, environment. It only reads.

Rights that need a write cannot be tried without changing the tenant: they are listed as not tried, never as there.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from functools import partial

from process.facts import Environment
from tenant.answers import Clock, utc_now
from tenant.client import TenantClient
from tenant.errors import NotAllowed, NotFound, TenantError
from tenant.inventory.asking import Asking, Sleep, is_the_tenants
from tenant.inventory.rights import RIGHTS, Call, Right
from tenant.model import Flow, Package

MOST_SKEW = timedelta(seconds=60)
"""More, and a certificate that one side takes for valid is not yet, or no more, valid for the other."""


class Outcome(StrEnum):
    """How a try ended."""

    FINE = "fine"
    MISSING = "missing"
    FAILED = "failed"
    ABSENT = "not there"
    NOTHING = "nothing to try it on"
    NOT_TRIED = "not tried"

    @property
    def is_wrong(self) -> bool:
        """True where somebody must act."""
        return self in (Outcome.MISSING, Outcome.FAILED)


@dataclass(frozen=True)
class Tried:
    """One right: how the try ended and what was said. `stops` and `roles` are for a right that is missing or not
    tried: what does not work without it, and which roles the technical user needs for it.
    """

    call: Call
    what: str
    outcome: Outcome
    said: str = ""
    stops: str = ""
    roles: tuple[str, ...] = ()


@dataclass(frozen=True)
class TenantCheck:
    """The whole check. `skew_seconds` is the tenant's clock minus ours, None where it does not tell its time.

    `environment` is what the settings say, `seen` what the tenant shows itself to be, None where it could not be
    asked. `refused` is the sentence of a sign-in that was refused; then nothing else was tried.
    """

    tenant: str
    url: str
    at: datetime
    environment: Environment
    seen: Environment | None = None
    skew_seconds: float | None = None
    refused: str = ""
    rights: tuple[Tried, ...] = ()

    @property
    def environment_matches(self) -> bool | None:
        """None where the tenant could not be asked."""
        return None if self.seen is None else self.seen is self.environment

    @property
    def clock_is_right(self) -> bool | None:
        """None where the tenant does not tell its time."""
        return None if self.skew_seconds is None else abs(self.skew_seconds) <= MOST_SKEW.total_seconds()

    @property
    def is_fine(self) -> bool:
        """True when nobody must act."""
        wrong = (self.refused, self.clock_is_right is False, self.environment_matches is False)
        return not any(wrong) and not any(tried.outcome.is_wrong for tried in self.rights)


async def check(client: TenantClient, clock: Clock = utc_now, sleep: Sleep = asyncio.sleep) -> TenantCheck:
    """Try everything that can be tried by reading. Raises the `TenantError` of a tenant that cannot be reached."""
    settings = client.settings
    begun = TenantCheck(settings.name, settings.url, clock(), settings.environment)
    tries = _Tries(client, Asking(sleep))
    try:
        await client.ping()
        skew = await _skew(client, clock)
        seen = await tries.environment()
        rights = [await tries.of(right) for right in RIGHTS]
    except NotAllowed as refused:
        return replace(begun, refused=refused.sentence)
    return replace(begun, seen=seen, skew_seconds=skew, rights=tuple(rights))


async def _skew(client: TenantClient, clock: Clock) -> float | None:
    """Against the middle of the request; the tenant tells whole seconds, so half of one is added."""
    before = clock()
    there = await client.server_time()
    after = clock()
    if there is None:
        return None
    return (there + timedelta(seconds=0.5) - before - (after - before) / 2).total_seconds()


@dataclass
class _Tries:
    """Tries right by right; what one try found, the next ones are made with."""

    client: TenantClient
    asking: Asking
    packages: Sequence[Package] = ()
    flows: list[Flow] = field(default_factory=list)

    async def environment(self) -> Environment | None:
        """What the tenant shows itself to be."""
        try:
            offered = await self.asking.patiently(self.client.has_user_mapping_set)
        except TenantError as error:
            if is_the_tenants(error):
                raise
            return None
        return Environment.NEO if offered else Environment.CLOUD_FOUNDRY

    async def of(self, right: Right) -> Tried:
        """Try one. Raises what is the tenant's error."""
        outcome, said = await self._outcome(right)
        shown = outcome in (Outcome.MISSING, Outcome.NOT_TRIED)
        return Tried(
            right.call,
            right.what,
            outcome,
            said,
            right.stops if shown else "",
            right.roles(self.client.settings.environment) if shown else (),
        )

    async def _outcome(self, right: Right) -> tuple[Outcome, str]:
        if right.writes:
            return Outcome.NOT_TRIED, "it cannot be tried without changing the tenant"
        try:
            why_not = await self.asking.patiently(_TRIES[right.call](self))
        except TenantError as error:
            if is_the_tenants(error):
                raise
            return _told_by(error), error.sentence
        return (Outcome.NOTHING, why_not) if why_not else (Outcome.FINE, "")

    async def try_packages(self) -> str:
        """All packages; the editable ones are kept for the next tries."""
        self.packages = await self.client.packages()
        return ""

    async def try_flows(self) -> str:
        """The flows of the packages in turn, until there is one that can be downloaded."""
        for package in sorted(self.packages, key=lambda package: package.is_configure_only):
            self.flows = await self.client.flows(package.id)
            if self.flows:
                break
        return "" if self.packages else "there is no package"

    async def try_download(self) -> str:
        """One flow of an editable package."""
        editable = {package.id for package in self.packages if not package.is_configure_only}
        flow = next((flow for flow in self.flows if not flow.package_id or flow.package_id in editable), None)
        if flow is None:
            return "there is no flow in a package that can be edited"
        await self.client.download_flow(flow.id)
        return ""

    async def try_configurations(self) -> str:
        """Of one flow, a saved one if there is: those of a draft cannot be read on every tenant."""
        if not self.flows:
            return "there is no flow"
        flow = min(self.flows, key=lambda flow: flow.is_draft)
        await self.client.configurations(flow.id)
        return ""

    async def try_list(self, ask: Callable[[], Awaitable[object]]) -> str:
        """A list that needs nothing found before."""
        await ask()
        return ""


Try = Callable[[], Awaitable[str]]

_TRIES: Mapping[Call, Callable[[_Tries], Try]] = {
    Call.PACKAGES: lambda tries: tries.try_packages,
    Call.FLOWS: lambda tries: tries.try_flows,
    Call.DOWNLOAD: lambda tries: tries.try_download,
    Call.CONFIGURATIONS: lambda tries: tries.try_configurations,
    Call.RUNTIME: lambda tries: partial(tries.try_list, tries.client.deployed_artifacts),
    Call.LOCKS: lambda tries: partial(tries.try_list, tries.client.locks),
    Call.MAPPINGS: lambda tries: partial(tries.try_list, tries.client.user_mappings),
    Call.MESSAGES: lambda tries: partial(tries.try_list, tries.client.see_message_logs),
    Call.ENDPOINTS: lambda tries: partial(tries.try_list, tries.client.service_endpoints),
}
"""How each reading right is tried; a try gives back why it could not be made, or nothing."""


def _told_by(error: TenantError) -> Outcome:
    if isinstance(error, NotAllowed):
        return Outcome.MISSING
    return Outcome.ABSENT if isinstance(error, NotFound) else Outcome.FAILED
