"""How soon the window is there and answers, beside `import tensorflow` alone.

Usage: python benchmarks/launch.py [--repeats 5]

Each repeat starts two fresh processes: the window, which draws a stroke as soon as it is painted and
notes when the answer is on screen, and `python -c "import tensorflow"`. Times are from the start of the
process; medians are printed, the ratio is of the medians.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CHILD = "CNN_STUDIO_BENCH_STARTED"


def child() -> None:
    """Be the window: the same steps as `cnn_studio.app.run_window`, then one stroke."""
    from cnn_studio.app import display_problem

    problem = display_problem()
    if problem:
        raise SystemExit(problem)
    from cnn_studio.core.base.settings import load_settings, log_path, runs_folder
    from cnn_studio.ui.shell.composition import Studio

    studio = Studio(load_settings(), runs_folder(), log_path())
    studio.show()

    from PySide6.QtCore import QEvent, QObject, Qt, QTimer
    from PySide6.QtTest import QTest

    started = float(os.environ[CHILD])
    times: dict[str, float] = {}
    draw = studio.window.draw

    class Watcher(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            if event.type() == QEvent.Type.Paint:
                if watched is draw.canvas and "first_paint" not in times:
                    times["first_paint"] = 0.0
                    QTimer.singleShot(0, painted)
                elif watched is draw.bars and draw.bars.answer is not None and "first_answer" not in times:
                    times["first_answer"] = 0.0
                    QTimer.singleShot(0, answered)
            return False

    def painted() -> None:
        times["first_paint"] = time.time() - started
        sheet = draw.canvas.sheet
        center = sheet.center().toPoint()
        QTest.mousePress(draw.canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, center)
        center.setY(int(sheet.bottom()) - 60)
        QTest.mouseMove(draw.canvas, center)

    def answered() -> None:
        times["first_answer"] = time.time() - started
        QTimer.singleShot(1500, finish)  # the worker has started by then; its memory is not the window's

    def finish() -> None:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
        times["megabytes"] = pages * os.sysconf("SC_PAGE_SIZE") / 1e6
        times["tensorflow_imported"] = float("tensorflow" in sys.modules or "keras" in sys.modules)
        print(json.dumps(times), flush=True)
        studio.window.close()

    watcher = Watcher()
    draw.canvas.installEventFilter(watcher)
    draw.bars.installEventFilter(watcher)
    studio.serve()


def run_window(home: str) -> dict[str, float]:
    """Start the window once and return its times."""
    environment = os.environ | {CHILD: repr(time.time()), "CNN_STUDIO_HOME": home}
    done = subprocess.run(
        [sys.executable, __file__], env=environment, capture_output=True, text=True, check=True, timeout=120
    )
    return json.loads(done.stdout.splitlines()[-1])


def run_import() -> float:
    """Return the seconds of a fresh `import tensorflow`."""
    began = time.time()
    subprocess.run([sys.executable, "-c", "import tensorflow"], capture_output=True, check=True, timeout=120)
    return time.time() - began


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--repeats", type=int, default=5)
    repeats = parser.parse_args().repeats
    windows, imports = [], []
    with tempfile.TemporaryDirectory(prefix="cnn-studio-bench-") as home:
        for _ in range(repeats):
            windows.append(run_window(home))
            imports.append(run_import())
    middle = {key: sorted(window[key] for window in windows)[repeats // 2] for key in windows[0]}
    bare = sorted(imports)[repeats // 2]
    print(f"repeats                    {repeats}")
    print(f"first paint                {middle['first_paint']:.2f} s")
    print(f"first live answer          {middle['first_answer']:.2f} s")
    print(f"import tensorflow, alone   {bare:.2f} s")
    print(f"ratio                      {bare / middle['first_answer']:.1f} times sooner")
    print(f"memory of the window       {middle['megabytes']:.0f} MB")
    print(f"tensorflow or keras in it  {'yes' if middle['tensorflow_imported'] else 'no'}")


if __name__ == "__main__":
    child() if CHILD in os.environ else main()
