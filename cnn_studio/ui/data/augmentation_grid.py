"""Images beside what a training would see of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnn_studio.ui.style.theme import CAPTION_PT, STEP_PX, Theme, font
from cnn_studio.ui.widgets.image_tiles import as_image

HEAD_PX = 3 * STEP_PX
GAP_PX = 4


class AugmentationGrid(QWidget):
    """A row an image: as it is, then varied in several ways."""

    def __init__(self, theme: Theme, rows: int, columns: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("variationGrid")
        self.setAccessibleName(self.tr("Images before and after augmentation"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._theme, self._rows, self._columns = theme, rows, columns
        self.originals: NDArray[np.uint8] | None = None
        self.varied: NDArray[np.uint8] | None = None
        self.hint = ""
        theme.changed.connect(self.update)

    def minimumSizeHint(self) -> QSize:
        return QSize(240, 240)

    def show_originals(self, images: NDArray[np.uint8] | None) -> None:
        """Show images, (rows, height, width, channels) uint8, not varied yet."""
        self.originals, self.varied = images, None
        self.update()

    def show_varied(self, images: NDArray[np.uint8]) -> None:
        """Show what became of them, (rows * columns, height, width, channels) uint8, row by row."""
        self.varied = images
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        tokens = self._theme.tokens
        if self.originals is None:
            painter.setFont(font())
            painter.setPen(tokens.color("muted"))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self.hint)
            return
        split = 2 * STEP_PX
        side = min(
            (self.width() - split - self._columns * GAP_PX) / (self._columns + 1),
            (self.height() - HEAD_PX - self._rows * GAP_PX) / self._rows,
        )
        painter.setFont(font(CAPTION_PT))
        painter.setPen(tokens.color("muted"))
        painter.drawText(QRectF(0, 0, side + split, HEAD_PX), Qt.AlignmentFlag.AlignTop, self.tr("original"))
        right = QRectF(side + split, 0, self.width() - side - split, HEAD_PX)
        painter.drawText(right, Qt.AlignmentFlag.AlignTop, self.tr("as training sees it"))
        for row in range(min(self._rows, len(self.originals))):
            top = HEAD_PX + row * (side + GAP_PX)
            self._paint(painter, QRectF(0, top, side, side), self.originals[row])
            for column in range(self._columns):
                tile = QRectF(side + split + column * (side + GAP_PX), top, side, side)
                if self.varied is None:
                    painter.setPen(QPen(tokens.color("hairline"), 1))
                    painter.drawRect(tile)
                else:
                    self._paint(painter, tile, self.varied[row * self._columns + column])

    def _paint(self, painter: QPainter, tile: QRectF, image: NDArray[np.uint8]) -> None:
        drawn = as_image(image)
        scale = tile.width() / max(drawn.width(), drawn.height())
        area = QRectF(0, 0, drawn.width() * scale, drawn.height() * scale)
        area.moveCenter(tile.center())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, scale < 1)
        painter.drawImage(area, drawn)
