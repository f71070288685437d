"""What an edit changes, what it refuses, and that it proves itself."""

import re

import pytest
from flow_tools import (
    NEW,
    OLD,
    OTHER,
    as_property,
    changed,
    escaped_row,
    member,
    members,
    one_channel,
    replaced,
    with_table,
)

from process.facts import NamePair
from process.names import equal
from tenant.flows import Row, SampleChannel, add_names, read_flow, remove_names, sample_flow
from tenant.flows.bundle import open_bundle
from tenant.flows.errors import EditNotProven, KeepMissing, LastRow, NameNotWritable, TableIsParameter
from tenant.flows.plan import Plan
from tenant.flows.proof import prove
from tenant.flows.reading import locate
from tenant.flows.xmltext import unescape

FLOW = one_channel(OLD)
BOTH = one_channel(OTHER, OLD, NEW)
PARAMETERISED = one_channel(OLD, parameterised=True)


def rows(zip_bytes: bytes, at: int = 0) -> list[NamePair]:
    """The pairs that a channel lists."""
    return [NamePair(row.subject, row.issuer) for row in read_flow(zip_bytes).channels[at].rows]


def test_the_new_row_comes_directly_after_the_old() -> None:
    """One row more, in its place; all else of the .iflw is as it was."""
    flow = one_channel(OLD, OTHER)
    edit = add_names(flow, OLD, NEW)
    assert rows(edit.zip_bytes) == [OLD, NEW, OTHER]
    (change,) = edit.changes
    assert [row.subject for row in change.before] == [OLD.subject, OTHER.subject]
    assert [row.subject for row in change.after] == [OLD.subject, NEW.subject, OTHER.subject]
    before, after = member(flow, ".iflw"), member(edit.zip_bytes, ".iflw")
    (added,) = re.findall(rb"&lt;row&gt;(?:(?!&lt;/row).)*new\.example.*?&lt;/row&gt;", after)
    assert after.replace(added, b"") == before


def test_the_new_row_is_written_like_the_old() -> None:
    """No blank after commas, lower-case types, bare `>` and issuer first, where the old row has them."""
    row = (
        "&lt;row>&lt;cell id='clientCertificate.issuerDN'>cn=issuing ca,o=trust,c=de&lt;/cell>"
        "&lt;cell id='clientCertificate.subjectDN'>cn=old.example,o=old &amp;amp; sons,c=de&lt;/cell>&lt;/row>"
    )
    edit = add_names(with_table(FLOW, f"<value>{row}</value>"), OLD, NEW)
    expected = (
        "&lt;row>&lt;cell id='clientCertificate.issuerDN'>cn=Issuing CA 2,o=Trust,c=DE&lt;/cell>"
        "&lt;cell id='clientCertificate.subjectDN'>cn=new.example,o=New &amp;amp; Sons,c=DE&lt;/cell>&lt;/row>"
    )
    assert (row + expected + "</value>").encode() in member(edit.zip_bytes, ".iflw")


def test_a_parameterised_row_gets_a_literal_neighbour() -> None:
    """One parameter has one value: the overlap needs a row of its own, and the parameters stay."""
    edit = add_names(PARAMETERISED, OLD, NEW)
    assert edit.changes[0].after == (
        Row(OLD.subject, OLD.issuer, "SubjectDN", "IssuerDN"),
        Row(NEW.subject, NEW.issuer),
    )
    assert member(edit.zip_bytes, "parameters.prop") == member(PARAMETERISED, "parameters.prop")


@pytest.mark.parametrize("flow", [BOTH, one_channel(OTHER), one_channel(OLD, authorization="RoleBased")])
def test_where_nothing_is_to_add_the_same_bytes_come_back(flow: bytes) -> None:
    """Already there, old pair not listed, or table not in use: no change."""
    edit = add_names(flow, OLD, NEW)
    assert (edit.zip_bytes, edit.changes) == (flow, ())


def test_every_channel_that_lists_the_pair_is_edited() -> None:
    """Channels are edited each for itself; others are left alone."""
    channels = [SampleChannel(name, "SOAP", rows=[row]) for name, row in (("a", OLD), ("b", OTHER), ("c", OLD))]
    edit = add_names(sample_flow("f", "f", channels), OLD, NEW)
    assert [change.channel.name for change in edit.changes] == ["a", "c"]
    assert rows(edit.zip_bytes, 1) == [OTHER]


def test_a_literal_row_goes_without_a_trace() -> None:
    """Removing what was added gives back the zip, byte for byte."""
    added = add_names(FLOW, OLD, NEW).zip_bytes
    assert remove_names(added, NEW, keep=OLD).zip_bytes == FLOW
    assert rows(remove_names(added, OLD, keep=NEW).zip_bytes) == [NEW]


def test_where_nothing_is_to_remove_the_same_bytes_come_back() -> None:
    """A pair that is not listed is removed already."""
    edit = remove_names(FLOW, NEW, keep=OLD)
    assert (edit.zip_bytes, edit.changes) == (FLOW, ())


@pytest.mark.parametrize("flow", [FLOW, PARAMETERISED, with_table(FLOW, f"<value>{escaped_row('', '')}</value>")])
@pytest.mark.parametrize("keep", [NEW, OLD])
def test_the_last_pair_is_never_removed(flow: bytes, keep: NamePair) -> None:
    """A table without a pair would lock everybody out; an unfilled row lets nobody in."""
    if read_flow(flow).channels[0].rows:
        with pytest.raises(LastRow, match="Inbound"):
            remove_names(flow, OLD, keep)
    else:
        assert remove_names(flow, OLD, keep).changes == ()


def test_nothing_is_removed_where_the_pair_to_keep_is_missing() -> None:
    """Another pair's row does not help this sender; one channel that lacks it stops the edit of all."""
    with pytest.raises(KeepMissing):
        remove_names(one_channel(OLD, OTHER), OLD, keep=NEW)
    channels = [SampleChannel("a", rows=[OLD, NEW]), SampleChannel("b", rows=[OLD, OTHER])]
    with pytest.raises(KeepMissing, match="'b'"):
        remove_names(sample_flow("f", "f", channels), OLD, keep=NEW)


def test_the_parameters_take_the_names_that_stay() -> None:
    """The flow ends in the shape in which it began: the .iflw is the old one, the parameters are new."""
    added = add_names(PARAMETERISED, OLD, NEW).zip_bytes
    edit = remove_names(added, OLD, keep=NEW)
    assert members(edit.zip_bytes).keys() == members(PARAMETERISED).keys()
    assert member(edit.zip_bytes, ".iflw") == member(PARAMETERISED, ".iflw")
    prop = members(edit.zip_bytes)["src/main/resources/parameters.prop"].decode()
    assert "SubjectDN=CN\\=new.example, O\\=New &amp; Sons, C\\=DE\n" in prop
    assert edit.changes[0].after == (Row(NEW.subject, NEW.issuer, "SubjectDN", "IssuerDN"),)


def test_a_row_with_one_parameter_takes_both_names() -> None:
    """The cell with a parameter changes by its parameter, the other in its own bytes."""
    half = replaced(PARAMETERISED, "{{IssuerDN}}", "CN=Issuing CA, O=Trust, C=DE")
    edit = remove_names(add_names(half, OLD, NEW).zip_bytes, OLD, keep=NEW)
    assert edit.changes[0].after == (Row(NEW.subject, NEW.issuer, "SubjectDN", None),)


def test_a_parameter_that_another_row_needs_is_not_taken_over() -> None:
    """Changing it would change what another sender presents: the literal row stays instead."""
    shared = with_table(
        PARAMETERISED,
        f"<value>{escaped_row('{{SubjectDN}}', '{{IssuerDN}}')}{escaped_row('CN=x', '{{IssuerDN}}')}</value>",
    )
    edit = remove_names(add_names(shared, OLD, NEW).zip_bytes, OLD, keep=NEW)
    assert edit.changes[0].after == (Row(NEW.subject, NEW.issuer), Row("CN=x", OLD.issuer, None, "IssuerDN"))
    assert "keep their values" in edit.changes[0].notes[0]


def test_two_channels_that_share_parameters_change_together() -> None:
    """Both rows are taken over by the same new values."""
    channels = [SampleChannel(name, rows=[OLD], parameterised=True) for name in ("a", "b")]
    flow = sample_flow("f", "f", channels)
    flow = replaced(replaced(flow, "{{SubjectDN_2}}", "{{SubjectDN}}"), "{{IssuerDN_2}}", "{{IssuerDN}}")
    edit = remove_names(add_names(flow, OLD, NEW).zip_bytes, OLD, keep=NEW)
    assert rows(edit.zip_bytes, 0) == rows(edit.zip_bytes, 1) == [NEW]
    assert member(edit.zip_bytes, ".iflw") == member(flow, ".iflw")


def test_other_uses_of_a_parameter_are_said() -> None:
    """A participant that names the same parameter follows its new value, and the change says so."""
    flow = replaced(
        PARAMETERISED, "<key>ifl:type</key>", as_property("subject0", "{{SubjectDN}}") + "<key>ifl:type</key>"
    )
    edit = remove_names(add_names(flow, OLD, NEW).zip_bytes, OLD, keep=NEW)
    (note,) = edit.changes[0].notes
    assert "'SubjectDN' is used 1 more time(s)" in note
    assert "participant 'Inbound'" in note


def test_a_stale_table_that_follows_a_parameter_is_a_change() -> None:
    """A channel that only shares the parameter shows up among the changes."""
    channels = [
        SampleChannel("a", rows=[OLD], parameterised=True),
        SampleChannel("b", rows=[OLD], parameterised=True, authorization="RoleBased"),
    ]
    flow = sample_flow("f", "f", channels)
    flow = replaced(replaced(flow, "{{SubjectDN_2}}", "{{SubjectDN}}"), "{{IssuerDN_2}}", "{{IssuerDN}}")
    edit = remove_names(add_names(flow, OLD, NEW).zip_bytes, OLD, keep=NEW)
    assert [change.channel.name for change in edit.changes] == ["a", "b"]


def test_a_table_that_is_a_parameter_is_refused() -> None:
    """It can be read but not edited; the sentence says where a person can."""
    flow = with_table(FLOW, "<value>{{Table}}</value>")
    line = f"Table={unescape(escaped_row('CN=s', 'CN=i'))}\n"
    flow = changed(flow, "parameters.prop", lambda data: data + line.encode())
    with pytest.raises(TableIsParameter, match="Configure"):
        add_names(flow, NamePair("CN=s", "CN=i"), NEW)


@pytest.mark.parametrize("subject", ["", "CN=\x01", "CN={{x}}", "CN=a\nb", "CN=\ud800"])
def test_a_name_that_a_cell_cannot_hold_is_refused(subject: str) -> None:
    """Nothing is written that would be read as something else."""
    with pytest.raises(NameNotWritable):
        add_names(FLOW, OLD, NamePair(subject, NEW.issuer))


@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_line_ends_stay(end: str) -> None:
    """A flow and its parameters keep the line ends they have."""
    flow = changed(PARAMETERISED, ".iflw", lambda data: data.replace(b"\n", end.encode()))
    flow = changed(flow, "parameters.prop", lambda data: data.replace(b"\n", end.encode()))
    edit = remove_names(add_names(flow, OLD, NEW).zip_bytes, OLD, keep=NEW)
    for ending in (".iflw", "parameters.prop"):
        before, after = member(flow, ending), member(edit.zip_bytes, ending)
        assert before.count(b"\r\n") == after.count(b"\r\n")
        assert before.count(b"\n") == after.count(b"\n")


def test_an_unproven_edit_is_thrown_away() -> None:
    """A result with one row that was not meant, or one byte changed elsewhere, names its place."""
    bundle = open_bundle(FLOW)
    nothing_planned = Plan(locate(bundle.files))
    with pytest.raises(EditNotProven, match="sender channel 'Inbound'"):
        prove(nothing_planned, bundle.archive, add_names(FLOW, OLD, NEW).zip_bytes, {})
    with pytest.raises(EditNotProven, match="after byte"):
        prove(nothing_planned, bundle.archive, replaced(FLOW, "transactionTimeout", "transactionTimeouT"), {})
    with pytest.raises(EditNotProven, match="headers"):
        prove(nothing_planned, bundle.archive, replaced(FLOW, "singleton", "Singleton", "MANIFEST.MF"), {})
    with pytest.raises(EditNotProven, match="reading it again"):
        prove(nothing_planned, bundle.archive, b"", {})
    prove(nothing_planned, bundle.archive, FLOW, {})


def test_names_are_compared_by_the_given_rule() -> None:
    """With a stricter rule the same row is another one."""
    loose = NamePair(OLD.subject.lower(), OLD.issuer)
    assert add_names(FLOW, loose, NEW, equal).changes
    assert add_names(FLOW, loose, NEW, str.__eq__).changes == ()


def test_another_spelling_of_the_new_names_is_no_row_for_them() -> None:
    """Names that are equal by RFC 5280 and spelled otherwise may be others to the runtime: both are listed."""
    old, loud, quiet = (NamePair(f"CN={cn}, O=Acme, C=DE", "CN=CA, C=DE") for cn in ("erp", "ERP2", "erp2"))
    once = add_names(sample_flow("F", "F", [SampleChannel("in", rows=(old,))]), old, loud)
    twice = add_names(once.zip_bytes, old, quiet)
    assert [row.subject for row in read_flow(twice.zip_bytes).channels[0].rows] == [
        old.subject,
        quiet.subject,
        loud.subject,
    ]
