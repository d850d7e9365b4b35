"""One training step against plain Keras's `train_on_batch`."""

import keras
import msgspec
import numpy as np
import pytest

from cnn_studio.core.datasets.lazy_arrays import Selected
from cnn_studio.core.datasets.registry import dataset_info, load_subset
from cnn_studio.core.network.layers import (
    L1,
    L2,
    AveragePooling2D,
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    LeakyReLU,
    MaxPooling2D,
)
from cnn_studio.core.recipes.optimizers import SGD, Adadelta, Adam, AdamW, RMSprop
from cnn_studio.core.recipes.presets import find_recipe
from cnn_studio.core.recipes.recipe import Augmentation
from cnn_studio.engine import training_step as step_module
from cnn_studio.engine.builder import build_loss, build_model, build_optimizer
from cnn_studio.engine.data_pipeline import Parts
from cnn_studio.engine.fused_layers import LAYERS as LAYERS_INSTEAD
from cnn_studio.engine.fused_layers import OPTIMIZERS
from cnn_studio.engine.training_step import TrainingStep

LAYERS = (
    Conv2D(filters=4, activation="relu"),
    BatchNormalization(),
    MaxPooling2D(pool_size=4),
    Flatten(),
    Dense(units=16),
    BatchNormalization(momentum=0.8),
    Dense(units=10, activation="softmax"),
)
SMOOTH = (
    Conv2D(filters=4),
    LeakyReLU(negative_slope=0.3),
    AveragePooling2D(pool_size=4),
    Flatten(),
    Dense(units=16),
    LeakyReLU(negative_slope=0.1),
    Dense(units=10, activation="softmax"),
)
BATCHES = [np.arange(start, start + 32) for start in (0, 32, 64, 0)]
INFO = dataset_info("mnist")


@pytest.fixture(scope="module")
def digits():
    images, labels = load_subset("mnist", "test")
    return images[:96], labels[:96]


def parts_from(digits):
    images, labels = digits
    return Parts(images, labels, images[:0], labels[:0])


def recipe_with(optimizer, **training):
    recipe = find_recipe("studio-quick")
    training = msgspec.structs.replace(recipe.training, precision="float32", **training)
    return msgspec.structs.replace(recipe, layers=LAYERS, optimizer=optimizer, training=training)


def stepped(recipe, digits, steps=2, amount=None):
    """Train a fresh network by the compiled steps; return its weights and the mean loss and accuracy."""
    keras.utils.set_random_seed(1)
    model, optimizer = build_model(recipe, INFO, instead=LAYERS_INSTEAD), build_optimizer(recipe, OPTIMIZERS)
    step = TrainingStep(model, optimizer, build_loss(recipe), parts_from(digits), recipe, (1 / 255, 0.0))
    for start in range(0, len(BATCHES), steps):
        call = np.stack(BATCHES[start : start + steps])
        amounts = None if amount is None else [amount] * len(call)
        step.run(call, [recipe.optimizer.learning_rate] * len(call), (0, start), amounts)
    if recipe.training.ema_momentum:
        optimizer.finalize_variable_values(model.trainable_variables)
    return model.get_weights(), step.means()


def plain(recipe, digits):
    """The same with Keras's own loop."""
    keras.utils.set_random_seed(1)
    model = build_model(recipe, INFO)
    optimizer = build_optimizer(recipe)
    model.compile(optimizer, build_loss(recipe), metrics=["accuracy"])
    images, labels = (digits[0] / 255).astype(np.float32), np.eye(10, dtype=np.float32)[digits[1]]
    figures = []
    for batch in BATCHES:
        model.reset_metrics()
        figures.append(model.train_on_batch(images[batch], labels[batch]))
    if recipe.training.ema_momentum:
        optimizer.finalize_variable_values(model.trainable_variables)
    return model.get_weights(), np.mean(figures, axis=0)


@pytest.mark.parametrize(
    ("optimizer", "training"),
    [
        (SGD(learning_rate=0.1, momentum=0.9), {}),
        (Adam(), {}),
        (AdamW(), {"label_smoothing": 0.1}),
        (Adam(learning_rate=0.01, clipnorm=0.01, epsilon=1e-3), {}),
        (RMSprop(), {"ema_momentum": 0.5}),
        (RMSprop(momentum=0.8, rho=0.7), {}),
        (Adadelta(learning_rate=1.0), {}),
    ],
    ids=["sgd", "adam", "adamw-smoothed", "adam-clipped", "rmsprop-averaged", "rmsprop-momentum", "adadelta"],
)
def test_steps_change_the_weights_as_keras_own_loop_does(digits, optimizer, training):
    recipe = recipe_with(optimizer, **training)
    ours, (loss, accuracy) = stepped(recipe, digits)
    theirs, (keras_loss, keras_accuracy) = plain(recipe, digits)
    for mine, keras_weights in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, keras_weights, atol=2e-4)
    assert loss == pytest.approx(keras_loss, rel=1e-3)
    assert accuracy == pytest.approx(keras_accuracy, abs=1e-6)


def test_augmentation_reaches_the_step(digits):
    recipe = recipe_with(SGD(learning_rate=0.1))
    varied = msgspec.structs.replace(recipe, augmentation=Augmentation(shift_px=4.0))
    first, again, other = stepped(varied, digits), stepped(varied, digits), stepped(recipe, digits)
    np.testing.assert_array_equal(first[0][0], again[0][0])
    assert np.abs(first[0][0] - other[0][0]).max() > 1e-4


def test_augmentation_faded_to_nothing_teaches_the_images_as_they_are(digits):
    layers = (Conv2D(filters=4), Flatten(), Dense(units=10, activation="softmax"))
    recipe = msgspec.structs.replace(recipe_with(SGD(learning_rate=0.1)), layers=layers)
    varied = msgspec.structs.replace(recipe, augmentation=Augmentation(shift_px=4.0))
    for faded, untouched in zip(
        stepped(varied, digits, amount=0.0)[0], stepped(recipe, digits)[0], strict=True
    ):
        np.testing.assert_allclose(faded, untouched, atol=1e-4)


def test_leaky_networks_change_as_keras_own_loop_changes_them(digits):
    recipe = msgspec.structs.replace(recipe_with(Adam()), layers=SMOOTH)
    for mine, keras_weights in zip(stepped(recipe, digits)[0], plain(recipe, digits)[0], strict=True):
        np.testing.assert_allclose(mine, keras_weights, atol=2e-5)


@pytest.mark.parametrize("steps", [2, 3, 4])
def test_how_many_steps_a_call_takes_makes_no_difference_to_the_last_bit(digits, steps):
    recipe = recipe_with(Adam())
    layers = (Conv2D(filters=4), Flatten(), Dropout(rate=0.5), Dense(units=10, activation="softmax"))
    recipe = msgspec.structs.replace(recipe, layers=layers, augmentation=Augmentation(shift_px=4.0))
    for mine, single in zip(stepped(recipe, digits, steps)[0], stepped(recipe, digits, 1)[0], strict=True):
        np.testing.assert_array_equal(mine, single)


def test_each_step_of_a_call_takes_its_own_learning_rate(digits):
    recipe = recipe_with(SGD())
    model = build_model(recipe, INFO)
    step = TrainingStep(
        model, build_optimizer(recipe), build_loss(recipe), parts_from(digits), recipe, (1 / 255, 0.0)
    )
    before = model.get_weights()
    step.run(np.stack(BATCHES), [0.0, 0.0, 0.0, 0.0], (0, 0))
    np.testing.assert_array_equal(model.get_weights()[0], before[0])
    step.run(np.stack(BATCHES), [0.0, 0.0, 0.0, 0.1], (0, 4))
    assert np.abs(model.get_weights()[0] - before[0]).max() > 1e-4


def test_reset_begins_new_means(digits):
    recipe = recipe_with(SGD(learning_rate=1e-9))
    model = build_model(recipe, INFO)
    step = TrainingStep(
        model, build_optimizer(recipe), build_loss(recipe), parts_from(digits), recipe, (1 / 255, 0.0)
    )
    assert step.means() == (0.0, 0.0)
    step.run(BATCHES[0][None], [1e-9], (0, 0))
    first = step.means()
    step.run(BATCHES[1][None], [1e-9], (0, 1))
    assert step.means() != first
    step.reset()
    step.run(BATCHES[0][None], [1e-9], (0, 2))
    assert step.means() == pytest.approx(first, rel=1e-4)


@pytest.mark.parametrize("stack_bytes", [784 * 32, 784 * 100, 2**23])
def test_pixels_handed_over_teach_what_resident_ones_teach_to_the_last_bit(digits, monkeypatch, stack_bytes):
    layers = (Conv2D(filters=4), Flatten(), Dropout(rate=0.5), Dense(units=10, activation="softmax"))
    recipe = msgspec.structs.replace(
        recipe_with(Adam(), class_weight="balanced"), layers=layers, augmentation=Augmentation(shift_px=4.0)
    )
    resident, figures = stepped(recipe, digits, 4)
    monkeypatch.setattr(step_module, "RESIDENT_BYTES", 784 * 50)
    monkeypatch.setattr(step_module, "STACK_BYTES", stack_bytes)
    order = np.random.default_rng(0).permutation(96)
    place = np.argsort(order)
    images, labels = digits
    shuffled = Selected(images[order], place), labels
    handed_over, same_figures = stepped(recipe, shuffled, 4)
    assert figures == same_figures
    for mine, other in zip(handed_over, resident, strict=True):
        np.testing.assert_array_equal(mine, other)


@pytest.mark.parametrize("share", [L1(l1=0.02), L2(l2=0.1)], ids=["l1", "l2"])
def test_penalized_weights_change_as_keras_own_loop_changes_them(digits, share):
    layers = (
        Conv2D(filters=4, activation="relu", kernel_regularizer=share),
        Flatten(),
        Dense(units=10, activation="softmax", kernel_regularizer=share),
    )
    recipe = msgspec.structs.replace(recipe_with(SGD(learning_rate=0.1)), layers=layers)
    ours, theirs = stepped(recipe, digits)[0], plain(recipe, digits)[0]
    for mine, keras_weights in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine, keras_weights, atol=1e-5)


def test_a_penalty_alone_shrinks_the_weights_by_hand(digits):
    # Black images say nothing of the kernel: its gradient is the penalty's alone, 2 * 0.25 * w.
    layers = (Flatten(), Dense(units=10, activation="softmax", kernel_regularizer=L2(l2=0.25)))
    recipe = msgspec.structs.replace(recipe_with(SGD(learning_rate=0.1)), layers=layers)
    black = np.zeros_like(digits[0]), digits[1]
    keras.utils.set_random_seed(1)
    before = build_model(recipe, INFO).get_weights()[0]
    np.testing.assert_allclose(stepped(recipe, black)[0][0], before * (1 - 0.1 * 0.5) ** 4, atol=1e-6)
