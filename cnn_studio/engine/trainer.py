"""Training a recipe into a run folder."""

from __future__ import annotations

import math
import platform
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import keras
import msgspec
import numpy as np
import tensorflow as tf

from cnn_studio import __version__
from cnn_studio.core.datasets import Dataset, load_dataset
from cnn_studio.core.errors import Cancelled, StudioError
from cnn_studio.core.evaluation import Evaluation, save_evaluation
from cnn_studio.core.events import (
    BatchEnded,
    EpochEnded,
    LearningRateReduced,
    Report,
    RunEnded,
    RunStarted,
    StageEntered,
)
from cnn_studio.core.modelcard import card_for
from cnn_studio.core.recipe import Recipe
from cnn_studio.core.runs import (
    EVALUATION_FILE,
    KERAS_FILE,
    ONNX_FILE,
    Run,
    RunRecord,
    RunResult,
    now,
    write_history,
    write_run,
)
from cnn_studio.engine.builder import build_loss, build_model, build_optimizer
from cnn_studio.engine.devices import device_name, usable_precision
from cnn_studio.engine.model_files import save_keras, save_onnx
from cnn_studio.engine.pipeline import Parts, batches, parts_of, scaling_of, steps_per_epoch
from cnn_studio.engine.schedules import LearningRate
from cnn_studio.engine.step import Answering, TrainingStep

SECONDS_BETWEEN_BATCH_EVENTS = 0.1


def versions() -> dict[str, str]:
    """Return the versions a result depends on."""
    return {
        "cnn-studio": __version__,
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
        "python": platform.python_version(),
    }


@dataclass
class _Progress:
    """What has been learned so far, also when the training is stopped in the middle."""

    history: list[dict[str, Any]] = field(default_factory=list)
    images: int = 0
    training_seconds: float = 0.0


def train(
    recipe: Recipe,
    folder: Path,
    report: Report,
    *,
    limit: int | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    job: str = "",
) -> Run:
    """Train a recipe and write its run folder.

    Stopping keeps what was learned: the network as it is then is evaluated and saved like a finished one.

    Args:
        recipe: What to train.
        folder: The run folder, created; its name is the run's id.
        report: Takes every event, in order.
        limit: Use only the first images of the training set; the test set stays whole.
        should_stop: Asked after each batch, in training and in validation.
        job: Named in the events.

    Returns:
        The run, as on disk.

    Raises:
        StudioError: If the network, the data, the device or the numbers do not allow it.
        Cancelled: If it was stopped before the first batch.
    """
    began = time.perf_counter()
    device = device_name(recipe.training.device)
    precision = usable_precision(recipe.training.precision, device)
    dataset = load_dataset(recipe.dataset)
    parts = parts_of(dataset, recipe, limit)
    scaling = scaling_of(recipe.scaling, parts.x_train)
    record = RunRecord(
        id=folder.name,
        recipe=recipe,
        created=now(),
        status="running",
        classes=dataset.info.classes,
        device=device,
        limit=limit,
        versions=versions(),
    )
    keras.utils.set_random_seed(recipe.training.seed)
    progress = _Progress()
    try:
        with tf.device(device):
            model = build_model(recipe, dataset.info, precision)
            folder.mkdir(parents=True, exist_ok=True)
            write_run(folder, record)
            stopped = _learn(model, recipe, parts, scaling, folder, progress, report, should_stop, job, device, precision)
            final = build_model(recipe, dataset.info)
            final.set_weights(model.get_weights())
            run = _keep(final, record, dataset, scaling, folder, progress, report, job, began, stopped)
    except (StudioError, Cancelled, tf.errors.OpError, MemoryError):
        if folder.exists():
            write_run(folder, msgspec.structs.replace(record, status="failed"))
        raise
    report(RunEnded(job=job, run=str(folder), stopped=stopped, result=run.record.result))  # type: ignore[arg-type]
    return run


def _learn(
    model: keras.Model,
    recipe: Recipe,
    parts: Parts,
    scaling: tuple[float, float],
    folder: Path,
    progress: _Progress,
    report: Report,
    should_stop: Callable[[], bool],
    job: str,
    device: str,
    precision: str,
) -> bool:
    """Run the epochs; return whether the training was stopped before its end."""
    optimizer = build_optimizer(recipe)
    count = len(parts.x_train)
    steps = steps_per_epoch(recipe, count)
    epochs = recipe.training.epochs
    classes = model.output_shape[-1]
    step = TrainingStep(
        model, optimizer, build_loss(recipe), parts.x_train, parts.y_train, classes, recipe, scaling
    )
    answering = Answering(model, scaling)
    rate = LearningRate(recipe, steps * epochs)
    report(
        RunStarted(
            job=job,
            run=folder.name,
            epochs=epochs,
            steps=steps,
            train_images=count,
            validation_images=len(parts.x_validation),
            device=device,
            precision=precision,
            warnings=recipe.warnings,
        )
    )
    stopped = False
    for epoch in range(1, epochs + 1):
        began = time.perf_counter()
        reported = 0.0
        seen = 0
        step.reset()
        random = np.random.default_rng((recipe.training.seed, epoch))
        for number, numbers in enumerate(batches(recipe, count, random), start=1):
            place = (epoch - 1) * steps + number - 1
            current = rate.at(place)
            optimizer.learning_rate.assign(current)
            step.run(numbers, (recipe.training.seed, place))
            seen += len(numbers)
            clock = time.perf_counter()
            if clock - reported >= SECONDS_BETWEEN_BATCH_EVENTS or number == steps:
                reported = clock
                loss, accuracy = _finite(*step.means())
                report(
                    BatchEnded(
                        job=job,
                        epoch=epoch,
                        step=number,
                        steps=steps,
                        loss=loss,
                        accuracy=accuracy,
                        learning_rate=current,
                        images_per_second=seen / (clock - began),
                    )
                )
            if should_stop():
                stopped = True
                break
        seconds = time.perf_counter() - began
        progress.images += seen
        progress.training_seconds += seconds
        if stopped:
            break
        if epoch == epochs and recipe.training.ema_momentum:
            optimizer.finalize_variable_values(model.trainable_variables)
        loss, accuracy = _finite(*step.means())
        try:
            val_loss, val_accuracy = _validate(answering, parts, report, should_stop, job, epoch)
        except Cancelled:
            stopped, val_loss, val_accuracy = True, None, None
        ended = EpochEnded(
            job=job,
            epoch=epoch,
            epochs=epochs,
            loss=loss,
            accuracy=accuracy,
            val_loss=val_loss,
            val_accuracy=val_accuracy,
            learning_rate=current,
            seconds=time.perf_counter() - began,
            images_per_second=seen / seconds,
        )
        row = msgspec.structs.asdict(ended)
        progress.history.append(row)
        write_history(folder, progress.history)
        report(ended)
        if stopped:
            break
        reduced = rate.after_epoch(val_accuracy)
        if reduced is not None:
            report(LearningRateReduced(job=job, epoch=epoch, learning_rate=reduced))
    return stopped


def _validate(
    answering: Answering,
    parts: Parts,
    report: Report,
    should_stop: Callable[[], bool],
    job: str,
    epoch: int,
) -> tuple[float | None, float | None]:
    if not len(parts.x_validation):
        return None, None
    report(StageEntered(job=job, text=f"Epoch {epoch}: validating"))
    answers = answering(parts.x_validation, should_stop)
    evaluation = Evaluation(answers, parts.y_validation, tuple(map(str, range(answers.shape[1]))), "")
    return evaluation.loss, evaluation.accuracy


def _keep(
    model: keras.Model,
    record: RunRecord,
    dataset: Dataset,
    scaling: tuple[float, float],
    folder: Path,
    progress: _Progress,
    report: Report,
    job: str,
    began: float,
    stopped: bool,
) -> Run:
    """Evaluate the float32 network on the test set and write everything a run leaves."""
    recipe, info = record.recipe, dataset.info
    report(StageEntered(job=job, text="Reading the test images"))
    answers = Answering(model, scaling)(dataset.x_test)
    evaluation = Evaluation(answers, dataset.y_test, info.classes, recipe.dataset)
    save_evaluation(evaluation, folder / EVALUATION_FILE)
    report(StageEntered(job=job, text="Saving the network"))
    card = card_for(recipe, info.classes, info.image_shape, *scaling)
    save_keras(model, card, folder / KERAS_FILE)
    save_onnx(model, card, folder / ONNX_FILE)
    validated = [row for row in progress.history if row["val_accuracy"] is not None]
    best = max(validated, key=lambda row: row["val_accuracy"], default=None)
    result = RunResult(
        test_accuracy=evaluation.accuracy,
        test_loss=evaluation.loss,
        seconds=time.perf_counter() - began,
        images_per_second=progress.images / max(progress.training_seconds, 1e-9),
        device=record.device,
        epochs=len(progress.history),
        best_epoch=best["epoch"] if best else None,
        best_val_accuracy=best["val_accuracy"] if best else None,
        train_images=progress.images,
    )
    finished = msgspec.structs.replace(record, status="stopped" if stopped else "finished", result=result)
    write_run(folder, finished)
    return Run(folder, finished)


def _finite(loss: float, accuracy: float) -> tuple[float, float]:
    if not math.isfinite(loss):
        raise StudioError(
            "The training diverged.",
            f"The loss became {loss}.",
            "Lower the learning rate, or scale the pixels to 0-1.",
        )
    return loss, accuracy
