"""Fine-tuning a trained network on one person's drawings, without making it forget the rest.

The person's drawings are mixed with images the network has learned from (rehearsal: Robins, 1995; Chaudhry
et al., "On tiny episodic memories in continual learning", 2019): each batch is at most an eighth drawings,
the rest is drawn so that all classes together come as often as in the data set, however lopsided the
drawings are. Everything is varied anew in every batch. Batch normalization keeps its statistics and scales,
which a few drawings would bend; the learning rate is small and falls to nothing. Of what was learned as much
is taken as does not make the network misread validation images (see `FineTuner.take`). Nothing is chosen by
looking at held-back drawings or at the test set, so both say what they seem to say.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from cnn_studio.core.base.errors import Canceled
from cnn_studio.core.evaluation.predictions import Evaluation, save_evaluation
from cnn_studio.core.protocol.events import FineTuningEnded, Report, StageEntered
from cnn_studio.core.runs.fine_tuning_record import (
    HELD_SHARE,
    Change,
    FineTuningDrawing,
    FineTuningRecord,
    change,
    write_fine_tuning,
    write_fine_tuning_drawings,
)
from cnn_studio.core.runs.run_folder import (
    EVALUATION_FILE,
    KERAS_FILE,
    ONNX_FILE,
    Run,
    RunRecord,
    RunResult,
    new_run_id,
    now,
    write_run,
)
from cnn_studio.engine.devices import tensorflow_name, usable_precision
from cnn_studio.engine.fine_tuning.fine_tuner import DEVICE, FineTuningProgress, open_fine_tuner
from cnn_studio.engine.fine_tuning.rehearsal_data import drawn_from, rehearsal_for
from cnn_studio.engine.model_files import save_keras, save_onnx
from cnn_studio.engine.model_sources import left_out_of, limit_of
from cnn_studio.engine.trainer import versions

STEPS = 350
"""Batches, of 128 images for the shipped model."""

Stop = Callable[[], bool]


def fine_tune(
    source: Path,
    drawings: Path,
    parent: Path,
    report: Report,
    *,
    folder: Path | None = None,
    held_share: float = HELD_SHARE,
    seed: int = 0,
    steps: int = STEPS,
    should_stop: Stop = lambda: False,
    job: str = "",
) -> Run:
    """Teach a network the drawings of a file and keep the result as a new run.

    Args:
        source: A run folder or a `.keras` file of ours; it is only read.
        drawings: JSON lines, each with its label (see `core.drawing.jsonl`).
        parent: Where the new run's folder is made.
        report: Takes every event, in order.
        folder: The run's folder itself, where that is to be chosen.
        held_share: How much of each class is held back, between 0 and 1.
        seed: Of the choice of the drawings held back, of the order and of the variation.
        steps: Batches to learn from.
        should_stop: Asked after each batch.
        job: Named in the events.

    Returns:
        The run, as on disk, with its `teaching.json`.

    Raises:
        StudioError: If the model cannot be fine-tuned, or the drawings do not suffice.
        Canceled: When `should_stop` says so; then nothing is kept.
    """
    began, busy = time.perf_counter(), time.process_time()
    tuner = open_fine_tuner(source)
    recipe, classes = tuner.recipe, tuner.card.classes

    def stage(text: str) -> None:
        if should_stop():
            raise Canceled
        report(StageEntered(job=job, text=text))

    stage("Preparing the images")
    drawn = drawn_from(drawings, source, tuner.card, held_share, seed)
    rehearsal = rehearsal_for(recipe, source, seed)
    with tf.device(tensorflow_name(DEVICE)):
        stage("Reading everything with the network as it is")
        before = tuner.read(drawn, rehearsal, should_stop)
        stage("Fine-tuning")
        progress = FineTuningProgress(report, should_stop, job, steps)
        began_learning = time.perf_counter()
        learned = tuner.learn(drawn, rehearsal, seed, progress)
        seconds_learning = time.perf_counter() - began_learning
        stage("Checking that nothing is forgotten")
        taken = tuner.take(learned, rehearsal, seed, should_stop)
        stage("Reading everything with the fine-tuned network")
        after = tuner.read(drawn, rehearsal, should_stop)
        card = tuner.card_after(rehearsal, should_stop)
        if folder is None:
            folder = parent / new_run_id(recipe, parent)
        stage("Saving the network")
        whole = Evaluation(after.test, rehearsal.y_test, classes, recipe.dataset)
        outcome = FineTuningRecord(
            source=tuner.name,
            seed=seed,
            dataset=recipe.dataset,
            drawings=tuple(
                FineTuningDrawing(label=label, digest=digest, held_back=held, before=first, after=second)
                for label, digest, held, first, second in zip(
                    drawn.names,
                    drawn.digests,
                    drawn.held.tolist(),
                    _named(before.drawings, classes),
                    _named(after.drawings, classes),
                    strict=True,
                )
            ),
            test=_compared(before.test, after.test, rehearsal.y_test),
            classes=classes,
            taught_before=drawn.taught_before,
            notes=drawn.notes,
            taken=taken,
            seconds=time.perf_counter() - began,
            processor_seconds=time.process_time() - busy,
        )
        result = RunResult(
            test_accuracy=whole.accuracy,
            test_loss=whole.loss,
            seconds=outcome.seconds,
            images_per_second=progress.images / max(seconds_learning, 1e-9),
            device=DEVICE,
            epochs=1,
            train_images=progress.images,
            precision=usable_precision(recipe.training.precision, DEVICE),
        )
        record = RunRecord(
            id=folder.name,
            recipe=recipe,
            created=now(),
            status="finished",
            classes=classes,
            device=DEVICE,
            limit=limit_of(source),
            left_out=left_out_of(source),
            versions=versions(),
            result=result,
            note=f"Fine-tuned from {tuner.name}, drawings: {outcome.taught}, seed: {seed}.",
        )
        existed = folder.exists()
        try:
            save_keras(tuner.model, card, folder / KERAS_FILE)
            save_onnx(tuner.model, card, folder / ONNX_FILE)
            save_evaluation(whole, folder / EVALUATION_FILE)
            write_fine_tuning_drawings(folder, drawn.drawings)
            write_fine_tuning(folder, outcome)
            if should_stop():
                raise Canceled
            write_run(folder, record)
        except BaseException:
            if not existed:
                shutil.rmtree(folder, ignore_errors=True)
            raise
    report(FineTuningEnded(job=job, run=str(folder), held=outcome.held, test=outcome.test))
    return Run(folder, record)


def _named(answers: NDArray[np.float32], classes: Sequence[str]) -> list[str]:
    return [classes[number] for number in answers.argmax(axis=1)]


def _compared(before: NDArray[np.float32], after: NDArray[np.float32], labels: NDArray[np.int32]) -> Change:
    return change(before.argmax(axis=1) == labels, after.argmax(axis=1) == labels)
