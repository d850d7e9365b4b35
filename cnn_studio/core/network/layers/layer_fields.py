"""What a layer's fields are: kind, limits, unit and a sentence of help, read from the layer's own class.

A form for a layer is drawn from this alone; no layer is named outside its class.
"""

from __future__ import annotations

import dataclasses
from typing import get_args

import msgspec

from cnn_studio.core.base import field_spec
from cnn_studio.core.base.field_spec import Field, tag_of
from cnn_studio.core.network.layers.blocks import AnyLayer
from cnn_studio.core.network.layers.layer import Layer

__all__ = ["HELP", "Field", "fields_of", "layer_types", "tag_of"]

HELP: dict[str, tuple[str, str]] = {
    "name": ("", "Keras's name of the layer; empty: numbered by itself."),
    "filters": ("", "How many patterns are looked for, each giving one channel of the result."),
    "kernel_size": ("px", "Side of the window of weights that slides over the picture."),
    "strides": ("px", "How far the window moves at each step; 2 halves the picture."),
    "padding": ("", "“same” puts zeros round the picture so that it keeps its size; “valid” does not."),
    "dilation_rate": ("px", "Distance between the weights of a window: 2 looks twice as far with as many."),
    "activation": ("", "The function each value passes through; “linear” leaves it as it is."),
    "use_bias": ("", "Whether a learned number is added; not needed before a batch normalization."),
    "kernel_initializer": ("", "How the weights are drawn before the first step."),
    "kernel_regularizer": (
        "",
        "What large weights cost: L1 makes many of them 0, L2 keeps all of them small.",
    ),
    "depth_multiplier": ("", "How many filters each channel gets for itself."),
    "pool_size": ("px", "Side of the window that becomes one value."),
    "units": ("", "How many values the layer gives; the last layer needs one a class."),
    "rate": ("", "Share of what is silenced in each step of the training, 0 to 1."),
    "momentum": (
        "",
        "How slowly the running mean and variance follow: 0.99 is the mean of about 100 batches.",
    ),
    "epsilon": ("", "Added to the variance, so that nothing is divided by 0."),
    "negative_slope": ("", "What a negative value is multiplied by."),
    "l1": ("", "How much the sum of the absolute weights adds to the loss, in the curves too."),
    "l2": ("", "How much the sum of the squared weights adds to the loss, in the curves too."),
}
"""Unit and sentence of each field name."""

SPECIAL_HELP: dict[tuple[str, str], tuple[str, str]] = {
    ("ZeroPadding2D", "padding"): ("px", "Width of the rim of zeros."),
    ("MaxPooling2D", "strides"): ("px", "How far the window moves at each step; empty: its own side."),
    ("AveragePooling2D", "strides"): ("px", "How far the window moves at each step; empty: its own side."),
    ("ResidualBlock", "activation"): ("", "The function the sum of result and shortcut passes through."),
    ("Block", "name"): ("", "Name of this part of the network."),
    ("ResidualBlock", "name"): ("", "Name of this part of the network."),
}


def layer_types() -> tuple[type[Layer], ...]:
    """Return the class of every layer a recipe can name, in the order of the table."""
    return get_args(AnyLayer)


def fields_of(kind: type[msgspec.Struct]) -> tuple[Field, ...]:
    """Return the fields of a layer or of a part, its name last; layers inside a block are none."""
    fields = [_explained(kind, field) for field in field_spec.fields_of(kind) if field.name != "layers"]
    return tuple(sorted(fields, key=lambda field: field.name == "name"))


def _explained(kind: type[msgspec.Struct], field: Field) -> Field:
    unit, text = SPECIAL_HELP.get((tag_of(kind), field.name)) or HELP[field.name]
    return dataclasses.replace(field, unit=unit, help=text)
