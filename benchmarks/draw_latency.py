"""From a mouse event to the painted answer, idle, with feature maps shown, and while a training runs.

Usage: python benchmarks/draw_latency.py [--moves 600]

The real window on the real display; each move of the pen is an event of the window system, and the clock
stops when the answer's paint event has been served and its pixels were handed over. The plain alternative
printed beside it is what a Keras program does a move: `model.predict` on one image, in a process of its own.
With feature maps the clock stops when those of that very move are painted.
"""

from __future__ import annotations

import argparse
import math
import subprocess
import sys
import time
from collections.abc import Callable

from measuring import canvas_point, machine, open_studio, percentile, run_until
from PySide6.QtCore import QEvent, QEventLoop, QObject, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from cnn_studio.core.base.assets import resource
from cnn_studio.ui.shell.composition import Studio

PREDICT = """
import sys, time, numpy as np
from pathlib import Path
from cnn_studio.engine.model_files import load_keras
model, _ = load_keras(Path(sys.argv[1]))
x = np.zeros((1, 28, 28, 1), np.float32)
for _ in range(5):
    model.predict(x, verbose=0)
times = []
for _ in range(100):
    began = time.perf_counter()
    model.predict(x, verbose=0)
    times.append(1000 * (time.perf_counter() - began))
print(sorted(times)[50], sorted(times)[98])
"""


class Painted(QObject):
    """Quits a loop once the watched widget's paint event has been served, and shows what is waited for."""

    def __init__(self, shown: Callable[[], bool] = lambda: True) -> None:
        super().__init__()
        self.loop = QEventLoop()
        self._shown = shown

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint and self._shown():
            QTimer.singleShot(0, self.loop.quit)
        return False


def latencies(
    studio: Studio, moves: int, watched: QWidget | None = None, shown: Callable[[], bool] = lambda: True
) -> list[float]:
    """Draw circles of many moves and return the milliseconds of each until the answer, or `watched`, is painted."""
    canvas, watched = studio.window.draw.canvas, watched or studio.window.draw.bars
    painted = Painted(shown)
    watched.installEventFilter(painted)
    times: list[float] = []
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    for move in range(moves):
        angle = 2 * math.pi * (move % 60) / 60
        spot = canvas_point(canvas, 0.5 + 0.25 * math.sin(angle), 0.5 - 0.35 * math.cos(angle))
        if move % 60 == 0:
            canvas.clear()
            QTest.mousePress(canvas, left, none, spot)
            continue
        began = time.perf_counter()
        QTest.mouseMove(canvas, spot)
        painted.loop.exec()
        times.append(1000 * (time.perf_counter() - began))
        if move % 60 == 59:
            QTest.mouseRelease(canvas, left, none, spot)
    watched.removeEventFilter(painted)
    return times


def with_maps(studio: Studio, moves: int) -> list[float]:
    """The same until the feature maps are painted; the panel is closed again."""
    input_card = studio.window.draw.input_card
    input_card.button.click()
    panel = input_card.panel
    assert panel is not None
    (number,) = (number for number, page in enumerate(panel.pages) if page.objectName() == "mapsPage")
    panel.choose(number)
    page = panel.pages[number]
    latencies(studio, 60)
    times = latencies(studio, moves, page.canvas, lambda: page.result is not None and not page.latest.busy)
    input_card.button.click()
    return times


def line(name: str, times: list[float]) -> str:
    """Return a row of the result."""
    return f"{name:28} p50 {percentile(times, 0.5):6.2f} ms   p99 {percentile(times, 0.99):6.2f} ms   n {len(times)}"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--moves", type=int, default=600)
    moves = parser.parse_args().moves
    print(machine())
    with open_studio("mnist-adadelta-dropout") as studio:
        run_until(lambda: studio.engine.ready)
        latencies(studio, 60)
        print(line("idle", latencies(studio, moves)))
        print(line("idle, until maps are painted", with_maps(studio, moves)))
        studio.window.train.start()
        run_until(lambda: studio.window.train.view.progress.value() > 20)
        print(line("while a training runs", latencies(studio, moves)))
        print(line("the same, maps painted", with_maps(studio, moves)))
        studio.window.train.stop()
        run_until(lambda: not studio.window.train.training)
    predicted = subprocess.run(
        [sys.executable, "-c", PREDICT, str(resource("models", "digits.keras"))],
        capture_output=True,
        text=True,
        check=True,
    )
    middle, late = map(float, predicted.stdout.split()[-2:])
    print(f"{'model.predict alone, idle':28} p50 {middle:6.2f} ms   p99 {late:6.2f} ms   n 100")


if __name__ == "__main__":
    main()
