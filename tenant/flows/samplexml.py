"""The XML files of a sample flow as text, in the layout of the cloud designer. Zip and values: see `sample`."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from tenant.flows.adapters import BY_CERTIFICATE, NEVER_BY_CERTIFICATE
from tenant.flows.xmltext import escape

_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><bpmn2:definitions '
    'xmlns:bpmn2="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" '
    'xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:di="http://www.omg.org/spec/DD/20100524/DI" '
    'xmlns:ifl="http:///com.sap.ifl.model/Ifl.xsd" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" id="Definitions_1">'
)
_PROTOCOLS = {"SOAP": "SOAP 1.x", "XI": "XI", "IDOC": "IDoc SOAP", "AS2": "AS2", "ODataSender": "OData V2"}


class ChannelText(Protocol):
    """What is written about a sender channel, besides its table."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def adapter(self) -> str:
        """Its adapter, as `ComponentType` names it."""

    @property
    def address(self) -> str:
        """The path under which it is called."""

    @property
    def authorization(self) -> str:
        """How it authorises."""

    @property
    def role(self) -> str:
        """The user role that a sender needs."""


def iflw_text(channels: Sequence[ChannelText], tables: Sequence[str]) -> str:
    """The .iflw; `tables` are the values of the DN tables, escaped already."""
    numbers = range(1, len(channels) + 1)
    lines = [
        _HEAD,
        '    <bpmn2:collaboration id="Collaboration_1" name="Default Collaboration">',
        *_extension(8, [("log", "All events"), ("componentVersion", "1.1")]),
    ]
    for number, channel in zip(numbers, channels, strict=True):
        lines += _participants(number, channel)
    for number, channel, table in zip(numbers, channels, tables, strict=True):
        lines += _message_flow(number, channel, table)
    lines.append("    </bpmn2:collaboration>")
    for number in numbers:
        lines += _process(number)
    return "\n".join([*lines, *_diagram(numbers), "</bpmn2:definitions>"])


def propdef_text(owners: Mapping[str, str]) -> str:
    """parameters.propdef: each parameter and the sender whose table uses it."""
    definitions = "".join(
        f"<parameter>\n      <key/>\n      <name>{escape(name)}</name>\n      <type>xsd:string</type>\n"
        "      <isRequired>false</isRequired>\n      <constraint/>\n      <description/>\n"
        "      <additionalMetadata/>\n   </parameter>"
        for name in owners
    )
    references = "".join(
        f'<reference attribute_category="{escape(owner)}" attribute_id="/attrId::clientCertificates" '
        f'attribute_uilabel="{escape(name)}" param_key="{escape(name)}"/>'
        for name, owner in owners.items()
    )
    listed = f"<param_references>{references}</param_references>" if references else "<param_references/>"
    return f'<?xml version="1.0" encoding="UTF-8"?><parameters>{definitions}{listed}</parameters>'


def project_text(flow_id: str) -> str:
    """The Eclipse project file that every artifact carries."""
    return (
        '<?xml version="1.0" encoding="UTF-8"?><projectDescription>\n'
        f"   <name>{escape(flow_id)}</name>\n   <comment/>\n   <projects/>\n   <buildSpec>\n"
        "      <buildCommand>\n         <name>org.eclipse.jdt.core.javabuilder</name>\n         <arguments/>\n"
        "      </buildCommand>\n   </buildSpec>\n   <natures>\n"
        "      <nature>org.eclipse.jdt.core.javanature</nature>\n"
        "      <nature>com.sap.ide.ifl.project.support.project.nature</nature>\n"
        "      <nature>com.sap.ide.ifl.bsn</nature>\n   </natures>\n</projectDescription>"
    )


def _extension(indent: int, properties: Sequence[tuple[str, str]]) -> list[str]:
    """Properties whose values are escaped already."""
    pad = " " * indent
    lines = [f"{pad}<bpmn2:extensionElements>"]
    for key, value in properties:
        element = f"<value>{value}</value>" if value else "<value/>"
        lines += [
            f"{pad}    <ifl:property>",
            f"{pad}        <key>{key}</key>",
            f"{pad}        {element}",
            f"{pad}    </ifl:property>",
        ]
    return [*lines, f"{pad}</bpmn2:extensionElements>"]


def _participants(number: int, channel: ChannelText) -> list[str]:
    close = "        </bpmn2:participant>"
    properties = [("enableBasicAuthentication", "false"), ("ifl:type", "EndpointSender")]
    return [
        f'        <bpmn2:participant id="Participant_{number}" ifl:type="EndpointSender" '
        f'name="{escape(channel.name)}">',
        *_extension(12, properties),
        close,
        f'        <bpmn2:participant id="Participant_Process_{number}" ifl:type="IntegrationProcess" '
        f'name="Integration Process {number}" processRef="Process_{number}">',
        "            <bpmn2:extensionElements/>",
        close,
    ]


def _message_flow(number: int, channel: ChannelText, table: str) -> list[str]:
    return [
        f'        <bpmn2:messageFlow id="MessageFlow_{number}" name="{escape(channel.name)}" '
        f'sourceRef="Participant_{number}" targetRef="StartEvent_{number}">',
        *_extension(12, _channel_properties(channel, table)),
        "        </bpmn2:messageFlow>",
    ]


def _channel_properties(channel: ChannelText, table: str) -> list[tuple[str, str]]:
    protocol = _PROTOCOLS.get(channel.adapter, "None")
    address_key = "urlPath" if channel.adapter == "HTTPS" else "address"
    head = [
        ("ComponentType", escape(channel.adapter)),
        ("Description", ""),
        ("ComponentNS", "sap"),
        ("Name", escape(channel.adapter)),
        ("MessageProtocol", protocol),
        (address_key, escape(channel.address)),
        ("system", escape(channel.name)),
        ("direction", "Sender"),
    ]
    if channel.adapter in NEVER_BY_CERTIFICATE:
        return head
    adapter = BY_CERTIFICATE.get(channel.adapter)
    spelling = {ours: theirs for theirs, ours in adapter.spelling} if adapter else {}
    key = adapter.authorization if adapter else "senderAuthType"
    return [
        *head,
        ("userRole", escape(channel.role)),
        (key, escape(spelling.get(channel.authorization, channel.authorization))),
        ("clientCertificates", table),
    ]


def _process(number: int) -> list[str]:
    flow = f"SequenceFlow_{number}"
    return [
        f'    <bpmn2:process id="Process_{number}" name="Integration Process {number}">',
        *_extension(8, [("transactionTimeout", "30"), ("transactionalHandling", "Not Required")]),
        f'        <bpmn2:startEvent id="StartEvent_{number}" name="Start">',
        f"            <bpmn2:outgoing>{flow}</bpmn2:outgoing>",
        "            <bpmn2:messageEventDefinition/>",
        "        </bpmn2:startEvent>",
        f'        <bpmn2:endEvent id="EndEvent_{number}" name="End">',
        f"            <bpmn2:incoming>{flow}</bpmn2:incoming>",
        "            <bpmn2:messageEventDefinition/>",
        "        </bpmn2:endEvent>",
        f'        <bpmn2:sequenceFlow id="{flow}" sourceRef="StartEvent_{number}" targetRef="EndEvent_{number}"/>',
        "    </bpmn2:process>",
    ]


def _diagram(numbers: range) -> list[str]:
    lines = [
        '    <bpmndi:BPMNDiagram id="BPMNDiagram_1" name="Default Collaboration Diagram">',
        '        <bpmndi:BPMNPlane bpmnElement="Collaboration_1" id="BPMNPlane_1">',
    ]
    for number in numbers:
        top = 60.0 + 260.0 * (number - 1)
        for element, bounds in (
            (f"Participant_{number}", f'height="140.0" width="100.0" x="40.0" y="{top + 40}"'),
            (f"Participant_Process_{number}", f'height="220.0" width="540.0" x="220.0" y="{top}"'),
            (f"StartEvent_{number}", f'height="32.0" width="32.0" x="263.0" y="{top + 88}"'),
            (f"EndEvent_{number}", f'height="32.0" width="32.0" x="676.0" y="{top + 88}"'),
        ):
            lines += [
                f'            <bpmndi:BPMNShape bpmnElement="{element}" id="BPMNShape_{element}">',
                f"                <dc:Bounds {bounds}/>",
                "            </bpmndi:BPMNShape>",
            ]
    return [*lines, "        </bpmndi:BPMNPlane>", "    </bpmndi:BPMNDiagram>"]
