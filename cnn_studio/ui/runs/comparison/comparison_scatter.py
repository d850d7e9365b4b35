"""Points of accuracy against a cost, with their intervals and the frontier of those no other beats."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from cnn_studio.core.evaluation.significance import frontier
from cnn_studio.ui.style.theme import CAPTION_PT, STEP_PX, Theme, font

LEFT, RIGHT, TOP, BOTTOM = 64, 24, 12, 40
DOT_PX = 5.0
REACH_PX = 14.0
"""How near a click has to be."""
LABEL_PX = 200.0
ARROWS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}


@dataclass(frozen=True)
class Point:
    """A run: what it cost (above 0), how right it is (0 to 1), and its interval."""

    name: str
    cost: float
    accuracy: float
    interval: tuple[float, float]


class TradeOffScatter(QWidget):
    """Cost on a logarithmic axis to the right, accuracy upward; a click or the arrow keys choose a point.

    Signals:
        chosen: A point was chosen, by its number.

    Attributes:
        selected: The number of the chosen point, or None.
        describe: Says a point in words, for tips.
    """

    chosen = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("tradeOffPlot")
        self.setAccessibleName(self.tr("Accuracy against cost"))
        self.setAccessibleDescription(self.tr("The same figures are in the table"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self._theme = theme
        self.points: tuple[Point, ...] = ()
        self.frontier: list[int] = []
        self.selected: int | None = None
        self.hint = ""
        self.describe: Callable[[int], str] = lambda number: self.points[number].name
        self._unit = ""
        self._tick_text: Callable[[float], str] = str
        self._hovered: int | None = None
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(560, 320)

    def minimumSizeHint(self) -> QSize:
        return QSize(320, 128)

    def show_points(self, points: Sequence[Point], unit: str, tick_text: Callable[[float], str]) -> None:
        """Show points; `unit` names the cost, `tick_text` writes a value of it. The choice stays by name."""
        before = None if self.selected is None else self.points[self.selected].name
        self.points, self._unit, self._tick_text = tuple(points), unit, tick_text
        self.frontier = frontier([point.cost for point in points], [point.accuracy for point in points])
        names = [point.name for point in points]
        self.selected = names.index(before) if before in names else None
        self._hovered = None
        self.update()

    def select(self, number: int) -> None:
        """Choose a point as a click does."""
        self.selected = number
        self.update()
        self.chosen.emit(number)

    @property
    def _area(self) -> QRectF:
        return QRectF(LEFT, TOP, self.width() - LEFT - RIGHT, self.height() - TOP - BOTTOM)

    def _cost_range(self) -> tuple[float, float]:
        logs = [math.log10(point.cost) for point in self.points]
        air = max(0.15, 0.12 * (max(logs) - min(logs)))
        return min(logs) - air, max(logs) + air

    def _accuracy_range(self) -> tuple[float, float]:
        low = min(point.interval[0] for point in self.points)
        high = max(point.interval[1] for point in self.points)
        air = max(0.0005, 0.08 * (high - low))
        return max(0.0, low - air), min(1.0, high + air)

    def place(self, number: int) -> QPointF:
        """Return where a point is in the widget."""
        point = self.points[number]
        return QPointF(self._x(point.cost), self._y(point.accuracy))

    def _x(self, cost: float) -> float:
        low, high = self._cost_range()
        return self._area.left() + (math.log10(cost) - low) / (high - low) * self._area.width()

    def _y(self, accuracy: float) -> float:
        low, high = self._accuracy_range()
        return self._area.bottom() - (accuracy - low) / (high - low) * self._area.height()

    def _near(self, position: QPointF) -> int | None:
        distances = [
            (
                math.hypot(self.place(number).x() - position.x(), self.place(number).y() - position.y()),
                number,
            )
            for number in range(len(self.points))
        ]
        distance, number = min(distances, default=(math.inf, 0))
        return number if distance <= REACH_PX else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        number = self._near(event.position())
        if number is not None and event.button() == Qt.MouseButton.LeftButton:
            self.select(number)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        number = self._near(event.position())
        if number != self._hovered:
            self._hovered = number
            self.setCursor(
                Qt.CursorShape.ArrowCursor if number is None else Qt.CursorShape.PointingHandCursor
            )
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = None
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = ARROWS.get(Qt.Key(event.key()))
        if step is None or not self.points:
            super().keyPressEvent(event)
            return
        order = sorted(range(len(self.points)), key=lambda number: self.points[number].cost)
        place = order.index(self.selected) + step if self.selected is not None else 0
        self.select(order[min(len(order) - 1, max(0, place))])

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            number = self._near(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), "" if number is None else self.describe(number), self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = self._theme.tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self.points:
            painter.setFont(font())
            painter.setPen(tokens.color("muted"))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self.hint)
            return
        self._paint_axes(painter)
        self._paint_frontier(painter)
        for number in range(len(self.points)):
            self._paint_point(painter, number)
        self._paint_names(painter)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(tokens.color("accent"), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)

    def _paint_axes(self, painter: QPainter) -> None:
        tokens, area = self._theme.tokens, self._area
        painter.setFont(font(CAPTION_PT, tabular=True))
        height = QFontMetricsF(painter.font()).height()
        low, high = self._accuracy_range()
        ticks, decimals = accuracy_ticks(low, high, max(2, int(area.height() / 40)))
        for tick in ticks:
            y = self._y(tick)
            painter.setPen(QPen(tokens.color("hairline"), 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(tokens.color("muted"))
            painter.drawText(
                QRectF(0, y - height / 2, LEFT - STEP_PX, height),
                Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
                f"{100 * tick:.{decimals}f} %",
            )
        for tick in cost_ticks(*self._cost_range()):
            x = self._x(tick)
            painter.setPen(QPen(tokens.color("hairline"), 1))
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
            painter.setPen(tokens.color("muted"))
            painter.drawText(
                QRectF(x - 48, area.bottom() + 4, 96, height),
                Qt.AlignmentFlag.AlignHCenter,
                self._tick_text(tick),
            )
        painter.setPen(tokens.color("muted"))
        painter.drawText(
            QRectF(area.left(), self.height() - height - 2, area.width(), height),
            Qt.AlignmentFlag.AlignHCenter,
            self._unit,
        )

    def _paint_frontier(self, painter: QPainter) -> None:
        """Draw the frontier as stairs: for each cost the best accuracy to be had for it."""
        pen = QPen(self._theme.tokens.color("accent"), 1.5)
        pen.setDashPattern([4, 3])
        painter.setPen(pen)
        for first, second in pairwise(self.frontier):
            before, after = self.place(first), self.place(second)
            corner = QPointF(after.x(), before.y())
            painter.drawLine(before, corner)
            painter.drawLine(corner, after)
        last = self.place(self.frontier[-1])
        painter.drawLine(last, QPointF(self._area.right(), last.y()))

    def _paint_point(self, painter: QPainter, number: int) -> None:
        tokens, point, place = self._theme.tokens, self.points[number], self.place(number)
        best = number in self.frontier
        color = tokens.color("accent" if best else "muted")
        painter.setPen(QPen(color, 1))
        painter.drawLine(
            QPointF(place.x(), self._y(point.interval[0])), QPointF(place.x(), self._y(point.interval[1]))
        )
        painter.setPen(QPen(color, 1.5))
        painter.setBrush(color if best else tokens.color("surface"))
        painter.drawEllipse(place, DOT_PX, DOT_PX)
        if number in (self.selected, self._hovered):
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(tokens.color("text" if number == self.selected else "border"), 2))
            painter.drawEllipse(place, DOT_PX + 4, DOT_PX + 4)

    def _paint_names(self, painter: QPainter) -> None:
        """Name each point beside it where no other name or point is; the chosen one first, then the frontier."""
        tokens = self._theme.tokens
        painter.setFont(font(CAPTION_PT))
        metrics = QFontMetricsF(painter.font())
        taken = [
            QRectF(place.x() - DOT_PX, place.y() - DOT_PX, 2 * DOT_PX, 2 * DOT_PX)
            for place in map(self.place, range(len(self.points)))
        ]
        others = [number for number in range(len(self.points)) if number not in self.frontier]
        first = [] if self.selected is None else [self.selected]
        inside = QRectF(self.rect())
        for number in dict.fromkeys([*first, *self.frontier, *others]):
            text = metrics.elidedText(self.points[number].name, Qt.TextElideMode.ElideMiddle, LABEL_PX)
            width, height = metrics.horizontalAdvance(text) + 2, metrics.height()
            x, y = self.place(number).x(), self.place(number).y()
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


def accuracy_ticks(low: float, high: float, wanted: int) -> tuple[list[float], int]:
    """Return round shares between low and high, and the decimals their percentages need."""
    rough = max(1e-6, (high - low) / wanted)
    magnitude = 10.0 ** math.floor(math.log10(rough))
    step = next(factor for factor in (1, 2, 5, 10) if factor * magnitude >= rough) * magnitude
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    decimals = max(0, -math.floor(math.log10(100 * step) + 1e-9))
    return [number * step for number in range(first, last + 1)], decimals


def cost_ticks(low: float, high: float) -> list[float]:
    """Return round numbers between two powers of ten, given as logarithms: 1, 10, 100 or 1, 2, 5, 10."""
    factors = (1,) if high - low > 3 else (1, 2, 5) if high - low > 0.7 else (1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9)
    found = [
        factor * 10.0**power
        for power in range(math.floor(low), math.ceil(high) + 1)
        for factor in factors
        if low <= math.log10(factor * 10.0**power) <= high
    ]
    return found[:: max(1, math.ceil(len(found) / 8))]
