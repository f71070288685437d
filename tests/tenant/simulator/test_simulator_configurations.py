"""Configurations: externalised parameters, read and set; the rest of the zip keeps its bytes."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rehearsed_tenant import Tenant, flow_zip, said

from tenant.simulator.bundle import PARAMETERS, Bundle, read_properties, with_parameter

FLOW = "IntegrationDesigntimeArtifacts(Id='Orders_In',Version='active')"


async def test_parameters_are_listed_with_value_and_type(tenant: Tenant) -> None:
    """Each parameter of parameters.prop; the type comes from the propdef."""
    await tenant.with_flow(content=flow_zip(parameterised=True))
    rows = await tenant.rows(f"{FLOW}/Configurations", orderby="ParameterKey desc")
    assert [(row["ParameterKey"], row["ParameterValue"], row["DataType"]) for row in rows] == [
        ("SubjectDN", "CN=a", "xsd:string"),
        ("IssuerDN", "CN=ca", "xsd:string"),
    ]
    assert (await tenant.get(f"{FLOW}/Configurations/$count", filter="ParameterKey eq 'IssuerDN'")).text == "1"


async def test_a_new_value_is_kept_and_reaches_the_runtime_with_the_next_deploy(tenant: Tenant) -> None:
    """202 with an empty body; what runs keeps the old value until it is deployed again."""
    await tenant.with_flow(content=flow_zip(parameterised=True))
    await tenant.deploy()
    tenant.clock.advance(60)
    response = await tenant.write("PUT", f"{FLOW}/$links/Configurations('SubjectDN')", {"ParameterValue": "CN=b"})
    assert (response.status_code, response.content) == (202, b"")
    running = Bundle((await tenant.control("GET", "running/Orders_In")).content)
    assert running.parameters()["SubjectDN"] == "CN=a"
    await tenant.deploy()
    tenant.clock.advance(60)
    running = Bundle((await tenant.control("GET", "running/Orders_In")).content)
    assert running.parameters() == {"SubjectDN": "CN=b", "IssuerDN": "CN=ca"}


@pytest.mark.parametrize(
    ("key", "body", "status", "text"),
    [
        ("Nope", {"ParameterValue": "x"}, 404, "Parameter key 'Nope' not found."),
        ("SubjectDN", {"Value": "x"}, 400, "Wrong body format for the expected parameter value"),
    ],
)
async def test_a_value_that_cannot_be_set(
    tenant: Tenant, key: str, body: dict[str, str], status: int, text: str
) -> None:
    """Unknown key and wrong body, in SAP's words."""
    await tenant.with_flow(content=flow_zip(parameterised=True))
    response = await tenant.write("PUT", f"{FLOW}/$links/Configurations('{key}')", body)
    assert (response.status_code, said(response)) == (status, text)


def members(content: bytes) -> dict[str, bytes]:
    """Name and bytes of each member."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_value_survives_the_properties_file(value: str) -> None:
    """Escaping and reading are inverse, the other parameters and members stay."""
    before = flow_zip(parameterised=True)
    after = with_parameter(before, "SubjectDN", value)
    read = Bundle(after).parameters()
    assert read["IssuerDN"] == "CN=ca"
    assert read["SubjectDN"] == value
    assert {k: v for k, v in members(before).items() if k != PARAMETERS} == {
        k: v for k, v in members(after).items() if k != PARAMETERS
    }


def test_properties_are_read_as_java_writes_them() -> None:
    """Comments are skipped; blanks, colons, equals signs and Unicode are escaped."""
    text = b"#Tue\n\nUser\\ Role=a\\:b\\=c\r\nname = \\u00e4\nempty=\n"
    assert list(read_properties(text)) == [("User Role", "a:b=c"), ("name", "ä"), ("empty", "")]


def test_a_missing_parameter_is_named() -> None:
    """Nothing is appended for a key that is not there."""
    with pytest.raises(KeyError):
        with_parameter(flow_zip(), "Nope", "x")
