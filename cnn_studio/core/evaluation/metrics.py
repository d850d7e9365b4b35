"""Every figure of an evaluation: how good, how sure, and how sure it may be.

Definitions are scikit-learn's, which `tests/core/test_scores.py` compares them with; a figure that is not
defined, because there is nothing to divide by, is None. NumPy alone computes them: importing
scikit-learn takes longer than all of this for 10,000 images.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.evaluation.predictions import ClassFigures, Evaluation, per_class

Floats = NDArray[np.float64]
BINS = 15
"""Of the reliability diagram, as Guo et al. have it ("On calibration of modern neural networks", 2017)."""


class Summary(msgspec.Struct, frozen=True):
    """One figure each for all images; shares of 1, loss in nats.

    Attributes:
        accuracy: Share read rightly.
        loss: Mean cross-entropy.
        top2: Share whose true class is among the two most probable.
        top3: Among the three most probable.
        balanced_accuracy: Mean recall of the classes that have images.
        kappa: Cohen's kappa: agreement beyond chance; None where chance alone agrees always.
        macro_f1: Mean F1 of the classes that occur.
    """

    accuracy: float
    loss: float
    top2: float
    top3: float
    balanced_accuracy: float
    kappa: float | None
    macro_f1: float


@dataclass(frozen=True)
class Curve:
    """A curve of one class against the rest.

    Attributes:
        x: (P,) false positive rate (ROC) or recall (precision-recall), ascending.
        y: (P,) true positive rate or precision.
        thresholds: (P,) the probability from which an image counts as the class; infinite where none does.
        area: The area under the ROC curve, or the average precision.
    """

    x: Floats
    y: Floats
    thresholds: Floats
    area: float


@dataclass(frozen=True)
class Calibration:
    """Confidence against accuracy, in bins of equal width (lower edge excluded).

    Attributes:
        edges: (bins + 1,) 0 to 1.
        counts: (bins,) images.
        confidence: (bins,) their mean confidence; 0 in an empty bin.
        accuracy: (bins,) the share read rightly; 0 in an empty bin.
        error: Expected calibration error: mean distance of the two, weighted by images.
    """

    edges: Floats
    counts: NDArray[np.int64]
    confidence: Floats
    accuracy: Floats
    error: float


@dataclass(frozen=True)
class Rejection:
    """What is right of the rest when the least confident images are left out.

    Attributes:
        accuracy: (N,) of the rest when 0, 1, ... N - 1 images are left out.
        confidence: (N,) the lowest confidence that is then still kept.
    """

    accuracy: Floats
    confidence: Floats

    def left_out(self, share: float) -> int:
        """Return how many images a share of 0 to 1 leaves out; at least one stays."""
        return min(round(share * len(self.accuracy)), len(self.accuracy) - 1)


@dataclass(frozen=True)
class Scores:
    """All figures of an evaluation.

    Attributes:
        summary: Of all images.
        classes: Of each class.
        matrix: (classes, classes) counts, row = true class.
        roc: The ROC curve of each class; None where it has no image, or no other class has one.
        precision_recall: Its precision-recall curve; None where it has no image.
        calibration: The reliability diagram's content.
        rejection: Accuracy against the share left out.
    """

    summary: Summary
    classes: list[ClassFigures]
    matrix: NDArray[np.int64]
    roc: list[Curve | None]
    precision_recall: list[Curve | None]
    calibration: Calibration
    rejection: Rejection


def scores_of(evaluation: Evaluation) -> Scores:
    """Return all figures of an evaluation of at least one image (33 ms for 10,000 of ten classes)."""
    matrix = evaluation.confusion_matrix()
    classes = per_class(matrix, evaluation.classes)
    roc, precision_recall = _curves(evaluation)
    right, confidences = evaluation.predictions == evaluation.labels, evaluation.confidences
    return Scores(
        summary_of(evaluation, matrix, classes),
        classes,
        matrix,
        roc,
        precision_recall,
        calibration_of(confidences, right),
        rejection_of(confidences, right),
    )


def summary_of(evaluation: Evaluation, matrix: NDArray[np.int64], classes: list[ClassFigures]) -> Summary:
    """Return the figures of all images together."""
    ranks = true_ranks(evaluation)
    support, read = matrix.sum(axis=1), matrix.sum(axis=0)
    occurring = (support > 0) | (read > 0)
    recalls = np.array([figures.recall for figures in classes])
    f1 = np.array([figures.f1 for figures in classes])
    total = matrix.sum()
    chance = float(support @ read) / float(total) ** 2 if total else 1.0
    observed = float(np.trace(matrix)) / float(total) if total else 0.0
    return Summary(
        accuracy=evaluation.accuracy,
        loss=evaluation.loss,
        top2=_mean(ranks < 2),
        top3=_mean(ranks < 3),
        balanced_accuracy=_mean(recalls[support > 0]),
        kappa=None if chance >= 1.0 else (observed - chance) / (1 - chance),
        macro_f1=_mean(f1[occurring]),
    )


def _mean(values: NDArray[np.bool_] | Floats) -> float:
    return float(values.mean()) if len(values) else 0.0


def true_ranks(evaluation: Evaluation) -> NDArray[np.intp]:
    """Return (N,) how many classes each image was given before its true one; of equals the first is first."""
    probabilities, labels = evaluation.probabilities, evaluation.labels
    true = np.take_along_axis(probabilities, labels[:, None].astype(np.intp), axis=1)
    earlier = np.arange(probabilities.shape[1])[None, :] < labels[:, None]
    before = (probabilities > true) | ((probabilities == true) & earlier)
    ranks: NDArray[np.intp] = np.count_nonzero(before, axis=1)
    return ranks


def _curves(evaluation: Evaluation) -> tuple[list[Curve | None], list[Curve | None]]:
    roc: list[Curve | None] = []
    precision_recall: list[Curve | None] = []
    for number in range(len(evaluation.classes)):
        positive = evaluation.labels == number
        hits, misses, thresholds = _counts(evaluation.probabilities[:, number], positive)
        roc.append(_roc(hits, misses, thresholds))
        precision_recall.append(_precision_recall(hits, misses, thresholds))
    return roc, precision_recall


def _counts(probabilities: NDArray[np.float32], positive: NDArray[np.bool_]) -> tuple[Floats, Floats, Floats]:
    """Return true positives, false positives and probability at each distinct probability, falling."""
    order = np.argsort(-probabilities, kind="stable")
    ordered = probabilities[order]
    last = np.flatnonzero(np.append(np.diff(ordered) != 0, True)) if len(ordered) else np.zeros(0, np.intp)
    hits = np.cumsum(positive[order], dtype=np.float64)[last]
    return hits, last + 1 - hits, ordered[last].astype(np.float64)


def _roc(hits: Floats, misses: Floats, thresholds: Floats) -> Curve | None:
    if not len(hits) or not hits[-1] or not misses[-1]:
        return None
    x, y = np.concatenate([[0.0], misses]), np.concatenate([[0.0], hits])
    corners = _corners(x, y)  # of the counts, which are exact
    x, y = x / x[-1], y / y[-1]
    return Curve(
        x[corners],
        y[corners],
        np.concatenate([[np.inf], thresholds])[corners],
        float(np.trapezoid(y, x)),
    )


def _precision_recall(hits: Floats, misses: Floats, thresholds: Floats) -> Curve | None:
    if not len(hits) or not hits[-1]:
        return None
    recall, precision = hits / hits[-1], hits / (hits + misses)
    area = float(np.diff(recall, prepend=0.0) @ precision)
    x, y = np.concatenate([[0.0], recall]), np.concatenate([[1.0], precision])
    corners = np.append(np.diff(x) > 0, True)  # of points with one recall the last adds only false positives
    corners[1:] |= np.diff(x) > 0
    corners[0] = True
    return Curve(x[corners], y[corners], np.concatenate([[np.inf], thresholds])[corners], area)


def _corners(x: Floats, y: Floats) -> NDArray[np.bool_]:
    """Return the points where the curve turns, its ends included."""
    keep = np.ones(len(x), bool)
    if len(x) > 2:
        keep[1:-1] = (np.diff(x, 2) != 0) | (np.diff(y, 2) != 0)
    return keep


def calibration_of(
    confidences: NDArray[np.float32], right: NDArray[np.bool_], bins: int = BINS
) -> Calibration:
    """Compare confidence with accuracy.

    Args:
        confidences: (N,) of the predicted classes, 0 to 1.
        right: (N,) whether they are true.
        bins: How many.
    """
    edges = np.linspace(0.0, 1.0, bins + 1)
    bin_numbers = np.searchsorted(edges[1:-1], confidences)
    counts = np.bincount(bin_numbers, minlength=bins)
    filled = counts > 0
    means = (
        np.divide(np.bincount(bin_numbers, weights, bins), counts, out=np.zeros(bins), where=filled)
        for weights in (confidences.astype(np.float64), right.astype(np.float64))
    )
    confidence, accuracy = means
    total = max(1, len(confidences))
    error = float(counts @ np.abs(confidence - accuracy)) / total
    return Calibration(edges, counts, confidence, accuracy, error)


def rejection_of(confidences: NDArray[np.float32], right: NDArray[np.bool_]) -> Rejection:
    """Leave out the least confident images one by one; arguments as in `calibration_of`."""
    order = np.argsort(confidences, kind="stable")
    kept = np.arange(len(order), 0, -1)
    rightly = np.cumsum(right[order][::-1])[::-1]
    return Rejection(rightly / np.maximum(1, kept), confidences[order].astype(np.float64))
