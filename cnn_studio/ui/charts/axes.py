"""Axes of a chart: from values to pixels and back; the grid, its numbers and the titles."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QByteArray, QDataStream, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from cnn_studio.core.base.axis_ticks import Linear, Scale, Span, Tick
from cnn_studio.ui.style.theme import CAPTION_PT, STEP_PX, Tokens, font

LEFT_PX, RIGHT_PX, TOP_PX, BOTTOM_PX = 72, 24, 16, 48
SHARE_TICKS = 6
"""About so many numbers on an axis of shares."""
MARK_PX = 4
"""The length of a tick mark where there is no line."""
CENTER, MIDDLE = Qt.AlignmentFlag.AlignHCenter, Qt.AlignmentFlag.AlignVCenter

Values = NDArray[np.float64]
SHARES = Linear(percent=True)


@dataclass(frozen=True)
class Axes:
    """Two axes on an area.

    Attributes:
        area: Of the content, in the widget's pixels.
        span: What its width stands for: the x scale's heights at the left and right edge.
        heights: What its height stands for: the y scale's heights at the bottom and the top.
        scale: Of the y axis.
        x_scale: Of the x axis.
    """

    area: QRectF
    span: Span = (0.0, 1.0)
    heights: Span = (0.0, 1.0)
    scale: Scale = SHARES
    x_scale: Scale = SHARES

    def x(self, values: Values) -> Values:
        """Return the pixels of values along the x axis, shape (n,)."""
        low, high = self.span
        return self.area.left() + (self.x_scale.heights(values) - low) / (high - low) * self.area.width()

    def y(self, values: Values) -> Values:
        """Return the pixels of values along the y axis, shape (n,); infinite where the scale is."""
        low, high = self.heights
        return self.area.bottom() - (self.scale.heights(values) - low) / (high - low) * self.area.height()

    def x_of(self, value: float) -> float:
        """Return the pixel of one value along the x axis."""
        return float(self.x(np.array([value]))[0])

    def y_of(self, value: float) -> float:
        """Return the pixel of one value along the y axis."""
        return float(self.y(np.array([value]))[0])

    def point(self, x: float, y: float) -> QPointF:
        """Return where a point is."""
        return QPointF(self.x_of(x), self.y_of(y))

    def position_at(self, x: float) -> float:
        """Return the x scale's height at a pixel."""
        low, high = self.span
        return low + (x - self.area.left()) / self.area.width() * (high - low)

    def height_at(self, y: float) -> float:
        """Return the y scale's height at a pixel."""
        low, high = self.heights
        return low + (self.area.bottom() - y) / self.area.height() * (high - low)

    def x_ticks(self, wanted: int = SHARE_TICKS) -> list[Tick]:
        """Return about so many ticks of the x axis."""
        return self.x_scale.ticks(*self.span, wanted)

    def y_ticks(self, wanted: int = SHARE_TICKS) -> list[Tick]:
        """Return about so many ticks of the y axis."""
        return self.scale.ticks(*self.heights, wanted)

    def paint(self, painter: QPainter, tokens: Tokens, x_title: str, y_title: str) -> None:
        """Paint grid, ticks and titles of an axis of shares each."""
        self.paint_rows(painter, tokens, self.y_ticks(), y_title)
        self.paint_columns(painter, tokens, self.x_ticks(), x_title)

    def paint_rows(self, painter: QPainter, tokens: Tokens, ticks: Sequence[Tick], title: str = "") -> None:
        """Paint the y axis: a line and a number for each tick, and the title upright beside them."""
        area, (low, high) = self.area, self.heights
        painter.setFont(font(CAPTION_PT, tabular=True))
        for height, text in ticks:
            y = area.bottom() - (height - low) / (high - low) * area.height()
            painter.setPen(QPen(tokens.color("hairline"), 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(tokens.color("muted"))
            room = QRectF(area.left() - LEFT_PX, y - 10, LEFT_PX - STEP_PX, 20)
            painter.drawText(room, Qt.AlignmentFlag.AlignRight | MIDDLE, text)
        painter.setPen(tokens.color("muted"))
        painter.save()
        painter.translate(10, area.center().y())
        painter.rotate(-90)
        painter.drawText(QRectF(-area.height() / 2, -10, area.height(), 20), CENTER | MIDDLE, title)
        painter.restore()

    def paint_columns(
        self,
        painter: QPainter,
        tokens: Tokens,
        ticks: Sequence[Tick],
        title: str = "",
        *,
        bottom: float | None = None,
        marks: bool = False,
    ) -> None:
        """Paint the x axis: a line for each tick, or a short mark, and numbers and title below `bottom`."""
        area, (low, high) = self.area, self.span
        below = area.bottom() if bottom is None else bottom
        painter.setFont(font(CAPTION_PT, tabular=True))
        first, last = (area.bottom(), area.bottom() + MARK_PX) if marks else (area.top(), area.bottom())
        for position, text in ticks:
            x = area.left() + (position - low) / (high - low) * area.width()
            painter.setPen(QPen(tokens.color("hairline"), 1))
            painter.drawLine(QPointF(x, first), QPointF(x, last))
            painter.setPen(tokens.color("muted"))
            painter.drawText(QRectF(x - 48, below + 4, 96, 18), CENTER, text)
        painter.setPen(tokens.color("muted"))
        painter.drawText(QRectF(area.left(), below + 24, area.width(), 20), CENTER | MIDDLE, title)


def content_area(
    width: float,
    height: float,
    left: float = LEFT_PX,
    top: float = TOP_PX,
    right: float = RIGHT_PX,
    bottom: float = BOTTOM_PX,
) -> QRectF:
    """Return the area inside the margins of a widget, at least a pixel."""
    return QRectF(left, top, max(1.0, width - left - right), max(1.0, height - top - bottom))


def polyline(axes: Axes, x: Values, y: Values) -> QPolygonF:
    """Return the points of a curve in pixels; those that fall on one another once."""
    right, up = axes.x(x), axes.y(y)
    halves = np.rint(2 * np.stack([right, up], axis=1))
    apart = np.append((np.diff(halves, axis=0) != 0).any(axis=1), True)
    return polygon(right[apart], up[apart])


def polygon(x: Values, y: Values) -> QPolygonF:
    """Return points as Qt keeps them, read by Qt itself: a point made in Python costs a microsecond."""
    content = np.empty((len(x), 2), ">f8")
    content[:, 0], content[:, 1] = x, y
    stream = QDataStream(QByteArray(np.array([len(x)], ">u4").tobytes() + content.tobytes()))
    made = QPolygonF()
    stream >> made
    return made
