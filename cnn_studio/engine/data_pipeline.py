"""From a data set to what the training step reads: splits, scaling, batches."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.datasets.lazy_arrays import Images, Indices, Pixels, pieces, selected, written
from cnn_studio.core.datasets.registry import DIGITS, Dataset
from cnn_studio.core.datasets.splits import own_validation, split_indices
from cnn_studio.core.drawing.preprocessing import SIDE
from cnn_studio.core.recipes.recipe import (
    DatasetSplit,
    LastSplit,
    RandomSplit,
    Recipe,
    Scaling,
    WatchedTestSplit,
)
from cnn_studio.core.synthetic.digits import drawn_digits


@dataclass(frozen=True)
class Parts:
    """The images a run trains on and watches; uint8 0 to 255 and int32 class numbers.

    Small parts are in memory. Large ones are mapped, of those to train on only their numbers are held.
    """

    x_train: Images
    y_train: NDArray[np.int32]
    x_validation: Pixels
    y_validation: NDArray[np.int32]


def parts_of(
    dataset: Dataset, recipe: Recipe, limit: int | None = None, left_out: Sequence[int] = ()
) -> Parts:
    """Split a data set as the recipe says.

    Args:
        dataset: The data set.
        recipe: Its split, and the drawn digits that join.
        limit: Keeps only the first images of the training set.
        left_out: Numbers of training images that are not learned from; they stay where they are watched.

    Raises:
        StudioError: If nothing would be left to train on, or a separate validation set does not fit.
    """
    x, y = dataset.x_train[:limit], dataset.y_train[:limit]
    train, validation = split_indices(recipe.split, len(x))
    if len(train) == 0 or (isinstance(recipe.split, RandomSplit | LastSplit) and len(validation) == 0):
        raise StudioError(
            "Cannot split the training images.",
            f"{len(x)} images would leave {len(train)} for training and {len(validation)} for validation.",
            "Raise the limit or change the validation fraction.",
        )
    learned_from = train[~np.isin(train, left_out)]
    if len(learned_from) == 0:
        raise StudioError(
            "Nothing is left to train on.",
            f"All {len(train)} training images have labels that you judged {recipe.leave_out}.",
            "Leave fewer of them out.",
        )
    learned = _with_pen_digits(recipe, dataset, selected(x, learned_from), y[learned_from])
    if isinstance(recipe.split, WatchedTestSplit):
        return Parts(*learned, dataset.x_test, dataset.y_test)
    if isinstance(recipe.split, DatasetSplit):
        return Parts(*learned, *own_validation(recipe.split, dataset.info))
    watched = written([selected(x, validation)], dataset.info.title)
    return Parts(*learned, watched, y[validation])


def _with_pen_digits(
    recipe: Recipe, dataset: Dataset, x: Images, y: NDArray[np.int32]
) -> tuple[Images, NDArray[np.int32]]:
    if not recipe.pen_digits:
        return x, y
    if dataset.info.classes != DIGITS or dataset.info.image_shape != (SIDE, SIDE, 1):
        raise StudioError(
            "Drawn digits cannot join these images.",
            f"'pen_digits' is {recipe.pen_digits}; {dataset.info.title} does not show digits of {SIDE} x {SIDE} pixels.",
            "Set 'pen_digits' to 0 or choose MNIST.",
        )
    drawn, labels = drawn_digits(recipe.pen_digits, recipe.training.seed)
    return written([x, drawn], dataset.info.title), np.concatenate([y, labels])


def scaling_of(scaling: Scaling, x_train: Images) -> tuple[float, float]:
    """Return (scale, offset) so that `pixel * scale + offset` is what enters the network.

    "0-1" divides by 255, "none" leaves 0 to 255, "standardized" gives the training images mean 0 and
    standard deviation 1.
    """
    if scaling == "none":
        return 1.0, 0.0
    if scaling == "0-1":
        return 1 / 255, 0.0
    counts = np.zeros(256, np.int64)  # of each brightness: exact, and the same in whatever pieces
    for piece in pieces(x_train):
        counts += np.bincount(piece.ravel(), minlength=256)
    values, share = np.arange(256), counts / counts.sum()
    mean = float(values @ share)
    deviation = math.sqrt((values - mean) ** 2 @ share) or 1.0
    return 1 / deviation, -mean / deviation


def steps_per_epoch(recipe: Recipe, count: int) -> int:
    """Return how many batches an epoch has.

    Shuffled epochs show every image once, the last batch may be smaller; contiguous windows leave the
    incomplete one out, as notebook 000 does (54 of 1,000 out of 54,000).
    """
    if recipe.training.sampling == "contiguous-window":
        return max(1, count // recipe.training.batch_size)
    return math.ceil(count / recipe.training.batch_size)


def calls(
    recipe: Recipe, count: int, random: np.random.Generator, steps: Callable[[], int]
) -> Iterator[Indices]:
    """Give one epoch's batches in stacks of one size, (steps, batch size), for one compiled call each.

    `steps` is asked before each stack for how many batches it should have; a smaller last batch stays alone.
    """
    stack: list[Indices] = []
    wanted = steps()
    for numbers in batches(recipe, count, random):
        if stack and len(numbers) != len(stack[0]):
            yield np.stack(stack)
            stack = []
        stack.append(numbers)
        if len(stack) >= wanted:
            yield np.stack(stack)
            stack, wanted = [], steps()
    if stack:
        yield np.stack(stack)


def batches(recipe: Recipe, count: int, random: np.random.Generator) -> Iterator[Indices]:
    """Give the image numbers of each batch of one epoch."""
    size = recipe.training.batch_size
    if recipe.training.sampling == "contiguous-window":
        for _ in range(steps_per_epoch(recipe, count)):
            start = int(random.integers(0, max(1, count - size)))
            yield np.arange(start, min(count, start + size))
        return
    order = random.permutation(count)
    for start in range(0, count, size):
        yield order[start : start + size]
