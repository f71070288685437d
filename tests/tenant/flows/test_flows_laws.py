"""The law of edits: a flow is a list of pairs, and nothing else about it ever changes."""

import io
import zipfile
from collections import Counter

import pytest
from flow_tools import HARD, OLD, POOL, Step, members, on_list, one_channel, steps
from hypothesis import given, settings
from hypothesis import strategies as st

from process.facts import NamePair
from process.names import Attribute, DistinguishedName, equal, parse, render
from tenant.flows import add_names, find_rows, read_flow, remove_names
from tenant.flows.adding import plan_add
from tenant.flows.bundle import open_bundle
from tenant.flows.errors import EditNotProven
from tenant.flows.proof import prove
from tenant.flows.reading import locate
from tenant.flows.xmltext import can_carry

values = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20).filter(can_carry)


def on_flow(zip_bytes: bytes, step: Step) -> bytes:
    """The step on the flow."""
    kind, one, two = step
    return (add_names if kind == "add" else remove_names)(zip_bytes, one, two).zip_bytes


def listed(zip_bytes: bytes) -> list[DistinguishedName]:
    """The subjects that the flow lists, as names."""
    return [parse(row.subject) for row in read_flow(zip_bytes).channels[0].rows]


@pytest.mark.parametrize("parameterised", [False, True])
@settings(max_examples=60, deadline=None)
@given(steps=steps)
def test_any_sequence_of_edits_is_that_of_a_list(parameterised: bool, steps: list[Step]) -> None:
    """Adds, removes and refusals are those of a plain list; a taken-over row may only change its place."""
    zip_bytes, names = one_channel(POOL[0], POOL[1], parameterised=parameterised), [POOL[0], POOL[1]]
    for step in steps:
        expected = on_list(names, step)
        if isinstance(expected, type):
            with pytest.raises(expected):
                on_flow(zip_bytes, step)
            continue
        zip_bytes, names = on_flow(zip_bytes, step), expected
        found, wanted = listed(zip_bytes), [parse(name.subject) for name in names]
        assert Counter(map(render, found)) == Counter(map(render, wanted))
        assert parameterised or found == wanted


@settings(max_examples=80, deadline=None)
@given(common=values, unit=values, issuer=values, parameterised=st.booleans())
def test_any_name_is_added_found_and_removed(common: str, unit: str, issuer: str, parameterised: bool) -> None:
    """Whatever a name holds: it is read back as the same name, and its removal gives back the zip."""
    subject = DistinguishedName(
        ((Attribute("2.5.4.3", common), Attribute("2.5.4.11", unit)), (Attribute("2.5.4.10", unit),))
    )
    ca = DistinguishedName(((Attribute("2.5.4.3", issuer),),))
    pair = NamePair("OU=law, " + render(subject), render(ca))
    if not (can_carry(pair.subject) and "{{" not in pair.subject + pair.issuer):
        return
    flow = one_channel(OLD, parameterised=parameterised)
    added = add_names(flow, OLD, pair).zip_bytes
    assert [row.subject for _, row in find_rows(read_flow(added), pair)] == [pair.subject]
    assert remove_names(added, pair, keep=OLD).zip_bytes == flow
    taken = remove_names(added, OLD, keep=pair).zip_bytes
    assert [row.subject for _, row in find_rows(read_flow(taken), pair)] == [pair.subject]


@pytest.mark.parametrize("pair", HARD)
@pytest.mark.parametrize("parameterised", [False, True])
def test_hard_names_there_and_back(pair: NamePair, parameterised: bool) -> None:
    """From the old pair to a hard one and back again every member has its old content."""
    flow = one_channel(OLD, parameterised=parameterised)
    there = remove_names(add_names(flow, OLD, pair).zip_bytes, OLD, keep=pair).zip_bytes
    assert find_rows(read_flow(there), pair)
    back = remove_names(add_names(there, pair, OLD).zip_bytes, pair, keep=OLD).zip_bytes
    assert members(back) == members(flow)
    with zipfile.ZipFile(io.BytesIO(there)) as archive:
        assert archive.testzip() is None


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_no_changed_byte_survives_the_proof(data: st.DataObject) -> None:
    """Whatever single byte of a finished edit is changed afterwards, the proof finds it."""
    flow = one_channel(OLD, parameterised=True)
    bundle = open_bundle(flow)
    plan = plan_add(locate(bundle.files), OLD, HARD[0], equal)
    result = add_names(flow, OLD, HARD[0]).zip_bytes
    contents = {name: text for name, text in members(result).items() if name.endswith(".iflw")}
    prove(plan, bundle.archive, result, contents)
    at = data.draw(st.integers(0, len(result) - 1))
    flip = data.draw(st.integers(1, 255))
    with pytest.raises(EditNotProven):
        prove(plan, bundle.archive, result[:at] + bytes([result[at] ^ flip]) + result[at + 1 :], contents)
