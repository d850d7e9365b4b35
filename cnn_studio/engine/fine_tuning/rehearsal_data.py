"""What fine-tuning learns from: a person's drawings, and images of the data set beside them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.datasets.mapped_arrays import LARGE_BYTES
from cnn_studio.core.datasets.registry import DatasetInfo, load_dataset
from cnn_studio.core.datasets.splits import split_indices
from cnn_studio.core.drawing.image_input import drawing_to_input
from cnn_studio.core.drawing.jsonl import Drawing, read_drawings
from cnn_studio.core.recipes.recipe import LastSplit, RandomSplit, Recipe
from cnn_studio.core.runs.fine_tuning_record import (
    FINE_TUNING_FILE,
    digest_of,
    held_back,
    notes_on,
    read_fine_tuning,
)
from cnn_studio.core.runs.model_card import ModelCard
from cnn_studio.core.synthetic.digits import drawn_digits
from cnn_studio.engine.model_sources import left_out_of, limit_of, run_folder_of

REHEARSED = 20_000
"""Images of the data set to draw from: each is seen about twice in a fine-tuning."""
GUARDED = 3000
"""Images that are watched for what is forgotten."""
LARGEST_SHARE = 0.125
"""Of a batch: drawings."""
MOST_REPEATS = 2
"""Of one drawing in a batch, so that a handful does not become an eighth of everything."""
LEAST_REST = 0.1
"""Of its usual share of a batch that a class keeps among the data set's images, however many drawings it has."""

Pixels = NDArray[np.uint8]
Labels = NDArray[np.int32]


@dataclass(frozen=True)
class DrawnImages:
    """The drawings that are used.

    Attributes:
        drawings: As they were read.
        digests: See `core.runs.fine_tuning_record.digest_of`.
        names: Their classes by name.
        labels: (N,) their classes by number.
        images: (N, height, width, channels) uint8.
        held: (N,) which are held back.
        taught_before: Digests of those the model was taught earlier.
        notes: What was left out, and what there is too little of.
    """

    drawings: tuple[Drawing, ...]
    digests: tuple[str, ...]
    names: tuple[str, ...]
    labels: Labels
    images: Pixels
    held: NDArray[np.bool_]
    taught_before: tuple[str, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Rehearsal:
    """Images of the data set.

    Attributes:
        info: Its row.
        x: To learn from again, (N, height, width, channels).
        y: Their classes.
        x_validation: To calibrate with; the network never learned from them. There may be none.
        y_validation: Their classes.
        x_guard: To see whether something is forgotten: those, or others that are not among `x`.
        y_guard: Their classes.
        x_test: The test images.
        y_test: Their classes.
    """

    info: DatasetInfo
    x: Pixels
    y: Labels
    x_validation: Pixels
    y_validation: Labels
    x_guard: Pixels
    y_guard: Labels
    x_test: Pixels
    y_test: Labels


def drawn_from(path: Path, source: Path, card: ModelCard, share: float, seed: int) -> DrawnImages:
    """Read a file of drawings and choose those that are held back; see `core.runs.fine_tuning_record.held_back`.

    Raises:
        StudioError: If it cannot be read, or does not suffice.
    """
    found: dict[str, tuple[Drawing, Pixels]] = {}
    strange, blank, read = 0, 0, read_drawings(path)
    for drawing in read:
        image = drawing_to_input(drawing.arrays(), card.classes, card.input_shape)
        strange += str(drawing.label) not in card.classes
        blank += image is None and str(drawing.label) in card.classes
        if image is not None and str(drawing.label) in card.classes:
            found[digest_of(drawing)] = drawing, image
    repeated = len(read) - strange - blank - len(found)
    drawings = tuple(drawing for drawing, _ in found.values())
    names = tuple(str(drawing.label) for drawing in drawings)
    before = _taught_before(source)
    held = held_back(names, tuple(found), share, seed, frozenset(before))
    if not held.any() or held.all():
        raise StudioError(
            "There are too few drawings to fine-tune on.",
            f"Of {len(read)} drawings {len(found)} can be used for this model, no two of one class; at least one "
            "is needed to teach and another one of its class to check.",
            "Draw more, or label the ones you have.",
        )
    reasons = (
        (strange, "without a class of this model"),
        (blank, "blank"),
        (repeated, "drawn more than once"),
    )
    left_out = [f"{count} left out: {why}." for count, why in reasons if count]
    return DrawnImages(
        drawings=drawings,
        digests=tuple(found),
        names=names,
        labels=np.array([card.classes.index(name) for name in names], np.int32),
        images=np.stack([image for _, image in found.values()]),
        held=held,
        taught_before=before + tuple(d for d, kept in zip(found, held, strict=True) if not kept),
        notes=(*left_out, *notes_on(names, held, card.classes)),
    )


def _taught_before(source: Path) -> tuple[str, ...]:
    """Return the digests of all drawings a taught run has learned from."""
    folder = run_folder_of(source)
    return read_fine_tuning(folder).taught_before if (folder / FINE_TUNING_FILE).is_file() else ()


def rehearsal_for(recipe: Recipe, source: Path, seed: int) -> Rehearsal:
    """Choose the images of the data set that a network's fine-tuning goes on with.

    They are some that its recipe trains on, with digits drawn by a program where the recipe has them. What
    the recipe validated on stays apart; where it watched the test set, or nothing, there is none.

    Raises:
        StudioError: If the data set is not here.
    """
    dataset = load_dataset(recipe.dataset)
    limit = limit_of(source)
    x, y = dataset.x_train[:limit], dataset.y_train[:limit]
    apart = isinstance(recipe.split, RandomSplit | LastSplit)
    train, validation = split_indices(recipe.split, len(x)) if apart else (np.arange(len(x)), np.arange(0))
    train = train[~np.isin(train, left_out_of(source))]
    most = max(1, LARGE_BYTES // (2 * int(np.prod(x.shape[1:]))))
    random = np.random.default_rng((seed, len(x)))
    order = random.permutation(train)
    chosen = np.sort(order[: min(REHEARSED, most, max(1, len(order) - len(order) // 4))])
    guard = validation if len(validation) else order[len(chosen) :]
    again, labels = x[chosen], y[chosen]
    if recipe.pen_digits:
        count = round(len(chosen) * recipe.pen_digits / len(train))
        drawn, drawn_labels = drawn_digits(count, recipe.training.seed)
        again, labels = np.concatenate([again, drawn]), np.concatenate([labels, drawn_labels])
    checked, watched = np.sort(validation[:most]), np.sort(guard[: min(GUARDED, most)])
    return Rehearsal(
        info=dataset.info,
        x=again,
        y=labels,
        x_validation=x[checked],
        y_validation=y[checked],
        x_guard=x[watched],
        y_guard=y[watched],
        x_test=dataset.x_test,
        y_test=dataset.y_test,
    )


def rehearsal_batches(
    labels: Labels, taught: int, steps: int, batch_size: int, seed: int
) -> NDArray[np.int64]:
    """Put the batches together, (steps, batch size) numbers of images.

    A batch has at most an eighth of drawings, all drawings equally often. The rest is drawn from the data
    set so that each class comes as often as it does there, drawings included, as far as that can be.

    Args:
        labels: (N,) the classes of all images, the taught drawings first.
        taught: How many of them are drawings.
        steps: Batches.
        batch_size: Images a batch.
        seed: Another one makes another order.
    """
    random = np.random.default_rng((seed, steps))
    drawings = max(1, min(round(LARGEST_SHARE * batch_size), MOST_REPEATS * taught))
    rounds = -(-steps * drawings // taught)
    order = np.concatenate([random.permutation(taught) for _ in range(rounds)])
    first = order[: steps * drawings].reshape(steps, drawings)
    classes = int(labels.max()) + 1
    usual = np.bincount(labels[taught:], minlength=classes)
    wanted = batch_size * usual / usual.sum()
    drawn = drawings * np.bincount(labels[:taught], minlength=classes) / taught
    rest = np.maximum(wanted - drawn, LEAST_REST * wanted)
    chances = (rest / np.maximum(usual, 1))[labels[taught:]]
    others = random.choice(
        np.arange(taught, len(labels)), (steps, batch_size - drawings), p=chances / chances.sum()
    )
    return np.concatenate([first, others], axis=1).astype(np.int64)
