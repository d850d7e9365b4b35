"""What the rows of painted lists share."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyle, QStyleOptionViewItem

from cnn_studio.ui.style.theme import Tokens

RADIUS_PX = 6


def paint_row_background(
    painter: QPainter, option: QStyleOptionViewItem, tokens: Tokens
) -> tuple[QRectF, bool]:
    """Paint a row's background where it is selected or below the mouse.

    Returns:
        The area of the row, and whether it is selected.
    """
    area = QRectF(option.rect).adjusted(1, 1, -1, -1)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    selected = bool(option.state & QStyle.StateFlag.State_Selected)
    if selected or option.state & QStyle.StateFlag.State_MouseOver:
        painter.setPen(tokens.color("accent") if selected else Qt.PenStyle.NoPen)
        painter.setBrush(tokens.color("accent_soft"))
        painter.drawRoundedRect(area, RADIUS_PX, RADIUS_PX)
    return area, selected
