"""What a chart shows of the point that is pointed at: a line, marks on the curves, and a box of values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from cnn_studio.ui.style.theme import CAPTION_PT, STEP_PX, Tokens, font

SAMPLE_PX = 20
MOST_VALUES = 12
WIDEST_NAME_PX = 240.0


@dataclass(frozen=True)
class Reading:
    """One value: what it is of, how its line looks, and its figure."""

    name: str
    value: float
    text: str
    color: QColor
    dashes: tuple[float, ...] = ()


def nearest_point(
    x: NDArray[np.float64], y: NDArray[np.float64], position: QPointF, reach: float = np.inf
) -> int | None:
    """Return the number of the point, in pixels, next to a position; None where none is within reach."""
    if not len(x):
        return None
    away = np.hypot(x - position.x(), y - position.y())
    nearest = int(away.argmin())
    return nearest if away[nearest] <= reach else None


def beside(x: float, width: float, right: float, gap: float = STEP_PX) -> float:
    """Return the left edge of a box beside x: right of it where that ends before `right`, else left of it."""
    return x + gap if x + gap + width < right else x - gap - width


def paint_guide(
    painter: QPainter, tokens: Tokens, x: float, area: QRectF, style: Qt.PenStyle = Qt.PenStyle.SolidLine
) -> None:
    """Paint an upright line through an area."""
    painter.setPen(QPen(tokens.color("border"), 1, style))
    painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))


def paint_mark(painter: QPainter, tokens: Tokens, spot: QPointF, color: QColor, radius: float = 5) -> None:
    """Paint a dot with a rim, so that it is seen on any line."""
    painter.setPen(QPen(tokens.color("surface"), 2))
    painter.setBrush(color)
    painter.drawEllipse(spot, radius, radius)


def paint_box(painter: QPainter, tokens: Tokens, box: QRectF, radius: float = 4) -> None:
    """Paint the box that values are written in."""
    painter.setPen(QPen(tokens.color("border"), 1))
    painter.setBrush(tokens.color("surface"))
    painter.drawRoundedRect(box, radius, radius)


def paint_tip(painter: QPainter, tokens: Tokens, lines: Sequence[str], at: QPointF, within: QRectF) -> None:
    """Paint lines of text in a small box beside a point, inside an area."""
    painter.setFont(font(CAPTION_PT, tabular=True))
    metrics = painter.fontMetrics()
    width = max(metrics.horizontalAdvance(line) for line in lines) + 2 * STEP_PX
    height = len(lines) * metrics.height() + STEP_PX
    left = max(beside(at.x(), width, within.right()), within.left())
    top = min(max(at.y() - height / 2, within.top()), within.bottom() - height)
    box = QRectF(left, top, width, height)
    paint_box(painter, tokens, box)
    painter.setPen(tokens.color("text"))
    painter.drawText(box.adjusted(STEP_PX, 4, 0, 0), Qt.AlignmentFlag.AlignLeft, "\n".join(lines))


def paint_readings(
    painter: QPainter, tokens: Tokens, area: QRectF, x: float, title: str, readings: Sequence[Reading]
) -> None:
    """Paint a box with a title and a row for each reading beside x; where there are too many, the first."""
    type_ = font(CAPTION_PT, tabular=True)
    metrics = QFontMetricsF(type_)
    line_px = metrics.height() + 2
    whole = painter.viewport().height() - 4.0  # over title and numbers, where the plot is low
    room = int(min(MOST_VALUES, (whole - STEP_PX) / line_px - 1))
    shown = readings if len(readings) <= room else readings[: max(1, room - 1)]
    widest = min(WIDEST_NAME_PX, area.width() / 3)
    names = [metrics.elidedText(reading.name, Qt.TextElideMode.ElideMiddle, widest) for reading in shown]
    names_px = max(metrics.horizontalAdvance(name) for name in names)
    figures_px = max(metrics.horizontalAdvance(reading.text) for reading in shown)
    width = max(
        names_px + figures_px + SAMPLE_PX + 4 * STEP_PX, metrics.horizontalAdvance(title) + 2 * STEP_PX
    )
    height = line_px * (len(shown) + 1 + (len(readings) > len(shown))) + STEP_PX
    top = max(2.0, min(area.top() + 4, 2 + whole - height))
    box = QRectF(max(beside(x, width, area.right()), 4.0), top, width, height)
    paint_box(painter, tokens, box)
    painter.setFont(type_)
    painter.setPen(tokens.color("muted"))
    row = QRectF(box.left() + STEP_PX, box.top() + STEP_PX / 2, width - 2 * STEP_PX, line_px)
    centered, right = Qt.AlignmentFlag.AlignVCenter, Qt.AlignmentFlag.AlignRight
    painter.drawText(row, centered, title)
    for name, reading in zip(names, shown, strict=True):
        row.translate(0, line_px)
        paint_sample(painter, row, reading.color, reading.dashes)
        painter.setPen(tokens.color("text"))
        painter.drawText(row.adjusted(SAMPLE_PX + STEP_PX, 0, 0, 0), centered, name)
        painter.drawText(row, centered | right, reading.text)
    if len(readings) > len(shown):
        row.translate(0, line_px)
        painter.setPen(tokens.color("muted"))
        more = QCoreApplication.translate("Curves", "and {count} more")
        painter.drawText(row, centered, more.format(count=len(readings) - len(shown)))


def paint_sample(painter: QPainter, row: QRectF, color: QColor, dashes: tuple[float, ...]) -> None:
    """Paint a piece of a line at the left of a row."""
    painter.setPen(line_pen(color, 2, dashes))
    y = row.center().y()
    painter.drawLine(QPointF(row.left(), y), QPointF(row.left() + SAMPLE_PX, y))


def line_pen(color: QColor, width: float, dashes: tuple[float, ...] = ()) -> QPen:
    """Return the pen of a curve; dashes end where they end."""
    pen = QPen(color, width)
    if dashes:
        pen.setDashPattern(dashes)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    return pen
