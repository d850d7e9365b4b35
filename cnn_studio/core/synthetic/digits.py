"""Digits drawn by a program, in the shapes people use and MNIST lacks.

MNIST was written by Americans on forms. Elsewhere a 0 has a slash, a 1 has a flag as long as its stem or
a base, a 7 a bar, a 4 is closed, a 2 looped, a 9 curls. Each style in `resources/strokes/digits.json` is a few
strokes through control points in a unit square (y downwards); a drawing takes one, moves every point a little,
slants, turns and stretches it, draws a smooth line through the points (Catmull and Rom, 1974), and inks it with a
pen of its own width through `core.drawing.preprocessing`, like any other drawing. Nothing here comes from
anybody's handwriting.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache

import msgspec
import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.base.assets import resource
from cnn_studio.core.drawing.preprocessing import SIDE, Stroke, drawing_to_image

Points = tuple[tuple[float, float], ...]
Style = tuple[float, tuple[Points, ...]]
"""(how often, the strokes)."""


class _Arc(msgspec.Struct, frozen=True):
    """A stroke along an ellipse; `arc` has the arguments of `_arc`."""

    arc: tuple[float, float, float, float, float, float, int]


class _Style(msgspec.Struct, frozen=True):
    """A style as the file has it."""

    weight: float
    strokes: tuple[Points | _Arc, ...]


@cache
def styles() -> dict[int, tuple[Style, ...]]:
    """Return the styles of each digit, read from `resources/strokes/digits.json` the first time."""
    content = resource("strokes", "digits.json").read_bytes()
    read = msgspec.json.decode(content, type=dict[int, tuple[_Style, ...]])
    return {
        digit: tuple((style.weight, tuple(map(_points, style.strokes))) for style in of_digit)
        for digit, of_digit in read.items()
    }


def _points(stroke: Points | _Arc) -> Points:
    return _arc(*stroke.arc) if isinstance(stroke, _Arc) else stroke


def _arc(cx: float, cy: float, rx: float, ry: float, start: float, end: float, count: int) -> Points:
    """Return points of an ellipse's arc; degrees, 0 is right, 90 is down."""
    angles = [math.radians(start + (end - start) * part / (count - 1)) for part in range(count)]
    return tuple((cx + rx * math.cos(angle), cy + ry * math.sin(angle)) for angle in angles)


def drawn_digits(count: int, seed: int) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    """Draw digits, all classes equally often, the same for the same seed (about 0.5 ms each).

    Returns:
        (count, 28, 28, 1) uint8 images and (count,) int32 classes.
    """
    random = np.random.default_rng((seed, 1974))
    images = np.zeros((count, SIDE, SIDE, 1), np.uint8)
    labels = (np.arange(count) % len(styles())).astype(np.int32)
    for number, label in enumerate(labels):
        image = drawing_to_image(drawn_digit_strokes(int(label), random), float(random.uniform(1.5, 3.2)))
        assert image is not None  # every style has points
        images[number, ..., 0] = image
    return images, labels


def drawn_digit_strokes(label: int, random: np.random.Generator) -> list[Stroke]:
    """Draw one digit in one of its styles."""
    of_digit = styles()[label]
    weights = np.array([weight for weight, _ in of_digit])
    strokes = of_digit[random.choice(len(of_digit), p=weights / weights.sum())][1]
    return handwritten(strokes, random)


def handwritten(
    strokes: Sequence[Points | Stroke], random: np.random.Generator, turn: float = 0.0
) -> list[Stroke]:
    """Draw strokes as a hand would: no point where it should be, slanted, turned and stretched.

    Args:
        strokes: Each through (N, 2) points, y downwards, of about the unit square.
        random: Decides.
        turn: Radians it is turned by besides.
    """
    slant, turn = random.normal(0.0, 0.18), turn + random.normal(0.0, 0.1)
    width = math.exp(random.normal(-0.25, 0.25))
    shape = np.array([[width, -slant], [0.0, 1.0]])
    rotation = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
    wobble = random.uniform(0.01, 0.045)
    return [
        _smooth(np.array(points) + random.normal(0.0, wobble, (len(points), 2))) @ (rotation @ shape).T
        for points in strokes
    ]


def _smooth(points: Stroke, parts: int = 6) -> Stroke:
    """Return a Catmull-Rom curve through the points; two points that nearly coincide make a corner."""
    ends = np.concatenate([2 * points[:1] - points[1:2], points, 2 * points[-1:] - points[-2:-1]])
    share = np.linspace(0, 1, parts, endpoint=False)[:, None]
    pieces: list[Stroke] = []
    for before, here, after, beyond in zip(ends[:-3], ends[1:-2], ends[2:-1], ends[3:], strict=True):
        pieces.append(_piece(before, here, after, beyond, share))
    return np.concatenate([*pieces, points[-1:]])


def _piece(before: Stroke, here: Stroke, after: Stroke, beyond: Stroke, t: Stroke) -> Stroke:
    rises: Sequence[Stroke] = (
        2 * here,
        (after - before) * t,
        (2 * before - 5 * here + 4 * after - beyond) * t**2,
        (3 * here - before - 3 * after + beyond) * t**3,
    )
    return np.asarray(sum(rises) / 2)
