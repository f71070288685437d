"""One signal and one update for every act, made from the table; all end in the two functions of `Acting`."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.common import RawValue
from temporalio.exceptions import ApplicationError

from process.acts import ACTS, Act, Request
from process.case import Case, Entry, Outcome
from process.check import check
from process.open import waiting_for
from process.refusals import Refusal, UnknownAct
from process.words import next_words
from process.write import note_refusal, write, write_refusal
from workflows.messages import Answer, read_message

C = TypeVar("C", bound="type[Acting]")


class Acting(ABC):
    """A workflow that people act in. Handlers are synchronous: check and write are one step, never interleaved."""

    case: Case

    @abstractmethod
    def changed(self, case: Case) -> None:
        """Take the case as it now is; the main loop goes on from it."""

    def take(self, request: Request) -> Answer:
        """The one door: a request that was seen is answered, one that is allowed is written."""
        seen = self.case.entry_of(request.request_id)
        if seen is not None:
            return self.answer(seen, repeated=True)
        check(self.case, request, workflow.now())
        self.changed(write(self.case, request, workflow.now()))
        return self.answer(self.case.entry_of(request.request_id))

    def answer(self, entry: Entry | None, repeated: bool = False) -> Answer:
        """What the person hears."""
        refused = entry is not None and entry.outcome is Outcome.REFUSED
        sentence = entry.text if entry is not None and refused else "It is on the record."
        return Answer(
            accepted=not refused,
            sentence=sentence,
            next=next_words(self.case),
            waiting_for=waiting_for(self.case),
            repeated=repeated,
        )

    def signalled(self, act: str, raw: RawValue) -> None:
        """A signal: what is refused is on the record with its reason, never silent."""
        try:
            request = read_message(act, raw)
        except Refusal as refusal:
            self.note_unreadable(act, refusal.sentence)
            return
        try:
            self.take(request)
        except Refusal as refusal:
            self.changed(write_refusal(self.case, request, refusal, workflow.now()))

    def note_unreadable(self, name: str, why: str) -> None:
        """A message that could not be read at all, on the record."""
        entry = Entry(workflow.now(), "unknown", "", name, Outcome.REFUSED, why)
        self.changed(note_refusal(self.case, entry))

    @workflow.signal(dynamic=True)
    def signalled_otherwise(self, name: str, args: Sequence[RawValue]) -> None:
        """A signal of an unknown name would wait in the history for ever; so it is refused on the record."""
        self.note_unreadable(name, UnknownAct(name, tuple(ACTS)).sentence)

    def validate(self, act: str, raw: RawValue) -> None:
        """Raise the refusal before the update gets into the history; never changes anything."""
        try:
            request = read_message(act, raw)
            if self.case.entry_of(request.request_id) is None:
                check(self.case, request, workflow.now())
        except Refusal as refusal:
            raise _refused(refusal) from None

    def updated(self, act: str, raw: RawValue) -> Answer:
        """An update: the answer goes back to the person at once."""
        try:
            return self.take(read_message(act, raw))
        except Refusal as refusal:
            raise _refused(refusal) from None


def _refused(refusal: Refusal) -> ApplicationError:
    return ApplicationError(refusal.sentence, type=refusal.code, non_retryable=True)


def _as_method(handler: Callable[..., Any], name: str) -> Callable[..., Any]:
    """The function as a method: the SDK takes `self` for one only where it is not annotated."""
    del handler.__annotations__["self"]
    handler.__name__ = name
    return handler


def _signal_handler(act: Act) -> Callable[..., None]:
    def handler(self: Acting, message: RawValue) -> None:
        self.signalled(act.name, message)

    method = _as_method(handler, f"signal_{act.name}")
    return workflow.signal(name=act.name, description=act.what)(method)


def _update_handler(act: Act) -> Any:
    def handler(self: Acting, message: RawValue) -> Answer:
        return self.updated(act.name, message)

    def validator(self: Acting, message: RawValue) -> None:
        self.validate(act.name, message)

    update: Any = workflow.update(name=act.name, description=act.what)(_as_method(handler, act.name))
    update.validator(_as_method(validator, f"validate_{act.name}"))
    return update


def acts(cls: C) -> C:
    """Give the class a signal and an update for each act."""
    for act in ACTS.values():
        setattr(cls, f"signal_{act.name}", _signal_handler(act))
        setattr(cls, act.name, _update_handler(act))
    return cls
