"""The statistics of a comparison, beside SciPy's and figures worked out by hand."""

import csv
import io
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.evaluation.predictions import Evaluation
from cnn_studio.core.evaluation.significance import (
    ChangeCounts,
    coin_p_value,
    frontier,
    holm,
    incomparable,
    ledger,
    ledger_table,
    recall_changes,
    spread,
    welch,
)
from cnn_studio.core.evaluation.student_t import student_p_value, student_quantile

NAMES = ("cat", "dog", "owl")


def answers(labels, predictions, confidences=None, dataset="mnist", classes=NAMES):
    """An evaluation whose predictions and confidences are as given."""
    labels, predictions = np.asarray(labels, np.int32), np.asarray(predictions)
    confidences = np.full(len(labels), 0.9) if confidences is None else np.asarray(confidences)
    rest = (1 - confidences) / (len(classes) - 1)
    probabilities = np.repeat(rest[:, None], len(classes), axis=1)
    probabilities[np.arange(len(labels)), predictions] = confidences
    return Evaluation(probabilities.astype(np.float32), labels, classes, dataset)


def numbers(count):
    return np.arange(count)


@pytest.mark.parametrize(
    ("fixed", "broken"), [(14, 9), (0, 0), (1, 0), (0, 40), (7, 7), (300, 200), (5000, 5200), (30000, 29000)]
)
def test_mcnemars_p_value_is_scipys_two_sided_binomial_test(fixed, broken):
    expected = stats.binomtest(fixed, fixed + broken, 0.5).pvalue if fixed + broken else 1.0
    assert coin_p_value(fixed, broken) == pytest.approx(expected, rel=1e-9)
    assert coin_p_value(broken, fixed) == coin_p_value(fixed, broken)


def test_fourteen_fixed_nine_broken_is_noise_and_is_said_as_such_a_share():
    entries = ChangeCounts(numbers(14), numbers(9), numbers(71), numbers(9906))
    assert entries.images == 10_000
    assert entries.p_value == pytest.approx(0.404873, abs=1e-6)
    assert entries.difference == pytest.approx(0.0005)
    # by hand: (14.5 - 9.5) / 10,002 and 1.959964 * sqrt(24 - 25 / 10,002) / 10,002
    assert entries.interval == pytest.approx((0.00049990 - 0.00095994, 0.00049990 + 0.00095994), abs=2e-8)


def test_interval_of_a_difference_covers_the_truth_in_95_of_100_samples():
    random = np.random.default_rng(0)
    drawn = random.multinomial(400, [0.06, 0.04, 0.05, 0.85], 2000)
    covered = 0
    for row in drawn:
        low, high = ChangeCounts(*map(numbers, row)).interval
        covered += low <= 0.02 <= high
    assert 0.93 < covered / 2000 < 0.97


@pytest.mark.parametrize("degrees", [1, 1.5, 2, 4, 9, 30, 1000])
def test_student_is_scipys(degrees):
    assert student_quantile(0.95, degrees) == pytest.approx(stats.t.ppf(0.975, degrees), rel=1e-9)
    for t in (0.0, 0.3, -2.3, 40.0):
        assert student_p_value(t, degrees) == pytest.approx(2 * stats.t.sf(abs(t), degrees), rel=1e-9)


def test_spread_of_seeds_is_scipys():
    values = [0.9905, 0.9910, 0.9901, 0.9913]
    found = spread(values)
    low, high = stats.t.interval(0.95, 3, np.mean(values), stats.sem(values))
    assert (found.count, found.mean) == (4, pytest.approx(np.mean(values)))
    assert found.deviation == pytest.approx(stats.tstd(values))
    assert found.interval == pytest.approx((low, high))
    assert spread([0.9]).interval is None


def test_welch_is_scipys():
    first, second = [0.990, 0.991, 0.9923], [0.9912, 0.9934, 0.992, 0.9951]
    found = welch(first, second)
    expected = stats.ttest_ind(second, first, equal_var=False)
    interval = expected.confidence_interval()
    assert found.p_value == pytest.approx(expected.pvalue)
    assert found.degrees == pytest.approx(expected.df)
    assert found.difference == pytest.approx(np.mean(second) - np.mean(first))
    assert found.interval == pytest.approx((interval.low, interval.high))


def test_welch_says_nothing_of_single_or_equal_trainings():
    assert welch([0.99], [0.98, 0.97]) is None
    assert welch([0.99, 0.99], [0.98, 0.98]) is None


def test_holms_correction_by_hand():
    # Sorted 0.005, 0.01, 0.03, 0.04 times 4, 3, 2, 1, never falling: 0.02, 0.03, 0.06, 0.06.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.7]) == pytest.approx([1.0, 1.0])
    assert holm([]) == []


def test_ledger_sorts_images_into_four_and_the_surest_mistake_comes_first():
    labels = [0, 0, 1, 1, 2, 2, 2]
    a = answers(labels, [0, 1, 1, 0, 2, 0, 0], [0.9, 0.6, 0.9, 0.8, 0.9, 0.5, 0.7])
    b = answers(labels, [0, 0, 0, 1, 2, 1, 1], [0.9, 0.9, 0.7, 0.9, 0.9, 0.9, 0.6])
    found = ledger(a, b)
    assert found.fixed.tolist() == [3, 1]
    assert found.broken.tolist() == [2]
    assert found.both_wrong.tolist() == [5, 6]
    assert found.both_right.tolist() == [0, 4]
    assert found.difference == pytest.approx(b.accuracy - a.accuracy)


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (answers([0, 1], [0, 1], dataset="fashion_mnist"), "fashion_mnist"),
        (answers([1, 0], [0, 1]), "has changed"),
        (answers([0, 1, 1], [0, 1, 1]), "has changed"),
        (answers([0, 1], [0, 1], classes=("cat", "dog", "cow")), "cow"),
    ],
)
def test_answers_to_other_images_are_refused_in_a_sentence(other, said):
    mine = answers([0, 1], [0, 1])
    with pytest.raises(StudioError, match=said):
        ledger(mine, other)
    assert incomparable(mine, mine) is None


def test_saved_ledger_has_a_row_for_each_image_the_two_differ_on_or_misread():
    a, b = answers([0, 1, 2, 0], [0, 0, 0, 1]), answers([0, 1, 2, 0], [1, 1, 1, 1], [0.8] * 4)
    rows = list(csv.DictReader(io.StringIO(ledger_table(ledger(a, b), a, b))))
    assert [(row["entry"], row["image"]) for row in rows] == [
        ("fixed", "1"),
        ("broken", "0"),
        ("both_wrong", "2"),
        ("both_wrong", "3"),
    ]
    assert rows[2] == {
        "entry": "both_wrong", "image": "2", "true": "owl", "a": "cat", "a_confidence": "0.9000",
        "b": "dog", "b_confidence": "0.8000",
    }  # fmt: skip


def test_recall_changes_leave_an_empty_class_without_a_figure():
    a, b = answers([0, 0, 1, 1], [0, 1, 1, 1]), answers([0, 0, 1, 1], [0, 0, 0, 1])
    assert recall_changes(a, b) == [("cat", 2, 0.5, 1.0), ("dog", 2, 1.0, 0.5), ("owl", 0, None, None)]


@given(st.lists(st.tuples(st.integers(1, 6), st.integers(0, 6)), max_size=12))
def test_frontier_is_all_points_no_other_beats(points):
    def beaten(point):
        return any(
            cost <= point[0] and accuracy >= point[1] and (cost, accuracy) != point
            for cost, accuracy in points
        )

    found = frontier([cost for cost, _ in points], [accuracy for _, accuracy in points])
    assert sorted(found) == [number for number, point in enumerate(points) if not beaten(point)]
    assert [points[number][0] for number in found] == sorted(points[number][0] for number in found)


def test_answers_to_two_parts_of_a_data_set_are_not_compared():
    tested = answers([0, 1, 2], [0, 1, 1])
    watched = replace(tested, subset="validation")
    problem = incomparable(tested, watched)
    assert problem is not None
    assert "mnist (test)" in problem.why
    assert "mnist (validation)" in problem.why
    with pytest.raises(StudioError, match="image by image"):
        ledger(tested, watched)
