"""The script a recipe becomes, run as a person would run it: on its own, with nothing but Keras."""

import re
import subprocess
import sys

import keras
import msgspec
import numpy as np
import pytest

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.datasets.registry import dataset_info, load_subset
from cnn_studio.core.network.layers import (
    L2,
    Conv2D,
    Dense,
    GlobalAveragePooling2D,
    LayerNormalization,
    ResidualBlock,
)
from cnn_studio.core.network.network import network_of
from cnn_studio.core.recipes.keras_script import keras_script
from cnn_studio.core.recipes.optimizers import SGD, Adam
from cnn_studio.core.recipes.presets import find_recipe, preset_names
from cnn_studio.core.recipes.recipe import Augmentation, DatasetSplit, EarlyStopping, NoSplit
from cnn_studio.core.recipes.schedules import (
    CosineDecay,
    ExponentialDecay,
    OneCycle,
    ReduceLROnPlateau,
    StepDecay,
)
from cnn_studio.engine.builder import build_model

IMAGES = 160


@pytest.fixture
def namespace(monkeypatch, tmp_path):
    """Run a script in this process on a few images, without `fit` where `learn` is False; return its names."""
    monkeypatch.chdir(tmp_path)

    def run(recipe, learn=True, shape=(28, 28, 1), classes=10):
        script = keras_script(recipe, shape, classes)
        for name in ("mnist", "fashion_mnist"):
            x, y = load_subset(name, "test")
            parts = (x[:IMAGES, ..., 0], y[:IMAGES]), (x[-50:, ..., 0], y[-50:])
            monkeypatch.setattr(f"keras.datasets.{name}.load_data", lambda parts=parts: parts)
        if not learn:
            script = script.split("y_train = keras.utils.to_categorical")[0]
        names = {}
        try:
            exec(compile(script, "script.py", "exec"), names)
        finally:
            keras.config.set_dtype_policy("float32")
        return names

    return run


def quick(**changes):
    recipe = find_recipe("studio-quick")
    training = msgspec.structs.replace(
        recipe.training, epochs=2, batch_size=40, **changes.pop("training", {})
    )
    return msgspec.structs.replace(recipe, training=training, split=NoSplit(), **changes)


@pytest.mark.parametrize("name", preset_names())
def test_network_of_every_preset_has_its_parameters(namespace, name):
    recipe = find_recipe(name)
    model = namespace(recipe, learn=False)["model"]
    assert model.count_params() == network_of(recipe.layers, (28, 28, 1)).parameters


def test_network_answers_as_the_programs_own_with_the_same_weights(namespace):
    layers = (
        Conv2D(filters=6, kernel_regularizer=L2(l2=0.01), activation="leaky_relu"),
        ResidualBlock(name="r", layers=(Conv2D(filters=9, strides=2, padding="same"), LayerNormalization())),
        GlobalAveragePooling2D(),
        Dense(units=10, activation="softmax"),
    )
    recipe = quick(layers=layers)
    theirs = namespace(recipe, learn=False)["model"]
    ours = build_model(recipe, dataset_info("mnist"))
    weights = [np.random.default_rng(0).normal(size=each.shape) * 0.1 for each in ours.get_weights()]
    ours.set_weights(weights)
    theirs.set_weights(weights)
    images = load_subset("mnist", "test")[0][:20] / 255.0
    np.testing.assert_allclose(theirs(images), ours(images), atol=1e-6)
    assert len(theirs.losses) == len(ours.losses) == 1


@pytest.mark.parametrize(
    "schedule",
    [OneCycle(), CosineDecay(warmup_fraction=0.3), StepDecay(steps=3), ExponentialDecay(end_fraction=0.2)],
    ids=lambda schedule: type(schedule).__name__,
)
def test_schedule_follows_the_same_curve(namespace, schedule):
    names = namespace(quick(schedule=schedule, optimizer=SGD(learning_rate=0.5)), learn=True)
    total = 2 * IMAGES // 40
    ours = [0.5 * schedule.factor(step / total) for step in range(total)]
    theirs = [float(names["schedule"](step)) for step in range(total)]
    assert theirs == pytest.approx(ours, rel=1e-4, abs=1e-6)


@pytest.mark.parametrize(
    "changes",
    [
        {"augmentation": Augmentation(**dict.fromkeys(
            ("shift_px", "rotation_degrees", "shear_degrees", "elastic_px"), 2.0),
            scale_fraction=0.1, erase_fraction=0.1, noise=0.1, contrast=0.1, flip_horizontal=True),
         "scaling": "standardized"},
        {"training": {"sampling": "contiguous-window"}},
        {"training": {"class_weight": "balanced", "label_smoothing": 0.1, "ema_momentum": 0.9},
         "optimizer": Adam(clipnorm=1.0)},
        {"schedule": ReduceLROnPlateau(), "early_stopping": EarlyStopping(monitor="val_accuracy"),
         "split": find_recipe("fashion-vgg2").split},
        {"scaling": "none", "training": {"precision": "mixed_bfloat16"}},
        {"split": find_recipe("mnist-adadelta").split},
        {"split": DatasetSplit(dataset="fashion_mnist"), "scaling": "standardized"},
    ],
    ids=["augmented", "windows", "weighted", "plateau", "raw", "watched", "own validation"],
)  # fmt: skip
def test_everything_a_recipe_can_say_runs(namespace, changes, capsys):
    recipe = msgspec.structs.replace(quick(training=changes.pop("training", {})), **changes)
    names = namespace(recipe)
    assert 0 <= names["accuracy"] <= 1
    assert "Test loss" in capsys.readouterr().out


def test_what_keras_has_nothing_for_is_named():
    script = keras_script(find_recipe("studio-handwriting"), (28, 28, 1), 10)
    assert "Left out" in script
    assert "15,000 digits drawn by CNN Studio's pen" in script
    assert "Left out" not in keras_script(find_recipe("fashion-vgg3"), (28, 28, 1), 10)


def test_own_data_are_read_from_a_file_beside_it(tmp_path):
    layers = (Conv2D(filters=2), GlobalAveragePooling2D(), Dense(units=3, activation="softmax"))
    recipe = quick(layers=layers, dataset="/somewhere/pictures")
    random = np.random.default_rng(0)
    images, labels = random.integers(0, 256, (80, 9, 8, 3), np.uint8), random.integers(0, 3, 80)
    np.savez(tmp_path / "data.npz", x_train=images, y_train=labels, x_test=images, y_test=labels)
    (tmp_path / "script.py").write_text(keras_script(recipe, (9, 8, 3), 3), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert re.search(r"Test loss \d", done.stdout)
    assert (tmp_path / "model.keras").exists()


def test_a_network_that_does_not_fit_has_no_script():
    with pytest.raises(StudioError, match="Layer 1"):
        keras_script(quick(layers=(Conv2D(filters=2, kernel_size=31),)), (28, 28, 1), 10)
