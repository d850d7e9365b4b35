"""How a small confusion matrix is painted, of one run or of what changed between two: everything but what moves with the mouse."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from cnn_studio.ui.style.theme import CAPTION_PT, STEP_PX, Tokens, font
from cnn_studio.ui.widgets.confusion_matrix_layout import LONGEST_NAME_PX, TITLE_PX, Grid
from cnn_studio.ui.widgets.confusion_matrix_painting import mixed, paint_image
from cnn_studio.ui.widgets.confusion_matrix_text import number_text

SMALLEST_PT, LARGEST_PT = 6.0, 10.5
"""Of the numbers; where they would be smaller they are left out."""
ROOM_OF_A_DIGIT = 1.08
"""Points of a number's size, times its digits, that fit into a pixel of a cell's side."""
SMALLEST_CELL_PX = 6.0
"""Below this side all cells are painted as one image."""
FAINTEST = 0.15
"""Share of the full color that the smallest difference has."""


@dataclass(frozen=True)
class SmallMatrixPicture:
    """A matrix in a widget.

    Attributes:
        grid: Where the cells are.
        classes: Their names, one at least.
        values: (classes, classes) counts or differences of counts, row = true class.
        title: Written above.
        signed: Whether they are differences, with signs and the colors of `fewer` and `more`.
        tokens: The colors.
    """

    grid: Grid
    classes: tuple[str, ...]
    values: NDArray[np.int64]
    title: str
    signed: bool
    tokens: Tokens

    def paint(self, painter: QPainter) -> None:
        """Paint title, cells and names."""
        tokens, area = self.tokens, self.grid.area
        painter.setFont(font(bold=True))
        painter.setPen(tokens.color("text"))
        room = QRectF(area.left(), 0, painter.window().width() - area.left(), TITLE_PX - 4)
        metrics = QFontMetricsF(painter.font())
        short = metrics.elidedText(self.title, Qt.TextElideMode.ElideMiddle, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, short)
        colors = self._colors()
        if self.grid.side >= SMALLEST_CELL_PX:
            self._paint_cells(painter, colors)
        else:
            paint_image(painter, area, colors, self.values != 0)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(tokens.color("hairline"), 1))
        painter.drawRect(area)
        painter.setPen(tokens.color("muted"))
        self._paint_names(painter)

    def _colors(self) -> NDArray[np.uint8]:
        """Return the color of every cell, (classes, classes, 3) red, green, blue."""
        sizes, color = np.abs(self.values).astype(np.float64), self.tokens.color
        if not self.signed:
            top = max(1.0, sizes.max(initial=0.0))
            return mixed(sizes / top, color("matrix_low"), color("matrix_high"))
        shares = (FAINTEST + (1 - FAINTEST) * np.sqrt(self._shares_of_change(sizes))) ** 2
        more, fewer = (mixed(shares, color("surface"), color(name)) for name in ("more", "fewer"))
        return np.where((self.values > 0)[..., None], more, fewer)

    @staticmethod
    def _shares_of_change(sizes: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return each cell's part of the largest change.

        What changed off the diagonal is what was confused; the diagonal is measured by itself, since all
        that changes adds up there.
        """
        diagonal = np.eye(len(sizes), dtype=bool)
        tops = (np.max(sizes, where=part, initial=1.0) for part in (diagonal, ~diagonal))
        shares: NDArray[np.float64] = sizes / np.where(diagonal, *tops)
        return shares

    def _paint_cells(self, painter: QPainter, colors: NDArray[np.uint8]) -> None:
        texts = self.tokens.color("matrix_text_low"), self.tokens.color("matrix_text_high")
        for true, read in np.argwhere(self.values).tolist():
            cell = self.grid.cell(true, read).adjusted(0.5, 0.5, -0.5, -0.5)
            color = QColor(*colors[true, read].tolist())
            painter.fillRect(cell, color)
            text = number_text(int(self.values[true, read]), signed=self.signed)
            size_pt = min(LARGEST_PT, ROOM_OF_A_DIGIT * self.grid.side / max(3, len(text)))
            if size_pt >= SMALLEST_PT:
                painter.setFont(font(size_pt, tabular=True))
                painter.setPen(_text_on(color, texts))
                painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_names(self, painter: QPainter) -> None:
        """Name rows and columns, every one or as many as have room."""
        painter.setFont(font(CAPTION_PT))
        metrics = QFontMetricsF(painter.font())
        area = self.grid.area
        every = max(1, int(np.ceil(metrics.height() / self.grid.side)))
        for number in range(0, len(self.classes), every):
            short = metrics.elidedText(
                self.classes[number], Qt.TextElideMode.ElideMiddle, area.left() - STEP_PX
            )
            cell = self.grid.cell(number, 0)
            box = QRectF(0, cell.center().y() - metrics.height() / 2, area.left() - 6, metrics.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, short)
            x = self.grid.cell(number, number).center().x()
            if self.grid.upright:
                rect = QRectF(x - 24, area.bottom() + 2, 48, metrics.height())
                painter.drawText(rect, Qt.AlignmentFlag.AlignHCenter, self.classes[number])
                continue
            painter.save()
            painter.translate(x, area.bottom() + 4)
            painter.rotate(-90)
            box = QRectF(-LONGEST_NAME_PX, -metrics.height() / 2, LONGEST_NAME_PX, metrics.height())
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, short)
            painter.restore()


def _text_on(color: QColor, texts: tuple[QColor, QColor]) -> QColor:
    """Return the one of two colors that stands out more from another."""
    return max(texts, key=lambda text: abs(_lightness(text) - _lightness(color)))


def _lightness(color: QColor) -> float:
    """Return about how light a color looks, 0 to 255 (ITU-R BT.601)."""
    return 0.299 * color.red() + 0.587 * color.green() + 0.114 * color.blue()
