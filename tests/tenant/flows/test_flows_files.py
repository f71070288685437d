"""Flows outside zips: the same reading, the same edits and the same proof, in every layout."""

import pytest
from flow_tools import HARD, NEW, OLD, OTHER, Step, member, members, on_list, one_channel, steps
from hypothesis import given, settings

from process.names import equal
from tenant.flows import (
    FlowFiles,
    add_names,
    add_to_files,
    read_files,
    read_flow,
    remove_from_files,
    remove_names,
)
from tenant.flows.adding import plan_add
from tenant.flows.bundle import pick_files
from tenant.flows.errors import EditNotProven, NoFlow, PackageExport, SeveralFlows, TooBig
from tenant.flows.limits import TEXT_LIMIT
from tenant.flows.proof import prove_files
from tenant.flows.reading import locate

FLOW = one_channel(OLD, parameterised=True)
RESOURCES = "src/main/resources/"
INSIDE = RESOURCES + "scenarioflows/integrationflow/Flow 1.iflw"


def picked(contents: dict[str, bytes]) -> FlowFiles:
    """The files of the flow among these."""
    return pick_files(contents, contents.__getitem__, "The folder")


def unzipped(zip_bytes: bytes) -> FlowFiles:
    """The files of an artifact zip, unpacked."""
    return picked(members(zip_bytes))


@pytest.mark.parametrize(
    ("iflw", "parameters"),
    [
        (INSIDE, RESOURCES + "parameters.prop"),
        ("wrap/" + INSIDE, "wrap/" + RESOURCES + "parameters.prop"),
        (INSIDE.removeprefix(RESOURCES), "parameters.prop"),
        ("Flow 1.iflw", "parameters.prop"),
        ("flows/Flow 1.iflw", "flows/parameters.prop"),
        ("Flow 1.iflw", RESOURCES + "parameters.prop"),
    ],
)
def test_the_parameters_are_found_in_every_layout(iflw: str, parameters: str) -> None:
    """As in the artifact, in a wrapper folder, its resources alone, and beside the .iflw."""
    files = picked({iflw: member(FLOW, ".iflw"), parameters: member(FLOW, "parameters.prop"), "x/other.txt": b"x"})
    assert (files.iflw_name, files.parameters_name) == (iflw, parameters)
    assert read_files(files).channels == read_flow(FLOW).channels


def test_a_bare_flow_has_its_literal_rows() -> None:
    """Without any file beside it a flow is read as far as it says itself."""
    content = read_files(picked({"a.iflw": member(one_channel(OLD), ".iflw")}))
    assert content.channels == read_flow(one_channel(OLD)).channels
    assert (content.symbolic_name, content.version) == ("", "")


def test_what_is_no_single_flow_is_refused() -> None:
    """No flow, several flows, an unpacked package export, a file beyond the limit."""
    with pytest.raises(NoFlow, match="The folder"):
        picked({"parameters.prop": b""})
    with pytest.raises(SeveralFlows, match=r"b\.iflw"):
        picked({"a.iflw": b"", "b.iflw": b""})
    with pytest.raises(PackageExport):
        picked({"0a_content": b"", "resources.cnt": b"", "a.iflw": b""})
    with pytest.raises(TooBig):
        picked({"a.iflw": bytes(TEXT_LIMIT + 1)})


def test_edits_of_files_are_those_of_the_zip() -> None:
    """The same bytes, whether the files lie in a zip or not; only what changed is given out."""
    added = add_to_files(unzipped(FLOW), OLD, NEW)
    assert added.contents == {INSIDE: member(add_names(FLOW, OLD, NEW).zip_bytes, ".iflw")}
    both = unzipped(FLOW).with_contents(added.contents)
    removed = remove_from_files(both, OLD, keep=NEW)
    zipped_again = members(remove_names(add_names(FLOW, OLD, NEW).zip_bytes, OLD, keep=NEW).zip_bytes)
    assert removed.contents == {name: zipped_again[name] for name in (INSIDE, RESOURCES + "parameters.prop")}
    assert [change.channel.name for change in removed.changes] == ["Inbound"]


def test_where_nothing_changes_nothing_is_given_out() -> None:
    """Already there, or not listed: no contents and no changes."""
    assert add_to_files(unzipped(FLOW), OTHER, NEW).contents == {}
    assert remove_from_files(unzipped(FLOW), NEW, keep=OLD).changes == ()


def test_an_unproven_edit_of_files_names_its_place() -> None:
    """A byte too many in the .iflw or in the parameters, a file that is not the same, an unreadable result."""
    files = unzipped(FLOW)
    plan = plan_add(locate(files), OLD, NEW, equal)
    right = files.with_contents(add_to_files(files, OLD, NEW).contents)
    prove_files(plan, right)
    prop = RESOURCES + "parameters.prop"
    for wrong in (
        files,
        right.with_contents({INSIDE: right.iflw_bytes + b"\n"}),
        right.with_contents({prop: right.parameter_bytes + b"\n"}),
        right.with_contents({INSIDE: b"<a>"}),
        picked({"other.iflw": right.iflw_bytes, prop: right.parameter_bytes}),
    ):
        with pytest.raises(EditNotProven):
            prove_files(plan, wrong)


@pytest.mark.parametrize("parameterised", [False, True])
@settings(max_examples=40, deadline=None)
@given(steps=steps)
def test_any_sequence_of_edits_of_files_is_that_of_a_list(parameterised: bool, steps: list[Step]) -> None:
    """The law of zips holds for files: the listed pairs are those of a plain list after the same steps."""
    names = [OLD, HARD[0]]
    files = unzipped(one_channel(*names, parameterised=parameterised))
    for step in steps:
        expected = on_list(names, step)
        edit = add_to_files if step[0] == "add" else remove_from_files
        if isinstance(expected, type):
            with pytest.raises(expected):
                edit(files, step[1], step[2])
            continue
        files, names = files.with_contents(edit(files, step[1], step[2]).contents), expected
        found = {row.subject for row in read_files(files).channels[0].rows}
        assert len(found) == len(names)
        assert all(any(equal(name.subject, subject) for subject in found) for name in names)
