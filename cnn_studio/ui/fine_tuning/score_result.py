"""What a My-hand score came to: the figure, what was misread, and what to do about it."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from cnn_studio.core.drawing.hand_score import ClassScore, HandScore
from cnn_studio.ui.fine_tuning.small_pictures import SmallPicture, SmallPictures
from cnn_studio.ui.style.form_layout import card, label
from cnn_studio.ui.style.theme import STEP_PX, TITLE_PT, Theme, font, role
from cnn_studio.ui.widgets.confusion_matrix import ConfusionMatrix

MATRIX_PX = 40 * STEP_PX
UNLIKELY = 0.025
"""One side of a 95 % interval."""


class Reference(msgspec.Struct, frozen=True):
    """A model's name, and its accuracy (a fraction of 1) on the test images of its data set, where known."""

    model: str
    dataset: str = ""
    accuracy: float | None = None


class ScoreResult(QWidget):
    """The result page.

    Signals:
        teach_requested: The drawings are to be taught.
        again_requested: Another session is wanted.
        left: The page is done with.
    """

    fine_tuning_requested = Signal()
    again_requested = Signal()
    left = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.figure = label("")
        self.figure.setObjectName("scoreFigure")
        self.figure.setFont(font(3 * TITLE_PT, bold=True, tabular=True))
        self.interval = label("", "field")
        self.interval.setObjectName("scoreInterval")
        self.reference = label("", "field")
        self.reference.setObjectName("scoreReference")
        self.verdict = label("", "caption")
        self.verdict.setObjectName("scoreVerdict")
        self.matrix = ConfusionMatrix(theme, "scoreMatrix")
        self.matrix.setMinimumSize(MATRIX_PX, MATRIX_PX - 4 * STEP_PX)
        self.pictures = SmallPictures("scoreMisread", self.tr("Misread drawings"))
        self.misread_title = label("", "title")
        self.advice = label("", "")
        self.advice.setObjectName("scoreAdvice")
        self.advice.setWordWrap(True)
        self.advice.setTextFormat(Qt.TextFormat.PlainText)
        self.advice.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.teach = QPushButton(self.tr("Fine-tune on these …"))
        self.teach.setObjectName("scoreTeachButton")
        self.teach.setToolTip(
            self.tr("Let the model learn from some of these drawings and check it on the others")
        )
        role(self.teach, "primary")
        self.again = QPushButton(self.tr("Another session"))
        self.again.setObjectName("scoreAgainButton")
        self.close_button = QPushButton(self.tr("Close"))
        self.close_button.setObjectName("scoreCloseButton")
        self._lay_out()
        self.teach.clicked.connect(self.fine_tuning_requested)
        self.again.clicked.connect(self.again_requested)
        self.close_button.clicked.connect(self.left)

    def _lay_out(self) -> None:
        head, line = card()
        figures = QHBoxLayout()
        figures.setSpacing(3 * STEP_PX)
        figures.addWidget(self.figure)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addStretch(1)
        words.addWidget(self.interval)
        words.addWidget(self.reference)
        words.addStretch(1)
        figures.addLayout(words, 1)
        line.addLayout(figures)
        line.addWidget(self.verdict)
        left, column = card()
        column.addWidget(label(self.tr("Confusion matrix"), "title"))
        column.addWidget(self.matrix, 1)
        right, column = card()
        column.addWidget(self.misread_title)
        column.addWidget(self.pictures, 1)
        column.addWidget(label(self.tr("What to practice, what to teach"), "title"))
        inside = QScrollArea()
        inside.setWidgetResizable(True)
        inside.setWidget(self.advice)
        inside.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside.viewport().setAutoFillBackground(False)
        self.advice.setAutoFillBackground(False)
        column.addWidget(inside, 1)
        columns = QHBoxLayout()
        columns.setSpacing(2 * STEP_PX)
        columns.addWidget(left, 5)
        columns.addWidget(right, 6)
        buttons = QHBoxLayout()
        buttons.setSpacing(STEP_PX)
        buttons.addStretch(1)
        buttons.addWidget(self.close_button)
        buttons.addWidget(self.again)
        buttons.addWidget(self.teach)
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(2 * STEP_PX)
        page.addWidget(head)
        page.addLayout(columns, 1)
        page.addLayout(buttons)

    def show_score(
        self,
        score: HandScore,
        images: NDArray[np.uint8],
        confidences: NDArray[np.float64],
        wanted: int,
        reference: Reference,
    ) -> None:
        """Show a result.

        Args:
            score: What was read.
            images: What the network saw of each drawing, (N, height, width, channels) uint8.
            confidences: Of each answer, (N,).
            wanted: How many drawings a whole session has.
            reference: What to compare with.
        """
        low, high = score.interval
        self.figure.setText(f"{100 * score.right / max(1, score.total):.0f} %")
        self.interval.setText(
            self.tr("{right} of {total} read correctly; 95 % interval {low:.1f} to {high:.1f} %").format(
                right=score.right, total=score.total, low=100 * low, high=100 * high
            )
        )
        self.reference.setText(self._beside(reference))
        self.verdict.setText(self._verdict(score, wanted, reference))
        self.matrix.show_matrix(score.confusion_matrix(), score.classes)
        misread = score.misread()
        self.misread_title.setText(
            self.tr("Misread drawings: {count}").format(count=len(misread))
            if misread
            else self.tr("Nothing was misread")
        )
        self.pictures.setVisible(bool(misread))
        pattern = self.tr("{true} read {read}")
        tip = self.tr("A {true}, read as {read} at {percent:.0f} %")
        self.pictures.show_pictures(
            [
                SmallPicture(
                    images[number],
                    pattern.format(true=score.labels[number], read=score.answers[number]),
                    tip.format(
                        true=score.labels[number],
                        read=score.answers[number],
                        percent=100 * confidences[number],
                    ),
                )
                for number in misread
            ]
        )
        self.advice.setText("\n\n".join(self._advice(score)))

    def _beside(self, reference: Reference) -> str:
        if reference.accuracy is None:
            return self.tr("Read by {model}").format(model=reference.model)
        return self.tr(
            "Read by {model}, which reads {accuracy:.2f} % of the test images of {dataset}"
        ).format(model=reference.model, accuracy=100 * reference.accuracy, dataset=reference.dataset)

    def _verdict(self, score: HandScore, wanted: int, reference: Reference) -> str:
        sentences = []
        if score.total < wanted:
            sentences.append(
                self.tr("{total} of {wanted} drawings: the figure is rougher than a full session's.").format(
                    total=score.total, wanted=wanted
                )
            )
        if reference.accuracy is not None:
            sentences.append(
                self.tr("It reads you worse than its test images, by more than chance.")
                if score.chance(reference.accuracy) < UNLIKELY
                else self.tr(
                    "With so few drawings, this may be no different from how well it reads its test images."
                )
            )
        return " ".join(sentences)

    def _advice(self, score: HandScore) -> list[str]:
        """Return a sentence for each class of which there is something to say, and one for the others."""
        classes = score.by_class()
        said = [self._sentence(each) for each in classes if each.kind not in ("good", "few")]
        if any(each.kind == "teach" for each in classes):
            said.append(
                self.tr(
                    "A class that is read as the same other class again and again has a "
                    "shape the model does not know."
                )
            )
        few = [each.name for each in classes if each.kind == "few"]
        missing = [name for name in score.classes if name not in {each.name for each in classes}]
        if few or missing:
            said.append(
                self.tr("Too few drawings to say anything about {names}.").format(
                    names=", ".join(name for name in score.classes if name in {*few, *missing})
                )
            )
        good = [each for each in classes if each.kind == "good"]
        if good:
            least = min(each.interval[0] for each in good)
            text = self.tr(
                "No drawing of {names} was misread; with so few, that means {least:.0f} % or better."
            )
            said.append(text.format(names=", ".join(each.name for each in sorted(good, key=lambda each: score.classes.index(each.name))), least=100 * least))  # fmt: skip
        return said

    def _sentence(self, each: ClassScore) -> str:
        wrong = each.total - each.right
        read_as = ", ".join(f"{name}" + (f" ({count})" if count > 1 else "") for name, count in each.read_as)
        patterns = {
            "teach": self.tr("Teach {name}: {wrong} of {total} were misread, {most} as {other}."),
            "practice": self.tr(
                "Practice {name}: {wrong} of {total} were misread, each as something else ({read_as}). "
                "There is no one shape to teach; look at the pictures."
            ),
            "slip": self.tr(
                "{name}: one of {total} was read as {other}. A slip or a habit? {total} drawings cannot tell; "
                "draw more."
            ),
        }
        return patterns[each.kind].format(
            name=each.name,
            wrong=wrong,
            total=each.total,
            other=each.read_as[0][0],
            most=each.read_as[0][1],
            read_as=read_as,
        )
