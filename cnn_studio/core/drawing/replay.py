"""A drawing gone through in the order it was drawn, and where the answer changed on the way."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import msgspec

from cnn_studio.core.drawing.stroke_model import Strokes

MOST_POSITIONS = 200


class Flip(msgspec.Struct, frozen=True):
    """A position from which on another class is the most probable one.

    Attributes:
        position: The number of the position.
        before: The class that was the most probable at the position before.
        after: The class that is now.
    """

    position: int
    before: int
    after: int


def positions(strokes: Strokes, most: int = MOST_POSITIONS) -> list[int]:
    """Return the numbers of points at which the drawing is looked at: every one, or evenly spread ones.

    The first point is the first position, the whole drawing the last.
    """
    total = sum(map(len, strokes))
    if total <= most:
        return list(range(1, total + 1))
    return [1 + round(number * (total - 1) / (most - 1)) for number in range(most)]


def flips(tops: Sequence[int]) -> list[Flip]:
    """Return where the most probable class changes.

    Args:
        tops: The most probable class at each position.
    """
    return [
        Flip(number, before, after)
        for number, (before, after) in enumerate(pairwise(tops), start=1)
        if before != after
    ]
