"""The pieces of a drawing in a row, and how good a grouping of them is; see `core.number_reading.segmentation`.

The numbers below were chosen on pen drawings of single digits and rows of them; `benchmarks/separating.py`
measures them. All lengths are shares of the reference height, that of the tallest piece.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.drawing.preprocessing import FARTHEST, Stroke

MOST_PIECES = 5
"""Of one digit; more are one only when they lie over one another."""
MOST_STROKES = 200
"""More are a scribble: they are read as one digit, as they always were."""
WIDEST_GAP = 0.5
"""Pieces further apart are never one digit."""
WIDEST_DIGIT = 1.7
COVERED = 0.7
"""Share of the narrower piece that must lie over the other for both to be one for certain."""
BAND = 1 / 12
"""Height of the rows in which gaps are measured, so that a slanted digit may lean over its neighbor."""


@dataclass(frozen=True)
class Weights:
    """What a grouping's score is made of."""

    cut: float = 0.03
    gap: float = 9.2
    wide_from: float = 0.41
    wide: float = 7.6
    low_below: float = 0.69
    low: float = 10.0
    floor: float = 1.4e-4
    joint: float = 2.05
    near: float = 0.19


WEIGHTS = Weights()


class StrokeRow:
    """The pieces of a drawing in a row, and which runs of them may be digits.

    Args:
        drawn: Strokes, or the points of other parts of digits.
        have_ends: Whether the first and last point of a part are the ends of a stroke.

    Attributes:
        runs: (first, behind the last) piece of every run that may be a digit.
    """

    def __init__(self, drawn: Sequence[Stroke], have_ends: bool = True) -> None:
        boxes = np.array([[*points.min(axis=0), *points.max(axis=0)] for points in drawn])
        whole = float(np.ptp(np.concatenate([boxes[:, :2], boxes[:, 2:]]), axis=0).max()) or 1.0
        self._pieces = _pieces(boxes, whole) if len(drawn) <= MOST_STROKES else [tuple(range(len(drawn)))]
        self._boxes = np.array([_around(boxes[list(piece)]) for piece in self._pieces])
        heights = self._boxes[:, 3] - self._boxes[:, 1]
        self._reference = max(float(heights.max()), 0.05 * whole, 1 / FARTHEST)
        self._gaps = self._all_gaps(drawn)
        self._have_ends = have_ends
        self._ends: Stroke = np.array([points[[0, -1]] for points in drawn])
        self.runs = self._all_runs()

    def strokes_of(self, first: int, behind: int) -> tuple[int, ...]:
        """Return the numbers of a run's strokes in the order of drawing."""
        return tuple(sorted(number for piece in self._pieces[first:behind] for number in piece))

    def _all_gaps(self, drawn: Sequence[Stroke]) -> list[float]:
        """Return the gap at every boundary between pieces: the narrowest between any left and right of it."""
        count = len(self._pieces)
        if count < 2:
            return []
        top = float(self._boxes[:, 1].min())
        rows = int((float(self._boxes[:, 3].max()) - top) / (BAND * self._reference)) + 1
        spans = [
            _spans([drawn[number] for number in piece], top, BAND * self._reference, rows)
            for piece in self._pieces
        ]
        gaps = []
        for boundary in range(1, count):
            around = range(max(0, boundary - 3), min(count, boundary + 3))
            pairs = [(a, b) for a in around for b in around if a < boundary <= b]
            gaps.append(min(self._gap(spans, a, b) for a, b in pairs) / self._reference)
        return gaps

    def _gap(self, spans: list[tuple[Stroke, Stroke]], a: int, b: int) -> float:
        between = spans[b][0] - spans[a][1]  # infinite in rows that only one of them touches
        if np.isfinite(between).any():
            return float(between.min())
        return float(self._boxes[b, 0] - self._boxes[a, 2])

    def _all_runs(self) -> list[tuple[int, int]]:
        count = len(self._pieces)
        runs = []
        for first in range(count):
            for behind in range(first + 1, min(count, first + MOST_PIECES) + 1):
                left, top, right, bottom = _around(self._boxes[first:behind])
                apart = max(self._gaps[first : behind - 1], default=0.0) > WIDEST_GAP
                widest = WIDEST_DIGIT * max(self._reference, bottom - top)
                if behind - first > 1 and (apart or right - left > widest):
                    break
                runs.append((first, behind))
        return runs

    def _joints(self, boundary: int, near: float) -> float:
        """Return how many ends of strokes meet ends across a boundary, each counted by its nearness.

        One is a stroke that was broken, two are a ring in two halves.
        """
        if not self._have_ends:
            return 0.0
        left, right = self._pieces[max(0, boundary - 2) : boundary], self._pieces[boundary : boundary + 2]
        a, b = (
            self._ends[[number for piece in side for number in piece]].reshape(-1, 2)
            for side in (left, right)
        )
        apart = np.hypot(*(a[:, None] - b[None]).transpose(2, 0, 1)).min(axis=1) / self._reference
        return min(2.0, float(np.maximum(0.0, 1.0 - apart / near).sum()))

    def shape(self, run: tuple[int, int], weights: Weights = WEIGHTS) -> float:
        """Return how much a run's size is a digit's: 0, or less."""
        left, top, right, bottom = _around(self._boxes[slice(*run)])
        height, width = (bottom - top) / self._reference, (right - left) / self._reference
        low = max(0.0, weights.low_below - height)
        wide = max(0.0, width / max(height, 0.5) - weights.wide_from)
        return -weights.low * low - weights.wide * wide

    def best(self, sure: dict[tuple[int, int], float], weights: Weights = WEIGHTS) -> list[tuple[int, int]]:
        """Return the best grouping as runs, given the classifier's confidence in each run."""
        cuts = [0.0] + [
            weights.gap * gap - weights.cut - weights.joint * self._joints(boundary, weights.near) ** 2
            for boundary, gap in enumerate(self._gaps, start=1)
        ]
        scores = [0.0] + [-math.inf] * len(self._pieces)
        last: list[tuple[int, int]] = [(0, 0)] * len(scores)
        for first, behind in self.runs:  # ordered by their first piece: what comes before it is settled
            score = scores[first] + math.log(max(sure[first, behind], weights.floor))
            score += self.shape((first, behind), weights) + cuts[first]
            if score > scores[behind]:
                scores[behind], last[behind] = score, (first, behind)
        chosen = []
        end = len(self._pieces)
        while end:
            chosen.append(last[end])
            end = last[end][0]
        return chosen[::-1]


def _around(boxes: NDArray[np.float64]) -> tuple[float, float, float, float]:
    left, top = boxes[:, :2].min(axis=0)
    right, bottom = boxes[:, 2:].max(axis=0)
    return float(left), float(top), float(right), float(bottom)


def _pieces(boxes: NDArray[np.float64], whole: float) -> list[tuple[int, ...]]:
    """Put strokes together that lie over one another, and order them by their middle."""
    groups: list[tuple[tuple[int, ...], NDArray[np.float64]]] = [
        ((number,), box) for number, box in enumerate(boxes)
    ]
    thin = 0.02 * whole
    found = True
    while found:
        found = False
        groups.sort(key=lambda group: float(group[1][0] + group[1][2]))
        for index in range(len(groups) - 1):
            a, b = groups[index][1], groups[index + 1][1]
            narrower = min(a[2] - a[0], b[2] - b[0]) + thin
            apart = abs(a[0] + a[2] - b[0] - b[2]) / 2 / (max(a[2] - a[0], b[2] - b[0]) + thin)
            if min(a[2], b[2]) - max(a[0], b[0]) + thin >= COVERED * narrower and apart < 0.3:
                box = np.array(_around(np.stack([a, b])))
                groups[index : index + 2] = [(groups[index][0] + groups[index + 1][0], box)]
                found = True
                break
    return [members for members, _ in groups]


def _spans(strokes: list[Stroke], top: float, band: float, rows: int) -> tuple[Stroke, Stroke]:
    """Return (rows,) the leftmost and rightmost x in every row, a row above and below counted in.

    Rows without ink have +inf and -inf, so that nothing is near them.
    """
    left, right = np.full(rows + 2, np.inf), np.full(rows + 2, -np.inf)
    for points in strokes:
        steps = np.ceil(np.abs(np.diff(points, axis=0)).max(axis=1, initial=0.0) / (band / 2))
        along = np.concatenate([[0.0], np.cumsum(np.minimum(steps, 4 * rows))])
        way = np.arange(along[-1] + 1)
        x, y = (np.interp(way, along, axis) for axis in points.T)
        at = np.clip(((y - top) / band).astype(np.int64), 0, rows - 1) + 1
        np.minimum.at(left, at, x)
        np.maximum.at(right, at, x)
    near_left = np.minimum(np.minimum(left[:-2], left[1:-1]), left[2:])
    near_right = np.maximum(np.maximum(right[:-2], right[1:-1]), right[2:])
    return near_left, near_right
