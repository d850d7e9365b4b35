"""Training on two devices at once, played by two logical CPUs in a process of their own.

What comes out is compared with Keras's own loop on one device in this process, and with this program's.
"""

import json
import os
import subprocess
import sys

import keras
import msgspec
import numpy as np
import pytest

from cnn_studio.core.datasets.registry import dataset_info, load_subset
from cnn_studio.core.network.layers import (
    L2,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    MaxPooling2D,
)
from cnn_studio.core.recipes.optimizers import SGD, Adam
from cnn_studio.core.recipes.presets import find_recipe
from cnn_studio.core.recipes.recipe import Augmentation, RandomSplit, recipe_to_toml
from cnn_studio.core.recipes.schedules import ConstantSchedule
from cnn_studio.engine.builder import build_loss, build_model, build_optimizer
from cnn_studio.engine.model_files import load_keras
from cnn_studio.engine.trainer import train

LAYERS = (
    Conv2D(filters=4, activation="relu", kernel_regularizer=L2(l2=1e-3)),
    MaxPooling2D(pool_size=4),
    Flatten(),
    Dense(units=16, activation="tanh"),
    Dense(units=10, activation="softmax"),
)
NOISY = (
    Conv2D(filters=4),
    BatchNormalization(),
    MaxPooling2D(pool_size=4),
    Flatten(),
    Dropout(rate=0.3),
    LAYERS[-1],
)
SIZES = (32, 32, 31, 7, 1)
"""Batches: even ones, uneven ones, and one with fewer images than devices."""
CASES = {
    "sgd": (SGD(learning_rate=0.1, momentum=0.9), {}),
    "adam": (Adam(learning_rate=0.01), {}),
    "clipped and smoothed": (SGD(learning_rate=0.1, clipnorm=0.02), {"label_smoothing": 0.1}),
    "balanced": (SGD(learning_rate=0.1), {"class_weight": "balanced"}),
}
LIMIT, BATCH = 600, 77

INSIDE = """
import json, sys
from pathlib import Path
import cnn_studio.engine
import tensorflow as tf

two = [tf.config.LogicalDeviceConfiguration()] * 2
tf.config.set_logical_device_configuration(tf.config.list_physical_devices("CPU")[0], two)

import keras, numpy as np
from cnn_studio.core.datasets.registry import dataset_info, load_subset
from cnn_studio.core.recipes.recipe import recipe_from_toml
from cnn_studio.core.runs.run_folder import read_history
from cnn_studio.engine.builder import build_loss, build_model
from cnn_studio.engine.devices import find_device, list_devices, strategy_of
from cnn_studio.engine.distributed import DistributedStep, build_summing_optimizer
from cnn_studio.engine.data_pipeline import Parts
from cnn_studio.engine.trainer import resume, train

asked = json.loads(sys.stdin.read())
to = Path(sys.argv[1])
said = {"listed": [device.id for device in list_devices()], "automatic": find_device("auto")}
images, labels = load_subset("mnist", "test")
parts = Parts(images[:200], labels[:200], images[:0], labels[:0])
for name, text in asked["steps"].items():
    recipe = recipe_from_toml(text)
    strategy = strategy_of("cpus")
    keras.utils.set_random_seed(1)
    with strategy.scope():
        model, optimizer = build_model(recipe, dataset_info("mnist")), build_summing_optimizer(recipe)
    step = DistributedStep(strategy, model, optimizer, build_loss(recipe), parts, recipe, (1 / 255, 0.0))
    start = 0
    for size in asked["sizes"][: 1 if name == "normalized" else None]:
        step.run(np.arange(start, start + size)[None], [recipe.optimizer.learning_rate], (0, start))
        start += size
    said[name] = step.means()
    copies = [[part.numpy() for part in variable.value.values] for variable in model.trainable_variables]
    said[name + " alike"] = all(np.array_equal(*pair) for pair in copies)
    np.savez(to / f"{name}.npz", *model.get_weights())

keep = {}
def report(event):
    keep.setdefault(type(event).__name__, []).append(event)

run = train(recipe_from_toml(asked["plain"]), to / "plain", report, limit=asked["limit"])
said["plain"] = [read_history(run.folder), run.record.result.test_accuracy, run.record.device]
said["started"] = [keep["RunStarted"][0].device, keep["RunStarted"][0].precision]
train(recipe_from_toml(asked["noisy 2"]), to / "whole", report, limit=asked["limit"])
train(recipe_from_toml(asked["noisy 1"]), to / "halves", report, limit=asked["limit"])
resume(to / "halves", report, extend=1)
print(json.dumps(said, default=float))
"""


def recipe_with(layers, optimizer, **training):
    quick = find_recipe("studio-quick")
    training = msgspec.structs.replace(quick.training, precision="float32", seed=3, **training)
    return msgspec.structs.replace(
        quick,
        layers=layers,
        optimizer=optimizer,
        training=training,
        split=RandomSplit(fraction=0.1),
        pen_digits=0,
        augmentation=Augmentation(),
        schedule=ConstantSchedule(),
    )


PLAIN = recipe_with(LAYERS, Adam(learning_rate=0.01), epochs=2, batch_size=BATCH, device="cpus")
NOISY_EPOCHS = {
    epochs: msgspec.structs.replace(
        recipe_with(NOISY, Adam(), epochs=epochs, batch_size=BATCH, device="cpus", ema_momentum=0.5),
        augmentation=Augmentation(shift_px=2.0),
    )
    for epochs in (1, 2)
}


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """Everything that happened in the process with two logical CPUs: what it said, and its folder."""
    folder = tmp_path_factory.mktemp("two")
    normalized = (BatchNormalization(momentum=0.5), Flatten(), LAYERS[-1])
    asked = {
        "steps": {"normalized": recipe_to_toml(recipe_with(normalized, SGD()))}
        | {name: recipe_to_toml(recipe_with(LAYERS, each, **more)) for name, (each, more) in CASES.items()},
        "sizes": SIZES,
        "plain": recipe_to_toml(PLAIN),
        "noisy 1": recipe_to_toml(NOISY_EPOCHS[1]),
        "noisy 2": recipe_to_toml(NOISY_EPOCHS[2]),
        "limit": LIMIT,
    }
    done = subprocess.run(
        [sys.executable, "-c", INSIDE, str(folder)],
        input=json.dumps(asked), capture_output=True, text=True, env=os.environ, timeout=240,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1]), folder


def by_keras(optimizer, training):
    """The same batches on one device by Keras's own loop: weights, mean loss and accuracy over the images."""
    recipe = recipe_with(LAYERS, optimizer, **training)
    keras.utils.set_random_seed(1)
    model = build_model(recipe, dataset_info("mnist"))
    model.compile(build_optimizer(recipe), build_loss(recipe))
    images, labels = load_subset("mnist", "test")
    images, labels = (images[:200] / 255).astype(np.float32), labels[:200]
    counts = np.bincount(labels, minlength=10)
    weights = 200 / (10 * counts) if recipe.training.class_weight == "balanced" else np.ones(10)
    one_hot, start, losses, right = np.eye(10, dtype=np.float32)[labels], 0, 0.0, 0
    smoothing = recipe.training.label_smoothing
    for size in SIZES:
        batch = slice(start, start + size)
        answers = np.clip(model.predict_on_batch(images[batch]), 1e-7, 1)
        truth = one_hot[batch] * (1 - smoothing) + smoothing / 10
        losses += float((weights[labels[batch]] * -(truth * np.log(answers)).sum(axis=1)).sum())
        losses += size * float(sum(model.losses))  # what L2 adds in each batch
        right += int((answers.argmax(axis=1) == labels[batch]).sum())
        model.train_on_batch(
            images[batch], one_hot[batch], sample_weight=weights[labels[batch]].astype(np.float32)
        )
        start += size
    return model.get_weights(), losses / start, right / start


def test_running_means_are_those_of_both_devices(two):
    """Keras lets each device keep its own, and would read the first one's."""
    _, folder = two
    with np.load(folder / "normalized.npz") as archive:
        arrays = {archive[name].shape: [] for name in archive.files}
        for name in archive.files:
            arrays[archive[name].shape].append(archive[name])
    _, _, mean, variance = (array[0] for array in arrays[1,])
    pixels = (load_subset("mnist", "test")[0][: SIZES[0]] / 255).reshape(2, -1)
    assert pixels[0].mean() != pytest.approx(pixels[1].mean(), rel=1e-3)  # else this would show nothing
    assert mean == pytest.approx(0.5 * pixels.mean(), rel=1e-4)
    assert variance == pytest.approx(0.5 + 0.5 * pixels.var(axis=1).mean(), rel=1e-4)


@pytest.mark.parametrize("case", CASES)
def test_two_devices_learn_what_keras_own_loop_learns_on_one(two, case):
    said, folder = two
    weights, loss, accuracy = by_keras(*CASES[case])
    with np.load(folder / f"{case}.npz") as archive:
        ours = [archive[name] for name in archive.files]
    for mine, theirs in zip(ours, weights, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=2e-5)
    assert said[case][0] == pytest.approx(loss, rel=1e-3)
    assert said[case][1] == pytest.approx(accuracy, abs=1e-6)
    assert said[f"{case} alike"]  # both devices hold the same network


def test_logical_cpus_are_listed_and_never_chosen_unasked(two):
    said, _ = two
    assert said["listed"][:2] == ["cpu", "cpus"]
    assert said["automatic"] == "cpu"


def test_a_whole_training_on_two_devices_tells_the_figures_of_one(two, tmp_path):
    said, _ = two
    one = msgspec.structs.replace(PLAIN, training=msgspec.structs.replace(PLAIN.training, device="cpu"))
    events = []
    run = train(one, tmp_path / "one", events.append, limit=LIMIT)
    rows = [event for event in events if type(event).__name__ == "EpochEnded"]
    history, test_accuracy, device = said["plain"]
    assert device == "cpus"
    assert said["started"] == ["cpus", "float32"]
    for theirs, mine in zip(rows, history, strict=True):
        for name in ("loss", "accuracy", "val_loss", "val_accuracy"):
            assert float(mine[name]) == pytest.approx(getattr(theirs, name), rel=2e-3), name
    assert test_accuracy == pytest.approx(run.record.result.test_accuracy, abs=2e-3)
    assert rows[0].accuracy != rows[1].accuracy  # it learned: equal figures mean something


def test_resumed_training_on_two_devices_ends_like_one_never_interrupted(two):
    """Dropout, batch normalization, Adam's moments and the average of the weights all have a state."""
    _, folder = two
    whole, halves = (
        load_keras(folder / name / "model.keras")[0].get_weights() for name in ("whole", "halves")
    )
    for mine, theirs in zip(halves, whole, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-6)
    assert all(np.isfinite(array).all() for array in whole)
