"""The Data tab on the stand-in engine: choosing, looking, dividing, scaling and varying."""

import functools
import os
import time
from threading import Event

import msgspec
import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton, QTableWidget
from sklearn.model_selection import train_test_split
from staging import pixels_of, until, wait

from cnn_studio.core.base.assets import resource
from cnn_studio.core.base.errors import Canceled
from cnn_studio.core.datasets.registry import dataset_info
from cnn_studio.core.protocol.events import JobFailed, PreviewEnded, StageEntered
from cnn_studio.core.recipes.presets import find_recipe, presets
from cnn_studio.core.recipes.recipe import Augmentation, LastSplit, NoSplit, RandomSplit, WatchedTestSplit
from cnn_studio.data import downloads
from cnn_studio.data.remote_files import DownloadProgress
from cnn_studio.ui.data import data_field
from cnn_studio.ui.data.augmentation_fields import AugmentationFields, strengths
from cnn_studio.ui.data.dataset_facts import DatasetSample
from cnn_studio.ui.data.pixel_matrix import PixelMatrix
from cnn_studio.ui.data.sample_grid import SampleGrid
from cnn_studio.ui.data.sample_view import SampleView
from cnn_studio.ui.services.own_data import FoundData

LEFT = Qt.MouseButton.LeftButton
PRESET = find_recipe("studio-quick")
IMAGES, CLASSES, REPORT, SPLIT, AUGMENTATION = range(5)


@functools.cache
def mnist():
    """Return MNIST, read without the program."""
    with np.load(resource("datasets", "mnist.npz")) as archive:
        return {name: archive[name] for name in archive.files}


@functools.cache
def divided():
    """Return the numbers of training and validation images, by scikit-learn."""
    split = PRESET.split
    return train_test_split(np.arange(60_000), test_size=split.fraction, random_state=split.seed)


@pytest.fixture
def tab(window, qtbot):
    """The tab once it has looked MNIST through."""
    window.tabs.setCurrentWidget(window.data)
    page = window.data.page
    wait(qtbot, page.subject.described, lambda: page.subject.facts is not None)
    return page


@pytest.fixture
def train(window):
    """The Train tab, not shown: what is done here reaches it all the same."""
    return window.train


def page_of(tab, number):
    tab.page_buttons.button(number).click()
    return tab._pages[number].page if number else tab.images


def shown(tab):
    """Return the numbers in the file of the images in the grid, in order."""
    return [tab.images.grid.caption(place)[1] for place in range(tab.images.grid.count)]


def choose(selector, value):
    """Choose a row as a person does."""
    selector.setCurrentIndex(selector.findData(value))
    selector.activated.emit(selector.currentIndex())


def test_the_tab_is_made_when_it_is_first_shown(window):
    assert window.data.page is None
    window.show_tab("dataTab")
    assert window.data.page.isVisible()


# --- images


def test_the_grid_shows_the_training_images_as_the_recipe_divides_them(tab):
    train, validation = divided()
    assert shown(tab) == sorted(train.tolist())
    part = tab.images.part_selector
    part.setCurrentIndex(part.findData("validation"))
    assert shown(tab) == sorted(validation.tolist())
    part.setCurrentIndex(part.findData("test"))
    assert tab.images.grid.count == 10_000
    names = [tab.images.grid.caption(place)[0] for place in range(20)]
    assert names == [str(label) for label in mnist()["y_test"][:20]]


def test_one_class_at_a_time(tab):
    labels = mnist()["y_train"]
    train, _ = divided()
    classes = tab.images.class_selector
    classes.setCurrentIndex(classes.findData(7))
    wanted = sorted(number for number in train.tolist() if labels[number] == 7)
    assert shown(tab) == wanted
    assert classes.currentText() == f"7 · {len(wanted):,}"


def test_r_shuffles_and_the_same_number_of_shuffles_gives_the_same_order(tab, qtbot):
    grid, button = tab.images.grid, tab.findChild(QPushButton, "fileOrderButton")
    in_order = shown(tab)
    assert not button.isVisible()
    grid.setFocus()
    QTest.keyClick(grid, Qt.Key.Key_R)
    first = shown(tab)
    QTest.keyClick(grid, Qt.Key.Key_R)
    second = shown(tab)
    assert sorted(first) == sorted(second) == in_order
    assert first != second != in_order
    qtbot.mouseClick(button, LEFT)
    assert shown(tab) == in_order
    QTest.keyClick(grid, Qt.Key.Key_R)
    assert shown(tab) == first


def test_pages_go_on_by_what_is_in_sight_and_end_at_the_last_image(tab, qtbot):
    grid, on = tab.images.grid, tab.findChild(QPushButton, "nextPageButton")
    first = grid.in_view
    assert first.start == 0
    qtbot.mouseClick(on, LEFT)
    assert grid.in_view.start == first.stop
    where = tab.findChild(QLabel, "pageLabel").text()
    assert where.startswith(f"{first.stop + 1:,} to ")
    assert where.endswith(f" of {grid.count:,}")
    grid.setFocus()
    QTest.keyClick(grid, Qt.Key.Key_End)
    assert grid.in_view.stop == grid.count
    assert not on.isEnabled()


def test_only_what_is_in_sight_is_read(theme, qtbot):
    class Watched:
        """Sixty thousand images that note which were asked for."""

        def __init__(self):
            self.asked = []

        def __getitem__(self, numbers):
            self.asked.append(len(numbers))
            return np.zeros((len(numbers), 28, 28, 1), np.uint8)

    grid, images = SampleGrid(theme), Watched()
    qtbot.addWidget(grid)
    grid.resize(600, 500)
    with qtbot.waitExposed(grid):
        grid.show()
    grid.show_sample(
        DatasetSample(images, np.zeros(60_000, np.int32), np.arange(60_000), "x_train"), ("zero",)
    )
    bar = grid.verticalScrollBar()
    for share in range(11):
        bar.setValue(bar.maximum() * share // 10)
        grid.viewport().repaint()
    assert len(images.asked) >= 11
    assert max(images.asked) <= 6 * 5  # columns of 104 pixels, rows of 132


def test_an_image_of_a_folder_is_named_by_its_file(theme, qtbot):
    view = SampleView(theme)
    qtbot.addWidget(view)
    images = np.zeros((3, 4, 4, 1), np.uint8)
    names = np.array(["cats/7.png", "dogs/é.png", "dogs/1.png"], np.dtypes.StringDType())
    info = msgspec.structs.replace(
        dataset_info("mnist"), file="/somewhere/pets.zip", classes=("cats", "dogs")
    )
    sample = DatasetSample(images, np.array([0, 1, 1], np.int32), np.array([1, 0, 2]), "x_train", names)
    view.show_image(sample, info, 0)
    assert view.findChild(QLabel, "sampleFact-place").text() == "dogs/é.png in pets.zip"


def test_a_click_enlarges_and_says_label_place_and_one_hot_vector(tab, qtbot):
    grid, view = tab.images.grid, tab.images.view
    qtbot.mouseClick(grid.viewport(), LEFT, pos=grid.tile_rect(2).center().toPoint())
    assert view.isVisible()
    number = sorted(divided()[0].tolist())[2]
    label = int(mnist()["y_train"][number])
    assert view.title.text() == str(label)
    assert view.findChild(QLabel, "sampleFact-place").text() == f"mnist.npz, x_train[{number}]"
    vector = view.findChild(QLabel, "sampleFact-one_hot").text().split()
    assert vector == ["1" if each == label else "0" for each in range(10)]
    np.testing.assert_array_equal(view.matrix.pixels[..., 0], mnist()["x_train"][number])
    QTest.keyClick(view.matrix, Qt.Key.Key_Right)
    assert f"[{sorted(divided()[0].tolist())[3]}]" in view.findChild(QLabel, "sampleFact-place").text()
    QTest.keyClick(view.matrix, Qt.Key.Key_Escape)
    assert grid.isVisible()
    assert grid.current == 3
    assert tab.window().focusWidget() is grid


def test_the_keyboard_alone_finds_and_enlarges_an_image(tab):
    grid = tab.images.grid
    grid.setFocus()
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Return):
        QTest.keyClick(grid, key)
    assert tab.images.view.isVisible()
    assert tab.images.view.index == grid.columns + 2
    assert f"Image {grid.columns + 3:d} of" in grid.accessibleDescription()


def test_the_pixel_matrix_reads_out_what_is_pointed_at_and_zooms_until_numbers_show(tab, window, qtbot):
    window.resize(1024, 680)
    tab.images.enlarge(0)
    view = tab.images.view
    assert not view.matrix.numbers_shown
    view.findChild(QPushButton, "zoomNumbersButton").click()
    assert view.matrix.numbers_shown
    view.findChild(QPushButton, "zoomFitButton").click()
    assert not view.matrix.numbers_shown
    view.matrix.horizontalScrollBar().setValue(0)
    row, column = np.argwhere(view.matrix.pixels[..., 0] > 200)[0].tolist()
    room, side = view.matrix.viewport().rect(), view.matrix.cell_px
    place = QPoint(
        round((room.width() - 28 * side) / 2 + (column + 0.5) * side),
        round((room.height() - 28 * side) / 2 + (row + 0.5) * side),
    )
    qtbot.mouseClick(view.matrix.viewport(), LEFT, pos=place)
    value = view.matrix.pixels[row, column, 0]
    assert view.findChild(QLabel, "pixelReadout").text() == f"Row {row}, column {column}: {value} of 255"


def test_numbers_of_a_color_image_are_shown_although_scroll_bars_take_their_room(theme, qtbot):
    matrix = PixelMatrix(theme)
    qtbot.addWidget(matrix)
    matrix.resize(400, 440)
    with qtbot.waitExposed(matrix):
        matrix.show()
    matrix.show_pixels(np.full((64, 64, 3), 200, np.uint8))
    assert not matrix.numbers_shown
    assert len(np.unique(pixels_of(matrix.viewport())[50:60, 50:60].reshape(-1, 4), axis=0)) == 1
    matrix.read_numbers()
    qtbot.waitUntil(lambda: matrix.horizontalScrollBar().isVisible())
    assert matrix.numbers_shown
    assert len(np.unique(pixels_of(matrix.viewport())[50:90, 50:90].reshape(-1, 4), axis=0)) > 3


# --- classes and report


def test_counts_of_each_class_are_those_of_the_parts_as_bars_and_as_a_table(tab, qtbot):
    page = page_of(tab, CLASSES)
    train, validation = divided()
    labels, tests = mnist()["y_train"], mnist()["y_test"]
    wanted = [np.bincount(part, minlength=10) for part in (labels[train], labels[validation], tests)]
    qtbot.mouseClick(page.as_table, LEFT)
    table = page.findChild(QTableWidget, "classTable")
    assert table.isVisible()
    read = [
        [int(table.item(row, column).text().replace(",", "")) for row in range(10)] for column in (1, 2, 3)
    ]
    assert read == [counts.tolist() for counts in wanted]
    longest = max(counts.max() for counts in wanted)
    ratio = page.chart.bar_px("test", 3) / page.chart.bar_px("train", int(wanted[0].argmax()))
    assert ratio == pytest.approx(wanted[2][3] / longest, rel=1e-6)


def test_the_mean_image_of_a_class_is_the_mean_of_its_training_images(tab):
    x, y = mnist()["x_train"], mnist()["y_train"]
    np.testing.assert_array_equal(
        tab.subject.facts.means[4, ..., 0], np.rint(x[y == 4].mean(axis=0)).astype(np.uint8)
    )


@pytest.fixture
def pictures(tmp_path):
    """Two classes with six colored pictures each, the same in test and training, and a file that is none."""
    random = np.random.default_rng(0)
    for name in ("apple", "pear"):
        for number in range(6):
            pixels = random.integers(0, 256, (20, 24, 3), dtype=np.uint8)
            for part in ("train", "test"):
                folder = tmp_path / "fruit" / part / name
                folder.mkdir(parents=True, exist_ok=True)
                Image.fromarray(pixels).save(folder / f"{number}.png")
    (tmp_path / "fruit" / "train" / "pear" / "broken.png").write_text("not a picture")
    return tmp_path / "fruit"


def drop(widget, path):
    """Drop a file on a widget as a file manager does."""
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path))])
    copy, keys = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    entered = QDragEnterEvent(QPoint(50, 50), copy, mime, LEFT, keys)
    widget.dragEnterEvent(entered)
    assert entered.isAccepted()
    assert widget.findChild(QLabel, "dropHint").isVisible()
    widget.dropEvent(QDropEvent(QPointF(50, 50), copy, mime, LEFT, keys))


def test_a_dropped_folder_is_read_reported_and_chosen_for_the_training(tab, train, pictures):
    drop(tab, pictures)
    until(tab.subject.described, lambda: len(shown(tab)) in (10, 11, 12) and tab.subject.facts is not None)
    assert train.panel.recipe().dataset == f"file:{pictures.resolve()}"
    assert not tab.findChild(QLabel, "dropHint").isVisible()
    text = page_of(tab, REPORT).text
    assert "Leakage: 12 of 12 test images are also training images." in text
    assert "broken.png" in text
    tab.page_buttons.button(IMAGES).click()
    tab.images.enlarge(0)
    assert tab.images.view.matrix.pixels.shape == (20, 24, 3)


def test_a_file_that_is_no_data_is_explained_and_what_was_chosen_stays(tab, train, qtbot, tmp_path):
    path = tmp_path / "empty.zip"
    path.write_bytes(b"")
    before = shown(tab)
    drop(tab, path)
    wait(qtbot, train.panel.data.failed, lambda: "empty.zip" in tab.banner.text)
    assert shown(tab) == before
    assert train.panel.recipe().dataset == "mnist"


def test_a_report_without_a_fault_says_so(tab):
    text = page_of(tab, REPORT).text
    assert "Nothing stands out" in text
    assert "60,000" in text


# --- data sets


def pick(tab, name):
    view = tab.sets.list
    QTest.mouseClick(view.viewport(), LEFT, pos=view.row_rect(name).center().toPoint())


def test_a_data_set_picked_here_is_the_train_tabs_and_the_other_way_round(tab, train, qtbot):
    pick(tab, "fashion_mnist")
    assert train.panel.recipe().dataset == "fashion_mnist"
    wait(qtbot, tab.subject.loaded, lambda: tab.subject.dataset is not None)
    assert tab.images.grid.caption(0)[0] in ("Ankle boot", "T-shirt/top")
    assert "Xiao, Rasul and Vollgraf" in tab.findChild(QLabel, "dataSetFacts").text()
    selector = train.findChild(QComboBox, "datasetSelector")
    selector.setCurrentIndex(selector.findData("mnist"))
    assert tab.sets.list.entry.info.name == "mnist"


@pytest.fixture
def kmnist(tab, qtbot):
    """The tab at a set that is not here."""
    until(tab.sets._lister._carrier.done, lambda: len(tab.sets.entries()) > 2)
    pick(tab, "kmnist")
    return tab


def test_a_set_that_is_not_here_says_its_size_and_leaves_the_training_alone(kmnist, train):
    assert "Kuzushiji-MNIST is not downloaded yet" in kmnist.images.grid.hint
    assert kmnist.images.grid.count == 0
    assert kmnist.images.class_selector.count() == 0
    button = kmnist.findChild(QPushButton, "downloadButton")
    assert button.isVisible()
    assert "20 MiB" in button.text()
    assert "CC BY-SA 4.0" in kmnist.findChild(QLabel, "dataSetFacts").text()
    assert train.panel.recipe().dataset == "mnist"
    pick(kmnist, "mnist")
    assert not button.isVisible()


def test_a_download_shows_how_far_it_is_and_is_chosen_once_it_is_whole(kmnist, train, qtbot, monkeypatch):
    going = Event()

    def download(item, progress, should_stop):
        progress(DownloadProgress("train-images-idx3-ubyte.gz", 2**20, 2**23))
        assert going.wait(20)

    monkeypatch.setattr(downloads, "download", download)
    monkeypatch.setattr(data_field, "look_up", lambda name: FoundData(downloads.item_info(name)))
    amount = kmnist.findChild(QLabel, "downloadAmount")
    qtbot.mouseClick(kmnist.sets.download_button, LEFT)
    qtbot.waitUntil(lambda: amount.text().startswith("1.0 of "), timeout=10_000)
    assert kmnist.sets.progress.isVisible()
    assert not kmnist.sets.download_button.isVisible()
    going.set()
    wait(qtbot, train.panel.changed, lambda: train.panel.recipe().dataset == "kmnist")
    assert not kmnist.sets.progress.isVisible()
    wait(qtbot, kmnist.subject.failed, lambda: kmnist.banner.isVisible())  # nothing was really fetched


def test_a_canceled_download_can_be_asked_for_again(kmnist, train, qtbot, monkeypatch):
    def download(item, progress, should_stop):
        deadline = time.monotonic() + 20
        while not should_stop() and time.monotonic() < deadline:
            time.sleep(0.01)
        raise Canceled

    monkeypatch.setattr(downloads, "download", download)
    qtbot.mouseClick(kmnist.sets.download_button, LEFT)
    assert kmnist.sets.cancel_button.isVisible()
    with qtbot.waitSignal(kmnist.sets.downloading.ended):
        qtbot.mouseClick(kmnist.sets.cancel_button, LEFT)
    assert kmnist.sets.download_button.isVisible()
    assert train.panel.recipe().dataset == "mnist"


def test_a_failed_download_is_explained(kmnist, qtbot, monkeypatch):
    def download(item, progress, should_stop):
        raise downloads.StudioError("Kuzushiji-MNIST is not here.", "No network.", "Connect.")

    monkeypatch.setattr(downloads, "download", download)
    with qtbot.waitSignal(kmnist.sets.downloading.failed):
        qtbot.mouseClick(kmnist.sets.download_button, LEFT)
    assert kmnist.banner.isVisible()
    assert "No network." in kmnist.banner.text
    assert kmnist.sets.download_button.isVisible()


# --- split and scaling


@pytest.mark.parametrize(
    ("kind", "split", "sizes"),
    [
        (
            "last",
            LastSplit(fraction=PRESET.split.fraction),
            "57,000 images to train on, 3,000 to validate on",
        ),
        ("test", WatchedTestSplit(), "60,000 images to train on, 10,000 to validate on"),
        ("none", NoSplit(), "60,000 images to train on, 0 to validate on"),
    ],
)
def test_a_split_chosen_here_is_the_recipes(tab, train, kind, split, sizes):
    page = page_of(tab, SPLIT)
    assert "other writers" in page.findChild(QLabel, "splitHint").text()
    assert page.findChild(QLabel, "splitHint").isVisible()  # MNIST, a random share
    choose(page.split_selector, kind)
    assert not page.findChild(QLabel, "splitHint").isVisible()
    assert train.panel.recipe().split == split
    assert page.findChild(QLabel, "splitSizes").text().startswith(sizes)
    assert page.findChild(QLabel, "splitWarning").isVisible() == (kind == "test")
    assert train.findChild(QComboBox, "recipeSelector").currentText().endswith("(edited)")


def test_share_and_seed_hold_back_what_scikit_learn_would(tab, train):
    page = page_of(tab, SPLIT)
    page.share.setValue(20.0)
    page.seed.setValue(7)
    assert train.panel.recipe().split == RandomSplit(fraction=0.2, seed=7)
    kept, _ = train_test_split(np.arange(60_000), test_size=0.2, random_state=7)
    assert shown(tab) == sorted(kept.tolist())


@pytest.mark.parametrize(
    ("scaling", "said"),
    [
        ("none", "from 0 to 255, mean 33.318, standard deviation 78.567"),  # MNIST's well-known figures
        ("0-1", "from 0 to 1, mean 0.131, standard deviation 0.308"),
        ("standardized", "mean 0.000, standard deviation 1.000"),
    ],
)
def test_scaling_says_what_the_network_sees(tab, train, scaling, said):
    page = page_of(tab, SPLIT)
    choose(page.scaling_selector, scaling)
    assert said in page.findChild(QLabel, "scalingValues").text()
    assert train.panel.recipe().scaling == scaling


def test_a_recipe_chosen_in_the_train_tab_is_shown_here(tab, train):
    page = page_of(tab, SPLIT)
    selector = train.findChild(QComboBox, "recipeSelector")
    watched = next(each.name for each in presets() if isinstance(each.split, WatchedTestSplit))
    selector.setCurrentIndex(selector.findData(watched))
    assert page.split_selector.currentData() == "test"
    assert page.findChild(QLabel, "splitWarning").isVisible()


# --- augmentation


@pytest.fixture
def asked(engine, monkeypatch):
    """What the engine was asked to vary."""
    made, ask = [], engine.preview

    def preview(images, augmentation, seed, to):
        job = ask(images, augmentation, seed, to)
        made.append((job, images, augmentation, seed, to))
        return job

    monkeypatch.setattr(engine, "preview", preview)
    return made


def answer(engine, asked, change):
    """Let the engine do what it was asked last."""
    job, images, _, _, to = asked[-1]
    np.save(to, change(np.load(images)))
    engine.heard.emit(PreviewEnded(job=job, path=str(to)))
    return images, to


def test_nothing_varied_shows_the_images_as_they_are_without_the_engine(tab, asked):
    page = page_of(tab, AUGMENTATION)
    np.testing.assert_array_equal(page.grid.varied, np.repeat(page.grid.originals, 4, axis=0))
    assert len({image.tobytes() for image in page.grid.originals}) == 6
    assert asked == []


def test_strengths_go_into_the_recipe_and_the_engine_shows_what_they_do(tab, train, engine, asked, qtbot):
    page = page_of(tab, AUGMENTATION)
    page.fields.sliders["rotation_degrees"].setValue(20)
    page.fields.spins["contrast"].setValue(30)
    page.fields.flips["flip_horizontal"].click()
    wanted = Augmentation(rotation_degrees=20, contrast=0.3, flip_horizontal=True)
    assert train.panel.recipe().augmentation == wanted
    qtbot.waitUntil(lambda: len(asked) == 1)
    assert asked[0][2] == wanted
    assert page.state.text() == "Waiting for the engine"
    before = page.grid.originals.copy()
    files = answer(engine, asked, lambda images: 255 - images)
    np.testing.assert_array_equal(page.grid.varied, 255 - np.repeat(before, 4, axis=0))
    assert page.state.text() == ""
    assert not any(path.exists() for path in files)


def test_while_a_training_runs_it_waits_for_its_next_batch_only(tab, train, engine, asked, qtbot):
    train.train_recipe(find_recipe("studio-quick"))
    page = page_of(tab, AUGMENTATION)
    page.fields.spins["noise"].setValue(10)
    qtbot.waitUntil(lambda: len(asked) == 1)
    assert page.state.text() == "Waiting for the next batch of the training"
    answer(engine, asked, lambda images: 255 - images)
    assert page.state.text() == ""


def test_only_the_newest_wish_is_asked_after_the_one_under_way(tab, engine, asked, qtbot):
    page = page_of(tab, AUGMENTATION)
    page.fields.spins["noise"].setValue(10)
    qtbot.waitUntil(lambda: len(asked) == 1)
    for percent in (20, 30, 40):
        page.fields.spins["noise"].setValue(percent)
        page._previewer._send()
    assert len(asked) == 1
    engine.heard.emit(StageEntered(job=asked[0][0], text="varying"))
    answer(engine, asked, lambda images: images)
    assert [each[2].noise for each in asked] == [0.1, 0.4]


def test_an_answer_is_dropped_once_nothing_is_varied_any_more(tab, engine, asked, qtbot):
    page = page_of(tab, AUGMENTATION)
    page.fields.spins["noise"].setValue(10)
    qtbot.waitUntil(lambda: len(asked) == 1)
    qtbot.mouseClick(page.none, LEFT)
    files = answer(engine, asked, lambda images: 255 - images)
    np.testing.assert_array_equal(page.grid.varied, np.repeat(page.grid.originals, 4, axis=0))
    assert not any(path.exists() for path in files)
    assert not tab._workbench.edited


def test_files_left_by_a_program_that_was_killed_are_removed_a_day_later(tab, studio_home):
    folder = studio_home / "previews"
    folder.mkdir(parents=True)
    old, new = folder / "old-images.npy", folder / "new-images.npy"
    for path, age_hours in ((old, 30), (new, 1)):
        path.write_bytes(b"")
        os.utime(path, (time.time() - 3600 * age_hours,) * 2)
    page_of(tab, AUGMENTATION)
    assert [path.name for path in folder.iterdir()] == [new.name]


def test_a_preview_that_fails_says_why_and_the_next_is_asked(tab, engine, asked, qtbot):
    page = page_of(tab, AUGMENTATION)
    page.fields.spins["noise"].setValue(10)
    qtbot.waitUntil(lambda: len(asked) == 1)
    engine.heard.emit(JobFailed(job=asked[0][0], what="The engine ended.", why="It ran out of memory."))
    assert "It ran out of memory." in page.state.text()
    page.fields.spins["noise"].setValue(20)
    qtbot.waitUntil(lambda: len(asked) == 2)


def test_every_strength_of_the_recipe_has_a_field_with_its_limits(qtbot):
    fields = AugmentationFields()
    qtbot.addWidget(fields)
    assert {*fields.spins, *fields.flips} == set(Augmentation.__struct_fields__)
    assert fields.spins["rotation_degrees"].maximum() == 180
    assert fields.spins["erase_fraction"].maximum() == 50
    assert all(fields.spins[each.name].accessibleName() for each in strengths())


def test_a_strength_finer_than_its_field_stays_as_it_is(qtbot):
    fields = AugmentationFields()
    qtbot.addWidget(fields)
    fine = Augmentation(shift_px=1.234, scale_fraction=0.123)
    fields.show_strengths(fine)
    assert fields.strengths() == fine
    fields.spins["noise"].setValue(10)
    assert fields.strengths() == Augmentation(shift_px=1.234, scale_fraction=0.123, noise=0.1)


@pytest.mark.parametrize("choice", ["light", "dark"])
def test_every_page_is_painted_in_both_appearances(tab, theme, choice):
    theme.choose(choice)
    for number in range(5):
        page = page_of(tab, number)
        assert len(np.unique(pixels_of(page).reshape(-1, 4), axis=0)) > 8
