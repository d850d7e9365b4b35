"""Drawings in rows as the network sees them, each with a line below it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import QListView, QListWidget, QListWidgetItem, QWidget

from cnn_studio.ui.style.theme import CAPTION_PT, STEP_PX, font
from cnn_studio.ui.widgets.image_tiles import as_image

PICTURE_PX = 7 * STEP_PX
WIDEST_CAPTION_PX = 14 * STEP_PX


class SmallPicture(msgspec.Struct, frozen=True):
    """One drawing: what the network sees, (height, width, channels) uint8, and what is said of it."""

    pixels: NDArray[np.uint8]
    caption: str
    tip: str = ""


class SmallPictures(QListWidget):
    """A wrapping grid; arrow keys move in it, and screen readers hear the captions."""

    def __init__(self, name: str, spoken: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setAccessibleName(spoken)
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setIconSize(QSize(PICTURE_PX, PICTURE_PX))
        self.setFont(font(CAPTION_PT))
        self.setUniformItemSizes(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setMinimumHeight(PICTURE_PX + 5 * STEP_PX)

    def show_pictures(self, pictures: Sequence[SmallPicture]) -> None:
        """Show these instead of what was shown."""
        self.clear()
        metrics = self.fontMetrics()
        widest = max((metrics.horizontalAdvance(each.caption) for each in pictures), default=0)
        width = max(PICTURE_PX, min(widest, WIDEST_CAPTION_PX)) + 2 * STEP_PX
        self.setGridSize(QSize(width, PICTURE_PX + metrics.height() + 2 * STEP_PX))
        for each in pictures:
            picture = QPixmap.fromImage(as_image(each.pixels)).scaled(PICTURE_PX, PICTURE_PX)
            item = QListWidgetItem(QIcon(picture), each.caption)
            item.setToolTip(each.tip or each.caption)
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
            self.addItem(item)
