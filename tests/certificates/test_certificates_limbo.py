"""The client suite derived from x509-limbo: an independent measure of what is accepted, refused, left to people.

It is measured by RFC 5280 alone: SAP's demand of an EKU and the tolerance for certificates of tomorrow are off.
"""

import json
import os
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from certificates.policy import Policy
from certificates.report import Decision, Inspection, Report, inspect
from process.facts import Severity

pytestmark = pytest.mark.corpus

CORPUS = Path(os.environ.get("CERTRELAY_CORPUS", "../shared/corpus")) / "x509" / "limbo-client.json"

# Each hands in a CA certificate as the sender's; a sender presents a certificate of its own.
CA_AS_LEAF = {"rfc5280::ca-as-leaf", "pathlen::validation-ignores-pathlen-in-leaf"}
MOST_FOR_PEOPLE = 13

# What limbo's profiles refuse and we accept, with the reason.
ACCEPTED_PROFILES = {
    "key identifiers only help to find a path": {
        "rfc5280::aki::leaf-missing-aki",
        "rfc5280::aki::intermediate-missing-aki",
        "rfc5280::aki::cross-signed-root-missing-aki",
        "rfc5280::ski::root-missing-ski",
        "rfc5280::ski::intermediate-missing-ski",
        "webpki::aki::root-with-aki-missing-keyidentifier",
        "webpki::aki::root-with-aki-all-fields",
        "webpki::aki::root-with-aki-ski-mismatch",
    },
    "both engines apply the extension, whatever its criticality": {
        "rfc5280::nc::permitted-dns-match-noncritical",
        "rfc5280::san::noncritical-with-empty-subject",
        "rfc5280::root-non-critical-basic-constraints",
        "webpki::eku::ee-critical-eku",
        "webpki::san::san-critical-with-nonempty-subject",
    },
    "a rule of the public web that does not bind client certificates": {
        "webpki::eku::ee-anyeku",
        "webpki::eku::ee-without-eku",  # refused as soon as SAP's demand is on, which it is by default
        "webpki::eku::root-has-eku",
        "webpki::san::no-san",
        "webpki::forbidden-rsa-not-divisible-by-8-in-root",
        "webpki::forbidden-rsa-key-not-divisible-by-8-in-leaf",
    },
    "harmless, and found in the wild": {
        "rfc5280::serial::zero",  # with a warning; old roots have it
        "rfc5280::leaf-ku-keycertsign",
    },
}


@dataclass(frozen=True)
class Outcome:
    """One case, what is expected, and what was said."""

    id: str
    good: bool
    report: Report

    @property
    def wrong(self) -> bool:
        """Whether the answer is the opposite of what is expected."""
        return self.report.verdict is (Decision.REJECT if self.good else Decision.ACCEPT)

    @property
    def line(self) -> str:
        """For the printed report."""
        codes = ", ".join(f.code for f in self.report.findings if f.severity is not Severity.NOTE)
        opinions = " | ".join(f"{engine.engine} {engine.accepts}" for engine in self.report.engines)
        expected = "good" if self.good else "bad"
        return f"{self.report.verdict:<7} {expected:<5} {self.id}  [{codes}]  {opinions}"


@pytest.fixture(scope="module")
def outcomes() -> dict[str, list[Outcome]]:
    """All cases, by class."""
    if not CORPUS.exists():
        pytest.skip(f"NO CORPUS AT HAND: {CORPUS} is missing, so x509-limbo was not measured in this run")
    found: dict[str, list[Outcome]] = {}
    for case in json.loads(CORPUS.read_text(encoding="utf-8"))["testcases"]:
        outcome = Outcome(case["id"], case["expected_result"] == "SUCCESS", judged(case))
        found.setdefault(case["x_class"], []).append(outcome)
    return found


def judged(case: dict[str, Any], **limits: Any) -> Report:
    """The report on a case, handed over as people would: leaf and intermediates in one file."""
    depth = case["max_chain_depth"]
    plain: dict[str, Any] = {"require_eku": False, "max_start_delay": timedelta(0)}
    policy = Policy(
        load_balancer_roots="".join(case["trusted_certs"]),
        max_intermediates=8 if depth is None else min(depth, 255),
        **plain | limits,
    )
    at = case["validation_time"]
    now = datetime.fromisoformat(at) if at else datetime.now(UTC)
    data = "".join([case["peer_certificate"], *case["untrusted_intermediates"]]).encode()
    crls = tuple(crl.encode() for crl in case["crls"])
    return inspect(data, Inspection(now, policy, None, crls))


def printed(title: str, outcomes: list[Outcome]) -> None:
    """A table that people read: counts, then every case that is not plainly right."""
    counts = Counter((outcome.good, outcome.report.verdict) for outcome in outcomes)
    print(f"\nx509-limbo, class {title}, {len(outcomes)} cases")
    for (good, verdict), count in sorted(counts.items()):
        print(f"  {'good' if good else 'bad':<5} {verdict:<7} {count}")
    for outcome in outcomes:
        if outcome.wrong or outcome.report.verdict is Decision.PERSON:
            print(f"  {outcome.line}")


def test_the_path_class_is_judged_right(outcomes: dict[str, list[Outcome]]) -> None:
    """No wrong accept, no wrong refusal but of a CA as a leaf, at most 13 for people, of 130."""
    path = outcomes["path"]
    printed("path", path)
    assert len(path) == 130
    assert {outcome.id for outcome in path if outcome.wrong and not outcome.good} == set()
    assert {outcome.id for outcome in path if outcome.wrong and outcome.good} == CA_AS_LEAF
    assert sum(outcome.report.verdict is Decision.PERSON for outcome in path) <= MOST_FOR_PEOPLE


def test_every_refusal_says_why(outcomes: dict[str, list[Outcome]]) -> None:
    """A refusal has an error, an error a sentence and what to ask for; a case for people has both opinions."""
    for outcome in (each for cases in outcomes.values() for each in cases):
        errors = [finding for finding in outcome.report.findings if finding.severity is Severity.ERROR]
        assert bool(errors) is (outcome.report.verdict is Decision.REJECT), outcome.id
        assert all(finding.sentence.endswith(".") and finding.ask for finding in errors), outcome.id


def test_with_saps_demand_a_missing_eku_is_refused() -> None:
    """The one good case of the path class that SAP's rule turns down besides the CAs."""
    if not CORPUS.exists():
        pytest.skip(f"NO CORPUS AT HAND: {CORPUS} is missing, so x509-limbo was not measured in this run")
    cases = json.loads(CORPUS.read_text(encoding="utf-8"))["testcases"]
    good = [case for case in cases if case["x_class"] == "path" and case["expected_result"] == "SUCCESS"]
    refused = {case["id"] for case in good if judged(case, require_eku=True).verdict is Decision.REJECT}
    assert refused == CA_AS_LEAF | {"rfc5280::eku::ee-without-eku"}


def test_revocation_by_given_lists(outcomes: dict[str, list[Outcome]]) -> None:
    """A revoked certificate is refused, a list that does not count is for a person, nothing good is refused."""
    printed("crl", outcomes["crl"])
    assert not any(outcome.wrong for outcome in outcomes["crl"])


def test_the_profile_class_is_reported(outcomes: dict[str, list[Outcome]]) -> None:
    """Strictness beyond a path is our choice: what enterprises issue is accepted, what is weak is refused."""
    printed("profile", outcomes["profile"])
    assert len(outcomes["profile"]) == 44
    chosen = {outcome.id for outcome in outcomes["profile"] if outcome.report.verdict is Decision.ACCEPT}
    assert chosen == {id for ids in ACCEPTED_PROFILES.values() for id in ids}
