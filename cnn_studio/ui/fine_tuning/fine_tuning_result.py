"""Before and after: the drawings held back, the data set's test images, what was fixed and what was broken."""

from __future__ import annotations

import shutil
import time
from contextlib import suppress
from pathlib import Path

import msgspec
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.settings import home
from cnn_studio.core.datasets.registry import dataset_info
from cnn_studio.core.drawing.image_input import drawing_to_input
from cnn_studio.core.drawing.jsonl import read_drawings
from cnn_studio.core.runs.fine_tuning_record import (
    DRAWINGS_FILE,
    Change,
    FineTuningRecord,
    Score,
    read_fine_tuning,
)
from cnn_studio.core.runs.run_folder import ONNX_FILE
from cnn_studio.inference.classifier import Classifier
from cnn_studio.ui.fine_tuning.class_table import MOST_CLASSES, ClassTable
from cnn_studio.ui.fine_tuning.small_pictures import SmallPicture, SmallPictures
from cnn_studio.ui.services.background_task import BackgroundTask
from cnn_studio.ui.style.form_layout import card, label
from cnn_studio.ui.style.theme import STEP_PX, TITLE_PT, Theme, font, role


class FineTuningOutcome(msgspec.Struct, frozen=True):
    """What a taught run says of itself.

    Attributes:
        folder: The run's.
        record: Its figures.
        dataset: The title of the data set.
        images: What the network saw of each drawing, (N, height, width, channels) uint8.
    """

    folder: Path
    record: FineTuningRecord
    dataset: str
    images: NDArray[np.uint8]


def read_outcome(folder: Path) -> FineTuningOutcome:
    """Read what a taught run left (0.1 s; not on the GUI thread).

    Raises:
        StudioError: If it is missing or damaged.
    """
    record = read_fine_tuning(folder)
    card = Classifier(folder / ONNX_FILE).card
    seen = [
        drawing_to_input(drawing.arrays(), card.classes, card.input_shape)
        for drawing in read_drawings(folder / DRAWINGS_FILE)
    ]
    blank = np.zeros(card.input_shape, np.uint8)
    try:
        title = dataset_info(record.dataset).title
    except StudioError:  # a person's own, known to the engine by name
        title = record.dataset
    return FineTuningOutcome(
        folder, record, title, np.stack([blank if each is None else each for each in seen])
    )


LEFT_SECONDS = 7 * 24 * 3600


class FineTuningResult(QWidget):
    """The result page.

    Signals:
        use_requested: The folder of the run that is to answer.
        discarded: The folder of the run, which is no longer there.
        brought_back: It is there again.
        left: The page is done with.
    """

    use_requested = Signal(object)
    discarded = Signal(object)
    brought_back = Signal()
    left = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._outcome: FineTuningOutcome | None = None
        self._aside: Path | None = None
        self.held = ChangeCard(self.tr("Your drawings that were held back"), "teachHeld")
        self.test = ChangeCard("", "teachTest")
        self.classes = ClassTable("teachClasses")
        self.fixed = SmallPictures("teachFixed", self.tr("Drawings that are read correctly now"))
        self.broken = SmallPictures("teachBroken", self.tr("Drawings that are misread now"))
        self.fixed_title, self.broken_title = label("", "title"), label("", "title")
        self.notes = label("", "caption")
        self.notes.setObjectName("teachNotes")
        self.use = QPushButton(self.tr("Use the fine-tuned model"))
        self.use.setObjectName("teachUseButton")
        self.use.setToolTip(self.tr("Let it answer in the Draw tab"))
        role(self.use, "primary")
        self.discard = QPushButton(self.tr("Discard"))
        self.discard.setObjectName("teachDiscardButton")
        self.discard.setToolTip(
            self.tr("Discard the fine-tuned model; you can bring it back until you close this")
        )
        self.close_button = QPushButton(self.tr("Close"))
        self.close_button.setObjectName("teachCloseButton")
        self.close_button.setToolTip(self.tr("The fine-tuned model stays among the runs"))
        self._mover = BackgroundTask(self._moved, self._not_moved, self)
        self._lay_out()
        self.use.clicked.connect(lambda: self._outcome and self.use_requested.emit(self._outcome.folder))
        self.discard.clicked.connect(self._move)
        self.close_button.clicked.connect(self.left)

    def _lay_out(self) -> None:
        changes = QHBoxLayout()
        changes.setSpacing(2 * STEP_PX)
        changes.addWidget(self.held.frame, 1)
        changes.addWidget(self.test.frame, 1)
        frame, column = card()
        column.addWidget(self.classes)
        pictures = QHBoxLayout()
        pictures.setSpacing(2 * STEP_PX)
        for title, gallery in ((self.fixed_title, self.fixed), (self.broken_title, self.broken)):
            side = QVBoxLayout()
            side.addWidget(title)
            side.addWidget(gallery, 1)
            pictures.addLayout(side, 1)
        column.addLayout(pictures, 1)
        column.addWidget(self.notes)
        buttons = QHBoxLayout()
        buttons.setSpacing(STEP_PX)
        buttons.addWidget(self.discard)
        buttons.addStretch(1)
        buttons.addWidget(self.close_button)
        buttons.addWidget(self.use)
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(2 * STEP_PX)
        page.addLayout(changes)
        page.addWidget(frame, 1)
        page.addLayout(buttons)

    def show_outcome(self, outcome: FineTuningOutcome) -> None:
        """Show what fine-tuning did."""
        self._outcome, record = outcome, outcome.record
        self.held.show_change(record.held, digits=0)
        self.test.title.setText(self.tr("Test images of {dataset}").format(dataset=outcome.dataset))
        self.test.show_change(record.test, digits=2)
        self._show_classes(record)
        for kind, title, gallery, text in (
            ("fixed", self.fixed_title, self.fixed, self.tr("Read correctly now: {count}")),
            ("broken", self.broken_title, self.broken, self.tr("Misread now: {count}")),
        ):
            numbers = record.numbers(kind)  # type: ignore[arg-type]
            title.setText(text.format(count=len(numbers)))
            gallery.show_pictures([self._picture(outcome, number) for number in numbers])
            gallery.setEnabled(bool(numbers))
        taken = self.tr("Fine-tuned on {taught} of your drawings in {seconds:.0f} s, seed {seed}.").format(
            taught=record.taught, seconds=record.seconds, seed=record.seed
        )
        share = self.tr(
            "{percent:.0f} % of what was learned was saved, the share that reads validation images best."
        ).format(percent=100 * record.taken)
        once = self.tr("Each network read the test images once; nothing was chosen based on them.")
        self.notes.setText(" ".join([taken, share, once, *record.notes]))
        self.use.setFocus()

    def _picture(self, outcome: FineTuningOutcome, number: int) -> SmallPicture:
        drawing = outcome.record.drawings[number]
        caption = self.tr("{before} → {after}").format(before=drawing.before, after=drawing.after)
        tip = self.tr("A {true}, read as {before} before and as {after} after")
        return SmallPicture(
            outcome.images[number],
            caption,
            tip.format(true=drawing.label, before=drawing.before, after=drawing.after),
        )

    def _show_classes(self, record: FineTuningRecord) -> None:
        """Show the held-back figures of each class; of many classes, of those that changed."""
        rows = [(name, each) for name, each in record.held_by_class().items() if each.before.total]
        if len(rows) > MOST_CLASSES:
            rows = [(name, each) for name, each in rows if each.fixed or each.broken]
        figures = [
            (
                title,
                [f"{score.right}/{score.total}" for score in scores],
                [changed and each.fixed != each.broken for _, each in rows],
            )
            for title, scores, changed in (
                (self.tr("before"), [each.before for _, each in rows], False),
                (self.tr("after"), [each.after for _, each in rows], True),
            )
        ]
        self.classes.show_rows(self.tr("Held back"), [name for name, _ in rows], figures)

    def _move(self) -> None:
        """Put the run aside, or back: until the window closes it can be had again."""
        if self._outcome is None:
            return
        here, aside = self._outcome.folder, home() / "discarded" / self._outcome.folder.name
        start, end = (here, aside) if self._aside is None else (aside, here)
        self.discard.setEnabled(False)

        def work() -> bool:
            try:
                end.parent.mkdir(parents=True, exist_ok=True)
                start.rename(end)
            except OSError as error:
                raise StudioError("The fine-tuned model was not moved.", f"{error}.", "Try again.") from error
            return end == aside

        self._mover.ask(work)

    def _moved(self, aside: bool) -> None:
        assert self._outcome is not None
        self._aside = home() / "discarded" / self._outcome.folder.name if aside else None
        self.discard.setEnabled(True)
        self.discard.setText(self.tr("Bring it back") if aside else self.tr("Discard"))
        self.use.setEnabled(not aside)
        if aside:
            self.discarded.emit(self._outcome.folder)
        else:
            self.brought_back.emit()

    def _not_moved(self, error: StudioError) -> None:
        self.discard.setEnabled(True)
        self.notes.setText(str(error))

    def forget_discarded(self) -> None:
        """Delete what was discarded, now that nobody can ask for it, and what a killed program left there."""
        if self._aside is not None:
            folder, self._aside = self._aside, None
            self._mover.forget()
            BackgroundTask(lambda _: None, lambda _: None, self).ask(lambda: _delete(folder))


def _delete(folder: Path) -> None:
    """Delete a discarded run, and others that were left beside it for longer than any window stays open."""
    shutil.rmtree(folder, ignore_errors=True)
    for other in folder.parent.glob("*"):
        with suppress(OSError):
            if time.time() - other.stat().st_ctime > LEFT_SECONDS:
                shutil.rmtree(other, ignore_errors=True)
    with suppress(OSError):  # not empty: another window's
        folder.parent.rmdir()


class ChangeCard:
    """Two figures side by side with their intervals, and a sentence about the difference."""

    def __init__(self, title: str, name: str) -> None:
        self.frame, column = card()
        self.frame.setObjectName(name)
        self.title = label(title, "title")
        column.addWidget(self.title)
        grid = QGridLayout()
        grid.setHorizontalSpacing(3 * STEP_PX)
        grid.setVerticalSpacing(4)
        self._figures: list[tuple[QLabel, QLabel, QLabel]] = []
        tr = self.frame.tr
        for position, when in enumerate((tr("before"), tr("after"))):
            figure = label("")
            figure.setFont(font(2 * TITLE_PT, bold=True, tabular=True))
            count, interval = label("", "field"), label("", "caption")
            interval.setWordWrap(False)
            for row, widget in enumerate((label(when, "field"), figure, count, interval)):
                grid.addWidget(widget, row, position, Qt.AlignmentFlag.AlignLeft)
            self._figures.append((figure, count, interval))
        grid.setColumnStretch(2, 1)
        column.addLayout(grid)
        self.sentence = label("")
        self.sentence.setWordWrap(True)
        column.addWidget(self.sentence)
        column.addStretch(1)

    def show_change(self, change: Change, digits: int) -> None:
        """Show a change, percentages with so many digits."""
        for widgets, score in zip(self._figures, (change.before, change.after), strict=True):
            self._show_score(widgets, score, digits)
        tr = self.frame.tr
        sentences = {
            "same": tr("Nothing is read differently."),
            "noise": tr("{fixed} read correctly now, {broken} misread now: within chance, too few to tell."),
            "better": tr("{fixed} read correctly now, {broken} misread now: better, by more than chance."),
            "worse": tr("{fixed} read correctly now, {broken} misread now: worse, by more than chance."),
        }
        self.sentence.setText(sentences[change.verdict].format(fixed=change.fixed, broken=change.broken))
        self.frame.setAccessibleName(f"{self.title.text()}. {self.sentence.text()}")

    def _show_score(self, widgets: tuple[QLabel, QLabel, QLabel], score: Score, digits: int) -> None:
        figure, count, interval = widgets
        tr = self.frame.tr
        low, high = score.interval
        figure.setText(f"{100 * score.share:.{digits}f} %")
        count.setText(tr("{right:,} of {total:,}").format(right=score.right, total=score.total))
        interval.setText(
            tr("95 %: {low} – {high} %").format(
                low=f"{100 * low:.{digits}f}", high=f"{100 * high:.{digits}f}"
            )
        )
