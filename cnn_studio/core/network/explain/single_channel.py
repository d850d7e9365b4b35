"""Layers at work on one picture: of each value, how it came about."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from cnn_studio.core.network.activation_functions import ACTIVATIONS
from cnn_studio.core.network.explain.explanation import (
    FILTERS,
    MOST_TERMS,
    Example,
    Explanation,
    Floats,
    Moment,
    bracketed,
    number_text,
    summed,
    windows_of,
)
from cnn_studio.core.network.layers import (
    ActivationLayer,
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
    ZeroPadding2D,
)


def convolution(layer: Conv2D | DepthwiseConv2D, example: Example) -> Explanation:
    """Slide the example's filter over the picture."""
    kernel = FILTERS[example.filter](layer.kernel_size)
    apart = layer.dilation_rate if isinstance(layer, Conv2D) else 1
    reach = apart * (layer.kernel_size - 1) + 1
    windows, top, left = windows_of(example.plane, reach, layer.strides, layer.padding, 0.0, apart)
    sums = np.einsum("rcij,ij->rc", windows, kernel)
    after = ACTIVATIONS[layer.activation](sums)

    def moment(row: int, column: int) -> Moment:
        window, total = windows[row, column], float(sums[row, column])
        pairs = zip(window.ravel(), kernel.ravel(), strict=True)
        lines = [summed([f"{number_text(x)}·{bracketed(w)}" for x, w in pairs], total)]
        if layer.activation != "linear":
            lines.append(f"{layer.activation}({number_text(total)}) = {number_text(after[row, column])}")
        region = (row * layer.strides - top, column * layer.strides - left, reach, reach)
        return Moment(region, (("", window), ("×", kernel), ("=", window * kernel)), tuple(lines))

    return Explanation(example.plane, after, moment, filtered=True)


def pooling(layer: Pooling, example: Example) -> Explanation:
    """Take the largest value or the mean of every window."""
    size, stride = layer.pool_size, layer.strides or layer.pool_size
    windows, top, left = windows_of(example.plane, size, stride, layer.padding, math.nan)
    strongest = isinstance(layer, MaxPooling2D)
    after = np.nanmax(windows, axis=(2, 3)) if strongest else np.nanmean(windows, axis=(2, 3))

    def moment(row: int, column: int) -> Moment:
        window = windows[row, column]
        line = _reduced(window[~np.isnan(window)], strongest, float(after[row, column]))
        region = (row * stride - top, column * stride - left, size, size)
        return Moment(region, (("", window),), (line,))

    return Explanation(example.plane, after, moment)


def _reduced(values: Floats, strongest: bool, result: float) -> str:
    if strongest:
        shown = [number_text(value) for value in values[:MOST_TERMS]] + ["…"] * (len(values) > MOST_TERMS)
        return f"max({', '.join(shown)}) = {number_text(result)}"
    total = summed([number_text(value) for value in values], float(values.sum())).rpartition(" = ")[0]
    return f"({total}) ÷ {len(values)} = {number_text(result)}"


def whole(layer: GlobalAveragePooling2D | GlobalMaxPooling2D, example: Example) -> Explanation:
    """Take the largest value or the mean of the whole picture."""
    plane, strongest = example.plane, isinstance(layer, GlobalMaxPooling2D)
    value = float(plane.max() if strongest else plane.mean())
    line = _reduced(plane.ravel(), strongest, value)
    return Explanation(
        plane, np.array([[value]]), lambda row, column: Moment((0, 0, *plane.shape), (), (line,))
    )


def flatten(layer: Flatten, example: Example) -> Explanation:
    """Lay the rows of the picture behind one another."""
    plane = example.plane
    width = plane.shape[1]

    def moment(row: int, column: int) -> Moment:
        at, across = divmod(column, width)
        lines = (f"{at} × {width} + {across} = {column}", f"{number_text(plane[at, across])}")
        return Moment((at, across, 1, 1), (), lines)

    return Explanation(plane, plane.reshape(1, -1), moment)


def _each(before: Floats, after: Floats, line: Callable[[float, float], str]) -> Explanation:
    """Return the explanation of a layer that makes one value of one value."""

    def moment(row: int, column: int) -> Moment:
        return Moment((row, column, 1, 1), (), (line(float(before[row, column]), float(after[row, column])),))

    return Explanation(before, after, moment)


def activation(layer: ActivationLayer, example: Example) -> Explanation:
    """Bend each value."""
    before = example.plane
    after = ACTIVATIONS[layer.activation](before)
    if layer.activation == "relu":
        return _each(before, after, lambda x, y: f"max(0, {number_text(x)}) = {number_text(y)}")
    return _each(before, after, lambda x, y: f"{layer.activation}({number_text(x)}) = {number_text(y)}")


def leaky(layer: LeakyReLU, example: Example) -> Explanation:
    """Let a share of what is below zero through."""
    before = example.plane
    after = np.where(before > 0, before, layer.negative_slope * before)

    def line(x: float, y: float) -> str:
        return number_text(y) if x > 0 else f"{layer.negative_slope:g} · {bracketed(x)} = {number_text(y)}"

    return _each(before, after, line)


def normalization(layer: BatchNormalization, example: Example) -> Explanation:
    """Take the batch's mean off each value, and divide by its deviation."""
    before, batch = example.plane, example.batch
    mean, variance = float(batch.mean()), float(batch.var())
    after = (before - mean) / math.sqrt(variance + layer.epsilon)

    def line(x: float, y: float) -> str:
        deviation = f"√({variance:.4f} + {layer.epsilon:g})"
        return f"({number_text(x)} − {bracketed(mean)}) ÷ {deviation} = {number_text(y)}"

    return _each(before, after, line)


def dropout(layer: Dropout, example: Example) -> Explanation:
    """Silence a share of the values, and strengthen the rest."""
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


def dense(layer: Dense, example: Example) -> Explanation:
    """Each class's weights are its mean image without the mean of all, in length 1."""
    middle = example.means.mean(axis=0)
    weights = example.means - middle
    weights = weights / np.maximum(np.sqrt((weights**2).sum(axis=(1, 2), keepdims=True)), 1e-12)
    sums = ((example.plane - middle) * weights).sum(axis=(1, 2))
    after = ACTIVATIONS[layer.activation](sums)

    def moment(row: int, column: int) -> Moment:
        lines = [f"Σ x·w + b = {number_text(sums[column])}"]
        if layer.activation == "softmax":
            top = f"e^{bracketed(sums[column])}"
            bottom = summed([f"e^{bracketed(value)}" for value in sums], 0.0).rpartition(" = ")[0]
            lines.append(f"{top} ÷ ({bottom}) = {number_text(after[column])}")
        elif layer.activation != "linear":
            lines.append(f"{layer.activation}({number_text(sums[column])}) = {number_text(after[column])}")
        return Moment((0, 0, *example.plane.shape), (), tuple(lines))

    return Explanation(example.plane, after[None, :], moment, stand_in="class means")


def padding(layer: ZeroPadding2D, example: Example) -> Explanation:
    """Put a rim of zeros round the picture."""
    plane, rim = example.plane, layer.padding
    rows, columns = plane.shape

    def moment(row: int, column: int) -> Moment:
        at, across = row - rim, column - rim
        if 0 <= at < rows and 0 <= across < columns:
            lines = (f"({row} − {rim}, {column} − {rim}) = ({at}, {across})", number_text(plane[at, across]))
            return Moment((at, across, 1, 1), (), lines)
        return Moment((min(max(at, 0), rows), min(max(across, 0), columns), 0, 0), (), (number_text(0.0),))

    return Explanation(plane, np.pad(plane, rim), moment)
