"""Pausing, steering and extending a training from the Train tab; the engine is a stand-in that listens."""

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from staging import batch, done, epoch, make_run, started, write_checkpoint

from cnn_studio.core.protocol.events import TrainingPaused, TrainingResumed
from cnn_studio.core.runs.run_folder import read_run, write_history, write_run
from cnn_studio.ui.train import progress_figures

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def asked(engine, monkeypatch):
    """What the engine is asked about a running job, in order."""
    wishes = []
    for name in ("pause", "go_on", "change_learning_rate"):
        monkeypatch.setattr(
            engine, name, lambda *values, name=name: wishes.append((name, *values)) or "later"
        )
    return wishes


@pytest.fixture
def job(train, engine, qtbot):
    """A training that has begun."""
    qtbot.mouseClick(train.train_button, LEFT)
    engine.heard.emit(started(engine.jobs[-1]))
    engine.heard.emit(batch(engine.jobs[-1]))
    return engine.jobs[-1]


def test_nothing_can_be_paused_before_the_training_begins(train, engine, qtbot):
    assert not train.pause_button.isEnabled()
    qtbot.mouseClick(train.train_button, LEFT)
    assert not train.pause_button.isEnabled()
    engine.heard.emit(started(engine.jobs[-1]))
    assert train.pause_button.isEnabled()


def test_pause_becomes_go_on_when_the_engine_says_so_and_back(train, engine, qtbot, asked, job):
    qtbot.mouseClick(train.pause_button, LEFT)
    assert asked == [("pause", job)]
    assert not train.pause_button.isEnabled()
    engine.heard.emit(TrainingPaused(job=job, epoch=1))
    assert train.pause_button.isEnabled()
    assert train.pause_button.text() == "Resume"
    qtbot.mouseClick(train.pause_button, LEFT)
    assert asked[-1] == ("go_on", job)
    engine.heard.emit(TrainingResumed(job=job, epoch=1))
    assert train.pause_button.text() == "Pause"


def test_learning_rate_typed_while_training_is_sent_once(train, qtbot, asked, job):
    field = train.view.rate.spin
    assert field.isEnabled()
    field.selectAll()
    qtbot.keyClicks(field, "0.0025")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert asked == [("change_learning_rate", job, 0.0025)]


def test_pause_does_not_count_in_the_time_left(train, engine, monkeypatch, job):
    clock = [1000.0]
    monkeypatch.setattr(progress_figures.time, "monotonic", lambda: clock[0])
    engine.heard.emit(started(job, epochs=1, steps=10))
    clock[0] += 10
    engine.heard.emit(batch(job, epoch=1, step=5))
    engine.heard.emit(TrainingPaused(job=job, epoch=1))
    clock[0] += 3600
    engine.heard.emit(TrainingResumed(job=job, epoch=1))
    clock[0] += 2
    engine.heard.emit(batch(job, epoch=1, step=6))
    assert train.view.findChild(QLabel, "leftFigure").text() == "0:08"  # 12 s for 6 steps, 4 to go
    assert train.view.findChild(QLabel, "elapsedFigure").text() == "0:12"


ROWS = [{"epoch": n, "loss": 1.0 / n, "accuracy": 0.9, "val_loss": 0.5, "val_accuracy": 0.8} for n in (1, 2)]
STOPPED_ROW = {"epoch": 3, "loss": 0.1, "accuracy": 0.99, "val_loss": None, "val_accuracy": None}


@pytest.fixture
def stopped(tmp_path):
    """A run that was stopped while its third epoch was validated: two whole epochs are kept."""
    folder = make_run(tmp_path / "more")
    write_history(folder, [*ROWS, STOPPED_ROW])
    write_checkpoint(folder, 2)
    record = read_run(folder).record
    training = msgspec.structs.replace(record.recipe.training, epochs=5)
    recipe = msgspec.structs.replace(record.recipe, training=training)
    write_run(folder, msgspec.structs.replace(record, recipe=recipe, status="stopped"))
    return folder


@pytest.mark.parametrize("more", [4, 1])
def test_stopped_run_is_trained_further_by_as_many_epochs_as_stand_beside_the_button(
    train, engine, qtbot, job, stopped, more
):
    assert not train.extend_button.isVisible()
    engine.heard.emit(done(job, stopped, stopped=True))
    train.buttons.extension.setValue(more)
    qtbot.mouseClick(train.extend_button, LEFT)
    assert engine.resumed == [(stopped, 2 + more - 5)]  # the engine adds them to the recipe's five
    assert [number for number, _ in train.view.accuracy.points["training"]] == [1, 2]
    engine.heard.emit(done(engine.jobs[-1], stopped))
    assert not train.training


def test_run_without_a_checkpoint_cannot_be_trained_further(train, engine, job, tmp_path):
    engine.heard.emit(done(job, make_run(tmp_path / "more")))
    assert not train.extend_button.isVisible()


def test_run_that_stopped_early_by_itself_is_extended_by_what_stands_beside_the_button(
    train, engine, qtbot, job, stopped
):
    record = read_run(stopped).record
    write_run(stopped, msgspec.structs.replace(record, status="finished"))
    engine.heard.emit(done(job, stopped))
    train.buttons.extension.setValue(3)
    qtbot.mouseClick(train.extend_button, LEFT)
    assert engine.resumed == [(stopped, 3)]


def test_epoch_that_is_learned_again_is_drawn_once(train, engine, job):
    for number, validated in ((1, 0.8), (2, 0.85), (3, None), (3, 0.86)):
        engine.heard.emit(epoch(job, number, 0.9, validated))
    assert [number for number, _ in train.view.accuracy.points["training"]] == [1, 2, 3]
    assert [number for number, _ in train.view.accuracy.points["validation"]] == [1, 2, 3]
    assert train.view.accuracy.best_epoch == 3


def test_training_accuracy_does_not_compete_with_validated_epochs(train, engine, job):
    for number, validated in ((1, 0.8), (2, 0.85), (3, None)):
        engine.heard.emit(epoch(job, number, 0.9 + 0.02 * number, validated))
    assert train.view.accuracy.best_epoch == 2
