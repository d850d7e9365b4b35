"""Layers that keep a network from leaning on accidents: normalization and dropout."""

from __future__ import annotations

from math import prod
from typing import Annotated

from msgspec import Meta

from cnn_studio.core.network.layers.layer import Layer, Rate, Shape, picture


class BatchNormalization(Layer, frozen=True, kw_only=True, tag="BatchNormalization"):
    """Bring each channel to mean 0 and deviation 1 over the batch, then scale and shift it.

    Source: Ioffe and Szegedy, "Batch Normalization", ICML 2015. While predicting, the running mean
    and variance (the two weights a channel that are not trained) stand in for the batch's.
    """

    momentum: Rate = 0.99
    epsilon: Annotated[float, Meta(gt=0.0, le=0.1)] = 1e-3

    def parameters(self, shape: Shape) -> int:
        return 4 * shape[-1]

    def trainable_parameters(self, shape: Shape) -> int:
        return 2 * shape[-1]

    def flops(self, shape: Shape) -> int:
        return 2 * prod(shape)


class Dropout(Layer, frozen=True, kw_only=True, tag="Dropout"):
    """While training, silence a random share of the values, so that no one of them is relied on."""

    rate: Rate = 0.5

    def describe(self) -> str:
        return f"Dropout {self.rate:g}"


class SpatialDropout2D(Layer, frozen=True, kw_only=True, tag="SpatialDropout2D"):
    """While training, silence a random share of whole channels."""

    rate: Rate = 0.2

    def output_shape(self, shape: Shape) -> Shape:
        return picture(self, shape)

    def describe(self) -> str:
        return f"SpatialDropout2D {self.rate:g}"


class LayerNormalization(Layer, frozen=True, kw_only=True, tag="LayerNormalization"):
    """Bring the values of each pixel to mean 0 and deviation 1 over the channels, then scale and shift.

    Source: Ba, Kiros and Hinton, "Layer Normalization", 2016.
    """

    epsilon: Annotated[float, Meta(gt=0.0, le=0.1)] = 1e-3

    def parameters(self, shape: Shape) -> int:
        return 2 * shape[-1]

    def flops(self, shape: Shape) -> int:
        return 8 * prod(shape)
