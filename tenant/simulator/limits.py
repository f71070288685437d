"""SAP's published rate limits, counted over the last second, per user and for the tenant as a whole.

SAP page 4cac4a4; the families are its rows.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field

WINDOW = 1000  # milliseconds
# family: (requests/s per tenant, requests/s per user)
_LIMITS: Mapping[str, tuple[int, int]] = {
    "design time": (15, 10),
    "security content": (12, 10),
    "runtime": (120, 50),
    "message processing logs": (1000, 100),
}
# beginning of the path: family
_FAMILIES: Mapping[str, str] = {
    "IntegrationPackages": "design time",
    "IntegrationDesigntime": "design time",
    "DeployIntegrationDesigntime": "design time",
    "Validate": "design time",
    "CertificateUserMappings": "security content",
    "Keystore": "security content",
    "CertificateResources": "security content",
    "IntegrationRuntimeArtifacts": "runtime",
    "MessageProcessingLog": "message processing logs",
}


@dataclass
class RateLimits:
    """The requests of the last second; nothing here outlives the process."""

    _seen: dict[str, deque[int]] = field(default_factory=dict)

    def allows(self, set_name: str, user: str, now: int) -> bool:
        """Count a request at `now` (epoch milliseconds); False when it is one too many.

        A refused request is not counted.
        """
        family = _family(set_name)
        if family is None:
            return True
        tenant_limit, user_limit = _LIMITS[family]
        everyone, mine = self._recent(family, now), self._recent(f"{family}/{user}", now)
        if len(everyone) >= tenant_limit or len(mine) >= user_limit:
            return False
        everyone.append(now)
        mine.append(now)
        return True

    def _recent(self, key: str, now: int) -> deque[int]:
        seen = self._seen.setdefault(key, deque())
        while seen and seen[0] <= now - WINDOW:
            seen.popleft()
        return seen


def _family(set_name: str) -> str | None:
    return next((family for start, family in _FAMILIES.items() if set_name.startswith(start)), None)
