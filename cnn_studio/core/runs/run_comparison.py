"""Runs read for a comparison: figures, curves and answers, each as far as its file can be read."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

import numpy as np

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.evaluation.predictions import Evaluation, load_evaluation, wilson_interval
from cnn_studio.core.evaluation.significance import coin_p_value, holm, incomparable
from cnn_studio.core.runs.run_folder import EVALUATION_FILE, read_history
from cnn_studio.core.runs.run_table import RunRow, read_row
from cnn_studio.core.runs.seed_groups import SeedGroup, by_seed


@dataclass(frozen=True)
class ComparedRun:
    """One run of a comparison.

    Attributes:
        row: Its figures, as the table of runs has them.
        name: What it is called here; no two of a comparison have one name.
        history: Its epochs, as `core.runs.run_folder.read_history` gives them; empty where there are none.
        evaluation: Its answers on the test images; None where they cannot be read.
        problem: What is missing or damaged, in a sentence; empty where nothing is.
        accuracy: Share of the test images read rightly; None where that is not known, as below.
        interval: Its 95 % confidence interval (Wilson).
        errors: How many test images it misreads.
    """

    row: RunRow
    name: str
    history: list[dict[str, float | None]]
    evaluation: Evaluation | None
    problem: str
    accuracy: float | None
    interval: tuple[float, float] | None
    errors: int | None = None

    @property
    def seconds(self) -> float | None:
        """How long its training took."""
        result = self.row.record.result if self.row.record else None
        return result.seconds if result else None


def read_compared(folders: Sequence[Path], given_up: Callable[[], bool] = lambda: False) -> list[ComparedRun]:
    """Read runs for a comparison (about 30 ms a run; not on the GUI thread).

    Args:
        folders: Run folders; what is wrong with one becomes its `problem`.
        given_up: Asked before each folder; the runs so far are returned once it says so.
    """
    rows: list[RunRow] = []
    answers: list[tuple[Evaluation | None, str]] = []
    for folder in folders:
        if given_up():
            break
        row = read_row(folder)
        rows.append(row)
        answers.append(_answers(row))
    return [
        _compared(row, name, evaluation, problem)
        for row, name, (evaluation, problem) in zip(rows, _names(rows), answers, strict=True)
    ]


def _compared(row: RunRow, name: str, evaluation: Evaluation | None, problem: str) -> ComparedRun:
    history = _history(row.folder)
    if evaluation is None:
        return ComparedRun(row, name, history, None, problem, row.test_accuracy, row.interval)
    total = len(evaluation.labels)
    errors = int(np.count_nonzero(evaluation.predictions != evaluation.labels))
    interval = wilson_interval(total - errors, total)
    return ComparedRun(row, name, history, evaluation, problem, evaluation.accuracy, interval, errors)


def _answers(row: RunRow) -> tuple[Evaluation | None, str]:
    """Return a run's answers, and what keeps it from being compared whole."""
    path = row.folder / EVALUATION_FILE
    try:
        evaluation = load_evaluation(path)
    except StudioError:
        if path.is_file():
            return None, f"{EVALUATION_FILE} is truncated or damaged: evaluate the run again."
        return None, row.problem if row.record is None else "It has no evaluation yet."
    return evaluation, row.problem if row.record is None else ""


def _history(folder: Path) -> list[dict[str, float | None]]:
    try:
        return read_history(folder)
    except (OSError, ValueError):  # a truncated line
        return []


def _names(rows: Sequence[RunRow]) -> list[str]:
    """Return a name for each run that no other has; of more than two it begins with its number from 1."""
    names = [row.name for row in rows]
    for more in (_seed, _time, lambda row: row.folder.name):
        taken = Counter(names)
        names = [
            f"{name} · {more(row)}" if taken[name] > 1 and more(row) else name
            for name, row in zip(names, rows, strict=True)
        ]
    if len(rows) <= 2:
        return names
    return [f"{number} · {name}" for number, name in enumerate(names, start=1)]


def _seed(row: RunRow) -> str:
    return f"seed {row.recipe.training.seed}" if row.recipe else ""


def _time(row: RunRow) -> str:
    return row.record.created[5:16].replace("T", " ") if row.record else ""


def of_one_recipe(a: ComparedRun, b: ComparedRun) -> bool:
    """Return whether two runs differ in nothing but their seed: what they differ in is chance."""
    return bool(a.row.group) and a.row.group == b.row.group


@dataclass(frozen=True)
class PairTest:
    """McNemar's test of two runs of a comparison.

    Attributes:
        first: The number of the one.
        second: The number of the other, larger.
        p_value: By itself.
        corrected: Corrected for all pairs that were tested (Holm).
    """

    first: int
    second: int
    p_value: float
    corrected: float


def pair_tests(runs: Sequence[ComparedRun]) -> list[PairTest]:
    """Return McNemar's test of every two runs that were evaluated on the same images."""
    answers = [
        (number, run.evaluation, run.evaluation.predictions == run.evaluation.labels)
        for number, run in enumerate(runs)
        if run.evaluation is not None
    ]
    pairs: list[tuple[int, int]] = []
    p_values: list[float] = []
    for (first, a, right_a), (second, b, right_b) in combinations(answers, 2):
        if incomparable(a, b) is None:
            pairs.append((first, second))
            only_a, only_b = np.count_nonzero(right_a & ~right_b), np.count_nonzero(right_b & ~right_a)
            p_values.append(coin_p_value(int(only_a), int(only_b)))
    return [
        PairTest(first, second, p_value, corrected)
        for (first, second), p_value, corrected in zip(pairs, p_values, holm(p_values), strict=True)
    ]


def group_accuracies(group: SeedGroup) -> list[float]:
    """Return the test accuracy of each seed of a group that finished (its latest run), fractions of 1."""
    return by_seed(group.rows, lambda result: result.test_accuracy)
