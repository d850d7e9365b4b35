"""A message of the desktop when a long training has ended and the window is not looked at."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from cnn_studio.core.base.settings import Settings
from cnn_studio.core.protocol.events import JobFailed, RunEnded, RunStarted
from cnn_studio.ui.queue.queue_runner import TrainingQueue
from cnn_studio.ui.services.engine_client import EngineClient

LONG_SECONDS = 30.0


class EndNotification(QObject):
    """Tells of trainings of more than 30 s; of a queue once, when all of it has ended.

    Args:
        engine: Whose trainings are reported.
        queue: Its queue.
        settings: Whether a person wants it.
        say: Takes the message's title and text.
        window: Nothing is said while it is looked at.
        clock: Seconds, as `time.monotonic` counts them.
    """

    def __init__(
        self,
        engine: EngineClient,
        queue: TrainingQueue,
        settings: Settings,
        say: Callable[[str, str], None],
        window: QWidget,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(window)
        self._queue, self._settings, self._say, self._window, self._clock = (
            queue,
            settings,
            say,
            window,
            clock,
        )
        self._began: dict[str, float] = {}
        self._queue_seconds = 0.0
        engine.run_started.connect(self._note_beginning)
        engine.job_ended.connect(self._hear, Qt.ConnectionType.QueuedConnection)  # after the queue has
        queue.ended.connect(self._notify_of_queue, Qt.ConnectionType.QueuedConnection)

    def _note_beginning(self, event: RunStarted) -> None:
        self._began[event.job] = self._clock()

    def _hear(self, event: object) -> None:
        if isinstance(event, RunEnded | JobFailed) and event.job in self._began:
            seconds = self._clock() - self._began.pop(event.job)
            if self._queue.owns(event.job):
                self._queue_seconds += seconds
            elif seconds > LONG_SECONDS:
                self._notify(*self._words(event))

    def _words(self, event: RunEnded | JobFailed) -> tuple[str, str]:
        if isinstance(event, JobFailed):
            return self.tr("Training failed"), " ".join(part for part in (event.what, event.why) if part)
        text = self.tr("{accuracy:.2f} % of the test images are read correctly.")
        title = self.tr("Training was stopped") if event.stopped else self.tr("Training has ended")
        return title, text.format(accuracy=100 * event.result.test_accuracy)

    def _notify_of_queue(self) -> None:
        seconds, self._queue_seconds = self._queue_seconds, 0.0
        if seconds > LONG_SECONDS:
            rows = self._queue.rows
            done = sum(row.state == "done" for row in rows)
            text = self.tr("{done} of {all} trainings are done.").format(done=done, all=len(rows))
            self._notify(self.tr("The queue has ended"), text)

    def _notify(self, title: str, text: str) -> None:
        looked_at = (
            self._window.isVisible()
            and QGuiApplication.applicationState() == Qt.ApplicationState.ApplicationActive
        )
        if self._settings.notify and not looked_at:
            self._say(title, text)
