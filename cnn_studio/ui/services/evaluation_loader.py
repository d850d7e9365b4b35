"""An evaluation with its figures and the images it was made on."""

from __future__ import annotations

from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.datasets.lazy_arrays import selected, written
from cnn_studio.core.datasets.registry import dataset_info, load_subset
from cnn_studio.core.evaluation.metrics import Scores, scores_of
from cnn_studio.core.evaluation.predictions import Evaluation, load_evaluation
from cnn_studio.core.runs.evaluation_source import Subset, evaluation_path
from cnn_studio.core.runs.run_folder import EVALUATION_FILE, KERAS_FILE

Pixels = NDArray[np.uint8]
FORMER = StudioError(
    "These are predictions of an earlier state of the network.",
    "The run was trained further since then.",
    "Evaluate it again.",
)


class LoadedEvaluation(msgspec.Struct, frozen=True):
    """What the Evaluate tab shows.

    Attributes:
        folder: The run's, or the model file.
        evaluation: Its answers.
        images: (N, height, width, channels) uint8, row by row those of the evaluation; None where they
            are not to be had.
        scores: All figures of the answers.
        problem: Why there are no images, or why the answers are no longer the network's.
        outdated: Whether another evaluation would help, since the data or the network have changed.
        dataset: The data set that was asked for; None for the network's own.
    """

    folder: Path
    evaluation: Evaluation
    images: Pixels | None
    scores: Scores
    problem: StudioError | None = None
    outdated: bool = False
    dataset: str | None = None


def load_evaluation_with_metrics(
    source: Path, subset: Subset = "test", dataset: str | None = None
) -> LoadedEvaluation:
    """Read an evaluation and its images (0.1 s, own data longer; not on the GUI thread).

    Args:
        source: A run folder or a model file.
        subset: Which images it was evaluated on.
        dataset: Of which data set; None for its own.

    Raises:
        StudioError: If the evaluation cannot be read. Missing images are no error.
    """
    import cnn_studio.data  # noqa: F401 - knows people's own data by name; not needed before the first paint

    evaluation = load_evaluation(evaluation_path(source, subset, dataset))
    if not len(evaluation.labels):
        raise StudioError(
            "The evaluation is empty.", "It holds no predictions.", "Evaluate again, or choose other images."
        )
    scores = scores_of(evaluation)
    try:
        images = _images(evaluation)
    except StudioError as error:
        gone = StudioError(
            "The images of this run are missing.",
            f"{error.what} {error.why}",
            "Put the data back where they were to see them; the matrix needs only the predictions.",
        )
        return LoadedEvaluation(source, evaluation, None, scores, gone, dataset=dataset)
    if images is not None:
        older = _is_older(source, evaluation_path(source, subset, dataset))
        former = FORMER if older else None
        return LoadedEvaluation(source, evaluation, images, scores, former, outdated=older, dataset=dataset)
    changed = StudioError(
        "The evaluation does not fit its data set.",
        f"The data changed after it made its {len(evaluation.labels):,} answers.",
        "Evaluate the run again.",
    )
    return LoadedEvaluation(source, evaluation, None, scores, changed, outdated=True, dataset=dataset)


def _is_older(source: Path, answers: Path) -> bool:
    """Tell whether a run learned further after it gave these answers; each training writes its own test's."""
    if answers.name == EVALUATION_FILE:
        return False
    try:
        return answers.stat().st_mtime_ns < (source / KERAS_FILE).stat().st_mtime_ns
    except OSError:
        return False


def _images(evaluation: Evaluation) -> Pixels | None:
    """Return the images of an evaluation; None where they are no longer those it was made on.

    Raises:
        StudioError: If the data set is not here.
    """
    if evaluation.images is not None:
        return evaluation.images
    count, indices = len(evaluation.labels), evaluation.indices
    # validation images without indices are those of a recipe that watched the test set
    unplaced = evaluation.subset == "validation" and indices is None
    images, labels = load_subset(
        evaluation.dataset, "test" if evaluation.subset == "test" or unplaced else "train"
    )
    if len(labels) < (count if indices is None else int(indices.max()) + 1):
        return None
    names = np.array(dataset_info(evaluation.dataset).classes)
    found = labels[:count] if indices is None else labels[indices]
    if not np.array_equal(names[found], np.array(evaluation.classes)[evaluation.labels]):
        return None
    return images[:count] if indices is None else written([selected(images, indices)], evaluation.dataset)
