"""Sample flows: what is asked for is what is read, and the files are what the tenant exports."""

import io
import xml.etree.ElementTree as ET
import zipfile

from flow_tools import NEW, OLD, members

from tenant.flows import Row, SampleChannel, read_flow, sample_flow
from tenant.flows.bundle import read_manifest

CHANNELS = [
    SampleChannel("Orders <in>", address="/orders", rows=[OLD, NEW], role="Orders.send"),
    SampleChannel("Invoices", "SOAP", "/invoices", "RoleBased"),
    SampleChannel("Stock", "IDOC", "/stock", rows=[OLD, NEW], parameterised=True),
]
FLOW = sample_flow("Orders_In", "Orders & more in a flow with a name that needs more than one line", CHANNELS)


def test_what_is_asked_for_is_read() -> None:
    """Names, adapters, addresses, authorisation, roles and rows come back."""
    content = read_flow(FLOW)
    read = [(c.name, c.adapter, c.address, c.authorization, c.role) for c in content.channels]
    assert read == [(c.name, c.adapter, c.address, c.authorization, c.role) for c in CHANNELS]
    assert content.channels[2].rows[0] == Row(OLD.subject, OLD.issuer, "SubjectDN_3", "IssuerDN_3")
    assert content.channels[2].rows[1] == Row(NEW.subject, NEW.issuer)
    assert (content.symbolic_name, content.notes) == ("Orders_In", ())


def test_the_files_are_well_formed() -> None:
    """Every XML file parses; the manifest folds at 72 bytes and unfolds to the whole name."""
    contents = members(FLOW)
    for name in contents:
        if name.endswith((".iflw", ".propdef", ".project")):
            ET.fromstring(contents[name])
    manifest = contents["META-INF/MANIFEST.MF"]
    assert max(map(len, manifest.split(b"\r\n"))) <= 70
    assert read_manifest(manifest)["Bundle-Name"].endswith("more than one line")


def test_the_zip_looks_like_an_export() -> None:
    """Deflated, with data descriptors, the flow first; and the same each time."""
    with zipfile.ZipFile(io.BytesIO(FLOW)) as archive:
        infos = archive.infolist()
    assert infos[0].filename.endswith(".iflw")
    assert all(info.flag_bits & 8 and info.compress_type == zipfile.ZIP_DEFLATED for info in infos)
    assert sample_flow("a", "b", CHANNELS) == sample_flow("a", "b", CHANNELS)


def test_a_flow_without_channels_is_a_flow() -> None:
    """Flows that a timer starts have no sender channel."""
    assert read_flow(sample_flow("timer", "timer", [])).channels == ()
