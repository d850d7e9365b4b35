"""The live curves: round ticks, at most five redraws a second, none while hidden."""

import time

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from staging import batch, pixels_of, started

from cnn_studio.ui.widgets.curves import CurvePlot, nice_ticks

EVENTS = 200
EVENT_MS = 5


class PaintCounter(QObject):
    """Counts the paintings of one widget."""

    def __init__(self, widget):
        super().__init__(widget)
        self.count = 0
        widget.installEventFilter(self)

    def eventFilter(self, watched, event):
        self.count += event.type() == QEvent.Type.Paint
        return False


@pytest.fixture
def plot(qtbot, theme):
    made = CurvePlot("Loss", theme)
    qtbot.addWidget(made)
    made.resize(600, 260)
    with qtbot.waitExposed(made):
        made.show()
    return made


@pytest.mark.parametrize(
    ("low", "high", "wanted", "ticks", "step"),
    [
        (0.0, 1.0, 5, [0.0, 0.5, 1.0], 0.5),
        (0.0, 100.0, 6, [0, 20, 40, 60, 80, 100], 20),
        (0.0, 2.3, 5, [0, 1, 2], 1),
        (0.93, 0.99, 4, [0.94, 0.96, 0.98], 0.02),
        (-3.0, 7.0, 6, [-2, 0, 2, 4, 6], 2),
        (0.0012, 0.0058, 5, [0.002, 0.004], 0.002),
        (3.0, 3.0, 5, [3.0], 1.0),
    ],
)
def test_ticks_are_round_numbers(low, high, wanted, ticks, step):
    found, distance = nice_ticks(low, high, wanted)
    assert distance == pytest.approx(step)
    assert found == pytest.approx(ticks)


def test_hint_is_shown_until_there_is_a_value(plot):
    plot.hint = "Click Train"
    plot.update()
    empty = pixels_of(plot)
    plot.start(3)
    plot.add_epoch(1, 0.5, 0.4, 1)
    assert (pixels_of(plot) != empty).any()


def count_paints(widget, qtbot, send):
    """Return how often a widget was painted and how many seconds the events took."""
    counter = PaintCounter(widget)
    sent = []

    def next_one():
        sent.append(None)
        send(len(sent))

    timer = QTimer()
    timer.setInterval(EVENT_MS)
    timer.timeout.connect(next_one)
    began = time.monotonic()
    with qtbot.waitSignal(timer.timeout, timeout=30_000, check_params_cb=lambda: len(sent) == EVENTS):
        timer.start()
    timer.stop()
    return counter.count, time.monotonic() - began


def test_two_hundred_events_are_painted_at_most_five_times_a_second(plot, qtbot):
    plot.start(10)
    QTest.qWait(0)
    count, seconds = count_paints(
        plot, qtbot, lambda number: plot.show_progress(number / EVENTS * 10, 1 / number)
    )
    assert 2 <= count <= 5 * seconds + 2


def test_nothing_is_painted_while_hidden(plot, qtbot):
    plot.start(10)
    plot.hide()
    QApplication.sendPostedEvents()
    count, _ = count_paints(plot, qtbot, lambda number: plot.show_progress(number / EVENTS * 10, 1 / number))
    assert count == 0


def test_nothing_is_painted_on_a_tab_that_is_not_in_front(train, window, engine, qtbot):
    train.start()
    job = engine.jobs[-1]
    engine.heard.emit(started(job))
    window.tabs.setCurrentWidget(window.draw)
    QApplication.sendPostedEvents()
    count, _ = count_paints(
        train.view.loss, qtbot, lambda number: engine.heard.emit(batch(job, step=number, steps=EVENTS))
    )
    assert count == 0


def test_what_came_while_hidden_is_there_when_shown(plot, qtbot):
    plot.start(2)
    plot.hide()
    plot.add_epoch(1, 0.9, 0.8, 1)
    plot.add_epoch(2, 0.5, 0.6, 2)
    with qtbot.waitExposed(plot):
        plot.show()
    shown = pixels_of(plot)
    training = plot._theme.tokens.color("training").toTuple()[:3]
    assert (shown[:, :, :3] == training).all(axis=2).any()


def test_pointing_at_an_epoch_shows_its_values(plot, qtbot):
    plot.start(2)
    plot.add_epoch(1, 0.9, 0.8, 1)
    plot.add_epoch(2, 0.5, 0.6, 2)
    before = pixels_of(plot)
    counter = PaintCounter(plot)
    QTest.mouseMove(plot, QPoint(300, 120))
    QTest.mouseMove(plot, QPoint(320, 120))
    qtbot.waitUntil(lambda: counter.count > 0)
    assert (pixels_of(plot) != before).any()
