"""Curves as lines on the screen: their colors and patterns, and no more corners than there are pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPen

from cnn_studio.core.training.learning_curves import DASHES, smoothed
from cnn_studio.ui.charts.axes import Axes, Values, polygon
from cnn_studio.ui.charts.readout import line_pen
from cnn_studio.ui.curves.curves_data import CurvesData, RunCurves
from cnn_studio.ui.curves.curves_view import CurvesView
from cnn_studio.ui.style.theme import Tokens

MOST_DOTS = 60


@dataclass(frozen=True)
class CurveLine:
    """A curve and how it is painted.

    Attributes:
        positions: In epochs, rising, shape (n,).
        values: Accuracies or losses, shape (n,).
        color: With its opacity.
        width_px: Of the pen.
        dashes: The pattern; none is a solid line.
        dotted: Whether each point has a dot, where there is room.
        trimmed: Whether its extremes may lie outside the axis.
    """

    positions: Values
    values: Values
    color: QColor
    width_px: float = 2.0
    dashes: tuple[float, ...] = ()
    dotted: bool = False
    trimmed: bool = False

    @property
    def pen(self) -> QPen:
        """The pen that draws it."""
        return line_pen(self.color, self.width_px, self.dashes)


def further_style(number: int, tokens: Tokens) -> tuple[QColor, tuple[float, ...]]:
    """Return color and pattern of the further run of this number, counted from 0."""
    return QColor(tokens.further[number % len(tokens.further)]), DASHES[number % len(DASHES)]


def lines_of(data: CurvesData, view: CurvesView, key: str, tokens: Tokens) -> list[CurveLine]:
    """Return the lines of one plot ("accuracy" or "loss"), those in front last."""
    lines: list[CurveLine] = []
    for number, run in enumerate(data.further):
        lines += _further_lines(run, epoch_smoothing(data, view), key, *further_style(number, tokens))
    run, color = data.run, tokens.color("training")
    if view.batches and len(run.track):
        positions, values = run.inside(key)
        if view.smoothing:
            lines.append(CurveLine(positions, values, _clear(color, 0.3), 1.0, trimmed=True))
            values = smoothed(values, view.smoothing)
        opacity = 0.85 if view.smoothing else 0.5
        lines.append(CurveLine(positions, values, _clear(color, opacity), 1.0, trimmed=True))
    weight = epoch_smoothing(data, view)
    for column, token, dashes in ((key, "training", ()), (f"val_{key}", "validation", DASHES[0])):
        lines += _bold(run, column, weight, tokens.color(token), dashes)
    return lines


def epoch_smoothing(data: CurvesData, view: CurvesView) -> float:
    """Return the weight that smooths the epochs: none while batches are shown, whose means the epochs are."""
    return 0.0 if view.batches and len(data.run.track) else view.smoothing


def _further_lines(
    run: RunCurves, weight: float, key: str, color: QColor, dashes: tuple[float, ...]
) -> list[CurveLine]:
    """Return a further run's curves: what was validated bold, what was trained on thin."""
    bold = _bold(run, f"val_{key}", weight, color, dashes)
    if not bold:
        return _bold(run, key, weight, color, dashes)
    positions, values = run.curve(key)
    return [CurveLine(positions, smoothed(values, weight), _clear(color, 0.7), 1.0), *bold]


def _bold(
    run: RunCurves, column: str, weight: float, color: QColor, dashes: tuple[float, ...]
) -> list[CurveLine]:
    positions, values = run.curve(column)
    if not len(positions):
        return []
    if not weight:
        return [CurveLine(positions, values, color, dashes=dashes, dotted=True)]
    faint = CurveLine(positions, values, _clear(color, 0.35), 1.0, dotted=True)
    return [faint, CurveLine(positions, smoothed(values, weight), color, dashes=dashes)]


def _clear(color: QColor, opacity: float) -> QColor:
    made = QColor(color)
    made.setAlphaF(opacity)
    return made


def thinned(x: Values, y: Values) -> tuple[Values, Values]:
    """Return a line that looks the same with at most four points a pixel column.

    First, lowest, highest and last point of each column make the same pixels as all of them.
    Source: Jugel et al., "M4: A Visualization-Oriented Time Series Data Aggregation", VLDB 2014.

    Args:
        x: Pixels, rising, shape (n,).
        y: Pixels, shape (n,).
    """
    columns = np.floor(x)
    starts = np.flatnonzero(np.diff(columns, prepend=columns[:1] - 1))
    if 4 * len(starts) >= len(x):
        return x, y
    ends = np.append(starts[1:], len(x)) - 1
    four = [y[starts], np.minimum.reduceat(y, starts), np.maximum.reduceat(y, starts), y[ends]]
    return np.repeat(columns[starts] + 0.5, 4), np.stack(four, axis=1).reshape(-1)


def paint_line(painter: QPainter, line: CurveLine, axes: Axes) -> None:
    """Paint the part of a line that is in view."""
    first, last = np.searchsorted(line.positions, axes.span)
    part = slice(max(0, first - 1), last + 1)
    area = axes.area  # what is far outside stays near, so that no line is endless
    x = axes.x(line.positions[part])
    y = np.clip(axes.y(line.values[part]), area.top() - area.height(), area.bottom() + area.height())
    if not len(x):
        return
    painter.setPen(line.pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if len(x) > 1:
        painter.drawPolyline(polygon(*thinned(x, y)))
    if len(x) == 1 or (line.dotted and len(x) <= MOST_DOTS):
        painter.setPen(QPen(line.color, 6 if line.width_px > 1 else 4, c=Qt.PenCapStyle.RoundCap))
        painter.drawPoints(polygon(x, y))
