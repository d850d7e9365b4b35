"""What a layer's fields are: kind, limits, unit and a sentence of help, read from the layer's own class.

A form for a layer is drawn from this alone; no layer is named outside its class.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import msgspec
from msgspec import inspect

from cnn_studio.core.layers.base import Layer
from cnn_studio.core.layers.blocks import AnyLayer

Kind = Literal["integer", "real", "choice", "flag", "text", "part"]

HELP: dict[str, tuple[str, str]] = {
    "name": ("", "Keras's name of the layer; empty: numbered by itself."),
    "filters": ("", "How many patterns are looked for, each giving one channel of the result."),
    "kernel_size": ("px", "Side of the window of weights that slides over the picture."),
    "strides": ("px", "How far the window moves at each step; 2 halves the picture."),
    "padding": ("", "“same” puts zeros round the picture so that it keeps its size; “valid” does not."),
    "dilation_rate": ("px", "Distance between the weights of a window: 2 looks twice as far with as many."),
    "activation": ("", "The function each value passes through; “linear” leaves it as it is."),
    "use_bias": ("", "Whether a learned number is added; not needed before a batch normalisation."),
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
    "l1": ("", "How much the sum of the absolute weights adds to the loss."),
    "l2": ("", "How much the sum of the squared weights adds to the loss."),
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


@dataclass(frozen=True)
class Field:
    """One field of a layer.

    Attributes:
        name: Keras's argument name.
        kind: "part" is a choice among small sections of their own (a regulariser).
        default: What it is if nothing is said.
        optional: Whether it may be empty (None).
        minimum: Smallest number, or None.
        maximum: Largest number, or None.
        minimum_excluded: Whether the number must be larger than the smallest.
        maximum_excluded: Whether the number must be smaller than the largest.
        choices: Of a choice: its values; of a part: its classes.
        unit: "px", or nothing.
        help: One sentence.
    """

    name: str
    kind: Kind
    default: Any
    optional: bool = False
    minimum: float | None = None
    maximum: float | None = None
    minimum_excluded: bool = False
    maximum_excluded: bool = False
    choices: tuple[Any, ...] = ()
    unit: str = ""
    help: str = ""


def layer_types() -> tuple[type[Layer], ...]:
    """Return the class of every layer a recipe can name, in the order of the table."""
    return get_args(AnyLayer)


def tag_of(kind: type[msgspec.Struct]) -> str:
    """Return the name a layer (or part) has in a recipe, which is Keras's."""
    return str(kind.__struct_config__.tag)


def fields_of(kind: type[msgspec.Struct]) -> tuple[Field, ...]:
    """Return the fields of a layer or of a part, its name last; layers inside a block are none."""
    described = inspect.type_info(kind)
    assert isinstance(described, inspect.StructType)
    fields = [_field(tag_of(kind), field) for field in described.fields if field.name != "layers"]
    return tuple(sorted(fields, key=lambda field: field.name == "name"))


def _field(tag: str, field: inspect.Field) -> Field:
    kind, optional = field.type, False
    if isinstance(kind, inspect.UnionType) and any(isinstance(one, inspect.NoneType) for one in kind.types):
        optional = True
        left = tuple(one for one in kind.types if not isinstance(one, inspect.NoneType))
        kind = left[0] if len(left) == 1 else inspect.UnionType(left)
    default = None if field.default is msgspec.NODEFAULT else field.default
    unit, text = SPECIAL_HELP.get((tag, field.name)) or HELP[field.name]
    common: dict[str, Any] = {
        "name": field.name,
        "default": default,
        "optional": optional,
        "unit": unit,
        "help": text,
    }
    if isinstance(kind, inspect.IntType | inspect.FloatType):
        low, high = kind.ge if kind.gt is None else kind.gt, kind.le if kind.lt is None else kind.lt
        return Field(
            kind="integer" if isinstance(kind, inspect.IntType) else "real",
            minimum=low,
            maximum=high,
            minimum_excluded=kind.gt is not None,
            maximum_excluded=kind.lt is not None,
            **common,
        )
    if isinstance(kind, inspect.LiteralType):
        return Field(kind="choice", choices=tuple(kind.values), **common)
    if isinstance(kind, inspect.BoolType):
        return Field(kind="flag", **common)
    if isinstance(kind, inspect.UnionType):
        parts = tuple(one.cls for one in kind.types if isinstance(one, inspect.StructType))
        return Field(kind="part", choices=parts, **common)
    return Field(kind="text", **common)
