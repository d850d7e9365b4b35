"""The values of all runs at the position that is pointed at."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF
from PySide6.QtGui import QPainter

from cnn_studio.core.base.axis_ticks import rate_text, value_text
from cnn_studio.core.training.learning_curves import DASHES
from cnn_studio.ui.charts.axes import Axes
from cnn_studio.ui.charts.readout import Reading, paint_guide, paint_mark, paint_readings
from cnn_studio.ui.curves.curve_lines import further_style
from cnn_studio.ui.curves.curves_data import CurvesData, RunCurves
from cnn_studio.ui.curves.curves_view import CurvesView
from cnn_studio.ui.style.theme import Tokens


def snapped(data: CurvesData, view: CurvesView, position: float, tolerance: float) -> float | None:
    """Return the nearest position that has values: an epoch within the tolerance, or the nearest batch.

    Where runs are compared it is always an epoch: inside them only the run in front has values.
    """
    epochs = [float(row["epoch"] or 0) for run in data.runs for row in run.rows]
    nearest = min(epochs, key=lambda epoch: abs(epoch - position), default=None)
    positions = data.run.track.rows[:, 0]
    if not view.batches or not len(positions) or data.further:
        return nearest
    if nearest is not None and abs(nearest - position) <= tolerance:
        return nearest
    number = int(np.clip(np.searchsorted(positions, position), 1, max(1, len(positions) - 1)))
    around = positions[number - 1 : number + 1]
    return float(around[np.argmin(np.abs(around - position))])


def position_text(data: CurvesData, position: float) -> str:
    """Return a position in words, with the learning rate where the run in front has one there."""
    number = f"{position:.0f}" if position == int(position) else f"{position:.2f}"
    rate = _value(data.run, "learning_rate", position)
    if rate is None:
        return QCoreApplication.translate("Curves", "epoch {number}").format(number=number)
    text = QCoreApplication.translate("Curves", "epoch {number}, rate {rate}")
    return text.format(number=number, rate=rate_text(rate))


def readings_at(data: CurvesData, key: str, position: float, tokens: Tokens) -> list[Reading]:
    """Return the values of one plot ("accuracy" or "loss") at a position `snapped` gave."""
    percent = key == "accuracy"
    found: list[Reading] = []
    for name, column, token, dashes in (
        (QCoreApplication.translate("Curves", "training"), key, "training", ()),
        (QCoreApplication.translate("Curves", "validation"), f"val_{key}", "validation", DASHES[0]),
    ):
        value = _value(data.run, column, position)
        if value is not None:
            found.append(Reading(name, value, value_text(value, percent), tokens.color(token), dashes))
    if not found and len(data.run.track):
        positions, values = data.run.inside(key)
        number = int(np.searchsorted(positions, position))
        if number < len(positions) and positions[number] == position:
            name, value = QCoreApplication.translate("Curves", "batches"), float(values[number])
            found.append(Reading(name, value, value_text(value, percent), tokens.color("training")))
    for number, run in enumerate(data.further):
        value = _value(run, f"val_{key}", position)
        value = _value(run, key, position) if value is None else value
        if value is not None:
            style = further_style(number, tokens)
            found.append(Reading(run.name, value, value_text(value, percent), *style))
    return found


def _value(run: RunCurves, column: str, position: float) -> float | None:
    row = run.row(int(position)) if position == int(position) else None
    return None if row is None else row.get(column)


def words(data: CurvesData, key: str, position: float, tokens: Tokens) -> str:
    """Return the values at a position as a sentence, for a screen reader."""
    parts = [f"{reading.name} {reading.text}" for reading in readings_at(data, key, position, tokens)]
    return f"{position_text(data, position)}: {', '.join(parts)}"


def paint_readout(
    painter: QPainter, axes: Axes, data: CurvesData, position: float, readings: list[Reading], tokens: Tokens
) -> None:
    """Paint the line at the position, a mark on each curve there, and the box of values."""
    area, x = axes.area, axes.x_of(position)
    if not readings or not area.left() - 1 <= x <= area.right() + 1:
        return
    paint_guide(painter, tokens, x, area)
    for reading in readings:
        y = axes.y_of(reading.value)
        if area.top() <= y <= area.bottom():
            paint_mark(painter, tokens, QPointF(x, y), reading.color)
    paint_readings(painter, tokens, area, x, position_text(data, position), readings)
