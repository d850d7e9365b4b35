"""The images of an evaluation in a report."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.datasets.registry import Subset, load_subset
from cnn_studio.core.evaluation.predictions import Evaluation
from cnn_studio.figures.html_page import gallery

Images = NDArray[np.uint8]


def images_of(evaluation: Evaluation) -> Images | str:
    """Return the images that were answered, (N, height, width, channels), or why they are missing."""
    subset: Subset = "train" if evaluation.subset == "train" else "test"
    try:
        images, labels = load_subset(evaluation.dataset, subset)
    except StudioError as error:
        return f"The images are missing: {error.what} {error.why}"
    if not np.array_equal(labels[: len(evaluation.labels)], evaluation.labels):
        return "The images are not shown: the data have changed since the evaluation."
    return images


def shown(evaluation: Evaluation, images: Images, numbers: Iterable[int]) -> str:
    """Return images with their true class, what they were read as, and how surely."""
    predictions, confidences = evaluation.predictions, evaluation.confidences
    return gallery(
        [
            (
                images[number],
                f"{true} → {read}, {100 * confidences[number]:.0f} %",
                f"Image {number}: true class {true}, read as {read} at {100 * confidences[number]:.0f} %",
            )
            for number in numbers
            for true, read in [
                (
                    evaluation.classes[evaluation.labels[number]],
                    evaluation.classes[predictions[number]],
                )
            ]
        ]
    )
