"""What stands around the curves: numbers, grid, legend, best epoch, steps of the learning rate."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from cnn_studio.core.base.axis_ticks import rate_text
from cnn_studio.core.training.learning_curves import DASHES
from cnn_studio.ui.charts.axes import Axes
from cnn_studio.ui.charts.readout import SAMPLE_PX, paint_sample
from cnn_studio.ui.curves.curves_data import CurvesData, RunCurves
from cnn_studio.ui.style.theme import CAPTION_PT, STEP_PX, Tokens, font

LEFT, RIGHT, TOP = 60, 16, 32
BOTTOM, BOTTOM_WITHOUT_NUMBERS = 24, 8
TICK_PX, EPOCH_PX = 28, 48
"""Least distance of two numbers on the upright and on the epochs' axis."""
TITLE_PX = 24


def paint_axes(painter: QPainter, axes: Axes, tokens: Tokens, *, numbered: bool) -> None:
    """Paint grid and numbers; `numbered` writes the epochs below."""
    area = axes.area
    rows = axes.y_ticks(max(3, int(area.height() / TICK_PX)))
    low, high = axes.heights
    air = (high - low) / area.height()
    axes.paint_rows(painter, tokens, [tick for tick in rows if low - air <= tick[0] <= high + air])
    painter.setFont(font(CAPTION_PT, tabular=True))
    metrics, taken = QFontMetricsF(painter.font()), area.left()
    if numbered:
        word = QCoreApplication.translate("Curves", "epoch")
        taken += metrics.horizontalAdvance(word) + STEP_PX
        painter.drawText(QRectF(area.left(), area.bottom() + 4, 80, 18), Qt.AlignmentFlag.AlignLeft, word)
    columns = [
        (
            position,
            text if numbered and axes.x_of(position) - metrics.horizontalAdvance(text) / 2 >= taken else "",
        )
        for position, text in axes.x_ticks(int(area.width() / EPOCH_PX))
    ]
    axes.paint_columns(painter, tokens, columns, marks=True)


def paint_title(painter: QPainter, title: str, data: CurvesData, width: float, tokens: Tokens) -> None:
    """Paint at the right which line is which, and the title into what is left."""
    painter.setFont(font(CAPTION_PT))
    metrics = QFontMetricsF(painter.font())
    centered, right = Qt.AlignmentFlag.AlignVCenter, width - RIGHT
    painter.setPen(tokens.color("muted"))
    if data.run.empty:
        text = QCoreApplication.translate("Curves", "validation bold, training thin")
        painter.drawText(QRectF(0, 4, right, TITLE_PX), centered | Qt.AlignmentFlag.AlignRight, text)
        right -= metrics.horizontalAdvance(text) + STEP_PX
    for name, token, dashes in _legend(data):
        length = metrics.horizontalAdvance(name)
        painter.setPen(tokens.color("muted"))
        painter.drawText(QRectF(right - length, 4, length + 2, TITLE_PX), centered, name)
        sample = QRectF(right - length - SAMPLE_PX - STEP_PX, 4, SAMPLE_PX, TITLE_PX)
        paint_sample(painter, sample, tokens.color(token), dashes)
        right -= length + SAMPLE_PX + 3 * STEP_PX
    painter.setFont(font(bold=True))
    painter.setPen(tokens.color("text"))
    room = QRectF(STEP_PX, 4, right - 2 * STEP_PX, TITLE_PX)
    text = QFontMetricsF(painter.font()).elidedText(title, Qt.TextElideMode.ElideRight, room.width())
    painter.drawText(room, centered, text)


def _legend(data: CurvesData) -> list[tuple[str, str, tuple[float, ...]]]:
    """Return name, color and pattern of the own run's lines, from the right."""
    entries: list[tuple[str, str, tuple[float, ...]]] = []
    if len(data.run.curve("val_loss")[0]):
        name = QCoreApplication.translate("Curves", "validation")
        entries.append((name, "validation", DASHES[0]))
    if not data.run.empty:
        entries.append((QCoreApplication.translate("Curves", "training"), "training", ()))
    return entries


def paint_rate_steps(painter: QPainter, axes: Axes, run: RunCurves, tokens: Tokens, *, at_top: bool) -> None:
    """Paint an upright line where the learning rate changed, with the new rate at its top or foot."""
    area = axes.area
    painter.setFont(font(CAPTION_PT, tabular=True))
    metrics = QFontMetricsF(painter.font())
    free = area.left()
    low, high = axes.span
    for position, rate in run.rate_steps:
        if not low <= position <= high:
            continue
        x = axes.x_of(position)
        pen = QPen(tokens.color("muted"), 1)
        pen.setDashPattern((1, 3))
        painter.setPen(pen)
        painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
        text = QCoreApplication.translate("Curves", "rate {rate}").format(rate=rate_text(rate))
        length = metrics.horizontalAdvance(text) + 4
        left = x + 4 if x + 4 + length <= area.right() else x - 4 - length
        if left >= free:
            room = QRectF(left, area.top() + 2 if at_top else area.bottom() - 18, length, 16)
            painter.fillRect(room, tokens.color("surface"))
            painter.setPen(tokens.color("muted"))
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter, text)
            free = left + length + STEP_PX


def paint_best(painter: QPainter, axes: Axes, run: RunCurves, key: str, tokens: Tokens) -> None:
    """Paint a ring around the best epoch's value, with a word beside it."""
    row = None if run.best is None else run.row(run.best)
    if row is None:
        return
    value = row.get(f"val_{key}")
    value = row.get(key) if value is None else value
    low, high = axes.span
    if value is None or run.best is None or not low <= run.best <= high:
        return
    spot = QPointF(axes.x_of(run.best), axes.y_of(value))
    area = axes.area
    if not area.top() - 8 <= spot.y() <= area.bottom() + 8:
        return
    painter.setPen(QPen(tokens.color("text"), 1.5))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawEllipse(spot, 6, 6)
    painter.setFont(font(CAPTION_PT))
    word = QCoreApplication.translate("Curves", "best")
    length = QFontMetricsF(painter.font()).horizontalAdvance(word)
    top = spot.y() + 8 if spot.y() + 24 < area.bottom() else spot.y() - 24
    left = float(np.clip(spot.x() - length / 2, area.left(), area.right() - length))
    room = QRectF(left, top, length + 2, 16)
    behind = tokens.color("surface")
    behind.setAlphaF(0.8)
    painter.fillRect(room, behind)
    painter.drawText(room, Qt.AlignmentFlag.AlignLeft, word)
