"""What an explanation is made of: an example to show a layer on, and how one value came about."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Floats = NDArray[np.float64]
StandIn = Literal["", "class means", "two channels", "filters", "one channel"]
MOST_TERMS = 9
"""Summands written out in one line; of more, the first and the last."""


def _ramp(size: int) -> Floats:
    return np.linspace(-1.0, 1.0, size) if size > 1 else np.ones(1)


FILTERS: dict[str, Callable[[int], Floats]] = {
    "vertical edges": lambda size: np.tile(_ramp(size), (size, 1)) / size,
    "horizontal edges": lambda size: np.tile(_ramp(size)[:, None], (1, size)) / size,
    "blur": lambda size: np.full((size, size), 1.0 / size**2),
}
"""Example filters of any size, (size, size)."""


@dataclass(frozen=True)
class Example:
    """What a layer is shown on.

    Attributes:
        plane: The picture, (height, width), 0 to 1.
        batch: Pictures like it, (count, height, width): what a batch normalization measures.
        means: The mean picture of each class, (classes, height, width).
        filter: A key of `FILTERS`.
        seed: Of what a dropout silences.
    """

    plane: Floats
    batch: Floats
    means: Floats
    filter: str = "vertical edges"
    seed: int = 0


@dataclass(frozen=True)
class Moment:
    """How one value came about.

    Attributes:
        window: Top, left, height, width of what it was made from, in pixels of `Explanation.before`; it may
            reach over the edge where there are zeros round the picture.
        grids: Small tables, each with the sign before it: window, × weights, = products.
        lines: The arithmetic, written out.
    """

    window: tuple[int, int, int, int]
    grids: tuple[tuple[str, Floats], ...]
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Explanation:
    """A layer at work.

    Attributes:
        before: What it is given, (height, width).
        after: What it makes of it, (height, width); a list of values is one row.
        moment: Returns how the value at a row and a column of `after` came about.
        filtered: Whether the example's filter has a part in it.
        stand_in: What stands in for what only a network that is trained, or has channels, has.
    """

    before: Floats
    after: Floats
    moment: Callable[[int, int], Moment]
    filtered: bool = False
    stand_in: StandIn = ""


def margins(size: int, reach: int, stride: int, padding: str) -> tuple[int, int]:
    """Return how many pixels Keras adds before and behind one axis."""
    if padding != "same":
        return 0, 0
    total = max((-(-size // stride) - 1) * stride + reach - size, 0)
    return total // 2, total - total // 2


def windows_of(
    plane: Floats, reach: int, stride: int, padding: str, fill: float, apart: int = 1
) -> tuple[Floats, int, int]:
    """Return every window of a picture, and how far the first reaches over the top and the left edge.

    Args:
        plane: (height, width).
        reach: Side of the window in pixels.
        stride: How far it moves.
        padding: "same" or "valid".
        fill: What stands outside the picture.
        apart: Distance of the values taken (a dilation rate).

    Returns:
        (rows, columns, side, side), and two numbers of pixels.
    """
    rows = margins(plane.shape[0], reach, stride, padding)
    columns = margins(plane.shape[1], reach, stride, padding)
    padded = np.pad(plane, (rows, columns), constant_values=fill)
    windows = sliding_window_view(padded, (reach, reach))[::stride, ::stride, ::apart, ::apart]
    return windows, rows[0], columns[0]


def number_text(value: float) -> str:
    """Return a number with two decimals and a proper minus sign, which 0 never has."""
    text = f"{value:.2f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", "−")


def bracketed(value: float) -> str:
    """Return a number that can follow a sign."""
    return f"({number_text(value)})" if value < 0 else number_text(value)


def summed(terms: list[str], value: float, most: int = MOST_TERMS) -> str:
    """Return a sum written out, of many terms the first and the last, and what it is."""
    shown = terms if len(terms) <= most else [*terms[: most - 2], "…", terms[-1]]
    return f"{' + '.join(shown)} = {number_text(value)}"


def filtered(planes: Floats, name: str) -> Floats:
    """Return pictures, (..., height, width), as a 3 x 3 convolution leaves them, with negative values too."""
    kernel = FILTERS[name](3)
    padded = np.pad(planes, [(0, 0)] * (planes.ndim - 2) + [(1, 1), (1, 1)])
    windows = sliding_window_view(padded, (3, 3), axis=(-2, -1))
    edges: Floats = np.einsum("...ij,ij->...", windows, kernel)
    return edges
