"""The queue as a page: its rows, what can be done with them, and what seeds have in common."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QItemSelection, QItemSelectionModel, Qt, Signal
from PySide6.QtGui import QHideEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from cnn_studio.core.runs.run_folder import read_history
from cnn_studio.core.training.training_queue import ENDED, UNDER_WAY, Figure, Seeds, seed_groups
from cnn_studio.ui.queue.queue_runner import TrainingQueue
from cnn_studio.ui.queue.queue_table import QueueTable
from cnn_studio.ui.queue.queue_view import QueueView
from cnn_studio.ui.services.latest_request import LatestRequest
from cnn_studio.ui.style.form_layout import label, tool_button
from cnn_studio.ui.style.theme import STEP_PX, Theme, role

ROOMY_PX = 760
"""In a window at least so high there is room for the curves above it."""


class QueuePage(QWidget):
    """Everything that can be done to a queue, by mouse and by keys.

    Signals:
        several_requested: Seeds or a grid are to be added.
        overlays_changed: (name, history rows) of each selected run, none where none is selected.
        room_wanted: Whether the curves should make room.
        failed: A `StudioError` to be shown.
    """

    several_requested = Signal()
    overlays_changed = Signal(object)
    room_wanted = Signal(bool)
    failed = Signal(object)

    def __init__(self, theme: Theme, queue: TrainingQueue, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("queuePage")
        role(self, "plain")
        self._theme, self._queue = theme, queue
        self._reader = LatestRequest(self.overlays_changed.emit, self.failed.emit, self)
        self._overlaid: tuple[str, ...] = ()
        self._icons: list[tuple[QPushButton | QToolButton, str]] = []
        self.start_button = QPushButton()
        self.start_button.setObjectName("queueStartButton")
        self.start_button.clicked.connect(self._start_or_hold)
        self.several_button = QPushButton(self.tr("Add several …"))
        self.several_button.setObjectName("queueSeveralButton")
        self.several_button.setToolTip(
            self.tr("Add the recipe with several seeds, a grid of values, or presets")
        )
        self.several_button.clicked.connect(self.several_requested)
        self._icons.append((self.several_button, "plus"))
        self.up_button = self._tool("arrow-up", "queueUpButton", self.tr("Move up (Alt+Up)"), self._move_up)
        self.down_button = self._tool(
            "arrow-down", "queueDownButton", self.tr("Move down (Alt+Down)"), self._move_down
        )
        self.retry_button = self._tool(
            "restart",
            "queueRetryButton",
            self.tr("Train again what failed or was stopped (Ctrl+R)"),
            self._retry,
        )
        self.remove_button = self._tool(
            "delete-outline", "queueRemoveButton", self.tr("Remove the selected rows (Delete)"), self._remove
        )
        self.undo_button = self._tool(
            "undo", "queueUndoButton", self.tr("Undo the removal (Ctrl+Z)"), self._undo
        )
        self.clear_button = self._tool(
            "broom",
            "queueClearButton",
            self.tr("Remove the finished rows; their runs stay"),
            queue.clear_ended,
        )
        self.table = QueueTable(theme, self)
        self.view = QueueView(theme, self.table)
        self.view.selectionModel().selectionChanged.connect(self._select)
        self.larger = QToolButton()
        self.larger.setObjectName("queueLargerButton")
        self.larger.setAccessibleName(self.tr("Enlarge, in place of the curves"))
        self.larger.setToolTip(self.tr("Enlarge, in place of the curves"))
        self.larger.setCheckable(True)
        role(self.larger, "quiet")
        self.larger.clicked.connect(self._show_room)
        self._icons.append((self.larger, "arrow-expand-vertical"))
        self._was_shown = self._has_room = False
        self.summary = label("", "caption")
        self.summary.setObjectName("queueSummary")
        self._empty = label(
            self.tr(
                "Nothing is waiting. “Add to queue” puts the recipe on the left here; “Add "
                "several …” makes one training for each seed or value. They run one after "
                "another, and stay here while the program is closed."
            ),
            "caption",
        )
        self._empty.setObjectName("queueEmpty")
        self._lay_out()
        self._add_shortcuts()
        queue.changed.connect(self._show)
        queue.row_changed.connect(self._show_rows)
        theme.changed.connect(self._paint_icons)
        self._paint_icons()
        self._show()

    def _tool(self, icon: str, name: str, tip: str, action: Callable[[], None]) -> QToolButton:
        button = tool_button(name, tip, action)
        self._icons.append((button, icon))
        return button

    def _lay_out(self) -> None:
        tools = QHBoxLayout()
        tools.setSpacing(STEP_PX // 2)
        tools.addWidget(self.start_button)
        tools.addSpacing(STEP_PX // 2)
        tools.addWidget(self.several_button)
        tools.addStretch(1)
        for button in (
            self.up_button,
            self.down_button,
            self.retry_button,
            self.remove_button,
            self.undo_button,
            self.clear_button,
            self.larger,
        ):
            tools.addWidget(button)
        self._stack = QStackedLayout()
        self._stack.addWidget(self._empty)
        self._stack.addWidget(self.view)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, STEP_PX, 0, 0)
        column.setSpacing(STEP_PX // 2)
        column.addLayout(tools)
        column.addLayout(self._stack, 1)
        column.addWidget(self.summary)

    def _add_shortcuts(self) -> None:
        for keys, action in (
            (QKeySequence("Alt+Up"), self._move_up),
            (QKeySequence("Alt+Down"), self._move_down),
            (QKeySequence(QKeySequence.StandardKey.Delete), self._remove),
            (QKeySequence(QKeySequence.StandardKey.Undo), self._undo),
            (QKeySequence("Ctrl+R"), self._retry),
        ):
            shortcut = QShortcut(keys, self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(action)

    def selected(self) -> tuple[str, ...]:
        """Return the ids of the selected rows, in their order."""
        numbers = sorted(index.row() for index in self.view.selectionModel().selectedRows())
        return tuple(self.table.rows[number].id for number in numbers)

    def select(self, ids: tuple[str, ...]) -> None:
        """Select rows, and bring the first into view."""
        chosen = QItemSelection()
        numbers = [number for number, row in enumerate(self.table.rows) if row.id in ids]
        for number in numbers:
            index = self.table.index(number, 0)
            chosen.select(index, index)
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        self.view.selectionModel().select(chosen, flags)
        if numbers:
            first = self.table.index(numbers[0], 0)
            self.view.selectionModel().setCurrentIndex(first, QItemSelectionModel.SelectionFlag.NoUpdate)
            self.view.scrollTo(first)

    def _start_or_hold(self) -> None:
        if self._queue.running:
            self._queue.hold()
        else:
            self._queue.start()

    def _move_up(self) -> None:
        self._queue.move(self.selected(), -1)

    def _move_down(self) -> None:
        self._queue.move(self.selected(), 1)

    def _retry(self) -> None:
        self._queue.retry(self.selected())

    def _remove(self) -> None:
        self._queue.remove(self.selected())

    def _undo(self) -> None:
        self.select(self._queue.undo())

    def _show(self) -> None:
        """Show rows that may be others, the same ones selected."""
        chosen = self.selected()
        self.table.take(self._queue.rows)
        if chosen != self.selected():
            self.select(chosen)
        self._stack.setCurrentWidget(self.view if self.table.rows else self._empty)
        self._show_state()

    def _show_rows(self) -> None:
        self.table.take(self._queue.rows)
        self._show_state()

    def _select(self) -> None:
        self._show_state()
        self._overlay()

    def _show_state(self) -> None:
        queue, chosen = self._queue, set(self.selected())
        rows = [row for row in queue.rows if row.id in chosen]
        self.start_button.setText(self.tr("Pause queue") if queue.running else self.tr("Start queue"))
        self.start_button.setToolTip(
            self.tr("The current training runs to its end; the next one waits")
            if queue.running
            else self.tr("Train what is waiting, one after another")
        )
        self.start_button.setEnabled(queue.running or queue.waiting > 0)
        for button in (self.up_button, self.down_button):
            button.setEnabled(bool(rows))
        self.remove_button.setEnabled(any(row.state not in UNDER_WAY for row in rows))
        self.retry_button.setEnabled(any(row.state in ("failed", "stopped") for row in rows))
        self.undo_button.setEnabled(queue.can_undo)
        self.clear_button.setEnabled(any(row.state in ENDED for row in queue.rows))
        self._show_summary(chosen)
        self._paint_start()

    def _counts(self) -> str:
        rows = self._queue.rows
        if not rows:
            return ""
        done = sum(row.state == "done" for row in rows)
        text = self.tr("{done} of {all} done").format(done=done, all=len(rows))
        failed = sum(row.state == "failed" for row in rows)
        return f"{text}, {self.tr('%n failed', '', failed)}" if failed else text

    def _show_summary(self, chosen: set[str]) -> None:
        """Say how far it is, and what seeds have in common: the selected row's, else the last with a result."""
        groups = [group for group in seed_groups(self._queue.rows) if group.test is not None]
        lines = [self._seeds_text(group) for group in groups]
        number = next((n for n, group in enumerate(groups) if chosen & set(group.ids)), len(groups) - 1)
        parts = [self._counts(), lines[number] if lines else ""]
        self.summary.setText(" · ".join(part for part in parts if part))
        self.summary.setToolTip("\n".join(lines))
        self.summary.setVisible(bool(self._queue.rows))

    def _seeds_text(self, group: Seeds) -> str:
        """Return the figures of a group that has some."""
        assert group.test is not None
        text = self.tr("{title}, {done} of {all} seeds: test {test}").format(
            title=group.title, done=group.done, all=group.seeds, test=_figure(group.test)
        )
        if group.validation is None:
            return text
        return text + self.tr(", validation {validation}").format(validation=_figure(group.validation))

    def hasHeightForWidth(self) -> bool:
        return False  # or Qt would take the height its sentences suggest for the least there can be

    def _show_room(self) -> None:
        """Ask for the curves' room, or give it back."""
        wanted = self.isVisible() and self.larger.isChecked()
        if wanted != self._has_room:
            self._has_room = wanted
            self.room_wanted.emit(wanted)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if not self._was_shown:
            self._was_shown = True
            self.larger.setChecked(self.window().height() < ROOMY_PX)
        self._show_room()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._show_room()

    def _overlay(self) -> None:
        """Read the curves of the selected runs on a thread; the one under way is drawn already."""
        rows = [self._queue.row(id) for id in self.selected()]
        runs = [
            (f"{row.title}, {row.recipe.training.seed}", Path(row.run))
            for row in rows
            if row is not None and row.run and row.state not in UNDER_WAY
        ]
        shown = tuple(str(folder) for _, folder in runs)
        if shown != self._overlaid:
            self._overlaid = shown
            self._reader.ask(lambda _: [(name, read_history(folder)) for name, folder in runs])

    def _paint_icons(self) -> None:
        for button, icon in self._icons:
            button.setIcon(self._theme.icon(icon))
        self._paint_start()

    def _paint_start(self) -> None:
        self.start_button.setIcon(self._theme.icon("pause" if self._queue.running else "play"))


def _figure(figure: Figure) -> str:
    if figure.deviation is None:
        return f"{100 * figure.mean:.2f} %"
    return f"{100 * figure.mean:.2f} ± {100 * figure.deviation:.2f} %"
