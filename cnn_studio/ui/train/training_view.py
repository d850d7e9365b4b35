"""A training as it happens: curves, progress, log."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from cnn_studio.core.base.settings import Settings
from cnn_studio.core.protocol.events import (
    BatchEnded,
    EpochEnded,
    JobCanceled,
    JobFailed,
    LearningRateChanged,
    RunEnded,
    RunStarted,
    StageEntered,
    TrainingPaused,
    TrainingResumed,
)
from cnn_studio.core.recipes.recipe import Recipe
from cnn_studio.core.runs.run_folder import HISTORY_COLUMNS
from cnn_studio.core.training.batch_log import since
from cnn_studio.core.training.learning_curves import Row
from cnn_studio.ui.curves.curves_panel import CurvesPanel
from cnn_studio.ui.style.form_layout import card
from cnn_studio.ui.style.theme import CAPTION_PT, STEP_PX, Theme, font, role
from cnn_studio.ui.train.folding_pages import FoldingPages
from cnn_studio.ui.train.learning_rate_slider import LearningRateSlider
from cnn_studio.ui.train.progress_figures import ProgressFigures

MOST_LOG_LINES = 2000
ROOM_FOR_ALL_PX = 110 * STEP_PX
"""At least so high, it has room for two plots above one another and an open page."""
WIDE_PX = 96 * STEP_PX
"""At least so wide, it has room for two plots beside one another."""


class TrainingView(QWidget):
    """Shows the events of one job.

    Signals:
        inspect_requested: The folder of the finished run, whose errors a person wants to see.
    """

    inspect_requested = Signal(str)

    def __init__(self, theme: Theme, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._settings = theme, settings
        self.failure: JobFailed | None = None
        self.learning = self._room_given = False
        self._run = ""
        self._last_batch: BatchEnded | None = None
        self.curves = CurvesPanel(theme)
        self.curves.set_hints(
            self.tr("Click Train: accuracy and loss are drawn here while the network learns"),
            self.tr("The loss falls while the network learns"),
        )
        self.accuracy, self.loss = self.curves.accuracy, self.curves.loss
        self.figures = ProgressFigures()
        self.progress = self.figures.bar
        self.rate = LearningRateSlider()
        self.inspect_button = QPushButton(self.tr("See its errors"))
        self.inspect_button.setObjectName("inspectButton")
        self.inspect_button.clicked.connect(lambda: self.inspect_requested.emit(self._run))
        self.inspect_button.hide()
        self.log = QPlainTextEdit()
        self.log.setObjectName("trainLog")
        self.log.setAccessibleName(self.tr("Training log"))
        self.log.setReadOnly(True)
        self.log.setMaximumBlockCount(MOST_LOG_LINES)
        self.log.setFont(font(CAPTION_PT, tabular=True))
        self.log.setPlaceholderText(self.tr("What happens while training is written here"))
        role(self.log, "log")
        self.pages = FoldingPages(theme, settings)
        self.add_page(self.log, self.tr("Log"))
        self._lay_out()

    def add_page(self, page: QWidget, title: str) -> None:
        """Show something more of a training below its progress, beside the log."""
        self.pages.addTab(page, title)

    def give_room(self, wanted: bool) -> None:
        """Leave the curves' room to the page below while that is open, or take it back."""
        self._room_given = wanted
        self._show_curves()

    def _show_curves(self) -> None:
        self._curves_card.setVisible(not (self._room_given and self.pages.opened))

    def _lay_out(self) -> None:
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(2 * STEP_PX)
        frame, column = card()
        column.setContentsMargins(STEP_PX, STEP_PX, STEP_PX, 4)
        column.addWidget(self.curves)
        page.addWidget(frame, 6)
        self._curves_card = frame
        frame, column = card()
        self.figures.head.addWidget(self.inspect_button)
        column.addWidget(self.figures)
        column.addWidget(self.rate)
        column.addWidget(self.pages, 1)
        page.addWidget(frame)
        self.pages.folded.connect(lambda opened: page.setStretchFactor(frame, 2 if opened else 0))
        self.pages.folded.connect(self._arrange_plots)
        self.pages.folded.connect(self._show_curves)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange_plots()

    def _arrange_plots(self) -> None:
        """Put the plots beside one another where the pages below would have no room otherwise."""
        low, wide = self.height() < ROOM_FOR_ALL_PX, self.width() >= WIDE_PX
        self.curves.put_beside(self.pages.opened and low and wide)

    def begin(self, recipe: Recipe, waiting: bool) -> None:
        """Empty everything for a new job."""
        self.failure, self._run, self._last_batch = None, "", None
        self.inspect_button.hide()
        self.curves.start(recipe.training.epochs)
        self.figures.clear(recipe.training.epochs)
        self.log.clear()
        self.say(
            self.tr("Loading TensorFlow, about 7 s; training starts after that")
            if waiting
            else self.tr("Preparing the data and the network")
        )
        self.write(self.tr("Recipe {name}, seed {seed}").format(name=recipe.name, seed=recipe.training.seed))

    def show_past(self, history: Sequence[Row], epochs: int, folder: Path | None = None) -> None:
        """Draw the epochs a run had before it goes on, up to `epochs` in all; its batches lie in the folder."""
        self.figures.clear(epochs)
        self.curves.show_history(history, folder=folder, epochs=epochs)
        for row in history:
            self._show_figures(row)

    def say(self, text: str) -> None:
        """Show what is going on."""
        self.figures.status.setText(text)

    def write(self, text: str) -> None:
        """Add a line to the log."""
        self.log.appendPlainText(f"{datetime.datetime.now():%H:%M:%S}  {text}")

    def take(self, event: object) -> bool:
        """Show an event; return whether the job is over."""
        match event:
            case RunStarted():
                self.learning = True
                self.rate.begin()
                self._begin_epochs(event)
            case BatchEnded():
                self._show_batch(event)
            case EpochEnded():
                self._show_epoch(event)
            case LearningRateChanged():
                by_person = event.by == "person"
                self.curves.mark_learning_rate(
                    self._place(event.epoch) if by_person else event.epoch, event.learning_rate
                )
                self.write(self.tr("Learning rate changed to {rate:g}").format(rate=event.learning_rate))
            case TrainingPaused():
                self.figures.pause(event)
                self.write(self.tr("Paused"))
            case TrainingResumed():
                self.figures.resume(event)
                self.write(self.tr("Resumed"))
            case StageEntered():
                self.say(event.text)
            case RunEnded():
                self._finish(event)
                return True
            case JobCanceled():
                self._give_up(self.tr("Stopped"))
                return True
            case JobFailed():
                self.failure = event
                self._give_up(event.what)
                return True
        return False

    def _begin_epochs(self, event: RunStarted) -> None:
        self.figures.begin(event)
        self.curves.name_run(Path(event.run).name, event.epochs)
        text = self.tr("{train} training and {validation} validation images, {precision} on {device}")
        self.write(
            text.format(
                train=f"{event.train_images:,}",
                validation=f"{event.validation_images:,}",
                precision=event.precision,
                device=event.device.upper(),
            )
        )
        for warning in event.warnings:
            self.write(warning)

    def _show_batch(self, event: BatchEnded) -> None:
        self.figures.show_batch(event)
        self.rate.follow(event.learning_rate)
        loss, accuracy = since(self._last_batch, event)
        self._last_batch = event
        self.curves.show_progress(self._place(event.epoch), loss, accuracy)

    def _place(self, epoch: int) -> float:
        """Return how far the training has come, in epochs: the end of the last batch of this epoch."""
        last = self._last_batch
        return epoch - 1 + (last.step / last.steps if last is not None and last.epoch == epoch else 0.0)

    def _show_epoch(self, event: EpochEnded) -> None:
        row: Row = {column: getattr(event, column) for column in HISTORY_COLUMNS}
        self.curves.add_epoch(row)
        self._show_figures(row)
        text = self.tr("Epoch {epoch}: loss {loss:.4f}, accuracy {accuracy:.2f} %")
        line = text.format(epoch=event.epoch, loss=event.loss, accuracy=100 * event.accuracy)
        if event.val_loss is not None and event.val_accuracy is not None:
            more = self.tr("; validation loss {loss:.4f}, accuracy {accuracy:.2f} %")
            line += more.format(loss=event.val_loss, accuracy=100 * event.val_accuracy)
        self.write(f"{line}; {event.seconds:.1f} s")

    def _show_figures(self, row: Row) -> None:
        """Write an epoch's accuracies beside the progress."""
        if row["accuracy"] is not None:
            self.figures.show_epoch(int(row["epoch"] or 0), row["accuracy"], row["val_accuracy"])

    def _finish(self, event: RunEnded) -> None:
        self._run, self.learning = event.run, False
        self.rate.end()
        result = event.result
        self.figures.finish(event)
        self.write(
            self.tr("Test accuracy {accuracy:.2f} %, loss {loss:.4f}").format(
                accuracy=100 * result.test_accuracy, loss=result.test_loss
            )
        )
        self.write(self.tr("Saved in {folder}").format(folder=event.run))
        self.inspect_button.show()

    def _give_up(self, text: str) -> None:
        self.learning = False
        self.rate.end()
        self.figures.give_up(text)
        self.write(text)
