"""The confusion matrix: row = true class, column = what the network read."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, QSizeF, Qt, Signal
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

from cnn_studio.ui.style.theme import Theme, font
from cnn_studio.ui.widgets.confusion_matrix_painting import ConfusionMatrixPicture, Grid, Shown, grid_for
from cnn_studio.ui.widgets.confusion_matrix_text import cell_in_words

Cell = tuple[int, int]
Cells = frozenset[Cell]

SMALLEST_FRAME_PX = 8.0
"""A frame around a smaller cell would hide it."""
MOST_FRAMES = 400
"""More selected cells are framed as one block."""
ARROWS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


class ConfusionMatrix(QWidget):
    """Cells with numbers, their sums and a color bar; cells are selected with the mouse or the arrow keys.

    A click selects a cell, or by its name or sum a whole row or column; dragging selects a rectangle,
    Ctrl adds or takes away, Shift reaches to there from the cell selected last, Escape selects nothing.

    Signals:
        cells_selected: The (true, predicted) pairs a person selected, a frozenset.
    """

    cells_selected = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("confusionMatrix")
        self.setAccessibleName(self.tr("Confusion matrix"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self._theme = theme
        self._counts: NDArray[np.int64] = np.zeros((0, 0), np.int64)
        self._classes: tuple[str, ...] = ()
        self._shown: Shown = "counts"
        self._diagonal = True
        self._hovered: Cell | None = None
        self._anchor: Cell | None = None
        self._kept: Cells = frozenset()
        self._laid_out: Grid | None = None
        self._painted: QPixmap | None = None
        self.cells: Cells = frozenset()
        self.selected: Cell | None = None
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

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes."""
        return self._classes

    @property
    def shown(self) -> Shown:
        """What the cells say."""
        return self._shown

    def show_matrix(self, counts: NDArray[np.int64], classes: tuple[str, ...]) -> None:
        """Show a matrix; nothing is selected afterwards."""
        self._counts, self._classes = counts, classes
        self._hovered = None
        self.clear_selection()
        self._paint_again()

    def show_as(self, shown: Shown) -> None:
        """Show counts, or shares of the rows or columns in percent."""
        self._shown = shown
        self._paint_again()

    def show_diagonal(self, wanted: bool) -> None:
        """Show what was read rightly, or only what was not: its colors then reach from 0 to the largest."""
        self._diagonal = wanted
        self._paint_again()

    def select(self, true: int, predicted: int) -> None:
        """Select a cell as a click does."""
        self._anchor = (true, predicted)
        self._select([(true, predicted)], (true, predicted))

    def select_cells(self, cells: Iterable[Cell]) -> None:
        """Select several cells as a drag does."""
        chosen = list(cells)
        self._select(chosen, chosen[-1] if chosen else None)

    def clear_selection(self) -> None:
        """Select nothing, and say nothing."""
        self.cells, self.selected, self._anchor = frozenset(), None, None
        self.update()

    def _select(self, cells: Iterable[Cell], current: Cell | None) -> None:
        self.cells, self.selected = frozenset(cells), current
        self.setAccessibleDescription(self.describe(*current) if current and len(self.cells) == 1 else "")
        self.update()
        self.cells_selected.emit(self.cells)

    def cell_center(self, true: int, predicted: int) -> QPointF:
        """Return the middle of a cell in the widget's coordinates."""
        return self._grid.cell(true, predicted).center()

    @property
    def _grid(self) -> Grid:
        """Where the cells are, measured once a size."""
        if self._laid_out is None:
            sums = [int(self._counts.sum(axis=axis).max(initial=0)) for axis in (0, 1)]
            self._laid_out = grid_for(self._classes, max(sums), QSizeF(self.size()))
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

    def _cell_at(self, position: QPointF) -> Cell | None:
        """Return the cell under a place; where several share a pixel, the one with the most images."""
        grid = self._grid
        if not self._classes or not grid.area.contains(position):
            return None
        true, predicted = self._nearest(position)
        if grid.side >= 1.0:
            return true, predicted
        reach = int(np.ceil(1.0 / grid.side))
        near = self._counts[true : true + reach, predicted : predicted + reach]
        down, right = divmod(int(near.argmax()), near.shape[1])
        return true + down, predicted + right

    def _nearest(self, position: QPointF) -> Cell:
        """Return the cell under a place, or the one nearest to it."""
        grid, last = self._grid, len(self._classes) - 1
        down, right = position.y() - grid.area.top(), position.x() - grid.area.left()
        return tuple(min(last, max(0, int(offset / grid.side))) for offset in (down, right))  # type: ignore[return-value]

    def _line_at(self, position: QPointF) -> list[Cell]:
        """Return the cells of the row or column whose name or sum is under a place."""
        area, everything = self._grid.area, range(len(self._classes))
        true, predicted = self._nearest(position) if self._classes else (0, 0)
        if area.top() <= position.y() < area.bottom() and position.x() < self._grid.row_total(0).right():
            return [(true, column) for column in everything]
        if area.left() <= position.x() < area.right() and position.y() > area.bottom():
            return [(row, predicted) for row in everything]
        return []

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or not self._classes:
            return
        cell, modifiers = self._cell_at(event.position()), event.modifiers()
        adds = bool(modifiers & Qt.KeyboardModifier.ControlModifier)
        self._kept = self.cells if adds else frozenset()
        if cell is None:
            line = self._line_at(event.position())
            if line:
                self._anchor = None
                self._select(self._kept | set(line), None)
        elif modifiers & Qt.KeyboardModifier.ShiftModifier and self._anchor:
            self._select(self._kept | block(self._anchor, cell), cell)
        else:
            self._anchor = cell
            self._select(self._kept ^ {cell}, cell)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton and self._anchor and self._classes:
            cell = self._nearest(event.position())
            if cell != self.selected:
                self._select(self._kept | block(self._anchor, cell), cell)
            return
        hovered = self._cell_at(event.position())
        if hovered != self._hovered:
            self._hovered = hovered
            pointing = hovered or self._line_at(event.position())
            self.setCursor(Qt.CursorShape.PointingHandCursor if pointing else Qt.CursorShape.ArrowCursor)
            self.update()

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = None
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.cells:
            self._anchor = None
            self._select([], None)
            return
        move = ARROWS.get(Qt.Key(event.key()))
        if not move or not self._classes:
            super().keyPressEvent(event)
            return
        last = len(self._classes) - 1
        row, column = self.selected or (0, 0)
        if self.selected:
            row, column = min(last, max(0, row + move[0])), min(last, max(0, column + move[1]))
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier and self._anchor:
            self._select(block(self._anchor, (row, column)), (row, column))
        else:
            self.select(row, column)

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            cell = self._cell_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), self.describe(*cell) if cell else "", self)
            return True
        return super().event(event)

    def describe(self, true: int, predicted: int) -> str:
        """Return a cell in words."""
        return cell_in_words(self._counts, self._classes, true, predicted)

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
        if self._hovered:
            self._frame(painter, self._grid.cell(*self._hovered), "border")
        if len(self.cells) > MOST_FRAMES:
            rows, columns = zip(*self.cells, strict=True)
            first, last = (min(rows), min(columns)), (max(rows), max(columns))
            self._frame(painter, self._grid.cell(*first).united(self._grid.cell(*last)), "accent")
            return
        for cell in self.cells:
            self._frame(painter, self._grid.cell(*cell), "accent")

    def _frame(self, painter: QPainter, square: QRectF, token: str) -> None:
        small = square.width() < SMALLEST_FRAME_PX
        inset = (square.width() - SMALLEST_FRAME_PX) / 2 if small else 1.0
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(self._theme.tokens.color(token), 2))
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
        ConfusionMatrixPicture(
            self._grid, self._classes, self._counts, self._shown, self._diagonal, self._theme.tokens
        ).paint(painter)
        painter.end()
        return pixmap


def block(one: Cell, other: Cell) -> Cells:
    """Return the cells of the rectangle between two corners."""
    rows, columns = (range(min(pair), max(pair) + 1) for pair in zip(one, other, strict=True))
    return frozenset((row, column) for row in rows for column in columns)
