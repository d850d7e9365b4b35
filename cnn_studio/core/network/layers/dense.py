"""Layers of single values: flattening, full connections, activations."""

from __future__ import annotations

from math import prod
from typing import Annotated

from msgspec import Meta

from cnn_studio.core.network.layers.layer import (
    Activation,
    Count,
    Initializer,
    Layer,
    Regularizer,
    Shape,
    activation_flops,
    suffix,
    vector,
)


class Flatten(Layer, frozen=True, kw_only=True, tag="Flatten"):
    """Lay the picture out as one list of features."""

    def output_shape(self, shape: Shape) -> Shape:
        return (prod(shape),)

    def held_values(self, shape: Shape) -> int:
        return 0  # the same values, laid out otherwise


class Dense(Layer, frozen=True, kw_only=True, tag="Dense"):
    """Connect every feature to every unit with a learned weight."""

    units: Count
    activation: Activation = "linear"
    use_bias: bool = True
    kernel_initializer: Initializer = "glorot_uniform"
    kernel_regularizer: Regularizer | None = None

    def output_shape(self, shape: Shape) -> Shape:
        vector(self, shape)
        return (self.units,)

    def window(self) -> None:
        return None

    def parameters(self, shape: Shape) -> int:
        return (shape[-1] + self.use_bias) * self.units

    def flops(self, shape: Shape) -> int:
        sums = 2 * shape[-1] * self.units + self.units * self.use_bias
        return sums + activation_flops(self.activation, self.units)

    def describe(self) -> str:
        return f"Dense {self.units}{suffix(self.activation)}"


class ActivationLayer(Layer, frozen=True, kw_only=True, tag="Activation"):
    """Apply a function to every value."""

    activation: Activation = "relu"

    def flops(self, shape: Shape) -> int:
        return activation_flops(self.activation, prod(shape))

    def describe(self) -> str:
        return f"Activation {self.activation}"


class LeakyReLU(Layer, frozen=True, kw_only=True, tag="LeakyReLU"):
    """Keep positive values and let a fraction of the negative ones through.

    Keras's default slope has been 0.3 since 2017 (tf.keras of 2019 called it `alpha`).
    """

    negative_slope: Annotated[float, Meta(ge=0.0, le=1.0)] = 0.3

    def flops(self, shape: Shape) -> int:
        return prod(shape)

    def describe(self) -> str:
        return f"LeakyReLU {self.negative_slope:g}"
