"""Draw, and the chosen network answers while the pen moves."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from cnn_studio.core.datasets import DIGITS
from cnn_studio.core.errors import StudioError
from cnn_studio.core.ink import drawing_to_image
from cnn_studio.core.modelcard import ModelCard
from cnn_studio.core.pictures import drawing_to_input
from cnn_studio.core.settings import Settings
from cnn_studio.inference.classifier import Answer, Classifier
from cnn_studio.ui.background import Background
from cnn_studio.ui.forms import card, label
from cnn_studio.ui.models import ModelShelf, Stamp, stamp_of
from cnn_studio.ui.theme import STEP_PX, Theme
from cnn_studio.ui.widgets.canvas import DrawCanvas
from cnn_studio.ui.widgets.notice import Banner
from cnn_studio.ui.widgets.predictions import InputPreview, PredictionBars


class DrawTab(QWidget):
    """The canvas, the answer, and what the network sees.

    Signals:
        open_requested: A model file a person chose.
        answered: An answer was computed for the drawing as it is now.
    """

    open_requested = Signal(str)
    answered = Signal(object)

    def __init__(
        self, theme: Theme, shelf: ModelShelf, settings: Settings, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("drawTab")
        self._theme, self._shelf, self._settings = theme, shelf, settings
        self.classifier: Classifier | None = None
        self._stamp: Stamp | None = None
        self._loader = Background(self._take_classifier, self._take_error, self)
        self.banner = Banner(theme)
        self.canvas = DrawCanvas(theme)
        self.bars = PredictionBars(theme)
        self.preview = InputPreview(theme)
        self._placing = label("", "caption")
        self.selector = QComboBox()
        self.selector.setObjectName("modelSelector")
        self.selector.setAccessibleName(self.tr("Model that answers"))
        self.selector.setToolTip(
            self.tr("The model that answers: the shipped one, a finished run or an opened file")
        )
        self.selector.setMinimumWidth(280)
        self.selector.activated.connect(self._choose)
        self._open = self._button(
            "openModelButton", self.tr("Open model …"), "folder-open-outline", self._ask_for_file
        )
        self.undo_button = self._button("undoButton", self.tr("Undo"), "undo", self.canvas.undo)
        self.redo_button = self._button("redoButton", self.tr("Redo"), "redo", self.canvas.redo)
        self.clear_button = self._button(
            "clearButton", self.tr("Clear"), "trash-can-outline", self.canvas.clear
        )
        self._add_shortcut(QKeySequence.StandardKey.Undo, self.canvas.undo, self.undo_button)
        self._add_shortcut(QKeySequence.StandardKey.Redo, self.canvas.redo, self.redo_button)
        for keys in ("Ctrl+Y", "Ctrl+Shift+Z"):  # both are usual; the platform's own is one of them
            if QKeySequence(keys) not in QKeySequence.keyBindings(QKeySequence.StandardKey.Redo)[:1]:
                QShortcut(QKeySequence(keys), self).activated.connect(self.canvas.redo)
        self._add_shortcut(QKeySequence(Qt.Key.Key_Delete), self.canvas.clear, self.clear_button)
        self._lay_out()
        self.canvas.drawing_changed.connect(self._answer)
        shelf.changed.connect(self._list_models)
        theme.changed.connect(self._paint_icons)
        self._paint_icons()
        self._list_models("")
        self._answer()

    def _button(self, name: str, text: str, icon: str, action: Callable[[], None]) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(name)
        button.setAccessibleName(text)
        button.setProperty("icon_name", icon)
        button.clicked.connect(lambda: action())
        return button

    def _add_shortcut(
        self, keys: QKeySequence | QKeySequence.StandardKey, action: Callable[[], None], button: QPushButton
    ) -> None:
        sequence = QKeySequence(keys)
        shortcut = QShortcut(sequence, self)
        shortcut.activated.connect(action)
        button.setToolTip(f"{button.text()} ({sequence.toString(QKeySequence.SequenceFormat.NativeText)})")

    def _describe_placing(self, card: ModelCard) -> None:
        """Say how the ink becomes what this network takes."""
        if card.classes == DIGITS:
            self.canvas.hint = self.tr("Draw a digit")
            self._placing.setText(
                self.tr(
                    "Your ink, cropped, scaled into a 20 × 20 box and placed with its centre of mass in the "
                    "middle of 28 × 28 pixels, as MNIST's digits were."
                )
            )
        else:
            self.canvas.hint = self.tr("Draw")
            text = self.tr("Your ink, cropped and scaled to fill the network's {height} × {width} pixels.")
            self._placing.setText(text.format(height=card.input_shape[0], width=card.input_shape[1]))
        self.canvas.update()

    def _lay_out(self) -> None:
        header = QHBoxLayout()
        header.setSpacing(STEP_PX)
        header.addWidget(label(self.tr("Draw a digit: the network answers while the pen moves."), "field"))
        header.addStretch(1)
        header.addWidget(label(self.tr("Model"), "field"))
        header.addWidget(self.selector)
        header.addWidget(self._open)
        tools = QHBoxLayout()
        tools.setSpacing(STEP_PX)
        for button in (self.undo_button, self.redo_button, self.clear_button):
            tools.addWidget(button)
        tools.addStretch(1)
        left = QVBoxLayout()
        left.setSpacing(2 * STEP_PX)
        left.addWidget(self.canvas, 1)
        left.addLayout(tools)
        answer, column = card()
        column.addWidget(self.bars)
        sight, seen = card()
        beside = QHBoxLayout()
        beside.setSpacing(3 * STEP_PX)
        beside.addWidget(self.preview)
        words = QVBoxLayout()
        words.addWidget(label(self.tr("What the network sees"), "title"))
        words.addWidget(self._placing)
        words.addStretch(1)
        beside.addLayout(words, 1)
        seen.addLayout(beside)
        right = QVBoxLayout()
        right.setSpacing(2 * STEP_PX)
        right.addWidget(answer, 1)
        right.addWidget(sight)
        columns = QHBoxLayout()
        columns.setSpacing(3 * STEP_PX)
        columns.addLayout(left, 5)
        columns.addLayout(right, 4)
        page = QVBoxLayout(self)
        page.setContentsMargins(3 * STEP_PX, 2 * STEP_PX, 3 * STEP_PX, 2 * STEP_PX)
        page.setSpacing(2 * STEP_PX)
        page.addLayout(header)
        page.addWidget(self.banner)
        page.addLayout(columns, 1)

    def _paint_icons(self) -> None:
        for button in (self.undo_button, self.redo_button, self.clear_button, self._open):
            button.setIcon(self._theme.icon(button.property("icon_name")))

    def load_now(self) -> None:
        """Load the chosen model at once; used before the first paint, where waiting is the point."""
        try:
            self._take_classifier(_load(Path(self.selector.currentData())))
        except StudioError as error:
            self._take_error(error)

    def _list_models(self, select: str) -> None:
        """Fill the selector, keep what was chosen, or choose `select` (a path)."""
        shown = self.selector.currentData()
        self.selector.clear()
        for entry in self._shelf.entries:
            self.selector.addItem(entry.title, str(entry.path))
        places = (self.selector.findData(path) for path in (select, self._settings.model, shown) if path)
        self.selector.setCurrentIndex(next((place for place in places if place >= 0), 0))
        path = self.selector.currentData()
        if path == select or (self.classifier is not None and not self._answers_as(Path(path))):
            self._choose()

    def _answers_as(self, path: Path) -> bool:
        """Whether the network that answers is the one in that file, as it is now."""
        stamp = stamp_of(path)
        same = self.classifier is not None and self.classifier.path == path
        return same and stamp in (None, self._stamp)  # one that is gone goes on answering

    def choose_model(self, path: Path) -> None:
        """Choose a model by its file."""
        index = self.selector.findData(str(path))
        if index >= 0:
            self.selector.setCurrentIndex(index)
            self._choose()

    def _choose(self) -> None:
        path = Path(self.selector.currentData())
        self._settings.model = str(path)
        self._loader.ask(lambda: _load(path))

    def _take_classifier(self, loaded: tuple[Classifier, Stamp | None]) -> None:
        classifier, self._stamp = loaded
        self.classifier = classifier
        self.bars.show_classes(classifier.card.classes)
        self._describe_placing(classifier.card)
        self.banner.hide()
        self._answer()

    def _take_error(self, error: StudioError) -> None:
        self.banner.say_error(error)
        if self.classifier is not None:
            self._settings.model = str(self.classifier.path)
            self.selector.setCurrentIndex(max(0, self.selector.findData(self._settings.model)))

    def _ask_for_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self, self.tr("Open model"), "", self.tr("Models (*.onnx *.keras);;All files (*)")
        )
        if name:
            self.open_requested.emit(name)

    def pixels(self) -> NDArray[np.uint8] | None:
        """Return what the network sees of the drawing now; None for an empty sheet."""
        strokes = self.canvas.sketch.arrays()
        if self.classifier is None:
            return drawing_to_image(strokes)
        return drawing_to_input(strokes, self.classifier.card.classes, self.classifier.card.input_shape)

    def _answer(self) -> None:
        sketch = self.canvas.sketch
        self.undo_button.setEnabled(sketch.can_undo)
        self.redo_button.setEnabled(sketch.can_redo)
        self.clear_button.setEnabled(not sketch.empty)
        pixels = self.pixels()
        answer: Answer | None = None
        if pixels is not None and self.classifier is not None:
            answer = self.classifier.answers(pixels[None])[0]
        self.preview.show_pixels(pixels)
        self.bars.show_answer(answer)
        self.answered.emit(answer)


def _load(path: Path) -> tuple[Classifier, Stamp | None]:
    stamp = stamp_of(path)  # before the file is read: a change meanwhile is noticed the next time
    return Classifier(path), stamp
