"""The curves as files: a figure as they are shown, epochs and batches as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QWidget

from cnn_studio.core.base.settings import Settings
from cnn_studio.core.runs.run_folder import HISTORY_COLUMNS
from cnn_studio.core.training.batch_log import BATCHES_FILE
from cnn_studio.core.training.learning_curves import Row
from cnn_studio.ui.curves.curves_data import CurvesData
from cnn_studio.ui.curves.curves_view import CurvesView
from cnn_studio.ui.dialogs.figure_saver import FigureSaver
from cnn_studio.ui.widgets.banner import Banner

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def epochs_csv(runs: Sequence[tuple[str, Sequence[Row]]]) -> str:
    """Return a row an epoch with the name of its run, missing figures empty."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["run", *HISTORY_COLUMNS])
    for name, rows in runs:
        for row in rows:
            writer.writerow([name, *(_figure(row.get(column)) for column in HISTORY_COLUMNS)])
    return text.getvalue()


def batches_csv(points: NDArray[np.float64]) -> str:
    """Return a row for each point inside the epochs: position in epochs, loss, accuracy; all that were learned."""
    lines = ["epoch,loss,accuracy"]
    lines += [f"{position:.6f},{loss:.6g},{accuracy:.6g}" for position, loss, accuracy in points.tolist()]
    return "\n".join(lines) + "\n"


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.10g}"


class CurvesSaver(QWidget):
    """Asks for file names, writes off the GUI thread, says in a banner what was saved."""

    def __init__(
        self, data: CurvesData, view: CurvesView, banner: Banner, settings: Settings, parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._data, self._view = data, view
        self._saver = FigureSaver(banner, settings, parent)
        self.hide()

    @property
    def _stem(self) -> str:
        name = self._data.runs[0].name if self._data.runs else ""
        return "".join(sign if sign.isalnum() or sign in "-_." else "-" for sign in name) or "training"

    def save_figure(self) -> None:
        """Save both curves as PNG, SVG or PDF, smoothed and scaled as they are shown."""
        own, overlays = self._data.run, [(run.name, run.rows) for run in self._data.further]
        rows, name, steps = own.rows, own.name, list(own.rate_steps)
        batches = own.track.rows.copy() if self._view.batches else None
        logarithmic, smoothing = self._view.logarithmic, self._view.smoothing

        def draw() -> Figure:
            from cnn_studio.figures.learning_curve_figures import curves_figure

            return curves_figure(
                rows,
                name,
                batches=batches,
                overlays=overlays,
                rate_steps=steps,
                logarithmic=logarithmic,
                smoothing=smoothing,
            )

        self._saver.ask(f"{self._stem}-curves", draw)

    def save_epochs(self) -> None:
        """Save the epochs of all runs as CSV."""
        runs = [(run.name, run.rows) for run in self._data.runs]
        self._saver.ask_text(f"{self._stem}-epochs.csv", lambda: epochs_csv(runs))

    def save_batches(self) -> None:
        """Save the points inside the epochs as CSV."""
        points = self._data.run.track.rows.copy()
        self._saver.ask_text(f"{self._stem}-{BATCHES_FILE}", lambda: batches_csv(points))
