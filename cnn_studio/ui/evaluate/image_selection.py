"""Which images are looked at: one selection that every page of the Evaluate tab sets and shows."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal


class ImageSelection(QObject):
    """The chosen images of the evaluation that is shown.

    Signals:
        changed: Other images were chosen; read `numbers`, `title` and `by`.
        marked_changed: Other ones of them are marked in the gallery; read `marked`.

    Attributes:
        numbers: (N,) the rows of the evaluation, in the order they were given, each once.
        title: What they have in common, for a heading: "9 read as 4: 7 images".
        by: The name of the page that chose them, so that it can tell its own choice from another's;
            empty for the tab's own choice, all errors.
        marked: (n,) those of them that are marked in the gallery.
    """

    changed = Signal()
    marked_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.numbers: NDArray[np.intp] = np.zeros(0, np.intp)
        self.marked: NDArray[np.intp] = np.zeros(0, np.intp)
        self.title = ""
        self.by = ""

    def choose(self, numbers: Iterable[int], title: str, by: str = "") -> None:
        """Choose images; the order stays, repeated numbers count once."""
        every = np.array(numbers if isinstance(numbers, np.ndarray) else list(numbers), np.intp)
        self.numbers = every[np.sort(np.unique(every, return_index=True)[1])]
        self.marked = np.zeros(0, np.intp)
        self.title, self.by = title, by
        self.changed.emit()

    def mark(self, numbers: NDArray[np.intp]) -> None:
        """Say which of the chosen images are marked in the gallery."""
        self.marked = numbers
        self.marked_changed.emit()
