"""One step of a picture, large, with its digits marked; a click on a digit chooses it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnn_studio.ui.draw.digit_marks import paint_mark
from cnn_studio.ui.draw.thumbnail_strip import fitting
from cnn_studio.ui.style.theme import CARD_RADIUS_PX, STEP_PX, Theme

Box = tuple[float, float, float, float]
ROOM_PX = 4.0
"""Between a digit and its mark."""


class PictureCanvas(QWidget):
    """A picture with marks.

    Signals:
        chosen: The index of a digit, from the left.
    """

    chosen = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("pictureSheet")
        self.setAccessibleName(self.tr("The picture and the digits found in it"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self._theme = theme
        self._picture = QImage()
        self._boxes: Sequence[Box] = ()
        self._texts: Sequence[str] = ()
        self._index = 0
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(520, 400)

    def minimumSizeHint(self) -> QSize:
        return QSize(280, 140)

    def show_picture(self, picture: QImage, boxes: Sequence[Box], texts: Sequence[str], index: int) -> None:
        """Show a picture, boxes in shares of its sides with a word each, and which one is chosen."""
        self._picture, self._boxes, self._texts, self._index = picture, boxes, texts, index
        self.update()

    def marks(self) -> list[QRectF]:
        """Return where the digits are marked."""
        area = self._area()
        return [
            QRectF(
                area.left() + left * area.width(),
                area.top() + top * area.height(),
                (right - left) * area.width(),
                (bottom - top) * area.height(),
            ).adjusted(-ROOM_PX, -ROOM_PX, ROOM_PX, ROOM_PX)
            for left, top, right, bottom in self._boxes
        ]

    def _area(self) -> QRectF:
        return fitting(QRectF(self.rect()).adjusted(STEP_PX, STEP_PX, -STEP_PX, -STEP_PX), self._picture)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        tokens = self._theme.tokens
        painter.setPen(tokens.color("hairline"))
        painter.setBrush(tokens.color("surface"))
        painter.drawRoundedRect(
            QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), CARD_RADIUS_PX, CARD_RADIUS_PX
        )
        if self._picture.isNull():
            return
        painter.drawImage(self._area(), self._picture)
        ground = tokens.color("surface")
        for index, (area, text) in enumerate(zip(self.marks(), self._texts, strict=True)):
            token = "accent" if index == self._index else "muted"
            paint_mark(painter, area, text, tokens.color(token), ground)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self._index_at(event.position())
        if index is not None:
            self.chosen.emit(index)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        over = self._index_at(event.position()) is not None
        self.setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)

    def _index_at(self, position: QPointF) -> int | None:
        return next((index for index, mark in enumerate(self.marks()) if mark.contains(position)), None)
