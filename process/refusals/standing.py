"""What the renewal stands at: the act comes too early, too late, or is not needed."""

from dataclasses import dataclass
from datetime import datetime

from process.refusals.base import Refusal, listed, moment
from process.steps import Step


@dataclass(eq=False)
class CaseClosed(Refusal):
    """The renewal has ended."""

    outcome: str

    @property
    def sentence(self) -> str:
        return f"This renewal is {self.outcome}; nothing can be done in it any more. Start a new one if need be."


@dataclass(eq=False)
class WithdrawalUnderWay(Refusal):
    """The renewal is being taken back."""

    @property
    def sentence(self) -> str:
        return "This renewal is being withdrawn. Wait until all that was added is taken back."


@dataclass(eq=False)
class WorkUnderWay(Refusal):
    """Ordered work is not finished."""

    work: tuple[str, ...]

    @property
    def sentence(self) -> str:
        return f"Work is under way: {listed(self.work)}. Wait until it is finished, then send the act again."


@dataclass(eq=False)
class StepNotOpen(Refusal):
    """Steps before it are not done."""

    step: Step
    before: tuple[Step, ...]

    @property
    def sentence(self) -> str:
        waits = listed(tuple(f"step {s.id} by the {s.role.words}" for s in self.before))
        return f"Step {self.step.id} is not open yet: it waits for {waits}."


@dataclass(eq=False)
class StepNotNeeded(Refusal):
    """Nothing on the tenant asks for the step."""

    step: Step
    why: str

    @property
    def sentence(self) -> str:
        return f"Step {self.step.id} is not needed in this renewal: {self.why}. Nothing needs to be done."


@dataclass(eq=False)
class StepAlreadyDone(Refusal):
    """The step was done before."""

    step: Step
    by: str
    at: datetime

    @property
    def sentence(self) -> str:
        return f"Step {self.step.id} was already done by {self.by} at {moment(self.at)}. Nothing needs to be done."


@dataclass(eq=False)
class NoCertificate(Refusal):
    """There is no certificate to return."""

    @property
    def sentence(self) -> str:
        return "There is no accepted certificate to return. The sender administrator must hand one over (step 2)."


@dataclass(eq=False)
class TooLateToReplace(Refusal):
    """The sender uses the new certificate already."""

    act: str

    @property
    def sentence(self) -> str:
        return (
            f"{self.act} is no longer possible: the sender administrator confirmed the switch (step 8). "
            "Finish this renewal, then start the next one with the certificate in use."
        )


@dataclass(eq=False)
class NotReleased(Refusal):
    """There is no switch to take back."""

    @property
    def sentence(self) -> str:
        return "There is nothing to switch back: the new certificate was not released to the sender yet (step 6)."


@dataclass(eq=False)
class TooLateToSwitchBack(Refusal):
    """The old certificate is no longer accepted everywhere."""

    @property
    def sentence(self) -> str:
        return (
            "Switching back is no longer possible: the removal of the old certificate from the tenant has begun. "
            "Keep the new certificate in use and call the tenant administrator."
        )


@dataclass(eq=False)
class TooLateToWithdraw(Refusal):
    """The old certificate is no longer accepted everywhere, so that there is nothing to go back to."""

    @property
    def sentence(self) -> str:
        return (
            "Withdrawing is no longer possible: the removal of the old certificate from the tenant has begun. "
            "Finish this renewal, then start the next one with the certificate in use."
        )
