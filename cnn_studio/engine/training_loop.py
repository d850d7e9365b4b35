"""The loop of a training: epochs, batches, validation, and the question whether to stop after each."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import msgspec
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from cnn_studio.core.base.errors import Canceled, StudioError
from cnn_studio.core.datasets.registry import dataset_info
from cnn_studio.core.protocol.events import (
    BatchEnded,
    EpochEnded,
    LearningRateChanged,
    Report,
    StageEntered,
    TrainingPaused,
    TrainingResumed,
)
from cnn_studio.core.recipes.recipe import Recipe
from cnn_studio.core.runs.model_card import card_for
from cnn_studio.core.runs.run_folder import write_history
from cnn_studio.core.training.batch_log import BatchLog
from cnn_studio.engine.builder import build_loss, build_optimizer
from cnn_studio.engine.checkpoint import CheckpointState, load_checkpoint, save_checkpoint
from cnn_studio.engine.data_pipeline import Parts, calls, steps_per_epoch
from cnn_studio.engine.distributed import CopiedAnswering, DistributedStep, build_summing_optimizer
from cnn_studio.engine.early_stopping import EarlyStop
from cnn_studio.engine.epoch_weights import EpochWeights, keep_graph, weights_to_keep
from cnn_studio.engine.execution_tuner import ExecutionTuner
from cnn_studio.engine.fused_layers import OPTIMIZERS
from cnn_studio.engine.learning_rate_control import LearningRate
from cnn_studio.engine.live_weights import LiveWeights
from cnn_studio.engine.losses import cross_entropy, weight_penalty
from cnn_studio.engine.training_control import Control
from cnn_studio.engine.training_step import Answering, TrainingStep

SECONDS_BETWEEN_BATCH_EVENTS = 0.1
DIVERGED = 1e12
"""A mean loss from here on is no learning: a network that learned from raw pixels once passed 3e6."""


@dataclass(frozen=True)
class Job:
    """Who listens to a training, and who may stop it."""

    report: Report
    control: Control = field(default_factory=Control)
    name: str = ""


@dataclass(frozen=True)
class Learned:
    """What has been learned, also when the training was stopped in the middle."""

    progress: CheckpointState
    stopped: bool


class Epochs:
    """Trains a network for the epochs of its recipe.

    Args:
        model: The network.
        recipe: Its recipe.
        parts: The images to learn from and to watch.
        scaling: (scale, offset) of the input.
        folder: Where `history.csv` and `batches.csv` are kept up to date.
        job: Who listens and may stop it.
        strategy: The devices the network was made for, where there are several.
    """

    def __init__(
        self,
        model: keras.Model,
        recipe: Recipe,
        parts: Parts,
        scaling: tuple[float, float],
        folder: Path,
        job: Job,
        strategy: tf.distribute.Strategy | None = None,
    ) -> None:
        self._model, self._recipe, self._parts, self._folder, self._job = model, recipe, parts, folder, job
        self._scaling, self._count = scaling, len(parts.x_train)
        self.steps = steps_per_epoch(recipe, self._count)
        self._pace = ExecutionTuner(recipe.training.steps_per_execution)
        learned = build_loss(recipe), parts, recipe, scaling
        self._step: TrainingStep | DistributedStep
        self._answering: Answering | CopiedAnswering
        if strategy is None:
            self._optimizer = build_optimizer(recipe, OPTIMIZERS)
            self._step = TrainingStep(model, self._optimizer, *learned)
            self._answering = Answering(model, scaling)
        else:
            with strategy.scope():
                self._optimizer = build_summing_optimizer(recipe)
            self._step = DistributedStep(strategy, model, self._optimizer, *learned)
            self._answering = CopiedAnswering(model, scaling)
        self._rate = LearningRate(recipe, self.steps * recipe.training.epochs)
        self._early = EarlyStop(recipe.early_stopping)
        self._kept = EpochWeights(folder)
        self._watched = LiveWeights(folder, self._keep_graph, self._weights)
        self._batches = BatchLog(folder)
        self._progress = CheckpointState()
        self._stopped = False

    def go_on(self, anew: bool = False) -> None:
        """Take up the run folder's checkpoint; `run` then goes on after its epoch.

        Args:
            anew: Whether early stopping begins to wait again.

        Raises:
            StudioError: If there is none, or it is damaged.
        """
        self._progress, best = load_checkpoint(self._folder, self._model, self._optimizer)
        self._rate.restore(self._progress.learning_rate)
        stopping = self._progress.stopping | ({"waited": 0} if anew else {})
        self._early.restore(stopping, best)

    def run(self) -> Learned:
        """Run all epochs, or until stopped.

        Raises:
            StudioError: If the loss is no longer a number.
            Canceled: If it was stopped before the first batch.
        """
        if self._job.control.should_stop():
            raise Canceled
        progress, last = self._progress, self._recipe.training.epochs
        write_history(self._folder, progress.history)
        self._batches.begin(progress.epoch)
        self._kept.begin(progress.epoch)
        try:
            for epoch in range(progress.epoch + 1, last + 1):
                enough = self._epoch(epoch)
                if self._stopped or enough:
                    break
        finally:
            self._watched.end()
        if self._recipe.training.ema_momentum:
            self._optimizer.finalize_variable_values(self._model.trainable_variables)
        if self._early.best is not None and not self._stopped:
            self._model.set_weights(self._early.best)
        return Learned(progress, self._stopped)

    def _epoch(self, epoch: int) -> bool:
        """Run one epoch, watch, report and write a checkpoint; return whether early stopping ends here."""
        progress, began = self._progress, time.perf_counter()
        try:
            seen, rate = self._learn(epoch)
        finally:
            self._batches.flush()
        seconds = time.perf_counter() - began
        progress.images += seen
        progress.seconds += seconds
        if self._stopped:
            return False
        val_loss, val_accuracy = self._validate(epoch)
        loss, accuracy = _finite(*self._step.means())
        ended = EpochEnded(
            job=self._job.name,
            epoch=epoch,
            epochs=self._recipe.training.epochs,
            loss=loss,
            accuracy=accuracy,
            val_loss=val_loss,
            val_accuracy=val_accuracy,
            learning_rate=rate,
            seconds=time.perf_counter() - began,
            images_per_second=seen / seconds,
        )
        progress.epoch = epoch
        progress.history.append(msgspec.structs.asdict(ended))
        write_history(self._folder, progress.history)
        if not self._stopped:  # before the news of it: who hears it may look at the network
            self._kept.keep(epoch, self._weights())
        self._job.report(ended)
        if self._stopped:
            return False
        reduced = self._rate.after_epoch(val_accuracy)
        if reduced is not None:
            self._job.report(LearningRateChanged(job=self._job.name, epoch=epoch, learning_rate=reduced))
        enough = self._early.after_epoch({"val_loss": val_loss, "val_accuracy": val_accuracy}, self._model)
        progress.learning_rate, progress.stopping = self._rate.state, self._early.state
        save_checkpoint(self._folder, progress, self._model, self._optimizer, self._early.best)
        return enough

    def _learn(self, epoch: int) -> tuple[int, float]:
        """Run one epoch's batches; return the images seen and the last learning rate."""
        seed, control = self._recipe.training.seed, self._job.control
        random = np.random.default_rng((seed, epoch))
        began, reported, seen, rate = time.perf_counter(), 0.0, 0, 0.0
        self._step.reset()
        done, total = 0, self.steps * self._recipe.training.epochs
        for numbers in calls(self._recipe, self._count, random, lambda: self._pace.steps):
            first_step = (epoch - 1) * self.steps + done
            self._take_request(epoch, first_step)
            control.run_tasks()
            if control.watched:
                self._watched.between_batches()
            steps = range(first_step, first_step + len(numbers))
            rates = [self._rate.at(step) for step in steps]
            amounts = [self._recipe.augmentation.amount(step / total) for step in steps]
            called = time.perf_counter()
            self._step.run(numbers, rates, (seed, first_step), amounts)
            clock = time.perf_counter()
            self._pace.after_call(len(numbers), clock - called)
            seen, done, rate = seen + numbers.size, done + len(numbers), rates[-1]
            if clock - reported >= SECONDS_BETWEEN_BATCH_EVENTS or done == self.steps:
                reported = clock
                self._report_batch(epoch, done, rate, seen / (clock - began))
            if control.paused:
                began += self._wait(epoch)
            if control.should_stop():
                self._stopped = True
                break
        return seen, rate

    def _weights(self) -> list[NDArray[Any]]:
        return weights_to_keep(self._model, self._optimizer, self._recipe)

    def _keep_graph(self) -> None:
        info = dataset_info(self._recipe.dataset)
        card = card_for(self._recipe, info.classes, info.image_shape, *self._scaling)
        keep_graph(self._recipe, card, self._folder)

    def _take_request(self, epoch: int, first_step: int) -> None:
        """Take a learning rate a person asked for."""
        rate = self._job.control.take_learning_rate()
        if rate is not None:
            self._rate.change(first_step, rate)
            changed = LearningRateChanged(job=self._job.name, epoch=epoch, learning_rate=rate, by="person")
            self._job.report(changed)

    def _wait(self, epoch: int) -> float:
        """Wait while paused; return the seconds, which do not count as training."""
        began = time.perf_counter()
        self._job.report(TrainingPaused(job=self._job.name, epoch=epoch))
        self._job.control.wait()
        self._job.report(TrainingResumed(job=self._job.name, epoch=epoch))
        return time.perf_counter() - began

    def _report_batch(self, epoch: int, number: int, rate: float, images_per_second: float) -> None:
        loss, accuracy = _finite(*self._step.means())
        ended = BatchEnded(
            job=self._job.name,
            epoch=epoch,
            step=number,
            steps=self.steps,
            loss=loss,
            accuracy=accuracy,
            learning_rate=rate,
            images_per_second=images_per_second,
            steps_per_execution=self._pace.steps,
        )
        self._batches.add(ended)
        self._job.report(ended)

    def _validate(self, epoch: int) -> tuple[float | None, float | None]:
        """Return validation loss and accuracy; None where there is none, or where it was stopped.

        The loss is that of Keras's `evaluate`: with the training's label smoothing and the penalty of the
        weights.
        """
        if not len(self._parts.x_validation):
            return None, None
        self._job.report(StageEntered(job=self._job.name, text=f"Epoch {epoch}: validating"))
        try:
            answers = self._answering(self._parts.x_validation, self._job.control.between)
        except Canceled:
            self._stopped = True
            return None, None
        labels = self._parts.y_validation
        cost = cross_entropy(answers, labels, self._recipe.training.label_smoothing)
        accuracy = float(np.mean(answers.argmax(axis=1) == labels))
        return cost + float(weight_penalty(self._model)), accuracy


def _finite(loss: float, accuracy: float) -> tuple[float, float]:
    if not math.isfinite(loss) or loss > DIVERGED:
        raise StudioError(
            "The training diverged.",
            f"The mean loss became {loss:.3g}.",
            "Lower the learning rate, or scale the pixels to 0-1.",
        )
    return loss, accuracy
