"""The layers that can be added, grouped by kind, each with its sentence, found by typing."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLabel, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from cnn_studio.core.network.layers.layer_fields import layer_types, tag_of
from cnn_studio.ui.model.layer_text import help_of, kind_of, kind_title
from cnn_studio.ui.style.form_layout import label
from cnn_studio.ui.style.theme import STEP_PX, role

WIDTH_PX, HEIGHT_PX = 392, 440
LAYER_PX, TITLE_PX = 52, 36
KIND = Qt.ItemDataRole.UserRole
KEYS_OF_THE_LIST = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class AddMenu(QFrame):
    """A popup: a search field above the layers; Enter takes the marked one, Escape none.

    Signals:
        chosen: The class of the layer that was chosen.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("addLayerMenu")
        role(self, "card")
        self.setFixedSize(WIDTH_PX, HEIGHT_PX)
        self.search = QLineEdit()
        self.search.setObjectName("addLayerSearch")
        self.search.setAccessibleName(self.tr("Search layers"))
        self.search.setPlaceholderText(self.tr("Search layers"))
        self.search.textChanged.connect(self._filter)
        self.search.installEventFilter(self)
        self.list = QListWidget()
        self.list.setObjectName("addLayerList")
        self.list.setAccessibleName(self.tr("Layers to add"))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setVerticalScrollMode(QListWidget.ScrollMode.ScrollPerPixel)
        role(self.list, "menu")
        self.list.itemClicked.connect(self._take)
        self._nothing = label(self.tr("No layer matches."), "caption")
        self._nothing.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(STEP_PX, STEP_PX, STEP_PX, STEP_PX)
        column.setSpacing(STEP_PX)
        column.addWidget(self.search)
        column.addWidget(self.list, 1)
        column.addWidget(self._nothing)
        self._fill()

    def _fill(self) -> None:
        kinds = list(dict.fromkeys(kind_of(layer) for layer in layer_types()))
        for kind in kinds:
            self._add(kind_title(kind), "field", TITLE_PX, None)
            for layer in layer_types():
                if kind_of(layer) == kind:
                    self._add(f"<b>{tag_of(layer)}</b><br>{help_of(layer)}", "caption", LAYER_PX, layer)

    def _add(self, text: str, kind: str, height_px: int, layer: object) -> None:
        item = QListWidgetItem()
        item.setData(KIND, layer)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, text.replace("<br>", ": "))
        item.setSizeHint(QSize(WIDTH_PX - 5 * STEP_PX, height_px))
        if layer is None:
            item.setFlags(Qt.ItemFlag.NoItemFlags)
        self.list.addItem(item)
        self.list.setItemWidget(item, _words(text, kind))

    def _filter(self, text: str) -> None:
        """Show the layers whose name or sentence holds the text; of the kinds only those with one left."""
        wanted = text.strip().lower()
        title: QListWidgetItem | None = None
        first: QListWidgetItem | None = None
        for item in self._items():
            layer = item.data(KIND)
            if layer is None:
                title = item
                item.setHidden(True)
                continue
            found = wanted in f"{tag_of(layer)} {help_of(layer)}".lower()
            item.setHidden(not found)
            if found:
                first = first or item
                if title is not None:
                    title.setHidden(False)
        self.list.setCurrentRow(-1 if first is None else self.list.row(first))
        self._nothing.setVisible(first is None)

    def _items(self) -> list[QListWidgetItem]:
        return [self.list.item(number) for number in range(self.list.count())]

    def _take(self, item: QListWidgetItem | None) -> None:
        layer = None if item is None else item.data(KIND)
        if layer is not None:
            self.hide()
            self.chosen.emit(layer)

    def open_below(self, widget: QWidget) -> None:
        """Show the menu below a button, empty-searched."""
        self.search.clear()
        self._filter("")
        self.move(widget.mapToGlobal(QPoint(0, widget.height() + 4)))
        self.show()
        self.search.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            if event.key() in KEYS_OF_THE_LIST:
                self.list.keyPressEvent(event)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._take(self.list.currentItem())
                return True
        return super().eventFilter(watched, event)


def _words(text: str, kind: str) -> QLabel:
    words = label(text, kind)
    words.setWordWrap(True)
    words.setContentsMargins(STEP_PX, 4, STEP_PX, 4)
    words.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    return words
