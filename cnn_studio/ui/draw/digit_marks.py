"""Fine corners round a digit, with its class above them."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPolygonF

from cnn_studio.ui.style.theme import CAPTION_PT, STEP_PX, font

CORNER_PX = 10.0
"""Length of the lines at a mark's corners."""


def paint_mark(
    painter: QPainter, area: QRectF, text: str, color: QColor, ground: QColor | None = None
) -> None:
    """Paint the corners of an area and a word above its left one, or below where there is no room.

    Over a picture, whose tones are any, `ground` is painted beneath both.
    """
    painter.setFont(font(CAPTION_PT, bold=True))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    long = min(CORNER_PX, area.width() / 3, area.height() / 3)
    top = area.bottom() + 2 if area.top() < 2 * STEP_PX else area.top() - 2 * STEP_PX - 2
    word = QRectF(area.left(), top, QFontMetricsF(painter.font()).horizontalAdvance(text) + 1, 2 * STEP_PX)
    if ground is not None:
        painter.fillRect(word.adjusted(-3, 0, 3, 0), ground)
        _paint_corners(painter, area, long, QPen(ground, 4))
    _paint_corners(painter, area, long, QPen(color, 1.5))
    painter.drawText(word, Qt.AlignmentFlag.AlignVCenter, text)


def _paint_corners(painter: QPainter, area: QRectF, long: float, pen: QPen) -> None:
    painter.setPen(pen)
    for x, across in ((area.left(), long), (area.right(), -long)):
        for y, down in ((area.top(), long), (area.bottom(), -long)):
            painter.drawPolyline(QPolygonF([QPointF(x + across, y), QPointF(x, y), QPointF(x, y + down)]))
