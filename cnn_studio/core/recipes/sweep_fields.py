"""The fields of a recipe that can take several values, and lists of such values as a person types them.

The fields are found in the recipe itself with the limits its classes demand; nothing here names one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, Literal

import msgspec
from msgspec import inspect

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.recipes.recipe import Recipe

MOST_VALUES = 200
NONE = "none"
NO_CHOICE = ("name", "title", "description", "source", "dataset")
"""What names a recipe or says where it comes from, and the data, whose number of classes the layers follow."""

Kind = Literal["integer", "real", "choice", "flag"]
Path = tuple[str | int, ...]
FLAGS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


class SweepField(msgspec.Struct, frozen=True, kw_only=True):
    """A field of a recipe that can take several values.

    Attributes:
        path: Keys and list places from the recipe to the field, as in its TOML file.
        kind: What its values are; "choice" is one of `choices`.
        value: What it is in the recipe.
        part: Where it stands, for people: "Layer 1 (Conv2D)".
        minimum: The smallest number, or None.
        maximum: The largest number, or None.
        minimum_excluded: Whether the number must be larger than the smallest.
        maximum_excluded: Whether it must be smaller than the largest.
        choices: Names, of a choice.
        optional: Whether it may be "none".
    """

    path: Path
    kind: Kind
    value: Any
    part: str
    minimum: float | None = None
    maximum: float | None = None
    minimum_excluded: bool = False
    maximum_excluded: bool = False
    choices: tuple[str, ...] = ()
    optional: bool = False

    @property
    def text(self) -> str:
        """The path as it is written: "layers[0].filters"."""
        keys = (f"[{key}]" if isinstance(key, int) else f".{key}" for key in self.path)
        return "".join(keys).lstrip(".")

    @property
    def expected(self) -> str:
        """What may stand there, in words."""
        if self.kind == "choice":
            text = ", ".join(self.choices)
        elif self.kind == "flag":
            text = "true, false"
        else:
            text = "a whole number" if self.kind == "integer" else "a number"
            if self.minimum is not None:
                text += f" {'above' if self.minimum_excluded else 'from'} {self.minimum:,.10g}"
            if self.maximum is not None:
                text += f" {'below' if self.maximum_excluded else 'to'} {self.maximum:,.10g}"
        return f"{text} or {NONE}" if self.optional and NONE not in self.choices else text

    @property
    def names_a_class(self) -> bool:
        """Whether it says of which class a section of the recipe is, such as the optimizer."""
        return self.path[-1] in ("type", "kind")

    @property
    def word(self) -> str:
        """The field alone, in words: "learning rate"; of a class the section's: "optimizer"."""
        return str(self.path[-2 if self.names_a_class else -1]).replace("_", " ")


def sweep_fields(recipe: Recipe) -> tuple[SweepField, ...]:
    """Return every field of a recipe that can be varied, in the order of its file."""
    return tuple(_places(recipe, (), "Recipe"))


def sweep_field_of(recipe: Recipe, text: str) -> SweepField:
    """Return a field by its written path.

    Raises:
        StudioError: If the recipe has none of that path.
    """
    for place in sweep_fields(recipe):
        if place.text == text:
            return place
    raise StudioError(
        f"There is no field “{text}” to vary.",
        "The recipe has no such field, or it is not a number, a choice or a switch.",
        "Choose one of its fields.",
    )


def read_values(place: SweepField, text: str) -> tuple[Any, ...]:
    """Read a list such as "0.001, 0.01" or, of whole numbers, "0-4, 7"; each value once.

    Raises:
        StudioError: Naming the value that does not fit, and what would.
    """
    parts = [part.strip() for part in re.split(r"[,;\s]+", text) if part.strip()]
    if not parts:
        raise StudioError(
            f"“{place.word}” has no values.",
            f"Expected are {place.expected}; the field is empty.",
            "Type values with commas between.",
        )
    found: dict[Any, None] = {}
    for part in parts:
        for value in _values(place, part):
            found[value] = None
            if len(found) > MOST_VALUES:
                raise too_many(f"more than {MOST_VALUES}")
    return tuple(found)


def show_value(value: Any) -> str:
    """Return a value as it is typed."""
    if value is None:
        return NONE
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:g}" if isinstance(value, float) else str(value)


def _places(part: msgspec.Struct, path: Path, title: str) -> Iterator[SweepField]:
    for field in described(type(part)).fields:
        if not path and field.name in NO_CHOICE:
            continue
        here, value = (*path, field.name), getattr(part, field.name)
        kinds = alternatives(field.type)
        optional = any(isinstance(kind, inspect.NoneType) for kind in kinds)
        structs = [kind for kind in kinds if isinstance(kind, inspect.StructType)]
        if structs:
            yield from _part_places(structs, optional, here, value, title)
        elif isinstance(value, tuple):
            for number, item in enumerate(value):
                if isinstance(item, msgspec.Struct):
                    name = f"{title}, layer" if path else "Layer"
                    inside = f"{name} {number + 1} ({type(item).__name__})"
                    yield from _places(item, (*here, number), inside)
        else:
            left = [kind for kind in kinds if not isinstance(kind, inspect.NoneType)]
            yield from _simple_place(left[0], optional, here, value, title)


def _part_places(
    structs: Sequence[inspect.StructType], optional: bool, path: Path, value: Any, title: str
) -> Iterator[SweepField]:
    """Give which class a section is of, and the fields it then has."""
    name = str(path[-1]).replace("_", " ")
    section = f"{title}, {name}" if len(path) > 1 else name.capitalize()
    set_fields = set(type(value).__struct_fields__) if value is not None else set()
    tags = tuple(
        str(kind.tag)
        for kind in structs
        if all(field.name in set_fields for field in kind.fields if field.required)
    )
    if structs[0].tag_field and len(tags) > 1:
        tag = NONE if value is None else str(type(value).__struct_config__.tag)
        choices = (*tags, NONE) if optional else tags
        key = structs[0].tag_field
        yield SweepField(
            path=(*path, key), kind="choice", value=tag, part=section, choices=choices, optional=optional
        )
    if value is not None:
        yield from _places(value, path, section)


def _simple_place(
    kind: inspect.Type, optional: bool, path: Path, value: Any, title: str
) -> Iterator[SweepField]:
    common: dict[str, Any] = {"path": path, "value": value, "part": title, "optional": optional}
    if isinstance(kind, inspect.IntType | inspect.FloatType):
        yield SweepField(
            kind="integer" if isinstance(kind, inspect.IntType) else "real",
            minimum=kind.ge if kind.gt is None else kind.gt,
            maximum=kind.le if kind.lt is None else kind.lt,
            minimum_excluded=kind.gt is not None,
            maximum_excluded=kind.lt is not None,
            **common,
        )
    elif isinstance(kind, inspect.LiteralType) and len(kind.values) > 1:
        yield SweepField(kind="choice", choices=tuple(map(str, kind.values)), **common)
    elif isinstance(kind, inspect.BoolType):
        yield SweepField(kind="flag", **common)


@cache
def described(kind: type[msgspec.Struct]) -> inspect.StructType:
    """Return what msgspec knows of a class."""
    found = inspect.type_info(kind)
    assert isinstance(found, inspect.StructType)
    return found


def alternatives(kind: inspect.Type) -> tuple[inspect.Type, ...]:
    """Return the types of a union, or the one."""
    return kind.types if isinstance(kind, inspect.UnionType) else (kind,)


def _values(place: SweepField, text: str) -> Iterator[Any]:
    """Give the values a part of a list stands for: one, or a range of whole numbers."""
    ends = re.fullmatch(r"(\d+)\s*(?:-|–|\.\.)\s*(\d+)", text) if place.kind == "integer" else None
    if ends is not None:
        first, last = int(ends[1]), int(ends[2])
        if last < first:
            raise _unfit(place, text)
        if last - first >= MOST_VALUES:
            raise too_many(f"{last - first + 1:,}")
        for number in range(first, last + 1):
            yield _fitting(place, number, text)
    else:
        yield _value(place, text)


def _value(place: SweepField, text: str) -> Any:
    if place.kind == "choice":
        for choice in place.choices:
            if choice.casefold() == text.casefold():
                return choice
    elif place.optional and text.casefold() == NONE:
        return None
    elif place.kind == "flag":
        if text.casefold() in FLAGS:
            return FLAGS[text.casefold()]
    else:
        try:
            return _fitting(place, int(text) if place.kind == "integer" else float(text), text)
        except ValueError:
            pass
    raise _unfit(place, text)


def _fitting(place: SweepField, number: float, text: str) -> float:
    low, high = place.minimum, place.maximum
    fits = (low is None or (number > low if place.minimum_excluded else number >= low)) and (
        high is None or (number < high if place.maximum_excluded else number <= high)
    )
    if not fits:
        raise _unfit(place, text)
    return number


def _unfit(place: SweepField, text: str) -> StudioError:
    return StudioError(
        f"“{place.word}” cannot be {text}.",
        f"Expected is {place.expected}, received “{text}”.",
        "Type values with commas between and a point in decimals, such as 0.001, 0.01."
        if place.kind == "real"
        else "Type values with commas between.",
    )


def too_many(count: str) -> StudioError:
    """Return what is said of more trainings than a queue takes."""
    return StudioError(
        "Too many trainings.",
        f"These values make {count}; a queue takes {MOST_VALUES} at a time.",
        "Leave some values out.",
    )
