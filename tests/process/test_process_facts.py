"""Readings of facts: verdicts and what a tenant holds."""

from dataclasses import replace

from process_cases import FAULT, NEW, facts

from process.facts import Severity, Verdict


def test_a_verdict_accepts_only_what_was_read_and_has_no_error() -> None:
    """Warnings and notes do not return a certificate, errors do, and nothing read is nothing accepted."""
    warning = replace(FAULT, severity=Severity.WARNING)
    note = replace(FAULT, severity=Severity.NOTE)
    assert Verdict(NEW).accepted
    assert Verdict(NEW, (warning, note)).accepted
    assert not Verdict(NEW, (warning, FAULT)).accepted
    assert Verdict(NEW, (warning, FAULT)).errors == (FAULT,)
    assert not Verdict(None).accepted


def test_flows_are_named_once_and_sorted() -> None:
    """Several channels of one flow are one piece of work."""
    assert facts(("F2", "F1", "F2")).flows == ("F1", "F2")
