"""Arrays -> pictures in the theme's colors. Only QImage is used: any thread may call these."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from cnn_studio.ui.style.theme import STEP_PX, Tokens

LEVELS = 256
MOSAIC_GAP_PX = 2
STRONGEST = 0.8
"""Share of color laid over a picture where it counts most."""

Floats = NDArray[np.float32]
Colors = NDArray[np.uint32]


def as_picture(colors: Colors, ratio: float = 1.0) -> QImage:
    """Return (height, width) 0xffRRGGBB as an image of its own memory."""
    height, width = colors.shape
    rows = np.ascontiguousarray(colors)
    picture = QImage(rows.data, width, height, 4 * width, QImage.Format.Format_RGB32).copy()
    picture.setDevicePixelRatio(ratio)
    return picture


def gray_picture(plane: NDArray[np.uint8]) -> QImage:
    """Return (height, width, 1 or 3 channels) uint8 as an image."""
    return as_picture(_joined(_rgb(plane)))


def draw_pixels(painter: QPainter, area: QRectF, picture: QImage) -> QRectF:
    """Draw an image as large as fits, in the middle, each pixel a sharp square; return where it is."""
    scale = min(area.width() / picture.width(), area.height() / picture.height())
    shown_area = QRectF(0, 0, picture.width() * scale, picture.height() * scale)
    shown_area.moveCenter(area.center())
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
    painter.drawImage(shown_area, picture)
    return shown_area


def pair_in(area: QRectF) -> tuple[QRectF, QRectF]:
    """Return two squares side by side in the middle of an area, as large as fits."""
    gap = 2.0 * STEP_PX
    side = min(area.height(), (area.width() - gap) / 2)
    left = area.center().x() - side - gap / 2
    top = area.center().y() - side / 2
    return QRectF(left, top, side, side), QRectF(left + side + gap, top, side, side)


def mosaic(
    maps: Floats, columns: int, side: int, tokens: Tokens, ratio: float, apart: int = MOSAIC_GAP_PX
) -> QImage:
    """Lay maps out in a grid, in one scale of color.

    Args:
        maps: (height, width, count); where some are negative, colors part from 0 to both sides.
        columns: Maps in a row.
        side: Pixels on the screen that a map's longer side takes.
        tokens: The theme's colors.
        ratio: Device pixels a pixel.
        apart: Pixels between two maps.
    """
    height, width, count = maps.shape
    rows = -(-count // columns)
    factor = side * ratio / max(height, width)
    size = max(1, round(height * factor)), max(1, round(width * factor))
    y, x = (np.arange(size[axis]) * maps.shape[axis] // size[axis] for axis in (0, 1))
    gap = max(1, round(apart * ratio))
    colored = in_colors(maps, tokens)[y][:, x]
    step = size[0] + gap, size[1] + gap
    canvas = np.full((rows * step[0], columns * step[1]), _packed(tokens.color("surface")), np.uint32)
    for number in range(count):
        top, left = number // columns * step[0], number % columns * step[1]
        canvas[top : top + size[0], left : left + size[1]] = colored[..., number]
    return as_picture(canvas, ratio)


def in_colors(values: Floats, tokens: Tokens) -> Colors:
    """Return 0xffRRGGBB for numbers: 0 to the largest, or -largest to largest where some are negative."""
    largest = float(np.abs(values).max(initial=0.0)) or 1.0
    if float(values.min(initial=0.0)) < 0:
        ramp = _ramp(tokens.color("validation"), tokens.color("surface"), tokens.color("training"))
        share = values / (2 * largest) + 0.5
    else:
        ramp = _ramp(tokens.color("matrix_low"), tokens.color("matrix_high"))
        share = values / largest
    colors: Colors = ramp[np.clip(np.nan_to_num(share) * (LEVELS - 1), 0, LEVELS - 1).astype(np.uint8)]
    return colors


def overlaid(plane: NDArray[np.uint8], values: Floats, side: int, tokens: Tokens) -> QImage:
    """Lay a map over an image: blue where it speaks for a class, orange where against it.

    Args:
        plane: (height, width, 1 or 3) uint8.
        values: (rows, columns) of any size, spread over the image.
        side: Pixels of the result's longer side.
        tokens: The theme's colors.
    """
    height, width = plane.shape[:2]
    factor = side / max(height, width)
    size = max(1, round(height * factor)), max(1, round(width * factor))
    y, x = (np.arange(size[axis]) * plane.shape[axis] // size[axis] for axis in (0, 1))
    base = _rgb(plane)[y][:, x].astype(np.float32)
    smooth = _spread(values, size)
    largest = float(np.abs(smooth).max()) or 1.0
    weight = (np.abs(smooth) / largest * STRONGEST)[..., None]
    pro, contra = (_triple(tokens.color(name)) for name in ("training", "validation"))
    rgb = base * (1 - weight) + np.where(smooth[..., None] > 0, pro, contra) * weight
    return as_picture(_joined(rgb.astype(np.uint8)))


def text_at(painter: QPainter, left: float, baseline: float, text: str, color: QColor) -> None:
    """Write a line of text."""
    painter.setPen(color)
    painter.drawText(QPointF(left, baseline), text)


def _spread(values: Floats, size: tuple[int, int]) -> Floats:
    """Return a map enlarged bilinearly; its cells' middles lie where they belong in the image."""
    for axis in (0, 1):
        cells = values.shape[axis]
        positions = np.clip((np.arange(size[axis]) + 0.5) * cells / size[axis] - 0.5, 0, cells - 1)
        low = np.minimum(positions.astype(int), max(0, cells - 2))
        share = (positions - low).astype(np.float32)
        share = share[:, None] if axis == 0 else share[None, :]
        high = np.minimum(low + 1, cells - 1)
        values = values.take(low, axis) * (1 - share) + values.take(high, axis) * share
    return values


def _rgb(plane: NDArray[np.uint8]) -> NDArray[np.uint8]:
    return np.broadcast_to(plane[..., :1], (*plane.shape[:2], 3)) if plane.shape[2] != 3 else plane


def _triple(color: QColor) -> Floats:
    return np.array([color.red(), color.green(), color.blue()], np.float32)


def _packed(color: QColor) -> int:
    return int(color.rgb())


def _ramp(*stops: QColor) -> Colors:
    """Return 256 colors from the first stop to the last."""
    positions = np.linspace(0, 1, len(stops))
    levels = np.linspace(0, 1, LEVELS)
    channels = [
        np.interp(levels, positions, [channel(stop) for stop in stops])
        for channel in (QColor.red, QColor.green, QColor.blue)
    ]
    return _joined(np.stack(channels, axis=-1).astype(np.uint8))


def _joined(rgb: NDArray[np.uint8]) -> Colors:
    """Return (..., 3) red, green and blue as (...) 0xffRRGGBB."""
    whole = rgb.astype(np.uint32)
    colors: Colors = (
        np.uint32(0xFF000000) | whole[..., 0] << 16 | whole[..., 1] << 8 | whole[..., 2]
    ).astype(np.uint32)
    return colors
