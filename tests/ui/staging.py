"""What the window's tests share: an engine that only listens, digits drawn with the mouse, waiting."""

import functools
import json
import shutil
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QPoint, Qt, QTimer, Signal
from PySide6.QtTest import QTest

from cnn_studio.core.base.assets import resource
from cnn_studio.core.protocol.events import BatchEnded, EpochEnded, JobCanceled, RunEnded, RunStarted
from cnn_studio.core.recipes.presets import find_recipe
from cnn_studio.core.runs.run_folder import RunRecord, RunResult, write_run
from cnn_studio.ui.services.background_task import wait_for_background
from cnn_studio.ui.services.engine_client import EngineClient

LEFT = Qt.MouseButton.LeftButton
NO_KEYS = Qt.KeyboardModifier.NoModifier
STEPS = 6
"""Mouse moves between two corners of a stroke."""
SEVEN = [[(0.3, 0.25), (0.5, 0.24), (0.7, 0.25), (0.62, 0.42), (0.54, 0.6), (0.46, 0.8)]]
ONE = [[(0.5, 0.2), (0.5, 0.5), (0.5, 0.8)]]
ZERO = [
    [
        (0.5 + 0.2 * float(np.sin(angle)), 0.5 - 0.3 * float(np.cos(angle)))
        for angle in np.linspace(0, 2 * np.pi, 25)
    ]
]
FOUR = [[(0.35, 0.2), (0.32, 0.4), (0.3, 0.5), (0.7, 0.5)], [(0.62, 0.2), (0.6, 0.5), (0.58, 0.82)]]
RESULT = RunResult(
    test_accuracy=0.9876,
    test_loss=0.04,
    seconds=12.0,
    images_per_second=9000.0,
    device="cpu",
    epochs=3,
)


class StandInEngine(EngineClient):
    """Records what it is asked; starts nothing, and answers what is emitted as `heard`."""

    heard = Signal(object)

    def __init__(self, runs_folder):
        super().__init__(runs_folder, None)
        self.heard.connect(self._deliver)
        self.jobs, self.recipes, self.exports, self.canceled = [], [], [], []
        self.resumed, self.evaluated, self.taught = [], [], []
        self.ended = False

    def start(self):
        """Start nothing."""

    def train(self, recipe, limit=None):
        self.recipes.append(recipe)
        self.jobs.append(super().train(recipe, limit))
        return self.jobs[-1]

    def export(self, source, format, to):
        self.exports.append((source, format, to))
        self.jobs.append(super().export(source, format, to))
        return self.jobs[-1]

    def resume(self, folder, extend=0):
        self.resumed.append((folder, extend))
        self.jobs.append(super().resume(folder, extend))
        return self.jobs[-1]

    def evaluate(self, source, to, dataset=None, subset="test"):
        self.evaluated.append((source, to, dataset, subset))
        self.jobs.append(super().evaluate(source, to, dataset, subset))
        return self.jobs[-1]

    def teach(self, source, drawings, held_share, seed):
        self.taught.append((source, drawings, held_share, seed))
        self.jobs.append(super().teach(source, drawings, held_share, seed))
        return self.jobs[-1]

    def cancel(self, job):
        self.canceled.append(job)

    def close(self):
        if not self.ended:
            self.ended = True
            super().close()

    end = close

    def end_jobs(self):
        for job in self.jobs:
            self.heard.emit(JobCanceled(job=job))


def place(canvas, point):
    """Return a point of the sheet, given in fractions of its side, in the canvas's pixels."""
    sheet = canvas.sheet
    return QPoint(
        round(sheet.left() + point[0] * sheet.width()), round(sheet.top() + point[1] * sheet.height())
    )


def press(canvas, point):
    QTest.mousePress(canvas, LEFT, NO_KEYS, place(canvas, point))


def move(canvas, before, after, steps=STEPS):
    first, last = place(canvas, before), place(canvas, after)
    for step in range(1, steps + 1):
        QTest.mouseMove(canvas, first + (last - first) * step / steps)


def release(canvas, point):
    QTest.mouseRelease(canvas, LEFT, NO_KEYS, place(canvas, point))


def stroke(canvas, points, lift=True):
    """Draw one stroke with the mouse; without `lift` the button stays down."""
    press(canvas, points[0])
    for before, after in pairwise(points):
        move(canvas, before, after)
    if lift:
        release(canvas, points[-1])


def draw_strokes(canvas, strokes):
    for points in strokes:
        stroke(canvas, points)


def wait(qtbot, signal, condition, seconds=60):
    """Wait on a signal until the condition holds."""
    if not condition():
        with qtbot.waitSignal(signal, timeout=1000 * seconds, check_params_cb=lambda *_: condition()):
            pass


def until(signal, condition, seconds=60):
    """Wait as `wait` does where there is no qtbot: in fixtures of a module."""
    loop, deadline = QEventLoop(), QTimer()
    deadline.setSingleShot(True)
    deadline.timeout.connect(loop.quit)
    deadline.start(1000 * seconds)

    def look(*_):
        if condition():
            loop.quit()

    signal.connect(look)
    if not condition():
        loop.exec()
    signal.disconnect(look)
    assert condition(), f"not within {seconds} s"


def started(job, epochs=3, steps=10, warnings=()):
    return RunStarted(
        job=job, run="run", epochs=epochs, steps=steps, train_images=54000, validation_images=6000,
        device="cpu", precision="float32", warnings=warnings,
    )  # fmt: skip


def batch(job, epoch=1, step=1, steps=10, loss=1.0, accuracy=0.5):
    return BatchEnded(
        job=job, epoch=epoch, step=step, steps=steps, loss=loss, accuracy=accuracy, learning_rate=0.01,
        images_per_second=9000.0,
    )  # fmt: skip


def epoch(job, number, accuracy, val_accuracy, epochs=3):
    return EpochEnded(
        job=job, epoch=number, epochs=epochs, loss=1 - accuracy, accuracy=accuracy,
        val_loss=None if val_accuracy is None else 1 - val_accuracy, val_accuracy=val_accuracy,
        learning_rate=0.01, seconds=4.0, images_per_second=9000.0,
    )  # fmt: skip


def done(job, folder="/nowhere/run", stopped=False):
    return RunEnded(job=job, run=str(folder), stopped=stopped, result=RESULT)


def make_run(parent, name="20260102-030405-mine", created="2026-01-02T03:04:05+00:00", seed=0, wrong=300):
    """Write a finished run whose answers are made up: `wrong` test digits misread, each with its own confidence."""
    folder = parent / name
    folder.mkdir(parents=True)
    labels = mnist_test_images()[1].astype(np.int32)
    random = np.random.default_rng(seed)
    predictions = labels.copy()
    misread = random.choice(len(labels), wrong, replace=False)
    predictions[misread] = (labels[misread] + random.integers(1, 10, wrong)) % 10
    confidences = random.permutation(np.linspace(0.5, 0.999, len(labels)))
    probabilities = np.repeat((1 - confidences[:, None]) / 9, 10, axis=1)
    probabilities[np.arange(len(labels)), predictions] = confidences
    np.savez(
        folder / "evaluation.npz", probabilities=probabilities.astype(np.float32), labels=labels,
        classes=np.array([str(digit) for digit in range(10)]), dataset=np.array("mnist"), subset=np.array("test"),
    )  # fmt: skip
    shutil.copy(resource("models", "digits.onnx"), folder / "model.onnx")
    recipe = find_recipe("studio-quick")
    classes = tuple(map(str, range(10)))
    record = RunRecord(
        id=name, recipe=recipe, created=created, status="finished", classes=classes, result=RESULT
    )
    write_run(folder, record)
    return folder


def write_checkpoint(folder, epoch):
    """Write what the engine leaves of a training after an epoch, as far as the window looks into it."""
    (folder / "checkpoint").mkdir(exist_ok=True)
    progress = np.frombuffer(json.dumps({"epoch": epoch}).encode(), np.uint8)
    np.savez(folder / "checkpoint" / "state.npz", progress=progress)


@functools.cache
def mnist_test_images():
    """Return MNIST's test images and labels, read without the program."""
    with np.load(resource("datasets", "mnist.npz")) as archive:
        return archive["x_test"], archive["y_test"]


def answers_of(folder):
    """Return labels, predictions and confidences of a run, read without the program."""
    with np.load(folder / "evaluation.npz") as archive:
        probabilities, labels = archive["probabilities"], archive["labels"]
    return labels, probabilities.argmax(axis=1), probabilities.max(axis=1)


def pixels_of(widget):
    """Return a widget as it looks, (height, width, 4) uint8."""
    image = widget.grab().toImage().convertToFormat(widget.grab().toImage().Format.Format_RGBA8888)
    return (
        np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1, 4)[:, : image.width()].copy()
    )


def settle(qtbot, panel):
    """Wait until none of a panel's pages computes: a thread's answer must find its page."""
    qtbot.waitUntil(lambda: not any(page.latest.busy for page in panel.pages), timeout=20_000)


def finish(window):
    """Close a window whatever state it is in, and let go of it."""
    wait_for_background(60)
    QCoreApplication.processEvents()
    if window.train.training:  # only after a test that failed; or the window would ask and wait
        window._engine._deliver(JobCanceled(job=window.train._job))
    if window.isVisible():
        window.close()
    window.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
