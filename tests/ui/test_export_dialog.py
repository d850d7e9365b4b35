"""The export dialog, told by events put together here; real exports are in test_whole_path."""

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QLineEdit, QPushButton, QRadioButton
from staging import make_run, wait

from cnn_studio.core.events import ExportEnded, JobFailed, StageEntered

LEFT = Qt.MouseButton.LeftButton
SUFFIXES = {"keras": ".keras", "onnx": ".onnx", "tflite": ".tflite", "savedmodel": ""}


@pytest.fixture
def run(tmp_path):
    return make_run(tmp_path / "runs")


@pytest.fixture
def dialog(evaluate, run, window, qtbot):
    evaluate.show_run(run)
    wait(qtbot, evaluate.gallery.model().modelReset, lambda: evaluate.reading is not None)
    qtbot.mouseClick(evaluate.export_button, LEFT)
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
