"""How a confusion matrix is painted: everything but what moves with the mouse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QLinearGradient, QPainter, QPen

from cnn_studio.core.evaluation.predictions import column_normalized, row_normalized
from cnn_studio.ui.style.theme import CAPTION_PT, STEP_PX, Tokens, font
from cnn_studio.ui.widgets.confusion_matrix_layout import GAP_PX, NAMES_PX, TOTAL_PX, Grid

Shown = Literal["counts", "rows", "columns"]
"""Counts, or shares of the row (recall on the diagonal) or of the column (precision there)."""

BAR_PX = 12
MOST_CELLS_PAINTED = 60
"""Classes up to which each cell is painted; more are drawn as one image, a pixel or more a cell."""
SMALLEST_NUMBER_PX = 18
"""Side of a cell from which its number is written into it."""

Values = NDArray[np.int64] | NDArray[np.float64]


def mixed(shares: NDArray[np.float64], low: QColor, high: QColor) -> NDArray[np.uint8]:
    """Return the colors of shares of the largest value, (..., 3) as red, green, blue.

    The square root lets single errors be seen. The ramp only gains in darkness, so it is read in gray.
    """
    first, last = (np.asarray(color.getRgb()[:3], dtype=np.float64) for color in (low, high))  # type: ignore[index]
    colors: NDArray[np.uint8] = np.rint(first + np.sqrt(shares)[..., None] * (last - first)).astype(np.uint8)
    return colors


def paint_image(painter: QPainter, area: QRectF, colors: NDArray[np.uint8], seen: NDArray[np.bool_]) -> None:
    """Paint cells as one image, (rows, columns, 3); those not `seen` are left out."""
    height, width = seen.shape
    content = np.empty((height, width, 4), np.uint8)
    content[..., :3] = colors
    content[..., 3] = 255 * seen
    painter.drawImage(area, QImage(content.data, width, height, 4 * width, QImage.Format.Format_RGBA8888))


@dataclass(frozen=True)
class ConfusionMatrixPicture:
    """A matrix to paint.

    Attributes:
        grid: Where the cells are.
        classes: Their names.
        counts: (classes, classes), row = true class.
        shown: What the cells say.
        diagonal: Whether what was read rightly is shown.
        tokens: The colors.
    """

    grid: Grid
    classes: tuple[str, ...]
    counts: NDArray[np.int64]
    shown: Shown
    diagonal: bool
    tokens: Tokens

    def paint(self, painter: QPainter) -> None:
        """Paint cells, sums, names and color bar."""
        values = self._values()
        top = float(values.max()) or 1.0
        if len(self.classes) <= MOST_CELLS_PAINTED:
            self._paint_cells(painter, values, top)
        else:
            shades = self._pooled(values, painter.device().devicePixelRatioF()) / top
            paint_image(painter, self.grid.area, self._mixed(shades), shades > 0)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(self.tokens.color("hairline"), 1))
        painter.drawRect(self.grid.area)
        self._paint_totals(painter)
        self._paint_names(painter)
        self._paint_color_bar(painter, top)

    def _values(self) -> Values:
        values: Values = self.counts
        if self.shown == "rows":
            values = row_normalized(self.counts)
        elif self.shown == "columns":
            values = column_normalized(self.counts)
        if not self.diagonal:
            values = values.copy()
            np.fill_diagonal(values, 0)
        return values

    def _mixed(self, shares: NDArray[np.float64]) -> NDArray[np.uint8]:
        return mixed(shares, self.tokens.color("matrix_low"), self.tokens.color("matrix_high"))

    def _paint_cells(self, painter: QPainter, values: Values, top: float) -> None:
        tokens, side = self.tokens, self.grid.side
        painter.setFont(font(max(6.0, min(10.5, side * 0.26)), tabular=True))
        texts = tokens.color("matrix_text_low"), tokens.color("matrix_text_high")
        shades = values / top
        colors = self._mixed(shades)
        for true, predicted in np.argwhere(values).tolist():
            cell = self.grid.cell(true, predicted).adjusted(0.5, 0.5, -0.5, -0.5)
            painter.fillRect(cell, QColor(*colors[true, predicted].tolist()))
            if side < SMALLEST_NUMBER_PX:
                continue
            painter.setPen(texts[bool(shades[true, predicted] ** 0.5 > 0.5)])
            value = values[true, predicted]
            text = f"{value}" if self.shown == "counts" else f"{100 * value:.1f}"
            painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, text)
        if not self.diagonal:
            painter.setPen(QPen(tokens.color("hairline"), 1))
            for number in range(len(self.classes)):
                cell = self.grid.cell(number, number)
                painter.drawLine(cell.topLeft(), cell.bottomRight())

    def _pooled(self, values: Values, ratio: float) -> Values:
        """Return the largest value of the cells that share a pixel, so that single errors are seen."""
        pixels = int(self.grid.area.width() * ratio)
        if not 0 < pixels < len(self.classes):
            return values
        first = np.arange(pixels) * len(self.classes) // pixels
        pooled: Values = np.maximum.reduceat(np.maximum.reduceat(values, first, axis=0), first, axis=1)
        return pooled

    def _paint_totals(self, painter: QPainter) -> None:
        """Write the sums of rows and columns, as many as do not run into one another."""
        grid = self.grid
        painter.setFont(font(CAPTION_PT, tabular=True))
        metrics = QFontMetricsF(painter.font())
        painter.setPen(self.tokens.color("muted"))
        every = max(1, int(np.ceil(metrics.height() / grid.side)))
        for number, total in list(enumerate(self.counts.sum(axis=1).tolist()))[::every]:
            rect = grid.row_total(number)
            height = max(rect.height(), metrics.height())
            line = QRectF(rect.left(), rect.center().y() - height / 2, rect.width(), height)
            painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, f"{total:,}")
        sums = self.counts.sum(axis=0).tolist()
        painter.setFont(font(CAPTION_PT - 1, tabular=True))
        widest = QFontMetricsF(painter.font()).horizontalAdvance(f"{max(sums)}") + 2
        apart = max(1, int(np.ceil(widest / grid.side)))
        for number, total in list(enumerate(sums))[::apart]:
            rect = grid.column_total(number)
            line = QRectF(rect.center().x() - 40, rect.top(), 80, rect.height())
            painter.drawText(line, Qt.AlignmentFlag.AlignCenter, f"{total}")

    def _paint_names(self, painter: QPainter) -> None:
        """Name rows and columns: every one, or every so many that they do not run into one another."""
        tokens, grid = self.tokens, self.grid
        area = grid.area
        painter.setFont(font(CAPTION_PT))
        metrics = QFontMetricsF(painter.font())
        painter.setPen(tokens.color("text"))
        room = area.left() - 3 * STEP_PX
        every = int(np.ceil(metrics.height() / grid.side))
        apart = int(np.ceil((grid.widest_px + 4 if grid.upright else 1.3 * metrics.height()) / grid.side))
        below = area.bottom() + GAP_PX + TOTAL_PX
        for number in range(0, len(self.classes), every):
            cell = grid.cell(number, 0)
            short = metrics.elidedText(self.classes[number], Qt.TextElideMode.ElideMiddle, room)
            line = QRectF(2 * STEP_PX, cell.center().y() - metrics.height() / 2, room, metrics.height())
            painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, short)
        for number in range(0, len(self.classes), apart):
            column = grid.cell(len(self.classes) - 1, number)
            if grid.upright:
                rect = QRectF(column.center().x() - 60, below, 120, metrics.height())
                painter.drawText(rect, Qt.AlignmentFlag.AlignHCenter, self.classes[number])
            else:
                painter.save()
                painter.translate(column.center().x() + 4, below + 4)
                painter.rotate(-50)
                painter.drawText(
                    QRectF(-90, -8, 90, 16),
                    Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
                    metrics.elidedText(self.classes[number], Qt.TextElideMode.ElideMiddle, 88),
                )
                painter.restore()
        self._paint_axes(painter, metrics)

    def _paint_axes(self, painter: QPainter, metrics: QFontMetricsF) -> None:
        area = self.grid.area
        painter.setPen(self.tokens.color("muted"))
        below = area.bottom() + GAP_PX + TOTAL_PX + STEP_PX
        below += metrics.height() if self.grid.upright else NAMES_PX
        lowest = painter.window().height() - metrics.height() - 2
        painter.drawText(
            QRectF(area.left(), min(below, lowest), area.width(), metrics.height()),
            Qt.AlignmentFlag.AlignHCenter,
            QCoreApplication.translate("ConfusionMatrix", "read as"),
        )
        painter.save()
        painter.translate(metrics.height() / 2 + 1, area.center().y())
        painter.rotate(-90)
        painter.drawText(
            QRectF(-60, -metrics.height() / 2, 120, metrics.height()),
            Qt.AlignmentFlag.AlignCenter,
            QCoreApplication.translate("ConfusionMatrix", "true class"),
        )
        painter.restore()

    def _paint_color_bar(self, painter: QPainter, top: float) -> None:
        area = self.grid.area
        left = area.right() + GAP_PX + self.grid.totals_px + 2 * STEP_PX
        bar = QRectF(left, area.top(), BAR_PX, area.height())
        gradient = QLinearGradient(bar.bottomLeft(), bar.topLeft())
        stops = np.linspace(0.0, 1.0, 11)
        for stop, color in zip(stops.tolist(), self._mixed(stops).tolist(), strict=True):
            gradient.setColorAt(stop, QColor(*color))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.fillRect(bar, gradient)
        painter.setFont(font(CAPTION_PT, tabular=True))
        painter.setPen(self.tokens.color("muted"))
        height = 18.0
        for share in (0.0, 0.25, 0.5, 0.75, 1.0):
            y = bar.bottom() - share * bar.height()
            rect = min(max(y - height / 2, area.top()), area.bottom() - height)
            text = self._bar_text(share * top)
            painter.drawText(QRectF(bar.right() + 4, rect, 48, height), Qt.AlignmentFlag.AlignVCenter, text)

    def _bar_text(self, value: float) -> str:
        if self.shown == "counts":
            return f"{value:,.0f}"
        return f"{100 * value:.0f} %" if value >= 0.1 or not value else f"{100 * value:.1f} %"
