"""What a person changes about runs: names, notes, stars, deletions; each can be undone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import msgspec
from PySide6.QtCore import QObject, Signal

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.undo_stack import UndoStack
from cnn_studio.core.runs.run_folder import read_run, write_run
from cnn_studio.core.runs.run_table import RunRow
from cnn_studio.ui.runs.trash import Thrown, take_back, throw_away
from cnn_studio.ui.services.background_task import BackgroundTask

Undo = Callable[[], None]


class RunChanges(QObject):
    """Writes what is changed, and takes the last change back.

    Signals:
        changed: Something on the disk is other than before.
        said: A sentence about what was done; it can be undone.
        undone: The last change was taken back.
        failed: A `StudioError`.
    """

    changed = Signal()
    said = Signal(str)
    undone = Signal()
    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._undos: UndoStack[Undo] = UndoStack(redoable=False)
        self._busy = False
        self._thrower = BackgroundTask(self._thrown, self._fail, self)
        self._restorer = BackgroundTask(lambda _: self._end(), self._fail, self)

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to take back."""
        return self._undos.can_undo

    def write(self, row: RunRow, name: str, value: object) -> None:
        """Change a run's title, note or star (`name` as in its record)."""
        before = self._written(row.folder, {name: value})
        if before is not None:
            self._undos.push(lambda: self._take_back({row.folder: before}))
            self.changed.emit()

    def star(self, rows: Sequence[RunRow]) -> None:
        """Star runs, or take the star away where all of them have one."""
        rows = [row for row in rows if row.record is not None]
        wanted = not all(row.record.starred for row in rows if row.record)
        before = {row.folder: self._written(row.folder, {"starred": wanted}) for row in rows}
        written = {folder: values for folder, values in before.items() if values is not None}
        if written:
            self._undos.push(lambda: self._take_back(written))
            self.changed.emit()

    def delete(self, rows: Sequence[RunRow]) -> None:
        """Move runs to the system's trash; one that is trained is refused."""
        folders = [row.folder for row in rows]
        training = [row for row in rows if row.state == "training"]
        if training:
            self.failed.emit(
                StudioError(
                    self.tr("{name} was not deleted.").format(name=training[0].name),
                    self.tr("It is being trained."),
                    self.tr("Stop the training first, then delete it."),
                )
            )
        elif folders and not self._busy:
            self._busy = True
            self._thrower.ask(lambda: throw_away(folders))

    def undo(self) -> None:
        """Take the last change back."""
        if self.can_undo and not self._busy:
            self._undos.undo()()
            self.undone.emit()

    def _thrown(self, outcome: tuple[list[Thrown], StudioError | None]) -> None:
        thrown, error = outcome
        if thrown and all(item.location is not None for item in thrown):
            self._undos.push(lambda: self._bring_back(thrown))
        if thrown:
            self.said.emit(self.tr("%n run(s) moved to the trash", "", len(thrown)))
        if error is not None:
            self.failed.emit(error)
        self._end()

    def _bring_back(self, thrown: list[Thrown]) -> None:
        self._busy = True
        self._restorer.ask(lambda: take_back(thrown))

    def _end(self) -> None:
        self._busy = False
        self.changed.emit()

    def _fail(self, error: StudioError) -> None:
        self.failed.emit(error)
        self._end()

    def _take_back(self, before: dict[Path, dict[str, Any]]) -> None:
        for folder, values in before.items():
            self._written(folder, values)
        self.changed.emit()

    def _written(self, folder: Path, values: dict[str, Any]) -> dict[str, Any] | None:
        """Write fields of a record; return what they were, or None where that failed."""
        try:
            record = read_run(folder).record
            before = {name: getattr(record, name) for name in values}
            write_run(folder, msgspec.structs.replace(record, **values))
        except StudioError as error:
            self.failed.emit(error)
            return None
        except OSError as error:
            self.failed.emit(
                StudioError(
                    self.tr("{name} was not changed.").format(name=folder.name),
                    str(error),
                    self.tr("Make its folder writable."),
                )
            )
            return None
        return before
