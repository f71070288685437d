"""Findings on the chain: how its certificates hang together, where it ends, and what belongs to none of it."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from certificates.chain import Chain, Link, role_at
from certificates.errors import Unjudgeable
from certificates.facts import fingerprint
from certificates.findings import about, error, moment, note, warning
from certificates.reading import Reading
from process.facts import Finding

WHOLE_CHAIN = "Hand over the certificate together with all CA certificates above it, up to the root."
_RIGHT_CHAIN = "Ask the certificate authority for the chain that belongs to this certificate."
_LATER_CA = "Ask the certificate authority for a certificate of its newer CA."


def link_findings(chain: Chain, most: int) -> Iterator[Finding]:
    """What is said of the links from the leaf upwards, each of the lower certificate; `most` CAs below a root."""
    below = chain.leaf
    for depth, (link, issuer) in enumerate(chain.above):
        yield from about(role_at(depth), _link(below, link, issuer))
        below = issuer
    if chain.above and chain.leaf.fields.not_after > chain.above[0][1].fields.not_after:
        issuer = chain.above[0][1]
        said = (
            f"The certificate ends on {moment(chain.leaf.fields.not_after)}, after its issuer {issuer.subject}, "
            f"which ends on {moment(issuer.fields.not_after)}; from then on it is refused."
        )
        yield from about("leaf", [warning("outlives-issuer", said, _LATER_CA)])
    yield from path_length_findings(chain, most)


def path_length_findings(chain: Chain, most: int) -> Iterator[Finding]:
    """The path length constraints of the CAs, and the operator's limit `most` of CAs below the root.

    Self-issued certificates do not count (RFC 5280 section 6.1.4).
    """
    between = 0  # CA certificates that stand below the one that is looked at
    for depth, (_, authority) in enumerate(chain.above, start=1):
        try:
            limit = authority.path_length
        except Unjudgeable:
            limit = None  # said of the certificate itself already
        if limit is not None and between > limit:
            said = f"{authority.subject} allows {limit} CA certificates below it, but {between} stand there."
            yield from about(role_at(depth), [error("path-too-long", said, _RIGHT_CHAIN)])
        between += not authority.self_issued
    counted = sum(not authority.self_issued for _, authority in chain.above)
    if counted > most:
        said = f"The chain has {counted} CA certificates below its root; at most {most} are taken."
        yield error("path-too-long", said, _RIGHT_CHAIN)


def unrelated_findings(chain: Chain) -> Iterator[Finding]:
    """What was handed over and belongs to no part of the path."""
    members = {chain.leaf.der, *(reading.der for _, reading in chain.above)}
    for reading in chain.unrelated:
        if reading.der not in members:
            said = f"{reading.subject} does not belong to the chain and was left aside."
            yield from about(fingerprint(reading.der), [note("unrelated", said)])


def order_findings(chain: Chain, given: Sequence[bytes]) -> Iterator[Finding]:
    """What was put right about the order of what was handed over."""
    if len(set(given)) < len(given):
        yield note("duplicate", "A certificate was handed over more than once; it counts once.")
    members = (chain.leaf, *(reading for _, reading in chain.above))
    places = [given.index(reading.der) for reading in members if reading.der in given]
    if any(later < earlier for earlier, later in pairwise(places)):
        yield note("wrong-order", "The certificates were not in the order leaf to root; they were put in order.")


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
