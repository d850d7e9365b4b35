"""What a run's network made of the drawing after each of its epochs."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QSlider, QWidget

from cnn_studio.core.replay import Flip, flips
from cnn_studio.core.runs import read_history
from cnn_studio.inference.classifier import Classifier
from cnn_studio.inference.epochs import EpochNetworks
from cnn_studio.ui.forms import label
from cnn_studio.ui.insight.latest import Cancelled, Work
from cnn_studio.ui.insight.page import Page
from cnn_studio.ui.insight.subject import Subject
from cnn_studio.ui.theme import CAPTION_PT, STEP_PX, Theme, font

MOST_LINES = 4
LEAST_SHARE = 0.05
"""A class whose probability never reaches so much gets no line, unless it is the only other one."""
LINES: tuple[tuple[str, tuple[float, ...]], ...] = (
    ("accent", ()),
    ("validation", (4, 2)),
    ("good", (1, 2)),
    ("muted", (6, 2, 1, 2)),
)
"""A token and a dash pattern each, so that no line is told by its colour alone."""
AXIS_PX, STRIP_PX, NUMBERS_PX, ROW_PX = 48.0, 22.0, 18.0, 22.0
WIDEST_LEGEND_PX = 168.0
MOST_DOTTED = 40
"""Epochs up to which each gets a dot."""
MEBIBYTE = 2**20


@dataclass(frozen=True)
class EpochsShown:
    """What the page paints.

    Attributes:
        epochs: Their numbers.
        kept: The place of the network the run kept; one past the epochs where it is none of theirs.
        shares: (networks, classes) probabilities, in the order of the epochs.
        validation: Validation accuracy by epoch, where there was one.
        bytes: What the epochs take on disk.
        classes: The names.
    """

    epochs: tuple[int, ...]
    kept: int
    shares: NDArray[np.float64]
    validation: dict[int, float]
    bytes: int
    classes: tuple[str, ...]

    @property
    def tops(self) -> list[int]:
        """The answer of each network."""
        return [int(index) for index in self.shares.argmax(axis=1)]

    @property
    def flips(self) -> list[Flip]:
        """Where the answer changed."""
        return flips(self.tops)

    def lines(self) -> list[int]:
        """Return the classes that get a line: the kept network's answer, then the others by their peaks."""
        answer, peaks = self.tops[self.kept], self.shares.max(axis=0)
        others = [int(index) for index in np.argsort(-peaks, kind="stable") if index != answer]
        risen = [index for index in others if peaks[index] >= LEAST_SHARE]
        return [answer, *(risen or others[:1])][:MOST_LINES]


class EpochsPage(Page):
    """Each class's probability over the epochs, and the answer at one of them."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "epochsPage", parent)
        self.title = self.tr("Epochs")
        self.hint = self.tr("Draw, and see what the run's network made of it after each epoch")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName("epochSlider")
        self.slider.setAccessibleName(self.tr("Epoch whose answer is shown"))
        self.slider.setToolTip(self.tr("Go through the epochs; a click on the chart does it, too"))
        self.slider.setRange(0, 0)
        self.slider.setEnabled(False)
        self.slider.valueChanged.connect(lambda value: self._say())
        self.reading = label("", "field")
        self.reading.setMinimumWidth(
            QFontMetricsF(font()).boundingRect("epoch 100: 7 at 100.0 %").toRect().width()
        )
        name = label(self.tr("Epoch"), "field")
        name.setBuddy(self.slider)
        self.controls.addWidget(name)
        self.controls.addWidget(self.slider, 1)
        self.controls.addWidget(self.reading)
        self._opened: tuple[Classifier, EpochNetworks] | None = None
        self._shown: Classifier | None = None

    def job(self, subject: Subject) -> Work:
        def work(cancelled: Cancelled) -> EpochsShown | None:
            classifier = subject.classifier
            if self._opened is None or self._opened[0] is not classifier:  # only ever one thread works here
                self._opened = (classifier, EpochNetworks(classifier.path, classifier.card))
            networks = self._opened[1]
            shares = networks.answers(subject.pixels, cancelled)
            if shares is None:
                return None
            rows = read_history(classifier.path.parent)
            validation = {
                int(row["epoch"]): row["val_accuracy"]
                for row in rows
                if row["epoch"] is not None and row["val_accuracy"] is not None
            }
            return EpochsShown(
                networks.epochs, networks.kept, shares, validation, networks.bytes, subject.classes
            )

        return work

    def _take(self, result: object) -> None:
        assert isinstance(result, EpochsShown) and self.subject is not None
        self.slider.blockSignals(True)
        self.slider.setRange(0, len(result.shares) - 1)
        if self._shown is not self.subject.classifier:
            self._shown = self.subject.classifier
            self.slider.setValue(result.kept)
        self.slider.blockSignals(False)
        super()._take(result)

    def _say(self) -> None:
        shown: EpochsShown | None = None if self.notice else self.result
        self.slider.setEnabled(shown is not None and len(shown.shares) > 1)
        self.reading.setText(self._reading(shown) if shown is not None else "")
        self.slider.setAccessibleDescription(self.reading.text())
        super()._say()

    def epoch_name(self, place: int) -> str:
        """Say which epoch a network is of; the one kept may be none's."""
        shown: EpochsShown = self.result
        if place == len(shown.epochs):
            return self.tr("as kept")
        return self.tr("epoch {number}").format(number=shown.epochs[place])

    def _reading(self, shown: EpochsShown) -> str:
        place = self.slider.value()
        index = shown.tops[place]
        text = self.tr("{epoch}: {name} at {percent:.1f} %")
        percent = 100 * shown.shares[place, index]
        return text.format(epoch=self.epoch_name(place), name=shown.classes[index], percent=percent)

    def describe(self) -> str:
        """Say where the answer changed, which network was kept, and what the epochs cost."""
        shown: EpochsShown = self.result
        changes = [
            self.tr("{before} → {after} ({epoch})").format(
                before=shown.classes[flip.before], after=shown.classes[flip.after],
                epoch=self.epoch_name(flip.position),
            )
            for flip in shown.flips
        ]  # fmt: skip
        if changes:
            first = self.tr("The answer changed: {changes}.").format(changes=", ".join(changes))
        else:
            name = shown.classes[shown.tops[0]]
            first = self.tr("Read as {name} from the first epoch on.").format(name=name)
        if shown.kept + 1 < len(shown.shares):
            kept = self.tr("The run kept {epoch}.").format(epoch=self.epoch_name(shown.kept))
            first = f"{first} {kept}"
        size = self.tr("On disk: {size:.1f} MB.").format(size=shown.bytes / MEBIBYTE)
        return f"{first} {size}"

    def paint(self, painter: QPainter, area: QRectF) -> None:
        shown: EpochsShown = self.result
        plot = self.plot(area)
        self._paint_axes(painter, plot, shown)
        self._paint_strip(painter, plot, shown)
        lines = shown.lines()
        for index in (index for index in range(len(shown.classes)) if index not in lines):
            if shown.shares[:, index].max() >= LEAST_SHARE:
                self._paint_line(painter, plot, shown, index, QPen(self.theme.tokens.color("border"), 1))
        for place, index in reversed(list(enumerate(lines))):
            self._paint_line(painter, plot, shown, index, self._pen(place))
        self._paint_place(painter, plot, shown, lines)
        self._paint_legend(painter, area, plot, shown, lines)

    def plot(self, area: QRectF) -> QRectF:
        """Return where the lines are painted."""
        legend = min(WIDEST_LEGEND_PX, 0.32 * area.width())
        return area.adjusted(AXIS_PX, STEP_PX, -legend, -(STRIP_PX + NUMBERS_PX + STEP_PX / 2))

    def x_of(self, plot: QRectF, place: float) -> float:
        """Return where a network stands: in the middle of its share of the width."""
        return plot.left() + (place + 0.5) / len(self.result.shares) * plot.width()

    def _pen(self, line: int) -> QPen:
        token, dashes = LINES[line]
        pen = QPen(self.theme.tokens.color(token), 2.5 if line == 0 else 2)
        if dashes:
            pen.setDashPattern(dashes)
        return pen

    def _paint_axes(self, painter: QPainter, plot: QRectF, shown: EpochsShown) -> None:
        tokens = self.theme.tokens
        painter.setFont(font(CAPTION_PT, tabular=True))
        for share in (0.0, 0.5, 1.0):
            y = plot.bottom() - share * plot.height()
            painter.setPen(QPen(tokens.color("hairline"), 1))
            painter.drawLine(QPointF(plot.left(), y), QPointF(plot.right(), y))
            painter.setPen(tokens.color("muted"))
            flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            room = QRectF(plot.left() - AXIS_PX, y - 10, AXIS_PX - STEP_PX, 20)
            painter.drawText(room, flags, f"{100 * share:.0f} %" if share else "0")
        painter.setPen(QPen(tokens.color("border"), 1, Qt.PenStyle.DotLine))
        for flip in shown.flips:
            x = self.x_of(plot, flip.position - 0.5)
            painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))

    def _paint_strip(self, painter: QPainter, plot: QRectF, shown: EpochsShown) -> None:
        """Paint the answer of every network as a band, and the numbers of the epochs below it."""
        tokens, count = self.theme.tokens, len(shown.shares)
        top = plot.bottom() + STEP_PX / 2
        begins = [0, *(flip.position for flip in shown.flips), count]
        metrics = QFontMetricsF(font(CAPTION_PT))
        for begin, end in pairwise(begins):
            left, right = self.x_of(plot, begin - 0.5), self.x_of(plot, end - 0.5)
            band = QRectF(left, top, right - left - 1, STRIP_PX - 2)
            same = shown.tops[begin] == shown.tops[shown.kept]
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tokens.color("accent_soft" if same else "hairline"))
            painter.drawRoundedRect(band, 3, 3)
            painter.setFont(font(CAPTION_PT))
            painter.setPen(tokens.color("text"))
            name = metrics.elidedText(
                shown.classes[shown.tops[begin]], Qt.TextElideMode.ElideRight, band.width()
            )
            painter.drawText(band, Qt.AlignmentFlag.AlignCenter, name)
        every = max(1, int(np.ceil(count * 28 / max(1.0, plot.width()))))
        for place in range(count):
            kept = place == shown.kept
            if not kept and (place % every or abs(place - shown.kept) < every):
                continue
            painter.setFont(font(CAPTION_PT, bold=kept, tabular=True))
            painter.setPen(tokens.color("text" if kept else "muted"))
            text = self.tr("kept") if place == len(shown.epochs) else str(shown.epochs[place])
            room = QRectF(self.x_of(plot, place) - 20, top + STRIP_PX - 2, 40, NUMBERS_PX)
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter, text)

    def _points(self, plot: QRectF, shown: EpochsShown, index: int) -> list[QPointF]:
        return [
            QPointF(self.x_of(plot, place), plot.bottom() - share * plot.height())
            for place, share in enumerate(shown.shares[:, index])
        ]

    def _paint_line(self, painter: QPainter, plot: QRectF, shown: EpochsShown, index: int, pen: QPen) -> None:
        points = self._points(plot, shown, index)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(pen)
        painter.drawPolyline(QPolygonF(points))
        if len(points) <= MOST_DOTTED:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(pen.color())
            for point in points:
                painter.drawEllipse(point, pen.widthF(), pen.widthF())

    def _paint_place(self, painter: QPainter, plot: QRectF, shown: EpochsShown, lines: list[int]) -> None:
        """Mark the epoch the slider is at."""
        tokens, place = self.theme.tokens, self.slider.value()
        x = self.x_of(plot, place)
        painter.setPen(QPen(tokens.color("text"), 1))
        painter.drawLine(QPointF(x, plot.top() - 4), QPointF(x, plot.bottom()))
        painter.setPen(QPen(tokens.color("text"), 1.5))
        for line, index in enumerate(lines):
            painter.setBrush(tokens.color(LINES[line][0]))
            painter.drawEllipse(self._points(plot, shown, index)[place], 4.5, 4.5)

    def _paint_legend(
        self, painter: QPainter, area: QRectF, plot: QRectF, shown: EpochsShown, lines: list[int]
    ) -> None:
        """Name the lines, with what they are at the slider's epoch."""
        tokens, left = self.theme.tokens, plot.right() + 2 * STEP_PX
        figure = QFontMetricsF(font(CAPTION_PT, tabular=True)).horizontalAdvance("100.0 %") + STEP_PX
        for line, index in enumerate(lines):
            row = QRectF(left, plot.top() + line * ROW_PX, area.right() - left, ROW_PX)
            painter.setPen(self._pen(line))
            painter.drawLine(QPointF(left, row.center().y()), QPointF(left + 20, row.center().y()))
            first = index == shown.tops[self.slider.value()]
            painter.setPen(tokens.color("text" if first else "muted"))
            painter.setFont(font(CAPTION_PT, bold=first))
            room = row.adjusted(20 + STEP_PX, 0, -figure, 0)
            name = QFontMetricsF(painter.font()).elidedText(
                shown.classes[index], Qt.TextElideMode.ElideMiddle, room.width()
            )
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, name)
            painter.setFont(font(CAPTION_PT, bold=first, tabular=True))
            flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
            painter.drawText(row, flags, f"{100 * shown.shares[self.slider.value(), index]:.1f} %")

    def _place_at(self, x: float) -> int:
        plot = self.plot(self.area)
        count = len(self.result.shares)
        return min(count - 1, max(0, int((x - plot.left()) / max(1.0, plot.width()) * count)))

    def pressed(self, x: float, y: float) -> None:
        if self.result is not None and not self.notice and x <= self.plot(self.area).right():
            self.slider.setValue(self._place_at(x))

    def tip_at(self, x: float, y: float) -> str:
        shown: EpochsShown = self.result
        if x > self.plot(self.area).right():
            return ""
        place = self._place_at(x)
        best = np.argsort(-shown.shares[place], kind="stable")[:3]
        texts = [f"{shown.classes[index]} {100 * shown.shares[place, index]:.1f} %" for index in best]
        tip = f"{self.epoch_name(place)}: {', '.join(texts)}"
        accuracy = shown.validation.get(shown.epochs[place]) if place < len(shown.epochs) else None
        if accuracy is None:
            return tip
        watched = self.tr("validation accuracy {percent:.2f} %").format(percent=100 * accuracy)
        return f"{tip}\n{watched}"
