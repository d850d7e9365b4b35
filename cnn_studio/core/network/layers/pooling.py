"""Layers that make the picture smaller."""

from __future__ import annotations

from math import prod

from cnn_studio.core.network.layers.layer import Layer, Padding, Shape, Window, picture, sides


class Pooling(Layer, frozen=True, kw_only=True):
    """Reduce each window of the picture to one value."""

    pool_size: Window = 2
    strides: Window | None = None
    padding: Padding = "valid"

    def output_shape(self, shape: Shape) -> Shape:
        stride = self.strides or self.pool_size
        return *sides(self, shape, self.pool_size, stride, self.padding), shape[-1]

    def window(self) -> tuple[int, int]:
        return self.pool_size, self.strides or self.pool_size

    def flops(self, shape: Shape) -> int:
        return prod(self.output_shape(shape)) * self.pool_size**2

    def describe(self) -> str:
        return f"{type(self).__name__} {self.pool_size}x{self.pool_size}"


class MaxPooling2D(Pooling, frozen=True, kw_only=True, tag="MaxPooling2D"):
    """Keep the strongest answer of each window: smaller picture, small shifts forgiven."""


class AveragePooling2D(Pooling, frozen=True, kw_only=True, tag="AveragePooling2D"):
    """Keep the mean of each window."""


class GlobalAveragePooling2D(Layer, frozen=True, kw_only=True, tag="GlobalAveragePooling2D"):
    """Reduce each channel to its mean: a picture becomes a short list of features."""

    def output_shape(self, shape: Shape) -> Shape:
        return (picture(self, shape)[-1],)

    def window(self) -> None:
        return None

    def flops(self, shape: Shape) -> int:
        return prod(shape)


class GlobalMaxPooling2D(Layer, frozen=True, kw_only=True, tag="GlobalMaxPooling2D"):
    """Reduce each channel to its strongest value."""

    def output_shape(self, shape: Shape) -> Shape:
        return (picture(self, shape)[-1],)

    def window(self) -> None:
        return None

    def flops(self, shape: Shape) -> int:
        return prod(shape)
