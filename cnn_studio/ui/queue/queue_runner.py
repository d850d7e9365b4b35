"""Runs trainings one after the other: what waits, what is under way, what came of it."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any, Protocol

import msgspec
from PySide6.QtCore import QObject, Signal

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.undo_stack import UndoStack
from cnn_studio.core.protocol.events import (
    BatchEnded,
    EpochEnded,
    JobCanceled,
    JobFailed,
    RunEnded,
    RunStarted,
    TrainingPaused,
    TrainingResumed,
)
from cnn_studio.core.recipes.recipe import Recipe
from cnn_studio.core.training.sweep import PlannedTraining
from cnn_studio.core.training.training_queue import (
    ENDED,
    UNDER_WAY,
    QueueRow,
    after_a_break,
    new_rows,
    waiting_again,
)
from cnn_studio.ui.services.engine_client import EngineClient
from cnn_studio.ui.train.resume import can_resume

log = logging.getLogger(__name__)

MOST_UNDOS = 50


class Trainer(Protocol):
    """What the queue asks for its trainings; the Train tab is one."""

    @property
    def training(self) -> bool:
        """Whether a training is under way, the queue's or a person's own."""

    def train_recipe(self, recipe: Recipe) -> str:
        """Train a recipe; return the job's name."""

    def finish(self, folder: Path) -> str:
        """Let a run that was cut off go on; return the job's name, empty where it cannot."""


class TrainingQueue(QObject):
    """Hands one row after the other to the engine; a row that fails does not stop the others.

    Attributes:
        rows: All of them, in the order they are trained.
        running: Whether the next row begins when the one under way has ended.

    Signals:
        changed: Rows were added, removed or moved, or the queue was started or held.
        row_changed: The id of a row whose state or figures are others.
        ended: The last of them has ended, none waits.
    """

    changed = Signal()
    row_changed = Signal(str)
    ended = Signal()

    def __init__(self, trainer: Trainer, engine: EngineClient, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._trainer, self._engine = trainer, engine
        self.rows: tuple[QueueRow, ...] = ()
        self.running = False
        self._current = ""
        self._jobs: set[str] = set()
        self._removed: UndoStack[list[tuple[int, QueueRow]]] = UndoStack(limit=MOST_UNDOS, redoable=False)

    @property
    def waiting(self) -> int:
        """How many rows wait."""
        return sum(row.state == "waiting" for row in self.rows)

    @property
    def under_way(self) -> bool:
        """Whether a row is being trained."""
        return bool(self._current)

    @property
    def busy(self) -> bool:
        """Whether rows are trained and further ones will be."""
        return self.under_way or (self.running and self.waiting > 0)

    @property
    def can_undo(self) -> bool:
        """Whether rows were removed that can be brought back."""
        return self._removed.can_undo

    def owns(self, job: str) -> bool:
        """Whether a job is or was a row's, since the program began."""
        return job in self._jobs

    def row(self, id: str) -> QueueRow | None:
        """Return a row by its id."""
        return next((row for row in self.rows if row.id == id), None)

    def add(self, planned: Iterable[PlannedTraining]) -> tuple[str, ...]:
        """Let trainings wait at the end; return their ids. A queue that runs takes them as they come."""
        made = new_rows(planned)
        self._take((*self.rows, *made))
        self.go_on()
        return tuple(row.id for row in made)

    def restore(self, rows: Sequence[QueueRow]) -> None:
        """Take the rows of an earlier session, before what was added since."""
        known = {row.id for row in self.rows}
        self._take((*(row for row in rows if row.id not in known), *self.rows))

    def remove(self, ids: Collection[str]) -> None:
        """Take rows out, but none that is under way; undo brings them back."""
        gone = [(index, row) for index, row in enumerate(self.rows) if row.id in ids and not _under_way(row)]
        if gone:
            self._removed.push(gone)
            left = {row.id for _, row in gone}
            self._take(tuple(row for row in self.rows if row.id not in left))

    def clear_ended(self) -> None:
        """Take out the rows that have ended; undo brings them back."""
        self.remove({row.id for row in self.rows if row.state in ENDED})

    def undo(self) -> tuple[str, ...]:
        """Bring back what was removed last; return the ids."""
        if not self.can_undo:
            return ()
        rows = list(self.rows)
        back = self._removed.undo()
        for index, row in back:
            rows.insert(index, row)
        self._take(tuple(rows))
        self.go_on()
        return tuple(row.id for _, row in back)

    def move(self, ids: Collection[str], by: int) -> None:
        """Move rows one position up (-1) or down (1), together, as far as there is room."""
        rows = list(self.rows)
        indices = [index for index, row in enumerate(rows) if row.id in ids]
        if not indices or not 0 <= (indices[0] if by < 0 else indices[-1]) + by < len(rows):
            return
        for index in indices if by < 0 else reversed(indices):
            rows[index], rows[index + by] = rows[index + by], rows[index]
        self._take(tuple(rows))

    def retry(self, ids: Collection[str]) -> None:
        """Let rows that failed or were stopped wait again, from their beginning."""
        self._take(
            tuple(
                waiting_again(row) if row.id in ids and row.state in ("failed", "stopped") else row
                for row in self.rows
            )
        )
        self.go_on()

    def start(self) -> None:
        """Train what waits, one row after the other."""
        if self.waiting or self.under_way:
            self.running = True
            self.changed.emit()
            self.go_on()

    def hold(self) -> None:
        """Let the row under way be the last one for now."""
        if self.running:
            self.running = False
            self.changed.emit()

    def go_on(self) -> None:
        """Begin the next row, if the queue runs and nothing is being trained."""
        while self.running and not self._current and not self._trainer.training:
            row = next((row for row in self.rows if row.state == "waiting"), None)
            if row is None:
                self.running = False
                self.ended.emit()
                self.changed.emit()
                return
            self._begin(row)

    def _begin(self, row: QueueRow) -> None:
        goes_on = bool(row.run) and can_resume(Path(row.run))
        if goes_on:  # meanwhile it may have ended elsewhere
            found = after_a_break(msgspec.structs.replace(row, state="training"))
            if found.state in ENDED:
                self._change(found)
                return
        try:
            job = self._trainer.finish(Path(row.run)) if goes_on else self._trainer.train_recipe(row.recipe)
        except StudioError as error:
            self._change(msgspec.structs.replace(row, state="failed", reason=str(error)))
            return
        if not job:
            self._change(
                msgspec.structs.replace(row, state="failed", reason=self.tr("Its run cannot be resumed."))
            )
            return
        self._current = row.id
        self._engine.subscribe(job, self._hear)
        self._jobs.add(job)
        self._change(msgspec.structs.replace(row, state="training", reason=""))
        self.changed.emit()

    def _change(self, row: QueueRow) -> None:
        self.rows = tuple(row if other.id == row.id else other for other in self.rows)
        self.row_changed.emit(row.id)

    def _set(self, **fields: Any) -> None:
        row = self.row(self._current)
        if row is not None and any(getattr(row, name) != value for name, value in fields.items()):
            self._change(msgspec.structs.replace(row, **fields))

    def _take(self, rows: tuple[QueueRow, ...]) -> None:
        if rows != self.rows:
            self.rows = rows
            self.changed.emit()

    def _hear(self, event: object) -> None:
        match event:
            case RunStarted():
                self._set(run=str(self._engine.runs_folder / event.run), epoch=1)
            case BatchEnded():
                self._set(epoch=event.epoch)
            case EpochEnded():
                row = self.row(self._current)
                if row is not None and event.val_accuracy is not None:
                    self._set(val_accuracy=max(row.val_accuracy or 0.0, event.val_accuracy))
            case TrainingPaused():
                self._set(state="paused")
            case TrainingResumed():
                self._set(state="training")
            case RunEnded():
                result = event.result
                self._end(
                    held=event.stopped,
                    state="stopped" if event.stopped else "done",
                    run=event.run,
                    val_accuracy=result.best_val_accuracy,
                    test_accuracy=result.test_accuracy,
                    seconds=result.seconds,
                )
            case JobCanceled():
                self._end(held=True, state="stopped")
            case JobFailed():
                row = self.row(self._current)
                # An engine that cannot start would fail one row after the other.
                never_began = row is not None and not row.run and not self._engine.ready
                reason = " ".join(part for part in (event.what, event.why) if part)
                self._end(held=never_began, state="failed", reason=reason)

    def _end(self, *, held: bool, **fields: Any) -> None:
        """Note what came of the row under way; the next begins when the trainer has heard of it too."""
        self._set(**fields)
        self._current = ""
        if held:
            self.running = False
        self.changed.emit()


def _under_way(row: QueueRow) -> bool:
    return row.state in UNDER_WAY
