"""Training on without a window: the process stays until all is done, then ends by itself."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from cnn_studio.core.protocol.events import EpochEnded, RunStarted
from cnn_studio.ui.queue.queue_runner import TrainingQueue
from cnn_studio.ui.services.engine_client import EngineClient
from cnn_studio.ui.shell.tray import Tray
from cnn_studio.ui.train.train_tab import TrainTab

MS_FOR_A_MESSAGE = 5000
"""So long a message of the tray is left to be seen before the program ends, and its icon with it."""


class BackgroundTraining(QObject):
    """Hides the window, reports its progress in the tray, and brings the window back.

    Args:
        window: The main window.
        engine: Trains.
        train: The Train tab.
        queue: Its queue.
        tray: Where progress is said, if there is one.

    Attributes:
        active: Whether the window is hidden and trainings go on.

    Signals:
        stop_requested: What is trained is to be stopped and kept.
        over: All is done; the program can end.
    """

    stop_requested = Signal()
    over = Signal()

    def __init__(
        self, window: QWidget, engine: EngineClient, train: TrainTab, queue: TrainingQueue, tray: Tray
    ) -> None:
        super().__init__(window)
        self._window, self._engine, self._train, self._queue, self._tray = window, engine, train, queue, tray
        self.active = False
        self._hidden: list[QDialog] = []
        self._epoch = ""
        self._goodbye = QTimer(self)
        self._goodbye.setSingleShot(True)
        self._goodbye.timeout.connect(self._end)
        tray.opened.connect(self.bring_back)
        tray.stop_requested.connect(self.stop_requested)
        queued = Qt.ConnectionType.QueuedConnection  # when queue and tab have received an end, too
        engine.run_started.connect(self._follow)
        engine.job_ended.connect(self._show_state, queued)
        train.ended.connect(self._end_if_over, queued)
        queue.changed.connect(self._end_if_over, queued)

    @property
    def way_back(self) -> str:
        """How a hidden window is brought back, in a sentence."""
        if self._tray.available:
            return self.tr("Its icon in the system's tray brings the window back.")
        return self.tr("Starting CNN Studio again brings the window back.")

    def begin(self) -> None:
        """Hide the window and all that belongs to it."""
        self.active = True
        QApplication.setQuitOnLastWindowClosed(False)
        self._hidden = [one for one in self._window.findChildren(QDialog) if one.isVisible()]
        for widget in (*self._hidden, self._window):
            widget.hide()
        self._show_progress()

    def bring_back(self) -> None:
        """Show the window, in front of others."""
        self._goodbye.stop()
        if self.active:
            self.active = False
            QApplication.setQuitOnLastWindowClosed(True)
            self._tray.leave()
        if self._window.isMinimized():
            self._window.showNormal()
        else:
            self._window.show()
        for dialog in self._hidden:
            dialog.show()
        self._hidden = []
        self._window.raise_()
        self._window.activateWindow()

    def _follow(self, event: RunStarted) -> None:
        self._engine.subscribe(event.job, self._hear)
        self._epoch = self.tr("epoch 1 of {epochs}").format(epochs=event.epochs)
        self._show_state()

    def _hear(self, event: object) -> None:
        if isinstance(event, EpochEnded) and event.epoch < event.epochs:
            text = self.tr("epoch {epoch} of {epochs}")
            self._epoch = text.format(epoch=event.epoch + 1, epochs=event.epochs)
            self._show_state()

    def _show_state(self) -> None:
        if self.active:
            self._show_progress()
            self._end_if_over()

    def _show_progress(self) -> None:
        text = self.tr("CNN Studio is training: {epoch}").format(epoch=self._epoch or self.tr("starting"))
        if waiting := self._queue.waiting if self._queue.running else 0:
            text = f"{text}, {self.tr('%n more wait(s)', '', waiting)}"
        self._tray.show_progress(text)

    def _end_if_over(self) -> None:
        done = not (self._train.training or self._queue.busy or self._engine.open_jobs)
        if self.active and done and not self._goodbye.isActive():
            self._goodbye.start(MS_FOR_A_MESSAGE if self._tray.available else 0)

    def _end(self) -> None:
        self.active = False
        self._tray.leave()
        QApplication.setQuitOnLastWindowClosed(True)
        self.over.emit()
