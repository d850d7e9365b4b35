"""What painting the curves of a long training costs, beside a plain polyline through every point.

Usage: python benchmarks/curves.py

Prints milliseconds, the median of several and the longest, for one plot of 1280 x 400 with 10,000 and 100,000
points inside the epochs, the epochs of training and validation and two further runs: painted anew, zoomed,
smoothed on logarithmic axes, and with only the pointer moved; and beside them the same points as one
polyline made in Python, as the first version of the plot drew them (two curves of epochs only).
"""

import statistics
import time
from collections.abc import Callable

import numpy as np
from measuring import machine
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap, QPolygonF

from cnn_studio.ui.curves.curve_plot import CurvePlot
from cnn_studio.ui.curves.curves_data import CurvesData, RunCurves
from cnn_studio.ui.curves.curves_view import CurvesView
from cnn_studio.ui.shell.composition import application
from cnn_studio.ui.style.theme import Theme

EPOCHS, TIMES = 100, 15
WIDTH_PX, HEIGHT_PX = 1280, 400


def run_of(points: int, seed: int) -> RunCurves:
    """Return a made-up run: falling loss with noise, so many points inside its epochs."""
    random = np.random.default_rng(seed)
    run = RunCurves(f"run {seed}", EPOCHS)
    losses = np.exp(-np.arange(1, EPOCHS + 1) / 20) + 0.02 * random.random(EPOCHS)
    names = ("epoch", "loss", "accuracy", "val_loss", "val_accuracy")
    run.take(
        [
            dict(zip(names, (number, loss, 1 - loss / 3, 1.1 * loss, 1 - loss / 2), strict=True))
            for number, loss in enumerate(losses.tolist(), start=1)
        ]
    )
    places = np.arange(1, points + 1) / points * EPOCHS
    inside = np.exp(-places / 20) * (0.5 + random.random(points))
    run.track.take(np.column_stack([places, inside, 1 - inside / 3]))
    return run


def milliseconds(work: Callable[[], object]) -> tuple[float, float]:
    """Return the median and the longest time of some work, warmed up."""
    work()
    taken = []
    for _ in range(TIMES):
        start = time.perf_counter()
        work()
        taken.append(1000 * (time.perf_counter() - start))
    return statistics.median(taken), max(taken)


def plain(run: RunCurves) -> None:
    """Draw every point of a run in one polyline, made point by point."""
    picture = QPixmap(WIDTH_PX, HEIGHT_PX)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor("#0072B2"), 1))
    for places, values in (run.inside("loss"), run.curve("loss"), run.curve("val_loss")):
        spots = zip(places.tolist(), values.tolist(), strict=True)
        painter.drawPolyline(
            QPolygonF([QPointF(WIDTH_PX * x / EPOCHS, HEIGHT_PX * (1 - y / 1.5)) for x, y in spots])
        )
    painter.end()


def main() -> None:
    """Print the table."""
    print(machine())
    application()
    theme = Theme("light")
    theme.apply()
    for points in (10_000, 100_000):
        data, view = CurvesData(), CurvesView()
        plot = CurvePlot("loss", "Loss", data, view, theme)
        plot.resize(WIDTH_PX, HEIGHT_PX)
        data.run = run_of(points, 0)
        data.further = [run_of(0, 1), run_of(0, 2)]
        beside, _ = milliseconds(lambda run=data.run: plain(run))

        def anew(plot: CurvePlot = plot, data: CurvesData = data) -> None:
            data.tell()
            plot.grab()

        def zoomed(plot: CurvePlot = plot, view: CurvesView = view) -> None:
            view.show_span(40.0, 42.0, EPOCHS)
            plot.grab()

        def pointed(plot: CurvePlot = plot, view: CurvesView = view) -> None:
            view.point_at(41.0 if view.position != 41.0 else 42.0)
            plot.grab()

        rows = {"painted anew": milliseconds(anew), "two epochs in view": milliseconds(zoomed)}
        rows["pointer moved"] = milliseconds(pointed)
        view.fit()
        view.set_logarithmic(True)
        view.set_smoothing(0.9)
        rows["logarithmic, smoothed"] = milliseconds(anew)
        print(f"{points:,} points beside a plain polyline's {beside:.1f} ms")
        for name, (usual, longest) in rows.items():
            print(
                f"  {name:22s} {usual:6.1f} ms, longest {longest:6.1f} ms, {beside / usual:5.1f} times faster"
            )


if __name__ == "__main__":
    main()
