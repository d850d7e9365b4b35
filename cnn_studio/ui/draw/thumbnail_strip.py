"""A row of small pictures, one of them chosen by mouse or keys."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnn_studio.ui.style.theme import CAPTION_PT, STEP_PX, Theme, font

LINE_PX = 18.0


@dataclass(frozen=True)
class Thumbnail:
    """One picture of a strip.

    Attributes:
        picture: What is shown.
        caption: Below it.
        token: The caption's color.
        sharp: Whether its pixels stay squares.
    """

    picture: QImage
    caption: str
    token: str = "muted"
    sharp: bool = False


class ThumbnailStrip(QWidget):
    """Thumbnails of one height; those that have no room are made narrower.

    Signals:
        chosen: The index of a thumbnail, from the left.
    """

    chosen = Signal(int)

    def __init__(self, theme: Theme, name: str, title: str, height_px: int) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._theme, self._title, self._height_px = theme, title, height_px
        self.thumbnails: tuple[Thumbnail, ...] = ()
        self.index = 0
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(300, self._height_px)

    def show_thumbnails(self, thumbnails: tuple[Thumbnail, ...], index: int) -> None:
        """Show pictures, one of them chosen."""
        self.thumbnails, self.index = thumbnails, index
        caption = thumbnails[index].caption if thumbnails else ""
        self.setAccessibleName(f"{self._title}: {caption}")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.update()

    def cells(self) -> list[QRectF]:
        """Return where each thumbnail is."""
        count = max(1, len(self.thumbnails))
        gap = STEP_PX / 2
        width = min(self._height_px * 1.2, (self.width() - gap * (count - 1)) / count)
        return [QRectF(index * (width + gap), 0, width, self.height()) for index in range(count)][
            : len(self.thumbnails)
        ]

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tokens = self._theme.tokens
        for index, (cell, thumbnail) in enumerate(zip(self.cells(), self.thumbnails, strict=True)):
            first = index == self.index
            if first:
                painter.setPen(QPen(tokens.color("accent"), 2 if self.hasFocus() else 1))
                painter.setBrush(tokens.color("accent_soft"))
                painter.drawRoundedRect(cell.adjusted(1, 1, -1, -1), STEP_PX / 2, STEP_PX / 2)
            area = cell.adjusted(STEP_PX / 2, STEP_PX / 2, -STEP_PX / 2, -LINE_PX)
            place_of = fitting(area, thumbnail.picture)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not thumbnail.sharp)
            painter.drawImage(place_of, thumbnail.picture)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(tokens.color("hairline"))
            painter.drawRect(place_of)
            painter.setFont(font(CAPTION_PT, bold=first, tabular=True))
            painter.setPen(tokens.color("text" if first and thumbnail.token == "muted" else thumbnail.token))
            metrics = QFontMetricsF(painter.font())
            text = metrics.elidedText(thumbnail.caption, Qt.TextElideMode.ElideRight, cell.width() - 2)
            line = QRectF(cell.left(), cell.bottom() - LINE_PX, cell.width(), LINE_PX)
            painter.drawText(line, Qt.AlignmentFlag.AlignCenter, text)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self._index_at(event.position())
        if index is not None:
            self.chosen.emit(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is None or not self.thumbnails:
            super().keyPressEvent(event)
        else:
            self.chosen.emit(min(max(self.index + step, 0), len(self.thumbnails) - 1))

    def _index_at(self, position: QPointF) -> int | None:
        return next((index for index, cell in enumerate(self.cells()) if cell.contains(position)), None)


def fitting(area: QRectF, picture: QImage) -> QRectF:
    """Return where a picture is as large as fits, in the middle of an area."""
    scale = min(area.width() / picture.width(), area.height() / picture.height())
    fitted = QRectF(0, 0, picture.width() * scale, picture.height() * scale)
    fitted.moveCenter(area.center())
    return fitted
