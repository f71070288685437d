"""What a step that is only said means for the sender: what it may present from then on."""

from dataclasses import replace

from process_cases import FULL, NEW, certificate, full, until

from process.said import after_said


def test_step_6_releases_the_new_certificate_once() -> None:
    """Said again it is not released twice; what was released before stays."""
    other = certificate("released before")
    case = replace(until("5").case, released=(other,), switched_back=True)
    after = after_said(case, "6")
    assert after.released == (other, NEW)
    assert not after.switched_back
    assert after_said(after, "6").released == (other, NEW)


def test_step_7_takes_a_switch_back_back() -> None:
    """The last word counts, once; nothing is released by it, and the new certificate has called from now on."""
    case = replace(until("6").case, switched_back=True)
    assert after_said(case, "7") == replace(case, switched_back=False, called=(NEW,))
    assert after_said(after_said(case, "7"), "7").called == (NEW,)


def test_no_other_step_means_anything_for_the_sender() -> None:
    """Neither does a release without a certificate."""
    case = replace(full().case, switched_back=True)
    assert all(after_said(case, step) is case for step in FULL if step not in ("6", "7"))
    assert after_said(replace(case, new=None), "6").released == ()
