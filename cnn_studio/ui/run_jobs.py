"""What the engine is asked to do with a run that is on disk: export it, evaluate it again."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from cnn_studio.core.errors import StudioError
from cnn_studio.core.events import JobFailed
from cnn_studio.core.runs import EVALUATION_FILE
from cnn_studio.core.settings import Settings
from cnn_studio.ui.engine_link import EngineLink
from cnn_studio.ui.export_dialog import ExportDialog
from cnn_studio.ui.theme import Theme
from cnn_studio.worker.client import JOB_ENDS


class RunJobs(QObject):
    """Opens the export dialog, sends evaluations, and hears how they end.

    Signals:
        exported: The last event of an export whose dialog was closed before.
        evaluated: The folder of a run, and the `StudioError` of its evaluation or None.
        turn_changed: A job ended, so that another one may have its turn.
    """

    exported = Signal(object)
    evaluated = Signal(object, object)
    turn_changed = Signal()

    def __init__(self, theme: Theme, engine: EngineLink, settings: Settings, parent: QWidget) -> None:
        super().__init__(parent)
        self._window, self._theme, self._engine, self._settings = parent, theme, engine, settings
        self._left: set[str] = set()
        self._evaluations: dict[str, Path] = {}
        engine.heard.connect(self._hear)

    def export(self, folder: Path) -> None:
        """Open the dialog of a run; it leaves the window free, so that a training can be stopped."""
        for dialog in self._window.findChildren(ExportDialog):
            if dialog.isVisible() and dialog.source == folder:
                dialog.activateWindow()
                return
        dialog = ExportDialog(self._theme, self._engine, self._settings, folder, self._window)
        dialog.left.connect(self._left.add)
        dialog.show()

    def evaluate(self, folder: Path) -> None:
        """Let the engine evaluate a run again."""
        self._evaluations[self._engine.evaluate(folder, folder / EVALUATION_FILE)] = folder

    def delay(self, folder: Path) -> str | None:
        """Return what the evaluation of a run waits for, empty if it has begun; None where there is none."""
        return next(
            (self._engine.delay(job) for job, run in self._evaluations.items() if run == folder), None
        )

    def _hear(self, event: object) -> None:
        if not isinstance(event, JOB_ENDS):
            return
        if event.job in self._left:
            self._left.remove(event.job)
            self.exported.emit(event)
        folder = self._evaluations.pop(event.job, None)
        if folder is not None:
            failed = event if isinstance(event, JobFailed) else None
            self.evaluated.emit(folder, failed and StudioError(failed.what, failed.why, failed.remedy))
        self.turn_changed.emit()
