"""Reporting a training while it runs: JSON lines for scripts, a bar for people."""

from __future__ import annotations

from types import TracebackType
from typing import Protocol

from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from cnn_studio.cli.interruption import Interruption
from cnn_studio.cli.output import Output, mapping, percent
from cnn_studio.core.protocol.events import (
    AnyEvent,
    BatchEnded,
    EpochEnded,
    LearningRateChanged,
    RunStarted,
    StageEntered,
)
from cnn_studio.core.runs.run_folder import Run


class TrainingProgress(Protocol):
    """Takes the events of a training, then its run."""

    def __enter__(self) -> TrainingProgress: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def report(self, event: AnyEvent) -> None:
        """Take an event."""

    def conclude(self, run: Run) -> None:
        """Report the result."""


class JsonProgress:
    """One line per epoch, then the result; warnings of the recipe come first."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def __enter__(self) -> JsonProgress:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def report(self, event: AnyEvent) -> None:
        """Take an event."""
        if isinstance(event, RunStarted):
            for text in event.warnings:
                self._output.line({"event": "warning", "text": text})
        elif isinstance(event, EpochEnded):
            self._output.line(mapping(event))

    def conclude(self, run: Run) -> None:
        """Report the result."""
        result = {} if run.record.result is None else mapping(run.record.result)
        stopped = run.record.status == "stopped"
        self._output.line(
            {
                "event": "result",
                "run": str(run.folder),
                **result,
                "stopped": stopped,
                "recipe": run.record.recipe.name,
            }
        )


class TerminalProgress:
    """A bar over all batches with ETA and speed, a line per epoch, and a summary.

    Args:
        output: Where to draw; without a terminal only the lines and the summary are written.
        interruption: Reported to the person as soon as it is noticed.
    """

    def __init__(self, output: Output, interruption: Interruption) -> None:
        self._output = output
        self._interruption = interruption
        self._notified = False
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("ETA"),
            TimeRemainingColumn(compact=True, elapsed_when_finished=True),
            TextColumn("{task.fields[figures]}"),
            console=output.console,
            transient=True,
            disable=not output.console.is_terminal,
        )
        self._task = self._bar.add_task("Preparing", total=None, figures="")

    def __enter__(self) -> TerminalProgress:
        self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.stop()

    def report(self, event: AnyEvent) -> None:
        """Take an event."""
        if self._interruption.wanted and not self._notified:
            self._notified = True
            self._output.show("Stopping; what was learned is kept. Press Ctrl+C again to quit immediately.")
        if isinstance(event, RunStarted):
            self._bar.update(self._task, total=event.epochs * event.steps)
            for text in event.warnings:
                self._output.show(Text(f"Warning: {text}", style="yellow"))
            self._output.show(
                f"Training on {event.train_images:,} images, validating on {event.validation_images:,}; "
                f"{event.device}, {event.precision}."
            )
        elif isinstance(event, BatchEnded):
            self._bar.update(
                self._task,
                description=f"Epoch {event.epoch}",
                completed=(event.epoch - 1) * event.steps + event.step,
                figures=f"{event.images_per_second:,.0f} images/s, {event.steps_per_execution} batches per call, "
                f"loss {event.loss:.4f}",
            )
        elif isinstance(event, StageEntered):
            self._bar.update(self._task, description=event.text)
        elif isinstance(event, EpochEnded):
            self._output.show(_epoch_line(event))
        elif isinstance(event, LearningRateChanged):
            self._output.show(f"Learning rate reduced to {event.learning_rate:.3g}")

    def conclude(self, run: Run) -> None:
        """Report the result."""
        result = run.record.result
        if result is None:
            return
        table = Table.grid(padding=(0, 2))
        for name, value in (
            ("Status", run.record.status),
            ("Epochs", f"{result.epochs} in {result.seconds:.1f} s"),
            ("Test accuracy", percent(result.test_accuracy)),
            ("Test loss", f"{result.test_loss:.4f}"),
            ("Best validation accuracy", percent(result.best_val_accuracy)),
            ("Speed", f"{result.images_per_second:,.0f} images/s on {result.device}"),
        ):
            table.add_row(name, value)
        self._output.show(table, f"The run is in {run.folder}")


def _epoch_line(event: EpochEnded) -> str:
    validation = (
        ""
        if event.val_loss is None or event.val_accuracy is None
        else f"; validation loss {event.val_loss:.4f}, accuracy {percent(event.val_accuracy)}"
    )
    return (
        f"Epoch {event.epoch}/{event.epochs}: loss {event.loss:.4f}, accuracy {percent(event.accuracy)}"
        f"{validation}; {event.seconds:.1f} s, {event.images_per_second:,.0f} images/s"
    )
