"""Opening a person's own pictures in the Train tab; the engine is a stand-in that listens."""

from threading import Event

import msgspec
import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel
from staging import wait

from cnn_studio.core.network.layers import Dense
from cnn_studio.core.network.network import with_classes
from cnn_studio.core.recipes.presets import find_recipe
from cnn_studio.core.recipes.recipe import recipe_to_mapping, recipe_to_toml
from cnn_studio.data import download_catalog
from cnn_studio.ui.data import data_field
from cnn_studio.ui.services.background_task import wait_for_background

LEFT = Qt.MouseButton.LeftButton
PRESET = find_recipe("studio-quick")
CLASSES = ("apple", "pear", "plum")


@pytest.fixture
def pictures(tmp_path):
    """A folder per class with ten colored pictures each, and one file that is none."""
    random = np.random.default_rng(0)
    for name in CLASSES:
        folder = tmp_path / "fruit" / name
        folder.mkdir(parents=True)
        for number in range(10):
            Image.fromarray(random.integers(0, 256, (20, 24, 3), dtype=np.uint8)).save(
                folder / f"{number}.png"
            )
    (tmp_path / "fruit" / "pear" / "broken.png").write_text("not a picture")
    return tmp_path / "fruit"


@pytest.fixture
def opened(train, qtbot, pictures):
    train.panel.open_data(pictures)
    selector = train.findChild(QComboBox, "datasetSelector")
    wait(qtbot, train.panel.failed, lambda: selector.count() == 3)
    return pictures


def test_data_are_chosen_and_described_with_what_was_set_aside(train, opened):
    assert train.findChild(QComboBox, "datasetSelector").currentText() == "fruit"
    note = train.findChild(QLabel, "dataNote").text()
    assert "24 training and 6 test images, 3 classes, 20 × 24 × 3" in note
    assert "pear/broken.png" in note


def test_recipe_names_the_data_and_ends_with_their_number_of_classes(train, engine, qtbot, opened):
    qtbot.mouseClick(train.train_button, LEFT)
    (recipe,) = engine.recipes
    assert recipe.dataset == f"file:{opened.resolve()}"
    assert isinstance(recipe.layers[-1], Dense)
    assert recipe.layers[-1].units == 3
    assert recipe_to_mapping(recipe)["layers"][:-1] == recipe_to_mapping(PRESET)["layers"][:-1]


def test_own_data_stay_chosen_when_another_recipe_is(train, opened):
    recipes = train.findChild(QComboBox, "recipeSelector")
    recipes.setCurrentIndex(recipes.findData("fashion-vgg2"))
    assert train.panel.recipe().dataset == f"file:{opened.resolve()}"


def test_data_that_cannot_be_read_are_explained_and_nothing_changes(train, qtbot, tmp_path):
    (tmp_path / "empty.zip").write_bytes(b"")
    before = train.panel.recipe()
    with qtbot.waitSignal(train.panel.failed, timeout=20_000):
        train.panel.open_data(tmp_path / "empty.zip")
    assert train.banner.isVisible()
    assert "empty.zip" in train.banner.text
    assert not train.findChild(QLabel, "dataNote").isVisible()
    assert train.panel.recipe() == before


def open_recipe_for(train, tmp_path, dataset):
    """Open studio-quick, made for other data."""
    path = tmp_path / "other.toml"
    recipe = msgspec.structs.replace(PRESET, dataset=dataset, layers=with_classes(PRESET.layers, 3))
    path.write_text(recipe_to_toml(recipe), encoding="utf-8")
    train.panel.open_recipe(path)


def test_recipe_for_own_data_finds_them_and_trains_on_nothing_else(train, engine, qtbot, pictures, tmp_path):
    open_recipe_for(train, tmp_path, f"file:{pictures}")
    assert not train.train_button.isEnabled()  # while they are looked for
    train.start()
    assert engine.recipes == []
    wait(qtbot, train.panel.changed, lambda: train.panel.info() is not None)
    assert train.findChild(QComboBox, "datasetSelector").currentText() == "fruit"
    qtbot.mouseClick(train.train_button, LEFT)
    assert [recipe.dataset for recipe in engine.recipes] == [f"file:{pictures.resolve()}"]


def test_recipe_for_data_that_are_gone_is_explained_and_cannot_be_trained(train, engine, qtbot, tmp_path):
    open_recipe_for(train, tmp_path, "file:/gone/away")
    wait(qtbot, train.panel.failed, train.banner.isVisible)
    assert "/gone/away" in train.banner.text
    assert not train.train_button.isEnabled()
    assert train.panel.recipe().dataset == "file:/gone/away"
    recipes = train.findChild(QComboBox, "recipeSelector")
    recipes.setCurrentIndex(recipes.findData("studio-quick"))
    assert train.train_button.isEnabled()
    assert not train.banner.isVisible()
    assert train.panel.recipe() == PRESET


def test_recipe_for_a_set_that_was_not_downloaded_says_where_it_comes_from(train, qtbot, tmp_path):
    open_recipe_for(train, tmp_path, "kmnist")
    wait(qtbot, train.panel.failed, train.banner.isVisible)
    assert "Kuzushiji-MNIST is not here." in train.banner.text
    assert not train.train_button.isEnabled()


def test_data_found_too_late_do_not_take_the_place_of_what_was_chosen_since(
    train, qtbot, pictures, tmp_path, monkeypatch
):
    going, looked = Event(), Event()
    look_up = data_field.look_up

    def slowly(name, invert=None):
        going.wait(20)
        try:
            return look_up(name, invert)
        finally:
            looked.set()

    monkeypatch.setattr(data_field, "look_up", slowly)
    open_recipe_for(train, tmp_path, f"file:{pictures}")
    recipes = train.findChild(QComboBox, "recipeSelector")
    recipes.setCurrentIndex(recipes.findData("studio-quick"))
    going.set()
    assert looked.wait(20)
    wait_for_background(20)
    QCoreApplication.processEvents()
    assert train.panel.recipe().dataset == "mnist"


def test_downloaded_sets_are_listed(window, train, qtbot, studio_home):
    item = download_catalog.CATALOG["kmnist"]
    folder = studio_home / "datasets" / item.folder
    folder.mkdir(parents=True)
    for file in item.files:
        with (folder / file.name).open("wb") as target:
            target.truncate(file.size)
    selector = train.findChild(QComboBox, "datasetSelector")
    assert selector.findData("kmnist") < 0
    window.show_tab("drawTab")
    window.show_tab("trainTab")
    qtbot.waitUntil(lambda: selector.findData("kmnist") >= 0, timeout=10_000)
    assert selector.findData("qmnist") < 0
    assert selector.currentData() == "mnist"


def test_dark_and_bright_are_swapped_and_swapped_back(train, qtbot, opened):
    swap, selector = train.findChild(QCheckBox, "swapCheck"), train.findChild(QComboBox, "datasetSelector")
    assert swap.isVisible()
    plain = train.panel.recipe().dataset
    swap.click()
    wait(qtbot, train.panel.changed, lambda: train.panel.recipe().dataset == f"{plain}?invert=true")
    assert swap.isChecked()
    assert selector.currentText() == "fruit, swapped"
    swap.click()
    wait(qtbot, train.panel.changed, lambda: train.panel.recipe().dataset == plain)
    assert not swap.isChecked()
    selector.setCurrentIndex(selector.findData("mnist"))
    assert not swap.isVisible()
    assert not train.findChild(QLabel, "dataNote").isVisible()
