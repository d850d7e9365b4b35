"""Curves of one class against the rest: the chosen one, the others thin behind it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import QWidget

from cnn_studio.core.base.axis_ticks import Span
from cnn_studio.core.evaluation.metrics import Curve
from cnn_studio.ui.charts.axes import Axes, content_area, polyline
from cnn_studio.ui.charts.chart import PointedChart
from cnn_studio.ui.charts.readout import nearest_point, paint_mark, paint_tip
from cnn_studio.ui.style.theme import Theme

OTHERS_ALPHA = 0.6
"""Of the curves behind the chosen one."""
WHOLE: Span = (0.0, 1.0)

Words = Callable[[Curve, int], list[str]]
"""(curve, number of its point) -> what is said of it."""


class CurveChart(PointedChart):
    """Painted curves; the cursor, or the arrow keys, read the chosen one's points.

    Args:
        theme: The appearance.
        name: The object name.
    """

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(theme, name, parent)
        self._curves: Sequence[Curve | None] = ()
        self._chosen = 0
        self._titles = ("", "")
        self._words: Words = lambda curve, point: []
        self._spans = (WHOLE, WHOLE)
        self._diagonal = False

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
        self._words, self._diagonal, self.pointed = words, diagonal, None
        self.update()

    def show_part(self, x: Span, y: Span) -> None:
        """Show a part of the axes."""
        self._spans = (x, y)
        self.update()

    @property
    def _axes(self) -> Axes:
        return Axes(content_area(self.width(), self.height()), *self._spans)

    @property
    def empty(self) -> bool:
        """Whether the chosen curve is not defined."""
        return self.curve is None

    def number_at(self, position: QPointF) -> int | None:
        """Return the chosen curve's point next to a point in the widget; None outside the axes."""
        curve, axes = self.curve, self._axes
        if curve is None or not axes.area.adjusted(-8, -8, 8, 8).contains(position):
            return None
        return nearest_point(axes.x(curve.x), axes.y(curve.y), position)

    def step(self, way: int) -> None:
        """Read the chosen curve's next (1) or previous (-1) point."""
        assert self.curve is not None
        last = len(self.curve.x) - 1
        self.point_at(0 if self.pointed is None else min(last, max(0, self.pointed + way)))

    def point_at(self, number: int | None) -> None:
        """Read a point of the chosen curve, or none."""
        if number != self.pointed:
            words = self._words(self.curve, number) if self.curve and number is not None else []
            self.setAccessibleDescription(", ".join(words))
        super().point_at(number)

    def paint(self, painter: QPainter) -> None:
        """Paint the axes, the curves and the point that is read."""
        assert self.curve is not None
        tokens, axes = self._theme.tokens, self._axes
        axes.paint(painter, tokens, *self._titles)
        painter.save()
        painter.setClipRect(axes.area.adjusted(-2, -2, 2, 2))
        if self._diagonal:
            painter.setPen(QPen(tokens.color("border"), 1, Qt.PenStyle.DashLine))
            painter.drawLine(axes.point(0, 0), axes.point(1, 1))
        thin = tokens.color("border")
        thin.setAlphaF(OTHERS_ALPHA)
        painter.setPen(QPen(thin, 1))
        for number, curve in enumerate(self._curves):
            if curve is not None and number != self._chosen:
                painter.drawPolyline(polyline(axes, curve.x, curve.y))
        painter.setPen(QPen(tokens.color("accent"), 2.5))
        painter.drawPolyline(polyline(axes, self.curve.x, self.curve.y))
        painter.restore()
        if self.pointed is not None:
            spot = axes.point(float(self.curve.x[self.pointed]), float(self.curve.y[self.pointed]))
            paint_mark(painter, tokens, spot, tokens.color("accent"))
            paint_tip(painter, tokens, self._words(self.curve, self.pointed), spot, axes.area)
