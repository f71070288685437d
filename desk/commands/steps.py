"""`certrelay steps`: the table of steps."""

import click

from desk.ending import json_option
from desk.output import Output, columns
from process.steps import STEPS, Condition, Step


def _row(step: Step) -> tuple[str, ...]:
    condition = "" if step.condition is Condition.ALWAYS else f"only if {step.condition}"
    return (step.id, step.role.words, str(step.kind), step.what, condition)


@click.command()
@json_option
def steps(as_json: bool) -> None:
    """Print the table of steps: who does what, in which order, under which condition."""
    Output(as_json).data(STEPS, columns(_row(step) for step in STEPS))
