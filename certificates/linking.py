"""Findings on the chain, and whether its root is on the operator's list of load balancer roots."""

from collections.abc import Iterator, Sequence

from certificates.chain import Chain, Link, find_issuer
from certificates.facts import fingerprint
from certificates.findings import error, note, warning
from certificates.reading import Reading
from process.facts import Finding, RootTrust

_WHOLE_CHAIN = "Hand over the certificate together with all CA certificates above it, up to the root."
_RIGHT_CHAIN = "Ask the certificate authority for the chain that belongs to this certificate."


def link_findings(chain: Chain, roots: Sequence[Reading]) -> Iterator[Finding]:
    """What is said of the links from the leaf upwards, and of where they end."""
    below = chain.leaf
    for link, issuer in chain.above:
        yield from _link(below, link, issuer)
        below = issuer
    if not chain.top.self_issued and not find_issuer(chain.top, roots):
        yield _issuer_missing(chain)
    if chain.leaf.self_issued:
        said = "The certificate is self-signed; no certificate authority vouches for it."
        yield warning("self-signed", said, "Ask a certificate authority that the load balancer trusts.")
    for reading in chain.unrelated:
        yield note("unrelated", f"{reading.subject} does not belong to the chain and was left aside.")


def trust_of(chain: Chain, roots: Sequence[Reading] | None) -> tuple[RootTrust, tuple[Finding, ...]]:
    """Whether the chain ends at a listed root. `roots` None: no list is kept."""
    if roots is None:
        return RootTrust.UNKNOWN, ()
    top = chain.top
    if any(fingerprint(root.der) == fingerprint(top.der) for root in roots):
        return RootTrust.LISTED, ()
    found = find_issuer(top, roots)
    if found and found[0] in (Link.SIGNED, Link.ENCODING):
        return RootTrust.LISTED, ()
    return RootTrust.NOT_LISTED, (_not_listed(top, found is not None),)


def _link(below: Reading, link: Link, issuer: Reading) -> Iterator[Finding]:
    if link is Link.MISMATCH:
        said = f"{issuer.subject} has the name of the issuer of {below.subject}, but another key."
        yield error("signature-mismatch", said, _RIGHT_CHAIN)
    elif link is Link.UNCHECKED:
        said = f"The signature on {below.subject} cannot be checked against {issuer.subject}."
        yield error("signature-unchecked", said, _RIGHT_CHAIN)
    elif link is Link.ENCODING:
        said = (
            f"The issuer DN of {below.subject} and the subject DN of the certificate above it are the same name "
            "but written in different bytes; some programs refuse such a chain."
        )
        yield warning("encoding-mismatch", said, "Ask the certificate authority whether the chain is meant so.")


def _issuer_missing(chain: Chain) -> Finding:
    said = f"The certificate of the issuer {chain.top.issuer} was not handed over."
    if chain.above:  # the one that is missing may be the root, which many authorities do not deliver
        return note("issuer-missing", said, _WHOLE_CHAIN)
    return error("issuer-missing", said, _WHOLE_CHAIN)


def _not_listed(top: Reading, other_key: bool) -> Finding:
    ask = (
        "Ask the tenant administrator whether SAP's load balancer trusts this root, "
        "or ask for a certificate of an authority that it trusts."
    )
    if other_key:
        said = f"The list of load balancer roots has {top.issuer}, but with another key."
        return warning("root-listed-other-key", said, ask)
    name = top.subject if top.self_issued else top.issuer
    return warning("root-not-listed", f"The root {name} is not on the list of load balancer roots.", ask)
