"""Asks no faster than SAP allows: one bucket for each family of APIs (SAP page 4cac4a4), shared by all clients.

SAP counts requests per second and user. A bucket of `rate` tokens a second that holds `capacity` lets no window of
t seconds see more than capacity + rate · t requests: with 9 and 1, no second ever sees more than 10.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable, Mapping
from dataclasses import astuple
from enum import StrEnum
from weakref import WeakKeyDictionary

from tenant.settings_shapes import AnyLogin, Rates, TenantSettings, user_of

Monotonic = Callable[[], float]
Sleep = Callable[[float], Awaitable[None]]

LONGEST_PAUSE = 30.0
"""Seconds that one 429 holds up the others. If the tenant means longer, their own 429 tells them so."""

_UNDER_SAP = 0.9
"""Nine tenths of SAP's limit. Half of the last tenth is the burst that a bucket holds, at least one request; the
other half is for the network, which bunches what was sent apart."""

_BURST = (1 - _UNDER_SAP) / _UNDER_SAP / 2


class Family(StrEnum):
    """A row of SAP's table of limits, as far as it is used here."""

    DESIGN_TIME = "design time"
    SECURITY_CONTENT = "security content"
    RUNTIME = "runtime"
    MESSAGES = "messages"
    OTHER = "other"  # in none of SAP's rows: never slowed down, but it pauses after a 429


SAP_LIMITS: Mapping[Family, float] = {
    Family.DESIGN_TIME: 10,
    Family.SECURITY_CONTENT: 10,
    Family.RUNTIME: 50,
    Family.MESSAGES: 100,
    Family.OTHER: 0,
}
"""Requests per second and user on Cloud Foundry. Neo documents none; asking as gently there does no harm."""

FAMILIES: Mapping[str, Family] = {
    "IntegrationPackages": Family.DESIGN_TIME,
    "IntegrationDesigntimeArtifacts": Family.DESIGN_TIME,
    "IntegrationDesigntimeLocks": Family.DESIGN_TIME,
    "IntegrationDesigntimeArtifactSaveAsVersion": Family.DESIGN_TIME,
    "DeployIntegrationDesigntimeArtifact": Family.DESIGN_TIME,
    "ValidateIntegrationDesigntimeArtifact": Family.DESIGN_TIME,
    # SAP's table does not name these two: they go with the tighter of the families they could belong to.
    "BuildAndDeployStatus": Family.DESIGN_TIME,
    "ServiceEndpoints": Family.DESIGN_TIME,
    "CertificateUserMappings": Family.SECURITY_CONTENT,
    "KeystoreEntries": Family.SECURITY_CONTENT,
    "Keystores": Family.SECURITY_CONTENT,
    "KeystoreResources": Family.SECURITY_CONTENT,
    "CertificateResources": Family.SECURITY_CONTENT,
    "CertificateChainResources": Family.SECURITY_CONTENT,
    "UserCredentials": Family.SECURITY_CONTENT,
    "IntegrationRuntimeArtifacts": Family.RUNTIME,
    "MessageProcessingLogs": Family.MESSAGES,
}
"""Which family an entity set or function import belongs to."""


def family(path: str) -> Family:
    """The family of a path below the API root: its first entity set or function import decides."""
    first = path.lstrip("/")
    for end in "/(?$":
        first = first.partition(end)[0]
    return FAMILIES.get(first, Family.OTHER)


class Bucket:
    """Lets requests through one by one, first come first served. `rate` is per second, 0 is no limit.

    A cancelled waiter takes nothing with it. Times are of `now`, in seconds.
    """

    def __init__(self, rate: float, now: Monotonic, sleep: Sleep) -> None:
        """A full bucket."""
        self._interval = 1 / rate if rate else 0.0
        self.capacity = max(1.0, rate * _BURST)
        self._now = now
        self._sleep = sleep
        self._full_at = now()
        self._paused_until = now()
        self._turn = asyncio.Lock()  # wakes its waiters in the order they came

    async def take(self) -> None:
        """Return when one more request may be sent."""
        async with self._turn:
            while (wait := self._due - self._now()) > 0:
                await self._sleep(wait)
            self._full_at = max(self._full_at, self._now()) + self._interval

    def pause(self, seconds: float) -> None:
        """Let nothing through for this long, at most `LONGEST_PAUSE`."""
        self._paused_until = max(self._paused_until, self._now() + min(seconds, LONGEST_PAUSE))

    @property
    def _due(self) -> float:
        """When there is a whole token and no pause."""
        return max(self._full_at - (self.capacity - 1) * self._interval, self._paused_until)


class Limiter:
    """The buckets of one user of one tenant, one for each family."""

    def __init__(
        self,
        rates: Mapping[Family, float],
        now: Monotonic = time.monotonic,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """Full buckets; `now` and `sleep` are the seam of the tests."""
        self._buckets = {one: Bucket(rates.get(one, 0.0), now, sleep) for one in Family}

    def bucket(self, path: str) -> Bucket:
        """The bucket of a path below the API root."""
        return self._buckets[family(path)]


def rates_of(settings: TenantSettings) -> dict[Family, float]:
    """The requests per second of each family, as set or by default; 0 is no limit.

    A simulator is not slowed down by default: nobody else is on it, and rehearsals and tests would only take longer.
    """
    rates: Rates = settings.rates
    named = zip(Family, (*astuple(rates), 0.0), strict=True)
    usual = {one: 0.0 if settings.is_simulated else limit * _UNDER_SAP for one, limit in SAP_LIMITS.items()}
    return {one: usual[one] if given is None else given for one, given in named}


_Shared = dict[Hashable, Limiter]
_shared: WeakKeyDictionary[asyncio.AbstractEventLoop, _Shared] = WeakKeyDictionary()


def shared(root: str, login: AnyLogin, rates: Mapping[Family, float]) -> Limiter:
    """The one limiter of this API and user in this process (and event loop: locks belong to one).

    Each activity opens a client of its own; SAP counts them together.
    """
    limiters = _shared.setdefault(asyncio.get_running_loop(), {})
    key = (root, user_of(login), tuple(rates.items()))
    if key not in limiters:
        limiters[key] = Limiter(rates)
    return limiters[key]
