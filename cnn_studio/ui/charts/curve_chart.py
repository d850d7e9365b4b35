"""Curves of one class against the rest: the chosen one, the others thin behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnn_studio.core.evaluation.metrics import Curve
from cnn_studio.ui.charts.share_axes import Axes, Span, content_area, paint_box
from cnn_studio.ui.style.theme import Theme, font

OTHERS_ALPHA = 0.6
"""Of the curves behind the chosen one."""

Words = Callable[[Curve, int], list[str]]
"""(curve, number of its point) -> what is said of it."""


class CurveChart(QWidget):
    """Painted curves; the cursor, or the arrow keys, read the chosen one's points.

    Args:
        theme: The appearance.
        name: The object name.
    """

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self._theme = theme
        self._curves: Sequence[Curve | None] = ()
        self._chosen = 0
        self._titles = ("", "")
        self._words: Words = lambda curve, point: []
        self._spans = (Span(), Span())
        self._diagonal = False
        self._point: int | None = None
        self.hint = ""
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(520, 440)

    def minimumSizeHint(self) -> QSize:
        return QSize(320, 260)

    @property
    def curve(self) -> Curve | None:
        """The chosen curve; None where it is not defined."""
        return self._curves[self._chosen] if self._chosen < len(self._curves) else None

    def show_curves(
        self,
        curves: Sequence[Curve | None],
        chosen: int,
        titles: tuple[str, str],
        words: Words,
        *,
        diagonal: bool = False,
    ) -> None:
        """Show curves.

        Args:
            curves: One a class.
            chosen: The number of the one in front.
            titles: Of the axes.
            words: Says what a point of it is.
            diagonal: Whether the line that chance would follow is drawn.
        """
        self._curves, self._chosen, self._titles = curves, chosen, titles
        self._words, self._diagonal, self._point = words, diagonal, None
        self.update()

    def show_part(self, x: Span, y: Span) -> None:
        """Show a part of the axes."""
        self._spans = (x, y)
        self.update()

    @property
    def _axes(self) -> Axes:
        return Axes(content_area(self.width(), self.height()), *self._spans)

    def _nearest(self, place: QPointF) -> int | None:
        curve, axes = self.curve, self._axes
        if curve is None or not axes.area.adjusted(-8, -8, 8, 8).contains(place):
            return None
        x, y = axes.value(place)
        right = (curve.x - x) / (axes.x.high - axes.x.low) * axes.area.width()
        up = (curve.y - y) / (axes.y.high - axes.y.low) * axes.area.height()
        return int(np.argmin(right**2 + up**2))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._read_point(self._nearest(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        self._read_point(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None or self.curve is None:
            super().keyPressEvent(event)
            return
        last = len(self.curve.x) - 1
        self._read_point(0 if self._point is None else min(last, max(0, self._point + step)))

    def _read_point(self, point: int | None) -> None:
        if point != self._point:
            self._point = point
            words = self._words(self.curve, point) if self.curve and point is not None else []
            self.setAccessibleDescription(", ".join(words))
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens, axes = self._theme.tokens, self._axes
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.curve is None:
            painter.setFont(font())
            painter.setPen(tokens.color("muted"))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(16, 0, -16, 0), flags, self.hint)
            return
        axes.paint(painter, tokens, *self._titles)
        painter.save()
        painter.setClipRect(axes.area.adjusted(-2, -2, 2, 2))
        if self._diagonal:
            painter.setPen(QPen(tokens.color("border"), 1, Qt.PenStyle.DashLine))
            painter.drawLine(axes.place(0, 0), axes.place(1, 1))
        thin = tokens.color("border")
        thin.setAlphaF(OTHERS_ALPHA)
        painter.setPen(QPen(thin, 1))
        for number, curve in enumerate(self._curves):
            if curve is not None and number != self._chosen:
                painter.drawPolyline(polyline(axes, curve))
        painter.setPen(QPen(tokens.color("accent"), 2.5))
        painter.drawPolyline(polyline(axes, self.curve))
        painter.restore()
        if self._point is not None:
            spot = axes.place(float(self.curve.x[self._point]), float(self.curve.y[self._point]))
            painter.setPen(QPen(tokens.color("surface"), 2))
            painter.setBrush(tokens.color("accent"))
            painter.drawEllipse(spot, 5, 5)
            paint_box(painter, tokens, self._words(self.curve, self._point), spot, axes.area)


def polyline(axes: Axes, curve: Curve) -> QPolygonF:
    """Return a curve's points in pixels; those that fall on one another once."""
    right = (curve.x - axes.x.low) / (axes.x.high - axes.x.low) * axes.area.width() + axes.area.left()
    up = axes.area.bottom() - (curve.y - axes.y.low) / (axes.y.high - axes.y.low) * axes.area.height()
    halves = np.rint(2 * np.stack([right, up], axis=1))
    apart = np.append((np.diff(halves, axis=0) != 0).any(axis=1), True)
    return QPolygonF([QPointF(x, y) for x, y in zip(right[apart].tolist(), up[apart].tolist(), strict=True)])
