"""“That was a 7”: rows, keys and the list, each drawing kept once, and a way back."""

import json

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip
from staging import FOUR, LEFT, NO_KEYS, ONE, SEVEN, draw_strokes, stroke, wait

from cnn_studio.core.drawing.collection import Collection, my_drawings_path
from cnn_studio.core.drawing.jsonl import read_drawings
from cnn_studio.core.drawing.preprocessing import drawing_to_image
from cnn_studio.ui.my_drawings.drawing_text import that_was

CONTROL = Qt.KeyboardModifier.ControlModifier
KEYPAD = Qt.KeyboardModifier.KeypadModifier


def on_disk():
    """What a program started now would find."""
    return Collection(my_drawings_path()).drawings


def labels():
    return [drawing.label for drawing in on_disk()]


def row(bars, number):
    """A place in a class's row, found as a person finds it: ten equal rows below the heading."""
    places = [
        QPoint(bars.width() // 2, y)
        for y in range(bars.height())
        if bars.row_at(QPoint(bars.width() // 2, y)) == number
    ]
    return places[len(places) // 2]


def click(bars, number):
    QTest.mouseMove(bars, row(bars, number))
    QTest.mouseClick(bars, LEFT, NO_KEYS, row(bars, number))


@pytest.fixture
def seven(draw, window, qtbot):
    with qtbot.waitActive(window):  # keys of a window that is not are lost
        window.activateWindow()
    draw_strokes(draw.canvas, SEVEN)
    assert draw.bars.answer is not None
    return draw


def test_a_click_on_a_row_keeps_the_drawing_under_that_name_at_once(seven):
    click(seven.bars, 2)
    (kept,) = on_disk()
    assert (kept.label, kept.origin) == ("2", "corrected")
    assert kept.answered == seven.classifier.card.classes[seven.bars.answer.index]
    assert kept.confidence == pytest.approx(seven.bars.answer.confidence)
    assert kept.classes == tuple("0123456789")
    (line,) = read_drawings(my_drawings_path())
    assert line.label == "2"
    np.testing.assert_array_equal(drawing_to_image(line.arrays()), seven.pixels()[..., 0])


def test_a_click_on_the_answer_itself_keeps_it_as_confirmed(seven):
    click(seven.bars, seven.bars.answer.index)
    (kept,) = on_disk()
    assert kept.label == kept.answered
    assert kept.origin == "added"


def test_the_rows_are_the_classes_from_top_to_bottom(seven):
    rows = [row(seven.bars, number).y() for number in range(10)]
    assert rows == sorted(rows)
    steps = np.diff(rows)
    assert steps.min() >= 14
    assert steps.max() - steps.min() <= 1
    assert seven.bars.row_at(QPoint(10, 5)) is None


def test_a_second_click_relabels_and_a_third_on_the_same_row_changes_nothing(seven):
    for number in (2, 3, 3):
        click(seven.bars, number)
        assert labels() == [str(number)]
    assert "Already kept as 3" in seven.teach.confirmation.title.text()
    assert not seven.teach.confirmation.undo.isVisible()


@pytest.mark.parametrize("modifier", [NO_KEYS, KEYPAD])
def test_a_digit_key_on_the_pad_does_the_same(seven, modifier):
    seven.canvas.setFocus()
    QTest.keyClick(seven.canvas, Qt.Key.Key_4, modifier)
    assert labels() == ["4"]
    QTest.keyClick(seven.canvas, Qt.Key.Key_8, modifier)
    assert labels() == ["8"]


def test_digit_keys_elsewhere_and_with_control_keep_nothing(seven):
    seven.selector.setFocus()
    QTest.keyClick(seven.selector, Qt.Key.Key_4)
    seven.canvas.setFocus()
    QTest.keyClick(seven.canvas, Qt.Key.Key_1, CONTROL)
    assert labels() == []


def test_a_drawing_is_kept_once_however_often_it_is_drawn_on_or_taken_back(seven):
    QTest.keyClick(seven.canvas, Qt.Key.Key_7)
    draw_strokes(seven.canvas, [[(0.3, 0.5), (0.7, 0.5)]])
    QTest.keyClick(seven.canvas, Qt.Key.Key_2)
    assert labels() == ["2"]
    QTest.keyClick(seven.canvas, Qt.Key.Key_Z, CONTROL)
    QTest.keyClick(seven.canvas, Qt.Key.Key_1)
    assert labels() == ["1"]


def test_an_empty_pad_offers_nothing(draw, window, qtbot):
    with qtbot.waitActive(window):
        window.activateWindow()
    assert not draw.teach.choose_button.isVisible()
    click(draw.bars, 3)
    draw.canvas.setFocus()
    QTest.keyClick(draw.canvas, Qt.Key.Key_3)
    QTest.keyClick(draw.canvas, Qt.Key.Key_T, CONTROL)
    assert draw.bars.hovered is None
    assert not draw.teach.picker.isVisible()
    assert not my_drawings_path().exists()


def test_after_clearing_nothing_more_is_offered(seven):
    QTest.mouseMove(seven.bars, row(seven.bars, 3))
    QTest.mouseClick(seven.clear_button, LEFT)
    click(seven.bars, 3)
    assert seven.bars.hovered is None
    assert labels() == []


def test_a_part_of_a_drawing_that_is_replayed_is_not_kept(seven):
    seven.canvas.show_points(3)
    click(seven.bars, 3)
    assert labels() == []
    seven.canvas.show_points(None)
    click(seven.bars, 3)
    (kept,) = on_disk()
    assert sum(map(len, kept.strokes)) == sum(map(len, seven.canvas.sketch.finished))


def test_a_row_under_the_mouse_says_what_a_click_means(seven):
    place = row(seven.bars, 7)
    QTest.mouseMove(seven.bars, place)
    assert seven.bars.hovered == 7
    assert seven.bars.cursor().shape() == Qt.CursorShape.PointingHandCursor
    QApplication.sendEvent(
        seven.bars, QHelpEvent(QHelpEvent.Type.ToolTip, place, seven.bars.mapToGlobal(place))
    )
    assert QToolTip.text() == "That was a 7"
    QToolTip.hideText()
    QTest.mouseMove(seven.bars, QPoint(20, 5))
    assert seven.bars.hovered is None
    assert seven.bars.cursor().shape() != Qt.CursorShape.PointingHandCursor


def test_a_press_that_ends_on_another_row_is_no_click(seven):
    QTest.mousePress(seven.bars, LEFT, NO_KEYS, row(seven.bars, 3))
    QTest.mouseRelease(seven.bars, LEFT, NO_KEYS, row(seven.bars, 5))
    assert labels() == []


def test_the_sentence_fits_the_name():
    assert [that_was(name) for name in ("7", "8", "Ankle boot")] == [
        "That was a 7",
        "That was an 8",
        "That was “Ankle boot”",
    ]


def test_the_confirmation_says_which_as_what_and_how_many(seven):
    click(seven.bars, 2)
    seven.canvas.clear()
    draw_strokes(seven.canvas, ONE)
    click(seven.bars, 2)
    confirmation = seven.teach.confirmation
    assert confirmation.isVisible()
    assert confirmation.title.text() == "Kept as 2"
    assert confirmation.count.text() == "2 in its class now"
    assert "Kept as 2" in confirmation.accessibleName()
    assert seven.teach.drawings_button.text() == "My drawings · 2"
    assert seven.rect().contains(confirmation.geometry())


def test_undo_in_the_confirmation_takes_back_the_last_correction_only(seven):
    click(seven.bars, 2)
    click(seven.bars, 3)
    QTest.mouseClick(seven.teach.confirmation.undo, LEFT)
    assert labels() == ["2"]
    assert seven.teach.confirmation.title.text() == "Undone"
    click(seven.bars, 5)
    assert labels() == ["5"]


def test_a_correction_taken_back_can_be_made_again(seven):
    click(seven.bars, 2)
    QTest.mouseClick(seven.teach.confirmation.undo, LEFT)
    assert labels() == []
    assert seven.teach.drawings_button.text() == "My drawings"
    click(seven.bars, 2)
    assert labels() == ["2"]


def test_a_kept_drawing_that_is_drawn_on_and_kept_again_counts_once(seven):
    click(seven.bars, 1)
    before = on_disk()[0]
    stroke(seven.canvas, ((0.25, 0.5), (0.65, 0.5)))
    click(seven.bars, 7)
    (kept,) = on_disk()
    assert (kept.label, len(kept.strokes)) == ("7", len(before.strokes) + 1)
    QTest.mouseClick(seven.teach.confirmation.undo, LEFT)
    assert on_disk() == (before,)


def test_another_drawing_that_begins_otherwise_is_another_one(seven):
    click(seven.bars, 7)
    seven.canvas.clear()
    draw_strokes(seven.canvas, ONE)
    click(seven.bars, 1)
    assert labels() == ["7", "1"]


def test_ctrl_z_on_the_pad_takes_back_ink_and_not_the_correction(seven):
    click(seven.bars, 2)
    QTest.keyClick(seven.canvas, Qt.Key.Key_Z, CONTROL)
    assert seven.canvas.sketch.empty
    assert labels() == ["2"]


def test_the_confirmation_goes_when_something_else_was_changed(seven):
    click(seven.bars, 2)
    seven.collection.add([[(1, 1)]], "5", side=2)
    assert not seven.teach.confirmation.isVisible()
    assert seven.teach.drawings_button.text() == "My drawings · 2"


def test_the_confirmation_leaves_by_itself_unless_somebody_is_at_it(seven):
    seven.canvas.setFocus()
    click(seven.bars, 2)
    confirmation = seven.teach.confirmation
    assert seven.canvas.hasFocus()
    confirmation.undo.setFocus()
    confirmation._time.timeout.emit()
    assert confirmation.isVisible()
    QTest.mouseClick(confirmation.undo, LEFT)
    seven.canvas.setFocus()
    confirmation._time.timeout.emit()
    assert not confirmation.isVisible()


def test_the_row_of_what_it_is_kept_as_is_marked(seven):
    assert seven.bars.marked is None
    click(seven.bars, 2)
    assert seven.bars.marked == 2
    seven.canvas.clear()
    assert seven.bars.marked is None
    seven.canvas.undo()
    assert seven.bars.marked == 2
    QTest.mouseClick(seven.teach.confirmation.undo, LEFT)
    assert seven.bars.marked is None


def test_of_a_number_the_digit_whose_bars_are_shown_is_kept(draw):
    left = [[(0.05 + x * 0.4, y) for x, y in points] for points in SEVEN]
    right = [[(0.55 + x * 0.4, y) for x, y in points] for points in FOUR]
    draw_strokes(draw.canvas, left + right)
    assert len(draw.number.digits) == 2
    click(draw.bars, 9)
    (kept,) = on_disk()
    assert kept.label == "9"
    xs = [point[0] / kept.side for stroke in kept.strokes for point in stroke]
    assert min(xs) > 0.5
    assert len(kept.strokes) == 2


def test_the_list_finds_a_class_by_its_name(seven, qtbot):
    QTest.keyClick(seven.canvas, Qt.Key.Key_T, CONTROL)
    picker = seven.teach.picker
    assert picker.isVisible()
    QTest.keyClicks(picker.search, "6")
    QTest.keyClick(picker.search, Qt.Key.Key_Return)
    assert not picker.isVisible()
    assert labels() == ["6"]


def test_the_list_is_moved_by_arrows_and_left_by_escape(seven):
    QTest.mouseClick(seven.teach.choose_button, LEFT)
    picker = seven.teach.picker
    QTest.keyClick(picker.search, Qt.Key.Key_Escape)
    assert not picker.isVisible()
    assert labels() == []
    QTest.mouseClick(seven.teach.choose_button, LEFT)
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Down):
        QTest.keyClick(picker.search, key)
    QTest.keyClick(picker.search, Qt.Key.Key_Return)
    assert labels() == ["2"]


def test_a_name_that_is_typed_whole_comes_before_longer_ones(seven, qtbot):
    classes = ("bluebell", "bell pepper", "bell", *map(str, range(1000)))
    picker = seven.teach.picker
    picker.ask(classes, "That was …", seven.teach.choose_button)
    assert picker.height() < 450
    QTest.keyClicks(picker.search, "Bell")
    model = picker.list.model()
    assert [model.index(number, 0).data() for number in range(model.rowCount())] == list(classes[:3])
    picker.chosen.disconnect()
    with qtbot.waitSignal(picker.chosen) as chosen:
        QTest.keyClick(picker.search, Qt.Key.Key_Return)
    assert chosen.args == ["bell"]


def test_the_list_is_chosen_from_with_the_mouse(seven):
    QTest.mouseClick(seven.teach.choose_button, LEFT)
    view = seven.teach.picker.list
    QTest.mouseClick(view.viewport(), LEFT, NO_KEYS, view.visualRect(view.model().index(5, 0)).center())
    assert labels() == ["5"]


def test_a_search_without_a_match_keeps_nothing(seven):
    QTest.mouseClick(seven.teach.choose_button, LEFT)
    picker = seven.teach.picker
    QTest.keyClicks(picker.search, "nothing")
    QTest.keyClick(picker.search, Qt.Key.Key_Return)
    assert picker.isVisible()
    QTest.keyClick(picker.search, Qt.Key.Key_Escape)
    assert labels() == []


def test_a_journal_that_cannot_be_written_is_explained_and_the_drawing_stays(seven):
    my_drawings_path().mkdir(parents=True)
    click(seven.bars, 2)
    assert "cannot be written" in seven.banner.text
    assert not seven.teach.confirmation.isVisible()
    assert not seven.canvas.sketch.empty


def test_what_was_kept_before_is_counted_at_the_next_launch(studio_home, request, qtbot):
    studio_home.mkdir()
    line = {
        "id": "1",
        "label": "7",
        "strokes": [[[1, 1]]],
        "side": 2,
        "classes": [],
        "answered": None,
        "confidence": None,
        "origin": "added",
        "when": "2026-01-01T00:00:00+00:00",
    }
    (studio_home / "my-drawings.jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8")
    draw = request.getfixturevalue("draw")
    button = draw.teach.drawings_button
    wait(qtbot, draw.teach.counted, lambda: button.text() == "My drawings · 1", 10)
