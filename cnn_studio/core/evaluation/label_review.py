"""The images whose labels are to be judged, with what was judged of them before."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.settings import home
from cnn_studio.core.datasets.registry import dataset_info, load_subset
from cnn_studio.core.evaluation.confident_learning import LabelIssues, find_label_issues
from cnn_studio.core.evaluation.label_verdicts import (
    LabelVerdict,
    LabelVerdicts,
    Verdict,
    file_name,
    fingerprint,
)
from cnn_studio.core.evaluation.predictions import Evaluation, load_evaluation


@dataclass(frozen=True)
class LabelReview:
    """Doubted labels with their images.

    Attributes:
        evaluation: The answers they were found by.
        images: (N, height, width, channels) uint8, row by row those of the evaluation.
        suspects: Which of them are doubted.
        marks: The verdicts on the data set's labels.
        subset: "train" or "test": where the images are in the data set.
    """

    evaluation: Evaluation
    images: NDArray[np.uint8]
    suspects: LabelIssues
    marks: LabelVerdicts
    subset: str

    def verdict(self, number: int) -> Verdict:
        """Return what is thought of the label of an image of the evaluation."""
        return self.marks.verdict(self.subset, self.images[number], self._own_label(number))

    def mark(self, number: int, verdict: Verdict) -> LabelVerdict:
        """Return a verdict on an image of the evaluation, to be added to the marks."""
        indices = self.evaluation.indices
        return LabelVerdict(
            verdict=verdict,
            subset=self.subset,
            number=number if indices is None else int(indices[number]),
            image=fingerprint(self.images[number]),
            label=self._own_label(number),
        )

    def _own_label(self, number: int) -> int:
        """Return the data set's number of an image's class: a network may number them otherwise."""
        name = self.evaluation.classes[int(self.evaluation.labels[number])]
        classes = dataset_info(self.evaluation.dataset).classes
        return classes.index(name) if name in classes else int(self.evaluation.labels[number])


def review_labels(evaluation: Evaluation, images: NDArray[np.uint8]) -> LabelReview:
    """Doubt the labels of evaluated images.

    Raises:
        StudioError: If the network learned from these images, or they are no data set's.
    """
    if not evaluation.dataset:
        raise StudioError(
            "These images have no labels to check.",
            "They are drawings whose classes you named yourself.",
            "Choose the test or the validation images.",
        )
    return LabelReview(
        evaluation,
        images,
        find_label_issues(evaluation.probabilities, evaluation.labels),
        LabelVerdicts(evaluation.dataset),
        "train" if evaluation.indices is not None or evaluation.subset == "train" else "test",
    )


def cross_validated_path(dataset: str) -> Path:
    """Return where the answers on a data set's training images by networks that never saw them are kept."""
    return home() / "label-checks" / Path(file_name(dataset)).with_suffix(".npz")


def read_cross_validated(dataset: str) -> LabelReview:
    """Return the doubted labels of a data set's training images, once `CrossValidate` has read them.

    Raises:
        StudioError: If that has not happened, or the data have changed since.
    """
    evaluation = load_evaluation(cross_validated_path(dataset))
    images, labels = load_subset(dataset, "train")
    count = len(evaluation.labels)
    if len(labels) < count or not np.array_equal(labels[:count], evaluation.labels):
        raise StudioError(
            "The training images have changed since they were checked.",
            f"The check covered {count:,} labels.",
            "Check them again.",
        )
    return review_labels(evaluation, images[:count])
