"""What a layer does to one picture, worked out value by value with NumPy.

A network that is still being made has no weights, so a convolution is shown with an example filter, and a
Dense layer with the mean image of each class for its weights.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from cnn_studio.core.network.explain.block_explanations import block, residual_block
from cnn_studio.core.network.explain.explanation import (
    FILTERS,
    Example,
    Explanation,
    Moment,
    filtered,
    number_text,
)
from cnn_studio.core.network.explain.multi_channel import layer_normalization, separable, spatial_dropout
from cnn_studio.core.network.explain.single_channel import (
    activation,
    convolution,
    dense,
    dropout,
    flatten,
    leaky,
    normalization,
    padding,
    pooling,
    whole,
)
from cnn_studio.core.network.layers import (
    ActivationLayer,
    AnyLayer,
    AveragePooling2D,
    BatchNormalization,
    Block,
    Conv2D,
    Dense,
    DepthwiseConv2D,
    Dropout,
    Flatten,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    LayerNormalization,
    LeakyReLU,
    MaxPooling2D,
    ResidualBlock,
    SeparableConv2D,
    SpatialDropout2D,
    ZeroPadding2D,
)

__all__ = ["FILTERS", "Example", "Explanation", "Moment", "explain", "number_text"]


def explain(layer: AnyLayer, example: Example) -> Explanation | None:
    """Return a layer at work on an example; None where it cannot be shown.

    Raises:
        ValueError: If a window is larger than the picture.
    """
    if type(layer) in OF_FILTERED:
        planes = (filtered(each, example.filter) for each in (example.plane, example.batch))
        example = replace(example, plane=next(planes), batch=next(planes))
        explained = _work(layer, example)
        return None if explained is None else replace(explained, filtered=True)
    return _work(layer, example)


def _work(layer: AnyLayer, example: Example) -> Explanation | None:
    """Return a layer at work on the very plane of the example."""
    if isinstance(layer, ResidualBlock):
        return residual_block(layer, example, _inside)
    if isinstance(layer, Block):
        return block(layer, example, _inside)
    return WORK[type(layer)](layer, example)


def _inside(layer: AnyLayer, example: Example) -> Explanation | None:
    """Return a layer at work inside a block, where there is one channel; None where it needs several."""
    return None if type(layer) in OF_SEVERAL else _work(layer, example)


WORK: dict[type, Callable[..., Explanation]] = {
    Conv2D: convolution,
    DepthwiseConv2D: convolution,
    SeparableConv2D: separable,
    ZeroPadding2D: padding,
    MaxPooling2D: pooling,
    AveragePooling2D: pooling,
    GlobalAveragePooling2D: whole,
    GlobalMaxPooling2D: whole,
    Flatten: flatten,
    ActivationLayer: activation,
    LeakyReLU: leaky,
    BatchNormalization: normalization,
    LayerNormalization: layer_normalization,
    Dropout: dropout,
    SpatialDropout2D: spatial_dropout,
    Dense: dense,
}
OF_FILTERED = (ActivationLayer, LeakyReLU, BatchNormalization)
"""Shown on a filtered picture: one that has values below zero."""
OF_SEVERAL = (LayerNormalization, SpatialDropout2D)
