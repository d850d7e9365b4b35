"""`batches.csv` of a run folder: loss and accuracy inside the epochs, at most ten rows a second.

A row holds the means over the batches since the row before it in its epoch. Rows are kept back while an
epoch is learned and appended at its end, so a killed program loses at most the rows of that epoch.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.base.atomic_files import write_atomically
from cnn_studio.core.protocol.events import BatchEnded

BATCHES_FILE = "batches.csv"
BATCH_COLUMNS = ("epoch", "step", "steps", "loss", "accuracy", "learning_rate")
HEAD = ",".join(BATCH_COLUMNS)


def since(before: BatchEnded | None, event: BatchEnded) -> tuple[float, float]:
    """Return mean loss and accuracy of the batches between two events, which carry means of the epoch."""
    if before is None or before.epoch != event.epoch or event.step <= before.step:
        return event.loss, event.accuracy
    steps = event.step - before.step
    return (
        max(0.0, (event.step * event.loss - before.step * before.loss) / steps),
        min(1.0, max(0.0, (event.step * event.accuracy - before.step * before.accuracy) / steps)),
    )


class BatchLog:
    """Writes the file while a run learns.

    Args:
        folder: The run folder.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / BATCHES_FILE
        self._last: BatchEnded | None = None
        self._rows: list[str] = []

    def begin(self, epoch: int) -> None:
        """Keep the rows up to an epoch, after which the training goes on; 0 begins anew."""
        kept = read_batches(self._path.parent)
        kept = kept[kept[:, 0] <= epoch]
        lines = [HEAD, *(_line(*row) for row in kept.tolist())]
        write_atomically(self._path, ("\n".join(lines) + "\n").encode())
        self._last, self._rows = None, []

    def add(self, event: BatchEnded) -> None:
        """Take an event; nothing is written yet."""
        loss, accuracy = since(self._last, event)
        self._last = event
        self._rows.append(_line(event.epoch, event.step, event.steps, loss, accuracy, event.learning_rate))

    def flush(self) -> None:
        """Append what was taken."""
        if self._rows:
            with self._path.open("a", encoding="utf-8", newline="") as file:
                file.write("\n".join(self._rows) + "\n")
            self._rows = []


def _line(epoch: float, step: float, steps: float, loss: float, accuracy: float, rate: float) -> str:
    return f"{epoch:.0f},{step:.0f},{steps:.0f},{loss:.6g},{accuracy:.6g},{rate:.6g}"


def read_batches(folder: Path) -> NDArray[np.float64]:
    """Read `batches.csv`.

    Returns:
        Shape (rows, 6), the columns of `BATCH_COLUMNS`, in the order they were learned; no rows where the
        file is missing (a run of an older version) or damaged. A last line cut off by a crash is left out.
    """
    nothing = np.empty((0, len(BATCH_COLUMNS)))
    try:
        text = (folder / BATCHES_FILE).read_text(encoding="utf-8")
        lines = text[: text.rfind("\n")].split("\n")
        rows = np.loadtxt(lines[1:], delimiter=",", ndmin=2) if len(lines) > 1 else nothing
    except (OSError, ValueError):
        return nothing
    whole = lines[0] == HEAD and rows.shape[1] == len(BATCH_COLUMNS)
    return rows if whole else nothing


def positions_of(batches: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return where in the run each row stands, in epochs: 0 at the beginning, 1.5 in the middle of the second."""
    return batches[:, 0] - 1 + batches[:, 1] / np.maximum(1.0, batches[:, 2])
