"""Training a recipe into a run folder."""

from __future__ import annotations

import platform
import time
from collections.abc import Callable
from contextlib import ExitStack, nullcontext
from dataclasses import dataclass
from pathlib import Path

import keras
import msgspec
import numpy as np
import tensorflow as tf
from tensorflow.python.framework.config import disable_op_determinism, enable_op_determinism

from cnn_studio import __version__
from cnn_studio.core.base.atomic_files import replacing
from cnn_studio.core.base.automatic_device import is_processor
from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.file_lock import occupying
from cnn_studio.core.datasets.registry import Dataset, dataset_info, load_dataset
from cnn_studio.core.evaluation.label_verdicts import LEFT_OUT, LabelVerdicts
from cnn_studio.core.evaluation.predictions import Evaluation, save_evaluation
from cnn_studio.core.protocol.events import Report, RunEnded, RunStarted, StageEntered
from cnn_studio.core.recipes.recipe import Recipe
from cnn_studio.core.runs.model_card import card_for
from cnn_studio.core.runs.run_folder import (
    EVALUATION_FILE,
    KERAS_FILE,
    ONNX_FILE,
    RUN_FILE,
    Run,
    RunRecord,
    RunResult,
    Status,
    epochs_done,
    now,
    read_history,
    read_run,
    write_outcome,
    write_run,
)
from cnn_studio.engine.builder import build_model
from cnn_studio.engine.data_pipeline import parts_of, scaling_of
from cnn_studio.engine.devices import find_device, strategy_of, tensorflow_name, usable_precision
from cnn_studio.engine.epoch_weights import keep_network
from cnn_studio.engine.fused_layers import LAYERS
from cnn_studio.engine.model_files import save_keras, save_onnx
from cnn_studio.engine.training_control import Control
from cnn_studio.engine.training_loop import Epochs, Job, Learned
from cnn_studio.engine.training_step import Answering


def versions() -> dict[str, str]:
    """Return the versions a result depends on."""
    return {
        "cnn-studio": __version__,
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
        "python": platform.python_version(),
    }


def train(
    recipe: Recipe,
    folder: Path,
    report: Report,
    *,
    limit: int | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    control: Control | None = None,
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
        control: Stops, pauses and steers from another thread; it may be given instead of `should_stop`.
        job: Named in the events.

    Returns:
        The run, as on disk.

    Raises:
        StudioError: If the network, the data, the device or the numbers do not allow it.
        Canceled: If it was stopped before the first batch.
    """
    record = RunRecord(
        id=folder.name,
        recipe=recipe,
        created=now(),
        status="running",
        classes=dataset_info(recipe.dataset).classes,
        device=find_device(recipe.training.device),
        limit=limit,
        versions=versions(),
    )
    with occupying(folder):
        return _run(record, folder, Job(report, control or Control(should_stop), job), before=None)


def resume(
    folder: Path,
    report: Report,
    *,
    extend: int = 0,
    should_stop: Callable[[], bool] = lambda: False,
    control: Control | None = None,
    job: str = "",
) -> Run:
    """Let a run go on after its last whole epoch: to the end of its recipe, or beyond.

    On the CPU, with `deterministic` in the recipe, a run that was killed and resumed ends with the same
    weights as one that never was. A schedule stretches over the new number of epochs.

    Args:
        folder: The run folder.
        report: Takes every event, in order.
        extend: Epochs to add to those a finished run has behind it (early stopping then waits anew), or
            to those an unfinished one's recipe says; 0 only finishes what was begun. A negative number
            shortens an unfinished run's recipe, by less than what is left of it.
        should_stop: As in `train`.
        control: As in `train`.
        job: Named in the events.

    Raises:
        StudioError: If it has no checkpoint, has finished and `extend` is 0, or is being trained by another
            process; otherwise as `train`.
        Canceled: If it was stopped before the first batch.
    """
    read_run(folder)  # what is no run folder is not touched
    with occupying(folder):
        return _resumed(folder, Job(report, control or Control(should_stop), job), extend)


def _resumed(folder: Path, job: Job, extend: int) -> Run:
    record = read_run(folder).record
    if record.status == "finished" and extend < 1:
        raise StudioError(
            f"The run {folder.name} has finished.",
            f"Its {len(read_history(folder))} epochs are done.",
            "Say how many epochs to add.",
        )
    done, training = epochs_done(folder), record.recipe.training
    last = (done if record.status == "finished" else training.epochs) + extend
    if last <= done and extend:
        raise StudioError(
            f"The run {folder.name} has already trained that long.",
            f"{done} epochs are done, and the total would be {last}.",
            f"Add {extend + done + 1 - last} epochs or more.",
        )
    training = msgspec.structs.replace(training, epochs=last)
    recipe = msgspec.structs.replace(record.recipe, training=training)
    before = record
    record = msgspec.structs.replace(
        record, recipe=recipe, status="running", device=find_device(training.device)
    )
    return _run(record, folder, job, before=before)


def _run(record: RunRecord, folder: Path, job: Job, before: RunRecord | None) -> Run:
    """Train what the record says, and leave the run folder as a finished, stopped or failed run's.

    `before` is the record of a run that goes on: where that fails, the run is again what it was.
    """
    began = time.perf_counter()
    recipe = record.recipe
    precision = usable_precision(recipe.training.precision, record.device)
    dataset = load_dataset(recipe.dataset)
    if before is None and recipe.leave_out != "none":  # a run that goes on leaves out what it left out before
        numbers = LabelVerdicts(recipe.dataset).numbers(
            LEFT_OUT[recipe.leave_out], dataset.x_train[: record.limit], dataset.y_train[: record.limit]
        )
        record = msgspec.structs.replace(record, left_out=tuple(numbers.tolist()))
    parts = parts_of(dataset, recipe, record.limit, record.left_out)
    scaling = scaling_of(recipe.scaling, parts.x_train)
    keras.utils.set_random_seed(recipe.training.seed)
    (enable_op_determinism if recipe.training.deterministic else disable_op_determinism)()
    try:
        with tf.device(tensorflow_name(record.device)):
            strategy = strategy_of(record.device)
            with nullcontext() if strategy is None else strategy.scope():
                layers = LAYERS if strategy is None else None
                model = build_model(recipe, dataset.info, precision, layers)
            if before is None or before.result is None:  # an extension killed leaves the finished run
                write_run(folder, record)
            epochs = Epochs(model, recipe, parts, scaling, folder, job, strategy)
            if before is not None:
                epochs.go_on(anew=before.status == "finished")
            job.report(
                RunStarted(
                    job=job.name,
                    run=folder.name,
                    epochs=recipe.training.epochs,
                    steps=epochs.steps,
                    train_images=len(parts.x_train),
                    validation_images=len(parts.x_validation),
                    device=record.device,
                    precision=precision,
                    warnings=(*recipe.warnings, *dataset.notes, *_left_out(record)),
                )
            )
            learned = epochs.run()
            job.report(StageEntered(job=job.name, text="Reading the test images", ending=True))
            final = build_model(recipe, dataset.info)
            final.set_weights(model.get_weights())
            earlier = before.result.seconds if before is not None and before.result is not None else 0.0
            result = _Keeper(final, record, dataset, scaling, folder, job).keep(learned, began - earlier)
    except BaseException:  # whatever ended it: the record must not go on saying "running"
        if (folder / RUN_FILE).exists():
            failed = msgspec.structs.replace(record, status="failed")
            write_outcome(folder, before if before is not None and before.status != "running" else failed)
        raise
    status: Status = "stopped" if learned.stopped else "finished"
    finished = msgspec.structs.replace(record, status=status, result=result)
    write_outcome(folder, finished)
    card = card_for(recipe, dataset.info.classes, dataset.info.image_shape, *scaling)
    waits = is_processor(record.device)  # the window ends a GPU's worker with the news
    if not waits:
        keep_network(final, card, folder)
    job.report(RunEnded(job=job.name, run=str(folder), stopped=learned.stopped, result=result))
    if waits:
        keep_network(final, card, folder)
    return Run(folder, finished)


def _left_out(record: RunRecord) -> tuple[str, ...]:
    """Return what is to be said of the images that are not learned from."""
    if record.recipe.leave_out == "none":
        return ()
    count = len(record.left_out)
    return (f"{count} training images are left out: their labels were judged {record.recipe.leave_out}.",)


@dataclass(frozen=True)
class _Keeper:
    """Evaluates the float32 network on the test set and writes everything a run leaves."""

    model: keras.Model
    record: RunRecord
    dataset: Dataset
    scaling: tuple[float, float]
    folder: Path
    job: Job

    def keep(self, learned: Learned, began: float) -> RunResult:
        recipe, info = self.record.recipe, self.dataset.info
        answers = Answering(self.model, self.scaling)(self.dataset.x_test)
        if not np.isfinite(answers).all():
            raise StudioError(
                "The training diverged.",
                "The network's outputs are not numbers any more.",
                "Lower the learning rate, or scale the pixels to 0-1.",
            )
        evaluation = Evaluation(answers, self.dataset.y_test, info.classes, recipe.dataset)
        self.job.report(StageEntered(job=self.job.name, text="Saving the network", ending=True))
        card = card_for(recipe, info.classes, info.image_shape, *self.scaling)
        with (
            ExitStack() as whole
        ):  # an extended run's earlier network and its answers stay until all are written

            def target(name: str) -> Path:
                return whole.enter_context(replacing(self.folder / name))

            save_evaluation(evaluation, target(EVALUATION_FILE))
            save_keras(self.model, card, target(KERAS_FILE))
            save_onnx(self.model, card, target(ONNX_FILE))
        progress = learned.progress
        validated = [row for row in progress.history if row["val_accuracy"] is not None]
        best = max(validated, key=lambda row: row["val_accuracy"], default=None)
        return RunResult(
            test_accuracy=evaluation.accuracy,
            test_loss=evaluation.loss,
            seconds=time.perf_counter() - began,
            images_per_second=progress.images / max(progress.seconds, 1e-9),
            device=self.record.device,
            epochs=len(progress.history),
            best_epoch=best["epoch"] if best else None,
            best_val_accuracy=best["val_accuracy"] if best else None,
            train_images=progress.images,
            precision=usable_precision(recipe.training.precision, self.record.device),
        )
