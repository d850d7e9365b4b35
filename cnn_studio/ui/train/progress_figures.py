"""How far a training is, how fast it goes and what it takes of the machine."""

from __future__ import annotations

import time

from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QProgressBar, QVBoxLayout, QWidget

from cnn_studio.core.protocol.events import (
    BatchEnded,
    HeartBeaten,
    RunEnded,
    RunStarted,
    TrainingPaused,
    TrainingResumed,
)
from cnn_studio.ui.style.form_layout import label
from cnn_studio.ui.style.theme import STEP_PX, font
from cnn_studio.ui.train.machine_usage import MachineUsage, duration_text, memory_text

NONE = "–"
COLUMNS = 4
HEAD_PX = 36


class ProgressFigures(QWidget):
    """A bar, what is going on, and the figures of a training below it.

    Attributes:
        status: What is going on, in words.
        head: The line of the status; whoever has a button for it puts it there.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pulse = MachineUsage()
        self._epochs = self._steps = 1
        self._began, self._paused_at, self._done_before = 0.0, 0.0, -1
        self._running = self._paused = False
        self._rows: dict[int, tuple[bool, float]] = {}
        self.status = label(self.tr("Ready to train"))
        self.status.setObjectName("trainStatus")
        self.status.setMinimumHeight(HEAD_PX)  # a button that comes beside it moves nothing
        self.bar = QProgressBar()
        self.bar.setObjectName("trainProgress")
        self.bar.setAccessibleName(self.tr("Training progress"))
        self.bar.setTextVisible(False)
        self.bar.setRange(0, 1000)
        self._values: dict[str, QLabel] = {}
        self.head = QHBoxLayout()
        self.head.setSpacing(STEP_PX)
        self.head.addWidget(self.status, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(STEP_PX)
        column.addLayout(self.head)
        column.addWidget(self.bar)
        column.addLayout(self._grid())

    def _grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(2 * STEP_PX)
        grid.setVerticalSpacing(4)
        tiles = (
            ("batch", self.tr("Batch"), self.tr("The current batch of the epoch")),
            ("elapsed", self.tr("Elapsed"), self.tr("Time since the first batch, without pauses")),
            ("left", self.tr("Left"), self.tr("Time left at the pace so far, validation included")),
            ("speed", self.tr("Images/s"), self.tr("Training images per second")),
            ("best", self.tr("Best"), self.tr("Best accuracy of an epoch so far, on the validation images")),
            ("cpu", self.tr("CPU"), self.tr("The engine's share of all cores of this machine")),
            ("memory", self.tr("Memory"), self.tr("How much of this machine's memory the engine uses")),
            ("device", self.tr("On"), self.tr("Where the network is computed, and in what precision")),
        )
        for number, (name, title, tip) in enumerate(tiles):
            caption, value = label(title, "field"), label(NONE)
            value.setObjectName(f"{name}Figure")
            value.setFont(font(tabular=True))
            for part in (caption, value):
                part.setToolTip(tip)
            pair = QHBoxLayout()
            pair.setSpacing(STEP_PX)
            pair.addWidget(caption)
            pair.addWidget(value, 1)
            grid.addLayout(pair, number // COLUMNS, number % COLUMNS)
            grid.setColumnStretch(number % COLUMNS, 1)
            self._values[name] = value
            self._show(name, NONE)
        return grid

    def _show(self, name: str, text: str, tip: str = "") -> None:
        value = self._values[name]
        value.setText(text)
        value.setAccessibleName(f"{value.objectName().removesuffix('Figure').capitalize()} {text}")
        if tip:
            value.setToolTip(tip)

    def clear(self, epochs: int) -> None:
        """Begin a new job of so many epochs; until it learns, the bar only moves."""
        self._epochs, self._rows = epochs, {}
        self._running = self._paused = False
        self.bar.setRange(0, 0)
        for name in ("batch", "elapsed", "left", "speed", "best", "device"):
            self._show(name, NONE)

    def begin(self, event: RunStarted) -> None:
        """Learning begins."""
        self._epochs, self._steps = event.epochs, event.steps
        self._began, self._done_before = time.monotonic(), -1
        self._running, self._paused = True, False
        self.bar.setRange(0, event.epochs * event.steps)
        self.bar.setValue(0)
        self._show("device", f"{event.device.upper()} · {event.precision.removeprefix('mixed_')}")

    def show_batch(self, event: BatchEnded) -> None:
        """Show how far it is."""
        done = (event.epoch - 1) * self._steps + event.step
        self.bar.setValue(done)
        if self._done_before < 0:
            self._done_before = done - event.step
        self.status.setText(
            self.tr("Epoch {epoch} of {epochs}").format(epoch=event.epoch, epochs=self._epochs)
        )
        together = self.tr("{count} batches are trained in one call of the compiled loop")
        position = self.tr("{step} of {steps}").format(step=f"{event.step:,}", steps=f"{event.steps:,}")
        self._show("batch", position, together.format(count=event.steps_per_execution))
        self._show("speed", f"{event.images_per_second:,.0f}")
        elapsed = time.monotonic() - self._began
        pace = elapsed / max(1, done - self._done_before)
        self._show("elapsed", duration_text(elapsed))
        self._show("left", duration_text(pace * (self._epochs * self._steps - done)))

    def show_epoch(self, epoch: int, accuracy: float, val_accuracy: float | None) -> None:
        """Keep the best epoch; a validated one is better than any that was not.

        Their accuracies are of different images. An epoch learned again takes its old row.
        """
        validated = val_accuracy is not None
        self._rows[epoch] = (validated, accuracy if val_accuracy is None else val_accuracy)
        best = max(self._rows, key=self._rows.__getitem__)
        text = self.tr("{percent:.2f} % (ep {epoch})")
        self._show("best", text.format(percent=100 * self._rows[best][1], epoch=best))

    def beat(self, event: HeartBeaten) -> None:
        """Show what the engine takes; once a second."""
        share = self._pulse.share(event)
        if share is not None:
            tip = self.tr("The engine's share of all {count} cores of this machine")
            self._show("cpu", f"{100 * share:.0f} %", tip.format(count=self._pulse.cores))
        text = memory_text(event.resident_bytes) if event.resident_bytes else NONE
        if event.accelerator_bytes:
            text += self.tr(" · GPU {memory}").format(memory=memory_text(event.accelerator_bytes))
        self._show("memory", text)
        if self._running and not self._paused:
            self._show("elapsed", duration_text(time.monotonic() - self._began))

    def pause(self, event: TrainingPaused) -> None:
        """Stand still."""
        self._paused, self._paused_at = True, time.monotonic()
        self.status.setText(self.tr("Paused in epoch {epoch}").format(epoch=event.epoch))

    def resume(self, _: TrainingResumed) -> None:
        """Go on; a pause says nothing of the pace."""
        self._paused = False
        self._began += time.monotonic() - self._paused_at

    def finish(self, event: RunEnded) -> None:
        """Show what came of it."""
        self._running = False
        self.bar.setRange(0, 1)
        self.bar.setValue(1)
        result = event.result
        self._show("left", NONE)
        self._show("elapsed", duration_text(result.seconds))
        self._show("speed", f"{result.images_per_second:,.0f}")
        state = self.tr("Stopped, and kept") if event.stopped else self.tr("Done")
        text = self.tr("{state}: {accuracy:.2f} % of the test images read correctly")
        self.status.setText(text.format(state=state, accuracy=100 * result.test_accuracy))

    def give_up(self, text: str) -> None:
        """It ended with nothing to show."""
        self._running = False
        self.bar.setRange(0, 1)
        self.bar.setValue(0)
        self._show("left", NONE)
        self.status.setText(text)
