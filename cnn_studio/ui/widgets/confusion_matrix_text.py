"""Cells of a confusion matrix in words."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication

from cnn_studio.core.evaluation.predictions import row_normalized

CONTEXT = "ConfusionMatrix"


def cell_in_words(counts: NDArray[np.int64], classes: tuple[str, ...], true: int, predicted: int) -> str:
    """Return what a cell says: "9 read as 4: 7 (0.7 % of its images)"."""
    text = (
        QCoreApplication.translate(CONTEXT, "{true} read correctly: {count} ({share:.1f} % of its images)")
        if true == predicted
        else QCoreApplication.translate(
            CONTEXT, "{true} read as {predicted}: {count} ({share:.1f} % of its images)"
        )
    )
    share = row_normalized(counts[true : true + 1])[0, predicted]
    return text.format(
        true=classes[true],
        predicted=classes[predicted],
        count=int(counts[true, predicted]),
        share=100 * share,
    )


def cells_in_words(cells: Collection[tuple[int, int]], classes: tuple[str, ...]) -> str:
    """Return what several cells have in common: "9 read as 4", "all 9", "read as 4", "12 cells"."""
    rows, columns = {true for true, _ in cells}, {predicted for _, predicted in cells}
    if len(cells) == 1:
        (true,), (predicted,) = rows, columns
        if true == predicted:
            return QCoreApplication.translate(CONTEXT, "{true} read correctly").format(true=classes[true])
        return QCoreApplication.translate(CONTEXT, "{true} read as {predicted}").format(
            true=classes[true], predicted=classes[predicted]
        )
    whole = len(cells) == len(classes)
    if whole and len(rows) == 1:
        return QCoreApplication.translate(CONTEXT, "All that are {true}").format(
            true=classes[next(iter(rows))]
        )
    if whole and len(columns) == 1:
        return QCoreApplication.translate(CONTEXT, "All read as {predicted}").format(
            predicted=classes[next(iter(columns))]
        )
    return QCoreApplication.translate(CONTEXT, "{count} cells").format(count=f"{len(cells):,}")


def number_text(value: int, *, signed: bool) -> str:
    """Return a number as it is written in a small matrix; a difference has its sign."""
    return f"{value:+d}".replace("-", "−") if signed else f"{value}"


def small_cell_in_words(text: str, classes: tuple[str, ...], true: int, predicted: int) -> str:
    """Return what a cell of a small matrix says: "9 read as 4: −3"."""
    pattern = (
        QCoreApplication.translate(CONTEXT, "{true} read correctly: {value}")
        if true == predicted
        else QCoreApplication.translate(CONTEXT, "{true} read as {read}: {value}")
    )
    return pattern.format(true=classes[true], read=classes[predicted], value=text)
