"""All runs in a table, with what can be learned of one of them or of several side by side."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QMenu,
    QPushButton,
    QSplitter,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.settings import Settings
from cnn_studio.core.protocol.events import EpochEnded, JobCanceled, JobFailed, RunEnded, RunStarted
from cnn_studio.core.runs.run_table import RunRow, RunTable
from cnn_studio.ui.dialogs.export_dialog import say_outcome
from cnn_studio.ui.dialogs.run_jobs import RunJobs
from cnn_studio.ui.runs.filter_bar import FilterBar
from cnn_studio.ui.runs.report_saver import ReportSaver, open_in_system
from cnn_studio.ui.runs.run_actions import RunActions
from cnn_studio.ui.runs.run_changes import RunChanges
from cnn_studio.ui.runs.run_model import NAME, NOTE, RunModel
from cnn_studio.ui.runs.runs_view import RunView
from cnn_studio.ui.runs.selection_card import SelectionCard
from cnn_studio.ui.runs.undo_bar import UndoBar
from cnn_studio.ui.services.background_task import BackgroundTask
from cnn_studio.ui.services.engine_client import EngineClient
from cnn_studio.ui.services.model_registry import ModelRegistry
from cnn_studio.ui.style.form_layout import card, label
from cnn_studio.ui.style.theme import STEP_PX, Theme, role
from cnn_studio.ui.widgets.banner import Banner

SMALLEST_TABLE_PX = 18 * STEP_PX
SMALLEST_CARD_PX = 30 * STEP_PX
SHARES = (42, 58)
"""Of the height that the table and what is selected have at first."""
MS_BETWEEN_LOOKS = 3000
"""While a run is trained."""
MS_TO_GATHER = 100
"""Changes of the runs that come within so long of one another are read once."""


class RunsTab(QWidget):
    """The table above, what is selected below.

    Signals:
        draw_requested: The folder of a run that is to answer on the Draw tab.
        inspect_requested: The folder of a run whose errors a person wants to see.
        recipe_requested: A recipe that is to be trained again.
        go_on_requested: The folder of a run that is to train the epochs that are left.
        train_requested: There is no run yet: a person wants to train one.
    """

    draw_requested = Signal(object)
    inspect_requested = Signal(str)
    recipe_requested = Signal(object)
    go_on_requested = Signal(object)
    train_requested = Signal()

    def __init__(
        self,
        theme: Theme,
        engine: EngineClient,
        registry: ModelRegistry,
        settings: Settings,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("runsTabPage")
        self._theme, self._engine, self._registry, self._settings = theme, engine, registry, settings
        self._table = RunTable(registry.runs_folder)
        self._known = False
        self._reader = BackgroundTask(self._take, self._show_error, self)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(MS_TO_GATHER)
        self._soon.timeout.connect(self.refresh)
        self._again = QTimer(self)
        self._again.setSingleShot(True)
        self._again.setInterval(MS_BETWEEN_LOOKS)
        self._again.timeout.connect(self._look_again)
        self.banner = Banner(theme)
        self.undo_bar = UndoBar(theme)
        self.changes = RunChanges(self)
        self.model = RunModel(self)
        self.model.grouped = settings.runs_grouped
        self.actions_ = RunActions(theme, self)
        self.view = RunView(theme, self.model, settings)
        self.card = SelectionCard(theme, settings, self.banner, self.actions_)
        self.reports = ReportSaver(settings, self)
        self._jobs = RunJobs(theme, engine, settings, self)
        self.bar = FilterBar(theme, settings.runs_grouped)
        self._lay_out()
        self._connect(engine)
        self._paint_icons()
        self._show_count()

    def _lay_out(self) -> None:
        self._table_card, column = card()
        column.setContentsMargins(STEP_PX // 2, STEP_PX // 2, STEP_PX // 2, STEP_PX // 2)
        column.addWidget(self.view)
        self._table_card.setMinimumHeight(SMALLEST_TABLE_PX)
        self.card.setMinimumHeight(SMALLEST_CARD_PX)
        self.splitter = QSplitter(Qt.Orientation.Vertical)
        self.splitter.setObjectName("runSplitter")
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(2 * STEP_PX)
        self.splitter.addWidget(self._table_card)
        self.splitter.addWidget(self.card)
        self.splitter.setSizes([*SHARES])
        self.splitter.setStretchFactor(0, SHARES[0])
        self.splitter.setStretchFactor(1, SHARES[1])
        filled = QWidget()
        inside = QVBoxLayout(filled)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(2 * STEP_PX)
        inside.addWidget(self.bar)
        inside.addWidget(self.splitter, 1)
        self.stack = QStackedWidget()
        self.stack.addWidget(filled)
        self.stack.addWidget(self._empty_page())
        page = QVBoxLayout(self)
        page.setContentsMargins(3 * STEP_PX, 2 * STEP_PX, 3 * STEP_PX, 2 * STEP_PX)
        page.setSpacing(2 * STEP_PX)
        page.addWidget(self.banner)
        page.addWidget(self.undo_bar)
        page.addWidget(self.stack, 1)

    def _empty_page(self) -> QWidget:
        frame, column = card()
        title = label(self.tr("No run yet"), "title")
        text = label(
            self.tr("Every training creates a run: its figures, curves and files appear here."), "field"
        )
        self.train_button = QPushButton(self.tr("Train a network"))
        self.train_button.setObjectName("firstTrainButton")
        self.train_button.setToolTip(self.tr("To the Train tab; the quick recipe takes seconds"))
        role(self.train_button, "primary")
        self.train_button.clicked.connect(self.train_requested)
        column.addStretch(1)
        for widget in (title, text, self.train_button):
            column.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)
            column.addSpacing(STEP_PX)
        column.addStretch(1)
        return frame

    def _connect(self, engine: EngineClient) -> None:
        engine.run_started.connect(self._follow)
        engine.job_ended.connect(self._end)
        engine.run_finished.connect(self._read_soon)
        self._registry.changed.connect(self._read_soon)
        self._theme.changed.connect(self._paint_icons)
        self.bar.changed.connect(self.model.filter)
        self.bar.grouped.connect(self._group)
        self.bar.columns_requested.connect(lambda point: self.view.column_menu().popup(point))
        self.view.chosen.connect(self._show_selected)
        self.view.starred.connect(self.changes.star)
        self.view.deleting.connect(lambda: self._do("delete"))
        self.view.opened.connect(lambda: self._do("errors"))
        self.view.customContextMenuRequested.connect(self._offer)
        self.model.edited.connect(self.changes.write)
        self.model.shown_changed.connect(self._show_count)
        self.actions_.asked.connect(self._do)
        self.card.enlarged.connect(lambda enlarged: self._table_card.setVisible(not enlarged))
        self.changes.changed.connect(self._changed)
        self.changes.said.connect(self.undo_bar.say)
        self.changes.undone.connect(self.undo_bar.hide)
        self.changes.failed.connect(self._show_error)
        self.undo_bar.undo_requested.connect(self.changes.undo)
        self.reports.begun.connect(self._say_writing)
        self.reports.written.connect(self._say_written)
        self.reports.failed.connect(self._show_error)
        self._jobs.exported.connect(lambda event: say_outcome(self.banner, event))
        context = Qt.ShortcutContext.WidgetWithChildrenShortcut
        for keys, slot in (
            (QKeySequence(QKeySequence.StandardKey.Undo), self.changes.undo),
            (QKeySequence(QKeySequence.StandardKey.Find), self.bar.focus),
            (QKeySequence(QKeySequence.StandardKey.Refresh), self.refresh),
        ):
            shortcut = QShortcut(keys, self)
            shortcut.setContext(context)
            shortcut.activated.connect(slot)

    def _paint_icons(self) -> None:
        self.train_button.setIcon(self._theme.icon("play", "on_accent"))

    def refresh(self) -> None:
        """Read the runs folder again, off the GUI thread."""
        self._reader.ask(self._table.read)

    def _changed(self) -> None:
        """A person changed something about a run: every selector that names it hears of it."""
        self.refresh()
        self._registry.refresh()

    def _take(self, rows: list[RunRow]) -> None:
        self._known = True
        self.model.take(rows)
        self.stack.setCurrentIndex(0 if rows else 1)
        self._show_count()

        if any(row.state == "training" for row in rows):
            self._again.start()  # nothing tells when another process ends its training, or lets a folder go

    def _look_again(self) -> None:
        if self.isVisible():
            self.refresh()

    def _show_count(self) -> None:
        shown = sum(1 for line in self.model.lines for _ in getattr(line, "rows", (line,)))
        total = len(self.model.rows)
        text = self.tr("%n run(s)", "", total)
        if shown != total:
            text = self.tr("{shown} of {total}").format(shown=f"{shown:,}", total=text)
        self.bar.count.setText(text if self._known else self.tr("Reading …"))
        self.view.hint = self.tr("No run matches the filter") if self._known else self.tr("Reading …")

    def _group(self, wanted: bool) -> None:
        self._settings.runs_grouped = wanted
        self.view.show_groups(wanted)
        self.model.group(wanted)

    def _show_selected(self) -> None:
        self.card.show_rows(self.view.selected)

    def _offer(self, point: QPoint) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setToolTipsVisible(True)
        menu.addActions([self.actions_.actions[row.name] for row in self.actions_.table])
        if self.view.selected:
            menu.popup(self.view.viewport().mapToGlobal(point))

    def _do(self, name: str) -> None:
        """Do what an action says with the selected runs."""
        rows = self.view.selected
        if not rows or not self.actions_.actions[name].isEnabled():
            return
        row = rows[0]
        self.banner.hide()
        if name == "goOn":
            self.go_on_requested.emit(row.folder)
        elif name == "draw":
            self.draw_requested.emit(row.folder)
        elif name == "errors":
            self.inspect_requested.emit(str(row.folder))
        elif name == "again":
            self.recipe_requested.emit(row.recipe)
        elif name == "report":
            self.reports.ask([row for row in rows if row.record is not None])
        elif name == "export":
            self._jobs.export(row.folder)
        elif name == "star":
            self.changes.star(rows)
        elif name == "rename":
            self.view.write(NAME)
        elif name == "note":
            self.view.write(NOTE)
        elif name == "folder":
            if not open_in_system(row.folder):
                self.banner.say(
                    str(row.folder), self.tr("The system has no program that shows folders."), kind="warn"
                )
        elif name == "delete":
            self.changes.delete(rows)

    def _end(self, event: object) -> None:
        if isinstance(event, RunEnded | JobFailed | JobCanceled):
            self.model.progress.clear()
            self._soon.start()

    def _follow(self, event: RunStarted) -> None:
        """Follow a training: its row says how far it is."""
        self._engine.subscribe(event.job, self._hear)
        self._soon.start()

    def _hear(self, event: object) -> None:
        if isinstance(event, EpochEnded) and (folder := self._engine.folder(event.job)) is not None:
            text = self.tr("epoch {epoch}/{epochs}").format(epoch=event.epoch, epochs=event.epochs)
            self.model.say_progress(folder.name, text)
            if self.isVisible() and folder in [row.folder for row in self.view.selected]:
                self._soon.start()  # its curves go on

    def _read_soon(self) -> None:
        self._soon.start()

    def _say_writing(self, path: Path) -> None:
        self.banner.say(self.tr("Writing {name} …").format(name=path.name), kind="good")

    def _say_written(self, path: Path) -> None:
        self.banner.say(self.tr("Saved {path}").format(path=path), kind="good")

    def _show_error(self, error: StudioError) -> None:
        self.banner.say_error(error)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.refresh()
