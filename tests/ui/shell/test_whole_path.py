"""Launch, draw, train, see the errors, export: the real window and the real engine, mouse and keys only."""

import os
import signal
import zipfile
from pathlib import Path

import numpy as np
import onnxruntime
import psutil
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QDialog, QLineEdit, QPushButton, QRadioButton, QWidget
from staging import SEVEN, answers_of, draw_strokes, finish, mnist_test_images, until

from cnn_studio.core.base.settings import Settings
from cnn_studio.core.protocol.events import BatchEnded, ExportEnded, JobFailed
from cnn_studio.core.runs.run_folder import read_history, read_run
from cnn_studio.ui.shell.composition import Studio

LEFT = Qt.MouseButton.LeftButton
LIMIT = 2000


def opened(folder):
    """Open the real window and wait for the real engine."""
    studio = Studio(Settings(theme="light", export_folder=str(folder)), folder / "runs", folder / "log")
    studio.show()
    until(studio.engine.state_changed, lambda: studio.engine.ready)
    return studio


def train(studio, epochs):
    """Set the fields and click Train."""
    window = studio.window
    window.show_tab("trainTab")
    window.train.limit = LIMIT
    window.findChild(QWidget, "epochsSpin").setValue(epochs)
    QTest.mouseClick(window.findChild(QPushButton, "trainButton"), LEFT)


@pytest.fixture(scope="module")
def studio(qapp, session_home, tmp_path_factory):
    made = opened(tmp_path_factory.mktemp("studio"))
    yield made
    finish(made.window)
    assert made.engine.worker_pid is None


@pytest.fixture(scope="module")
def run(studio):
    """The folder of a run trained by a click on Train, shown in the Evaluate tab."""
    window = studio.window
    train(studio, epochs=2)
    until(window.train.ended, lambda: not window.train.training)
    assert not window.train.banner.isVisible(), window.train.banner.text
    until(studio.registry.changed, lambda: bool(studio.registry.runs))
    until(window.evaluate.gallery.model().modelReset, lambda: window.evaluate.reading is not None)
    return studio.registry.runs[0].folder


def test_training_drew_what_is_in_the_history(studio, run):
    rows = read_history(run)
    view = studio.window.train.view
    assert view.accuracy.points["training"] == [(row["epoch"], row["accuracy"]) for row in rows]
    assert view.accuracy.points["validation"] == [(row["epoch"], row["val_accuracy"]) for row in rows]
    assert view.loss.points["validation"] == [(row["epoch"], row["val_loss"]) for row in rows]
    assert view.accuracy.best_epoch == max(rows, key=lambda row: row["val_accuracy"])["epoch"]
    assert view.progress.value() == view.progress.maximum()
    result = read_run(run).record.result
    assert f"Test accuracy {100 * result.test_accuracy:.2f} %" in view.log.toPlainText()


def test_evaluate_tab_shows_the_matrix_of_the_run(studio, run):
    labels, predictions, _ = answers_of(run)
    counts = np.zeros((10, 10), int)
    np.add.at(counts, (labels, predictions), 1)
    np.testing.assert_array_equal(studio.window.evaluate.matrix.counts, counts)
    np.testing.assert_array_equal(labels, mnist_test_images()[1])


def test_click_on_the_worst_cell_shows_its_images(studio, run):
    studio.window.show_tab("evaluateTab")
    labels, predictions, confidences = answers_of(run)
    wrong = np.zeros((10, 10), int)
    np.add.at(wrong, (labels, predictions), 1)
    np.fill_diagonal(wrong, 0)
    true, predicted = map(int, np.unravel_index(wrong.argmax(), wrong.shape))
    matrix, gallery = studio.window.evaluate.matrix, studio.window.evaluate.gallery
    QTest.mouseClick(matrix, LEFT, pos=matrix.cell_center(true, predicted).toPoint())
    expected = np.flatnonzero((labels == true) & (predictions == predicted))
    numbers = [tile.number for tile in gallery.tiles]
    assert sorted(numbers) == list(expected)
    assert [confidences[number] for number in numbers] == sorted(confidences[expected], reverse=True)
    for number in numbers:
        shown = gallery.model().images[number].reshape(28, 28)
        np.testing.assert_array_equal(shown, mnist_test_images()[0][number])


def test_run_answers_a_drawing(studio, run):
    draw = studio.window.draw
    studio.window.show_tab("drawTab")
    selector = studio.window.findChild(QComboBox, "modelSelector")
    number = selector.findData(str(run / "model.onnx"))
    assert number >= 0
    selector.setCurrentIndex(number)
    selector.activated.emit(number)
    until(draw.answered, lambda: draw.classifier.path == run / "model.onnx")
    draw_strokes(draw.canvas, SEVEN)
    session = onnxruntime.InferenceSession(
        (run / "model.onnx").read_bytes(), providers=["CPUExecutionProvider"]
    )
    pixels = draw.preview.pixels.reshape(1, 28, 28, 1).astype(np.float32) / 255
    expected = session.run(None, {session.get_inputs()[0].name: pixels})[0][0]
    assert draw.bars.answer.index == expected.argmax()
    assert draw.bars.answer.probabilities == pytest.approx(expected.tolist(), abs=1e-5)
    draw.canvas.clear()


def export(studio, format, path):
    """Walk through the export dialog; return it with what came of it."""
    window = studio.window
    window.show_tab("evaluateTab")
    QTest.mouseClick(window.findChild(QPushButton, "exportButton"), LEFT)
    dialog = window.findChildren(QDialog, "exportDialog")[-1]
    dialog.findChild(QRadioButton, f"export_{format}").click()
    dialog.findChild(QLineEdit, "exportPath").setText(str(path))
    heard = []
    studio.engine.job_ended.connect(heard.append)
    QTest.mouseClick(dialog.findChild(QPushButton, "exportSaveButton"), LEFT)
    until(studio.engine.job_ended, lambda: heard and isinstance(heard[-1], ExportEnded | JobFailed))
    studio.engine.job_ended.disconnect(heard.append)
    text = dialog.banner.text
    assert dialog.banner.isVisible()
    dialog.close()
    return text, heard[-1]


def test_export_writes_the_file_and_shows_the_comparison(studio, run, tmp_path):
    text, ended = export(studio, "onnx", tmp_path / "net.onnx")
    assert isinstance(ended, ExportEnded), ended
    assert "256 of 256 test images get the same answer" in text
    assert (tmp_path / "net.onnx").stat().st_size == ended.bytes


def test_export_to_a_place_that_cannot_be_is_explained(studio, run, tmp_path):
    (tmp_path / "a file").write_text("in the way")
    text, ended = export(studio, "keras", tmp_path / "a file" / "net.keras")
    assert isinstance(ended, JobFailed)
    assert ended.what.startswith("Cannot write")
    assert ended.remedy in text


def test_strangers_keras_file_is_refused_and_never_run(studio, tmp_path):
    path = tmp_path / "theirs.keras"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", '{"class_name": "Lambda", "module": "os", "config": {}}')
        archive.writestr("metadata.json", "{}")
    heard = []
    studio.engine.job_ended.connect(heard.append)
    studio.window.open_model(str(path))
    until(studio.engine.job_ended, lambda: heard and isinstance(heard[-1], ExportEnded | JobFailed))
    studio.engine.job_ended.disconnect(heard.append)
    banner = studio.window.draw.banner
    assert "theirs.keras was not opened." in banner.text
    assert "not written by CNN Studio" in banner.text


def test_our_own_keras_file_is_opened_and_answers(studio, run):
    draw = studio.window.draw
    studio.window.open_model(str(run / "model.keras"))
    until(
        draw.answered,
        lambda: draw.classifier.path.name.startswith("model-") and draw.classifier.path.parent != run,
    )
    draw_strokes(draw.canvas, SEVEN)
    assert draw.bars.answer is not None
    draw.canvas.clear()


def test_engine_killed_in_an_epoch_is_explained_and_replaced(qapp, tmp_path, expected_log):
    expected_log.append("The worker ended: Its process was ended by signal 9.")
    studio = opened(tmp_path)
    window = studio.window
    try:
        heard = []
        studio.engine._arrived.connect(heard.append)
        train(studio, epochs=5000)
        until(studio.engine._arrived, lambda: heard and isinstance(heard[-1], BatchEnded))
        killed = studio.engine.worker_pid
        os.kill(killed, signal.SIGKILL)
        until(window.train.ended, lambda: not window.train.training)
        assert window.train.banner.isVisible()
        assert window.train.banner.text.startswith("The engine stopped in the middle of its work. ")
        assert "signal 9" in window.train.banner.text
        assert window.findChild(QWidget, "trainButton").isEnabled()
        assert not window.findChild(QWidget, "stopButton").isEnabled()
        (folder,) = (tmp_path / "runs").iterdir()
        assert read_run(folder).record.status == "failed"
        engine = studio.engine
        until(engine.state_changed, lambda: engine.ready and engine.worker_pid not in (None, killed))
        train(studio, epochs=1)
        assert not window.train.banner.isVisible()
        until(window.train.ended, lambda: not window.train.training)
        until(studio.registry.changed, lambda: len(studio.registry.runs) == 1)
        assert Path(studio.registry.runs[0].folder) != folder
    finally:
        studio.engine._arrived.disconnect(heard.append)
        finish(window)
    assert not psutil.pid_exists(killed)
    assert studio.engine.worker_pid is None
