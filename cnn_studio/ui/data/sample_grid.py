"""A grid of images with their classes: however many there are, only those in sight are painted."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QFocusEvent,
    QFont,
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from cnn_studio.ui.data.dataset_facts import DatasetSample
from cnn_studio.ui.style.theme import CAPTION_PT, STEP_PX, Theme, font
from cnn_studio.ui.widgets.image_tiles import as_image

PICTURE_PX = 80
TILE = QSize(104, 132)
STEPS = {Qt.Key.Key_Left: (0, -1), Qt.Key.Key_Right: (0, 1), Qt.Key.Key_Up: (-1, 0), Qt.Key.Key_Down: (1, 0)}


class SampleGrid(QAbstractScrollArea):
    """Images in rows, as many in one as fit.

    Signals:
        opened: The place, in the order shown, of an image that is to be enlarged.
        turned: Other images are in sight.
    """

    opened = Signal(int)
    turned = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sampleGrid")
        self.setAccessibleName(self.tr("Images of the data set"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.viewport().setMouseTracking(True)
        self._theme = theme
        self._sample: DatasetSample | None = None
        self._classes: tuple[str, ...] = ()
        self._hovered = -1
        self.current = 0
        self.hint = ""
        theme.changed.connect(self.viewport().update)
        self.verticalScrollBar().valueChanged.connect(self.turned)

    @property
    def count(self) -> int:
        """How many images there are."""
        return 0 if self._sample is None else len(self._sample.numbers)

    @property
    def columns(self) -> int:
        """Images in a row."""
        return max(1, self.viewport().width() // TILE.width())

    @property
    def in_sight(self) -> range:
        """The places of the images that are wholly in sight, or of the first row in part."""
        first = -(-self.verticalScrollBar().value() // TILE.height())
        rows = max(1, (self.verticalScrollBar().value() + self.viewport().height()) // TILE.height() - first)
        return range(first * self.columns, min(self.count, (first + rows) * self.columns))

    def show_sample(self, sample: DatasetSample | None, classes: tuple[str, ...]) -> None:
        """Show images from the first on."""
        self._sample, self._classes = sample, classes
        self.current, self._hovered = 0, -1
        self._measure()
        self.verticalScrollBar().setValue(0)
        self._describe()
        self.viewport().update()
        self.turned.emit()

    def turn(self, pages: int) -> None:
        """Go on, or back, by as many rows as are in sight."""
        rows = max(1, self.viewport().height() // TILE.height())
        bar = self.verticalScrollBar()
        bar.setValue((bar.value() // TILE.height() + pages * rows) * TILE.height())

    def make_current(self, place: int) -> None:
        """Move the keyboard's frame to an image and bring it into sight."""
        if not self.count:
            return
        self.current = min(self.count - 1, max(0, place))
        top = self.current // self.columns * TILE.height()
        bar = self.verticalScrollBar()
        bar.setValue(min(top, max(bar.value(), top + TILE.height() - self.viewport().height())))
        self._describe()
        self.viewport().update()

    def tile_rect(self, place: int) -> QRectF:
        """Return where an image's tile is, in the viewport."""
        row, column = divmod(place, self.columns)
        left = (self.viewport().width() - self.columns * TILE.width()) // 2
        return QRectF(
            left + column * TILE.width(),
            row * TILE.height() - self.verticalScrollBar().value(),
            TILE.width(),
            TILE.height(),
        )

    def caption(self, place: int) -> tuple[str, int]:
        """Return the class's name and the number in the file of an image."""
        assert self._sample is not None
        number = int(self._sample.numbers[place])
        return self._classes[int(self._sample.labels[number])], number

    def _describe(self) -> None:
        if not self.count:
            self.setAccessibleDescription(self.hint)
            return
        name, number = self.caption(self.current)
        text = self.tr("Image {place} of {count}: {name}, number {number} in the file")
        self.setAccessibleDescription(
            text.format(place=self.current + 1, count=self.count, name=name, number=number)
        )

    def _measure(self) -> None:
        rows = -(-self.count // self.columns)
        height = self.viewport().height()
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, rows * TILE.height() - height))
        bar.setPageStep(max(1, height // TILE.height()) * TILE.height())
        bar.setSingleStep(TILE.height() // 3)

    def _place_at(self, position: QPointF) -> int:
        row = int(position.y() + self.verticalScrollBar().value()) // TILE.height()
        left = (self.viewport().width() - self.columns * TILE.width()) // 2
        column = int(position.x() - left) // TILE.width()
        place = row * self.columns + column
        return place if 0 <= column < self.columns and place < self.count else -1

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._measure()
        self.turned.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self._place_at(event.position())
        if place >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self.make_current(place)
            self.opened.emit(place)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        place = self._place_at(event.position())
        if place != self._hovered:
            self._hovered = place
            shape = Qt.CursorShape.PointingHandCursor if place >= 0 else Qt.CursorShape.ArrowCursor
            self.viewport().setCursor(shape)
            self.viewport().update()

    def leaveEvent(self, event: QEvent) -> None:
        self._hovered = -1
        self.viewport().update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.viewport().update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.viewport().update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = Qt.Key(event.key())
        page = max(1, self.viewport().height() // TILE.height()) * self.columns
        places = {
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: self.count - 1,
            Qt.Key.Key_PageUp: self.current - page,
            Qt.Key.Key_PageDown: self.current + page,
        }
        if key in STEPS:
            rows, columns = STEPS[key]
            self.make_current(self.current + rows * self.columns + columns)
        elif key in places:
            self.make_current(places[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self.count:
            self.opened.emit(self.current)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tokens = self._theme.tokens
        if not self.count:
            painter.setFont(font())
            painter.setPen(tokens.color("muted"))
            margin = 4 * STEP_PX
            area = self.viewport().rect().adjusted(margin, 0, -margin, 0)
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self.hint)
            return
        first = self.verticalScrollBar().value() // TILE.height()
        last = (self.verticalScrollBar().value() + self.viewport().height()) // TILE.height() + 1
        places = range(first * self.columns, min(self.count, last * self.columns))
        assert self._sample is not None
        images = self._sample.images[self._sample.numbers[places.start : places.stop]]
        bold, small = font(bold=True), font(CAPTION_PT, tabular=True)
        for place, image in zip(places, images, strict=True):
            self._paint_tile(painter, place, image, (bold, small))

    def _paint_tile(
        self,
        painter: QPainter,
        place: int,
        image: NDArray[np.uint8],
        fonts: tuple[QFont, QFont],
    ) -> None:
        tokens = self._theme.tokens
        area = self.tile_rect(place).adjusted(2, 2, -2, -2)
        framed = place == self.current and self.hasFocus()
        if framed or place == self._hovered:
            painter.setPen(QPen(tokens.color("accent"), 2) if framed else Qt.PenStyle.NoPen)
            painter.setBrush(tokens.color("accent_soft"))
            painter.drawRoundedRect(area, 6, 6)
        picture = QRectF(area.center().x() - PICTURE_PX / 2, area.top() + STEP_PX, PICTURE_PX, PICTURE_PX)
        drawn = as_image(image)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, max(image.shape[:2]) > PICTURE_PX)
        side = PICTURE_PX / max(drawn.width(), drawn.height())
        place_px = QRectF(0, 0, drawn.width() * side, drawn.height() * side)
        place_px.moveCenter(picture.center())
        painter.drawImage(place_px, drawn)
        name, number = self.caption(place)
        top = picture.bottom() + 4
        for text, chosen, token in ((name, fonts[0], "text"), (f"{number:,}", fonts[1], "muted")):
            painter.setFont(chosen)
            painter.setPen(tokens.color(token))
            metrics = QFontMetricsF(chosen)
            line = QRectF(area.left() + 2, top, area.width() - 4, metrics.height())
            short = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, line.width())
            painter.drawText(line, Qt.AlignmentFlag.AlignCenter, short)
            top += metrics.height()
