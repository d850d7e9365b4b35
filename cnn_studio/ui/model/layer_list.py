"""The list of layers: selected, folded, dragged to another position, moved and removed with keys."""

from __future__ import annotations

from PySide6.QtCore import QItemSelectionModel, QPoint, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QApplication, QListView, QWidget

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.network.network import Path
from cnn_studio.ui.model.layer_list_model import INDENT_PX, NUMBER_PX, ROW_PX, LayerListModel, LayerRowPainter
from cnn_studio.ui.model.network_editor import NetworkEditor
from cnn_studio.ui.style.theme import STEP_PX, Theme

ALT = Qt.KeyboardModifier.AltModifier
EDGE_PX = 24
"""So near the rim a dragged layer makes the list scroll."""


class LayerList(QListView):
    """Alt+Up and Alt+Down move the selected layer, Left and Right fold and open a block, Delete removes.

    A layer dropped on the middle of a block goes into it.
    """

    def __init__(self, theme: Theme, editor: NetworkEditor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("layerList")
        self.setAccessibleName(self.tr("Layers"))
        self._theme, self._editor = theme, editor
        self.rows = LayerListModel(editor)
        self.setModel(self.rows)
        self.setItemDelegate(LayerRowPainter(theme, self))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QListView.Shape.NoFrame)
        self._pressed: QPoint | None = None
        self._dragged: Path | None = None
        self._target: Path | None = None
        self._mark: tuple[int, bool] | None = None
        self.selectionModel().currentChanged.connect(self._choose)
        self.rows.modelReset.connect(self._follow)
        editor.selected.connect(self._follow)
        editor.changed.connect(self.scheduleDelayedItemsLayout)  # a mistake makes its row higher
        theme.changed.connect(self.viewport().update)
        self._follow()

    def selected_paths(self) -> list[Path]:
        """Return where the selected layers stand."""
        return [self.rows.row(index).path for index in self.selectedIndexes()]

    def _choose(self) -> None:
        index = self.currentIndex()
        if index.isValid():
            self._editor.select(self.rows.row(index).path)

    def _follow(self) -> None:
        """Show the editor's selection."""
        index = self.rows.index_of(self._editor.selection)
        if index.isValid() and index != self.currentIndex():
            self.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
            self.scrollTo(index)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.scheduleDelayedItemsLayout()  # a mistake's text wraps otherwise now

    def keyPressEvent(self, event: QKeyEvent) -> None:
        row, key = self._editor.selected_row, event.key()
        if event.modifiers() & ALT and key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            (self._editor.move_up if key == Qt.Key.Key_Up else self._editor.move_down)()
        elif key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self._editor.remove(self.selected_paths())
        elif row is not None and row.block and key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._editor.fold(row.path, key == Qt.Key.Key_Left)
        elif event.modifiers() & ALT:
            event.ignore()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if index.isValid() and event.button() == Qt.MouseButton.LeftButton:
            row = self.rows.row(index)
            if row.block and LayerRowPainter.chevron(row, self.visualRect(index)).contains(
                event.position().toPoint()
            ):
                self._editor.select(row.path)
                self._editor.fold(row.path, not row.folded)
                return
            if not event.modifiers():
                self._pressed = event.position().toPoint()
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        point = event.position().toPoint()
        if self._pressed is None:
            super().mouseMoveEvent(event)
            return
        if self._dragged is None:
            if (point - self._pressed).manhattanLength() < QApplication.startDragDistance():
                return
            self._dragged = self.rows.row(self.indexAt(self._pressed)).path
            self.viewport().setCursor(Qt.CursorShape.ClosedHandCursor)
        self._scroll_at_the_rim(point)
        self._aim(point)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        dragged, target = self._dragged, self._target
        self._let_go()
        if dragged is None:
            super().mouseReleaseEvent(event)
        elif target is not None:
            try:
                self._editor.move(dragged, target)
            except StudioError:
                return  # into itself: the mark was not shown there either

    def _let_go(self) -> None:
        self._pressed = self._dragged = self._target = self._mark = None
        self.viewport().unsetCursor()
        self.viewport().update()

    def _scroll_at_the_rim(self, point: QPoint) -> None:
        bar, height = self.verticalScrollBar(), self.viewport().height()
        if point.y() < EDGE_PX:
            bar.setValue(bar.value() - ROW_PX // 4)
        elif point.y() > height - EDGE_PX:
            bar.setValue(bar.value() + ROW_PX // 4)

    def _aim(self, point: QPoint) -> None:
        """Find the position a drop goes to, and mark it: a line between rows, a frame round a block."""
        index = self.indexAt(point)
        self._target = self._mark = None
        if not index.isValid():
            self._target, self._mark = (len(self._editor.layers),), (self._bottom(), False)
        else:
            row, rect = self.rows.row(index), self.visualRect(index)
            into = row.block and abs(point.y() - rect.center().y()) < rect.height() / 4
            if into:
                self._target, self._mark = (*row.path, len(row.layer.layers)), (rect.top(), True)  # type: ignore[union-attr]
            elif point.y() < rect.center().y():
                self._target, self._mark = row.path, (rect.top(), False)
            elif row.block and not row.folded:
                self._target, self._mark = (*row.path, 0), (rect.bottom(), False)
            else:
                self._target, self._mark = (*row.path[:-1], row.path[-1] + 1), (rect.bottom(), False)
        if self._dragged is not None and self._target[: len(self._dragged)] == self._dragged:
            self._target = self._mark = None
        self.viewport().update()

    def _bottom(self) -> int:
        last = self.rows.index(self.rows.rowCount() - 1)
        return self.visualRect(last).bottom() if last.isValid() else 0

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._mark is None or self._target is None:
            return
        painter = QPainter(self.viewport())
        painter.setPen(QPen(self._theme.tokens.color("accent"), 2))
        top, into = self._mark
        left = STEP_PX + NUMBER_PX + (len(self._target) - 1) * INDENT_PX
        width = self.viewport().width() - left - STEP_PX
        if into:
            painter.drawRoundedRect(left, top + 2, width, ROW_PX - 4, 6, 6)
        else:
            painter.drawLine(left, top, left + width, top)
        painter.end()
