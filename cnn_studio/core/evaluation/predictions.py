"""What a network got right and wrong, from its probabilities and the true classes.

Definitions are scikit-learn's: row = true class, column = predicted class; a figure whose denominator
is 0 is 0. `tests/core/test_evaluation.py` compares them with scikit-learn.
"""

from __future__ import annotations

import math
import zipfile
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.base.atomic_files import replacing
from cnn_studio.core.base.errors import StudioError


@dataclass(frozen=True)
class Evaluation:
    """A network's answers on labeled images.

    Attributes:
        probabilities: (N, classes) float32, each row sums to 1.
        labels: (N,) int32, the true classes.
        classes: The names of the classes, in order.
        dataset: The data set's name; empty for drawings.
        subset: Which part of it: test, validation, train, or a person's drawings.
        indices: (N,) the images' numbers among the data set's training or test images; None where they are
            all test images in order.
        images: (N, height, width, channels) uint8, where they are kept nowhere else.
    """

    probabilities: NDArray[np.float32]
    labels: NDArray[np.int32]
    classes: tuple[str, ...]
    dataset: str
    subset: str = "test"
    indices: NDArray[np.int64] | None = None
    images: NDArray[np.uint8] | None = None

    @cached_property
    def predictions(self) -> NDArray[np.intp]:
        """(N,) the most probable class of each image."""
        predictions: NDArray[np.intp] = self.probabilities.argmax(axis=1)
        return predictions

    @cached_property
    def confidences(self) -> NDArray[np.float32]:
        """(N,) the probability of the predicted class."""
        confidences: NDArray[np.float32] = self.probabilities.max(axis=1)
        return confidences

    @property
    def accuracy(self) -> float:
        """Share of images whose predicted class is the true one; 0 where there are none."""
        return float(np.mean(self.predictions == self.labels)) if len(self.labels) else 0.0

    @property
    def loss(self) -> float:
        """Mean cross-entropy in nats, probabilities clipped at 1e-7 as Keras does."""
        if not len(self.labels):
            return 0.0
        true = self.probabilities[np.arange(len(self.labels)), self.labels].astype(np.float64)
        return float(-np.log(np.clip(true, 1e-7, 1.0)).mean()) + 0.0  # not "-0.0"

    def confusion_matrix(self) -> NDArray[np.int64]:
        """Return (classes, classes) counts, row = true class, column = predicted class."""
        size = len(self.classes)
        flat = np.bincount(self.labels.astype(np.int64) * size + self.predictions, minlength=size * size)
        return flat.reshape(size, size)

    def images_in_cells(self, cells: Collection[tuple[int, int]]) -> NDArray[np.intp]:
        """Return the numbers of the images of some (true, predicted) cells, the most confident answer first."""
        wanted = np.zeros((len(self.classes), len(self.classes)), bool)
        for true, predicted in cells:
            wanted[true, predicted] = True
        return self._most_confident_first(wanted[self.labels, self.predictions])

    def errors(self) -> NDArray[np.intp]:
        """Return the numbers of the misread images, the most confident mistake first."""
        return self._most_confident_first(self.predictions != self.labels)

    def _most_confident_first(self, chosen: NDArray[np.bool_]) -> NDArray[np.intp]:
        numbers = np.flatnonzero(chosen)
        return numbers[np.argsort(-self.confidences[numbers], kind="stable")]


class ClassFigures(msgspec.Struct, frozen=True):
    """Precision, recall and F1 of one class, and how many images it has."""

    name: str
    precision: float
    recall: float
    f1: float
    support: int


def per_class(matrix: NDArray[np.int64], classes: tuple[str, ...]) -> list[ClassFigures]:
    """Return the figures of each class from a confusion matrix."""
    right = np.diag(matrix).astype(float)
    predicted = matrix.sum(axis=0)
    true = matrix.sum(axis=1)
    precision = np.divide(right, predicted, out=np.zeros_like(right), where=predicted > 0)
    recall = np.divide(right, true, out=np.zeros_like(right), where=true > 0)
    both = precision + recall
    f1 = np.divide(2 * precision * recall, both, out=np.zeros_like(right), where=both > 0)
    return [
        ClassFigures(name, float(p), float(r), float(f), int(n))
        for name, p, r, f, n in zip(classes, precision, recall, f1, true, strict=True)
    ]


def row_normalized(matrix: NDArray[np.int64]) -> NDArray[np.float64]:
    """Divide each row by its sum; an empty row stays 0."""
    totals = matrix.sum(axis=1, keepdims=True)
    shares: NDArray[np.float64] = np.divide(matrix, totals, out=np.zeros(matrix.shape), where=totals > 0)
    return shares


def column_normalized(matrix: NDArray[np.int64]) -> NDArray[np.float64]:
    """Divide each column by its sum; an empty column stays 0."""
    return row_normalized(matrix.T).T


def wilson_interval(right: int, total: int, z: float = 1.959964) -> tuple[float, float]:
    """Return the 95 % confidence interval of a share (Wilson, JASA 1927); (0, 1) for no images."""
    if total == 0:
        return 0.0, 1.0
    share = right / total
    center = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z / (1 + z * z / total) * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    return max(0.0, center - half), min(1.0, center + half)


def save_evaluation(evaluation: Evaluation, path: Path) -> None:
    """Write an evaluation as `.npz` without pickles."""
    arrays: dict[str, Any] = {
        "probabilities": evaluation.probabilities,
        "labels": evaluation.labels,
        "classes": np.array(evaluation.classes),
        "dataset": np.array(evaluation.dataset),
        "subset": np.array(evaluation.subset),
        "places": evaluation.indices,
        "images": evaluation.images,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez_compressed(file, **{name: array for name, array in arrays.items() if array is not None})


def load_evaluation(path: Path) -> Evaluation:
    """Read an evaluation.

    Raises:
        StudioError: If the file is missing or damaged.
    """
    try:
        # Opened here, since np.load leaves a damaged file open.
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            evaluation = Evaluation(
                archive["probabilities"],
                archive["labels"],
                tuple(str(name) for name in archive["classes"]),
                str(archive["dataset"]),
                str(archive["subset"]),
                archive.get("places"),
                archive.get("images"),
            )
            _require_sound(evaluation)
            return evaluation
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise StudioError(
            "Cannot read the evaluation.", f"{path}: {error}", "Evaluate the run again."
        ) from error


def _require_sound(evaluation: Evaluation) -> None:
    """Check that the arrays of a file fit one another.

    Raises:
        ValueError: If they do not.
    """
    count, classes = len(evaluation.labels), len(evaluation.classes)
    if evaluation.probabilities.shape != (count, classes):
        raise ValueError(
            f"{count} labels of {classes} classes, answers of the shape {evaluation.probabilities.shape}"
        )
    labels = evaluation.labels
    if labels.ndim != 1 or (count and not 0 <= labels.min() <= labels.max() < classes):
        raise ValueError(f"labels beyond the {classes} classes")
    if not np.isfinite(evaluation.probabilities).all():
        raise ValueError("answers that are no numbers")
    for name, array in (("places", evaluation.indices), ("images", evaluation.images)):
        if array is not None and len(array) != count:
            raise ValueError(f"{count} labels, {len(array)} {name}")
