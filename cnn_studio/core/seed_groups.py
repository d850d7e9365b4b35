"""Runs of one recipe that differ in nothing but the seed, taken together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import fmean

import msgspec

from cnn_studio.core.comparing import Spread, spread
from cnn_studio.core.run_table import RunRow
from cnn_studio.core.runs import RunResult


class SeedGroup(msgspec.Struct, frozen=True):
    """Runs of one recipe, in the order they were given.

    Attributes:
        key: What its runs share.
        rows: Its runs, one or more.
        test: How the test accuracy of those that finished varies; None where none did.
        validation: The same of the best validation accuracy.
        seconds: The same of the time.
    """

    key: bytes
    rows: tuple[RunRow, ...]
    test: Spread | None
    validation: Spread | None
    seconds: Spread | None

    @property
    def seeds(self) -> int:
        """How many different seeds there are among those that finished."""
        return len({row.recipe.training.seed for row in _finished(self.rows) if row.recipe})


def seed_groups(rows: Sequence[RunRow]) -> list[SeedGroup]:
    """Gather runs of one recipe and number of images, in the order of their first run.

    A damaged run is a group of its own; so is every other that shares its recipe with none.
    """
    gathered: dict[bytes, list[RunRow]] = {}
    for row in rows:
        gathered.setdefault(row.group or str(row.folder).encode(), []).append(row)
    return [_group(key, tuple(members)) for key, members in gathered.items()]


def _finished(rows: Sequence[RunRow]) -> list[RunRow]:
    return [row for row in rows if row.record is not None and row.record.status == "finished"]


def _group(key: bytes, rows: tuple[RunRow, ...]) -> SeedGroup:
    def of(value: Callable[[RunResult], float | None]) -> Spread | None:
        means = by_seed(rows, value)
        return spread(means) if means else None

    return SeedGroup(
        key,
        rows,
        of(lambda result: result.test_accuracy),
        of(lambda result: result.best_val_accuracy),
        of(lambda result: result.seconds),
    )


def by_seed(rows: Sequence[RunRow], value: Callable[[RunResult], float | None]) -> list[float]:
    """Return one figure a seed, of the runs that finished.

    A seed trained twice gives the same network but for chance in the sums: two runs of it are no two samples,
    so their mean counts once.
    """
    found: dict[int, list[float]] = {}
    for row in _finished(rows):
        if row.record is None or row.record.result is None:
            continue
        figure = value(row.record.result)
        if figure is not None:
            found.setdefault(row.record.recipe.training.seed, []).append(figure)
    return [fmean(figures) for figures in found.values()]
