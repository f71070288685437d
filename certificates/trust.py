"""What the opinions of the engines mean together: accept, reject, or a person decides; and which path counts.

Without a list of roots the engines judge against the top of what was handed over: they then vouch for the path,
and for its root nobody does. Step 3 of the process asks a person about such a root.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from cryptography import x509

from certificates.chain import Chain, Link, build_chain, chain_along, find_issuer, role_at
from certificates.engines import Question, ask_cryptography, ask_openssl
from certificates.errors import Unjudgeable
from certificates.findings import about, error, note, warning
from certificates.linking import WHOLE_CHAIN
from certificates.policy import Policy
from certificates.reading import Reading
from certificates.roots import Roots
from certificates.shapes import Decision, EngineOpinion
from process.facts import Finding, RootTrust, Severity

_ASK_TRUST = (
    "Ask the tenant administrator whether SAP's load balancer trusts this root, "
    "or ask for a certificate of an authority that it trusts."
)
_ASK_CHAIN = "Ask the certificate authority for a certificate and a chain that other programs accept."

# OpenSSL's numbers (X509_V_ERR_…) for faults that only an engine finds. Those of time, of missing issuers and of
# usages are found here, with more words.
_FAULTS = {
    7: "signature-mismatch",
    24: "issuer-not-ca",
    79: "issuer-not-ca",
    25: "path-too-long",
    32: "key-usage",
    34: "unknown-critical-extension",
    47: "name-constraints",  # permitted subtree violation
    48: "name-constraints",  # excluded subtree violation
    49: "name-constraints",  # minimum and maximum are not supported
    51: "name-constraints",  # type of constraint is not supported
    52: "name-constraints",  # syntax of constraint is not supported
    53: "name-constraints",  # syntax of the name is not supported
}


@dataclass(frozen=True)
class PathJudgement:
    """The path that counts, what the engines say, and what that means. `findings` are about trust alone."""

    chain: Chain
    decision: Decision
    engines: tuple[EngineOpinion, ...]
    root: RootTrust
    findings: tuple[Finding, ...] = ()


def judge_path(leaf: Reading, readings: Sequence[Reading], now: datetime, policy: Policy) -> PathJudgement:
    """The judgement on the path from `leaf` through the other `readings`."""
    roots = policy.roots
    # A start within the tolerance is a finding; the path is judged as it will be then.
    starts = leaf.fields.not_before
    when = starts if now < starts <= now + policy.max_start_delay else now
    asker = _Asker(leaf, tuple(reading for reading in readings if reading.der != leaf.der), when, policy)
    if roots is None:
        return _without_list(asker)
    opinions = asker.ask(roots.certificates)
    decision = combine(opinions)
    if decision is Decision.REJECT:
        return _refused_by_list(asker, roots, opinions)
    chain = asker.chain(opinions, roots.certificates)
    return PathJudgement(chain, decision, opinions, RootTrust.LISTED, tuple(_differ(opinions)))


def combine(opinions: Sequence[EngineOpinion]) -> Decision:
    """Both accept: accept; both refuse: reject; they differ or cannot be asked: a person decides."""
    said = {opinion.accepts for opinion in opinions}
    if said == {True}:
        return Decision.ACCEPT
    return Decision.REJECT if said == {False} else Decision.PERSON


@dataclass(frozen=True)
class _Asker:
    leaf: Reading
    others: tuple[Reading, ...]
    now: datetime
    policy: Policy

    def ask(self, anchors: tuple[Reading, ...]) -> tuple[EngineOpinion, ...]:
        question = Question(self.leaf, self.others, anchors, self.now, self.policy.max_intermediates)
        return ask_cryptography(question), ask_openssl(question)

    def chain(self, opinions: Sequence[EngineOpinion], anchors: Sequence[Reading] = ()) -> Chain:
        """The path of an engine that accepts; else the most promising one, for saying what is wrong with it."""
        accepted = next((opinion.path for opinion in opinions if opinion.accepts), ())
        if accepted:
            return chain_along(accepted, (self.leaf, *self.others), anchors)
        return self.promising(anchors)

    def promising(self, anchors: Sequence[Reading] = ()) -> Chain:
        handed = {reading.der for reading in self.others}
        listed = [anchor for anchor in anchors if anchor.der not in handed]
        chain = build_chain(self.leaf, [self.leaf, *self.others, *listed], self.now)
        aside = tuple(reading for reading in chain.unrelated if reading.der in handed)
        return Chain(chain.leaf, chain.above, aside)


def _without_list(asker: _Asker) -> PathJudgement:
    said = "The operator keeps no list of load balancer roots, so it is not known whether this root is trusted."
    unknown = about("", [note("root-unknown", said)])
    anchors = tuple(reading for reading in asker.others if reading.self_issued)
    if not anchors:
        top = asker.promising().top
        anchors = () if top is asker.leaf else (top,)
    if not anchors:
        return _nothing_above(asker, tuple(unknown))
    opinions = asker.ask(anchors)
    chain = asker.chain(opinions)
    findings = (*unknown, *_differ(opinions), *_missing(chain, severe=False))
    return PathJudgement(chain, combine(opinions), opinions, RootTrust.UNKNOWN, findings)


def _nothing_above(asker: _Asker, unknown: tuple[Finding, ...]) -> PathJudgement:
    """A leaf alone: there is nothing that the engines could judge it against."""
    said = "There is no certificate above the sender's that it could be judged against."
    opinions = tuple(EngineOpinion(name, None, said) for name in ("cryptography", "OpenSSL"))
    chain = asker.promising()
    return PathJudgement(
        chain, Decision.PERSON, opinions, RootTrust.UNKNOWN, (*unknown, *_missing(chain, severe=True))
    )


def _refused_by_list(asker: _Asker, roots: Roots, opinions: tuple[EngineOpinion, ...]) -> PathJudgement:
    """Both refuse. Where only the root is not on the list, the list may be behind, so a person decides."""
    handed = asker.promising()
    top = handed.top
    if top.self_signed and not roots.lists(top) and top is not asker.leaf:
        otherwise = asker.ask((top,))
        if combine(otherwise) is not Decision.REJECT:
            chain = asker.chain(otherwise, (top,))
            found = find_issuer(top, roots.certificates, asker.now)
            unlisted = _not_listed(chain, roots, found is not None)
            if combine(otherwise) is Decision.ACCEPT:
                said = f"{unlisted.sentence} Judged against that root, both engines accept the chain."
                unlisted = replace(unlisted, sentence=said)
            findings = (unlisted, *_differ(otherwise))
            return PathJudgement(chain, Decision.PERSON, opinions, RootTrust.NOT_LISTED, findings)
    chain = asker.promising(roots.certificates)
    if chain.above and chain.above[-1][0] is Link.MISMATCH and roots.lists(chain.top):
        # a namesake on the list is no part of the path
        chain = handed
    return PathJudgement(
        chain, Decision.REJECT, opinions, _root_trust(chain, roots), tuple(_ends(chain, roots, asker))
    )


def _ends(chain: Chain, roots: Roots, asker: _Asker) -> Iterator[Finding]:
    """What is said of the top of a path that does not end on the list."""
    if roots.lists(chain.top):
        return
    namesake = find_issuer(chain.top, roots.certificates, asker.now) is not None
    yield from _missing(chain, severe=not namesake)
    if chain.top.self_issued or namesake:
        yield _not_listed(chain, roots, namesake)


def _root_trust(chain: Chain, roots: Roots) -> RootTrust:
    whole = all(link in (Link.SIGNED, Link.ENCODING) for link, _ in chain.above)
    return RootTrust.LISTED if whole and roots.lists(chain.top) else RootTrust.NOT_LISTED


def _differ(opinions: Sequence[EngineOpinion]) -> Iterator[Finding]:
    if _split(opinions):
        reasons = " ".join(opinion.reason for opinion in opinions)
        said = f"The two engines that judge the chain do not agree, so a person decides. {reasons}"
        yield warning("engines-differ", said, "Ask the certificate authority for a chain that both accept.")


def _split(opinions: Sequence[EngineOpinion]) -> bool:
    return {opinion.accepts for opinion in opinions} == {True, False}


def _missing(chain: Chain, severe: bool) -> Iterator[Finding]:
    """What is wanted above the top. A root that is missing is no fault where the load balancer has it."""
    top = chain.top
    if top.self_signed:
        return
    said = f"The certificate of the issuer {top.issuer} was not handed over."
    finding = error if severe else note
    yield from about(role_at(len(chain.above)), [finding("issuer-missing", said, WHOLE_CHAIN)])


def _not_listed(chain: Chain, roots: Roots, other_key: bool) -> Finding:
    code, said = "root-not-listed", f"The root {chain.top.subject} is not on the list of load balancer roots"
    if other_key:
        code, said = (
            "root-listed-other-key",
            f"The list of load balancer roots has {chain.top.issuer}, but with another key",
        )
    finding = warning(code, f"{said}, {roots.label}.", _ASK_TRUST)
    return next(about(role_at(len(chain.above)), [finding]))


def explain(judged: PathJudgement, findings: Sequence[Finding]) -> Iterator[Finding]:
    """What the engines see and the findings so far do not say: OpenSSL names fault and certificate by number.

    Where both refuse there is always an error; where one accepts, the fault of the other is a warning.
    """
    errors = {finding.code for finding in findings if finding.severity is Severity.ERROR}
    refused = judged.decision is Decision.REJECT
    for opinion in judged.engines:
        code = _FAULTS.get(opinion.fault)
        if code and code not in errors and (refused or _split(judged.engines)):
            errors.add(code)
            yield from about(opinion.certificate, [(error if refused else warning)(code, opinion.reason, _ASK_CHAIN)])
    if _split(judged.engines):
        yield from _constraints(judged.chain)
    if refused and not errors:
        said = " ".join(["Both engines that judge the chain refuse it.", *(o.reason for o in judged.engines)])
        yield error("path-refused", said, _ASK_CHAIN)


def _constraints(chain: Chain) -> Iterator[Finding]:
    """Name constraints are what the engines read most differently: cryptography knows none on directory names."""
    for depth, (_, authority) in enumerate(chain.above, start=1):
        try:
            constrained = authority.extension(x509.NameConstraints) is not None
        except Unjudgeable:
            constrained = False  # said of the certificate itself already
        if constrained:
            said = f"{authority.subject} restricts names below it; engines read such restrictions differently."
            yield from about(role_at(depth), [warning("name-constraints", said, _ASK_CHAIN)])
