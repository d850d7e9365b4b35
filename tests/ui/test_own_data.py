"""Opening a person's own pictures in the Train tab; the engine is a stand-in that listens."""

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLabel
from staging import wait

from cnn_studio.core.layers import Dense
from cnn_studio.core.recipe import recipe_to_mapping

LEFT = Qt.MouseButton.LeftButton
CLASSES = ("apple", "pear", "plum")


@pytest.fixture
def pictures(tmp_path):
    """A folder per class with ten coloured pictures each, and one file that is none."""
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
    assert recipe_to_mapping(recipe)["layers"][0]["filters"] == 24


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
