"""Plain readings of a case."""

from dataclasses import replace
from itertools import product

from process_cases import NEW, OLD, OTHER_NAMES, T0, THIRD_NAMES, accepted, certificate, full, new_case, request

from process.case import Added, Closing, Effect, EffectKind
from process.write import write


def test_a_step_that_was_not_acted_on_is_neither_done_nor_ordered() -> None:
    """What is not stored has not begun."""
    case = new_case()
    assert not case.is_done("2")
    assert not case.is_ordered("2")


def test_ordered_is_not_done() -> None:
    """While its work runs a step is ordered, then it is done."""
    play = full("3").act("4a")
    assert (play.case.is_ordered("4a"), play.case.is_done("4a")) == (True, False)
    play.work()
    assert (play.case.is_ordered("4a"), play.case.is_done("4a")) == (False, True)


def test_closed_means_that_nothing_more_can_happen() -> None:
    """A renewal that is being withdrawn is not closed yet."""
    closed = {closing: replace(new_case(), closing=closing).closed for closing in (None, *Closing)}
    assert closed == {None: False, Closing.WITHDRAWING: False, Closing.WITHDRAWN: True, Closing.COMPLETED: True}


def test_a_request_is_found_by_its_id() -> None:
    """A repeated request is recognised; an empty id is nobody's."""
    wanted = request("comment")
    case = write(new_case(), wanted, T0)
    entry = case.entry_of(wanted.request_id)
    assert entry is not None
    assert entry.act == "comment"
    assert case.entry_of("another") is None
    assert case.entry_of("") is None


def test_effects_of_a_case_are_told_apart() -> None:
    """No two different pieces of work share a key, whichever part differs."""
    parts = product(EffectKind, ("F1", "F2"), ("4a", "10"), (None, OLD), (NEW, certificate("other")))
    effects = [Effect(*part) for part in parts]
    assert len({effect.key for effect in effects}) == len(effects)


def test_doing_it_by_hand_is_the_same_piece_of_work() -> None:
    """A check of what was done by hand takes the place of the work, it does not stand beside it."""
    effect = Effect(EffectKind.ADD_NAMES, "F1", "4a", OLD, NEW)
    assert replace(effect, check_only=True).key == effect.key


def test_left_names_are_those_of_replaced_certificates_only() -> None:
    """Names of the old and of the accepted certificate are not left over, whoever put them there."""
    third = certificate("third", THIRD_NAMES)
    added = tuple(Added(EffectKind.ADD_NAMES, f, c) for f in ("F1", "F2") for c in (NEW, third, OLD))
    assert replace(new_case(), added=added, new=NEW).left_names() == (THIRD_NAMES,)
    assert replace(new_case(), added=added, new=third).left_names() == (OTHER_NAMES,)
    assert set(replace(new_case(), added=added).left_names()) == {OTHER_NAMES, THIRD_NAMES}


def test_names_of_a_replaced_certificate_that_are_the_new_ones_stay() -> None:
    """A replacement with the very names of the replaced one leaves nothing to clean up but its mapping."""
    play = full("3", "4a", "4b", "5").submit(accepted(certificate("again", OTHER_NAMES)))
    assert play.case.left_names() == ()
    play.steps("3", "4a", "4b", "5", "6", "7", "8", "9a", "9b", "10")
    assert play.case.closing is Closing.COMPLETED
    gone = {(e.kind, e.old.names) for e in play.effects if e.old and e.kind is EffectKind.REMOVE_NAMES}
    assert gone == {(EffectKind.REMOVE_NAMES, OLD.names)}


def test_the_size_of_the_record_counts_all_that_people_write() -> None:
    """Bytes as they travel, not characters, and something for each line."""
    case = write(new_case(), request("comment", text="ü" * 1000, by="Ö" * 100), T0)
    assert new_case().record_size == 0
    assert 2200 < case.record_size < 3000
