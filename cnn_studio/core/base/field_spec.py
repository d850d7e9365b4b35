"""What a struct's fields are: kind, limits, unit and a sentence of help, read from its own class.

Forms, lists of values to try and the command line's options are made from this alone. A recipe's fields have their
sentences in their annotations; those of the layers, where one name is in many classes, are in
`core.network.layers.layer_fields`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
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


@cache
def fields_of(kind: type[msgspec.Struct]) -> tuple[Field, ...]:
    """Return the fields of a struct, in its order.

    A field's sentence is its annotation's `Meta(description=...)`, its unit `Meta(extra={"unit": ...})`; limits
    are the annotation's too.
    """
    found = inspect.type_info(kind)
    assert isinstance(found, inspect.StructType)
    return tuple(_field(field) for field in found.fields)


def field_of(kind: type[msgspec.Struct], name: str) -> Field:
    """Return one field of a struct.

    Raises:
        KeyError: If it has none of that name.
    """
    return {field.name: field for field in fields_of(kind)}[name]


def _field(field: inspect.Field) -> Field:
    types, unit, text = _alternatives(field.type)
    left = [one for one in types if not isinstance(one, inspect.NoneType)]
    common: dict[str, Any] = {
        "name": field.name,
        "default": None if field.default is msgspec.NODEFAULT else field.default,
        "optional": len(left) < len(types),
        "unit": unit,
        "help": text,
    }
    match left:
        case [inspect.IntType() | inspect.FloatType() as number]:
            return Field(
                kind="integer" if isinstance(number, inspect.IntType) else "real",
                minimum=number.ge if number.gt is None else number.gt,
                maximum=number.le if number.lt is None else number.lt,
                minimum_excluded=number.gt is not None,
                maximum_excluded=number.lt is not None,
                **common,
            )
        case [inspect.LiteralType() as choice]:
            return Field(kind="choice", choices=tuple(choice.values), **common)
        case [inspect.BoolType()]:
            return Field(kind="flag", **common)
    parts = tuple(one.cls for one in left if isinstance(one, inspect.StructType))
    return Field(kind="part", choices=parts, **common) if parts else Field(kind="text", **common)


def _alternatives(kind: inspect.Type) -> tuple[list[inspect.Type], str, str]:
    """Return what a type may be, and the unit and sentence noted anywhere in it."""
    if isinstance(kind, inspect.Metadata):
        types, unit, text = _alternatives(kind.type)
        noted = kind.extra_json_schema or {}
        return types, (kind.extra or {}).get("unit", unit), noted.get("description", text)
    if not isinstance(kind, inspect.UnionType):
        return [kind], "", ""
    found = [_alternatives(one) for one in kind.types]
    unit = next((unit for _, unit, _ in found if unit), "")
    text = next((text for _, _, text in found if text), "")
    return [one for types, _, _ in found for one in types], unit, text
