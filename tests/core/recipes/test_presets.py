"""The shipped recipes: their networks, their sources and their names."""

import keras
import msgspec
import pytest

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.datasets.registry import REGISTRY, dataset_info
from cnn_studio.core.network.layers import Block
from cnn_studio.core.network.network import network_of
from cnn_studio.core.recipes.presets import find_recipe, preset_names, presets
from cnn_studio.core.recipes.recipe import WatchedTestSplit, save_recipe

# Parameters and trainable parameters as the source notebooks print them.
PUBLISHED = {
    "mnist-4conv-rmsprop": (887_530, 887_530),
    "fashion-3conv": (65_354, 65_354),
    "fashion-encoder-mlp": (123_690, 123_690),
    "mnist-raw-pixels": (1_199_882, 1_199_882),
    "fashion-vgg3": (56_318, 56_318),
    "fashion-vgg2": (77_638, 77_638),
    "fashion-vgg2-bn-before-rmsprop": (78_374, 78_006),
    "fashion-vgg2-bn-before-adam": (78_374, 78_006),
    "fashion-vgg2-bn-after-rmsprop": (78_374, 78_006),
    "mnist-adadelta": (1_199_882, 1_199_882),
    "mnist-adadelta-dropout": (1_199_882, 1_199_882),
}
# optimizer, learning rate, epochs, batch size, split kind and fraction: from the same notebooks.
TRAINING = {
    "mnist-4conv-rmsprop": ("RMSprop", 1e-3, 30, 1000, "random", 0.1),
    "fashion-3conv": ("Adam", 1e-3, 50, 32, None, None),
    "fashion-encoder-mlp": ("Adam", 1e-3, 50, 32, None, None),
    "mnist-raw-pixels": ("Adam", 1e-3, 12, 128, None, None),
    "fashion-vgg3": ("Adam", 1e-3, 20, 50, "last", 0.3),
    "fashion-vgg2": ("Adam", 1e-3, 20, 50, "last", 0.3),
    "fashion-vgg2-bn-before-rmsprop": ("RMSprop", 1e-3, 20, 50, "last", 0.3),
    "fashion-vgg2-bn-before-adam": ("Adam", 1e-3, 20, 50, "last", 0.3),
    "fashion-vgg2-bn-after-rmsprop": ("RMSprop", 1e-3, 20, 50, "last", 0.3),
    "mnist-adadelta": ("Adadelta", 1.0, 12, 128, "test", None),
    "mnist-adadelta-dropout": ("Adadelta", 1.0, 12, 128, "test", None),
}


def weights(variables):
    return sum(int(variable.shape.num_elements()) for variable in variables)


def test_every_published_experiment_has_its_preset():
    assert set(PUBLISHED) == {name for name in preset_names() if not name.startswith("studio-")}


def test_own_presets_come_first_in_the_list():
    names = preset_names()
    own = [name for name in names if name.startswith("studio-")]
    assert own
    assert names == own + sorted(set(names) - set(own))


@pytest.mark.parametrize("name", PUBLISHED)
def test_preset_has_the_published_parameters_by_the_table_and_by_keras(name):
    from cnn_studio.engine.builder import build_model

    recipe = find_recipe(name)
    info = dataset_info(recipe.dataset)
    network = network_of(recipe.layers, info.image_shape, len(info.classes))
    model = build_model(recipe, info)
    assert (network.parameters, network.trainable_parameters) == PUBLISHED[name]
    assert (model.count_params(), weights(model.trainable_variables)) == PUBLISHED[name]


@pytest.mark.parametrize("name", TRAINING)
def test_preset_trains_as_its_source_did(name):
    recipe = find_recipe(name)
    optimizer, rate, epochs, batch_size, kind, fraction = TRAINING[name]
    assert type(recipe.optimizer).__name__ == optimizer
    assert recipe.optimizer.learning_rate == pytest.approx(rate)
    assert (recipe.training.epochs, recipe.training.batch_size) == (epochs, batch_size)
    assert recipe.source.citation
    assert 0.88 < recipe.source.reported_accuracy < 1.0
    if kind:
        assert recipe.split.__struct_config__.tag == kind
    if fraction:
        assert recipe.split.fraction == pytest.approx(fraction)


@pytest.mark.parametrize("recipe", presets(), ids=preset_names())
def test_preset_is_complete(recipe):
    from cnn_studio.engine.builder import build_model, build_optimizer

    info = REGISTRY[recipe.dataset]
    model = build_model(recipe, info)
    assert model.output_shape == (None, len(info.classes))
    assert isinstance(build_optimizer(recipe), getattr(keras.optimizers, type(recipe.optimizer).__name__))
    assert recipe.name in preset_names()
    assert recipe.title
    assert recipe.description
    assert msgspec.convert(msgspec.to_builtins(recipe), type(recipe)) == recipe


def test_raw_pixels_are_not_scaled_and_all_other_presets_are():
    unscaled = [recipe.name for recipe in presets() if recipe.scaling == "none"]
    assert unscaled == ["mnist-raw-pixels"]


def test_encoder_of_the_nested_preset_gives_the_1600_number_code():
    encoder = find_recipe("fashion-encoder-mlp").layers[0]
    assert isinstance(encoder, Block)
    assert encoder.output_shape((28, 28, 1)) == (1600,)


def test_presets_that_watch_the_test_set_say_so():
    for recipe in presets():
        watched = isinstance(recipe.split, WatchedTestSplit)
        assert watched == any("test set is watched" in text for text in recipe.warnings)
    assert find_recipe("mnist-adadelta").warnings


def test_a_recipe_file_is_found_by_its_path(tmp_path):
    recipe = find_recipe("fashion-vgg2")
    save_recipe(recipe, tmp_path / "mine.toml")
    assert find_recipe(str(tmp_path / "mine.toml")) == recipe


def test_unknown_recipe_names_the_choices():
    with pytest.raises(
        StudioError, match=r"no recipe 'mnist-4'.*Choose one of: studio-.*mnist-4conv-rmsprop"
    ):
        find_recipe("mnist-4")


def test_missing_recipe_file_is_named():
    with pytest.raises(StudioError, match=r"Cannot read the recipe nowhere.toml"):
        find_recipe("nowhere.toml")
