"""What is said of a recipe that is not valid: which field, what was received, and what was probably meant."""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import inspect

from cnn_studio.core.base.errors import StudioError

MOST_LISTED = 12
"""Of more names only the nearest are said."""

Keys = Sequence[str | int]


def explain(error: msgspec.ValidationError, content: Any, kind: type, origin: str) -> StudioError:
    """Return the error in a person's words.

    Args:
        error: What msgspec said.
        content: What it was said of, plain dictionaries and lists.
        kind: The type it was to be.
        origin: Its file or other name.
    """
    text, _, path = str(error).partition(" - at `$")
    path = path.rstrip("`").lstrip(".")
    keys = [int(index) if index else key for key, index in re.findall(r"([^.\[\]]+)|\[(\d+)\]", path)]
    received = _at(content, keys)
    said = isinstance(received, dict | list) or repr(received) in text
    shown = "" if said else f", received {received!r}"
    remedy = "Correct that field."
    if text.startswith(("Object contains unknown field `", "Invalid value '", "Invalid enum value '")):
        advice = _advice(re.split("[`']", text)[1], names_at(kind, content, keys))
        remedy = f"{advice}; a newer CNN Studio may know it."
    return StudioError(
        f"{origin} is not a valid recipe.",
        f"Field '{path or 'recipe'}': {text[0].lower() + text[1:]}{shown}.",
        remedy,
    )


def names_at(kind: type, content: Any, keys: Keys) -> tuple[str, ...]:
    """Return the words known there: the choices of a field, the kinds of a part, or a part's fields."""
    options = _options(inspect.type_info(kind))
    for depth, key in enumerate(keys):
        received = _at(content, keys[:depth])
        if isinstance(key, int):
            items = [option.item_type for option in options if isinstance(option, inspect.VarTupleType)]
            options = _options(*items)
            continue
        parts = [option for option in options if isinstance(option, inspect.StructType)]
        kinds = tuple(str(part.tag) for part in parts if part.tag_field == key)
        if kinds:
            return kinds
        options = _options(
            *(
                field.type
                for part in _meant(parts, received)
                for field in part.fields
                if field.encode_name == key
            )
        )
    choices = [str(v) for option in options if isinstance(option, inspect.LiteralType) for v in option.values]
    meant = _meant([one for one in options if isinstance(one, inspect.StructType)], _at(content, keys))
    return (*choices, *(field.encode_name for part in meant for field in part.fields))


def _advice(wrong: str, known: Sequence[str]) -> str:
    small = {name.lower(): name for name in known}
    nearest = [small[name] for name in difflib.get_close_matches(wrong.lower(), small, n=1)]
    listed = ", ".join(known) if len(known) <= MOST_LISTED else ""
    if nearest:
        return f"Did you mean '{nearest[0]}'?" + (f" Known are {listed}" if listed else " Correct that field")
    return f"Known are {listed}" if listed else "Correct that field"


def _meant(parts: Sequence[inspect.StructType], received: Any) -> list[inspect.StructType]:
    """Return the parts that a mapping's own tag chooses; one without a tag is always meant."""
    tags = received if isinstance(received, dict) else {}
    return [part for part in parts if part.tag_field is None or tags.get(part.tag_field) == part.tag]


def _options(*types: inspect.Type) -> list[inspect.Type]:
    """Return the alternatives of types, without their further notes."""
    options: list[inspect.Type] = []
    for one in types:
        inner = one.type if isinstance(one, inspect.Metadata) else one
        options += _options(*inner.types) if isinstance(inner, inspect.UnionType) else [inner]
    return options


def _at(content: Any, keys: Keys) -> Any:
    """Return what stands there, or the last that stands on the way there."""
    for key in keys:
        try:
            content = content[key]
        except (KeyError, IndexError, TypeError):
            break
    return content
