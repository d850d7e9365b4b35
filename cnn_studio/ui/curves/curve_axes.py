"""What stands around the curves: numbers, grid, legend, best epoch, steps of the learning rate."""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from cnn_studio.core.base.axis_ticks import decimals_of, nice_ticks, rate_text
from cnn_studio.core.training.learning_curves import DASHES
from cnn_studio.ui.curves.curve_lines import PlotFrame
from cnn_studio.ui.curves.curve_readout import SAMPLE_PX, paint_sample
from cnn_studio.ui.curves.curves_data import CurvesData, RunCurves
from cnn_studio.ui.style.theme import CAPTION_PT, STEP_PX, Tokens, font

LEFT, RIGHT, TOP = 60, 16, 32
BOTTOM, BOTTOM_WITHOUT_NUMBERS = 24, 8
TICK_PX, EPOCH_PX = 28, 48
"""Least distance of two numbers on the upright and on the epochs' axis."""
TITLE_PX = 24


def paint_axes(painter: QPainter, frame: PlotFrame, tokens: Tokens, *, numbered: bool) -> None:
    """Paint grid and numbers; `numbered` writes the epochs below."""
    area = frame.area
    painter.setFont(font(CAPTION_PT, tabular=True))
    low, high = frame.heights
    for height, text in frame.scale.ticks(low, high, max(3, int(area.height() / TICK_PX))):
        y = area.bottom() - (height - low) / (high - low) * area.height()
        if not area.top() - 1 <= y <= area.bottom() + 1:
            continue
        painter.setPen(QPen(tokens.color("hairline"), 1))
        painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
        painter.setPen(tokens.color("muted"))
        room = QRectF(0, y - 10, area.left() - STEP_PX, 20)
        painter.drawText(room, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
    ticks, step = _epoch_ticks(frame)
    room_of_word = area.left()
    if numbered:
        word = QCoreApplication.translate("Curves", "epoch")
        room_of_word += QFontMetricsF(painter.font()).horizontalAdvance(word) + STEP_PX
        painter.setPen(tokens.color("muted"))
        painter.drawText(QRectF(area.left(), area.bottom() + 4, 80, 18), Qt.AlignmentFlag.AlignLeft, word)
    for place in ticks:
        x = frame.x_of(place)
        painter.setPen(QPen(tokens.color("hairline"), 1))
        painter.drawLine(QPointF(x, area.bottom()), QPointF(x, area.bottom() + 4))
        text = f"{place:.{decimals_of(step)}f}"
        half = QFontMetricsF(painter.font()).horizontalAdvance(text) / 2
        if numbered and x - half >= room_of_word:
            painter.setPen(tokens.color("muted"))
            painter.drawText(QRectF(x - 40, area.bottom() + 4, 80, 18), Qt.AlignmentFlag.AlignHCenter, text)


def _epoch_ticks(frame: PlotFrame) -> tuple[list[float], float]:
    """Return the epochs with a number: whole ones unless less than three are in view."""
    low, high = frame.span
    ticks, step = nice_ticks(low, high, int(frame.area.width() / EPOCH_PX))
    if step < 1 and high - low >= 3:
        step = 1.0
        ticks = [float(number) for number in range(math.ceil(low - 1e-9), math.floor(high + 1e-9) + 1)]
    return [place for place in ticks if place > 0], step


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


def paint_rate_steps(
    painter: QPainter, frame: PlotFrame, run: RunCurves, tokens: Tokens, *, at_top: bool
) -> None:
    """Paint an upright line where the learning rate changed, with the new rate at its top or foot."""
    area = frame.area
    painter.setFont(font(CAPTION_PT, tabular=True))
    metrics = QFontMetricsF(painter.font())
    free = area.left()
    low, high = frame.span
    for place, rate in run.rate_steps:
        if not low <= place <= high:
            continue
        x = frame.x_of(place)
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


def paint_best(painter: QPainter, frame: PlotFrame, run: RunCurves, key: str, tokens: Tokens) -> None:
    """Paint a ring around the best epoch's value, with a word beside it."""
    row = None if run.best is None else run.row(run.best)
    if row is None:
        return
    value = row.get(f"val_{key}")
    value = row.get(key) if value is None else value
    low, high = frame.span
    if value is None or run.best is None or not low <= run.best <= high:
        return
    spot = QPointF(frame.x_of(run.best), frame.y_of(value))
    area = frame.area
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
