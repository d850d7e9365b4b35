"""A training as it happens: curves, progress, log."""

from __future__ import annotations

import datetime
import time
from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPlainTextEdit,
    QProgressBar,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from cnn_studio.core.events import (
    BatchEnded,
    EpochEnded,
    JobCancelled,
    JobFailed,
    LearningRateChanged,
    RunEnded,
    RunStarted,
    StageEntered,
    TrainingPaused,
    TrainingResumed,
)
from cnn_studio.core.recipe import Recipe
from cnn_studio.ui.forms import card, label
from cnn_studio.ui.theme import CAPTION_PT, STEP_PX, Theme, font, role
from cnn_studio.ui.widgets.curves import CurvePlot

MOST_LOG_LINES = 2000


class TrainingView(QWidget):
    """Shows the events of one job.

    Signals:
        inspect_requested: The folder of the finished run, whose errors a person wants to see.
        save_requested: The same, whose curves a person wants as a file.
    """

    inspect_requested = Signal(str)
    save_requested = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.failure: JobFailed | None = None
        self.learning = False
        self._run = ""
        self._epochs = 1
        self._steps = 1
        self._rows: dict[int, tuple[bool, float]] = {}
        self._best: int | None = None
        self._began, self._done_before, self._paused_at = 0.0, -1, 0.0
        self._last_batch: BatchEnded | None = None
        self.accuracy = CurvePlot(self.tr("Accuracy"), theme, percent=True)
        self.accuracy.setObjectName("accuracyPlot")
        self.accuracy.hint = self.tr("Click Train: accuracy and loss are drawn here while the network learns")
        self.loss = CurvePlot(self.tr("Loss (cross-entropy, nats)"), theme)
        self.loss.setObjectName("lossPlot")
        self.loss.hint = self.tr("The loss falls while the network learns")
        self._status = label(self.tr("Ready to train"))
        self._status.setObjectName("trainStatus")
        self._figures = label("", "field")
        self._figures.setObjectName("trainFigures")
        self._figures.setFont(font(tabular=True))
        self.progress = QProgressBar()
        self.progress.setObjectName("trainProgress")
        self.progress.setAccessibleName(self.tr("Training progress"))
        self.progress.setTextVisible(False)
        self.progress.setRange(0, 1000)
        self.inspect_button = QPushButton(self.tr("See its errors"))
        self.inspect_button.setObjectName("inspectButton")
        self.inspect_button.clicked.connect(lambda: self.inspect_requested.emit(self._run))
        self.inspect_button.hide()
        self.save_button = QPushButton(self.tr("Save curves …"))
        self.save_button.setObjectName("saveCurvesButton")
        self.save_button.setToolTip(self.tr("Save both curves as PNG, SVG or PDF"))
        self.save_button.clicked.connect(lambda: self.save_requested.emit(self._run))
        self.save_button.hide()
        self.log = QPlainTextEdit()
        self.log.setObjectName("trainLog")
        self.log.setAccessibleName(self.tr("Training log"))
        self.log.setReadOnly(True)
        self.log.setMaximumBlockCount(MOST_LOG_LINES)
        self.log.setFont(font(CAPTION_PT, tabular=True))
        self.log.setPlaceholderText(self.tr("What happens while training is written here"))
        role(self.log, "log")
        self.pages = QTabWidget()
        self.pages.setObjectName("trainingPages")
        self.pages.setDocumentMode(True)
        self.add_page(self.log, self.tr("Log"))
        self._lay_out()

    def add_page(self, page: QWidget, title: str) -> None:
        """Show something more of a training below its progress, beside the log."""
        self.pages.addTab(page, title)

    def _lay_out(self) -> None:
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(2 * STEP_PX)
        for plot in (self.accuracy, self.loss):
            frame, column = card()
            column.setContentsMargins(STEP_PX, STEP_PX, STEP_PX, 4)
            column.addWidget(plot)
            page.addWidget(frame, 3)
        frame, column = card()
        foot = QHBoxLayout()
        foot.addWidget(self._figures, 1)
        foot.addWidget(self.save_button)
        foot.addWidget(self.inspect_button)
        column.addWidget(self._status)
        column.addWidget(self.progress)
        column.addLayout(foot)
        column.addWidget(self.pages, 1)
        page.addWidget(frame, 2)

    def begin(self, recipe: Recipe, waiting: bool) -> None:
        """Empty everything for a new job."""
        self.failure, self._run, self._last_batch = None, "", None
        self._rows, self._best = {}, None
        self._epochs = recipe.training.epochs
        self.inspect_button.hide()
        self.save_button.hide()
        self.accuracy.start(self._epochs)
        self.loss.start(self._epochs)
        self.progress.setRange(0, 0)
        self._figures.setText("")
        self.log.clear()
        self.say(
            self.tr("Loading TensorFlow, about 7 s; the training then begins")
            if waiting
            else self.tr("Preparing the data and the network")
        )
        self.write(self.tr("Recipe {name}, seed {seed}").format(name=recipe.name, seed=recipe.training.seed))

    def show_past(self, history: Sequence[dict[str, float | None]], epochs: int) -> None:
        """Draw the epochs a run had before it goes on, up to `epochs` in all."""
        self._epochs = epochs
        self.accuracy.start(epochs)
        self.loss.start(epochs)
        for row in history:
            figures = {key: value for key, value in row.items() if value is not None}
            self._add_epoch(
                int(figures["epoch"]),
                (figures["loss"], row["val_loss"]),
                (figures["accuracy"], row["val_accuracy"]),
            )

    def say(self, text: str) -> None:
        """Show what is going on."""
        self._status.setText(text)

    def write(self, text: str) -> None:
        """Add a line to the log."""
        self.log.appendPlainText(f"{datetime.datetime.now():%H:%M:%S}  {text}")

    def take(self, event: object) -> bool:
        """Show an event; return whether the job is over."""
        match event:
            case RunStarted():
                self.learning = True
                self._begin_epochs(event)
            case BatchEnded():
                self._show_batch(event)
            case EpochEnded():
                self._show_epoch(event)
            case LearningRateChanged():
                self.write(self.tr("Learning rate changed to {rate:g}").format(rate=event.learning_rate))
            case TrainingPaused():
                self._paused_at = time.monotonic()
                self.say(self.tr("Paused in epoch {epoch}").format(epoch=event.epoch))
                self.write(self.tr("Paused"))
            case TrainingResumed():
                self._began += time.monotonic() - self._paused_at  # a pause says nothing of the pace
                self.write(self.tr("Going on"))
            case StageEntered():
                self.say(event.text)
            case RunEnded():
                self._finish(event)
                return True
            case JobCancelled():
                self._give_up(self.tr("Stopped"))
                return True
            case JobFailed():
                self.failure = event
                self._give_up(event.what)
                return True
        return False

    def _begin_epochs(self, event: RunStarted) -> None:
        self._epochs, self._steps = event.epochs, event.steps
        self._began, self._done_before = time.monotonic(), -1
        self.progress.setRange(0, event.epochs * event.steps)
        self.progress.setValue(0)
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
        done = (event.epoch - 1) * self._steps + event.step
        self.progress.setValue(done)
        place = event.epoch - 1 + event.step / event.steps
        loss, accuracy = self._since_last(event)
        self.accuracy.show_progress(place, accuracy)
        self.loss.show_progress(place, loss)
        if self._done_before < 0:
            self._done_before = done - event.step
        left = self._time_left(done)
        self.say(self.tr("Epoch {epoch} of {epochs}").format(epoch=event.epoch, epochs=self._epochs))
        text = self.tr("batch {step} of {steps} · {speed} images/s · {left} left")
        self._figures.setText(
            text.format(
                step=event.step, steps=event.steps, speed=f"{event.images_per_second:,.0f}", left=left
            )
        )
        together = self.tr("{count} batches are learned in one call of the compiled loop")
        self._figures.setToolTip(together.format(count=event.steps_per_execution))

    def _since_last(self, event: BatchEnded) -> tuple[float, float]:
        """Return mean loss and accuracy since the last batch event (events carry means of the epoch)."""
        before = self._last_batch
        self._last_batch = event
        if before is None or before.epoch != event.epoch or event.step <= before.step:
            return event.loss, event.accuracy
        steps = event.step - before.step
        return (
            max(0.0, (event.step * event.loss - before.step * before.loss) / steps),
            min(1.0, max(0.0, (event.step * event.accuracy - before.step * before.accuracy) / steps)),
        )

    def _time_left(self, done: int) -> str:
        """Return the time left as m:ss, from the pace since training began (or went on)."""
        pace = (time.monotonic() - self._began) / max(1, done - self._done_before)
        minutes, seconds = divmod(round(pace * (self._epochs * self._steps - done)), 60)
        return f"{minutes}:{seconds:02d}"

    def _show_epoch(self, event: EpochEnded) -> None:
        self._add_epoch(event.epoch, (event.loss, event.val_loss), (event.accuracy, event.val_accuracy))
        text = self.tr("Epoch {epoch}: loss {loss:.4f}, accuracy {accuracy:.2f} %")
        line = text.format(epoch=event.epoch, loss=event.loss, accuracy=100 * event.accuracy)
        if event.val_loss is not None and event.val_accuracy is not None:
            more = self.tr("; validation loss {loss:.4f}, accuracy {accuracy:.2f} %")
            line += more.format(loss=event.val_loss, accuracy=100 * event.val_accuracy)
        self.write(f"{line}; {event.seconds:.1f} s")

    def _add_epoch(
        self, epoch: int, loss: tuple[float, float | None], accuracy: tuple[float, float | None]
    ) -> None:
        """Draw an epoch's (training, validation) figures and mark the best one so far."""
        again = epoch in self._rows
        # A validated epoch is better than any that was not: their accuracies are of different images.
        self._rows[epoch] = (accuracy[1] is not None, accuracy[0] if accuracy[1] is None else accuracy[1])
        if again or self._best is None:
            self._best = max(self._rows, key=self._rows.__getitem__)
        elif self._rows[epoch] > self._rows[self._best]:
            self._best = epoch
        self.accuracy.add_epoch(epoch, *accuracy, self._best)
        self.loss.add_epoch(epoch, *loss, self._best)

    def _finish(self, event: RunEnded) -> None:
        self._run, self.learning = event.run, False
        result = event.result
        self.progress.setRange(0, 1)
        self.progress.setValue(1)
        state = self.tr("Stopped, and kept") if event.stopped else self.tr("Done")
        text = self.tr("{state}: {accuracy:.2f} % of the test images read correctly")
        self.say(text.format(state=state, accuracy=100 * result.test_accuracy))
        self._figures.setText(
            self.tr("{seconds:.1f} s · {speed} images/s").format(
                seconds=result.seconds, speed=f"{result.images_per_second:,.0f}"
            )
        )
        self.write(
            self.tr("Test accuracy {accuracy:.2f} %, loss {loss:.4f}").format(
                accuracy=100 * result.test_accuracy, loss=result.test_loss
            )
        )
        self.write(self.tr("Kept in {folder}").format(folder=event.run))
        self.inspect_button.show()
        self.save_button.show()

    def _give_up(self, text: str) -> None:
        self.learning = False
        self.progress.setRange(0, 1)
        self.progress.setValue(0)
        self._figures.setText("")
        self.say(text)
        self.write(text)
