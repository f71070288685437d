"""What is read out of a flow: which channels, with which effective values, and what is said about the rest."""

import pytest
from flow_tools import NEW, OLD, as_property, changed, escaped_row, one_channel, replaced, with_table, zipped

from process.facts import NamePair
from tenant.flows import FlowContent, Row, SampleChannel, find_rows, read_flow, sample_flow
from tenant.flows.errors import EntitiesDeclared, NotXml, TableUnreadable
from tenant.flows.xmltext import unescape

FLOW = one_channel(OLD)
PARAMETERISED = one_channel(OLD, parameterised=True)


def only(content: FlowContent) -> tuple[Row, ...]:
    """The rows of the only channel."""
    (channel,) = content.channels
    return channel.rows


def test_a_channel_is_read_with_its_effective_values() -> None:
    """Adapter, address, role, authorisation and rows of a plain channel; the flow's name and version."""
    content = read_flow(FLOW)
    (channel,) = content.channels
    assert (channel.id, channel.name, channel.adapter) == ("MessageFlow_1", "Inbound", "HTTPS")
    assert (channel.address, channel.authorization) == ("/sample", "ClientCertificate")
    assert (channel.role, channel.rows) == ("ESBMessaging.send", (Row(OLD.subject, OLD.issuer),))
    assert (content.symbolic_name, content.version, content.notes) == ("Flow_1", "1.0.0", ())


def test_parameters_are_resolved_and_named() -> None:
    """A cell that is a parameter gives its value, unescaped, and says where it came from."""
    assert only(read_flow(PARAMETERISED)) == (Row(OLD.subject, OLD.issuer, "SubjectDN", "IssuerDN"),)


def test_an_unescaped_parameter_is_read_too() -> None:
    """People configure names without XML escapes; they are read as they stand."""
    raw = replaced(PARAMETERISED, "&amp;", "&", "parameters.prop")
    assert only(read_flow(raw))[0].subject == OLD.subject


def test_a_parameter_decides_the_authorisation() -> None:
    """The choice is resolved through parameters.prop alone, whatever the parameter is called."""
    flow = replaced(FLOW, "<value>ClientCertificate</value>", "<value>{{Role}}</value>")
    chosen = changed(flow, "parameters.prop", lambda data: data + b"Role=ClientCertificate\n")
    (channel,) = read_flow(chosen).channels
    assert (channel.authorization, channel.authorization_from) == ("ClientCertificate", "Role")
    (channel,) = read_flow(flow).channels
    assert channel.authorization == "{{Role}}"
    assert "parameter without a value" in read_flow(flow).notes[0]


def test_parameters_that_differ_in_case_are_two() -> None:
    """`subject` and `Subject` live side by side in real files."""
    flow = changed(PARAMETERISED, "parameters.prop", lambda data: data + b"subjectdn=cn\\=subject\n")
    assert only(read_flow(flow))[0].subject == OLD.subject


def test_a_parameter_without_a_value_is_said() -> None:
    """A dangling parameter stays visible, matches nothing and is noted."""
    content = read_flow(changed(PARAMETERISED, "parameters.prop", lambda _: b""))
    assert only(content)[0].subject == "{{SubjectDN}}"
    assert any("'SubjectDN'" in note for note in content.notes)


@pytest.mark.parametrize("value", ["<value/>", "<value></value>", "", escaped_row("", "")])
def test_an_empty_table_has_no_rows(value: str) -> None:
    """Self-closed, long form, no value at all, and an unfilled row: no certificate."""
    element = f"<value>{value}</value>" if value.startswith("&") else value
    assert only(read_flow(with_table(FLOW, element))) == ()


def test_issuer_first_is_read_by_id() -> None:
    """Cells count by their id, never by their place."""
    row = (
        "<value>&lt;row>&lt;cell id=&quot;clientCertificate.issuerDN&quot;>CN=i&lt;/cell>"
        "&lt;cell id=&apos;clientCertificate.subjectDN&apos;>CN=s&lt;/cell>&lt;/row></value>"
    )
    assert only(read_flow(with_table(FLOW, row))) == (Row("CN=s", "CN=i"),)


def test_a_table_that_counts_and_cannot_be_read_is_an_error() -> None:
    """Could not look is never looked and fine; a table that is not in use is only noted."""
    strange = "<value>&lt;line/&gt;</value>"
    with pytest.raises(TableUnreadable, match="Inbound"):
        read_flow(with_table(FLOW, strange))
    content = read_flow(with_table(one_channel(OLD, authorization="RoleBased"), strange))
    assert "unknown form" in content.notes[0]


def test_a_table_that_is_a_parameter_is_shown() -> None:
    """The rows of a whole-table parameter are found, and its name is given."""
    flow = with_table(FLOW, "<value>{{Table}}</value>")
    line = f"Table={unescape(escaped_row('CN=s', 'CN=i'))}\n"
    content = read_flow(changed(flow, "parameters.prop", lambda data: data + line.encode()))
    assert content.channels[0].table_from == "Table"
    assert only(content) == (Row("CN=s", "CN=i"),)
    assert "'Table'" in content.notes[0]


def test_rows_of_a_role_based_channel_are_noted_and_never_found() -> None:
    """A stale table is shown, but it lets nobody in."""
    content = read_flow(one_channel(OLD, authorization="RoleBased"))
    assert only(content)
    assert find_rows(content, OLD) == ()
    assert "without using them" in content.notes[0]


def test_rows_are_found_by_the_whole_pair() -> None:
    """Subject and issuer belong together, and are compared as names, not as text."""
    content = read_flow(FLOW)
    loose = NamePair(OLD.subject.lower().replace(", ", ","), OLD.issuer)
    assert [row for _, row in find_rows(content, loose)] == list(only(content))
    assert find_rows(content, NamePair(OLD.subject, NEW.issuer)) == ()
    assert find_rows(content, loose, str.__eq__) == ()


@pytest.mark.parametrize("adapter", ["HTTPS", "SOAP", "XI", "IDOC", "AS2", "AS4", "ODataSender"])
def test_every_adapter_with_certificates_is_read(adapter: str) -> None:
    """All seven, OData with keys and spellings of its own."""
    content = read_flow(sample_flow("f", "f", [SampleChannel("c", adapter, rows=[OLD])]))
    assert [channel.adapter for channel, _ in find_rows(content, OLD)] == [adapter]
    assert content.notes == ()


def test_an_adapter_without_certificates_is_a_channel_without_authorisation() -> None:
    """ProcessDirect and the like are listed, and nothing about them is strange."""
    content = read_flow(sample_flow("f", "f", [SampleChannel("c", "ProcessDirect")]))
    assert (content.channels[0].authorization, content.notes) == ("", ())


def test_an_unknown_adapter_is_said() -> None:
    """A custom adapter is shown with what it has, and never skipped in silence."""
    content = read_flow(sample_flow("f", "f", [SampleChannel("c", "Acme-Adapter", rows=[OLD])]))
    assert find_rows(content, OLD)
    assert "'Acme-Adapter'" in content.notes[0]


def test_a_channel_without_direction_starts_at_a_sender() -> None:
    """Old files state no direction: the source participant decides; the way back is no sender channel."""
    old = replaced(FLOW, "<key>direction</key>", "<key>nothing</key>")
    back = '<bpmn2:messageFlow id="Back" sourceRef="EndEvent_1" targetRef="Participant_1"/></bpmn2:collaboration>'
    content = read_flow(replaced(old, "</bpmn2:collaboration>", back))
    assert [channel.id for channel in content.channels] == ["MessageFlow_1"]


def test_a_receiver_is_no_sender_channel() -> None:
    """Receivers say client certificate too; their direction rules them out."""
    assert read_flow(replaced(FLOW, "<value>Sender</value>", "<value>Receiver</value>")).channels == ()


def test_old_names_on_the_participant_are_noted() -> None:
    """The first generation kept subject0 and issuer0 on the participant."""
    legacy = as_property("subject0", "{{S}}") + as_property("issuer0", "CN=legacy ca")
    flow = replaced(FLOW, "<key>ifl:type</key>", legacy + "<key>ifl:type</key>")
    flow = changed(flow, "parameters.prop", lambda data: data + b"S=CN\\=legacy\n")
    (note,) = read_flow(flow).notes
    assert "'CN=legacy'" in note
    assert "'CN=legacy ca'" in note


@pytest.mark.parametrize(
    "data", [b"", b"<a>", b"<a/>\xff", "<?xml version='1.0' encoding='UTF-16'?><a/>".encode("utf-16")]
)
def test_a_flow_that_is_no_xml_is_refused(data: bytes) -> None:
    """Well-formed XML in UTF-8, or a refusal that names the file."""
    with pytest.raises(NotXml, match=r"a\.iflw"):
        read_flow(zipped({"a.iflw": data}))


def test_entities_are_refused_before_they_expand() -> None:
    """A document type declaration is refused as such; nothing is ever expanded."""
    bomb = b'<!DOCTYPE a [<!ENTITY x "x"><!ENTITY y "&x;&x;&x;">]><a>&y;</a>'
    with pytest.raises(EntitiesDeclared):
        read_flow(zipped({"a.iflw": bomb}))
