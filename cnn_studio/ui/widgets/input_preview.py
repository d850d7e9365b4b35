"""What the network is shown."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from cnn_studio.ui.style.theme import Theme


class InputPreview(QWidget):
    """The pixels that enter the network, each as a square."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("inputPreview")
        self.setAccessibleName(self.tr("What the network sees, 28 by 28 pixels"))
        self.setFixedSize(168, 168)
        self._theme = theme
        self._pixels: NDArray[np.uint8] | None = None
        theme.changed.connect(self.update)

    @property
    def pixels(self) -> NDArray[np.uint8] | None:
        """(height, width) uint8 as shown, None while empty."""
        return self._pixels

    def show_pixels(self, pixels: NDArray[np.uint8] | None) -> None:
        """Show an image; None shows the empty state.

        Args:
            pixels: uint8, (height, width), or with channels last or first, of which one is shown.
        """
        if pixels is not None and pixels.ndim == 3:
            pixels = pixels[0] if pixels.shape[0] in (1, 3) else pixels[..., 0]
        self._pixels = None if pixels is None else np.ascontiguousarray(pixels)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        area = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        if self._pixels is None:
            painter.fillRect(area, self._theme.tokens.color("background"))
            painter.setPen(self._theme.tokens.color("muted"))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, self.tr("28 × 28 pixels"))
        else:
            height, width = self._pixels.shape
            image = QImage(self._pixels.data, width, height, width, QImage.Format.Format_Grayscale8)
            painter.drawImage(area, image)
        painter.setPen(self._theme.tokens.color("hairline"))
        painter.drawRect(area)
