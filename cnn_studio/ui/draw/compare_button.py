"""The button whose menu chooses the models that are compared."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QMouseEvent
from PySide6.QtWidgets import QComboBox, QMenu, QToolButton

from cnn_studio.ui.draw.compared_model import title_of
from cnn_studio.ui.services.model_registry import ModelRegistry
from cnn_studio.ui.style.theme import Theme

MOST = 4


class StayingMenu(QMenu):
    """A menu that stays open while lines are checked with the mouse."""

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        action = self.actionAt(event.position().toPoint())
        if action is not None and action.isCheckable() and action.isEnabled():
            action.trigger()
        else:
            super().mouseReleaseEvent(event)


class CompareButton(QToolButton):
    """A button with the registry's models in its menu, of which some are checked.

    Signals:
        chosen: The paths (str) of the models to be compared, in the order they were checked.
    """

    chosen = Signal(list)

    def __init__(self, theme: Theme, registry: ModelRegistry) -> None:
        super().__init__()
        self.setObjectName("compareButton")
        self.setAccessibleName(self.tr("Compare models"))
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setFixedHeight(QComboBox().sizeHint().height())
        self._theme, self._registry = theme, registry
        self._main: Path | None = None
        self._compared: list[str] = []
        self._answering = 0
        menu = StayingMenu(self)
        menu.setToolTipsVisible(True)
        menu.aboutToShow.connect(self._fill)
        self.setMenu(menu)
        theme.changed.connect(self._paint_icon)
        self._paint_icon()

    def show_state(self, main: Path | None, compared: list[str], answering: int) -> None:
        """Take the main model, those chosen, and how many of them can answer."""
        self._main, self._compared, self._answering = main, compared, answering
        self._paint_icon()
        if self.menu().isVisible():
            self._show_checks()

    def _paint_icon(self) -> None:
        self.setIcon(self._theme.icon("compare", "accent" if self._answering else "text"))
        text = self.tr("Compare: let up to {most} more models answer too").format(most=MOST)
        now = self.tr("Models compared: {count}").format(count=self._answering) if self._answering else ""
        self.setToolTip("\n".join(part for part in (text, now) if part))
        self.setAccessibleDescription(now)

    def _fill(self) -> None:
        menu = self.menu()
        menu.clear()
        listed = [entry.path for entry in self._registry.entries]
        listed += [path for path in map(Path, self._compared) if path not in listed]
        for path in listed:
            action = menu.addAction(title_of(self._registry, path).replace("&", "&&"))
            action.setData(str(path))
            action.setCheckable(True)
            action.toggled.connect(lambda on, path=path: self._switch(str(path), on))
        menu.addSeparator()
        none = menu.addAction(self.tr("Stop comparing"))
        none.setObjectName("compareNoneAction")
        none.setEnabled(bool(self._compared))
        none.triggered.connect(lambda: self.chosen.emit([]))
        self._show_checks()

    def _show_checks(self) -> None:
        for action in self.menu().actions():
            if action.isCheckable():
                self._show_check(action, action.data())

    def _show_check(self, action: QAction, path: str) -> None:
        main, compared = self._main is not None and path == str(self._main), path in self._compared
        action.blockSignals(True)
        action.setChecked(main or compared)
        action.blockSignals(False)
        action.setEnabled(not main and (compared or len(self._compared) < MOST))
        full = self.tr("At most {most} models besides the one that answers").format(most=MOST)
        action.setToolTip(self.tr("It already answers") if main else path if action.isEnabled() else full)

    def _switch(self, path: str, on: bool) -> None:
        others = [each for each in self._compared if each != path]
        self.chosen.emit([*others, path] if on else others)
