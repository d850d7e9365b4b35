"""The window as a whole: names, appearance, what it remembers, what it opens."""

import os

import msgspec
import numpy as np
import pytest
from accessibility import accessible_name, interactive
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QComboBox,
    QLabel,
    QMessageBox,
    QWidget,
)
from staging import SEVEN, StandInEngine, draw_strokes, make_run, pixels_of, wait

from cnn_studio.core.base.assets import resource
from cnn_studio.core.base.settings import load_settings
from cnn_studio.core.protocol.events import JobFailed
from cnn_studio.ui.services.background_task import wait_for_background
from cnn_studio.ui.services.model_registry import ModelRegistry
from cnn_studio.ui.shell.main_window import MainWindow

NAMES = [
    "drawTab",
    "trainTab",
    "evaluateTab",
    "runsTab",
    "drawCanvas",
    "clearButton",
    "undoButton",
    "redoButton",
    "predictionBars",
    "inputPreview",
    "modelSelector",
    "recipeSelector",
    "datasetSelector",
    "deviceSelector",
    "epochsSpin",
    "batchSizeSpin",
    "trainButton",
    "stopButton",
    "trainProgress",
    "lossPlot",
    "accuracyPlot",
    "confusionMatrix",
    "errorGallery",
    "exportButton",
]
PAINTED = (
    "drawCanvas",
    "confusionMatrix",
    "predictionBars",
    "inputPreview",
    "lossPlot",
    "accuracyPlot",
    "trainProgress",
)


@pytest.mark.parametrize("name", NAMES)
def test_widget_that_people_rely_on_is_there_once(window, name):
    assert len(window.findChildren(QWidget, name)) == 1


@pytest.mark.parametrize("name", PAINTED)
def test_painted_widget_has_an_accessible_name(window, name):
    assert accessible_name(window.findChild(QWidget, name))


def test_every_interactive_widget_has_an_accessible_name(window):
    assert [str(widget) for widget in interactive(window) if not accessible_name(widget)] == []


def test_every_interactive_widget_has_an_object_name(window):
    nameless = [
        f"{type(widget).__name__} '{accessible_name(widget)}'"
        for widget in interactive(window)
        if not widget.objectName()
    ]
    assert nameless == []


def test_window_opens_on_the_draw_tab(window):
    assert window.tabs.currentWidget().objectName() == "drawTab"


def test_control_and_a_number_show_a_tab(window, qtbot):
    with qtbot.waitActive(window):
        window.activateWindow()
    for number, name in enumerate(
        ("drawTab", "dataTab", "modelTab", "trainTab", "evaluateTab", "runsTab"), start=1
    ):
        QTest.keyClick(window, getattr(Qt.Key, f"Key_{number}"), Qt.KeyboardModifier.ControlModifier)
        assert window.tabs.currentWidget().objectName() == name


@pytest.mark.parametrize("tab", ["drawTab", "trainTab", "evaluateTab"])
def test_dark_is_painted_darker_and_light_comes_back(window, settings, tab):
    window.show_tab(tab)
    light = pixels_of(window)
    window.choose_theme("dark")
    dark = pixels_of(window)
    assert dark[:, :, :3].mean() < 100 < 180 < light[:, :, :3].mean()
    assert settings.theme == "dark"
    window.choose_theme("light")
    np.testing.assert_array_equal(pixels_of(window), light)


def test_engine_state_is_shown(window, engine):
    engine.state_changed.emit("Engine ready on CPU, 2 cores", True)
    assert window.findChild(QLabel, "engineState").text() == "Engine ready on CPU, 2 cores"


def test_geometry_recipe_theme_and_folder_are_remembered(window, settings, qtbot):
    window.resize(1111, 777)
    qtbot.waitUntil(lambda: window.size().toTuple() == (1111, 777))
    selector = window.findChild(QComboBox, "recipeSelector")
    selector.setCurrentIndex(selector.findData("fashion-vgg2"))
    window.choose_theme("dark")
    window.close()
    saved = load_settings()
    assert (saved.recipe, saved.theme) == ("fashion-vgg2", "dark")
    assert saved.geometry


def reopened(qtbot, theme, settings, tmp_path):
    """A second window with what the first remembered."""
    engine = StandInEngine(tmp_path / "runs")
    window = MainWindow(theme, engine, ModelRegistry(tmp_path / "runs"), settings)
    qtbot.addWidget(window, before_close_func=lambda _: engine.end())
    window.draw.load_now()
    with qtbot.waitExposed(window):
        window.show()
    return window


def test_second_window_opens_as_the_first_was_left(window, theme, qtbot, tmp_path):
    if window.screen().availableSize().width() < 1111:
        pytest.skip("Qt does not restore a window that is larger than the screen")
    window.resize(1111, 777)
    qtbot.waitUntil(lambda: window.size().toTuple() == (1111, 777))
    selector = window.findChild(QComboBox, "recipeSelector")
    selector.setCurrentIndex(selector.findData("fashion-vgg2"))
    window.close()
    second = reopened(qtbot, theme, load_settings(), tmp_path)
    qtbot.waitUntil(lambda: second.size().toTuple() == (1111, 777))
    assert second.findChild(QComboBox, "recipeSelector").currentData() == "fashion-vgg2"


def test_chosen_model_answers_again_after_a_restart(window, theme, qtbot, tmp_path):
    run = make_run(tmp_path / "runs")
    with qtbot.waitSignal(window._registry.changed):
        window._registry.refresh()
    with qtbot.waitSignal(window.draw.answered):
        window.answer_with(run)
    window.close()
    second = reopened(qtbot, theme, load_settings(), tmp_path)
    with qtbot.waitSignal(second._registry.changed):
        second._registry.refresh()
    assert second.draw.selector.currentData() == str(run / "model.onnx")
    wait(qtbot, second.draw.answered, lambda: second.draw.classifier.path == run / "model.onnx")


@pytest.mark.parametrize(
    "content", [b"", b"{", b'{"theme": 5}', b"\xff\xfe", msgspec.json.encode({"geometry": "????"})]
)
def test_damaged_settings_open_the_usual_window(studio_home, qtbot, theme, tmp_path, content):
    studio_home.mkdir()
    (studio_home / "settings.json").write_bytes(content)
    window = reopened(qtbot, theme, load_settings(), tmp_path)
    assert window.isVisible()
    assert window.width() >= 1024


def test_finished_run_appears_in_both_selectors(window, engine, qtbot, tmp_path):
    run = make_run(tmp_path / "runs")
    with qtbot.waitSignal(window._registry.changed):
        engine.run_finished.emit(str(run))
    assert window.draw.selector.findData(str(run / "model.onnx")) >= 0
    assert window.draw.selector.currentIndex() == 0  # the person's choice is not taken away
    wait(qtbot, window.evaluate.gallery.model().modelReset, lambda: window.evaluate.reading is not None)
    assert window.evaluate.reading.folder == run


def test_run_answers_a_drawing_once_chosen(window, qtbot, tmp_path):
    run = make_run(tmp_path / "runs")
    with qtbot.waitSignal(window._registry.changed):
        window._registry.refresh()
    with qtbot.waitSignal(window.draw.answered):
        window.answer_with(run)
    draw_strokes(window.draw.canvas, SEVEN)
    assert window.draw.classifier.path == run / "model.onnx"
    assert window.draw.bars.answer.index == 7


@pytest.mark.parametrize(
    "name", ["model.h5", "weights.txt", "net.pkl", "net.pt", "saved_model.pb", "nothing"]
)
def test_other_files_are_refused_in_a_sentence(window, tmp_path, name):
    path = tmp_path / name
    path.write_bytes(b"anything")
    window.open_model(str(path))
    assert window.draw.banner.isVisible()
    assert window.draw.banner.text.startswith(f"{name} was not opened. ")
    assert "can carry code" in window.draw.banner.text
    assert "Open an .onnx file" in window.draw.banner.text


def test_refused_keras_file_is_explained_and_leaves_the_model(window, engine, qtbot, tmp_path):
    path = tmp_path / "theirs.keras"
    path.write_bytes(b"PK")
    before = window.draw.classifier
    window.open_model(str(path))
    assert engine.exports[0][:2] == (path, "onnx")
    engine.heard.emit(JobFailed(job=engine.jobs[-1], what="theirs.keras was not opened.", why="Not ours."))
    assert window.draw.banner.text == "theirs.keras was not opened. Not ours."
    assert window.draw.classifier is before


def test_onnx_file_is_opened_at_once(window, qtbot, tmp_path):
    path = tmp_path / "mine.onnx"
    path.write_bytes(resource("models", "digits.onnx").read_bytes())
    with qtbot.waitSignal(window.draw.answered):
        window.open_model(str(path))
    assert window.draw.classifier.path == path
    assert window.draw.selector.currentText() == "mine"


def test_file_that_was_replaced_answers_as_it_is_now(window, engine, qtbot, tmp_path):
    path = tmp_path / "mine.onnx"
    path.write_bytes(resource("models", "digits.onnx").read_bytes())
    with qtbot.waitSignal(window.draw.answered):
        window.open_model(str(path))
    before = window.draw.classifier
    with qtbot.waitSignal(window._registry.changed):
        window._registry.refresh()
    wait_for_background(20)
    QCoreApplication.processEvents()
    assert window.draw.classifier is before  # nothing has changed: nothing is loaded
    path.write_bytes(resource("models", "digits.onnx").read_bytes())
    os.utime(path, ns=(1, 1))  # as a run's model.onnx is when the run was trained further
    with qtbot.waitSignal(window.draw.answered):
        window._registry.refresh()
    assert window.draw.classifier is not before
    assert window.draw.classifier.path == path


def test_model_that_is_opened_again_is_chosen_again(window, qtbot, tmp_path):
    path = tmp_path / "mine.onnx"
    path.write_bytes(resource("models", "digits.onnx").read_bytes())
    for _ in range(2):
        before = window.draw.classifier
        with qtbot.waitSignal(window.draw.answered):
            window.open_model(str(path))
        assert window.draw.classifier is not before


def test_two_models_of_one_name_do_not_share_a_file(window, engine, tmp_path):
    for folder in ("first", "second"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "model.keras").write_bytes(b"PK")
        window.open_model(str(tmp_path / folder / "model.keras"))
    first, second = (to for _, _, to in engine.exports)
    assert first != second
    window.open_model(str(tmp_path / "first" / "model.keras"))
    assert engine.exports[-1][2] == first


def test_opening_during_a_training_says_that_it_waits(window, engine, tmp_path):
    window.train.start()
    window.open_model(str(tmp_path / "model.keras"))
    assert "Waiting until the training has ended" in window.draw.banner.text


def test_broken_onnx_file_is_explained_and_the_old_model_answers(window, qtbot, tmp_path):
    path = tmp_path / "broken.onnx"
    path.write_bytes(b"not a model")
    before = window.draw.classifier
    with qtbot.waitSignal(window.draw.models.reader._carrier.failed):
        window.open_model(str(path))
    assert "broken.onnx is not an ONNX model" in window.draw.banner.text
    assert window.draw.classifier is before
    assert window.draw.selector.currentData() == str(before.path)
    draw_strokes(window.draw.canvas, SEVEN)
    assert window.draw.bars.answer.index == 7


def test_closing_asks_only_while_a_training_runs(window, engine, qtbot, monkeypatch):
    asked = []

    def keep(box):
        asked.append(box.text())
        box.setProperty("answered", True)

    monkeypatch.setattr(QMessageBox, "exec", keep)
    window.train.start()
    assert not window.close()
    assert window.isVisible()
    assert asked == ["Training is running."]
    engine.end_jobs()
    assert window.close()
    assert len(asked) == 1


def test_stop_and_keep_closes_when_the_training_has_ended(window, engine, qtbot, monkeypatch):
    def stop(box):
        (button,) = (button for button in box.buttons() if "Stop" in button.text())
        monkeypatch.setattr(QMessageBox, "clickedButton", lambda self: button)

    monkeypatch.setattr(QMessageBox, "exec", stop)
    window.train.start()
    assert not window.close()
    assert engine.canceled == engine.jobs
    with qtbot.waitSignal(window.closed):
        engine.end_jobs()


def test_closing_twice_is_harmless(window):
    assert window.close()
    assert window.close()
