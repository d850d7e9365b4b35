"""Two widgets by themselves: the confusion matrix and the gallery."""

import time

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from staging import pixels_of

from cnn_studio.ui.widgets import confusion_matrix as matrix_module
from cnn_studio.ui.widgets import confusion_matrix_painting
from cnn_studio.ui.widgets.confusion_matrix import ConfusionMatrix
from cnn_studio.ui.widgets.image_gallery import Gallery
from cnn_studio.ui.widgets.image_tiles import ImageTile

LEFT = Qt.MouseButton.LeftButton
COUNTS = np.arange(1, 101, dtype=np.int64).reshape(10, 10)
DIGITS = tuple(map(str, range(10)))
GARMENTS = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)


@pytest.fixture
def matrix(qtbot, theme):
    made = ConfusionMatrix(theme)
    qtbot.addWidget(made)
    made.resize(620, 560)
    made.show_matrix(COUNTS, DIGITS)
    with qtbot.waitExposed(made):
        made.show()
    return made


@pytest.fixture
def gallery(qtbot, theme):
    made = Gallery(theme)
    qtbot.addWidget(made)
    made.resize(620, 560)
    with qtbot.waitExposed(made):
        made.show()
    return made


@pytest.mark.parametrize("classes", [DIGITS, GARMENTS])
@pytest.mark.parametrize("size", [(620, 560), (400, 700), (900, 400)])
def test_click_on_every_cell_selects_it(matrix, qtbot, classes, size):
    matrix.show_matrix(COUNTS, classes)
    matrix.resize(*size)
    selected = []
    matrix.cells_selected.connect(lambda cells: selected.extend(cells))
    cells = [(true, predicted) for true in range(10) for predicted in range(10)]
    for cell in cells:
        qtbot.mouseClick(matrix, LEFT, pos=matrix.cell_center(*cell).toPoint())
    assert selected == cells


def test_rows_are_below_one_another_and_columns_beside(matrix):
    assert matrix.cell_center(1, 0).y() > matrix.cell_center(0, 0).y()
    assert matrix.cell_center(0, 1).x() > matrix.cell_center(0, 0).x()
    assert matrix.cell_center(0, 1).y() == matrix.cell_center(0, 0).y()


def test_click_beside_the_cells_selects_nothing(matrix, qtbot):
    for place in (QPoint(2, 2), QPoint(matrix.width() - 2, 100), QPoint(100, matrix.height() - 2)):
        qtbot.mouseClick(matrix, LEFT, pos=place)
    assert matrix.selected is None


def test_click_on_an_empty_matrix_does_nothing(qtbot, theme):
    matrix = ConfusionMatrix(theme)
    qtbot.addWidget(matrix)
    qtbot.mouseClick(matrix, LEFT, pos=QPoint(50, 50))
    QTest.keyClick(matrix, Qt.Key.Key_Right)
    assert matrix.selected is None


def test_arrow_keys_move_the_selection_and_stop_at_the_rim(matrix):
    visited = []
    matrix.cells_selected.connect(lambda cells: visited.extend(cells))
    for key in (
        Qt.Key.Key_Right,
        Qt.Key.Key_Right,
        Qt.Key.Key_Down,
        Qt.Key.Key_Left,
        Qt.Key.Key_Up,
        Qt.Key.Key_Up,
    ):
        QTest.keyClick(matrix, key)
    assert visited == [(0, 0), (0, 1), (1, 1), (1, 0), (0, 0), (0, 0)]
    matrix.select(9, 9)
    QTest.keyClick(matrix, Qt.Key.Key_Down)
    QTest.keyClick(matrix, Qt.Key.Key_Right)
    assert matrix.selected == (9, 9)


def test_cells_are_described_with_count_and_share_of_the_row(matrix):
    total = sum(range(31, 41))  # the fourth row: 31 to 40
    assert matrix.describe(3, 5) == f"3 read as 5: 36 ({3600 / total:.1f} % of its images)"
    assert matrix.describe(3, 3) == f"3 read correctly: 34 ({3400 / total:.1f} % of its images)"


def test_rows_in_percent_are_painted_differently_and_back_again(matrix):
    counts = pixels_of(matrix)
    matrix.show_as("rows")
    rows = pixels_of(matrix)
    assert (rows != counts).any()
    matrix.show_as("columns")
    assert (pixels_of(matrix) != rows).any()
    matrix.show_as("counts")
    np.testing.assert_array_equal(pixels_of(matrix), counts)


def test_buttons_switch_between_counts_and_rows(evaluate, qtbot):
    evaluate.matrix.show_matrix(COUNTS, DIGITS)
    counts = pixels_of(evaluate.matrix)
    buttons = evaluate.confusion.buttons
    qtbot.mouseClick(buttons["rows"], LEFT)
    assert not buttons["counts"].isChecked()
    assert (pixels_of(evaluate.matrix) != counts).any()
    qtbot.mouseClick(buttons["counts"], LEFT)
    np.testing.assert_array_equal(pixels_of(evaluate.matrix), counts)


def confused(classes):
    """A matrix with a diagonal and twenty mistakes a class."""
    random = np.random.default_rng(0)
    counts = np.diag(random.integers(50, 100, classes))
    np.add.at(counts, tuple(random.integers(0, classes, (2, 20 * classes))), 1)
    return counts


@pytest.mark.parametrize(("classes", "limit_ms"), [(47, 100), (100, 100), (1000, 400)])
def test_many_classes_are_painted_in_time_and_hovering_paints_no_cell_again(
    matrix, monkeypatch, classes, limit_ms
):
    """Limits far above what was measured (8, 6 and 41 ms), far below what it once took (200 classes: 13.9 s)."""
    matrix.grab()
    began = time.thread_time()
    matrix.show_matrix(confused(classes), tuple(f"class {number}" for number in range(classes)))
    matrix.grab()
    assert 1000 * (time.thread_time() - began) < limit_ms
    still, measured = [], []
    real = confusion_matrix_painting.ConfusionMatrixPicture.paint
    monkeypatch.setattr(
        confusion_matrix_painting.ConfusionMatrixPicture,
        "paint",
        lambda *values: still.append(None) or real(*values),
    )
    monkeypatch.setattr(matrix_module, "grid_for", lambda *values: measured.append(None))
    seen = pixels_of(matrix)
    QTest.mouseMove(matrix, matrix.cell_center(2, 3).toPoint())
    assert matrix._hovered is not None
    assert (pixels_of(matrix) != seen).any()
    assert not still
    assert not measured


def test_single_error_among_a_thousand_classes_is_seen_and_can_be_clicked(matrix, qtbot):
    counts = np.diag(np.full(1000, 50))
    names = tuple(map(str, range(1000)))
    matrix.show_matrix(counts, names)
    without = pixels_of(matrix)
    wrong = counts.copy()
    wrong[801, 203] = 1
    matrix.show_matrix(wrong, names)
    place = matrix.cell_center(801, 203)
    changed = np.argwhere((pixels_of(matrix) != without).any(axis=2)) / matrix.devicePixelRatioF()
    assert len(changed)
    np.testing.assert_allclose(changed, [[place.y(), place.x()]] * len(changed), atol=2)
    selected = []
    matrix.cells_selected.connect(lambda cells: selected.extend(cells))
    for down in (-1, 0, 1):
        for right in (-1, 0, 1):
            qtbot.mouseClick(matrix, LEFT, pos=place.toPoint() + QPoint(right, down))
    assert (801, 203) in selected


@pytest.mark.parametrize("change", ["counts", "size", "colors"])
def test_kept_picture_is_painted_again_when_something_changes(matrix, theme, change):
    before = pixels_of(matrix)
    if change == "counts":
        matrix.show_matrix(COUNTS[::-1].copy(), DIGITS)
    elif change == "size":
        matrix.resize(500, 500)
        before = before[:500, :500]
    else:
        theme.choose("dark")
    after = pixels_of(matrix)
    assert after.shape != before.shape or (after != before).any()


def test_sixty_thousand_tiles_need_no_widget_each(gallery, qtbot):
    images = np.zeros((60_000, 28, 28, 1), np.uint8)
    before = len(gallery.findChildren(QWidget))
    gallery.show_tiles([ImageTile(number, "3", "5", 0.9) for number in range(60_000)], images)
    assert gallery.model().rowCount() == 60_000
    bar = gallery.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 1_000_000)
    for share in range(0, 101, 5):
        bar.setValue(bar.maximum() * share // 100)
        gallery.repaint()
    assert len(gallery.findChildren(QWidget)) == before


def test_only_visible_tiles_are_drawn(gallery, monkeypatch):
    from cnn_studio.ui.widgets import gallery_model as module

    drawn = []
    real = module.as_image
    monkeypatch.setattr(module, "as_image", lambda pixels: drawn.append(None) or real(pixels))
    gallery.show_tiles(
        [ImageTile(number, "3", "5", 0.9) for number in range(5000)], np.zeros((5000, 28, 28, 1), np.uint8)
    )
    gallery.grab()
    assert 10 <= len(drawn) <= 100


def test_picture_is_painted_as_it_is(gallery):
    images = np.zeros((1, 28, 28, 1), np.uint8)
    images[0, :14] = 200  # upper half gray
    gallery.show_tiles([ImageTile(0, "1", "7", 0.5)], images)
    seen = pixels_of(gallery)[:, :, :3]
    assert (seen == 200).all(axis=2).sum() > 84 * 40 * gallery.devicePixelRatioF() ** 2
    assert (seen == 0).all(axis=2).sum() > 84 * 40 * gallery.devicePixelRatioF() ** 2


def test_color_pictures_are_painted_in_color(gallery):
    images = np.zeros((1, 32, 32, 3), np.uint8)
    images[0, :, :, 0] = 250
    gallery.show_tiles([ImageTile(0, "frog", "ship", 0.5)], images)
    assert (pixels_of(gallery)[:, :, :3] == (250, 0, 0)).all(axis=2).sum() > 80 * 80


def test_tile_is_said_to_a_screen_reader(gallery):
    gallery.show_tiles([ImageTile(7, "3", "5", 0.912)], np.zeros((8, 28, 28, 1), np.uint8))
    text = gallery.model().index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert text == "Image 7: true 3, read 5 at 91.2 %"
    assert QAccessible.queryAccessibleInterface(gallery).text(QAccessible.Text.Name) == "Images"


def test_empty_gallery_shows_its_hint(gallery):
    gallery.hint = ""
    blank = pixels_of(gallery)
    gallery.hint = "No image of this kind"
    gallery.viewport().update()
    assert (pixels_of(gallery) != blank).any()
