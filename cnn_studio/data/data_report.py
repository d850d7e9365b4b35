"""What to know of a data set before training on it: balance, range, duplicates, leakage."""

from __future__ import annotations

import hashlib

import msgspec
import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.datasets.lazy_arrays import Indices, pieces
from cnn_studio.core.datasets.registry import DIGITS, Dataset
from cnn_studio.core.network.layers import Shape
from cnn_studio.data.decoding.options import Images, Labels

STRONG_IMBALANCE = 10.0
FEW_IMAGES = 10
EXAMPLES = 100
DIGEST_BYTES = 16
BRIGHT = 127


class DataReport(msgspec.Struct, frozen=True, kw_only=True):
    """Facts about a data set.

    Attributes:
        name: The data set's name.
        title: Its title.
        image_shape: Height, width and channels.
        classes: The names of the classes.
        train_counts: Training images of each class.
        test_counts: Test images of each class.
        imbalance: Images of the largest class for one of the smallest that has any, in training.
        value_range: The darkest and the brightest pixel, 0 to 255.
        duplicates_in_train: Training images that repeat an earlier training image, pixel by pixel.
        duplicates_in_test: The same within the test images.
        duplicates_across: Test images that are also training images: leakage.
        conflicts: Different images that occur with more than one label, in either part.
        constant: Images of one color all over.
        leaked: The first 100 leaks as (number of the test image, number of a training image like it).
        warnings: What should be looked at, in sentences, the gravest first.
    """

    name: str
    title: str
    image_shape: Shape
    classes: tuple[str, ...]
    train_counts: tuple[int, ...]
    test_counts: tuple[int, ...]
    imbalance: float
    value_range: tuple[int, int]
    duplicates_in_train: int
    duplicates_in_test: int
    duplicates_across: int
    conflicts: int
    constant: int
    leaked: tuple[tuple[int, int], ...]
    warnings: tuple[str, ...] = ()


def report(dataset: Dataset) -> DataReport:
    """Check a data set; MNIST's 70,000 images take 0.2 s on one core."""
    size = len(dataset.info.classes)
    train, test = _alike(dataset.x_train, dataset.x_test)
    kinds, firsts = np.unique(train, return_index=True)
    leaks = np.flatnonzero(np.isin(test, kinds))
    originals = firsts[np.searchsorted(kinds, test[leaks[:EXAMPLES]])]
    counts = [np.bincount(labels, minlength=size) for labels in (dataset.y_train, dataset.y_test)]
    present = counts[0][counts[0] > 0]
    facts = DataReport(
        name=dataset.info.name,
        title=dataset.info.title,
        image_shape=dataset.info.image_shape,
        classes=dataset.info.classes,
        train_counts=tuple(counts[0].tolist()),
        test_counts=tuple(counts[1].tolist()),
        imbalance=float(present.max() / present.min()) if len(present) else 1.0,
        value_range=_range(dataset),
        duplicates_in_train=len(train) - len(kinds),
        duplicates_in_test=len(test) - len(np.unique(test)),
        duplicates_across=len(leaks),
        conflicts=_conflicts(
            np.concatenate([train, test]), np.concatenate([dataset.y_train, dataset.y_test])
        ),
        constant=_constant(dataset.x_train) + _constant(dataset.x_test),
        leaked=tuple(zip(leaks[:EXAMPLES].tolist(), originals.tolist(), strict=True)),
    )
    return msgspec.structs.replace(facts, warnings=(*_warnings(facts), *_paper(dataset)))


def _alike(train: Images, test: Images) -> tuple[Indices, Indices]:
    """Return a number for each image, the same for those that are alike pixel by pixel.

    They are compared by a hash; by chance two differ in all but one case of 2**128.
    """
    halves = np.concatenate([_digests(train), _digests(test)])
    order = np.lexsort(halves.T)
    others = (halves[order][1:] != halves[order][:-1]).any(axis=1)
    numbers = np.zeros(len(halves), np.int64)
    numbers[order[1:]] = np.cumsum(others)
    return numbers[: len(train)], numbers[len(train) :]


def _digests(images: Images) -> NDArray[np.uint64]:
    """Return a hash of each image, (N, 2)."""
    digests = bytearray()
    for piece in pieces(images):
        for row in np.ascontiguousarray(piece).reshape(len(piece), -1):
            digests += hashlib.blake2b(row.data, digest_size=DIGEST_BYTES).digest()
    return np.frombuffer(digests, np.uint64).reshape(-1, 2)


def _conflicts(numbers: Indices, labels: Labels) -> int:
    classes = int(labels.max(initial=0)) + 1
    pairs = np.unique(numbers * classes + labels)
    _, labels_of_each = np.unique(pairs // classes, return_counts=True)
    return int((labels_of_each > 1).sum())


def _constant(images: Images) -> int:
    return sum(int((piece == piece[:, :1, :1]).all(axis=(1, 2, 3)).sum()) for piece in pieces(images))


def _range(dataset: Dataset) -> tuple[int, int]:
    spans = [
        (int(piece.min()), int(piece.max()))
        for images in (dataset.x_train, dataset.x_test)
        for piece in pieces(images)
    ]
    return min((low for low, _ in spans), default=0), max((high for _, high in spans), default=0)


def _warnings(facts: DataReport) -> list[str]:
    untrained = [name for name, n in zip(facts.classes, facts.train_counts, strict=True) if not n]
    untested = [name for name, n in zip(facts.classes, facts.test_counts, strict=True) if not n]
    few = [name for name, n in zip(facts.classes, facts.train_counts, strict=True) if 0 < n < FEW_IMAGES]
    low, high = facts.value_range
    tests = sum(facts.test_counts)
    table: tuple[tuple[object, str], ...] = (
        (
            facts.duplicates_across,
            f"Leakage: {facts.duplicates_across:,} of {tests:,} test images are also training images. "
            "The test result will look better than it is; remove them from one of the two.",
        ),
        (
            facts.conflicts,
            f"{_images(facts.conflicts)} with more than one label: the same pixels belong to "
            "different classes, so at least one label is wrong.",
        ),
        (untrained, f"No training images of {_names(untrained)}: this cannot be learned."),
        (untested, f"No test images of {_names(untested)}: how well it is recognized stays unknown."),
        (few, f"Fewer than {FEW_IMAGES} training images of {_names(few)}: too few to learn from."),
        (
            facts.imbalance > STRONG_IMBALANCE,
            f"Strong imbalance: the largest class has {facts.imbalance:.0f} times as many training images "
            "as the smallest. Look at the metrics of each class, not only at the accuracy.",
        ),
        (
            facts.duplicates_in_train,
            f"{facts.duplicates_in_train:,} training images repeat another one; they count more than once, and "
            "may land in both training and validation.",
        ),
        (facts.duplicates_in_test, f"{facts.duplicates_in_test:,} test images repeat another one."),
        (
            facts.constant,
            f"{_images(facts.constant)} of one color all over: there is nothing to see in them.",
        ),
        (high - low < BRIGHT, f"The pixels use only {low} to {high} of 0 to 255: the images are faint."),
    )
    return [sentence for reason, sentence in table if reason]


def _paper(dataset: Dataset) -> list[str]:
    """Digits dark on bright would be learned well, and drawings, bright on dark, misread."""
    if dataset.info.classes != DIGITS or not len(dataset.x_train):
        return []
    rim = sum(np.bincount(piece[:, (0, -1)].ravel(), minlength=256) for piece in pieces(dataset.x_train))
    seen = np.cumsum(rim)
    if np.searchsorted(seen, seen[-1] / 2) <= BRIGHT:  # the median
        return []
    return [
        "The digits are dark on a bright background. Drawings are bright on black: open the data inverted."
    ]


def _images(count: int) -> str:
    return "1 image" if count == 1 else f"{count:,} images"


def _names(classes: list[str]) -> str:
    shown = ", ".join(f"'{name}'" for name in classes[:5])
    return shown + (f" and {len(classes) - 5} more classes" if len(classes) > 5 else "")
