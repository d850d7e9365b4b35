"""The losses a training shows, beside those of Keras's `fit`, `train_on_batch` and `evaluate`."""

import keras
import msgspec
import numpy as np
import pytest

from cnn_studio.core.datasets.registry import dataset_info, load_dataset, load_subset
from cnn_studio.core.network.layers import Conv2D, Dense, Flatten, MaxPooling2D
from cnn_studio.core.network.layers.layer import L1, L2
from cnn_studio.core.protocol.events import BatchEnded, EpochEnded
from cnn_studio.core.recipes.optimizers import SGD
from cnn_studio.core.recipes.presets import find_recipe
from cnn_studio.core.recipes.recipe import Augmentation, EarlyStopping, LastSplit
from cnn_studio.core.recipes.schedules import ConstantSchedule
from cnn_studio.core.runs.run_folder import read_history
from cnn_studio.engine.builder import build_loss, build_model, build_optimizer
from cnn_studio.engine.data_pipeline import Parts, parts_of
from cnn_studio.engine.fused_layers import LAYERS, OPTIMIZERS
from cnn_studio.engine.losses import cross_entropy
from cnn_studio.engine.trainer import train
from cnn_studio.engine.training_step import TrainingStep

INFO = dataset_info("mnist")
BATCH = 50


def recipe_with(kernel, units, **training):
    """A small recipe whose penalty is about as large as its cross-entropy, without chance but for the order."""
    recipe = find_recipe("studio-quick")
    fields = {
        "epochs": 1,
        "batch_size": BATCH,
        "precision": "float32",
        "label_smoothing": 0.1,
        "device": "cpu",
    }
    return msgspec.structs.replace(
        recipe,
        layers=(
            Conv2D(filters=4, activation="relu", kernel_regularizer=kernel),
            MaxPooling2D(pool_size=4),
            Flatten(),
            Dense(units=16, activation="relu", kernel_regularizer=units),
            Dense(units=10, activation="softmax"),
        ),
        optimizer=SGD(learning_rate=0.1),
        schedule=ConstantSchedule(),
        augmentation=Augmentation(),
        scaling="0-1",
        split=LastSplit(fraction=0.25),
        pen_digits=0,
        training=msgspec.structs.replace(recipe.training, **(fields | training)),
    )


@pytest.fixture
def recipe():
    return recipe_with(L2(l2=0.05), L2(l2=0.02))


def compiled(model, recipe):
    model.compile(build_optimizer(recipe), build_loss(recipe), metrics=["accuracy"])
    return model


def arrays(images, labels):
    return (images / 255).astype(np.float32), np.eye(10, dtype=np.float32)[labels]


@pytest.mark.parametrize("kernel", [L2(l2=0.05), L1(l1=0.01)], ids=["L2", "L1"])
def test_the_loss_of_a_batch_is_that_of_train_on_batch(kernel):
    recipe = recipe_with(kernel, L2(l2=0.02))
    images, labels = load_subset("mnist", "test")
    keras.utils.set_random_seed(1)
    model = build_model(recipe, INFO, instead=LAYERS)
    theirs = build_model(recipe, INFO)
    theirs.set_weights(model.get_weights())
    compiled(theirs, recipe)
    parts = Parts(images[:100], labels[:100], images[:0], labels[:0])
    optimizer = build_optimizer(recipe, OPTIMIZERS)
    step = TrainingStep(model, optimizer, build_loss(recipe), parts, recipe, (1 / 255, 0.0))
    for batch in (np.arange(50), np.arange(50, 100)):
        step.reset()
        step.run(batch[None], [0.1], (0, 0))
        theirs.reset_metrics()
        loss, accuracy = theirs.train_on_batch(*arrays(images[batch], labels[batch]))
        assert step.means() == (pytest.approx(loss, rel=1e-4), pytest.approx(accuracy))
    weights = [np.asarray(each) for each in theirs.get_weights()]
    assert 0.02 * (weights[2] ** 2).sum() > 0.1 * loss  # the penalty is no trifle here


def test_a_training_shows_the_losses_of_fit_and_evaluate(recipe, tmp_path):
    """With as many images as a batch has, the epoch is one step whose order makes no difference."""
    recipe = msgspec.structs.replace(
        recipe, training=msgspec.structs.replace(recipe.training, batch_size=300)
    )
    heard = []
    run = train(recipe, tmp_path / "run", heard.append, limit=400)
    parts = parts_of(load_dataset("mnist"), recipe, 400)
    keras.utils.set_random_seed(recipe.training.seed)
    model = compiled(build_model(recipe, INFO), recipe)
    fitted = model.fit(
        *arrays(parts.x_train, parts.y_train), batch_size=300, shuffle=False, verbose=0,
        validation_data=arrays(parts.x_validation, parts.y_validation),
    ).history  # fmt: skip
    (row,) = read_history(run.folder)
    (epoch,) = (event for event in heard if isinstance(event, EpochEnded))
    batch = [event for event in heard if isinstance(event, BatchEnded)][-1]
    for name in ("loss", "val_loss"):
        assert row[name] == pytest.approx(fitted[name][0], rel=1e-4)
        assert getattr(epoch, name) == pytest.approx(row[name], rel=1e-5)
    assert batch.loss == pytest.approx(fitted["loss"][0], rel=1e-4)
    last = (run.folder / "batches.csv").read_text().splitlines()[-1].split(",")
    assert float(last[3]) == pytest.approx(fitted["loss"][0], rel=1e-4)


def test_the_validation_loss_is_evaluates_for_the_weights_that_are_kept(recipe, tmp_path):
    recipe = msgspec.structs.replace(
        recipe, training=msgspec.structs.replace(recipe.training, epochs=2),
        early_stopping=EarlyStopping(monitor="val_loss", patience=5, restore_best_weights=True),
    )  # fmt: skip
    run = train(recipe, tmp_path / "run", lambda event: None, limit=800)
    parts = parts_of(load_dataset("mnist"), recipe, 800)
    kept = compiled(keras.models.load_model(run.folder / "model.keras", compile=False), recipe)
    loss, accuracy = kept.evaluate(*arrays(parts.x_validation, parts.y_validation), verbose=0)
    history = read_history(run.folder)
    best = min(history, key=lambda row: row["val_loss"])
    assert best["val_loss"] == pytest.approx(loss, rel=1e-4)
    assert best["val_accuracy"] == pytest.approx(accuracy)
    assert run.record.result.test_loss < loss  # that is of the answers alone


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
def test_cross_entropy_is_that_of_keras_in_parts_too(smoothing, monkeypatch):
    random = np.random.default_rng(3)
    answers = random.dirichlet(np.full(5, 0.02), 41).astype(np.float32)  # some are 0: they are clipped
    labels = random.integers(0, 5, 41).astype(np.int32)
    wanted = keras.losses.CategoricalCrossentropy(label_smoothing=smoothing)(np.eye(5)[labels], answers)
    monkeypatch.setattr("cnn_studio.engine.losses.LARGE_BYTES", 64 * 5 * 7)
    assert cross_entropy(answers, labels, smoothing) == pytest.approx(float(wanted), rel=1e-5)
