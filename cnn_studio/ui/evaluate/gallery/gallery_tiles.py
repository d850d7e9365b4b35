"""Images of an evaluation as a gallery's tiles, each made when it is asked for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.evaluation.image_list import ListedAnswers
from cnn_studio.ui.widgets.image_tiles import ImageTile, LazyTiles


class EvaluationTiles(LazyTiles):
    """A tile each for some rows of an evaluation, in their order.

    Args:
        answers: The evaluation's.
        rows: Which of its images.
    """

    def __init__(self, answers: ListedAnswers, rows: NDArray[np.intp]) -> None:
        super().__init__(rows)
        self._answers = answers

    def tile(self, row: int) -> ImageTile:
        answers, evaluation = self._answers, self._answers.evaluation
        classes = evaluation.classes
        return ImageTile(
            row,
            classes[evaluation.labels[row]],
            classes[answers.read[row]],
            float(answers.confidence[row]),
            tuple((classes[index], share) for index, share in answers.best(row)),
            int(answers.numbers[row]),
        )
