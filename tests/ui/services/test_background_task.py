"""Work off the GUI thread: where its answer is handed over, and which answers are not."""

import threading

import pytest
from PySide6.QtCore import QObject, QThread
from PySide6.QtWidgets import QWidget

from cnn_studio.core.base.errors import StudioError
from cnn_studio.ui.services.background_task import BackgroundTask, end_of, wait_for_background


@pytest.fixture
def answers():
    """What was handed over, and the threads on which."""
    return []


@pytest.fixture
def task(qapp, answers):
    owner = QObject()

    def take(answer):
        answers.append((answer, QThread.currentThread() is qapp.thread()))

    yield BackgroundTask(take, take, owner)
    wait_for_background(10)


def test_work_runs_elsewhere_and_its_answer_comes_on_the_gui_thread(qtbot, task, answers):
    task.ask(threading.get_ident)
    qtbot.waitUntil(lambda: bool(answers))
    ((worker, on_gui),) = answers
    assert worker != threading.get_ident()
    assert on_gui


def test_error_comes_on_the_gui_thread(qtbot, task, answers):
    error = StudioError("No.", "It is so.", "Wait.")

    def work():
        raise error

    task.ask(work)
    qtbot.waitUntil(lambda: bool(answers))
    assert answers == [(error, True)]


def test_newer_request_runs_at_once_and_overtakes_the_one_before(qtbot, task, answers):
    gate, told = threading.Event(), []

    def slow(canceled):
        gate.wait(10)
        told.append(canceled())
        return "old"

    task.ask_stoppable(slow)
    task.ask(lambda: "new")
    qtbot.waitUntil(lambda: bool(answers))  # though the old one is still under way
    gate.set()
    wait_for_background(10)
    qtbot.wait(1)
    assert told == [True]
    assert answers == [("new", True)]


def test_forgotten_answer_never_comes(qtbot, task, answers):
    task.ask(lambda: "old")
    task.forget()
    wait_for_background(10)
    qtbot.wait(1)
    assert answers == []


def test_canceled_work_gives_up_and_still_says_what_it_has(qtbot, task, answers):
    def work(canceled):
        while not canceled():
            threading.Event().wait(0.005)
        return "half"

    task.ask_stoppable(work)
    task.cancel()
    qtbot.waitUntil(lambda: bool(answers))
    assert answers == [("half", True)]


def test_end_of_a_widget_tells_its_work_to_give_up(qtbot, qapp, task, answers):
    widget = QWidget()
    task.ended = end_of(widget)

    def work(canceled):
        while not canceled():
            threading.Event().wait(0.005)
        return "ended"

    task.ask_stoppable(work)
    assert answers == []
    widget.deleteLater()
    qtbot.waitUntil(lambda: bool(answers))
