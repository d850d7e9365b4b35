"""The confusion matrix: row = true class, column = what the network read."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QSize, QSizeF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QWidget

from cnn_studio.ui.style.theme import Theme
from cnn_studio.ui.widgets.confusion_matrix_canvas import Cell, Cells, MatrixCanvas, Picture
from cnn_studio.ui.widgets.confusion_matrix_layout import Grid, grid_for, small_grid_for
from cnn_studio.ui.widgets.confusion_matrix_painting import ConfusionMatrixPicture, Shown
from cnn_studio.ui.widgets.confusion_matrix_text import cell_in_words, number_text, small_cell_in_words
from cnn_studio.ui.widgets.small_matrix_painting import SmallMatrixPicture

ARROWS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}
CHOOSING = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
SMALL_HINT_MARGIN_PX = 16


class ConfusionMatrix(MatrixCanvas):
    """Cells with numbers, their sums and a color bar; cells are selected with the mouse or the arrow keys.

    A click selects a cell, or by its name or sum a whole row or column; dragging selects a rectangle,
    Ctrl adds or takes away, Shift reaches to there from the cell selected last, Escape selects nothing.

    A small one has a title instead of sums and color bar; in it a click chooses one cell, and the arrow keys
    move to a cell that Enter or Space chooses.

    Args:
        theme: The appearance.
        name: Its object name.
        small: Whether it is a small one.
        signed: Whether a small one shows differences, with signs and the colors of `fewer` and `more`.
        parent: The Qt parent.

    Signals:
        cells_selected: The (true, predicted) pairs a person selected, a frozenset.
        cell_chosen: The cell a person chose in a small one: true class, read class.
    """

    cells_selected = Signal(object)
    cell_chosen = Signal(int, int)

    def __init__(
        self,
        theme: Theme,
        name: str = "confusionMatrix",
        *,
        small: bool = False,
        signed: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(theme, parent)
        self.setObjectName(name)
        self._small, self._signed, self._title = small, signed, ""
        self._shown: Shown = "counts"
        self._diagonal = True
        self._anchor: Cell | None = None
        self._kept: Cells = frozenset()
        if small:
            self._frames_focus, self._hint_margin_px = True, SMALL_HINT_MARGIN_PX
        else:
            self.setAccessibleName(self.tr("Confusion matrix"))
            self.hint = self.tr("The confusion matrix of a run appears here")

    def sizeHint(self) -> QSize:
        return QSize(360, 360) if self._small else QSize(560, 560)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, 136) if self._small else QSize(320, 320)

    @property
    def shown(self) -> Shown:
        """What the cells say."""
        return self._shown

    def show_matrix(self, counts: NDArray[np.int64], classes: tuple[str, ...], title: str = "") -> None:
        """Show a matrix; nothing is selected afterwards.

        Args:
            counts: (classes, classes) counts, or differences of counts, row = true class.
            classes: The names of the classes.
            title: Written above a small one.
        """
        self._counts, self._classes, self._title = counts, classes, title
        self._hovered = None
        if self._small:
            self.setAccessibleName(title)
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

    def _lay_out(self) -> Grid:
        size = QSizeF(self.size())
        if self._small:
            return small_grid_for(self._classes, size)
        sums = [int(self._counts.sum(axis=axis).max(initial=0)) for axis in (0, 1)]
        return grid_for(self._classes, max(sums), size)

    def _picture(self) -> Picture:
        what = self._grid, self._classes, self._counts
        if self._small:
            return SmallMatrixPicture(*what, self._title, self._signed, self._theme.tokens)
        return ConfusionMatrixPicture(*what, self._shown, self._diagonal, self._theme.tokens)

    def describe(self, true: int, predicted: int) -> str:
        """Return a cell in words."""
        if self._small:
            text = number_text(int(self._counts[true, predicted]), signed=self._signed)
            return small_cell_in_words(text, self._classes, true, predicted)
        return cell_in_words(self._counts, self._classes, true, predicted)

    def _line_at(self, position: QPointF) -> list[Cell]:
        """Return the cells of the row or column whose name or sum is under a point; a small one has none."""
        if self._small:
            return []
        area, everything = self._grid.area, range(len(self._classes))
        true, predicted = self._nearest(position) if self._classes else (0, 0)
        if area.top() <= position.y() < area.bottom() and position.x() < self._grid.row_total(0).right():
            return [(true, column) for column in everything]
        if area.left() <= position.x() < area.right() and position.y() > area.bottom():
            return [(row, predicted) for row in everything]
        return []

    def _choose(self, cell: Cell) -> None:
        """Say that a person chose a cell of a small matrix."""
        self.select(*cell)
        self.cell_chosen.emit(*cell)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() != Qt.MouseButton.LeftButton or not self._classes:
            return
        cell, modifiers = self._cell_at(event.position()), event.modifiers()
        if self._small:
            if cell is not None:
                self._choose(cell)
            return
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
        if event.buttons() & Qt.MouseButton.LeftButton and self._anchor and not self._small:
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

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._small and Qt.Key(event.key()) in CHOOSING and self._classes:
            if self.selected is not None:
                self._choose(self.selected)
            return
        if event.key() == Qt.Key.Key_Escape and self.cells and not self._small:
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
        shift = event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if shift and self._anchor and not self._small:
            self._select(block(self._anchor, (row, column)), (row, column))
        else:
            self.select(row, column)


def block(one: Cell, other: Cell) -> Cells:
    """Return the cells of the rectangle between two corners."""
    rows, columns = (range(min(pair), max(pair) + 1) for pair in zip(one, other, strict=True))
    return frozenset((row, column) for row in rows for column in columns)
