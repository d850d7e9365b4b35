"""The curves and the confusion matrix of a run as PNG, SVG or PDF.

Colours are Okabe and Ito's for the curves and matplotlib's Blues for the matrix: both can be told apart
in grey and by colour-blind people.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from cnn_studio.core.errors import StudioError
from cnn_studio.core.evaluation import Evaluation, row_normalised
from cnn_studio.core.files import replacing

KINDS = (".png", ".svg", ".pdf")
TRAINING, VALIDATION = "#0072B2", "#D55E00"
DOTS_PER_INCH = 150

Row = dict[str, float | None]


def curves_figure(history: Sequence[Row], title: str = "") -> Figure:
    """Draw accuracy and loss over the epochs.

    Args:
        history: Rows as `core.runs.read_history` gives them.
        title: Written above.
    """
    figure = Figure(figsize=(7, 6), layout="constrained")
    epochs = [row["epoch"] for row in history]
    for axes, name, factor, unit in zip(
        figure.subplots(2, 1, sharex=True),
        ("accuracy", "loss"),
        (100, 1),
        ("accuracy, %", "loss, nats"),
        strict=True,
    ):
        for key, color, style, label in (
            (name, TRAINING, "-", "training"),
            (f"val_{name}", VALIDATION, "--", "validation"),
        ):
            values = [row.get(key) for row in history]
            if any(value is not None for value in values):
                drawn = [np.nan if value is None else factor * value for value in values]
                axes.plot(epochs, drawn, style, color=color, label=label, marker="o", markersize=3)
        axes.set_ylabel(unit)
        axes.grid(color="#E1E5EB")
        axes.legend(frameon=False)
    axes.set_xlabel("epoch")
    figure.suptitle(title)
    return figure


def matrix_figure(evaluation: Evaluation, *, by_row: bool = False, title: str = "") -> Figure:
    """Draw the confusion matrix with numbers in its cells and a colour bar.

    Args:
        evaluation: The answers.
        by_row: Percent of each true class instead of counts.
        title: Written above.
    """
    counts = evaluation.confusion_matrix()
    values = 100 * row_normalised(counts) if by_row else counts.astype(float)
    size = len(evaluation.classes)
    figure = Figure(figsize=(max(6.0, 0.55 * size + 2), max(5.0, 0.5 * size + 1.5)), layout="constrained")
    axes = figure.subplots()
    image = axes.imshow(values, cmap="Blues", vmin=0)
    figure.colorbar(image, label="% of the true class" if by_row else "images")
    for (true, read), value in np.ndenumerate(values):
        if counts[true, read]:
            text = f"{value:.1f}" if by_row else f"{value:.0f}"
            color = "white" if value > values.max() / 2 else "#1B2430"
            axes.text(read, true, text, ha="center", va="center", color=color, fontsize=8)
    upright = all(len(name) <= 2 for name in evaluation.classes)
    axes.set_xticks(
        range(size), evaluation.classes, rotation=0 if upright else 50, ha="center" if upright else "right"
    )
    axes.set_yticks(range(size), evaluation.classes)
    axes.set_xlabel("read as")
    axes.set_ylabel("true class")
    axes.set_title(title)
    return figure


def save_figure(figure: Figure, path: Path) -> None:
    """Write a figure; the file's ending says the kind.

    Raises:
        StudioError: If the ending is not .png, .svg or .pdf, or the file cannot be written.
    """
    if path.suffix.lower() not in KINDS:
        raise StudioError(
            f"Cannot save {path.name}.",
            f"Expected a name that ends in {', '.join(KINDS)}, received '{path.suffix}'.",
            "Choose one of these endings.",
        )
    try:
        with replacing(path) as temporary:
            figure.savefig(temporary, format=path.suffix.lower()[1:], dpi=DOTS_PER_INCH)
    except OSError as error:
        raise StudioError(f"Cannot write {path}.", str(error), "Choose another place.") from error
