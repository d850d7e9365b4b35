"""Axes of charts: from a value to a height, what is in view, and the round numbers written beside it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

MANTISSAS = ((1,), (1, 3), (1, 2, 5), (1, 1.5, 2, 3, 5, 7))
"""Steps inside a decade, from coarse to fine."""

TRIMMED = 5.0
"""Percent of the batches at either end that do not stretch an axis: the first ones are far off."""
LEAST_HEIGHT = {True: 0.004, False: 0.01}
"""So much of an axis is shown at least: of accuracies (True), of losses."""
AIR = 0.08

Span = tuple[float, float]
Tick = tuple[float, str]
"""A height on the axis and what is written there."""


def nice_ticks(low: float, high: float, wanted: int = 5) -> tuple[list[float], float]:
    """Return round numbers between low and high, and their distance.

    Source: Heckbert, "Nice numbers for graph labels", Graphics Gems, 1990.
    """
    if high <= low:
        return [low], 1.0
    rough = (high - low) / max(1, wanted - 1)
    magnitude = 10 ** math.floor(math.log10(rough))
    step = next(m for m in (1, 2, 5, 10) if m * magnitude >= rough * 0.999) * magnitude
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return [number * step for number in range(first, last + 1)], step


def readable_ticks(low: float, high: float, wanted: int) -> tuple[list[float], float]:
    """Return `nice_ticks`, closer together where less than two would be in view."""
    ticks, step = nice_ticks(low, high, wanted)
    while len(ticks) < 2 and high > low:
        wanted += 1
        ticks, step = nice_ticks(low, high, wanted)
    return ticks, step


def round_values(low: float, high: float, wanted: int) -> list[float]:
    """Return round numbers for a logarithmic axis: the steps inside its decades of which most have room.

    Where even the decades are too many, every second or third of them has one. Where less than two steps are
    in view the numbers are evenly apart, as on a linear axis.
    """
    best: list[float] = []
    most = max(4, wanted)
    for mantissas in MANTISSAS:
        decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
        found = [m * 10.0**decade for decade in decades for m in mantissas]
        found = [value for value in found if low * (1 - 1e-9) <= value <= high * (1 + 1e-9)]
        if len(found) > most:
            return best or found[:: math.ceil(len(found) / most)]
        best = found
    return best if len(best) >= 2 else [value for value in readable_ticks(low, high, wanted)[0] if value > 0]


def decimals_of(step: float) -> int:
    """Return how many decimals a number needs whose last digit counts in such steps."""
    return max(0, -math.floor(math.log10(step) + 1e-9)) if step > 0 else 0


class Scale(Protocol):
    """How values become heights; a better accuracy is always higher, whatever the scale."""

    @property
    def limits(self) -> tuple[float, float]:
        """Return the lowest and highest height a value can have."""

    def heights(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the height of each value; infinite where the scale cannot show it."""

    def ticks(self, low: float, high: float, wanted: int) -> list[Tick]:
        """Return about so many ticks between two heights."""


@dataclass(frozen=True)
class Linear:
    """Heights are values; fractions are written as percent."""

    percent: bool

    @property
    def limits(self) -> tuple[float, float]:
        """Return the lowest and highest height a value can have."""
        return 0.0, 1.0 if self.percent else math.inf

    def heights(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the height of each value."""
        return values

    def ticks(self, low: float, high: float, wanted: int) -> list[Tick]:
        """Return about so many ticks between two heights."""
        found, step = readable_ticks(low, high, wanted)
        factor, unit = (100, " %") if self.percent else (1, "")
        decimals = decimals_of(step * factor)
        least, most = self.limits
        return [
            (value, f"{factor * value:.{decimals}f}{unit}")
            for value in found
            if least - 1e-9 <= value <= most + 1e-9
        ]


@dataclass(frozen=True)
class Counting:
    """Heights are values that are counted from 1, as epochs are: whole numbers while three are in view."""

    @property
    def limits(self) -> tuple[float, float]:
        """Return the lowest and highest height a value can have."""
        return 0.0, math.inf

    def heights(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the height of each value."""
        return values

    def ticks(self, low: float, high: float, wanted: int) -> list[Tick]:
        """Return about so many ticks between two heights, none at 0."""
        found, step = nice_ticks(low, high, wanted)
        if step < 1 and high - low >= 3:
            step = 1.0
            found = [float(number) for number in range(math.ceil(low - 1e-9), math.floor(high + 1e-9) + 1)]
        return [(value, f"{value:.{decimals_of(step)}f}") for value in found if value > 0]


@dataclass(frozen=True)
class Logarithmic:
    """Heights are decimal logarithms of a loss or a cost; 0 has none."""

    @property
    def limits(self) -> tuple[float, float]:
        """Return the lowest and highest height a value can have."""
        return -math.inf, math.inf

    def heights(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the height of each value."""
        with np.errstate(divide="ignore"):
            return np.log10(values)

    def ticks(self, low: float, high: float, wanted: int) -> list[Tick]:
        """Return about so many ticks between two heights."""
        return [(math.log10(value), f"{value:.6g}") for value in round_values(10**low, 10**high, wanted)]


@dataclass(frozen=True)
class ErrorLogarithmic:
    """Heights grow as the error (1 - accuracy) shrinks by tenths: 90, 99, 99.9 % are equally far apart."""

    @property
    def limits(self) -> tuple[float, float]:
        """Return the lowest and highest height a value can have."""
        return 0.0, math.inf

    def heights(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the height of each value."""
        with np.errstate(divide="ignore"):
            return -np.log10(1 - values)

    def ticks(self, low: float, high: float, wanted: int) -> list[Tick]:
        """Return about so many ticks between two heights."""
        errors = round_values(10**-high, min(1.0, 10**-low), wanted) if high > 0 else []
        return [(-math.log10(error), f"{_percent(1 - error)} %") for error in sorted(errors, reverse=True)]


def _percent(share: float) -> str:
    return f"{100 * share:.4f}".rstrip("0").rstrip(".")


def scale_of(percent: bool, logarithmic: bool) -> Scale:
    """Return the scale of accuracies (percent) or losses."""
    if not logarithmic:
        return Linear(percent)
    return ErrorLogarithmic() if percent else Logarithmic()


def value_text(value: float, percent: bool) -> str:
    """Return a value with the digits people compare: 99.07 %, 0.0312."""
    if percent:
        return f"{100 * value:.2f} %"
    return f"{value:.4f}" if value >= 0.001 else f"{value:.2e}"


def rate_text(rate: float) -> str:
    """Return a learning rate: 0.001, 3.2e-5."""
    return f"{rate:.3g}".replace("e-0", "e-")


def heights_in_view(
    curves: Iterable[tuple[NDArray[np.float64], NDArray[np.float64], bool]],
    span: Span,
    scale: Scale,
    *,
    percent: bool,
) -> Span:
    """Return the lowest and highest height that show curves inside a span of epochs, with some air.

    Args:
        curves: Places, rising, and values of each, shape (n,), and whether its extremes may lie outside.
        span: The first and last position in view.
        scale: Of the axis.
        percent: Whether the values are accuracies.
    """
    found: list[NDArray[np.float64]] = []
    for positions, values, trimmed in curves:
        if not len(positions):
            continue
        first, last = np.searchsorted(positions, span[0]), np.searchsorted(positions, span[1], side="right")
        edges = [edge for edge in span if positions[0] <= edge <= positions[-1]]
        shown = np.concatenate([values[first:last], np.interp(edges, positions, values)])
        heights = scale.heights(shown)
        heights = heights[np.isfinite(heights)]
        if trimmed and len(heights) >= 20:
            heights = np.percentile(heights, [TRIMMED, 100 - TRIMMED])
        found.append(heights)
    together = np.concatenate(found) if found else np.empty(0)
    if not len(together):
        return 0.0, 1.0
    low, high = float(together.min()), float(together.max())
    air = AIR * max(high - low, LEAST_HEIGHT[percent])
    least, most = scale.limits
    low, high = max(least, low - air), min(most, high + air)
    return (low, high) if high > low else (low - air, high + air)
