"""Accuracy and loss of a training over its epochs, with further runs drawn over it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from cnn_studio.core.base.settings import Settings
from cnn_studio.core.training.batch_log import positions_of, read_batches
from cnn_studio.core.training.learning_curves import Row, rate_steps
from cnn_studio.ui.curves.curve_plot import CurvePlot
from cnn_studio.ui.curves.curves_data import CurvesData, RunCurves
from cnn_studio.ui.curves.curves_export import CurvesSaver
from cnn_studio.ui.curves.curves_legend import CurvesLegend
from cnn_studio.ui.curves.curves_toolbar import CurvesToolbar
from cnn_studio.ui.curves.curves_view import CurvesView
from cnn_studio.ui.curves.epoch_table import TableDialog
from cnn_studio.ui.services.background_task import BackgroundTask
from cnn_studio.ui.style.theme import STEP_PX, Theme
from cnn_studio.ui.widgets.banner import Banner

LOSS, ACCURACY, RATE = 3, 4, 5
"""Columns of `core.training.batch_log.BATCH_COLUMNS`."""


class CurvesPanel(QWidget):
    """Both plots with one toolbar; they share the epochs in view and the epoch under the cursor.

    Without a run of its own (neither `start` nor `show_history`) it shows the overlays alone, so it serves
    for comparing finished runs as well. It brings no card: put it into one.

    Args:
        theme: The appearance.
        parent: The Qt parent.
        beside: Puts the plots beside one another, where there is more width than height.
    """

    def __init__(self, theme: Theme, parent: QWidget | None = None, *, beside: bool = False) -> None:
        super().__init__(parent)
        self.setObjectName("curvesPanel")
        self.data, self.view = CurvesData(self), CurvesView(self)
        shared = self.data, self.view, theme
        self.accuracy = CurvePlot("accuracy", self.tr("Accuracy"), *shared, numbered=beside)
        self.accuracy.setObjectName("accuracyPlot")
        self.loss = CurvePlot("loss", self.tr("Loss, nats"), *shared)
        self.loss.setObjectName("lossPlot")
        self.toolbar = CurvesToolbar(self.view, theme)
        self.legend = CurvesLegend(self.data, theme)
        self._table: TableDialog | None = None
        self._saver: CurvesSaver | None = None
        self._reader = BackgroundTask(self._take_batches, lambda error: None, self)
        self.toolbar.table_wanted.connect(self.show_table)
        self.data.changed.connect(self._show_state)
        self._lay_out(beside)
        self._show_state()

    def _lay_out(self, beside: bool) -> None:
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(STEP_PX // 2)
        page.addWidget(self.toolbar)
        page.addWidget(self.legend)
        self._plots = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._plots.addWidget(self.accuracy, 1)
        self._plots.addWidget(self.loss, 1)
        page.addLayout(self._plots, 1)
        self.put_beside(beside)

    def hasHeightForWidth(self) -> bool:
        return False  # or Qt would take the height the legend's lines suggest for the least there can be

    def put_beside(self, beside: bool) -> None:
        """Put the plots beside one another, where height is short, or the loss below the accuracy."""
        across, down = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        self._plots.setDirection(across if beside else down)
        self._plots.setSpacing(2 * STEP_PX if beside else STEP_PX // 2)
        self.accuracy.set_numbered(beside)

    @property
    def best_epoch(self) -> int | None:
        """The marked epoch: the one with the best validation accuracy, training accuracy where none has one."""
        return self.data.run.best

    def set_hints(self, accuracy: str, loss: str) -> None:
        """Say in each empty plot what will be there and how it is filled."""
        self.accuracy.hint, self.loss.hint = accuracy, loss

    def start(self, epochs: int, name: str = "") -> None:
        """Empty both plots (not the overlays) for a run of so many epochs; everything is in view."""
        self._reader.forget()
        self.data.run = RunCurves(name, epochs)
        self._begin()

    def name_run(self, name: str, epochs: int) -> None:
        """Say what the run in front is called and how many epochs it will have, once that is known."""
        self.data.run.name, self.data.run.epochs = name, max(1, epochs)
        self.data.tell()

    def show_progress(self, epoch: float, loss: float, accuracy: float) -> None:
        """Add a point of the thin lines inside the epochs; `epoch` is fractional, 0 at the beginning."""
        self.data.run.track.add(epoch, loss, accuracy)
        self.data.tell()

    def add_epoch(self, row: Row) -> None:
        """Add a finished epoch, a row as of `history.csv`; learned again, it takes its old row."""
        self.data.run.add(row)
        self.data.tell()

    def mark_learning_rate(self, epoch: float, rate: float) -> None:
        """Mark that from this (fractional) epoch on the learning rate was `rate`."""
        self.data.run.rate_steps.append((epoch, rate))
        self.data.tell()

    def show_history(
        self,
        rows: Sequence[Row],
        name: str = "",
        *,
        folder: Path | None = None,
        epochs: int = 0,
    ) -> None:
        """Show a run that has ended, or what it has behind it.

        Args:
            rows: As `core.runs.run_folder.read_history` gives them.
            name: Of the run, for table and files.
            folder: Its folder: batches and learning rates are read from there, on a thread.
            epochs: How many the axis shows at least, where the run goes on.
        """
        self._reader.forget()
        run = self.data.run = RunCurves(name)
        run.take(rows)
        run.epochs = max(run.epochs, epochs)
        positions = [(row["epoch"] or 1.0) - 1 for row in rows]
        run.rate_steps = rate_steps(positions, [row.get("learning_rate") for row in rows])
        if folder is not None:
            self._reader.ask(lambda: (run, read_batches(folder)))
        self._begin()

    def show_overlays(self, runs: Sequence[tuple[str, Sequence[Row]]]) -> None:
        """Draw further runs over it, each in a color and dash pattern of its own; an empty list removes them.

        Args:
            runs: (name, rows as `core.runs.run_folder.read_history` gives them) of each.
        """
        self.data.further = []
        for name, rows in runs:
            run = RunCurves(name)
            run.take(rows)
            self.data.further.append(run)
        if self.view.span is not None and self.view.span[1] > self.data.epochs:
            self.view.forget()
        self.data.tell(replaced=True)

    def enable_saving(self, banner: Banner, settings: Settings) -> None:
        """Show the save menu; what was saved, or why not, is said in the banner."""
        saver = self._saver = CurvesSaver(self.data, self.view, banner, settings, self)
        self.toolbar.figure_wanted.connect(saver.save_figure)
        self.toolbar.epochs_wanted.connect(saver.save_epochs)
        self.toolbar.batches_wanted.connect(saver.save_batches)
        self.toolbar.save.show()

    def show_table(self) -> None:
        """Open the figures as a table; it follows a running training."""
        if self._table is None:
            self._table = TableDialog(self.data, self)
        self._table.show()
        self._table.raise_()
        self._table.activateWindow()

    def _begin(self) -> None:
        self.view.point_at(None)
        self.view.forget()
        self.data.tell(replaced=True)

    def _take_batches(self, read: tuple[RunCurves, NDArray[np.float64]]) -> None:
        """Take the batches of the run in front, up to its last epoch."""
        run, batches = read
        if not len(batches) or run is not self.data.run:
            return
        positions = positions_of(batches)
        known = batches[:, 0] <= max([0.0, *(row["epoch"] or 0.0 for row in run.rows)])
        last = float(positions[known].max(initial=0.0))
        rows: NDArray[Any] = np.column_stack([positions, batches[:, LOSS], batches[:, ACCURACY]])[known]
        later = run.track.rows  # of a training that has gone on meanwhile
        run.track.take(np.concatenate([rows, later[later[:, 0] > last]]))
        steps = rate_steps(positions[known].tolist(), batches[known, RATE].tolist())
        run.rate_steps = steps + [step for step in run.rate_steps if step[0] > last]
        self.data.tell()

    def _show_state(self) -> None:
        anything, own = bool(self.data.runs), len(self.data.run.track)
        self.toolbar.table.setEnabled(anything)
        self.toolbar.save.setEnabled(anything)
        self.toolbar.batches.setEnabled(bool(own) or not self.data.further)
        self.toolbar.batches_action.setEnabled(bool(own))
