"""The confusion matrix of a run as a figure.

Its colors are matplotlib's Blues, which can be distinguished in gray and by color-blind people.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from matplotlib.figure import Figure

from cnn_studio.core.evaluation.predictions import Evaluation, column_normalized, row_normalized


def matrix_figure(
    evaluation: Evaluation,
    *,
    shown: Literal["counts", "rows", "columns"] = "counts",
    diagonal: bool = True,
    title: str = "",
) -> Figure:
    """Draw the confusion matrix with numbers in its cells and a color bar.

    Args:
        evaluation: The predictions.
        shown: Counts, percent of each true class, or of each predicted class.
        diagonal: Whether correct predictions are shown.
        title: Written above.
    """
    counts = evaluation.confusion_matrix()
    values = counts.astype(float)
    if shown != "counts":
        values = 100 * (row_normalized(counts) if shown == "rows" else column_normalized(counts))
    if not diagonal:
        np.fill_diagonal(values, 0)
    size = len(evaluation.classes)
    figure = Figure(figsize=(max(6.0, 0.55 * size + 2), max(5.0, 0.5 * size + 1.5)), layout="constrained")
    axes = figure.subplots()
    image = axes.imshow(values, cmap="Blues", vmin=0)
    units = {"counts": "images", "rows": "% of the true class", "columns": "% of the predicted class"}
    figure.colorbar(image, label=units[shown])
    for (true, read), value in np.ndenumerate(values):
        if value:
            text = f"{value:.0f}" if shown == "counts" else f"{value:.1f}"
            color = "white" if value > values.max() / 2 else "#1B2430"
            axes.text(read, true, text, ha="center", va="center", color=color, fontsize=8)
    upright = all(len(name) <= 2 for name in evaluation.classes)
    axes.set_xticks(
        range(size), evaluation.classes, rotation=0 if upright else 50, ha="center" if upright else "right"
    )
    axes.set_yticks(range(size), evaluation.classes)
    axes.set_xlabel("predicted class")
    axes.set_ylabel("true class")
    axes.set_title(title)
    return figure
