"""Points of accuracy against a cost, with their intervals and the frontier of those no other beats."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QHelpEvent, QPainter, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from cnn_studio.core.base.axis_ticks import Logarithmic
from cnn_studio.core.evaluation.significance import frontier
from cnn_studio.ui.charts.axes import Axes, content_area
from cnn_studio.ui.charts.chart import ChoosingChart, paint_focus
from cnn_studio.ui.charts.readout import nearest_point
from cnn_studio.ui.style.theme import CAPTION_PT, Theme, font

LEFT, TOP, BOTTOM = 64, 12, 44
ROW_PX, COLUMN_PX = 40, 80
"""About so far apart are two accuracies and two costs."""
DOT_PX = 5.0
REACH_PX = 14.0
"""How near a click has to be."""
LABEL_PX = 200.0


@dataclass(frozen=True)
class Point:
    """A run: what it cost (above 0), how right it is (0 to 1), and its interval."""

    name: str
    cost: float
    accuracy: float
    interval: tuple[float, float]


class TradeOffScatter(ChoosingChart):
    """Cost on a logarithmic axis to the right, accuracy upward; a click or the arrow keys choose a point.

    Signals:
        chosen: A point was chosen, by its number.

    Attributes:
        selected: The number of the chosen point, or None.
        describe: Says a point in words, for tips.
    """

    SIZE, LEAST_SIZE = (560, 320), (320, 128)

    chosen = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "tradeOffPlot", parent)
        self.setAccessibleName(self.tr("Accuracy against cost"))
        self.setAccessibleDescription(self.tr("The same figures are in the table"))
        self.points: tuple[Point, ...] = ()
        self.frontier: list[int] = []
        self.selected: int | None = None
        self.describe: Callable[[int], str] = lambda number: self.points[number].name
        self._unit = ""
        self._tick_text: Callable[[float], str] = str

    def show_points(self, points: Sequence[Point], unit: str, tick_text: Callable[[float], str]) -> None:
        """Show points; `unit` names the cost, `tick_text` writes a value of it. The choice stays by name."""
        before = None if self.selected is None else self.points[self.selected].name
        self.points, self._unit, self._tick_text = tuple(points), unit, tick_text
        self.frontier = frontier([point.cost for point in points], [point.accuracy for point in points])
        names = [point.name for point in points]
        self.selected = names.index(before) if before in names else None
        self.pointed = None
        self.update()

    def select(self, number: int) -> None:
        """Choose a point as a click does."""
        self.selected = number
        self.update()
        self.chosen.emit(number)

    @property
    def empty(self) -> bool:
        """Whether there is no point."""
        return not self.points

    @property
    def _axes(self) -> Axes:
        area = content_area(self.width(), self.height(), LEFT, TOP, bottom=BOTTOM)
        return Axes(area, self._cost_range(), self._accuracy_range(), x_scale=Logarithmic())

    def _cost_range(self) -> tuple[float, float]:
        logs = [math.log10(point.cost) for point in self.points]
        air = max(0.15, 0.12 * (max(logs) - min(logs)))
        return min(logs) - air, max(logs) + air

    def _accuracy_range(self) -> tuple[float, float]:
        low = min(point.interval[0] for point in self.points)
        high = max(point.interval[1] for point in self.points)
        air = max(0.0005, 0.08 * (high - low))
        return max(0.0, low - air), min(1.0, high + air)

    def point_of(self, number: int) -> QPointF:
        """Return where a point is in the widget."""
        point = self.points[number]
        return self._axes.point(point.cost, point.accuracy)

    def number_at(self, position: QPointF) -> int | None:
        """Return the number of the point near a point in the widget."""
        if self.empty:
            return None
        axes = self._axes
        costs = np.array([point.cost for point in self.points], dtype=np.float64)
        accuracies = np.array([point.accuracy for point in self.points])
        return nearest_point(axes.x(costs), axes.y(accuracies), position, REACH_PX)

    def take(self, number: int) -> None:
        """Choose a point as a click does."""
        self.select(number)

    def step(self, way: int) -> None:
        """Choose the next dearer (1) or cheaper (-1) point."""
        order = sorted(range(len(self.points)), key=lambda number: self.points[number].cost)
        step = order.index(self.selected) + way if self.selected is not None else 0
        self.select(order[min(len(order) - 1, max(0, step))])

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            number = self.number_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), "" if number is None else self.describe(number), self)
            return True
        return super().event(event)

    def paint(self, painter: QPainter) -> None:
        """Paint the axes, the frontier and the points with their names."""
        tokens, axes = self._theme.tokens, self._axes
        rows = max(2, int(axes.area.height() / ROW_PX)) + 1
        axes.paint_rows(painter, tokens, axes.y_ticks(rows))
        costs = [
            (exponent, self._tick_text(10**exponent))
            for exponent, _ in axes.x_ticks(int(axes.area.width() / COLUMN_PX))
        ]
        axes.paint_columns(painter, tokens, costs, self._unit)
        self._paint_frontier(painter)
        for number in range(len(self.points)):
            self._paint_point(painter, number)
        self._paint_names(painter)
        if self.hasFocus():
            paint_focus(painter, tokens, self.rect(), 6)

    def _paint_frontier(self, painter: QPainter) -> None:
        """Draw the frontier as stairs: for each cost the best accuracy to be had for it."""
        pen = QPen(self._theme.tokens.color("accent"), 1.5)
        pen.setDashPattern([4, 3])
        painter.setPen(pen)
        for first, second in pairwise(self.frontier):
            before, after = self.point_of(first), self.point_of(second)
            corner = QPointF(after.x(), before.y())
            painter.drawLine(before, corner)
            painter.drawLine(corner, after)
        last = self.point_of(self.frontier[-1])
        painter.drawLine(last, QPointF(self._axes.area.right(), last.y()))

    def _paint_point(self, painter: QPainter, number: int) -> None:
        tokens, point, center = self._theme.tokens, self.points[number], self.point_of(number)
        best = number in self.frontier
        color = tokens.color("accent" if best else "muted")
        painter.setPen(QPen(color, 1))
        painter.drawLine(*(self._axes.point(point.cost, end) for end in point.interval))
        painter.setPen(QPen(color, 1.5))
        painter.setBrush(color if best else tokens.color("surface"))
        painter.drawEllipse(center, DOT_PX, DOT_PX)
        if number in (self.selected, self.pointed):
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(tokens.color("text" if number == self.selected else "border"), 2))
            painter.drawEllipse(center, DOT_PX + 4, DOT_PX + 4)

    def _paint_names(self, painter: QPainter) -> None:
        """Name each point beside it where no other name or point is; the chosen one first, then the frontier."""
        tokens = self._theme.tokens
        painter.setFont(font(CAPTION_PT))
        metrics = QFontMetricsF(painter.font())
        taken = [
            QRectF(center.x() - DOT_PX, center.y() - DOT_PX, 2 * DOT_PX, 2 * DOT_PX)
            for center in map(self.point_of, range(len(self.points)))
        ]
        others = [number for number in range(len(self.points)) if number not in self.frontier]
        first = [] if self.selected is None else [self.selected]
        inside = QRectF(self.rect())
        for number in dict.fromkeys([*first, *self.frontier, *others]):
            text = metrics.elidedText(self.points[number].name, Qt.TextElideMode.ElideMiddle, LABEL_PX)
            width, height = metrics.horizontalAdvance(text) + 2, metrics.height()
            x, y = self.point_of(number).x(), self.point_of(number).y()
            for left, top in (
                (x + 2 * DOT_PX, y - height - 4),
                (x + 2 * DOT_PX, y + 4),
                (x - 2 * DOT_PX - width, y - height - 4),
                (x - 2 * DOT_PX - width, y + 4),
            ):
                box = QRectF(left, top, width, height)
                if inside.contains(box) and not any(box.intersects(other) for other in taken):
                    painter.setPen(tokens.color("text" if number in first else "muted"))
                    painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, text)
                    taken.append(box)
                    break
