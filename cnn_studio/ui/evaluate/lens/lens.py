"""One image under the lens: its pixels and probabilities, and what the network makes of it."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.settings import Settings
from cnn_studio.core.evaluation.image_list import ListedAnswers
from cnn_studio.inference.channel_layout import inputs
from cnn_studio.ui.data.pixel_matrix import ZOOM, PixelMatrix
from cnn_studio.ui.evaluate.lens.lens_bars import LensBars
from cnn_studio.ui.evaluate.lens.lens_export import LensExport
from cnn_studio.ui.evaluate.lens.lens_saliency import LensSaliencyPage
from cnn_studio.ui.evaluate.opened_network import OpenedNetwork
from cnn_studio.ui.interpretability.counterfactual_page import CounterfactualPage
from cnn_studio.ui.interpretability.epochs_page import EpochsPage
from cnn_studio.ui.interpretability.feature_maps_page import FeatureMapsPage
from cnn_studio.ui.interpretability.inspection_page import InspectionPage
from cnn_studio.ui.interpretability.inspection_panel import InspectionPanel
from cnn_studio.ui.interpretability.inspection_subject import InspectedNetwork
from cnn_studio.ui.interpretability.nearest_neighbors_page import NearestNeighborsPage
from cnn_studio.ui.interpretability.robustness_page import RobustnessPage
from cnn_studio.ui.services.background_task import Canceled, end_of
from cnn_studio.ui.services.latest_request import LatestRequest
from cnn_studio.ui.style.form_layout import card, label
from cnn_studio.ui.style.theme import STEP_PX, Theme, role
from cnn_studio.ui.widgets.banner import Banner

PAGES = (
    LensSaliencyPage,
    NearestNeighborsPage,
    FeatureMapsPage,
    RobustnessPage,
    CounterfactualPage,
    EpochsPage,
)
Kind = TypeVar("Kind", bound=InspectionPage)
IMAGE_PX = 296
"""Width of the column with the image."""


class Lens(QWidget):
    """An image of the gallery, large.

    Signals:
        closed: Back to the gallery.
        moved: Another image of the gallery is under the lens.
        similar_wanted: The gallery is to be sorted by likeness to this row of the evaluation.

    Attributes:
        index: The image's index in the gallery.
    """

    closed = Signal()
    moved = Signal(int)
    similar_wanted = Signal(int)

    def __init__(
        self, theme: Theme, settings: Settings, banner: Banner, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("lens")
        self.setAccessibleName(self.tr("One image under the lens"))
        self._theme = theme
        self._answers: ListedAnswers | None = None
        self._images: NDArray[np.uint8] | None = None
        self._rows: NDArray[np.intp] = np.zeros(0, np.intp)
        self._opened: OpenedNetwork | None = None
        self._network: InspectedNetwork | None = None
        self.index = 0
        self._opener = LatestRequest(self._take_network, self._refuse_network, self)
        self._opener.ended = self._ended = end_of(self)
        self.matrix = PixelMatrix(theme)
        self.bars = LensBars(theme)
        self.panel = InspectionPanel(theme, kinds=PAGES)
        self._sight = self._page(LensSaliencyPage)
        self._edits = self._page(CounterfactualPage)
        self._neighbors = self._page(NearestNeighborsPage)
        self._neighbors.subject_title = self.tr("this image")
        self.taking = LensExport(theme, settings, banner, self)
        self._ask_about_images()
        self._make_controls()
        self._lay_out()
        self._connect()
        self._paint_icons()

    def _page(self, kind: type[Kind]) -> Kind:
        return next(page for page in self.panel.pages if isinstance(page, kind))

    @property
    def row(self) -> int:
        """The row of the evaluation that is shown."""
        return int(self._rows[self.index])

    def _ask_about_images(self) -> None:
        """Let the pages say what they say of an image, not of a drawing."""
        hints = (
            self.tr("Which parts of the image speak for a class"),
            self.tr("The training images the network finds most like it"),
            self.tr("What every layer makes of it"),
            self.tr("How far the answer holds when the image is moved, turned or scaled"),
            self.tr("How few pixels turn the answer into another class"),
            self.tr("What the run's network made of it after each epoch"),
        )
        for page, button, hint in zip(self.panel.pages, self.panel.buttons, hints, strict=True):
            page.hint = hint
            button.setToolTip(hint)
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def _make_controls(self) -> None:
        self.back = self._button("lensBackButton", self.tr("Back"), self.tr("Back to the gallery (Esc)"))
        self.title = label("", "title")
        self.title.setObjectName("lensTitle")
        self.facts = label("", "field")
        self.facts.setObjectName("lensFacts")
        self.similar = self._button(
            "lensSimilarButton",
            self.tr("More like this"),
            self.tr("Sort the gallery by likeness to this image, as the network sees it"),
        )
        self.previous = self._button("lensPreviousButton", "", self.tr("Previous image (Left)"))
        self.next = self._button("lensNextButton", "", self.tr("Next image (Right)"))
        self.smaller = self._button("lensZoomOutButton", "", self.tr("Zoom out (-)"))
        self.larger = self._button("lensZoomInButton", "", self.tr("Zoom in (+)"))
        self.numbers = self._button(
            "lensNumbersButton", self.tr("Numbers"), self.tr("Zoom in until the pixels' values can be read")
        )
        self.whole = self._button("lensWholeButton", self.tr("Whole"), self.tr("Show the whole image (0)"))
        self.pixel = label("", "caption")
        self.pixel.setObjectName("lensPixel")
        self.pixel.setWordWrap(False)
        self.notice = label("", "field")
        self.notice.setObjectName("lensNotice")
        self.notice.setWordWrap(True)
        self.notice.setAlignment(Qt.AlignmentFlag.AlignCenter)

    def _button(self, name: str, text: str, tip: str) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(name)
        button.setToolTip(tip)
        button.setAccessibleName(text or tip)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # so that the arrows go on turning images
        role(button, "quiet")
        return button

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(STEP_PX)
        head.addWidget(self.back)
        head.addWidget(self.title)
        head.addWidget(self.facts)
        head.addStretch(1)
        for button in (
            self.similar,
            self.taking.copy_button,
            self.taking.save_button,
            self.previous,
            self.next,
        ):
            head.addWidget(button)
        left, column = card()
        left.setFixedWidth(IMAGE_PX + 4 * STEP_PX)
        tools = QHBoxLayout()
        tools.setSpacing(STEP_PX // 2)
        for button in (self.smaller, self.larger, self.whole, self.numbers):
            tools.addWidget(button)
        tools.addStretch(1)
        column.addWidget(self.matrix, 3)
        column.addLayout(tools)
        column.addWidget(self.pixel)
        column.addWidget(self.bars, 2)
        right, inside = card()
        self._stack = QStackedWidget()
        self._stack.addWidget(self.notice)
        self._stack.addWidget(self.panel)
        inside.addWidget(self._stack, 1)
        body = QHBoxLayout()
        body.setSpacing(3 * STEP_PX)
        body.addWidget(left)
        body.addWidget(right, 1)
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(STEP_PX)
        page.addLayout(head)
        page.addLayout(body, 1)

    def _connect(self) -> None:
        self.back.clicked.connect(self.closed)
        self.previous.clicked.connect(lambda: self.go(-1))
        self.next.clicked.connect(lambda: self.go(1))
        self.similar.clicked.connect(lambda: self.similar_wanted.emit(self.row))
        self.smaller.clicked.connect(lambda: self.matrix.zoom(1 / ZOOM))
        self.larger.clicked.connect(lambda: self.matrix.zoom(ZOOM))
        self.whole.clicked.connect(self.matrix.fit)
        self.numbers.clicked.connect(self.matrix.read_numbers)
        self.matrix.pointed.connect(lambda row, column: self.pixel.setText(self.matrix.describe(row, column)))
        self._theme.changed.connect(self._paint_icons)

    def _paint_icons(self) -> None:
        for button, name in (
            (self.back, "arrow-left"),
            (self.similar, "image-multiple-outline"),
            (self.previous, "chevron-left"),
            (self.next, "chevron-right"),
            (self.smaller, "magnify-minus-outline"),
            (self.larger, "magnify-plus-outline"),
        ):
            button.setIcon(self._theme.icon(name))

    def show_images(
        self, answers: ListedAnswers, images: NDArray[np.uint8] | None, rows: NDArray[np.intp],
        opened: OpenedNetwork, index: int,
    ) -> None:  # fmt: skip
        """Put one of the gallery's images under the lens.

        Args:
            answers: Of the evaluation.
            images: (N, height, width, 1 or 3) uint8; None where they are not here.
            rows: Which of them the gallery shows, in its order.
            opened: The network that gave the answers.
            index: Of the image among `rows`.
        """
        self._answers, self._images, self._rows, self.index = answers, images, rows, index
        if opened is not self._opened:
            self._opened, self._network = opened, None
            self.panel.set_network(None)
            self._say(self.tr("Opening the network …"))

            def work(canceled: Canceled) -> tuple[OpenedNetwork, InspectedNetwork]:
                return opened, opened.network()

            self._opener.ask(work)
        self._show()

    def go(self, steps: int) -> None:
        """Go on, or back, in the gallery."""
        index = min(len(self._rows) - 1, max(0, self.index + steps))
        if index != self.index:
            self.index = index
            self.moved.emit(index)
            self._show()

    def _show(self) -> None:
        answers, row = self._answers, self.row
        assert answers is not None
        evaluation = answers.evaluation
        names = evaluation.classes
        true, read = int(evaluation.labels[row]), int(answers.read[row])
        pattern = self.tr("{true}, read correctly") if true == read else self.tr("{true}, read as {read}")
        self.title.setText(pattern.format(true=names[true], read=names[read]))
        facts = self.tr("{percent:.1f} % sure · number {number:,} · {place:,} of {count:,}")
        self.facts.setText(
            facts.format(
                percent=100 * float(answers.confidence[row]), number=int(answers.numbers[row]),
                place=self.index + 1, count=len(self._rows),
            )
        )  # fmt: skip
        self.previous.setEnabled(self.index > 0)
        self.next.setEnabled(self.index < len(self._rows) - 1)
        self.bars.show_answer(evaluation.probabilities[row], names, true)
        self._sight.true = true
        learned = evaluation.subset in ("train", "validation") and evaluation.indices is not None
        self._neighbors.own_number = int(answers.numbers[row]) if learned else None
        image = None if self._images is None else np.asarray(self._images[row])
        self.matrix.setVisible(image is not None)
        self.taking.show_image(image, int(answers.numbers[row]), self.panel)
        if image is not None:
            self.matrix.show_pixels(image)
        self._look_inside(image)

    def _look_inside(self, image: NDArray[np.uint8] | None) -> None:
        """Let the page that is shown look at the image, as soon as the network is open."""
        network = self._network
        if image is None:
            self._say(self.tr("The images are not here; the probabilities are those of the evaluation."))
        elif network is not None:
            shape = network.classifier.card.input_shape
            pixels = inputs(image[None], shape)[0]
            if pixels.shape != shape:
                text = self.tr("This network takes {wanted}, the image is {given}.")
                wanted, given = (" × ".join(map(str, one)) for one in (shape, image.shape))
                self._say(text.format(wanted=wanted, given=given))
            else:
                self._stack.setCurrentWidget(self.panel)
                self._propose_edit(network.classifier.card.classes)
                self.panel.show_drawing(np.ascontiguousarray(pixels))

    def _propose_edit(self, classes: tuple[str, ...]) -> None:
        """Let the page of edits ask what a misread image lacks to be read as what it is."""
        assert self._answers is not None
        true, read = int(self._answers.evaluation.labels[self.row]), int(self._answers.read[self.row])
        self._edits.show_classes(classes)
        if true != read and true < len(classes):
            self._edits.choose(true)

    def _say(self, text: str) -> None:
        self.notice.setText(text)
        self._stack.setCurrentWidget(self.notice)

    def _take_network(self, found: tuple[OpenedNetwork, InspectedNetwork]) -> None:
        opened, network = found
        if opened is self._opened:
            self._network = network
            self.panel.set_network(network)
            image = None if self._images is None else np.asarray(self._images[self.row])
            self._look_inside(image)

    def _refuse_network(self, error: StudioError) -> None:
        self._say(" ".join(part for part in (error.what, error.why, error.remedy) if part))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key == Qt.Key.Key_Escape:
            self.closed.emit()
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.go(-1 if key == Qt.Key.Key_Left else 1)
        elif key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            self.go(-10 if key == Qt.Key.Key_PageUp else 10)
        elif event.matches(QKeySequence.StandardKey.Copy):
            self.taking.copy_image()
        else:
            super().keyPressEvent(event)
