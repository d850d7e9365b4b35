"""Images with what they are and what the network read; only the visible ones are drawn."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from cnn_studio.ui.theme import CAPTION_PT, STEP_PX, Theme, font

Index = QModelIndex | QPersistentModelIndex
PICTURE_PX = 84
TILE = QSize(117, 148)


class Tile(msgspec.Struct, frozen=True):
    """One image: its number in the data set and what is said below it."""

    number: int
    true: str
    predicted: str
    confidence: float


class GalleryModel(QAbstractListModel):
    """The tiles in order, and the images they are cut from."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tiles: Sequence[Tile] = ()
        self.images: NDArray[np.uint8] | None = None

    def show(self, tiles: Sequence[Tile], images: NDArray[np.uint8] | None) -> None:
        """Replace everything; `images` is (N, height, width, channels) uint8, tiles name rows of it."""
        self.beginResetModel()
        self.tiles, self.images = tiles, images
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self.tiles)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        tile = self.tiles[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return tile
        if role in (
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.AccessibleTextRole,
            Qt.ItemDataRole.ToolTipRole,
        ):
            text = self.tr("Image {number}: true {true}, read {predicted} at {confidence:.1f} %")
            return text.format(
                number=tile.number, true=tile.true, predicted=tile.predicted, confidence=100 * tile.confidence
            )
        return None


class TilePainter(QStyledItemDelegate):
    """Draws a tile: the image, and below it true and read class and the confidence."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return TILE

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        tokens = self._theme.tokens
        model = index.model()
        tile = index.data(Qt.ItemDataRole.UserRole)
        if not isinstance(tile, Tile) or not isinstance(model, GalleryModel) or model.images is None:
            return
        area = QRectF(option.rect).adjusted(2, 2, -2, -2)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tokens.color("accent_soft"))
            painter.drawRoundedRect(area, 6, 6)
        picture = QRectF(area.center().x() - PICTURE_PX / 2, area.top() + STEP_PX, PICTURE_PX, PICTURE_PX)
        painter.drawImage(picture, as_image(model.images[tile.number]))
        painter.setFont(font(CAPTION_PT, tabular=True))
        metrics = QFontMetricsF(painter.font())
        right = tile.true == tile.predicted
        line = metrics.height() + 2
        lines = (
            (self.tr("true {name}").format(name=tile.true), "text"),
            (
                self.tr("read {name} · {percent:.0f} %").format(
                    name=tile.predicted, percent=100 * tile.confidence
                ),
                "good" if right else "bad",
            ),
        )
        for number, (text, token) in enumerate(lines):
            painter.setPen(tokens.color(token))
            painter.drawText(
                QRectF(area.left(), picture.bottom() + 6 + number * line, area.width(), line),
                Qt.AlignmentFlag.AlignCenter,
                metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, area.width() - 4),
            )
        painter.restore()


def as_image(pixels: NDArray[np.uint8]) -> QImage:
    """Return an image, (height, width, 1 or 3) uint8, as a QImage of its own memory."""
    height, width, channels = pixels.shape
    kind = QImage.Format.Format_Grayscale8 if channels == 1 else QImage.Format.Format_RGB888
    contiguous = np.ascontiguousarray(pixels)
    return QImage(contiguous.data, width, height, width * channels, kind).copy()


class Gallery(QListView):
    """A wrapping grid of tiles."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("errorGallery")
        self.setAccessibleName(self.tr("Images"))
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setUniformItemSizes(True)
        self.setLayoutMode(QListView.LayoutMode.Batched)
        self.setSpacing(4)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self._theme = theme
        self._model = GalleryModel(self)
        self.setModel(self._model)
        self.setItemDelegate(TilePainter(theme, self))
        self.hint = self.tr("The images of a cell appear here")
        theme.changed.connect(self.viewport().update)

    @property
    def tiles(self) -> Sequence[Tile]:
        """The tiles shown, in order."""
        return self._model.tiles

    def show_tiles(self, tiles: Sequence[Tile], images: NDArray[np.uint8] | None) -> None:
        """Show tiles cut from `images`; see `GalleryModel.show`."""
        self._model.show(tiles, images)
        self.scrollToTop()

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._model.tiles:
            painter = QPainter(self.viewport())
            painter.setFont(font())
            painter.setPen(self._theme.tokens.color("muted"))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.viewport().rect().adjusted(16, 0, -16, 0), flags, self.hint)
