"""An image as its numbers: every pixel a cell, large enough to be read where it is zoomed into."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from cnn_studio.ui.style.theme import LIGHT, Theme, font
from cnn_studio.ui.widgets.image_tiles import as_image

SMALLEST_NUMBER_PX = 21.0
"""Side of a cell from which its number is written into it."""
SMALLEST_COLOR_PX = 38.0
"""The same for a color's three, one below the other."""
LARGEST_CELL_PX = 96.0
ZOOM = 1.25
MIDDLE = 127
ZOOM_IN, ZOOM_OUT = (Qt.Key.Key_Plus, Qt.Key.Key_Equal), (Qt.Key.Key_Minus, Qt.Key.Key_Underscore)
STEPS = {Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0), Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1)}


class PixelMatrix(QAbstractScrollArea):
    """An image's pixels with their values; the wheel with Ctrl, + and - zoom, 0 shows all of it.

    The arrows with Shift go from pixel to pixel, and bring the one they reach into view.

    Signals:
        pointed: Row and column under the mouse or the keyboard's frame; -1 where there is none.
        zoomed: The side of a cell is another one.
    """

    pointed = Signal(int, int)
    zoomed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("pixelMatrix")
        self.setAccessibleName(self.tr("Pixel values"))
        self.setToolTip(self.tr("Shift and the arrows go from pixel to pixel"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setMouseTracking(True)
        self._theme = theme
        self.pixels: NDArray[np.uint8] = np.zeros((1, 1, 1), np.uint8)
        self._requested_px = 0.0  # a cell's side; the whole image fits where it is less than that takes
        self._cursor = (0, 0)
        theme.changed.connect(self.viewport().update)

    @property
    def cell_px(self) -> float:
        """The side of a cell."""
        return max(self._requested_px, self._fitting)

    @property
    def numbers_shown(self) -> bool:
        """Whether the cells are large enough for their numbers."""
        return self.cell_px > self._readable - 0.1

    @property
    def _readable(self) -> float:
        return SMALLEST_NUMBER_PX if self.pixels.shape[2] == 1 else SMALLEST_COLOR_PX

    @property
    def _fitting(self) -> float:
        height, width = self.pixels.shape[:2]
        room = self.viewport().size()
        return max(1.0, min(room.width() / float(width), room.height() / float(height)))

    def show_pixels(self, pixels: NDArray[np.uint8]) -> None:
        """Show an image, (height, width, 1 or 3) uint8, at the zoom there is."""
        self.pixels = pixels
        self._cursor = (min(self._cursor[0], pixels.shape[0] - 1), min(self._cursor[1], pixels.shape[1] - 1))
        self._measure()
        self._point(*self._cursor)

    def zoom(self, factor: float) -> None:
        """Enlarge or shrink the cells; the middle stays where it is."""
        bars = self.horizontalScrollBar(), self.verticalScrollBar()
        sides = self.viewport().width(), self.viewport().height()
        before = self.cell_px
        middles = [(bar.value() + side / 2) / before for bar, side in zip(bars, sides, strict=True)]
        self._requested_px = min(max(LARGEST_CELL_PX, self._fitting), before * factor)
        self._measure()
        for bar, middle, side in zip(bars, middles, sides, strict=True):
            bar.setValue(round(middle * self.cell_px - side / 2))
        self.viewport().update()
        self.zoomed.emit()

    def fit(self) -> None:
        """Show the whole image."""
        self.zoom(0.0)

    def read_numbers(self) -> None:
        """Zoom in just so far that the numbers can be read."""
        self.zoom(max(1.0, self._readable / self.cell_px))

    def describe(self, row: int, column: int) -> str:
        """Return a pixel in words."""
        values = ", ".join(str(value) for value in self.pixels[row, column].tolist())
        return self.tr("Row {row}, column {column}: {values} of 255").format(
            row=row, column=column, values=values
        )

    def _measure(self) -> None:
        height, width = self.pixels.shape[:2]
        for bar, count, side in (
            (self.horizontalScrollBar(), width, self.viewport().width()),
            (self.verticalScrollBar(), height, self.viewport().height()),
        ):
            bar.setRange(0, max(0, round(count * self.cell_px - side - 0.5)))
            bar.setPageStep(side)
            bar.setSingleStep(max(1, round(self.cell_px)))

    def _origin(self) -> QPointF:
        """Return where the first cell's corner is; an image smaller than the view is in its middle."""
        height, width = (count * self.cell_px for count in self.pixels.shape[:2])
        left = max(0.0, (self.viewport().width() - width) / 2) - self.horizontalScrollBar().value()
        top = max(0.0, (self.viewport().height() - height) / 2) - self.verticalScrollBar().value()
        return QPointF(left, top)

    def _point(self, row: int, column: int) -> None:
        height, width = self.pixels.shape[:2]
        self._cursor = (min(height - 1, max(0, row)), min(width - 1, max(0, column)))
        self.setAccessibleDescription(self.describe(*self._cursor))
        self.pointed.emit(*self._cursor)
        self.viewport().update()

    def _reach(self, row: int, column: int) -> None:
        """Go to a pixel as keys do: what is not in view is scrolled there."""
        self._point(row, column)
        scrolls = (self._cursor[1], self.horizontalScrollBar()), (self._cursor[0], self.verticalScrollBar())
        for number, bar in scrolls:
            first, last = int(number * self.cell_px), round((number + 1) * self.cell_px)
            bar.setValue(min(first, max(bar.value(), last - bar.pageStep())))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._measure()
        self.zoomed.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.mouseMoveEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        cell = (event.position() - self._origin()) / self.cell_px
        height, width = self.pixels.shape[:2]
        if 0 <= cell.x() < width and 0 <= cell.y() < height:
            self._point(int(cell.y()), int(cell.x()))

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.viewport().update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom(ZOOM if event.angleDelta().y() > 0 else 1 / ZOOM)
        else:
            super().wheelEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if key in ZOOM_IN:
            self.zoom(ZOOM)
        elif key in ZOOM_OUT:
            self.zoom(1 / ZOOM)
        elif key == Qt.Key.Key_0:
            self.fit()
        elif key in STEPS and shifted:
            self._reach(self._cursor[0] + STEPS[key][0], self._cursor[1] + STEPS[key][1])
        else:
            event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        tokens, side, origin = self._theme.tokens, self.cell_px, self._origin()
        height, width = self.pixels.shape[:2]
        area = QRectF(origin.x(), origin.y(), width * side, height * side)
        painter.drawImage(area, as_image(self.pixels))
        if self.numbers_shown:
            self._paint_numbers(painter, origin)
        painter.setPen(QPen(tokens.color("hairline"), 1))
        painter.drawRect(area)
        if self.hasFocus() or self.viewport().underMouse():
            row, column = self._cursor
            painter.setPen(QPen(tokens.color("accent"), 2))
            painter.drawRect(QRectF(origin.x() + column * side, origin.y() + row * side, side, side))

    def _paint_numbers(self, painter: QPainter, origin: QPointF) -> None:
        """Write the values into the cells in view, dark on bright and bright on dark."""
        side, view = self.cell_px, self.viewport().rect()
        height, width, channels = self.pixels.shape
        rows = range(
            max(0, int(-origin.y() / side)), min(height, int((view.height() - origin.y()) / side) + 1)
        )
        columns = range(
            max(0, int(-origin.x() / side)), min(width, int((view.width() - origin.x()) / side) + 1)
        )
        painter.setFont(font(min(10.5, side * (0.30 if channels == 1 else 0.19)), tabular=True))
        dark, bright = LIGHT.color("text"), LIGHT.color("surface")  # by the pixel, not by the appearance
        for row in rows:
            for column in columns:
                values = self.pixels[row, column].tolist()
                painter.setPen(dark if sum(values) > MIDDLE * channels else bright)
                cell = QRectF(origin.x() + column * side, origin.y() + row * side, side, side)
                painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, "\n".join(map(str, values)))
