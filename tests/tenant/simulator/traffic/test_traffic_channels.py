"""Sender channels as a node reads them out of deployed content."""

from hypothesis import given
from hypothesis import strategies as st

from process.facts import NamePair
from tenant.flows import read_flow
from tenant.flows.sample import SampleChannel, sample_flow
from tenant.simulator.traffic.channels import called_paths, channels_of, paths_of

CELLS = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="{}￾￿"), min_size=1, max_size=12
).filter(lambda text: text.strip() == text)
PAIRS = st.builds(NamePair, CELLS, CELLS)


@given(st.lists(PAIRS, max_size=3), st.booleans())
def test_the_rows_are_those_that_the_clients_reader_finds(rows: list[NamePair], parameterised: bool) -> None:
    """Two readers, one truth: whatever characters the names have, written out or as parameters."""
    content = sample_flow("F", "F", [SampleChannel("in", rows=rows, parameterised=parameterised)])
    (channel,) = channels_of(content)
    read = [NamePair(row.subject, row.issuer) for row in read_flow(content).channels[0].rows]
    assert list(channel.rows) == read == rows


def test_prefix_and_authorisation_follow_from_the_channel() -> None:
    """Only HTTPS is called under /http/ and answers; a role is the one that stands there."""
    content = sample_flow(
        "F",
        "F",
        [
            SampleChannel("a", address="/a/b"),
            SampleChannel("b", "SOAP", "/b", authorization="RoleBased", role="My.role"),
            SampleChannel("c", "ProcessDirect", "/c"),
        ],
    )
    assert [(c.path, c.by_certificate, c.role, c.answers) for c in channels_of(content)] == [
        ("/http/a/b", True, "ESBMessaging.send", True),
        ("/cxf/b", False, "My.role", False),
    ]
    assert paths_of(called_paths(content)) == ["/http/a/b", "/cxf/b"]


def test_what_cannot_be_read_has_no_channel() -> None:
    """Nothing that runs looks like this."""
    assert channels_of(b"no zip") == ()
    assert paths_of(called_paths(b"no zip")) == []
