"""The lists of a tenant: packages, flows, what is deployed, mappings, endpoints. No flow is opened here."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import TypeVar

from tenant.client import TenantClient
from tenant.errors import NotAllowed, ServiceKeysNotSet
from tenant.inventory.asking import Asking, gap_of, is_the_tenants, side_by_side
from tenant.inventory.model import Cause, Gap
from tenant.lists import Deployed, ServiceEndpoint
from tenant.model import Flow, Package, UserMapping

T = TypeVar("T")

_NO_SENDER = frozenset({"VALUE_MAPPING", "MESSAGE_MAPPING", "SCRIPT_COLLECTION", "FUNCTION_LIBRARIES"})
"""SAP's types of artifacts that nobody calls; of any other type a sender channel is possible."""


@dataclass(frozen=True)
class Listed:
    """What the lists say. `packages` and `deployed` are by id; `deployed` is None where it could not be read."""

    packages: Mapping[str, Package]
    flows: tuple[Flow, ...] = ()
    deployed: Mapping[str, Deployed] | None = None
    mappings: tuple[UserMapping, ...] = ()
    endpoints: tuple[ServiceEndpoint, ...] = ()
    gaps: tuple[Gap, ...] = ()


async def read_lists(client: TenantClient, asking: Asking, or_error: bool = False) -> Listed:
    """All lists. Raises what is the tenant's error, and of the first list any error but a missing right.

    `or_error`: an error of packages, flows, deployments and mappings is raised and never left as a gap; but where
    no setting tells of service keys there is nothing to repeat.
    """
    if or_error:
        asking = replace(asking, must=True)
    gaps: list[Gap] = []
    packages = await _packages(client, asking, gaps)
    flows = await _flows(client, asking, gaps, packages)
    # After the flows: what is deployed meanwhile is then seen as deployed, never as hidden.
    deployed = await _listed(asking, gaps, "what is deployed", client.deployed_artifacts)
    mappings = await _mappings(client, asking, gaps)
    asking = replace(asking, must=False)
    endpoints = await _listed(asking, gaps, "the list of service endpoints", client.service_endpoints)
    gaps += _hidden(deployed or [], flows)
    return Listed(
        {package.id: package for package in packages},
        tuple(flows),
        None if deployed is None else {artifact.id: artifact for artifact in deployed},
        mappings,
        tuple(endpoints or ()),
        tuple(gaps),
    )


async def _listed(
    asking: Asking, gaps: list[Gap], what: str, ask: Callable[[], Awaitable[list[T]]]
) -> list[T] | None:
    """A list, None with a gap where it cannot be read."""
    answer = await asking.or_gap(what, ask)
    if isinstance(answer, Gap):
        gaps.append(answer)
        return None
    return answer


async def _packages(client: TenantClient, asking: Asking, gaps: list[Gap]) -> list[Package]:
    """Asked for first and once: a tenant that does not answer at all is known at once."""
    try:
        return await client.packages()
    except NotAllowed as error:
        if is_the_tenants(error) or asking.must:
            raise
        gaps.append(gap_of("all integration packages and the flows in them", error))
        return []


async def _flows(client: TenantClient, asking: Asking, gaps: list[Gap], packages: Sequence[Package]) -> list[Flow]:
    """The flows of all packages, sorted by id."""

    async def of(package: Package) -> list[Flow]:
        listed = await _listed(asking, gaps, f"the flows of package {package.id}", partial(client.flows, package.id))
        return [replace(flow, package_id=package.id) for flow in listed or ()]

    found = chain.from_iterable(await side_by_side(of, packages))
    return sorted(found, key=lambda flow: flow.id)


_MAPPINGS = "the user mappings or service keys"


async def _mappings(client: TenantClient, asking: Asking, gaps: list[Gap]) -> tuple[UserMapping, ...]:
    """All that holds a certificate; of a mapping or service key that cannot be looked at, a gap."""
    try:
        answer = await asking.or_gap(_MAPPINGS, client.user_mappings)
    except ServiceKeysNotSet as error:
        answer = gap_of(_MAPPINGS, error)
    if isinstance(answer, Gap):
        gaps.append(answer)
        return ()
    gaps += [Gap(Cause.MAPPING, hidden.facts.what, hidden.why) for hidden in answer.unreadable if hidden.may_hold]
    return answer.mappings


def _hidden(deployed: Sequence[Deployed], flows: Sequence[Flow]) -> list[Gap]:
    """What runs, may have a sender channel, and is in no list of flows."""
    listed = {flow.id for flow in flows}
    return [
        Gap(Cause.HIDDEN, f"{_kind(artifact)} {artifact.id} as it runs", _WHY_HIDDEN, artifact.id)
        for artifact in sorted(deployed, key=lambda artifact: artifact.id)
        if artifact.id not in listed and artifact.type.upper() not in _NO_SENDER
    ]


def _kind(artifact: Deployed) -> str:
    return "flow" if artifact.type.upper() in ("", "INTEGRATION_FLOW") else f"artifact (type {artifact.type})"


_WHY_HIDDEN = (
    "it is deployed, but no package lists it as a flow: an access policy hides it from the technical user, it was "
    "deleted in the design time, or it is no integration flow; look at it under Manage Integration Content"
)
