"""One walk through the real window: draw, train, evaluate, export, close; each step timed."""

from __future__ import annotations

import itertools
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEventLoop, QPoint, Qt, QTimer, SignalInstance
from PySide6.QtTest import QTest

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.settings import Settings
from cnn_studio.core.protocol.events import ExportEnded
from cnn_studio.core.runs.run_folder import read_run
from cnn_studio.ui.shell.composition import Studio

SEVEN = ((0.3, 0.25), (0.5, 0.25), (0.7, 0.25), (0.62, 0.42), (0.54, 0.6), (0.46, 0.8))
STEPS_BETWEEN_POINTS = 6
TRAINING_IMAGES = 6000
LONGEST_WAIT_SECONDS = 120.0

StepReport = Callable[[str, float, str], None]


def walk(report: StepReport, log_path: Path | None = None) -> None:
    """Do the walk with a runs folder of its own that is removed afterwards.

    Args:
        report: Takes each step's name, its seconds, and what came out.
        log_path: Where the worker's messages go.

    Raises:
        StudioError: At the first step that fails.
    """
    with tempfile.TemporaryDirectory(prefix="cnn-studio-smoke-") as name:
        folder = Path(name)
        watch = _Watch(report)
        studio = Studio(Settings(recipe="studio-quick"), folder / "runs", log_path)
        try:
            _walk(studio, folder, watch)
        finally:
            studio.window.asks = False  # after a step that failed a job may be open, and nobody is there
            studio.window.close()
        watch.step("close", "worker ended" if studio.engine.worker_pid is None else "worker still there")


class _Watch:
    """Times the steps."""

    def __init__(self, report: StepReport) -> None:
        self._report = report
        self._began = time.perf_counter()

    def step(self, name: str, detail: str) -> None:
        """Report a step that ends now."""
        now = time.perf_counter()
        self._report(name, now - self._began, detail)
        self._began = now


def _walk(studio: Studio, folder: Path, watch: _Watch) -> None:
    window = studio.window
    studio.show()
    if not QTest.qWaitForWindowExposed(window, int(1000 * LONGEST_WAIT_SECONDS)):
        raise StudioError(
            "The window did not appear.", "The display did not show it.", "Try a desktop session."
        )
    watch.step("window", f"{window.width()} x {window.height()}")
    answer = _draw_seven(studio)
    watch.step("draw", answer)
    if not studio.engine.ready:
        _wait(studio.engine.state_changed, lambda: studio.engine.ready, "The engine did not start.")
    watch.step("engine", studio.engine.state)
    window.tabs.setCurrentWidget(window.train)
    window.train.limit = TRAINING_IMAGES
    window.train.panel.epochs.setValue(1)
    QTest.mouseClick(window.train.train_button, Qt.MouseButton.LeftButton)
    runs: list[str] = []
    studio.engine.run_finished.connect(runs.append)
    _wait(window.train.ended, lambda: not window.train.training, "The training did not end.")
    if not runs:
        raise StudioError("The training failed.", window.train.banner.text, "See the log.")
    run = read_run(Path(runs[0]))
    assert run.record.result is not None
    watch.step("train", f"{100 * run.record.result.test_accuracy:.2f} % after one short epoch")
    window.show_tab("evaluateTab")
    _wait(
        studio.registry.changed,
        lambda: window.evaluate.reading is not None,
        "The evaluation did not appear.",
        polling=True,
    )
    assert window.evaluate.reading is not None
    watch.step("evaluate", f"{len(window.evaluate.gallery.tiles)} misread images")
    ended: list[object] = []
    job = studio.engine.export(run.folder, "onnx", folder / "smoke.onnx")
    studio.engine.subscribe(job, ended.append)
    over = studio.engine.job_ended
    _wait(over, lambda: job not in studio.engine.open_jobs, "The export did not end.")
    if not isinstance(ended[-1], ExportEnded):
        raise StudioError("The export failed.", str(ended[-1]), "See the log.")
    watch.step("export", f"{ended[-1].same_predictions} of {ended[-1].images} answers the same")


def _draw_seven(studio: Studio) -> str:
    """Draw a 7 through mouse events of the window system and return the answer."""
    canvas = studio.window.draw.canvas
    sheet = canvas.sheet
    points = [
        QPoint(round(sheet.left() + x * sheet.width()), round(sheet.top() + y * sheet.height()))
        for x, y in SEVEN
    ]
    QTest.mousePress(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, points[0])
    for before, after in itertools.pairwise(points):
        for part in range(1, STEPS_BETWEEN_POINTS + 1):
            QTest.mouseMove(canvas, before + (after - before) * part / STEPS_BETWEEN_POINTS)
    QTest.mouseRelease(canvas, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, points[-1])
    answer = studio.window.draw.bars.answer
    if answer is None or studio.window.draw.classifier is None:
        raise StudioError(
            "The drawing got no answer.", "The canvas did not receive the strokes.", "See the log."
        )
    name = studio.window.draw.classifier.card.classes[answer.index]
    if name != "7":
        raise StudioError("The drawn 7 was misread.", f"It was read as {name}.", "Check the shipped model.")
    return f"a 7 read as {name} at {100 * answer.confidence:.1f} %"


def _wait(signal: SignalInstance, done: Callable[[], bool], what: str, polling: bool = False) -> None:
    """Run the event loop until `done`, asked whenever `signal` comes (and ten times a second if polling)."""
    if done():
        return
    loop = QEventLoop()
    deadline = QTimer()
    deadline.setSingleShot(True)
    deadline.timeout.connect(loop.quit)
    deadline.start(int(1000 * LONGEST_WAIT_SECONDS))

    def look(*_: object) -> None:
        if done():
            loop.quit()

    signal.connect(look)
    pulse = QTimer()
    pulse.timeout.connect(look)
    if polling:
        pulse.start(100)
    loop.exec()
    signal.disconnect(look)
    if not done():
        raise StudioError(what, f"Waited {LONGEST_WAIT_SECONDS:.0f} s.", "See the log.")
