"""Labels that may be wrong, those first that confident learning doubts.

Source: Northcutt, Jiang and Chuang, "Confident Learning: Estimating Uncertainty in Dataset Labels", JAIR 70
(2021). An image counts as another class where its probability for that class is at least what the network
gives, on average, to the images labeled so. The probabilities must be of a network that did not learn from
these images: test or validation images, or training images read by networks trained without them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class LabelIssues:
    """Images that seem to be another class than their label, the most doubtful first.

    Attributes:
        numbers: (n,) int64, the images.
        suggested: (n,) int64, the class each seems to be.
        confident: (n,) bool, whether confident learning counts the image as that class. It doubts few
            labels of a network that is nearly always sure; the others are read otherwise all the same.
        margins: (n,) float32, probability of the label less that of the likeliest other class, -1 to 1;
            rising among the confident, and again among the rest.
        joint: (classes, classes) int64 counts, row = label, column = the class an image confidently is; what
            no class is confident of is not counted.
    """

    numbers: NDArray[np.int64]
    suggested: NDArray[np.int64]
    confident: NDArray[np.bool_]
    margins: NDArray[np.float32]
    joint: NDArray[np.int64]


def thresholds(probabilities: NDArray[np.float32], labels: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return (classes,) the mean probability of each class over the images labeled so; inf without any."""
    classes = probabilities.shape[1]
    own = probabilities[np.arange(len(labels)), labels].astype(np.float64)
    counts = np.bincount(labels, minlength=classes)
    sums = np.bincount(labels, weights=own, minlength=classes)
    means: NDArray[np.float64] = np.divide(sums, counts, out=np.full(classes, np.inf), where=counts > 0)
    return means


def find_label_issues(probabilities: NDArray[np.float32], labels: NDArray[np.int32]) -> LabelIssues:
    """Return the images that are read as another class than their label.

    Args:
        probabilities: (N, classes) float32, each row sums to 1, of a network that never saw these labels.
        labels: (N,) int32.
    """
    classes = probabilities.shape[1]
    sure = np.where(probabilities >= thresholds(probabilities, labels), probabilities, -1.0)
    likely, counted = sure.argmax(axis=1), sure.max(axis=1) >= 0
    flat = np.bincount(labels[counted].astype(np.int64) * classes + likely[counted], minlength=classes**2)
    predictions = probabilities.argmax(axis=1)
    confident = counted & (likely != labels)
    suggested = np.where(confident, likely, predictions)
    # An image that is read as its label says is not doubted, whatever else is likely (as in cleanlab).
    doubted = np.flatnonzero(predictions != labels)
    margins = _margins(probabilities[doubted], labels[doubted])
    order = np.lexsort((margins, ~confident[doubted]))
    numbers = doubted[order]
    return LabelIssues(
        numbers.astype(np.int64),
        suggested[numbers].astype(np.int64),
        confident[numbers],
        margins[order],
        flat.reshape(classes, classes),
    )


def _margins(probabilities: NDArray[np.float32], labels: NDArray[np.int32]) -> NDArray[np.float32]:
    rows = np.arange(len(labels))
    others = probabilities.copy()
    others[rows, labels] = -np.inf
    best = others.max(axis=1) if probabilities.shape[1] > 1 else np.zeros(len(labels))
    return (probabilities[rows, labels] - best).astype(np.float32)
