"""What every "no" has in common, and how lists and moments are told in one."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from process.saying import SaysNo


def listed(words: tuple[str, ...]) -> str:
    """Words in a sentence: `a, b and c`."""
    return " and ".join(words) if len(words) < 3 else ", ".join(words[:-1]) + " and " + words[-1]


def moment(at: datetime) -> str:
    """A moment in a sentence, to the minute."""
    return at.strftime("%Y-%m-%d %H:%M UTC")


@dataclass(eq=False)
class Refusal(SaysNo):
    """An act that is not carried out. Nothing was changed."""

    overridable: ClassVar[bool] = False
