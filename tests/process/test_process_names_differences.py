"""What differs between two names, attribute by attribute."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from process.names import Attribute, Difference, DistinguishedName, differences, keyword, render

CASES = {
    "a value": ("CN=a, O=x", "CN=b, O=x", [Difference("CN", "a", "b", 1)]),
    "two values": ("CN=a, O=x", "CN=b, O=y", [Difference("CN", "a", "b", 1), Difference("O", "x", "y", 2)]),
    "one that came": ("CN=a, O=x", "CN=a, OU=u, O=x", [Difference("OU", None, "u", 2)]),
    "one that went": ("CN=a, OU=u, O=x", "CN=a, O=x", [Difference("OU", "u", None, 2)]),
    "one of two OUs went": ("OU=a, OU=b, O=x", "OU=b, O=x", [Difference("OU", "a", None, 1)]),
    "letter case": ("C=de", "C=DE", [Difference("C", "de", "DE", 1)]),
    "inside an RDN": ("CN=a + O=x", "CN=a + O=y", [Difference("O", "x", "y", 1)]),
    "order inside an RDN": ("CN=a + O=x", "O=x + CN=a", []),
    "another type": ("OU=x", "O=x", [Difference("OU", "x", None, 1), Difference("O", None, "x", 1)]),
    "no keyword": ("OID.1.2.3=a", "OID.1.2.3=b", [Difference("OID.1.2.3", "a", "b", 1)]),
    "no text": ("CN=#0500", "CN=a", [Difference("CN", "#0500", "a", 1)]),
    "no name": ("not a name", "CN=a", [Difference("", "not a name", "CN=a", 1)]),
}


@pytest.mark.parametrize(("old", "new", "expected"), CASES.values(), ids=CASES)
def test_differences(old: str, new: str, expected: list[Difference]) -> None:
    """Each attribute that differs, with both values and its place."""
    assert list(differences(old, new)) == expected


OIDS = ("2.5.4.3", "2.5.4.11", "2.5.4.10", "2.5.4.6")
NAMES = st.lists(
    st.tuples(st.sampled_from(OIDS), st.text("abc", min_size=1, max_size=3)).map(lambda pair: (Attribute(*pair),)),
    max_size=5,
).map(lambda rdns: DistinguishedName(tuple(rdns)))


@given(NAMES, NAMES)
def test_differences_account_for_everything(old: DistinguishedName, new: DistinguishedName) -> None:
    """What went and what came turn the attributes of the old name into those of the new one."""
    held = sorted((keyword(rdn[0].oid), str(rdn[0].value)) for rdn in old.rdns)
    wanted = sorted((keyword(rdn[0].oid), str(rdn[0].value)) for rdn in new.rdns)
    found = differences(render(old), render(new))
    for difference in found:
        if difference.old is not None:
            held.remove((difference.attribute, difference.old))
        if difference.new is not None:
            held.append((difference.attribute, difference.new))
    assert sorted(held) == wanted
    assert not differences(render(old), render(old))
