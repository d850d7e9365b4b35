"""A drawing or a picture -> the 28x28 image a digit network was trained on.

MNIST's digits were cropped to their ink, scaled into a 20x20 box with their aspect kept and
antialiasing, and placed in 28x28 with their centre of mass in the middle (LeCun, Bottou, Bengio and
Haffner, "Gradient-based learning applied to document recognition", 1998). Measured on its 60,000
training images: the longer side of the ink is 20 pixels in 99.98 % of them, and the centre of mass,
counted in pixel numbers from 0, is spread evenly over 13.5 to 14.5 in both axes, so the shift was by
whole pixels to the pixel numbered 14. `normalised` does just that, whatever the source: the canvas,
an image file, the command line.

Strokes are points without a width. They are inked here with a pen as thick, in the 20x20 box, as
MNIST's writers' were, so that the result does not depend on the size of the drawing or of the pen on
the screen.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

SIDE = 28
BOX = 20
CENTRE = 14
SUPERSAMPLING = 8
PEN_WIDTH = 2.4
"""Pixels in the 20x20 box; chosen on pen drawings, see the README's "Reading people"."""
FAINT = 0.12
"""Share of the full range below which a picture's pixel counts as background."""

FARTHEST = 1e100
"""Coordinates from here on are no drawing; extents below its inverse are a dot."""

Stroke = NDArray[np.float64]
"""(points, 2): x and y, y downwards, any unit."""


def drawing_to_image(strokes: Sequence[Stroke], pen_width: float = PEN_WIDTH) -> NDArray[np.uint8] | None:
    """Return what a network sees of a drawing.

    Args:
        strokes: One array of points a stroke.
        pen_width: Pixels in the 20x20 box.

    Returns:
        (28, 28) uint8, ink bright on 0, or None where nothing is drawn.
    """
    ink = rasterised(strokes, pen_width)
    return None if ink is None else normalised(ink)


def rasterised(strokes: Sequence[Stroke], pen_width: float = PEN_WIDTH) -> NDArray[np.uint8] | None:
    """Ink strokes with a round pen, eight times as fine as the 20x20 box.

    The pen stops at every pixel of its way, so that the number of points and the direction of a stroke do
    not matter. Points that are not finite, or beyond any sheet, are left out.

    Returns:
        (height, width) uint8, 255 ink on 0, the longer side 20 * 8 plus a rim; None without a point.
    """
    finite = [points[(np.abs(points) < FARTHEST).all(axis=1)] for points in strokes if len(points)]
    finite = [points for points in finite if len(points)]
    if not finite:
        return None
    everything = np.concatenate(finite)
    low = everything.min(axis=0)
    extent = float((everything.max(axis=0) - low).max())
    scale = (BOX - pen_width) * SUPERSAMPLING / extent if extent > 1 / FARTHEST else 0.0
    disc = _disc(pen_width * SUPERSAMPLING / 2)
    rim = int(np.abs(disc).max()) + 1
    height, width = (np.ceil((everything.max(axis=0) - low) * scale).astype(int) + 2 * rim + 1)[::-1]
    sheet = np.zeros(int(height) * int(width), np.uint8)
    stops = [_stops((points - low) * scale) @ (1, int(width)) for points in finite]
    centres = np.unique(np.concatenate(stops)) + rim * (int(width) + 1)
    sheet[(centres[:, None] + disc @ (1, int(width))).ravel()] = 255
    return sheet.reshape(int(height), int(width))


@cache
def _disc(radius: float) -> NDArray[np.int64]:
    """Return (pixels, 2) x and y of the pixels whose centre lies within `radius` of the origin."""
    reach = math.ceil(radius)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    inside = x * x + y * y <= radius * radius
    return np.column_stack([x[inside], y[inside]])


def _stops(places: Stroke) -> NDArray[np.int64]:
    """Return (stops, 2) the pixels where the pen stops: every pixel of its way."""
    steps = np.ceil(np.abs(np.diff(places, axis=0)).max(axis=1, initial=0.0))
    along = np.concatenate([[0.0], np.cumsum(steps)])
    way = np.arange(along[-1] + 1)
    return np.round(np.column_stack([np.interp(way, along, axis) for axis in places.T])).astype(np.int64)


def normalised(ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Place ink as MNIST's digits are placed.

    Args:
        ink: (height, width) uint8 of any size, ink bright on 0.

    Returns:
        (28, 28) uint8; all 0 where there is no ink.
    """
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if not len(rows):
        return np.zeros((SIDE, SIDE), np.uint8)
    cropped = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = cropped.shape
    scale = BOX / max(height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = np.asarray(Image.fromarray(cropped).resize(size, Image.Resampling.HAMMING), np.uint8)
    return _centred(small)


def _centred(small: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Shift by whole pixels so that the centre of mass falls on pixel 14."""
    mass = small.astype(np.float64)
    total = mass.sum() or 1.0
    offsets = []
    for axis in (0, 1):
        centre = float((mass.sum(axis=1 - axis) * np.arange(small.shape[axis])).sum() / total)
        offsets.append(min(max(round(CENTRE - centre), 0), SIDE - small.shape[axis]))
    image = np.zeros((SIDE, SIDE), np.uint8)
    top, left = offsets
    image[top : top + small.shape[0], left : left + small.shape[1]] = small
    return image


def picture_to_ink(picture: Image.Image) -> NDArray[np.uint8]:
    """Find the ink in a picture: dark on light or light on dark, with or without transparency.

    The rim of the picture says what the background is; grey that hardly differs from it is left out and
    the rest is stretched to the full range.

    Returns:
        (height, width) uint8, ink bright on 0.
    """
    grey = np.asarray(flattened(picture), np.float64)
    rim = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    difference = np.abs(grey - np.median(rim))
    strongest = float(difference.max())
    if strongest < 8:  # of 255: a blank sheet with compression noise
        return np.zeros(grey.shape, np.uint8)
    share = difference / strongest
    share[share < FAINT] = 0.0
    ink: NDArray[np.uint8] = np.round(share * 255).astype(np.uint8)
    return ink


def flattened(picture: Image.Image) -> Image.Image:
    """Return a picture as grey, transparent parts white (or black under bright ink)."""
    if picture.mode.startswith("I"):  # 16 bits a pixel, which Pillow would cut off at 255
        depth = np.asarray(picture, np.float64)
        return Image.fromarray(np.round(depth * (255 / max(255.0, float(depth.max())))).astype(np.uint8))
    if "A" not in picture.getbands() and "transparency" not in picture.info:
        return picture.convert("L")
    layers = picture.convert("RGBA")
    grey, alpha = layers.convert("RGB").convert("L"), layers.getchannel("A")
    seen = np.asarray(grey)[np.asarray(alpha) > 127]
    ground = 0 if len(seen) and seen.mean() > 127 else 255
    sheet = Image.new("L", picture.size, ground)
    sheet.paste(grey, mask=alpha)
    return sheet


def picture_to_image(picture: Image.Image) -> NDArray[np.uint8] | None:
    """Return what a digit network sees of a picture, (28, 28) uint8, or None for a blank one."""
    image = normalised(picture_to_ink(picture))
    return image if image.any() else None
