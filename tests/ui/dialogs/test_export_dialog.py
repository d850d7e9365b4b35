"""The export dialog, told by events put together here; real exports are in test_whole_path."""

import msgspec
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QRadioButton,
)
from staging import make_run, wait

from cnn_studio.core.protocol.events import ExportEnded, JobCanceled, JobFailed, StageEntered
from cnn_studio.ui.services.background_task import wait_for_background

LEFT = Qt.MouseButton.LeftButton
SUFFIXES = {"keras": ".keras", "onnx": ".onnx", "tflite": ".tflite", "savedmodel": ""}


@pytest.fixture
def run(tmp_path):
    return make_run(tmp_path / "runs")


@pytest.fixture
def dialog(evaluate, run, window, qtbot):
    evaluate.show_run(run)
    wait(qtbot, evaluate.gallery.model().modelReset, lambda: evaluate.reading is not None)
    qtbot.mouseClick(evaluate.header.export_button, LEFT)
    return window.findChild(QDialog, "exportDialog")


def choose(dialog, format):
    dialog.findChild(QRadioButton, f"export_{format}").click()


def save(dialog, qtbot, path=None):
    if path is not None:
        dialog.findChild(QLineEdit, "exportPath").setText(str(path))
    qtbot.mouseClick(dialog.findChild(QPushButton, "exportSaveButton"), LEFT)


@pytest.mark.parametrize(("format", "suffix"), SUFFIXES.items())
def test_every_format_proposes_a_name_with_its_ending(dialog, run, format, suffix):
    choose(dialog, format)
    assert dialog.format == format
    assert dialog.findChild(QLineEdit, "exportPath").text().endswith(f"/{run.name}{suffix}")


@pytest.mark.parametrize(("format", "suffix"), SUFFIXES.items())
def test_forgotten_ending_is_added(dialog, run, engine, qtbot, tmp_path, format, suffix):
    choose(dialog, format)
    save(dialog, qtbot, tmp_path / "mine")
    assert engine.exports == [(run, format, tmp_path / f"mine{suffix}")]


def test_fields_wait_while_it_writes_and_comparison_is_shown(dialog, engine, qtbot, tmp_path):
    choose(dialog, "onnx")
    save(dialog, qtbot, tmp_path / "mine.onnx")
    assert not dialog.save_button.isEnabled()
    job = engine.jobs[-1]
    engine.heard.emit(StageEntered(job=job, text="Comparing"))
    engine.heard.emit(
        ExportEnded(
            job=job, path=str(tmp_path / "mine.onnx"), format="onnx", bytes=216_300, images=256,
            same_predictions=255, largest_difference=2.4e-7,
        )
    )  # fmt: skip
    assert dialog.save_button.isEnabled()
    assert "255 of 256 test images" in dialog.banner.text
    assert "216 kB" in dialog.banner.text
    assert "2e-07" in dialog.banner.text
    assert str(tmp_path / "mine.onnx") in dialog.banner.text


def test_failure_is_explained_and_can_be_tried_again(dialog, engine, qtbot, tmp_path):
    save(dialog, qtbot, tmp_path / "mine.keras")
    engine.heard.emit(JobFailed(job=engine.jobs[-1], what="Cannot write.", why="Full.", remedy="Elsewhere."))
    assert dialog.banner.text == "Cannot write. Full. Elsewhere."
    save(dialog, qtbot, tmp_path / "other.keras")
    assert len(engine.exports) == 2
    assert not dialog.banner.isVisible()


def test_folder_is_remembered(dialog, settings, qtbot, tmp_path):
    save(dialog, qtbot, tmp_path / "far" / "mine.keras")
    assert settings.export_folder == str(tmp_path / "far")


@pytest.mark.parametrize("way", ["button", "escape"])
def test_closing_while_it_writes_is_harmless(dialog, engine, qtbot, window, tmp_path, way):
    save(dialog, qtbot, tmp_path / "mine.keras")
    if way == "escape":
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
    else:
        dialog.close_button.click()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert window.findChild(QDialog, "exportDialog") is None
    engine.heard.emit(StageEntered(job=engine.jobs[-1], text="Comparing"))
    engine.heard.emit(JobFailed(job=engine.jobs[-1], what="Too late."))


ENDED = ExportEnded(
    path="net.onnx", format="onnx", bytes=1000, images=256, same_predictions=256, largest_difference=0.0
)


def test_result_is_said_in_the_window_when_the_dialog_is_gone(dialog, evaluate, engine, qtbot, tmp_path):
    save(dialog, qtbot, tmp_path / "mine.keras")
    dialog.close_button.click()
    assert not evaluate.banner.isVisible()
    engine.heard.emit(msgspec.structs.replace(ENDED, job=engine.jobs[-1]))
    assert "256 of 256 test images" in evaluate.banner.text


def test_result_is_said_once_in_a_dialog_that_is_there(dialog, evaluate, engine, qtbot, tmp_path):
    save(dialog, qtbot, tmp_path / "mine.keras")
    engine.heard.emit(msgspec.structs.replace(ENDED, job=engine.jobs[-1]))
    dialog.close_button.click()
    assert not evaluate.banner.isVisible()


def test_cancel_cancels_the_job_and_the_dialog_can_be_used_again(dialog, engine, qtbot, tmp_path):
    cancel = dialog.findChild(QPushButton, "exportCancelButton")
    assert not cancel.isVisible()
    save(dialog, qtbot, tmp_path / "mine.keras")
    qtbot.mouseClick(cancel, LEFT)
    assert engine.canceled == [engine.jobs[-1]]
    assert not cancel.isEnabled()
    engine.heard.emit(JobCanceled(job=engine.jobs[-1]))
    assert dialog.banner.text == "The export was canceled."
    assert not cancel.isVisible()
    save(dialog, qtbot)
    assert len(engine.exports) == 2


@pytest.mark.parametrize("name", ["", "  ", "/", ".", "~nobody-of-that-name/net"])
def test_name_that_names_no_file_is_asked_for_again(dialog, engine, qtbot, name):
    save(dialog, qtbot, name)
    assert dialog.banner.text.startswith("Name a file")
    assert engine.exports == []


def test_export_during_a_training_waits_and_leaves_the_window_free(
    window, evaluate, engine, run, qtbot, tmp_path
):
    evaluate.show_run(run)
    window.train.start()
    qtbot.mouseClick(evaluate.header.export_button, LEFT)
    dialog = window.findChild(QDialog, "exportDialog")
    assert not dialog.isModal()
    save(dialog, qtbot, tmp_path / "mine.keras")
    shown = {label.text() for label in dialog.findChildren(QLabel)}
    assert "Waiting until the training has ended" in shown
    window.show_tab("trainTab")
    qtbot.mouseClick(window.train.stop_button, LEFT)
    assert engine.canceled == engine.jobs[:1]
    engine.heard.emit(JobCanceled(job=engine.jobs[0]))
    shown = {label.text() for label in dialog.findChildren(QLabel)}
    assert not any("training" in text for text in shown)


def test_second_click_on_export_shows_the_dialog_that_is_there(dialog, evaluate, window, qtbot):
    qtbot.mouseClick(evaluate.header.export_button, LEFT)
    assert window.findChildren(QDialog, "exportDialog") == [dialog]


@pytest.mark.parametrize("answer", ["Replace", "Keep it"])
def test_file_that_is_there_is_replaced_only_if_the_answer_is_yes(
    dialog, engine, qtbot, tmp_path, monkeypatch, answer
):
    """Also where the name was chosen without its ending: the file dialog asked about another one."""
    (tmp_path / "mine.keras").write_bytes(b"precious")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "mine"), ""))
    asked = []

    def execute(box):
        asked.append(box.text())
        (button,) = (button for button in box.buttons() if button.text() == answer)
        monkeypatch.setattr(QMessageBox, "clickedButton", lambda self: button)

    monkeypatch.setattr(QMessageBox, "exec", execute)
    qtbot.mouseClick(dialog._browse_button, LEFT)
    save(dialog, qtbot)
    assert asked == ["mine.keras exists already."]
    assert [to for _, _, to in engine.exports] == ([tmp_path / "mine.keras"] if answer == "Replace" else [])


def test_file_dialog_that_asked_itself_is_believed(dialog, engine, qtbot, tmp_path, monkeypatch):
    (tmp_path / "mine.keras").write_bytes(b"precious")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "mine.keras"), ""))
    monkeypatch.setattr(QMessageBox, "exec", lambda box: pytest.fail("asked twice"))
    qtbot.mouseClick(dialog._browse_button, LEFT)
    save(dialog, qtbot)
    assert len(engine.exports) == 1


def test_figure_that_is_there_is_not_replaced_unasked(evaluate, run, qtbot, tmp_path, monkeypatch):
    evaluate.show_run(run)
    wait(qtbot, evaluate.gallery.model().modelReset, lambda: evaluate.reading is not None)
    (tmp_path / "figure.png").write_bytes(b"precious")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "figure"), ""))
    asked = []
    monkeypatch.setattr(QMessageBox, "exec", lambda box: asked.append(box.text()))
    qtbot.mouseClick(evaluate.confusion.save_button, LEFT)
    wait_for_background(20)
    assert asked == ["figure.png exists already."]
    assert (tmp_path / "figure.png").read_bytes() == b"precious"
