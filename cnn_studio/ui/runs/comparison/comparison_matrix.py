"""A small confusion matrix, of one run or of what changed between two."""

from __future__ import annotations

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

from cnn_studio.ui.runs.comparison.comparison_matrix_picture import ComparedMatrixPicture
from cnn_studio.ui.style.theme import Theme, font
from cnn_studio.ui.widgets.confusion_matrix import ARROWS


class ComparedMatrix(QWidget):
    """Cells with numbers: counts, or differences of counts with their signs.

    Args:
        theme: The appearance.
        name: Its object name.
        signed: Whether it shows differences: colors of `fewer` and `more` instead of one ramp.

    Signals:
        cell_chosen: A cell was clicked, or Enter pressed on it: true class, read class.

    Attributes:
        current: The cell the arrow keys are at.
    """

    cell_chosen = Signal(int, int)

    def __init__(self, theme: Theme, name: str, *, signed: bool = False, parent: QWidget | None = None):
        super().__init__(parent)
        self.setObjectName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self._theme, self._signed = theme, signed
        self.values: NDArray[np.int64] = np.zeros((0, 0), np.int64)
        self._classes: tuple[str, ...] = ()
        self._title = ""
        self.hint = ""
        self.current: tuple[int, int] | None = None
        self._hovered: tuple[int, int] | None = None
        self._laid_out: ComparedMatrixPicture | None = None
        self._painted: QPixmap | None = None
        theme.changed.connect(self._forget)

    def sizeHint(self) -> QSize:
        return QSize(360, 360)

    def minimumSizeHint(self) -> QSize:
        return QSize(160, 136)

    def show_values(self, values: NDArray[np.int64], classes: tuple[str, ...], title: str) -> None:
        """Show (classes, classes) numbers, row = true class, column = read class."""
        self.values, self._classes, self._title = values, classes, title
        self.current = self._hovered = None
        self.setAccessibleName(title)
        self._forget()

    @property
    def _picture(self) -> ComparedMatrixPicture | None:
        """What is painted, laid out once a size; None where there is nothing."""
        if self._laid_out is None and self._classes:
            size = QSizeF(self.size())
            self._laid_out = ComparedMatrixPicture(
                self.values, self._classes, self._title, self._signed, size
            )
        return self._laid_out

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._forget()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.ApplicationFontChange):
            self._forget()

    def _forget(self) -> None:
        """Lay out and paint again."""
        self._laid_out = self._painted = None
        self.update()

    def cell(self, true: int, read: int) -> QRectF:
        """Return a cell's square in the widget."""
        return self._picture.cell(true, read) if self._picture else QRectF()

    def _cell_at(self, position: QPointF) -> tuple[int, int] | None:
        picture = self._picture
        if picture is None or not picture.area.contains(position):
            return None
        last, corner = len(self._classes) - 1, picture.area.topLeft()
        return (
            min(last, int((position.y() - corner.y()) / picture.side)),
            min(last, int((position.x() - corner.x()) / picture.side)),
        )

    def mousePressEvent(self, event: QMouseEvent) -> None:
        cell = self._cell_at(event.position())
        if cell and event.button() == Qt.MouseButton.LeftButton:
            self.current = cell
            self.update()
            self.cell_chosen.emit(*cell)

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
        key = Qt.Key(event.key())
        if not self._classes or key not in (*ARROWS, Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            super().keyPressEvent(event)
            return
        if key not in ARROWS:
            if self.current:
                self.cell_chosen.emit(*self.current)
            return
        down, right = ARROWS[key] if self.current else (0, 0)
        row, column = self.current or (0, 0)
        last = len(self._classes) - 1
        self.current = min(last, max(0, row + down)), min(last, max(0, column + right))
        self.setAccessibleDescription(self.describe(*self.current))
        self.update()

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            cell = self._cell_at(QPointF(event.pos()))
            QToolTip.showText(event.globalPos(), self.describe(*cell) if cell else "", self)
            return True
        return super().event(event)

    def describe(self, true: int, read: int) -> str:
        """Return a cell in words."""
        pattern = (
            self.tr("{true} read correctly: {value}")
            if true == read
            else self.tr("{true} read as {read}: {value}")
        )
        value = self._picture.text(true, read) if self._picture else ""
        return pattern.format(true=self._classes[true], read=self._classes[read], value=value)

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = self._theme.tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        picture = self._picture
        if picture is None:
            painter.setFont(font())
            painter.setPen(tokens.color("muted"))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(16, 0, -16, 0), flags, self.hint)
            return
        ratio = painter.device().devicePixelRatioF()
        if self._painted is None or self._painted.devicePixelRatioF() != ratio:
            self._painted = self._paint_still(picture, ratio)
        painter.drawPixmap(0, 0, self._painted)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(tokens.color("accent"), 2))
            painter.drawRect(picture.area.adjusted(-1, -1, 1, 1))
        for cell, token in ((self._hovered, "border"), (self.current, "accent")):
            if cell:
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(tokens.color(token), 2))
                painter.drawRect(picture.cell(*cell).adjusted(1, 1, -1, -1))

    def _paint_still(self, picture: ComparedMatrixPicture, ratio: float) -> QPixmap:
        """Paint what does not move with the mouse; kept until something of it changes."""
        pixmap = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        picture.paint(painter, self._theme.tokens)
        painter.end()
        return pixmap
