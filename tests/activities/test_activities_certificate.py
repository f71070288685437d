"""Judging what was handed over: the activity adds the clock and the operator's policy to the judgement."""

from dataclasses import replace
from datetime import timedelta

import pytest
from activity_tools import run
from house import NOW, Pair, new_names

from activities.certificate import CertificateActivities
from activities.shapes import Judge
from certificates.policy import Policy
from certificates.rehearsal import RehearsalAuthority
from process.facts import RootTrust, Verdict


async def judged(pem: str, pair: Pair, policy: Policy | None = None) -> Verdict:
    """The verdict on what is handed over for the pair's old certificate."""
    activities = CertificateActivities(policy) if policy else CertificateActivities()
    verdict: Verdict = await run(activities.judge_certificate, Judge(pem, pair.old.facts))
    return verdict


async def test_a_good_certificate_is_accepted() -> None:
    """With its facts and chain, and no word on the root where the operator keeps no list."""
    pair = new_names()
    verdict = await judged(pair.new.bundle_pem, pair)
    assert verdict.accepted
    assert verdict.certificate == pair.new.facts
    assert verdict.root is RootTrust.UNKNOWN


@pytest.mark.parametrize(
    "handed", ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
async def test_what_is_no_certificate_is_returned(handed: str) -> None:
    """A verdict with a sentence, never an error of the activity: nothing can be lost by a bad file."""
    verdict = await judged(handed, new_names())
    assert not verdict.accepted
    assert verdict.errors
    assert all(finding.sentence.endswith(".") for finding in verdict.errors)


async def test_a_private_key_is_refused_and_repeated_nowhere() -> None:
    """What came with it is not read, and not one line of it is in the verdict."""
    pair = new_names()
    key = pair.new.key_pem().decode()
    verdict = await judged(pair.new.bundle_pem + key, pair)
    assert not verdict.accepted
    assert key.splitlines()[1] not in repr(verdict)


async def test_the_clock_is_now() -> None:
    """A certificate that ended yesterday is returned, by the clock of the day it is judged."""
    pair = new_names()
    authority = RehearsalAuthority.create("After", now=NOW - timedelta(days=20))
    over = authority.issue("CN=erp-2027, O=Acme, C=DE", NOW - timedelta(days=10), NOW - timedelta(days=1))
    assert not (await judged(over.bundle_pem, pair)).accepted


async def test_the_operators_list_of_roots_counts() -> None:
    """The policy that the worker holds is the one that judges."""
    pair = new_names()
    root = pair.new.chain_pem
    listed = await judged(pair.new.bundle_pem, pair, Policy(load_balancer_roots=root))
    missing = await judged(pair.new.bundle_pem, pair, Policy(load_balancer_roots=pair.old.chain_pem))
    assert (listed.root, missing.root) == (RootTrust.LISTED, RootTrust.NOT_LISTED)


async def test_the_same_certificate_is_no_renewal() -> None:
    """The certificate in use is what the new one is compared with."""
    pair = new_names()
    same = replace(pair, new=pair.old)
    assert not (await judged(same.new.bundle_pem, same)).accepted
