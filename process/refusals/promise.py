"""What the promise asks for: facts that are known and still so, and nothing that would refuse the sender."""

from dataclasses import dataclass
from typing import ClassVar

from process.refusals.base import Refusal, listed
from process.steps import Step


@dataclass(eq=False)
class RootNotConfirmed(Refusal):
    """Nobody vouched for the load balancer root (help page 2d3cae7, step 3)."""

    step: Step
    listed: str

    @property
    def sentence(self) -> str:
        return (
            f"Whether the load balancer trusts the root of the new certificate is {self.listed}. "
            "The tenant administrator must check SAP's list of load balancer roots (Note 2801396) and "
            f"send step {self.step.id} again with how that was confirmed."
        )


@dataclass(eq=False)
class CertificateUndecided(Refusal):
    """Neither yes nor no is certain for the new certificate, and nobody decided."""

    step: Step
    opinions: tuple[str, ...]

    @property
    def sentence(self) -> str:
        return (
            f"Whether the new certificate will be accepted is not certain: {' '.join(self.opinions)} The tenant "
            f"administrator must decide: return it, or send step {self.step.id} again with why it is taken."
        )


@dataclass(eq=False)
class FactsChanged(Refusal):
    """The act rests on facts that are others by now; `changes` is the difference, as far as it is known."""

    seen: str
    now: str
    changes: tuple[str, ...]

    @property
    def sentence(self) -> str:
        if not self.changes:
            return (
                f"What you were shown ({self.seen}) is too old to be compared with what is so now ({self.now}). "
                "Look at the renewal again, then decide anew."
            )
        return (
            f"What you were shown has changed since: {'; '.join(self.changes)}. "
            f"Look at the renewal again ({self.now}), then decide anew."
        )


@dataclass(eq=False)
class WouldRefuse(Refusal):
    """After the act, a certificate that the sender may present would be refused; each place has its sentence."""

    overridable: ClassVar[bool] = True
    counterexamples: tuple[str, ...]

    @property
    def sentence(self) -> str:
        return f"This would lock the sender out. {' '.join(self.counterexamples)}"


@dataclass(eq=False)
class PinningUnknown(Refusal):
    """Whether a service key compares the whole certificate or its names decides what may be done; nobody said."""

    step: Step
    users: tuple[str, ...]

    @property
    def sentence(self) -> str:
        return (
            f"The names stay the same, and whether the service key of {listed(self.users)} is pinned is told by no "
            "interface. Beside a key that is not pinned, a second one with the same names would refuse every call. "
            "The tenant administrator must look in the cockpit whether Pin Certificate is set, then send step "
            f"{self.step.id} again with pinned or not pinned."
        )


@dataclass(eq=False)
class NotLookedAt(Refusal):
    """A part of the tenant could not be read, so nobody knows whether it holds the old certificate."""

    overridable: ClassVar[bool] = True
    parts: tuple[str, ...]

    @property
    def sentence(self) -> str:
        return (
            f"Not everything on the tenant could be looked at: {listed(self.parts)}. The new certificate may be "
            "refused there. The tenant administrator must check these by hand and override NotLookedAt."
        )


@dataclass(eq=False)
class CertificateReturned(Refusal):
    """The handed-over certificate has faults."""

    overridable: ClassVar[bool] = True
    reasons: tuple[str, ...]

    @property
    def sentence(self) -> str:
        return f"The certificate is returned to the sender administrator: {' '.join(self.reasons)}"


@dataclass(eq=False)
class WithdrawUnsafe(Refusal):
    """The sender may present the new certificate, so what accepts it must stay."""

    overridable: ClassVar[bool] = True
    sender: str
    switched: bool

    @property
    def sentence(self) -> str:
        known = "uses the new certificate" if self.switched else "was told that it may use the new certificate"
        return (
            f"Withdrawing is not safe: {self.sender} {known}, and its messages would be refused. The sender "
            "administrator must first go back to the old certificate and say so (switch-back)."
        )
