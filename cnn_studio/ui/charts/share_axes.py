"""Axes of shares: where a chart's content is, its grid, its ticks in percent, its titles."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from cnn_studio.ui.style.theme import CAPTION_PT, STEP_PX, Tokens, font

LEFT_PX, RIGHT_PX, TOP_PX, BOTTOM_PX = 72, 24, 16, 48
TICKS = 5


@dataclass(frozen=True)
class Span:
    """A range of shares, 0 to 1."""

    low: float = 0.0
    high: float = 1.0

    def ticks(self) -> list[float]:
        """Return six equally spaced places, ends included."""
        return [self.low + (self.high - self.low) * number / TICKS for number in range(TICKS + 1)]

    def text(self, value: float) -> str:
        """Return a place in percent, with the decimals that tell the ticks apart."""
        step = 100 * (self.high - self.low) / TICKS
        decimals = max(0, math.ceil(-math.log10(step) - 1e-9)) if step > 0 else 0
        return f"{100 * value:.{decimals}f} %"


@dataclass(frozen=True)
class Axes:
    """Two spans on an area.

    Attributes:
        area: Of the content, in the widget's pixels.
        x: What its width stands for.
        y: What its height stands for.
    """

    area: QRectF
    x: Span = Span()
    y: Span = Span()

    def place(self, x: float, y: float) -> QPointF:
        """Return where a point is."""
        right = (x - self.x.low) / (self.x.high - self.x.low)
        up = (y - self.y.low) / (self.y.high - self.y.low)
        return QPointF(
            self.area.left() + right * self.area.width(), self.area.bottom() - up * self.area.height()
        )

    def value(self, place: QPointF) -> tuple[float, float]:
        """Return what a place stands for."""
        right = (place.x() - self.area.left()) / self.area.width()
        up = (self.area.bottom() - place.y()) / self.area.height()
        return (
            self.x.low + right * (self.x.high - self.x.low),
            self.y.low + up * (self.y.high - self.y.low),
        )

    def paint(self, painter: QPainter, tokens: Tokens, x_title: str, y_title: str) -> None:
        """Paint grid, ticks and titles."""
        self.paint_values(painter, tokens, y_title)
        self.paint_places(painter, tokens, x_title, self.area.bottom())

    def paint_values(self, painter: QPainter, tokens: Tokens, title: str) -> None:
        """Paint the lines of the y axis, their ticks and the title."""
        area = self.area
        painter.setFont(font(CAPTION_PT, tabular=True))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for tick in self.y.ticks():
            y = self.place(self.x.low, tick).y()
            painter.setPen(QPen(tokens.color("hairline"), 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(tokens.color("muted"))
            painter.drawText(QRectF(area.left() - 64, y - 10, 64 - STEP_PX, 20), right, self.y.text(tick))
        painter.save()
        painter.translate(10, area.center().y())
        painter.rotate(-90)
        middle = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(-area.height() / 2, -10, area.height(), 20), middle, title)
        painter.restore()

    def paint_places(self, painter: QPainter, tokens: Tokens, title: str, bottom: float) -> None:
        """Paint the lines of the x axis, and its ticks and title below `bottom`."""
        area = self.area
        painter.setFont(font(CAPTION_PT, tabular=True))
        for tick in self.x.ticks():
            x = self.place(tick, self.y.low).x()
            painter.setPen(QPen(tokens.color("hairline"), 1))
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
            painter.setPen(tokens.color("muted"))
            painter.drawText(
                QRectF(x - 32, bottom + 4, 64, 18), Qt.AlignmentFlag.AlignHCenter, self.x.text(tick)
            )
        middle = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(area.left(), bottom + 24, area.width(), 20), middle, title)


def content_area(width: float, height: float) -> QRectF:
    """Return the area inside the margins of a widget."""
    wide, high = max(1.0, width - LEFT_PX - RIGHT_PX), max(1.0, height - TOP_PX - BOTTOM_PX)
    return QRectF(LEFT_PX, TOP_PX, wide, high)


def paint_box(painter: QPainter, tokens: Tokens, lines: list[str], at: QPointF, within: QRectF) -> None:
    """Paint lines of text in a small box beside a place, inside an area."""
    painter.setFont(font(CAPTION_PT, tabular=True))
    metrics = painter.fontMetrics()
    width = max(metrics.horizontalAdvance(line) for line in lines) + 2 * STEP_PX
    height = len(lines) * metrics.height() + STEP_PX
    left = at.x() + STEP_PX if at.x() + STEP_PX + width < within.right() else at.x() - STEP_PX - width
    top = min(max(at.y() - height / 2, within.top()), within.bottom() - height)
    box = QRectF(max(left, within.left()), top, width, height)
    painter.setPen(QPen(tokens.color("border"), 1))
    painter.setBrush(tokens.color("surface"))
    painter.drawRoundedRect(box, 4, 4)
    painter.setPen(tokens.color("text"))
    painter.drawText(box.adjusted(STEP_PX, 4, 0, 0), Qt.AlignmentFlag.AlignLeft, "\n".join(lines))
