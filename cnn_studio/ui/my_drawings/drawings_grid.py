"""A grid of kept drawings; only the visible ones are painted."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from cnn_studio.core.drawing.labeled_drawing import LabeledDrawing
from cnn_studio.ui.my_drawings.drawing_text import answer_of, date_of
from cnn_studio.ui.my_drawings.thumbnails import Thumbnails
from cnn_studio.ui.style.theme import CAPTION_PT, STEP_PX, Theme, font

Index = QModelIndex | QPersistentModelIndex
PICTURE_PX = 84
TILE = QSize(128, 160)


class DrawingsModel(QAbstractListModel):
    """Drawings, in the order they are shown."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.drawings: Sequence[LabeledDrawing] = ()

    def show(self, drawings: Sequence[LabeledDrawing]) -> None:
        """Replace all of them."""
        self.beginResetModel()
        self.drawings = drawings
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self.drawings)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        drawing = self.drawings[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return drawing
        if role in (
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.AccessibleTextRole,
            Qt.ItemDataRole.ToolTipRole,
        ):
            return f"{drawing.label} · {answer_of(drawing)} · {date_of(drawing)}"
        return None


class DrawingTilePainter(QStyledItemDelegate):
    """Draws a tile: the drawing, and below it its label, what was answered, and when."""

    def __init__(self, theme: Theme, thumbnails: Thumbnails, view: QWidget) -> None:
        super().__init__(view)
        self._theme, self._thumbnails, self._view = theme, thumbnails, view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return TILE

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        tokens = self._theme.tokens
        drawing = index.data(Qt.ItemDataRole.UserRole)
        if not isinstance(drawing, LabeledDrawing):
            return
        area = QRectF(option.rect).adjusted(3, 3, -3, -3)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        current = bool(option.state & QStyle.StateFlag.State_HasFocus)
        over = bool(option.state & QStyle.StateFlag.State_MouseOver)
        if chosen or current or over:
            painter.setPen(tokens.color("accent") if chosen or current else Qt.PenStyle.NoPen)
            painter.setBrush(tokens.color("accent_soft") if chosen or over else Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(area, 6, 6)
        picture = QRectF(area.center().x() - PICTURE_PX / 2, area.top() + STEP_PX, PICTURE_PX, PICTURE_PX)
        ratio = self._view.devicePixelRatioF()
        painter.drawPixmap(picture.topLeft(), self._thumbnails.picture(drawing, PICTURE_PX, ratio))
        right = drawing.answered == drawing.label
        token = "muted" if drawing.answered is None else "good" if right else "bad"
        top = picture.bottom() + STEP_PX / 2
        for text, kind, bold in (
            (drawing.label, "text", True),
            (answer_of(drawing), token, False),
            (date_of(drawing), "muted", False),
        ):
            painter.setFont(font(bold=True) if bold else font(CAPTION_PT, tabular=True))
            painter.setPen(tokens.color(kind))
            metrics = QFontMetricsF(painter.font())
            height = metrics.height() + 1
            painter.drawText(
                QRectF(area.left() + 4, top, area.width() - 8, height),
                Qt.AlignmentFlag.AlignCenter,
                metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, area.width() - 8),
            )
            top += height
        painter.restore()


class DrawingsGrid(QListView):
    """A wrapping grid of drawings, several of which can be selected."""

    def __init__(self, theme: Theme, thumbnails: Thumbnails, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("drawingsGrid")
        self.setAccessibleName(self.tr("My drawings"))
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setUniformItemSizes(True)
        self.setGridSize(TILE)
        self.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        self.setSelectionRectVisible(True)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self._theme = theme
        self._model = DrawingsModel(self)
        self.setModel(self._model)
        self.setItemDelegate(DrawingTilePainter(theme, thumbnails, self.viewport()))
        self.hint = ""
        theme.changed.connect(self.viewport().update)

    @property
    def drawings(self) -> Sequence[LabeledDrawing]:
        """The drawings shown, in order."""
        return self._model.drawings

    @property
    def selected(self) -> list[LabeledDrawing]:
        """The selected drawings, in the order they are shown."""
        rows = sorted(index.row() for index in self.selectionModel().selectedIndexes())
        return [self._model.drawings[row] for row in rows]

    def show_drawings(self, drawings: Sequence[LabeledDrawing]) -> None:
        """Show drawings; those that stay, stay selected, and the grid stays where it was scrolled to."""
        kept = {drawing.id for drawing in self.selected}
        current = self.currentIndex()
        at = current.row() if current.isValid() else -1
        scrolled = self.verticalScrollBar().value()
        self._model.show(drawings)
        selection = QItemSelection()
        for row, drawing in enumerate(drawings):
            if drawing.id in kept:
                index = self._model.index(row, 0)
                selection.select(index, index)
        if at >= 0 and drawings:
            self.selectionModel().setCurrentIndex(
                self._model.index(min(at, len(drawings) - 1), 0), QItemSelectionModel.SelectionFlag.NoUpdate
            )
        self.selectionModel().select(selection, QItemSelectionModel.SelectionFlag.Select)
        self.verticalScrollBar().setValue(scrolled)

    def tile_rect(self, row: int) -> QRect:
        """Return where a drawing's tile is, in the viewport."""
        return self.visualRect(self._model.index(row, 0))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._model.drawings:
            painter = QPainter(self.viewport())
            painter.setFont(font())
            painter.setPen(self._theme.tokens.color("muted"))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            margin = 4 * STEP_PX
            painter.drawText(self.viewport().rect().adjusted(margin, 0, -margin, 0), flags, self.hint)
