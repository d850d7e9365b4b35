"""One image of a gallery: what is said of it, how much room it takes, and how it is painted."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import overload

import msgspec
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QImage, QPainter, QPen
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from cnn_studio.ui.style.theme import CAPTION_PT, STEP_PX, Theme, Tokens, font

Index = QModelIndex | QPersistentModelIndex

PICTURE_PX = 84
SMALLEST_PICTURE_PX, LARGEST_PICTURE_PX = 32, 224
SMALLEST_WITH_WORDS_PX = 64
"""A picture's side from which two lines stand below it; below, one short one."""
LEAST_WIDTH_PX = 52
MARGIN_PX = 2
BAR_ROW_PX, BAR_PX = 13, 5
LEAST_SHARE = 0.005
"""A probability below which a bar is empty."""
NAME_SHARE = 0.54
"""Of a bar's row that the class's name may take."""


class ImageTile(msgspec.Struct, frozen=True):
    """One image: its number in the data set and what is said below it.

    Attributes:
        number: The row of the images.
        true: The name of its class.
        predicted: The name of the class it is read as.
        confidence: The probability of that class, 0 to 1.
        top: The most probable classes and their probabilities, the best first; none where they are not shown.
        known_as: Its number in the data set, where the images are a part of that.
        note: What else is to be said of it, read out and in its tooltip.
        lines: Two lines to stand below it instead of the usual ones, each with its color's token.
        wording: How the two usual lines are worded otherwise: `{name}` of the true class, `{name}` and
            `{percent}` of the read one, and that line's color's token.
    """

    number: int
    true: str
    predicted: str
    confidence: float
    top: tuple[tuple[str, float], ...] = ()
    known_as: int | None = None
    note: str = ""
    lines: tuple[tuple[str, str], ...] = ()
    wording: tuple[str, str, str] | None = None


class LazyTiles(Sequence[ImageTile], ABC):
    """A tile each for some rows of images, in their order, each made when it is asked for.

    Args:
        rows: Which of the images.
    """

    def __init__(self, rows: NDArray[np.intp]) -> None:
        self.rows = rows

    @abstractmethod
    def tile(self, row: int) -> ImageTile:
        """Return the tile of an image."""

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, index: int) -> ImageTile: ...
    @overload
    def __getitem__(self, index: slice) -> list[ImageTile]: ...
    def __getitem__(self, index: int | slice) -> ImageTile | list[ImageTile]:
        if isinstance(index, slice):
            return [self.tile(int(row)) for row in self.rows[index]]
        return self.tile(int(self.rows[index]))


def tile_size(picture_px: int, bars: int) -> QSize:
    """Return the room of a tile with so many bars; the fonts are the screen's."""
    line = QFontMetricsF(font(CAPTION_PT)).height() + 2
    lines = 2 if picture_px >= SMALLEST_WITH_WORDS_PX else 1
    width = max(LEAST_WIDTH_PX, picture_px + 4 * STEP_PX if lines == 2 else picture_px + STEP_PX)
    height = STEP_PX + picture_px + 6 + lines * line
    if bars and lines == 2:
        height += 4 + bars * BAR_ROW_PX
    return QSize(round(width), round(height + STEP_PX))


def as_image(pixels: NDArray[np.uint8]) -> QImage:
    """Return an image, (height, width, 1 or 3) uint8, as a QImage of its own memory."""
    height, width, channels = pixels.shape
    kind = QImage.Format.Format_Grayscale8 if channels == 1 else QImage.Format.Format_RGB888
    contiguous = np.ascontiguousarray(pixels)
    return QImage(contiguous.data, width, height, width * channels, kind).copy()


def draw_fitted(painter: QPainter, square: QRectF, picture: QImage) -> QRectF:
    """Draw an image as large as fits into a square, small ones with sharp pixels; return where it is."""
    scale = min(square.width() / picture.width(), square.height() / picture.height())
    target = QRectF(0, 0, picture.width() * scale, picture.height() * scale)
    target.moveCenter(square.center())
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, scale < 1)
    painter.drawImage(target, picture)
    return target


def paint_frame(
    painter: QPainter, area: QRectF, tokens: Tokens, *, chosen: bool, framed: bool, hovered: bool
) -> None:
    """Paint what lies below a tile: whether it is selected, has the keyboard's frame, or the pointer."""
    if chosen or framed or hovered:
        painter.setPen(QPen(tokens.color("accent"), 2) if framed else Qt.PenStyle.NoPen)
        painter.setBrush(tokens.color("accent_soft" if chosen or hovered else "surface"))
        painter.drawRoundedRect(area.adjusted(MARGIN_PX, MARGIN_PX, -MARGIN_PX, -MARGIN_PX), 6, 6)


class ImageTilePainter(QStyledItemDelegate):
    """Draws a tile for a gallery, which keeps it; the frame below it is the gallery's."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self.picture_px = PICTURE_PX

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        tile, image = index.data(Qt.ItemDataRole.UserRole), index.data(Qt.ItemDataRole.DecorationRole)
        if isinstance(tile, ImageTile):
            picture = image if isinstance(image, QImage) else None
            area, tokens = QRectF(option.rect), self._theme.tokens
            paint_tile(painter, area, tile, picture, tokens, self.picture_px)


def paint_tile(
    painter: QPainter, area: QRectF, tile: ImageTile, image: QImage | None, tokens: Tokens, side: int
) -> None:
    """Paint the image, and below it true and read class, the confidence and the best classes as bars.

    Args:
        painter: On a screen or any other surface.
        area: Of `tile_size`.
        tile: What is said.
        image: Its pixels; where they are not to be had, a frame is shown instead.
        tokens: The colors.
        side: Of the picture.
    """
    picture = QRectF(area.center().x() - side / 2, area.top() + STEP_PX, side, side)
    if image is not None:
        draw_fitted(painter, picture, image)
    else:
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(tokens.color("hairline"), 1, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(picture.adjusted(1, 1, -1, -1), 6, 6)
    small = font(CAPTION_PT, tabular=True)
    painter.setFont(small)
    metrics = QFontMetricsF(small)
    line = metrics.height() + 2
    top = picture.bottom() + 6
    room = area.width() - 4 * MARGIN_PX
    for text, token in _words(tile, metrics, room, short=side < SMALLEST_WITH_WORDS_PX):
        painter.setPen(tokens.color(token))
        painter.drawText(
            QRectF(area.left(), top, area.width(), line),
            Qt.AlignmentFlag.AlignCenter,
            metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, room),
        )
        top += line
    if side >= SMALLEST_WITH_WORDS_PX and tile.top:
        row = QRectF(area.left() + STEP_PX, top + 4, area.width() - 2 * STEP_PX, BAR_ROW_PX)
        _paint_bars(painter, row, tile, tokens)


def _words(
    tile: ImageTile, metrics: QFontMetricsF, room: float, *, short: bool
) -> tuple[tuple[str, str], ...]:
    """Return the lines below a picture and the tokens of their colors; a long name leaves the percent room."""
    right = tile.true == tile.predicted
    token = "good" if right else "bad"
    if short:
        both = QCoreApplication.translate("Tile", "{true} → {read}")
        text = tile.true if right else both.format(true=tile.true, read=tile.predicted)
        return ((text, token),)
    if tile.lines:
        return tile.lines
    true, read, token = tile.wording or (
        QCoreApplication.translate("Tile", "true {name}"),
        QCoreApplication.translate("Tile", "read {name} · {percent:.0f} %"),
        token,
    )
    labeled = true.format(name=tile.true)
    said = read.format(name=tile.predicted, percent=100 * tile.confidence)
    if metrics.horizontalAdvance(said) > room:
        percent = f" · {100 * tile.confidence:.0f} %"
        left = room - metrics.horizontalAdvance(percent)
        said = metrics.elidedText(tile.predicted, Qt.TextElideMode.ElideRight, left) + percent
    if metrics.horizontalAdvance(labeled) > room:
        labeled = tile.true
    return ((labeled, "text"), (said, token))


def _paint_bars(painter: QPainter, row: QRectF, tile: ImageTile, tokens: Tokens) -> None:
    """Paint the best classes, the true one green and with a dot, so that no color alone tells it."""
    tiny = font(CAPTION_PT - 1.5, tabular=True)
    painter.setFont(tiny)
    metrics = QFontMetricsF(tiny)
    widest = max(metrics.horizontalAdvance(name) for name, _ in tile.top)
    room = min(NAME_SHARE * row.width(), widest)
    for number, (name, share) in enumerate(tile.top):
        area = row.translated(0, number * BAR_ROW_PX)
        true = name == tile.true
        painter.setPen(tokens.color("text" if true else "muted"))
        painter.drawText(
            QRectF(area.left(), area.top(), room + 1, BAR_ROW_PX),
            Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight,
            metrics.elidedText(name, Qt.TextElideMode.ElideRight, room + 1),
        )
        left = area.left() + room + 6
        track = QRectF(left, area.center().y() - BAR_PX / 2, area.right() - left - STEP_PX, BAR_PX)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tokens.color("hairline"))
        painter.drawRoundedRect(track, BAR_PX / 2, BAR_PX / 2)
        painter.setBrush(tokens.color("good" if true else "accent" if name == tile.predicted else "border"))
        if share >= LEAST_SHARE:
            filled = QRectF(track.left(), track.top(), max(float(BAR_PX), track.width() * share), BAR_PX)
            painter.drawRoundedRect(filled, BAR_PX / 2, BAR_PX / 2)
        if true:
            painter.drawEllipse(QRectF(area.right() - 5, area.center().y() - 2, 4, 4))
