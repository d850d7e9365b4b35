"""What to know of a data set before training on it: balance, range, duplicates, leakage."""

from __future__ import annotations

import hashlib

import msgspec
import numpy as np

from cnn_studio.core.datasets import DIGITS, Dataset
from cnn_studio.core.layers import Shape
from cnn_studio.data.options import Images, Labels

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
        constant: Images of one colour all over.
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
    """Look a data set over; MNIST's 70,000 images take 0.2 s on one core."""
    size = len(dataset.info.classes)
    train, test = _digests(dataset.x_train), _digests(dataset.x_test)
    first: dict[bytes, int] = {}
    for number, digest in enumerate(train):
        first.setdefault(digest, number)
    leaked = [(number, first[digest]) for number, digest in enumerate(test) if digest in first]
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
        duplicates_in_train=len(train) - len(first),
        duplicates_in_test=len(test) - len(set(test)),
        duplicates_across=len(leaked),
        conflicts=_conflicts(train + test, np.concatenate([dataset.y_train, dataset.y_test])),
        constant=_constant(dataset.x_train) + _constant(dataset.x_test),
        leaked=tuple(leaked[:EXAMPLES]),
    )
    return msgspec.structs.replace(facts, warnings=(*_warnings(facts), *_paper(dataset)))


def _digests(images: Images) -> list[bytes]:
    """Return a hash of each image; by chance two differ in all but one case of 2**128."""
    rows = np.ascontiguousarray(images).reshape(len(images), int(np.prod(images.shape[1:])))
    return [hashlib.blake2b(row.data, digest_size=DIGEST_BYTES).digest() for row in rows]


def _conflicts(digests: list[bytes], labels: Labels) -> int:
    seen: dict[bytes, int] = {}
    conflicting: set[bytes] = set()
    for digest, label in zip(digests, labels.tolist(), strict=True):
        if seen.setdefault(digest, label) != label:
            conflicting.add(digest)
    return len(conflicting)


def _constant(images: Images) -> int:
    return int((images == images[:, :1, :1]).all(axis=(1, 2, 3)).sum())


def _range(dataset: Dataset) -> tuple[int, int]:
    parts = [images for images in (dataset.x_train, dataset.x_test) if images.size]
    if not parts:
        return 0, 0
    return min(int(images.min()) for images in parts), max(int(images.max()) for images in parts)


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
            "The test result will flatter; remove them from one of the two.",
        ),
        (
            facts.conflicts,
            f"{_images(facts.conflicts)} with more than one label: the same pixels belong to "
            "different classes, so at least one label is wrong.",
        ),
        (untrained, f"No training images of {_names(untrained)}: this cannot be learned."),
        (untested, f"No test images of {_names(untested)}: how well it is recognised stays unknown."),
        (few, f"Fewer than {FEW_IMAGES} training images of {_names(few)}: too few to learn from."),
        (
            facts.imbalance > STRONG_IMBALANCE,
            f"Strong imbalance: the largest class has {facts.imbalance:.0f} times as many training images "
            "as the smallest. Look at the figures of each class, not only at the accuracy.",
        ),
        (
            facts.duplicates_in_train,
            f"{facts.duplicates_in_train:,} training images repeat another one; they count more than once, and "
            "may land in both training and validation.",
        ),
        (facts.duplicates_in_test, f"{facts.duplicates_in_test:,} test images repeat another one."),
        (
            facts.constant,
            f"{_images(facts.constant)} of one colour all over: there is nothing to see in them.",
        ),
        (high - low < BRIGHT, f"The pixels use only {low} to {high} of 0 to 255: the images are faint."),
    )
    return [sentence for reason, sentence in table if reason]


def _paper(dataset: Dataset) -> list[str]:
    """Digits dark on bright would be learned well, and drawings, bright on dark, misread."""
    if dataset.info.classes != DIGITS or not len(dataset.x_train):
        return []
    rim = np.concatenate([dataset.x_train[:, 0].ravel(), dataset.x_train[:, -1].ravel()])
    if float(np.median(rim)) <= BRIGHT:
        return []
    return ["The digits are dark on a bright ground. Drawings are bright on black: open the data inverted."]


def _images(count: int) -> str:
    return "1 image" if count == 1 else f"{count:,} images"


def _names(classes: list[str]) -> str:
    shown = ", ".join(f"'{name}'" for name in classes[:5])
    return shown + (f" and {len(classes) - 5} more classes" if len(classes) > 5 else "")
