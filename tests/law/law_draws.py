"""What is drawn for each renewal of the law: names, channels, turns of people, and what goes wrong. Pure; seeded."""

import random
from dataclasses import dataclass
from enum import StrEnum


class Names(StrEnum):
    """How the names of the new certificate differ from those of the old one."""

    CHANGED = "changed"
    SPELLED = "spelled otherwise"
    SAME = "the same"


class Turn(StrEnum):
    """What people do beside the steps."""

    REPLACED_EARLY = "replaced before the release"
    REPLACED_LATE = "replaced after the release"
    BACK_AND_FORTH = "switched back and forth"
    WITHDRAWN = "withdrawn before the release"
    BACK_AND_WITHDRAWN = "switched back and withdrawn"


class Trouble(StrEnum):
    """What goes wrong on the tenant, or what somebody else does there, without harm to the sender by itself."""

    SLOW = "slow answers"
    HANGING = "an answer later than the client waits"
    BUSY = "429"
    BROKEN = "500"
    DOWN = "503"
    GARBAGE = "an answer that is none"
    LOST_BEFORE = "a write that never arrived"
    LOST_AFTER = "a write whose answer was lost"
    SIGNED_OUT = "tokens and sessions that ended"
    LOCKED = "a flow held in the editor"
    FAILED_DEPLOY = "a deploy that fails"
    STUCK_TASK = "a deploy whose task never ends"
    STUCK_START = "a deploy that the runtime never shows"
    LAGGING_NODE = "a node that lags"
    FAILED_KEY = "a service key that cannot be made"
    BUSY_INSTANCE = "a service instance that is busy"
    TRANSPORTED = "a transport that brings back the old rows"
    DELETED = "the new mapping deleted by somebody"


_OF_FLOWS = (
    Trouble.LOCKED,
    Trouble.FAILED_DEPLOY,
    Trouble.STUCK_TASK,
    Trouble.STUCK_START,
    Trouble.LAGGING_NODE,
    Trouble.TRANSPORTED,
)
_OF_KEYS = (Trouble.FAILED_KEY, Trouble.BUSY_INSTANCE)

MOMENTS = {
    Trouble.FAILED_DEPLOY: (4, 10),
    Trouble.STUCK_TASK: (4,),
    Trouble.STUCK_START: (4,),
    Trouble.LOCKED: (4, 10),
    Trouble.FAILED_KEY: (4,),
    Trouble.BUSY_INSTANCE: (4, 9),
    Trouble.TRANSPORTED: (5,),
    Trouble.DELETED: (6,),
}
"""The step number before which it happens, where only some make sense; the others may come before any change."""

_ANY_MOMENT = (2, 4, 5, 6, 9, 10)


@dataclass(frozen=True)
class Draw:
    """One renewal. `listing` has a number of channels for each flow that lists names; `by_role`: there is a mapping.

    `pinned` is about the service key of Cloud Foundry; `troubles` happen before the first step of that number.
    """

    number: int
    names: Names
    listing: tuple[int, ...]
    parameterised: bool
    by_role: bool
    pinned: bool
    turns: frozenset[Turn]
    by_hand: bool
    troubles: tuple[tuple[int, Trouble], ...]

    @property
    def end(self) -> str:
        """How it ends if all goes well."""
        withdrawn = self.turns & {Turn.WITHDRAWN, Turn.BACK_AND_WITHDRAWN}
        return "withdrawn" if withdrawn else "completed"

    @property
    def one_way(self) -> bool:
        """The first message with the new certificate locks the old one out for ever (SAP page 19af5e2)."""
        return self.by_role and not self.pinned and self.names is Names.SAME


def draw(number: int, chance: random.Random, cloud_foundry: bool) -> Draw:
    """A renewal by chance, of those that can be."""
    listing, by_role = _known_by(chance)
    pinned = not (cloud_foundry and by_role and chance.random() < 0.25)
    names = chance.choices(list(Names), (5, 2, 3))[0]
    if not pinned and names is Names.SPELLED:
        names = Names.SAME
    made = Draw(
        number, names, listing, chance.random() < 0.3, by_role, pinned, frozenset(), chance.random() < 0.2, ()
    )
    turns = frozenset() if made.one_way else _turns(chance)
    return Draw(**{**vars(made), "turns": turns, "troubles": _troubles(made, chance, cloud_foundry)})


def _known_by(chance: random.Random) -> tuple[tuple[int, ...], bool]:
    listing = tuple(chance.choice((1, 1, 2)) for _ in range(chance.choice((0, 1, 1, 2))))
    return listing, not listing or chance.random() < 0.6


def _turns(chance: random.Random) -> frozenset[Turn]:
    end = chance.choices((None, Turn.WITHDRAWN, Turn.BACK_AND_WITHDRAWN), (10, 2, 1))[0]
    on_the_way = [turn for turn in list(Turn)[:3] if chance.random() < 0.15]
    return frozenset([*on_the_way, *([end] if end else [])])


def _troubles(made: Draw, chance: random.Random, cloud_foundry: bool) -> tuple[tuple[int, Trouble], ...]:
    possible = [t for t in Trouble if _fits(t, made, cloud_foundry)]
    found = chance.sample(possible, min(len(possible), chance.choice((0, 1, 1, 2, 3))))
    return tuple((chance.choice(MOMENTS.get(trouble, _ANY_MOMENT)), trouble) for trouble in found)


def _fits(trouble: Trouble, made: Draw, cloud_foundry: bool) -> bool:
    if trouble in _OF_FLOWS:
        return bool(made.listing) and made.names is not Names.SAME
    if trouble in _OF_KEYS:
        return cloud_foundry and made.by_role
    return trouble is not Trouble.DELETED or (made.by_role and not made.one_way)
