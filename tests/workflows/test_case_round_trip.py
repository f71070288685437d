"""A case travels as JSON through histories and continue-as-new: what comes back is the same case."""

from random import Random

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from process_cases import OLD, OLD_NAMES, full, new_case, request
from process_tenant import LOCKED, ModelTenant
from process_world import FAULTY, GOOD, World
from pydantic import TypeAdapter
from temporalio.contrib.pydantic import pydantic_data_converter

from process.acts import ACTS
from process.case import Case
from process.check import guards
from process.open import open_steps
from process.steps import Role

CASE: TypeAdapter[Case] = TypeAdapter(Case)


def world_of(chance: Random) -> World:
    """A tenant that knows the old certificate in some places."""
    rows = {(flow, 1): frozenset({OLD_NAMES}) for flow in ("F1", "F2", LOCKED) if chance.random() < 0.5}
    held = {user: {OLD.fingerprint: True} for user in ("ERP", "CRM") if chance.random() < 0.5}
    return World(ModelTenant(rows, held))


def something_happens(world: World, chance: Random) -> None:
    """One event: work starts or ends, or somebody acts, mostly as is right."""
    case = world.case
    world.start_work()
    if world.running and chance.random() < 0.6:
        world.finish(chance.choice(world.running), well=chance.random() < 0.8)
        return
    steps = [step.act or "" for step in open_steps(case)]
    act = chance.choice(steps) if steps and chance.random() < 0.8 else chance.choice(sorted(ACTS))
    world.tell(
        request(
            act,
            certificate=chance.choice((*GOOD, *FAULTY)).pem,
            root_confirmed="seen on SAP's list",
            by_hand=chance.random() < 0.2,
            guard=next(iter(guards(case, world.now)), ""),
        )
    )


@given(st.integers(0, 2**32))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_case_survives_json(seed: int) -> None:
    """Whatever happened to a renewal, its case is the same after a trip through pydantic's JSON."""
    chance = Random(seed)
    world = world_of(chance)
    for _ in range(30):
        if not world.case.closed:
            something_happens(world, chance)
    assert CASE.validate_json(CASE.dump_json(world.case)) == world.case


def test_a_full_case_survives_json() -> None:
    """A case with something in each field comes back unchanged, with the types it had."""
    people = {Role.TENANT_ADMINISTRATOR: ("Ada", "Tom")}
    case = full("3", "4a", "4b", "5", "6", people=people).act("switch_back").act("7").case
    back = CASE.validate_json(CASE.dump_json(case))
    assert back == case
    assert isinstance(next(iter(back.people)), Role)
    assert isinstance(back.record, tuple)
    assert back.started_at.tzinfo is not None


def test_the_converter_of_the_workflows_keeps_it() -> None:
    """The data converter of Temporal that the project uses gives the same case back."""
    converter = pydantic_data_converter.payload_converter
    for case in (new_case(), full("3", "4a").case):
        (payload,) = converter.to_payloads([case])
        assert converter.from_payload(payload, Case) == case
