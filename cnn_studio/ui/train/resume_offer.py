"""A training that was cut off, offered for going on."""

from __future__ import annotations

import logging
from pathlib import Path

import msgspec
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.file_lock import occupied
from cnn_studio.core.runs.run_folder import Run, epochs_done, read_run, unfinished_runs, write_run
from cnn_studio.ui.services.background_task import BackgroundTask
from cnn_studio.ui.style.form_layout import label
from cnn_studio.ui.style.theme import STEP_PX, Theme, role

log = logging.getLogger(__name__)


class ResumeOffer(QFrame):
    """Names one unfinished run at a time; hidden while there is none.

    Signals:
        accepted: The folder of a run that is to go on.
        changed: It is shown now, or no longer.
    """

    accepted = Signal(object)
    changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("unfinishedOffer")
        role(self, "banner-warn")
        self._theme = theme
        self._found: list[tuple[Run, int]] = []
        self._reader = BackgroundTask(self._take, lambda error: log.warning("%s", error), self)
        self._icon, self._what, self._why = QLabel(), label("", "title"), label("", "field")
        self.go_on = QPushButton(self.tr("Resume"))
        self.go_on.setObjectName("goOnButton")
        role(self.go_on, "primary")
        self.go_on.setToolTip(self.tr("Train the remaining epochs, from the last whole one"))
        self.go_on.clicked.connect(self._accept)
        self.leave = QPushButton(self.tr("Leave it"))
        self.leave.setObjectName("leaveUnfinishedButton")
        self.leave.setToolTip(
            self.tr("Do not ask again; “cnn-studio resume” can still resume it from its last whole epoch")
        )
        self.leave.clicked.connect(self._leave)
        texts = QVBoxLayout()
        texts.setSpacing(STEP_PX // 2)
        texts.addWidget(self._what)
        texts.addWidget(self._why)
        line = QHBoxLayout(self)
        line.setContentsMargins(2 * STEP_PX, STEP_PX, 2 * STEP_PX, STEP_PX)
        line.setSpacing(2 * STEP_PX)
        line.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        line.addLayout(texts, 1)
        line.addWidget(self.leave)
        line.addWidget(self.go_on)
        theme.changed.connect(self._paint_icons)
        self._paint_icons()
        self.hide()

    @property
    def offering(self) -> bool:
        """Whether there is a run to decide on."""
        return bool(self._found)

    def look(self, runs_folder: Path) -> None:
        """Look for unfinished runs, off the GUI thread."""
        self._reader.ask(lambda: _unfinished(runs_folder))

    def set_busy(self, busy: bool) -> None:
        """Say whether a training is under way: another cannot begin then."""
        self.go_on.setEnabled(not busy)

    def forget(self, folder: Path) -> None:
        """Offer a run no longer: it goes on, whoever asked for that."""
        left = [(run, done) for run, done in self._found if run.folder != folder]
        if len(left) < len(self._found):
            self._found = left
            self._show()

    def _take(self, found: list[tuple[Run, int]]) -> None:
        self._found = found
        self._show()

    def _show(self) -> None:
        if self._found:
            (run, done), others = self._found[0], len(self._found) - 1
            recipe = run.record.recipe
            self._what.setText(
                self.tr("The training of “{title}” was cut off").format(title=recipe.title or recipe.name)
            )
            text = self.tr("{done} of {epochs} epochs are done, started {when}.").format(
                done=done, epochs=recipe.training.epochs, when=run.record.created[:16].replace("T", " ")
            )
            if others:
                text = f"{text} {self.tr('%n more after it.', '', others)}"
            self._why.setText(text)
            self.setAccessibleName(f"{self._what.text()}. {text}")
        self.setVisible(bool(self._found))
        self.changed.emit()

    def _accept(self) -> None:
        run, _ = self._found.pop(0)
        self._show()
        self.accepted.emit(run.folder)

    def _leave(self) -> None:
        run, _ = self._found.pop(0)
        try:
            record = read_run(run.folder).record
            if record.status == "running" and not occupied(run.folder):
                write_run(run.folder, msgspec.structs.replace(record, status="stopped"))
        except (StudioError, OSError) as error:
            log.warning("The unfinished run could not be marked: %s", error)
        self._show()

    def _paint_icons(self) -> None:
        self._icon.setPixmap(self._theme.icon("history", "warn").pixmap(QSize(20, 20)))


def _unfinished(runs_folder: Path) -> list[tuple[Run, int]]:
    found = []
    for run in unfinished_runs(runs_folder):
        try:
            found.append((run, epochs_done(run.folder)))
        except StudioError as error:
            log.warning("%s", error)
    return found
