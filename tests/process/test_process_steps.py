"""The table of steps: complete, in order, printable."""

from process.steps import BY_ID, STEPS, Condition, Kind, Role, table


def test_the_table_is_complete() -> None:
    """Ten steps, 4 and 9 in two letters, in their order, each id once."""
    assert [step.id for step in STEPS] == ["1", "2", "3", "4a", "4b", "5", "6", "7", "8", "9a", "9b", "10"]
    assert sorted({step.number for step in STEPS}) == list(range(1, 11))
    assert [step.number for step in STEPS] == sorted(step.number for step in STEPS)
    assert list(BY_ID) == [step.id for step in STEPS]


def test_who_does_what_of_which_kind() -> None:
    """Roles, kinds and conditions are those of SAP's page 2d3cae7 as the design corrects it."""
    sender, tenant, developer = Role.SENDER_ADMINISTRATOR, Role.TENANT_ADMINISTRATOR, Role.INTEGRATION_DEVELOPER
    owners = {step.id: step.role for step in STEPS}
    assert {i for i, role in owners.items() if role is sender} == {"1", "2", "7", "8"}
    assert {i for i, role in owners.items() if role is tenant} == {"3", "4b", "6", "9a", "9b"}
    assert {i for i, role in owners.items() if role is developer} == {"4a", "5", "10"}
    assert {step.id for step in STEPS if step.kind is Kind.DONE} == {"4a", "4b", "9b", "10"}
    assert {step.id for step in STEPS if step.kind is Kind.GIVEN} == {"2"}
    assert {step.id for step in STEPS if step.condition is Condition.NAMES} == {"3", "4a", "5", "9a", "10"}
    assert {step.id for step in STEPS if step.condition is Condition.MAPPING} == {"4b", "9b"}


def test_every_step_but_the_first_has_its_act() -> None:
    """Step 1 is said by handing over in step 2; no act stands for two steps."""
    acts = [step.act for step in STEPS if step.act]
    assert BY_ID["1"].act is None
    assert len(acts) == len(set(acts)) == len(STEPS) - 1


def test_the_table_prints_as_markdown() -> None:
    """A head, a rule, a row of five cells per step, no cell that breaks the table."""
    lines = table().splitlines()
    assert len(lines) == len(STEPS) + 2
    assert all(line.count("|") == 6 for line in lines)
    for line, step in zip(lines[2:], STEPS, strict=True):
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        only_if = "" if step.condition is Condition.ALWAYS else step.condition
        assert cells == [step.id, step.role.words, step.kind, only_if, step.what]


def test_a_role_reads_as_words() -> None:
    """A role is shown without its hyphen."""
    assert [role.words for role in Role] == [
        "sender administrator", "tenant administrator", "integration developer", "operator",
    ]  # fmt: skip
