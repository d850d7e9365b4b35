"""Every figure of an evaluation beside scikit-learn's, or beside a loop over the definition."""

import numpy as np
import pytest
from sklearn import metrics
from sklearn.calibration import calibration_curve

from cnn_studio.core.evaluation.metric_tables import (
    calibration_table,
    classes_table,
    curve_table,
    matrix_table,
    rejection_table,
)
from cnn_studio.core.evaluation.metrics import calibration_of, rejection_of, scores_of, true_ranks
from cnn_studio.core.evaluation.predictions import Evaluation


def answers(images=3000, classes=7, seed=0, coarse=False, empty=None):
    """Made-up answers; `coarse` rounds them so that many are equal, `empty` is a class without images."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, classes, images)
    if empty is not None:
        labels[labels == empty] = (empty + 1) % classes
    logits = random.normal(0, 1.5, (images, classes))
    logits[np.arange(images), labels] += 1.5
    if coarse:
        logits = np.round(logits)
    probabilities = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    names = tuple(f"class {number}" for number in range(classes))
    return Evaluation(probabilities.astype(np.float32), labels.astype(np.int32), names, "made up")


EVALUATIONS = {
    "plain": answers(),
    "many ties": answers(coarse=True),
    "an empty class": answers(empty=3),
    "two classes": answers(classes=2),
    "forty classes": answers(classes=40),
    "few images": answers(images=12),
}


@pytest.fixture(params=EVALUATIONS)
def evaluation(request):
    return EVALUATIONS[request.param]


@pytest.fixture
def scores(evaluation):
    return scores_of(evaluation)


def test_summary_agrees_with_scikit_learn(evaluation, scores):
    labels, read, every = evaluation.labels, evaluation.predictions, range(len(evaluation.classes))
    summary, probabilities = scores.summary, evaluation.probabilities.astype(np.float64)
    probabilities /= probabilities.sum(axis=1, keepdims=True)  # 32-bit numbers sum to 1 less exactly
    assert summary.accuracy == pytest.approx(metrics.accuracy_score(labels, read))
    assert summary.loss == pytest.approx(metrics.log_loss(labels, probabilities, labels=every), rel=1e-5)
    recalls = [np.mean(read[labels == number] == number) for number in np.unique(labels)]
    assert summary.balanced_accuracy == pytest.approx(np.mean(recalls))
    assert summary.kappa == pytest.approx(metrics.cohen_kappa_score(labels, read))
    assert summary.macro_f1 == pytest.approx(metrics.f1_score(labels, read, average="macro", zero_division=0))


@pytest.mark.parametrize("name", ["plain", "forty classes", "an empty class"])
def test_top_two_and_three_agree_with_scikit_learn(name):
    evaluation = EVALUATIONS[name]
    summary, every = scores_of(evaluation).summary, range(len(evaluation.classes))
    for k, found in ((2, summary.top2), (3, summary.top3)):
        expected = metrics.top_k_accuracy_score(
            evaluation.labels, evaluation.probabilities, k=k, labels=every
        )
        assert found == pytest.approx(expected)


def test_top_two_of_two_classes_is_everything():
    assert scores_of(EVALUATIONS["two classes"]).summary.top2 == 1.0


def test_of_equally_probable_classes_the_first_is_first_as_argmax_has_it():
    evaluation = Evaluation(
        np.array([[0.4, 0.4, 0.2]] * 3, np.float32), np.array([0, 1, 2], np.int32), ("a", "b", "c"), "ties"
    )
    assert true_ranks(evaluation).tolist() == [0, 1, 2]


def test_figures_of_each_class_agree_with_scikit_learn(evaluation, scores):
    expected = metrics.precision_recall_fscore_support(
        evaluation.labels, evaluation.predictions, labels=range(len(evaluation.classes)), zero_division=0
    )
    found = np.array([(row.precision, row.recall, row.f1, row.support) for row in scores.classes])
    np.testing.assert_allclose(found, np.array(expected).T)


def test_roc_curves_agree_with_scikit_learn(evaluation, scores):
    for number, curve in enumerate(scores.roc):
        positive = evaluation.labels == number
        if curve is None:
            assert not positive.any()
            continue
        probabilities = evaluation.probabilities[:, number]
        x, y, thresholds = metrics.roc_curve(positive, probabilities, drop_intermediate=False)
        expected = zip(x.round(9), y.round(9), thresholds.astype(np.float64), strict=True)
        assert set(zip(curve.x.round(9), curve.y.round(9), curve.thresholds, strict=True)) <= set(expected)
        area = metrics.roc_auc_score(positive, probabilities)
        assert curve.area == pytest.approx(area)
        assert metrics.auc(curve.x, curve.y) == pytest.approx(area)  # nothing that matters was left out


def test_precision_recall_curves_agree_with_scikit_learn(evaluation, scores):
    for number, curve in enumerate(scores.precision_recall):
        positive = evaluation.labels == number
        if curve is None:
            assert not positive.any()
            continue
        probabilities = evaluation.probabilities[:, number]
        assert curve.area == pytest.approx(metrics.average_precision_score(positive, probabilities))
        precision, recall, thresholds = metrics.precision_recall_curve(positive, probabilities)
        thresholds = [*thresholds.astype(np.float64), np.inf]
        expected = set(zip(recall.round(9), precision.round(9), thresholds, strict=True))
        assert set(zip(curve.x.round(9), curve.y.round(9), curve.thresholds, strict=True)) <= expected
        assert (curve.x[0], curve.y[0], curve.x[-1]) == (0.0, 1.0, 1.0)
        assert set(curve.x.round(9)) == set(recall.round(9))
        assert (np.diff(curve.x) >= 0).all()


def test_class_without_images_has_no_curves():
    scores = scores_of(EVALUATIONS["an empty class"])
    assert scores.roc[3] is None
    assert scores.precision_recall[3] is None
    assert scores.roc[2] is not None


def test_bins_of_calibration_agree_with_scikit_learn(evaluation, scores):
    confidences = evaluation.probabilities.max(axis=1).astype(np.float64)
    right = evaluation.predictions == evaluation.labels
    accuracy, confidence = calibration_curve(right, confidences, n_bins=15)
    filled = scores.calibration.counts > 0
    np.testing.assert_allclose(scores.calibration.accuracy[filled], accuracy)
    np.testing.assert_allclose(scores.calibration.confidence[filled], confidence, rtol=1e-6)
    assert scores.calibration.counts.sum() == len(confidences)


def test_calibration_error_is_the_mean_distance_of_the_bins_weighted_by_images():
    """By hand: 4 images at 0.95, 3 of them right (distance 0.2); 1 at 0.5, wrong (distance 0.5)."""
    confidences = np.array([0.95, 0.95, 0.95, 0.95, 0.5], np.float32)
    calibration = calibration_of(confidences, np.array([True, True, True, False, False]))
    assert calibration.error == pytest.approx((4 * 0.2 + 1 * 0.5) / 5)
    assert calibration.counts[[7, 14]].tolist() == [1, 4]


def test_rejection_is_the_accuracy_of_the_rest(evaluation, scores):
    confidences = evaluation.probabilities.max(axis=1)
    right = evaluation.predictions == evaluation.labels
    order = sorted(range(len(right)), key=lambda number: confidences[number])
    for left_out in {0, 1, len(right) // 3, len(right) - 1}:
        rest = order[left_out:]
        assert scores.rejection.accuracy[left_out] == pytest.approx(np.mean(right[rest]))
        assert scores.rejection.confidence[left_out] == confidences[rest[0]]


def test_everything_cannot_be_left_out():
    rejection = rejection_of(np.array([0.4, 0.9], np.float32), np.array([False, True]))
    assert [rejection.left_out(share) for share in (0.0, 0.5, 1.0)] == [0, 1, 1]
    assert rejection.accuracy.tolist() == [0.5, 1.0]


def test_single_class_has_figures_and_no_kappa():
    evaluation = Evaluation(np.ones((5, 1), np.float32), np.zeros(5, np.int32), ("only",), "one")
    scores = scores_of(evaluation)
    assert scores.summary.accuracy == scores.summary.top2 == scores.summary.macro_f1 == 1.0
    assert scores.summary.kappa is None
    assert scores.roc == [None]
    assert scores.precision_recall[0].area == pytest.approx(1.0)
    assert scores.calibration.error == 0.0


def test_tables_hold_every_figure(evaluation, scores):
    table = matrix_table(scores.matrix, evaluation.classes)
    assert [row[-1] for row in table.rows[:-1]] == scores.matrix.sum(axis=1).tolist()
    assert list(table.rows[-1][1:-1]) == scores.matrix.sum(axis=0).tolist()
    assert table.rows[-1][-1] == len(evaluation.labels)
    rows = classes_table(scores).rows
    assert sum(row[5] for row in rows) == len(evaluation.errors())
    assert sum(row[2] for row in calibration_table(scores.calibration).rows) == len(evaluation.labels)
    assert rejection_table(scores.rejection).rows[0][2] == pytest.approx(evaluation.accuracy)
    curve = scores.roc[0]
    assert len(curve_table([("0", curve)], ("x", "y"), "ROC").rows) == len(curve.x)


@pytest.mark.parametrize(("shown", "axis"), [("rows", 1), ("columns", 0)])
def test_shares_in_the_matrix_table_sum_to_a_hundred(shown, axis):
    evaluation = EVALUATIONS["plain"]
    table = matrix_table(evaluation.confusion_matrix(), evaluation.classes, shown)
    shares = np.array([row[1:-1] for row in table.rows[:-1]], float)
    np.testing.assert_allclose(shares.sum(axis=axis), 100.0)


def test_a_confidence_on_the_edge_of_two_bins_counts_in_the_lower_one():
    # Guo et al., 2017: the m-th bin is ((m - 1) / M, m / M].
    confidences = np.array([0.25, 0.5, 0.75, 1.0], np.float32)
    assert calibration_of(confidences, np.ones(4, bool), bins=4).counts.tolist() == [1, 1, 1, 1]
