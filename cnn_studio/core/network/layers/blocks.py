"""Layers made of layers."""

from __future__ import annotations

from math import prod

from cnn_studio.core.network.layers.convolution import Conv2D, DepthwiseConv2D, SeparableConv2D, ZeroPadding2D
from cnn_studio.core.network.layers.dense import ActivationLayer, Dense, Flatten, LeakyReLU
from cnn_studio.core.network.layers.layer import Activation, Layer, Shape, ShapeError, activation_flops
from cnn_studio.core.network.layers.pooling import (
    AveragePooling2D,
    GlobalAveragePooling2D,
    GlobalMaxPooling2D,
    MaxPooling2D,
)
from cnn_studio.core.network.layers.regularization import (
    BatchNormalization,
    Dropout,
    LayerNormalization,
    SpatialDropout2D,
)


class Block(Layer, frozen=True, kw_only=True, tag="Block"):
    """A named part of the network (a nested model), such as an encoder that is also used alone."""

    name: str
    layers: tuple[AnyLayer, ...]

    def output_shape(self, shape: Shape) -> Shape:
        for layer in self.layers:
            shape = layer.output_shape(shape)
        return shape

    def parameters(self, shape: Shape) -> int:
        return self._total("parameters", shape)

    def trainable_parameters(self, shape: Shape) -> int:
        return self._total("trainable_parameters", shape)

    def flops(self, shape: Shape) -> int:
        return self._total("flops", shape)

    def window(self) -> tuple[int, int] | None:
        side, step = 1, 1
        for layer in self.layers:
            inside = layer.window()
            if inside is None:
                return None
            side, step = side + (inside[0] - 1) * step, step * inside[1]
        return side, step

    def held_values(self, shape: Shape) -> int:
        return self._total("held_values", shape)

    def describe(self) -> str:
        return f"Block “{self.name}”, {len(self.layers)} layers"

    def _total(self, figure: str, shape: Shape) -> int:
        total = 0
        for layer in self.layers:
            total += getattr(layer, figure)(shape)
            shape = layer.output_shape(shape)
        return total


class ResidualBlock(Block, frozen=True, kw_only=True, tag="ResidualBlock"):
    """Layers whose result is added to what came in (He, Zhang, Ren and Sun, CVPR 2016).

    Where the shapes differ, a 1x1 convolution with the needed strides brings the input to the result's.
    """

    activation: Activation = "relu"

    def output_shape(self, shape: Shape) -> Shape:
        output = super().output_shape(shape)
        if len(shape) == 3 and len(output) == 3:
            self.shortcut(shape)
        elif shape != output:
            raise ShapeError(
                f"Residual block “{self.name}” gives {output}, which cannot be added to {shape}."
            )
        return output

    def shortcut(self, shape: Shape) -> Conv2D | None:
        """Return the convolution that brings the input to the result's shape; None where it has it."""
        output = Block.output_shape(self, shape)
        if output == shape:
            return None
        strides = -(-shape[0] // output[0])
        convolution = Conv2D(filters=output[-1], kernel_size=1, strides=strides)
        if convolution.output_shape(shape) != output:
            raise ShapeError(
                f"Residual block “{self.name}” gives {output}, which cannot be added to {shape}. "
                "Use padding 'same' inside it."
            )
        return convolution

    def describe(self) -> str:
        return f"ResidualBlock “{self.name}”, {len(self.layers)} layers"

    def _total(self, figure: str, shape: Shape) -> int:
        total = super()._total(figure, shape)
        output = Block.output_shape(self, shape)
        shortcut = self.shortcut(shape) if len(shape) == 3 else None
        if shortcut is not None:
            total += getattr(shortcut, figure)(shape)
        if figure == "flops":
            total += prod(output) + activation_flops(self.activation, prod(output))
        if figure == "held_values":
            total += prod(output)
        return total


AnyLayer = (
    Conv2D
    | DepthwiseConv2D
    | SeparableConv2D
    | ZeroPadding2D
    | MaxPooling2D
    | AveragePooling2D
    | GlobalAveragePooling2D
    | GlobalMaxPooling2D
    | BatchNormalization
    | LayerNormalization
    | Dropout
    | SpatialDropout2D
    | Flatten
    | Dense
    | ActivationLayer
    | LeakyReLU
    | Block
    | ResidualBlock
)
