"""The recipe that several tabs change: what it is called, and what the Train tab makes of it."""

import msgspec
import pytest
from PySide6.QtWidgets import QComboBox
from staging import started, wait

from cnn_studio.core.network.network import with_classes
from cnn_studio.core.recipes.presets import find_recipe
from cnn_studio.core.recipes.recipe import (
    Augmentation,
    LastSplit,
    recipe_from_toml,
    recipe_to_toml,
    save_recipe,
)
from cnn_studio.ui.services.recipe_store import RecipeStore

PRESET = find_recipe("studio-quick")
OTHER = find_recipe("fashion-vgg2")
LAST = LastSplit(fraction=0.2)


def changed(recipe, **fields):
    return msgspec.structs.replace(recipe, **fields)


def trained_for(recipe, **fields):
    return changed(recipe, training=msgspec.structs.replace(recipe.training, **fields))


@pytest.fixture
def bench(qapp):
    return RecipeStore(PRESET)


def test_a_change_of_substance_renames_and_to_undo_it_names_it_back(bench):
    bench.set_recipe(changed(PRESET, split=LAST), "test")
    assert bench.edited
    assert bench.recipe.title == f"{PRESET.title} (edited)"
    assert bench.recipe.name != PRESET.name
    bench.set_recipe(changed(bench.recipe, split=PRESET.split), "test")
    assert bench.recipe == PRESET


@pytest.mark.parametrize(
    "run_to_run",
    [
        trained_for(PRESET, epochs=7, batch_size=11, seed=5, device="cpu", precision="float32"),
        changed(PRESET, dataset="fashion_mnist"),
        changed(PRESET, optimizer=msgspec.structs.replace(PRESET.optimizer, learning_rate=0.5)),
        changed(PRESET, dataset="kmnist", layers=with_classes(PRESET.layers, 3)),
    ],
)
def test_what_changes_from_run_to_run_keeps_the_name(bench, run_to_run):
    bench.set_recipe(run_to_run, "test")
    assert not bench.edited
    assert bench.recipe == run_to_run


def test_the_same_recipe_again_is_no_change(bench, qtbot):
    with qtbot.assertNotEmitted(bench.changed):
        bench.set_recipe(PRESET, "test")
    with qtbot.waitSignal(bench.changed):
        bench.set_recipe(changed(PRESET, scaling="none"), "test")


def test_an_edited_recipe_of_the_longest_name_can_still_be_written_and_read(qapp):
    bench = RecipeStore(changed(PRESET, name="n" * 100))
    bench.set_recipe(changed(bench.recipe, scaling="none"), "test")
    assert recipe_from_toml(recipe_to_toml(bench.recipe)) == bench.recipe


def test_the_train_tab_shows_an_edited_recipe_and_keeps_it_when_a_preset_is_chosen(train, engine, qtbot):
    bench, selector = train.panel.workbench, train.findChild(QComboBox, "recipeSelector")
    rows = selector.count()
    bench.set_recipe(changed(trained_for(bench.recipe, epochs=9), split=LAST), "test")
    assert selector.currentText() == f"{PRESET.title} (edited)"
    assert selector.count() == rows + 1
    assert train.panel.epochs.value() == 9
    edited = bench.recipe
    selector.setCurrentIndex(selector.findData("fashion-vgg2"))
    assert bench.recipe == OTHER
    selector.setCurrentIndex(selector.findText(f"{PRESET.title} (edited)"))
    assert bench.recipe == edited
    train.start()
    assert engine.recipes == [edited]


def test_a_second_edit_takes_the_place_of_the_first_in_the_selector(train):
    bench, selector = train.panel.workbench, train.findChild(QComboBox, "recipeSelector")
    bench.set_recipe(changed(bench.recipe, split=LAST), "test")
    rows = selector.count()
    bench.set_recipe(changed(bench.recipe, augmentation=Augmentation(noise=0.2)), "test")
    assert selector.count() == rows
    assert train.panel.recipe() == bench.recipe
    assert (bench.recipe.split, bench.recipe.augmentation.noise) == (LAST, 0.2)


def test_what_is_typed_in_the_train_tab_is_on_the_bench(train):
    train.panel.epochs.setValue(5)
    train.panel.batch_size.setValue(64)
    assert train.panel.workbench.recipe == trained_for(PRESET, epochs=5, batch_size=64)
    assert not train.panel.workbench.edited


def test_an_edit_survives_what_is_typed_in_the_train_tab(train):
    bench = train.panel.workbench
    bench.set_recipe(changed(bench.recipe, split=LAST), "test")
    train.panel.epochs.setValue(8)
    assert (bench.recipe.split, bench.recipe.training.epochs) == (LAST, 8)
    assert bench.edited


def test_a_recipe_chosen_in_another_tab_is_chosen_in_the_train_tab_with_its_data(train, tmp_path):
    selector = train.findChild(QComboBox, "recipeSelector")
    train.panel.workbench.choose(OTHER, "test")
    assert selector.currentData() == OTHER.name
    assert train.findChild(QComboBox, "datasetSelector").currentData() == "fashion_mnist"
    mine = changed(OTHER, name="mine", title="Mine")
    train.panel.workbench.choose(mine, "test")
    assert selector.currentText() == "Mine"
    assert train.panel.recipe() == mine


def test_an_opened_recipe_is_on_the_bench_once_its_data_are_found(train, qtbot, tmp_path):
    mine = changed(PRESET, name="mine", dataset="file:/gone/away")
    save_recipe(mine, tmp_path / "mine.toml")
    train.panel.open_recipe(tmp_path / "mine.toml")
    wait(qtbot, train.panel.failed, train.banner.isVisible)
    assert train.panel.workbench.recipe == mine


def test_a_recipe_changed_elsewhere_waits_until_the_training_has_ended(train, engine):
    panel = train.panel
    rate = panel.learning_rate.value()
    train.start()
    engine.heard.emit(started(engine.jobs[-1]))
    other = msgspec.structs.replace(
        panel.workbench.recipe,
        optimizer=msgspec.structs.replace(panel.workbench.recipe.optimizer, learning_rate=rate / 2),
    )
    panel.workbench.set_recipe(other, train)
    assert panel.learning_rate.value() == rate  # the form shows the training that runs
    train.view.rate.spin.setValue(rate / 4)  # steers the one that runs, and is not the other tabs' affair
    assert panel.workbench.recipe == other
    engine.end_jobs()
    assert panel.learning_rate.value() == rate / 2
