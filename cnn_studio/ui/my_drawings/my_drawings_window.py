"""The window "My drawings": to look through, to correct, and to export."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.settings import Settings
from cnn_studio.core.drawing.collection import Collection, LabeledDrawing
from cnn_studio.ui.my_drawings.class_counts import ClassCounts
from cnn_studio.ui.my_drawings.class_picker import ClassPicker
from cnn_studio.ui.my_drawings.drawing_files import DrawingFiles
from cnn_studio.ui.my_drawings.drawings_grid import DrawingsGrid
from cnn_studio.ui.my_drawings.thumbnails import Thumbnails
from cnn_studio.ui.style.form_layout import card, label
from cnn_studio.ui.style.theme import STEP_PX, Theme
from cnn_studio.ui.widgets.banner import Banner

COUNTS_PX = 22 * STEP_PX
SMALLEST_GRID = (50 * STEP_PX, 40 * STEP_PX)
USUAL = (116 * STEP_PX, 78 * STEP_PX)


class MyDrawingsWindow(QDialog):
    """A window of its own beside the pad; it shows what the collection holds at any time.

    Signals:
        open_requested: The `LabeledDrawing` that is to be shown on the pad.
    """

    open_requested = Signal(object)
    _changed = Signal()

    def __init__(
        self,
        theme: Theme,
        collection: Collection,
        thumbnails: Thumbnails,
        settings: Settings,
        parent: QWidget,
    ) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setObjectName("myDrawings")
        self.setWindowTitle(self.tr("My drawings"))
        self.resize(*USUAL)
        self._theme, self._collection = theme, collection
        self._classes: tuple[str, ...] = ()
        self._icons: list[tuple[QPushButton, str]] = []
        self.banner = Banner(theme)
        self.files = DrawingFiles(collection, self.banner, settings, self)
        self.title = label(self.tr("My drawings"), "title")
        self.summary = label("", "field")
        self.summary.setObjectName("drawingsSummary")
        self.counts = ClassCounts(theme)
        self.grid = DrawingsGrid(theme, thumbnails)
        self.grid.setMinimumSize(*SMALLEST_GRID)
        self.grid.hint = self.tr(
            "Drawings you correct gather here. Draw a digit, then click the row of what it was, or press its key."
        )
        self.picker = ClassPicker(theme, self)
        self.picker.chosen.connect(self._relabel)
        self._actions = QHBoxLayout()
        self._actions.setSpacing(STEP_PX)
        self.undo_button = self._button("undoChangeButton", self.tr("Undo"), "undo", self._undo)
        self.relabel_button = self._button(
            "relabelButton", self.tr("It was …"), "tag-outline", self._ask_for_label
        )
        self.delete_button = self._button(
            "deleteDrawingsButton", self.tr("Delete"), "trash-can-outline", self._delete
        )
        self.open_button = self._button("openOnPadButton", self.tr("Open on the pad"), "draw", self._open)
        self.import_button = self._button(
            "importDrawingsButton", self.tr("Import …"), "import", self.files.ask_for_import
        )
        self.export_button = self._button("exportDrawingsButton", self.tr("Export"), "export", None)
        self.export_menu = QMenu(self.export_button)
        self.export_button.setMenu(self.export_menu)
        self._export_lines = self._export_action("exportLinesAction", self.files.ask_for_lines)
        self._export_images = self._export_action("exportImagesAction", self.files.ask_for_folder)
        self._lay_out()
        self._connect()
        self._paint_icons()
        self._show_state()

    def add_action_button(self, button: QPushButton) -> None:
        """Put a button for something that is done with all drawings at the right of the title."""
        self._actions.addWidget(button)

    def offer_classes(self, classes: tuple[str, ...]) -> None:
        """Take the classes of the model that answers: what drawings can be relabeled to."""
        self._classes = classes

    def present(self) -> None:
        """Show the window, in front of others."""
        if self.isVisible():
            self.raise_()
        else:
            self.show()
        self.activateWindow()
        self.grid.setFocus()

    def showEvent(self, event: QShowEvent) -> None:
        self._refresh()
        super().showEvent(event)

    def _lay_out(self) -> None:
        header = QHBoxLayout()
        header.setSpacing(STEP_PX)
        header.addWidget(self.title)
        header.addSpacing(STEP_PX)
        header.addWidget(self.summary, 1)
        header.addLayout(self._actions)
        counts, left = card()
        counts.setFixedWidth(COUNTS_PX)
        left.setContentsMargins(STEP_PX, STEP_PX, STEP_PX, STEP_PX)
        left.addWidget(self.counts)
        drawings, right = card()
        right.setContentsMargins(STEP_PX, STEP_PX, STEP_PX, STEP_PX)
        right.addWidget(self.grid)
        middle = QHBoxLayout()
        middle.setSpacing(2 * STEP_PX)
        middle.addWidget(counts)
        middle.addWidget(drawings, 1)
        footer = QHBoxLayout()
        footer.setSpacing(STEP_PX)
        for button in (self.relabel_button, self.delete_button, self.open_button, self.undo_button):
            footer.addWidget(button)
        footer.addStretch(1)
        for button in (self.import_button, self.export_button):
            footer.addWidget(button)
        page = QVBoxLayout(self)
        page.setContentsMargins(2 * STEP_PX, 2 * STEP_PX, 2 * STEP_PX, 2 * STEP_PX)
        page.setSpacing(2 * STEP_PX)
        page.addLayout(header)
        page.addWidget(self.banner)
        page.addLayout(middle, 1)
        page.addLayout(footer)

    def _connect(self) -> None:
        self._changed.connect(self._refresh_shown)  # emitted on whatever thread made the change
        self._collection.subscribe(self._changed.emit)
        self._theme.changed.connect(self._paint_icons)
        self.counts.chosen.connect(lambda _: self._refresh())
        self.grid.selectionModel().selectionChanged.connect(lambda *_: self._show_state())
        self.grid.doubleClicked.connect(lambda _: self._open())
        self.grid.customContextMenuRequested.connect(self._offer)
        standard = QKeySequence.StandardKey
        for keys, action in (
            (QKeySequence(standard.Delete), self._delete),
            (QKeySequence(Qt.Key.Key_Backspace), self._delete),
            (QKeySequence(standard.Undo), self._undo),
            (QKeySequence(Qt.Key.Key_F2), self._ask_for_label),
            (QKeySequence(Qt.Key.Key_Return), self._open),
            (QKeySequence(standard.Close), self.close),
        ):
            QShortcut(keys, self).activated.connect(action)

    def _refresh_shown(self) -> None:
        if self.isVisible():
            self._refresh()

    def _refresh(self) -> None:
        """Show what the collection holds now, newest first."""
        try:
            drawings = self._collection.drawings
            self.counts.show_counts(self._collection.counts())
        except StudioError as error:
            self.banner.say_error(error)
            return
        chosen = self.counts.label
        shown = [one for one in reversed(drawings) if chosen is None or one.label == chosen]
        if shown != self.grid.drawings:
            self.grid.show_drawings(shown)
        self._show_state()

    def _show_state(self) -> None:
        """Enable what can be done now, and say how many are meant."""
        selected, shown = len(self.grid.selected), len(self.grid.drawings)
        for button in (self.relabel_button, self.delete_button):
            button.setEnabled(selected > 0)
        self.open_button.setEnabled(selected == 1)
        self.undo_button.setEnabled(self._collection.undoable is not None)
        self.undo_button.setToolTip(f"{self._undo_text()} ({_keys(QKeySequence.StandardKey.Undo)})")
        self.export_button.setEnabled(shown > 0)
        count = f"{selected or shown:,}"
        lines = (
            self.tr("{count} selected as JSON lines …") if selected else self.tr("{count} as JSON lines …")
        )
        images = (
            self.tr("{count} selected as one folder of images per class …")
            if selected
            else self.tr("{count} as one folder of images per class …")
        )
        self._export_lines.setText(lines.format(count=count))
        self._export_images.setText(images.format(count=count))
        text = self.tr("{shown} shown, {selected} selected") if selected else self.tr("{shown} shown")
        self.summary.setText(text.format(shown=f"{shown:,}", selected=f"{selected:,}") if shown else "")

    def _undo_text(self) -> str:
        texts = {
            "added": self.tr("Remove what was added last"),
            "removed": self.tr("Bring back what was deleted last"),
            "relabeled": self.tr("Restore the labels that were changed last"),
        }
        return texts.get(self._collection.undoable or "", self.tr("Nothing to undo"))

    def _chosen(self) -> Sequence[LabeledDrawing]:
        """Return the drawings that an export means: the selected ones, or all that are shown."""
        return self.grid.selected or self.grid.drawings

    def _delete(self) -> None:
        self._try(lambda: self._collection.remove([drawing.id for drawing in self.grid.selected]))

    def _undo(self) -> None:
        self._try(self._collection.undo)

    def _relabel(self, name: str) -> None:
        self._try(lambda: self._collection.relabel([drawing.id for drawing in self.grid.selected], name))

    def _try(self, change: Callable[[], object]) -> None:
        try:
            change()
        except StudioError as error:
            self.banner.say_error(error)

    def _ask_for_label(self) -> None:
        if self.grid.selected:
            further = {drawing.label for drawing in self._collection.drawings}
            for drawing in self.grid.selected:
                further.update(drawing.classes)
            names = [*self._classes, *sorted(further.difference(self._classes))]
            self.picker.ask(names, self.tr("It was …"), self.relabel_button)

    def _open(self) -> None:
        selected = self.grid.selected
        if len(selected) == 1:
            self.close()
            self.open_requested.emit(selected[0])

    def _offer(self, position: QPoint) -> None:
        """Show what can be done with the selected drawings."""
        if not self.grid.selected:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for button in (self.open_button, self.relabel_button, self.delete_button):
            action = menu.addAction(button.icon(), button.text())
            action.setEnabled(button.isEnabled())
            action.triggered.connect(button.click)
        menu.popup(self.grid.viewport().mapToGlobal(position))

    def _button(self, name: str, text: str, icon: str, action: Callable[[], None] | None) -> QPushButton:
        tips = {
            "relabelButton": self.tr("Say what the selected drawings show ({keys})").format(keys="F2"),
            "deleteDrawingsButton": self.tr(
                "Delete the selected drawings ({keys}); Undo brings them back"
            ).format(keys=_keys(QKeySequence.StandardKey.Delete)),
            "openOnPadButton": self.tr("Show the selected drawing on the pad (double click)"),
            "importDrawingsButton": self.tr("Import the labeled drawings from a JSON Lines file"),
            "exportDrawingsButton": self.tr("Save the selected drawings, or all that are shown"),
        }
        button = QPushButton(text)
        button.setObjectName(name)
        button.setAccessibleName(text)
        button.setToolTip(tips.get(name, ""))
        button.setAutoDefault(False)
        self._icons.append((button, icon))
        if action is not None:
            button.clicked.connect(lambda: action())
        return button

    def _export_action(self, name: str, ask: Callable[[Sequence[LabeledDrawing]], None]) -> QAction:
        action = self.export_menu.addAction("")
        action.setObjectName(name)
        action.triggered.connect(lambda: ask(self._chosen()))
        return action

    def _paint_icons(self) -> None:
        for button, icon in self._icons:
            button.setIcon(self._theme.icon(icon))


def _keys(standard: QKeySequence.StandardKey) -> str:
    return QKeySequence(standard).toString(QKeySequence.SequenceFormat.NativeText)
