"""What an eraser leaves of a stroke: the parts it did not touch."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Point = tuple[float, ...]
Points = tuple[Point, ...]
Numbers = NDArray[np.float64]

CRUMB = 2e-3
"""Pieces shorter than this share of the canvas's side are not kept: they would look like dirt."""


def cut(stroke: Points, here: Point, there: Point, radius: float) -> tuple[Points, ...] | None:
    """Return what a round eraser moved in a straight line leaves of a stroke.

    Args:
        stroke: Its points, joined by straight lines; columns after x and y are interpolated where it is cut.
        here: Where the eraser came from, x and y.
        there: Where it is now.
        radius: Of the eraser, in the unit of the points.

    Returns:
        The pieces in the stroke's order; None for a stroke that was not touched.
    """
    points = np.array(stroke, np.float64)
    start, end = (np.array(point[:2], np.float64) for point in (here, there))
    first = points[:-1, :2] if len(points) > 1 else points[:, :2]
    last = points[1:, :2] if len(points) > 1 else points[:, :2]
    enters, leaves = _inside(first, last - first, start, end, radius)
    touched = enters <= leaves
    if not touched.any():
        return None
    if len(points) == 1:
        return ()
    pieces: list[list[Point]] = [[stroke[0]]]
    for number, (before, after) in enumerate(pairwise(stroke)):
        if not touched[number]:
            pieces[-1].append(after)
            continue
        pieces[-1].append(_between(before, after, float(enters[number])))
        pieces.append([_between(before, after, float(leaves[number])), after])
    return tuple(tuple(piece) for piece in pieces if _length(piece) > CRUMB)


def _inside(
    first: Numbers, way: Numbers, start: Numbers, end: Numbers, radius: float
) -> tuple[Numbers, Numbers]:
    """Return where lines enter and leave what the eraser covered, as shares of each line.

    The covered shape, a rectangle with a disc at either end, is convex: a line is inside it on one interval,
    which reaches from its first to its last contact with any of the three.

    Returns:
        Two (lines,) arrays; the first is larger than the second where a line stays outside.
    """
    parts = [_inside_disc(first - center, way, radius) for center in (start, end)]
    length = float(np.hypot(*(end - start)))
    if length > 0:
        along = (end - start) / length
        across = np.array([-along[1], along[0]])
        sides = _inside_slab((first - start) @ along, way @ along, 0.0, length)
        ends = _inside_slab((first - start) @ across, way @ across, -radius, radius)
        parts.append((np.maximum(sides[0], ends[0]), np.minimum(sides[1], ends[1])))
    clipped = [(np.maximum(low, 0.0), np.minimum(high, 1.0)) for low, high in parts]
    enters: Numbers = np.minimum.reduce([np.where(low <= high, low, np.inf) for low, high in clipped])
    leaves: Numbers = np.maximum.reduce([np.where(low <= high, high, -np.inf) for low, high in clipped])
    return enters, leaves


def _inside_disc(first: Numbers, way: Numbers, radius: float) -> tuple[Numbers, Numbers]:
    """Solve |first + t way| <= radius for t."""
    square = (way * way).sum(axis=1)
    half = (first * way).sum(axis=1)
    rest = (first * first).sum(axis=1) - radius * radius
    moves = square > 0
    divisor = np.where(moves, square, 1.0)
    root = np.sqrt(np.maximum(half * half - square * rest, 0.0))
    meets = np.where(moves, half * half >= square * rest, rest <= 0)
    low = np.where(moves, (-half - root) / divisor, -np.inf)
    high = np.where(moves, (-half + root) / divisor, np.inf)
    return np.where(meets, low, np.inf), np.where(meets, high, -np.inf)


def _inside_slab(first: Numbers, way: Numbers, low: float, high: float) -> tuple[Numbers, Numbers]:
    """Solve low <= first + t way <= high for t."""
    moves = way != 0
    divisor = np.where(moves, way, 1.0)
    one, other = (low - first) / divisor, (high - first) / divisor
    meets = moves | ((first >= low) & (first <= high))
    enters = np.where(moves, np.minimum(one, other), -np.inf)
    leaves = np.where(moves, np.maximum(one, other), np.inf)
    return np.where(meets, enters, np.inf), np.where(meets, leaves, -np.inf)


def _between(before: Point, after: Point, share: float) -> Point:
    return tuple(here + share * (there - here) for here, there in zip(before, after, strict=True))


def _length(piece: list[Point]) -> float:
    steps = np.diff(np.array([point[:2] for point in piece]), axis=0)
    return float(np.hypot(steps[:, 0], steps[:, 1]).sum())
