"""A drawing or a picture -> the 28x28 image a digit network was trained on.

MNIST's digits were cropped to their ink, scaled into a 20x20 box with their aspect kept and
antialiasing, and placed in 28x28 with their center of mass in the middle (LeCun, Bottou, Bengio and
Haffner, "Gradient-based learning applied to document recognition", 1998). Measured on its 60,000
training images: the longer side of the ink is 20 pixels in 99.98 % of them, and the center of mass,
counted in pixel numbers from 0, is spread evenly over 13.5 to 14.5 in both axes, so the shift was by
whole pixels to the pixel numbered 14. `normalized` does just that, whatever the source: the canvas,
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
CENTER = 14
FINENESS = 12
"""Pixels that strokes are inked with to one of the 20x20 box. Against ink cut out exactly, the images of 265
pen drawings differ by 1.1 of 255 a pixel, those of 8 by 1.4; 16 are no nearer (most of it is one row more or
less where a side or the center of mass falls on half a pixel)."""
PEN_WIDTH = 2.4
"""Pixels in the 20x20 box; chosen on pen drawings, see the README's "Reading people"."""
FAINT = 0.12
"""Share of the full range below which a picture's pixel counts as background."""

STOP_PX = 2
"""Pixels of its way between two stops of the pen; rounded to whole pixels, closer ones would make it wider."""
MOST_DISCS = 4000
"""Stops that are inked one by one; a digit has about 300, a canvas scribbled full 50,000."""
NOISE = 1e-6
"""More than the arithmetic's errors in pixels, less than any hand's: what decides a half."""
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
    inked = _inked(strokes, pen_width)
    if inked is None:
        return None
    canvas, box = inked
    sides = np.array(box[2:]) - box[:2]
    size = _whole(sides * (BOX / sides.max()))
    small = Image.fromarray(canvas).resize(
        (max(1, int(size[0])), max(1, int(size[1]))), Image.Resampling.HAMMING, box
    )
    return _centered(np.asarray(small, np.uint8))


def rasterized(strokes: Sequence[Stroke], pen_width: float = PEN_WIDTH) -> NDArray[np.uint8] | None:
    """Ink strokes with a round pen, twelve times as fine as the 20x20 box.

    Returns:
        (height, width) uint8, 255 ink on 0, the longer side 20 * 12 plus a rim; None without a point.
    """
    inked = _inked(strokes, pen_width)
    return None if inked is None else inked[0]


def _inked(
    strokes: Sequence[Stroke], pen_width: float
) -> tuple[NDArray[np.uint8], tuple[float, float, float, float]] | None:
    """Ink strokes with a round pen, and tell where the ink ends, finer than the pixels do.

    The pen stops so often on its way that the number of points and the direction of a stroke do not matter.
    Points that are not finite, or beyond any canvas, are left out.

    Returns:
        What `rasterized` returns, and the ink's left, top, right and bottom edge on it, in pixels.
    """
    finite = [points[(np.abs(points) < FARTHEST).all(axis=1)] for points in strokes if len(points)]
    finite = [points for points in finite if len(points)]
    if not finite:
        return None
    everything = np.concatenate(finite)
    low = everything.min(axis=0)
    spread = everything.max(axis=0) - low
    extent = float(spread.max())
    scale = (BOX - pen_width) * FINENESS / extent if extent > 1 / FARTHEST else 0.0
    right, bottom = spread * scale
    radius = pen_width * FINENESS / 2
    rim = math.ceil(radius) + 1
    height, width = (math.ceil(side) + 2 * rim + 1 for side in (bottom, right))
    canvas = np.zeros(height * width, np.uint8)
    stops = [_stops((points - low) * scale) @ (1, width) for points in finite]
    centers = np.unique(np.concatenate(stops)) + rim * (width + 1)
    if len(centers) <= MOST_DISCS:
        canvas[(centers[:, None] + _disc(radius) @ (1, width)).ravel()] = 255
    else:
        canvas[centers] = 1
        canvas = _widened(canvas.reshape(height, width), radius)
    first, reach = rim + 0.5 - radius, rim + 0.5 + radius  # a pixel's middle is half a pixel from its edge
    box = (first, first, float(right) + reach, float(bottom) + reach)
    return canvas.reshape(height, width), box


def _widened(stops: NDArray[np.uint8], radius: float) -> NDArray[np.uint8]:
    """Return the ink of a pen's stops, 1 on 0, row by row of its disc: the same in 5 ms however many they are."""
    reach, (height, width) = math.floor(radius), stops.shape
    counts = np.cumsum(np.pad(stops, ((0, 0), (reach + 1, reach))), axis=1, dtype=np.int32)
    ink = np.zeros((height, width), np.bool_)
    for down in range(-reach, reach + 1):
        half = math.floor(math.sqrt(radius * radius - down * down))
        after, before = reach + 1 + half, reach - half
        row = counts[:, after : after + width] > counts[:, before : before + width]
        ink[reach + down : height - reach + down] |= row[reach : height - reach]
    return np.where(ink, np.uint8(255), np.uint8(0))


@cache
def _disc(radius: float) -> NDArray[np.int64]:
    """Return (pixels, 2) x and y of the pixels whose center lies within `radius` of the origin."""
    reach = math.ceil(radius)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1]
    inside = x * x + y * y <= radius * radius
    return np.column_stack([x[inside], y[inside]])


def _stops(points: Stroke) -> NDArray[np.int64]:
    """Return (stops, 2) the pixels where the pen stops, as far apart over the whole of its way."""
    lengths = np.abs(np.diff(points, axis=0)).max(axis=1, initial=0.0)
    along = np.concatenate([[0.0], np.cumsum(lengths)])
    count = max(1, math.ceil(along[-1] / STOP_PX - NOISE))
    way = np.linspace(0.0, along[-1], count + 1)
    return _whole(np.column_stack([np.interp(way, along, axis) for axis in points.T]))


def _whole(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """Round so that a half goes the same way whatever the last digits of the arithmetic are."""
    return np.floor(values + (0.5 + NOISE)).astype(np.int64)


def normalized(ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
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
    return _centered(small)


def _centered(small: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Shift by whole pixels so that the center of mass falls on pixel 14."""
    mass = small.astype(np.float64)
    total = mass.sum() or 1.0
    offsets = []
    for axis in (0, 1):
        center = float((mass.sum(axis=1 - axis) * np.arange(small.shape[axis])).sum() / total)
        offsets.append(min(max(round(CENTER - center), 0), SIDE - small.shape[axis]))
    image = np.zeros((SIDE, SIDE), np.uint8)
    top, left = offsets
    image[top : top + small.shape[0], left : left + small.shape[1]] = small
    return image


def picture_to_ink(picture: Image.Image) -> NDArray[np.uint8]:
    """Find the ink in a picture: dark on light or light on dark, with or without transparency.

    The rim of the picture says what the background is; gray that hardly differs from it is left out and
    the rest is stretched to the full range.

    Returns:
        (height, width) uint8, ink bright on 0.
    """
    gray = np.asarray(flattened(picture), np.float64)
    rim = np.concatenate([gray[0], gray[-1], gray[:, 0], gray[:, -1]])
    difference = np.abs(gray - np.median(rim))
    strongest = float(difference.max())
    if strongest < 8:  # of 255: a blank picture with compression noise
        return np.zeros(gray.shape, np.uint8)
    share = difference / strongest
    share[share < FAINT] = 0.0
    ink: NDArray[np.uint8] = np.round(share * 255).astype(np.uint8)
    return ink


def flattened(picture: Image.Image) -> Image.Image:
    """Return a picture as gray, transparent parts white (or black under bright ink)."""
    if picture.mode.startswith("I"):  # 16 bits a pixel, which Pillow would cut off at 255
        depth = np.asarray(picture, np.float64)
        return Image.fromarray(np.round(depth * (255 / max(255.0, float(depth.max())))).astype(np.uint8))
    if "A" not in picture.getbands() and "transparency" not in picture.info:
        return picture.convert("L")
    layers = picture.convert("RGBA")
    gray, alpha = layers.convert("RGB").convert("L"), layers.getchannel("A")
    seen = np.asarray(gray)[np.asarray(alpha) > 127]
    ground = 0 if len(seen) and seen.mean() > 127 else 255
    background = Image.new("L", picture.size, ground)
    background.paste(gray, mask=alpha)
    return background


def picture_to_image(picture: Image.Image) -> NDArray[np.uint8] | None:
    """Return what a digit network sees of a picture, (28, 28) uint8, or None for a blank one."""
    image = normalized(picture_to_ink(picture))
    return image if image.any() else None
