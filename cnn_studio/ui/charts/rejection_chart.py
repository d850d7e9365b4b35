"""How much of the rest is right when the least confident images are left out."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnn_studio.core.evaluation.metrics import Rejection
from cnn_studio.ui.charts.share_axes import Axes, Span, content_area
from cnn_studio.ui.style.theme import Theme, font

MOST = 0.5
"""The largest share left out."""
FLOORS = (0.99, 0.98, 0.95, 0.9, 0.8, 0.5)


class RejectionChart(QWidget):
    """A curve with a mark at the share that is left out; the mark can be dragged.

    Signals:
        share_dragged: The share, 0 to 0.5, a person dragged the mark to.
    """

    share_dragged = Signal(float)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("rejectionChart")
        self.setAccessibleName(self.tr("Accuracy of the rest against the share left out"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._theme = theme
        self._rejection: Rejection | None = None
        self._share = 0.0
        self.hint = ""
        self.setCursor(Qt.CursorShape.SplitHCursor)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(520, 400)

    def minimumSizeHint(self) -> QSize:
        return QSize(320, 220)

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
        return Axes(content_area(self.width(), self.height()), Span(0, MOST), Span(floor, 1.0))

    @property
    def _shown(self) -> int:
        """How many points of the curve are shown."""
        assert self._rejection is not None
        return self._rejection.left_out(MOST) + 1

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.mouseMoveEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._rejection is not None and event.buttons() & Qt.MouseButton.LeftButton:
            share, _ = self._axes.value(event.position())
            self.share_dragged.emit(min(MOST, max(0.0, share)))

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = self._theme.tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._rejection is None:
            painter.setFont(font())
            painter.setPen(tokens.color("muted"))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self.hint)
            return
        axes, accuracy = self._axes, self._rejection.accuracy
        axes.paint(painter, tokens, self.tr("least confident left out"), self.tr("of the rest read rightly"))
        every = max(1, self._shown // max(1, round(2 * axes.area.width())))
        places = np.unique(np.append(np.arange(0, self._shown, every), self._shown - 1))
        painter.save()
        painter.setClipRect(axes.area.adjusted(-2, -2, 2, 2))
        painter.setPen(QPen(tokens.color("accent"), 2.5))
        painter.drawPolyline(
            QPolygonF(
                [axes.place(place / len(accuracy), float(accuracy[place])) for place in places.tolist()]
            )
        )
        painter.restore()
        left_out = self._rejection.left_out(self._share)
        spot = axes.place(self._share, float(accuracy[left_out]))
        painter.setPen(QPen(tokens.color("border"), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(spot.x(), axes.area.top()), QPointF(spot.x(), axes.area.bottom()))
        painter.setPen(QPen(tokens.color("surface"), 2))
        painter.setBrush(tokens.color("accent"))
        painter.drawEllipse(spot, 6, 6)
