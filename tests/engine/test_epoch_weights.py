"""What a run keeps of its epochs: the networks it was, in little room, at no training's expense."""

import errno
import json
from pathlib import Path

import msgspec
import numpy as np
import pytest

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.datasets.registry import load_subset
from cnn_studio.core.network.layers import (
    BatchNormalization,
    Conv2D,
    Dense,
    Dropout,
    Flatten,
    MaxPooling2D,
    ResidualBlock,
)
from cnn_studio.core.protocol.events import BatchEnded, EpochEnded
from cnn_studio.core.recipes.presets import find_recipe
from cnn_studio.core.recipes.recipe import EarlyStopping
from cnn_studio.core.runs.epoch_weight_files import (
    files_of_epochs,
    read_weights,
    worth_keeping,
    write_weights,
)
from cnn_studio.engine import epoch_weights
from cnn_studio.engine.epoch_weights import EpochWeights
from cnn_studio.engine.model_files import load_keras
from cnn_studio.engine.trainer import resume, train
from cnn_studio.inference.classifier import Classifier
from cnn_studio.inference.epoch_networks import EpochNetworks

LIMIT = 1500
IMAGES = 300
LAYERS = (
    Conv2D(filters=6, kernel_size=5, activation="relu"),
    BatchNormalization(),
    MaxPooling2D(),
    ResidualBlock(
        name="inner", layers=(Conv2D(filters=8, kernel_size=3, padding="same"), BatchNormalization())
    ),
    MaxPooling2D(),
    Flatten(),
    Dropout(rate=0.3),
    Dense(units=10, activation="softmax"),
)


@pytest.fixture
def recipe():
    """Everything that is easily forgotten: running means, random numbers, an average, a block in a block."""
    quick = find_recipe("studio-quick")
    training = msgspec.structs.replace(
        quick.training, epochs=3, batch_size=100, precision="float32", ema_momentum=0.9, device="cpu"
    )
    return msgspec.structs.replace(quick, layers=LAYERS, training=training)


def quiet(event):
    """Take an event and say nothing."""


def epochs_of(run):
    return list(files_of_epochs(run.folder))


def networks_of(run):
    classifier = Classifier(run.folder / "model.onnx")
    return EpochNetworks(classifier.path, classifier.card), classifier


def images():
    return load_subset("mnist", "test")[0][:IMAGES]


@pytest.mark.parametrize("scaling", ["0-1", "none"])
def test_last_epoch_answers_as_the_runs_own_model(tmp_path, recipe, scaling):
    run = train(msgspec.structs.replace(recipe, scaling=scaling), tmp_path / "run", quiet, limit=LIMIT)
    networks, classifier = networks_of(run)
    assert (networks.epochs, networks.kept) == ((1, 2, 3), 2)
    ours = np.stack([networks.answers(image) for image in images()])
    theirs = classifier.probabilities(images())
    np.testing.assert_allclose(ours[:, 2], theirs, atol=1e-3)
    assert np.abs(ours[:, 0] - theirs).max() > 0.1  # the first epoch knew less


def test_kept_epoch_is_the_one_early_stopping_goes_back_to(tmp_path, recipe):
    rule = EarlyStopping(monitor="val_accuracy", patience=2, min_delta=1.0)  # nothing is ever so much better
    run = train(msgspec.structs.replace(recipe, early_stopping=rule), tmp_path / "run", quiet, limit=LIMIT)
    networks, classifier = networks_of(run)
    assert (networks.epochs, networks.kept) == ((1, 2, 3), 0)
    answers = np.stack([networks.answers(image)[0] for image in images()])
    np.testing.assert_allclose(answers, classifier.probabilities(images()), atol=1e-3)


def test_run_stopped_within_an_epoch_keeps_that_network_too(tmp_path, recipe):
    events = []

    def in_the_second_epoch():
        return any(isinstance(event, BatchEnded) and event.epoch == 2 for event in events)

    run = train(recipe, tmp_path / "run", events.append, limit=LIMIT, should_stop=in_the_second_epoch)
    networks, classifier = networks_of(run)
    assert (networks.epochs, networks.kept) == ((1,), 1)
    answers = np.stack([networks.answers(image)[1] for image in images()])
    np.testing.assert_allclose(answers, classifier.probabilities(images()), atol=1e-3)


def test_resumed_and_extended_run_has_one_file_an_epoch(tmp_path, recipe):
    events = []

    def after_the_second():
        return sum(isinstance(event, EpochEnded) for event in events) == 2

    run = train(recipe, tmp_path / "run", events.append, limit=LIMIT, should_stop=after_the_second)
    assert epochs_of(run) == [1, 2]
    first = files_of_epochs(run.folder)[1].read_bytes()
    write_weights(
        run.folder / "epochs" / "0007.npz", [np.zeros(3)]
    )  # of a process killed before its checkpoint
    run = resume(run.folder, quiet)
    assert epochs_of(run) == [1, 2, 3]
    run = resume(run.folder, quiet, extend=1)
    assert epochs_of(run) == [1, 2, 3, 4]
    assert files_of_epochs(run.folder)[1].read_bytes() == first
    assert networks_of(run)[0].kept == 3


def test_training_into_a_used_folder_forgets_its_epochs(tmp_path, recipe):
    train(recipe, tmp_path / "run", quiet, limit=LIMIT)
    shorter = msgspec.structs.replace(
        recipe,
        layers=(Flatten(), Dense(units=10, activation="softmax")),
        training=msgspec.structs.replace(recipe.training, epochs=1),
    )
    run = train(shorter, tmp_path / "run", quiet, limit=LIMIT)
    networks, classifier = networks_of(run)
    assert networks.epochs == (1,)
    image = images()[0]
    np.testing.assert_allclose(
        networks.answers(image)[0], classifier.probabilities(image[None])[0], atol=1e-3
    )


def test_full_disk_ends_no_training(tmp_path, recipe, monkeypatch, caplog):
    def full(path, weights):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(epoch_weights, "write_weights", full)
    run = train(recipe, tmp_path / "run", quiet, limit=LIMIT)
    assert run.record.status == "finished"
    assert epochs_of(run) == []
    assert "No space left" in caplog.text
    with pytest.raises(StudioError, match="has no saved epochs"):
        networks_of(run)


def test_graph_that_cannot_be_written_ends_no_training(tmp_path, recipe, monkeypatch, caplog):
    def broken(model, card, path):
        raise ValueError("no such operation")

    monkeypatch.setattr(epoch_weights, "_write_graph", broken)
    run = train(recipe, tmp_path / "run", quiet, limit=LIMIT)
    assert run.record.status == "finished"
    assert "cannot answer" in caplog.text
    with pytest.raises(StudioError, match="cannot be used yet"):
        networks_of(run)


def test_first_and_last_stay_and_between_them_every_other_or_fourth():
    assert worth_keeping(range(1, 6), 5) == {1, 2, 3, 4, 5}
    assert worth_keeping(range(1, 7), 5) == {1, 2, 4, 6}
    assert worth_keeping(range(1, 12), 5) == {1, 4, 8, 11}
    assert worth_keeping({1, 2, 4, 6, 7}, 5) == {1, 2, 4, 6, 7}
    assert worth_keeping([3], 5) == {3}
    assert worth_keeping(range(1, 4), 1) == set()


def test_many_epochs_stay_below_their_limit(tmp_path):
    weights = [np.zeros((100, 50), np.float32)]  # some 10 kB
    kept = EpochWeights(tmp_path, most_bytes=100_000)
    for epoch in range(1, 101):
        kept.keep(epoch, weights)
        files = files_of_epochs(tmp_path)
        assert {1, epoch} <= set(files)
        assert sum(path.stat().st_size for path in files.values()) <= 100_000
    assert list(files) == [1, 16, 32, 48, 64, 80, 96, 100]


def test_network_too_large_to_keep_leaves_nothing(tmp_path):
    EpochWeights(tmp_path, most_bytes=1000).keep(1, [np.zeros((100, 50), np.float32)])
    assert files_of_epochs(tmp_path) == {}


def test_weights_come_back_within_half_a_step_of_their_filters_scale(tmp_path):
    random = np.random.default_rng(0)
    kernel = (random.normal(0, 1, (3, 3, 4, 5)) * [1e-4, 0.01, 1, 100, 0]).astype(np.float32)
    variance = np.array([3e5, 1e-9, 1], np.float32)  # beyond what 16 bits hold
    wild = np.array([[np.inf, 1.0]], np.float32)
    write_weights(tmp_path / "0001.npz", [kernel, variance, wild])
    back = read_weights(tmp_path / "0001.npz")
    step = np.abs(kernel).max(axis=(0, 1, 2)) / 32767
    assert (np.abs(back[0] - kernel) <= 0.51 * step + 1e-12).all()
    np.testing.assert_array_equal(back[1], variance)
    np.testing.assert_array_equal(back[2], wild)
    assert Path(tmp_path, "0001.npz").stat().st_size < 2 * kernel.size + 2000


def test_files_are_no_program(tmp_path):
    """An epochs folder may come from elsewhere: nothing in it is unpickled."""
    np.savez(tmp_path / "0001.npz", weights_0=np.array([json.loads], dtype=object), allow_pickle=True)
    with pytest.raises(StudioError, match="cannot be read"):
        read_weights(tmp_path / "0001.npz")


def test_graph_takes_the_weights_in_keras_own_order(tmp_path, recipe):
    run = train(recipe, tmp_path / "run", quiet, limit=LIMIT)
    model, _ = load_keras(run.folder / "model.keras")
    kept = read_weights(run.folder / "epochs" / "final.npz")
    for ours, theirs in zip(kept, model.get_weights(), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-3)
