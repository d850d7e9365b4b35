"""The models that can answer: the shipped one, finished runs, opened files."""

from __future__ import annotations

import logging
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, Signal

from cnn_studio.core.base.assets import resource
from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.runs.run_folder import ONNX_FILE, Run, list_runs
from cnn_studio.ui.services.background_task import BackgroundTask

log = logging.getLogger(__name__)


Stamp = tuple[int, int]
"""When a file was changed (ns), and its size in bytes."""


def stamp_of(path: Path) -> Stamp | None:
    """Return a file's stamp, by which another content under the same name is noticed; None if it is gone."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


class ModelEntry(msgspec.Struct, frozen=True):
    """One line of a model selector."""

    title: str
    path: Path
    run: Run | None = None


class ModelRegistry(QObject):
    """The entries of every model selector; `changed` names one to select, or is empty."""

    changed = Signal(str)

    def __init__(self, runs_folder: Path) -> None:
        super().__init__()
        self.runs_folder = runs_folder
        self._opened: list[ModelEntry] = []
        self._wanted = ""
        self._reader = BackgroundTask(self._take, self._fail, self)
        self.entries: list[ModelEntry] = [self.shipped()]

    def shipped(self) -> ModelEntry:
        """Return the model that comes with the program."""
        return ModelEntry(self.tr("Studio digits"), resource("models", "digits.onnx"))

    @property
    def runs(self) -> list[Run]:
        """All runs with a result, newest first."""
        return [entry.run for entry in self.entries if entry.run is not None]

    def refresh(self, select: str = "") -> None:
        """Read the runs folder again, off the GUI thread; `select` is the path of an entry to choose."""
        self._wanted = select or self._wanted
        folder = self.runs_folder
        self._reader.ask(lambda: list_runs(folder))

    def _take(self, runs: list[Run]) -> None:
        finished = [
            ModelEntry(run.label, run.folder / ONNX_FILE, run)
            for run in runs
            if run.record.result is not None and (run.folder / ONNX_FILE).is_file()
        ]
        self.entries = [self.shipped(), *self._opened, *finished]
        wanted, self._wanted = self._wanted, ""
        self.changed.emit(wanted)

    def _fail(self, error: StudioError) -> None:
        log.error("%s", error)

    def add_opened(self, path: Path, title: str) -> None:
        """Add an ONNX file a person opened, and select it."""
        self._opened = [entry for entry in self._opened if entry.path != path]
        self._opened.insert(0, ModelEntry(title, path))
        self.refresh(str(path))
