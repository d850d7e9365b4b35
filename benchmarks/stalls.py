"""The longest time the window does not react: engine start, data, a network edited, training, evaluation, export.

Usage: python benchmarks/stalls.py

A timer asks for a turn every 2 ms; the gap between two turns is how long an event would have waited. The
plain alternative, TensorFlow imported in a thread of the window's process, is measured the same way in a
process of its own.
"""

from __future__ import annotations

import atexit
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import msgspec
import numpy as np
from measuring import machine, open_studio, percentile, run_until
from numpy.typing import NDArray
from PIL import Image
from PySide6.QtCore import QCoreApplication, QEventLoop, QTimer
from PySide6.QtTest import QTest

from cnn_studio.core.datasets.registry import load_subset
from cnn_studio.core.network.layers import ActivationLayer, BatchNormalization, Conv2D, Dense, Flatten
from cnn_studio.core.protocol.events import Event
from cnn_studio.core.training.sweep import seeds
from cnn_studio.ui.shell.main_window import MainWindow

TURN_MS = 2
QUEUE_IMAGES = 12_000
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

    def restart(self) -> None:
        """Forget what was since the last phase: the benchmark itself was at work."""
        self.gaps, self._last = [], time.perf_counter()

    def phase(self, name: str) -> None:
        """Print the longest gap since the last phase."""
        gaps = self.gaps
        longest = max(gaps, default=0.0)
        print(
            f"{name:34} longest {longest:6.1f} ms   p99 {percentile(gaps, 0.99):5.1f} ms   turns {len(gaps)}",
            flush=True,
        )
        self.restart()


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


def turn(ms: int) -> None:
    """Let the event loop turn; `QTest.qWait` would keep threads from Python's lock."""
    loop = QEventLoop()
    QTimer.singleShot(ms, loop.quit)
    loop.exec()


def look_at_data(window: MainWindow, watch: Watch) -> None:
    """Open the Data tab, its pages, the other data set and a folder of pictures."""
    window.show_tab("dataTab")
    turn(2500)
    watch.phase("Data tab opened, MNIST read")
    for button in window.data.page.page_buttons.buttons():
        button.click()
        turn(1500)
    watch.phase("its five pages")
    window.train.panel.data.want("fashion_mnist")
    turn(2500)
    watch.phase("Fashion-MNIST chosen")
    with tempfile.TemporaryDirectory(prefix="cnn-studio-bench-") as folder:
        images, labels = load_subset("mnist", "test")
        for number in range(2000):
            path = Path(folder, str(labels[number]), f"{number}.png")
            path.parent.mkdir(exist_ok=True)
            Image.fromarray(images[number, ..., 0]).save(path)
        watch.restart()
        window.train.panel.data.open(Path(folder))
        turn(4000)
        watch.phase("a folder of 2,000 pictures opened")
        for path in _as_files(Path(folder), images[:2000], labels[:2000]):
            watch.restart()
            window.train.panel.data.open(path)
            turn(3000)
            watch.phase(f"the same as {path.name} opened")
        window.train.panel.data.want("mnist")
        turn(1500)


def _as_files(folder: Path, images: NDArray[np.uint8], labels: NDArray[np.int32]) -> list[Path]:
    """Write the pictures of a folder as every other kind of source."""
    kept = Path(tempfile.mkdtemp(prefix="cnn-studio-bench-"))
    atexit.register(shutil.rmtree, kept, ignore_errors=True)
    archive = Path(shutil.make_archive(str(kept / "pictures"), "zip", folder))
    npz, csv, idx = kept / "pictures.npz", kept / "pictures.csv", kept / "train-images-idx3-ubyte"
    np.savez(npz, x_train=images[:1600, ..., 0], y_train=labels[:1600], x_test=images[1600:, ..., 0], y_test=labels[1600:])  # fmt: skip
    flat = np.column_stack([labels, images.reshape(len(images), -1)])
    header = ",".join(["label", *(f"pixel{number}" for number in range(flat.shape[1] - 1))])
    np.savetxt(csv, flat, "%d", ",", header=header, comments="")
    count, height, width = images.shape[:3]
    idx.write_bytes(struct.pack(">IIII", 0x803, count, height, width) + images.tobytes())
    (kept / "train-labels-idx1-ubyte").write_bytes(
        struct.pack(">II", 0x801, count) + labels.astype(np.uint8).tobytes()
    )
    return [archive, npz, csv, idx]


def edit_network(window: MainWindow, watch: Watch) -> None:
    """Open the Model tab and type into a network of 30 layers."""
    window.show_tab("modelTab")
    turn(1500)
    watch.phase("Model tab opened")
    tab = window.model.page
    stage = (Conv2D(filters=16, padding="same"), BatchNormalization(), ActivationLayer())
    layers = (*stage * 9, Flatten(), Dense(units=64), Dense(units=10, activation="softmax"))
    tab.editor.take(msgspec.structs.replace(tab.editor.base, layers=layers))
    tab.editor.select((0,))
    turn(300)
    watch.phase("30 layers shown")
    field = tab.form.inputs["filters"]
    field.setFocus()
    for _ in range(20):
        field.selectAll()
        for key in "37":
            QTest.keyClicks(field, key)
            turn(20)
    watch.phase("40 keystrokes in one of them")
    for number in range(30):
        tab.editor.select((number,))
        turn(30)
    watch.phase("each of them selected")
    tab.editor.undo()


def look_at_curves(window: MainWindow, watch: Watch) -> None:
    """Let 10,000 points come into the curves, then zoom, smooth, read and tabulate them."""
    panel = window.train.view.curves
    panel.start(100)
    for number in range(1, 10_001):
        panel.show_progress(number / 100, 2 / (1 + number % 97), 0.5)
        if number % 100 == 0:
            epoch = number / 100
            loss = 1 / epoch
            figures = {"loss": loss, "accuracy": 1 - loss, "val_loss": loss, "val_accuracy": 1 - loss}
            panel.add_epoch({"epoch": epoch, **figures})
            turn(10)
    watch.phase("10,000 points come into the curves")
    for factor in (0.5, 0.5, 0.5, 2.0, 2.0, 2.0):
        panel.view.zoom(factor, 40.0, 100)
        turn(30)
    for weight in (50, 90, 0):
        panel.toolbar.smoothing.setValue(weight)
        turn(30)
    for epoch in range(1, 60):
        panel.view.point_at(float(epoch))
        turn(5)
    panel.toolbar.logarithmic.click()
    turn(100)
    panel.toolbar.linear.click()
    watch.phase("zoomed, smoothed, read, logarithmic")


def train_queue(window: MainWindow, watch: Watch) -> None:
    """Type a grid of two hundred, then add three seeds and train them one after the other."""
    entry = window.queue
    window.train.view.pages.choose(True)
    window.train.view.pages.setCurrentWidget(entry.page)
    turn(300)
    watch.restart()
    dialog = entry.open_several()
    assert dialog is not None
    dialog.pages.setCurrentIndex(1)
    for axis, text in zip(dialog.axes, ("0.1, 0.01, 0.001, 0.0001, 0.0002", "1-40"), strict=True):
        axis.values.setFocus()
        axis.values.selectAll()
        for key in text:
            QTest.keyClicks(axis.values, key)
            turn(20)
    run_until(lambda: len(dialog.outcome.planned) == 200)
    watch.phase("a grid of 200 typed")
    dialog.reject()
    window.train.limit = QUEUE_IMAGES
    entry.queue.add(seeds(window.train.panel.recipe(), "0-2"))
    entry.queue.start()
    ids = [row.id for row in entry.queue.rows]
    while entry.queue.busy:
        turn(500)
        entry.page.select((ids[len(ids) - 1 - entry.queue.waiting],))
    watch.phase("a queue of three, rows clicked")
    if any(row.state != "done" for row in entry.queue.rows):
        raise SystemExit(f"the queue failed: {[row.reason for row in entry.queue.rows]}")
    window.train.limit = None


def main() -> None:
    """Measure and print."""
    print(machine())
    with open_studio("studio-quick") as studio:
        window = studio.window
        watch = Watch()
        run_until(lambda: studio.engine.ready)
        watch.phase("engine start")
        look_at_data(window, watch)
        edit_network(window, watch)
        window.show_tab("trainTab")
        turn(300)
        watch.phase("Train tab opened")
        look_at_curves(window, watch)
        window.train.start()
        run_until(lambda: not window.train.training)
        watch.phase("training, curves in view")
        train_queue(window, watch)
        runs: list[Path] = []
        run_until(lambda: window.evaluate.reading is not None)
        runs.append(window.evaluate.reading.folder)
        watch.phase("evaluation read")
        window.show_tab("evaluateTab")
        turn(300)
        watch.phase("Evaluate tab opened")
        for true in range(10):
            for read in range(10):
                window.evaluate.matrix.select(true, read)
            turn(1)
        watch.phase("100 cells clicked")
        results: list[Event] = []
        studio.engine.job_ended.connect(results.append)
        evaluated = runs[0].parent.parent / "again.npz"
        job = studio.engine.evaluate(runs[0], evaluated)
        run_until(lambda: any(event.job == job for event in results))
        watch.phase("evaluation in the worker")
        for format in ("keras", "onnx", "tflite", "savedmodel"):
            job = studio.engine.export(runs[0], format, runs[0].parent.parent / f"exported.{format}")
            run_until(lambda job=job: any(event.job == job for event in results))
        watch.phase("export in four formats")
    subprocess.run([sys.executable, __file__, IN_A_THREAD], check=True, stderr=subprocess.DEVNULL)


if __name__ == "__main__":
    in_a_thread() if IN_A_THREAD in sys.argv else main()
