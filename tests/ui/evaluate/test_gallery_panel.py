"""The gallery of the Evaluate tab: order, filter, size, keys, and what is taken away."""

import csv

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu, QPushButton
from staging import answers_of, make_run, mnist_test_images, pixels_of, wait

from cnn_studio.core.base.assets import resource
from cnn_studio.inference.activations import Activations
from cnn_studio.inference.classifier import Classifier
from cnn_studio.ui.widgets.image_gallery import Gallery
from cnn_studio.ui.widgets.image_tiles import ImageTile

LEFT, CONTROL, SHIFT = (
    Qt.MouseButton.LeftButton,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
)


@pytest.fixture
def run(tmp_path):
    return make_run(tmp_path / "runs")


@pytest.fixture
def panel(evaluate, run, qtbot):
    """The gallery with that run's errors."""
    evaluate.show_run(run)
    wait(qtbot, evaluate.images.reading_changed, lambda: evaluate.images.reading is not None)
    yield evaluate.images
    qtbot.waitUntil(lambda: not evaluate.images._alike.busy, timeout=30_000)


@pytest.fixture
def gallery(qtbot, theme):
    made = Gallery(theme)
    qtbot.addWidget(made)
    made.resize(500, 400)
    with qtbot.waitExposed(made):
        made.show()
    return made


def tiles(count):
    return [ImageTile(number, "3", "5", 0.9) for number in range(count)]


def numbers(panel):
    return [tile.number for tile in panel.gallery.tiles]


def choose(selector, name):
    selector.setCurrentIndex(selector.findData(name))


def errors_of(run):
    labels, read, confidence = answers_of(run)
    return [
        (int(n), int(labels[n]), int(read[n]), float(confidence[n])) for n in np.flatnonzero(labels != read)
    ]


def test_every_tile_is_where_it_is_clicked(gallery, qtbot):
    gallery.show_tiles(tiles(500), np.zeros((500, 28, 28, 1), np.uint8))
    gallery.verticalScrollBar().setValue(777)
    for place in gallery.in_sight:
        qtbot.mouseClick(
            gallery.viewport(), LEFT, pos=gallery.visualRect(gallery.model().index(place)).center()
        )
        assert gallery.chosen_positions == [place]


def test_rows_fill_the_width_and_the_last_row_is_reached(gallery):
    gallery.show_tiles(tiles(501), np.zeros((501, 28, 28, 1), np.uint8))
    corner = gallery.visualRect(gallery.model().index(gallery.columns - 1)).right()
    assert corner < gallery.viewport().width() < corner + gallery.visualRect(gallery.model().index(0)).width()
    bar = gallery.verticalScrollBar()
    bar.setValue(bar.maximum())
    last = gallery.visualRect(gallery.model().index(500))
    assert last.bottom() < gallery.viewport().height() <= last.bottom() + 2


def test_keys_walk_and_page_through_the_gallery(gallery):
    gallery.show_tiles(tiles(500), np.zeros((500, 28, 28, 1), np.uint8))
    gallery.make_current(0)
    columns = gallery.columns
    for key, place in (
        (Qt.Key.Key_Right, 1),
        (Qt.Key.Key_Down, 1 + columns),
        (Qt.Key.Key_Left, columns),
        (Qt.Key.Key_Up, 0),
        (Qt.Key.Key_End, 499),
        (Qt.Key.Key_Home, 0),
        (Qt.Key.Key_Left, 0),
    ):
        QTest.keyClick(gallery, key)
        assert gallery.position == place
        assert (
            gallery.viewport()
            .rect()
            .contains(gallery.visualRect(gallery.currentIndex()).center() + QPoint(0, 10))
        )
    QTest.keyClick(gallery, Qt.Key.Key_PageDown)
    paged = gallery.position
    assert paged % columns == 0
    assert paged > columns
    QTest.keyClick(gallery, Qt.Key.Key_PageUp)
    assert gallery.position == 0


def test_several_are_selected_with_shift_and_control(gallery, qtbot):
    gallery.show_tiles(tiles(500), np.zeros((500, 28, 28, 1), np.uint8))

    def click(place, modifier):
        at = gallery.visualRect(gallery.model().index(place)).center()
        qtbot.mouseClick(gallery.viewport(), LEFT, modifier, at)

    click(0, Qt.KeyboardModifier.NoModifier)
    click(2, CONTROL)
    assert gallery.chosen_positions == [0, 2]
    click(0, Qt.KeyboardModifier.NoModifier)
    click(2, SHIFT)
    assert gallery.chosen_positions == [0, 1, 2]
    gallery.selectAll()
    assert len(gallery.chosen_positions) == 500


def test_enter_and_double_click_open_an_image(gallery, qtbot):
    gallery.show_tiles(tiles(500), np.zeros((500, 28, 28, 1), np.uint8))
    opened = []
    gallery.opened.connect(opened.append)
    gallery.make_current(7)
    QTest.keyClick(gallery, Qt.Key.Key_Return)
    second = gallery.visualRect(gallery.model().index(1)).center()
    qtbot.mouseClick(gallery.viewport(), LEFT, pos=second)
    qtbot.mouseDClick(gallery.viewport(), LEFT, pos=second)
    assert opened == [7, 1]


def test_pictures_keep_their_shape(gallery):
    wide = np.zeros((1, 10, 40, 3), np.uint8)
    wide[..., 1] = 255
    gallery.show_tiles([ImageTile(0, "a", "b", 0.5)], wide)
    green = (pixels_of(gallery)[:, :, :3] == (0, 255, 0)).all(axis=2)
    rows, columns = np.flatnonzero(green.any(axis=1)), np.flatnonzero(green.any(axis=0))
    assert len(columns) / len(rows) == pytest.approx(4, abs=0.25)


def test_bars_are_as_long_as_their_probabilities(gallery, theme):
    tile = ImageTile(0, "1", "7", 0.6, (("7", 0.6), ("1", 0.3), ("2", 0.1)))
    gallery.show_tiles([tile], np.zeros((1, 28, 28, 1), np.uint8))
    seen = pixels_of(gallery)[:, :, :3].astype(int)

    def longest(token):
        color = theme.tokens.color(token)
        near = np.abs(seen - (color.red(), color.green(), color.blue())).sum(axis=2) < 12
        return int(near.sum(axis=1).max())

    assert longest("accent") / longest("good") == pytest.approx(2, abs=0.3)


def test_tile_that_was_painted_before_is_not_painted_again(gallery, monkeypatch):
    painted = []
    real = gallery._painter.paint
    monkeypatch.setattr(gallery._painter, "paint", lambda *values: painted.append(None) or real(*values))
    gallery.show_tiles(tiles(500), np.zeros((500, 28, 28, 1), np.uint8))
    gallery.grab()
    first = len(painted)
    gallery.verticalScrollBar().setValue(3)
    gallery.grab()
    assert len(painted) - first <= 2 * gallery.columns  # two rows may have come into sight


def test_size_keeps_the_first_image_in_sight(panel):
    panel.gallery.verticalScrollBar().setValue(2000)
    first = panel.gallery.in_sight.start
    panel.size_slider.setValue(150)
    assert panel.gallery.picture_px == 150
    seen = panel.gallery.in_sight
    assert first in seen
    panel.size_slider.setValue(40)
    assert first in panel.gallery.in_sight
    assert len(panel.gallery.in_sight) > len(seen)


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("surest", lambda one: -one[3]),
        ("least sure", lambda one: one[3]),
        ("loss", lambda one: -one[3]),  # what is left for the true class shrinks as the confidence grows
        ("true class", lambda one: (one[1], one[2], -one[3])),
        ("number", lambda one: one[0]),
    ],
)
def test_errors_are_sorted(panel, run, name, key):
    choose(panel.sorting, name)
    assert numbers(panel) == [one[0] for one in sorted(errors_of(run), key=key)]


def test_similar_ones_come_nearest_first_from_the_marked_one(panel, qtbot, monkeypatch):
    panel.gallery.make_current(5)
    marked = numbers(panel)[5]
    with qtbot.waitSignal(panel.gallery.model().modelReset, timeout=60_000):
        choose(panel.sorting, "similar")
    path = resource("models", "digits.onnx")  # what `make_run` gives the run
    activations = Activations(path.read_bytes(), Classifier(path).card)
    images = mnist_test_images()[0][..., None]
    shown = numbers(panel)
    features = activations.features(images[shown])
    distances = np.linalg.norm(features - activations.features(images[[marked]]), axis=1)
    assert shown[0] == marked
    assert (np.diff(distances) >= -1e-4).all()
    assert panel.gallery.position == 0


def test_similarity_without_the_network_is_explained(panel, run, qtbot, evaluate):
    (run / "model.onnx").unlink()
    choose(panel.sorting, "similar")
    qtbot.waitUntil(evaluate.banner.isVisible, timeout=30_000)
    assert "cannot be looked into" in evaluate.banner.text
    assert panel.sorting.currentData() == "given"


def test_filter_shows_exactly_what_passes(panel, run):
    panel.filter_button.click()
    assert panel.filter.isVisible()
    panel.filter.true.setCurrentIndex(panel.filter.true.findData(4))
    panel.filter.lowest.setValue(80)
    expected = [one[0] for one in errors_of(run) if one[1] == 4 and one[3] >= 0.8]
    assert sorted(numbers(panel)) == expected
    assert f"of {len(expected)}" in panel.where.text()
    panel.filter.read.setCurrentIndex(panel.filter.read.findData(9))
    assert sorted(numbers(panel)) == [
        one[0] for one in errors_of(run) if one[1] == 4 and one[2] == 9 and one[3] >= 0.8
    ]
    panel.clear_button.click()
    assert len(numbers(panel)) == 300
    assert not panel.clear_button.isVisible()


def test_number_is_found_among_all(panel, qtbot, run):
    panel.all_button.click()
    assert len(panel.gallery.tiles) == 10_000
    panel.filter_button.click()
    panel.filter.numbers.setText("12, 40-43")
    qtbot.waitUntil(lambda: numbers(panel) == [12, 40, 41, 42, 43])
    panel.filter.numbers.setText("many")
    qtbot.waitUntil(lambda: len(panel.gallery.tiles) == 10_000)


def test_filter_that_lets_nothing_through_says_so(panel):
    panel.filter.lowest.setValue(100)
    assert numbers(panel) == []
    assert panel.gallery.hint == "No image matches the filter"
    assert panel.where.text() == ""
    assert not panel.export.button.isEnabled()


def test_pages_are_turned_by_buttons(panel, qtbot):
    back, on = (panel.findChild(QPushButton, f"gallery{way}Button") for way in ("Back", "On"))
    assert not back.isEnabled()
    first = panel.gallery.in_sight
    qtbot.mouseClick(on, LEFT)
    assert panel.gallery.in_sight.start == first.stop
    qtbot.mouseClick(back, LEFT)
    assert panel.gallery.in_sight == first


def test_list_is_written_as_it_is_shown(panel, tmp_path, qtbot, evaluate):
    choose(panel.sorting, "least sure")
    path = tmp_path / "errors.csv"
    panel.export.save_list(path)
    qtbot.waitUntil(evaluate.banner.isVisible)
    assert str(path) in evaluate.banner.text
    with path.open(newline="", encoding="utf-8-sig") as file:
        assert [int(row["number"]) for row in csv.DictReader(file)] == numbers(panel)


def test_marked_images_alone_are_taken_away(panel, tmp_path, qtbot, evaluate):
    for place, modifier in ((1, Qt.KeyboardModifier.NoModifier), (3, CONTROL), (2, CONTROL)):
        at = panel.gallery.visualRect(panel.gallery.model().index(place)).center()
        qtbot.mouseClick(panel.gallery.viewport(), LEFT, modifier, at)
    folder = tmp_path / "pictures"
    panel.export.save_pictures(folder)
    qtbot.waitUntil(evaluate.banner.isVisible)
    assert sorted(int(file.name[:6]) for file in folder.iterdir()) == sorted(numbers(panel)[1:4])
    qtbot.mouseClick(panel.export.button, LEFT)
    assert panel.export.menu.actions()[0].text() == "3 images"
    panel.export.menu.close()
    panel.gallery.make_current(0)  # a single one is only where the keyboard is
    assert len(panel.export.wanted) == 300


def test_images_are_written_with_their_own_pixels(panel, tmp_path, qtbot, evaluate):
    folder = tmp_path / "pictures"
    panel.export.save_pictures(folder)
    qtbot.waitUntil(evaluate.banner.isVisible, timeout=20_000)
    files = sorted(folder.iterdir())
    assert [int(file.name[:6]) for file in files] == sorted(numbers(panel))
    images, labels = mnist_test_images()
    with Image.open(files[3]) as picture:
        np.testing.assert_array_equal(np.asarray(picture), images[int(files[3].name[:6])])
    assert f"true-{labels[int(files[3].name[:6])]}_" in files[3].name
    assert not panel.export.progress.isVisible()


def test_contact_sheets_hold_two_hundred_images_each(panel, tmp_path, qtbot, evaluate):
    panel.export.save_sheet(tmp_path / "sheet.png")
    qtbot.waitUntil(evaluate.banner.isVisible, timeout=20_000)
    assert sorted(file.name for file in tmp_path.glob("*.png")) == ["sheet-2.png", "sheet.png"]
    sizes = []
    for name in ("sheet.png", "sheet-2.png"):
        with Image.open(tmp_path / name) as sheet:
            sizes.append(sheet.size)
    assert sizes[0][0] == sizes[1][0]
    assert sizes[0][1] > 1.5 * sizes[1][1]


def test_list_is_copied_for_a_spreadsheet(panel):
    panel.export.copy_list()
    rows = QGuiApplication.clipboard().text().splitlines()
    assert len(rows) == 301
    assert rows[1].split("\t")[0] == str(numbers(panel)[0])


def test_without_images_the_answers_are_still_listed(evaluate, run, qtbot):
    with np.load(run / "evaluation.npz") as archive:
        content = dict(archive) | {"dataset": np.array("file:/moved/away")}
    np.savez(run / "evaluation.npz", **content)
    evaluate.show_run(run)
    wait(qtbot, evaluate.images.reading_changed, lambda: evaluate.images.reading is not None)
    panel = evaluate.images
    assert len(panel.gallery.tiles) == 300
    assert panel.gallery.grab().width() > 0
    assert panel.export.csv.isEnabled()
    assert not panel.export.png.isEnabled()
    assert not panel.export.sheet.isEnabled()


def test_menu_of_an_image_opens_the_lens_and_copies_it(panel, qtbot, evaluate):
    gallery = panel.gallery
    at = gallery.visualRect(gallery.model().index(2)).center()

    def entries():
        gallery.customContextMenuRequested.emit(at)
        menu = panel.findChildren(QMenu, options=Qt.FindChildOption.FindDirectChildrenOnly)[-1]
        return menu, {action.text(): action for action in menu.actions()}

    menu, actions = entries()
    actions["Copy the image"].trigger()
    menu.close()
    copied = QGuiApplication.clipboard().image()
    image = mnist_test_images()[0][numbers(panel)[2]]
    assert [copied.pixelColor(x, 14).red() for x in range(28)] == image[14].tolist()
    menu, actions = entries()
    actions["Look closer"].trigger()
    menu.close()
    assert evaluate.lens.lens.row == numbers(panel)[2]
    qtbot.waitUntil(lambda: not evaluate.lens.lens._opener.busy, timeout=30_000)
    qtbot.waitUntil(lambda: not evaluate.lens.lens.panel.page.latest.busy, timeout=30_000)


def test_hovered_tile_is_shown(gallery):
    gallery.show_tiles(tiles(10), np.zeros((10, 28, 28, 1), np.uint8))
    before = pixels_of(gallery)
    gallery._hover(QPointF(gallery.visualRect(gallery.model().index(1)).center()))
    assert (pixels_of(gallery) != before).any()


def test_panel_fits_beside_the_pages_in_the_smallest_window(window, panel, qtbot):
    window.resize(1024, 680)
    panel.filter_button.click()
    assert window.width() == 1024
    right = panel.mapTo(window, QPoint(panel.width(), 0)).x()
    assert right <= 1024
    assert panel.gallery.columns >= 3


def test_marked_images_are_told_to_the_other_pages(panel, evaluate):
    panel.gallery.make_current(2)
    assert evaluate.selection.marked.tolist() == [numbers(panel)[2]]
    panel.gallery.selectAll()
    assert sorted(evaluate.selection.marked.tolist()) == sorted(numbers(panel))
