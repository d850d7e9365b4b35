"""Several digits on the pad are read as a number."""

from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from staging import FOUR, ONE, SEVEN, ZERO, draw_strokes, make_run, pixels_of, stroke, wait

from cnn_studio.core.base.settings import load_settings, save_settings
from cnn_studio.core.drawing.preprocessing import drawing_to_image
from cnn_studio.ui.draw.pad_number import MOST_STROKES

LEFT, NO_KEYS = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def shrunk(strokes, left):
    return [[(left + 0.45 * x, 0.3 + 0.45 * y) for x, y in points] for points in strokes]


DIGITS = {"1": shrunk(ONE, -0.15), "7": shrunk(SEVEN, 0.05), "4": shrunk(FOUR, 0.3), "0": shrunk(ZERO, 0.57)}
IN_PIECES = {
    "open 4": [[(0.3, 0.2), (0.27, 0.52), (0.72, 0.5)], [(0.66, 0.14), (0.62, 0.85)]],
    "0 in two halves": [
        [(0.5, 0.2), (0.36, 0.32), (0.32, 0.5), (0.37, 0.7), (0.5, 0.8)],
        [(0.52, 0.2), (0.66, 0.32), (0.7, 0.5), (0.65, 0.7), (0.52, 0.8)],
    ],
}
NUMBER = [points for digit in DIGITS.values() for points in digit]


def click_digit(bars, place):
    QTest.mouseClick(bars, LEFT, NO_KEYS, bars.cells()[place].center().toPoint())


def painted(draw):
    """Let the heading be laid out."""
    pixels_of(draw.bars)
    return draw.bars


def test_a_number_is_shown_with_each_digits_confidence(draw):
    draw_strokes(draw.canvas, NUMBER)
    assert draw.number.text == "1740"
    assert [answer.index for answer in draw.bars.digits] == [1, 7, 4, 0]
    name = draw.bars.accessibleName()
    assert name.startswith("Number 1740: 1 ")
    for answer in draw.bars.digits:
        assert f"{100 * answer.confidence:.1f} percent" in name
    assert len(painted(draw).cells()) == 4


def test_the_bars_show_the_digit_drawn_last_and_then_the_one_clicked(draw):
    draw_strokes(draw.canvas, NUMBER)
    assert draw.bars.answer.index == 0
    click_digit(painted(draw), 1)
    assert draw.bars.answer.index == 7
    seven = [np.array(points)[:, :2] for points in draw.canvas.sketch.strokes[1:2]]
    np.testing.assert_array_equal(draw.preview.pixels, drawing_to_image(seven))
    assert draw.bars.accessibleName().endswith("The bars show the 7")


def test_keys_choose_among_the_digits(draw):
    draw_strokes(draw.canvas, NUMBER)
    painted(draw)
    for wanted in (4, 7, 1, 1):
        QTest.keyClick(draw.bars, Qt.Key.Key_Left)
        assert draw.bars.answer.index == wanted
    QTest.keyClick(draw.bars, Qt.Key.Key_Right)
    assert draw.bars.answer.index == 7


def test_the_next_stroke_takes_the_bars_with_it(draw):
    draw_strokes(draw.canvas, DIGITS["1"] + DIGITS["7"])
    click_digit(painted(draw), 0)
    assert draw.bars.answer.index == 1
    draw_strokes(draw.canvas, DIGITS["0"])
    assert draw.number.text == "170"
    assert draw.bars.answer.index == 0


def test_looking_inside_looks_at_the_chosen_digit(draw, qtbot):
    draw_strokes(draw.canvas, NUMBER)
    QTest.mouseClick(draw.input_card.button, LEFT)
    click_digit(painted(draw), 2)
    subject = draw.input_card.panel._subject
    assert [len(points) for points in subject.strokes] == [
        len(points) for points in draw.canvas.sketch.strokes[2:4]
    ]
    np.testing.assert_array_equal(subject.pixels[..., 0], draw.preview.pixels)


@pytest.mark.parametrize("name", ["open 4", "0 in two halves"])
def test_one_digit_of_two_strokes_is_never_two_while_it_is_drawn_or_replayed(draw, name):
    """Either would be two digits for a moment, were every point of its second stroke read."""
    strokes = IN_PIECES[name]
    seen = []
    draw.answered.connect(lambda answer: seen.append(len(draw.bars.digits)))
    draw_strokes(draw.canvas, strokes)
    for point in range(draw.replay.slider.maximum()):
        draw.replay.slider.setValue(point)
    assert len(seen) > 20
    assert set(seen) == {0}


def test_a_number_is_replayed_digit_by_digit(draw):
    draw_strokes(draw.canvas, NUMBER)
    seen = []
    for point in range(draw.replay.slider.maximum() + 1):
        draw.replay.slider.setValue(point)
        seen.append(draw.number.text)
    assert seen[0] == ""
    assert seen[-1] == "1740"
    assert "17" in seen
    draw.replay.slider.setValue(3)
    assert draw._label() == "1740"


def test_from_two_digits_on_the_answer_follows_the_pen(draw):
    draw_strokes(draw.canvas, DIGITS["1"] + DIGITS["7"])
    answers = []
    draw.answered.connect(answers.append)
    stroke(draw.canvas, DIGITS["0"][0], lift=False)
    assert draw.number.text == "170"
    assert answers[-1].index == 0
    assert len({answer.probabilities for answer in answers}) > 10


def test_undo_and_clear_leave_the_number(draw):
    draw_strokes(draw.canvas, DIGITS["1"] + DIGITS["7"])
    draw.canvas.undo()
    assert (draw.number.text, draw.bars.digits, draw.bars.answer.index) == ("", [], 1)
    draw.canvas.redo()
    assert draw.number.text == "17"
    draw.canvas.clear()
    assert draw.bars.answer is None
    assert draw.bars.accessibleName() == "Answer: nothing drawn"


def test_reading_numbers_can_be_switched_off_and_stays_off(draw, settings, tmp_path):
    draw_strokes(draw.canvas, NUMBER)
    draw.number.reading.trigger()
    assert draw.bars.digits == []
    whole = [np.array(points)[:, :2] for points in draw.canvas.sketch.strokes]
    np.testing.assert_array_equal(draw.preview.pixels, drawing_to_image(whole))
    save_settings(settings, tmp_path / "settings.json")
    assert load_settings(tmp_path / "settings.json").read_numbers is False
    draw.number.reading.trigger()
    assert draw.number.text == "1740"


def test_marks_stand_round_the_digits_without_touching_the_ink(draw, theme):
    draw_strokes(draw.canvas, NUMBER)
    marked = pixels_of(draw.canvas)[..., :3].astype(int)
    draw.number.marking.trigger()
    plain = pixels_of(draw.canvas)[..., :3].astype(int)
    ink = np.array(theme.tokens.color("ink").toTuple()[:3])
    changed = (marked != plain).any(axis=2)
    assert changed.sum() > 100
    assert not (changed & (plain == ink).all(axis=2)).any()
    draw.number.marking.trigger()
    np.testing.assert_array_equal(pixels_of(draw.canvas)[..., :3], marked)


def test_marks_left_behind_by_a_change_are_wiped_off(draw, qtbot):
    """Only what changed is painted; what is on the screen must be what painting everything would give."""
    draw_strokes(draw.canvas, NUMBER)
    click_digit(painted(draw), 1)
    draw.canvas.undo()
    first = pixels_of(draw.canvas)
    draw.canvas.update()
    np.testing.assert_array_equal(pixels_of(draw.canvas), first)
    assert len(draw.number._marks) == 3


def test_the_number_is_copied_as_text(draw):
    assert not draw.number.copying.isEnabled()
    draw_strokes(draw.canvas, NUMBER)
    draw.number.copying.trigger()
    assert QGuiApplication.clipboard().text() == "1740"


def test_a_saved_number_is_labeled_with_all_its_digits(draw):
    draw_strokes(draw.canvas, NUMBER)
    assert draw._label() == "1740"
    draw.canvas.clear()
    assert draw._label() is None


def test_a_digit_that_may_be_none_is_told_apart(draw):
    """A one and a scribble beside it."""
    random = np.random.default_rng(0)
    scribble = [tuple(map(float, point)) for point in random.uniform((0.5, 0.3), (0.95, 0.7), (14, 2))]
    draw_strokes(draw.canvas, DIGITS["1"])
    draw_strokes(draw.canvas, [scribble])
    assert [answer.out_of_distribution for answer in draw.bars.digits] == [False, True]
    assert "not a digit?" in draw.bars.accessibleName()
    assert draw.bars.verdict() == ("not a digit?", "bad")
    assert draw.number._marks[1][1].endswith("?")


def test_a_doodle_of_many_strokes_is_one_drawing(draw):
    random = np.random.default_rng(1)
    draw_strokes(draw.canvas, random.uniform(0.1, 0.9, (MOST_STROKES + 1, 2, 2)).tolist())
    assert draw.bars.digits == []
    assert draw.bars.answer is not None


def test_another_model_reads_the_number_again(draw, window, qtbot, tmp_path):
    draw_strokes(draw.canvas, NUMBER)
    folder = make_run(tmp_path / "runs")
    with qtbot.waitSignal(window.draw.models.registry.changed, timeout=20_000):
        window.draw.models.registry.refresh(str(folder / "model.onnx"))
    wait(qtbot, draw.answered, lambda: draw.classifier.path == folder / "model.onnx")
    assert draw.number.text == "1740"


@pytest.mark.parametrize("compact", [False, True])
def test_every_digit_has_its_own_place_in_the_heading(draw, compact):
    draw_strokes(draw.canvas, NUMBER)
    if compact:
        QTest.mouseClick(draw.input_card.button, LEFT)
    cells = painted(draw).cells()
    for before, after in pairwise(cells):
        assert before.right() <= after.left() + 0.01
    assert all(draw.bars.rect().contains(cell.toAlignedRect()) for cell in cells)
    assert draw.bars._index_at(QPointF(draw.bars.width() - 1, draw.bars.height() - 1)) is None
