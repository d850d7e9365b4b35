"""What every layer of a recipe has, and the arithmetic they share.

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
Activation = Literal[
    "linear",
    "relu",
    "leaky_relu",
    "elu",
    "selu",
    "gelu",
    "silu",
    "mish",
    "tanh",
    "sigmoid",
    "softplus",
    "softmax",
]
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

    def window(self) -> tuple[int, int] | None:
        """Return side and step of the window each value is made from, pixels of what comes in.

        (1, 1) is one value from one value; None is each value from the whole picture.
        """
        return 1, 1

    def held_values(self, shape: Shape) -> int:
        """Return how many values a training keeps for its way back, for one image."""
        return prod(self.output_shape(shape))

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
    """Return how many positions a window takes along one axis (Keras's own arithmetic)."""
    if padding == "same":
        return -(-size // stride)
    if window > size:
        raise ShapeError(
            f"{layer.describe()} would shrink {size} to nothing. Remove it or set its padding to 'same'."
        )
    return (size - window) // stride + 1


def sides(layer: Layer, shape: Shape, window: int, stride: int, padding: Padding) -> tuple[int, int]:
    """Return how many positions a square window takes down and across a picture."""
    height, width, _ = picture(layer, shape)
    return swept(layer, height, window, stride, padding), swept(layer, width, window, stride, padding)


def activation_flops(activation: Activation, values: int) -> int:
    """Count an activation as one operation a value, none for 'linear'."""
    return 0 if activation == "linear" else values


class L1(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="L1", forbid_unknown_fields=True):
    """Adds `l1` times the sum of the absolute weights to the loss: many become 0."""

    l1: Annotated[float, Meta(gt=0.0, le=1.0)] = 1e-4


class L2(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="L2", forbid_unknown_fields=True):
    """Adds `l2` times the sum of the squared weights to the loss: none becomes large."""

    l2: Annotated[float, Meta(gt=0.0, le=1.0)] = 1e-4


Regularizer = L1 | L2
Initializer = Literal[
    "glorot_uniform",
    "glorot_normal",
    "he_uniform",
    "he_normal",
    "lecun_normal",
    "random_normal",
    "orthogonal",
    "zeros",
]


def suffix(activation: Activation) -> str:
    """Return an activation as it is appended to a description."""
    return "" if activation == "linear" else f", {activation}"
