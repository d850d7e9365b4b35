"""A training that is watched: what can be seen of it while it learns is what Keras would show, and it learns the same."""

import msgspec
import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from cnn_studio.core.datasets.registry import load_subset
from cnn_studio.core.network.layers import BatchNormalization, Conv2D, Dense, Dropout, Flatten, MaxPooling2D
from cnn_studio.core.protocol.events import BatchEnded, EpochEnded, StageEntered
from cnn_studio.core.recipes.presets import find_recipe
from cnn_studio.core.runs.epoch_weight_files import files_of_epochs, read_weights
from cnn_studio.engine import epoch_weights, live_weights
from cnn_studio.engine.model_files import load_keras
from cnn_studio.engine.trainer import train
from cnn_studio.engine.training_control import Control
from cnn_studio.inference.activations import Activations
from cnn_studio.inference.classifier import Classifier
from cnn_studio.inference.live_network import NOW, LiveNetwork

LIMIT = 1500
LAYERS = (
    Conv2D(filters=6, kernel_size=5, activation="relu"),
    BatchNormalization(),
    MaxPooling2D(),
    Conv2D(filters=4, kernel_size=3),
    Flatten(),
    Dropout(rate=0.3),
    Dense(units=10, activation="softmax"),
)


@pytest.fixture
def recipe():
    quick = find_recipe("studio-quick")
    training = msgspec.structs.replace(
        quick.training, epochs=3, batch_size=50, precision="float32", deterministic=True, device="cpu"
    )
    return msgspec.structs.replace(quick, layers=LAYERS, training=training)


@pytest.fixture
def often(monkeypatch):
    """Whoever watches looks as often as the time allows, not once a second."""
    monkeypatch.setattr(live_weights, "SECONDS_BETWEEN_LOOKS", 0.0)
    monkeypatch.setattr(live_weights, "SHARE_OF_THE_TIME", 0.9)


def watched():
    control = Control()
    control.watch(True)
    return control


def image(number=0):
    return load_subset("mnist", "test")[0][number]


def test_network_can_be_seen_from_the_first_batches_on_and_each_epoch_as_it_is_told(tmp_path, recipe, often):
    folder, seen, told = tmp_path / "run", [], []

    def look(event):
        if isinstance(event, BatchEnded) and event.epoch == 1 and not seen and (folder / "epochs").exists():
            run = LiveNetwork(folder)
            assert run.learning and run.epochs() == ()
            seen.append(run.look(NOW, image(), 0))
        if isinstance(event, EpochEnded):
            told.append(LiveNetwork(folder).epochs())

    train(recipe, folder, look, limit=LIMIT, control=watched())
    assert told == [(1,), (1, 2), (1, 2, 3)]
    assert seen[0].maps.shape == (24, 24, 6) and seen[0].filters.shape == (5, 5, 1, 6)
    assert not LiveNetwork(folder).learning  # the weights of the moment go with the training
    assert not list(folder.rglob("now.npz"))


def test_what_is_seen_of_the_last_epoch_is_what_the_finished_model_shows(tmp_path, recipe):
    run = train(recipe, tmp_path / "run", lambda event: None, limit=LIMIT)
    ours = LiveNetwork(run.folder)
    model, card = load_keras(run.folder / "model.keras")
    assert ours.card == card
    pixels = image(7)
    first, second = (ours.look(3, pixels, number) for number in (0, 1))
    np.testing.assert_allclose(
        first.probabilities, Classifier(run.folder / "model.onnx").probabilities(pixels[None])[0], atol=1e-3
    )
    np.testing.assert_allclose(ours.answer(3, pixels), first.probabilities, atol=1e-6)
    np.testing.assert_allclose(first.filters, model.get_weights()[0], atol=1e-4)
    activations = Activations((run.folder / "model.onnx").read_bytes(), card)
    kinds = [output.kind for output in activations.layer_outputs]
    theirs = activations.maps(pixels)
    np.testing.assert_allclose(first.maps, theirs[kinds.index("activation")], atol=1e-2)
    np.testing.assert_allclose(second.maps, theirs[len(kinds) - 1], atol=1e-2)
    assert np.abs(ours.answer(1, pixels) - ours.answer(3, pixels)).max() > 0.01


def test_watching_changes_nothing_of_what_is_learned(tmp_path, recipe, often):
    train(recipe, tmp_path / "alone", lambda event: None, limit=LIMIT)
    train(recipe, tmp_path / "seen", lambda event: None, limit=LIMIT, control=watched())
    alone, seen = (read_weights(files_of_epochs(tmp_path / name)[3]) for name in ("alone", "seen"))
    for ours, theirs in zip(alone, seen, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_nobody_watching_costs_nothing_until_the_run_has_ended(tmp_path, recipe):
    folder, there = tmp_path / "run", []

    def look(event):
        if isinstance(event, BatchEnded | EpochEnded):
            there.append([path.name for path in (folder / "epochs").glob("*") if path.suffix != ".npz"])
            assert not (folder / "epochs" / "now.npz").exists()

    train(recipe, folder, look, limit=LIMIT)
    assert not any(there)
    assert (folder / "epochs" / "network.onnx").exists()


def test_graph_that_cannot_be_written_is_logged_once_and_ends_no_training(
    tmp_path, recipe, often, monkeypatch, caplog
):
    def broken(model, card, path):
        raise ValueError("no such operation")

    monkeypatch.setattr(epoch_weights, "_write_graph", broken)
    run = train(recipe, tmp_path / "run", lambda event: None, limit=LIMIT, control=watched())
    assert run.record.status == "finished"
    assert caplog.text.count("cannot be watched") == 1


def test_tasks_are_run_between_batches_in_their_order_and_may_come_while_paused(tmp_path, recipe):
    control, done, events = Control(), [], []

    def hear(event):
        events.append(event)
        if isinstance(event, BatchEnded) and len(events) == 2:
            control.send(lambda: done.append(("first", len(events))))
            control.send(lambda: done.append(("second", len(events))))

    train(recipe, tmp_path / "run", hear, limit=LIMIT, control=control)
    assert [name for name, _ in done] == ["first", "second"]
    assert {heard for _, heard in done} == {2}  # before anything else was told
    validating = []

    def hear_the_validation(event):
        validating.append(event)
        if isinstance(event, StageEntered) and "validating" in event.text:
            control.send(lambda: done.append(("third", type(validating[-1]))))

    train(recipe, tmp_path / "other", hear_the_validation, limit=LIMIT, control=control)
    assert done[2:] == [("third", StageEntered)] * 3  # before the epoch was told
    paused = Control()
    paused.pause()
    paused.send(paused.resume)
    paused.wait()  # returns only if the task was run
    assert not paused.paused


def test_graph_holds_no_weights(tmp_path, recipe):
    run = train(recipe, tmp_path / "run", lambda event: None, limit=LIMIT)
    graph = onnx.load(run.folder / "epochs" / "network.onnx").graph
    assert sum(numpy_helper.to_array(tensor).size for tensor in graph.initializer) < 100
