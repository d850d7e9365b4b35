"""The window "My drawings": what is kept can be looked through, put right and taken away."""

import json

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QMenu, QPushButton
from staging import LEFT, NO_KEYS, ONE, SEVEN, draw_strokes, pixels_of, wait

from cnn_studio.core.drawing.collection import Collection, my_drawings_path
from cnn_studio.core.drawing.jsonl import read_drawings

CONTROL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
DIGITS = tuple("0123456789")


def on_disk():
    """Labels as a program started now would find them."""
    return [drawing.label for drawing in Collection(my_drawings_path()).drawings]


def add(collection, label, strokes=SEVEN, **further):
    scaled = [[(1000 * x, 1000 * y) for x, y in stroke] for stroke in strokes]
    return collection.add(scaled, label, side=1000, classes=DIGITS, **further)


@pytest.fixture
def collection(draw):
    for label in "7117":
        strokes = ONE if label == "1" else SEVEN
        add(draw.collection, label, strokes, answered="1", confidence=0.83)
    return draw.collection


@pytest.fixture
def mine(draw, collection, qtbot):
    made = draw.teach.my_drawings
    QTest.mouseClick(draw.teach.drawings_button, LEFT)
    qtbot.waitUntil(made.isActiveWindow)  # waitActive is content with an active parent
    return made


def click(mine, number, modifier=NO_KEYS):
    viewport = mine.grid.viewport()
    QTest.mouseClick(viewport, LEFT, modifier, mine.grid.tile_rect(number).center())


def shown(mine):
    return [drawing.label for drawing in mine.grid.drawings]


def test_the_newest_is_first_and_each_tells_label_answer_and_date(mine, collection):
    assert [drawing.id for drawing in mine.grid.drawings] == [
        drawing.id for drawing in reversed(collection.drawings)
    ]
    text = mine.grid.model().index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert text.startswith("7 · read 1 · 83 %")
    assert "20" in text.removeprefix("7 · read 1 · 83 %")


def test_a_key_opens_it(draw, window, qtbot):
    with qtbot.waitActive(window):
        window.activateWindow()
    QTest.keyClick(draw.canvas, Qt.Key.Key_D, CONTROL)
    qtbot.waitUntil(draw.teach.my_drawings.isActiveWindow)


def test_without_drawings_it_says_how_they_get_here(draw, qtbot):
    mine = draw.teach.my_drawings
    with qtbot.waitExposed(mine):
        QTest.mouseClick(draw.teach.drawings_button, LEFT)
    assert "click the row" in mine.grid.hint
    assert len(np.unique(pixels_of(mine.grid.viewport())[:, :, 0])) > 2  # it is written there
    assert not mine.export_button.isEnabled()
    assert not mine.undo_button.isEnabled()
    assert mine.import_button.isEnabled()


def test_a_click_on_a_class_shows_only_that(mine):
    names = [mine.counts.model().index(row, 0).data() for row in range(mine.counts.model().rowCount())]
    assert names == ["All: 4", "1: 2", "7: 2"]
    place = mine.counts.visualRect(mine.counts.model().index(1, 0)).center()
    QTest.mouseClick(mine.counts.viewport(), LEFT, NO_KEYS, place)
    assert shown(mine) == ["1", "1"]
    assert mine.summary.text() == "2 shown"


def test_several_are_deleted_with_the_key_and_brought_back(mine):
    click(mine, 0)
    click(mine, 2, CONTROL)
    assert mine.summary.text() == "4 shown, 2 selected"
    QTest.keyClick(mine.grid, Qt.Key.Key_Delete)
    assert on_disk() == ["7", "1"]
    assert shown(mine) == ["1", "7"]
    QTest.keyClick(mine.grid, Qt.Key.Key_Z, CONTROL)
    assert on_disk() == ["7", "1", "1", "7"]
    assert shown(mine) == ["7", "1", "1", "7"]


def test_undo_goes_back_through_everything_of_this_session(mine):
    for _ in range(4):
        QTest.mouseClick(mine.undo_button, LEFT)
    assert on_disk() == []
    assert not mine.undo_button.isEnabled()


def test_the_last_of_a_class_takes_its_filter_with_it(mine):
    place = mine.counts.visualRect(mine.counts.model().index(1, 0)).center()
    QTest.mouseClick(mine.counts.viewport(), LEFT, NO_KEYS, place)
    QTest.keyClick(mine.grid, Qt.Key.Key_A, CONTROL)
    QTest.mouseClick(mine.delete_button, LEFT)
    assert shown(mine) == ["7", "7"]
    assert mine.counts.label is None


def test_several_are_relabeled_through_the_list(mine):
    click(mine, 0)
    click(mine, 1, SHIFT)
    QTest.mouseClick(mine.relabel_button, LEFT)
    QTest.keyClicks(mine.picker.search, "4")
    QTest.keyClick(mine.picker.search, Qt.Key.Key_Return)
    assert on_disk() == ["7", "1", "4", "4"]
    assert [drawing.label for drawing in mine.grid.selected] == ["4", "4"]  # they stay selected
    QTest.mouseClick(mine.undo_button, LEFT)
    assert on_disk() == ["7", "1", "1", "7"]


def test_the_context_menu_deletes(mine):
    click(mine, 0)
    mine.grid.customContextMenuRequested.emit(mine.grid.tile_rect(0).center())
    menu = next(menu for menu in mine.findChildren(QMenu) if menu.isVisible())
    next(action for action in menu.actions() if action.text() == "Delete").trigger()
    menu.close()
    assert on_disk() == ["7", "1", "1"]


def test_a_double_click_opens_the_drawing_on_the_pad_where_it_is_relabeled(mine, draw, window, qtbot):
    place = mine.grid.tile_rect(1).center()
    with qtbot.waitActive(window):
        QTest.mouseClick(mine.grid.viewport(), LEFT, NO_KEYS, place)
        QTest.mouseDClick(mine.grid.viewport(), LEFT, NO_KEYS, place)
    assert not mine.isVisible()
    (stroke,) = draw.canvas.sketch.finished
    np.testing.assert_allclose(stroke, ONE[0])
    assert draw.bars.marked == 1
    QTest.keyClick(draw.canvas, Qt.Key.Key_9)
    assert on_disk() == ["7", "1", "9", "7"]
    QTest.keyClick(draw.canvas, Qt.Key.Key_Z, CONTROL)
    assert draw.canvas.sketch.empty  # what was on the pad before comes back


def test_what_is_corrected_meanwhile_appears(mine, draw):
    click(mine, 0)
    draw_strokes(draw.canvas, SEVEN)
    draw.teach.choose(3)
    assert shown(mine) == ["3", "7", "1", "1", "7"]
    assert mine.counts.model().index(0, 0).data() == "All: 5"
    assert [drawing.label for drawing in mine.grid.selected] == ["7"]


def test_the_selected_ones_are_exported_as_lines(mine, tmp_path, qtbot, monkeypatch):
    path = tmp_path / "out.jsonl"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_, **__: (str(path), ""))
    click(mine, 1)
    mine._export_lines.trigger()
    wait(qtbot, mine.files.finished, lambda: "Saved" in mine.banner.text)
    assert [drawing.label for drawing in read_drawings(path)] == ["1"]


def test_all_are_exported_as_images_beside_an_older_export(mine, tmp_path, qtbot, monkeypatch):
    (tmp_path / "my-drawings").mkdir()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_, **__: str(tmp_path))
    mine._export_images.trigger()
    wait(qtbot, mine.files.finished, lambda: "my-drawings-2" in mine.banner.text)
    found = sorted(path.relative_to(tmp_path).parts[:2] for path in tmp_path.rglob("*.png"))
    assert found == [("my-drawings-2", "1")] * 2 + [("my-drawings-2", "7")] * 2
    with Image.open(next(tmp_path.rglob("*.png"))) as picture:
        assert picture.size == (28, 28)


def test_an_import_takes_what_is_labeled_and_new_and_can_be_undone(
    mine, collection, tmp_path, qtbot, monkeypatch
):
    path = tmp_path / "in.jsonl"
    collection.export(path)
    lines = [
        {"label": "5", "strokes": [[[10, 10], [90, 80]]]},
        {"label": "5", "strokes": [[[10, 10], [90, 80]]]},
        {"strokes": [[[1, 2], [3, 4]]]},
    ]
    with path.open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_, **__: (str(path), ""))
    QTest.mouseClick(mine.import_button, LEFT)
    wait(qtbot, mine.files.finished, lambda: "imported" in mine.banner.text)
    assert on_disk() == ["7", "1", "1", "7", "5"]
    assert "in.jsonl: 1" in mine.banner.text
    assert "Already here: 5." in mine.banner.text
    assert "without a label: 1." in mine.banner.text
    QTest.mouseClick(mine.import_button, LEFT)  # once more: all of it is here
    wait(qtbot, mine.files.finished, lambda: "in.jsonl: 0" in mine.banner.text)
    assert on_disk() == ["7", "1", "1", "7", "5"]
    QTest.mouseClick(mine.undo_button, LEFT)
    assert on_disk() == ["7", "1", "1", "7"]


def test_a_file_that_is_not_of_drawings_changes_nothing(mine, tmp_path, qtbot):
    path = tmp_path / "in.jsonl"
    path.write_text('{"label": "5", "strokes": [[[1, 1]]]}\nhello\n', encoding="utf-8")
    mine.files.import_lines(path)
    wait(qtbot, mine.files.finished, lambda: "Line 2" in mine.banner.text)
    assert on_disk() == ["7", "1", "1", "7"]


def test_only_what_is_visible_of_thousands_is_painted(mine, collection, monkeypatch):
    painted = []
    picture = mine.grid.itemDelegate()._thumbnails.picture
    monkeypatch.setattr(
        mine.grid.itemDelegate()._thumbnails,
        "picture",
        lambda drawing, *size: painted.append(drawing.id) or picture(drawing, *size),
    )
    other = Collection(my_drawings_path().with_name("other.jsonl"))
    collection.take([add(other, "3") for _ in range(2000)])
    mine.grid.viewport().grab()
    assert 0 < len(set(painted)) < 60
    mine.grid.scrollToBottom()
    mine.grid.viewport().grab()
    assert collection.drawings[0].id in painted
    assert len(set(painted)) < 120


def test_a_drawing_looks_the_same_whatever_its_scale(mine, collection):
    small = [[(400 + 60 * x, 500 + 60 * y) for x, y in stroke] for stroke in SEVEN]
    large = [[(1000 * x, 1000 * y) for x, y in stroke] for stroke in SEVEN]
    thumbnails = mine.grid.itemDelegate()._thumbnails
    first, second = (
        thumbnails.picture(collection.add(strokes, "7", side=1000), 84, 1.0).toImage()
        for strokes in (small, large)
    )
    assert first == second


def test_it_can_be_used_without_a_mouse(mine):
    mine.grid.setFocus()
    QTest.keyClick(mine.grid, Qt.Key.Key_Home)
    QTest.keyClick(mine.grid, Qt.Key.Key_Right, SHIFT)
    QTest.keyClick(mine.grid, Qt.Key.Key_Backspace)
    assert on_disk() == ["7", "1"]


def test_other_actions_find_a_place_beside_the_title(mine, qtbot):
    mine.close()
    button = QPushButton("Score …")
    mine.add_action_button(button)
    with qtbot.waitExposed(mine):
        mine.present()
    assert button.window() is mine
    title = mine.title.mapTo(mine, QPoint(0, mine.title.height() // 2)).y()
    assert abs(button.mapTo(mine, QPoint(0, button.height() // 2)).y() - title) <= 8


def test_it_goes_with_the_main_window(mine, window):
    window.close()
    assert not mine.isVisible()


@pytest.mark.parametrize("look", ["light", "dark"])
def test_the_ink_is_seen_in_both_appearances(mine, theme, look):
    theme.choose(look)
    rect = mine.grid.tile_rect(0)
    tile = pixels_of(mine.grid.viewport())[rect.top() : rect.bottom(), rect.left() : rect.right(), :3]
    ink = theme.tokens.color("ink")
    assert (tile == (ink.red(), ink.green(), ink.blue())).all(axis=2).sum() > 100
