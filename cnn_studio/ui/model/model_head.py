"""Where the network came from, the data it is checked against, and where it goes."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QMenu, QPushButton, QVBoxLayout, QWidget

from cnn_studio.core.recipes.presets import presets
from cnn_studio.core.recipes.recipe import Recipe
from cnn_studio.ui.model.layer_text import shape_text
from cnn_studio.ui.model.network_editor import NetworkEditor
from cnn_studio.ui.style.form_layout import label
from cnn_studio.ui.style.theme import CAPTION_PT, STEP_PX, Theme, font, role

SELECTOR_PX = 320


class ModelHead(QWidget):
    """Preset selector, data, file menu, and the one primary button.

    Signals:
        open_asked, save_asked, copy_script_asked, save_script_asked, summary_asked: A menu entry was chosen.
        train_asked: The network is to be handed to the Train tab.
    """

    open_asked = Signal()
    save_asked = Signal()
    copy_script_asked = Signal()
    save_script_asked = Signal()
    summary_asked = Signal()
    train_asked = Signal()

    def __init__(self, theme: Theme, editor: NetworkEditor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._editor = theme, editor
        self._presets = presets()
        self.selector = QComboBox()
        self.selector.setObjectName("presetSelector")
        self.selector.setAccessibleName(self.tr("Preset"))
        self.selector.setToolTip(self.tr("A network to start from; Undo brings yours back"))
        self.selector.setFixedWidth(SELECTOR_PX)
        for recipe in self._presets:
            self.selector.addItem(recipe.title or recipe.name, recipe)
        self.selector.activated.connect(self._choose)
        self.data = label("", "field")
        self.data.setObjectName("modelData")
        self.menu_button = QPushButton(self.tr("Recipe"))
        self.menu_button.setObjectName("recipeMenuButton")
        self.menu_button.setToolTip(self.tr("Open, save, copy as a script, summary"))
        menu = QMenu(self.menu_button)
        menu.addAction(self.tr("Open recipe …"), self.open_asked.emit)
        menu.addAction(self.tr("Save recipe …"), self.save_asked.emit)
        menu.addSeparator()
        menu.addAction(self.tr("Copy as Python script"), self.copy_script_asked.emit)
        menu.addAction(self.tr("Save script …"), self.save_script_asked.emit)
        menu.addSeparator()
        menu.addAction(self.tr("Summary"), self.summary_asked.emit)
        self.menu_button.setMenu(menu)
        self.train_button = QPushButton(self.tr("Train this network"))
        self.train_button.setObjectName("trainNetworkButton")
        self.train_button.setToolTip(self.tr("Take it to the Train tab"))
        role(self.train_button, "primary")
        self.train_button.clicked.connect(self.train_asked)
        self.source = QLabel()
        self.source.setObjectName("recipeSource")
        role(self.source, "caption")
        self.source.setMinimumWidth(1)
        self._source_text = ""
        line = QHBoxLayout()
        line.setSpacing(2 * STEP_PX)
        line.addWidget(self.selector)
        line.addWidget(self.data, 1)
        line.addWidget(self.menu_button)
        line.addWidget(self.train_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(line)
        column.addWidget(self.source)
        editor.changed.connect(self._show)
        theme.changed.connect(self._paint_icons)
        self._paint_icons()
        self._show()

    def _choose(self) -> None:
        recipe = self.selector.currentData()
        if isinstance(recipe, Recipe):
            self._editor.take(recipe)

    def _show(self) -> None:
        editor = self._editor
        base = editor.base
        title = base.title or base.name
        shown = self.tr("{title} (edited)").format(title=title) if editor.edited else title
        names = [recipe.name for recipe in self._presets]
        with QSignalBlocker(self.selector):
            for row, recipe in enumerate(self._presets):
                self.selector.setItemText(row, recipe.title or recipe.name)
            if base.name in names:
                row = names.index(base.name)
            else:
                row = len(names)
                if self.selector.count() == row:
                    self.selector.addItem(shown, None)
                self.selector.setItemData(row, base)
            self.selector.setItemText(row, shown)
            self.selector.setCurrentIndex(row)
        info = editor.info
        text = self.tr("for {data}, {shape}, {classes} classes")
        self.data.setText(
            text.format(data=info.title, shape=shape_text(info.image_shape), classes=len(info.classes))
        )
        self.train_button.setEnabled(editor.network.mistake is None)
        mistake = editor.network.mistake
        self.train_button.setToolTip(
            self.tr("Take it to the Train tab") if mistake is None else str(mistake.error)
        )
        self._source_text = self._source(base)
        self._elide()

    def _source(self, base: Recipe) -> str:
        lines = [base.description or base.title or base.name]
        if base.source.reported_accuracy:
            percent = 100 * base.source.reported_accuracy
            lines.append(self.tr("Reported test accuracy {percent:.2f} %.").format(percent=percent))
        lines += [text for text in (base.source.reported_text, base.source.citation) if text]
        return " ".join(lines)

    def _elide(self) -> None:
        text = self._source_text.replace("\n", " ")
        metrics = QFontMetrics(font(CAPTION_PT))
        self.source.setText(metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(self.width() - 8, 100)))
        self.source.setToolTip(self._source_text)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide()

    def _paint_icons(self) -> None:
        self.train_button.setIcon(self._theme.icon("play", "on_accent"))
        self.menu_button.setIcon(self._theme.icon("file-document-outline"))
