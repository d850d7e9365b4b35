"""The longest time the window does not react: through engine start, training, evaluation, export.

Usage: python benchmarks/stalls.py

A timer asks for a turn every 2 ms; the gap between two turns is how long an event would have waited. The
plain alternative, TensorFlow imported in a thread of the window's process, is measured the same way in a
process of its own.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from measuring import machine, open_studio, percentile, run_until
from PySide6.QtCore import QCoreApplication, QTimer
from PySide6.QtTest import QTest

TURN_MS = 2
IN_A_THREAD = "--in-a-thread"


class Watch:
    """Notes the gaps between the event loop's turns."""

    def __init__(self) -> None:
        self._last = time.perf_counter()
        self.gaps: list[float] = []
        self._timer = QTimer()
        self._timer.setInterval(TURN_MS)
        self._timer.timeout.connect(self._turn)
        self._timer.start()

    def _turn(self) -> None:
        now = time.perf_counter()
        self.gaps.append(1000 * (now - self._last))
        self._last = now

    def phase(self, name: str) -> None:
        """Print the longest gap since the last phase."""
        gaps, self.gaps = self.gaps, []
        longest = max(gaps, default=0.0)
        print(
            f"{name:34} longest {longest:6.1f} ms   p99 {percentile(gaps, 0.99):5.1f} ms   turns {len(gaps)}",
            flush=True,
        )
        self._last = time.perf_counter()


def in_a_thread() -> None:
    """Measure the plain alternative."""
    import threading

    application = QCoreApplication([])
    watch = Watch()
    thread = threading.Thread(target=lambda: __import__("tensorflow"))
    thread.start()
    run_until(lambda: not thread.is_alive())
    watch.phase("import tensorflow in a thread")
    del application


def main() -> None:
    """Measure and print."""
    print(machine())
    with open_studio("studio-quick") as studio:
        window = studio.window
        watch = Watch()
        run_until(lambda: studio.engine.ready)
        watch.phase("engine start")
        window.show_tab("trainTab")
        QTest.qWait(300)
        watch.phase("Train tab opened")
        window.train.start()
        run_until(lambda: not window.train.training)
        watch.phase("training, curves in view")
        runs: list[Path] = []
        run_until(lambda: window.evaluate.reading is not None)
        runs.append(window.evaluate.reading.folder)
        watch.phase("evaluation read")
        window.show_tab("evaluateTab")
        QTest.qWait(300)
        watch.phase("Evaluate tab opened")
        for true in range(10):
            for read in range(10):
                window.evaluate.matrix.select(true, read)
            QTest.qWait(1)
        watch.phase("100 cells clicked")
        results: list[object] = []
        studio.engine.heard.connect(results.append)
        evaluated = runs[0].parent.parent / "again.npz"
        job = studio.engine.evaluate(runs[0], evaluated)
        run_until(lambda: any(getattr(event, "job", "") == job for event in results))
        watch.phase("evaluation in the worker")
        for format in ("keras", "onnx", "tflite", "savedmodel"):
            job = studio.engine.export(runs[0], format, runs[0].parent.parent / f"exported.{format}")
            run_until(lambda job=job: any(_ends(event, job) for event in results))
        watch.phase("export in four formats")
    subprocess.run([sys.executable, __file__, IN_A_THREAD], check=True, stderr=subprocess.DEVNULL)


def _ends(event: object, job: str) -> bool:
    return getattr(event, "job", "") == job and type(event).__name__ in ("ExportEnded", "JobFailed")


if __name__ == "__main__":
    in_a_thread() if IN_A_THREAD in sys.argv else main()
