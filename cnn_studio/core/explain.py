"""What a layer does to one picture, worked out value by value with NumPy.

A network that is still being made has no weights, so a convolution is shown with an example filter, and a
Dense layer with the mean image of each class for its weights.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from cnn_studio.core.activations import ACTIVATIONS
from cnn_studio.core.layers import (
    ActivationLayer,
    AnyLayer,
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    LeakyReLU,
    MaxPooling2D,
    Pooling,
)

Floats = NDArray[np.float64]
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
        batch: Pictures like it, (count, height, width): what a batch normalisation measures.
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
    """

    before: Floats
    after: Floats
    moment: Callable[[int, int], Moment]
    filtered: bool = False


def explain(layer: AnyLayer, example: Example) -> Explanation | None:
    """Return a layer at work on an example; None for kinds that are not explained."""
    work = _WORK.get(type(layer))
    return None if work is None else work(layer, example)


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


def _sum(terms: list[str], value: float) -> str:
    shown = terms if len(terms) <= MOST_TERMS else [*terms[: MOST_TERMS - 2], "…", terms[-1]]
    return f"{' + '.join(shown)} = {number_text(value)}"


def _convolution(layer: Conv2D | DepthwiseConv2D, example: Example) -> Explanation:
    kernel = FILTERS[example.filter](layer.kernel_size)
    apart = layer.dilation_rate if isinstance(layer, Conv2D) else 1
    reach = apart * (layer.kernel_size - 1) + 1
    windows, top, left = windows_of(example.plane, reach, layer.strides, layer.padding, 0.0, apart)
    sums = np.einsum("rcij,ij->rc", windows, kernel)
    after = ACTIVATIONS[layer.activation](sums)

    def moment(row: int, column: int) -> Moment:
        window, total = windows[row, column], float(sums[row, column])
        pairs = zip(window.ravel(), kernel.ravel(), strict=True)
        lines = [_sum([f"{number_text(x)}·{_bracketed(w)}" for x, w in pairs], total)]
        if layer.activation != "linear":
            lines.append(f"{layer.activation}({number_text(total)}) = {number_text(after[row, column])}")
        place = (row * layer.strides - top, column * layer.strides - left, reach, reach)
        return Moment(place, (("", window), ("×", kernel), ("=", window * kernel)), tuple(lines))

    return Explanation(example.plane, after, moment, filtered=True)


def _bracketed(value: float) -> str:
    return f"({number_text(value)})" if value < 0 else number_text(value)


def _pooling(layer: Pooling, example: Example) -> Explanation:
    size, stride = layer.pool_size, layer.strides or layer.pool_size
    windows, top, left = windows_of(example.plane, size, stride, layer.padding, math.nan)
    strongest = isinstance(layer, MaxPooling2D)
    after = (np.nanmax if strongest else np.nanmean)(windows, axis=(2, 3))

    def moment(row: int, column: int) -> Moment:
        window = windows[row, column]
        line = _reduced(window[~np.isnan(window)], strongest, float(after[row, column]))
        place = (row * stride - top, column * stride - left, size, size)
        return Moment(place, (("", window),), (line,))

    return Explanation(example.plane, after, moment)


def _reduced(values: Floats, strongest: bool, result: float) -> str:
    if strongest:
        shown = [number_text(value) for value in values[:MOST_TERMS]] + ["…"] * (len(values) > MOST_TERMS)
        return f"max({', '.join(shown)}) = {number_text(result)}"
    total = _sum([number_text(value) for value in values], float(values.sum())).rpartition(" = ")[0]
    return f"({total}) ÷ {len(values)} = {number_text(result)}"


def _whole(layer: GlobalAveragePooling2D | GlobalMaxPooling2D, example: Example) -> Explanation:
    plane, strongest = example.plane, isinstance(layer, GlobalMaxPooling2D)
    value = float(plane.max() if strongest else plane.mean())
    line = _reduced(plane.ravel(), strongest, value)
    return Explanation(
        plane, np.array([[value]]), lambda row, column: Moment((0, 0, *plane.shape), (), (line,))
    )


def _flatten(layer: Flatten, example: Example) -> Explanation:
    plane = example.plane
    width = plane.shape[1]

    def moment(row: int, column: int) -> Moment:
        at, across = divmod(column, width)
        lines = (f"{at} × {width} + {across} = {column}", f"{number_text(plane[at, across])}")
        return Moment((at, across, 1, 1), (), lines)

    return Explanation(plane, plane.reshape(1, -1), moment)


def _edges(planes: Floats, example: Example) -> Floats:
    """Return pictures as a convolution leaves them, with negative values too."""
    kernel = FILTERS[example.filter](3)
    padded = np.pad(planes, [(0, 0)] * (planes.ndim - 2) + [(1, 1), (1, 1)])
    windows = sliding_window_view(padded, (3, 3), axis=(-2, -1))
    edges: Floats = np.einsum("...ij,ij->...", windows, kernel)
    return edges


def _each(before: Floats, after: Floats, line: Callable[[float, float], str]) -> Explanation:
    """Return the explanation of a layer that makes one value of one value of a filtered picture."""

    def moment(row: int, column: int) -> Moment:
        return Moment((row, column, 1, 1), (), (line(float(before[row, column]), float(after[row, column])),))

    return Explanation(before, after, moment, filtered=True)


def _activation(layer: ActivationLayer, example: Example) -> Explanation:
    before = _edges(example.plane, example)
    after = ACTIVATIONS[layer.activation](before)
    if layer.activation == "relu":
        return _each(before, after, lambda x, y: f"max(0, {number_text(x)}) = {number_text(y)}")
    return _each(before, after, lambda x, y: f"{layer.activation}({number_text(x)}) = {number_text(y)}")


def _leaky(layer: LeakyReLU, example: Example) -> Explanation:
    before = _edges(example.plane, example)
    after = np.where(before > 0, before, layer.negative_slope * before)

    def line(x: float, y: float) -> str:
        return number_text(y) if x > 0 else f"{layer.negative_slope:g} · {_bracketed(x)} = {number_text(y)}"

    return _each(before, after, line)


def _normalisation(layer: BatchNormalization, example: Example) -> Explanation:
    before, batch = _edges(example.plane, example), _edges(example.batch, example)
    mean, variance = float(batch.mean()), float(batch.var())
    after = (before - mean) / math.sqrt(variance + layer.epsilon)

    def line(x: float, y: float) -> str:
        deviation = f"√({variance:.4f} + {layer.epsilon:g})"
        return f"({number_text(x)} − {_bracketed(mean)}) ÷ {deviation} = {number_text(y)}"

    return _each(before, after, line)


def _dropout(layer: Dropout, example: Example) -> Explanation:
    kept = np.random.default_rng(example.seed).random(example.plane.shape) >= layer.rate
    after = np.where(kept, example.plane / (1.0 - layer.rate), 0.0)

    def moment(row: int, column: int) -> Moment:
        x, y = example.plane[row, column], after[row, column]
        line = (
            f"{number_text(x)} ÷ (1 − {layer.rate:g}) = {number_text(y)}"
            if kept[row, column]
            else f"{number_text(x)} → 0"
        )
        return Moment((row, column, 1, 1), (), (line,))

    return Explanation(example.plane, after, moment)


def _dense(layer: Dense, example: Example) -> Explanation:
    """Each class's weights are its mean image without the mean of all, in length 1."""
    middle = example.means.mean(axis=0)
    weights = example.means - middle
    weights = weights / np.maximum(np.sqrt((weights**2).sum(axis=(1, 2), keepdims=True)), 1e-12)
    sums = ((example.plane - middle) * weights).sum(axis=(1, 2))
    after = ACTIVATIONS[layer.activation](sums)

    def moment(row: int, column: int) -> Moment:
        lines = [f"Σ x·w + b = {number_text(sums[column])}"]
        if layer.activation == "softmax":
            top = f"e^{_bracketed(sums[column])}"
            bottom = _sum([f"e^{_bracketed(value)}" for value in sums], 0.0).rpartition(" = ")[0]
            lines.append(f"{top} ÷ ({bottom}) = {number_text(after[column])}")
        elif layer.activation != "linear":
            lines.append(f"{layer.activation}({number_text(sums[column])}) = {number_text(after[column])}")
        return Moment((0, 0, *example.plane.shape), (), tuple(lines))

    return Explanation(example.plane, after[None, :], moment)


_WORK: dict[type, Callable[..., Explanation]] = {
    Conv2D: _convolution,
    DepthwiseConv2D: _convolution,
    MaxPooling2D: _pooling,
    AveragePooling2D: _pooling,
    GlobalAveragePooling2D: _whole,
    GlobalMaxPooling2D: _whole,
    Flatten: _flatten,
    ActivationLayer: _activation,
    LeakyReLU: _leaky,
    BatchNormalization: _normalisation,
    Dropout: _dropout,
    Dense: _dense,
}
