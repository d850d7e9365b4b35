"""What the network sees, as a small picture; and, opened, seven ways to look into it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from cnn_studio.core.datasets.registry import DIGITS
from cnn_studio.core.drawing.preprocessing import Stroke
from cnn_studio.core.runs.model_card import ModelCard
from cnn_studio.inference.classifier import Classifier
from cnn_studio.ui.style.form_layout import label
from cnn_studio.ui.style.theme import STEP_PX, Theme, role
from cnn_studio.ui.widgets.input_preview import InputPreview

if TYPE_CHECKING:
    from cnn_studio.ui.interpretability.inspection_panel import InspectionPanel


class NetworkInputCard(QFrame):
    """The card below the answer.

    The panel is made when it is first opened: nothing of it delays the first paint.

    Signals:
        opened: Whether the panel is shown instead of the small picture.
    """

    opened = Signal(bool)

    def __init__(self, theme: Theme, preview: InputPreview, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        role(self, "card")
        self._theme, self.preview = theme, preview
        self.panel: InspectionPanel | None = None
        self._classifier: Classifier | None = None
        self._drawing: tuple[NDArray[np.uint8] | None, Sequence[Stroke]] = (None, ())
        self._placing = label("", "caption")
        self.button = QPushButton(self.tr("Look inside"))
        self.button.setObjectName("insightButton")
        self.button.setCheckable(True)
        self.button.setToolTip(
            self.tr(
                "Steps, feature maps, where it looks, robustness, smallest edit, nearest training images, epochs"
            )
        )
        self.button.toggled.connect(self._open)
        head = QHBoxLayout()
        head.addWidget(label(self.tr("What the network sees"), "title"), 1)
        head.addWidget(self.button)
        self._small = QWidget()
        role(self._small, "plain")
        beside = QHBoxLayout(self._small)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.setSpacing(3 * STEP_PX)
        beside.addWidget(preview)
        words = QVBoxLayout()
        words.addWidget(self._placing)
        words.addStretch(1)
        beside.addLayout(words, 1)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(2 * STEP_PX, STEP_PX, 2 * STEP_PX, 2 * STEP_PX)
        self._column.setSpacing(STEP_PX)
        self._column.addLayout(head)
        self._column.addWidget(self._small)

    def describe_placing(self, card: ModelCard) -> None:
        """Say how the ink becomes what this network takes."""
        if card.classes == DIGITS:
            text = self.tr(
                "Your ink, cropped, scaled into a 20 × 20 box and placed with its center of mass in the "
                "middle of 28 × 28 pixels, as MNIST's digits were."
            )
        else:
            text = self.tr("Your ink, cropped and scaled to fill the network's {height} × {width} pixels.")
        self._placing.setText(text.format(height=card.input_shape[0], width=card.input_shape[1]))

    def answer_with(self, classifier: Classifier) -> None:
        """Look into another network; the drawing is to be shown again."""
        self._classifier = classifier
        if self.panel is not None:
            self.panel.set_classifier(classifier)

    def show_drawing(self, pixels: NDArray[np.uint8] | None, strokes: Sequence[Stroke]) -> None:
        """Take the drawing as it is now."""
        self._drawing = (pixels, strokes)
        self.preview.show_pixels(pixels)
        if self.panel is not None and self.button.isChecked():
            self.panel.show_drawing(pixels, strokes)

    def _open(self, opened: bool) -> None:
        if opened and self.panel is None:
            from cnn_studio.ui.interpretability.inspection_panel import InspectionPanel

            self.panel = InspectionPanel(self._theme)
            self._column.addWidget(self.panel, 1)
            self.panel.set_classifier(self._classifier)
        self.button.setText(self.tr("Close") if opened else self.tr("Look inside"))
        self._small.setVisible(not opened)
        assert self.panel is not None
        self.panel.setVisible(opened)
        if opened:
            self.panel.show_drawing(*self._drawing)
        self.opened.emit(opened)
