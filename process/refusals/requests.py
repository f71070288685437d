"""What is wrong with a request, whatever the renewal stands at: its act, its form, who sends it."""

from dataclasses import dataclass

from process.refusals.base import Refusal, listed
from process.steps import Role


@dataclass(eq=False)
class UnknownAct(Refusal):
    """No act of that name."""

    name: str
    known: tuple[str, ...]

    @property
    def sentence(self) -> str:
        return f"There is no act named {self.name!r}. Send one of: {', '.join(self.known)}."


@dataclass(eq=False)
class BadMessage(Refusal):
    """The message is not the one object that its act wants."""

    act: str
    problem: str

    @property
    def sentence(self) -> str:
        return (
            f"The message {self.act} was not understood: {self.problem}. "
            "Send one JSON object with the fields of this act and no others."
        )


@dataclass(eq=False)
class WrongRole(Refusal):
    """The act belongs to another role."""

    act: str
    role: Role
    needed: tuple[Role, ...]

    @property
    def sentence(self) -> str:
        who = " or ".join(role.words for role in self.needed)
        return f"{self.act} is for the {who}, and you act as {self.role.words}. Ask the {who} to do it."


@dataclass(eq=False)
class NotNamed(Refusal):
    """The role is held by named people of this renewal."""

    by: str
    role: Role
    people: tuple[str, ...]

    @property
    def sentence(self) -> str:
        return (
            f"{self.by} is not named as {self.role.words} of this renewal. "
            f"{listed(self.people)} can act, or delegate to {self.by}."
        )


@dataclass(eq=False)
class AlreadyNamed(Refusal):
    """Delegated to somebody who holds the role already."""

    to: str
    role: Role

    @property
    def sentence(self) -> str:
        return f"{self.to} is already named as {self.role.words}. Nothing needs to be done."


@dataclass(eq=False)
class ReasonMissing(Refusal):
    """The act needs a reason in words."""

    act: str

    @property
    def sentence(self) -> str:
        return f"{self.act} needs a reason, for those who read the record later. Send it again with one."


@dataclass(eq=False)
class RecordFull(Refusal):
    """The record keeps no more remarks and no long reasons."""

    short: int

    @property
    def sentence(self) -> str:
        return (
            "The record of this renewal is full: it takes no more remarks and delegations, and of the other acts "
            f"those with at most {self.short} characters of text. Keep longer words elsewhere and refer to them."
        )


@dataclass(eq=False)
class GuardUnknown(Refusal):
    """No such guard, or it stands in nobody's way now, or it cannot be lifted."""

    guard: str
    known: tuple[str, ...]

    @property
    def sentence(self) -> str:
        can = f"What can be overridden now: {', '.join(self.known)}." if self.known else "None can be now."
        return f"There is no guard {self.guard!r} to override here. {can}"


@dataclass(eq=False)
class SenderNotTyped(Refusal):
    """An override needs the name of the sender, typed by the person."""

    typed: str
    sender: str

    @property
    def sentence(self) -> str:
        return (
            f"An override is confirmed with the name of the sender, and {self.typed!r} is not it. "
            f"Type the name of the sender of this renewal as it is shown ({self.sender})."
        )
