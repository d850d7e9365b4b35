"""What a training is told, as fields: of the optimizer, the schedule, early stopping, the split and the rest.

A form for a training is drawn from this alone; no optimizer, schedule or split is named in the window.
"""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar, get_args

import msgspec

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.field_spec import Field, described, tag_of
from cnn_studio.core.recipes.optimizers import AnyOptimizer, AnySchedule
from cnn_studio.core.recipes.recipe import AnySplit

S = TypeVar("S", bound=msgspec.Struct)

HELP: dict[str, tuple[str, str]] = {
    "loss": (
        "",
        "The loss that is made small: “Sparse” from class numbers, “Categorical” from one-hot labels; the figure is the same. The curves show it as Keras does: with label smoothing and the penalty of L1 and L2.",
    ),
    "pen_digits": ("", "Digits drawn by the program's pen that join the training images; for MNIST only."),
    "leave_out": (
        "",
        "Training images that are not learned from, since you judged their labels so on the Evaluate tab.",
    ),
    "epochs": ("", "How many times every training image is seen."),
    "batch_size": ("", "Images a step; the weights change after each."),
    "sampling": (
        "",
        "“Shuffled” shows every image once an epoch, “Neighbors” takes windows of the file at random places.",
    ),
    "seed": ("", "Of the weights, the order, the augmentation and the dropout: same seed, same start."),
    "precision": (
        "",
        "What the network is computed in while it learns: automatic takes bfloat16 where the processor "
        "multiplies it, which is faster; what is kept is always float32.",
    ),
    "steps_per_execution": (
        "",
        "Batches one call of the compiled loop takes; empty: measured. No difference to the result.",
    ),
    "device": ("", "Where the network is computed."),
    "ema_momentum": (
        "",
        "Keeps a moving average of the weights and ends with it; 0 keeps none, 0.99 is usual.",
    ),
    "label_smoothing": (
        "",
        "Share of each label spread over the other classes; 0.1 makes answers less sure.",
    ),
    "class_weight": ("", "“Balanced” lets rare classes count as much as frequent ones."),
    "deterministic": (
        "",
        "The same seed gives the same weights to the last bit. It can cost speed on a GPU; on a processor it "
        "costs nothing measurable.",
    ),
    "learning_rate": ("", "How far each step goes; a schedule multiplies it."),
    "clipnorm": ("", "Longest gradient of one variable; a longer one is shortened to it. Empty: any."),
    "clipvalue": ("", "Largest value in a gradient; larger ones are cut to it. Empty: any."),
    "global_clipnorm": ("", "Longest gradient of all variables together. Empty: any."),
    "momentum": ("", "Share of the last step that goes on into the next; 0.9 is usual."),
    "nesterov": ("", "Looks ahead: takes the gradient where the momentum leads (Nesterov, 1983)."),
    "beta_1": ("", "How slowly the mean of the gradients follows: 0.9 is the mean of about 10 steps."),
    "beta_2": ("", "How slowly the mean of their squares follows: 0.999 is the mean of about 1,000 steps."),
    "epsilon": ("", "Added below the fraction line, so that nothing is divided by 0."),
    "weight_decay": ("", "Share of each weight that every step takes away, times the learning rate."),
    "rho": ("", "How slowly the mean of the squared gradients follows: 0.9 is the mean of about 10 steps."),
    "initial_accumulator_value": ("", "What the sum of the squared gradients begins with."),
    "warmup_fraction": ("", "Share of the training in which the learning rate rises."),
    "start_fraction": ("", "Share of the learning rate it begins with."),
    "end_fraction": ("", "Share of the learning rate it ends with."),
    "rate": ("", "What the learning rate is multiplied by at each step down."),
    "steps": ("", "How many steps down there are, evenly spaced."),
    "reduction": ("", "What the learning rate is multiplied by when validation accuracy no longer rises."),
    "patience": ("epochs", "How long nothing has to improve."),
    "min_lr": ("", "Smallest learning rate it goes down to."),
    "monitor": (
        "",
        "Which figure of the validation images is watched; the loss as Keras reports it, with the penalty of L1 and "
        "L2.",
    ),
    "min_delta": ("", "Least change that counts as an improvement."),
    "restore_best_weights": ("", "Ends with the weights of the best epoch rather than of the last."),
    "fraction": ("", "How much of the training images is held back, as a share of 1."),
    "dataset": (
        "",
        "The data set whose images are watched; the same size and classes as those learned from.",
    ),
    "part": ("", "Which of its images are watched: all of them, or one part of it."),
}
"""Unit and sentence of each field name."""

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

SPECIAL_HELP: dict[tuple[str, str], tuple[str, str]] = {
    ("random", "seed"): (
        "",
        "The same seed holds the same images back, as scikit-learn's train_test_split does.",
    ),
}


@cache
def fields_of(kind: type[msgspec.Struct], only: tuple[str, ...] | None = None) -> tuple[Field, ...]:
    """Return the fields of a section of a recipe, of one of its choices, or of the recipe itself.

    Args:
        kind: Its class.
        only: Names of the wanted ones; None returns all.
    """
    tag = "" if kind.__struct_config__.tag is None else tag_of(kind)
    names = {field.name for field in msgspec.structs.fields(kind)}
    without = () if only is None else tuple(names - set(only))
    return described(kind, lambda name: SPECIAL_HELP.get((tag, name)) or HELP[name], without)


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
            f"Type such a number; until then it stays {_stays(getattr(section, field.name))}.",
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
