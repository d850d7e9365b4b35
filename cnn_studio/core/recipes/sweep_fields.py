"""The fields of a recipe that can take several values, and lists of such values as a person types them.

The fields are found in the recipe itself with the limits its classes demand; nothing here names one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.field_spec import Field, fields_of, tag_of
from cnn_studio.core.recipes.recipe import Recipe

MOST_VALUES = 200
NONE = "none"
NO_CHOICE = ("name", "title", "description", "source", "dataset")
"""What names a recipe or says where it comes from, and the data, whose number of classes the layers follow."""

Path = tuple[str | int, ...]
FLAGS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}


@dataclass(frozen=True, kw_only=True)
class SweepField:
    """A field of a recipe that can take several values.

    Attributes:
        path: Keys and list indices from the recipe to the field, as in its TOML file.
        field: What its values may be: numbers, a choice or a switch.
        value: What it is in the recipe.
        part: Where it stands, for people: "Layer 1 (Conv2D)".
    """

    path: Path
    field: Field
    value: Any
    part: str

    @property
    def choices(self) -> tuple[str, ...]:
        """The names of a choice."""
        return tuple(map(str, self.field.choices))

    @property
    def text(self) -> str:
        """The path as it is written: "layers[0].filters"."""
        keys = (f"[{key}]" if isinstance(key, int) else f".{key}" for key in self.path)
        return "".join(keys).lstrip(".")

    @property
    def expected(self) -> str:
        """What may stand there, in words."""
        if self.field.kind == "choice":
            text = ", ".join(self.choices)
        elif self.field.kind == "flag":
            text = "true, false"
        else:
            text = "a whole number" if self.field.kind == "integer" else "a number"
            if self.field.minimum is not None:
                text += f" {'above' if self.field.minimum_excluded else 'from'} {self.field.minimum:,.10g}"
            if self.field.maximum is not None:
                text += f" {'below' if self.field.maximum_excluded else 'to'} {self.field.maximum:,.10g}"
        return f"{text} or {NONE}" if self.field.optional and NONE not in self.choices else text

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
    return tuple(_fields_of(recipe, (), "Recipe"))


def sweep_field_of(recipe: Recipe, text: str) -> SweepField:
    """Return a field by its written path.

    Raises:
        StudioError: If the recipe has none of that path.
    """
    for swept in sweep_fields(recipe):
        if swept.text == text:
            return swept
    raise StudioError(
        f"There is no field “{text}” to vary.",
        "The recipe has no such field, or it is not a number, a choice or a switch.",
        "Choose one of its fields.",
    )


def read_values(swept: SweepField, text: str) -> tuple[Any, ...]:
    """Read a list such as "0.001, 0.01" or, of whole numbers, "0-4, 7"; each value once.

    Raises:
        StudioError: Naming the value that does not fit, and what would.
    """
    parts = [part.strip() for part in re.split(r"[,;\s]+", text) if part.strip()]
    if not parts:
        raise StudioError(
            f"“{swept.word}” has no values.",
            f"Expected are {swept.expected}; the field is empty.",
            "Type values with commas between.",
        )
    found: dict[Any, None] = {}
    for part in parts:
        for value in _values(swept, part):
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


def _fields_of(part: msgspec.Struct, path: Path, title: str) -> Iterator[SweepField]:
    for field in fields_of(type(part)):
        if not path and field.name in NO_CHOICE:
            continue
        here, value = (*path, field.name), getattr(part, field.name)
        if field.kind == "part":
            yield from _part_fields(field, here, value, title)
        elif isinstance(value, tuple):
            for number, item in enumerate(value):
                if isinstance(item, msgspec.Struct):
                    name = f"{title}, layer" if path else "Layer"
                    inside = f"{name} {number + 1} ({type(item).__name__})"
                    yield from _fields_of(item, (*here, number), inside)
        elif field.kind != "text" and (field.kind != "choice" or len(field.choices) > 1):
            yield SweepField(path=here, field=field, value=value, part=title)


def _part_fields(field: Field, path: Path, value: Any, title: str) -> Iterator[SweepField]:
    """Give which class a section is of, and the fields it then has."""
    name = field.name.replace("_", " ")
    section = f"{title}, {name}" if len(path) > 1 else name.capitalize()
    set_fields = set(type(value).__struct_fields__) if value is not None else set()
    tags = tuple(
        tag_of(kind)
        for kind in field.choices
        if all(inner.name in set_fields for inner in msgspec.structs.fields(kind) if inner.required)
    )
    key = field.choices[0].__struct_config__.tag_field
    if key and len(tags) > 1:
        choices = (*tags, NONE) if field.optional else tags
        of_class = Field(key, "choice", default=None, optional=field.optional, choices=choices)
        chosen = NONE if value is None else tag_of(type(value))
        yield SweepField(path=(*path, key), field=of_class, value=chosen, part=section)
    if value is not None:
        yield from _fields_of(value, path, section)


def _values(swept: SweepField, text: str) -> Iterator[Any]:
    """Give the values a part of a list stands for: one, or a range of whole numbers."""
    ends = re.fullmatch(r"(\d+)\s*(?:-|–|\.\.)\s*(\d+)", text) if swept.field.kind == "integer" else None
    if ends is not None:
        first, last = int(ends[1]), int(ends[2])
        if last < first:
            raise _unfit(swept, text)
        if last - first >= MOST_VALUES:
            raise too_many(f"{last - first + 1:,}")
        for number in range(first, last + 1):
            yield _fitting(swept, number, text)
    else:
        yield _value(swept, text)


def _value(swept: SweepField, text: str) -> Any:
    if swept.field.kind == "choice":
        for choice in swept.choices:
            if choice.casefold() == text.casefold():
                return choice
    elif swept.field.optional and text.casefold() == NONE:
        return None
    elif swept.field.kind == "flag":
        if text.casefold() in FLAGS:
            return FLAGS[text.casefold()]
    else:
        try:
            return _fitting(swept, int(text) if swept.field.kind == "integer" else float(text), text)
        except ValueError:
            pass
    raise _unfit(swept, text)


def _fitting(swept: SweepField, number: float, text: str) -> float:
    low, high = swept.field.minimum, swept.field.maximum
    fits = (low is None or (number > low if swept.field.minimum_excluded else number >= low)) and (
        high is None or (number < high if swept.field.maximum_excluded else number <= high)
    )
    if not fits:
        raise _unfit(swept, text)
    return number


def _unfit(swept: SweepField, text: str) -> StudioError:
    return StudioError(
        f"“{swept.word}” cannot be {text}.",
        f"Expected is {swept.expected}, received “{text}”.",
        "Type values with commas between and a point in decimals, such as 0.001, 0.01."
        if swept.field.kind == "real"
        else "Type values with commas between.",
    )


def too_many(count: str) -> StudioError:
    """Return what is said of more trainings than a queue takes."""
    return StudioError(
        "Too many trainings.",
        f"These values make {count}; a queue takes {MOST_VALUES} at a time.",
        "Leave some values out.",
    )
