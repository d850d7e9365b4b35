"""What a comparison is about: some runs, and two of them whose answers are held against one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QCoreApplication, QObject, Signal

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.evaluation.significance import ChangeCounts, ledger, recall_changes
from cnn_studio.core.runs.recipe_diff import RecipeDifference, record_differences
from cnn_studio.core.runs.run_comparison import ComparedRun, PairTest, pair_tests, read_compared
from cnn_studio.core.runs.run_table import created
from cnn_studio.core.runs.seed_groups import SeedGroup, seed_groups
from cnn_studio.ui.services.background_task import Canceled
from cnn_studio.ui.services.evaluation_loader import load_evaluation_with_metrics
from cnn_studio.ui.services.latest_request import LatestRequest


@dataclass(frozen=True)
class Overview:
    """Everything about the runs that does not depend on which two are chosen.

    Attributes:
        runs: In the order they were given.
        differences: Of the runs whose record can be read.
        readable: The numbers of those.
        tests: McNemar's test of every two that can be compared.
        groups: The runs by recipe.
    """

    runs: tuple[ComparedRun, ...] = ()
    differences: tuple[RecipeDifference, ...] = ()
    readable: tuple[int, ...] = ()
    tests: tuple[PairTest, ...] = ()
    groups: tuple[SeedGroup, ...] = ()


@dataclass(frozen=True)
class PairedAnswers:
    """What a network read in each image, (N,) class numbers, and how sure it was, (N,) 0 to 1."""

    predictions: NDArray[np.intp]
    confidences: NDArray[np.float32]


@dataclass(frozen=True)
class Pair:
    """Two runs held against one another.

    Attributes:
        a: The first.
        b: The second.
        ledger: Which images they read; None where that cannot be told.
        problem: Why it cannot, or why the images are not here; None where all is well.
        classes: The names of the classes; empty where there is no ledger, as all below.
        labels: (N,) the true classes.
        answers: What A and B read.
        matrices: Their confusion matrices, (classes, classes) counts.
        recalls: Name, images, recall with A and with B of each class.
        images: (N, height, width, channels) uint8; None where they are not here.
    """

    a: ComparedRun
    b: ComparedRun
    ledger: ChangeCounts | None = None
    problem: StudioError | None = None
    classes: tuple[str, ...] = ()
    labels: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    answers: tuple[PairedAnswers, ...] = ()
    matrices: tuple[NDArray[np.int64], ...] = ()
    recalls: tuple[tuple[str, int, float | None, float | None], ...] = ()
    images: NDArray[np.uint8] | None = None


class RunComparison(QObject):
    """Reads runs off the GUI thread and tells the pages.

    Signals:
        changed: Other runs were read; `overview` has them.
        paired: Other two were chosen and compared; `pair` has them, or is None.
        failed: Something unexpected went wrong.
    """

    changed = Signal()
    paired = Signal()
    failed = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.overview = Overview()
        self.pair: Pair | None = None
        self.chosen = 0, 1
        self.reading = False
        self._overviews = LatestRequest(self._take, self._fail, self)
        self._pairs = LatestRequest(self._take_pair, self._fail, self)
        for work in (self._overviews, self._pairs):
            ended = work.ended
            self.destroyed.connect(lambda *_, ended=ended: ended.set())
            QCoreApplication.instance().aboutToQuit.connect(lambda ended=ended: ended.set())  # type: ignore[union-attr]

    @property
    def runs(self) -> tuple[ComparedRun, ...]:
        """The runs, in the order they were given."""
        return self.overview.runs

    def read(self, folders: Sequence[Path]) -> None:
        """Read runs; the two chosen before stay chosen if they are among them and can be compared."""
        wanted = tuple(folders)
        self.reading = True
        self._pairs.forget()
        self._overviews.ask(lambda canceled: _overview(wanted, canceled))

    def choose(self, a: int, b: int) -> None:
        """Hold two runs against one another, by their numbers."""
        self.chosen = a, b
        if not max(a, b) < len(self.runs):
            self.pair = None
            self.paired.emit()
            return
        first, second = self.runs[a], self.runs[b]
        self._pairs.ask(lambda canceled: _pair(first, second))

    def p_value(self, entries: ChangeCounts) -> float:
        """Return the chosen pair's p value, corrected where several pairs are compared."""
        corrected = self.corrected_p_value()
        return entries.p_value if corrected is None else corrected[0]

    def corrected_p_value(self) -> tuple[float, int] | None:
        """Return the chosen pair's p value corrected for all that are compared, and how many; None for one."""
        tests = self.overview.tests
        if len(tests) < 2:
            return None
        wanted = tuple(sorted(self.chosen))
        found = [test.corrected for test in tests if (test.first, test.second) == wanted]
        return (found[0], len(tests)) if found else None

    def _take(self, overview: Overview) -> None:
        before = [self.runs[number].row.folder for number in self.chosen if number < len(self.runs)]
        self.overview, self.reading, self.pair = overview, False, None
        positions = {run.row.folder: number for number, run in enumerate(overview.runs)}
        kept = [positions[folder] for folder in before if folder in positions]
        tested = {(test.first, test.second) for test in overview.tests}
        stays = len(kept) == 2 and (min(kept), max(kept)) in tested
        self.chosen = (kept[0], kept[1]) if stays else _first_pair(overview)
        self.changed.emit()
        self.choose(*self.chosen)

    def _take_pair(self, pair: Pair) -> None:
        self.pair = pair
        self.paired.emit()

    def _fail(self, error: StudioError) -> None:
        self.reading = False
        self.failed.emit(error)


def _overview(folders: tuple[Path, ...], canceled: Canceled) -> Overview | None:
    runs = tuple(read_compared(folders, canceled))
    if canceled():
        return None
    records = [(number, run.row.record) for number, run in enumerate(runs)]
    readable = [(number, record) for number, record in records if record is not None]
    return Overview(
        runs,
        tuple(record_differences([record for _, record in readable])) if len(readable) > 1 else (),
        tuple(number for number, _ in readable),
        tuple(pair_tests(runs)),
        tuple(group for group in seed_groups([run.row for run in runs]) if group.test is not None),
    )


def _first_pair(overview: Overview) -> tuple[int, int]:
    """Return the first two runs that can be compared, the older one first."""
    pair = next(((test.first, test.second) for test in overview.tests), (0, 1))
    if max(pair) >= len(overview.runs):
        return pair
    older, newer = sorted(pair, key=lambda number: created(overview.runs[number].row))
    return older, newer


def _pair(a: ComparedRun, b: ComparedRun) -> Pair:
    if a.evaluation is None or b.evaluation is None:
        lacking = a if a.evaluation is None else b
        what = QCoreApplication.translate("Comparison", "The predictions of {name} are missing.")
        remedy = QCoreApplication.translate("Comparison", "Evaluate it again on the Evaluate tab.")
        return Pair(a, b, problem=StudioError(what.format(name=lacking.name), lacking.problem, remedy))
    try:
        entries = ledger(a.evaluation, b.evaluation)
    except StudioError as error:
        return Pair(a, b, problem=error)
    try:
        reading = load_evaluation_with_metrics(a.row.folder)
        images, problem = reading.images, reading.problem
    except StudioError as error:
        images, problem = None, error
    both = a.evaluation, b.evaluation
    return Pair(
        a,
        b,
        entries,
        problem,
        a.evaluation.classes,
        a.evaluation.labels,
        tuple(PairedAnswers(one.predictions, one.confidences) for one in both),
        tuple(one.confusion_matrix() for one in both),
        tuple(recall_changes(*both)),
        images,
    )
