"""What the curves are drawn from: the epochs and batches of one run, further runs, the learning rate's steps."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from cnn_studio.core.training.learning_curves import Row, best_epoch

Curve = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Places in epochs, rising, and the value at each; both of shape (n,)."""


class Track:
    """Loss and accuracy inside the epochs; every point is kept, whatever is painted of them."""

    def __init__(self) -> None:
        self._rows = np.empty((256, 3))
        self._count = 0

    def __len__(self) -> int:
        return self._count

    @property
    def rows(self) -> NDArray[np.float64]:
        """Place in epochs, loss, accuracy of each point: shape (n, 3), rising positions."""
        return self._rows[: self._count]

    def add(self, position: float, loss: float, accuracy: float) -> None:
        """Add a point; what was learned before from this position on is forgotten."""
        if self._count and position <= self._rows[self._count - 1, 0]:
            self._count = int(np.searchsorted(self.rows[:, 0], position))
        if self._count == len(self._rows):
            self._rows = np.concatenate([self._rows, np.empty_like(self._rows)])
        self._rows[self._count] = position, loss, accuracy
        self._count += 1

    def take(self, rows: NDArray[np.float64]) -> None:
        """Take the points of a finished run, as `rows` gives them."""
        self._rows, self._count = np.array(rows, dtype=np.float64).reshape(-1, 3), len(rows)
        if not self._count:
            self._rows = np.empty((256, 3))


class RunCurves:
    """One run: a row an epoch, and the points inside the epochs.

    Args:
        name: Of the run, for legend, table and files.
        epochs: How many it has or will have.
    """

    def __init__(self, name: str = "", epochs: int = 1) -> None:
        self.name, self.epochs = name, max(1, epochs)
        self.track = Track()
        self.rate_steps: list[tuple[float, float]] = []
        self.best: int | None = None
        self._rows: dict[int, Row] = {}

    @property
    def rows(self) -> list[Row]:
        """The finished epochs in their order."""
        return list(self._rows.values())

    @property
    def empty(self) -> bool:
        """Whether nothing is there to be drawn."""
        return not self._rows and not len(self.track)

    def add(self, row: Row) -> None:
        """Take a finished epoch; an epoch learned again takes its row and that of the later ones."""
        number = int(row["epoch"] or 0)
        if number in self._rows:
            self._rows = {key: value for key, value in self._rows.items() if key < number}
        self._rows[number] = row
        self.epochs = max(self.epochs, number)
        self.best = best_epoch(self.rows)

    def take(self, rows: Sequence[Row]) -> None:
        """Take the epochs of a run that has ended."""
        self._rows = {int(row["epoch"] or 0): row for row in rows}
        self.epochs = max([1, *self._rows])
        self.best = best_epoch(self.rows)

    def row(self, epoch: int) -> Row | None:
        """Return a finished epoch."""
        return self._rows.get(epoch)

    def curve(self, key: str) -> Curve:
        """Return a column of the rows, without the epochs that lack it."""
        pairs = [(row["epoch"], row.get(key)) for row in self._rows.values() if row.get(key) is not None]
        both = np.array(pairs, dtype=np.float64).reshape(-1, 2)
        return both[:, 0], both[:, 1]

    def inside(self, key: str) -> Curve:
        """Return "loss" or "accuracy" inside the epochs."""
        rows = self.track.rows
        return rows[:, 0], rows[:, 1 if key == "loss" else 2]


class CurvesData(QObject):
    """The run in front and the further ones.

    Signals:
        changed: Something is to be drawn anew, soon.
        replaced: What is shown has become something else, to be drawn at once.
    """

    changed = Signal()
    replaced = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.run = RunCurves()
        self.further: list[RunCurves] = []
        self.version = 0

    @property
    def runs(self) -> list[RunCurves]:
        """All that have something to be drawn, the one in front first."""
        return [run for run in (self.run, *self.further) if not run.empty]

    @property
    def epochs(self) -> int:
        """As many as the axis shows."""
        own = [] if self.run.empty and self.further else [self.run.epochs]
        return max([1, *own, *(run.epochs for run in self.further)])

    def tell(self, *, replaced: bool = False) -> None:
        """Say that something has changed, or is something else."""
        self.version += 1
        self.changed.emit()
        if replaced:
            self.replaced.emit()
