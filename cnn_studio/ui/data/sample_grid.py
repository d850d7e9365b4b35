"""A grid of images with their classes: however many there are, only those in view are painted."""

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
        opened: The index, in the order shown, of an image that is to be enlarged.
        turned: Other images are in view.
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
    def in_view(self) -> range:
        """The indexes of the images that are wholly in view, or of the first row in part."""
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
        """Go on, or back, by as many rows as are in view."""
        rows = max(1, self.viewport().height() // TILE.height())
        bar = self.verticalScrollBar()
        bar.setValue((bar.value() // TILE.height() + pages * rows) * TILE.height())

    def make_current(self, index: int) -> None:
        """Move the keyboard's frame to an image and bring it into view."""
        if not self.count:
            return
        self.current = min(self.count - 1, max(0, index))
        top = self.current // self.columns * TILE.height()
        bar = self.verticalScrollBar()
        bar.setValue(min(top, max(bar.value(), top + TILE.height() - self.viewport().height())))
        self._describe()
        self.viewport().update()

    def tile_rect(self, index: int) -> QRectF:
        """Return where an image's tile is, in the viewport."""
        row, column = divmod(index, self.columns)
        left = (self.viewport().width() - self.columns * TILE.width()) // 2
        return QRectF(
            left + column * TILE.width(),
            row * TILE.height() - self.verticalScrollBar().value(),
            TILE.width(),
            TILE.height(),
        )

    def caption(self, index: int) -> tuple[str, int]:
        """Return the class's name and the number in the file of an image."""
        assert self._sample is not None
        number = int(self._sample.numbers[index])
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

    def _index_at(self, position: QPointF) -> int:
        row = int(position.y() + self.verticalScrollBar().value()) // TILE.height()
        left = (self.viewport().width() - self.columns * TILE.width()) // 2
        column = int(position.x() - left) // TILE.width()
        index = row * self.columns + column
        return index if 0 <= column < self.columns and index < self.count else -1

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._measure()
        self.turned.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self._index_at(event.position())
        if index >= 0 and event.button() == Qt.MouseButton.LeftButton:
            self.make_current(index)
            self.opened.emit(index)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        index = self._index_at(event.position())
        if index != self._hovered:
            self._hovered = index
            shape = Qt.CursorShape.PointingHandCursor if index >= 0 else Qt.CursorShape.ArrowCursor
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
        indexes = {
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: self.count - 1,
            Qt.Key.Key_PageUp: self.current - page,
            Qt.Key.Key_PageDown: self.current + page,
        }
        if key in STEPS:
            rows, columns = STEPS[key]
            self.make_current(self.current + rows * self.columns + columns)
        elif key in indexes:
            self.make_current(indexes[key])
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
        indexes = range(first * self.columns, min(self.count, last * self.columns))
        assert self._sample is not None
        images = self._sample.images[self._sample.numbers[indexes.start : indexes.stop]]
        bold, small = font(bold=True), font(CAPTION_PT, tabular=True)
        for index, image in zip(indexes, images, strict=True):
            self._paint_tile(painter, index, image, (bold, small))

    def _paint_tile(
        self,
        painter: QPainter,
        index: int,
        image: NDArray[np.uint8],
        fonts: tuple[QFont, QFont],
    ) -> None:
        tokens = self._theme.tokens
        area = self.tile_rect(index).adjusted(2, 2, -2, -2)
        framed = index == self.current and self.hasFocus()
        if framed or index == self._hovered:
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
        name, number = self.caption(index)
        top = picture.bottom() + 4
        for text, chosen, token in ((name, fonts[0], "text"), (f"{number:,}", fonts[1], "muted")):
            painter.setFont(chosen)
            painter.setPen(tokens.color(token))
            metrics = QFontMetricsF(chosen)
            line = QRectF(area.left() + 2, top, area.width() - 4, metrics.height())
            short = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, line.width())
            painter.drawText(line, Qt.AlignmentFlag.AlignCenter, short)
            top += metrics.height()
