"""Images with their captions on one picture to print or send, or on several where they are many."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QImage, QImageWriter, QPainter

from cnn_studio.core.base.atomic_files import replacing
from cnn_studio.core.base.errors import StudioError
from cnn_studio.ui.style.theme import CAPTION_PT, LIGHT, STEP_PX, TITLE_PT, font
from cnn_studio.ui.widgets.image_tiles import PICTURE_PX, ImageTile, as_image, paint_tile, tile_size

COLUMNS, ROWS = 10, 20
RATIO = 2
"""Pixels of the picture a pixel of the screen, so that it prints sharply."""
MARGIN_PX = 3 * STEP_PX


def save_sheets(
    tiles: Sequence[ImageTile],
    images: NDArray[np.uint8],
    title: str,
    path: Path,
    report: Callable[[int], None] = lambda done: None,
    canceled: Callable[[], bool] = lambda: False,
) -> list[Path]:
    """Write contact sheets of 200 images each, light, as PNG; may be called from any thread.

    Args:
        tiles: What is on them.
        images: (N, height, width, 1 or 3) uint8 that the tiles name rows of.
        title: Heads each sheet.
        path: Of the first; the second's name ends in "-2".
        report: Told after each sheet how many images are done.
        canceled: Asked before each sheet; what is written stays.

    Returns:
        The files.

    Raises:
        StudioError: If one cannot be written.
    """
    files: list[Path] = []
    for start in range(0, len(tiles), COLUMNS * ROWS):
        if canceled():
            break
        part = tiles[start : start + COLUMNS * ROWS]
        name = path if not files else path.with_stem(f"{path.stem}-{len(files) + 1}")
        save_picture(_sheet(part, images, title, start, len(tiles)), name)
        files.append(name)
        report(start + len(part))
    return files


def _sheet(
    tiles: Sequence[ImageTile], images: NDArray[np.uint8], title: str, start: int, count: int
) -> QImage:
    tile = tile_size(PICTURE_PX, len(tiles[0].top))
    columns = min(COLUMNS, max(4, len(tiles)))
    rows = -(-len(tiles) // columns)
    head = font(TITLE_PT, bold=True)
    top = MARGIN_PX + QFontMetricsF(head).height() + QFontMetricsF(font(CAPTION_PT)).height() + 2 * STEP_PX
    width = columns * tile.width() + 2 * MARGIN_PX
    height = round(top + rows * tile.height() + MARGIN_PX)
    sheet = QImage(width * RATIO, height * RATIO, QImage.Format.Format_RGB32)
    sheet.setDevicePixelRatio(RATIO)
    sheet.fill(LIGHT.color("surface"))
    painter = QPainter(sheet)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    line = QRectF(MARGIN_PX, MARGIN_PX, width - 2 * MARGIN_PX, QFontMetricsF(head).height())
    painter.setFont(head)
    painter.setPen(LIGHT.color("text"))
    painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, title)
    painter.setFont(font(CAPTION_PT))
    painter.setPen(LIGHT.color("muted"))
    text = QCoreApplication.translate("ContactSheet", "{first:,} to {last:,} of {count:,}")
    painter.drawText(
        QRectF(line.left(), line.bottom() + 2, line.width(), QFontMetricsF(font(CAPTION_PT)).height()),
        Qt.AlignmentFlag.AlignVCenter,
        text.format(first=start + 1, last=start + len(tiles), count=count),
    )
    for index, each in enumerate(tiles):
        row, column = divmod(index, columns)
        area = QRectF(
            MARGIN_PX + column * tile.width(), top + row * tile.height(), tile.width(), tile.height()
        )
        paint_tile(painter, area, each, as_image(images[each.number]), LIGHT, PICTURE_PX)
    painter.end()
    return sheet


def save_picture(picture: QImage, path: Path) -> None:
    """Write a picture as PNG.

    Raises:
        StudioError: If it cannot be written.
    """
    try:
        with replacing(path) as temporary:
            writer = QImageWriter(str(temporary), b"PNG")
            if not writer.write(picture):
                raise OSError(writer.errorString())
    except OSError as error:
        raise StudioError(
            f"Cannot write {path}.", str(error), "Choose another folder, or free some space."
        ) from error
