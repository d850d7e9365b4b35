"""Training on without a window, a second launch, and messages of the desktop."""

import subprocess
import sys
from contextlib import ExitStack

import pytest
from PySide6.QtCore import QCoreApplication, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QMessageBox, QSystemTrayIcon
from staging import done, epoch, started

from cnn_studio.app import run_window
from cnn_studio.core.base.file_lock import occupying
from cnn_studio.core.protocol.events import JobFailed, TrainingPaused
from cnn_studio.core.recipes.presets import find_recipe
from cnn_studio.core.training.sweep import seeds
from cnn_studio.core.training.training_queue import load_queue
from cnn_studio.ui.shell.end_notification import EndNotification
from cnn_studio.ui.shell.single_instance import SingleInstance, call_first, server_name

LEFT = Qt.MouseButton.LeftButton
QUICK = find_recipe("studio-quick")
BACKGROUND = "Keep training in the background"


@pytest.fixture
def answer(monkeypatch):
    """Click a button of the next question; return all that was asked."""
    asked = []

    def prepare(text):
        def execute(box):
            asked.append(f"{box.text()} {box.informativeText()}")
            (button,) = (button for button in box.buttons() if button.text() == text)
            monkeypatch.setattr(QMessageBox, "clickedButton", lambda self: button)

        monkeypatch.setattr(QMessageBox, "exec", execute)
        return asked

    return prepare


@pytest.fixture
def hidden(window, train, engine, qtbot, answer):
    """A training under way whose window was closed into the background; it comes back at the end."""
    engine.ready = True
    qtbot.mouseClick(train.train_button, LEFT)
    engine.heard.emit(started(engine.jobs[-1]))
    answer(BACKGROUND)
    assert not window.close()
    yield window
    if window.background.active:
        window.background.bring_back()


def test_the_window_hides_and_the_training_goes_on(hidden, engine, qtbot):
    assert not hidden.isVisible()
    assert engine.canceled == []
    assert not engine.ended


def test_the_program_ends_by_itself_when_the_training_has_ended(hidden, engine, qtbot):
    with qtbot.waitSignal(hidden.closed):
        engine.heard.emit(done(engine.jobs[-1]))
    assert engine.ended


def test_the_program_ends_by_itself_when_the_training_failed(hidden, engine, qtbot):
    with qtbot.waitSignal(hidden.closed):
        engine.heard.emit(JobFailed(job=engine.jobs[-1], what="It diverged."))


def test_a_window_brought_back_stays_when_the_training_has_ended(hidden, engine, qtbot):
    hidden.background.bring_back()
    assert hidden.isVisible()
    engine.heard.emit(done(engine.jobs[-1]))
    later = QTimer(interval=0, singleShot=True)
    with qtbot.waitSignal(later.timeout):  # a turn of the event loop later
        later.start()
    QCoreApplication.processEvents()
    assert hidden.isVisible()
    assert not engine.ended


def test_stop_in_the_tray_keeps_what_was_learned_and_ends_the_program(hidden, engine, qtbot):
    hidden.tray.stop_requested.emit()
    assert engine.canceled == engine.jobs
    with qtbot.waitSignal(hidden.closed):
        engine.heard.emit(done(engine.jobs[-1], stopped=True))


def test_the_whole_queue_is_trained_in_the_background(window, train, engine, qtbot, answer):
    engine.ready = True
    window.queue.queue.add(seeds(QUICK, "0-2"))
    window.queue.queue.start()
    asked = answer(BACKGROUND)
    assert not window.close()
    assert asked[0].startswith("Training is running. 2 more wait")
    for number in range(3):
        assert len(engine.jobs) == number + 1
        assert not engine.ended
        engine.heard.emit(started(engine.jobs[-1]))
        ended = window.closed if number == 2 else window.queue.queue.row_changed
        with qtbot.waitSignal(ended):
            engine.heard.emit(done(engine.jobs[-1]))
        if number < 2:
            qtbot.waitUntil(lambda number=number: len(engine.jobs) == number + 2)
    assert [row.state for row in window.queue.queue.rows] == ["done"] * 3


def test_stop_and_keep_holds_the_queue(window, train, engine, qtbot, answer):
    engine.ready = True
    window.queue.queue.add(seeds(QUICK, "0-1"))
    window.queue.queue.start()
    answer("Stop and keep")
    assert not window.close()
    with qtbot.waitSignal(window.closed):
        engine.heard.emit(done(engine.jobs[-1], stopped=True))
    assert len(engine.jobs) == 1
    assert [row.state for row in window.queue.queue.rows] == ["stopped", "waiting"]


def test_a_paused_training_goes_on_in_the_background(window, train, engine, qtbot, answer, monkeypatch):
    went_on = []
    monkeypatch.setattr(engine, "go_on", went_on.append)
    qtbot.mouseClick(train.train_button, LEFT)
    engine.heard.emit(started(engine.jobs[-1]))
    engine.heard.emit(TrainingPaused(job=engine.jobs[-1], epoch=1))
    answer(BACKGROUND)
    window.close()
    assert went_on == engine.jobs
    window.background.bring_back()


def test_dialogs_hide_with_the_window_and_come_back(window, train, engine, qtbot, answer):
    dialog = QDialog(window)
    dialog.show()
    qtbot.mouseClick(train.train_button, LEFT)
    answer(BACKGROUND)
    window.close()
    assert not dialog.isVisible()
    window.background.bring_back()
    assert dialog.isVisible()


def test_the_question_says_how_the_window_comes_back(window, train, qtbot, answer, monkeypatch):
    qtbot.mouseClick(train.train_button, LEFT)
    for there, way in ((False, "Starting CNN Studio again"), (True, "icon in the system's tray")):
        monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", lambda there=there: there)
        asked = answer("Cancel")
        assert not window.close()
        assert way in asked[-1]
        assert window.isVisible()


# The tray


@pytest.fixture
def with_tray(monkeypatch):
    """A system with a tray; its messages are kept."""
    messages = []
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", lambda: True)
    monkeypatch.setattr(QSystemTrayIcon, "supportsMessages", lambda: True)
    monkeypatch.setattr(QSystemTrayIcon, "show", lambda self: self.setProperty("shown", True))
    monkeypatch.setattr(QSystemTrayIcon, "hide", lambda self: self.setProperty("shown", False))
    monkeypatch.setattr(QSystemTrayIcon, "showMessage", lambda self, *parts: messages.append(parts[:2]))
    return messages


def icon_of(window):
    (icon,) = window.tray.findChildren(QSystemTrayIcon)
    return icon


def test_the_tray_tells_how_far_it_is_and_brings_the_window_back(with_tray, hidden, engine, qtbot):
    icon = icon_of(hidden)
    assert icon.property("shown")
    engine.heard.emit(epoch(engine.jobs[-1], 1, 0.9, 0.9, epochs=3))
    qtbot.waitUntil(lambda: icon.toolTip() == "CNN Studio is training: epoch 2 of 3")
    show, stop = icon.contextMenu().actions()
    assert (show.text(), stop.text()) == ("Show the window", "Stop and keep")
    show.trigger()
    assert hidden.isVisible()
    assert not icon.property("shown")


def test_a_message_is_left_to_be_seen_and_the_window_can_still_be_fetched(
    with_tray, hidden, engine, qtbot, monkeypatch
):
    engine.heard.emit(done(engine.jobs[-1]))
    qtbot.waitUntil(hidden.background._goodbye.isActive)
    assert not engine.ended
    hidden.background.bring_back()
    assert not hidden.background._goodbye.isActive()
    assert hidden.isVisible()


def test_messages_appear_beside_the_tray(with_tray, window):
    window.tray.say("Training has ended", "99 %")
    assert with_tray == [("Training has ended", "99 %")]


# A second launch


SECOND_LAUNCH = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from cnn_studio.ui.shell.single_instance import call_first

application = QCoreApplication([])
sys.exit(not call_first(Path(sys.argv[1])))
"""


def test_a_second_launch_is_answered_by_the_first(qtbot, tmp_path):
    first = SingleInstance(tmp_path)
    with qtbot.waitSignal(first.called, timeout=30_000):
        second = subprocess.Popen([sys.executable, "-c", SECOND_LAUNCH, str(tmp_path)])
    qtbot.waitUntil(lambda: second.poll() is not None, timeout=30_000)
    assert second.returncode == 0
    first.close()
    assert not call_first(tmp_path, seconds=0.2)


def test_another_home_has_a_window_of_its_own(tmp_path):
    assert server_name(tmp_path / "a") != server_name(tmp_path / "b")
    first = SingleInstance(tmp_path / "a")
    assert not call_first(tmp_path / "b", seconds=0.2)
    first.close()


def test_the_socket_of_a_killed_process_is_no_obstacle(qtbot, tmp_path):
    code = (
        "import os, sys; from pathlib import Path; from PySide6.QtCore import QCoreApplication\n"
        "from cnn_studio.ui.shell.single_instance import SingleInstance\n"
        "app = QCoreApplication([]); first = SingleInstance(Path(sys.argv[1])); os._exit(9)"
    )
    killed = subprocess.run([sys.executable, "-c", code, str(tmp_path)], timeout=60, check=False)
    assert killed.returncode == 9
    test_a_second_launch_is_answered_by_the_first(qtbot, tmp_path)


# Messages of the desktop


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self):
        self.seconds = 0.0

    def __call__(self):
        return self.seconds


@pytest.fixture
def said(window, engine, settings, monkeypatch):
    """What is said while the window is not looked at, and the clock it goes by."""
    texts, clock = [], Clock()
    monkeypatch.setattr(QGuiApplication, "applicationState", lambda: Qt.ApplicationState.ApplicationInactive)
    notice = EndNotification(
        engine, window.queue.queue, settings, lambda *parts: texts.append(parts), window, clock
    )
    yield texts, clock
    notice.deleteLater()


def train_for(engine, clock, seconds, qtbot, end=done):
    job = engine.train(QUICK)
    engine.heard.emit(started(job))
    QCoreApplication.processEvents()
    clock.seconds += seconds
    engine.heard.emit(end(job))
    QCoreApplication.processEvents()


@pytest.mark.parametrize(("seconds", "count"), [(29.0, 0), (31.0, 1)])
def test_only_a_long_training_is_told_of(said, engine, qtbot, seconds, count):
    texts, clock = said
    train_for(engine, clock, seconds, qtbot)
    assert len(texts) == count


def test_the_message_says_what_came_of_it(said, engine, qtbot):
    texts, clock = said
    train_for(engine, clock, 60, qtbot)
    train_for(engine, clock, 60, qtbot, lambda job: JobFailed(job=job, what="It diverged.", why="Nan."))
    assert texts == [
        ("Training has ended", "98.76 % of the test images are read correctly."),
        ("Training failed", "It diverged. Nan."),
    ]


def test_nothing_is_said_to_who_does_not_want_it_or_looks_at_the_window(
    said, engine, settings, qtbot, monkeypatch
):
    texts, clock = said
    settings.notify = False
    train_for(engine, clock, 60, qtbot)
    settings.notify = True
    monkeypatch.setattr(QGuiApplication, "applicationState", lambda: Qt.ApplicationState.ApplicationActive)
    train_for(engine, clock, 60, qtbot)
    assert texts == []


def test_a_queue_is_told_of_once(said, window, train, engine, qtbot):
    texts, clock = said
    engine.ready = True
    queue = window.queue.queue
    queue.add(seeds(QUICK, "0-1"))
    queue.start()
    for _ in range(2):
        engine.heard.emit(started(engine.jobs[-1]))
        QCoreApplication.processEvents()
        clock.seconds += 20
        engine.heard.emit(done(engine.jobs[-1]))
        QCoreApplication.processEvents()
    qtbot.waitUntil(lambda: bool(texts))
    assert texts == [("The queue has ended", "2 of 2 trainings are done.")]


def test_messages_are_switched_off_in_the_menu(window, settings):
    (action,) = (
        action for action in window._appearance.menu().actions() if action.objectName() == "notifyAction"
    )
    assert action.isChecked()
    action.trigger()
    assert not settings.notify


# The real program


PROGRAM = """
import sys
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication
import cnn_studio.ui.shell.composition as module
from cnn_studio.core.training.sweep import seeds
from cnn_studio.core.recipes.presets import find_recipe

shown = module.Studio.show

def show(studio):
    shown(studio)
    window = studio.window
    window.train.limit = 500
    asked = []

    def click():
        box = QApplication.activeModalWidget()
        next(b for b in box.buttons() if "background" in b.text()).click()

    def hear(event):
        if not asked:
            asked.append(event)
            QTimer.singleShot(200, click)
            window.close()
            print("hidden" if not window.isVisible() else "visible", flush=True)

    studio.engine.run_started.connect(hear, Qt.ConnectionType.QueuedConnection)
    window.queue.keeper._reader._carrier.done.connect(lambda *_: QTimer.singleShot(0, begin))

    def begin():
        window.queue.queue.add(seeds(find_recipe("studio-quick"), "0-1"))
        window.queue.queue.start()

    studio.window.closed.connect(lambda: print("closed", flush=True))

module.Studio.show = show
from cnn_studio.app import run_window
sys.exit(run_window())
"""


def test_a_launch_while_the_first_window_is_just_ending_keeps_its_queue(qapp, monkeypatch, studio_home):
    """It does not answer any more, but still holds the home folder for a moment."""
    first = ExitStack()
    first.enter_context(occupying(studio_home))

    def call(folder):
        first.close()
        return False

    class Opened:
        def __init__(self, *_, queue_path, home):
            kept.append((queue_path, home))

        def show(self):
            pass

        def serve(self):
            return 0

    kept = []
    monkeypatch.setattr("cnn_studio.ui.shell.single_instance.call_first", call)
    monkeypatch.setattr("cnn_studio.ui.shell.composition.Studio", Opened)
    monkeypatch.setattr("cnn_studio.app.start_logging", lambda: None)
    assert run_window() == 0
    assert kept == [(studio_home / "queue.json", studio_home)]


def test_the_real_program_trains_its_queue_without_a_window_and_ends(studio_home):
    """Launched, closed into the background while the first of two trainings runs; it ends by itself."""
    program = subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True)
    try:
        said, _ = program.communicate(timeout=200)
    finally:
        program.kill()
    assert said.split() == ["hidden", "closed"]
    assert program.returncode == 0
    rows, problem = load_queue(studio_home / "queue.json")
    assert problem is None
    assert [row.state for row in rows] == ["done", "done"]
    assert not (studio_home / ".lock").exists()
