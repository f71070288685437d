"""What a request asks for: the names of the certificate in use or others, and what they mean for the renewal.

The request itself is made in `certificates.request`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

import click

from process.names import NameChange, NameSyntaxError, compare
from process.steps import STEPS, Condition

if TYPE_CHECKING:
    from certificates.request import Wanted


@dataclass(frozen=True)
class Names:
    """What will be asked for, and what becomes of the subject DN; None where no old certificate was given."""

    wanted: "Wanted"
    change: NameChange | None
    old_dn: str = ""


def names_for(old: BinaryIO | None, subject: str | None) -> Names:
    """What to ask for. Raises a refusal, or click.UsageError."""
    from certificates.request import Wanted

    if old is None and subject is None:
        raise click.UsageError("Give --old with the certificate in use, or --subject with the subject DN to ask for.")
    if old is None:
        return Names(Wanted(_subject(subject or "")), None)
    wanted = _like(old, subject is not None)
    if subject is None:
        return Names(wanted, NameChange.UNCHANGED, wanted.subject_dn)
    new = Wanted(_subject(subject), wanted.alternative_names, wanted.usages)
    change = compare(wanted.subject_dn, new.subject_dn)
    return Names(wanted if change is NameChange.UNCHANGED else new, change, wanted.subject_dn)


def _like(old: BinaryIO, empty_subject: bool) -> "Wanted":
    """What the old certificate has. Raises UploadRefused and NoSubject."""
    from certificates.errors import MalformedDer
    from certificates.request import leaf_of, like
    from desk.refusals import NoSubject
    from desk.upload import name_of, taken_in

    leaf = leaf_of(taken_in(old.read()).certificates)
    if leaf is None:
        raise NoSubject(name_of(old), "more than one certificate in it could be the sender's")
    try:
        wanted = like(leaf)
    except MalformedDer:
        raise NoSubject(name_of(old), "its certificate is malformed") from None
    if not wanted.subject_dn and not empty_subject:
        raise NoSubject(name_of(old), "its subject DN is empty")
    return wanted


def _subject(text: str) -> bytes:
    from certificates.request import subject_from

    try:
        return subject_from(text)
    except NameSyntaxError as error:
        raise click.BadParameter(str(error), param_hint="--subject") from None


def meaning(names: Names) -> Iterator[str]:
    """What the subject DN means for the renewal."""
    *some, last = (step.id for step in STEPS if step.condition is Condition.NAMES)
    steps = f"the steps {', '.join(some)} and {last}"
    if names.change is None:
        yield "Without --old it is not known whether the names change; certrelay inspect --old tells it later."
    elif names.change is NameChange.UNCHANGED:
        yield (
            "The subject DN is that of the certificate in use, octet by octet. If the same authority issues the new "
            f"certificate, the names stay the same, and {steps} are not needed."
        )
    else:
        yield (
            f"The subject DN {_HOW[names.change]}: the names change. Where a sender channel lists names, "
            f"{steps} are needed too. In use is: {names.old_dn}"
        )


_HOW = {
    NameChange.SPELLING: "is that of the certificate in use in another spelling, and SAP compares letter by letter",
    NameChange.CHANGED: "is another one than that of the certificate in use",
}
