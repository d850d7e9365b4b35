"""What the figures of a training over its epochs say: smoothed, their best epoch, the learning rate's steps."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Row = dict[str, float | None]
"""An epoch as `core.runs.run_folder.read_history` gives it."""

DASHES = (
    (4.0, 2.0),
    (1.0, 1.5),
    (6.0, 2.0, 1.0, 2.0),
    (2.0, 2.0),
    (8.0, 2.0),
    (6.0, 2.0, 1.0, 2.0, 1.0, 2.0),
)
"""Patterns of lines, in units of their width: of validation, and of further runs one after the other."""
BLOCK = 128
MOST_STEPS_SHARE = 0.2
"""A learning rate that changes more often than in this share of the rows glides; it has no steps to mark."""


def smoothed(values: NDArray[np.float64], weight: float) -> NDArray[np.float64]:
    """Return the exponential moving average of a curve, corrected for its beginning at 0.

    As TensorBoard smooths its curves: m_i = weight * m_(i-1) + (1 - weight) * v_i with m_0 = 0, divided by
    1 - weight^i, as the moments of Adam are (Kingma and Ba, 2015, section 3).

    Args:
        values: Shape (n,), no gaps.
        weight: Of the past, 0 (nothing is smoothed) up to but not including 1.

    Returns:
        Shape (n,).
    """
    if weight <= 0 or len(values) < 2:
        return values
    # Inside a block the sums of v_j / weight^j are running sums; it is so short that no power overflows.
    length = int(np.clip(-200 / np.log10(weight), 1, BLOCK))
    powers = weight ** np.arange(1.0, length + 1)
    blocks = np.zeros((-(-len(values) // length), length))
    blocks.reshape(-1)[: len(values)] = values
    inside = (1 - weight) * powers * np.cumsum(blocks / powers, axis=1)
    before = 0.0
    for block in inside:
        block += powers * before
        before = block[-1]
    average: NDArray[np.float64] = inside.reshape(-1)[: len(values)]
    reach = min(len(values), int(-40 / np.log(weight)) + 1)  # from there on the correction is 1 in 64 bits
    average[:reach] /= 1 - weight ** np.arange(1.0, reach + 1)
    return average


def best_epoch(rows: Sequence[Row]) -> int | None:
    """Return the first epoch of the highest validation accuracy.

    A validated epoch is better than any that was not: their accuracies are of different images. Where none
    was, the highest training accuracy counts.
    """
    best, reached = None, (False, -1.0)
    for row in rows:
        validation = row.get("val_accuracy")
        figure = validation if validation is not None else row.get("accuracy")
        found = (validation is not None, -1.0 if figure is None else figure)
        if found > reached:
            best, reached = int(row["epoch"] or 0), found
    return best


def rate_steps(positions: Sequence[float], rates: Sequence[float | None]) -> list[tuple[float, float]]:
    """Return where a learning rate was lowered or raised, and to what.

    Args:
        positions: Rising, in epochs.
        rates: The rate at each of them.

    Returns:
        (position, new rate) of each step; none where the rate glides, as under a cosine schedule.
    """
    known = [(position, rate) for position, rate in zip(positions, rates, strict=True) if rate is not None]
    steps = [after for before, after in pairwise(known) if abs(after[1] - before[1]) > 1e-6 * abs(before[1])]
    return steps if len(steps) <= max(1, MOST_STEPS_SHARE * len(known)) else []
