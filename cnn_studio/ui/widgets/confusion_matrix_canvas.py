"""A confusion matrix on the screen: laid out and painted once, with frames that move with the mouse."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from cnn_studio.ui.style.theme import Theme, font
from cnn_studio.ui.widgets.confusion_matrix_layout import Grid

Cell = tuple[int, int]
Cells = frozenset[Cell]

SMALLEST_FRAME_PX = 8.0
"""A frame around a smaller cell would hide it."""
MOST_FRAMES = 400
"""More selected cells are framed as one block."""


class Picture(Protocol):
    """What paints all that does not move."""

    def paint(self, painter: QPainter) -> None:
        """Paint it; the painter's window is the widget."""


class MatrixCanvas(QWidget):
    """Shows a matrix and what of it is selected; what selects, how it is laid out and painted is the heirs'.

    Attributes:
        cells: What is selected, as (true, predicted) pairs.
        selected: The one of them that the arrow keys are at.
        hint: Said while there is no matrix.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self._theme = theme
        self._counts: NDArray[np.int64] = np.zeros((0, 0), np.int64)
        self._classes: tuple[str, ...] = ()
        self._hovered: Cell | None = None
        self._laid_out: Grid | None = None
        self._painted: QPixmap | None = None
        self.cells: Cells = frozenset()
        self.selected: Cell | None = None
        self.hint = ""
        self._hint_margin_px = 0
        self._frames_focus = False
        theme.changed.connect(self._paint_again)

    def _lay_out(self) -> Grid:
        """Return where the cells are."""
        raise NotImplementedError

    def _picture(self) -> Picture:
        """Return what paints the matrix as it is now."""
        raise NotImplementedError

    def describe(self, true: int, predicted: int) -> str:
        """Return a cell in words."""
        raise NotImplementedError

    @property
    def counts(self) -> NDArray[np.int64]:
        """(classes, classes) counts, or differences of counts, as shown."""
        return self._counts

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes."""
        return self._classes

    def cell(self, true: int, predicted: int) -> QRectF:
        """Return a cell's square in the widget's coordinates."""
        return self._grid.cell(true, predicted)

    def cell_center(self, true: int, predicted: int) -> QPointF:
        """Return the middle of a cell in the widget's coordinates."""
        return self.cell(true, predicted).center()

    @property
    def _grid(self) -> Grid:
        """Where the cells are, measured once a size."""
        if self._laid_out is None:
            self._laid_out = self._lay_out()
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
        """Return the cell under a point; where several share a pixel, the one with the most images."""
        grid = self._grid
        if not self._classes or not grid.area.contains(position):
            return None
        true, predicted = self._nearest(position)
        if grid.side >= 1.0:
            return true, predicted
        reach = int(np.ceil(1.0 / grid.side))
        near = np.abs(self._counts)[true : true + reach, predicted : predicted + reach]
        down, right = divmod(int(near.argmax()), near.shape[1])
        return true + down, predicted + right

    def _nearest(self, position: QPointF) -> Cell:
        """Return the cell under a point, or the one nearest to it."""
        grid, last = self._grid, len(self._classes) - 1
        down, right = position.y() - grid.area.top(), position.x() - grid.area.left()
        return tuple(min(last, max(0, int(offset / grid.side))) for offset in (down, right))  # type: ignore[return-value]

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = None
        self.update()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            cell = self._cell_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), self.describe(*cell) if cell else "", self)
            return True
        return super().event(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = self._theme.tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self._classes:
            painter.setFont(font())
            painter.setPen(tokens.color("muted"))
            room = self.rect().adjusted(self._hint_margin_px, 0, -self._hint_margin_px, 0)
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self.hint)
            return
        ratio = painter.device().devicePixelRatioF()
        if self._painted is None or self._painted.devicePixelRatioF() != ratio:
            self._painted = self._paint_still(ratio)
        painter.drawPixmap(0, 0, self._painted)
        if self._frames_focus and self.hasFocus():
            self._outline(painter, self._grid.area.adjusted(-1, -1, 1, 1), "accent")
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
        self._outline(painter, square.adjusted(inset, inset, -inset, -inset), token)

    def _outline(self, painter: QPainter, area: QRectF, token: str) -> None:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(self._theme.tokens.color(token), 2))
        painter.drawRect(area)

    def _paint_still(self, ratio: float) -> QPixmap:
        """Paint what does not move with the mouse; kept until something of it changes."""
        pixmap = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setWindow(self.rect())
        painter.setViewport(self.rect())
        self._picture().paint(painter)
        painter.end()
        return pixmap
