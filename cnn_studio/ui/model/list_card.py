"""The list of layers with its buttons."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QToolButton, QVBoxLayout, QWidget

from cnn_studio.ui.model.add_layer_menu import AddMenu
from cnn_studio.ui.model.layer_list import LayerList
from cnn_studio.ui.model.network_editor import NetworkEditor
from cnn_studio.ui.style.form_layout import label, tool_button
from cnn_studio.ui.style.theme import STEP_PX, Theme, role


class ListCard(QFrame):
    """Add, remove, duplicate, move, undo and redo stand above the layers."""

    def __init__(self, theme: Theme, editor: NetworkEditor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        role(self, "card")
        self._theme, self._editor = theme, editor
        self.list = LayerList(theme, editor)
        self.add_button = QPushButton(self.tr("Add layer"))
        self.add_button.setObjectName("addLayerButton")
        self.add_button.setToolTip(self.tr("Add a layer after the selected one (Insert)"))
        self.add_button.clicked.connect(self._open_menu)
        self.menu: AddMenu | None = None
        self._icons: list[tuple[QToolButton, str]] = []
        self.undo_button = self._tool("undo", "undoLayerButton", self.tr("Undo (Ctrl+Z)"), editor.undo)
        self.redo_button = self._tool("redo", "redoLayerButton", self.tr("Redo (Ctrl+Shift+Z)"), editor.redo)
        self.up_button = self._tool("arrow-up", "moveUpButton", self.tr("Move up (Alt+Up)"), editor.move_up)
        self.down_button = self._tool(
            "arrow-down", "moveDownButton", self.tr("Move down (Alt+Down)"), editor.move_down
        )
        self.copy_button = self._tool(
            "content-copy", "duplicateLayerButton", self.tr("Duplicate (Ctrl+D)"), editor.duplicate
        )
        self.remove_button = self._tool(
            "delete-outline",
            "removeLayerButton",
            self.tr("Remove the selected layers (Delete)"),
            self._remove,
        )
        self._empty = label(
            self.tr(
                "No layers yet. “Add layer” puts the first one here; the last should be Dense with softmax."
            ),
            "caption",
        )
        self._empty.setObjectName("noLayersNote")
        self._lay_out()
        editor.changed.connect(self._show_state)
        editor.selected.connect(self._show_state)
        theme.changed.connect(self._paint_icons)
        self._paint_icons()
        self._show_state()

    def add_shortcuts(self, page: QWidget) -> None:
        """Let the keys work wherever the focus is on a page."""
        for keys, action in (
            (QKeySequence(QKeySequence.StandardKey.Undo), self._editor.undo),
            (QKeySequence("Ctrl+Shift+Z"), self._editor.redo),
            (QKeySequence("Ctrl+D"), self._editor.duplicate),
            (QKeySequence("Insert"), self._open_menu),
        ):
            shortcut = QShortcut(keys, page)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(action)

    def _tool(self, icon: str, name: str, tip: str, action: Callable[[], None]) -> QToolButton:
        button = tool_button(name, tip, action)
        self._icons.append((button, icon))
        return button

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setContentsMargins(2 * STEP_PX, 0, STEP_PX, 0)
        head.addWidget(label(self.tr("Layers"), "title"), 1)
        head.addWidget(self.undo_button)
        head.addWidget(self.redo_button)
        tools = QHBoxLayout()
        tools.setContentsMargins(2 * STEP_PX, 0, STEP_PX, 0)
        tools.setSpacing(4)
        tools.addWidget(self.add_button)
        tools.addStretch(1)
        for button in (self.up_button, self.down_button, self.copy_button, self.remove_button):
            tools.addWidget(button)
        notes = QHBoxLayout()
        notes.setContentsMargins(2 * STEP_PX, STEP_PX, 2 * STEP_PX, STEP_PX)
        notes.addWidget(self._empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, STEP_PX, 0, STEP_PX)
        column.setSpacing(STEP_PX)
        column.addLayout(head)
        column.addLayout(tools)
        column.addLayout(notes)
        column.addWidget(self.list, 1)

    def _open_menu(self) -> None:
        if self.menu is None:
            self.menu = AddMenu(self.add_button)
            self.menu.chosen.connect(self._add)
        self.menu.open_below(self.add_button)

    def _add(self, kind: object) -> None:
        self._editor.add(kind)  # type: ignore[arg-type]
        self.list.setFocus()

    def _remove(self) -> None:
        self._editor.remove(self.list.selected_paths())

    def _show_state(self) -> None:
        self.undo_button.setEnabled(self._editor.can_undo)
        self.redo_button.setEnabled(self._editor.can_redo)
        there = self._editor.selection is not None
        for button in (self.up_button, self.down_button, self.copy_button, self.remove_button):
            button.setEnabled(there)
        self._empty.setVisible(not self._editor.layers)

    def _paint_icons(self) -> None:
        for button, icon in self._icons:
            button.setIcon(self._theme.icon(icon))
        self.add_button.setIcon(self._theme.icon("plus"))
