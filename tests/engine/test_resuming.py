"""Pausing, steering, killing, resuming and extending a training: nothing is lost."""

import json
import os
import signal
import subprocess
import sys
import threading

import keras
import msgspec
import numpy as np
import pytest
from sklearn.utils.class_weight import compute_class_weight

from cnn_studio.core.base.errors import Canceled, StudioError
from cnn_studio.core.network.layers import L2, Conv2D, Dense, Dropout, Flatten, MaxPooling2D
from cnn_studio.core.protocol.events import (
    BatchEnded,
    EpochEnded,
    LearningRateChanged,
    TrainingPaused,
    TrainingResumed,
)
from cnn_studio.core.recipes.optimizers import SGD, Adam
from cnn_studio.core.recipes.presets import find_recipe
from cnn_studio.core.recipes.recipe import Augmentation, EarlyStopping, RandomSplit, save_recipe
from cnn_studio.core.recipes.schedules import OneCycle
from cnn_studio.core.runs.run_folder import (
    CHECKPOINT_FILE,
    read_history,
    read_run,
    unfinished_runs,
    write_run,
)
from cnn_studio.engine import trainer
from cnn_studio.engine.builder import build_model
from cnn_studio.engine.early_stopping import EarlyStop
from cnn_studio.engine.model_files import load_keras
from cnn_studio.engine.trainer import resume, train
from cnn_studio.engine.training_control import Control
from cnn_studio.engine.training_step import class_weights

LIMIT = 1500
LAYERS = (
    Conv2D(filters=4, kernel_size=5, activation="relu", kernel_regularizer=L2(l2=1e-4)),
    MaxPooling2D(),
    Flatten(),
    Dropout(rate=0.3),
    Dense(units=10, activation="softmax"),
)


@pytest.fixture
def recipe():
    """Everything that has a state: dropout, augmentation, momentum, a schedule, an average of the weights."""
    quick = find_recipe("studio-quick")
    training = msgspec.structs.replace(
        quick.training,
        epochs=3,
        batch_size=100,
        precision="float32",
        deterministic=True,
        ema_momentum=0.9,
        device="cpu",
    )
    return msgspec.structs.replace(
        quick,
        layers=LAYERS,
        training=training,
        optimizer=Adam(learning_rate=0.003),
        schedule=OneCycle(),
        split=RandomSplit(fraction=0.1),
        augmentation=Augmentation(shift_px=1.0),
    )


def weights_of(run):
    return load_keras(run.folder / "model.keras")[0].get_weights()


def quiet(event):
    del event


KILLED = """
import os, signal, sys
from pathlib import Path
from cnn_studio.core.protocol.events import BatchEnded
from cnn_studio.core.recipes.recipe import load_recipe
from cnn_studio.engine.trainer import train

def report(event):
    if isinstance(event, BatchEnded) and event.epoch == int(sys.argv[3]) and event.step > 3:
        os.kill(os.getpid(), signal.SIGKILL)

train(load_recipe(Path(sys.argv[1])), Path(sys.argv[2]), report, limit=int(sys.argv[4]))
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="Windows has no SIGKILL")
@pytest.mark.parametrize("epoch", [2, 3])
def test_run_killed_in_an_epoch_and_resumed_ends_with_the_same_weights_to_the_bit(tmp_path, recipe, epoch):
    whole = train(recipe, tmp_path / "whole", quiet, limit=LIMIT)
    save_recipe(recipe, tmp_path / "recipe.toml")
    arguments = [str(tmp_path / "recipe.toml"), str(tmp_path / "killed"), str(epoch), str(LIMIT)]
    killed = subprocess.run([sys.executable, "-c", KILLED, *arguments], capture_output=True, env=os.environ)
    assert killed.returncode == -signal.SIGKILL
    assert read_run(tmp_path / "killed").record.status == "running"
    assert len(read_history(tmp_path / "killed")) == epoch - 1
    events = []
    run = resume(tmp_path / "killed", events.append)
    assert [event.epoch for event in events if isinstance(event, EpochEnded)] == list(range(epoch, 4))
    for ours, theirs in zip(weights_of(run), weights_of(whole), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert run.record.result.test_accuracy == whole.record.result.test_accuracy
    assert len(read_history(run.folder)) == 3


def test_finished_run_is_extended_by_the_epochs_asked_for(tmp_path, recipe):
    train(recipe, tmp_path / "run", quiet, limit=LIMIT)
    events = []
    run = resume(tmp_path / "run", events.append, extend=2)
    assert [event.epoch for event in events if isinstance(event, EpochEnded)] == [4, 5]
    assert [row["epoch"] for row in read_history(run.folder)] == [1, 2, 3, 4, 5]
    assert run.record.recipe.training.epochs == 5
    assert run.record.status == "finished"
    assert run.record.result.train_images == 5 * 1350


def test_finished_run_is_not_resumed_without_saying_by_how_much(tmp_path, recipe):
    train(recipe, tmp_path / "run", quiet, limit=LIMIT)
    with pytest.raises(StudioError, match=r"has finished.*how many epochs"):
        resume(tmp_path / "run", quiet)


def test_finished_run_whose_extension_is_stopped_at_once_is_still_the_finished_run(tmp_path, recipe):
    run = train(recipe, tmp_path / "run", quiet, limit=LIMIT)
    with pytest.raises(Canceled):
        resume(run.folder, quiet, extend=5, should_stop=lambda: True)
    assert read_run(run.folder).record == run.record


EXTENDED_AND_KILLED = """
import os, signal, sys
from pathlib import Path
from cnn_studio.core.protocol.events import BatchEnded
from cnn_studio.engine.trainer import resume

def kill(event):
    if isinstance(event, BatchEnded):
        os.kill(os.getpid(), signal.SIGKILL)

resume(Path(sys.argv[1]), kill, extend=3)
"""


def test_finished_run_whose_extension_is_killed_is_still_the_finished_run(tmp_path, recipe):
    run = train(recipe, tmp_path / "run", quiet, limit=LIMIT)
    killed = subprocess.run([sys.executable, "-c", EXTENDED_AND_KILLED, str(run.folder)], capture_output=True)
    assert killed.returncode == -signal.SIGKILL
    assert read_run(run.folder).record == run.record
    again = resume(run.folder, quiet, extend=1)
    assert [row["epoch"] for row in read_history(run.folder)] == [1, 2, 3, 4]
    assert again.record.result.seconds > run.record.result.seconds


def test_finished_run_whose_extension_cannot_be_saved_keeps_its_network_and_its_answers(
    tmp_path, recipe, monkeypatch
):
    """The answers kept must be those of the network kept, not those of one that was lost."""
    run = train(recipe, tmp_path / "run", quiet, limit=LIMIT)
    names = ("evaluation.npz", "model.keras", "model.onnx")
    kept = [(run.folder / name).read_bytes() for name in names]

    def fill_disk(model, card, path):
        path.write_bytes(b"half")
        raise OSError("No space left on device")

    monkeypatch.setattr(trainer, "save_onnx", fill_disk)
    with pytest.raises(OSError, match="No space"):
        resume(run.folder, quiet, extend=1)
    assert [(run.folder / name).read_bytes() for name in names] == kept
    assert read_run(run.folder).record == run.record
    assert not list(run.folder.glob(".*-*"))


@pytest.mark.parametrize("damage", ["missing", "truncated", "of another network"])
def test_checkpoint_that_cannot_be_used_is_explained(tmp_path, recipe, damage):
    run = train(recipe, tmp_path / "run", quiet, limit=LIMIT)
    path = run.folder / CHECKPOINT_FILE
    if damage == "missing":
        path.unlink()
    elif damage == "truncated":
        path.write_bytes(path.read_bytes()[:2000])
    else:
        other = json.loads((run.folder / "run.json").read_text())
        other["recipe"]["layers"][0]["filters"] = 5
        (run.folder / "run.json").write_text(json.dumps(other))
    with pytest.raises(StudioError, match="cannot be resumed"):
        resume(run.folder, quiet, extend=1)


def test_paused_training_waits_and_ends_as_if_it_had_not(tmp_path, recipe):
    plain = train(recipe, tmp_path / "plain", quiet, limit=LIMIT)
    control, events, waited = Control(), [], threading.Event()

    def report(event):
        events.append(event)
        if isinstance(event, BatchEnded) and event.epoch == 2 and not waited.is_set():
            waited.set()
            control.pause()
        if isinstance(event, TrainingPaused):
            threading.Timer(0.3, control.resume).start()

    run = train(recipe, tmp_path / "run", report, limit=LIMIT, control=control)
    kinds = [type(event) for event in events if isinstance(event, TrainingPaused | TrainingResumed)]
    assert kinds == [TrainingPaused, TrainingResumed]
    for ours, theirs in zip(weights_of(run), weights_of(plain), strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_paused_training_can_be_stopped(tmp_path, recipe):
    control = Control()

    def report(event):
        if isinstance(event, BatchEnded):
            control.pause()
        if isinstance(event, TrainingPaused):
            threading.Timer(0.1, control.stop).start()

    assert train(recipe, tmp_path / "run", report, limit=LIMIT, control=control).record.status == "stopped"


def test_learning_rate_a_person_sets_is_taken_and_recorded(tmp_path, recipe):
    control, events = Control(), []
    constant = msgspec.structs.replace(recipe, schedule=find_recipe("fashion-3conv").schedule)

    def report(event):
        events.append(event)
        if isinstance(event, EpochEnded) and event.epoch == 1:
            control.set_learning_rate(0.0005)

    run = train(constant, tmp_path / "run", report, limit=LIMIT, control=control)
    assert [row["learning_rate"] for row in read_history(run.folder)] == pytest.approx(
        [0.003, 0.0005, 0.0005]
    )
    (changed,) = [event for event in events if isinstance(event, LearningRateChanged)]
    assert (changed.epoch, changed.by) == (2, "person")


def test_early_stopping_ends_where_keras_does_and_goes_back_to_the_best_weights():
    losses = [1.0, 0.8, 0.79, 0.81, 0.795, 0.8, 0.5]
    rule = EarlyStopping(monitor="val_loss", patience=3, min_delta=0.001)
    network = build_model(find_recipe("studio-quick"), mnist())
    theirs = keras.callbacks.EarlyStopping("val_loss", min_delta=0.001, patience=3, restore_best_weights=True)
    network.stop_training = False
    theirs.set_model(network)
    theirs.on_train_begin()
    ours = EarlyStop(rule)
    ends = []
    for epoch, loss in enumerate(losses):
        network.layers[0].bias.assign(np.full(16, epoch, np.float32))
        theirs.on_epoch_end(epoch, {"val_loss": loss})
        ends.append(ours.after_epoch({"val_loss": loss, "val_accuracy": None}, network))
        if network.stop_training or ends[-1]:
            break
    assert ends == [False, False, False, False, False, True]
    assert network.stop_training
    assert ours.best[1][0] == 2.0  # the bias as it was in the epoch of 0.79
    theirs.on_train_end()
    assert network.layers[0].bias.numpy()[0] == 2.0


def test_early_stopped_run_keeps_its_best_epoch(tmp_path, recipe):
    training = msgspec.structs.replace(recipe.training, epochs=30, ema_momentum=0.0)
    rule = EarlyStopping(monitor="val_accuracy", patience=1, min_delta=0.2)
    stopping = msgspec.structs.replace(
        recipe, training=training, early_stopping=rule, optimizer=SGD(learning_rate=0.1), schedule=OneCycle()
    )
    run = train(stopping, tmp_path / "run", quiet, limit=LIMIT)
    assert run.record.status == "finished"
    first = len(read_history(run.folder))
    assert first < 30
    longer = msgspec.structs.replace(rule, patience=9)  # so that it is the request that ends it
    write_run(
        run.folder,
        msgspec.structs.replace(
            run.record, recipe=msgspec.structs.replace(run.record.recipe, early_stopping=longer)
        ),
    )
    resume(run.folder, quiet, extend=3)
    assert len(read_history(run.folder)) == first + 3


def test_stopped_run_goes_on_by_fewer_epochs_than_its_recipe_says(tmp_path, recipe):
    events = []
    train(
        recipe,
        tmp_path / "run",
        events.append,
        limit=LIMIT,
        should_stop=lambda: sum(isinstance(event, EpochEnded) for event in events) == 1,
    )
    assert read_run(tmp_path / "run").record.status == "stopped"
    run = resume(tmp_path / "run", quiet, extend=-1)
    assert [row["epoch"] for row in read_history(run.folder)] == [1, 2]
    assert run.record.status == "finished"


def test_stopped_run_cannot_be_shortened_to_before_where_it_is(tmp_path, recipe):
    events = []
    train(
        recipe,
        tmp_path / "run",
        events.append,
        limit=LIMIT,
        should_stop=lambda: sum(isinstance(event, EpochEnded) for event in events) == 2,
    )
    with pytest.raises(StudioError, match=r"2 epochs are done, and the total would be 1.*0 epochs or more"):
        resume(tmp_path / "run", quiet, extend=-2)


def test_balanced_class_weights_are_those_of_scikit_learn():
    labels = np.array([0] * 50 + [1] * 5 + [2] * 20, np.int32)
    expected = compute_class_weight("balanced", classes=np.arange(3), y=labels)
    np.testing.assert_allclose(class_weights(labels, 3), expected, rtol=1e-6)
    assert class_weights(labels, 4)[3] == 0.0


def mnist():
    from cnn_studio.core.datasets.registry import dataset_info

    return dataset_info("mnist")


def test_run_that_is_being_trained_is_not_taken_up_by_another_process_and_is_unfinished_once_killed(
    tmp_path, recipe
):
    folder = tmp_path / "run"
    refused = []

    def report(event):
        if isinstance(event, EpochEnded) and event.epoch == 2:
            assert unfinished_runs(tmp_path) == []
            with pytest.raises(StudioError) as raised:
                resume(folder, lambda event: None)
            refused.append(raised.value.what)
            raise KeyboardInterrupt  # stands for a kill; the record is put back below

    with pytest.raises(KeyboardInterrupt):
        train(recipe, folder, report, limit=LIMIT)
    assert refused == ["The run run is being trained."]
    record = read_run(folder).record
    write_run(folder, msgspec.structs.replace(record, status="running"))
    assert [run.folder for run in unfinished_runs(tmp_path)] == [folder]
