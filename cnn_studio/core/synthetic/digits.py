"""Digits drawn by a program, in the shapes people use and MNIST lacks.

MNIST was written by Americans on forms. Elsewhere a 0 has a slash, a 1 has a flag as long as its stem or
a base, a 7 a bar, a 4 is closed, a 2 looped, a 9 curls. Each style below is a few strokes through control
points in a unit square (y downwards); a drawing takes one, moves every point a little, slants, turns and
stretches it, draws a smooth line through the points (Catmull and Rom, 1974), and inks it with a pen of
its own width through `core.drawing.preprocessing`, like any other drawing. Nothing here comes from anybody's handwriting.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.drawing.preprocessing import SIDE, Stroke, drawing_to_image

Points = tuple[tuple[float, float], ...]
Style = tuple[float, tuple[Points, ...]]
"""(how often, the strokes)."""


def _arc(cx: float, cy: float, rx: float, ry: float, start: float, end: float, count: int = 9) -> Points:
    """Return points of an ellipse's arc; degrees, 0 is right, 90 is down."""
    angles = [math.radians(start + (end - start) * part / (count - 1)) for part in range(count)]
    return tuple((cx + rx * math.cos(angle), cy + ry * math.sin(angle)) for angle in angles)


RING = _arc(0.5, 0.5, 0.32, 0.45, -100, -470, 13)
STYLES: dict[int, tuple[Style, ...]] = {
    0: (
        (
            1,
            (
                (
                    (0.5, 0.0),
                    (0.05, 0.35),
                    (0.1, 1.0),
                    (0.1, 1.0),
                    (0.9, 1.0),
                    (0.9, 1.0),
                    (0.95, 0.4),
                    (0.5, 0.0),
                ),
            ),
        ),
        (1, (RING,)),
        (3, (RING, ((0.2, 0.95), (0.5, 0.5), (0.8, 0.05)))),
        (2, (RING, ((0.3, 0.75), (0.5, 0.5), (0.7, 0.25)))),
        (3, (_arc(0.5, 0.5, 0.26, 0.32, -80, -450, 13), ((0.28, 1.0), (0.5, 0.5), (0.75, 0.0)))),
        (1, (_arc(0.5, 0.5, 0.3, 0.4, -60, 310, 13), ((0.1, 0.8), (0.5, 0.5), (0.9, 0.2)))),
    ),
    1: (
        (1, (((0.6, 0.0), (0.58, 0.5), (0.56, 1.0), (0.56, 1.0), (0.15, 1.0)),)),
        (1, (((0.85, 0.04), (0.6, 0.1), (0.42, 0.4), (0.36, 1.0)),)),
        (1, (((0.5, 0.0), (0.5, 0.5), (0.5, 1.0)),)),
        (3, (((0.22, 0.38), (0.4, 0.2), (0.56, 0.0), (0.56, 0.0), (0.55, 0.5), (0.54, 1.0)),)),
        (3, (((0.1, 0.5), (0.35, 0.26), (0.6, 0.0), (0.6, 0.0), (0.58, 0.5), (0.56, 1.0)),)),
        (
            2,
            (
                ((0.25, 0.25), (0.5, 0.0), (0.5, 0.0), (0.5, 0.5), (0.5, 1.0)),
                ((0.2, 1.0), (0.5, 1.0), (0.8, 1.0)),
            ),
        ),
        (
            2,
            (
                ((0.2, 0.36), (0.55, 0.02), (0.55, 0.02), (0.54, 0.5), (0.52, 0.98)),
                ((0.25, 1.0), (0.55, 0.98), (0.85, 0.97)),
            ),
        ),
        (1, (((0.3, 0.12), (0.5, 0.0), (0.5, 0.0), (0.5, 0.95), (0.5, 0.98), (0.2, 1.0), (0.85, 0.96)),)),
        (2, (((0.25, 0.3), (0.55, 0.0), (0.55, 0.0), (0.58, 0.5), (0.55, 0.94), (0.32, 1.0), (0.88, 0.95)),)),
        (
            2,
            (
                (
                    (0.12, 0.3),
                    (0.12, 0.14),
                    (0.3, 0.05),
                    (0.56, 0.02),
                    (0.58, 0.1),
                    (0.56, 0.5),
                    (0.54, 0.97),
                ),
                ((0.0, 1.0), (0.5, 0.99), (1.0, 1.0)),
            ),
        ),
        (
            1,
            (
                ((0.4, 0.3), (0.24, 0.2), (0.4, 0.02), (0.64, 0.04), (0.6, 0.3), (0.54, 0.6), (0.48, 0.97)),
                ((0.02, 1.0), (0.5, 0.99), (0.98, 1.0)),
            ),
        ),
    ),
    2: (
        (
            1,
            (
                (
                    (0.15, 0.25),
                    (0.3, 0.05),
                    (0.6, 0.0),
                    (0.8, 0.2),
                    (0.65, 0.5),
                    (0.35, 0.78),
                    (0.12, 1.0),
                    (0.12, 1.0),
                    (0.5, 1.0),
                    (0.88, 0.98),
                ),
            ),
        ),
        (
            2,
            (
                (
                    (0.18, 0.22),
                    (0.4, 0.02),
                    (0.7, 0.08),
                    (0.75, 0.35),
                    (0.5, 0.7),
                    (0.25, 0.95),
                    (0.12, 0.88),
                    (0.25, 0.76),
                    (0.5, 0.9),
                    (0.75, 1.0),
                    (0.92, 0.9),
                ),
            ),
        ),
        (
            1,
            (
                (
                    (0.3, 0.3),
                    (0.22, 0.14),
                    (0.4, 0.0),
                    (0.7, 0.06),
                    (0.78, 0.3),
                    (0.55, 0.65),
                    (0.15, 0.95),
                    (0.15, 0.95),
                    (0.5, 0.9),
                    (0.88, 1.0),
                ),
            ),
        ),
    ),
    3: (
        (
            1,
            (
                (
                    (0.2, 0.12),
                    (0.5, 0.0),
                    (0.78, 0.18),
                    (0.65, 0.4),
                    (0.42, 0.48),
                    (0.42, 0.48),
                    (0.72, 0.55),
                    (0.82, 0.78),
                    (0.55, 1.0),
                    (0.15, 0.9),
                ),
            ),
        ),
        (
            2,
            (
                (
                    (0.18, 0.02),
                    (0.5, 0.02),
                    (0.8, 0.0),
                    (0.8, 0.0),
                    (0.6, 0.2),
                    (0.42, 0.4),
                    (0.42, 0.4),
                    (0.75, 0.5),
                    (0.82, 0.78),
                    (0.5, 1.0),
                    (0.15, 0.9),
                ),
            ),
        ),
        (
            1,
            (
                (
                    (0.2, 0.1),
                    (0.55, 0.02),
                    (0.75, 0.22),
                    (0.5, 0.45),
                    (0.4, 0.46),
                    (0.48, 0.5),
                    (0.8, 0.65),
                    (0.7, 0.95),
                    (0.35, 1.0),
                    (0.15, 0.86),
                ),
            ),
        ),
    ),
    4: (
        (1, (((0.6, 0.0), (0.1, 0.55), (0.1, 0.55), (0.95, 0.5)), ((0.62, 0.05), (0.5, 1.0)))),
        (
            2,
            (
                ((0.6, 0.0), (0.35, 0.35), (0.1, 0.68), (0.1, 0.68), (0.5, 0.68), (0.92, 0.66)),
                ((0.65, 0.4), (0.64, 0.7), (0.62, 1.0)),
            ),
        ),
        (
            2,
            (
                ((0.65, 0.0), (0.35, 0.35), (0.1, 0.65), (0.1, 0.65), (0.5, 0.65), (0.92, 0.64)),
                ((0.65, 0.0), (0.65, 0.5), (0.64, 1.0)),
            ),
        ),
        (
            1,
            (
                ((0.2, 0.0), (0.16, 0.3), (0.15, 0.5), (0.15, 0.5), (0.5, 0.52), (0.85, 0.5)),
                ((0.75, 0.0), (0.72, 0.5), (0.7, 1.0)),
            ),
        ),
        (
            2,
            (
                (
                    (0.75, 1.0),
                    (0.72, 0.5),
                    (0.7, 0.0),
                    (0.7, 0.0),
                    (0.4, 0.35),
                    (0.12, 0.65),
                    (0.12, 0.65),
                    (0.5, 0.66),
                    (0.95, 0.64),
                ),
            ),
        ),
    ),
    5: (
        (
            1,
            (
                (
                    (0.9, 0.04),
                    (0.4, 0.08),
                    (0.4, 0.08),
                    (0.36, 0.45),
                    (0.36, 0.45),
                    (0.52, 0.55),
                    (0.46, 0.95),
                    (0.1, 1.0),
                ),
            ),
        ),
        (1, (((0.9, 0.05), (0.36, 0.1), (0.36, 0.1), (0.42, 0.5), (0.52, 0.95), (0.14, 1.0)),)),
        (
            2,
            (
                (
                    (0.25, 0.02),
                    (0.22, 0.22),
                    (0.2, 0.42),
                    (0.2, 0.42),
                    (0.5, 0.36),
                    (0.8, 0.52),
                    (0.78, 0.82),
                    (0.5, 1.0),
                    (0.15, 0.92),
                ),
                ((0.25, 0.02), (0.5, 0.02), (0.82, 0.0)),
            ),
        ),
        (
            1,
            (
                (
                    (0.82, 0.0),
                    (0.5, 0.02),
                    (0.26, 0.03),
                    (0.26, 0.03),
                    (0.22, 0.42),
                    (0.22, 0.42),
                    (0.55, 0.36),
                    (0.8, 0.6),
                    (0.68, 0.92),
                    (0.4, 1.0),
                    (0.12, 0.9),
                ),
            ),
        ),
        (
            1,
            (
                (
                    (0.8, 0.0),
                    (0.45, 0.05),
                    (0.28, 0.25),
                    (0.45, 0.42),
                    (0.7, 0.58),
                    (0.72, 0.82),
                    (0.45, 1.0),
                    (0.15, 0.92),
                ),
            ),
        ),
    ),
    6: (
        (
            1,
            (
                (
                    (0.7, 0.0),
                    (0.4, 0.2),
                    (0.22, 0.55),
                    (0.25, 0.85),
                    (0.5, 1.0),
                    (0.76, 0.85),
                    (0.74, 0.62),
                    (0.5, 0.52),
                    (0.26, 0.66),
                ),
            ),
        ),
        (
            1,
            (
                (
                    (0.55, 0.0),
                    (0.32, 0.35),
                    (0.22, 0.7),
                    (0.38, 0.98),
                    (0.65, 0.96),
                    (0.76, 0.75),
                    (0.58, 0.58),
                    (0.3, 0.7),
                ),
            ),
        ),
    ),
    7: (
        (1, (((0.12, 0.04), (0.5, 0.02), (0.86, 0.0), (0.86, 0.0), (0.62, 0.45), (0.42, 1.0)),)),
        (
            3,
            (
                ((0.12, 0.04), (0.5, 0.03), (0.86, 0.0), (0.86, 0.0), (0.62, 0.5), (0.45, 1.0)),
                ((0.32, 0.52), (0.55, 0.5), (0.82, 0.48)),
            ),
        ),
        (
            2,
            (
                (
                    (0.12, 0.2),
                    (0.14, 0.05),
                    (0.14, 0.05),
                    (0.5, 0.05),
                    (0.88, 0.02),
                    (0.88, 0.02),
                    (0.66, 0.5),
                    (0.5, 1.0),
                ),
                ((0.35, 0.5), (0.6, 0.5), (0.86, 0.5)),
            ),
        ),
        (
            1,
            (
                (
                    (0.12, 0.16),
                    (0.16, 0.04),
                    (0.35, 0.1),
                    (0.6, 0.08),
                    (0.86, 0.0),
                    (0.86, 0.0),
                    (0.6, 0.4),
                    (0.5, 1.0),
                ),
            ),
        ),
    ),
    8: (
        (
            2,
            (
                (
                    (0.72, 0.16),
                    (0.5, 0.0),
                    (0.27, 0.16),
                    (0.4, 0.4),
                    (0.65, 0.55),
                    (0.76, 0.8),
                    (0.5, 1.0),
                    (0.24, 0.8),
                    (0.38, 0.55),
                    (0.62, 0.38),
                    (0.72, 0.16),
                ),
            ),
        ),
        (1, (_arc(0.5, 0.24, 0.22, 0.24, 90, 450, 11), _arc(0.5, 0.74, 0.27, 0.26, -90, 270, 11))),
        (1, (_arc(0.5, 0.24, 0.22, 0.24, 90, -270, 11), _arc(0.5, 0.74, 0.27, 0.26, -90, -450, 11))),
    ),
    9: (
        (
            1,
            (
                (
                    (0.75, 0.2),
                    (0.5, 0.0),
                    (0.25, 0.2),
                    (0.35, 0.45),
                    (0.6, 0.45),
                    (0.76, 0.2),
                    (0.76, 0.2),
                    (0.74, 0.6),
                    (0.7, 1.0),
                ),
            ),
        ),
        (
            3,
            (
                (
                    (0.75, 0.2),
                    (0.5, 0.0),
                    (0.25, 0.22),
                    (0.4, 0.48),
                    (0.65, 0.42),
                    (0.77, 0.18),
                    (0.77, 0.18),
                    (0.78, 0.6),
                    (0.66, 0.92),
                    (0.4, 1.0),
                    (0.18, 0.88),
                ),
            ),
        ),
        (
            1,
            (
                (
                    (0.72, 0.12),
                    (0.45, 0.02),
                    (0.24, 0.25),
                    (0.42, 0.46),
                    (0.68, 0.3),
                    (0.74, 0.08),
                    (0.74, 0.5),
                    (0.55, 0.9),
                    (0.2, 1.0),
                ),
            ),
        ),
    ),
}


def drawn_digits(count: int, seed: int) -> tuple[NDArray[np.uint8], NDArray[np.int32]]:
    """Draw digits, all classes equally often, the same for the same seed (about 0.5 ms each).

    Returns:
        (count, 28, 28, 1) uint8 images and (count,) int32 classes.
    """
    random = np.random.default_rng((seed, 1974))
    images = np.zeros((count, SIDE, SIDE, 1), np.uint8)
    labels = (np.arange(count) % len(STYLES)).astype(np.int32)
    for number, label in enumerate(labels):
        image = drawing_to_image(drawn_digit_strokes(int(label), random), float(random.uniform(1.5, 3.2)))
        assert image is not None  # every style has points
        images[number, ..., 0] = image
    return images, labels


def drawn_digit_strokes(label: int, random: np.random.Generator) -> list[Stroke]:
    """Draw one digit in one of its styles."""
    styles = STYLES[label]
    weights = np.array([weight for weight, _ in styles])
    strokes = styles[random.choice(len(styles), p=weights / weights.sum())][1]
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
