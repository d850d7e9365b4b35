"""Whether one run is better than another: on the same images, and over several seeds.

McNemar's test, its interval and Holm's correction are for two networks' answers to the same images; Student's
and Welch's figures are for several trainings of one recipe. `tests/core/test_comparing.py` compares them with
SciPy.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.evaluation.predictions import Evaluation
from cnn_studio.core.evaluation.student_t import student_p_value, student_quantile

NOISE = 0.05
"""The p value from which on a difference is called noise."""
FEW_SEEDS = 3
"""Below so many seeds an interval says little."""
Z_95 = 1.959964


@dataclass(frozen=True)
class ChangeCounts:
    """The images on which two networks' answers are right and wrong, A the first and B the second.

    Attributes:
        fixed: Numbers of the images that A misreads and B reads.
        broken: Those that A reads and B misreads.
        both_wrong: Those that both misread.
        both_right: Those that both read.
    """

    fixed: NDArray[np.intp]
    broken: NDArray[np.intp]
    both_wrong: NDArray[np.intp]
    both_right: NDArray[np.intp]

    @property
    def images(self) -> int:
        """How many images there are."""
        return sum(map(len, (self.fixed, self.broken, self.both_wrong, self.both_right)))

    @property
    def p_value(self) -> float:
        """How probable so uneven a division into fixed and broken is if neither network is better.

        McNemar's test (Psychometrika 1947), exact: fixed and broken as tosses of a fair coin, two-sided.
        """
        return coin_p_value(len(self.fixed), len(self.broken))

    @property
    def difference(self) -> float:
        """Accuracy of B less that of A, fractions of 1; 0 for no images."""
        return (len(self.fixed) - len(self.broken)) / self.images if self.images else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % confidence interval of the difference, -1 to 1.

        Wald's for matched pairs with half an image added to each of the four counts (Agresti and Min,
        Statistics in Medicine 2005).
        """
        total = self.images + 2.0
        fixed, broken = len(self.fixed) + 0.5, len(self.broken) + 0.5
        center = (fixed - broken) / total
        half = Z_95 * math.sqrt(fixed + broken - (fixed - broken) ** 2 / total) / total
        return max(-1.0, center - half), min(1.0, center + half)


def incomparable(a: Evaluation, b: Evaluation) -> StudioError | None:
    """Return why two evaluations cannot be compared image by image, or None where they can."""
    what = "These two runs cannot be compared image by image."
    remedy = "Choose runs that were evaluated on the same images."
    if (a.dataset, a.subset) != (b.dataset, b.subset):
        why = f"One was evaluated on {a.dataset} ({a.subset}), the other on {b.dataset} ({b.subset})."
    elif a.classes != b.classes:
        why = f"Their classes differ: {', '.join(a.classes)} and {', '.join(b.classes)}."
    elif not np.array_equal(a.labels, b.labels):
        why = f"The data set {a.dataset} has changed between the two evaluations."
        remedy = "Evaluate both runs again."
    else:
        return None
    return StudioError(what, why, remedy)


def ledger(a: Evaluation, b: Evaluation) -> ChangeCounts:
    """Compare two networks' answers to the same images, the most confident mistake first.

    Raises:
        StudioError: If they are not answers to the same images.
    """
    problem = incomparable(a, b)
    if problem is not None:
        raise problem
    right_a, right_b = a.predictions == a.labels, b.predictions == b.labels
    surest = np.maximum(np.where(right_a, 0.0, a.confidences), np.where(right_b, 0.0, b.confidences))

    def chosen(mask: NDArray[np.bool_]) -> NDArray[np.intp]:
        numbers = np.flatnonzero(mask)
        return numbers[np.argsort(-surest[numbers], kind="stable")]

    return ChangeCounts(
        fixed=chosen(~right_a & right_b),
        broken=chosen(right_a & ~right_b),
        both_wrong=chosen(~right_a & ~right_b),
        both_right=chosen(right_a & right_b),
    )


def coin_p_value(first: int, second: int) -> float:
    """Return how probable a division of tosses of a fair coin at least this uneven is (two-sided, exact).

    Args:
        first: Tosses on one side, 0 or more.
        second: Tosses on the other side.
    """
    few, tosses = min(first, second), first + second
    if 2 * few == tosses:
        return 1.0
    ranks = np.arange(1, few + 1)
    logarithms = np.concatenate(([0.0], np.cumsum(np.log((tosses - ranks + 1) / ranks))))
    return min(1.0, 2.0 * math.exp(float(np.logaddexp.reduce(logarithms)) - tosses * math.log(2.0)))


def holm(p_values: Sequence[float]) -> list[float]:
    """Return the p values corrected for being several (Holm, Scandinavian Journal of Statistics 1979)."""
    order = sorted(range(len(p_values)), key=lambda number: p_values[number])
    corrected = [0.0] * len(p_values)
    highest = 0.0
    for rank, number in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[number]))
        corrected[number] = highest
    return corrected


@dataclass(frozen=True)
class Spread:
    """How a figure varies over several trainings.

    Attributes:
        count: How many there are, 1 or more.
        mean: Their mean.
        deviation: Their standard deviation (of a sample, n - 1); 0 for a single one.
    """

    count: int
    mean: float
    deviation: float

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % confidence interval of the mean (Student's t); None for a single training."""
        if self.count < 2:
            return None
        half = student_quantile(0.95, self.count - 1) * self.deviation / math.sqrt(self.count)
        return self.mean - half, self.mean + half


def spread(values: Sequence[float]) -> Spread:
    """Return mean and deviation of one value or more."""
    deviation = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
    return Spread(len(values), float(np.mean(values)), deviation)


@dataclass(frozen=True)
class AccuracyDifference:
    """The mean of one group of trainings less that of another.

    Attributes:
        difference: Second mean less the first.
        interval: Its 95 % confidence interval.
        p_value: How probable a difference as large is if the true means are equal.
        degrees: Degrees of freedom (Welch and Satterthwaite).
    """

    difference: float
    interval: tuple[float, float]
    p_value: float
    degrees: float


def welch(first: Sequence[float], second: Sequence[float]) -> AccuracyDifference | None:
    """Compare two groups' means without taking their deviations for equal (Welch, Biometrika 1947).

    Returns:
        None where a group has fewer than two values, or no value differs from the others of its group.
    """
    if min(len(first), len(second)) < 2:
        return None
    a, b = spread(first), spread(second)
    parts = a.deviation**2 / a.count, b.deviation**2 / b.count
    error = math.sqrt(sum(parts))
    if error == 0.0:
        return None
    degrees = sum(parts) ** 2 / (parts[0] ** 2 / (a.count - 1) + parts[1] ** 2 / (b.count - 1))
    difference = b.mean - a.mean
    half = student_quantile(0.95, degrees) * error
    return AccuracyDifference(
        difference,
        (difference - half, difference + half),
        student_p_value(difference / error, degrees),
        degrees,
    )


def frontier(costs: Sequence[float], accuracies: Sequence[float]) -> list[int]:
    """Return the numbers of the points no other dominates, cheapest first.

    A point is dominated by one that costs no more and is no less accurate, and is better in one of the two
    (Pareto's frontier).
    """
    best = -math.inf
    found: list[int] = []
    for number in sorted(range(len(costs)), key=lambda number: (costs[number], -accuracies[number])):
        equal = bool(found) and (costs[found[-1]], accuracies[found[-1]]) == (
            costs[number],
            accuracies[number],
        )
        if accuracies[number] > best or equal:
            found.append(number)
            best = max(best, accuracies[number])
    return found


def recall_changes(a: Evaluation, b: Evaluation) -> list[tuple[str, int, float | None, float | None]]:
    """Return each class's name, number of images and recall with A and with B; None for an empty class."""
    rows: list[tuple[str, int, float | None, float | None]] = []
    right_a, right_b = a.predictions == a.labels, b.predictions == b.labels
    for number, name in enumerate(a.classes):
        members = a.labels == number
        count = int(members.sum())
        recalls = [float(right[members].mean()) if count else None for right in (right_a, right_b)]
        rows.append((name, count, recalls[0], recalls[1]))
    return rows


LEDGER_COLUMNS = ("entry", "image", "true", "a", "a_confidence", "b", "b_confidence")


def ledger_table(entries: ChangeCounts, a: Evaluation, b: Evaluation) -> str:
    """Return the images on which two networks differ or err as CSV, a row an image."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(LEDGER_COLUMNS)
    answers = [(one.predictions, one.confidences) for one in (a, b)]
    for entry in ("fixed", "broken", "both_wrong"):
        for number in getattr(entries, entry).tolist():
            cells: list[object] = [entry, number, a.classes[a.labels[number]]]
            for predictions, confidences in answers:
                cells += [a.classes[predictions[number]], f"{confidences[number]:.4f}"]
            writer.writerow(cells)
    return text.getvalue()
