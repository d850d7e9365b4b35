"""What the network sees, on every page: computed off the GUI thread, only where it is looked at."""

import threading

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QComboBox
from staging import SEVEN, pixels_of, settle

from cnn_studio.core.base.assets import resource
from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.drawing.preprocessing import drawing_to_image
from cnn_studio.inference import nearest_neighbors
from cnn_studio.inference.classifier import Classifier
from cnn_studio.ui.interpretability.inspection_panel import PAGES, InspectionPanel
from cnn_studio.ui.services.latest_request import LatestRequest

STEPS, MAPS, SIGHT, HALO, EDITS, NEIGHBORS, EPOCHS = range(7)
STROKES = [np.array(stroke) for stroke in SEVEN]
PIXELS = drawing_to_image(STROKES)[..., None]


@pytest.fixture(scope="module")
def classifier():
    return Classifier(resource("models", "digits.onnx"))


@pytest.fixture
def panel(qtbot, theme, classifier, monkeypatch):
    monkeypatch.setattr(nearest_neighbors, "MOST_IMAGES", 1000)
    made = InspectionPanel(theme)
    qtbot.addWidget(made, before_close_func=lambda panel: settle(qtbot, panel))
    made.resize(680, 420)
    made.set_classifier(classifier)
    with qtbot.waitExposed(made):
        made.show()
    return made


def shown(qtbot, panel, number):
    """Choose a page and wait until it has something to show of the seven."""
    page = panel.pages[number]
    with qtbot.waitSignal(page.answered, timeout=20_000):
        panel.choose(number)
        panel.show_drawing(PIXELS, STROKES)
    return page


@pytest.mark.parametrize("number", [STEPS, MAPS, SIGHT, HALO, NEIGHBORS])
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_page_paints_a_drawing_and_says_it_in_words(qtbot, panel, theme, number, mode):
    theme.choose(mode)
    panel.choose(number)
    empty = pixels_of(panel.page.canvas)
    page = shown(qtbot, panel, number)
    assert page.notice == ""
    assert page.caption.text()
    assert page.caption.text() in page.canvas.accessibleName()
    painted = pixels_of(page.canvas)
    assert painted.shape == empty.shape
    assert (painted != empty).any(axis=2).mean() > 0.05


@pytest.mark.parametrize("number", range(7))
def test_empty_sheet_has_a_hint(qtbot, panel, number):
    panel.choose(number)
    assert panel.page.hint in panel.page.canvas.accessibleName()
    assert not panel.page.latest.busy
    if number not in (EDITS, EPOCHS):
        page = shown(qtbot, panel, number)
        panel.show_drawing(None)
        assert page.result is None
        assert page.caption.text() == ""


def test_only_the_page_that_is_shown_computes(qtbot, panel):
    shown(qtbot, panel, STEPS)
    assert [page.result is not None for page in panel.pages] == [True] + 6 * [False]


def test_hidden_panel_computes_once_it_is_shown(qtbot, panel):
    panel.hide()
    panel.show_drawing(PIXELS, STROKES)
    assert not panel.page.latest.busy
    with qtbot.waitSignal(panel.page.answered, timeout=10_000):
        panel.show()
    assert panel.page.result.digit == "7"


def test_steps_say_how_usual_the_digit_is(qtbot, panel):
    page = shown(qtbot, panel, STEPS)
    assert np.array_equal(page.result.image[..., 0], drawing_to_image(STROKES))
    assert page.sentence("thickness", 0.02, "7") == "thinner than 98 % of the training 7s"
    assert page.sentence("slant", 0.9, "7") == "further right than 90 % of the training 7s"


def test_picture_without_strokes_shows_its_last_step(qtbot, panel):
    with qtbot.waitSignal(panel.page.answered, timeout=10_000):
        panel.show_drawing(PIXELS)
    assert panel.page.result.steps is None
    assert panel.page.result.shares


def test_maps_of_every_convolution_and_of_one_layer(qtbot, panel, classifier):
    page = shown(qtbot, panel, MAPS)
    convolutions = [tap for tap in page.result.taps if tap.kind == "convolution"]
    assert len(page.result.strips) == len(convolutions)
    names = [page.layers.itemText(row) for row in range(page.layers.count())]
    assert names[0] == "All convolutions"
    assert len(names) == 2 + len(page.result.taps)  # and the filters
    page.layers.setCurrentIndex(3)
    with qtbot.waitSignal(page.answered, timeout=10_000):
        page.layers.activated.emit(3)
    (strip,) = page.result.strips
    assert strip.tap == page.result.taps[1]
    assert strip.shown == strip.shape[2]
    page.layers.setCurrentIndex(1)
    with qtbot.waitSignal(page.answered, timeout=10_000):
        page.layers.activated.emit(1)
    assert page.result.strips[0].tap is None


def test_sight_says_which_map_it_is(qtbot, panel):
    page = shown(qtbot, panel, SIGHT)
    assert page.result.method == "activation"
    assert "exact" in page.caption.text()
    with qtbot.waitSignal(page.answered, timeout=10_000):
        qtbot.mouseClick(page.cover, Qt.MouseButton.LeftButton)
    assert page.result.method == "occlusion"
    assert "occlusion" in page.caption.text()


def test_halo_tells_each_copy(qtbot, panel):
    page = shown(qtbot, panel, HALO)
    area = page.area
    cells = page.cells(area)
    assert len(cells) == 400
    assert all(area.contains(cell.area) for cell in cells)
    middle = cells[len(cells[:289]) // 2].area.center()
    percent = f"{100 * cells[144].confidence:.1f}"
    assert page.tip_at(middle.x(), middle.y()) == f"moved by +0 right, +0 down: read as 7 at {percent} %"


def test_smallest_edit_waits_for_a_class_and_paints_the_edit(qtbot, panel, classifier):
    panel.choose(EDITS)
    page = panel.page
    panel.show_drawing(PIXELS, STROKES)
    assert page.notice == "Choose what the answer should become"
    with qtbot.waitSignal(page.answered, timeout=60_000):
        qtbot.mouseClick(page.buttons[2], Qt.MouseButton.LeftButton)
    edit = page.result.edit
    assert classifier.answers(edit.image[None])[0].index == 2
    assert page.caption.text().startswith("Pixels that turn this 7 into 2")
    assert f": {edit.size}, {len(edit.added)} of them added" in page.caption.text()
    panel.show_drawing(None)
    assert page.result is None


def test_neighbors_come_from_the_training_set(qtbot, panel):
    page = shown(qtbot, panel, NEIGHBORS)
    assert page.result.found[0].label == 7
    assert page.result.searched == 1000
    assert "1,000" in page.caption.text()


def test_unknown_training_set_is_said_on_the_sheet(qtbot, panel, monkeypatch):
    def refuse(*arguments):
        raise StudioError("There are no training images.", "Nobody knows them.", "Choose another model.")

    monkeypatch.setattr("cnn_studio.ui.interpretability.inspection_subject.open_index", refuse)
    page = shown(qtbot, panel, NEIGHBORS)
    assert page.result is None
    assert page.notice == "There are no training images. Nobody knows them. Choose another model."


def test_everything_that_can_be_pressed_has_a_name(panel):
    pressable = [*panel.findChildren(QAbstractButton), *panel.findChildren(QComboBox)]
    assert len(pressable) >= len(PAGES)
    assert all(widget.objectName() and widget.accessibleName() for widget in pressable)


def test_newest_request_wins_and_never_do_two_run(qtbot, qapp, panel):
    gate, running, most, done = threading.Event(), [0], [0], []
    latest = LatestRequest(done.append, done.append, panel)

    def work(name):
        def run(canceled):
            running[0] += 1
            most[0] = max(most[0], running[0])
            gate.wait(10)
            running[0] -= 1
            return name if not canceled() else None

        return run

    for name in "abcd":
        latest.ask(work(name))
    gate.set()
    qtbot.waitUntil(lambda: not latest.busy, timeout=10_000)
    assert done == ["d"]  # a gave up, b and c never ran
    assert most[0] == 1


def test_forgotten_answer_is_dropped_but_a_later_one_comes(qtbot, panel):
    gate, done = threading.Event(), []
    latest = LatestRequest(done.append, done.append, panel)
    latest.ask(lambda canceled: gate.wait(10) and "old")
    latest.forget()
    latest.ask(lambda canceled: "new")
    gate.set()
    qtbot.waitUntil(lambda: not latest.busy, timeout=10_000)
    assert done == ["new"]


def test_end_of_the_window_ends_its_work(qtbot, theme, classifier, monkeypatch):
    """Even the index of all training images, which takes a quarter of a minute."""
    begun, told = threading.Event(), threading.Event()

    def slow(content, taps, report, canceled):
        begun.set()
        while not canceled():
            threading.Event().wait(0.005)
        told.set()

    monkeypatch.setattr("cnn_studio.ui.interpretability.inspection_subject.open_index", slow)
    made = InspectionPanel(theme)
    made.set_classifier(classifier)
    made.choose(NEIGHBORS)
    with qtbot.waitExposed(made):
        made.show()
    made.show_drawing(PIXELS, STROKES)
    assert begun.wait(10)
    made.deleteLater()
    del made
    qtbot.waitUntil(told.is_set, timeout=10_000)


def test_another_network_ends_the_index_of_the_one_before(qtbot, panel, classifier, monkeypatch):
    begun, told = threading.Event(), threading.Event()

    def slow(content, taps, report, canceled):
        begun.set()
        while not canceled():
            threading.Event().wait(0.005)
        told.set()

    monkeypatch.setattr("cnn_studio.ui.interpretability.inspection_subject.open_index", slow)
    panel.choose(NEIGHBORS)
    panel.show_drawing(PIXELS, STROKES)
    assert begun.wait(10)
    panel.set_classifier(classifier)
    assert told.wait(10)
    assert panel.page.result is None


def test_unexpected_failure_is_logged_and_said(qtbot, panel, expected_log):
    expected_log.append("Looking into the network failed")
    said = []
    latest = LatestRequest(said.append, said.append, panel)
    latest.ask(lambda canceled: 1 / 0)
    qtbot.waitUntil(lambda: bool(said))
    assert "ZeroDivisionError" in said[0].why
