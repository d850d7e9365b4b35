"""The confusion matrix: row = true class, column = what the network read."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QLinearGradient,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from cnn_studio.core.evaluation import row_normalised
from cnn_studio.ui.theme import CAPTION_PT, STEP_PX, Theme, font

BAR_PX = 12
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
        self.selected: tuple[int, int] | None = None
        self.hint = self.tr("The confusion matrix of a run appears here")
        theme.changed.connect(self.update)

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
        self.update()

    def normalise_rows(self, wanted: bool) -> None:
        """Show each row as percent of its true class, or counts."""
        self._by_row = wanted
        self.update()

    def select(self, true: int, predicted: int) -> None:
        """Select a cell as a click does."""
        self.selected = (true, predicted)
        self.update()
        self.cell_selected.emit(true, predicted)

    def cell_center(self, true: int, predicted: int) -> QPointF:
        """Return the middle of a cell in the widget's coordinates."""
        return self._cell(true, predicted).center()

    def _grid(self) -> QRectF:
        """Return the square of the cells."""
        metrics = QFontMetricsF(font(CAPTION_PT))
        names = max((metrics.horizontalAdvance(name) for name in self._classes), default=0.0)
        left = min(names, self.width() * 0.22) + 4 * STEP_PX
        bottom = (metrics.height() if names < 24 else min(names, 84.0)) + 4 * STEP_PX
        side = min(self.width() - left - 9 * STEP_PX, self.height() - bottom - STEP_PX)
        return QRectF(left, STEP_PX, side, side)

    def _cell(self, true: int, predicted: int) -> QRectF:
        grid = self._grid()
        side = grid.width() / max(1, len(self._classes))
        return QRectF(grid.left() + predicted * side, grid.top() + true * side, side, side)

    def _cell_at(self, position: QPointF) -> tuple[int, int] | None:
        grid = self._grid()
        if not self._classes or not grid.contains(position):
            return None
        side = grid.width() / len(self._classes)
        last = len(self._classes) - 1
        return (
            min(last, int((position.y() - grid.top()) / side)),
            min(last, int((position.x() - grid.left()) / side)),
        )

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
        values = self._shares if self._by_row else self._counts.astype(float)
        top = float(values.max()) or 1.0
        self._paint_cells(painter, values / top)
        self._paint_names(painter)
        self._paint_color_bar(painter, top)
        for cell, token in ((self._hovered, "border"), (self.selected, "accent")):
            if cell:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(tokens.color(token), 2))
                painter.drawRect(self._cell(*cell).adjusted(1, 1, -1, -1))

    def _shade(self, share: float) -> QColor:
        """Return the colour of a share of the largest value; the square root lets single errors be seen."""
        tokens = self._theme.tokens
        low, high = tokens.color("matrix_low"), tokens.color("matrix_high")
        mix = share**0.5
        return QColor.fromRgbF(
            low.redF() + mix * (high.redF() - low.redF()),
            low.greenF() + mix * (high.greenF() - low.greenF()),
            low.blueF() + mix * (high.blueF() - low.blueF()),
        )

    def _paint_cells(self, painter: QPainter, shades: NDArray[np.float64]) -> None:
        tokens = self._theme.tokens
        side = self._cell(0, 0).width()
        size = max(6.0, min(10.5, side * 0.26))
        painter.setFont(font(size, tabular=True))
        for true, row in enumerate(self._counts):
            for predicted, count in enumerate(row):
                cell = self._cell(true, predicted).adjusted(0.5, 0.5, -0.5, -0.5)
                if count == 0:
                    continue
                painter.fillRect(cell, self._shade(float(shades[true, predicted])))
                if side < 18:
                    continue
                bright = shades[true, predicted] ** 0.5 > 0.5
                painter.setPen(tokens.color("matrix_text_high" if bright else "matrix_text_low"))
                share = 100 * self._shares[true, predicted]
                text = f"{share:.1f}" if self._by_row else f"{count}"
                painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, text)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(tokens.color("hairline"), 1))
        painter.drawRect(self._grid())

    def _paint_names(self, painter: QPainter) -> None:
        tokens = self._theme.tokens
        painter.setFont(font(CAPTION_PT))
        metrics = QFontMetricsF(painter.font())
        painter.setPen(tokens.color("text"))
        grid = self._grid()
        upright = all(metrics.horizontalAdvance(name) < 24 for name in self._classes)
        room = grid.left() - 3 * STEP_PX
        for number, name in enumerate(self._classes):
            cell = self._cell(number, 0)
            short = metrics.elidedText(name, Qt.TextElideMode.ElideRight, room)
            painter.drawText(
                QRectF(2 * STEP_PX, cell.top(), grid.left() - 3 * STEP_PX, cell.height()),
                Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
                short,
            )
            column = self._cell(len(self._classes) - 1, number)
            if upright:
                painter.drawText(
                    QRectF(column.left(), grid.bottom() + 4, column.width(), metrics.height()),
                    Qt.AlignmentFlag.AlignHCenter,
                    name,
                )
            else:
                painter.save()
                painter.translate(column.center().x() + 4, grid.bottom() + STEP_PX)
                painter.rotate(-50)
                painter.drawText(
                    QRectF(-90, -8, 90, 16),
                    Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter,
                    metrics.elidedText(name, Qt.TextElideMode.ElideRight, 88),
                )
                painter.restore()
        painter.setPen(tokens.color("muted"))
        below = grid.bottom() + 2 * STEP_PX + (metrics.height() if upright else 84)
        painter.drawText(
            QRectF(
                grid.left(), min(below, self.height() - metrics.height() - 2), grid.width(), metrics.height()
            ),
            Qt.AlignmentFlag.AlignHCenter,
            self.tr("read as"),
        )
        painter.save()
        painter.translate(metrics.height() / 2 + 1, grid.center().y())
        painter.rotate(-90)
        painter.drawText(
            QRectF(-60, -metrics.height() / 2, 120, metrics.height()),
            Qt.AlignmentFlag.AlignCenter,
            self.tr("true class"),
        )
        painter.restore()

    def _paint_color_bar(self, painter: QPainter, top: float) -> None:
        tokens = self._theme.tokens
        grid = self._grid()
        bar = QRectF(grid.right() + 2 * STEP_PX, grid.top(), BAR_PX, grid.height())
        gradient = QLinearGradient(bar.bottomLeft(), bar.topLeft())
        for stop in range(11):
            gradient.setColorAt(stop / 10, self._shade(stop / 10))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.fillRect(bar, gradient)
        painter.setFont(font(CAPTION_PT, tabular=True))
        painter.setPen(tokens.color("muted"))
        for share in (0.0, 0.25, 0.5, 0.75, 1.0):
            y = bar.bottom() - share * bar.height()
            text = f"{100 * share * top:.0f} %" if self._by_row else f"{share * top:.0f}"
            height = 18.0
            painter.drawText(
                QRectF(
                    bar.right() + 4, min(max(y - height / 2, grid.top()), grid.bottom() - height), 48, height
                ),
                Qt.AlignmentFlag.AlignVCenter,
                text,
            )
