"""What is said of a running training: time, pace, machine, best epoch; and the learning rate by hand."""

import msgspec
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from staging import batch, done, epoch, started

from cnn_studio.core.protocol.events import HeartBeaten, LearningRateChanged
from cnn_studio.ui.train import progress_figures
from cnn_studio.ui.train.machine_usage import MachineUsage, duration_text, memory_text

LEFT = Qt.MouseButton.LeftButton


def figure(train, name):
    return train.view.findChild(QLabel, f"{name}Figure").text()


@pytest.fixture
def asked(engine, monkeypatch):
    """The learning rates the engine is asked for."""
    wishes = []
    monkeypatch.setattr(engine, "change_learning_rate", lambda job, rate: wishes.append(rate))
    return wishes


@pytest.fixture
def job(train, engine, qtbot):
    qtbot.mouseClick(train.train_button, LEFT)
    engine.heard.emit(started(engine.jobs[-1], epochs=3, steps=10))
    return engine.jobs[-1]


def rated(job, rate, step=1):
    return msgspec.structs.replace(batch(job, step=step), learning_rate=rate)


def beat(**values):
    return HeartBeaten(**values)


# --- the machine


def test_share_of_the_processor_is_what_was_taken_between_two_heartbeats():
    pulse = MachineUsage(cores=2)
    assert pulse.share(beat(cpu_seconds=100.0, clock_seconds=50.0)) is None
    assert pulse.share(beat(cpu_seconds=101.5, clock_seconds=51.0)) == pytest.approx(0.75)
    assert pulse.share(beat(cpu_seconds=101.5, clock_seconds=53.0)) == 0.0
    assert pulse.share(beat(cpu_seconds=0.5, clock_seconds=60.0)) is None  # another process
    assert pulse.share(beat(cpu_seconds=1.5, clock_seconds=61.0)) == pytest.approx(0.5)


def test_machine_is_shown_once_a_second_also_without_a_training(train, engine):
    train.view.figures._pulse = MachineUsage(cores=2)
    engine.beaten.emit(beat(resident_bytes=600 * 2**20, cpu_seconds=1.0, clock_seconds=1.0))
    assert figure(train, "cpu") == "–"
    engine.beaten.emit(beat(resident_bytes=3 * 2**30 // 2, cpu_seconds=2.9, clock_seconds=2.0))
    assert (figure(train, "cpu"), figure(train, "memory")) == ("95 %", "1.50 GiB")
    engine.beaten.emit(
        beat(resident_bytes=2**30, accelerator_bytes=512 * 2**20, cpu_seconds=3, clock_seconds=3)
    )
    assert figure(train, "memory") == "1.00 GiB · GPU 512 MiB"


def test_heartbeats_reach_the_figures_through_the_link(train, engine):
    engine._hear(beat(resident_bytes=700 * 2**20, cpu_seconds=1.0, clock_seconds=1.0))
    assert figure(train, "memory") == "700 MiB"


def test_times_and_sizes_in_words():
    assert [duration_text(seconds) for seconds in (0, 59.6, 61, 3599, 3600, 36_061)] == [
        "0:00", "1:00", "1:01", "59:59", "1:00:00", "10:01:01",
    ]  # fmt: skip
    assert memory_text(812 * 2**20) == "812 MiB"


# --- the training


def test_device_and_precision_really_used_are_shown(train, engine, qtbot):
    qtbot.mouseClick(train.train_button, LEFT)
    assert figure(train, "device") == "–"
    event = msgspec.structs.replace(started(engine.jobs[-1]), device="gpu:0", precision="mixed_bfloat16")
    engine.heard.emit(event)
    assert figure(train, "device") == "GPU:0 · bfloat16"


def test_best_epoch_so_far_is_shown_and_kept(train, engine, job):
    for number, validated in ((1, 0.91), (2, 0.97), (3, 0.96)):
        engine.heard.emit(epoch(job, number, 0.99, validated))
    assert figure(train, "best") == "97.00 % (ep 2)"
    engine.heard.emit(epoch(job, 2, 0.99, 0.90))  # learned again after a stop
    assert figure(train, "best") == "96.00 % (ep 3)"


def test_elapsed_goes_on_between_batches_and_stands_still_while_paused(train, engine, job, monkeypatch):
    from cnn_studio.core.protocol.events import TrainingPaused, TrainingResumed

    clock = [1000.0]
    monkeypatch.setattr(progress_figures.time, "monotonic", lambda: clock[0])
    engine.heard.emit(started(job, epochs=3, steps=10))
    clock[0] += 65
    engine.beaten.emit(beat(cpu_seconds=1.0, clock_seconds=1.0))
    assert figure(train, "elapsed") == "1:05"
    engine.heard.emit(TrainingPaused(job=job, epoch=1))
    clock[0] += 600
    engine.beaten.emit(beat(cpu_seconds=2.0, clock_seconds=2.0))
    assert figure(train, "elapsed") == "1:05"
    engine.heard.emit(TrainingResumed(job=job, epoch=1))
    clock[0] += 5
    engine.beaten.emit(beat(cpu_seconds=3.0, clock_seconds=3.0))
    assert figure(train, "elapsed") == "1:10"


def test_end_shows_the_whole_time_and_the_next_training_begins_empty(train, engine, job, qtbot):
    engine.heard.emit(batch(job, epoch=1, step=5))
    engine.heard.emit(done(job))
    assert (figure(train, "elapsed"), figure(train, "speed"), figure(train, "left")) == ("0:12", "9,000", "–")
    qtbot.mouseClick(train.train_button, LEFT)
    shown = [figure(train, name) for name in ("batch", "elapsed", "speed", "best", "device")]
    assert shown == ["–"] * 5


# --- the learning rate by hand


def test_slider_is_dead_without_a_training_and_follows_the_schedule_with_one(train, engine, qtbot):
    rate = train.view.rate
    assert not rate.isEnabled()
    qtbot.mouseClick(train.train_button, LEFT)
    engine.heard.emit(started(engine.jobs[-1]))
    engine.heard.emit(rated(engine.jobs[-1], 0.01))
    assert rate.isEnabled()
    assert rate.slider.value() == -200  # hundredths of the common logarithm
    engine.heard.emit(rated(engine.jobs[-1], 0.1, step=2))
    assert (rate.slider.value(), rate.spin.text()) == (-100, "0.1")
    engine.heard.emit(done(engine.jobs[-1]))
    assert not rate.isEnabled()


def test_keys_on_the_slider_ask_the_engine_once_they_rest(train, engine, job, asked, qtbot):
    engine.heard.emit(rated(job, 0.01))
    slider = train.view.rate.slider
    slider.setFocus()
    with qtbot.waitSignal(train.view.rate.rate_changed):
        for _ in range(6):
            QTest.keyClick(slider, Qt.Key.Key_Right)
    assert asked == [pytest.approx(10 ** (-2 + 6 * 0.05), rel=0.01)]
    assert train.view.rate.spin.text() == "0.02"


def test_schedule_does_not_take_the_slider_out_of_the_hand(train, engine, job, asked):
    engine.heard.emit(rated(job, 0.01))
    slider = train.view.rate.slider
    slider.setSliderDown(True)
    slider.setValue(-150)
    engine.heard.emit(rated(job, 0.009, step=2))
    assert slider.value() == -150
    slider.setSliderDown(False)
    assert asked == [pytest.approx(0.0316)]


def test_what_is_no_learning_rate_is_explained_and_not_sent(train, engine, job, asked, qtbot):
    engine.heard.emit(rated(job, 0.01))
    spin = train.view.rate.spin
    spin.setFocus()
    spin.selectAll()
    qtbot.keyClicks(spin, "-1")
    qtbot.keyClick(spin, Qt.Key.Key_Return)
    assert asked == []
    assert "Learning rate was not changed to -1." in train.banner.text
    spin.selectAll()
    qtbot.keyClicks(spin, "0.5")
    qtbot.keyClick(spin, Qt.Key.Key_Return)
    assert asked == [0.5]
    assert not train.banner.isVisible()


def test_what_was_typed_in_one_training_is_gone_in_the_next(train, engine, job, asked, qtbot):
    spin = train.view.rate.spin
    spin.setFocus()
    spin.selectAll()
    qtbot.keyClicks(spin, "fast")
    engine.heard.emit(done(job))
    qtbot.mouseClick(train.train_button, LEFT)
    engine.heard.emit(started(engine.jobs[-1]))
    engine.heard.emit(rated(engine.jobs[-1], 0.03))
    assert spin.text() == "0.03"
    assert asked == []


def test_change_by_hand_is_marked_in_the_curves(train, engine, job, monkeypatch):
    marked = []
    monkeypatch.setattr(
        train.view.curves, "mark_learning_rate", lambda epoch, rate: marked.append((epoch, rate))
    )
    engine.heard.emit(batch(job, epoch=2, step=5, steps=10))
    engine.heard.emit(LearningRateChanged(job=job, epoch=2, learning_rate=0.5, by="person"))
    assert marked == [(1.5, 0.5)]


# --- the pages below


def test_pages_fold_away_and_stay_so(window, train, settings, qtbot):
    window.resize(1280, 800)
    button = train.findChild(QWidget, "foldPagesButton")
    qtbot.waitUntil(lambda: train.view.pages.opened)
    before = train.view.curves.height()
    assert train.view.log.isVisible()
    qtbot.mouseClick(button, LEFT)
    qtbot.waitUntil(lambda: train.view.curves.height() > before + 50)
    assert settings.train_pages is False
    assert train.view.pages.tabBar().isVisible()
    qtbot.mouseClick(train.view.pages.tabBar(), LEFT, pos=train.view.pages.tabBar().tabRect(0).center())
    assert settings.train_pages is True
    qtbot.waitUntil(lambda: train.view.curves.height() < before + 50)


def test_a_low_window_leaves_its_room_to_the_curves(window, train, qtbot):
    window.resize(1024, 680)
    qtbot.waitUntil(lambda: not train.view.pages.opened)
    qtbot.waitUntil(lambda: train.view.curves.height() > train.view.height() // 2)
    window.resize(1280, 900)
    qtbot.waitUntil(lambda: train.view.pages.opened)
