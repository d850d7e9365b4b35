"""The queue's file: read when the program starts, written whenever the queue is another one."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.training.training_queue import QueueRow, load_queue, save_queue
from cnn_studio.ui.queue.queue_runner import TrainingQueue
from cnn_studio.ui.services.background_task import BackgroundTask
from cnn_studio.ui.services.latest_request import LatestRequest

log = logging.getLogger(__name__)

MS_BEFORE_WRITING = 300
"""What changes within that time is written once."""


class _QueueFile:
    """The file, for several threads: no QObject, since the last to let go of one must be the GUI thread."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._turn = threading.Lock()
        self._written = 0

    def save(self, number: int, rows: tuple[QueueRow, ...]) -> None:
        """Write a state, unless a newer one, with a higher number, was written meanwhile."""
        with self._turn:
            if number <= self._written:
                return
            self._written = number
            try:
                save_queue(rows, self._path)
            except OSError as error:
                log.warning("The queue could not be saved: %s", error)


class QueueFile(QObject):
    """Keeps a queue on disk; nothing is written before the file was read.

    Args:
        queue: What is kept.
        path: The file.

    Signals:
        restored: How many rows of an earlier session wait; said once.
        failed: A `StudioError`: a part of the file could not be read.
    """

    restored = Signal(int)
    failed = Signal(object)

    def __init__(self, queue: TrainingQueue, path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queue, self._path = queue, path
        self._loaded = False
        self._file = _QueueFile(path)
        self._number = 0
        self._reader = BackgroundTask(self._take, lambda error: log.warning("%s", error), self)
        self._writer = LatestRequest(lambda _: None, lambda error: log.warning("%s", error), self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(MS_BEFORE_WRITING)
        self._timer.timeout.connect(self._write)
        queue.changed.connect(self._note)
        queue.row_changed.connect(self._note)

    def load(self) -> None:
        """Read the file, off the GUI thread."""
        path = self._path
        self._reader.ask(lambda: load_queue(path))

    def flush(self) -> None:
        """Write now what has not been written."""
        if self._timer.isActive():
            self._timer.stop()
            self._number += 1
            self._file.save(self._number, self._queue.rows)

    def _take(self, found: tuple[tuple[QueueRow, ...], StudioError | None]) -> None:
        rows, problem = found
        self._loaded = True
        self._queue.restore(rows)
        if self._queue.rows != rows:  # something was added before the file was read
            self._note()
        if problem is not None:
            self.failed.emit(problem)
        if waiting := sum(row.state == "waiting" for row in rows):
            self.restored.emit(waiting)

    def _note(self) -> None:
        if self._loaded and not self._timer.isActive():
            self._timer.start()

    def _write(self) -> None:
        self._number += 1
        file, number, rows = self._file, self._number, self._queue.rows
        self._writer.ask(lambda _: file.save(number, rows))
