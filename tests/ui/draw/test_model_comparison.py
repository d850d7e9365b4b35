"""Several models answer the same drawing side by side; the others are made by hand."""

import json
import threading
from itertools import pairwise

import msgspec
import numpy as np
import pytest
from epoch_run import CARD, biased, write_model
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from staging import LEFT, NO_KEYS, SEVEN, draw_strokes, make_run, move, pixels_of, press, release, wait

from cnn_studio.core.base.assets import resource
from cnn_studio.core.base.settings import Settings, load_settings, save_settings
from cnn_studio.inference.classifier import Classifier
from cnn_studio.ui.draw import compared_model
from cnn_studio.ui.services.background_task import wait_for_background

SHIPPED = resource("models", "digits.onnx")
GARMENTS = ("Shirt", "Ankle boot", "Bag")


def garments(path):
    """Write a network of three garments that answers a bag."""
    weights, bias = biased(2)
    card = json.loads(CARD) | {"classes": GARMENTS, "dataset": ""}
    return write_model(path, weights[:, :3], bias[:3], json.dumps(card))


def doubtful(path):
    """Write a network of digits that is not sure of a 4."""
    card = json.loads(CARD) | {"reject_below": 0.9}
    return write_model(path, *biased(4, 2.0), json.dumps(card))


def made_run(tmp_path, name, model=None):
    """Write a run; its model answers one digit, or is the shipped one."""
    folder = make_run(tmp_path / "runs", name)
    if model is not None:
        write_model(folder / "model.onnx", *biased(model))
    return folder / "model.onnx"


def read_shelf(qtbot, draw):
    with qtbot.waitSignal(draw.models.registry.changed):
        draw.models.registry.refresh()


def compare(qtbot, draw, *paths):
    """Check models in the menu with the mouse."""
    read_shelf(qtbot, draw)
    for path in paths:
        with qtbot.waitSignal(draw.comparison.changed):
            click_in_menu(qtbot, draw, path)
    qtbot.waitUntil(lambda: list(draw.comparison.models) == list(paths))


def click_in_menu(qtbot, draw, path):
    menu = draw.comparison.button.menu()
    menu.popup(draw.comparison.button.mapToGlobal(QPoint(0, 0)))
    qtbot.waitExposed(menu)
    action = next(each for each in menu.actions() if each.data() == str(path))
    QTest.mouseClick(menu, LEFT, NO_KEYS, menu.actionGeometry(action).center())
    assert menu.isVisible()  # to check several at once
    menu.close()


def rows(draw):
    """The rows that are seen, from above."""
    return [button for button in draw.comparison.table.buttons if button.isVisible()]


def test_without_a_choice_nothing_is_different(draw):
    assert not draw.comparison.table.isVisible()
    assert not draw.bars.compact
    assert draw.bars.minimumHeight() == 0


def test_chosen_models_answer_in_their_own_classes_while_the_pen_moves(qtbot, draw, engine, tmp_path):
    three = made_run(tmp_path, "20260102-000000-three", 3)
    clothes = made_run(tmp_path, "20260101-000000-clothes")
    garments(clothes)
    compare(qtbot, draw, three, clothes)
    press(draw.canvas, SEVEN[0][0])
    for before, after in pairwise(SEVEN[0]):
        move(draw.canvas, before, after)
        assert [row.row.name for row in rows(draw)][1:] == ["3", "Bag"]
    release(draw.canvas, SEVEN[0][-1])
    main, first, second = rows(draw)
    assert (main.row.title, main.row.name) == ("Studio digits", "7")
    assert main.row.answer == draw.bars.answer
    assert (first.differs, second.differs, main.differs) == (True, False, False)
    assert first.accessibleName().startswith("studio-quick · 01-02 03:04: 3, 99.9 percent, second 0")
    assert first.accessibleName().endswith("differs")
    assert "differs" not in second.accessibleName()  # a bag is no other digit


def test_unsure_model_says_so(qtbot, draw, engine, tmp_path):
    path = made_run(tmp_path, "20260102-000000-four")
    doubtful(path)
    compare(qtbot, draw, path)
    draw_strokes(draw.canvas, SEVEN)
    assert ", not sure, differs" in rows(draw)[1].accessibleName()


def test_clear_undo_and_replay_reach_the_compared_models(qtbot, draw, engine, tmp_path):
    same = made_run(tmp_path, "20260102-000000-same")
    compare(qtbot, draw, same)
    draw_strokes(draw.canvas, SEVEN)
    whole = rows(draw)[1].row.answer
    assert whole == draw.bars.answer
    wait(qtbot, draw.replay.marked, lambda: bool(draw.replay.answers))
    QTest.keyClick(draw.replay.slider, Qt.Key.Key_Home)
    first = rows(draw)[1].row.answer
    assert first != whole
    assert first.probabilities == pytest.approx(draw.bars.answer.probabilities, abs=1e-5)
    QTest.keyClick(draw.replay.slider, Qt.Key.Key_End)
    assert rows(draw)[1].row.answer == whole
    QTest.mouseClick(draw.undo_button, LEFT)
    assert [row.row.answer for row in rows(draw)] == [None, None]
    assert rows(draw)[1].accessibleName().endswith("no answer")
    QTest.mouseClick(draw.redo_button, LEFT)
    assert rows(draw)[1].row.answer == whole
    QTest.mouseClick(draw.clear_button, LEFT)
    assert rows(draw)[1].row.answer is None


def test_click_and_key_make_a_row_the_main_model_and_swap_it(qtbot, draw, engine, tmp_path):
    three = made_run(tmp_path, "20260102-000000-three", 3)
    compare(qtbot, draw, three)
    draw_strokes(draw.canvas, SEVEN)
    QTest.mouseClick(rows(draw)[1], LEFT)
    wait(qtbot, draw.comparison.changed, lambda: list(draw.comparison.models) == [SHIPPED])
    assert draw.classifier.path == three
    assert draw.selector.currentData() == str(three)
    assert [row.row.name for row in rows(draw)] == ["3", "7"]
    rows(draw)[1].setFocus()
    QTest.keyClick(rows(draw)[1], Qt.Key.Key_Space)
    wait(qtbot, draw.comparison.changed, lambda: list(draw.comparison.models) == [three])
    assert [row.row.name for row in rows(draw)] == ["7", "3"]
    QTest.mouseClick(rows(draw)[0], LEFT)  # the main one's own row: nothing happens
    assert draw.classifier.path == SHIPPED


def test_tip_names_the_accuracy_and_the_file(qtbot, draw, engine, tmp_path):
    three = made_run(tmp_path, "20260102-000000-three", 3)
    compare(qtbot, draw, three)
    tip = rows(draw)[1].toolTip()
    assert "Test accuracy 98.76 %" in tip
    assert str(three) in tip
    assert "Click to let this model answer" in tip


def test_four_at_most_and_the_main_one_is_no_choice(qtbot, draw, engine, tmp_path):
    paths = [made_run(tmp_path, f"2026010{number}-000000-run", number) for number in range(1, 6)]
    compare(qtbot, draw, *paths[:4])
    menu = draw.comparison.button.menu()
    menu.aboutToShow.emit()
    state = {
        action.data(): (action.isChecked(), action.isEnabled()) for action in menu.actions() if action.data()
    }
    assert state[str(SHIPPED)] == (True, False)
    assert state[str(paths[4])] == (False, False)
    assert all(state[str(path)] == (True, True) for path in paths[:4])
    assert len(rows(draw)) == 5


def test_none_ends_the_comparison(qtbot, draw, engine, settings, tmp_path):
    compare(qtbot, draw, made_run(tmp_path, "20260102-000000-three", 3))
    menu = draw.comparison.button.menu()
    menu.aboutToShow.emit()
    next(action for action in menu.actions() if action.objectName() == "compareNoneAction").trigger()
    assert not draw.comparison.table.isVisible()
    assert settings.compared == []
    assert not draw.bars.compact


def test_choice_is_remembered(qtbot, draw, engine, settings, tmp_path):
    three = made_run(tmp_path, "20260102-000000-three", 3)
    compare(qtbot, draw, three)
    save_settings(settings, tmp_path / "settings.json")
    assert load_settings(tmp_path / "settings.json").compared == [str(three)]
    assert Settings().compared == []


@pytest.mark.parametrize("damage", ["gone", "damaged"])
def test_model_that_cannot_be_loaded_is_named_and_left_out(qtbot, draw, engine, settings, tmp_path, damage):
    lost = made_run(tmp_path, "20260102-000000-lost", 3)
    good = made_run(tmp_path, "20260101-000000-good", 5)
    compare(qtbot, draw, lost, good)
    if damage == "gone":
        lost.unlink()
    else:
        lost.write_bytes(b"no model")
    with qtbot.waitSignal(draw.comparison.changed):
        draw.models.registry.refresh()
    assert list(draw.comparison.models) == [good]
    assert settings.compared == [str(good)]
    name = "20260102-000000-lost" if damage == "gone" else "studio-quick"
    assert name in draw.banner.text
    assert "cannot be compared" in draw.banner.text


def test_model_that_was_trained_further_answers_as_it_is_now(qtbot, draw, engine, tmp_path):
    run = made_run(tmp_path, "20260102-000000-run", 3)
    compare(qtbot, draw, run)
    draw_strokes(draw.canvas, SEVEN)
    write_model(run, *biased(6, 8.0))
    with qtbot.waitSignal(draw.comparison.changed):
        draw.models.registry.refresh()
    assert rows(draw)[1].row.name == "6"


def test_slow_model_answers_off_the_gui_thread(qtbot, draw, engine, tmp_path, monkeypatch):
    monkeypatch.setattr(compared_model, "milliseconds_of", lambda classifier: 50.0)
    three = made_run(tmp_path, "20260102-000000-three", 3)
    compare(qtbot, draw, three)
    threads = []
    answers = Classifier.answers

    def noting(self, images):
        if self.path == three:
            threads.append(threading.current_thread().name)
        return answers(self, images)

    monkeypatch.setattr(Classifier, "answers", noting)
    draw_strokes(draw.canvas, SEVEN)
    qtbot.waitUntil(lambda: rows(draw)[1].row.name == "3", timeout=10_000)
    assert threads
    assert "MainThread" not in threads
    QTest.mouseClick(draw.clear_button, LEFT)
    wait_for_background(10)
    qtbot.wait(0)
    assert rows(draw)[1].row.answer is None  # no answer comes after the sheet was cleared


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_strip_below_the_answer_while_the_network_is_looked_into(
    qtbot, window, draw, engine, theme, tmp_path, mode
):
    theme.choose(mode)
    window.resize(1024, 680)
    paths = [made_run(tmp_path, f"2026010{number}-000000-run", number) for number in range(1, 5)]
    compare(qtbot, draw, *paths)
    draw_strokes(draw.canvas, SEVEN)
    QTest.mouseClick(draw.input_card.button, LEFT)
    qtbot.waitUntil(lambda: len(rows(draw)) == 4)
    table = draw.comparison.table
    window.layout().activate()
    assert len({row.y() for row in rows(draw)}) == 1
    assert all(table.rect().contains(row.geometry()) for row in rows(draw))
    assert draw.bars.compact
    assert draw.bars.geometry().bottom() < table.geometry().top()
    assert [row.row.name for row in rows(draw)] == ["1", "2", "3", "4"]
    before = pixels_of(rows(draw)[0])
    QTest.mouseClick(draw.clear_button, LEFT)
    assert (pixels_of(rows(draw)[0]) != before).any()
    QTest.mouseClick(draw.input_card.button, LEFT)
    qtbot.waitUntil(lambda: len(rows(draw)) == 5)
    assert len({row.y() for row in rows(draw)}) == 5


def test_bars_stay_where_there_is_height_for_both(qtbot, window, draw, engine, tmp_path):
    paths = [made_run(tmp_path, f"2026010{number}-000000-run", number) for number in range(1, 5)]
    window.resize(1280, 800)
    compare(qtbot, draw, *paths)
    qtbot.waitUntil(lambda: window.height() == 800 and not draw.bars.compact)
    window.resize(1024, 680)
    qtbot.waitUntil(lambda: draw.bars.compact)
    table = draw.comparison.table
    qtbot.waitUntil(lambda: draw.bars.geometry().bottom() < table.geometry().top())
    assert all(table.rect().contains(row.geometry()) for row in rows(draw))


def test_opened_file_of_an_earlier_launch_can_be_compared_and_chosen(qtbot, draw, engine, settings, tmp_path):
    other = write_model(tmp_path / "elsewhere" / "nine.onnx", *biased(9))
    settings.compared = [str(other)]
    with qtbot.waitSignal(draw.comparison.changed):
        draw.models.registry.refresh()
    draw_strokes(draw.canvas, SEVEN)
    assert [row.row.title for row in rows(draw)] == ["Studio digits", "nine"]
    QTest.mouseClick(rows(draw)[1], LEFT)
    wait(qtbot, draw.comparison.changed, lambda: list(draw.comparison.models) == [SHIPPED])
    assert draw.classifier.path == other


def test_picture_without_strokes_is_fitted_for_a_model_of_another_size(draw):
    card = draw.classifier.card
    colored = msgspec.structs.replace(card, classes=GARMENTS, input_shape=(14, 14, 3))
    pixels = np.zeros((28, 28, 1), np.uint8)
    pixels[8:20, 10:14] = 200
    seen = compared_model.ComparedInput(card, pixels, ()).input_of(colored)
    assert seen.shape == (14, 14, 3)
    np.testing.assert_array_equal(np.argwhere(seen[..., 1] > 100).min(axis=0), [4, 5])
    np.testing.assert_array_equal(np.argwhere(seen[..., 1] > 100).max(axis=0), [9, 6])
    assert compared_model.ComparedInput(card, pixels, ()).input_of(card) is pixels
    assert compared_model.ComparedInput(card, None, ()).input_of(card) is None
