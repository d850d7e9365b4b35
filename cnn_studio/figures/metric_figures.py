"""Curves, calibration, rejection and each class's figures of an evaluation as PNG, SVG or PDF."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cnn_studio.core.evaluation.metrics import Calibration, Curve, Rejection
from cnn_studio.core.evaluation.predictions import ClassFigures

LINE, MUTED, GAP = "#0072B2", "#C3CAD4", "#D55E00"
SIDE_BY_SIDE = ("#0072B2", "#E69F00", "#009E73")
"""Okabe and Ito's: distinguishable in gray and by color-blind people."""


def curves_of_classes_figure(
    curves: Sequence[tuple[str, Curve | None]], chosen: int, titles: tuple[str, str], title: str = ""
) -> Figure:
    """Draw ROC or precision-recall curves, the chosen class in front.

    Args:
        curves: Class and curve.
        chosen: The number of the one in front.
        titles: Of the axes.
        title: Written above.
    """
    figure = Figure(figsize=(6, 5.5), layout="constrained")
    axes = figure.subplots()
    for number, (_, curve) in enumerate(curves):
        if curve is not None and number != chosen:
            axes.plot(curve.x, curve.y, color=MUTED, linewidth=0.8)
    name, front = curves[chosen]
    if front is not None:
        axes.plot(front.x, front.y, color=LINE, linewidth=2, label=f"{name}, area {front.area:.5f}")
        axes.legend(frameon=False, loc="lower left")
    _finish(axes, titles, title)
    return figure


def calibration_figure(calibration: Calibration, title: str = "") -> Figure:
    """Draw a reliability diagram with the images of each bin below."""
    figure = Figure(figsize=(6, 6.5), layout="constrained")
    axes, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    filled = calibration.counts > 0
    left, width = calibration.edges[:-1][filled], float(calibration.edges[1])
    axes.bar(left, calibration.accuracy[filled], width, align="edge", color=LINE, edgecolor="white")
    axes.plot([0, 1], [0, 1], "--", color=GAP, label="perfectly calibrated")
    axes.scatter(
        calibration.confidence[filled], calibration.accuracy[filled], color="#1B2430", s=12, zorder=3
    )
    axes.legend(frameon=False)
    _finish(axes, ("", "accuracy"), f"{title}  expected calibration error {calibration.error:.4f}".strip())
    below.bar(left, calibration.counts[filled], width, align="edge", color=MUTED, edgecolor="white")
    below.set_yscale("log")
    below.set_ylabel("images")
    below.set_xlabel("confidence")
    return figure


def rejection_figure(rejection: Rejection, title: str = "") -> Figure:
    """Draw the accuracy of the rest against the share left out."""
    figure = Figure(figsize=(6, 4), layout="constrained")
    axes = figure.subplots()
    count = len(rejection.accuracy)
    half = max(1, count // 2)
    axes.plot(100 * np.arange(half) / count, 100 * rejection.accuracy[:half], color=LINE, linewidth=2)
    _finish(axes, ("least confident left out, %", "accuracy of the rest, %"), title)
    return figure


def _finish(axes: Axes, titles: tuple[str, str], title: str) -> None:
    axes.set_xlabel(titles[0])
    axes.set_ylabel(titles[1])
    axes.set_title(title)
    axes.grid(color="#E1E5EB")
    axes.set_axisbelow(True)


def classes_figure(classes: Sequence[ClassFigures], title: str = "") -> Figure:
    """Draw precision, recall and F1 of each class as bars beside one another."""
    figure = Figure(figsize=(max(6.0, 0.5 * len(classes) + 1), 4), layout="constrained")
    axes = figure.subplots()
    positions = np.arange(len(classes))
    for number, (name, color) in enumerate(zip(("precision", "recall", "f1"), SIDE_BY_SIDE, strict=True)):
        values = [100 * float(getattr(each, name)) for each in classes]
        axes.bar(positions + 0.27 * (number - 1), values, 0.25, color=color, label=name.replace("f1", "F1"))
    lowest = min((float(each.f1) for each in classes if each.support), default=0.0)
    axes.set_ylim(max(0.0, 100 * lowest - 5), 100)
    upright = all(len(each.name) <= 2 for each in classes)
    axes.set_xticks(positions, [each.name for each in classes], rotation=0 if upright else 50)
    axes.legend(frameon=False, ncols=3, loc="upper center", bbox_to_anchor=(0.5, -0.1 if upright else -0.35))
    _finish(axes, ("", "%"), title)
    return figure
