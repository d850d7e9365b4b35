"""Which images a network is evaluated on, and where its answers are kept."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.settings import home
from cnn_studio.core.datasets.lazy_arrays import selected, written
from cnn_studio.core.datasets.registry import DatasetInfo, dataset_info, load_subset
from cnn_studio.core.datasets.splits import own_validation, split_indices
from cnn_studio.core.drawing.collection import Collection, my_drawings_path
from cnn_studio.core.drawing.image_input import drawing_to_input
from cnn_studio.core.recipes.recipe import AnySplit, DatasetSplit, WatchedTestSplit
from cnn_studio.core.runs.model_card import ModelCard, card_recipe
from cnn_studio.core.runs.run_folder import EVALUATION_FILE, RUN_FILE

Subset = Literal["test", "validation", "train", "drawings"]
Labels = NDArray[np.int32]


@dataclass(frozen=True)
class EvaluatedImages:
    """Labeled images for a network.

    Attributes:
        images: (N, height, width, channels) uint8.
        labels: (N,) int32, the true classes as the network numbers them.
        classes: Their names, in the network's order.
        dataset: The data set's name; empty for drawings.
        indices: (N,) their numbers among the data set's training or test images; None where all are
            taken in order.
        kept_nowhere: Whether these images cannot be had again by data set, part and index.
    """

    images: NDArray[np.uint8]
    labels: Labels
    classes: tuple[str, ...]
    dataset: str
    indices: NDArray[np.int64] | None = None
    kept_nowhere: bool = False


def evaluation_path(source: Path, subset: Subset, dataset: str | None = None) -> Path:
    """Return where the answers of a run or a model file are kept.

    Args:
        source: A run folder, or a model file anywhere.
        subset: Of the data set.
        dataset: None for the one it was trained on.
    """
    if (source / RUN_FILE).is_file():
        folder = source
    else:
        folder = home() / "evaluations" / f"{source.stem}-{_digest(_identity(source))}"
    parts = [Path(EVALUATION_FILE).stem]
    if dataset is not None and subset != "drawings":
        readable = re.sub(r"[^A-Za-z0-9_]+", "-", dataset).strip("-")[-40:]
        parts.append(f"{readable}-{_digest(dataset)}")
    if subset != "test":
        parts.append(subset)
    return folder / f"{'-'.join(parts)}.npz"


def _identity(source: Path) -> str:
    """Return what distinguishes a model file from another one, also from one that had its name before."""
    try:
        status = source.stat()
    except OSError:
        return str(source.resolve())
    return f"{source.resolve()} {status.st_size} {status.st_mtime_ns}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def images_for(
    card: ModelCard, subset: Subset, dataset: str | None, limit: int | None, origin: str
) -> EvaluatedImages:
    """Return the images a network is to be evaluated on.

    Args:
        card: The network's.
        subset: "validation" and "train" are those its recipe validated on and trained on; of another data
            set than its own, "train" are all training images.
        dataset: None for the one it was trained on.
        limit: How many of the first training images it was trained with; None for all.
        origin: What messages call the network.

    Raises:
        StudioError: If there are none, or they do not fit the network.
    """
    if subset == "drawings":
        return _drawings(card, origin)
    name = dataset or card.dataset
    if not name:
        raise StudioError(
            f"{origin} does not say which data set it was trained on.",
            "It was not written by CNN Studio.",
            "Choose a data set to evaluate it on (--dataset).",
        )
    info = dataset_info(name)
    numbers, classes = _numbering(card, info, origin)
    own = name == card.dataset and bool(card.recipe)
    split = _split(card, subset, info, own, origin)
    if subset == "validation" and isinstance(split, DatasetSplit):
        images, labels = own_validation(split, info)
        return EvaluatedImages(images, numbers[labels], classes, name, kept_nowhere=True)
    watched_test = subset == "validation" and isinstance(split, WatchedTestSplit)
    images, labels = load_subset(name, "test" if subset == "test" or watched_test else "train")
    indices = None if split is None or watched_test else _indices(split, subset, len(labels[:limit]), origin)
    if indices is not None:
        images, labels = written([selected(images, indices)], info.title), labels[indices]
    if not len(labels):
        raise StudioError(
            f"There is nothing to evaluate {origin} on.",
            f"{info.title} has no {subset} images.",
            "Choose other images.",
        )
    return EvaluatedImages(images, numbers[labels], classes, name, indices)


def _numbering(card: ModelCard, info: DatasetInfo, origin: str) -> tuple[Labels, tuple[str, ...]]:
    """Return the network's number of each class of a data set, and the names of the network's classes."""
    if info.image_shape == card.input_shape:
        if set(info.classes) <= set(card.classes):
            return np.array([card.classes.index(name) for name in info.classes], np.int32), card.classes
        unnamed = not card.dataset and len(info.classes) == len(card.classes)
        if unnamed:  # a third-party model: its classes have no names, only an order
            return np.arange(len(info.classes), dtype=np.int32), info.classes
    strange = [name for name in info.classes if name not in card.classes]
    known = f"it knows {_listed(card.classes)}; the data set has {_listed(info.classes)}"
    shapes = f"It takes images of {_sides(card.input_shape)}, and {known} of {_sides(info.image_shape)}."
    raise StudioError(
        f"{origin} does not fit the data set {info.title}.",
        shapes if info.image_shape != card.input_shape else f"It does not know {_listed(strange)}: {known}.",
        "Choose images of the kind it was trained on.",
    )


def _listed(names: tuple[str, ...] | list[str]) -> str:
    """Return a few class names in words."""
    shown = ", ".join(names[:4]) + (" …" if len(names) > 4 else "")
    return f"{len(names)} classes ({shown})" if len(names) > 1 else f"the class {shown}"


def _sides(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape))


def _split(card: ModelCard, subset: Subset, info: DatasetInfo, own: bool, origin: str) -> AnySplit | None:
    """Return how the training images of a data set are divided; None where they are not, or do not matter."""
    if own and subset != "test":
        return card_recipe(card, origin).split
    if subset == "validation":
        raise StudioError(
            "There are no validation images.",
            f"{origin} was not trained on {info.title} here, so nothing of it was set aside.",
            "Choose the test or the training images.",
        )
    return None


def _indices(split: AnySplit, subset: Subset, count: int, origin: str) -> NDArray[np.int64]:
    """Return the numbers, ascending, of the images trained on or validated on among the first `count`."""
    train, validation = split_indices(split, count)
    if subset == "validation" and not len(validation):
        raise StudioError(
            "There are no validation images.",
            f"The recipe of {origin} learned from all training images and set none aside.",
            "Choose the test images.",
        )
    return np.sort(train if subset == "train" else validation)


def _drawings(card: ModelCard, origin: str) -> EvaluatedImages:
    images, labels = [], []
    for drawing in Collection(my_drawings_path()).drawings:
        if drawing.label not in card.classes:
            continue
        image = drawing_to_input(drawing.arrays(), card.classes, card.input_shape)
        if image is not None:
            images.append(image)
            labels.append(card.classes.index(drawing.label))
    if not images:
        raise StudioError(
            "There are no drawings to evaluate.",
            f"My drawings hold none of a class that {origin} knows.",
            "Draw some on the Draw tab and say what they show.",
        )
    stacked = np.stack(images)
    return EvaluatedImages(stacked, np.array(labels, np.int32), card.classes, "", kept_nowhere=True)
