"""Closing the window: what is asked before work would be lost, and what then happens to a training."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QWidget

from cnn_studio.core.protocol.commands import Evaluate, Export, FineTune
from cnn_studio.ui.dialogs.confirmations import chosen, confirmed
from cnn_studio.ui.queue.queue_runner import TrainingQueue
from cnn_studio.ui.services.engine_client import EngineClient
from cnn_studio.ui.shell.background_training import BackgroundTraining
from cnn_studio.ui.train.train_tab import TrainTab

LOST = (Export, Evaluate, FineTune)
"""Jobs of which nothing is kept when they are cut off."""


class CloseGuard(QObject):
    """Asks; a training is stopped and kept first, or goes on without a window.

    Args:
        window: The main window.
        engine: Whose jobs may be open.
        train: The Train tab.
        queue: Its queue.
        background: Takes over where a training goes on without the window.
        openings: The jobs that open a model file, and that file.

    Signals:
        ready: What was waited for has ended: the window can be closed.
    """

    ready = Signal()

    def __init__(
        self,
        window: QWidget,
        engine: EngineClient,
        train: TrainTab,
        queue: TrainingQueue,
        background: BackgroundTraining,
        openings: Mapping[str, Path],
    ) -> None:
        super().__init__(window)
        self._window, self._engine, self._train, self._queue = window, engine, train, queue
        self._background, self._openings = background, openings
        self._closes_after_training = False
        background.stop_requested.connect(self.stop_and_keep)

    def allowed(self) -> bool:
        """Ask where work would be lost; return whether the window may close now."""
        if (self._train.training or self._queue.busy) and not self._training_allows():
            return False
        running = [self._named(job) for job, kind in self._engine.open_jobs.items() if kind in LOST]
        return not running or confirmed(
            self._window,
            running[0],
            self.tr("Closing the window stops it; nothing is kept."),
            yes=self.tr("Close anyway"),
            no=self.tr("Keep it running"),
        )

    def _named(self, job: str) -> str:
        if job in self._openings:
            return self.tr("A model is being opened.")
        if self._engine.open_jobs[job] is Export:
            return self.tr("An export is running.")
        if self._engine.open_jobs[job] is FineTune:
            return self.tr("Fine-tuning is running.")
        return self.tr("An evaluation is running.")

    def _training_allows(self) -> bool:
        """Ask what becomes of a training; return whether there is none any more."""
        what = self.tr("Training is running.")
        if waiting := self._queue.waiting if self._queue.running else 0:
            what = f"{what} {self.tr('%n more wait(s) in the queue.', '', waiting)}"
        stop, on, stay = (
            self.tr("Stop and keep"),
            self.tr("Keep training in the background"),
            self.tr("Cancel"),
        )
        answer = chosen(
            self._window,
            what,
            self.tr(
                "“Stop and keep” ends it and saves the network as it is now; the window "
                "closes once it is saved, and what is waiting is there again at the next "
                "start.\n\n“Keep training in the background” hides the window until "
                "everything is done; the program then exits by itself. {way}"
            ).format(way=self._background.way_back),
            {stop: True, on: True, stay: False},
        )
        if answer == stop:
            self.stop_and_keep()
        elif answer == on and (self._train.training or self._queue.busy):
            if self._train.paused:
                self._train.pause_or_go_on()
            self._background.begin()
            return False
        return answer != stay and not self._train.training and not self._queue.busy

    def stop_and_keep(self) -> None:
        """Stop what is trained and hold the queue; `ready` is said when the network is saved."""
        self._queue.hold()
        if self._train.training:
            if not self._closes_after_training:
                self._closes_after_training = True
                self._train.ended.connect(self._close_later, Qt.ConnectionType.SingleShotConnection)
            self._train.stop()

    def _close_later(self) -> None:
        self._closes_after_training = False
        QTimer.singleShot(0, self, self.ready.emit)  # when all have received the end
