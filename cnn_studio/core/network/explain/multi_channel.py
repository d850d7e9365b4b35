"""Layers whose values come from several channels; a picture has one, so others are made of it."""

from __future__ import annotations

import numpy as np

from cnn_studio.core.network.activation_functions import ACTIVATIONS
from cnn_studio.core.network.explain.explanation import (
    FILTERS,
    Example,
    Explanation,
    Floats,
    Moment,
    bracketed,
    filtered,
    number_text,
    summed,
    windows_of,
)
from cnn_studio.core.network.layers import LayerNormalization, SeparableConv2D, SpatialDropout2D

MIXED = (1.0, -1.0)
"""Weights of the two channels in the example of a separable convolution."""
SIGNS = (1.0, -1.0)
FEW_TERMS = 4
"""Two sums stand below one another, and the first one's products in a table."""


def separable(layer: SeparableConv2D, example: Example) -> Explanation:
    """Filter two channels, the picture and its blur, each by itself; then mix them pixel by pixel."""
    kernel, side = FILTERS[example.filter](layer.kernel_size), layer.kernel_size
    channels = (example.plane, filtered(example.plane, "blur"))
    seen = [windows_of(channel, side, layer.strides, layer.padding, 0.0) for channel in channels]
    sums = [np.einsum("rcij,ij->rc", windows, kernel) for windows, _, _ in seen]
    mixed: Floats = np.tensordot(MIXED, sums, 1)
    after = ACTIVATIONS[layer.activation](mixed)
    (windows, top, left), _ = seen

    def moment(row: int, column: int) -> Moment:
        lines = []
        for number, (each, _, _) in enumerate(seen):
            pairs = zip(each[row, column].ravel(), kernel.ravel(), strict=True)
            terms = [f"{number_text(x)}·{bracketed(w)}" for x, w in pairs]
            lines.append(f"[{number + 1}] " + summed(terms, float(sums[number][row, column]), FEW_TERMS))
        parts = [
            f"{bracketed(weight)}·{bracketed(float(each[row, column]))}"
            for weight, each in zip(MIXED, sums, strict=True)
        ]
        lines.append(f"1 × 1: {summed(parts, float(mixed[row, column]))}")
        if layer.activation != "linear":
            before = number_text(mixed[row, column])
            lines.append(f"{layer.activation}({before}) = {number_text(after[row, column])}")
        region = (row * layer.strides - top, column * layer.strides - left, side, side)
        window = windows[row, column]
        return Moment(region, (("", window), ("×", kernel), ("=", window * kernel)), tuple(lines))

    return Explanation(example.plane, after, moment, filtered=True, stand_in="two channels")


def layer_normalization(layer: LayerNormalization, example: Example) -> Explanation:
    """Bring the values of a pixel to mean 0 and deviation 1 over the channels: the example filters' answers."""
    channels = np.stack([filtered(example.plane, name) for name in FILTERS], axis=-1)
    chosen = list(FILTERS).index(example.filter)
    means, variances = channels.mean(axis=-1), channels.var(axis=-1)
    after = (channels[..., chosen] - means) / np.sqrt(variances + layer.epsilon)

    def moment(row: int, column: int) -> Moment:
        values, mean, variance = channels[row, column], means[row, column], variances[row, column]
        total = " + ".join(bracketed(float(value)) for value in values)
        result = number_text(after[row, column])
        lines = (
            f"({total}) ÷ {len(values)} = {number_text(mean)}",
            f"({number_text(values[chosen])} − {bracketed(mean)}) ÷ √({variance:.4f} + {layer.epsilon:g}) = {result}",
        )
        return Moment((row, column, 1, 1), (), lines)

    return Explanation(channels[..., chosen], after, moment, filtered=True, stand_in="filters")


def spatial_dropout(layer: SpatialDropout2D, example: Example) -> Explanation:
    """Silence whole channels: the example filters' answers and their negatives, two rows of them."""
    rows = [[sign * filtered(example.plane, name) for name in FILTERS] for sign in SIGNS]
    kept = np.random.default_rng(example.seed).random((len(SIGNS), len(FILTERS))) >= layer.rate
    before = np.block(rows)
    height, width = example.plane.shape
    strength = np.kron(kept / (1.0 - layer.rate), np.ones((height, width)))
    after = before * strength

    def moment(row: int, column: int) -> Moment:
        at, across = row // height, column // width
        x, y = number_text(before[row, column]), number_text(after[row, column])
        line = f"{x} ÷ (1 − {layer.rate:g}) = {y}" if kept[at, across] else f"{x} → 0"
        return Moment((at * height, across * width, height, width), (), (line,))

    return Explanation(before, after, moment, stand_in="filters")
