"""What a training is told, as fields: of the optimizer, the schedule, early stopping, the split and the rest.

A form for a training is drawn from this alone; no optimizer, schedule or split is named in the window.
"""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar, get_args

import msgspec

from cnn_studio.core.base import field_spec
from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.field_spec import Field, tag_of
from cnn_studio.core.recipes.optimizers import AnyOptimizer
from cnn_studio.core.recipes.recipe import AnySplit
from cnn_studio.core.recipes.schedules import AnySchedule

S = TypeVar("S", bound=msgspec.Struct)

FIELD_TITLES: dict[str, str] = {
    "pen_digits": "Drawn digits",
    "loss": "Cross-entropy",
    "leave_out": "Leave out labels",
    "ema_momentum": "EMA of weights",
    "steps_per_execution": "Steps a call",
    "restore_best_weights": "Restore best",
    "initial_accumulator_value": "Accumulator",
    "warmup_fraction": "Warm-up share",
    "start_fraction": "Starts at",
    "end_fraction": "Ends at",
    "rate": "Each step times",
    "steps": "Steps down",
    "reduction": "Each fall times",
    "min_lr": "Lowest rate",
    "min_delta": "Least change",
    "fraction": "Share",
    "dataset": "Data set",
}
KIND_TITLES: dict[str, str] = {
    "constant": "Constant",
    "one-cycle": "One cycle",
    "cosine": "Cosine",
    "step": "Steps down",
    "exponential": "Exponential",
    "ReduceLROnPlateau": "Falls on a plateau",
    "random": "A random share",
    "last": "The last share",
    "test": "Test set (flatters)",
    "none": "None",
    "dataset": "Another data set",
}
VALUE_TITLES: dict[str, str] = {
    "auto": "Automatic",
    "mixed_bfloat16": "mixed bfloat16",
    "sparse_categorical_crossentropy": "Sparse",
    "categorical_crossentropy": "Categorical",
    "val_loss": "Loss",
    "val_accuracy": "Accuracy",
    "shuffled": "Shuffled",
    "contiguous-window": "Neighbors",
    "none": "None",
    "balanced": "Balanced",
    "wrong": "Wrong",
    "wrong-and-ambiguous": "Also ambiguous",
    "all": "All images",
    "train": "Its training part",
    "test": "Its test part",
}
"""What fields, kinds and values are called where their own names are not words a person would use."""


@cache
def fields_of(kind: type[msgspec.Struct], only: tuple[str, ...] | None = None) -> tuple[Field, ...]:
    """Return the fields of a section of a recipe, of one of its choices, or of the recipe itself.

    Args:
        kind: Its class.
        only: Names of the wanted ones; None returns all.
    """
    return tuple(field for field in field_spec.fields_of(kind) if only is None or field.name in only)


def sentence_of(kind: type[msgspec.Struct]) -> str:
    """Return what an optimizer, schedule or split is, in a sentence."""
    return (kind.__doc__ or "").partition("\n")[0]


def optimizer_types() -> tuple[type[msgspec.Struct], ...]:
    """Return the class of every optimizer a recipe can name."""
    return get_args(AnyOptimizer)


def schedule_types() -> tuple[type[msgspec.Struct], ...]:
    """Return the class of every schedule a recipe can name."""
    return get_args(AnySchedule)


def split_types() -> tuple[type[msgspec.Struct], ...]:
    """Return the class of every split a recipe can name."""
    return get_args(AnySplit)


def changed(section: S, field: Field, value: Any) -> S:
    """Return a section of a recipe with another value in one field.

    Raises:
        StudioError: If a recipe would not take it; it says what is expected and what was received.
    """
    content = msgspec.to_builtins(section) | {field.name: value}
    try:
        return msgspec.convert(content, type(section))
    except msgspec.ValidationError as error:
        shown = f"“{value}”" if isinstance(value, str) else f"{value:.10g}"
        raise StudioError(
            f"{title_of(field)} was not changed to {shown}.",
            f"{sentence_of_limits(field)[:-1]} is expected.",
            f"Type a number in that range; until then it stays {_stays(getattr(section, field.name))}.",
        ) from error


def title_of(field: Field) -> str:
    """Return a field's name as words."""
    words = field.name.replace("_", " ")
    return FIELD_TITLES.get(field.name) or words[0].upper() + words[1:]


def kind_title(kind: type[msgspec.Struct]) -> str:
    """Return what an optimizer, schedule or split is called."""
    return KIND_TITLES.get(tag_of(kind), tag_of(kind))


def value_title(value: Any) -> str:
    """Return what a value of a choice is called."""
    return VALUE_TITLES.get(str(value), str(value))


def sentence_of_limits(field: Field) -> str:
    """Return what a field of numbers takes, in a sentence."""
    kind = "whole number" if field.kind == "integer" else "number"
    empty = ", or nothing" if field.optional else ""
    return f"A {kind} of {limits_of(field)}{empty}."


def limits_of(field: Field) -> str:
    """Return the numbers a field takes, in words."""
    low = "" if field.minimum is None else f"{field.minimum:,.10g}"
    high = "" if field.maximum is None else f"{field.maximum:,.10g}"
    low = f"{'more than' if field.minimum_excluded else 'at least'} {low}"
    high = f"{'less than' if field.maximum_excluded else 'at most'} {high}"
    unit = f" {field.unit}" if field.unit else ""
    return f"{low} and {high}{unit}"


def _stays(value: Any) -> str:
    return "empty" if value is None else f"{value:.10g}" if isinstance(value, float) else str(value)


def taken_over(chosen: type[S], before: msgspec.Struct) -> S:
    """Return an optimizer, schedule or split of another kind that keeps what both have.

    A value that is the first kind's own default is not kept: each optimizer has its usual learning rate.
    """
    own = {field.name: field.default for field in msgspec.structs.fields(type(before))}
    names = {field.name for field in msgspec.structs.fields(chosen)}
    kept = {
        name: value
        for name, value in msgspec.structs.asdict(before).items()
        if name in names and value != own[name]
    }
    made: S = chosen(**kept)
    return made
