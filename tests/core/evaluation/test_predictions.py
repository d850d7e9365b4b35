"""Accuracy, loss, confusion matrix and per-class figures against scikit-learn."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.evaluation.predictions import (
    Evaluation,
    load_evaluation,
    per_class,
    row_normalized,
    save_evaluation,
    wilson_interval,
)

CLASSES = ("a", "b", "c", "d", "e")


def made_up(seed=0, count=400, never_predicted=3, never_true=4):
    """Random answers in which one class is never predicted and one is never true."""
    random = np.random.default_rng(seed)
    answers = random.gamma(0.4, size=(count, len(CLASSES)))
    answers[:, never_predicted] *= 1e-6
    answers /= answers.sum(axis=1, keepdims=True)
    labels = random.choice([number for number in range(len(CLASSES)) if number != never_true], size=count)
    return Evaluation(answers.astype(np.float32), labels.astype(np.int32), CLASSES, "mnist")


@pytest.mark.parametrize("seed", range(5))
def test_figures_are_those_of_scikit_learn(seed):
    evaluation = made_up(seed)
    true, predicted = evaluation.labels, evaluation.predictions
    numbers = list(range(len(CLASSES)))
    matrix = evaluation.confusion_matrix()
    np.testing.assert_array_equal(matrix, metrics.confusion_matrix(true, predicted, labels=numbers))
    normal = metrics.confusion_matrix(true, predicted, labels=numbers, normalize="true")
    np.testing.assert_allclose(row_normalized(matrix), normal, atol=1e-12)
    assert evaluation.accuracy == pytest.approx(metrics.accuracy_score(true, predicted))
    expected = metrics.precision_recall_fscore_support(true, predicted, labels=numbers, zero_division=0)
    figures = per_class(matrix, CLASSES)
    found = [[getattr(row, name) for row in figures] for name in ("precision", "recall", "f1", "support")]
    np.testing.assert_allclose(found, expected, atol=1e-12)
    assert [row.name for row in figures] == list(CLASSES)


def test_loss_is_scikit_learns_log_loss():
    random = np.random.default_rng(8)
    answers = random.dirichlet(np.full(len(CLASSES), 2.0), size=300)
    labels = random.integers(0, len(CLASSES), 300).astype(np.int32)
    evaluation = Evaluation(answers.astype(np.float32), labels, CLASSES, "mnist")
    assert evaluation.loss == pytest.approx(metrics.log_loss(labels, answers), rel=1e-5)


def test_certain_and_wrong_costs_as_much_as_in_keras():
    import keras

    answers = np.eye(3, dtype=np.float32)[[0, 0]]
    evaluation = Evaluation(answers, np.array([0, 2], np.int32), CLASSES[:3], "mnist")
    expected = float(keras.losses.SparseCategoricalCrossentropy()(evaluation.labels, answers))
    assert evaluation.loss == pytest.approx(expected, rel=1e-5)


def test_errors_are_listed_with_the_most_confident_first():
    answers = np.array([[0.6, 0.4], [0.1, 0.9], [0.9, 0.1], [0.2, 0.8], [0.3, 0.7]], np.float32)
    evaluation = Evaluation(answers, np.array([1, 0, 0, 0, 1], np.int32), ("x", "y"), "mnist")
    assert evaluation.errors().tolist() == [1, 3, 0]
    assert evaluation.images_in_cells({(0, 1)}).tolist() == [1, 3]
    assert evaluation.images_in_cells({(0, 0)}).tolist() == [2]
    assert evaluation.images_in_cells({(1, 0)}).tolist() == [0]


def test_no_images_give_zero_and_not_a_number_that_is_none():
    empty = Evaluation(np.zeros((0, 2), np.float32), np.zeros(0, np.int32), ("x", "y"), "mnist")
    assert (empty.accuracy, empty.loss) == (0.0, 0.0)
    assert row_normalized(empty.confusion_matrix()).tolist() == [[0, 0], [0, 0]]


# Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998),
# table I, method 3 (Wilson's score without continuity correction).
@pytest.mark.parametrize(
    ("right", "total", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_interval_is_the_published_one(right, total, low, high):
    assert wilson_interval(right, total) == pytest.approx((low, high), abs=5e-5)


@given(total=st.integers(1, 10_000), share=st.floats(0, 1))
def test_wilson_interval_holds_the_share_and_mirrors(total, share):
    right = round(total * share)
    low, high = wilson_interval(right, total)
    assert 0.0 <= low <= right / total + 1e-12
    assert right / total - 1e-12 <= high <= 1.0
    assert wilson_interval(total - right, total) == pytest.approx((1 - high, 1 - low), abs=1e-9)


def test_wilson_interval_of_nothing_says_nothing():
    assert wilson_interval(0, 0) == (0.0, 1.0)


def test_evaluation_survives_writing_and_reading(tmp_path):
    evaluation = made_up()
    save_evaluation(evaluation, tmp_path / "evaluation.npz")
    read = load_evaluation(tmp_path / "evaluation.npz")
    np.testing.assert_array_equal(read.probabilities, evaluation.probabilities)
    np.testing.assert_array_equal(read.labels, evaluation.labels)
    assert (read.classes, read.dataset, read.subset) == (CLASSES, "mnist", "test")
    assert [path.name for path in tmp_path.iterdir()] == ["evaluation.npz"]


@pytest.mark.parametrize("damage", ["missing", "empty", "half", "pickle", "other"])
def test_damaged_evaluation_is_explained(tmp_path, damage):
    path = tmp_path / "evaluation.npz"
    if damage == "empty":
        path.touch()
    elif damage == "half":
        save_evaluation(made_up(), path)
        path.write_bytes(path.read_bytes()[:-500])
    elif damage == "pickle":
        np.savez(path, probabilities=np.array([{}], object))
    elif damage == "other":
        np.savez(path, images=np.zeros(3))
    with pytest.raises(StudioError, match="Cannot read the evaluation"):
        load_evaluation(path)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda arrays: arrays["labels"].__setitem__(7, 5), "labels beyond the 5 classes"),
        (lambda arrays: arrays["labels"].__setitem__(7, -1), "labels beyond the 5 classes"),
        (lambda arrays: arrays["probabilities"].__setitem__((3, 2), np.nan), "answers that are no numbers"),
        (lambda arrays: arrays.update(probabilities=arrays["probabilities"][:, :4]), "answers of the shape"),
        (lambda arrays: arrays.update(labels=arrays["labels"][1:]), "399 labels"),
        (lambda arrays: arrays.update(places=np.arange(399)), "400 labels, 399 places"),
        (lambda arrays: arrays.update(images=np.zeros((1, 28, 28, 1), np.uint8)), "400 labels, 1 images"),
    ],
)
def test_an_evaluation_whose_arrays_do_not_fit_one_another_is_refused(tmp_path, change, why):
    path = tmp_path / "evaluation.npz"
    save_evaluation(made_up(), path)
    with np.load(path) as archive:
        arrays = {name: archive[name].copy() for name in archive.files}
    change(arrays)
    np.savez(path, **arrays)
    with pytest.raises(StudioError, match=why):
        load_evaluation(path)
