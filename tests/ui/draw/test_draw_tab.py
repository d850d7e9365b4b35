"""Drawing with the mouse: answered while the pen moves, undone, cleared, seen as the network sees it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from staging import FOUR, ONE, SEVEN, ZERO, draw_strokes, move, pixels_of, press, release, stroke

from cnn_studio.core.drawing.preprocessing import drawing_to_image

CONTROL = Qt.KeyboardModifier.ControlModifier
DIGITS = {"7": SEVEN, "1": ONE, "0": ZERO, "4": FOUR}


@pytest.mark.parametrize("digit", DIGITS)
def test_digit_is_answered_while_the_button_is_still_down(draw, digit):
    *before, last = DIGITS[digit]
    draw_strokes(draw.canvas, before)
    stroke(draw.canvas, last, lift=False)
    assert str(draw.bars.answer.index) == digit
    assert draw.bars.answer.confidence > 0.5
    release(draw.canvas, last[-1])
    assert str(draw.bars.answer.index) == digit


def test_every_mouse_move_is_answered(draw, qtbot):
    answers = []
    draw.answered.connect(answers.append)
    press(draw.canvas, (0.3, 0.3))
    move(draw.canvas, (0.3, 0.3), (0.7, 0.3), steps=5)
    assert len(answers) == 6
    assert all(sum(answer.probabilities) == pytest.approx(1) for answer in answers)
    release(draw.canvas, (0.7, 0.3))


def test_blank_canvas_gets_no_guess(draw):
    assert draw.bars.answer is None
    assert draw.preview.pixels is None
    assert draw.bars.accessibleName() == "Answer: nothing drawn"
    assert not draw.clear_button.isEnabled()
    assert not draw.undo_button.isEnabled()
    assert not draw.redo_button.isEnabled()


def test_answer_is_said_to_a_screen_reader(draw):
    draw_strokes(draw.canvas, SEVEN)
    percent = f"{100 * draw.bars.answer.confidence:.1f}"
    assert draw.bars.accessibleName() == f"Answer: 7, {percent} percent"


def test_clear_empties_and_can_be_undone(draw, qtbot):
    draw_strokes(draw.canvas, SEVEN)
    seen = draw.preview.pixels.copy()
    qtbot.mouseClick(draw.clear_button, Qt.MouseButton.LeftButton)
    assert draw.bars.answer is None
    assert draw.preview.pixels is None
    assert not draw.clear_button.isEnabled()
    qtbot.mouseClick(draw.undo_button, Qt.MouseButton.LeftButton)
    np.testing.assert_array_equal(draw.preview.pixels, seen)
    assert draw.bars.answer.index == 7


def test_undo_and_redo_go_stroke_by_stroke(draw, qtbot):
    draw_strokes(draw.canvas, FOUR)
    whole = draw.preview.pixels.copy()
    qtbot.mouseClick(draw.undo_button, Qt.MouseButton.LeftButton)
    assert len(draw.canvas.sketch.strokes) == 1
    qtbot.mouseClick(draw.undo_button, Qt.MouseButton.LeftButton)
    assert draw.bars.answer is None
    assert not draw.undo_button.isEnabled()
    qtbot.mouseClick(draw.redo_button, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(draw.redo_button, Qt.MouseButton.LeftButton)
    np.testing.assert_array_equal(draw.preview.pixels, whole)
    assert not draw.redo_button.isEnabled()


def test_drawing_after_undo_forgets_what_was_undone(draw, qtbot):
    draw_strokes(draw.canvas, FOUR)
    qtbot.mouseClick(draw.undo_button, Qt.MouseButton.LeftButton)
    draw_strokes(draw.canvas, ONE)
    assert not draw.redo_button.isEnabled()
    assert len(draw.canvas.sketch.strokes) == 2


def test_keyboard_undoes_redoes_and_clears(draw, window, qtbot):
    with qtbot.waitActive(window):
        window.activateWindow()
    draw.canvas.setFocus()
    draw_strokes(draw.canvas, SEVEN)
    QTest.keyClick(draw.canvas, Qt.Key.Key_Z, CONTROL)
    assert draw.bars.answer is None
    QTest.keySequence(draw.canvas, QKeySequence(QKeySequence.StandardKey.Redo))
    assert draw.bars.answer.index == 7
    QTest.keyClick(draw.canvas, Qt.Key.Key_Delete)
    assert draw.bars.answer is None
    QTest.keyClick(draw.canvas, Qt.Key.Key_Z, CONTROL)
    assert draw.bars.answer.index == 7


@pytest.mark.parametrize("action", ["undo", "clear"])
def test_moving_on_after_the_stroke_was_taken_back_draws_nothing(draw, action):
    """Ctrl+Z or Delete while the button is down."""
    stroke(draw.canvas, SEVEN[0][:3], lift=False)
    getattr(draw.canvas, action)()
    move(draw.canvas, (0.7, 0.25), (0.5, 0.7))
    release(draw.canvas, (0.5, 0.7))
    assert draw.canvas.sketch.empty
    assert draw.bars.answer is None


def test_other_buttons_do_not_draw(draw):
    QTest.mouseClick(draw.canvas, Qt.MouseButton.RightButton)
    assert draw.canvas.sketch.empty


def test_a_dot_is_drawn_and_answered(draw):
    QTest.mouseClick(draw.canvas, Qt.MouseButton.LeftButton, pos=draw.canvas.sheet.center().toPoint())
    assert draw.bars.answer is not None
    assert draw.preview.pixels.any()


def test_drawing_past_the_rim_is_kept(draw):
    stroke(draw.canvas, [(0.5, 0.1), (0.5, 0.5), (0.5, 1.2)])
    (points,) = draw.canvas.sketch.strokes
    assert points[-1][1] > 1.1
    assert draw.bars.answer.index == 1


@pytest.mark.parametrize("digit", DIGITS)
def test_preview_shows_what_the_ink_function_gives(draw, digit):
    draw_strokes(draw.canvas, DIGITS[digit])
    strokes = [np.array(points) for points in draw.canvas.sketch.strokes]
    np.testing.assert_array_equal(draw.preview.pixels, drawing_to_image(strokes))
    assert draw.preview.pixels.shape == (28, 28)


def test_preview_paints_those_pixels(draw):
    draw_strokes(draw.canvas, SEVEN)
    shown = pixels_of(draw.preview)[:, :, 0]
    side = len(shown)
    for row, column in ((5, 14), (14, 14), (1, 1), (20, 12)):
        middle = shown[int((row + 0.5) * side / 28), int((column + 0.5) * side / 28)]
        assert abs(int(middle) - int(draw.preview.pixels[row, column])) <= 2


def test_window_size_hardly_changes_what_the_network_sees(draw, window, qtbot):
    window.resize(1024, 680)
    qtbot.waitUntil(lambda: window.width() == 1024)
    draw_strokes(draw.canvas, SEVEN)
    small, side = draw.preview.pixels.astype(int), draw.canvas.sheet.width()
    draw.canvas.clear()
    window.resize(1500, 950)
    qtbot.waitUntil(lambda: draw.canvas.sheet.width() > side + 100)
    draw_strokes(draw.canvas, SEVEN)
    assert np.abs(draw.preview.pixels - small).mean() <= 2


def test_resizing_keeps_the_drawing(draw, window, qtbot):
    draw_strokes(draw.canvas, SEVEN)
    seen, side = draw.preview.pixels.copy(), draw.canvas.sheet.width()
    window.resize(1024, 680)
    qtbot.waitUntil(lambda: draw.canvas.sheet.width() < side)
    draw.canvas.undo()
    draw.canvas.redo()
    np.testing.assert_array_equal(draw.preview.pixels, seen)


def test_ink_is_painted_where_the_pen_was(draw, window, theme):
    stroke(draw.canvas, [(0.25, 0.5), (0.75, 0.5)])
    seen = pixels_of(draw.canvas)
    sheet, ratio = draw.canvas.sheet, draw.canvas.devicePixelRatioF()

    def color(x, y):
        row, column = sheet.top() + y * sheet.height(), sheet.left() + x * sheet.width()
        return tuple(seen[int(row * ratio), int(column * ratio), :3])

    assert color(0.5, 0.5) == theme.tokens.color("ink").toTuple()[:3]
    assert color(0.5, 0.25) == theme.tokens.color("paper").toTuple()[:3]


SCALED = """
import json, sys
sys.path[:0] = [{here!r}, {staging!r}]
from staging import SEVEN, draw_strokes
from cnn_studio.core.base.settings import Settings
from cnn_studio.ui.shell.main_window import MainWindow
from cnn_studio.ui.services.model_registry import ModelRegistry
from cnn_studio.ui.style.theme import Theme
from cnn_studio.ui.shell.composition import application
from pathlib import Path
from staging import StandInEngine
application()
theme = Theme("light")
window = MainWindow(theme, StandInEngine(Path("runs")), ModelRegistry(Path("runs")), Settings())
window.resize(1280, 800)
window.show()
draw_strokes(window.draw.canvas, SEVEN)
print(json.dumps([window.devicePixelRatioF(), window.draw.canvas.sheet.width(), window.draw.pixels().tolist()]))
"""


def seen_at_scale(factor, folder):
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": str(factor)}
    code = SCALED.format(here=str(Path(__file__).parent), staging=str(Path(__file__).parents[1]))
    out = subprocess.run(
        [sys.executable, "-c", code], env=environment, cwd=folder, capture_output=True, check=True, timeout=60
    ).stdout
    return json.loads(out)


def test_device_pixel_ratio_does_not_change_what_the_network_sees(tmp_path):
    ratio, side, once = seen_at_scale(1, tmp_path)
    twice_ratio, twice_side, twice = seen_at_scale(2, tmp_path)
    assert (ratio, twice_ratio) == (1.0, 2.0)
    assert side == twice_side
    assert np.abs(np.array(once) - np.array(twice)).mean() <= 2
