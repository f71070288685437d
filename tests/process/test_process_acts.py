"""What people can do: an act per step that carries one, and those beyond the steps."""

from process.acts import ACTS
from process.steps import STEPS, Role

BEYOND = {"return_certificate", "withdraw", "switch_back", "comment", "delegate", "override"}


def test_there_is_an_act_for_each_step_and_six_beyond() -> None:
    """The names are what the Temporal Web UI shows; there are no others."""
    assert set(ACTS) == {step.act for step in STEPS if step.act} | BEYOND
    assert all(act.name == name for name, act in ACTS.items())


def test_an_act_of_a_step_is_for_the_role_of_the_step() -> None:
    """Nobody but the owner of a step takes it."""
    for step in STEPS:
        if step.act:
            assert ACTS[step.act].roles == (step.role,)
            assert ACTS[step.act].step == step.id
            assert step.what in ACTS[step.act].what


def test_the_operator_takes_no_part_in_the_process() -> None:
    """The operator may remark, and nothing else."""
    assert [act.name for act in ACTS.values() if Role.OPERATOR in act.roles] == ["comment"]


def test_every_act_is_described_in_a_sentence() -> None:
    """The description is shown beside the message in the Temporal Web UI."""
    assert all(act.what.endswith(".") for act in ACTS.values())
