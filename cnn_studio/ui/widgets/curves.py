"""Live curves: loss or accuracy over the epochs, training and validation."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnn_studio.ui.theme import CAPTION_PT, STEP_PX, Theme, font

REDRAW_MS = 200
"""At most five redraws a second, whatever comes in."""
MOST_TRACE_POINTS = 2000
LEFT, RIGHT, TOP, BOTTOM = 56, 16, 36, 28


def nice_ticks(low: float, high: float, wanted: int = 5) -> tuple[list[float], float]:
    """Return round numbers between low and high, and their distance.

    Source: Heckbert, "Nice numbers for graph labels", Graphics Gems, 1990.
    """
    if high <= low:
        return [low], 1.0
    rough = (high - low) / max(1, wanted - 1)
    magnitude = 10 ** math.floor(math.log10(rough))
    step = next(m for m in (1, 2, 5, 10) if m * magnitude >= rough * 0.999) * magnitude
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [number * step for number in range(first, last + 1)], step


Place = Callable[[float, float], QPointF]
"""(epoch, value) -> the point in the widget."""


class CurvePlot(QWidget):
    """Two curves with axes, a legend, the best epoch marked and the values under the cursor.

    Args:
        title: What is drawn, with its unit.
        percent: Whether the values are fractions of 1 to be shown as percent.
        theme: The appearance.
    """

    def __init__(
        self, title: str, theme: Theme, *, percent: bool = False, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(160)
        self.setMouseTracking(True)
        self.setAccessibleName(title)
        self.title = title
        self.hint = ""
        self._percent = percent
        self._theme = theme
        self._points: dict[str, list[tuple[float, float]]] = {"training": [], "validation": []}
        self._trace: list[tuple[float, float]] = []
        self._epochs = 1
        self._best: int | None = None
        self._cursor: QPointF | None = None
        self._throttle = QTimer(self)
        self._throttle.setSingleShot(True)
        self._throttle.setInterval(REDRAW_MS)
        self._throttle.timeout.connect(self.update)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(640, 260)

    @property
    def points(self) -> dict[str, list[tuple[float, float]]]:
        """(epoch, value) of each finished epoch, for "training" and "validation"."""
        return self._points

    @property
    def best_epoch(self) -> int | None:
        """The marked epoch."""
        return self._best

    def start(self, epochs: int) -> None:
        """Empty the plot for a run of so many epochs."""
        self._points = {"training": [], "validation": []}
        self._trace, self._best, self._epochs = [], None, max(1, epochs)
        self._request()

    def show_progress(self, epoch: float, value: float) -> None:
        """Add a point of the thin line inside the epochs; `epoch` is fractional."""
        self._trace.append((epoch, value))
        if len(self._trace) > MOST_TRACE_POINTS:
            del self._trace[::2]
        self._request()

    def add_epoch(self, epoch: int, training: float, validation: float | None, best: int | None) -> None:
        """Add a finished epoch, and say which one is the best so far; learned again, it takes its old place."""
        for points in self._points.values():
            while points and points[-1][0] >= epoch:
                points.pop()
        self._points["training"].append((epoch, training))
        if validation is not None:
            self._points["validation"].append((epoch, validation))
        self._best = best
        self._request()

    def show_history(
        self, training: Sequence[float], validation: Sequence[float | None], best: int | None
    ) -> None:
        """Show a finished run."""
        self.start(len(training))
        for number, (first, second) in enumerate(zip(training, validation, strict=True), start=1):
            self.add_epoch(number, first, second, best)

    def _request(self) -> None:
        if self.isVisible() and not self._throttle.isActive():
            self._throttle.start()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._cursor = event.position()
        self._request()

    def leaveEvent(self, event: QEvent) -> None:
        self._cursor = None
        self.update()

    def _text(self, value: float) -> str:
        return f"{100 * value:.2f} %" if self._percent else f"{value:.4f}"

    def _range(self) -> tuple[float, float]:
        values = [value for curve in self._points.values() for _, value in curve]
        trace = sorted(value for _, value in self._trace)
        if trace:  # the first batches of a run are far off and would flatten the rest
            rank = len(trace) // 20 if len(trace) >= 20 else 0
            values += [trace[rank], trace[-1 - rank]]
        low, high = min(values), max(values)
        span = max(high - low, 0.004 if self._percent else 0.01)
        low, high = low - 0.08 * span, high + 0.08 * span
        return (max(0.0, low), min(1.0, high)) if self._percent else (max(0.0, low), high)

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = self._theme.tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font(bold=True))
        painter.setPen(tokens.color("text"))
        painter.drawText(QRectF(STEP_PX, 4, self.width() / 2, 24), Qt.AlignmentFlag.AlignVCenter, self.title)
        area = QRectF(LEFT, TOP, self.width() - LEFT - RIGHT, self.height() - TOP - BOTTOM)
        if not self._trace and not any(self._points.values()):
            painter.setFont(font())
            painter.setPen(tokens.color("muted"))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self.hint)
            return
        low, high = self._range()

        def place(epoch: float, value: float) -> QPointF:
            share = (epoch - 0) / self._epochs
            return QPointF(
                area.left() + share * area.width(),
                area.bottom() - (value - low) / (high - low) * area.height(),
            )

        self._paint_axes(painter, area, low, high, place)
        self._paint_legend(painter)
        painter.save()
        painter.setClipRect(area.adjusted(0, -8, 8, 8))
        self._paint_curves(painter, place)
        painter.restore()
        self._paint_cursor(painter, area, place)

    def _paint_axes(self, painter: QPainter, area: QRectF, low: float, high: float, place: Place) -> None:
        tokens = self._theme.tokens
        painter.setFont(font(CAPTION_PT, tabular=True))
        ticks, step = nice_ticks(low, high, max(3, int(area.height() / 32)))
        shown = step * 100 if self._percent else step
        decimals = max(0, -math.floor(math.log10(shown) + 1e-9)) if shown > 0 else 0
        for tick in ticks:
            y = place(0, tick).y()
            painter.setPen(QPen(tokens.color("hairline"), 1))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(tokens.color("muted"))
            text = f"{100 * tick:.{decimals}f} %" if self._percent else f"{tick:.{decimals}f}"
            painter.drawText(
                QRectF(0, y - 10, LEFT - STEP_PX, 20),
                Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
                text,
            )
        every = max(1, math.ceil(self._epochs / max(1, area.width() / 40)))
        for epoch in range(every, self._epochs + 1, every):
            x = place(epoch, low).x()
            painter.drawText(
                QRectF(x - 24, area.bottom() + 4, 48, 20), Qt.AlignmentFlag.AlignHCenter, str(epoch)
            )
        painter.drawText(
            QRectF(area.left() - 8, area.bottom() + 4, 60, 20), Qt.AlignmentFlag.AlignLeft, self.tr("epoch")
        )

    def _pen(self, curve: str) -> QPen:
        pen = QPen(self._theme.tokens.color(curve), 2)
        if curve == "validation":
            pen.setDashPattern([4, 2])
        return pen

    def _paint_legend(self, painter: QPainter) -> None:
        painter.setFont(font(CAPTION_PT))
        names = {"training": self.tr("training"), "validation": self.tr("validation")}
        right = float(self.width() - RIGHT)
        for curve in ("validation", "training"):
            if curve == "validation" and not self._points["validation"]:
                continue
            width = QFontMetricsF(painter.font()).horizontalAdvance(names[curve])
            painter.setPen(self._theme.tokens.color("muted"))
            painter.drawText(
                QRectF(right - width, 4, width + 2, 24), Qt.AlignmentFlag.AlignVCenter, names[curve]
            )
            painter.setPen(self._pen(curve))
            painter.drawLine(QPointF(right - width - 36, 16), QPointF(right - width - 8, 16))
            right -= width + 56

    def _paint_curves(self, painter: QPainter, place: Place) -> None:
        tokens = self._theme.tokens
        thin = tokens.color("training")
        thin.setAlphaF(0.45)
        painter.setPen(QPen(thin, 1))
        painter.drawPolyline(QPolygonF([place(*point) for point in self._trace]))
        for curve, points in self._points.items():
            line = [place(*point) for point in points]
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(self._pen(curve))
            painter.drawPolyline(QPolygonF(line))
            if len(points) <= 60:
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(tokens.color(curve))
                for spot in line[: len(points)]:
                    painter.drawEllipse(spot, 3, 3)
        marked = self._points["validation"] or self._points["training"]
        for epoch, value in marked:
            if epoch == self._best:
                spot = place(epoch, value)
                painter.setPen(QPen(tokens.color("text"), 1.5))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawEllipse(spot, 6, 6)
                painter.setFont(font(CAPTION_PT))
                below = spot.y() + 8
                painter.drawText(
                    QRectF(
                        spot.x() - 90, below if below < self.height() - BOTTOM - 16 else spot.y() - 26, 80, 18
                    ),
                    Qt.AlignmentFlag.AlignRight,
                    self.tr("best"),
                )

    def _paint_cursor(self, painter: QPainter, area: QRectF, place: Place) -> None:
        if self._cursor is None or not self._points["training"] or not area.contains(self._cursor):
            return
        tokens = self._theme.tokens
        nearest = min(self._points["training"], key=lambda point: abs(place(*point).x() - self._cursor.x()))  # type: ignore[union-attr]
        epoch = nearest[0]
        lines = [
            self.tr("epoch {number}").format(number=int(epoch)),
            self.tr("training {value}").format(value=self._text(nearest[1])),
        ]
        for other, value in self._points["validation"]:
            if other == epoch:
                lines.append(self.tr("validation {value}").format(value=self._text(value)))
        x = place(*nearest).x()
        painter.setPen(QPen(tokens.color("border"), 1))
        painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))
        painter.setFont(font(CAPTION_PT, tabular=True))
        metrics = QFontMetricsF(painter.font())
        width = max(metrics.horizontalAdvance(line) for line in lines) + 2 * STEP_PX
        height = len(lines) * metrics.height() + STEP_PX
        left = x + STEP_PX if x + STEP_PX + width < area.right() else x - STEP_PX - width
        box = QRectF(left, area.top() + 4, width, height)
        painter.setBrush(tokens.color("surface"))
        painter.drawRoundedRect(box, 4, 4)
        painter.setPen(tokens.color("text"))
        painter.drawText(box.adjusted(STEP_PX, 4, 0, 0), Qt.AlignmentFlag.AlignLeft, "\n".join(lines))
