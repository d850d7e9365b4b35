"""Runs of one recipe that differ in nothing but the seed, taken together.

A seed counts once: trained twice, it gives the same network but for chance in the sums, so two runs of it are
no two samples. The latest of them counts, whole: it is the one made with the program, the data and the device
of today, and the one that stands first in the table of runs. The runs, their comparison, the report, the
command line and the queue all take their figures from `latest_of_each_seed`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

import msgspec

from cnn_studio.core.evaluation.significance import Spread, spread
from cnn_studio.core.runs.run_folder import RunResult
from cnn_studio.core.runs.run_table import RunRow, created

T = TypeVar("T")


class SeedGroup(msgspec.Struct, frozen=True):
    """Runs of one recipe, in the order they were given.

    Attributes:
        key: What its runs share.
        rows: Its runs, one or more.
        test: How the test accuracy of those that finished varies, a seed counted once; None where none did.
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


def latest_of_each_seed(runs: Iterable[T], seed: Callable[[T], int], when: Callable[[T], Any]) -> list[T]:
    """Return one run a seed, the latest, in the order in which the seeds come first.

    Args:
        runs: Runs of one recipe that ended and have figures.
        seed: Of a run.
        when: What orders them in time; of two that are equal in it the later given counts.
    """
    latest: dict[int, T] = {}
    for run in runs:
        number = seed(run)
        if number not in latest or when(run) >= when(latest[number]):
            latest[number] = run
    return list(latest.values())


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
    """Return one figure a seed, of the runs that finished; see `latest_of_each_seed`."""
    results = [
        (row.record.recipe.training.seed, (created(row), row.folder.name), row.record.result)
        for row in _finished(rows)
        if row.record is not None and row.record.result is not None
    ]
    latest = latest_of_each_seed(results, lambda run: run[0], lambda run: run[1])
    figures = [value(result) for _, _, result in latest]
    return [figure for figure in figures if figure is not None]
