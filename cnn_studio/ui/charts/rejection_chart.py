"""How much of the rest is right when the least confident images are left out."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QWidget

from cnn_studio.core.evaluation.metrics import Rejection
from cnn_studio.ui.charts.axes import Axes, content_area, polyline
from cnn_studio.ui.charts.chart import Chart
from cnn_studio.ui.charts.readout import paint_guide, paint_mark
from cnn_studio.ui.style.theme import Theme

MOST = 0.5
"""The largest share left out."""
FLOORS = (0.99, 0.98, 0.95, 0.9, 0.8, 0.5)


class RejectionChart(Chart):
    """A curve with a mark at the share that is left out; the mark can be dragged.

    Signals:
        share_dragged: The share, 0 to 0.5, a person dragged the mark to.
    """

    SIZE, LEAST_SIZE = (520, 400), (320, 220)

    share_dragged = Signal(float)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "rejectionChart", parent)
        self.setAccessibleName(self.tr("Accuracy of the rest against the share left out"))
        self._rejection: Rejection | None = None
        self._share = 0.0
        self.setCursor(Qt.CursorShape.SplitHCursor)

    def show_rejection(self, rejection: Rejection | None) -> None:
        """Show a curve, or the hint."""
        self._rejection = rejection
        self.update()

    def mark(self, share: float) -> None:
        """Put the mark at a share, 0 to 0.5."""
        self._share = share
        self.update()

    @property
    def _axes(self) -> Axes:
        assert self._rejection is not None
        lowest = float(self._rejection.accuracy[: self._shown].min())
        floor = next((floor for floor in FLOORS if lowest > floor), 0.0)
        return Axes(content_area(self.width(), self.height()), (0.0, MOST), (floor, 1.0))

    @property
    def _shown(self) -> int:
        """How many points of the curve are shown."""
        assert self._rejection is not None
        return self._rejection.left_out(MOST) + 1

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.mouseMoveEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._rejection is not None and event.buttons() & Qt.MouseButton.LeftButton:
            share = self._axes.position_at(event.position().x())
            self.share_dragged.emit(min(MOST, max(0.0, share)))

    @property
    def empty(self) -> bool:
        """Whether there is no curve."""
        return self._rejection is None

    def paint(self, painter: QPainter) -> None:
        """Paint the axes, the curve and the mark."""
        assert self._rejection is not None
        tokens, axes, accuracy = self._theme.tokens, self._axes, self._rejection.accuracy
        axes.paint(painter, tokens, self.tr("least confident left out"), self.tr("accuracy of the rest"))
        every = max(1, self._shown // max(1, round(2 * axes.area.width())))
        indices = np.unique(np.append(np.arange(0, self._shown, every), self._shown - 1))
        painter.save()
        painter.setClipRect(axes.area.adjusted(-2, -2, 2, 2))
        painter.setPen(QPen(tokens.color("accent"), 2.5))
        painter.drawPolyline(polyline(axes, indices / len(accuracy), accuracy[indices]))
        painter.restore()
        spot = axes.point(self._share, float(accuracy[self._rejection.left_out(self._share)]))
        paint_guide(painter, tokens, spot.x(), axes.area, Qt.PenStyle.DashLine)
        paint_mark(painter, tokens, spot, tokens.color("accent"), 6)
