"""Draw, and the chosen network answers while the pen moves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from cnn_studio.core.base.settings import Settings
from cnn_studio.core.datasets.registry import DIGITS
from cnn_studio.core.drawing.collection import Collection, my_drawings_path
from cnn_studio.core.drawing.image_input import drawing_to_input
from cnn_studio.core.drawing.preprocessing import drawing_to_image
from cnn_studio.core.runs.model_card import ModelCard
from cnn_studio.inference.classifier import Answer, Classifier
from cnn_studio.ui.draw.drawing_export import DrawingExport
from cnn_studio.ui.draw.drawing_intake import DrawingIntake
from cnn_studio.ui.draw.drawing_stepper import Stepper
from cnn_studio.ui.draw.drawing_tools import ToolRow
from cnn_studio.ui.draw.model_choice import ModelChoice
from cnn_studio.ui.draw.model_comparison import ModelComparison
from cnn_studio.ui.draw.network_input_card import NetworkInputCard
from cnn_studio.ui.draw.number_bars import NumberBars
from cnn_studio.ui.draw.pad_number import PadNumber
from cnn_studio.ui.draw.picture_view import PictureView
from cnn_studio.ui.draw.replay_row import ReplayRow
from cnn_studio.ui.my_drawings.drawing_labels import DrawingLabels
from cnn_studio.ui.services.model_registry import ModelRegistry
from cnn_studio.ui.style.form_layout import card, label
from cnn_studio.ui.style.theme import STEP_PX, Theme
from cnn_studio.ui.widgets.banner import Banner
from cnn_studio.ui.widgets.draw_canvas import DrawCanvas
from cnn_studio.ui.widgets.input_preview import InputPreview


class DrawTab(QWidget):
    """The canvas, the answer, and what the network sees.

    Signals:
        open_requested: A model file a person chose.
        answered: An answer was computed for what is shown now.
        picture_offered: A picture was opened, dropped or pasted, as a `Path`, several, bytes or a `QImage`.
    """

    open_requested = Signal(str)
    answered = Signal(object)
    picture_offered = Signal(object)

    def __init__(
        self, theme: Theme, registry: ModelRegistry, settings: Settings, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("drawTab")
        self._whole_answer: Answer | None = None
        self.banner = Banner(theme)
        self.canvas = DrawCanvas(theme)
        self.bars = NumberBars(theme)
        self.preview = InputPreview(theme)
        self.input_card = NetworkInputCard(theme, self.preview)
        self.models = ModelChoice(theme, registry, settings, self)
        self.models.loaded.connect(self._take_classifier)
        self.models.failed.connect(self.banner.say_error)
        self.models.open_requested.connect(self.open_requested)
        self.selector = self.models.selector
        self.tools = ToolRow(theme, self.canvas, settings, self)
        self.undo_button, self.redo_button = self.tools.undo, self.tools.redo
        self.eraser_button, self.clear_button = self.tools.eraser, self.tools.clear
        self.replay = ReplayRow(theme)
        self.stepper = Stepper(theme, self.canvas, self)
        self.intake = DrawingIntake(self.banner, settings, self)
        self.export = DrawingExport(self.canvas, self._label, self.banner, settings, self)
        self._fill_menu()
        self.number = PadNumber(theme, self.canvas, self.bars, settings, self.tools)
        self.number.changed.connect(self._answer)
        self.pictures = PictureView(theme, self.banner, self)
        self.pictures.changed.connect(self._answer)
        self.bars.chosen.connect(self._choose_digit)
        self.collection = Collection(my_drawings_path())
        self.teach = DrawingLabels(
            theme, self.canvas, self.bars, self.collection, self.banner, settings, self
        )
        self.teach.opening.connect(self.pictures.close_view)
        self.teach.opening.connect(self.stepper.close_file)
        self.comparison = ModelComparison(theme, registry, settings, self.banner, self.bars, self)
        self.comparison.chosen.connect(self.choose_model)
        self.comparison.changed.connect(self._answer)
        self.setAcceptDrops(True)
        self._lay_out()
        self.canvas.drawing_changed.connect(self._answer)
        self.replay.moved.connect(self.canvas.show_points)
        self.intake.opened.connect(self.pictures.close_view)
        self.intake.opened.connect(self.stepper.open)
        self.intake.picture_offered.connect(self.picture_offered)
        self.picture_offered.connect(self.pictures.offer)
        self.models.begin()
        self._answer()

    def _fill_menu(self) -> None:
        keys = QKeySequence.StandardKey
        add = self.tools.add_action
        add("openDrawingAction", self.tr("Open drawing …"), keys.Open, self.intake.ask)
        self._taking_away = [
            add("saveDrawingAction", self.tr("Save drawing …"), keys.Save, self.export.ask),
            add("copyDrawingAction", self.tr("Copy as picture"), keys.Copy, self.export.copy),
        ]
        add("pasteDrawingAction", self.tr("Paste"), keys.Paste, self.intake.paste)

    def _describe_placing(self, card: ModelCard) -> None:
        """Say what may be drawn for this network."""
        self.canvas.hint = self.tr("Draw a digit") if card.classes == DIGITS else self.tr("Draw")
        self.input_card.describe_placing(card)
        self.canvas.update()

    def _lay_out(self) -> None:
        header = QHBoxLayout()
        header.setSpacing(STEP_PX)
        header.addWidget(label(self.tr("Draw digits: the network answers while the pen moves."), "field"))
        header.addStretch(1)
        header.addWidget(label(self.tr("Model"), "field"))
        self.models.lay_out(header, between=self.comparison.button)
        left = QVBoxLayout()
        left.setSpacing(STEP_PX)
        left.addWidget(self.canvas, 1)
        left.addWidget(self.tools)
        left.addWidget(self.replay)
        left.addWidget(self.stepper)
        left.addWidget(self.pictures, 1)
        self.pictures.take_place_of(self.canvas, self.tools, self.replay, self.stepper)
        answer, column = card()
        column.addLayout(self.comparison.layout)
        right = QVBoxLayout()
        right.setSpacing(2 * STEP_PX)
        right.addWidget(answer, 1)
        right.addWidget(self.input_card)
        self.input_card.opened.connect(self.comparison.give_room)
        columns = QHBoxLayout()
        columns.setSpacing(3 * STEP_PX)
        columns.addLayout(left, 5)
        columns.addLayout(right, 4)

        def make_room(opened: bool) -> None:
            right.setStretchFactor(answer, 0 if opened else 1)
            right.setStretchFactor(self.input_card, 1 if opened else 0)
            columns.setStretch(0, 4 if opened else 5)
            columns.setStretch(1, 5 if opened else 4)

        self.input_card.opened.connect(make_room)
        page = QVBoxLayout(self)
        page.setContentsMargins(3 * STEP_PX, 2 * STEP_PX, 3 * STEP_PX, 2 * STEP_PX)
        page.setSpacing(2 * STEP_PX)
        page.addLayout(header)
        page.addWidget(self.banner)
        page.addLayout(columns, 1)

    @property
    def classifier(self) -> Classifier | None:
        """The network that answers; None until one is loaded."""
        return self.models.classifier

    def load_now(self) -> None:
        """Load the chosen model at once."""
        self.models.load_now()

    def choose_model(self, path: Path) -> None:
        """Choose a model by its file."""
        self.models.choose(path)

    def _take_classifier(self, classifier: Classifier) -> None:
        self.replay.answer_with(classifier)
        self.input_card.answer_with(classifier)
        self.number.answer_with(classifier)
        self.comparison.answer_with(classifier)
        self.pictures.answer_with(classifier)
        self.bars.show_classes(classifier.card.classes)
        self.teach.answer_with(classifier.card.classes)
        self._describe_placing(classifier.card)
        self.banner.hide()
        self._answer()

    def pixels(self) -> NDArray[np.uint8] | None:
        """Return what the network sees of what is shown now; None for an empty canvas."""
        strokes = self.canvas.arrays()
        if self.classifier is None:
            return drawing_to_image(strokes)
        return drawing_to_input(strokes, self.classifier.card.classes, self.classifier.card.input_shape)

    def _answer(self) -> None:
        sketch = self.canvas.sketch
        self.tools.show_state()
        for action in self._taking_away:
            action.setEnabled(not sketch.empty and not self.pictures.is_open)
        if not self.canvas.replaying:
            self.replay.follow(sketch)
        pixels: NDArray[np.uint8] | None
        answer: Answer | None
        chosen = self.pictures.show_on(self.bars) if self.pictures.is_open else self.number.read()
        if chosen is not None:
            pixels, strokes, answer = chosen.pixels, chosen.strokes, chosen.answer
        elif self.pictures.is_open:
            pixels, strokes, answer = None, [], None
        else:
            pixels, strokes = self.pixels(), self.canvas.arrays()
            answer = self.replay.answer_now() if self.canvas.replaying else None
            if pixels is not None and self.classifier is not None and answer is None:
                answer = self.classifier.answers(pixels[None])[0]
        self.input_card.show_drawing(pixels, strokes)
        self.bars.show_answer(answer)
        self.comparison.show_answer(pixels, strokes, answer)
        if not self.canvas.replaying and not self.pictures.is_open:
            self._whole_answer = answer
        self.teach.follow(None if self.pictures.is_open else answer, chosen.strokes if chosen else None)
        self.answered.emit(answer)

    def _choose_digit(self, index: int) -> None:
        (self.pictures if self.pictures.is_open else self.number).pick(index)

    def _label(self) -> str | None:
        """Return the class that the whole drawing was answered with, or the number."""
        if self.number.whole_text:
            return self.number.whole_text
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
