"""A training that is watched on a data set of its own."""

import keras
import msgspec
import numpy as np
import pytest

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.datasets.registry import REGISTRY, load_dataset, load_subset
from cnn_studio.core.datasets.splits import own_validation
from cnn_studio.core.protocol.events import EpochEnded, RunStarted
from cnn_studio.core.recipes.recipe import DatasetSplit, recipe_from_toml, recipe_to_toml
from cnn_studio.engine.data_pipeline import parts_of
from cnn_studio.engine.trainer import train

MNIST = REGISTRY["mnist"]


@pytest.fixture(scope="module")
def own(tmp_path_factory):
    """The name of 90 training and 30 test images in an .npz file, with their pixels and labels."""
    x, y = load_subset("mnist", "test")
    order = np.concatenate([np.flatnonzero(y == digit)[:12] for digit in range(10)])
    order = np.random.default_rng(3).permutation(order)
    train_part, test_part = order[:90], order[90:]
    path = tmp_path_factory.mktemp("own") / "mine.npz"
    np.savez(
        path,
        x_train=x[train_part, ..., 0],
        y_train=y[train_part],
        x_test=x[test_part, ..., 0],
        y_test=y[test_part],
    )
    return f"file:{path}", x[order], y[order]


@pytest.mark.parametrize(
    ("part", "chosen"), [("all", slice(0, 120)), ("train", slice(0, 90)), ("test", slice(90, 120))]
)
def test_the_images_of_the_wished_part_are_watched(own, part, chosen):
    name, x, y = own
    images, labels = own_validation(DatasetSplit(dataset=name, part=part), MNIST)
    expected = {(image.tobytes(), int(label)) for image, label in zip(x[chosen], y[chosen], strict=True)}
    assert {(image.tobytes(), int(label)) for image, label in zip(images, labels, strict=True)} == expected
    assert len(images) == len(x[chosen])


def test_all_training_images_are_learned_from(own, tiny_recipe):
    recipe = msgspec.structs.replace(tiny_recipe, split=DatasetSplit(dataset=own[0]))
    parts = parts_of(load_dataset("mnist"), recipe, limit=500)
    assert (len(parts.x_train), len(parts.x_validation)) == (500, 120)


def test_validation_figures_are_of_those_images(own, tiny_recipe, tmp_path):
    name, x, y = own
    training = msgspec.structs.replace(tiny_recipe.training, epochs=1, precision="float32")
    recipe = msgspec.structs.replace(tiny_recipe, split=DatasetSplit(dataset=name), training=training)
    events = []
    run = train(recipe_from_toml(recipe_to_toml(recipe)), tmp_path / "run", events.append, limit=2000)
    (began,) = (event for event in events if isinstance(event, RunStarted))
    (ended,) = (event for event in events if isinstance(event, EpochEnded))
    assert (began.train_images, began.validation_images) == (2000, 120)
    model = keras.saving.load_model(run.folder / "model.keras")
    answers = model.predict(x / np.float32(255), verbose=0).argmax(axis=1)
    assert ended.val_accuracy == pytest.approx(np.mean(answers == y))


@pytest.mark.parametrize(
    ("split", "why"),
    [
        (DatasetSplit(), "none is chosen"),
        (DatasetSplit(dataset="mnist"), "trains on these very images"),
        (DatasetSplit(dataset="fashion_mnist"), "Its classes are “T-shirt/top”"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_learned(tiny_recipe, tmp_path, split, why):
    recipe = msgspec.structs.replace(tiny_recipe, split=split)
    with pytest.raises(StudioError) as refused:
        train(recipe, tmp_path / "run", lambda event: None, limit=100)
    assert why in refused.value.why
    assert refused.value.what
    assert refused.value.remedy


def test_images_of_another_size_are_refused(tmp_path):
    path = tmp_path / "small.npz"
    images = np.random.default_rng(0).integers(0, 255, (40, 14, 14), np.uint8)
    np.savez(path, x_train=images, y_train=np.arange(40) % 10, x_test=images[:10], y_test=np.arange(10))
    with pytest.raises(StudioError, match="14 × 14 × 1"):
        own_validation(DatasetSplit(dataset=f"file:{path}"), MNIST)
