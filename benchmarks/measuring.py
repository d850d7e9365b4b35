"""What the window's benchmarks share: a window of its own, waiting, and figures."""

from __future__ import annotations

import os
import platform
import statistics
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PySide6.QtCore import QEventLoop, QPoint, QTimer
from PySide6.QtTest import QTest

from cnn_studio.core.base.settings import Settings
from cnn_studio.ui.shell.composition import Studio
from cnn_studio.ui.widgets.draw_canvas import DrawCanvas

SECONDS_TO_GIVE_UP = 300


@contextmanager
def open_studio(recipe: str = "studio-quick") -> Iterator[Studio]:
    """Open the real window with a data folder of its own that is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="cnn-studio-bench-") as folder:
        os.environ["CNN_STUDIO_HOME"] = folder
        studio = Studio(Settings(recipe=recipe, export_folder=folder), Path(folder, "runs"))
        try:
            studio.show()
            QTest.qWaitForWindowExposed(studio.window)
            yield studio
        finally:
            studio.window.train._job = ""  # nothing here is worth a question
            studio.window.close()


def run_until(done: Callable[[], bool]) -> None:
    """Run the event loop until `done`, asked every 5 ms."""
    loop = QEventLoop()
    pulse = QTimer()
    pulse.timeout.connect(lambda: loop.quit() if done() else None)
    pulse.start(5)
    QTimer.singleShot(SECONDS_TO_GIVE_UP * 1000, loop.quit)
    loop.exec()
    if not done():
        raise SystemExit("gave up waiting")


def canvas_point(canvas: DrawCanvas, x: float, y: float) -> QPoint:
    """Return a point of the drawing area, given as fractions, in the canvas's coordinates."""
    sheet = canvas.sheet
    return QPoint(round(sheet.left() + x * sheet.width()), round(sheet.top() + y * sheet.height()))


def percentile(values: list[float], share: float) -> float:
    """Return the value below which `share` of the values lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def machine() -> str:
    """Return the machine in a line, for a result that is written down."""
    return f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"


def median(values: list[float]) -> float:
    """Return the median."""
    return statistics.median(values)
