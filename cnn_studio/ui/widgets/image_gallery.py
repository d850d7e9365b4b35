"""Images with what they are and what the network read; only the visible ones are drawn.

A list view whose tiles all have one size, so every position is worked out instead of being kept: Qt's own layout
of 60,000 tiles takes 0.15 s whenever the window's width changes.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import (
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPoint,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPixmap, QRegion, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyleOptionViewItem, QWidget

from cnn_studio.ui.style.theme import STEP_PX, Theme, font
from cnn_studio.ui.widgets.gallery_model import GalleryModel
from cnn_studio.ui.widgets.image_tiles import (
    PICTURE_PX,
    ImageTile,
    ImageTilePainter,
    Index,
    paint_frame,
    tile_size,
)

Action = QAbstractItemView.CursorAction
Hint = QAbstractItemView.ScrollHint
MOST_KEPT = 160
"""Painted tiles that are kept, so that scrolling paints only those that come into sight."""


class Gallery(QListView):
    """A grid of tiles in rows, as many in one as fit.

    Signals:
        opened: The position, in the order shown, of an image that is to be looked at: Enter or a double click.
        moved: The keyboard's frame stands at another image, or nowhere (-1).
        turned: Other images are in sight.

    Attributes:
        hint: What is said where there are no tiles.
    """

    opened = Signal(int)
    moved = Signal(int)
    turned = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme  # all that the methods below need first: the view asks them while it is set up
        self._model = GalleryModel(self)
        self._painted: dict[int, QPixmap] = {}
        self._painter = ImageTilePainter(theme, self)
        self._bars = 0
        self._hovered = -1
        self._tile = tile_size(PICTURE_PX, 0)
        self.hint = self.tr("The images of a cell appear here")
        self.setObjectName("errorGallery")
        self.setAccessibleName(self.tr("Images"))
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMouseTracking(True)
        self.setModel(self._model)
        self.setItemDelegate(self._painter)
        theme.changed.connect(self._paint_afresh)
        self.verticalScrollBar().valueChanged.connect(self.turned)
        self.doubleClicked.connect(lambda index: self.opened.emit(index.row()))

    @property
    def tiles(self) -> Sequence[ImageTile]:
        """The tiles shown, in order."""
        return self._model.tiles

    @property
    def picture_px(self) -> int:
        """The side of a picture; see `resize_pictures`."""
        return self._painter.picture_px

    @property
    def columns(self) -> int:
        """Tiles in a row."""
        return max(1, self.viewport().width() // self._tile.width())

    @property
    def in_sight(self) -> range:
        """The positions of the tiles that are wholly in sight, or of the first row in part."""
        top, height = self.verticalScrollBar().value(), self._tile.height()
        first = -(-top // height)
        rows = max(1, (top + self.viewport().height()) // height - first)
        return range(first * self.columns, min(len(self.tiles), (first + rows) * self.columns))

    @property
    def position(self) -> int:
        """The position of the keyboard's frame, -1 for none."""
        return self.currentIndex().row()

    @property
    def chosen_positions(self) -> list[int]:
        """The positions of the selected tiles, in order."""
        selection = self.selectionModel().selection()
        ranges = [selection.at(number) for number in range(selection.count())]
        return sorted({position for one in ranges for position in range(one.top(), one.bottom() + 1)})

    def show_tiles(self, tiles: Sequence[ImageTile], images: NDArray[np.uint8] | None) -> None:
        """Show tiles cut from `images`; see `GalleryModel.show`."""
        self._hovered = -1
        self._model.show(tiles, images)
        bars = len(tiles[0].top) if len(tiles) else self._bars
        if bars != self._bars:
            self._bars = bars
            self.resize_pictures(self.picture_px)
        self.updateGeometries()
        self.scrollToTop()
        self._paint_afresh()
        self.turned.emit()

    def resize_pictures(self, picture_px: int) -> None:
        """Take another size of the pictures; the first image in sight stays in sight."""
        first = self.in_sight.start
        self._painter.picture_px = picture_px
        self._tile = tile_size(picture_px, self._bars)
        self.updateGeometries()
        self.verticalScrollBar().setValue(first // self.columns * self._tile.height())
        self._paint_afresh()
        self.turned.emit()

    def make_current(self, position: int) -> None:
        """Put the keyboard's frame on an image, select it alone, and bring it into sight."""
        self.setCurrentIndex(self._model.index(min(len(self.tiles) - 1, max(0, position))))

    def turn(self, pages: int) -> None:
        """Go on, or back, by as many rows as are in sight."""
        rows, bar = self._rows_in_sight(), self.verticalScrollBar()
        bar.setValue((bar.value() // self._tile.height() + pages * rows) * self._tile.height())

    def _rows_in_sight(self) -> int:
        return max(1, self.viewport().height() // self._tile.height())

    # What follows is how a list view is told where its tiles are.

    def doItemsLayout(self) -> None:
        QAbstractItemView.doItemsLayout(self)

    def updateGeometries(self) -> None:
        rows, height = -(-len(self.tiles) // self.columns), self._tile.height()
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, rows * height - self.viewport().height()))
        bar.setPageStep(self._rows_in_sight() * height)
        bar.setSingleStep(max(1, height // 3))
        self.horizontalScrollBar().setRange(0, 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        first = self.in_sight.start
        super().resizeEvent(event)
        self.updateGeometries()
        if event.oldSize().width() != event.size().width():
            self.verticalScrollBar().setValue(first // self.columns * self._tile.height())
        self.turned.emit()

    def horizontalOffset(self) -> int:
        return 0

    def verticalOffset(self) -> int:
        return self.verticalScrollBar().value()

    def visualRect(self, index: Index) -> QRect:
        if not index.isValid():
            return QRect()
        row, column = divmod(index.row(), self.columns)
        left = (self.viewport().width() - self.columns * self._tile.width()) // 2
        corner = QPoint(left + column * self._tile.width(), row * self._tile.height() - self.verticalOffset())
        return QRect(corner, self._tile)

    def indexAt(self, point: QPoint) -> QModelIndex:
        left = (self.viewport().width() - self.columns * self._tile.width()) // 2
        column = (point.x() - left) // self._tile.width()
        position = (point.y() + self.verticalOffset()) // self._tile.height() * self.columns + column
        inside = 0 <= column < self.columns and 0 <= position < len(self.tiles)
        return self._model.index(position) if inside else QModelIndex()

    def scrollTo(self, index: Index, hint: Hint = Hint.EnsureVisible) -> None:
        if not index.isValid():
            return
        bar, top = self.verticalScrollBar(), index.row() // self.columns * self._tile.height()
        below = top + self._tile.height() - self.viewport().height()
        positions = {
            Hint.PositionAtTop: top,
            Hint.PositionAtBottom: below,
            Hint.PositionAtCenter: (top + below) // 2,
        }
        bar.setValue(positions.get(hint, min(top, max(bar.value(), below))))

    def moveCursor(self, action: Action, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        page = self._rows_in_sight() * self.columns
        steps = {
            Action.MoveLeft: -1,
            Action.MovePrevious: -1,
            Action.MoveRight: 1,
            Action.MoveNext: 1,
            Action.MoveUp: -self.columns,
            Action.MoveDown: self.columns,
            Action.MovePageUp: -page,
            Action.MovePageDown: page,
            Action.MoveHome: -len(self.tiles),
            Action.MoveEnd: len(self.tiles),
        }
        if not self.tiles:
            return QModelIndex()
        position = self.position + steps[action] if self.position >= 0 else 0
        return self._model.index(min(len(self.tiles) - 1, max(0, position)))

    def setSelection(self, rect: QRect, command: QItemSelectionModel.SelectionFlag) -> None:
        """Select the tiles a rectangle of the viewport touches, row by row."""
        selection, columns = QItemSelection(), self.columns
        left = (self.viewport().width() - columns * self._tile.width()) // 2
        area = rect.normalized()
        first, last = (
            min(columns - 1, max(0, (x - left) // self._tile.width())) for x in (area.left(), area.right())
        )
        top, bottom = (
            max(0, (y + self.verticalOffset()) // self._tile.height()) for y in (area.top(), area.bottom())
        )
        for row in range(top, min(bottom, (len(self.tiles) - 1) // columns) + 1):
            start, end = row * columns + first, min(len(self.tiles) - 1, row * columns + last)
            if start <= end:
                selection.select(self._model.index(start), self._model.index(end))
        self.selectionModel().select(selection, command)

    def visualRegionForSelection(self, selection: QItemSelection) -> QRegion:
        return QRegion(self.viewport().rect())

    def keyboardSearch(self, search: str) -> None:
        """Search nothing by its text: letters are for what is around the gallery."""

    def currentChanged(self, current: Index, previous: Index) -> None:
        super().currentChanged(current, previous)
        self.moved.emit(current.row())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.position >= 0:
            self.opened.emit(self.position)
        else:
            super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        self._hover(event.position())

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hover(QPointF(-1, -1))

    def _hover(self, position: QPointF) -> None:
        row = self.indexAt(position.toPoint()).row()
        if row != self._hovered:
            self._hovered = row
            self.viewport().update()

    def sizeHint(self) -> QSize:
        return QSize(4 * self._tile.width() + 2 * STEP_PX, 3 * self._tile.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        if not self.tiles:
            painter.setFont(font())
            painter.setPen(self._theme.tokens.color("muted"))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.viewport().rect().adjusted(16, 0, -16, 0), flags, self.hint)
            return
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        height, area = self._tile.height(), event.rect()
        first = (area.top() + self.verticalOffset()) // height * self.columns
        last = ((area.bottom() + self.verticalOffset()) // height + 1) * self.columns
        selection, current, tokens = self.selectionModel(), self.position, self._theme.tokens
        for position in range(max(0, first), min(len(self.tiles), last)):
            index = self._model.index(position)
            rect = self.visualRect(index)
            paint_frame(
                painter, QRectF(rect), tokens, chosen=selection.isSelected(index),
                framed=position == current and self.hasFocus(), hovered=position == self._hovered,
            )  # fmt: skip
            painter.drawPixmap(rect.topLeft(), self._tile_at(position))

    def _tile_at(self, position: int) -> QPixmap:
        """Return a tile as it is painted, without what lies below it."""
        painted = self._painted.get(position)
        ratio = self.devicePixelRatioF()
        if painted is not None and painted.devicePixelRatio() == ratio:
            return painted
        painted = QPixmap(round(self._tile.width() * ratio), round(self._tile.height() * ratio))
        painted.setDevicePixelRatio(ratio)
        painted.fill(Qt.GlobalColor.transparent)
        painter = QPainter(painted)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        option = QStyleOptionViewItem()
        option.rect = QRect(QPoint(0, 0), self._tile)
        self._painter.paint(painter, option, self._model.index(position))
        painter.end()
        while len(self._painted) >= MOST_KEPT:
            del self._painted[next(iter(self._painted))]  # the oldest
        self._painted[position] = painted
        return painted

    def _paint_afresh(self) -> None:
        self._painted.clear()
        self.viewport().update()
