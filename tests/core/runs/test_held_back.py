"""Which drawings are taught and which held back, and whether a difference is one."""

import numpy as np
import pytest
from scipy.stats import binomtest

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.drawing.jsonl import Drawing
from cnn_studio.core.runs.fine_tuning_record import (
    FineTuningDrawing,
    FineTuningRecord,
    change,
    digest_of,
    held_back,
    mcnemar,
    notes_on,
    read_fine_tuning,
    write_fine_tuning,
)

FIFTY = [str(number % 10) for number in range(50)]
NAMES = [f"digest {number}" for number in range(50)]


def test_two_of_five_of_each_class_are_held_back():
    held = held_back(FIFTY, NAMES, 0.4, seed=1)
    assert all(sum(held[place] for place in range(50) if FIFTY[place] == name) == 2 for name in "0123456789")


def test_the_choice_depends_on_the_drawings_and_the_seed_not_on_their_order():
    held = held_back(FIFTY, NAMES, 0.4, seed=1)
    chosen = {name for name, kept in zip(NAMES, held, strict=True) if kept}
    order = np.random.default_rng(0).permutation(50)
    again = held_back([FIFTY[n] for n in order], [NAMES[n] for n in order], 0.4, seed=1)
    assert {NAMES[n] for n, kept in zip(order, again, strict=True) if kept} == chosen
    other = held_back(FIFTY, NAMES, 0.4, seed=2)
    assert {name for name, kept in zip(NAMES, other, strict=True) if kept} != chosen


@pytest.mark.parametrize(
    ("count", "share", "expected"), [(1, 0.5, 0), (2, 0.1, 1), (2, 0.9, 1), (3, 0.9, 2), (10, 0.3, 3)]
)
def test_a_class_keeps_at_least_one_to_teach_and_one_to_check(count, share, expected):
    held = held_back(["a"] * count, NAMES[:count], share)
    assert held.sum() == expected


def test_what_was_taught_before_is_never_held_back():
    before = frozenset(NAMES[::2])
    held = held_back(["a"] * 50, NAMES, 0.4, seed=3, taught_before=before)
    assert held.sum() == 20
    assert not any(NAMES[place] in before for place in np.flatnonzero(held))
    all_known = held_back(["a"] * 50, NAMES, 0.4, seed=3, taught_before=frozenset(NAMES))
    assert not all_known.any()


def test_missing_and_unchecked_classes_are_named():
    labels = ["a", "a", "b"]
    notes = notes_on(labels, held_back(labels, NAMES[:3]), ["a", "b", "c"])
    assert any("No drawing of c" in note for note in notes)
    assert any("Too few drawings of b" in note for note in notes)
    assert len(notes) == 2


@pytest.mark.parametrize(("fixed", "broken"), [(0, 0), (3, 0), (6, 0), (5, 29), (10, 10), (1, 8), (120, 90)])
def test_mcnemar_agrees_with_scipy(fixed, broken):
    expected = binomtest(fixed, fixed + broken).pvalue if fixed + broken else 1.0
    assert mcnemar(fixed, broken) == pytest.approx(expected)


def reading(*right):
    return np.array(right, bool)


def test_verdict_needs_more_than_chance():
    assert change(reading(1, 1, 0), reading(1, 1, 0)).verdict == "same"
    assert change(reading(*[0] * 5), reading(*[1] * 5)).verdict == "noise"
    assert change(reading(*[0] * 6), reading(*[1] * 6)).verdict == "better"
    assert change(reading(*[1] * 6), reading(*[0] * 6)).verdict == "worse"


def test_changes_are_counted_on_the_held_back_ones_only():
    rows = [("1", True, "7", "1"), ("1", True, "1", "7"), ("1", False, "7", "1"), ("2", True, "2", "2")]
    teaching = FineTuningRecord(
        source="m", seed=0, dataset="mnist", classes=("1", "2", "3"), test=change(reading(1), reading(1)),
        drawings=tuple(
            FineTuningDrawing(label=label, digest=str(place), held_back=held, before=before, after=after)
            for place, (label, held, before, after) in enumerate(rows)
        ),
    )  # fmt: skip
    assert (teaching.held.before.right, teaching.held.after.right, teaching.held.after.total) == (2, 2, 3)
    assert (teaching.numbers("fixed"), teaching.numbers("broken"), teaching.taught) == ([0], [1], 1)
    by_class = teaching.held_by_class()
    assert [by_class[name].before.total for name in ("1", "2", "3")] == [2, 1, 0]


def test_a_digest_is_of_the_ink_not_of_the_label():
    strokes = (((0.0, 0.0), (1.0, 1.0)),)
    assert digest_of(Drawing(strokes, "1")) == digest_of(Drawing(strokes, "7"))
    assert digest_of(Drawing(strokes)) != digest_of(Drawing((((0.0, 0.0), (1.0, 1.5)),)))


def test_a_damaged_or_missing_file_is_explained(tmp_path):
    with pytest.raises(StudioError, match="was not fine-tuned"):
        read_fine_tuning(tmp_path)
    (tmp_path / "teaching.json").write_text('{"source": 3}')
    with pytest.raises(StudioError, match="cannot be read"):
        read_fine_tuning(tmp_path)
    teaching = FineTuningRecord(
        source="m", seed=0, dataset="mnist", classes=("1",), drawings=(), test=change(reading(1), reading(0))
    )
    write_fine_tuning(tmp_path, teaching)
    assert read_fine_tuning(tmp_path) == teaching
