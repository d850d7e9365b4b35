"""How a cell of the queue is painted."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, Qt
from PySide6.QtGui import QIcon, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from cnn_studio.ui.queue.queue_table import WHAT
from cnn_studio.ui.style.theme import STEP_PX, Theme

ICON_PX = 2 * STEP_PX
Index = QModelIndex | QPersistentModelIndex


class QueueCells(QStyledItemDelegate):
    """Paints texts with room on both sides, a state's icon before its word, and the row that has the focus."""

    def __init__(self, theme: Theme, view: QTableView) -> None:
        super().__init__(view)
        self._theme, self._view = theme, view

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        tokens, area = self._theme.tokens, QRect(option.rect)
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(area, tokens.color("accent_soft"))
        if self._view.hasFocus() and index.row() == self._view.currentIndex().row():
            painter.setPen(QPen(tokens.color("accent"), 2))
            painter.drawLine(area.left(), area.bottom(), area.right() + 1, area.bottom())
        text_area = area.adjusted(STEP_PX, 0, -STEP_PX, 0)
        icon = index.data(Qt.ItemDataRole.DecorationRole)
        if isinstance(icon, QIcon):
            square = QRect(text_area.left(), area.center().y() - ICON_PX // 2 + 1, ICON_PX, ICON_PX)
            icon.paint(painter, square)
            text_area.setLeft(square.right() + STEP_PX)
        painter.setFont(option.font)
        painter.setPen(tokens.color("text" if index.column() == WHAT else "muted"))
        metrics = option.fontMetrics
        text = metrics.elidedText(index.data() or "", Qt.TextElideMode.ElideRight, text_area.width())
        painter.drawText(text_area, index.data(Qt.ItemDataRole.TextAlignmentRole), text)
        painter.restore()
