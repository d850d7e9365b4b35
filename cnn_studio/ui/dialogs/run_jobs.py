"""What the engine is asked to do with a run or model that is on disk: export it, evaluate it."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.settings import Settings
from cnn_studio.core.protocol.events import JOB_ENDS, EvaluationProgressed, JobCanceled, JobFailed
from cnn_studio.core.runs.evaluation_source import Subset, evaluation_path
from cnn_studio.ui.dialogs.export_dialog import ExportDialog
from cnn_studio.ui.services.engine_client import EngineClient
from cnn_studio.ui.style.theme import Theme


class RunJobs(QObject):
    """Opens the export dialog, sends evaluations, and follows how they end.

    An evaluation is named by the file its answers go to, see `core.runs.evaluation_source.evaluation_path`.

    Signals:
        exported: The last event of an export whose dialog was closed before.
        evaluated: The file of an evaluation, and the `StudioError` it failed with or None.
        canceled: The file of an evaluation that was canceled.
        progressed: The file of an evaluation, how many images were read, and of how many.
        turn_changed: A job ended, so that another one may have its turn.
    """

    exported = Signal(object)
    evaluated = Signal(object, object)
    canceled = Signal(object)
    progressed = Signal(object, int, int)
    turn_changed = Signal()

    def __init__(self, theme: Theme, engine: EngineClient, settings: Settings, parent: QWidget) -> None:
        super().__init__(parent)
        self._window, self._theme, self._engine, self._settings = parent, theme, engine, settings
        self._evaluations: dict[str, Path] = {}
        engine.job_ended.connect(self.turn_changed)

    def export(self, folder: Path) -> None:
        """Open the dialog of a run; it leaves the window free, so that a training can be stopped."""
        for dialog in self._window.findChildren(ExportDialog):
            if dialog.isVisible() and dialog.source == folder:
                dialog.activateWindow()
                return
        dialog = ExportDialog(self._theme, self._engine, self._settings, folder, self._window)
        dialog.left.connect(self._take_over)
        dialog.show()

    def evaluate(self, source: Path, subset: Subset, dataset: str | None) -> None:
        """Let the engine evaluate a run or model file, unless it is at that already."""
        to = evaluation_path(source, subset, dataset)
        if to not in self._evaluations.values():
            job = self._engine.evaluate(source, to, dataset, subset)
            self._evaluations[job] = to
            self._engine.subscribe(job, self._hear)

    def cancel(self, to: Path) -> None:
        """Stop an evaluation."""
        for job in [job for job, path in self._evaluations.items() if path == to]:
            self._engine.cancel(job)

    def delay(self, to: Path) -> str | None:
        """Return what an evaluation waits for, empty if it has begun; None where there is none."""
        return next((self._engine.delay(job) for job, path in self._evaluations.items() if path == to), None)

    def _take_over(self, job: str) -> None:
        """Say how an export ends whose dialog was closed."""
        self._engine.subscribe(job, self._hear_export)

    def _hear_export(self, event: object) -> None:
        if isinstance(event, JOB_ENDS):
            self.exported.emit(event)

    def _hear(self, event: object) -> None:
        if isinstance(event, EvaluationProgressed):
            self.progressed.emit(self._evaluations[event.job], event.done, event.total)
        elif isinstance(event, JOB_ENDS):
            to = self._evaluations.pop(event.job)
            if isinstance(event, JobCanceled):
                self.canceled.emit(to)
                return
            failed = event if isinstance(event, JobFailed) else None
            self.evaluated.emit(to, failed and StudioError(failed.what, failed.why, failed.remedy))
