"""A drawing's way to the network, step by step, and how usual a digit is among those it was trained on.

The thickness of the pen is twice the ink's area over the length of its edge: a stroke of length l and
width w has the area l * w and an edge of 2 * l. The edge of a gray image is the sum of its gradients'
lengths (the coarea formula), so that soft edges count right; a line
thinner than a pixel or two comes out as wide as its blur. The slant is the shear that makes the digit upright,
from its second moments, as Morpho-MNIST (Castro et al., 2019) takes it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import msgspec
import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.base.assets import resource
from cnn_studio.core.drawing.preprocessing import BOX, SIDE, Stroke, drawing_to_image, rasterized

MEASURES = ("ink", "thickness", "aspect", "slant")
"""Pixels full of ink; pixels of the pen's width; width / height; degrees from upright, right positive."""
HALF = 128
PERCENTILES = np.arange(101)
DECIMALS = 3
"""Of the table, and of what is looked up in it."""

Image8 = NDArray[np.uint8]


@dataclass(frozen=True)
class PreprocessingSteps:
    """The pictures between a drawing and the network.

    Attributes:
        ink: (height, width) uint8, the strokes inked, with a rim.
        cropped: Its part with ink.
        box: (20, 20) uint8, scaled with its aspect kept, in the middle of the box.
        image: (28, 28) uint8, what the network takes.
        center: x and y of the image's center of mass, pixel numbers from 0.
    """

    ink: Image8
    cropped: Image8
    box: Image8
    image: Image8
    center: tuple[float, float]


def preprocessing_steps(strokes: Sequence[Stroke]) -> PreprocessingSteps | None:
    """Return every picture between a drawing and a digit network; None for an empty canvas."""
    ink = rasterized(strokes)
    if ink is None:
        return None
    image = drawing_to_image(strokes)
    assert image is not None
    small = with_ink(image)  # the ink in 28x28 is the one in 20x20, moved by whole pixels
    box = np.zeros((BOX, BOX), np.uint8)
    top, left = (BOX - small.shape[0]) // 2, (BOX - small.shape[1]) // 2
    box[top : top + small.shape[0], left : left + small.shape[1]] = small
    mass = image / max(1.0, float(image.sum()))
    numbers = np.arange(SIDE)
    center = float((mass.sum(axis=0) * numbers).sum()), float((mass.sum(axis=1) * numbers).sum())
    return PreprocessingSteps(ink, with_ink(ink), box, image, center)


def with_ink(image: Image8, least: int = 1) -> Image8:
    """Return the smallest part of an image that has all its pixels of at least that value."""
    dark = image >= least
    rows, columns = np.flatnonzero(dark.any(axis=1)), np.flatnonzero(dark.any(axis=0))
    return image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] if len(rows) else image[:0, :0]


def measured(image: Image8) -> tuple[float, float, float, float]:
    """Measure a digit.

    Args:
        image: (height, width) uint8, ink bright on 0, not blank.

    Returns:
        The four `MEASURES`.
    """
    gray = np.pad(image, 1).astype(np.float64) / 255
    amount = float(gray.sum())
    across, down = gray[:-1, 1:] - gray[:-1, :-1], gray[1:, :-1] - gray[:-1, :-1]
    edge = float(np.hypot(across, down).sum())
    body = with_ink(image, min(HALF, int(image.max())))
    y, x = np.indices(gray.shape)
    offset_x, offset_y = x - (x * gray).sum() / amount, y - (y * gray).sum() / amount
    spread = float((gray * offset_y**2).sum())
    shear = float((gray * offset_x * offset_y).sum()) / spread if spread else 0.0
    slant = math.degrees(math.atan(-shear))  # y runs down: a digit that leans right has less y at more x
    return amount, 2 * amount / max(edge, 1e-9), body.shape[1] / body.shape[0], slant


def usual_shares(image: Image8, digit: int) -> dict[str, float]:
    """Return for each measure the share of MNIST's training images of a digit that have less of it.

    Images that have as much count half.

    Args:
        image: (28, 28) uint8, not blank.
        digit: 0 to 9.

    Returns:
        0 to 1 for each of `MEASURES`.
    """
    table = _table()[str(digit)]
    return {name: _share(table[name], value) for name, value in zip(MEASURES, measured(image), strict=True)}


def _share(percentiles: list[float], value: float) -> float:
    """Return where a value lies among percentiles; among equal ones (many widths are) in their middle."""
    rounded = round(value, DECIMALS)
    first, last = (int(np.searchsorted(percentiles, rounded, side)) for side in ("left", "right"))
    if first < last:
        return 1.0 if first == 100 else 0.0 if last == 1 else (first + last - 1) / 200
    return float(np.interp(rounded, percentiles, PERCENTILES / 100, left=0.0, right=1.0))


@cache
def _table() -> dict[str, dict[str, list[float]]]:
    """Return the percentiles 0 to 100 of each digit's measures, made by `packaging/measure_usual_digits.py`."""
    content = resource("models", "usual.json").read_bytes()
    return msgspec.json.decode(content, type=dict[str, dict[str, list[float]]])
