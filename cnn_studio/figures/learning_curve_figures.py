"""The curves of a run, and further ones over them, as a figure.

Colors are Okabe and Ito's, with a pattern of dashes each: they can be distinguished in gray and by
color-blind people.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from cnn_studio.core.base.axis_ticks import Scale, Span, heights_in_view, rate_text, scale_of
from cnn_studio.core.training.learning_curves import DASHES, Row, best_epoch, smoothed

TRAINING, VALIDATION = "#0072B2", "#D55E00"
FURTHER = ("#009E73", "#CC79A7", "#1B2430")
GRID, MUTED, TEXT = "#E1E5EB", "#566273", "#1B2430"
MOST_MARKERS = 60
TICKS = 6
TITLES = {"accuracy": "accuracy", "loss": "loss, nats"}

Curve = tuple[NDArray[np.float64], NDArray[np.float64]]


def curves_figure(
    history: Sequence[Row],
    title: str = "",
    *,
    batches: NDArray[np.float64] | None = None,
    overlays: Sequence[tuple[str, Sequence[Row]]] = (),
    rate_steps: Sequence[tuple[float, float]] = (),
    logarithmic: bool = False,
    smoothing: float = 0.0,
) -> Figure:
    """Draw accuracy and loss over the epochs.

    Args:
        history: Rows as `core.runs.run_folder.read_history` gives them.
        title: Written above.
        batches: Position in epochs, loss and accuracy inside the epochs, shape (n, 3).
        overlays: Name and rows of further runs.
        rate_steps: (position in epochs, learning rate) where it changed.
        logarithmic: Whether the loss, and the error 1 - accuracy, have logarithmic axes; better accuracies
            are higher on either.
        smoothing: Weight of `core.training.learning_curves.smoothed`: of the batches, of the epochs where there are none.
    """
    figure = Figure(figsize=(7, 6 + 0.2 * len(overlays)), layout="constrained")
    inside = batches if batches is not None and len(batches) else np.empty((0, 3))
    weight = 0.0 if len(inside) else smoothing
    last = max([1.0, *(row["epoch"] or 0.0 for rows in (history, *(r for _, r in overlays)) for row in rows)])
    if len(inside):
        last = max(last, float(inside[-1, 0]))
    for axes, name in zip(figure.subplots(2, 1, sharex=True), TITLES, strict=True):
        percent = name == "accuracy"
        scale = scale_of(percent, logarithmic)
        column = inside[:, 0], inside[:, 2 if percent else 1]
        bold = list(_bold(history, overlays, name))
        heights = heights_in_view(
            [(*column, True), *((*curve, False) for curve, _, _, _ in bold)],
            (0.0, last),
            scale,
            percent=percent,
        )
        painter = _Painter(axes, scale, heights)
        if len(inside):
            painter.draw(column, color=TRAINING, linewidth=0.6, alpha=0.3 if smoothing else 0.5)
            if smoothing:
                smooth = column[0], smoothed(column[1], smoothing)
                painter.draw(smooth, color=TRAINING, linewidth=0.8)
        for curve, label, color, dashes in bold:
            if weight:
                painter.draw(curve, color=color, linewidth=0.6, alpha=0.4)
            shown = curve[0], smoothed(curve[1], weight)
            painter.draw(shown, color=color, label=label, dashes=dashes, dotted=len(shown[0]) <= MOST_MARKERS)
        painter.mark_best(history, name)
        for epoch, rate in rate_steps:
            painter.mark_rate(epoch, rate, at_top=not percent)
        axes.set_ylabel(TITLES[name])
        if percent and bold:
            axes.legend(frameon=False, fontsize=8)
    axes.set_xlabel("epoch")
    axes.set_xlim(0, 1.02 * last)
    axes.xaxis.set_major_locator(MaxNLocator(integer=last >= 3))
    figure.suptitle(title)
    return figure


def _bold(
    history: Sequence[Row], overlays: Sequence[tuple[str, Sequence[Row]]], name: str
) -> Iterator[tuple[Curve, str, str, tuple[float, ...]]]:
    """Yield curve, label, color and pattern of each line of epochs, those in front last."""
    for number, (label, rows) in enumerate(overlays):
        curve = _column(rows, f"val_{name}")
        curve = curve if len(curve[0]) else _column(rows, name)
        yield curve, label, FURTHER[number % len(FURTHER)], DASHES[number % len(DASHES)]
    for key, label, color, dashes in (
        (name, "training", TRAINING, ()),
        (f"val_{name}", "validation", VALIDATION, DASHES[0]),
    ):
        curve = _column(history, key)
        if len(curve[0]):
            yield curve, label, color, dashes


def _column(rows: Sequence[Row], key: str) -> Curve:
    """Return a column without the epochs that lack it."""
    pairs = [(row["epoch"], row.get(key)) for row in rows if row.get(key) is not None]
    both = np.array(pairs, dtype=np.float64).reshape(-1, 2)
    return both[:, 0], both[:, 1]


class _Painter:
    """Draws on one axis, whose heights are those of a scale and whose numbers are its ticks."""

    def __init__(self, axes: Axes, scale: Scale, heights: Span) -> None:
        self._axes, self._scale, self._heights = axes, scale, heights
        ticks = scale.ticks(*heights, TICKS)
        axes.set_yticks([height for height, _ in ticks], [text for _, text in ticks])
        axes.set_ylim(*heights)
        axes.grid(color=GRID)

    def draw(
        self, curve: Curve, *, dashes: tuple[float, ...] = (), dotted: bool = False, **look: Any
    ) -> None:
        """Draw a curve; what lies far outside stays near."""
        low, high = self._heights
        heights = np.clip(self._scale.heights(curve[1]), 2 * low - high, 2 * high - low)
        style = (0, dashes) if dashes else "-"
        self._axes.plot(
            curve[0], heights, linestyle=style, marker="o" if dotted else "", markersize=3, **look
        )

    def mark_best(self, history: Sequence[Row], name: str) -> None:
        """Draw a ring around the best epoch."""
        best = best_epoch(history)
        for row in history:
            if best is not None and row["epoch"] == best:
                value = row.get(f"val_{name}")
                value = row.get(name) if value is None else value
                height = self._scale.heights(np.array([np.nan if value is None else value]))
                self._axes.scatter([best], height, s=70, facecolors="none", edgecolors=TEXT, zorder=3)

    def mark_rate(self, epoch: float, rate: float, *, at_top: bool) -> None:
        """Draw where the learning rate changed, with the new one."""
        self._axes.axvline(epoch, color=MUTED, linewidth=0.8, linestyle=":")
        self._axes.annotate(
            f" rate {rate_text(rate)}",
            (epoch, 0.97 if at_top else 0.03),
            xycoords=("data", "axes fraction"),
            va="top" if at_top else "bottom",
            color=MUTED,
            fontsize=8,
        )
