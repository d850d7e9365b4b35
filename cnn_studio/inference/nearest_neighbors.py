"""The training images nearest to a drawing, as the network sees them.

Near means near in the features that enter the last dense layer. Those of 60,000 images are computed once a
model with ONNX (some 15 s on one core) and kept as float16 under the person's folder (15 MB for 128
features) by the model's hash: shipping them would take as much again as MNIST itself, and would serve one
model only.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.base.atomic_files import replacing
from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.settings import home
from cnn_studio.core.datasets.registry import DIGITS, REGISTRY, dataset_info, load_subset
from cnn_studio.core.runs.model_card import ModelCard
from cnn_studio.inference.activations import Activations

MOST_IMAGES = 60_000
PART = 250
"""Images between two checks of whether the work is still wanted."""
KEPT_INDEXES = 8
"""Models whose features are kept; the one used least recently goes first."""


@dataclass(frozen=True)
class Neighbor:
    """One training image.

    Attributes:
        number: Its number among the training images.
        image: Its pixels, as the network takes them.
        label: The number of its class.
        distance: Euclidean, between features.
    """

    number: int
    image: NDArray[np.uint8]
    label: int
    distance: float


class Index:
    """The features of training images.

    Args:
        features: (N, features) float16.
        images: (N, ...) uint8.
        labels: (N,) class numbers.
    """

    def __init__(
        self, features: NDArray[np.float16], images: NDArray[np.uint8], labels: NDArray[np.int32]
    ) -> None:
        self._features = features.astype(np.float32)
        self._squares = (self._features**2).sum(axis=1)
        self._images, self._labels = images, labels

    def __len__(self) -> int:
        return len(self._features)

    def nearest(self, features: NDArray[np.float32], count: int = 3) -> list[Neighbor]:
        """Return the nearest training images, the nearest first.

        Args:
            features: (features,) of the drawing, from `Activations.features`.
            count: How many.
        """
        rounded = features.astype(np.float16).astype(np.float32)  # as the others were
        roughly = self._squares - 2 * (self._features @ rounded)
        few = np.argpartition(roughly, min(4 * count, len(self) - 1))[: 4 * count]
        distances = np.linalg.norm(self._features[few] - rounded, axis=1)
        order = np.lexsort((few, distances))[:count]
        return [
            Neighbor(int(few[index]), self._images[few[index]], int(self._labels[few[index]]),
                      float(distances[index]))
            for index in order
        ]  # fmt: skip


def training_set(card: ModelCard) -> str:
    """Return the name of the data set a network learned from.

    Raises:
        StudioError: If it is not known, or is not here.
    """
    name = card.dataset or ("mnist" if card.classes == DIGITS else "")
    why = "Its file does not say what it was trained on."
    if name:
        info = dataset_info(name)
        if info.image_shape == card.input_shape:
            return name
        why = f"It takes images of {card.input_shape}, those of {info.title} are {info.image_shape}."
    raise StudioError("There are no training images to compare with.", why, "Choose another model.")


def open_index(
    content: bytes,
    activations: Activations,
    report: Callable[[float], None] = lambda share: None,
    canceled: Callable[[], bool] = lambda: False,
) -> Index | None:
    """Return the features of a network's training images, kept ones where there are some.

    Args:
        content: The bytes of the model's file, whose hash names the kept features.
        activations: The opened network.
        report: Notified of the share that is done, 0 to 1.
        canceled: Asked every 250 images; the work is given up where it says so.

    Returns:
        The index; None where canceled.

    Raises:
        StudioError: If the training images are not known or cannot be read.
    """
    name = training_set(activations.card)
    images, labels = load_subset(name, "train")
    images, labels = images[:MOST_IMAGES], labels[:MOST_IMAGES]
    # Only what is shipped stays as it is; other data may change under the same name.
    stem = hashlib.sha256(content + (b"" if name in REGISTRY else images[:].tobytes())).hexdigest()[:32]
    path = home() / "features" / f"{stem}.npy"
    kept = _kept(path, len(images))
    if kept is not None:
        return Index(kept, images, labels)
    parts = []
    for start in range(0, len(images), PART):
        if canceled():
            return None
        report(start / len(images))
        parts.append(_half(activations.features(images[start : start + PART])))
    features = np.concatenate(parts)
    _keep(path, features)
    return Index(features, images, labels)


def _half(features: NDArray[np.float32]) -> NDArray[np.float16]:
    limit = float(np.finfo(np.float16).max)
    return np.clip(features, -limit, limit).astype(np.float16)


def _kept(path: Path, count: int) -> NDArray[np.float16] | None:
    try:
        with path.open("rb") as file:
            features = np.load(file, allow_pickle=False)
        path.touch()
    except (OSError, EOFError, ValueError):  # not there, or damaged: computed again
        return None
    sound = features.dtype == np.float16 and features.ndim == 2 and len(features) == count
    return features if sound else None


def _keep(path: Path, features: NDArray[np.float16]) -> None:
    """Write features, and drop those of models not asked for lately; a full disc only costs the time again."""
    try:
        with replacing(path) as temporary, temporary.open("wb") as file:
            np.save(file, features)
        others = sorted(path.parent.glob("*.npy"), key=lambda other: other.stat().st_mtime)
        for old in others[:-KEPT_INDEXES]:
            old.unlink()
    except OSError:
        return
