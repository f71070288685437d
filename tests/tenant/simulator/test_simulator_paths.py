"""Resource paths: any key survives quoting and percent-encoding; what is malformed is a 400."""

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenant.simulator.errors import BadRequestError
from tenant.simulator.paths import Segment, parse_path, shape_of


@given(st.text(), st.text())
def test_any_key_comes_back_as_it_was_written(flow_id: str, version: str) -> None:
    """A key's quotes are doubled and the rest is percent-encoded (OData 2.0); reading gives the key back."""
    keys = [quote(text.replace("'", "''").encode("utf-8", "replace"), safe="") for text in (flow_id, version)]
    (segment,) = parse_path(f"Set(Id='{keys[0]}',Version='{keys[1]}')")
    assert (segment.key("Id"), segment.key("Version")) == (flow_id, version)


def test_the_only_key_needs_no_name() -> None:
    """`Set('a')` and `Set(Id='a')` name the same entity."""
    assert parse_path("Set('a')")[0].key("Id") == parse_path("Set(Id='a')")[0].key("Id") == "a"


def test_a_path_has_a_shape_without_its_keys() -> None:
    """Calls are looked up by shape, so keys must not be part of it."""
    path = parse_path("Flows(Id='a',Version='1')/$links/Configurations('My%20Key%2F1')")
    assert shape_of(path) == "Flows()/$links/Configurations()"
    assert path[2] == Segment("Configurations", {"": "My Key/1"})


@pytest.mark.parametrize("path", ["Set(Id='a'", "Set(Id=a)", "Set('a' 'b')", "a b", "Set('it's')", "Set('a')x"])
def test_a_malformed_path_is_a_bad_request(path: str) -> None:
    """Nothing is guessed about a path that does not follow the grammar."""
    with pytest.raises(BadRequestError):
        parse_path(path)


def test_a_missing_key_is_a_bad_request() -> None:
    """A two-part key needs both parts by name."""
    with pytest.raises(BadRequestError):
        parse_path("Set(Id='a',Version='1')")[0].key("Other")
