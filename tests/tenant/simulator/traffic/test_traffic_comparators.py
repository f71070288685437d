"""The comparisons of names: laws that hold for every name, and the spellings that tell them apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenant.simulator.traffic.comparators import COMPARATORS, as_logged

VALUES = st.text(st.sampled_from('aAä ,+="\\;<>#é1'), max_size=6)
KEYWORDS = st.sampled_from(["CN", "cn", "O", "ou", "EMAILADDRESS", "DC", "OID.2.5.4.97"])
ATTRIBUTES = st.builds(lambda key, value: f'{key}="{_escaped(value)}"', KEYWORDS, VALUES)
SEPARATORS = st.sampled_from([",", ", ", " , "])
NAMES = st.builds(
    lambda parts, separator: separator.join(parts), st.lists(ATTRIBUTES, min_size=1, max_size=3), SEPARATORS
)
TEXTS = NAMES | st.text(max_size=12)


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace('"', '\\"')


def pairs() -> st.SearchStrategy[tuple[str, str]]:
    """Two names, often spelled differently and otherwise alike."""
    changed = NAMES.flatmap(
        lambda name: st.tuples(st.just(name), st.sampled_from([name, name.lower(), name.replace(", ", ",")]))
    )
    return changed | st.tuples(TEXTS, TEXTS)


@given(TEXTS)
def test_every_text_is_itself(text: str) -> None:
    """Reflexive, also for what is no name."""
    assert all(same(text, text) for same in COMPARATORS.values())


@given(pairs())
def test_which_one_is_listed_does_not_matter(pair: tuple[str, str]) -> None:
    """Symmetric."""
    one, other = pair
    assert all(same(one, other) == same(other, one) for same in COMPARATORS.values())


@given(pairs())
def test_each_comparison_takes_what_a_stricter_one_takes(pair: tuple[str, str]) -> None:
    """Strict is within default, default within lenient."""
    strict, default, lenient = (COMPARATORS[name](*pair) for name in ("strict", "default", "lenient"))
    assert strict <= default <= lenient


@pytest.mark.parametrize(
    ("listed", "taken_by"),
    [
        ("CN=Sender, O=Acme, C=DE", {"strict", "default", "lenient"}),
        ("cn=Sender,o=Acme,c=DE", {"default", "lenient"}),
        ('CN = "Sender" , O=Acme;C=DE', {"default", "lenient"}),
        ("CN=sender, O=Acme, C=DE", {"lenient"}),
        ("CN=Sender, O=Acme , C=de", {"lenient"}),
        ("C=DE, O=Acme, CN=Sender", set()),
        ("CN=Sender, C=DE", set()),
        ("no name", set()),
    ],
)
def test_what_each_comparison_takes(listed: str, taken_by: set[str]) -> None:
    """Spelling, then letters; the order of RDNs is always part of the name."""
    presented = "CN=Sender, O=Acme, C=DE"
    assert {name for name, same in COMPARATORS.items() if same(listed, presented)} == taken_by


def test_two_unreadable_texts_are_not_one_name() -> None:
    """The trap: both read as nothing."""
    assert not any(same("no name", "none either") for same in COMPARATORS.values())


def test_the_log_writes_names_in_its_own_way() -> None:
    """Attribute names in lower case, no blank after the comma, values as they are (KBA 3538749)."""
    assert as_logged('CN=Sender, O="Acme, Inc." + OU=Ä, C=DE') == 'cn=Sender,o="Acme, Inc."+ou=Ä,c=DE'
    assert as_logged("no name") == "no name"
