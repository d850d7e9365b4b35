"""What every chart is: a painted widget with a hint where it is empty, read with the pointer or the keys."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnn_studio.ui.style.theme import Theme, Tokens, font

HINT_MARGIN_PX = 16
POINTING, NOT_POINTING = Qt.CursorShape.PointingHandCursor, Qt.CursorShape.ArrowCursor


class Chart(QWidget):
    """A painted chart; a kind says what is at a point (`number_at`) and paints itself (`paint`).

    Args:
        theme: The appearance.
        name: The object name.

    Attributes:
        hint: Written where there is nothing to show.
        pointed: The number of what the pointer is at, or None.
    """

    SIZE = (520, 440)
    LEAST_SIZE = (320, 260)

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._theme = theme
        self.hint = ""
        self.pointed: int | None = None
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(*self.SIZE)

    def minimumSizeHint(self) -> QSize:
        return QSize(*self.LEAST_SIZE)

    @property
    def empty(self) -> bool:
        """Whether there is nothing to show but the hint."""
        raise NotImplementedError

    def paint(self, painter: QPainter) -> None:
        """Paint what is shown."""
        raise NotImplementedError

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.empty:
            paint_hint(painter, self._theme.tokens, self.rect(), self.hint)
        else:
            self.paint(painter)


class PointedChart(Chart):
    """A chart whose points the pointer and the arrow keys read."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(theme, name, parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)

    def number_at(self, position: QPointF) -> int | None:
        """Return the number of what is at a point in the widget, or None."""
        raise NotImplementedError

    def point_at(self, number: int | None) -> None:
        """Point at something, or at nothing."""
        if number != self.pointed:
            self.pointed = number
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self.point_at(self.number_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        self.point_at(None)

    def step(self, way: int) -> None:
        """Go to the next (1) or the previous (-1) point."""
        raise NotImplementedError

    def keyPressEvent(self, event: QKeyEvent) -> None:
        way = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if way is None or self.empty:
            super().keyPressEvent(event)
        else:
            self.step(way)


class ChoosingChart(PointedChart):
    """A chart whose points a click chooses."""

    def take(self, number: int) -> None:
        """Choose what a click is at."""
        raise NotImplementedError

    def point_at(self, number: int | None) -> None:
        """Point at something, or at nothing; the cursor says that it can be clicked."""
        super().point_at(number)
        self.setCursor(NOT_POINTING if number is None else POINTING)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        number = self.number_at(event.position())
        if number is not None and event.button() == Qt.MouseButton.LeftButton:
            self.take(number)


def paint_hint(painter: QPainter, tokens: Tokens, room: QRect | QRectF, hint: str) -> None:
    """Write a hint in the middle of a room."""
    painter.setFont(font())
    painter.setPen(tokens.color("muted"))
    inside = QRectF(room).adjusted(HINT_MARGIN_PX, 0, -HINT_MARGIN_PX, 0)
    painter.drawText(inside, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, hint)


def paint_focus(painter: QPainter, tokens: Tokens, room: QRect | QRectF, radius: float) -> None:
    """Paint the frame that says where the keys go."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(tokens.color("accent"), 2))
    painter.drawRoundedRect(QRectF(room).adjusted(1, 1, -1, -1), radius, radius)
