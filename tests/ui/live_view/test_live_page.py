"""What it sees: a training followed by its events, on networks made by hand, so that every answer is known."""

from itertools import pairwise

import msgspec
import numpy as np
import pytest
from epoch_run import HEAD, KERNEL, biased, write_epochs, write_watched
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from staging import LEFT, NO_KEYS, SEVEN, batch, done, draw_strokes, epoch, pixels_of, started

from cnn_studio.core.datasets.registry import load_subset
from cnn_studio.core.protocol.events import JobCanceled
from cnn_studio.core.recipes.presets import find_recipe
from cnn_studio.core.runs.epoch_weight_files import write_weights
from cnn_studio.core.runs.run_folder import RunRecord, write_run
from cnn_studio.inference.live_network import NOW

NETWORKS = {1: biased(3), 2: biased(3, 1.0), 3: biased(8), 4: biased(7, 5.0)}


@pytest.fixture
def asked(engine, monkeypatch):
    """What the page asked of running trainings: to be shown, or no longer."""
    made = []
    monkeypatch.setattr(engine, "watch", lambda job, wanted: made.append((job, wanted)))
    return made


@pytest.fixture
def page(window, asked, qtbot):
    """The page, chosen and open."""
    window.resize(1280, 900)
    window.tabs.setCurrentWidget(window.train)
    made = window.watching
    window.train.view.pages.setCurrentWidget(made)
    window.train.view.pages.choose(True)
    qtbot.waitUntil(lambda: made.seen)
    yield made
    qtbot.waitUntil(lambda: not made.latest.busy, timeout=20_000)


@pytest.fixture
def run(tmp_path):
    """The folder of the run that `staging.started` names."""
    folder = tmp_path / "runs" / "run"
    folder.mkdir(parents=True)
    recipe = find_recipe("studio-quick")
    write_run(
        folder,
        RunRecord(
            id="run", recipe=recipe, created="2026-01-01T00:00:00+00:00", status="running",
            classes=tuple("0123456789"),
        ),
    )  # fmt: skip
    return folder


def begin(window, engine, qtbot):
    """Begin a training and return its job."""
    job = window.train.train_recipe(find_recipe("studio-quick"))
    engine._arrived.emit(started(job))
    qtbot.waitUntil(lambda: engine.folder(job) is not None)
    return job


def tell(engine, event):
    engine._arrived.emit(event)


def choose(page, source):
    page.sources.setCurrentIndex(page.sources.findData(source))
    page.sources.activated.emit(page.sources.currentIndex())


def seen(qtbot, page, condition=lambda snapshot: True):
    """Wait until something is shown that meets a condition."""
    qtbot.waitUntil(
        lambda: not page.latest.busy and page.canvas.snapshot is not None and condition(page.canvas.snapshot),
        timeout=20_000,
    )
    return page.canvas.snapshot


def test_before_anything_was_trained_it_says_what_will_be_here(page):
    assert page.canvas.snapshot is None
    assert page.canvas.text.startswith("Click Train: what the network sees")
    assert page.canvas.accessibleDescription() == page.canvas.text
    assert not page.slider.isEnabled()


def test_training_is_asked_to_show_itself_only_while_somebody_looks(window, page, engine, asked, run, qtbot):
    job = begin(window, engine, qtbot)
    qtbot.waitUntil(lambda: asked == [(job, True)])
    assert page.canvas.text == "Waiting for the first batch …"
    pages = window.train.view.pages
    pages.setCurrentIndex(0)
    assert asked[-1] == (job, False)
    pages.setCurrentWidget(page)
    assert asked[-1] == (job, True)
    window.tabs.setCurrentWidget(window.draw)
    assert asked[-1] == (job, False)
    window.tabs.setCurrentWidget(window.train)
    pages.choose(False)
    qtbot.waitUntil(lambda: asked[-1] == (job, False))
    pages.choose(True)
    qtbot.waitUntil(lambda: asked[-1] == (job, True))
    assert all(before != after for before, after in pairwise(asked))  # nothing is asked twice


def test_last_drawing_is_answered_after_each_epoch(window, page, engine, run, qtbot):
    window.tabs.setCurrentWidget(window.draw)
    draw_strokes(window.draw.canvas, SEVEN)
    QTest.mouseClick(window.draw.clear_button, LEFT)  # the last drawing is still the last
    window.tabs.setCurrentWidget(window.train)
    job = begin(window, engine, qtbot)
    choose(page, "drawing")
    assert not page.number.isEnabled()
    write_epochs(run, {1: NETWORKS[1]})
    tell(engine, epoch(job, 1, 0.5, 0.5))
    snapshot = seen(qtbot, page)
    assert page.reading.startswith("epoch 1: 3 at 99.9 %")
    assert (snapshot.maps, snapshot.filters, snapshot.layers) == (None, None, 0)
    write_epochs(run, NETWORKS)
    tell(engine, epoch(job, 4, 0.6, 0.6))
    seen(qtbot, page, lambda snapshot: len(snapshot.epochs) == 4)
    assert page.reading.startswith("epoch 4: 7 at 94.3 %")  # e^5 of e^5 + 9
    assert page.canvas.accessibleDescription() == page.reading
    QTest.keyClick(page.slider, Qt.Key.Key_Home)
    seen(qtbot, page, lambda snapshot: snapshot.position == 0)
    assert page.reading.startswith("epoch 1: 3 at")


def test_weights_of_the_moment_are_followed_and_a_chosen_epoch_stays(window, page, engine, run, qtbot):
    job = begin(window, engine, qtbot)
    choose(page, "test")
    write_watched(run, {"0001": [KERNEL, HEAD], "now": [KERNEL, HEAD]})
    tell(engine, batch(job, epoch=2, step=1))
    snapshot = seen(qtbot, page)
    assert snapshot.epochs == (1, NOW) and snapshot.position == 1 and page.reading.startswith("now: ")
    before = snapshot.maps.picture
    write_weights(run / "epochs" / "now.npz", [np.flip(KERNEL, axis=0), HEAD])
    tell(engine, batch(job, epoch=2, step=2))
    seen(qtbot, page, lambda snapshot: snapshot.maps.picture != before)
    page.slider.setValue(0)
    seen(qtbot, page, lambda snapshot: snapshot.position == 0)
    write_weights(run / "epochs" / "0002.npz", [KERNEL, HEAD])
    tell(engine, epoch(job, 2, 0.6, 0.6))
    seen(qtbot, page, lambda snapshot: snapshot.epochs == (1, 2, NOW))
    assert page.reading.startswith("epoch 1: ")
    page.slider.setValue(2)
    (run / "epochs" / "now.npz").unlink()
    tell(engine, done(job, run))
    seen(qtbot, page, lambda snapshot: snapshot.epochs == (1, 2))
    assert page.reading.startswith("epoch 2: ")


def test_chosen_test_image_is_shown_with_its_class(window, page, engine, run, qtbot):
    begin(window, engine, qtbot)
    write_watched(run, {"0001": [KERNEL, HEAD]})
    choose(page, "test")
    snapshot = seen(qtbot, page)
    images, labels = load_subset("mnist", "test")
    assert (snapshot.label, snapshot.count) == (str(labels[0]), 10_000)
    assert page.number.maximum() == 10_000
    page.number.setValue(42)
    snapshot = seen(qtbot, page, lambda snapshot: snapshot.number == 41)
    assert snapshot.label == str(labels[41])
    shown = np.array(
        [[snapshot.picture.pixelColor(x, y).red() for x in range(28)] for y in range(28)], np.uint8
    )
    np.testing.assert_array_equal(shown, images[41, ..., 0])


def test_recipe_without_validation_images_says_so_and_other_images_are_shown(
    window, page, engine, run, qtbot
):
    begin(window, engine, qtbot)
    write_watched(run, {"0001": [KERNEL, HEAD]})  # whose card has no recipe: nothing was set aside
    choose(page, "validation")
    qtbot.waitUntil(lambda: page.canvas.text.startswith("There are no validation images."), timeout=20_000)
    choose(page, "test")
    seen(qtbot, page)


def test_where_nobody_chose_and_none_were_set_aside_test_images_are_shown(window, page, engine, run, qtbot):
    job = begin(window, engine, qtbot)
    write_watched(run, {"0001": [KERNEL, HEAD]})
    tell(engine, epoch(job, 1, 0.5, 0.5))
    assert seen(qtbot, page).count == 10_000
    assert page.sources.currentData() == "test"


def test_empty_sheet_says_to_draw(window, page, engine, run, qtbot):
    begin(window, engine, qtbot)
    write_watched(run, {"0001": [KERNEL, HEAD]})
    choose(page, "drawing")
    qtbot.waitUntil(lambda: "Draw something in the Draw tab." in page.canvas.text, timeout=20_000)


def test_click_on_the_chart_goes_to_an_epoch_and_tips_tell_what_is_where(window, page, engine, run, qtbot):
    job = begin(window, engine, qtbot)
    choose(page, "test")
    write_watched(run, {f"{number:04}": [KERNEL * number, HEAD] for number in (1, 2, 3, 4)})
    tell(engine, epoch(job, 4, 0.5, 0.5))
    seen(qtbot, page)
    plot = page.canvas.chart().plot
    spot = QPoint(int(plot.left() + 0.6 * plot.width()), int(plot.center().y()))
    QTest.mouseClick(page.canvas, LEFT, NO_KEYS, spot)
    assert seen(qtbot, page, lambda snapshot: snapshot.position == 2).epochs[2] == 3
    tips = {page.canvas.tip_at(panel.center()) for panel in page.canvas.panels()}
    assert len(tips) == 4 and all(tips)


def test_training_that_ended_at_once_leaves_a_sentence(window, page, engine, run, qtbot):
    job = begin(window, engine, qtbot)
    tell(engine, JobCanceled(job=job))
    qtbot.waitUntil(lambda: page.canvas.text == "This run kept no epochs.")


def test_in_a_small_window_it_takes_the_room_of_the_curves_until_it_is_left(window, page, qtbot):
    curves = window.train.view.curves
    assert curves.isVisible()  # in a large one both have room
    QTest.mouseClick(page.larger, LEFT)
    assert not curves.isVisible()
    qtbot.waitUntil(lambda: page.canvas.height() > 240)
    window.train.view.pages.setCurrentIndex(0)
    assert curves.isVisible()
    window.train.view.pages.setCurrentWidget(page)
    assert not curves.isVisible()
    QTest.mouseClick(page.larger, LEFT)
    assert curves.isVisible()


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("size", [(400, 112), (574, 320), (1600, 500)])
def test_everything_is_painted_at_any_size(window, page, engine, run, theme, qtbot, mode, size):
    theme.choose(mode)
    empty = pixels_of(page.canvas)
    begin(window, engine, qtbot)
    choose(page, "test")
    write_watched(run, {"0001": [KERNEL, HEAD]})
    page.look()
    seen(qtbot, page)
    assert (pixels_of(page.canvas) != empty).any(axis=2).mean() > 0.02
    page.canvas.resize(*size)
    rooms = page.canvas.panels()
    for number, room in enumerate(rooms):
        assert page.canvas.rect().contains(room.toAlignedRect())
        assert not any(room.intersects(other) for other in rooms[number + 1 :])


def test_own_run_of_an_unknown_data_set_is_an_error_in_words(window, page, engine, run, qtbot):
    recipe = msgspec.structs.replace(find_recipe("studio-quick"), dataset="file:/gone")
    record = msgspec.json.decode((run / "run.json").read_bytes(), type=RunRecord)
    write_run(run, msgspec.structs.replace(record, recipe=recipe))
    begin(window, engine, qtbot)
    write_watched(run, {"0001": [KERNEL, HEAD]}, dataset="file:/gone")
    choose(page, "test")
    qtbot.waitUntil(lambda: page.canvas.text.startswith("There is no /gone."), timeout=20_000)
