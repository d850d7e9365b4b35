"""Parts of a black and white picture: connected components, ruled lines, thickness. NumPy only."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
Whole = NDArray[np.int64]

STEEPEST_DEGREES = 16.0
"""Lines of ruled paper may lean this much from the picture's sides."""
ANGLE_STEP_DEGREES = 0.5
DARKER = 1.5
"""Times as dark as a line is ink that crosses it."""
FREE = 0.35
"""Share of a line that surely has no ink on it."""
SHORTEST = 0.25
"""Of the picture's width: how much of a line that leaves it above or below is enough to see it."""


@dataclass(frozen=True)
class Component:
    """Ink that hangs together.

    Attributes:
        runs: (runs, 3) row, first column and last column.
        label: Its number in the picture of labels.
        box: Left, top, right and bottom; the last two one behind.
        area: Pixels.
    """

    runs: Whole
    label: int
    box: tuple[int, int, int, int]
    area: int

    @property
    def width(self) -> int:
        """Of its box."""
        return self.box[2] - self.box[0]

    @property
    def height(self) -> int:
        """Of its box."""
        return self.box[3] - self.box[1]


def runs_of(mask: Mask) -> Whole:
    """Return (runs, 3) row, first and last column of every horizontal run, row by row."""
    padded = np.zeros((mask.shape[0], mask.shape[1] + 2), np.int8)
    padded[:, 1:-1] = mask
    change = np.diff(padded, axis=1)
    rows, first = np.nonzero(change == 1)
    last = np.nonzero(change == -1)[1] - 1
    return np.column_stack([rows, first, last])


def components(mask: Mask) -> tuple[list[Component], Whole]:
    """Label ink whose pixels touch at a side or a corner.

    Runs are joined to those of the next row they touch, and labels then fall to the smallest of their
    neighbors, halving the way to it every time (Shiloach and Vishkin, 1982).

    Returns:
        The components by their first row, and (height, width) labels from 1, 0 where there is no ink.
    """
    runs = runs_of(mask)
    labels = np.zeros(mask.shape, np.int64)
    if not len(runs):
        return [], labels
    row, first, last = runs.T
    wide = mask.shape[1] + 2
    start = np.searchsorted(row * wide + last, (row + 1) * wide + first - 1)
    stop = np.maximum(start, np.searchsorted(row * wide + first, (row + 1) * wide + last + 1, "right"))
    above = np.repeat(np.arange(len(runs)), stop - start)
    below = np.arange(len(above)) - np.repeat(np.cumsum(stop - start) - (stop - start), stop - start)
    below += np.repeat(start, stop - start)
    root = np.arange(len(runs))
    while True:
        a, b = root[above], root[below]
        if (a == b).all():
            break
        np.minimum.at(root, np.maximum(a, b), np.minimum(a, b))
        while (root != root[root]).any():
            root = root[root]
    number = np.unique(root, return_inverse=True)[1] + 1
    lengths = last - first + 1
    labels[mask] = np.repeat(number, lengths)
    order = np.argsort(number, kind="stable")
    parts = np.split(runs[order], np.cumsum(np.bincount(number)[1:])[:-1])
    found = []
    for label, part in enumerate(parts, start=1):
        box = (int(part[:, 1].min()), int(part[0, 0]), int(part[:, 2].max()) + 1, int(part[-1, 0]) + 1)
        found.append(Component(part, label, box, int((part[:, 2] - part[:, 1] + 1).sum())))
    return found, labels


def without_lines(
    mask: Mask, fine: Mask | None = None, depth: NDArray[np.float64] | None = None
) -> tuple[Mask, float | None]:
    """Remove the lines of ruled or squared paper, leaving what crosses them.

    A line is a direction in which more than half of the picture's width (or height) lies on one line and
    ink comes near both rims (Hough, 1962, over the few angles of ruled paper). Of a line, only pixels are
    removed where the ink is no thicker across it than the line is, so that strokes which cross it stay
    whole.

    Args:
        mask: Ink.
        fine: Where lines are looked for, if not in the ink: paler ones that are only partly ink show there.
        depth: (height, width) how dark the picture is; ink much darker than a line it lies on is kept.

    Returns:
        What is left, and the angle of the horizontal lines in degrees (falling to the right), if any.
    """
    fine = mask if fine is None else fine | mask
    depth = np.zeros(mask.shape) if depth is None else depth
    across, angle = _without_horizontal(mask, fine, depth)
    upright, _ = _without_horizontal(across.T, fine.T, depth.T)
    return upright.T, angle


def _thickness(mask: Mask) -> Whole:
    """Return how thick the ink is at each pixel, up and down; 0 where there is none."""
    thickness = np.zeros(mask.shape, np.int64)
    for column, first, last in runs_of(mask.T):
        thickness[first : last + 1, column] = last - first + 1
    return thickness


def _without_horizontal(mask: Mask, fine: Mask, depth: NDArray[np.float64]) -> tuple[Mask, float | None]:
    height, width = mask.shape
    thickness, of_lines = _thickness(mask), _thickness(fine)
    thickest = max(3, round(0.02 * max(mask.shape)))
    y, x = np.nonzero((of_lines > 0) & (of_lines <= thickest))
    if len(y) < width // 2:
        return mask, None
    angle, offsets = _lines(y, x, width, height)
    if not len(offsets):
        return mask, None
    left = mask.copy()
    slope = math.tan(math.radians(angle))
    columns = np.arange(width)
    for offset in offsets:
        middle = np.round(offset + slope * columns).astype(np.int64)
        near = middle[:, None] + np.arange(-thickest, thickest + 1)
        inside = (near >= 0) & (near < height)
        at = np.where(inside, near, 0), np.broadcast_to(columns[:, None], near.shape)
        here, line, dark = (np.where(inside, each[at], 0) for each in (thickness, of_lines, depth))
        thin = line[(line > 0) & (line <= thickest)]
        if not len(thin):
            continue
        usual = float(np.median(thin))
        whole = inside.any(axis=1)
        along = dark[whole, thickest - 2 : thickest + 3].max(axis=1, initial=0.0)
        darkest = DARKER * float(np.quantile(along, FREE))
        # Ink no thicker than the line, whose run reaches the line's middle.
        remove = (here > 0) & (here <= 1.5 * usual + 1) & (np.abs(near - middle[:, None]) <= usual + 1)
        remove &= dark <= darkest
        left[at[0][remove], at[1][remove]] = False
    return left, angle


def _lines(y: Whole, x: Whole, width: int, height: int) -> tuple[float, NDArray[np.float64]]:
    """Return the angle with most ink on lines, and where the lines meet the left rim."""
    if len(y) > 40_000:
        keep = np.random.default_rng(0).choice(len(y), 40_000, replace=False)
        share, y, x = 40_000 / len(y), y[keep], x[keep]
    else:
        share = 1.0
    best, found, lowest = 0.0, (0.0, np.zeros(0)), 0
    for degrees in np.arange(-STEEPEST_DEGREES, STEEPEST_DEGREES + 0.1, ANGLE_STEP_DEGREES):
        slope = math.tan(math.radians(degrees))
        lowest = math.floor(min(0.0, -slope * width)) - 1
        offset = np.round(y - slope * x).astype(np.int64) - lowest
        counts = np.bincount(offset, minlength=height - 2 * lowest) / share
        tall = float((counts**2).sum())
        if tall > best:
            best, found = tall, (float(degrees), counts)
    angle, counts = found
    slope = math.tan(math.radians(angle))
    lowest = math.floor(min(0.0, -slope * width)) - 1
    thick = counts + np.roll(counts, 1) + np.roll(counts, -1)
    first, last = _visible_span(np.arange(len(thick)) + lowest, slope, width, height)
    long = np.maximum(last - first, SHORTEST * width)
    peak = (thick >= np.roll(thick, 1)) & (thick > np.roll(thick, -1))
    offset = y - slope * x
    kept = []
    for number in np.flatnonzero(peak & (thick > 0.5 * long)):
        begin, end = float(first[number]), float(last[number])
        on = x[np.abs(offset - (number + lowest)) <= 2]
        along = (on - begin) / max(1.0, end - begin)
        covered = len(np.unique((along * 40).astype(np.int64))) / 40
        if len(on) and along.min() < 0.1 and along.max() > 0.9 and covered > 0.65:
            kept.append(float(number + lowest))
    return angle, np.array(kept)


def _visible_span(
    offsets: NDArray[np.int64], slope: float, width: int, height: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return between which columns lines that meet the left rim at these offsets are in the picture."""
    if slope == 0:
        return np.zeros(len(offsets)), np.full(len(offsets), float(width))
    ends = np.sort(np.stack([-offsets / slope, (height - offsets) / slope]), axis=0)
    first, last = np.clip(ends, 0, width)
    return first, last


def stroke_width(mask: Mask) -> float:
    """Return how thick the strokes are, in pixels: twice the ink by its outline.

    The outline counts sides between ink and no ink; a line in any direction has them over-counted by
    4 / pi on average.
    """
    padded = np.pad(mask, 1)
    sides = int((padded[1:] != padded[:-1]).sum()) + int((padded[:, 1:] != padded[:, :-1]).sum())
    return 2 * int(mask.sum()) / max(1.0, sides * math.pi / 4)


def thickened(mask: Mask, radius: float) -> Mask:
    """Grow ink by a disc, or let it shrink where the radius is negative; the mask grows with it."""
    reach = math.ceil(abs(radius))
    if reach == 0:
        return mask
    padded = np.pad(mask, reach)
    source = padded if radius > 0 else ~padded
    grown = source.copy()
    for dy in range(-reach, reach + 1):
        span = radius * radius - dy * dy
        if span < 0:
            continue
        dx = int(math.sqrt(span))
        shifted = np.roll(source, dy, axis=0)
        # A run of 2 dx + 1 is the difference of two running counts.
        counts = np.cumsum(np.pad(shifted, ((0, 0), (dx + 1, dx))), axis=1, dtype=np.int64)
        grown |= (counts[:, 2 * dx + 1 :] - counts[:, : -2 * dx - 1]) > 0
    return grown if radius > 0 else ~grown
