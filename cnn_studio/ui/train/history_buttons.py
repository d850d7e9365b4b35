"""Undo and redo of the form of a training, with their keys."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget

from cnn_studio.core.recipes.recipe import Recipe
from cnn_studio.ui.style.theme import Theme, role
from cnn_studio.ui.train.form_history import FormHistory


class HistoryButtons(QWidget):
    """Two buttons; in a field of text the keys take back what is typed there.

    Args:
        theme: The appearance.
        form: Where the keys work.

    Signals:
        taken: The recipe as it was before, or after, a change.
    """

    taken = Signal(object)

    def __init__(self, theme: Theme, form: QWidget) -> None:
        super().__init__()
        self._theme, self._form = theme, form
        self._history = FormHistory()
        self._recipe: Recipe | None = None
        self._busy = False
        self._undo = self._button("undoTrainingButton", self.tr("Undo"), "Ctrl+Z", self._take_back)
        self._redo = self._button("redoTrainingButton", self.tr("Redo"), "Ctrl+Shift+Z", self._make_again)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(0)
        line.addWidget(self._undo)
        line.addWidget(self._redo)
        theme.changed.connect(self._paint)
        self._paint()
        self._enable()

    def _button(self, name: str, text: str, keys: str, act: Callable[[], None]) -> QToolButton:
        button = QToolButton()
        button.setObjectName(name)
        button.setAccessibleName(text)
        button.setToolTip(self.tr("{what} a change in this form ({keys})").format(what=text, keys=keys))
        role(button, "quiet")
        button.clicked.connect(act)
        shortcut = QShortcut(QKeySequence(keys), self._form)
        shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        shortcut.activated.connect(act)
        return button

    def note(self, recipe: Recipe) -> None:
        """Remember that the form was changed to this."""
        if self._recipe is not None:
            self._history.note(self._recipe, recipe)
        self.show_recipe(recipe)

    def begin(self, recipe: Recipe) -> None:
        """Forget everything: another recipe was chosen."""
        self._history.clear()
        self.show_recipe(recipe)

    def show_recipe(self, recipe: Recipe) -> None:
        """Take what the form says, by whatever it was changed."""
        self._recipe = recipe
        self._enable()

    def set_busy(self, busy: bool) -> None:
        """Take nothing back while a training runs."""
        self._busy = busy
        self._enable()

    def _take_back(self) -> None:
        if self._recipe is not None and self._undo.isEnabled():
            self.taken.emit(self._history.undo(self._recipe))

    def _make_again(self) -> None:
        if self._recipe is not None and self._redo.isEnabled():
            self.taken.emit(self._history.redo(self._recipe))

    def _enable(self) -> None:
        self._undo.setEnabled(self._history.can_undo and not self._busy)
        self._redo.setEnabled(self._history.can_redo and not self._busy)

    def _paint(self) -> None:
        self._undo.setIcon(self._theme.icon("undo"))
        self._redo.setIcon(self._theme.icon("redo"))
