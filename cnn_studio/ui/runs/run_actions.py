"""What can be done with the selected runs: one table for the buttons and the menus."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QObject, Signal
from PySide6.QtGui import QAction

from cnn_studio.core.runs.run_table import RunRow
from cnn_studio.ui.style.theme import Theme


@dataclass(frozen=True)
class RunAction:
    """One thing to do.

    Attributes:
        name: Of the action; its button is called after it.
        text: On the button and in the menu.
        tip: What it does.
        icon: As Material Design Icons call it.
        fits: Whether it can be done with these runs.
        button: Whether it has a button beside the menu.
    """

    name: str
    text: str
    tip: str
    icon: str
    fits: Callable[[Sequence[RunRow]], bool]
    button: bool = False


def _one(test: Callable[[RunRow], bool]) -> Callable[[Sequence[RunRow]], bool]:
    return lambda rows: len(rows) == 1 and test(rows[0])


def has_result(row: RunRow) -> bool:
    """Whether a run is known to have ended with a network."""
    return row.record is not None and row.record.result is not None


def can_go_on(row: RunRow) -> bool:
    """Whether a run has epochs left that its recipe asks for."""
    if row.record is None or not row.can_go_on or row.state not in ("unfinished", "stopped", "failed"):
        return False
    return row.epochs is None or row.epochs < row.record.recipe.training.epochs


def run_actions() -> tuple[RunAction, ...]:
    """Return the table, in the order of the menu."""

    def tr(text: str) -> str:
        return QCoreApplication.translate("RunActions", text)

    return (
        RunAction("goOn", tr("Resume"), tr("Train the remaining epochs, from the last whole "
                                          "one"), "play",
                  _one(can_go_on), True),
        RunAction("draw", tr("Draw with it"), tr("Let this run answer on the Draw tab"), "draw",
                  _one(lambda row: row.can_answer and has_result(row)), True),
        RunAction("errors", tr("See its errors"), tr("Show its confusion matrix and errors (Enter)"),
                  "grid", _one(has_result), True),
        RunAction("again", tr("Train it again"), tr("Take its recipe to the Train tab, to change or repeat it"),
                  "replay", _one(lambda row: row.record is not None), True),
        RunAction("report", tr("Report …"), tr("Write everything known about the "
                                                 "selected runs into one HTML file"),
                  "file-chart-outline", lambda rows: any(row.record is not None for row in rows), True),
        RunAction("export", tr("Export the network …"), tr("As Keras, SavedModel, TFLite or ONNX file"),
                  "export-variant", _one(has_result)),
        RunAction("star", tr("Star"), tr("Star it, or remove the star (S)"), "star-outline",
                  lambda rows: any(row.record is not None for row in rows)),
        RunAction("rename", tr("Rename"), tr("Give it a name (F2)"), "pencil",
                  _one(lambda row: row.record is not None)),
        RunAction("note", tr("Write a note"), tr("Note what to remember about it"),
                  "note-text-outline", _one(lambda row: row.record is not None)),
        RunAction("folder", tr("Open its folder"), tr("Show its files in the system's file manager"),
                  "folder-open-outline", lambda rows: len(rows) == 1),
        RunAction("delete", tr("Delete"), tr("Move to the system's trash (Del)"), "trash-can-outline",
                  lambda rows: bool(rows)),
    )  # fmt: skip


class RunActions(QObject):
    """The actions as Qt's; `asked` names one that was chosen.

    Signals:
        asked: The name of an action.
    """

    asked = Signal(str)

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme
        self.table = run_actions()
        self.actions: dict[str, QAction] = {}
        for row in self.table:
            action = QAction(row.text, self)
            action.setObjectName(f"{row.name}RunAction")
            action.setToolTip(row.tip)
            action.triggered.connect(lambda _=False, name=row.name: self.asked.emit(name))
            self.actions[row.name] = action
        theme.changed.connect(self._paint_icons)
        self._paint_icons()

    def offer(self, rows: Sequence[RunRow]) -> None:
        """Enable what can be done with the selected runs."""
        for row in self.table:
            self.actions[row.name].setEnabled(row.fits(rows))
        starred = bool(rows) and all(row.record is not None and row.record.starred for row in rows)
        self.actions["star"].setText(self.tr("Remove the star") if starred else self.tr("Star"))

    def _paint_icons(self) -> None:
        for row in self.table:
            self.actions[row.name].setIcon(self._theme.icon(row.icon))
