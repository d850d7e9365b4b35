"""The window and its engine's process: stand-ins that load for ever, die, or do not stop."""

import sys

import msgspec
import psutil
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from staging import finish, make_run, wait

from cnn_studio.core.base.settings import Settings
from cnn_studio.core.protocol.events import WorkerStarted
from cnn_studio.core.recipes.presets import find_recipe
from cnn_studio.core.runs.run_folder import read_run, write_run
from cnn_studio.ui.shell.composition import Studio

LEFT = Qt.MouseButton.LeftButton
LOADING = "import sys; sys.stdin.buffer.read()"
DYING = "import sys; sys.exit(7)"
DEAF = """
import json, os, struct, sys

def send(**fields):
    body = json.dumps(fields).encode()
    sys.stdout.buffer.write(struct.pack("<I", len(body)) + body)
    sys.stdout.buffer.flush()

send(event="hello", protocol=1, pid=os.getpid(), versions={}, seconds=0.0)
while head := sys.stdin.buffer.read(4):
    command = json.loads(sys.stdin.buffer.read(struct.unpack("<I", head)[0]))
    if command["command"] == "devices":
        send(event="devices", devices=[{"id": "cpu", "title": "CPU, 2 cores", "usable": True}])
    if command["command"] == "start":
        send(event="started", job=command["job"], run="RUN", epochs=2, steps=9, train_images=9,
             validation_images=0, device="cpu", precision="float32")
"""


@pytest.fixture
def open_studio(qapp, qtbot, tmp_path):
    """Open the real window on a stand-in worker."""
    made = []

    def start(code):
        studio = Studio(Settings(theme="light"), tmp_path / "runs", None, [sys.executable, "-c", code])
        made.append(studio)
        with qtbot.waitExposed(studio.window):
            studio.show()
        return studio

    yield start
    for studio in made:
        finish(studio.window)
        assert studio.engine.worker_pid is None


def test_engine_starts_after_the_first_paint(qapp, qtbot, tmp_path):
    studio = Studio(Settings(theme="light"), tmp_path / "runs", None, [sys.executable, "-c", LOADING])
    assert studio.engine.worker_pid is None
    with qtbot.waitSignal(studio.engine.state_changed) as state:
        studio.show()
    assert state.args[0].startswith("Engine starting")
    assert studio.window.findChild(QLabel, "engineState").text() == state.args[0]
    pid = studio.engine.worker_pid
    finish(studio.window)
    assert not psutil.pid_exists(pid)


def test_ready_engine_names_its_device(open_studio, qtbot):
    studio = open_studio(DEAF)
    wait(qtbot, studio.engine.state_changed, lambda: studio.engine.ready)
    assert studio.window.findChild(QLabel, "engineState").text() == "Engine ready on CPU, 2 cores"


def test_training_asked_for_while_the_engine_loads_does_not_leave_it_starting(open_studio, qtbot):
    """The devices are listed after it, which may be hours later."""
    studio = open_studio(DEAF.replace('"devices"', '"never"'))
    engine = studio.engine
    engine.train(find_recipe("studio-quick"))
    wait(qtbot, engine.state_changed, lambda: engine.ready)
    assert studio.window.findChild(QLabel, "engineState").text() == "Engine ready"


def test_train_with_an_engine_that_never_starts_is_explained(open_studio, qtbot, expected_log):
    expected_log.append("The worker ended: Its process ended with exit status 7.")
    studio = open_studio(DYING)
    window, engine = studio.window, studio.engine
    wait(qtbot, engine.state_changed, lambda: engine.state == "Engine not available")
    window.show_tab("trainTab")
    with qtbot.waitSignal(window.train.ended, timeout=5000):
        qtbot.mouseClick(window.train.train_button, LEFT)
    assert window.train.banner.isVisible()
    assert window.train.train_button.isEnabled()
    assert not window.train.training


def test_stop_while_the_engine_loads_ends_the_wait(open_studio, qtbot):
    studio = open_studio(LOADING)
    window = studio.window
    wait(qtbot, studio.engine.state_changed, lambda: studio.engine.worker_pid is not None)
    window.show_tab("trainTab")
    qtbot.mouseClick(window.train.train_button, LEFT)
    with qtbot.waitSignal(window.train.ended, timeout=5000):
        qtbot.mouseClick(window.train.stop_button, LEFT)
    assert not window.train.training
    assert window.train.train_button.isEnabled()
    assert not window.train.stop_button.isEnabled()
    assert window.train.stop_button.text() == "Stop"
    assert window.findChild(QLabel, "trainStatus").text() == "Stopped"


def test_run_whose_engine_was_ended_by_stop_is_not_called_running(open_studio, qtbot, tmp_path, expected_log):
    """Its worker can no longer say so in its folder."""
    expected_log.append("The worker ended: Its process was ended by signal 15.")
    folder = make_run(tmp_path / "runs")
    run = read_run(folder)
    write_run(folder, msgspec.structs.replace(run.record, status="running", result=None))
    studio = open_studio(DEAF.replace("RUN", folder.name))
    window = studio.window
    wait(qtbot, studio.engine.state_changed, lambda: studio.engine.ready)
    window.show_tab("trainTab")
    with qtbot.waitSignal(studio.engine.run_started):
        qtbot.mouseClick(window.train.train_button, LEFT)
    qtbot.mouseClick(window.train.stop_button, LEFT)
    with qtbot.waitSignal(window.train._patience.timeout):
        window.train._patience.start(0)
    with qtbot.waitSignal(window.train.ended, timeout=1500):  # the client itself would wait 2 s
        qtbot.mouseClick(window.train.stop_button, LEFT)
    assert read_run(folder).record.status != "running"
    assert window.train.train_button.isEnabled()


def test_person_does_not_notice_a_new_engine_after_a_training_on_a_gpu(open_studio, qtbot, expected_log):
    """It stays ready, the devices stay listed and are not tried again, and the next training runs."""
    once = DEAF.replace('"cpu", "title": "CPU, 2 cores"', '"gpu:0", "title": "GPU 0"')
    ending = 'device="gpu:0", precision="float32")\n        send(event="canceled", job=command["job"])'
    studio = open_studio(once.replace('device="cpu", precision="float32")', ending))
    expected_log.append("The run RUN could not be marked as failed")
    engine, told = studio.engine, []
    wait(qtbot, engine.state_changed, lambda: engine.ready)
    engine.state_changed.connect(lambda *state: told.append(state))
    engine.devices_changed.connect(lambda devices: told.append(devices))
    for _ in range(2):
        first, greetings = engine.worker_pid, []
        engine._arrived.connect(greetings.append)
        engine.train(find_recipe("studio-quick"))
        wait(
            qtbot,
            engine._arrived,
            lambda greetings=greetings: any(isinstance(e, WorkerStarted) for e in greetings),
        )
        assert engine.worker_pid != first
    assert told == []
    assert engine.ready
    assert [device.id for device in engine.devices] == ["gpu:0"]
