"""Several digits on the pad: read as a number while it is drawn, each with its own answer.

A digit of several strokes must not fall apart while it is drawn. Of 325 pen drawings of one digit in
several strokes, 30 % would for a moment be two if every point were read, 0.3 % if only what stands when the
pen is lifted is. So one digit becomes a number only when the pen is up; from then on every point is read.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QRectF, Signal
from PySide6.QtGui import QGuiApplication, QKeySequence, QPainter

from cnn_studio.core.base.settings import Settings
from cnn_studio.core.datasets.registry import DIGITS
from cnn_studio.core.drawing.image_input import fitted
from cnn_studio.core.drawing.preprocessing import Stroke
from cnn_studio.core.number_reading.segmentation import Digit, NumberReader
from cnn_studio.inference.classifier import Answer, Classifier, calibrate
from cnn_studio.ui.draw.digit_marks import paint_mark
from cnn_studio.ui.draw.drawing_tools import ToolRow
from cnn_studio.ui.draw.number_bars import NumberBars
from cnn_studio.ui.style.theme import STEP_PX, Theme
from cnn_studio.ui.widgets.draw_canvas import DrawCanvas

Image8 = NDArray[np.uint8]

MOST_STROKES = 20
"""Read when none was seen before, as from a file, in 10 ms; more are answered as one drawing."""
REMEMBERED = 512


@dataclass(frozen=True)
class Chosen:
    """The digit of a number that the bars show.

    Attributes:
        pixels: The network's input, `card.input_shape` uint8.
        strokes: Its strokes alone.
        answer: What it is.
    """

    pixels: Image8
    strokes: list[Stroke]
    answer: Answer


class PadNumber(QObject):
    """Reads a canvas as a number, shows it in the heading of the bars and marks its digits on the pad.

    Signals:
        changed: Another digit was chosen, or reading numbers was switched on or off.
    """

    changed = Signal()

    def __init__(
        self, theme: Theme, canvas: DrawCanvas, bars: NumberBars, settings: Settings, tools: ToolRow
    ) -> None:
        super().__init__(tools)
        self._theme, self._canvas, self._bars, self._settings = theme, canvas, bars, settings
        self._classifier: Classifier | None = None
        self._reader: NumberReader | None = None
        self._foreign: dict[bytes, bool] = {}
        self._picked: tuple[int, ...] = ()
        self._marks: list[tuple[QRectF, str, str]] = []
        self.digits: list[Digit] = []
        self.whole_text = ""
        canvas.underlay = self._paint_marks
        tools.menu.addSeparator()
        self.reading = tools.add_action(
            "readNumbersAction", self.tr("Read several digits as a number"), QKeySequence(), self._switch
        )
        self.marking = tools.add_action(
            "markDigitsAction", self.tr("Mark the digits"), QKeySequence(), self._switch
        )
        for action, wanted in ((self.reading, settings.read_numbers), (self.marking, settings.mark_digits)):
            action.setCheckable(True)
            action.setChecked(wanted)
        self.copying = tools.add_action(
            "copyNumberAction", self.tr("Copy the number"), QKeySequence("Ctrl+Shift+C"), self.copy
        )
        self.copying.setEnabled(False)
        bars.numbered.connect(self.copying.setEnabled)

    @property
    def text(self) -> str:
        """The number that is shown; empty where there is one digit or none."""
        return "".join(DIGITS[digit.index] for digit in self.digits)

    def answer_with(self, classifier: Classifier) -> None:
        """Take another network; the drawing is to be read again."""
        self._classifier, self._reader = classifier, None
        self.digits = []
        self._bars.show_number([], 0)
        self._foreign.clear()
        card = classifier.card
        if card.classes != DIGITS:
            return

        def answers(images: Image8) -> NDArray[np.float64]:
            inputs = np.stack([fitted(image, card.input_shape) for image in images])
            return calibrate(classifier.probabilities(inputs), card.temperature)

        self._reader = NumberReader(answers)

    def read(self) -> Chosen | None:
        """Read what the canvas shows now; None where it is not a number of two or more digits."""
        sketch, strokes = self._canvas.sketch, self._canvas.arrays()
        moving = sketch.drawing or sketch.erasing
        if sketch.drawing:
            self._picked = ()  # the bars follow the pen
        digits: list[Digit] = []
        may_be = self._reader is not None and self.reading.isChecked() and 1 < len(strokes) <= MOST_STROKES
        several = self.whole_text if self._canvas.replaying else self.digits or not moving
        if may_be and several:
            assert self._reader is not None
            digits = self._reader.read(strokes)
            if len(digits) < 2 and sketch.drawing:
                digits = self.digits  # what looks like one digit may be the next one's beginning
        answers = self._answers(digits) if len(digits) > 1 else []
        if all(answer.out_of_distribution for answer in answers):  # a doodle of several strokes
            digits, answers = [], []
        self.digits = digits
        if not self._canvas.replaying:
            self.whole_text = self.text
        index = self._index()
        self._bars.show_number(answers, index)
        self._mark(answers, index)
        if not digits:
            return None
        assert self._classifier is not None
        pixels = fitted(digits[index].image, self._classifier.card.input_shape)
        return Chosen(pixels, [strokes[number] for number in digits[index].strokes], answers[index])

    def copy(self) -> None:
        """Put the number in the heading on the clipboard as text."""
        QGuiApplication.clipboard().setText(self._bars.number())

    def _index(self) -> int:
        """Return which digit is shown: the one that was picked, or the one drawn last."""
        members = [digit.strokes for digit in self.digits]
        if self._picked in members:
            return members.index(self._picked)
        return max(range(len(members)), key=lambda index: max(members[index]), default=0)

    def pick(self, index: int) -> None:
        """Show the bars of another digit, numbered from the left."""
        self._picked = self.digits[index].strokes
        self.changed.emit()

    def _switch(self) -> None:
        self._settings.read_numbers = self.reading.isChecked()
        self._settings.mark_digits = self.marking.isChecked()
        self.changed.emit()

    def _answers(self, digits: list[Digit]) -> list[Answer]:
        """Return each digit's answer; the guard is asked about those it has not seen."""
        assert self._classifier is not None
        card = self._classifier.card
        keys = [digit.image.tobytes() for digit in digits]
        unseen = {
            key: digit.image for key, digit in zip(keys, digits, strict=True) if key not in self._foreign
        }
        if unseen:
            inputs = np.stack([fitted(image, card.input_shape) for image in unseen.values()])
            if len(self._foreign) > REMEMBERED:
                self._foreign = {key: self._foreign[key] for key in keys if key not in unseen}
            self._foreign |= zip(unseen, self._classifier.out_of_distribution(inputs).tolist(), strict=True)
        return [
            Answer(
                digit.index,
                tuple(digit.probabilities.tolist()),
                digit.confidence < card.reject_below or self._foreign[key],
                self._foreign[key],
            )
            for key, digit in zip(keys, digits, strict=True)
        ]

    def _mark(self, answers: list[Answer], index: int) -> None:
        marks = []
        if self.marking.isChecked():
            for number, (digit, answer) in enumerate(zip(self.digits, answers, strict=True)):
                left, top, right, bottom = digit.box
                text = DIGITS[digit.index] + ("?" if answer.rejected else "")
                token = "accent" if number == index else "bad" if answer.rejected else "muted"
                marks.append((QRectF(left, top, right - left, bottom - top), text, token))
        if marks != self._marks:
            area = QRectF()
            for rect, _, _ in {*map(_frozen, self._marks)} ^ {*map(_frozen, marks)}:
                area = area.united(
                    self._placed(QRectF(*rect)).adjusted(-3, -3 * STEP_PX, 3 * STEP_PX, 3 * STEP_PX)
                )
            self._marks = marks
            self._canvas.update(area.translated(self._canvas.sheet.topLeft()).toAlignedRect())

    def _placed(self, box: QRectF) -> QRectF:
        """Return where a mark is, in the canvas's pixels: outside the ink."""
        side = self._canvas.sheet.width()
        room = side * self._canvas.pen_percent / 200 + STEP_PX / 2
        scaled = QRectF(box.x() * side, box.y() * side, box.width() * side, box.height() * side)
        return scaled.adjusted(-room, -room, room, room)

    def _paint_marks(self, painter: QPainter) -> None:
        tokens = self._theme.tokens
        for box, text, token in self._marks:
            paint_mark(painter, self._placed(box), text, tokens.color(token))


def _frozen(mark: tuple[QRectF, str, str]) -> tuple[tuple[float, ...], str, str]:
    box, text, token = mark
    return (box.x(), box.y(), box.width(), box.height()), text, token
