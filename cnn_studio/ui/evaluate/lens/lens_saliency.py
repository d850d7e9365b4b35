"""Where the network looks: a Grad-CAM map over the image, and what covering its parts takes away."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QComboBox, QWidget

from cnn_studio.core.base.errors import StudioError
from cnn_studio.inference.activations import occlusion
from cnn_studio.inference.channel_layout import plane
from cnn_studio.ui.interpretability.array_pictures import draw_pixels, overlaid, pair_in
from cnn_studio.ui.interpretability.inspection_page import InspectionPage
from cnn_studio.ui.interpretability.inspection_subject import InspectionSubject
from cnn_studio.ui.services.background_task import Canceled, Work
from cnn_studio.ui.style.form_layout import label
from cnn_studio.ui.style.theme import CAPTION_PT, STEP_PX, Theme, font

ANSWER, TRUE = -1, -2
SIDE_PX = 448
TITLE_PX = 22.0


@dataclass(frozen=True)
class LensSaliencyShown:
    """What the page paints.

    Attributes:
        gradcam: The Grad-CAM map over it; None where the network has none.
        why_not: What is said instead.
        layer: The number of the convolution whose maps were weighted.
        grid: Rows and columns of that map.
        occluded: The occlusion map over it.
        name: The class the maps are of.
        classes: All names.
    """

    gradcam: QImage | None
    why_not: str
    layer: int
    grid: tuple[int, int]
    occluded: QImage
    name: str
    classes: tuple[str, ...]


class LensSaliencyPage(InspectionPage):
    """Two pictures of one size, side by side."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "lensSightPage", parent)
        self.title = self.tr("Where it looks")
        self.hint = self.tr("Which parts of the image speak for a class")
        self.true: int | None = None
        self.target = QComboBox()
        self.target.setObjectName("lensSightClassSelector")
        self.target.setAccessibleName(self.tr("Class to look for"))
        self.target.setToolTip(self.tr("What the marked parts speak for or against"))
        self.target.activated.connect(lambda: self.ask_again())
        name = label(self.tr("What speaks for"), "field")
        name.setBuddy(self.target)
        self.controls.addWidget(name)
        self.controls.addWidget(self.target)
        self.controls.addStretch(1)
        self._listed: tuple[str, ...] | None = None
        self._list(())

    def job(self, subject: InspectionSubject) -> Work:
        target, true, tokens = self.target.currentData(), self.true, self.theme.tokens

        def work(canceled: Canceled) -> LensSaliencyShown | None:
            classifier, network = subject.classifier, subject.network
            index = true if target == TRUE else target
            if index is None or not 0 <= index < len(subject.classes):
                index = classifier.answers(subject.pixels[None])[0].index
            whole = _gray(plane(subject.pixels, classifier.card.input_shape))
            weighted, why_not, layer, grid = None, "", 0, (0, 0)
            try:
                camera = network.gradcam()
                found = camera.map(subject.pixels, index, canceled)
                if found is None:
                    return None
                layer, grid = camera.layer, found.shape
                weighted = overlaid(whole, found, SIDE_PX, tokens)
            except StudioError as error:
                why_not = f"{error.what} {error.why}"
            covered = occlusion(classifier, subject.pixels, index).values
            return LensSaliencyShown(
                weighted, why_not, layer, (grid[0], grid[1]),
                overlaid(whole, covered, SIDE_PX, tokens), subject.classes[index], subject.classes,
            )  # fmt: skip

        return work

    def _list(self, classes: tuple[str, ...]) -> None:
        self._listed = classes
        self.target.clear()
        self.target.addItem(self.tr("its answer"), ANSWER)
        self.target.addItem(self.tr("its true class"), TRUE)
        for number, name in enumerate(classes):
            self.target.addItem(name, number)

    def describe(self) -> str:
        """Say how the maps are read; list the classes of a network that has not been seen before."""
        shown: LensSaliencyShown = self.result
        if shown.classes != self._listed:
            chosen = self.target.currentData()
            self._list(shown.classes)
            self.target.setCurrentIndex(max(0, self.target.findData(chosen)))
        text = self.tr(
            "Grad-CAM: the blue parts raise the score of {name} (Selvaraju et al., 2017). Occlusion: covered, "
            "a blue part takes probability from {name}, an orange one adds some (Zeiler and Fergus, 2014)."
        )
        return text.format(name=shown.name)

    def _titles(self, shown: LensSaliencyShown) -> tuple[str, str]:
        gradcam = self.tr("Grad-CAM for {name}").format(name=shown.name)
        if shown.gradcam is not None:
            where = self.tr("convolution {layer}, {rows} × {columns}")
            gradcam += " · " + where.format(layer=shown.layer, rows=shown.grid[0], columns=shown.grid[1])
        return gradcam, self.tr("Occlusion for {name}").format(name=shown.name)

    def paint(self, painter: QPainter, area: QRectF) -> None:
        shown: LensSaliencyShown = self.result
        tokens = self.theme.tokens
        squares = pair_in(area.adjusted(0, TITLE_PX, 0, 0))
        pictures = (shown.gradcam, shown.occluded)
        painter.setFont(font(CAPTION_PT))
        for square, title, picture in zip(squares, self._titles(shown), pictures, strict=True):
            painter.setPen(tokens.color("muted"))
            if picture is None:
                flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
                painter.drawText(square.adjusted(STEP_PX, 0, -STEP_PX, 0), flags, shown.why_not)
                target = square
            else:
                target = draw_pixels(painter, square, picture)
            painter.setPen(tokens.color("hairline"))
            painter.drawRect(target)
            painter.setPen(tokens.color("muted"))
            room = int(square.right() - target.left())
            short = painter.fontMetrics().elidedText(title, Qt.TextElideMode.ElideRight, room)
            painter.drawText(QPointF(target.left(), target.top() - 6), short)


def _gray(whole: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return an image, (height, width, channels), without its colors, which a map's would mix with."""
    gray: NDArray[np.uint8] = whole.mean(axis=2, keepdims=True).astype(np.uint8)
    return gray
