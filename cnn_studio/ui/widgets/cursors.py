"""What shows where ink will come or go: the eraser's circle, and the cursor that keys move."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QCursor, QPainter, QPen, QPixmap

SMALLEST_RING_PX = 6.0


def eraser_cursor(radius: float, ratio: float, color: QColor) -> QCursor:
    """Return a circle as large as what the eraser takes away.

    Args:
        radius: In the window's pixels.
        ratio: Device pixels in one of those.
        color: Of the line.
    """
    side = math.ceil(2 * radius) + 4
    pixmap = QPixmap(math.ceil(side * ratio), math.ceil(side * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(QColor(Qt.GlobalColor.transparent))
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(color, 1.5))
    painter.drawEllipse(QPointF(side / 2, side / 2), radius, radius)
    painter.end()
    return QCursor(pixmap, side // 2, side // 2)


def paint_key_cursor(painter: QPainter, middle: QPointF, radius: float, color: QColor, down: bool) -> None:
    """Draw a ring as large as what the pen or the eraser covers, with a cross; filled while it is down."""
    radius = max(SMALLEST_RING_PX, radius)
    painter.setPen(QPen(color, 2))
    fill = QColor(color)
    fill.setAlphaF(0.4 if down else 0.0)
    painter.setBrush(fill)
    painter.drawEllipse(middle, radius, radius)
    for x, y in ((-1, 0), (1, 0), (0, -1), (0, 1)):
        way = QPointF(x * radius, y * radius)
        painter.drawLine(middle + way * 0.75, middle + way * 1.5)
