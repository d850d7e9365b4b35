"""The pad: pens of all kinds, the eraser, drawings in and out, replay."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from PIL import Image
from PySide6.QtCore import QByteArray, QEvent, QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QImage,
    QInputDevice,
    QMouseEvent,
    QPointingDevice,
    QTabletEvent,
)
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog
from staging import FOUR, SEVEN, draw_strokes, pixels_of, place, press, release, stroke, wait

from cnn_studio.core.base.settings import load_settings, save_settings
from cnn_studio.core.drawing.jsonl import read_drawings
from cnn_studio.core.drawing.preprocessing import drawing_to_image
from cnn_studio.ui.style.theme import Theme
from cnn_studio.ui.widgets.draw_canvas import DrawCanvas

LEFT, RIGHT, NO_KEYS = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.KeyboardModifier.NoModifier
CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
LINE = [(0.2, 0.5), (0.8, 0.5)]


@pytest.fixture(scope="module")
def screen(qapp):
    """A touch screen; made once, since Qt keeps it."""
    return QTest.createTouchDevice(QInputDevice.DeviceType.TouchScreen)


@pytest.fixture(scope="module")
def touchpad(qapp):
    return QTest.createTouchDevice(QInputDevice.DeviceType.TouchPad)


def tablet(canvas, kind, at, pressure=0.5, pointer=QPointingDevice.PointerType.Pen, button=LEFT):
    device = QPointingDevice(
        "pen",
        7,
        QInputDevice.DeviceType.Stylus,
        pointer,
        QInputDevice.Capability.Position | QInputDevice.Capability.Pressure,
        1,
        2,
    )
    spot = QPointF(place(canvas, at))
    event = QTabletEvent(
        kind,
        device,
        spot,
        QPointF(canvas.mapToGlobal(spot)),
        pressure,
        0,
        0,
        0,
        0,
        0,
        NO_KEYS,
        button,
        button,
    )
    QApplication.sendEvent(canvas, event)
    assert event.isAccepted()  # or Qt would make a mouse event of it


def tablet_stroke(canvas, points, **how):
    tablet(canvas, QEvent.Type.TabletPress, points[0], **how)
    for point in points[1:]:
        tablet(canvas, QEvent.Type.TabletMove, point, **how)
    tablet(canvas, QEvent.Type.TabletRelease, points[-1], **how)


def dark_rows(canvas, x):
    """How many pixels of a column of the canvas are nearer to the ink than to the paper."""
    seen = pixels_of(canvas)[:, :, 0].astype(int)
    ratio, sheet = canvas.devicePixelRatioF(), canvas.sheet
    return int((seen[2:-2, round((sheet.left() + x * sheet.width()) * ratio)] < 128).sum())


# ---------------------------------------------------------------- pens


@pytest.mark.parametrize("pressure", [0.1, 0.5, 1.0])
def test_pressed_harder_draws_wider_and_the_network_sees_the_same(draw, pressure):
    stroke(draw.canvas, LINE)
    mouse, seen = dark_rows(draw.canvas, 0.5), draw.preview.pixels.copy()
    draw.canvas.clear()
    tablet_stroke(draw.canvas, LINE, pressure=pressure)
    width = dark_rows(draw.canvas, 0.5)
    assert width / mouse == pytest.approx(0.35 + 1.3 * pressure, abs=0.08)
    np.testing.assert_array_equal(draw.preview.pixels, seen)


def test_the_other_end_of_a_tablet_pen_erases(draw):
    stroke(draw.canvas, LINE)
    tablet_stroke(draw.canvas, [(0.5, 0.4), (0.5, 0.6)], pointer=QPointingDevice.PointerType.Eraser)
    assert len(draw.canvas.sketch.strokes) == 2


def test_a_finger_draws_without_double_points(draw, screen):
    canvas = draw.canvas
    QTest.touchEvent(canvas, screen).press(0, place(canvas, (0.5, 0.2)), canvas).commit()
    for y in (0.4, 0.6, 0.8):
        QTest.touchEvent(canvas, screen).move(0, place(canvas, (0.5, y)), canvas).commit()
    QTest.touchEvent(canvas, screen).release(0, place(canvas, (0.5, 0.8)), canvas).commit()
    (points,) = canvas.sketch.strokes
    np.testing.assert_allclose(points, [(0.5, y) for y in (0.2, 0.4, 0.6, 0.8)], atol=0.002)
    assert draw.bars.answer.index == 1


def test_a_second_finger_does_not_draw(draw, screen):
    canvas = draw.canvas
    QTest.touchEvent(canvas, screen).press(0, place(canvas, (0.3, 0.2)), canvas).commit()
    QTest.touchEvent(canvas, screen).stationary(0).press(1, place(canvas, (0.8, 0.8)), canvas).commit()
    QTest.touchEvent(canvas, screen).stationary(0).move(1, place(canvas, (0.8, 0.9)), canvas).commit()
    QTest.touchEvent(canvas, screen).stationary(0).release(1, place(canvas, (0.8, 0.9)), canvas).commit()
    QTest.touchEvent(canvas, screen).move(0, place(canvas, (0.3, 0.6)), canvas).commit()
    QTest.touchEvent(canvas, screen).release(0, place(canvas, (0.3, 0.6)), canvas).commit()
    (points,) = canvas.sketch.strokes
    assert all(abs(x - 0.3) < 0.01 for x, _ in points)


def test_fingers_on_a_touchpad_do_not_draw(draw, touchpad):
    canvas = draw.canvas
    QTest.touchEvent(canvas, touchpad).press(0, place(canvas, (0.3, 0.2)), canvas).commit()
    QTest.touchEvent(canvas, touchpad).release(0, place(canvas, (0.3, 0.2)), canvas).commit()
    assert len(canvas.sketch.strokes) <= 1  # what Qt makes a click of is a mouse's dot, not a finger's stroke


def test_mouse_events_made_of_touches_are_not_heard(draw):
    spot = QPointF(place(draw.canvas, (0.5, 0.5)))
    for source in (
        Qt.MouseEventSource.MouseEventSynthesizedBySystem,
        Qt.MouseEventSource.MouseEventSynthesizedByQt,
    ):
        for kind in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease):
            event = QMouseEvent(kind, spot, spot, spot, LEFT, LEFT, NO_KEYS, source)
            QApplication.sendEvent(draw.canvas, event)
    assert draw.canvas.sketch.empty


def test_keys_draw_a_one(draw, window, qtbot):
    """Up from the middle, pen down, down seven large steps, pen up."""
    canvas = draw.canvas
    with qtbot.waitActive(window):
        window.activateWindow()
    canvas.setFocus()
    QTest.keyClick(canvas, Qt.Key.Key_Up)  # shows the cursor
    assert canvas.cursor_place == (0.5, 0.5)
    for _ in range(3):
        QTest.keyClick(canvas, Qt.Key.Key_Up, SHIFT)
    QTest.keyClick(canvas, Qt.Key.Key_Right)
    QTest.keyClick(canvas, Qt.Key.Key_Space)
    for _ in range(6):
        QTest.keyClick(canvas, Qt.Key.Key_Down, SHIFT)
    QTest.keyClick(canvas, Qt.Key.Key_Space)
    QTest.keyClick(canvas, Qt.Key.Key_Left)
    (points,) = canvas.sketch.strokes
    np.testing.assert_allclose(points, [(0.52, 0.2 + 0.1 * step) for step in range(7)])
    assert canvas.cursor_place == (0.5, 0.8)
    assert draw.bars.answer.index == 1
    assert "arrow keys" in canvas.accessibleDescription()
    assert "Space" in canvas.toolTip()


def test_the_keyboards_cursor_is_seen(draw, window, qtbot, theme):
    with qtbot.waitActive(window):
        window.activateWindow()
    draw.canvas.setFocus()
    before = pixels_of(draw.canvas)
    QTest.keyClick(draw.canvas, Qt.Key.Key_Right)
    accent = theme.tokens.color("accent").toTuple()[:3]
    new = (pixels_of(draw.canvas)[:, :, :3] == accent).all(axis=2) & ~(before[:, :, :3] == accent).all(axis=2)
    assert new.sum() > 20


def test_the_cursor_stays_on_the_sheet(draw):
    for _ in range(8):
        QTest.keyClick(draw.canvas, Qt.Key.Key_Left, SHIFT)
    assert draw.canvas.cursor_place == (0.0, 0.5)


def test_escape_takes_the_keyboards_stroke_back(draw):
    QTest.keyClick(draw.canvas, Qt.Key.Key_Space)
    QTest.keyClick(draw.canvas, Qt.Key.Key_Down)
    assert not draw.canvas.sketch.empty
    QTest.keyClick(draw.canvas, Qt.Key.Key_Escape)
    assert draw.canvas.sketch.empty
    assert draw.bars.answer is None


def test_the_mouse_can_draw_after_the_keys(draw):
    QTest.keyClick(draw.canvas, Qt.Key.Key_Space)
    QTest.keyClick(draw.canvas, Qt.Key.Key_Down)
    stroke(draw.canvas, LINE)
    assert [len(points) > 1 for points in draw.canvas.sketch.strokes] == [True, True]


# ---------------------------------------------------------------- width and eraser


def test_pen_width_follows_slider_and_keys_and_is_remembered(draw, settings, tmp_path):
    stroke(draw.canvas, LINE)
    seen = draw.preview.pixels.copy()
    for percent in (3, 12):
        draw.tools.pen.setValue(percent)
        assert dark_rows(draw.canvas, 0.5) == pytest.approx(draw.canvas.sheet.width() * percent / 100, abs=2)
    np.testing.assert_array_equal(draw.preview.pixels, seen)
    QTest.keyClick(draw.canvas, Qt.Key.Key_BracketRight)
    assert (draw.tools.pen.value(), settings.pen_percent) == (13, 13)
    QTest.keyClick(draw.canvas, Qt.Key.Key_BracketLeft)
    QTest.keyClick(draw.canvas, Qt.Key.Key_BracketLeft)
    save_settings(settings, tmp_path / "settings.json")
    assert load_settings(tmp_path / "settings.json").pen_percent == 11


def test_the_right_button_erases_a_part_in_one_undo_step(draw):
    stroke(draw.canvas, LINE)
    answer = draw.preview.pixels.copy()
    QTest.mousePress(draw.canvas, RIGHT, NO_KEYS, place(draw.canvas, (0.5, 0.3)))
    for y in (0.4, 0.5, 0.6):
        QTest.mouseMove(draw.canvas, place(draw.canvas, (0.5, y)))
    QTest.mouseRelease(draw.canvas, RIGHT, NO_KEYS, place(draw.canvas, (0.5, 0.6)))
    first, second = draw.canvas.sketch.strokes
    reach = 0.035 + 0.035  # half the eraser, and half of the ink's width
    assert first[-1][0] == pytest.approx(0.5 - reach, abs=0.005)
    assert second[0][0] == pytest.approx(0.5 + reach, abs=0.005)
    assert dark_rows(draw.canvas, 0.5) == 0
    assert not np.array_equal(draw.preview.pixels, answer)
    draw.canvas.undo()
    np.testing.assert_array_equal(draw.preview.pixels, answer)


def test_e_takes_the_eraser_and_puts_it_away(draw, window, qtbot):
    stroke(draw.canvas, LINE)
    with qtbot.waitActive(window):
        window.activateWindow()
    QTest.keyClick(draw.canvas, Qt.Key.Key_E)
    assert draw.eraser_button.isChecked()
    stroke(draw.canvas, [(0.5, 0.4), (0.5, 0.6)])
    assert len(draw.canvas.sketch.strokes) == 2
    QTest.keyClick(draw.canvas, Qt.Key.Key_E)
    assert not draw.eraser_button.isChecked()
    stroke(draw.canvas, [(0.5, 0.4), (0.5, 0.6)])
    assert len(draw.canvas.sketch.strokes) == 3


def test_the_erasers_button_takes_it(draw, qtbot):
    qtbot.mouseClick(draw.eraser_button, LEFT)
    assert draw.canvas.eraser
    assert draw.eraser_button.isChecked()


def test_with_shift_the_eraser_takes_whole_strokes(draw):
    draw_strokes(draw.canvas, [LINE, [(0.2, 0.8), (0.8, 0.8)]])
    QTest.mousePress(draw.canvas, RIGHT, SHIFT, place(draw.canvas, (0.5, 0.5)))
    QTest.mouseRelease(draw.canvas, RIGHT, SHIFT, place(draw.canvas, (0.5, 0.5)))
    (left,) = draw.canvas.sketch.strokes
    assert left[0][1] == pytest.approx(0.8, abs=0.01)


# ---------------------------------------------------------------- ink on the screen

unit = st.integers(0, 4096).map(lambda number: number / 4096)
gesture = st.lists(st.lists(st.tuples(unit, unit), min_size=1, max_size=6), min_size=1, max_size=3)


def replayed(gestures, side):
    """What the network gets of a gesture made on a canvas of that size, by events at fractions of pixels."""
    theme = Theme("light")
    canvas = DrawCanvas(theme)
    canvas.resize(*side)
    replay_events(canvas, gestures)
    seen = drawing_to_image(canvas.arrays())
    canvas.deleteLater()
    theme.deleteLater()
    return seen


@hypothesis_settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(gestures=gesture, side=st.tuples(st.integers(280, 2000), st.integers(280, 2000)))
def test_the_network_sees_the_same_whatever_the_size_of_the_canvas(qapp, gestures, side):
    np.testing.assert_array_equal(replayed(gestures, (402, 402)), replayed(gestures, side))
    np.testing.assert_array_equal(replayed(gestures, side), drawing_to_image([np.array(s) for s in gestures]))


SCALED = """
import json, sys
sys.path[:0] = [{here!r}, {staging!r}]
import numpy as np
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QHBoxLayout, QWidget
from staging import pixels_of
from cnn_studio.ui.style.theme import Theme
from cnn_studio.ui.widgets.draw_canvas import DrawCanvas
from cnn_studio.ui.shell.composition import application
from test_draw_canvas import replay_events
app = application()
theme = Theme("light"); theme.apply()
page = QWidget(); page.resize(423, 439)
canvas = DrawCanvas(theme, page); canvas.setGeometry(7, 9, 401, 422)
page.show()
replay_events(canvas, [[(0.25, 0.5), (0.5, 0.5), (0.75, 0.5)]])
seen = pixels_of(page)[:, :, 0].astype(int)
ratio = page.devicePixelRatioF()
column = seen[:, round((7 + 1 + 0.5 * canvas.sheet.width()) * ratio)]
middle = round((9 + canvas.sheet.top() + canvas.sheet.height() / 2) * ratio)
around = column[middle - round(40 * ratio): middle + round(40 * ratio)]
print(json.dumps([ratio, canvas.sheet.width(), around.tolist(), [a.tolist() for a in canvas.arrays()]]))
"""


def replay_events(canvas, gestures):
    for points in gestures:
        for number, (x, y) in enumerate(points):
            sheet = canvas.sheet
            spot = QPointF(sheet.left() + x * sheet.width(), sheet.top() + y * sheet.height())
            kind = QEvent.Type.MouseMove if number else QEvent.Type.MouseButtonPress
            QApplication.sendEvent(canvas, QMouseEvent(kind, spot, spot, LEFT, LEFT, NO_KEYS))
        QApplication.sendEvent(
            canvas,
            QMouseEvent(QEvent.Type.MouseButtonRelease, spot, spot, LEFT, Qt.MouseButton.NoButton, NO_KEYS),
        )


@pytest.mark.parametrize("scale", ["1", "1.5", "2", "3"])
def test_ink_is_crisp_at_every_pixel_ratio(scale, tmp_path):
    """Across a horizontal line: as wide as it should be, and at most one soft device pixel at either edge."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": scale}
    code = SCALED.format(here=str(Path(__file__).parent), staging=str(Path(__file__).parents[1]))
    out = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        check=True,
        timeout=60,
    ).stdout
    ratio, side, column, arrays = json.loads(out)
    assert ratio == float(scale)
    assert arrays == [[[0.25, 0.5], [0.5, 0.5], [0.75, 0.5]]]
    column = np.array(column)
    inked, soft = (column < 60).sum(), ((column >= 60) & (column < 250)).sum()
    assert soft <= 2
    assert inked + soft / 2 == pytest.approx(0.07 * side * ratio, abs=1.01)


def test_the_hint_goes_away_with_the_first_point(draw, qtbot):
    """Only what was asked to be painted is painted: the screen, not a fresh grab, must be free of the hint."""
    painted = []

    class Watch(DrawCanvas):
        def paintEvent(self, event):
            painted.append(event.rect())
            super().paintEvent(event)

    canvas = Watch(draw.canvas._theme)
    qtbot.addWidget(canvas)
    canvas.resize(400, 400)
    with qtbot.waitExposed(canvas):
        canvas.show()
    painted.clear()
    press(canvas, (0.1, 0.1))
    qtbot.waitUntil(lambda: any(area.contains(canvas.sheet.center().toPoint()) for area in painted))
    release(canvas, (0.1, 0.1))


def test_a_finished_stroke_has_the_same_edges_as_one_drawn_anew(draw):
    stroke(draw.canvas, [(0.2, 0.31), (0.8, 0.33), (0.4, 0.9)])
    seen = pixels_of(draw.canvas)
    draw.canvas._redraw()
    np.testing.assert_array_equal(seen, pixels_of(draw.canvas))


# ---------------------------------------------------------------- drawings in and out


def opened(draw, qtbot, path):
    with qtbot.waitSignal(draw.intake.opened, timeout=20_000):
        draw.open_drawing(path)


def saved(draw, qtbot, path):
    draw.banner.hide()
    draw.export.save(path)
    qtbot.waitUntil(draw.banner.isVisible, timeout=20_000)
    assert draw.banner.text == f"Saved {path}"


def test_a_saved_drawing_is_opened_again_as_it_was(draw, qtbot, tmp_path):
    draw_strokes(draw.canvas, SEVEN)
    seen, strokes = draw.preview.pixels.copy(), draw.canvas.sketch.strokes
    saved(draw, qtbot, tmp_path / "seven.jsonl")
    (drawing,) = read_drawings(tmp_path / "seven.jsonl")  # as the command line reads it
    assert drawing.label == "7"
    np.testing.assert_array_equal(drawing_to_image(drawing.arrays()), seen)
    draw.canvas.clear()
    opened(draw, qtbot, tmp_path / "seven.jsonl")
    for before, after in zip(strokes, draw.canvas.sketch.strokes, strict=True):
        np.testing.assert_allclose(after, before, atol=1e-6)
    assert draw.bars.answer.index == 7
    assert not draw.stepper.isVisible()


def test_png_and_svg_show_what_was_drawn(draw, qtbot, tmp_path):
    draw_strokes(draw.canvas, FOUR)
    saved(draw, qtbot, tmp_path / "four.png")
    saved(draw, qtbot, tmp_path / "four.svg")
    picture = Image.open(tmp_path / "four.png").convert("L")
    assert picture.size == (1024, 1024)
    gray = np.asarray(picture)
    for points in FOUR:
        for x, y in points:
            assert gray[round(y * 1023), round(x * 1023)] < 60
    assert gray[10, 10] == 255
    svg = (tmp_path / "four.svg").read_text()
    assert svg.count("<path") == 2
    assert 'viewBox="0 0 1024 1024"' in svg
    assert " C" in svg  # smooth curves, not corners


def test_ink_past_the_rim_is_in_the_picture(draw, qtbot, tmp_path):
    stroke(draw.canvas, [(0.5, 0.1), (0.5, 1.3)])
    saved(draw, qtbot, tmp_path / "long.png")
    with Image.open(tmp_path / "long.png") as picture:
        assert picture.height > picture.width


def test_saving_asks_for_a_name_and_takes_the_chosen_format(draw, qtbot, tmp_path, monkeypatch):
    draw_strokes(draw.canvas, SEVEN)
    answer = (str(tmp_path / "seven"), "Vector graphics (*.svg)")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: answer)
    draw.export.ask()
    qtbot.waitUntil((tmp_path / "seven.svg").exists, timeout=20_000)
    qtbot.waitUntil(draw.banner.isVisible)


def test_what_cannot_be_saved_is_explained(draw, qtbot, tmp_path):
    draw_strokes(draw.canvas, SEVEN)
    (tmp_path / "file").write_text("")
    draw.export.save(tmp_path / "file" / "seven.png")
    qtbot.waitUntil(draw.banner.isVisible, timeout=20_000)
    assert draw.banner.text.startswith("seven.png was not saved.")
    assert draw.bars.answer.index == 7


def test_an_empty_sheet_is_neither_saved_nor_copied(draw):
    assert [action.isEnabled() for action in draw._taking_away] == [False, False]
    stroke(draw.canvas, LINE)
    assert [action.isEnabled() for action in draw._taking_away] == [True, True]


def test_a_copied_drawing_is_a_picture_elsewhere_and_strokes_here(draw, window, qtbot):
    draw_strokes(draw.canvas, SEVEN)
    seen = draw.preview.pixels.copy()
    with qtbot.waitActive(window):
        window.activateWindow()
    draw.canvas.setFocus()
    with qtbot.waitSignal(QGuiApplication.clipboard().dataChanged, timeout=20_000):
        QTest.keyClick(draw.canvas, Qt.Key.Key_C, CONTROL)
    image = QGuiApplication.clipboard().image()
    assert image.width() == image.height() == 1024
    assert image.pixelColor(512, 256).lightness() < 60  # the bar of the seven
    draw.canvas.clear()
    with qtbot.waitSignal(draw.intake.opened, timeout=20_000):
        QTest.keyClick(draw.canvas, Qt.Key.Key_V, CONTROL)
    np.testing.assert_array_equal(draw.preview.pixels, seen)


def test_a_copied_line_of_json_is_pasted_as_a_drawing(draw, qtbot):
    QGuiApplication.clipboard().setText('{"strokes": [[[50, 10], [50, 90]]]}')
    with qtbot.waitSignal(draw.intake.opened, timeout=20_000):
        draw.intake.paste()
    assert draw.bars.answer.index == 1


def test_a_pasted_picture_is_offered(draw, qtbot):
    image = QImage(20, 30, QImage.Format.Format_RGB32)
    image.fill(QColor("#ffffff"))
    QGuiApplication.clipboard().setImage(image)
    with qtbot.waitSignal(draw.picture_offered) as offered:
        draw.intake.paste()
    assert offered.args[0].size() == image.size()


def test_an_empty_clipboard_is_said_to_be_one(draw):
    stroke(draw.canvas, LINE)
    QGuiApplication.clipboard().clear()
    draw.intake.paste()
    assert draw.banner.isVisible()
    assert "Nothing was pasted. The clipboard holds no drawing" in draw.banner.text
    assert len(draw.canvas.sketch.strokes) == 1


def several(path):
    lines = [
        {"label": "1", "strokes": [[[5, 0], [5, 9]]]},
        {"strokes": [[[0, 0], [9, 0], [4, 9]]]},
        {"label": "4", "strokes": [[[1, 0], [0, 5], [8, 5]], [[6, 2], [6, 9]]]},
    ]
    path.write_text("\n".join(json.dumps(line) for line in lines))
    return path


def test_the_drawings_of_a_file_are_gone_through(draw, qtbot, tmp_path):
    stroke(draw.canvas, LINE)
    opened(draw, qtbot, several(tmp_path / "three.jsonl"))
    assert draw.stepper.isVisible()
    assert draw.stepper.text.text() == "Drawing 1 of 3 · labeled 1"
    assert draw.bars.answer.index == 1
    assert not draw.stepper.previous.isEnabled()
    qtbot.mouseClick(draw.stepper.next, LEFT)
    assert draw.bars.answer.index == 7
    assert draw.stepper.text.text() == "Drawing 2 of 3"
    QTest.keyClick(draw.canvas, Qt.Key.Key_PageDown)
    assert len(draw.canvas.sketch.strokes) == 2
    assert not draw.stepper.next.isEnabled()
    for _ in range(3):
        draw.canvas.undo()
    assert draw.canvas.sketch.strokes[0][0] == pytest.approx((0.2, 0.5), abs=0.01)  # what was there before
    qtbot.mouseClick(draw.stepper._close, LEFT)
    assert not draw.stepper.isVisible()


def dropped(draw, content):
    action, buttons = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    enter = QDragEnterEvent(QPoint(50, 200), action, content, buttons, NO_KEYS)
    QApplication.sendEvent(draw, enter)
    drop = QDropEvent(QPointF(50, 200), action, content, buttons, NO_KEYS)
    QApplication.sendEvent(draw, drop)
    return enter.isAccepted() and drop.isAccepted()


def test_a_dropped_file_is_opened(draw, qtbot, tmp_path):
    content = QMimeData()
    content.setUrls([QUrl.fromLocalFile(str(several(tmp_path / "three.jsonl")))])
    with qtbot.waitSignal(draw.intake.opened, timeout=20_000):
        assert dropped(draw, content)
    assert draw.stepper.isVisible()
    assert not draw.canvas.receiving


def test_a_dropped_picture_is_offered_as_a_file(draw, qtbot, tmp_path):
    path = tmp_path / "picture"  # known by its content
    Image.new("L", (5, 5)).save(path, "PNG")
    content = QMimeData()
    content.setUrls([QUrl.fromLocalFile(str(path))])
    with qtbot.waitSignal(draw.picture_offered, timeout=20_000) as offered:
        assert dropped(draw, content)
    assert offered.args == [path]


def test_a_dropped_address_is_explained(draw):
    content = QMimeData()
    content.setUrls([QUrl("https://example.org/seven.jsonl")])
    dropped(draw, content)
    assert "not a file on this computer" in draw.banner.text


def test_what_holds_nothing_cannot_be_dropped(draw):
    content = QMimeData()
    content.setData("application/x-else", QByteArray(b"1"))
    assert not dropped(draw, content)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.jsonl", b"", "empty.jsonl contains no drawings. It is empty."),
        ("notes.txt", b"hello", "notes.txt is not a file of drawings. Line 1:"),
        ("nan.jsonl", b'{"strokes": [[[NaN, 1]]]}', "nan.jsonl is not a file of drawings. Line 1:"),
        ("inf.jsonl", b'{"strokes": [[[1e999, 1]]]}', "inf.jsonl is not a file of drawings. Line 1:"),
        ("far.jsonl", b'{"strokes": [[[1e300, 1]]]}', "far.jsonl contains no drawings."),
        ("data.zip", b"PK\x03\x04\x00\xff", "data.zip is not a file of drawings."),
    ],
)
def test_bad_files_are_explained_and_nothing_is_lost(draw, qtbot, tmp_path, name, content, said):
    draw_strokes(draw.canvas, SEVEN)
    (tmp_path / name).write_bytes(content)
    draw.open_drawing(tmp_path / name)
    qtbot.waitUntil(draw.banner.isVisible, timeout=20_000)
    assert draw.banner.text.startswith(said)
    assert "Each line must look like" in draw.banner.text
    assert draw.bars.answer.index == 7


@pytest.mark.parametrize("name", [".", "missing.jsonl"])
def test_what_is_no_file_is_explained(draw, qtbot, tmp_path, name):
    draw.open_drawing(tmp_path / name)
    qtbot.waitUntil(draw.banner.isVisible, timeout=20_000)
    assert "was not opened" in draw.banner.text or "Cannot read" in draw.banner.text


def test_points_that_were_left_out_are_counted(draw, qtbot, tmp_path):
    (tmp_path / "far.jsonl").write_text('{"strokes": [[[1, 1], [1, 9], [1e300, 1]]]}')
    opened(draw, qtbot, tmp_path / "far.jsonl")
    assert "1 point without usable coordinates was left out." in draw.banner.text
    assert draw.bars.answer.index == 1


def test_a_million_points_do_not_stop_the_window(draw, qtbot, tmp_path):
    angles = np.linspace(0, 200 * np.pi, 1_000_000)
    points = np.column_stack([np.cos(angles), 1.5 * np.sin(angles)]).round(4).tolist()
    (tmp_path / "many.jsonl").write_text(json.dumps({"strokes": [points]}))
    del points  # a million lists keep Python's garbage collection busy
    beats = []
    timer = QTimer()
    timer.setInterval(5)
    timer.timeout.connect(lambda: beats.append(None))
    timer.start()
    opened(draw, qtbot, tmp_path / "many.jsonl")
    timer.stop()
    assert len(beats) > 20  # at once there would be hardly one, whatever else the machine does
    assert draw.bars.answer.index == 0
    assert "1,000,000 points" in draw.banner.text
    assert sum(map(len, draw.canvas.sketch.strokes)) <= 4000


# ---------------------------------------------------------------- replay


def test_replay_answers_every_prefix_as_if_it_had_been_drawn_so_far(draw, qtbot):
    draw_strokes(draw.canvas, FOUR)
    strokes = [np.array(points) for points in draw.canvas.sketch.strokes]
    wait(qtbot, draw.replay.marked, lambda: bool(draw.replay.answers))
    total = sum(map(len, strokes))
    assert len(draw.replay.answers) == total
    tops = []
    for count in range(1, total + 1):
        first, rest = strokes[0][:count], max(0, count - len(strokes[0]))
        so_far = [first, strokes[1][:rest]] if rest else [first]
        alone = draw.classifier.answers(drawing_to_image(so_far)[None])[0]
        tops.append(alone.index)
        draw.replay.slider.setValue(count - 1)
        np.testing.assert_allclose(draw.bars.answer.probabilities, alone.probabilities, atol=1e-5)
        np.testing.assert_array_equal(draw.preview.pixels, drawing_to_image(so_far))
    changes = [
        (place, tops[place - 1], tops[place]) for place in range(1, total) if tops[place] != tops[place - 1]
    ]
    assert [(flip.position, flip.before, flip.after) for flip in draw.replay.flips] == changes
    assert draw.replay.strip.texts == [f"{before} → {after}" for _, before, after in changes]
    assert changes
    assert f"{changes[0][1]} → {changes[0][2]}" in draw.replay.slider.accessibleDescription()
    assert not draw.canvas.replaying


def test_the_ink_to_come_is_faint(draw, theme):
    stroke(draw.canvas, LINE)
    draw.replay.slider.setValue(1)
    seen, sheet, ratio = pixels_of(draw.canvas), draw.canvas.sheet, draw.canvas.devicePixelRatioF()
    row = round((sheet.top() + 0.5 * sheet.height()) * ratio)
    at = [seen[row, round((sheet.left() + x * sheet.width()) * ratio), 0] for x in (0.2, 0.75)]
    assert at[0] < 60
    assert 180 < at[1] < 250


@pytest.mark.parametrize("action", ["draw", "undo", "clear"])
def test_going_on_ends_the_replay(draw, action):
    draw_strokes(draw.canvas, FOUR)
    draw.replay.slider.setValue(2)
    assert draw.canvas.replaying
    if action == "draw":
        stroke(draw.canvas, LINE)
    else:
        getattr(draw.canvas, action)()
    assert not draw.canvas.replaying
    assert draw.replay.slider.value() == draw.replay.slider.maximum()
    assert len(draw.canvas.sketch.strokes) == {"draw": 3, "undo": 1, "clear": 0}[action]


def test_a_long_drawing_has_two_hundred_positions(draw, qtbot):
    draw.canvas.show_strokes(
        (tuple((0.5 + 0.3 * np.cos(a), 0.5 + 0.4 * np.sin(a)) for a in np.arange(0, 6, 0.01)),)
    )
    wait(qtbot, draw.replay.marked, lambda: bool(draw.replay.answers))
    assert len(draw.replay.answers) == 200
    assert draw.replay.answers[-1].index == 0
    draw.replay.slider.setValue(0)
    assert [len(stroke) for stroke in draw.canvas.shown] == [1]


def test_nothing_is_computed_for_the_replay_while_the_pen_is_down(draw, qtbot):
    stroke(draw.canvas, LINE)
    stroke(draw.canvas, [(0.3, 0.2), (0.3, 0.7)], lift=False)
    assert not draw.replay._timer.isActive()
    release(draw.canvas, (0.3, 0.7))
    assert draw.replay._timer.isActive()


def test_an_empty_sheet_has_no_replay(draw):
    assert not draw.replay.slider.isEnabled()
    assert draw.replay.strip.accessibleName() == "Draw, then replay it here"


def test_a_button_let_go_where_nobody_saw_it_ended_the_stroke(draw):
    """The next press begins another one."""
    stroke(draw.canvas, LINE, lift=False)
    spot = QPointF(place(draw.canvas, (0.5, 0.9)))
    QApplication.sendEvent(
        draw.canvas, QMouseEvent(QEvent.Type.MouseButtonPress, spot, spot, LEFT, LEFT, NO_KEYS)
    )
    release(draw.canvas, (0.5, 0.9))
    assert [len(points) > 1 for points in draw.canvas.sketch.strokes] == [True, False]


def test_everything_of_the_pad_has_a_name(draw):
    for widget in (
        draw.undo_button,
        draw.redo_button,
        draw.eraser_button,
        draw.clear_button,
        draw.tools.pen,
        draw.tools.menu_button,
        draw.replay.slider,
        draw.stepper.next,
        draw.stepper.previous,
        draw.stepper._close,
    ):
        assert widget.objectName()
        assert widget.accessibleName()
        assert widget.toolTip()
