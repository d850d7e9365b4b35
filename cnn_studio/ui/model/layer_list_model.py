"""The rows of the list of layers as Qt asks for them, and how one is painted."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from cnn_studio.core.network.network import Path
from cnn_studio.ui.model.layer_rows import LayerListRow
from cnn_studio.ui.model.layer_text import color_of, shape_text
from cnn_studio.ui.model.network_editor import NetworkEditor
from cnn_studio.ui.style.theme import CAPTION_PT, STEP_PX, Theme, font

Index = QModelIndex | QPersistentModelIndex

ROW_PX, ERROR_TOP_PX = 48, 28
NUMBER_PX = 28
INDENT_PX = 2 * STEP_PX
BAR_PX = 4
ICON_PX = 18
ROOT = QModelIndex()


class LayerListModel(QAbstractListModel):
    """The editor's rows; the same rows again only repaint, so that the selection stays."""

    def __init__(self, editor: NetworkEditor) -> None:
        super().__init__(editor)
        self._editor = editor
        self._rows: list[LayerListRow] = list(editor.rows)
        editor.changed.connect(self._take)

    def _take(self) -> None:
        rows = list(self._editor.rows)
        if [row.path for row in rows] == [row.path for row in self._rows]:
            self._rows = rows
            if rows:
                self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))
        else:
            self.beginResetModel()
            self._rows = rows
            self.endResetModel()

    def rowCount(self, parent: Index = ROOT) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def row(self, index: Index) -> LayerListRow:
        """Return the row at an index."""
        return self._rows[index.row()]

    def index_of(self, path: Path | None) -> QModelIndex:
        """Return where a layer's row is; an invalid index if it is not shown."""
        for number, row in enumerate(self._rows):
            if row.path == path:
                return self.index(number)
        return QModelIndex()

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row.layer.describe()
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._spoken(row)
        return None

    def _spoken(self, row: LayerListRow) -> str:
        if row.error is not None:
            return f"{row.layer.describe()}. {row.error}"
        if row.output_shape is None:
            return row.layer.describe()
        text = self.tr("{layer}, gives {shape}, {parameters} parameters")
        return text.format(
            layer=row.layer.describe(), shape=shape_text(row.output_shape), parameters=row.parameters
        )


class LayerRowPainter(QStyledItemDelegate):
    """Paints a row: number, what it is, output shape, parameters; beneath the first mistake its three parts."""

    def __init__(self, theme: Theme, view: QListView) -> None:
        super().__init__(view)
        self._theme, self._view = theme, view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        row = self._row(index)
        width = self._view.viewport().width()
        if row.error is None:
            return QSize(width, ROW_PX)
        room = QRect(0, 0, width - self._left(row) - ICON_PX - 4 * STEP_PX, 10_000)
        text = QFontMetrics(font(CAPTION_PT)).boundingRect(room, Qt.TextFlag.TextWordWrap, _advice(row))
        return QSize(width, ERROR_TOP_PX + text.height() + 2 * STEP_PX)

    def _row(self, index: Index) -> LayerListRow:
        model = index.model()
        assert isinstance(model, LayerListModel)
        return model.row(index)

    @staticmethod
    def _left(row: LayerListRow) -> int:
        return STEP_PX + NUMBER_PX + row.depth * INDENT_PX + STEP_PX

    @staticmethod
    def chevron(row: LayerListRow, rect: QRect) -> QRect:
        """Return where a block is folded with the mouse."""
        return QRect(rect.left() + row.depth * INDENT_PX + STEP_PX, rect.top(), NUMBER_PX + STEP_PX, ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        row, tokens = self._row(index), self._theme.tokens
        rect: QRect = option.rect
        state: QStyle.StateFlag = option.state
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tokens.color("accent_soft"))
            painter.drawRoundedRect(rect.adjusted(2, 1, -2, -1), 6, 6)
        top = QRect(rect.left(), rect.top(), rect.width(), ROW_PX)
        left = rect.left() + self._left(row)
        painter.fillRect(
            left - STEP_PX + 2, top.top() + 10, BAR_PX, ROW_PX - 20, tokens.color(color_of(row.layer))
        )
        self._paint_number(painter, row, top)
        right = self._paint_parameters(painter, row, top)
        text, muted = tokens.color("muted" if row.muted else "text"), tokens.color("muted")
        room = QRect(left + STEP_PX, top.top() + 6, right - left - 2 * STEP_PX, 20)
        _write(painter, room, row.layer.describe(), text, font(bold=row.block))
        below = QRect(room.left(), room.bottom() + 1, room.width(), 16)
        if row.error is not None:
            self._paint_error(painter, row, QRect(left, room.bottom() + 2, rect.right() - left, 0))
        elif row.output_shape is not None:
            _write(painter, below, shape_text(row.output_shape), muted, font(CAPTION_PT, tabular=True))
        else:
            _write(painter, below, self.tr("not reached"), muted, font(CAPTION_PT))
        painter.restore()

    def _paint_number(self, painter: QPainter, row: LayerListRow, rect: QRect) -> None:
        if row.block:
            icon = self._theme.icon("chevron-right" if row.folded else "chevron-down", "muted")
            area = self.chevron(row, rect)
            icon.paint(painter, QRect(area.left() + 8, rect.top() + 15, ICON_PX, ICON_PX))
        elif row.number is not None:
            room = QRect(rect.left() + row.depth * INDENT_PX + 4, rect.top() + 6, NUMBER_PX, 20)
            right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            _write(
                painter, room, str(row.number), self._theme.tokens.color("muted"), font(tabular=True), right
            )

    def _paint_parameters(self, painter: QPainter, row: LayerListRow, rect: QRect) -> int:
        """Paint the number of weights; return where what stands left of it must end."""
        if not row.parameters:
            return rect.right() - STEP_PX
        text = f"{row.parameters:,}"
        width = QFontMetrics(font(tabular=True)).horizontalAdvance(text) + 2
        room = QRect(rect.right() - width - 2 * STEP_PX, rect.top() + 6, width, 20)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        _write(painter, room, text, self._theme.tokens.color("text"), font(tabular=True), right)
        return room.left() - STEP_PX

    def _paint_error(self, painter: QPainter, row: LayerListRow, rect: QRect) -> None:
        icon = self._theme.icon("alert-circle-outline", "bad")
        icon.paint(painter, QRect(rect.left() + STEP_PX, rect.top(), ICON_PX, ICON_PX))
        left = rect.left() + ICON_PX + 2 * STEP_PX
        room = QRect(left, rect.top() + 1, rect.right() - left - STEP_PX, 10_000)
        painter.setFont(font(CAPTION_PT))
        painter.setPen(self._theme.tokens.color("bad"))
        painter.drawText(room, Qt.TextFlag.TextWordWrap, _advice(row))


def _advice(row: LayerListRow) -> str:
    error = row.error
    return "" if error is None else " ".join(part for part in (error.what, error.why, error.remedy) if part)


def _write(
    painter: QPainter,
    room: QRect,
    text: str,
    color: QColor,
    face: Any,
    flags: Qt.AlignmentFlag = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
) -> None:
    painter.setFont(face)
    painter.setPen(color)
    shown = QFontMetrics(face).elidedText(text, Qt.TextElideMode.ElideRight, room.width())
    painter.drawText(room, flags, shown)
