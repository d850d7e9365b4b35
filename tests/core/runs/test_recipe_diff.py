"""What differs between recipes, and only that."""

from itertools import combinations

import msgspec
import pytest

from cnn_studio.core.network.layers import (
    BatchNormalization,
    Block,
    Conv2D,
    Dense,
    Flatten,
    MaxPooling2D,
    ResidualBlock,
)
from cnn_studio.core.recipes.optimizers import SGD, Adam
from cnn_studio.core.recipes.presets import find_recipe, presets
from cnn_studio.core.recipes.recipe import (
    Augmentation,
    EarlyStopping,
    LastSplit,
    RandomSplit,
    Recipe,
    Training,
)
from cnn_studio.core.recipes.schedules import OneCycle
from cnn_studio.core.runs.recipe_diff import recipe_differences, same_but_for_the_seed

TRAINING = Training(epochs=3, batch_size=64)
LAYERS = (Conv2D(filters=32), MaxPooling2D(), Flatten(), Dense(units=10, activation="softmax"))


def recipe(**changes):
    return Recipe(**{"name": "one", "dataset": "mnist", "training": TRAINING, "layers": LAYERS} | changes)


def found(*recipes):
    return [(one.section, one.field, one.values) for one in recipe_differences(recipes)]


def test_equal_recipes_differ_in_nothing_whatever_they_are_called():
    assert found(recipe(), recipe(name="other", title="Other", description="Words.")) == []


def test_a_field_of_one_layer_is_one_row():
    wider = (Conv2D(filters=64), *LAYERS[1:])
    (row,) = recipe_differences([recipe(), recipe(layers=wider)])
    assert (row.section, row.values) == ("Layers", ("32", "64"))
    assert row.sentence == "layer 1, Conv2D: filters: 32 → 64"


def test_an_added_layer_is_one_row_and_moves_no_other():
    deeper = (LAYERS[0], BatchNormalization(), *LAYERS[1:])
    assert found(recipe(), recipe(layers=deeper)) == [("Layers", "layer 2", ("–", "BatchNormalization"))]
    assert found(recipe(layers=deeper), recipe()) == [("Layers", "layer 2", ("BatchNormalization", "–"))]


def test_layers_far_apart_are_named_by_both_their_numbers():
    deeper = (Conv2D(filters=16, padding="same"), BatchNormalization(), *LAYERS[:3], Dense(units=5))
    rows = found(recipe(layers=(*LAYERS[:3], Dense(units=7))), recipe(layers=deeper))
    assert ("Layers", "layer 1", ("–", "Conv2D 16, 3x3, padding same")) in rows
    assert ("Layers", "layer 4/6, Dense: units", ("7", "5")) in rows
    assert len(rows) == 3


def test_layers_inside_blocks_are_compared_where_they_stand():
    inside = (Conv2D(filters=8, padding="same"),)
    plain = recipe(layers=(Block(name="front", layers=LAYERS[:2]), *LAYERS[2:]))
    assert found(recipe(), plain) == []
    one = recipe(layers=(ResidualBlock(name="a", layers=inside), *LAYERS))
    other = recipe(
        layers=(
            ResidualBlock(name="b", layers=(Conv2D(filters=9, padding="same"),), activation="elu"),
            *LAYERS,
        )
    )
    assert found(one, other) == [
        ("Layers", "layer 1, ResidualBlock: activation", ("relu", "elu")),
        ("Layers", "layer 2, Conv2D: filters", ("8", "9")),
    ]


def test_an_optimizer_of_another_kind_is_one_row_with_what_is_unusual_in_it():
    rows = found(
        recipe(optimizer=SGD(learning_rate=0.1, momentum=0.9)), recipe(optimizer=Adam(learning_rate=0.002))
    )
    assert rows == [
        ("Optimizer", "optimizer", ("SGD, learning rate 0.1, momentum 0.9", "Adam, learning rate 0.002"))
    ]


def test_figures_say_their_unit_and_several_runs_stand_side_by_side():
    shifted = [
        msgspec.structs.replace(
            recipe(split=RandomSplit(seed=seed)), augmentation=find_recipe("studio-accurate").augmentation
        )
        for seed in (0, 7)
    ]
    rows = found(recipe(), *shifted)
    assert ("Data", "split seed", ("0", "0", "7")) in rows
    assert ("Augmentation", "shift (px)", ("0", "1.6", "1.6")) in rows


def test_own_data_are_named_by_their_folder_unless_two_have_one_name():
    one, other, third = (recipe(dataset=f"file:{place}") for place in ("/a/cats", "/a/dogs", "/b/cats"))
    assert found(one, other) == [("Data", "data set", ("cats", "dogs"))]
    assert found(one, third) == [("Data", "data set", ("file:/a/cats", "file:/b/cats"))]


@pytest.mark.parametrize(("first", "second"), list(combinations([one.name for one in presets()], 2)))
def test_every_field_that_differs_between_two_presets_is_told(first, second):
    rows = recipe_differences([find_recipe(first), find_recipe(second)])
    assert all(len(row.values) == 2 and row.values[0] != row.values[1] for row in rows)
    told = {row.section for row in rows}
    one, other = find_recipe(first), find_recipe(second)
    assert ("Layers" in told) == (one.layers != other.layers)
    assert ("Optimizer" in told) == ((one.optimizer, one.schedule) != (other.optimizer, other.schedule))
    assert ("Augmentation" in told) == (one.augmentation != other.augmentation)


def test_only_the_seed_may_differ_within_a_group():
    again = recipe(name="two", training=msgspec.structs.replace(TRAINING, seed=5))
    longer = recipe(training=msgspec.structs.replace(TRAINING, epochs=4))
    assert same_but_for_the_seed(recipe()) == same_but_for_the_seed(again)
    assert same_but_for_the_seed(recipe()) != same_but_for_the_seed(longer)


OTHER = {
    "dataset": "fashion_mnist", "training": Training(epochs=4, batch_size=64), "layers": LAYERS[1:],
    "scaling": "none", "split": LastSplit(), "pen_digits": 5, "leave_out": "wrong",
    "augmentation": Augmentation(noise=0.1), "loss": "categorical_crossentropy", "optimizer": SGD(),
    "schedule": OneCycle(), "early_stopping": EarlyStopping(),
}  # fmt: skip


@pytest.mark.parametrize(
    "field", sorted(set(Recipe.__struct_fields__) - {"name", "title", "description", "source"})
)
def test_every_field_of_a_recipe_is_compared(field):
    assert len(found(recipe(), recipe(**{field: OTHER[field]}))) == 1
