"""Retries and time-outs of every activity, by class of work. Each is bounded; a tenant's 429 sets its own wait.

What is never retried is decided where the error is known: the activity marks it non-retryable.
"""

from dataclasses import dataclass, field
from datetime import timedelta

from temporalio.common import RetryPolicy

from process.case import LOOK_AGAIN_AFTER, LOOK_EVERY

HEARTBEAT_TIMEOUT = timedelta(seconds=5)
"""Activities beat every second while they wait, so the death of a worker is noticed within five."""

TASK_TIMEOUT = timedelta(seconds=3)
"""How long a worker may take over one workflow task; a task handed to a worker that just died waits so long."""

_AGAIN = RetryPolicy(
    initial_interval=timedelta(seconds=1),
    backoff_coefficient=2,
    maximum_interval=timedelta(minutes=2),
)


@dataclass(frozen=True)
class Patience:
    """For how long work is tried before it counts as failed for good and a person is asked.

    A fixed part of each renewal from its start on, so that replaying it decides the same.
    """

    reading: timedelta = timedelta(hours=1)
    changing: timedelta = timedelta(hours=6)  # a flow locked in somebody's editor is often free by then
    registering: timedelta = timedelta(days=7)
    look_every: timedelta = LOOK_EVERY  # how often the tenant is looked at while people wait
    look_again_after: timedelta = LOOK_AGAIN_AFTER  # the pause after a look that failed for good


@dataclass(frozen=True)
class Policy:
    """The options of one class of work, named as `workflow.execute_activity` names them."""

    schedule_to_close_timeout: timedelta
    start_to_close_timeout: timedelta
    heartbeat_timeout: timedelta | None = None
    retry_policy: RetryPolicy = field(default_factory=lambda: _AGAIN)


JUDGING = Policy(timedelta(minutes=1), timedelta(seconds=20))
"""Pure and short."""


def reading(patience: Patience) -> Policy:
    """Reading a tenant: thousands of flows at 10 requests a second may take a while."""
    return Policy(patience.reading, min(patience.reading, timedelta(minutes=30)), HEARTBEAT_TIMEOUT)


def changing(patience: Patience) -> Policy:
    """Changing the tenant: one attempt includes a deploy that may take many minutes."""
    return Policy(patience.changing, min(patience.changing, timedelta(hours=1)), HEARTBEAT_TIMEOUT)


def registering(patience: Patience) -> Policy:
    """Talking to our own register."""
    return Policy(patience.registering, timedelta(seconds=30))
