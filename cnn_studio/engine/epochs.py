"""The loop of a training: epochs, batches, validation, and the question whether to stop after each."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import msgspec
import numpy as np

from cnn_studio.core.errors import Cancelled, StudioError
from cnn_studio.core.evaluation import Evaluation
from cnn_studio.core.events import BatchEnded, EpochEnded, LearningRateReduced, Report, StageEntered
from cnn_studio.core.recipe import Recipe
from cnn_studio.core.runs import write_history
from cnn_studio.engine.builder import build_loss, build_optimizer
from cnn_studio.engine.pipeline import Parts, batches, steps_per_epoch
from cnn_studio.engine.schedules import LearningRate
from cnn_studio.engine.step import Answering, TrainingStep

SECONDS_BETWEEN_BATCH_EVENTS = 0.1
DIVERGED = 1e12
"""A mean loss from here on is no learning: a network that learned from raw pixels once passed 3e6."""


@dataclass(frozen=True)
class Job:
    """Who listens to a training, and who may stop it."""

    report: Report
    should_stop: Callable[[], bool] = lambda: False
    name: str = ""


@dataclass
class Learned:
    """What has been learned so far, also when the training was stopped in the middle."""

    history: list[dict[str, Any]] = field(default_factory=list)
    images: int = 0
    seconds: float = 0.0
    stopped: bool = False


class Epochs:
    """Trains a network for the epochs of its recipe.

    Args:
        model: The network.
        recipe: Its recipe.
        parts: The images to learn from and to watch.
        scaling: (scale, offset) of the input.
        folder: Where `history.csv` is kept up to date.
        job: Who listens and may stop it.
    """

    def __init__(
        self,
        model: keras.Model,
        recipe: Recipe,
        parts: Parts,
        scaling: tuple[float, float],
        folder: Path,
        job: Job,
    ) -> None:
        self._model, self._recipe, self._parts, self._folder, self._job = model, recipe, parts, folder, job
        self._count = len(parts.x_train)
        self.steps = steps_per_epoch(recipe, self._count)
        self._optimizer = build_optimizer(recipe)
        self._step = TrainingStep(model, self._optimizer, build_loss(recipe), parts, recipe, scaling)
        self._answering = Answering(model, scaling)
        self._rate = LearningRate(recipe, self.steps * recipe.training.epochs)
        self._learned = Learned()

    def run(self) -> Learned:
        """Run all epochs, or until stopped.

        Raises:
            StudioError: If the loss is no longer a number.
            Cancelled: If it was stopped before the first batch.
        """
        if self._job.should_stop():
            raise Cancelled
        write_history(self._folder, [])
        learned, last = self._learned, self._recipe.training.epochs
        for epoch in range(1, last + 1):
            began = time.perf_counter()
            seen, rate = self._learn(epoch)
            seconds = time.perf_counter() - began
            learned.images += seen
            learned.seconds += seconds
            if learned.stopped or epoch == last:
                self._take_average()
            if learned.stopped:
                break
            val_loss, val_accuracy = self._validate(epoch)
            loss, accuracy = _finite(*self._step.means())
            ended = EpochEnded(
                job=self._job.name,
                epoch=epoch,
                epochs=last,
                loss=loss,
                accuracy=accuracy,
                val_loss=val_loss,
                val_accuracy=val_accuracy,
                learning_rate=rate,
                seconds=time.perf_counter() - began,
                images_per_second=seen / seconds,
            )
            learned.history.append(msgspec.structs.asdict(ended))
            write_history(self._folder, learned.history)
            self._job.report(ended)
            if learned.stopped:
                break
            reduced = self._rate.after_epoch(val_accuracy)
            if reduced is not None:
                self._job.report(LearningRateReduced(job=self._job.name, epoch=epoch, learning_rate=reduced))
        return learned

    def _learn(self, epoch: int) -> tuple[int, float]:
        """Run one epoch's batches; return the images seen and the last learning rate."""
        seed = self._recipe.training.seed
        random = np.random.default_rng((seed, epoch))
        began, reported, seen, rate = time.perf_counter(), 0.0, 0, 0.0
        self._step.reset()
        for number, numbers in enumerate(batches(self._recipe, self._count, random), start=1):
            place = (epoch - 1) * self.steps + number - 1
            rate = self._rate.at(place)
            self._optimizer.learning_rate.assign(rate)
            self._step.run(numbers, (seed, place))
            seen += len(numbers)
            clock = time.perf_counter()
            if clock - reported >= SECONDS_BETWEEN_BATCH_EVENTS or number == self.steps:
                reported = clock
                self._report_batch(epoch, number, rate, seen / (clock - began))
            if self._job.should_stop():
                self._learned.stopped = True
                break
        return seen, rate

    def _report_batch(self, epoch: int, number: int, rate: float, images_per_second: float) -> None:
        loss, accuracy = _finite(*self._step.means())
        self._job.report(
            BatchEnded(
                job=self._job.name,
                epoch=epoch,
                step=number,
                steps=self.steps,
                loss=loss,
                accuracy=accuracy,
                learning_rate=rate,
                images_per_second=images_per_second,
            )
        )

    def _take_average(self) -> None:
        """Put the moving average of the weights in place of the weights, where the recipe keeps one."""
        if self._recipe.training.ema_momentum:
            self._optimizer.finalize_variable_values(self._model.trainable_variables)

    def _validate(self, epoch: int) -> tuple[float | None, float | None]:
        """Return validation loss and accuracy; None where there is none, or where it was stopped."""
        if not len(self._parts.x_validation):
            return None, None
        self._job.report(StageEntered(job=self._job.name, text=f"Epoch {epoch}: validating"))
        try:
            answers = self._answering(self._parts.x_validation, self._job.should_stop)
        except Cancelled:
            self._learned.stopped = True
            return None, None
        names = tuple(map(str, range(answers.shape[1])))
        evaluation = Evaluation(answers, self._parts.y_validation, names, "", "validation")
        return evaluation.loss, evaluation.accuracy


def _finite(loss: float, accuracy: float) -> tuple[float, float]:
    if not math.isfinite(loss) or loss > DIVERGED:
        raise StudioError(
            "The training diverged.",
            f"The mean loss became {loss:.3g}.",
            "Lower the learning rate, or scale the pixels to 0-1.",
        )
    return loss, accuracy
