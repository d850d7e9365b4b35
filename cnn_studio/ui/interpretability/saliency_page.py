"""Where the network looks: what of the drawing speaks for a class."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QPushButton, QWidget

from cnn_studio.inference.activations import Method, occlusion
from cnn_studio.inference.channel_layout import plane
from cnn_studio.ui.interpretability.array_pictures import draw_pixels, gray_picture, overlaid, pair_in
from cnn_studio.ui.interpretability.inspection_page import InspectionPage
from cnn_studio.ui.interpretability.inspection_subject import InspectionSubject
from cnn_studio.ui.services.background_task import Canceled, Work
from cnn_studio.ui.style.form_layout import label
from cnn_studio.ui.style.theme import Theme, role

ANSWER = -1
SIDE_PX = 224


@dataclass(frozen=True)
class SaliencyShown:
    """What the page paints: the picture alone, with the map over it, and which map for which class."""

    plain: QImage
    overlaid: QImage
    method: Method
    name: str
    classes: tuple[str, ...]


class SaliencyPage(InspectionPage):
    """The drawing with a map over it: exact where the network's end allows it, else by covering parts."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "sightPage", parent)
        self.title = self.tr("Where it looks")
        self.hint = self.tr("Draw, and see which parts speak for the answer")
        self.target = self.make_selector(
            "sightClassSelector",
            self.tr("Class to look for"),
            self.tr("What the marked parts speak for or against"),
            self.tr("its answer"),
            ANSWER,
        )
        self.cover = QPushButton(self.tr("By covering parts"))
        role(self.cover, "segment")
        self.cover.setCheckable(True)
        self.cover.setObjectName("sightOcclusionButton")
        self.cover.setAccessibleName(self.tr("Find them by covering parts"))
        self.cover.setToolTip(
            self.tr("Covers the picture patch by patch and measures the loss, even where an exact map exists")
        )
        self.cover.toggled.connect(lambda: self.ask_again())
        self.controls.addWidget(label(self.tr("What speaks for"), "field"))
        self.controls.addWidget(self.target)
        self.controls.addStretch(1)
        self.controls.addWidget(self.cover)
        self._listed: tuple[str, ...] = ()

    def job(self, subject: InspectionSubject) -> Work:
        target, covering, tokens = self.target.currentData(), self.cover.isChecked(), self.theme.tokens

        def work(canceled: Canceled) -> SaliencyShown:
            activations, classifier = subject.network.activations(), subject.classifier
            answer = classifier.answers(subject.pixels[None])[0].index
            index = target if 0 <= target < len(subject.classes) else answer
            if activations.shows_activation and not covering:
                saliency = activations.activation(subject.pixels, index)
            else:
                saliency = occlusion(classifier, subject.pixels, index)
            whole = plane(subject.pixels, classifier.card.input_shape)
            return SaliencyShown(
                gray_picture(whole), overlaid(whole, saliency.values, SIDE_PX, tokens), saliency.method,
                subject.classes[index], subject.classes,
            )  # fmt: skip

        return work

    def describe(self) -> str:
        """Say which map is shown; list the classes of a network that has not been seen before."""
        shown: SaliencyShown = self.result
        if shown.classes != self._listed:
            self._listed = shown.classes
            self.target.clear()
            self.target.addItem(self.tr("its answer"), ANSWER)
            for number, name in enumerate(shown.classes):
                self.target.addItem(name, number)
        if shown.method == "activation":
            text = self.tr(
                "Class activation map, exact: blue parts raise the score of {name}, orange ones lower it "
                "(Zhou et al., 2016)."
            )
        else:
            text = self.tr(
                "By occlusion: where a blue part is covered, {name} loses probability; orange, it gains "
                "(Zeiler and Fergus, 2014)."
            )
        return text.format(name=shown.name)

    def paint(self, painter: QPainter, area: QRectF) -> None:
        shown: SaliencyShown = self.result
        for square, picture in zip(pair_in(area), (shown.plain, shown.overlaid), strict=True):
            drawn = draw_pixels(painter, square, picture)
            painter.setPen(self.theme.tokens.color("hairline"))
            painter.drawRect(drawn)
