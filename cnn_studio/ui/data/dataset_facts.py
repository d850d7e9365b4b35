"""What is computed of a data set to be shown; nothing here knows Qt."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.datasets.lazy_arrays import Indices, pieces
from cnn_studio.core.datasets.registry import Dataset, Names
from cnn_studio.core.datasets.splits import split_indices, watched_dataset, watched_images
from cnn_studio.core.recipes.recipe import AnySplit, DatasetSplit, Scaling, WatchedTestSplit

if TYPE_CHECKING:
    from cnn_studio.data.data_report import DataReport

Part = Literal["train", "validation", "test"]
PARTS: tuple[Part, ...] = ("train", "validation", "test")


@dataclass(frozen=True)
class DatasetFacts:
    """What is known of a data set once it was looked through.

    Attributes:
        report: Balance, duplicates, leakage.
        means: The mean training image of each class, (classes, height, width, channels) uint8; black where
            a class has none.
        histogram: How often each brightness 0 to 255 comes in the training images, (256,).
    """

    report: DataReport
    means: NDArray[np.uint8]
    histogram: NDArray[np.int64]


@dataclass(frozen=True)
class DatasetSample:
    """Images of one part, in an order.

    Attributes:
        images: What they are cut from, (N, height, width, channels) uint8.
        labels: The class numbers of all N.
        numbers: Which of the N, in the order they are shown.
        source: Where the N are in the file, "x_train" or "x_test".
        names: What the file of each of the N is called; None where they have none of their own.
        file: Of what data set they are, if not of the one that is looked at.
    """

    images: NDArray[np.uint8]
    labels: NDArray[np.int32]
    numbers: Indices
    source: str
    names: Names | None = None
    file: str = ""


def facts_of(dataset: Dataset) -> DatasetFacts:
    """Look a data set through; MNIST takes about 0.5 s: not on the GUI thread."""
    from cnn_studio.data.data_report import report

    classes = len(dataset.info.classes)
    sums = np.zeros((classes, *dataset.x_train.shape[1:]), np.int64)
    histogram = np.zeros(256, np.int64)
    start = 0
    for piece in pieces(dataset.x_train):
        labels = dataset.y_train[start : start + len(piece)]
        start += len(piece)
        for number in np.unique(labels).tolist():
            sums[number] += piece[labels == number].sum(axis=0, dtype=np.int64)
        histogram += np.bincount(piece.ravel(), minlength=256)
    counts = np.maximum(1, np.bincount(dataset.y_train, minlength=classes))
    means = np.rint(sums / counts[:, None, None, None]).astype(np.uint8)
    return DatasetFacts(report(dataset), means, histogram)


def divided(dataset: Dataset, split: AnySplit) -> dict[Part, DatasetSample]:
    """Return the parts as a training takes them, each in the order of the file.

    A separate validation set is read for it: not on the GUI thread then.

    Raises:
        StudioError: If a separate validation set cannot be read, or does not fit.
    """
    train, validation = split_indices(split, len(dataset.y_train))
    test = np.arange(len(dataset.y_test))
    learned = DatasetSample(dataset.x_train, dataset.y_train, np.sort(train), "x_train", dataset.train_names)
    watched = DatasetSample(
        dataset.x_train, dataset.y_train, np.sort(validation), "x_train", dataset.train_names
    )
    tested = DatasetSample(dataset.x_test, dataset.y_test, test, "x_test", dataset.test_names)
    if isinstance(split, WatchedTestSplit):
        watched = tested
    elif isinstance(split, DatasetSplit):
        watched = _watched(split, watched_dataset(split, dataset.info))
    return {"train": learned, "validation": watched, "test": tested}


def _watched(split: DatasetSplit, other: Dataset) -> DatasetSample:
    """Return the images of a separate validation set, with their files' names where they have any."""
    images, labels = watched_images(split, other)
    names = {"train": other.train_names, "test": other.test_names}.get(split.part)
    if split.part == "all" and other.train_names is not None and other.test_names is not None:
        names = np.concatenate([other.train_names, other.test_names])
    source = "x" if split.part == "all" else f"x_{split.part}"
    return DatasetSample(images, labels, np.arange(len(labels)), source, names, other.info.file)


def chosen(sample: DatasetSample, label: int | None, seed: int | None) -> DatasetSample:
    """Return the images of one class (None: of all), shuffled by a seed (None: in the file's order)."""
    numbers = sample.numbers
    if label is not None:
        numbers = numbers[sample.labels[numbers] == label]
    if seed is not None:
        numbers = np.random.default_rng(seed).permutation(numbers)
    return replace(sample, numbers=numbers)


def counts_of(sample: DatasetSample, classes: int) -> tuple[int, ...]:
    """Return how many images each class has."""
    return tuple(np.bincount(sample.labels[sample.numbers], minlength=classes).tolist())


def entering(histogram: NDArray[np.int64], scaling: Scaling) -> tuple[float, float, float, float]:
    """Return lowest, highest, mean and standard deviation of what enters the network after scaling.

    Args:
        histogram: Of the training pixels, as in `DatasetFacts`.
        scaling: As a recipe has it.
    """
    values, share = np.arange(256), histogram / max(1, int(histogram.sum()))
    present = np.flatnonzero(histogram)
    low, high = (float(present[0]), float(present[-1])) if len(present) else (0.0, 0.0)
    mean = float(values @ share)
    deviation = math.sqrt(float((values - mean) ** 2 @ share))
    scale, offset = {
        "none": (1.0, 0.0),
        "0-1": (1 / 255, 0.0),
        "standardized": (1 / (deviation or 1.0), -mean / (deviation or 1.0)),
    }[scaling]
    return low * scale + offset, high * scale + offset, mean * scale + offset, deviation * scale
