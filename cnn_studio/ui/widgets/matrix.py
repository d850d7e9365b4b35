"""The confusion matrix: row = true class, column = what the network read."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from cnn_studio.core.evaluation import row_normalised
from cnn_studio.ui.theme import Theme, font
from cnn_studio.ui.widgets.matrix_picture import Grid, Picture, grid_for

SMALLEST_FRAME_PX = 8.0
"""A frame around a smaller cell would hide it."""
ARROWS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


class ConfusionMatrix(QWidget):
    """Cells with numbers and a colour bar; a click or Enter on a cell selects it."""

    cell_selected = Signal(int, int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("confusionMatrix")
        self.setAccessibleName(self.tr("Confusion matrix"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self._theme = theme
        self._counts: NDArray[np.int64] = np.zeros((0, 0), np.int64)
        self._shares: NDArray[np.float64] = np.zeros((0, 0))
        self._classes: tuple[str, ...] = ()
        self._by_row = False
        self._hovered: tuple[int, int] | None = None
        self._laid_out: Grid | None = None
        self._painted: QPixmap | None = None
        self.selected: tuple[int, int] | None = None
        self.hint = self.tr("The confusion matrix of a run appears here")
        theme.changed.connect(self._paint_again)

    def sizeHint(self) -> QSize:
        return QSize(560, 560)

    def minimumSizeHint(self) -> QSize:
        return QSize(320, 320)

    @property
    def counts(self) -> NDArray[np.int64]:
        """(classes, classes) counts as shown."""
        return self._counts

    def show_matrix(self, counts: NDArray[np.int64], classes: tuple[str, ...]) -> None:
        """Show a matrix; nothing is selected afterwards."""
        self._counts, self._shares, self._classes = counts, row_normalised(counts), classes
        self.selected = self._hovered = None
        self._paint_again()

    def normalise_rows(self, wanted: bool) -> None:
        """Show each row as percent of its true class, or counts."""
        self._by_row = wanted
        self._paint_again()

    def select(self, true: int, predicted: int) -> None:
        """Select a cell as a click does."""
        self.selected = (true, predicted)
        self.update()
        self.cell_selected.emit(true, predicted)

    def cell_center(self, true: int, predicted: int) -> QPointF:
        """Return the middle of a cell in the widget's coordinates."""
        return self._grid.cell(true, predicted).center()

    @property
    def _grid(self) -> Grid:
        """Where the cells are, measured once a size."""
        if self._laid_out is None:
            self._laid_out = grid_for(self._classes, QSizeF(self.size()))
        return self._laid_out

    def _paint_again(self) -> None:
        """Forget what was painted and measured."""
        self._laid_out = self._painted = None
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._paint_again()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.ApplicationFontChange):
            self._paint_again()

    def _cell_at(self, position: QPointF) -> tuple[int, int] | None:
        """Return the cell under a place; where several share a pixel, the one with the most images."""
        grid = self._grid
        if not self._classes or not grid.area.contains(position):
            return None
        last, side = len(self._classes) - 1, grid.side
        true, predicted = (
            min(last, int(offset / side))
            for offset in (position.y() - grid.area.top(), position.x() - grid.area.left())
        )
        if side >= 1.0:
            return true, predicted
        reach = int(np.ceil(1.0 / side))
        near = self._counts[true : true + reach, predicted : predicted + reach]
        down, right = divmod(int(near.argmax()), near.shape[1])
        return true + down, predicted + right

    def mousePressEvent(self, event: QMouseEvent) -> None:
        cell = self._cell_at(event.position())
        if cell and event.button() == Qt.MouseButton.LeftButton:
            self.select(*cell)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        cell = self._cell_at(event.position())
        if cell != self._hovered:
            self._hovered = cell
            self.setCursor(Qt.CursorShape.PointingHandCursor if cell else Qt.CursorShape.ArrowCursor)
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = None
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        move = ARROWS.get(Qt.Key(event.key()))
        if not move or not self._classes:
            super().keyPressEvent(event)
            return
        last = len(self._classes) - 1
        row, column = self.selected or (0, 0)
        if self.selected:
            row, column = min(last, max(0, row + move[0])), min(last, max(0, column + move[1]))
        self.select(row, column)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            cell = self._cell_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), self.describe(*cell) if cell else "", self)
            return True
        return super().event(event)

    def describe(self, true: int, predicted: int) -> str:
        """Return a cell in words."""
        count = int(self._counts[true, predicted])
        share = 100 * self._shares[true, predicted]
        if true == predicted:
            text = self.tr("{true} read correctly: {count} ({share:.1f} % of its images)")
        else:
            text = self.tr("{true} read as {predicted}: {count} ({share:.1f} % of its images)")
        return text.format(
            true=self._classes[true], predicted=self._classes[predicted], count=count, share=share
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = self._theme.tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self._classes:
            painter.setFont(font())
            painter.setPen(tokens.color("muted"))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self.hint)
            return
        ratio = painter.device().devicePixelRatioF()
        if self._painted is None or self._painted.devicePixelRatioF() != ratio:
            self._painted = self._paint_still(ratio)
        painter.drawPixmap(0, 0, self._painted)
        for cell, token in ((self._hovered, "border"), (self.selected, "accent")):
            if cell:
                square = self._grid.cell(*cell)
                inset = (
                    1.0 if square.width() >= SMALLEST_FRAME_PX else (square.width() - SMALLEST_FRAME_PX) / 2
                )
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(tokens.color(token), 2))
                painter.drawRect(square.adjusted(inset, inset, -inset, -inset))

    def _paint_still(self, ratio: float) -> QPixmap:
        """Paint what does not move with the mouse; kept until something of it changes."""
        pixmap = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setWindow(self.rect())
        painter.setViewport(self.rect())
        Picture(
            self._grid, self._classes, self._counts, self._shares, self._by_row, self._theme.tokens
        ).paint(painter)
        painter.end()
        return pixmap
