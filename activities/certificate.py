"""Judging a handed-over certificate. Pure and short; no tenant is asked."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from temporalio import activity

from activities.shapes import Judge
from certificates.judge import judge
from certificates.policy import Policy
from process.facts import Verdict


@dataclass(frozen=True)
class CertificateActivities:
    """Holds the operator's policy: limits, and the list of load balancer roots if one is kept."""

    policy: Policy = field(default_factory=Policy)

    @activity.defn
    async def judge_certificate(self, given: Judge) -> Verdict:
        """The verdict on the PEM, against the certificate that is in use."""
        return judge(given.pem.encode(), given.old, datetime.now(UTC), self.policy)
