"""An own validation set, chosen in the Train tab or in the Data tab: the same recipe, refused where it does not fit."""

import msgspec
import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QWidget
from staging import mnist_test_images, wait

from cnn_studio.core.recipes.recipe import DatasetSplit
from cnn_studio.ui.data.validation_data import ValidationData

LEFT = Qt.MouseButton.LeftButton
TOOLTIP = Qt.ItemDataRole.ToolTipRole


@pytest.fixture(scope="module")
def digits(tmp_path_factory):
    """An .npz file of 60 and 20 test digits of MNIST, written by NumPy."""
    x, y = mnist_test_images()
    path = tmp_path_factory.mktemp("digits") / "writers.npz"
    np.savez(path, x_train=x[:60], y_train=y[:60], x_test=x[60:80], y_test=y[60:80])
    return path


@pytest.fixture
def watched(train):
    """The selector of the Train tab, once the split asks for an own set."""
    train.panel.form.more.button.setChecked(True)
    selector = train.findChild(QWidget, "validationSplitSelector")
    selector.setCurrentIndex(selector.findText("Another data set"))
    return train.panel.form.watched()


def choose(watched, name):
    row = watched.selector.findData(name)
    watched.selector.setCurrentIndex(row)
    watched.selector.activated.emit(row)  # as Qt does for a person's choice only


def split(train):
    return train.panel.workbench.recipe.split


def test_none_is_chosen_at_first_and_train_says_so(train, engine, qtbot, watched):
    assert split(train) == DatasetSplit()
    assert "none is chosen" in watched.refusal.text()
    qtbot.mouseClick(train.train_button, LEFT)
    assert engine.jobs == []
    assert "There is no validation set." in train.banner.text


def test_opened_images_are_watched_and_told_the_engine(train, engine, qtbot, watched, digits):
    watched.open(digits)
    wait(qtbot, watched.chosen, lambda: split(train).dataset != "")
    assert split(train) == DatasetSplit(dataset=f"file:{digits.resolve()}")
    assert not watched.refusal.isVisible()
    part = train.findChild(QWidget, "split-part")
    part.setCurrentIndex(part.findText("Its test part"))
    qtbot.mouseClick(train.train_button, LEFT)
    assert engine.recipes[0].split == DatasetSplit(dataset=f"file:{digits.resolve()}", part="test")
    assert engine.recipes[0].dataset == "mnist"


def test_images_that_do_not_fit_are_grayed_with_the_reason_and_refused_where_a_recipe_names_them(
    train, engine, qtbot, watched
):
    row = watched.selector.findData("fashion_mnist")
    assert not watched.selector.model().item(row).isEnabled()
    assert "Its classes are" in watched.selector.itemData(row, TOOLTIP)
    choose(watched, "fashion_mnist")
    assert watched.refusal.isVisible()
    assert "same classes" in watched.refusal.text()
    qtbot.mouseClick(train.train_button, LEFT)
    assert engine.jobs == []
    data = train.findChild(QWidget, "datasetSelector")
    data.setCurrentIndex(data.findData("fashion_mnist"))  # now they are the very same
    assert "trains on these very images" in watched.refusal.text()
    part = train.findChild(QWidget, "split-part")
    part.setCurrentIndex(part.findText("Its test part"))
    assert not watched.refusal.isVisible()
    qtbot.mouseClick(train.train_button, LEFT)
    assert len(engine.jobs) == 1


def test_a_file_that_is_none_is_explained_at_the_field(train, qtbot, watched, tmp_path):
    path = tmp_path / "empty.npz"
    path.write_bytes(b"")
    watched.open(path)
    qtbot.waitUntil(lambda: watched.refusal.isVisible() and "empty.npz" in watched.refusal.text())
    assert split(train) == DatasetSplit()


def test_data_tab_shows_the_same_set_and_counts_its_images(window, train, qtbot, watched, digits):
    watched.open(digits)
    wait(qtbot, watched.chosen, lambda: split(train).dataset != "")
    window.tabs.setCurrentWidget(window.data)
    tab = window.data.page
    wait(qtbot, tab.subject.divided, lambda: len(tab.subject.parts) == 3)
    qtbot.mouseClick(tab.findChild(QWidget, "preparationPageButton"), LEFT)
    page = tab.findChild(QWidget, "preparationPage")
    assert page.split_selector.currentData() == "dataset"
    assert page.watched.selector.currentData() == split(train).dataset
    sizes = page.findChild(QLabel, "splitSizes")
    qtbot.waitUntil(lambda: "80 to validate on" in sizes.text())
    assert sizes.text().startswith("60,000 images to train on, 80 to validate on")
    row = page.part_selector.findData("test")
    page.part_selector.setCurrentIndex(row)
    page.part_selector.activated.emit(row)
    assert split(train).part == "test"
    qtbot.waitUntil(lambda: "20 to validate on" in sizes.text())
    x, _ = mnist_test_images()
    np.testing.assert_array_equal(tab.subject.parts["validation"].images[..., 0], x[60:80])
    place = tab.images.view._source_text(tab.subject.parts["validation"], 4, tab.subject.dataset.info)
    assert place == "writers.npz, x_test[4]"
    assert isinstance(train.panel.form.watched(), ValidationData)
    assert train.findChild(QWidget, "split-part").currentData() == "test"


def test_own_set_that_is_gone_is_explained_in_the_data_tab_and_the_images_stay(
    window, train, qtbot, tmp_path
):
    window.tabs.setCurrentWidget(window.data)
    tab = window.data.page
    wait(qtbot, tab.subject.loaded, lambda: tab.subject.dataset is not None)
    bench = train.panel.workbench
    bench.set_recipe(
        msgspec.structs.replace(bench.recipe, split=DatasetSplit(dataset="file:/gone/away")), "test"
    )
    wait(qtbot, tab.subject.failed, tab.banner.isVisible)
    assert "gone" in tab.banner.text
    assert tab.subject.dataset is not None
    assert len(tab.subject.parts["train"].numbers) == 60_000


def test_a_recipes_own_set_is_looked_for_and_chosen_once_it_is_found(train, qtbot, watched, digits):
    bench = train.panel.workbench
    name = f"file:{digits.resolve()}"
    bench.set_recipe(msgspec.structs.replace(bench.recipe, split=DatasetSplit(dataset=name)), "test")
    assert watched.note.isVisible()
    qtbot.waitUntil(lambda: watched.selector.currentData() == name)
    assert not watched.refusal.isVisible()
    bench.set_recipe(msgspec.structs.replace(bench.recipe, split=DatasetSplit(dataset="file:/gone")), "test")
    qtbot.waitUntil(lambda: watched.refusal.isVisible())
    assert "gone" in watched.refusal.text()
    assert not watched.note.isVisible()
