"""Pausing, steering and extending a training from the Train tab; the engine is a stand-in that listens."""

import pytest
from PySide6.QtCore import Qt
from staging import batch, done, epoch, make_run, started

from cnn_studio.core.events import TrainingPaused, TrainingResumed
from cnn_studio.core.runs import write_history

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def asked(engine, monkeypatch):
    """What the engine is asked about a running job, in order."""
    wishes = []
    for name in ("pause", "go_on", "change_learning_rate", "resume"):
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
    assert train.pause_button.text() == "Go on"
    qtbot.mouseClick(train.pause_button, LEFT)
    assert asked[-1] == ("go_on", job)
    engine.heard.emit(TrainingResumed(job=job, epoch=1))
    assert train.pause_button.text() == "Pause"


def test_learning_rate_typed_while_training_is_sent_once(train, qtbot, asked, job):
    field = train.panel.learning_rate
    assert field.isEnabled()
    field.setValue(0.0025)
    qtbot.keyClick(field, Qt.Key.Key_Return)
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert asked == [("change_learning_rate", job, 0.0025)]


def test_finished_run_is_trained_further_by_the_epochs_of_the_form(
    train, engine, qtbot, asked, job, tmp_path
):
    folder = make_run(tmp_path / "more")
    rows = [
        {"epoch": n, "loss": 1.0 / n, "accuracy": 0.9, "val_loss": 0.5, "val_accuracy": 0.8} for n in (1, 2)
    ]
    write_history(folder, rows)
    assert not train.extend_button.isVisible()
    engine.heard.emit(epoch(job, 1, 0.9, 0.8))
    engine.heard.emit(done(job, folder))
    assert train.extend_button.isVisible()
    train.panel.epochs.setValue(4)
    qtbot.mouseClick(train.extend_button, LEFT)
    assert asked == [("resume", folder, 4)]
    assert [number for number, _ in train.view.accuracy.points["training"]] == [1, 2]
    engine.heard.emit(done("later", folder))
    assert not train.training
