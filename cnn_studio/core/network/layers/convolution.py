"""Layers that slide small windows of weights over the picture."""

from __future__ import annotations

from math import prod
from typing import Annotated

from msgspec import Meta

from cnn_studio.core.network.layers.layer import (
    Activation,
    Count,
    Initializer,
    Layer,
    Padding,
    Regularizer,
    Shape,
    ShapeError,
    Window,
    activation_flops,
    picture,
    sides,
    suffix,
)


class Conv2D(Layer, frozen=True, kw_only=True, tag="Conv2D"):
    """Slide learned filters over the picture; each answers where it finds its pattern."""

    filters: Count
    kernel_size: Window = 3
    strides: Window = 1
    padding: Padding = "valid"
    dilation_rate: Annotated[int, Meta(ge=1, le=16)] = 1
    activation: Activation = "linear"
    use_bias: bool = True
    kernel_initializer: Initializer = "glorot_uniform"
    kernel_regularizer: Regularizer | None = None

    def output_shape(self, shape: Shape) -> Shape:
        if self.strides > 1 and self.dilation_rate > 1:
            raise ShapeError(
                f"{self.describe()} has strides {self.strides} and dilation rate {self.dilation_rate}; one of "
                "them must be 1."
            )
        reach, _ = self.window()
        return *sides(self, shape, reach, self.strides, self.padding), self.filters

    def window(self) -> tuple[int, int]:
        return self.dilation_rate * (self.kernel_size - 1) + 1, self.strides

    def parameters(self, shape: Shape) -> int:
        return (self.kernel_size**2 * shape[-1] + self.use_bias) * self.filters

    def flops(self, shape: Shape) -> int:
        values = prod(self.output_shape(shape))
        products = 2 * values * self.kernel_size**2 * shape[-1]
        return products + values * self.use_bias + activation_flops(self.activation, values)

    def describe(self) -> str:
        return f"Conv2D {self.filters}, {self.kernel_size}x{self.kernel_size}{suffix(self.activation)}"


class DepthwiseConv2D(Layer, frozen=True, kw_only=True, tag="DepthwiseConv2D"):
    """Slide filters over each channel by itself: far fewer weights than Conv2D."""

    kernel_size: Window = 3
    strides: Window = 1
    padding: Padding = "valid"
    depth_multiplier: Annotated[int, Meta(ge=1, le=16)] = 1
    activation: Activation = "linear"
    use_bias: bool = True

    def output_shape(self, shape: Shape) -> Shape:
        positions = sides(self, shape, self.kernel_size, self.strides, self.padding)
        return *positions, shape[-1] * self.depth_multiplier

    def window(self) -> tuple[int, int]:
        return self.kernel_size, self.strides

    def parameters(self, shape: Shape) -> int:
        return (self.kernel_size**2 + self.use_bias) * shape[-1] * self.depth_multiplier

    def flops(self, shape: Shape) -> int:
        values = prod(self.output_shape(shape))
        return values * (2 * self.kernel_size**2 + self.use_bias) + activation_flops(self.activation, values)

    def describe(self) -> str:
        return f"DepthwiseConv2D {self.kernel_size}x{self.kernel_size}{suffix(self.activation)}"


class SeparableConv2D(Layer, frozen=True, kw_only=True, tag="SeparableConv2D"):
    """A depthwise convolution and a 1x1 convolution that mixes its channels (Chollet, CVPR 2017)."""

    filters: Count
    kernel_size: Window = 3
    strides: Window = 1
    padding: Padding = "valid"
    depth_multiplier: Annotated[int, Meta(ge=1, le=16)] = 1
    activation: Activation = "linear"
    use_bias: bool = True

    def output_shape(self, shape: Shape) -> Shape:
        return *sides(self, shape, self.kernel_size, self.strides, self.padding), self.filters

    def window(self) -> tuple[int, int]:
        return self.kernel_size, self.strides

    def parameters(self, shape: Shape) -> int:
        between = shape[-1] * self.depth_multiplier
        return self.kernel_size**2 * between + (between + self.use_bias) * self.filters

    def flops(self, shape: Shape) -> int:
        height, width, filters = self.output_shape(shape)
        between = shape[-1] * self.depth_multiplier
        values = height * width * filters
        products = 2 * height * width * between * self.kernel_size**2 + 2 * values * between
        return products + values * self.use_bias + activation_flops(self.activation, values)

    def describe(self) -> str:
        return (
            f"SeparableConv2D {self.filters}, {self.kernel_size}x{self.kernel_size}{suffix(self.activation)}"
        )


class ZeroPadding2D(Layer, frozen=True, kw_only=True, tag="ZeroPadding2D"):
    """Put a rim of zeros around the picture."""

    padding: Annotated[int, Meta(ge=1, le=64)] = 1

    def output_shape(self, shape: Shape) -> Shape:
        height, width, channels = picture(self, shape)
        return height + 2 * self.padding, width + 2 * self.padding, channels

    def describe(self) -> str:
        return f"ZeroPadding2D {self.padding}"
