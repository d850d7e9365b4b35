"""Two pictures side by side, before and after a layer, with the window that slides over them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from cnn_studio.core.network.explain import Explanation, Moment, number_text
from cnn_studio.ui.interpretability.array_pictures import as_picture, in_colors
from cnn_studio.ui.style.theme import CAPTION_PT, STEP_PX, Theme, Tokens, font

GAP_PX = 4 * STEP_PX
CELL_PX, CELL_HEIGHT_PX = 38.0, 20.0
LARGEST_GRID = 5
"""Windows up to this side are written out in numbers."""
MOST_BARS, STRIP_CELLS = 32, 15
BELOW_PX = 20.0
ARROWS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


class Stage(QWidget):
    """The mouse over either picture, or the arrow keys, choose the value that is worked out.

    Signals:
        moved: Another value is chosen.
    """

    moved = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("explainStage")
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._theme = theme
        self._explained: Explanation | None = None
        self._names: tuple[str, ...] = ()
        self._pictures: tuple[QImage, QImage] | None = None
        self.position = (0, 0)
        theme.changed.connect(self._paint_pictures)

    def sizeHint(self) -> QSize:
        return QSize(320, 200)

    def minimumSizeHint(self) -> QSize:
        return QSize(200, 88)

    @property
    def moment(self) -> Moment | None:
        """How the chosen value came about."""
        return None if self._explained is None else self._explained.moment(*self.position)

    def show_work(self, explained: Explanation | None, names: tuple[str, ...]) -> None:
        """Show a layer at work; the chosen position stays if it is there.

        Args:
            explained: The layer at work, or None.
            names: What the values of a short list are called.
        """
        self._explained, self._names = explained, names
        if explained is not None:
            rows, columns = explained.after.shape
            row, column = self.position
            self.position = (min(row, rows - 1), min(column, columns - 1))
        self._paint_pictures()
        self.moved.emit()

    def choose(self, row: int, column: int) -> None:
        """Choose a value of the result; outside of it the nearest."""
        if self._explained is None:
            return
        rows, columns = self._explained.after.shape
        position = (min(max(row, 0), rows - 1), min(max(column, 0), columns - 1))
        if position != self.position:
            self.position = position
            self.update()
            self.moved.emit()

    def _paint_pictures(self) -> None:
        if self._explained is None:
            self._pictures = None
        else:
            before, after = (
                as_picture(in_colors(plane.astype(np.float32), self._theme.tokens))
                for plane in (self._explained.before, self._explained.after)
            )
            self._pictures = before, after
        self.update()

    @property
    def _list(self) -> bool:
        """Whether the result is a list of values rather than a picture."""
        return (
            self._explained is not None and self._explained.after.shape[0] == 1 < self._explained.after.size
        )

    def areas(self) -> tuple[QRectF, QRectF]:
        """Return where the picture before and the one after are drawn."""
        assert self._explained is not None
        room = QRectF(self.rect().adjusted(1, 1, -2, -1))
        if self._grid_height():
            room.setHeight(room.height() - self._grid_height() - STEP_PX)
        side = min(room.height() - BELOW_PX, (room.width() - GAP_PX) / 2)
        half = (room.width() - GAP_PX) / 2
        left = QRectF(room.left(), room.top(), half, side)
        right = left.translated(half + GAP_PX, 0)
        after = right if self._list else _fitted(self._explained.after, right)
        return _fitted(self._explained.before, left), after

    def _grid_height(self) -> float:
        moment = self.moment
        if moment is None or not moment.grids:
            return 0.0
        side, count = len(moment.grids[0][1]), len(moment.grids)
        height, width = CELL_HEIGHT_PX * side, count * CELL_PX * side + 24.0 * (count - 1)
        fits = side <= LARGEST_GRID and width <= self.width() and height + 88 <= self.height()
        return height if fits else 0.0

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._explained is None or self._pictures is None:
            return
        painter, tokens = QPainter(self), self._theme.tokens
        before, after = self.areas()
        moment = self._explained.moment(*self.position)
        painter.drawImage(before, self._pictures[0])
        painter.setPen(QPen(tokens.color("hairline"), 1))
        painter.drawRect(before)
        if self._list:
            self._paint_list(painter, after)
        else:
            painter.drawImage(after, self._pictures[1])
            painter.drawRect(after)
            _frame(painter, after, self._explained.after, (*self.position, 1, 1), tokens)
        _frame(painter, before, self._explained.before, moment.window, tokens)
        middle = (before.right() + after.left()) / 2
        self._theme.icon("arrow-right", "muted").paint(
            painter, round(middle) - 10, round(before.center().y()) - 10, 20, 20
        )
        painter.setFont(font(CAPTION_PT))
        painter.setPen(tokens.color("muted"))
        for area, plane in ((before, self._explained.before), (after, self._explained.after)):
            text = f"{plane.size}" if plane.shape[0] == 1 else f"{plane.shape[0]} × {plane.shape[1]}"
            room = QRectF(area.left() - 40, area.bottom() + 2, area.width() + 80, BELOW_PX - 2)
            painter.drawText(room, Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop, text)
        if self._grid_height():
            self._paint_grids(painter, moment)
        if self.hasFocus():
            painter.setPen(QPen(tokens.color("accent"), 2))
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 6, 6)
        painter.end()

    def _paint_list(self, painter: QPainter, area: QRectF) -> None:
        """Paint a short list as named bars, a long one as the stretch round the chosen value."""
        assert self._explained is not None
        values, tokens, chosen = self._explained.after[0], self._theme.tokens, self.position[1]
        face = font(CAPTION_PT, tabular=True)
        painter.setFont(face)
        if len(values) > MOST_BARS:
            first, cells = self._stretch()
            width = area.width() / cells
            for cell in range(cells):
                box = QRectF(area.left() + cell * width, area.center().y() - 12, width, 24)
                shade = in_colors(values[None, first : first + cells].astype(np.float32), tokens)
                painter.fillRect(box.adjusted(0.5, 0, -0.5, 0), int(shade[0, cell]))
                if first + cell == chosen:
                    painter.setPen(QPen(tokens.color("accent"), 2))
                    painter.drawRect(box)
            return
        height = area.height() / len(values)
        names = [name for name, _ in zip(self._names or map(str, range(len(values))), values, strict=False)]
        room = min(max(QFontMetricsF(face).horizontalAdvance(name) for name in names), area.width() * 0.4)
        largest = float(np.abs(values).max()) or 1.0
        for number, name in enumerate(names):
            top = area.top() + number * height
            painter.setPen(tokens.color("text" if number == chosen else "muted"))
            if height >= 10 or number == chosen:
                short = QFontMetricsF(face).elidedText(name, Qt.TextElideMode.ElideRight, room)
                painter.drawText(QRectF(area.left(), top, room, height), Qt.AlignmentFlag.AlignVCenter, short)
            length = (area.width() - room - STEP_PX) * abs(float(values[number])) / largest
            bar = QRectF(area.left() + room + STEP_PX, top + 1, max(length, 1.0), max(height - 2, 1.0))
            negative = "validation" if values[number] < 0 else "border"  # orange as in the pictures
            painter.fillRect(bar, tokens.color("accent" if number == chosen else negative))

    def _stretch(self) -> tuple[int, int]:
        """Return the first value shown of a long list, and how many are."""
        assert self._explained is not None
        count = self._explained.after.shape[1]
        return min(max(self.position[1] - STRIP_CELLS // 2, 0), count - STRIP_CELLS), STRIP_CELLS

    def _paint_grids(self, painter: QPainter, moment: Moment) -> None:
        tokens, side = self._theme.tokens, len(moment.grids[0][1])
        count = len(moment.grids)
        left = (self.width() - count * CELL_PX * side - 24.0 * (count - 1)) / 2
        top = self.height() - self._grid_height() - 1
        painter.setFont(font(CAPTION_PT, tabular=True))
        for sign, values in moment.grids:
            if sign:
                painter.setPen(tokens.color("text"))
                room = QRectF(left, top, 24.0, CELL_HEIGHT_PX * side)
                painter.drawText(room, Qt.AlignmentFlag.AlignCenter, sign)
                left += 24.0
            for (row, column), value in np.ndenumerate(values):
                cell = QRectF(left + column * CELL_PX, top + row * CELL_HEIGHT_PX, CELL_PX, CELL_HEIGHT_PX)
                painter.setPen(QPen(tokens.color("hairline"), 1))
                painter.drawRect(cell)
                painter.setPen(tokens.color("text"))
                text = "" if np.isnan(value) else number_text(float(value))
                painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, text)
            left += CELL_PX * side

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._point(event.position())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._point(event.position())

    def _point(self, point: QPointF) -> None:
        if self._explained is None:
            return
        before, after = self.areas()
        shape = self._explained.before.shape
        rows, columns = self._explained.after.shape
        if before.contains(point):
            row = int((point.y() - before.top()) / before.height() * shape[0])
            column = int((point.x() - before.left()) / before.width() * shape[1])
            if self._list:
                if columns == self._explained.before.size:
                    self.choose(0, row * shape[1] + column)
            else:
                self.choose(row * rows // shape[0], column * columns // shape[1])
        elif after.contains(point):
            across, down = (
                (point.x() - after.left()) / after.width(),
                (point.y() - after.top()) / after.height(),
            )
            if not self._list:
                self.choose(int(down * rows), int(across * columns))
            elif columns <= MOST_BARS:
                self.choose(0, int(down * columns))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        way = ARROWS.get(Qt.Key(event.key()))
        if way is None:
            super().keyPressEvent(event)
        elif self._list:
            self.choose(0, self.position[1] + sum(way))
        else:
            self.choose(self.position[0] + way[0], self.position[1] + way[1])


def _fitted(plane: NDArray[np.float64], room: QRectF) -> QRectF:
    """Return the largest rectangle of a picture's proportions in the middle of the room."""
    rows, columns = plane.shape
    scale = min(room.width() / columns, room.height() / rows)
    fitted = QRectF(0, 0, columns * scale, rows * scale)
    fitted.moveCenter(room.center())
    fitted.moveTop(room.top())
    return fitted


def _frame(
    painter: QPainter,
    area: QRectF,
    plane: NDArray[np.float64],
    window: tuple[int, int, int, int],
    tokens: Tokens,
) -> None:
    """Mark pixels of a picture, with a rim that stands out from every color."""
    top, left, height, width = window
    if not height:  # nothing of the picture: a rim of zeros
        return
    scale = area.width() / plane.shape[1]
    box = QRectF(area.left() + left * scale, area.top() + top * scale, width * scale, height * scale)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(tokens.color("surface"), 4))
    painter.drawRect(box)
    painter.setPen(QPen(tokens.color("accent"), 2))
    painter.drawRect(box)
