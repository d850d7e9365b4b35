"""Recipes as TOML: what is written is read back, and mistakes are explained."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.network.layers import Dense, Flatten
from cnn_studio.core.network.network import network_of
from cnn_studio.core.recipes.optimizers import SGD, Adam, AdamW
from cnn_studio.core.recipes.presets import find_recipe, presets
from cnn_studio.core.recipes.recipe import (
    Augmentation,
    DatasetSplit,
    LastSplit,
    NoSplit,
    RandomSplit,
    Recipe,
    Training,
    WatchedTestSplit,
    load_recipe,
    recipe_from_toml,
    recipe_to_toml,
    save_recipe,
)
from cnn_studio.core.recipes.schedules import OneCycle, ReduceLROnPlateau

LEAST = """
name = "mine"
dataset = "mnist"
layers = [{ type = "Flatten" }, { type = "Dense", units = 10, activation = "softmax" }]
[training]
epochs = 1
batch_size = 32
"""


def with_line(line, section=""):
    return (
        LEAST.replace("\n[training]", f"\n{line}\n[training]")
        if not section
        else f"{LEAST}[{section}]\n{line}\n"
    )


def test_presets_survive_writing_and_reading(tmp_path):
    for recipe in presets():
        save_recipe(recipe, tmp_path / "recipe.toml")
        assert load_recipe(tmp_path / "recipe.toml") == recipe


@given(
    title=st.text(st.characters(exclude_categories=("Cs",)), max_size=40),
    split=st.one_of(
        st.builds(RandomSplit, fraction=st.floats(0.01, 0.99), seed=st.integers(0, 2**31 - 1)),
        st.builds(LastSplit, fraction=st.floats(0.01, 0.99)),
        st.sampled_from([WatchedTestSplit(), NoSplit(), DatasetSplit(dataset="file:a b", part="test")]),
    ),
    optimizer=st.sampled_from([SGD(momentum=0.9, nesterov=True), Adam(), AdamW(weight_decay=0.1)]),
    schedule=st.sampled_from([OneCycle(), ReduceLROnPlateau(patience=7)]),
    augmentation=st.builds(Augmentation, shift_px=st.floats(0, 14), noise=st.floats(0, 1)),
    rate=st.floats(0.0, 1.0, exclude_max=True),
)
def test_any_recipe_survives_toml(title, split, optimizer, schedule, augmentation, rate):
    recipe = Recipe(
        name="x",
        title=title,
        dataset="mnist",
        training=Training(epochs=1, batch_size=2, ema_momentum=rate),
        layers=(Flatten(), Dense(units=10)),
        split=split,
        optimizer=optimizer,
        schedule=schedule,
        augmentation=augmentation,
    )
    assert recipe_from_toml(recipe_to_toml(recipe)) == recipe


def test_sections_left_out_take_defaults():
    recipe = recipe_from_toml(LEAST)
    assert recipe.split == RandomSplit(fraction=0.1, seed=0)
    assert recipe.optimizer == Adam(learning_rate=0.001)
    assert not recipe.augmentation.active


@pytest.mark.parametrize(
    ("text", "field", "expected", "received"),
    [
        (LEAST.replace("epochs = 1", "epochs = 0"), "training.epochs", ">= 1", "received 0"),
        (LEAST.replace("epochs = 1", 'epochs = "ten"'), "training.epochs", "expected `int`", "'ten'"),
        (LEAST.replace("epochs = 1\n", ""), "training", "missing required field `epochs`", ""),
        (LEAST.replace('type = "Flatten"', 'type = "Lambda"'), "layers[0].type", "'Lambda'", ""),
        (LEAST.replace("units = 10", "units = 0"), "layers[1].units", ">= 1", "received 0"),
        (LEAST.replace("units = 10", "unit = 10"), "layers[1]", "unknown field `unit`", ""),
        (LEAST.replace('"softmax"', '"softmx"'), "layers[1].activation", "'softmx'", ""),
        (with_line("fraction = 1.5\nkind = 'last'", "split"), "split.fraction", "< 1.0", "received 1.5"),
        (with_line("rotation = 10", "augmentation"), "augmentation", "unknown field `rotation`", ""),
        (
            with_line("type = 'Adam'\nlearning_rate = 0.0", "optimizer"),
            "optimizer.learning_rate",
            "> 0.0",
            "0.0",
        ),
        (with_line("scaling = '0-255'"), "scaling", "'0-255'", ""),
        (with_line("learning_rate = 1"), "recipe", "unknown field `learning_rate`", ""),
    ],
)
def test_mistake_names_field_expected_and_received(text, field, expected, received):
    with pytest.raises(StudioError) as caught:
        recipe_from_toml(text, "mine.toml")
    assert caught.value.what == "mine.toml is not a valid recipe."
    assert f"'{field}'" in caught.value.why
    assert expected in caught.value.why
    assert received in caught.value.why
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        (LEAST + "epoch = 3", "Did you mean 'epochs'?"),
        (with_line("rotation = 10", "augmentation"), "Did you mean 'rotation_degrees'?"),
        (with_line("scaling = '0-255'"), "Known are 0-1, none, standardized;"),
        (with_line("type = 'adamw'", "optimizer"), "Did you mean 'AdamW'? Known are SGD, Adam, AdamW,"),
        (with_line("type = 'AdamW'\nmomentum = 0.9", "optimizer"), "Known are learning_rate,"),
        (with_line("type = 'SGD'\nmoment = 0.9", "optimizer"), "Did you mean 'momentum'?"),
        (with_line("kind = 'first'", "split"), "Known are random, last, test, none, dataset;"),
        (LEAST.replace("Flatten", "flaten"), "Did you mean 'Flatten'? Correct that field;"),
        (
            LEAST.replace("units = 10", "units = 10, kernel_regularizer = { type = 'l2' }"),
            "Did you mean 'L2'? Known are L1, L2;",
        ),
        (LEAST.replace("units", "unit"), "Did you mean 'units'?"),
        (with_line("quantum = true"), "Correct that field; a newer CNN Studio may know it."),
    ],
)
def test_misspelled_word_is_answered_with_the_nearest_known(text, remedy):
    with pytest.raises(StudioError) as caught:
        recipe_from_toml(text, "mine.toml")
    assert remedy in caught.value.remedy


def test_text_that_is_not_toml_names_the_line():
    with pytest.raises(StudioError, match=r"not valid TOML.*line 1"):
        recipe_from_toml("name = mine", "mine.toml")


def test_file_that_is_not_text_is_refused(tmp_path):
    (tmp_path / "picture.toml").write_bytes(b"\x89PNG\xff\xfe")
    with pytest.raises(StudioError, match="Cannot read the recipe"):
        load_recipe(tmp_path / "picture.toml")


def test_network_error_names_the_layer_by_its_number_inside_blocks():
    layers = find_recipe("fashion-encoder-mlp").layers
    with pytest.raises(StudioError, match="Layer 4: MaxPooling2D 2x2 would shrink 1 to nothing"):
        network_of(layers, (9, 9, 1))  # 9 -> 7 -> 3 -> 1


def test_network_that_ends_wrong_says_what_the_data_set_needs():
    with pytest.raises(StudioError, match=r"gives \(7,\).*has 10 classes.*Dense, units 10"):
        network_of((Flatten(), Dense(units=7)), (28, 28, 1), 10)


def test_network_without_layers_is_refused():
    with pytest.raises(StudioError, match="has no layers"):
        network_of((), (28, 28, 1))


def test_network_table_chains_shapes_and_sums_figures():
    recipe = find_recipe("fashion-encoder-mlp")
    network = network_of(recipe.layers, (28, 28, 1), 10)
    assert [row.number for row in network.rows] == list(range(1, len(network.rows) + 1))
    assert all(row.depth == 1 for row in network.rows)
    for before, after in zip(network.rows, network.rows[1:], strict=False):
        assert before.output_shape == after.input_shape
    # Two 3x3 convolutions, two poolings, three dense layers; FLOPs as counted by hand.
    convolutions = 26 * 26 * 32 * (2 * 9 + 2) + 11 * 11 * 64 * (2 * 9 * 32 + 2)
    poolings = 13 * 13 * 32 * 4 + 5 * 5 * 64 * 4
    dense = (2 * 1600 * 64 + 2 * 64) + (2 * 64 * 32 + 2 * 32) + (2 * 32 * 10 + 2 * 10)
    assert network.flops == convolutions + poolings + dense
    assert network.output_shape == (10,)
