"""Strokes -> the digits of a number, left to right.

A stroke belongs to one digit whole, so a number is a way of grouping strokes, and reading it is choosing
the best one, as in the over-segmentation and lattice search of cheque readers (LeCun, Bottou, Bengio and
Haffner, 1998, section VI; Casey and Lecolinet, "A survey of methods and strategies in character
segmentation", 1996). Strokes that lie over one another are one piece; the pieces stand in a row, and every
run of neighboring pieces that could be a digit may be shown to the classifier. A grouping's
score is the sum over its digits of how sure the classifier is and how much their size is a digit's, and
over its cuts of how wide the gap is. The best grouping is found by dynamic programming. Every digit more
costs, so what can be read as one digit is.

`core.number_reading.stroke_grouping` holds the pieces and the score.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.drawing.preprocessing import FARTHEST, Stroke, drawing_to_image
from cnn_studio.core.number_reading.stroke_grouping import StrokeRow

Image8 = NDArray[np.uint8]
Answers = Callable[[Image8], NDArray[np.float64]]
"""(N, 28, 28) uint8 -> (N, classes) probabilities, each row sums to 1."""
Looks = dict[tuple[int, ...], tuple[Image8, NDArray[np.float64]]]
"""Strokes -> the image they are and the classifier's (classes,) probabilities."""

REMEMBERED = 256
MOST_LOOKS = 4
"""Calls of the classifier before all that is left is shown to it at once."""


@dataclass(frozen=True)
class Digit:
    """One digit of a number.

    Attributes:
        strokes: The numbers of its strokes, as drawn.
        box: Left, top, right and bottom in the drawing's unit.
        image: (28, 28) uint8, what the classifier saw.
        probabilities: (classes,), sum 1.
    """

    strokes: tuple[int, ...]
    box: tuple[float, float, float, float]
    image: Image8
    probabilities: NDArray[np.float64]

    @property
    def index(self) -> int:
        """The most probable class."""
        return int(self.probabilities.argmax())

    @property
    def confidence(self) -> float:
        """Its probability."""
        return float(self.probabilities.max())


class NumberReader:
    """Reads drawings, and remembers what it saw: while a pen moves, only the last digit is new.

    Args:
        answers: The classifier, calibrated; asked a few times a reading.
    """

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._seen: OrderedDict[tuple[int, ...], tuple[Image8, NDArray[np.float64]]] = OrderedDict()

    def read(self, strokes: Sequence[Stroke]) -> list[Digit]:
        """Return the digits of a drawing, left to right; empty where nothing is drawn."""
        kept = [number for number, points in enumerate(strokes) if len(_finite(points))]
        if not kept:
            return []
        drawn = [_finite(strokes[number]) for number in kept]
        row = StrokeRow(drawn)
        keys = [hash(points.tobytes()) for points in drawn]
        groups = {run: row.strokes_of(*run) for run in row.runs}
        looks, chosen = self._best(drawn, keys, row, groups)
        digits = []
        for run in chosen:
            image, probabilities = looks[groups[run]]
            points = np.concatenate([drawn[number] for number in groups[run]])
            (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
            members = tuple(kept[number] for number in groups[run])
            box = (float(left), float(top), float(right), float(bottom))
            digits.append(Digit(members, box, image, probabilities))
        return digits

    def _best(
        self,
        drawn: list[Stroke],
        keys: list[int],
        row: StrokeRow,
        groups: dict[tuple[int, int], tuple[int, ...]],
    ) -> tuple[Looks, list[tuple[int, int]]]:
        """Return the best grouping, and what the classifier says of its runs.

        A run that was not seen counts as read for certain, so that the best grouping of those seen and not
        seen is, once all of its runs are seen, the best of all. Few others need to be seen.
        """
        names = {run: tuple(keys[number] for number in group) for run, group in groups.items()}
        sure = {run: self._confidence(name) for run, name in names.items()}
        for _ in range(MOST_LOOKS):
            chosen = row.best(sure)
            unseen = [run for run in chosen if names[run] not in self._seen]
            if not unseen:
                break
            self._look(drawn, {names[run]: groups[run] for run in unseen})
            sure |= {run: self._confidence(names[run]) for run in unseen}
        else:
            self._look(drawn, {name: groups[run] for run, name in names.items() if name not in self._seen})
            chosen = row.best({run: self._confidence(name) for run, name in names.items()})
        looks = {groups[run]: self._seen[names[run]] for run in chosen}
        for name in names.values():
            if name in self._seen:
                self._seen.move_to_end(name)
        while len(self._seen) > max(REMEMBERED, len(names)):
            self._seen.popitem(last=False)
        return looks, chosen

    def _confidence(self, name: tuple[int, ...]) -> float:
        return float(self._seen[name][1].max()) if name in self._seen else 1.0

    def _look(self, drawn: list[Stroke], groups: dict[tuple[int, ...], tuple[int, ...]]) -> None:
        """Show groups to the classifier, all in one call."""
        images = {}
        for name, group in groups.items():
            image = drawing_to_image([drawn[number] for number in group])
            assert image is not None  # every stroke has a point
            images[name] = image
        found = self._answers(np.stack(list(images.values())))
        for (name, image), row in zip(images.items(), found, strict=True):
            self._seen[name] = (image, np.asarray(row, np.float64))


def _finite(points: Stroke) -> Stroke:
    """Return the points that `core.drawing.preprocessing` would ink."""
    return points[(np.abs(points) < FARTHEST).all(axis=1)]
