"""The figures of an evaluation as tables."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.base.figure_table import Entry, Table
from cnn_studio.core.evaluation.metrics import Calibration, Curve, Rejection, Scores
from cnn_studio.core.evaluation.predictions import ClassFigures, column_normalized, row_normalized

REJECTED_PERCENT = (0, 0.5, 1, 2, 3, 5, 7.5, 10, 15, 20, 30, 40, 50)


def matrix_table(
    counts: NDArray[np.int64],
    classes: tuple[str, ...],
    shown: Literal["counts", "rows", "columns"] = "counts",
) -> Table:
    """Return a confusion matrix with the sums of its rows and columns; shares are in percent."""
    titles = {
        "counts": "Confusion matrix",
        "rows": "Confusion matrix, % of the true class",
        "columns": "Confusion matrix, % of the predicted class",
    }
    values: NDArray[np.int64] | NDArray[np.float64] = counts
    if shown == "rows":
        values = 100 * row_normalized(counts)
    elif shown == "columns":
        values = 100 * column_normalized(counts)
    rows: list[tuple[Entry, ...]] = [
        (name, *line, total)
        for name, line, total in zip(classes, values.tolist(), counts.sum(axis=1).tolist(), strict=True)
    ]
    rows.append(("images read as the class", *counts.sum(axis=0).tolist(), int(counts.sum())))
    return Table(titles[shown], ("true class", *(f"read as {name}" for name in classes), "images"), rows)


def classes_table(scores: Scores) -> Table:
    """Return precision, recall, F1, support and the areas under the curves of each class."""
    rows: list[tuple[Entry, ...]] = [
        (
            figures.name,
            figures.precision,
            figures.recall,
            figures.f1,
            figures.support,
            wrong_of(figures),
            _area(roc),
            _area(precision_recall),
        )
        for figures, roc, precision_recall in zip(
            scores.classes, scores.roc, scores.precision_recall, strict=True
        )
    ]
    names = ("class", "precision", "recall", "F1", "images", "misread", "ROC AUC", "average precision")
    return Table("Metrics of each class", names, rows)


def wrong_of(figures: ClassFigures) -> int:
    """Return how many images of a class were misread."""
    return figures.support - round(figures.recall * figures.support)


def _area(curve: Curve | None) -> float | None:
    return None if curve is None else curve.area


def curve_table(curves: list[tuple[str, Curve]], names: tuple[str, str], title: str) -> Table:
    """Return the points of curves, one below the other.

    Args:
        curves: Class and curve.
        names: Of the two axes.
        title: What they show.
    """
    rows: list[tuple[Entry, ...]] = [
        (name, x, y, threshold if np.isfinite(threshold) else None)
        for name, curve in curves
        for x, y, threshold in zip(curve.x.tolist(), curve.y.tolist(), curve.thresholds.tolist(), strict=True)
    ]
    return Table(title, ("class", *names, "probability from"), rows)


def calibration_table(calibration: Calibration) -> Table:
    """Return the bins of the reliability diagram."""
    edges = calibration.edges.tolist()
    rows: list[tuple[Entry, ...]] = [
        (low, high, count, confidence if count else None, accuracy if count else None)
        for low, high, count, confidence, accuracy in zip(
            edges[:-1],
            edges[1:],
            calibration.counts.tolist(),
            calibration.confidence.tolist(),
            calibration.accuracy.tolist(),
            strict=True,
        )
    ]
    names = ("confidence above", "up to", "images", "mean confidence", "accuracy")
    return Table(f"Calibration, expected error {calibration.error:.4f}", names, rows)


def rejection_table(rejection: Rejection) -> Table:
    """Return the accuracy of the rest at round shares left out."""
    shares = [(percent, rejection.left_out(percent / 100)) for percent in REJECTED_PERCENT]
    rows: list[tuple[Entry, ...]] = [
        (
            f"{percent:g} %",
            left_out,
            float(rejection.accuracy[left_out]),
            float(rejection.confidence[left_out]),
        )
        for percent, left_out in shares
    ]
    names = ("left out", "images left out", "accuracy of the rest", "lowest confidence kept")
    return Table("Accuracy when the least confident are left out", names, rows)
