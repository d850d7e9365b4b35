"""Answers on training images by networks that did not learn from them: k-fold cross-validation."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

import keras
import msgspec
import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.base.errors import Canceled, StudioError
from cnn_studio.core.datasets.lazy_arrays import selected, written
from cnn_studio.core.datasets.registry import DatasetInfo, load_dataset
from cnn_studio.core.evaluation.predictions import Evaluation
from cnn_studio.core.network.network import with_classes
from cnn_studio.core.protocol.events import AnyEvent, BatchEnded
from cnn_studio.core.recipes.recipe import NoSplit, Recipe
from cnn_studio.engine.builder import build_model
from cnn_studio.engine.data_pipeline import Parts, scaling_of
from cnn_studio.engine.devices import find_device, usable_precision
from cnn_studio.engine.fused_layers import LAYERS
from cnn_studio.engine.training_control import Control
from cnn_studio.engine.training_loop import Epochs, Job
from cnn_studio.engine.training_step import Answering

FOLDS = 5


def cross_validate(
    recipe: Recipe,
    folds: int = FOLDS,
    *,
    limit: int | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> Evaluation:
    """Train a recipe once a fold, each time without a share of the images, and let it read that share.

    Args:
        recipe: What to train; its split and its early stopping are left out, its last layer is made to fit.
        folds: How many networks are trained; each image is read by the one that never saw it.
        limit: Use only the first training images.
        should_stop: Asked after each batch.
        on_progress: Told how many batches of how many are learned, at most ten times a second.

    Returns:
        The answers on all training images, subset "train".

    Raises:
        StudioError: If there are too few images, or the network does not fit or diverges.
        Canceled: When `should_stop` says so.
    """
    dataset = load_dataset(recipe.dataset)
    labels = dataset.y_train[:limit]
    if not 2 <= folds <= len(labels):
        raise StudioError(
            "The images cannot be divided.",
            f"{folds} folds were requested for {len(labels)} images.",
            "Choose at least 2 folds, each with at least one image.",
        )
    recipe = msgspec.structs.replace(
        recipe,
        layers=with_classes(recipe.layers, len(dataset.info.classes)),
        split=NoSplit(),
        early_stopping=None,
        pen_digits=0,
        leave_out="none",
    )
    part_of = folded(labels, folds, recipe.training.seed)
    answers = np.zeros((len(labels), len(dataset.info.classes)), np.float32)
    for fold in range(folds):
        held, others = np.flatnonzero(part_of == fold), np.flatnonzero(part_of != fold)
        parts = Parts(
            selected(dataset.x_train, others),
            labels[others],
            dataset.x_train[:0],
            labels[:0],
        )
        model, scaling = _learn(recipe, dataset.info, parts, fold, folds, should_stop, on_progress)
        images = written([selected(dataset.x_train, held)], dataset.info.title)
        answers[held] = Answering(model, scaling)(images, should_stop)
    return Evaluation(answers, labels, dataset.info.classes, recipe.dataset, "train")


def folded(labels: NDArray[np.int32], folds: int, seed: int) -> NDArray[np.int64]:
    """Return (N,) the part each image is held back in; every class is spread evenly over the parts."""
    order = np.random.default_rng(seed).permutation(len(labels))
    by_class = order[np.argsort(labels[order], kind="stable")]
    parts = np.empty(len(labels), np.int64)
    parts[by_class] = np.arange(len(labels)) % folds
    return parts


def _learn(
    recipe: Recipe,
    info: DatasetInfo,
    parts: Parts,
    fold: int,
    folds: int,
    should_stop: Callable[[], bool],
    on_progress: Callable[[int, int], None],
) -> tuple[keras.Model, tuple[float, float]]:
    """Return one fold's network, which computes in float32, and the scaling of its input."""
    scaling = scaling_of(recipe.scaling, parts.x_train)
    device = find_device(recipe.training.device)
    precision = usable_precision(recipe.training.precision, device)
    keras.utils.set_random_seed(recipe.training.seed)
    model = build_model(recipe, info, precision, LAYERS)
    epochs = recipe.training.epochs

    def hear(event: AnyEvent) -> None:
        if isinstance(event, BatchEnded):
            done = (fold * epochs + event.epoch - 1) * event.steps + event.step
            on_progress(done, folds * epochs * event.steps)

    with tempfile.TemporaryDirectory() as folder:
        job = Job(hear, Control(should_stop))
        learned = Epochs(model, recipe, parts, scaling, Path(folder), job).run()
    if learned.stopped:
        raise Canceled
    final = build_model(recipe, info)
    final.set_weights(model.get_weights())
    return final, scaling
