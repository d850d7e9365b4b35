"""Images of an evaluation as a gallery's tiles, each made when it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import overload

import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.image_list import Answers
from cnn_studio.ui.widgets.tiles import Tile


class EvaluationTiles(Sequence[Tile]):
    """A tile each for some rows of an evaluation, in their order.

    Args:
        answers: The evaluation's.
        rows: Which of its images.
    """

    def __init__(self, answers: Answers, rows: NDArray[np.intp]) -> None:
        self._answers, self.rows = answers, rows

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, place: int) -> Tile: ...
    @overload
    def __getitem__(self, place: slice) -> list[Tile]: ...
    def __getitem__(self, place: int | slice) -> Tile | list[Tile]:
        if isinstance(place, slice):
            return [self._tile(int(row)) for row in self.rows[place]]
        return self._tile(int(self.rows[place]))

    def _tile(self, row: int) -> Tile:
        answers, evaluation = self._answers, self._answers.evaluation
        classes = evaluation.classes
        return Tile(
            row,
            classes[evaluation.labels[row]],
            classes[answers.read[row]],
            float(answers.confidence[row]),
            tuple((classes[index], share) for index, share in answers.best(row)),
            int(answers.numbers[row]),
        )
