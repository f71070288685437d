"""What became of messages: a line of JSON for each, and the counts for each certificate."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum


class Outcome(StrEnum):
    """What a message met. Only a `refused` one says something about the certificate."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True)
class Sent:
    """One message. `time` is ISO 8601 in UTC, `certificate` a SHA-256 in hex, `status` 0 where no answer came."""

    time: str
    certificate: str
    address: str
    status: int
    outcome: Outcome
    words: str

    def line(self) -> str:
        """As a line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def of_line(cls, line: str) -> "Sent":
        """The message that a line tells of."""
        read = json.loads(line)
        return cls(**{**read, "outcome": Outcome(read["outcome"])})


@dataclass(frozen=True)
class Count:
    """How many messages with one certificate were accepted, refused by it, or failed for another cause."""

    accepted: int = 0
    refused: int = 0
    failed: int = 0

    def plus(self, outcome: Outcome) -> "Count":
        """One more."""
        return replace(self, **{outcome.value: getattr(self, outcome.value) + 1})

    def __add__(self, other: "Count") -> "Count":
        """Both together."""
        return Count(self.accepted + other.accepted, self.refused + other.refused, self.failed + other.failed)

    @property
    def words(self) -> str:
        """The count in words; failures are told only where there are some."""
        failed = f", {self.failed} failed" if self.failed else ""
        return f"{self.accepted} accepted, {self.refused} refused{failed}"


@dataclass
class Counts:
    """The counts by certificate, in the order in which they were first used."""

    of: dict[str, Count] = field(default_factory=dict)

    @classmethod
    def of_all(cls, sent: Iterable[Sent]) -> "Counts":
        """The counts of these messages."""
        counts = cls()
        for one in sent:
            counts.add(one)
        return counts

    def add(self, sent: Sent) -> None:
        """Count a message."""
        self.of[sent.certificate] = self.of.get(sent.certificate, Count()).plus(sent.outcome)

    def words(self) -> list[str]:
        """A line for each certificate."""
        return [f"certificate {certificate[:16]}: {count.words}" for certificate, count in self.of.items()]
