"""Which training images are trained on and which are validated on."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.datasets.lazy_arrays import Indices, Pixels, written
from cnn_studio.core.datasets.registry import Dataset, DatasetInfo, load_dataset
from cnn_studio.core.recipes.recipe import AnySplit, DatasetSplit, LastSplit, RandomSplit


def split_indices(split: AnySplit, count: int) -> tuple[Indices, Indices]:
    """Return the numbers of the training and of the validation images among `count`.

    A random split is `sklearn.model_selection.train_test_split(range(count), test_size=fraction,
    random_state=seed)` (a test compares them): written out here because importing scikit-learn would
    delay the first training by 1.8 s. A last-fraction split is Keras's `validation_split`.
    """
    everything = np.arange(count)
    if isinstance(split, RandomSplit):
        order = np.random.RandomState(split.seed).permutation(count)
        held_out = math.ceil(split.fraction * count)
        return order[held_out:], order[:held_out]
    if isinstance(split, LastSplit):
        first = math.floor(count * (1 - split.fraction))
        return everything[:first], everything[first:]
    return everything, everything[:0]


def check_validation_set(split: DatasetSplit, learned: DatasetInfo, watched: DatasetInfo | None) -> None:
    """Check whether one data set can validate a training on another.

    Args:
        split: What the recipe says.
        learned: The data set to train on.
        watched: The validation set; None where none is chosen.

    Raises:
        StudioError: If it is none, the same, or of another size or other classes.
    """
    if watched is None or not split.dataset:
        raise StudioError(
            "There is no validation set.",
            "The split calls for a separate validation set, and none is chosen.",
            "Choose a data set to validate on, or another split.",
        )
    refused = f"{watched.title} cannot be the validation set."
    if watched.name == learned.name and split.part != "test":
        raise StudioError(
            refused,
            "The network trains on these very images: it would be validated on what it already knows.",
            "Choose its test part, another data set, or a random share.",
        )
    if watched.image_shape != learned.image_shape:
        sizes = [" × ".join(map(str, info.image_shape)) for info in (watched, learned)]
        raise StudioError(
            refused,
            f"Its images are {sizes[0]}, those of {learned.title} are {sizes[1]}.",
            "Choose a data set with images of the same size.",
        )
    if watched.classes != learned.classes:
        raise StudioError(
            refused,
            f"Its classes are {_some(watched.classes)}, those of {learned.title} are {_some(learned.classes)}.",
            "Choose a data set with the same classes in the same order.",
        )


def watched_dataset(split: DatasetSplit, learned: DatasetInfo) -> Dataset:
    """Load the validation set.

    Raises:
        StudioError: If it cannot be read or does not fit; see `check_validation_set`.
    """
    other = load_dataset(split.dataset) if split.dataset else None
    check_validation_set(split, learned, None if other is None else other.info)
    assert other is not None
    return other


def watched_images(split: DatasetSplit, watched: Dataset) -> tuple[Pixels, NDArray[np.int32]]:
    """Return the validation images, (N, height, width, channels) uint8, and their class numbers."""
    if split.part != "all":
        return watched.subset(split.part)
    images = written([watched.x_train, watched.x_test], watched.info.title)
    return images, np.concatenate([watched.y_train, watched.y_test])


def own_validation(split: DatasetSplit, learned: DatasetInfo) -> tuple[Pixels, NDArray[np.int32]]:
    """Load the validation set, and return its images and class numbers.

    Raises:
        StudioError: As `watched_dataset`.
    """
    return watched_images(split, watched_dataset(split, learned))


def _some(names: tuple[str, ...], most: int = 3) -> str:
    """Return the first of many names."""
    shown = ", ".join(f"“{name}”" for name in names[:most])
    return f"{shown}, … ({len(names)})" if len(names) > most else shown
