"""Back through a drawing in the order it was drawn, and where the answer changed on the way."""

from __future__ import annotations

import time

import numpy as np
from PySide6.QtCore import QEvent, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QFontMetricsF, QHelpEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QSlider, QToolTip, QWidget

from cnn_studio.core.drawing.image_input import drawing_to_input
from cnn_studio.core.drawing.replay import Flip, flips, positions
from cnn_studio.core.drawing.stroke_model import StrokeModel, Strokes, arrays_of, first_points
from cnn_studio.inference.classifier import Answer, Classifier
from cnn_studio.ui.services.background_task import BackgroundTask, Canceled
from cnn_studio.ui.style.form_layout import label
from cnn_studio.ui.style.theme import CAPTION_PT, STEP_PX, Theme, font

QUIET_MS = 350
"""The answers are computed once the pen has been up so long: between two strokes they would be in its way."""
HANDLE_PX = 16
"""Width of the slider's handle in the style sheet."""


def prefix_answers(
    classifier: Classifier, strokes: Strokes, counts: list[int], stopped: Canceled
) -> list[Answer]:
    """Return what a network answers to the first points of a drawing, for several numbers of points.

    Not on the GUI thread. Between two pictures others may run, and the work ends early, without an answer,
    once `stopped` says so.
    """
    card = classifier.card
    pictures = []
    for count in counts:
        pixels = drawing_to_input(arrays_of(first_points(strokes, count)), card.classes, card.input_shape)
        assert pixels is not None  # a prefix has at least one point
        pictures.append(pixels)
        time.sleep(0)
        if stopped():
            return []
    return classifier.answers(np.stack(pictures))


class ReplayRow(QWidget):
    """A slider over the points of the drawing, with a mark wherever the top answer flipped.

    Signals:
        moved: So many points are to be shown; None for the whole drawing.
        marked: The answers to all positions have come.
    """

    moved = Signal(object)
    marked = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("replayRow")
        self.answers: list[Answer] = []
        self.flips: list[Flip] = []
        self._classifier: Classifier | None = None
        self._strokes: Strokes = ()
        self._counts: list[int] = []
        self._worker = BackgroundTask(self._take, lambda error: None, self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(QUIET_MS)
        self._timer.timeout.connect(self._ask)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName("replaySlider")
        self.slider.setAccessibleName(self.tr("Replay of the drawing"))
        self.slider.setToolTip(
            self.tr("Go back through the drawing, point by point, and see what the network answered")
        )
        self.slider.valueChanged.connect(self._move)
        self.strip = FlipStrip(theme, self)
        name = label(self.tr("Replay"), "field")
        name.setBuddy(self.slider)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(2 * STEP_PX)
        grid.setVerticalSpacing(0)
        grid.addWidget(name, 0, 0)
        grid.addWidget(self.slider, 0, 1)
        grid.addWidget(self.strip, 1, 1)
        grid.setColumnStretch(1, 1)
        self._show_drawing(())

    def answer_with(self, classifier: Classifier) -> None:
        """Take another network."""
        self._classifier = classifier
        self._forget()
        if self._strokes:
            self._timer.start()

    def follow(self, sketch: StrokeModel) -> None:
        """Take the drawing as it is now; while it is drawn on there is nothing to do."""
        if sketch.drawing or sketch.erasing:
            self._stop()
            return
        if sketch.finished is not self._strokes:
            self._show_drawing(sketch.finished)
        elif self.slider.value() != self.slider.maximum():
            self._set_silently(self.slider.maximum())
        if self._strokes and not self.answers:
            self._timer.start()

    def answer_now(self) -> Answer | None:
        """Return the answer to what the slider shows, where it has come already."""
        return self.answers[self.slider.value()] if self.answers else None

    def _show_drawing(self, strokes: Strokes) -> None:
        self._strokes = strokes
        self._forget()
        self._counts = positions(strokes)
        self.slider.setEnabled(len(self._counts) > 1)
        self.slider.blockSignals(True)
        self.slider.setRange(0, max(1, len(self._counts) - 1))
        self.slider.setValue(self.slider.maximum())
        self.slider.blockSignals(False)

    def _set_silently(self, value: int) -> None:
        self.slider.blockSignals(True)
        self.slider.setValue(value)
        self.slider.blockSignals(False)

    def _move(self, value: int) -> None:
        self.moved.emit(self._counts[value] if value + 1 < len(self._counts) else None)

    def _stop(self) -> None:
        self._timer.stop()
        self._worker.cancel()

    def _forget(self) -> None:
        self._stop()
        self._worker.forget()
        self.answers, self.flips = [], []
        empty = self.tr("Draw, then replay it here") if not self._strokes else ""
        self.strip.show_flips([], [], empty)
        self.slider.setAccessibleDescription(empty)

    def _ask(self) -> None:
        if self._classifier is None:
            return
        classifier, strokes, counts = self._classifier, self._strokes, self._counts
        self._worker.ask_stoppable(lambda stopped: prefix_answers(classifier, strokes, counts, stopped))

    def _take(self, answers: list[Answer]) -> None:
        if not answers or self._classifier is None:
            return
        self.answers = answers
        self.flips = flips([answer.index for answer in answers])
        classes = self._classifier.card.classes
        texts = [f"{classes[flip.before]} → {classes[flip.after]}" for flip in self.flips]
        same = self.tr("{name} from the first point on").format(name=classes[answers[0].index])
        share = max(1, len(answers) - 1)
        self.strip.show_flips([flip.position / share for flip in self.flips], texts, same)
        said = self.tr("The answer changed: {changes}").format(changes=", ".join(texts)) if texts else same
        self.slider.setAccessibleDescription(said)
        self.marked.emit()


class FlipStrip(QWidget):
    """Marks below the slider; a mark without room for its text still has it in the tooltip."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("replayFlips")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._theme = theme
        self.shares: list[float] = []
        self.texts: list[str] = []
        self._otherwise = ""
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(200, 3 * STEP_PX)

    def show_flips(self, shares: list[float], texts: list[str], otherwise: str) -> None:
        """Show marks at shares of the slider's way, or a sentence where there are none."""
        self.shares, self.texts, self._otherwise = shares, texts, otherwise
        self.setAccessibleName(", ".join(texts) or otherwise)
        self.update()

    def _x(self, share: float) -> float:
        return HANDLE_PX / 2 + share * (self.width() - HANDLE_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font(CAPTION_PT))
        tokens = self._theme.tokens
        metrics = QFontMetricsF(painter.font())
        if not self.shares:
            painter.setPen(tokens.color("muted"))
            room = QRectF(self.rect()).adjusted(0, 6, 0, 0)
            text = metrics.elidedText(self._otherwise, Qt.TextElideMode.ElideRight, room.width())
            painter.drawText(room, Qt.AlignmentFlag.AlignTop, text)
            return
        free = 0.0
        for share, text in zip(self.shares, self.texts, strict=True):
            x = self._x(share)
            painter.setPen(QPen(tokens.color("accent"), 2))
            painter.drawLine(QRectF(x, 0, 0, 6).topLeft(), QRectF(x, 0, 0, 6).bottomLeft())
            width = metrics.horizontalAdvance(text)
            left = min(max(0.0, x - width / 2), self.width() - width)
            if left >= free:
                painter.setPen(tokens.color("muted"))
                painter.drawText(
                    QRectF(left, 7, width + 2, self.height() - 7), Qt.AlignmentFlag.AlignTop, text
                )
                free = left + width + STEP_PX

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip and self.texts:
            QToolTip.showText(event.globalPos(), "\n".join(self.texts), self)
            return True
        return super().event(event)
