"""Sorting a gallery by likeness to one of its images, off the GUI thread; the newest request wins."""

from __future__ import annotations

import threading
from contextlib import suppress

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from cnn_studio.core.base.errors import StudioError
from cnn_studio.ui.evaluate.opened_network import OpenedNetwork
from cnn_studio.ui.services.background_task import Canceled
from cnn_studio.ui.services.latest_request import LatestRequest

Rows = NDArray[np.intp]


class SimilarSorting(QObject):
    """Asks a network which images are like one another.

    Signals:
        progressed: The share of the images it has looked at, 0 to 1.
        done: The rows, the most alike first, and the row they were compared with.
        failed: A `StudioError`.

    Args:
        ended: Set when the window ends.
        parent: The Qt parent.
    """

    progressed = Signal(float)
    done = Signal(object, int)
    failed = Signal(object)

    def __init__(self, ended: threading.Event, parent: QObject) -> None:
        super().__init__(parent)
        self._latest = LatestRequest(self._take, self._refuse, self)
        self._latest.ended = ended

    @property
    def busy(self) -> bool:
        """Whether images are being compared."""
        return self._latest.busy

    def sort(self, network: OpenedNetwork, rows: Rows, row: int) -> None:
        """Sort rows of the network's reading by their likeness to one of it."""

        def report(share: float) -> None:
            with suppress(RuntimeError):  # the window may have been closed meanwhile
                self.progressed.emit(share)

        def work(canceled: Canceled) -> tuple[Rows, int] | None:
            found = network.similar().nearest_first(rows, row, report, canceled)
            return None if found is None else (found, row)

        self._latest.ask(work)

    def forget(self) -> None:
        """Drop what was asked for."""
        self._latest.forget()

    def _take(self, found: tuple[Rows, int]) -> None:
        self.done.emit(*found)

    def _refuse(self, error: StudioError) -> None:
        self.failed.emit(error)
