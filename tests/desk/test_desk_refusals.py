"""Every "no" of the desk: a sentence that says what happened, who must act and what to do; a stable code."""

import inspect

import pytest

from desk import refusals
from desk.refusals import (
    ActRefused,
    AlreadyStaged,
    AlreadyStarted,
    DeskRefusal,
    FileNotWritten,
    FileThere,
    NoSchedule,
    NoSubject,
    NotReachable,
    RenewalEnded,
    RightsNotKept,
    SenderKnown,
    SeveralRenewals,
    SeveralSenders,
    TemporalRefused,
    UnknownRenewal,
    UnknownSender,
    UnknownStep,
    UploadRefused,
)

EACH: dict[type[Exception], tuple[DeskRefusal | NotReachable, tuple[str, ...]]] = {
    ActRefused: (ActRefused("StepNotOpen", "Step 6 is not open yet: ask Sam."), ("Step 6",)),
    UploadRefused: (UploadRefused("private-key", "It may hold a key.", "Make a new one."), ("Make a new one.",)),
    UnknownSender: (UnknownSender("x", ("erp",)), ("'x'", "erp", "The operator can add it: certrelay sender add")),
    SeveralSenders: (SeveralSenders("erp", ("t1", "t2")), ("t1, t2", "--tenant")),
    SenderKnown: (SenderKnown("erp", "t1"), ("'erp' at t1", "certrelay sender show", "--replace")),
    AlreadyStarted: (AlreadyStarted("renewal/t 1/e/1", "running"), ("running", "certrelay show 'renewal/t 1/e/1'")),
    AlreadyStaged: (AlreadyStaged("erp"), ("erp already", "You must choose", "certrelay rehearse NAME")),
    UnknownRenewal: (UnknownRenewal("x"), ("'x'", "certrelay inbox")),
    SeveralRenewals: (SeveralRenewals("x", ("renewal/1", "renewal/2")), ("renewal/1, renewal/2", "by its id")),
    RenewalEnded: (RenewalEnded("renewal/1"), ("has ended", "certrelay show renewal/1")),
    UnknownStep: (UnknownStep("2", ("3", "4a")), ("'2'", "3, 4a", "certrelay submit", "certrelay steps")),
    TemporalRefused: (TemporalRefused("no such namespace"), ("no such namespace", "the operator must")),
    NoSchedule: (NoSchedule(), ("The operator can do it: certrelay schedule install",)),
    FileThere: (FileThere("a/erp.key"), ("a/erp.key is there already", "--out")),
    FileNotWritten: (FileNotWritten("erp.csr", "No space"), ("erp.csr cannot be written (No space)", "--out")),
    RightsNotKept: (RightsNotKept("usb/erp.key"), ("usb/erp.key", "nothing was kept", "--out")),
    NoSubject: (NoSubject("old.pem", "it has none"), ("old.pem: it has none", "--subject")),
    NotReachable: (
        NotReachable("Temporal at h:1", "why"),
        ("Temporal at h:1 does not answer (why)", "The operator must", "TEMPORAL_ADDRESS", "repeat the command"),
    ),
}


def test_none_is_missing() -> None:
    """The table above has every class that a person can hear."""
    classes = {
        c
        for _, c in inspect.getmembers(refusals, inspect.isclass)
        if issubclass(c, Exception) and c.__module__ == refusals.__name__
    }
    assert set(EACH) == classes - {DeskRefusal}


@pytest.mark.parametrize("kind", EACH, ids=lambda kind: kind.__name__)
def test_each_has_its_sentence(kind: type[Exception]) -> None:
    """A full sentence that holds the evidence, and what to do; as text it is the same."""
    refusal, words = EACH[kind]
    assert refusal.sentence[0] in "'" or refusal.sentence[0].isupper()
    assert refusal.sentence.endswith(".")
    assert "  " not in refusal.sentence
    assert str(refusal) == refusal.sentence
    for word in words:
        assert word in refusal.sentence


def test_codes_are_the_rules() -> None:
    """The code is the class; where another layer said no, it is that rule's own."""
    for kind, (refusal, _) in EACH.items():
        if isinstance(refusal, ActRefused | UploadRefused):
            assert refusal.code == refusal.rule
        elif isinstance(refusal, DeskRefusal):
            assert refusal.code == kind.__name__


def test_each_stands_in_the_drawn_tree() -> None:
    """The tree at the top of the file names every class."""
    for kind in EACH:
        assert kind.__name__ in (refusals.__doc__ or "")


def test_an_empty_register_is_said() -> None:
    """Where nobody is registered, that is the news."""
    assert "The register is empty." in UnknownSender("x", ()).sentence
    assert "at the tenant 't1'" in UnknownSender("x", (), "t1").sentence
