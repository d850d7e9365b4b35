"""What a struct's fields are: kind, limits, unit and a sentence of help, read from its own class.

Forms are drawn from this alone: `core.network.layers.layer_fields` has the sentences of the layers, `core.recipes.form_fields`
those of what a training is told.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import msgspec
from msgspec import inspect

Kind = Literal["integer", "real", "choice", "flag", "text", "part"]


@dataclass(frozen=True)
class Field:
    """One field of a struct.

    Attributes:
        name: Its name, for layers and optimizers Keras's argument name.
        kind: "part" is a choice among small sections of their own (a regularizer, a schedule).
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


def tag_of(kind: type[msgspec.Struct]) -> str:
    """Return the name a layer, optimizer, schedule or split has in a recipe."""
    return str(kind.__struct_config__.tag)


def described(
    kind: type[msgspec.Struct], sentence: Callable[[str], tuple[str, str]], without: tuple[str, ...] = ()
) -> tuple[Field, ...]:
    """Return the fields of a struct, in its order.

    Args:
        kind: Its class.
        sentence: Returns unit and sentence of a field's name.
        without: Names of fields that are left out.
    """
    found = inspect.type_info(kind)
    assert isinstance(found, inspect.StructType)
    return tuple(_field(field, *sentence(field.name)) for field in found.fields if field.name not in without)


def _field(field: inspect.Field, unit: str, text: str) -> Field:
    kind, optional = field.type, False
    if isinstance(kind, inspect.UnionType) and any(isinstance(one, inspect.NoneType) for one in kind.types):
        optional = True
        left = tuple(one for one in kind.types if not isinstance(one, inspect.NoneType))
        kind = left[0] if len(left) == 1 else inspect.UnionType(left)
    default = None if field.default is msgspec.NODEFAULT else field.default
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
    if isinstance(kind, inspect.UnionType | inspect.StructType):
        types = kind.types if isinstance(kind, inspect.UnionType) else (kind,)
        parts = tuple(one.cls for one in types if isinstance(one, inspect.StructType))
        return Field(kind="part", choices=parts, **common)
    return Field(kind="text", **common)
