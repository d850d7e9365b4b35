"""Seeds and grids: which recipes they make, and what is said of those that cannot be trained."""

import itertools

import msgspec
import pytest

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.recipes.presets import find_recipe, presets
from cnn_studio.core.recipes.recipe import recipe_from_mapping, recipe_to_mapping
from cnn_studio.core.recipes.sweep_fields import read_values, sweep_field_of, sweep_fields
from cnn_studio.core.runs.run_folder import RunRecord, RunResult
from cnn_studio.core.training.sweep import PlannedTraining, estimated_seconds, grid, seeds

MNIST = ((28, 28, 1), 10)


@pytest.fixture(scope="module")
def quick():
    return find_recipe("studio-quick")


def axis(recipe, path, text):
    place = sweep_field_of(recipe, path)
    return place, read_values(place, text)


def changed(recipe, **sections):
    """Return a recipe with other values, made from its mapping without the code under test."""
    content = recipe_to_mapping(recipe)
    for section, fields in sections.items():
        content[section] = {**content[section], **fields}
    return recipe_from_mapping(content)


def family(recipe):
    """What recipes have in common that differ in their seed alone."""
    return msgspec.structs.replace(recipe, training=msgspec.structs.replace(recipe.training, seed=0))


def test_seeds_differ_in_nothing_but_the_seed_and_keep_their_name(quick):
    planned = seeds(quick, "3, 5-7")
    assert [one.recipe for one in planned] == [
        changed(quick, training={"seed": seed}) for seed in (3, 5, 6, 7)
    ]
    assert [one.difference for one in planned] == ["seed 3", "seed 5", "seed 6", "seed 7"]
    assert {family(one.recipe) for one in planned} == {family(quick)}


def test_grid_has_every_combination_once_under_a_name_of_its_own(quick):
    planned = grid(
        quick,
        [
            axis(quick, "optimizer.learning_rate", "0.1, 0.01"),
            axis(quick, "training.batch_size", "32 64 128"),
        ],
        *MNIST,
    )
    made = [(one.recipe.optimizer.learning_rate, one.recipe.training.batch_size) for one in planned]
    assert made == list(itertools.product((0.1, 0.01), (32, 64, 128)))
    assert len({one.recipe.name for one in planned}) == 6
    assert planned[1].difference == "learning rate 0.1, batch size 64"
    assert planned[1].recipe.title == f"{quick.title}, learning rate 0.1, batch size 64"
    for one in planned:
        assert one.recipe.layers == quick.layers
        assert recipe_from_mapping(recipe_to_mapping(one.recipe)) == one.recipe


def test_grid_over_the_optimizer_keeps_what_both_kinds_have(quick):
    base = changed(quick, optimizer={"type": "Adam", "learning_rate": 0.02, "clipnorm": 1.0})
    made = [one.recipe.optimizer for one in grid(base, [axis(base, "optimizer.type", "sgd, RMSprop")])]
    assert [type(one).__name__ for one in made] == ["SGD", "RMSprop"]
    assert [(one.learning_rate, one.clipnorm) for one in made] == [(0.02, 1.0)] * 2


def test_grid_reaches_layers_and_augmentation(quick):
    (one,) = grid(
        quick,
        [axis(quick, "layers[0].filters", "9"), axis(quick, "augmentation.rotation_degrees", "12.5")],
        *MNIST,
    )
    assert one.recipe.layers[0].filters == 9
    assert one.recipe.layers[1:] == quick.layers[1:]
    assert one.recipe.augmentation.rotation_degrees == 12.5
    assert one.difference == "layer 1 filters 9, rotation degrees 12.5"


def test_fields_of_one_name_are_told_apart():
    base = find_recipe("studio-quick")
    (one,) = grid(base, [axis(base, "split.seed", "4")])
    assert one.difference == "split seed 4"


def test_a_field_that_keeps_its_value_is_not_in_the_name(quick):
    same = str(quick.training.batch_size)
    planned = grid(
        quick, [axis(quick, "optimizer.learning_rate", "0.1"), axis(quick, "training.batch_size", same)]
    )
    assert [one.difference for one in planned] == ["learning rate 0.1"]


def test_grid_with_seeds_keeps_one_family_for_each_value(quick):
    planned = grid(
        quick, [axis(quick, "optimizer.learning_rate", "0.1, 0.01"), axis(quick, "training.seed", "0-2")]
    )
    assert len(planned) == 6
    families = [family(one.recipe) for one in planned]
    assert [families.count(one) for one in dict.fromkeys(families)] == [3, 3]


@pytest.mark.parametrize("recipe", presets(), ids=lambda recipe: recipe.name)
def test_every_field_of_every_preset_takes_its_own_value_back(recipe):
    """The value typed as it is shown gives the same recipe."""
    for place in sweep_fields(recipe):
        text = "none" if place.value is None else str(place.value)
        (one,) = grid(recipe, [(place, read_values(place, text))])
        assert one.recipe == recipe, place.text


@pytest.mark.parametrize(
    ("path", "text", "said"),
    [
        ("optimizer.learning_rate", "0.1, -1", "received “-1”"),
        ("optimizer.learning_rate", "fast", "received “fast”"),
        ("optimizer.learning_rate", "nan", "received “nan”"),
        ("optimizer.learning_rate", "0,001", "received “0”"),
        ("optimizer.learning_rate", " ", "the field is empty"),
        ("training.batch_size", "64.5", "Expected is a whole number from 1 to 100,000"),
        ("training.batch_size", "8-4", "received “8-4”"),
        ("training.seed", "0-1000000000", "1,000,000,001"),
        ("optimizer.type", "Adamm", "SGD, Adam, AdamW"),
        ("training.deterministic", "perhaps", "true, false"),
    ],
)
def test_value_that_does_not_fit_is_named_with_what_would(quick, path, text, said):
    with pytest.raises(StudioError) as caught:
        read_values(sweep_field_of(quick, path), text)
    error = caught.value
    assert said in error.why
    assert error.what
    assert error.remedy


def test_network_that_cannot_be_built_is_named_by_its_combination(quick):
    with pytest.raises(StudioError) as caught:
        grid(quick, [axis(quick, "layers[0].kernel_size", "3, 31")], *MNIST)
    assert "layer 1 kernel size 31" in caught.value.what
    assert "would shrink" in caught.value.why


def test_a_grid_does_not_grow_without_end(quick):
    with pytest.raises(StudioError, match="These values make 225"):
        grid(quick, [axis(quick, "training.seed", "0-14"), axis(quick, "training.epochs", "1-15")])


def test_a_field_cannot_stand_twice_in_a_grid(quick):
    with pytest.raises(StudioError, match="one field twice"):
        grid(quick, [axis(quick, "training.epochs", "1"), axis(quick, "training.epochs", "2")])


def test_a_field_that_is_not_there_is_refused(quick):
    with pytest.raises(StudioError, match=r"layers\[99\]"):
        sweep_field_of(quick, "layers[99].filters")


def test_time_is_estimated_from_the_run_of_the_nearest_network(quick):
    """Twice the epochs of the same network at 1,000 images a second: 2 x 2 x 60,000 / 1,000 s."""
    large = find_recipe("studio-accurate")

    def record(recipe, speed):
        result = RunResult(
            test_accuracy=0.9, test_loss=1.0, seconds=1.0, images_per_second=speed, device="cpu", epochs=1
        )
        return RunRecord(
            id="x", recipe=recipe, created="", status="finished", classes=("0",) * 10, result=result
        )

    planned = [PlannedTraining(changed(quick, training={"epochs": 2, "seed": seed})) for seed in (0, 1)]
    records = [record(large, 50.0), record(quick, 1000.0)]
    assert estimated_seconds(planned, MNIST[0], 60_000, records) == pytest.approx(240.0)
    assert estimated_seconds(planned, MNIST[0], 60_000, []) is None
