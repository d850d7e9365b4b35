"""What the worker does when it is asked: one function a command.

Nothing of the engine is imported before a job needs it; see `worker.server`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from cnn_studio.core.protocol.commands import (
    ChangeLearningRate,
    Continue,
    CrossValidate,
    Embed,
    Evaluate,
    Export,
    FineTune,
    ListDevices,
    Pause,
    Preview,
    Resume,
    Train,
    Watch,
)
from cnn_studio.core.protocol.events import (
    AnyEvent,
    DevicesListed,
    EmbeddingEnded,
    EmbeddingMoved,
    EvaluationEnded,
    EvaluationProgressed,
    PreviewEnded,
)

if TYPE_CHECKING:
    from cnn_studio.engine.training_control import Control

SECONDS_BETWEEN_MAPS = 0.2


class JobContext(Protocol):
    """What a job is given: where to report, and whether to go on."""

    def report(self, event: AnyEvent) -> None:
        """Send an event."""

    def should_stop(self, job: str) -> Callable[[], bool]:
        """Return the question a job asks after every batch."""

    def control(self, job: str) -> Control:
        """Return what stops, pauses and steers a training from another thread, from now on."""


def list_devices(context: JobContext, command: ListDevices) -> None:
    """Report the devices."""
    from cnn_studio.engine.devices import list_devices

    context.report(DevicesListed(job=command.job, devices=list_devices()))


def train(context: JobContext, command: Train) -> None:
    """Train into a new run folder."""
    from cnn_studio.core.recipes.recipe import recipe_from_mapping
    from cnn_studio.core.runs.run_folder import new_run_id
    from cnn_studio.engine.trainer import train

    recipe = recipe_from_mapping(command.recipe)
    parent = Path(command.parent)
    train(
        recipe,
        parent / new_run_id(recipe, parent),
        context.report,
        limit=command.limit,
        control=context.control(command.job),
        job=command.job,
    )


def resume(context: JobContext, command: Resume) -> None:
    """Resume a run, or extend it."""
    from cnn_studio.engine.trainer import resume

    control = context.control(command.job)
    resume(Path(command.folder), context.report, extend=command.extend, control=control, job=command.job)


def evaluate(context: JobContext, command: Evaluate) -> None:
    """Evaluate and leave the answers in a file."""
    from cnn_studio.core.evaluation.predictions import save_evaluation
    from cnn_studio.engine.evaluator import evaluate

    job = command.job
    evaluation = evaluate(
        Path(command.source),
        command.dataset,
        context.should_stop(job),
        subset=command.subset,
        on_progress=lambda done, total: context.report(EvaluationProgressed(job=job, done=done, total=total)),
    )
    save_evaluation(evaluation, Path(command.to))
    context.report(
        EvaluationEnded(job=job, path=command.to, accuracy=evaluation.accuracy, loss=evaluation.loss)
    )


def cross_validate(context: JobContext, command: CrossValidate) -> None:
    """Read training images by networks that did not learn from them, and leave the answers in a file."""
    from cnn_studio.core.evaluation.predictions import save_evaluation
    from cnn_studio.core.recipes.recipe import recipe_from_mapping
    from cnn_studio.engine.cross_validation import cross_validate

    job = command.job
    evaluation = cross_validate(
        recipe_from_mapping(command.recipe),
        command.folds,
        limit=command.limit,
        should_stop=context.should_stop(job),
        on_progress=lambda done, total: context.report(EvaluationProgressed(job=job, done=done, total=total)),
    )
    save_evaluation(evaluation, Path(command.to))
    context.report(
        EvaluationEnded(job=job, path=command.to, accuracy=evaluation.accuracy, loss=evaluation.loss)
    )


def embed(context: JobContext, command: Embed) -> None:
    """Make a map of images and leave it in a file; how it stands is shown in another one until then."""
    from cnn_studio.core.evaluation.embedding import Embedding, drawn_numbers, save_embedding, unfinished_path
    from cnn_studio.engine.dimensionality_reduction import embed
    from cnn_studio.engine.evaluator import evaluated_images

    source, path, shown = Path(command.source), Path(command.to), 0.0
    moving = unfinished_path(path)
    chosen = evaluated_images(source, command.dataset, command.subset)

    def show(embedding: Embedding) -> None:
        nonlocal shown
        if time.monotonic() - shown >= SECONDS_BETWEEN_MAPS:
            shown = time.monotonic()
            save_embedding(embedding, moving)
            context.report(EmbeddingMoved(job=command.job, path=str(moving), done=embedding.done))

    try:
        embedding = embed(
            source,
            chosen.images,
            drawn_numbers(len(chosen.labels), command.images, command.seed),
            layer=command.layer,
            method=command.method,
            perplexity=command.perplexity,
            seed=command.seed,
            look=show,
            should_stop=context.should_stop(command.job),
        )
        save_embedding(embedding, path)
    finally:
        with suppress(OSError):  # the window may be reading it; it deletes it too
            moving.unlink()
    context.report(EmbeddingEnded(job=command.job, path=command.to))


def export(context: JobContext, command: Export) -> None:
    """Export and compare."""
    from cnn_studio.engine.exporters import export

    job, target = command.job, Path(command.to)
    stop = context.should_stop(job)
    context.report(export(Path(command.source), command.format, target, context.report, job, stop))


def teach(context: JobContext, command: FineTune) -> None:
    """Fine-tune a network to somebody's hand, into a new run folder."""
    from cnn_studio.engine.fine_tuning.fine_tuning_job import fine_tune

    fine_tune(
        Path(command.source),
        Path(command.drawings),
        Path(command.parent),
        context.report,
        held_share=command.held_share,
        seed=command.seed,
        should_stop=context.should_stop(command.job),
        job=command.job,
    )


def preview(context: JobContext, command: Preview) -> None:
    """Vary images as a training would, and leave them in a file."""
    import msgspec
    import numpy as np

    from cnn_studio.core.base.atomic_files import replacing
    from cnn_studio.core.recipes.recipe import Augmentation
    from cnn_studio.engine.augmentation import preview

    images = np.load(command.images, allow_pickle=False)
    strengths = msgspec.convert(command.augmentation, Augmentation)
    with replacing(Path(command.to)) as temporary, temporary.open("wb") as file:
        np.save(file, preview(images, strengths, command.seed))
    context.report(PreviewEnded(job=command.job, path=command.to))


JOBS: dict[type, Callable[[JobContext, Any], None]] = {
    ListDevices: list_devices,
    Train: train,
    Resume: resume,
    Evaluate: evaluate,
    CrossValidate: cross_validate,
    Embed: embed,
    Export: export,
    FineTune: teach,
    Preview: preview,
}


TASKS = (Preview,)
"""Jobs so short that a training does them between two batches."""

SWITCHES: dict[type, Callable[[Control, Any], None]] = {
    Pause: lambda control, command: control.pause(),
    Continue: lambda control, command: control.resume(),
    ChangeLearningRate: lambda control, command: control.set_learning_rate(command.learning_rate),
    Watch: lambda control, command: control.watch(command.wanted),
}
