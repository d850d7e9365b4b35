"""The images of a gallery as Qt's views take them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QAbstractListModel, QModelIndex, Qt
from PySide6.QtWidgets import QWidget

from cnn_studio.ui.widgets.image_tiles import ImageTile, Index, as_image

SPOKEN = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole)


class GalleryModel(QAbstractListModel):
    """The tiles in order, and the images they are cut from."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tiles: Sequence[ImageTile] = ()
        self.images: NDArray[np.uint8] | None = None

    def show(self, tiles: Sequence[ImageTile], images: NDArray[np.uint8] | None) -> None:
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
        if role == Qt.ItemDataRole.DecorationRole and self.images is not None:
            return as_image(self.images[tile.number])
        if role in SPOKEN:
            text = self.tr("Image {number}: true {true}, read {predicted} at {confidence:.1f} %")
            spoken = text.format(
                number=tile.number if tile.known_as is None else tile.known_as,
                true=tile.true,
                predicted=tile.predicted,
                confidence=100 * tile.confidence,
            )
            return f"{spoken}, {tile.note}" if tile.note else spoken
        return None
