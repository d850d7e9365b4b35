"""Draw, and the chosen network answers while the pen moves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QImage, QKeySequence
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from cnn_studio.core.datasets import DIGITS
from cnn_studio.core.errors import StudioError
from cnn_studio.core.ink import drawing_to_image
from cnn_studio.core.modelcard import ModelCard
from cnn_studio.core.pictures import drawing_to_input
from cnn_studio.core.settings import Settings
from cnn_studio.inference.classifier import Answer, Classifier
from cnn_studio.ui.background import Background
from cnn_studio.ui.draw.intake import Intake
from cnn_studio.ui.draw.keeping import Keeping
from cnn_studio.ui.draw.pictures import ReadPicture, png_of, read_picture
from cnn_studio.ui.draw.replay import ReplayRow
from cnn_studio.ui.draw.sight import SightCard
from cnn_studio.ui.draw.stepper import Stepper
from cnn_studio.ui.draw.tools import ToolRow
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
        answered: An answer was computed for what is shown now.
        picture_offered: A picture was opened, dropped or pasted, as a `Path` or a `QImage`.
    """

    open_requested = Signal(str)
    answered = Signal(object)
    picture_offered = Signal(object)

    def __init__(
        self, theme: Theme, shelf: ModelShelf, settings: Settings, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("drawTab")
        self._theme, self._shelf, self._settings = theme, shelf, settings
        self.classifier: Classifier | None = None
        self._stamp: Stamp | None = None
        self._whole_answer: Answer | None = None
        self._loader = Background(self._take_classifier, self._take_error, self)
        self.banner = Banner(theme)
        self.canvas = DrawCanvas(theme)
        self.bars = PredictionBars(theme)
        self.preview = InputPreview(theme)
        self.sight = SightCard(theme, self.preview)
        self.selector = QComboBox()
        self.selector.setObjectName("modelSelector")
        self.selector.setAccessibleName(self.tr("Model that answers"))
        self.selector.setToolTip(
            self.tr("The model that answers: the shipped one, a finished run or an opened file")
        )
        self.selector.setMinimumWidth(280)
        self.selector.activated.connect(self._choose)
        self._open = QPushButton(self.tr("Open model …"))
        self._open.setObjectName("openModelButton")
        self._open.setAccessibleName(self._open.text())
        self._open.clicked.connect(lambda: self._ask_for_file())
        self.tools = ToolRow(theme, self.canvas, settings, self)
        self.undo_button, self.redo_button = self.tools.undo, self.tools.redo
        self.eraser_button, self.clear_button = self.tools.eraser, self.tools.clear
        self.replay = ReplayRow(theme)
        self.stepper = Stepper(theme, self.canvas, self)
        self.intake = Intake(self.banner, settings, self)
        self.keeping = Keeping(self.canvas, self._label, self.banner, settings, self)
        self._fill_menu()
        self.setAcceptDrops(True)
        self._lay_out()
        self.canvas.drawing_changed.connect(self._answer)
        self.replay.moved.connect(self.canvas.show_points)
        self.intake.opened.connect(self.stepper.open)
        self.intake.picture_offered.connect(self.picture_offered)
        self._pictures = Background(self._tell_picture, self.banner.say_error, self)
        self.picture_offered.connect(self._read_picture)
        shelf.changed.connect(self._list_models)
        theme.changed.connect(self._paint_icons)
        self._paint_icons()
        self._list_models("")
        self._answer()

    def _fill_menu(self) -> None:
        keys = QKeySequence.StandardKey
        add = self.tools.add_action
        add("openDrawingAction", self.tr("Open drawing …"), keys.Open, self.intake.ask)
        self._taking_away = [
            add("saveDrawingAction", self.tr("Save drawing …"), keys.Save, self.keeping.ask),
            add("copyDrawingAction", self.tr("Copy as picture"), keys.Copy, self.keeping.copy),
        ]
        add("pasteDrawingAction", self.tr("Paste"), keys.Paste, self.intake.paste)

    def _describe_placing(self, card: ModelCard) -> None:
        """Say what may be drawn for this network."""
        self.canvas.hint = self.tr("Draw a digit") if card.classes == DIGITS else self.tr("Draw")
        self.sight.describe_placing(card)
        self.canvas.update()

    def _lay_out(self) -> None:
        header = QHBoxLayout()
        header.setSpacing(STEP_PX)
        header.addWidget(label(self.tr("Draw a digit: the network answers while the pen moves."), "field"))
        header.addStretch(1)
        header.addWidget(label(self.tr("Model"), "field"))
        header.addWidget(self.selector)
        header.addWidget(self._open)
        left = QVBoxLayout()
        left.setSpacing(STEP_PX)
        left.addWidget(self.canvas, 1)
        left.addWidget(self.tools)
        left.addWidget(self.replay)
        left.addWidget(self.stepper)
        answer, column = card()
        column.addWidget(self.bars)
        right = QVBoxLayout()
        right.setSpacing(2 * STEP_PX)
        right.addWidget(answer, 1)
        right.addWidget(self.sight)
        self.sight.opened.connect(self.bars.set_compact)
        columns = QHBoxLayout()
        columns.setSpacing(3 * STEP_PX)
        columns.addLayout(left, 5)
        columns.addLayout(right, 4)

        def make_room(opened: bool) -> None:
            right.setStretchFactor(answer, 0 if opened else 1)
            right.setStretchFactor(self.sight, 1 if opened else 0)
            columns.setStretch(0, 4 if opened else 5)
            columns.setStretch(1, 5 if opened else 4)

        self.sight.opened.connect(make_room)
        page = QVBoxLayout(self)
        page.setContentsMargins(3 * STEP_PX, 2 * STEP_PX, 3 * STEP_PX, 2 * STEP_PX)
        page.setSpacing(2 * STEP_PX)
        page.addLayout(header)
        page.addWidget(self.banner)
        page.addLayout(columns, 1)

    def _paint_icons(self) -> None:
        self._open.setIcon(self._theme.icon("folder-open-outline"))

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
        self.replay.answer_with(classifier)
        self.sight.answer_with(classifier)
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
        """Return what the network sees of what is shown now; None for an empty sheet."""
        strokes = self.canvas.arrays()
        if self.classifier is None:
            return drawing_to_image(strokes)
        return drawing_to_input(strokes, self.classifier.card.classes, self.classifier.card.input_shape)

    def _answer(self) -> None:
        sketch = self.canvas.sketch
        self.tools.show_state()
        for action in self._taking_away:
            action.setEnabled(not sketch.empty)
        if not self.canvas.replaying:
            self.replay.follow(sketch)
        pixels = self.pixels()
        answer = self.replay.answer_now() if self.canvas.replaying else None
        if pixels is not None and self.classifier is not None and answer is None:
            answer = self.classifier.answers(pixels[None])[0]
        self.sight.show_drawing(pixels, self.canvas.arrays())
        self.bars.show_answer(answer)
        if not self.canvas.replaying:
            self._whole_answer = answer
        self.answered.emit(answer)

    def _read_picture(self, offered: Path | QImage) -> None:
        classifier = self.classifier
        if classifier is None:
            return
        name = offered.name if isinstance(offered, Path) else self.tr("the pasted picture")
        content = offered if isinstance(offered, Path) else png_of(offered)
        self._pictures.ask(lambda: read_picture(content, name, classifier))

    def _tell_picture(self, found: ReadPicture) -> None:
        number = "".join(digit for digit, _ in found.digits)
        text = self.tr("{name} shows {number}").format(name=found.name, number=number)
        sure = " · ".join(f"{digit} {100 * share:.0f} %" for digit, share in found.digits)
        self.banner.say(text, sure, kind="good")

    def _label(self) -> str | None:
        """Return the class that the whole drawing was answered with."""
        if self._whole_answer is None or self.classifier is None:
            return None
        return self.classifier.card.classes[self._whole_answer.index]

    def open_drawing(self, path: Path) -> None:
        """Open a file of drawings on the pad; a picture is offered."""
        self.intake.open(path)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if self.intake.takes(event.mimeData()):
            event.acceptProposedAction()
            self._show_receiving(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._show_receiving(False)

    def dropEvent(self, event: QDropEvent) -> None:
        self._show_receiving(False)
        if self.intake.take(event.mimeData()):
            event.acceptProposedAction()

    def _show_receiving(self, receiving: bool) -> None:
        self.canvas.receiving = receiving
        self.canvas.update()


def _load(path: Path) -> tuple[Classifier, Stamp | None]:
    stamp = stamp_of(path)  # before the file is read: a change meanwhile is noticed the next time
    return Classifier(path), stamp
