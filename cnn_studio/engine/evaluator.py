"""Reading labeled images with a run or a model file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.evaluation.predictions import Evaluation
from cnn_studio.core.runs.evaluation_source import EvaluatedImages, Subset, images_for
from cnn_studio.core.runs.run_folder import RUN_FILE
from cnn_studio.core.runs.usage_of_test_set import count_use_of_test_set
from cnn_studio.engine.model_sources import OpenedModel, limit_of, open_source

PIECE = 2500
"""Images between two reports of how far it is."""


def evaluate(
    source: Path,
    dataset: str | None = None,
    should_stop: Callable[[], bool] = lambda: False,
    *,
    subset: Subset = "test",
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> Evaluation:
    """Read the images of a data set, or a person's drawings.

    A look at the test images of a run's own data set is counted in its folder.

    Args:
        source: A run folder, a `.keras` file of ours, or an `.onnx` file.
        dataset: The data set; None takes the one the network was trained on.
        should_stop: Asked between batches.
        subset: Which images of it; see `core.runs.evaluation_source.images_for`.
        on_progress: Told how many images of how many were read.

    Returns:
        The answers on all of them.

    Raises:
        StudioError: If the source cannot be opened, does not fit the images, or there are none.
        Canceled: When `should_stop` says so.
    """
    opened = open_source(source)
    chosen = images_for(opened.card, subset, dataset, limit_of(source), source.name)
    answers = _answers(opened, chosen.images, should_stop, on_progress)
    if not np.isfinite(answers).all():
        raise StudioError(
            f"{source.name} cannot be evaluated.",
            "Its outputs are not numbers any more: its training diverged.",
            "Train it again with a lower learning rate.",
        )
    if subset == "test" and chosen.dataset == opened.card.dataset and (source / RUN_FILE).is_file():
        count_use_of_test_set(source)
    kept = chosen.images if chosen.kept_nowhere else None
    return Evaluation(answers, chosen.labels, chosen.classes, chosen.dataset, subset, chosen.indices, kept)


def evaluated_images(source: Path, dataset: str | None, subset: Subset) -> EvaluatedImages:
    """Return the images `evaluate` reads.

    Raises:
        StudioError: As `evaluate` does.
    """
    return images_for(open_source(source).card, subset, dataset, limit_of(source), source.name)


def _answers(
    opened: OpenedModel,
    images: NDArray[np.uint8],
    should_stop: Callable[[], bool],
    on_progress: Callable[[int, int], None],
) -> NDArray[np.float32]:
    pieces = []
    for start in range(0, len(images), PIECE):
        on_progress(start, len(images))
        pieces.append(opened.answers(images[start : start + PIECE], should_stop))
    return np.concatenate(pieces)
