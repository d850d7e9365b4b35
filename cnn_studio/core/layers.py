"""The layers a recipe can name: one table of fields, limits, shapes, parameters and FLOPs.

Everything here is computed without Keras; `tests/core/test_layers.py` compares it with Keras.
A new layer is one class below: its `type` is the Keras class name, its fields are Keras's own
arguments, and the methods say what it does to a shape. The engine builds it from those fields
alone and the window draws its form from them.

Shapes are `(height, width, channels)` for pictures and `(features,)` after Flatten or global pooling,
without the batch axis. FLOPs count a multiplication and an addition as two, for one image, as the
TensorFlow profiler does for convolutions, matrix products, biases and pooling; activations count as
one operation a value.
"""

from __future__ import annotations

from math import prod
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

Shape = tuple[int, ...]
Padding = Literal["valid", "same"]
Activation = Literal["linear", "relu", "elu", "gelu", "silu", "tanh", "sigmoid", "softmax"]
Count = Annotated[int, Meta(ge=1, le=4096)]
Window = Annotated[int, Meta(ge=1, le=31)]
Rate = Annotated[float, Meta(ge=0.0, lt=1.0)]


class ShapeError(ValueError):
    """A layer cannot take the shape it is given; the text says why and what to do."""


class Layer(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", forbid_unknown_fields=True):
    """What every layer answers about itself."""

    name: str = ""

    def output_shape(self, shape: Shape) -> Shape:
        """Return the shape after this layer; raise `ShapeError` where it does not fit."""
        return shape

    def parameters(self, shape: Shape) -> int:
        """Return the number of weights, trainable or not."""
        return 0

    def trainable_parameters(self, shape: Shape) -> int:
        """Return the number of weights that training changes."""
        return self.parameters(shape)

    def flops(self, shape: Shape) -> int:
        """Return the floating point operations for one image."""
        return 0

    def describe(self) -> str:
        """Return the layer in a few words, such as "Conv2D 32, 3x3, relu"."""
        return type(self).__name__

    def arguments(self) -> dict[str, Any]:
        """Return the keyword arguments of the Keras layer of the same name."""
        fields = msgspec.structs.asdict(self)
        fields.pop("name")
        return fields


def picture(layer: Layer, shape: Shape) -> Shape:
    """Return `shape` if it is a picture's, else raise `ShapeError`."""
    if len(shape) != 3:
        raise ShapeError(
            f"{type(layer).__name__} needs a picture (height, width, channels) and is given {shape}. "
            "Move it before Flatten or global pooling."
        )
    return shape


def vector(layer: Layer, shape: Shape) -> Shape:
    """Return `shape` if it is a list of features, else raise `ShapeError`."""
    if len(shape) != 1:
        raise ShapeError(
            f"{type(layer).__name__} needs a list of features and is given a picture {shape}. "
            "Put Flatten or a global pooling before it."
        )
    return shape


def swept(layer: Layer, size: int, window: int, stride: int, padding: Padding) -> int:
    """Return how many places a window takes along one axis (Keras's own arithmetic)."""
    if padding == "same":
        return -(-size // stride)
    if window > size:
        raise ShapeError(
            f"{layer.describe()} would shrink {size} to nothing. Remove it or set its padding to 'same'."
        )
    return (size - window) // stride + 1


def activation_flops(activation: Activation, values: int) -> int:
    """Count an activation as one operation a value, none for 'linear'."""
    return 0 if activation == "linear" else values


class Conv2D(Layer, frozen=True, kw_only=True, tag="Conv2D"):
    """Slide learned filters over the picture; each answers where it finds its pattern."""

    filters: Count
    kernel_size: Window = 3
    strides: Window = 1
    padding: Padding = "valid"
    activation: Activation = "linear"
    use_bias: bool = True

    def output_shape(self, shape: Shape) -> Shape:
        height, width, _ = picture(self, shape)
        sides = (swept(self, side, self.kernel_size, self.strides, self.padding) for side in (height, width))
        return (*sides, self.filters)

    def parameters(self, shape: Shape) -> int:
        return (self.kernel_size**2 * shape[-1] + self.use_bias) * self.filters

    def flops(self, shape: Shape) -> int:
        values = prod(self.output_shape(shape))
        products = 2 * values * self.kernel_size**2 * shape[-1]
        return products + values * self.use_bias + activation_flops(self.activation, values)

    def describe(self) -> str:
        return f"Conv2D {self.filters}, {self.kernel_size}x{self.kernel_size}{_suffix(self.activation)}"


class Pooling(Layer, frozen=True, kw_only=True):
    """Reduce each window of the picture to one value."""

    pool_size: Window = 2
    strides: Window | None = None
    padding: Padding = "valid"

    def output_shape(self, shape: Shape) -> Shape:
        height, width, channels = picture(self, shape)
        stride = self.strides or self.pool_size
        sides = (swept(self, side, self.pool_size, stride, self.padding) for side in (height, width))
        return (*sides, channels)

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

    def flops(self, shape: Shape) -> int:
        return prod(shape)


class GlobalMaxPooling2D(Layer, frozen=True, kw_only=True, tag="GlobalMaxPooling2D"):
    """Reduce each channel to its strongest value."""

    def output_shape(self, shape: Shape) -> Shape:
        return (picture(self, shape)[-1],)

    def flops(self, shape: Shape) -> int:
        return prod(shape)


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


class Flatten(Layer, frozen=True, kw_only=True, tag="Flatten"):
    """Lay the picture out as one list of features."""

    def output_shape(self, shape: Shape) -> Shape:
        return (prod(shape),)


class Dense(Layer, frozen=True, kw_only=True, tag="Dense"):
    """Connect every feature to every unit with a learned weight."""

    units: Count
    activation: Activation = "linear"
    use_bias: bool = True

    def output_shape(self, shape: Shape) -> Shape:
        vector(self, shape)
        return (self.units,)

    def parameters(self, shape: Shape) -> int:
        return (shape[-1] + self.use_bias) * self.units

    def flops(self, shape: Shape) -> int:
        sums = 2 * shape[-1] * self.units + self.units * self.use_bias
        return sums + activation_flops(self.activation, self.units)

    def describe(self) -> str:
        return f"Dense {self.units}{_suffix(self.activation)}"


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

    def describe(self) -> str:
        return f"Block “{self.name}”, {len(self.layers)} layers"

    def _total(self, figure: str, shape: Shape) -> int:
        total = 0
        for layer in self.layers:
            total += getattr(layer, figure)(shape)
            shape = layer.output_shape(shape)
        return total


AnyLayer = (
    Conv2D
    | MaxPooling2D
    | AveragePooling2D
    | GlobalAveragePooling2D
    | GlobalMaxPooling2D
    | BatchNormalization
    | Dropout
    | SpatialDropout2D
    | Flatten
    | Dense
    | ActivationLayer
    | LeakyReLU
    | Block
)


def _suffix(activation: Activation) -> str:
    return "" if activation == "linear" else f", {activation}"
