"""A run's evaluation with the images it was made on."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.datasets import Subset, load_subset
from cnn_studio.core.errors import StudioError
from cnn_studio.core.evaluation import Evaluation, load_evaluation
from cnn_studio.core.runs import EVALUATION_FILE


class Reading(msgspec.Struct, frozen=True):
    """What the Evaluate tab shows.

    Attributes:
        folder: The run's.
        evaluation: Its answers.
        images: (N, height, width, channels) uint8; None where they are not to be had.
        problem: Why there are no images.
        outdated: Whether another evaluation would help, since the data have changed.
    """

    folder: Path
    evaluation: Evaluation
    images: NDArray[np.uint8] | None
    problem: StudioError | None = None
    outdated: bool = False


def read(folder: Path) -> Reading:
    """Read a run's evaluation and its images (0.1 s, own data longer; not on the GUI thread).

    Raises:
        StudioError: If the evaluation cannot be read. Missing images are no error.
    """
    import cnn_studio.data  # noqa: F401 - knows people's own data by name; not needed before the first paint

    evaluation = load_evaluation(folder / EVALUATION_FILE)
    subset: Subset = "train" if evaluation.subset == "train" else "test"
    try:
        images, labels = load_subset(evaluation.dataset, subset)
    except StudioError as error:
        gone = StudioError(
            "The images of this run are not here.",
            f"{error.what} {error.why}",
            "Put the data back where they were to see them; the matrix needs only the answers.",
        )
        return Reading(folder, evaluation, None, gone)
    count = len(evaluation.labels)
    if np.array_equal(labels[:count], evaluation.labels):
        return Reading(folder, evaluation, images)
    changed = StudioError(
        "The evaluation does not fit its data set.",
        f"The data have changed since: it has {count:,} answers, the data set {len(labels):,} images.",
        "Evaluate the run again.",
    )
    return Reading(folder, evaluation, None, changed, outdated=True)
