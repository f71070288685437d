"""What the environment of the tenant, Neo or Cloud Foundry, decides about every call of its API.

SAP pages e01d3f0 (user mappings on Neo only), 040d811 (CSRF on Neo also with OAuth) and 4cac4a4 (rate limits).
"""

from starlette.responses import Response

from tenant.simulator.entities import LOG_ARCHIVES, LOG_FILES, NEO_ONLY
from tenant.simulator.errors import NotFoundError, NotImplementedHereError
from tenant.simulator.settings import SimulatorSettings

_LOG_SETS = frozenset({LOG_FILES.name, LOG_ARCHIVES.name})


def needs_csrf(settings: SimulatorSettings, by_token: bool) -> bool:
    """Whether a write of somebody who signed in so needs a CSRF token."""
    return settings.csrf and (settings.profile == "neo" or not by_token)


def limits_rate(settings: SimulatorSettings) -> bool:
    """Whether requests are counted."""
    return settings.rate_limit == "on" or (settings.rate_limit == "profile" and settings.profile == "cloud-foundry")


def absent(settings: SimulatorSettings, set_name: str) -> Response | None:
    """The answer for a set that this environment does not have, or None; raises NotFoundError, as for any set.

    What Cloud Foundry answers to user mappings was never seen; the settings decide.
    """
    if settings.profile == "neo" or set_name not in _absent_sets(settings):
        return None
    status = settings.cloud_foundry_mappings_status if set_name in NEO_ONLY else "404"
    if status == "403":
        return Response(status_code=403)
    if status == "501":
        raise NotImplementedHereError("Not Implemented")
    raise NotFoundError(f"Could not find an entity set or function import for '{set_name}'.")


def _absent_sets(settings: SimulatorSettings) -> frozenset[str]:
    return NEO_ONLY | _LOG_SETS if settings.cloud_foundry_log_files == "absent" else NEO_ONLY
