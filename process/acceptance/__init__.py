"""The acceptance model: which certificate is accepted where, as the tenant stands, and who may present which.

`shapes` are the parts, `comparing` how the runtime may compare names, `keys` as whom a certificate calls, `state` a
tenant and what changes it, `gates` the answer, `presented` what the sender may present, `invariant` what must hold.
The law: every certificate that the sender may present is accepted at every endpoint that accepted the old one.
"""

from process.acceptance.comparing import listed, plausible, row_like
from process.acceptance.gates import accepted
from process.acceptance.invariant import (
    Counterexample,
    Standing,
    baseline,
    broken,
    drift,
    locks_out,
    refused,
    would_break,
)
from process.acceptance.presented import as_presented, may_present
from process.acceptance.shapes import (
    Acceptance,
    Answer,
    Authorisation,
    ByRole,
    ByUser,
    Endpoint,
    Evidence,
    Gate,
    Listed,
    NotDeployed,
    NotRead,
    Place,
    Presented,
)
from process.acceptance.state import TenantState, after, during

__all__ = [
    "Acceptance",
    "Answer",
    "Authorisation",
    "ByRole",
    "ByUser",
    "Counterexample",
    "Endpoint",
    "Evidence",
    "Gate",
    "Listed",
    "NotDeployed",
    "NotRead",
    "Place",
    "Presented",
    "Standing",
    "TenantState",
    "accepted",
    "after",
    "as_presented",
    "baseline",
    "broken",
    "drift",
    "during",
    "listed",
    "locks_out",
    "may_present",
    "plausible",
    "refused",
    "row_like",
    "would_break",
]
