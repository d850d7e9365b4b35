"""The values of all runs at the place that is pointed at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from cnn_studio.core.base.axis_ticks import rate_text, value_text
from cnn_studio.core.training.learning_curves import DASHES
from cnn_studio.ui.curves.curve_lines import PlotFrame, further_style
from cnn_studio.ui.curves.curves_data import CurvesData, RunCurves
from cnn_studio.ui.curves.curves_view import CurvesView
from cnn_studio.ui.style.theme import CAPTION_PT, STEP_PX, Tokens, font

SAMPLE_PX = 20
MOST_VALUES = 12
WIDEST_NAME_PX = 240.0


@dataclass(frozen=True)
class CurveReadout:
    """One value: what it is of, how its line looks, and its figure."""

    name: str
    value: float
    text: str
    color: QColor
    dashes: tuple[float, ...] = ()


def snapped(data: CurvesData, view: CurvesView, place: float, tolerance: float) -> float | None:
    """Return the nearest place that has values: an epoch within the tolerance, or the nearest batch.

    Where runs are compared it is always an epoch: inside them only the run in front has values.
    """
    epochs = [float(row["epoch"] or 0) for run in data.runs for row in run.rows]
    nearest = min(epochs, key=lambda epoch: abs(epoch - place), default=None)
    places = data.run.track.rows[:, 0]
    if not view.batches or not len(places) or data.further:
        return nearest
    if nearest is not None and abs(nearest - place) <= tolerance:
        return nearest
    number = int(np.clip(np.searchsorted(places, place), 1, max(1, len(places) - 1)))
    around = places[number - 1 : number + 1]
    return float(around[np.argmin(np.abs(around - place))])


def place_text(data: CurvesData, place: float) -> str:
    """Return a place in words, with the learning rate where the run in front has one there."""
    number = f"{place:.0f}" if place == int(place) else f"{place:.2f}"
    rate = _value(data.run, "learning_rate", place)
    if rate is None:
        return QCoreApplication.translate("Curves", "epoch {number}").format(number=number)
    text = QCoreApplication.translate("Curves", "epoch {number}, rate {rate}")
    return text.format(number=number, rate=rate_text(rate))


def readings_at(data: CurvesData, key: str, place: float, tokens: Tokens) -> list[CurveReadout]:
    """Return the values of one plot ("accuracy" or "loss") at a place `snapped` gave."""
    percent = key == "accuracy"
    found: list[CurveReadout] = []
    for name, column, token, dashes in (
        (QCoreApplication.translate("Curves", "training"), key, "training", ()),
        (QCoreApplication.translate("Curves", "validation"), f"val_{key}", "validation", DASHES[0]),
    ):
        value = _value(data.run, column, place)
        if value is not None:
            found.append(CurveReadout(name, value, value_text(value, percent), tokens.color(token), dashes))
    if not found and len(data.run.track):
        places, values = data.run.inside(key)
        number = int(np.searchsorted(places, place))
        if number < len(places) and places[number] == place:
            name, value = QCoreApplication.translate("Curves", "batches"), float(values[number])
            found.append(CurveReadout(name, value, value_text(value, percent), tokens.color("training")))
    for number, run in enumerate(data.further):
        value = _value(run, f"val_{key}", place)
        value = _value(run, key, place) if value is None else value
        if value is not None:
            style = further_style(number, tokens)
            found.append(CurveReadout(run.name, value, value_text(value, percent), *style))
    return found


def _value(run: RunCurves, column: str, place: float) -> float | None:
    row = run.row(int(place)) if place == int(place) else None
    return None if row is None else row.get(column)


def words(data: CurvesData, key: str, place: float, tokens: Tokens) -> str:
    """Return the values at a place as a sentence, for a screen reader."""
    parts = [f"{reading.name} {reading.text}" for reading in readings_at(data, key, place, tokens)]
    return f"{place_text(data, place)}: {', '.join(parts)}"


def paint_readings(
    painter: QPainter,
    frame: PlotFrame,
    data: CurvesData,
    place: float,
    readings: list[CurveReadout],
    tokens: Tokens,
) -> None:
    """Paint the line at the place, a mark on each curve there, and the box of values."""
    area, x = frame.area, frame.x_of(place)
    if not readings or not area.left() - 1 <= x <= area.right() + 1:
        return
    painter.setPen(QPen(tokens.color("border"), 1))
    painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
    for reading in readings:
        y = frame.y_of(reading.value)
        if area.top() <= y <= area.bottom():
            painter.setPen(QPen(tokens.color("surface"), 2))
            painter.setBrush(reading.color)
            painter.drawEllipse(QPointF(x, y), 5, 5)
    _paint_box(painter, area, x, place_text(data, place), readings, tokens)


def _paint_box(
    painter: QPainter, area: QRectF, x: float, title: str, readings: list[CurveReadout], tokens: Tokens
) -> None:
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
    left = x + STEP_PX if x + STEP_PX + width < area.right() else x - STEP_PX - width
    top = max(2.0, min(area.top() + 4, 2 + whole - height))
    box = QRectF(max(left, 4.0), top, width, height)
    painter.setPen(QPen(tokens.color("border"), 1))
    painter.setBrush(tokens.color("surface"))
    painter.drawRoundedRect(box, STEP_PX / 2, STEP_PX / 2)
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
    pen = QPen(color, 2)
    if dashes:
        pen.setDashPattern(dashes)
    pen.setCapStyle(Qt.PenCapStyle.FlatCap)
    painter.setPen(pen)
    y = row.center().y()
    painter.drawLine(QPointF(row.left(), y), QPointF(row.left() + SAMPLE_PX, y))
