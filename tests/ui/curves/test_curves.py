"""The live curves: painted seldom enough, zoomed and read with mouse and keys, compared, as a table, as files."""

import csv
import re
import time
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog
from staging import LEFT, NO_KEYS, batch, make_run, pixels_of, started, wait, write_checkpoint

from cnn_studio.core.base.settings import Settings
from cnn_studio.core.protocol.events import BatchEnded, LearningRateChanged
from cnn_studio.core.runs.run_folder import write_history
from cnn_studio.core.training.batch_log import BatchLog
from cnn_studio.ui.curves.curve_lines import thinned
from cnn_studio.ui.curves.curves_data import RunCurves
from cnn_studio.ui.curves.curves_panel import CurvesPanel
from cnn_studio.ui.widgets.banner import Banner

EVENTS = 200
EVENT_MS = 5
SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


def row(epoch, loss, val_loss=None, rate=0.01):
    """Return an epoch whose accuracy is 1 - loss."""
    return {
        "epoch": float(epoch), "loss": loss, "accuracy": 1 - loss, "val_loss": val_loss,
        "val_accuracy": None if val_loss is None else 1 - val_loss, "learning_rate": rate, "seconds": 4.0,
        "images_per_second": 9000.0,
    }  # fmt: skip


def rows(count, first=0.5):
    return [row(number, first / number, first / number + 0.01) for number in range(1, count + 1)]


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
def panel(qtbot, theme):
    made = CurvesPanel(theme)
    qtbot.addWidget(made)
    made.resize(640, 480)
    with qtbot.waitExposed(made):
        made.show()
    return made


@pytest.fixture
def shown(panel):
    """A run of ten epochs, painted."""
    panel.show_history(rows(10), "mine")
    paint(panel)
    return panel


@pytest.fixture
def plot(panel):
    return panel.loss


def paint(panel):
    """Paint what has come, without waiting until it is time to."""
    panel.view.changed.emit()
    panel.grab()


def spot(plot, place, height=0.5):
    """Return where a place stands, at a share of the plot's height."""
    area = plot.frame.area
    return QPoint(round(plot.frame.x_of(place)), round(area.bottom() - height * area.height()))


def point_at(plot, place):
    """Move the pointer to a place; from elsewhere, since to where it is it does not move."""
    QTest.mouseMove(plot, spot(plot, place, 0.2))
    QTest.mouseMove(plot, spot(plot, place))


def drag(plot, first, last, button=LEFT, keys=NO_KEYS):
    QTest.mousePress(plot, button, keys, first)
    for share in (1, 2, 3):
        QTest.mouseMove(plot, first + (last - first) * share / 3)
    QTest.mouseRelease(plot, button, keys, last)
    plot.grab()


def turn(plot, position, steps, keys=NO_KEYS):
    """Turn the wheel over a point."""
    event = QWheelEvent(
        QPointF(position), QPointF(plot.mapToGlobal(position)), QPoint(), QPoint(0, 120 * steps),
        Qt.MouseButton.NoButton, keys, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(plot, event)
    plot.grab()


def has_color(plot, token):
    wanted = plot._theme.tokens.color(token).toTuple()[:3]
    return (pixels_of(plot)[:, :, :3] == wanted).all(axis=2).any()


def test_hint_is_shown_until_there_is_a_value(panel, plot):
    panel.set_hints("Click Train", "The loss falls")
    plot.update()
    empty = pixels_of(plot)
    panel.start(3)
    panel.add_epoch(row(1, 0.5, 0.4))
    paint(panel)
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


def progress(panel, number):
    panel.show_progress(number / EVENTS * 10, 1 / number, 1 - 1 / number)


def test_two_hundred_events_are_painted_at_most_five_times_a_second(panel, plot, qtbot):
    panel.start(10)
    QTest.qWait(0)
    count, seconds = count_paints(plot, qtbot, lambda number: progress(panel, number))
    assert 2 <= count <= 5 * seconds + 2


def test_nothing_is_painted_while_hidden(panel, plot, qtbot):
    panel.start(10)
    panel.hide()
    QApplication.sendPostedEvents()
    count, _ = count_paints(plot, qtbot, lambda number: progress(panel, number))
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


def test_what_came_while_hidden_is_there_when_shown(panel, plot, qtbot):
    panel.start(2)
    panel.hide()
    panel.add_epoch(row(1, 0.9, 0.8))
    panel.add_epoch(row(2, 0.5, 0.6))
    with qtbot.waitExposed(panel):
        panel.show()
    assert has_color(plot, "training")


def test_every_point_is_kept_whatever_is_painted(panel):
    panel.start(10)
    for number in range(1, 5001):
        panel.show_progress(number / 500, 1.0 + number % 7, 0.5)
    assert len(panel.data.run.track) == 5000
    assert panel.data.run.track.rows[4321].tolist() == [4322 / 500, 1.0 + 4322 % 7, 0.5]


def test_a_thinned_line_has_the_extremes_of_every_column():
    random = np.random.default_rng(0)
    x, y = np.sort(random.uniform(0, 200, 20_000)), random.normal(size=20_000)
    thin_x, thin_y = thinned(x, y)
    assert len(thin_x) <= 4 * 201
    for column in range(200):
        inside, thin = np.floor(x) == column, np.floor(thin_x) == column
        assert (thin_y[thin].min(), thin_y[thin].max()) == (y[inside].min(), y[inside].max())
        assert (thin_y[thin][0], thin_y[thin][-1]) == (y[inside][0], y[inside][-1])
    few = np.arange(10.0)
    assert thinned(few, few)[0] is few


def test_learned_again_an_epoch_and_its_batches_take_their_old_place(panel):
    panel.start(3)
    for number in range(1, 21):
        panel.show_progress(number / 10, 1.0, 0.5)
    for number in (1, 2):
        panel.add_epoch(row(number, 0.5, 0.5))
    panel.show_progress(1.5, 0.3, 0.7)
    panel.add_epoch(row(2, 0.2, 0.2))
    assert panel.data.run.track.rows[-2:, 0].tolist() == [1.4, 1.5]
    assert panel.loss.points["training"] == [(1, 0.5), (2, 0.2)]
    assert panel.best_epoch == 2


def test_pointing_at_an_epoch_shows_it_in_both_plots(shown):
    before = [pixels_of(plot) for plot in (shown.accuracy, shown.loss)]
    point_at(shown.loss, 4.1)
    assert shown.view.position == 4
    for plot, old in zip((shown.accuracy, shown.loss), before, strict=True):
        assert (pixels_of(plot) != old).any()


def test_pointing_between_epochs_reads_the_nearest_batch(panel):
    panel.start(2)
    panel.add_epoch(row(1, 0.5))
    for number in range(1, 21):
        panel.show_progress(number / 10, 1 / number, 0.5)
    paint(panel)
    point_at(panel.loss, 1.61)
    assert panel.view.position == pytest.approx(1.6)
    panel.toolbar.batches.click()
    point_at(panel.loss, 1.4)
    assert panel.view.position == 1


def test_the_wheel_zooms_both_plots_about_the_pointer(shown):
    turn(shown.loss, spot(shown.loss, 4), 3)
    shown.accuracy.grab()
    low, high = shown.view.span
    assert high - low < 6
    assert shown.accuracy.frame.span == shown.loss.frame.span == (low, high)
    assert (4 - low) / (high - low) == pytest.approx(0.4, abs=0.02)  # it stays where it was
    turn(shown.loss, spot(shown.loss, 4), -3)
    assert shown.view.span is None


def test_the_wheel_with_control_zooms_in_height_in_one_plot(shown):
    low, high = shown.loss.frame.heights
    turn(shown.loss, spot(shown.loss, 4), 2, CONTROL)
    assert shown.view.span is None
    assert "accuracy" not in shown.view.heights
    first, last = shown.view.heights["loss"]
    assert low < first < last < high


def test_dragging_a_rectangle_shows_what_is_in_it(shown):
    plot = shown.loss
    heights = [plot.frame.height_at(spot(plot, 3, share).y()) for share in (0.2, 0.8)]
    drag(plot, spot(plot, 3, 0.8), spot(plot, 7, 0.2))
    assert plot.frame.span == pytest.approx((3, 7), abs=0.05)
    assert plot.frame.heights == pytest.approx(heights)
    assert shown.toolbar.fit.isEnabled()
    QTest.mouseDClick(plot, LEFT, NO_KEYS, spot(plot, 5))
    assert not shown.view.zoomed
    assert not shown.toolbar.fit.isEnabled()


def test_backspace_goes_back_to_what_was_in_view(shown):
    plot = shown.loss
    plot.setFocus()
    drag(plot, spot(plot, 2, 0.8), spot(plot, 8, 0.2))
    first = shown.view.span, dict(shown.view.heights)
    drag(plot, spot(plot, 4), spot(plot, 5))
    QTest.keyClick(plot, Qt.Key.Key_Backspace)
    assert (shown.view.span, shown.view.heights) == first
    QTest.keyClick(plot, Qt.Key.Key_0)
    QTest.keyClick(plot, Qt.Key.Key_Backspace)
    assert (shown.view.span, shown.view.heights) == first
    QTest.keyClick(plot, Qt.Key.Key_Backspace)
    QTest.keyClick(plot, Qt.Key.Key_Backspace)
    assert not shown.view.zoomed


def test_escape_gives_up_a_rectangle(shown):
    plot = shown.loss
    plot.setFocus()
    QTest.mousePress(plot, LEFT, NO_KEYS, spot(plot, 3, 0.8))
    QTest.mouseMove(plot, spot(plot, 6, 0.3))
    QTest.keyClick(plot, Qt.Key.Key_Escape)
    QTest.mouseRelease(plot, LEFT, NO_KEYS, spot(plot, 6, 0.3))
    assert not shown.view.zoomed


def test_a_flat_drag_chooses_epochs_only(shown):
    drag(shown.loss, spot(shown.loss, 3), spot(shown.loss, 7))
    assert shown.view.span == pytest.approx((3, 7), abs=0.05)
    assert shown.view.heights == {}


def test_a_click_zooms_nothing(shown):
    QTest.mouseClick(shown.loss, LEFT, NO_KEYS, spot(shown.loss, 3))
    assert not shown.view.zoomed


@pytest.mark.parametrize(("button", "keys"), [(Qt.MouseButton.MiddleButton, NO_KEYS), (LEFT, SHIFT)])
def test_dragging_otherwise_moves_the_view(shown, button, keys):
    shown.view.show_span(4, 6, 10)
    shown.grab()
    drag(shown.loss, spot(shown.loss, 5), spot(shown.loss, 5.5), button, keys)
    assert shown.view.span == pytest.approx((3.5, 5.5), abs=0.05)
    drag(shown.loss, spot(shown.loss, 3.6), spot(shown.loss, 5.4), button, keys)
    drag(shown.loss, spot(shown.loss, 1.8), spot(shown.loss, 3.6), button, keys)
    assert shown.view.span == pytest.approx((0, 2), abs=0.05)  # not beyond the beginning


def test_keys_zoom_move_and_fit(shown):
    plot = shown.loss
    plot.setFocus()
    QTest.keyClick(plot, Qt.Key.Key_Plus)
    QTest.keyClick(plot, Qt.Key.Key_Plus)
    plot.grab()
    low, high = shown.view.span
    assert high - low == pytest.approx(10 / 1.25**2)
    QTest.keyClick(plot, Qt.Key.Key_Right, SHIFT)
    assert shown.view.span[0] == pytest.approx(low + 0.1 * (high - low))
    QTest.keyClick(plot, Qt.Key.Key_Minus)
    QTest.keyClick(plot, Qt.Key.Key_Up)
    assert shown.view.zoomed
    QTest.keyClick(plot, Qt.Key.Key_0)
    assert not shown.view.zoomed


def test_arrows_go_from_epoch_to_epoch_and_say_their_figures(shown):
    plot = shown.accuracy
    plot.setFocus(Qt.FocusReason.TabFocusReason)
    shown.view.show_span(0, 2, 10)
    shown.grab()
    for _ in range(3):
        QTest.keyClick(plot, Qt.Key.Key_Right)
        plot.grab()
    assert shown.view.position == 3
    assert shown.view.span == pytest.approx((1, 3))  # the view follows
    said = plot.accessibleDescription()
    # epoch 3: losses 0.5 / 3 and 0.01 more, accuracies what is left of them to 1
    assert "epoch 3, rate 0.01" in said
    assert "83.33 %" in said
    assert "82.33 %" in said
    QTest.keyClick(plot, Qt.Key.Key_Left)
    assert shown.view.position == 2
    QTest.keyClick(plot, Qt.Key.Key_Escape)
    assert shown.view.position is None


def test_a_new_training_shows_everything_again(shown):
    shown.view.show_span(2, 3, 10)
    shown.start(5)
    assert not shown.view.zoomed
    assert shown.loss.points["training"] == []


def test_logarithmic_axes_spread_what_was_flat(shown):
    def y_of(plot, value):
        return plot.frame.y_of(value)

    before = y_of(shown.loss, 0.05) - y_of(shown.loss, 0.1)
    above = y_of(shown.accuracy, 0.9) - y_of(shown.accuracy, 0.95)
    shown.toolbar.logarithmic.click()
    shown.grab()
    assert y_of(shown.loss, 0.05) - y_of(shown.loss, 0.1) > 1.5 * before
    assert y_of(shown.accuracy, 0.9) - y_of(shown.accuracy, 0.95) > 1.5 * above
    shown.toolbar.linear.click()
    assert not shown.view.logarithmic


def test_smoothing_draws_the_average_over_the_faint_original(panel):
    panel.start(2)
    for number in range(1, 41):
        panel.show_progress(number / 20, float(number % 2), 0.5)
    panel.add_epoch(row(1, 0.5))
    QTest.keyClick(panel.toolbar.smoothing, Qt.Key.Key_End)
    paint(panel)
    values = [line.values for line in panel.loss._lines]
    assert values[0].tolist() == [float(number % 2) for number in range(1, 41)]
    assert np.ptp(values[1][20:]) < 0.1  # of a curve that jumps between 0 and 1
    assert panel.loss._lines[0].color.alphaF() < panel.loss._lines[1].color.alphaF()
    assert values[2].tolist() == [0.5]  # the epochs stay as they are


def test_epochs_are_smoothed_where_no_batches_are_shown(shown):
    shown.toolbar.smoothing.setValue(90)
    shown.grab()
    first, second = (line.values for line in shown.loss._lines[:2])
    assert first.tolist() == [pytest.approx(0.5 / number) for number in range(1, 11)]
    assert second[-1] > first[-1]  # the average lags behind what falls


def test_batches_can_be_hidden(panel):
    panel.start(2)
    panel.show_progress(0.5, 1.0, 0.5)
    panel.show_progress(1.0, 0.5, 0.6)
    paint(panel)
    assert len(panel.loss._lines) == 1
    QTest.mouseClick(panel.toolbar.batches, LEFT)
    panel.grab()
    assert panel.loss._lines == []


def test_changes_of_the_learning_rate_are_marked(train, engine):
    train.start()
    job = engine.jobs[-1]
    engine.heard.emit(started(job))
    engine.heard.emit(batch(job, epoch=2, step=5, steps=10))
    engine.heard.emit(LearningRateChanged(job=job, epoch=2, learning_rate=0.005, by="person"))
    engine.heard.emit(LearningRateChanged(job=job, epoch=3, learning_rate=0.001))
    assert train.view.curves.data.run.rate_steps == [(1.5, 0.005), (3, 0.001)]


def test_a_finished_run_shows_its_batches_and_rate_changes(panel, qtbot, tmp_path):
    log = BatchLog(tmp_path)
    log.begin(0)
    for epoch in (1, 2):
        for step in (1, 2):
            log.add(
                BatchEnded(
                    epoch=epoch,
                    step=step,
                    steps=2,
                    loss=1.0,
                    accuracy=0.5,
                    learning_rate=0.1 if epoch == 1 else 0.01,
                    images_per_second=1.0,
                )
            )
    log.flush()
    panel.show_history(rows(2), "mine", folder=tmp_path)
    wait(qtbot, panel.data.changed, lambda: len(panel.data.run.track) == 4)
    assert panel.data.run.track.rows[:, 0].tolist() == [0.5, 1, 1.5, 2]
    assert panel.data.run.rate_steps == [(1.5, 0.01)]


def test_a_run_that_goes_on_keeps_its_batches(train, engine, qtbot, tmp_path):
    folder = make_run(tmp_path / "runs")
    write_checkpoint(folder, 1)
    write_history(folder, rows(2))
    log = BatchLog(folder)
    log.begin(0)
    for epoch in (1, 2):
        log.add(batch("", epoch=epoch, step=10))
    log.flush()
    train.finish(folder)
    panel = train.view.curves
    wait(qtbot, panel.data.changed, lambda: len(panel.data.run.track) == 1)
    job = engine.jobs[-1]
    engine.heard.emit(started(job))
    engine.heard.emit(batch(job, epoch=2, step=5))
    assert panel.data.run.track.rows[:, 0].tolist() == [1, 1.5]  # the second epoch is learned again
    assert panel.loss.points["training"] == [(1, 0.5)]


def test_further_runs_have_a_line_each_and_a_legend(shown):
    shown.show_overlays([("first of them", rows(12, 0.6)), ("second", rows(4, 0.7))])
    shown.grab()
    assert shown.loss.frame.span == (0, 12)
    bold = [line for line in shown.loss._lines if line.width_px > 1]
    looks = {(line.color.name(), line.dashes) for line in bold}
    assert len(looks) == len(bold) == 4
    assert shown.legend.isVisible()
    assert "first of them, second" in shown.legend.accessibleName()
    shown.show_overlays([])
    assert not shown.legend.isVisible()


def test_runs_can_be_compared_without_one_in_front(panel):
    panel.show_overlays([("a", rows(3)), ("b", rows(5))])
    paint(panel)
    assert panel.loss.frame.span == (0, 5)
    panel.accuracy.setFocus(Qt.FocusReason.TabFocusReason)
    QTest.keyClick(panel.accuracy, Qt.Key.Key_Right)
    assert panel.accuracy.accessibleDescription() == "epoch 1: a 49.00 %, b 49.00 %"


def test_two_hundred_further_runs_are_still_shown(panel):
    panel.show_overlays([(f"a run with a long name, number {number}", rows(3)) for number in range(200)])
    panel.grab()
    assert panel.legend.height() <= 40
    assert panel.legend.toolTip().endswith("and 170 more")
    panel.resize(600, 300)
    panel.grab()
    assert panel.loss.geometry().bottom() < 300
    assert panel.loss.height() >= panel.loss.minimumHeight()


def test_the_table_follows_the_training_and_is_copied(panel, qtbot):
    panel.start(3, "mine")
    panel.add_epoch(row(1, 0.5, 0.25))
    QTest.mouseClick(panel.toolbar.table, LEFT)
    dialog = panel._table
    qtbot.addWidget(dialog)
    panel.add_epoch(row(2, 0.125))
    model = dialog.view.model()
    texts = [[model.index(line, column).data() for column in range(6)] for line in range(model.rowCount())]
    assert texts == [
        ["1 (best)", "0.5000", "50.00 %", "0.2500", "75.00 %", "0.01"],
        ["2", "0.1250", "87.50 %", "–", "–", "0.01"],
    ]
    QTest.mouseClick(dialog.copy_button, LEFT)
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0].split("\t")[:3] == ["epoch", "loss", "accuracy"]
    assert lines[2].split("\t") == ["2", "0.125", "0.875", "", "", "0.01", "4", "9000"]
    dialog.view.selectRow(0)
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    QTest.keyClick(dialog.view, Qt.Key.Key_C, CONTROL)
    assert len(QGuiApplication.clipboard().text().splitlines()) == 2
    panel.show_overlays([("other", rows(5))])
    assert [dialog.selector.itemText(number) for number in range(2)] == ["mine", "other"]
    dialog.selector.setCurrentIndex(1)
    assert model.rowCount() == 5


@pytest.fixture
def saving(shown, qtbot, theme, tmp_path, monkeypatch):
    """The panel with its save menu; `choose` says which name the file dialog gives."""
    banner = Banner(theme)
    qtbot.addWidget(banner)
    shown.enable_saving(banner, Settings(export_folder=str(tmp_path)))
    names = []
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(names[-1]), ""))

    def save(number, name):
        names.append(tmp_path / name)
        shown.toolbar.save.menu().actions()[number].trigger()
        qtbot.waitUntil(lambda: Path(names[-1]).exists(), timeout=60_000)
        return Path(names[-1])

    return save


def test_epochs_of_all_runs_are_saved_as_csv(shown, saving):
    shown.show_overlays([("other", rows(2))])
    with saving(1, "epochs.csv").open(newline="") as file:
        read = list(csv.DictReader(file))
    assert [line["run"] for line in read] == ["mine"] * 10 + ["other"] * 2
    assert float(read[3]["loss"]) == 0.125
    assert float(read[3]["val_accuracy"]) == pytest.approx(0.865)


def test_batches_are_saved_as_csv_every_one_of_them(shown, saving):
    for number in range(1, 3001):
        shown.show_progress(number / 300, 0.5, 0.25)
    with saving(2, "batches.csv").open(newline="") as file:
        read = list(csv.DictReader(file))
    assert len(read) == 3000
    assert read[-1] == {"epoch": "10.000000", "loss": "0.5", "accuracy": "0.25"}


def test_the_figure_is_saved_with_what_is_shown(shown, saving):
    shown.show_overlays([("the other run", rows(2))])
    shown.toolbar.logarithmic.click()
    text = saving(0, "curves.svg").read_text(encoding="utf-8")
    written = set(re.findall(r"<!-- (.*) -->", text))  # matplotlib notes what its letters spell
    assert {"mine", "the other run", "training", "validation"} <= written
    assert {"0.1", "0.2", "0.5"} <= written  # steps of a logarithmic axis


def test_without_batches_or_runs_there_is_nothing_to_save(panel):
    assert not panel.toolbar.save.isEnabled()
    assert not panel.toolbar.table.isEnabled()
    panel.show_history(rows(2))
    assert panel.toolbar.save.isEnabled()
    assert not panel.toolbar.save.menu().actions()[2].isEnabled()


@pytest.mark.parametrize("logarithmic", [False, True])
def test_zooming_without_end_ends(shown, logarithmic):
    shown.view.set_logarithmic(logarithmic)
    shown.grab()
    for steps in (-400, 800):
        for plot in (shown.accuracy, shown.loss):
            for _ in range(12):
                turn(plot, spot(plot, 4), steps // 10, CONTROL)
                turn(plot, spot(plot, 4), steps // 10)
            low, high = plot.frame.heights
            assert np.isfinite([low, high]).all()
            assert high > low
    assert shown.view.span[1] - shown.view.span[0] >= 10 / 2001


def test_fewer_epochs_than_are_in_view_show_everything(panel):
    panel.show_overlays([("long", rows(40))])
    panel.view.show_span(30, 40, 40)
    panel.show_overlays([("short", rows(5))])
    assert panel.view.span is None


def test_an_epoch_learned_again_forgets_the_later_ones():
    run = RunCurves(epochs=4)
    for number, accuracy in ((1, 0.5), (2, 0.75), (3, 0.875)):
        run.add({"epoch": number, "loss": 1.0, "accuracy": accuracy, "val_accuracy": accuracy})
    assert run.best == 3
    run.add({"epoch": 2, "loss": 1.0, "accuracy": 0.625, "val_accuracy": 0.625})
    assert [row["epoch"] for row in run.rows] == [1, 2]
    assert run.curve("val_accuracy")[1].tolist() == [0.5, 0.625]
    assert run.best == 2
    assert run.epochs == 4
