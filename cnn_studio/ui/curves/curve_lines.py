"""Curves as lines on the screen: their colors and patterns, and no more corners than there are pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QByteArray, QDataStream, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from cnn_studio.core.base.axis_ticks import Scale, Span
from cnn_studio.core.training.learning_curves import DASHES, smoothed
from cnn_studio.ui.curves.curves_data import CurvesData, RunCurves
from cnn_studio.ui.curves.curves_view import CurvesView
from cnn_studio.ui.style.theme import Tokens

Values = NDArray[np.float64]
MOST_DOTS = 60


@dataclass(frozen=True)
class CurveLine:
    """A curve and how it is painted.

    Attributes:
        places: In epochs, rising, shape (n,).
        values: Accuracies or losses, shape (n,).
        color: With its opacity.
        width_px: Of the pen.
        dashes: The pattern; none is a solid line.
        dotted: Whether each point has a dot, where there is room.
        trimmed: Whether its extremes may lie outside the axis.
    """

    places: Values
    values: Values
    color: QColor
    width_px: float = 2.0
    dashes: tuple[float, ...] = ()
    dotted: bool = False
    trimmed: bool = False

    @property
    def pen(self) -> QPen:
        """The pen that draws it."""
        pen = QPen(self.color, self.width_px)
        if self.dashes:
            pen.setDashPattern(self.dashes)
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        return pen


@dataclass(frozen=True)
class PlotFrame:
    """Where a place and a value stand in the widget."""

    area: QRectF
    span: Span
    heights: Span
    scale: Scale

    def x(self, places: Values) -> Values:
        """Return the pixels of places."""
        low, high = self.span
        return self.area.left() + (places - low) / (high - low) * self.area.width()

    def y(self, values: Values) -> Values:
        """Return the pixels of values; those far outside stay near, so that no line is endless."""
        low, high = self.heights
        shares = (self.scale.heights(values) - low) / (high - low)
        return self.area.bottom() - np.clip(shares, -1, 2) * self.area.height()

    def x_of(self, place: float) -> float:
        """Return the pixel of one place."""
        return float(self.x(np.array([place]))[0])

    def y_of(self, value: float) -> float:
        """Return the pixel of one value."""
        return float(self.y(np.array([value]))[0])

    def place_at(self, x: float) -> float:
        """Return the place of a pixel."""
        low, high = self.span
        return low + (x - self.area.left()) / self.area.width() * (high - low)

    def height_at(self, y: float) -> float:
        """Return the height of a pixel."""
        low, high = self.heights
        return low + (self.area.bottom() - y) / self.area.height() * (high - low)


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
        places, values = run.inside(key)
        if view.smoothing:
            lines.append(CurveLine(places, values, _clear(color, 0.3), 1.0, trimmed=True))
            values = smoothed(values, view.smoothing)
        opacity = 0.85 if view.smoothing else 0.5
        lines.append(CurveLine(places, values, _clear(color, opacity), 1.0, trimmed=True))
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
    places, values = run.curve(key)
    return [CurveLine(places, smoothed(values, weight), _clear(color, 0.7), 1.0), *bold]


def _bold(
    run: RunCurves, column: str, weight: float, color: QColor, dashes: tuple[float, ...]
) -> list[CurveLine]:
    places, values = run.curve(column)
    if not len(places):
        return []
    if not weight:
        return [CurveLine(places, values, color, dashes=dashes, dotted=True)]
    faint = CurveLine(places, values, _clear(color, 0.35), 1.0, dotted=True)
    return [faint, CurveLine(places, smoothed(values, weight), color, dashes=dashes)]


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


def polygon(x: Values, y: Values) -> QPolygonF:
    """Return points as Qt keeps them, read by Qt itself: a point made in Python costs a microsecond."""
    content = np.empty((len(x), 2), ">f8")
    content[:, 0], content[:, 1] = x, y
    stream = QDataStream(QByteArray(np.array([len(x)], ">u4").tobytes() + content.tobytes()))
    made = QPolygonF()
    stream >> made
    return made


def paint_line(painter: QPainter, line: CurveLine, frame: PlotFrame) -> None:
    """Paint the part of a line that is in view."""
    first, last = np.searchsorted(line.places, frame.span)
    part = slice(max(0, first - 1), last + 1)
    x, y = frame.x(line.places[part]), frame.y(line.values[part])
    if not len(x):
        return
    painter.setPen(line.pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if len(x) > 1:
        painter.drawPolyline(polygon(*thinned(x, y)))
    if len(x) == 1 or (line.dotted and len(x) <= MOST_DOTS):
        painter.setPen(QPen(line.color, 6 if line.width_px > 1 else 4, c=Qt.PenCapStyle.RoundCap))
        painter.drawPoints(polygon(x, y))
