"""The training images that the network finds most like the drawing."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QWidget

from cnn_studio.inference.channel_layout import plane
from cnn_studio.inference.nearest_neighbors import Neighbor
from cnn_studio.ui.interpretability.array_pictures import draw_pixels, gray_picture
from cnn_studio.ui.interpretability.inspection_page import InspectionPage
from cnn_studio.ui.interpretability.inspection_subject import InspectionSubject
from cnn_studio.ui.services.background_task import Canceled, Work
from cnn_studio.ui.style.theme import CAPTION_PT, STEP_PX, Theme, font

COLUMNS, COUNT = 4, 7
"""Pictures in a row, the drawing first; as many neighbors as fill two rows. The nearest three are always shown."""
LINES_PX = 40.0
LEAST_SHRUNK = 0.7
"""Of the size in one row: pictures a little smaller make room for twice as many."""


@dataclass(frozen=True)
class NearestNeighborsShown:
    """What the page paints: the drawing, and the training images nearest to it."""

    image: NDArray[np.uint8]
    read: str
    found: list[Neighbor]
    pictures: list[NDArray[np.uint8]]
    classes: tuple[str, ...]
    searched: int


class NearestNeighborsPage(InspectionPage):
    """The drawing and the three training images nearest to it, seven where there is room.

    Attributes:
        subject_title: What is written below the first picture.
        own_number: The number of a training image that is looked at, which is no neighbor of its own.
    """

    progressed = Signal(float)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "neighborsPage", parent)
        self.title = self.tr("Neighbors")
        self.hint = self.tr("Draw, and see the training images the network finds most like it")
        self.subject_title = self.tr("your drawing")
        self.own_number: int | None = None
        self.progressed.connect(self._say_progress)

    def job(self, subject: InspectionSubject) -> Work:
        own = self.own_number

        def report(share: float) -> None:
            with suppress(RuntimeError):  # the window may have been closed meanwhile
                self.progressed.emit(share)

        def work(canceled: Canceled) -> NearestNeighborsShown | None:
            index = subject.network.index(report)
            if index is None:
                return None
            shape = subject.classifier.card.input_shape
            nearest = index.nearest(
                subject.network.activations().features(subject.pixels[None])[0], COUNT + 1
            )
            found = [one for one in nearest if one.number != own][:COUNT]
            answer = subject.classifier.answers(subject.pixels[None])[0].index
            return NearestNeighborsShown(
                plane(subject.pixels, shape), subject.classes[answer], found,
                [plane(one.image, shape) for one in found], subject.classes, len(index),
            )  # fmt: skip

        return work

    def _say_progress(self, share: float) -> None:
        if self.result is None:
            text = self.tr("Reading the training images with this network, once: {percent:.0f} %")
            self.say_notice(text.format(percent=100 * share))

    def describe(self) -> str:
        """Say how many were searched, and what the network has seen such images as."""
        shown: NearestNeighborsShown = self.result
        text = self.tr(
            "Nearest of {count:,} training images, by what enters the network's last layer. "
            "The labels of the nearest {found}: {seen}."
        )
        counts = Counter(shown.classes[one.label] for one in shown.found)
        seen = ", ".join(f"{name} ({count})" for name, count in counts.most_common())
        return text.format(count=shown.searched, found=len(shown.found), seen=seen)

    def paint(self, painter: QPainter, area: QRectF) -> None:
        shown: NearestNeighborsShown = self.result
        tokens = self.theme.tokens
        gap = 2.0 * STEP_PX
        side = min(area.height() - LINES_PX, (area.width() - gap * (COLUMNS - 1)) / COLUMNS)
        in_two_rows = min(side, (area.height() - gap) / 2 - LINES_PX)
        rows = 2 if in_two_rows > LEAST_SHRUNK * side else 1
        side = in_two_rows if rows == 2 else side
        down = side + LINES_PX + gap
        texts = [(self.subject_title, self.tr("read {name}").format(name=shown.read))]
        for one in shown.found:
            numbered = self.tr("no. {number} · {distance:.2f}")
            texts.append(
                (self.tr("a {name}").format(name=shown.classes[one.label]),
                 numbered.format(number=one.number, distance=one.distance))
            )  # fmt: skip
        images = (shown.image, *shown.pictures)
        for number, (image, (above, below)) in enumerate(
            list(zip(images, texts, strict=True))[: rows * COLUMNS]
        ):
            row, column = divmod(number, COLUMNS)
            square = QRectF(area.left() + column * (side + gap), area.top() + row * down, side, side)
            drawn = draw_pixels(painter, square, gray_picture(image))
            painter.setPen(tokens.color("hairline"))
            painter.drawRect(drawn)
            same = number == 0 or shown.classes[shown.found[number - 1].label] == shown.read
            words = (
                (above, "text" if same else "warn", font()),
                (below, "muted", font(CAPTION_PT, tabular=True)),
            )
            for line, (text, token, type_) in enumerate(words):
                painter.setFont(type_)
                painter.setPen(tokens.color(token))
                drawn = QRectF(square.left(), square.bottom() + 4 + line * 18, side + gap / 2, 18)
                elided = painter.fontMetrics().elidedText(
                    text, Qt.TextElideMode.ElideRight, int(drawn.width())
                )
                painter.drawText(drawn, Qt.AlignmentFlag.AlignVCenter, elided)

    def tip_at(self, x: float, y: float) -> str:
        return self.tr("Distance: Euclidean, between what enters the last layer; smaller is more alike")
