"""What the simulated tenant reads in a zip: manifest, addresses, faults; anything else is said to be unreadable."""

import io
import os
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rehearsed_tenant import flow_zip

from tenant.flows.sample import SampleChannel, sample_flow
from tenant.simulator.bundle import MANIFEST, Bundle, SenderAddress, UnreadableBundleError


def zipped(**members: bytes) -> bytes:
    """A zip with these members; `__` in a name stands for a slash."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "/"), data)
    return target.getvalue()


def test_a_folded_manifest_is_joined() -> None:
    """Lines end at 72 bytes, in the middle of a symbolic name as well; directives after `;` do not belong to it."""
    flow_id = "A" * 150
    manifest = Bundle(sample_flow(flow_id, "B" * 100, [SampleChannel("c")])).manifest
    assert (manifest.symbolic_name, manifest.name) == (flow_id, "B" * 100)
    assert (manifest.version, manifest.bundle_type) == ("1.0.0", "IntegrationFlow")


def test_addresses_come_from_sender_channels() -> None:
    """With SAP's protocol word, without the leading slash."""
    channels = [SampleChannel("a", address="/one"), SampleChannel("b", adapter="SOAP", address="/two/x")]
    found = Bundle(sample_flow("f", "f", channels)).sender_addresses()
    assert found == (SenderAddress("REST", "one"), SenderAddress("SOAP", "two/x"))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not a zip file"),
        (b"PK\x03\x04 and then nothing", "not a zip file"),
        (zipped(other=b"x"), "no META-INF/MANIFEST.MF"),
        (zipped(**{MANIFEST: b"Bundle-Name: x\r\n"}), "no Bundle-SymbolicName"),
    ],
)
def test_what_is_no_flow_says_why(content: bytes, words: str) -> None:
    """One class of error, with the reason in words."""
    with pytest.raises(UnreadableBundleError) as caught:
        assert Bundle(content).manifest
    assert words in caught.value.why


def test_a_member_that_unpacks_without_end_is_refused() -> None:
    """The declared size decides, before anything is unpacked."""
    with pytest.raises(UnreadableBundleError) as caught:
        Bundle(zipped(**{MANIFEST: b"\0" * (51 * 1024 * 1024)}))
    assert "too large" in caught.value.why


@given(st.data())
def test_damaged_zips_are_unreadable_or_readable_never_a_crash(data: st.DataObject) -> None:
    """Any flipped byte or cut ends in an UnreadableBundleError or in answers."""
    content = bytearray(flow_zip())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= data.draw(st.integers(1, 255))
    cut = data.draw(st.sampled_from([len(content), at]))
    try:
        bundle = Bundle(bytes(content[:cut]))
        bundle.parameters()
        bundle.parameter_types()
        bundle.fault()
        bundle.sender_addresses()
        assert bundle.manifest
    except UnreadableBundleError:
        pass


def test_a_project_without_model_cannot_be_generated() -> None:
    """Its fault says how many models there are."""
    assert "0 models" in (Bundle(zipped(**{MANIFEST: b"Bundle-SymbolicName: x\r\n"})).fault() or "")


def test_a_model_with_entities_is_a_fault() -> None:
    """Entity expansion is never done."""
    model = b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'
    content = zipped(
        **{
            MANIFEST: b"Bundle-SymbolicName: x\r\n",
            "src__main__resources__scenarioflows__integrationflow__a.iflw": model,
        }
    )
    assert Bundle(content).fault()
    assert Bundle(content).sender_addresses() == ()


@pytest.mark.corpus
def test_real_exports_are_read() -> None:
    """Every artifact zip of the corpus with one model in its place can be deployed."""
    folder = Path(os.environ.get("CERTRELAY_CORPUS", Path(__file__).parents[3] / ".." / "shared" / "corpus"))
    if not folder.is_dir():
        pytest.skip(f"The corpus is not at {folder}; set CERTRELAY_CORPUS.")
    read = 0
    for path in sorted(folder.rglob("*.zip")):
        try:
            bundle = Bundle(path.read_bytes())
            manifest = bundle.manifest
        except UnreadableBundleError:
            continue
        if manifest.bundle_type == "IntegrationFlow":
            assert bundle.fault() is None, path
            read += 1
    assert read >= 10
