"""Ways to look into the network, one visible and computed at a time; seven of a drawing."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from cnn_studio.core.drawing.preprocessing import Stroke
from cnn_studio.inference.classifier import Classifier
from cnn_studio.ui.interpretability.counterfactual_page import CounterfactualPage
from cnn_studio.ui.interpretability.epochs_page import EpochsPage
from cnn_studio.ui.interpretability.feature_maps_page import FeatureMapsPage
from cnn_studio.ui.interpretability.inspection_page import InspectionPage
from cnn_studio.ui.interpretability.inspection_subject import InspectedNetwork, InspectionSubject
from cnn_studio.ui.interpretability.nearest_neighbors_page import NearestNeighborsPage
from cnn_studio.ui.interpretability.preprocessing_page import PreprocessingPage
from cnn_studio.ui.interpretability.robustness_page import RobustnessPage
from cnn_studio.ui.interpretability.saliency_page import SaliencyPage
from cnn_studio.ui.services.background_task import end_of
from cnn_studio.ui.style.theme import STEP_PX, Theme, role

PAGES = (
    PreprocessingPage,
    FeatureMapsPage,
    SaliencyPage,
    RobustnessPage,
    CounterfactualPage,
    NearestNeighborsPage,
    EpochsPage,
)
BUTTON_PX = 105
"""From this width each on the buttons stand in one row, else in two."""
SMALLEST_BUTTON_PX = 56


class InspectionPanel(QWidget):
    """What the network sees of a drawing, or of another image.

    Only the page that is shown computes, and only while it can be seen.

    Args:
        theme: The appearance.
        parent: The Qt parent.
        kinds: The pages.
    """

    def __init__(
        self,
        theme: Theme,
        parent: QWidget | None = None,
        kinds: Sequence[Callable[[Theme], InspectionPage]] = PAGES,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("insightPanel")
        self.setAccessibleName(self.tr("What the network sees"))
        self._network: InspectedNetwork | None = None
        self._subject: InspectionSubject | None = None
        self._stack = QStackedWidget()
        self._group = QButtonGroup(self)
        self._rows = (QHBoxLayout(), QHBoxLayout())
        self.pages: list[InspectionPage] = []
        self.buttons: list[QPushButton] = []
        for number, make in enumerate(kinds):
            page = make(theme)
            button = QPushButton(page.title)
            role(button, "segment")
            button.setObjectName(page.objectName().replace("Page", "InsightButton"))
            button.setAccessibleName(page.title)
            button.setToolTip(page.hint)
            button.setCheckable(True)
            button.setMinimumWidth(SMALLEST_BUTTON_PX)  # or seven in a row would keep the panel wide
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            self._group.addButton(button, number)
            self._stack.addWidget(page)
            self.pages.append(page)
            self.buttons.append(button)
        self.buttons[0].setChecked(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(STEP_PX)
        for row in self._rows:
            row.setSpacing(STEP_PX // 2)
        buttons = QVBoxLayout()
        buttons.setSpacing(STEP_PX // 2)
        buttons.addLayout(self._rows[0])
        buttons.addLayout(self._rows[1])
        column.addLayout(buttons)
        column.addWidget(self._stack, 1)
        self._in_first_row = 0
        self._lay_out_buttons(self._half)
        self._group.idClicked.connect(self.choose)
        self._ended = end_of(self)
        for page in self.pages:
            page.latest.ended = self._ended

    @property
    def page(self) -> InspectionPage:
        """The page that is shown."""
        return self.pages[self._stack.currentIndex()]

    def choose(self, number: int) -> None:
        """Show a page, by its index."""
        self.page.show_subject(None)
        self.buttons[number].setChecked(True)
        self._stack.setCurrentIndex(number)
        self._show()

    def set_classifier(self, classifier: Classifier | None) -> None:
        """Take the network that answers; the drawing must be shown again, as it sees it."""
        self._close_network()
        self.set_network(None if classifier is None else InspectedNetwork(classifier, self._ended))

    def set_network(self, network: InspectedNetwork | None) -> None:
        """Take a network that was opened elsewhere and is closed there."""
        self._network = network
        self._subject = None
        self._show()

    def show_drawing(self, pixels: NDArray[np.uint8] | None, strokes: Sequence[Stroke] = ()) -> None:
        """Look at a drawing.

        Args:
            pixels: The network's input, `card.input_shape` uint8 0 to 255, background 0; None for an empty
                canvas.
            strokes: What they were made of; none where they come from a picture.
        """
        known = pixels is not None and self._network is not None
        drawn = tuple(stroke for stroke in strokes if len(stroke))
        self._subject = InspectionSubject(self._network, pixels, drawn) if known else None  # type: ignore[arg-type]
        self._show()

    def _show(self) -> None:
        if self.isVisible() or self._subject is None:
            self.page.show_subject(self._subject)

    def _close_network(self) -> None:
        if self._network is not None:
            self._network.closed = True

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        count = len(self.buttons)
        self._lay_out_buttons(count if self.width() >= count * BUTTON_PX else self._half)

    @property
    def _half(self) -> int:
        return -(-len(self.buttons) // 2)

    def _lay_out_buttons(self, in_first_row: int) -> None:
        if in_first_row == self._in_first_row:
            return
        self._in_first_row = in_first_row
        for number, button in enumerate(self.buttons):
            for row in self._rows:
                row.removeWidget(button)
            self._rows[number >= in_first_row].addWidget(button)
