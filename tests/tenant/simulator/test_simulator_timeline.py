"""The timeline of deploys: what is shown depends on the clock alone."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tenant.simulator.timeline import Deployment, running, shown, task_status

ONE = Deployment(1, "f", "F", "1.0.0", "me", 10, 20, 30, "SUCCESS", "STARTED", "", "[]", None, None)


def test_a_first_deploy_walks_from_absent_to_started() -> None:
    """DEPLOYING and 404, SUCCESS and still 404, STARTING, STARTED."""
    seen = [(task_status(ONE, at), found.status if (found := shown([ONE], at)) else None) for at in (9, 10, 20, 30)]
    assert seen == [("DEPLOYING", None), ("SUCCESS", None), ("SUCCESS", "STARTING"), ("SUCCESS", "STARTED")]


def test_a_redeploy_shows_the_old_deploy_for_a_while() -> None:
    """The trap: after SUCCESS the old STARTED with the old DeployedOn is still there."""
    two = replace(ONE, id=2, built_at=110, visible_at=120, settled_at=130)
    assert task_status(two, 115) == "SUCCESS"
    old, new = shown([ONE, two], 115), shown([ONE, two], 125)
    assert old is not None
    assert (old.deployment.visible_at, old.status) == (20, "STARTED")
    assert new is not None
    assert (new.deployment.visible_at, new.status) == (120, "STARTING")


def test_an_undeploy_is_stopping_then_gone() -> None:
    """Nothing answers messages from the first moment on."""
    stopped = replace(ONE, stopping_at=50, gone_at=60)
    found = shown([stopped], 55)
    assert found is not None
    assert found.status == "STOPPING"
    assert running([stopped], 55) is None
    assert shown([stopped], 60) is None


def test_a_deploy_for_another_runtime_never_appears() -> None:
    """Its task says SUCCESS all the same."""
    elsewhere = replace(ONE, visible_at=None)
    assert (task_status(elsewhere, 99), shown([elsewhere], 99)) == ("SUCCESS", None)


@given(st.lists(st.integers(0, 50), min_size=1, max_size=6), st.integers(0, 400))
def test_what_runs_is_the_newest_that_is_visible_and_started(gaps: list[int], at: int) -> None:
    """Never an older deploy than the shown one, never one that has not started."""
    deployments, start = [], 0
    for number, gap in enumerate(gaps, 1):
        start += gap
        deployments.append(replace(ONE, id=number, built_at=start, visible_at=start + 5, settled_at=start + 9))
    current, answering = shown(deployments, at), running(deployments, at)
    visible = [one.id for one in deployments if one.visible_at is not None and one.visible_at <= at]
    assert (current.deployment.id if current else None) == (max(visible) if visible else None)
    if answering:
        assert current
        assert answering.settled_at <= at
        assert answering == current.deployment
