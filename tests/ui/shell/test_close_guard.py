"""Closing the window: what is asked before work would be lost, and what must not keep it open."""

import subprocess
import sys

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox
from staging import done, make_run, started

from cnn_studio.core.protocol.events import ExportEnded, JobCanceled
from cnn_studio.ui.shell import main_window

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def answers(monkeypatch):
    """Click the buttons with these texts in the questions to come; return the questions."""
    asked = []

    def prepare(*texts, meanwhile=lambda: None):
        left = list(texts)

        def execute(box):
            asked.append(box.text())
            meanwhile()
            text = left.pop(0)
            (button,) = (button for button in box.buttons() if button.text() == text)
            monkeypatch.setattr(QMessageBox, "clickedButton", lambda self: button)

        monkeypatch.setattr(QMessageBox, "exec", execute)
        return asked

    return prepare


def test_stop_and_keep_after_stop_does_not_stop_again(window, train, engine, qtbot, answers):
    qtbot.mouseClick(train.train_button, LEFT)
    engine.heard.emit(started(engine.jobs[-1]))
    qtbot.mouseClick(train.stop_button, LEFT)
    answers("Stop and keep", "Stop and keep")
    assert not window.close()
    assert not window.close()
    assert engine.canceled == engine.jobs  # once: asked again the client ends the worker while it saves
    with qtbot.waitSignal(window.closed):
        engine.heard.emit(done(engine.jobs[-1], stopped=True))


def test_keep_training_keeps_the_window_when_the_training_ends_meanwhile(
    window, train, engine, qtbot, answers
):
    qtbot.mouseClick(train.train_button, LEFT)
    asked = answers("Cancel", meanwhile=lambda: engine.heard.emit(done(engine.jobs[-1])))
    assert not window.close()
    assert window.isVisible()
    assert asked == ["Training is running."]


def test_stop_and_keep_closes_at_once_when_the_training_ended_meanwhile(
    window, train, engine, qtbot, answers
):
    qtbot.mouseClick(train.train_button, LEFT)
    answers("Stop and keep", meanwhile=lambda: engine.heard.emit(done(engine.jobs[-1])))
    assert window.close()
    assert engine.canceled == []


@pytest.mark.parametrize("job", ["export", "opening", "evaluation"])
def test_open_job_is_named_before_it_is_lost(window, engine, answers, tmp_path, job):
    if job == "export":
        engine.export(tmp_path, "onnx", tmp_path / "net.onnx")
    elif job == "opening":
        window.open_model(str(tmp_path / "net.keras"))
    else:
        engine.evaluate(tmp_path, tmp_path / "evaluation.npz")
    asked = answers("Keep it running", "Close anyway")
    assert not window.close()
    assert window.isVisible()
    assert window.close()
    said = {"export": "An export is", "opening": "A model is being", "evaluation": "An evaluation is"}
    assert [text.startswith(said[job]) for text in asked] == [True, True]


def test_jobs_that_have_ended_are_not_asked_about(window, engine, answers, tmp_path):
    asked = answers()
    for end in (
        lambda job: ExportEnded(
            job=job, path="x", format="onnx", bytes=1, images=1, same_predictions=1, largest_difference=0.0
        ),
        lambda job: JobCanceled(job=job),
    ):
        engine.heard.emit(end(engine.export(tmp_path, "onnx", tmp_path / "net.onnx")))
    assert window.close()
    assert asked == []


def test_unwritable_home_does_not_keep_the_engine(window, engine, monkeypatch, expected_log):
    expected_log.append("The settings could not be saved")

    def refuse(settings):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(main_window, "save_settings", refuse)
    assert window.close()
    assert engine.ended


def test_queued_job_is_taken_out_without_ending_the_worker(engine, qtbot, monkeypatch, tmp_path):
    """The worker works on the training: it could not answer, and would be ended after 2 s."""
    sent = []
    monkeypatch.setattr(engine._client, "tell", sent.append)
    monkeypatch.setattr(engine._client, "cancel", lambda job: pytest.fail("the worker would be ended"))
    first = engine.export(make_run(tmp_path / "runs"), "onnx", tmp_path / "first.onnx")
    second = engine.export(tmp_path, "onnx", tmp_path / "second.onnx")
    assert engine.waits(second)
    assert not engine.waits(first)
    with qtbot.waitSignal(engine.job_ended) as heard:
        super(type(engine), engine).cancel(second)
    assert heard.args == [JobCanceled(job=second)]
    assert [command.job for command in sent] == [second]


LINGERING = """
import time
from pathlib import Path
from PySide6.QtCore import QTimer
from cnn_studio.core.base.settings import Settings
from cnn_studio.ui.data import data_field
from cnn_studio.ui.shell.composition import Studio

data_field.look_at = lambda path: time.sleep(600)
studio = Studio(Settings(theme="light"), Path("runs"), None, ["false"])
studio.engine.start = lambda: None
studio.show()
studio.window.train.panel.open_data(Path("big"))
QTimer.singleShot(100, studio.window.close)
raise SystemExit(studio.serve())
"""


def test_process_ends_although_a_large_folder_is_being_read(tmp_path):
    ended = subprocess.run(
        [sys.executable, "-c", LINGERING],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
