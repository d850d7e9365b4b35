"""How a small confusion matrix is laid out and painted: everything but what moves with the mouse."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPen

from cnn_studio.ui.style.theme import CAPTION_PT, STEP_PX, Tokens, font

TITLE_PX = 24.0
SMALLEST_PT, LARGEST_PT = 6.0, 10.5
"""Of the numbers; where they would be smaller they are left out."""
ROOM_OF_A_DIGIT = 1.08
"""Points of a number's size, times its digits, that fit into a pixel of a cell's side."""
SMALLEST_CELL_PX = 6.0
"""Below this side all cells are painted as one image."""
FAINTEST = 0.15
"""Share of the full color that the smallest difference has."""
LONGEST_NAME_PX = 72.0


@dataclass(frozen=True)
class ComparedMatrixPicture:
    """A matrix in a widget.

    Attributes:
        values: (classes, classes) counts or differences of counts, row = true class.
        classes: Their names, one at least.
        title: Written above.
        signed: Whether they are differences, with signs and the colors of `fewer` and `more`.
        size: The widget's.
    """

    values: NDArray[np.int64]
    classes: tuple[str, ...]
    title: str
    signed: bool
    size: QSizeF

    @cached_property
    def area(self) -> QRectF:
        """The square of all cells."""
        metrics = QFontMetricsF(font(CAPTION_PT))
        widest = max(map(metrics.horizontalAdvance, self.classes))
        left = min(widest, LONGEST_NAME_PX) + STEP_PX
        below = metrics.height() if widest < 24 else min(widest, LONGEST_NAME_PX)
        room = self.size.width() - left - STEP_PX, self.size.height() - TITLE_PX - below - STEP_PX
        side = max(1.0, min(room))
        return QRectF(left, TITLE_PX, side, side)

    @property
    def side(self) -> float:
        """The side of one cell."""
        return self.area.width() / len(self.classes)

    def cell(self, true: int, read: int) -> QRectF:
        """Return a cell's square."""
        area, side = self.area, self.side
        return QRectF(area.left() + read * side, area.top() + true * side, side, side)

    def text(self, true: int, read: int) -> str:
        """Return a cell's number as it is written."""
        value = int(self.values[true, read])
        return f"{value:+d}".replace("-", "−") if self.signed else f"{value}"

    def paint(self, painter: QPainter, tokens: Tokens) -> None:
        """Paint title, cells and names."""
        painter.setFont(font(bold=True))
        painter.setPen(tokens.color("text"))
        room = QRectF(self.area.left(), 0, self.size.width() - self.area.left(), TITLE_PX - 4)
        metrics = QFontMetricsF(painter.font())
        short = metrics.elidedText(self.title, Qt.TextElideMode.ElideMiddle, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, short)
        if self.side >= SMALLEST_CELL_PX:
            self._paint_cells(painter, tokens)
        else:
            self._paint_image(painter, tokens)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(tokens.color("hairline"), 1))
        painter.drawRect(self.area)
        painter.setPen(tokens.color("muted"))
        self._paint_names(painter)

    def _strengths(self) -> NDArray[np.float64]:
        """Return each cell's part of the deepest color, 0 to 1.

        The square root lets single images be seen. What changed off the diagonal is what was confused; the
        diagonal is measured by itself, since all that changes adds up there.
        """
        sizes = np.abs(self.values).astype(np.float64)
        if not self.signed:
            strengths: NDArray[np.float64] = np.sqrt(sizes / max(1.0, sizes.max(initial=0.0)))
            return strengths
        diagonal = np.eye(len(sizes), dtype=bool)
        tops = np.where(
            diagonal,
            np.max(sizes, where=diagonal, initial=1.0),
            np.max(sizes, where=~diagonal, initial=1.0),
        )
        signed: NDArray[np.float64] = np.sqrt(sizes / tops)
        return signed

    def _colors(self, tokens: Tokens) -> NDArray[np.uint8]:
        """Return the color of every cell, (classes, classes, 3) red, green, blue."""
        strengths = self._strengths()[..., None]
        names = ("surface", "fewer", "more") if self.signed else ("matrix_low", "matrix_high", "matrix_high")
        low, less, more = (_triple(tokens.color(name)) for name in names)
        if self.signed:
            strengths = FAINTEST + (1 - FAINTEST) * strengths
        high = np.where((self.values > 0)[..., None], more, less)
        colors: NDArray[np.uint8] = np.rint(low + strengths * (high - low)).astype(np.uint8)
        return colors

    def _paint_cells(self, painter: QPainter, tokens: Tokens) -> None:
        colors = self._colors(tokens)
        texts = tokens.color("matrix_text_low"), tokens.color("matrix_text_high")
        for true, read in np.argwhere(self.values).tolist():
            cell, color = self.cell(true, read).adjusted(0.5, 0.5, -0.5, -0.5), QColor(*colors[true, read])
            painter.fillRect(cell, color)
            text = self.text(true, read)
            size_pt = min(LARGEST_PT, ROOM_OF_A_DIGIT * self.side / max(3, len(text)))
            if size_pt >= SMALLEST_PT:
                painter.setFont(font(size_pt, tabular=True))
                painter.setPen(_text_on(color, texts))
                painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_image(self, painter: QPainter, tokens: Tokens) -> None:
        """Paint cells too small for numbers as one image."""
        size = len(self.classes)
        content = np.empty((size, size, 4), np.uint8)
        content[..., :3], content[..., 3] = self._colors(tokens), 255 * (self.values != 0)
        image = QImage(content.data, size, size, 4 * size, QImage.Format.Format_RGBA8888)
        painter.drawImage(self.area, image)

    def _paint_names(self, painter: QPainter) -> None:
        """Name rows and columns, every one or as many as have room."""
        painter.setFont(font(CAPTION_PT))
        metrics = QFontMetricsF(painter.font())
        area = self.area
        upright = max(map(metrics.horizontalAdvance, self.classes)) < 24
        every = max(1, int(np.ceil(metrics.height() / self.side)))
        for number in range(0, len(self.classes), every):
            short = metrics.elidedText(
                self.classes[number], Qt.TextElideMode.ElideMiddle, area.left() - STEP_PX
            )
            cell = self.cell(number, 0)
            box = QRectF(0, cell.center().y() - metrics.height() / 2, area.left() - 6, metrics.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, short)
            x = self.cell(number, number).center().x()
            if upright:
                place = QRectF(x - 24, area.bottom() + 2, 48, metrics.height())
                painter.drawText(place, Qt.AlignmentFlag.AlignHCenter, self.classes[number])
                continue
            painter.save()
            painter.translate(x, area.bottom() + 4)
            painter.rotate(-90)
            box = QRectF(-LONGEST_NAME_PX, -metrics.height() / 2, LONGEST_NAME_PX, metrics.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, short)
            painter.restore()


def _triple(color: QColor) -> NDArray[np.float64]:
    """Return red, green and blue, 0 to 255."""
    return np.array([color.red(), color.green(), color.blue()], np.float64)


def _text_on(color: QColor, texts: tuple[QColor, QColor]) -> QColor:
    """Return the one of two colors that stands out more from another."""
    return max(texts, key=lambda text: abs(_lightness(text) - _lightness(color)))


def _lightness(color: QColor) -> float:
    """Return about how light a color looks, 0 to 255 (ITU-R BT.601)."""
    return 0.299 * color.red() + 0.587 * color.green() + 0.114 * color.blue()
