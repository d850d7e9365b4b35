"""The network that is taught: read with, taught, and mixed with what it was."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import keras
import msgspec
import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.base.errors import Canceled, StudioError
from cnn_studio.core.protocol.events import BatchEnded, Report
from cnn_studio.core.recipes.recipe import Augmentation, Recipe, recipe_to_mapping
from cnn_studio.core.runs.model_card import ModelCard, card_recipe
from cnn_studio.engine.augmentation import preview
from cnn_studio.engine.builder import build_loss, build_model
from cnn_studio.engine.calibration import fitted_temperature
from cnn_studio.engine.data_pipeline import Parts
from cnn_studio.engine.devices import usable_precision
from cnn_studio.engine.execution_tuner import ExecutionTuner
from cnn_studio.engine.fine_tuning.rehearsal_data import DrawnImages, Rehearsal, rehearsal_batches
from cnn_studio.engine.model_sources import open_source
from cnn_studio.engine.training_step import Answering, TrainingStep

DEVICE = "cpu"
"""Fine-tuning takes seconds there, and leaves a GPU's memory to the trainings."""
LEARNING_RATE = 5e-4
"""Falling to nothing. Smaller and for fewer steps is not gentler: rehearsal then has not yet repaired what the
drawings displaced. Of 10,000 test images `studio-quick` misread 16 more after 200 steps from 2e-4, and no more
after 400 steps from 5e-4 (means of four fine-tunings of two people's drawings, all that was learned taken)."""
GENTLE = Augmentation(
    shift_px=1.0, rotation_degrees=8.0, scale_fraction=0.08, shear_degrees=6.0, elastic_px=0.8, thickness=0.2
)
"""For recipes that vary nothing themselves."""
BLENDS = (1.0, 0.75, 0.5)
"""Shares of what was learned that are compared."""
GUARD_COPIES = 2
TAUGHT = ", taught"
LONGEST_NAME = 100
SECONDS_BETWEEN_BATCH_EVENTS = 0.1

Stop = Callable[[], bool]
Weights = list[NDArray[np.float32]]


@dataclass(frozen=True)
class TunerAnswers:
    """What a network said: (N, classes) of the drawings and of the test images."""

    drawings: NDArray[np.float32]
    test: NDArray[np.float32]


@dataclass(frozen=True)
class FineTuner:
    """A network that can be taught.

    Attributes:
        name: What it is called.
        model: The float32 network that is kept.
        card: Its card as it was.
        recipe: The recipe of the fine-tuned network.
    """

    name: str
    model: keras.Model
    card: ModelCard
    recipe: Recipe

    @property
    def scaling(self) -> tuple[float, float]:
        """(scale, offset) of its input."""
        return self.card.input_scale, self.card.input_offset

    def read(self, drawn: DrawnImages, rehearsal: Rehearsal, should_stop: Stop) -> TunerAnswers:
        """Read the drawings and the test images."""
        answer = Answering(self.model, self.scaling)
        return TunerAnswers(answer(drawn.images, should_stop), answer(rehearsal.x_test, should_stop))

    def learn(
        self, drawn: DrawnImages, rehearsal: Rehearsal, seed: int, progress: FineTuningProgress
    ) -> Weights:
        """Return the weights a twin has after learning from the taught drawings among images of the data set.

        Batch normalization keeps its statistics and scales.
        """
        recipe = self.recipe
        keras.utils.set_random_seed(seed)
        twin = build_model(recipe, rehearsal.info, usable_precision(recipe.training.precision, DEVICE))
        twin.set_weights(self.model.get_weights())
        _set_normalization(twin, trainable=False)
        images = np.concatenate([drawn.images[~drawn.held], rehearsal.x])
        labels = np.concatenate([drawn.labels[~drawn.held], rehearsal.y])
        parts = Parts(images, labels, images[:0], labels[:0])
        optimizer = keras.optimizers.Adam(LEARNING_RATE)
        step = TrainingStep(twin, optimizer, build_loss(recipe), parts, recipe, self.scaling)
        taught = int((~drawn.held).sum())
        order = rehearsal_batches(labels, taught, progress.steps, recipe.training.batch_size, seed)
        rates = LEARNING_RATE * (1 + np.cos(np.pi * np.arange(progress.steps) / progress.steps)) / 2
        pace, done = ExecutionTuner(), 0
        while done < progress.steps:
            numbers = order[done : done + pace.steps]
            called = time.perf_counter()
            step.run(numbers, rates[done : done + len(numbers)].tolist(), (seed, done))
            pace.after_call(len(numbers), time.perf_counter() - called)
            done += len(numbers)
            progress.tell(done, numbers.size, float(rates[done - 1]), step)
        _set_normalization(twin, trainable=True)
        weights: Weights = twin.get_weights()
        return weights

    def take(self, learned: Weights, rehearsal: Rehearsal, seed: int, should_stop: Stop) -> float:
        """Take as much of what was learned as does not make it forget; return that share.

        Weights between the old and the new ones keep most of both (Wortsman et al., "Robust fine-tuning of
        zero-shot models", CVPR 2022). Of all, three quarters and half, that share is taken with which the fewest
        of the guard's images are misread, the larger one of equals; less teaches little.
        Each of the images is varied twice: as they are, a good network misreads too few to compare by.
        """
        strengths = self.recipe.augmentation
        copies = [preview(rehearsal.x_guard, strengths, seed // 2 + copy) for copy in range(GUARD_COPIES)]
        varied, labels = np.concatenate(copies), np.tile(rehearsal.y_guard, GUARD_COPIES)
        answer = Answering(self.model, self.scaling)

        def misread() -> int:
            return int((answer(varied, should_stop).argmax(axis=1) != labels).sum())

        def blend(share: float) -> None:
            self.model.set_weights(
                [old + share * (new - old) for old, new in zip(before, learned, strict=True)]
            )

        before: Weights = self.model.get_weights()
        errors = {}
        for share in BLENDS:
            blend(share)
            errors[share] = misread()
        taken = min(errors, key=lambda share: (errors[share], -share))
        blend(taken)
        return taken

    def card_after(self, rehearsal: Rehearsal, should_stop: Stop) -> ModelCard:
        """Return the card of the fine-tuned network, calibrated anew where there are images for it."""
        card = msgspec.structs.replace(self.card, recipe=recipe_to_mapping(self.recipe))
        if not len(rehearsal.x_validation):
            return card
        answers = Answering(self.model, self.scaling)(rehearsal.x_validation, should_stop)
        return msgspec.structs.replace(card, temperature=fitted_temperature(answers, rehearsal.y_validation))


class FineTuningProgress:
    """Reports how far it is, and ends it when asked to."""

    def __init__(self, report: Report, should_stop: Stop, job: str, steps: int) -> None:
        self._report, self._should_stop, self._job, self.steps = report, should_stop, job, steps
        self._began, self._told = time.perf_counter(), 0.0
        self.images = 0

    def tell(self, done: int, images: int, learning_rate: float, step: TrainingStep) -> None:
        """Tell of the steps done, images in the last call; raise `Canceled` when that is wanted."""
        self.images += images
        clock = time.perf_counter()
        if clock - self._told >= SECONDS_BETWEEN_BATCH_EVENTS or done == self.steps:
            self._told = clock
            loss, accuracy = step.means()
            self._report(
                BatchEnded(
                    job=self._job,
                    epoch=1,
                    step=done,
                    steps=self.steps,
                    loss=loss,
                    accuracy=accuracy,
                    learning_rate=learning_rate,
                    images_per_second=self.images / (clock - self._began),
                )
            )
        if self._should_stop():
            raise Canceled


def open_fine_tuner(source: Path) -> FineTuner:
    """Open a run folder or a `.keras` file of ours.

    Raises:
        StudioError: If it cannot be opened, or cannot learn.
    """
    opened = open_source(source)
    if opened.model is None:
        raise StudioError(
            f"{source.name} cannot be fine-tuned.",
            "An ONNX file can only make predictions: it cannot be trained, and it does not say what it was trained on.",
            "Fine-tune the included model, a run, or a .keras file exported by CNN Studio.",
        )
    recipe = card_recipe(opened.card, source.name)
    augmentation = recipe.augmentation if recipe.augmentation.active else GENTLE
    name = (
        recipe.name
        if recipe.name.endswith(TAUGHT)
        else f"{recipe.name[: LONGEST_NAME - len(TAUGHT)]}{TAUGHT}"
    )
    taught = msgspec.structs.replace(
        recipe,
        name=name,
        augmentation=msgspec.structs.replace(augmentation, fade_fraction=0.0),
        training=msgspec.structs.replace(recipe.training, class_weight="none"),
    )
    return FineTuner(source.stem, opened.model, opened.card, taught)


def _set_normalization(model: keras.Model, trainable: bool) -> None:
    """Let batch normalization learn, or keep statistics and scales as they are."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            _set_normalization(layer, trainable)
        elif isinstance(layer, keras.layers.BatchNormalization):
            layer.trainable = trainable
