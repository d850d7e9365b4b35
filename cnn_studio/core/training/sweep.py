"""Several trainings out of one recipe: seeds, or a grid over any of its fields.

What a field may be is in `core.recipes.sweep_fields`.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import msgspec

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.field_spec import fields_of, tag_of
from cnn_studio.core.network.layers import Shape
from cnn_studio.core.network.network import network_of
from cnn_studio.core.recipes.recipe import Recipe
from cnn_studio.core.recipes.sweep_fields import (
    MOST_VALUES,
    NONE,
    Path,
    SweepField,
    read_values,
    show_value,
    sweep_field_of,
    sweep_fields,
    too_many,
)
from cnn_studio.core.runs.run_folder import RunRecord

LONGEST_NAME = 100
SEED = "training.seed"


class PlannedTraining(msgspec.Struct, frozen=True):
    """A training to come.

    Attributes:
        recipe: Everything needed for it.
        difference: What it has of its own among those planned with it: "learning rate 0.01, seed 2".
        base: The title of the recipe it was made from, where its own title says more.
    """

    recipe: Recipe
    difference: str = ""
    base: str = ""


def grid(
    recipe: Recipe,
    axes: Sequence[tuple[SweepField, Sequence[Any]]],
    image_shape: Shape | None = None,
    classes: int | None = None,
) -> list[PlannedTraining]:
    """Return one recipe for each combination of values, the last field changing fastest.

    Args:
        recipe: What they have in common.
        axes: Fields and their values.
        image_shape: Height, width, channels of the data's images: asks whether each network can be built.
        classes: Of the data.

    Raises:
        StudioError: If there are too many, a field stands there twice, or a combination cannot be trained.
    """
    paths = [swept.path for swept, _ in axes]
    if len(set(paths)) < len(paths):
        raise StudioError(
            "The grid uses one field twice.",
            f"Both its fields are “{axes[0][0].text}”.",
            "Choose another field, or type all its values on one line.",
        )
    count = 1
    for _, values in axes:
        count *= len(values)
    if count > MOST_VALUES:
        raise too_many(f"{count:,}")
    names = _names(recipe, [swept for swept, _ in axes])
    told = {swept.path for swept, values in axes if tuple(values) != (swept.value,)}
    return [
        _planned(recipe, tuple(zip(names, values, strict=True)), told, image_shape, classes)
        for values in itertools.product(*(values for _, values in axes))
    ]


def seeds(recipe: Recipe, text: str) -> list[PlannedTraining]:
    """Return the recipe once for each seed of a list such as "0-4".

    Raises:
        StudioError: If the list cannot be read.
    """
    swept = sweep_field_of(recipe, SEED)
    return grid(recipe, [(swept, read_values(swept, text))])


def _planned(
    recipe: Recipe,
    values: Sequence[tuple[tuple[SweepField, str], Any]],
    told: set[Path],
    image_shape: Shape | None,
    classes: int | None,
) -> PlannedTraining:
    content: Any = msgspec.to_builtins(recipe)
    # Which class a section is of comes first: it decides which fields there are.
    for (swept, _), value in sorted(values, key=lambda pair: not pair[0][0].names_a_class):
        _put(content, swept, value)
    told_values = [
        (swept, f"{name} {show_value(value)}") for (swept, name), value in values if swept.path in told
    ]
    texts = [text for _, text in told_values]
    own = [text for swept, text in told_values if swept.text != SEED]
    difference = ", ".join(texts)
    base = (recipe.title or recipe.name) if own else ""
    if own:
        content["name"] = _name(recipe.name, own)
        content["title"] = ", ".join((base, *own))
    try:
        made = msgspec.convert(content, Recipe)
        if image_shape is not None:
            network_of(made.layers, image_shape, classes)
    except msgspec.ValidationError as error:
        text = str(error).partition(" - at")[0]
        raise StudioError(
            f"“{difference}” cannot be trained.",
            f"{text}.",
            "Leave that combination out, or choose other fields.",
        ) from error
    except StudioError as error:
        raise StudioError(
            f"“{difference}” cannot be trained.", error.why, error.remedy or "Choose other values."
        ) from error
    return PlannedTraining(made, difference, base)


def _names(recipe: Recipe, chosen: Sequence[SweepField]) -> list[tuple[SweepField, str]]:
    """Return fields with words that tell each from all others: "learning rate", "layer 1 filters"."""
    outside = [swept.word for swept in sweep_fields(recipe) if swept.path[0] != "layers"]
    named = []
    for swept in chosen:
        word, numbers = swept.word, [str(key + 1) for key in swept.path if isinstance(key, int)]
        if numbers:
            word = f"layer {'.'.join(numbers)} {word}"
        elif outside.count(word) > 1 and swept.text != SEED:
            word = f"{str(swept.path[0]).replace('_', ' ')} {word}"
        named.append((swept, word))
    return named


def _name(name: str, texts: Sequence[str]) -> str:
    """Return a recipe's name with what differs; the differing end stays where it is too long."""
    tail = "".join(f"-{text.replace(' ', '-')}" for text in texts)[-(LONGEST_NAME - 1) :]
    return name[: LONGEST_NAME - len(tail)] + tail


def _put(content: Any, swept: SweepField, value: Any) -> None:
    *way, last = swept.path
    if swept.names_a_class:
        *above, key = way
        for step in above:
            content = content[step]
        content[key] = (
            None if swept.field.optional and value == NONE else _recast(content[key], str(last), value, key)
        )
        return
    for step in way:
        content = content[step]
    content[last] = value


def _recast(section: dict[str, Any] | None, tag_field: str, tag: str, key: str | int) -> dict[str, Any]:
    """Return a section as one of another class: fields that both have keep their values."""
    known = _fields_of_tag(Recipe, tag_field, tag)
    kept = {name: value for name, value in (section or {}).items() if name in known}
    return {tag_field: tag, **kept}


def _fields_of_tag(kind: type[msgspec.Struct], tag_field: str, tag: str) -> set[str]:
    """Return the field names of the class of a tag, wherever in the recipe's sections it is."""
    for field in fields_of(kind):
        for one in field.choices if field.kind == "part" else ():
            if one.__struct_config__.tag_field == tag_field and tag_of(one) == tag:
                return set(one.__struct_fields__)
    return set()


def estimated_seconds(
    planned: Sequence[PlannedTraining], image_shape: Shape, train_images: int, records: Sequence[RunRecord]
) -> float | None:
    """Return about how long trainings take one after the other, from earlier runs; None where none can tell.

    The time for an image is taken to grow with a network's operations; of the earlier runs the one whose network
    is nearest in size tells how many of them a second are done.

    Args:
        planned: To be trained.
        image_shape: Height, width, channels of their data's images.
        train_images: How many images an epoch has.
        records: Of finished runs; of two equally near the first tells.
    """
    known = [
        (_flops(record.recipe, image_shape), record.result.images_per_second)
        for record in records
        if record.result is not None and record.result.images_per_second > 0
    ]
    known = [(flops, speed) for flops, speed in known if flops]
    total = 0.0
    for one in planned:
        flops = _flops(one.recipe, image_shape)
        if not known or not flops:
            return None
        other, speed = min(known, key=lambda run: max(flops, run[0]) / min(flops, run[0]))
        total += one.recipe.training.epochs * train_images * flops / (other * speed)
    return total


def _flops(recipe: Recipe, image_shape: Shape) -> int:
    """Return a network's operations for one image, 0 where it does not fit the images."""
    try:
        return network_of(recipe.layers, image_shape).flops
    except StudioError:
        return 0
