"""My-hand score: fifty drawings on demand, and how well a model reads them."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.settings import Settings
from cnn_studio.core.base.undo_stack import UndoStack
from cnn_studio.core.drawing.drawing_import import SIDE
from cnn_studio.core.drawing.hand_score import (
    HandScore,
    Session,
    new_session,
    prompts,
    session_of,
    unfinished,
)
from cnn_studio.core.drawing.image_input import drawing_to_input
from cnn_studio.core.drawing.jsonl import Drawing
from cnn_studio.core.drawing.labeled_drawing import LabeledDrawing
from cnn_studio.core.drawing.stroke_model import Strokes, arrays_of
from cnn_studio.core.runs.fine_tuning_record import FINE_TUNING_FILE, digest_of, read_fine_tuning
from cnn_studio.inference.classifier import Classifier
from cnn_studio.ui.fine_tuning.centered_card import in_the_middle
from cnn_studio.ui.fine_tuning.score_page import ScorePage
from cnn_studio.ui.fine_tuning.score_result import Reference, ScoreResult
from cnn_studio.ui.services.background_task import BackgroundTask
from cnn_studio.ui.style.form_layout import card, label
from cnn_studio.ui.style.theme import STEP_PX, Theme, role
from cnn_studio.ui.widgets.banner import Banner

if TYPE_CHECKING:
    from cnn_studio.core.drawing.collection import Collection

SIZE = (960, 640)
SMALLEST = (840, 560)


class _Read(msgspec.Struct, frozen=True):
    """A session read by a model: the score, what it saw of each drawing, and how sure it was."""

    score: HandScore
    images: NDArray[np.uint8]
    confidences: NDArray[np.float64]


class ScoreView(QDialog):
    """A window of its own that leaves the others free.

    Signals:
        teach_requested: The ids of the drawings to teach.
    """

    fine_tuning_requested = Signal(object)

    def __init__(
        self,
        theme: Theme,
        collection: Collection,
        settings: Settings,
        classifier: Classifier,
        reference: Reference,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("scoreView")
        self.setWindowTitle(self.tr("My-hand score"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumSize(*SMALLEST)
        self.resize(*SIZE)
        self._collection, self._classifier, self._reference = collection, classifier, reference
        self._session: Session | None = None
        self._queue: list[str] = []
        self._finishing = False
        self._steps: UndoStack[tuple[str, str | None]] = UndoStack(redoable=False)
        """What was asked for, and the id of what was drawn for it; None where it was skipped."""
        self.banner = Banner(theme)
        self.page = ScorePage(theme, settings)
        self.result_page = ScoreResult(theme)
        self.start_button = QPushButton(self.tr("Start"))
        self.start_button.setObjectName("scoreStartButton")
        role(self.start_button, "primary")
        self.go_on_button = QPushButton()
        self.go_on_button.setObjectName("scoreGoOnButton")
        role(self.go_on_button, "primary")
        self.go_on_button.hide()
        self._stack = QStackedWidget()
        self._beginning = self._make_beginning()
        for each in (self._beginning, self.page, self.result_page):
            self._stack.addWidget(each)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * STEP_PX, 2 * STEP_PX, 3 * STEP_PX, 2 * STEP_PX)
        column.setSpacing(2 * STEP_PX)
        column.addWidget(self.banner)
        column.addWidget(self._stack, 1)
        self._reader = BackgroundTask(self._offer, self.banner.say_error, self)
        self._marker = BackgroundTask(self._show_result, self.banner.say_error, self)
        self.start_button.clicked.connect(self._start)
        self.go_on_button.clicked.connect(self._go_on)
        self.page.drawn.connect(self._keep)
        self.page.skipped.connect(self._skip)
        self.page.taken_back.connect(self._take_back)
        self.page.stopped.connect(self._finish)
        self.result_page.fine_tuning_requested.connect(self._teach)
        self.result_page.again_requested.connect(self._start)
        self.result_page.left.connect(self.close)
        self.start_button.setEnabled(False)
        self._reader.ask(lambda: collection.drawings)

    def _make_beginning(self) -> QWidget:
        frame, column = card()
        column.setSpacing(2 * STEP_PX)
        column.addWidget(label(self.tr("How well does it read your hand?"), "title"))
        count = len(prompts(self._classifier.card.classes, 0))
        sentences = self.tr(
            "You are asked for {count} drawings, all classes in a shuffled order. Write as "
            "you always do, on any part of the canvas.\n\nNo answer is shown meanwhile, so "
            "that you are not led to what the model likes. Each drawing is saved to “My "
            "drawings” at once: stop whenever you like and continue another day.\n\nThen "
            "you see the share that was read correctly, with its uncertainty, what was "
            "misread as what, and which of your shapes to teach."
        ).format(count=count)
        words = QLabel(sentences)
        words.setWordWrap(True)
        column.addWidget(words)
        column.addWidget(label(self.tr("Model: {name}").format(name=self._reference.model), "field"))
        buttons = QHBoxLayout()
        buttons.setSpacing(STEP_PX)
        buttons.addWidget(self.go_on_button)
        buttons.addWidget(self.start_button)
        buttons.addStretch(1)
        column.addLayout(buttons)
        frame.setMaximumWidth(70 * STEP_PX)
        return in_the_middle(frame)

    @property
    def session(self) -> Session | None:
        """The session under way or shown."""
        return self._session

    def _offer(self, drawings: Sequence[LabeledDrawing]) -> None:
        """Offer to go on with an unfinished session, if there is one."""
        self.start_button.setEnabled(True)
        self._session = unfinished(drawings, self._classifier.card.classes)
        if self._session is None:
            self.start_button.setFocus()
            return
        self.go_on_button.setText(
            self.tr("Continue: {done} of {total} drawn").format(
                done=len(self._session.drawn), total=len(self._session.prompts)
            )
        )
        self.go_on_button.show()
        self.start_button.setText(self.tr("Start over"))
        role(self.start_button, "")
        self.start_button.style().unpolish(self.start_button)
        self.start_button.style().polish(self.start_button)
        self.go_on_button.setFocus()

    def _start(self) -> None:
        self._begin(session_of(new_session(secrets.randbelow(2**31)), self._classifier.card.classes, ()))

    def _go_on(self) -> None:
        if self._session is not None:
            self._begin(self._session)

    def _begin(self, session: Session) -> None:
        self._session, self._finishing = session, False
        self._queue = list(session.left)
        self._steps.clear()
        for drawing in session.drawn:
            self._steps.push((drawing.label, drawing.id))
        self._stack.setCurrentWidget(self.page)
        self._ask()

    def _ask(self) -> None:
        """Ask for the next drawing, or end."""
        if not self._queue:
            self._finish()
            return
        done = len(self._steps.made)
        self.page.ask(self._queue[0], done + 1, done + len(self._queue), self._steps.can_undo)

    def _keep(self, strokes: Strokes) -> None:
        """Put a drawing on disk, with what the model answers, and go on."""
        if self._session is None or not self._queue:
            return
        card, prompt = self._classifier.card, self._queue[0]
        pixels = drawing_to_input(arrays_of(strokes), card.classes, card.input_shape)
        answer = None if pixels is None else self._classifier.answers(pixels[None])[0]
        try:
            kept = self._collection.add(
                [
                    [(round(SIDE * x, 3), round(SIDE * y, 3), *pressure) for x, y, *pressure in stroke]
                    for stroke in strokes
                ],
                prompt,
                side=SIDE,
                classes=card.classes,
                answered=None if answer is None else card.classes[answer.index],
                confidence=None if answer is None else answer.confidence,
                origin="score",
                session=self._session.name,
            )
        except StudioError as error:  # the drawing stays on the canvas
            self.banner.say_error(error)
            return
        self.banner.hide()
        self._steps.push((self._queue.pop(0), kept.id))
        self._ask()

    def _skip(self) -> None:
        if not self._queue:  # the last one was answered, and is being read
            return
        self._steps.push((self._queue.pop(0), None))
        self._ask()

    def _take_back(self) -> None:
        """Ask for the last one again; its drawing, if there was one, is taken out."""
        last = self._steps.last
        if self._finishing or last is None:
            return
        prompt, kept = last
        if kept is not None:
            try:
                self._collection.remove([kept])
            except StudioError as error:
                self.banner.say_error(error)
                return
        self._steps.undo()
        self._queue.insert(0, prompt)
        self._ask()

    def _finish(self) -> None:
        """Read all that was drawn, off the GUI thread."""
        session, classifier, collection = self._session, self._classifier, self._collection
        if session is None or not any(kept for _, kept in self._steps.made):
            self.close()
            return
        self._finishing = True

        def work() -> tuple[Session, _Read]:
            whole = session_of(session.name, classifier.card.classes, collection.drawings)
            return whole, read_session(whole, classifier, taught_to(classifier.path))

        self._marker.ask(work)

    def _show_result(self, found: tuple[Session, _Read]) -> None:
        self._session, read = found
        self.result_page.show_score(
            read.score, read.images, read.confidences, len(self._session.prompts), self._reference
        )
        self._stack.setCurrentWidget(self.result_page)
        self.result_page.teach.setFocus()

    def _teach(self) -> None:
        if self._session is not None:
            self.fine_tuning_requested.emit(tuple(drawing.id for drawing in self._session.drawn))
            self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._reader.forget()
        self._marker.forget()
        super().closeEvent(event)


def taught_to(model: Path) -> frozenset[str]:
    """Return the digests of the drawings a model was taught; of those it says nothing about a hand."""
    folder = model.parent
    return frozenset(read_fine_tuning(folder).taught_before if (folder / FINE_TUNING_FILE).is_file() else ())


def read_session(session: Session, classifier: Classifier, taught: AbstractSet[str] = frozenset()) -> _Read:
    """Let a model read the drawings of a session.

    Those that are blank, of another class or among the `taught` (digests) are left out.
    """
    card = classifier.card
    seen = [
        (drawing.label, pixels)
        for drawing in session.drawn
        if drawing.label in card.classes
        and digest_of(Drawing(drawing.strokes)) not in taught
        and (pixels := drawing_to_input(drawing.arrays(), card.classes, card.input_shape)) is not None
    ]
    if not seen:
        raise StudioError(
            "There is nothing to read.",
            "Every drawing is blank, or this model was trained on it.",
            "Draw some.",
        )
    images = np.stack([pixels for _, pixels in seen])
    answers = classifier.answers(images)
    return _Read(
        HandScore(
            card.classes,
            tuple(name for name, _ in seen),
            tuple(card.classes[answer.index] for answer in answers),
        ),
        images,
        np.array([answer.confidence for answer in answers]),
    )
