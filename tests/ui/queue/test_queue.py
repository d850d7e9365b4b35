"""The queue in the Train tab: what waits, what is trained, what came of it."""

import msgspec
import pytest
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QPushButton, QTabWidget, QWidget
from shiboken6 import isValid
from staging import StandInEngine, batch, done, epoch, make_run, started, write_checkpoint

from cnn_studio.core.protocol.events import JobCanceled, JobFailed, TrainingPaused
from cnn_studio.core.recipes.presets import find_recipe
from cnn_studio.core.runs.run_folder import read_run, write_history, write_run
from cnn_studio.core.training.sweep import PlannedTraining, seeds
from cnn_studio.core.training.training_queue import load_queue, new_rows, save_queue
from cnn_studio.ui.queue.queue_table import SEED, STATE, TEST, VALIDATION, WHAT
from cnn_studio.ui.services.model_registry import ModelRegistry
from cnn_studio.ui.shell.main_window import MainWindow

LEFT = Qt.MouseButton.LeftButton
QUICK = find_recipe("studio-quick")


@pytest.fixture
def entry(window, train, engine):
    engine.ready = True
    train.view.pages.choose(True)
    return window.queue


@pytest.fixture
def queue(entry):
    return entry.queue


@pytest.fixture
def page(entry, train, qtbot):
    train.view.pages.setCurrentWidget(entry.page)
    return entry.page


def add_seeds(entry, text="0-2"):
    return entry.queue.add(seeds(QUICK, text))


def shown(page, column):
    """Return a column's texts as the table shows them."""
    model = page.view.model()
    return [model.index(row, column).data() for row in range(model.rowCount())]


def click_row(page, number, modifiers=Qt.KeyboardModifier.NoModifier):
    page.view.scrollTo(page.table.index(number, 0))
    place = page.view.visualRect(page.table.index(number, 0)).center()
    QTest.mouseClick(page.view.viewport(), LEFT, modifiers, place)


def finish_row(engine, qtbot, queue, folder="/nowhere/run"):
    """Let the engine say that the training under way has ended, and the queue act on it."""
    with qtbot.waitSignal(queue.changed):
        engine.heard.emit(done(engine.jobs[-1], folder))
    settle(qtbot)


def settle(qtbot):
    """Let what was queued for later be done."""
    with qtbot.waitCallback() as called:
        QTimer.singleShot(0, called)


def test_rows_are_trained_one_after_the_other(entry, queue, page, engine, qtbot):
    add_seeds(entry)
    assert engine.jobs == []
    assert shown(page, SEED) == ["0", "1", "2"]
    assert shown(page, STATE) == ["waits"] * 3
    qtbot.mouseClick(page.start_button, LEFT)
    for number in range(3):
        assert len(engine.jobs) == number + 1  # the next only when the one before has ended
        job = engine.jobs[-1]
        engine.heard.emit(started(job, epochs=2))
        assert shown(page, STATE)[number] == "epoch 1 of 2"
        engine.heard.emit(epoch(job, 1, 0.8, 0.75))
        assert shown(page, VALIDATION)[number] == "75.00 %"
        engine.heard.emit(batch(job, epoch=2))
        assert shown(page, STATE)[number] == "epoch 2 of 2"
        finish_row(engine, qtbot, queue)
    assert [recipe.training.seed for recipe in engine.recipes] == [0, 1, 2]
    assert shown(page, STATE) == ["done"] * 3
    assert shown(page, TEST) == ["98.76 %"] * 3
    assert not queue.running
    assert page.summary.text().startswith("3 of 3 done")


def test_the_best_validation_stays_when_a_later_epoch_is_worse(entry, queue, page, engine):
    add_seeds(entry)
    queue.start()
    engine.heard.emit(started(engine.jobs[-1], epochs=3))
    for accuracy in (0.5, 0.75, 0.625):
        engine.heard.emit(epoch(engine.jobs[-1], 1, 0.8, accuracy))
    assert shown(page, VALIDATION)[0] == "75.00 %"


def test_what_is_done_is_not_trained_again_with_what_failed(entry, queue, page, engine, qtbot):
    add_seeds(entry)
    queue.start()
    finish_row(engine, qtbot, queue)
    engine.heard.emit(started(engine.jobs[-1]))
    with qtbot.waitSignal(queue.changed):
        engine.heard.emit(JobFailed(job=engine.jobs[-1], what="It diverged."))
    settle(qtbot)
    finish_row(engine, qtbot, queue)
    queue.retry([row.id for row in queue.rows])
    assert shown(page, STATE) == ["done", "waits", "done"]
    assert shown(page, TEST)[0] == "98.76 %"


def test_a_failed_row_says_why_and_does_not_stop_the_others(entry, queue, page, engine, qtbot):
    add_seeds(entry)
    queue.start()
    engine.heard.emit(started(engine.jobs[-1]))
    with qtbot.waitSignal(queue.changed):
        engine.heard.emit(JobFailed(job=engine.jobs[-1], what="It diverged.", why="The loss became nan."))
    settle(qtbot)
    assert shown(page, STATE)[0] == "failed: It diverged. The loss became nan."
    assert len(engine.jobs) == 2
    finish_row(engine, qtbot, queue)
    finish_row(engine, qtbot, queue)
    assert shown(page, STATE)[1:] == ["done", "done"]
    click_row(page, 0)
    qtbot.mouseClick(page.retry_button, LEFT)
    assert shown(page, STATE)[0] == "waits"
    queue.start()
    assert engine.recipes[-1].training.seed == 0


def test_an_engine_that_cannot_start_does_not_fail_one_row_after_the_other(entry, queue, page, engine, qtbot):
    engine.ready = False
    add_seeds(entry)
    queue.start()
    with qtbot.waitSignal(queue.changed):
        engine.heard.emit(JobFailed(job=engine.jobs[-1], what="The engine could not be started."))
    settle(qtbot)
    assert [text.partition(":")[0] for text in shown(page, STATE)] == ["failed", "waits", "waits"]
    assert not queue.running


def test_stop_ends_the_row_under_way_and_holds_the_queue(entry, queue, page, train, engine, qtbot):
    add_seeds(entry)
    queue.start()
    engine.heard.emit(started(engine.jobs[-1]))
    qtbot.mouseClick(train.stop_button, LEFT)
    assert engine.canceled == engine.jobs
    with qtbot.waitSignal(queue.changed):
        engine.heard.emit(done(engine.jobs[-1], stopped=True))
    settle(qtbot)
    assert shown(page, STATE) == ["stopped", "waits", "waits"]
    assert len(engine.jobs) == 1
    assert page.start_button.text() == "Start queue"


def test_pause_queue_lets_the_row_under_way_end(entry, queue, page, engine, qtbot):
    add_seeds(entry)
    qtbot.mouseClick(page.start_button, LEFT)
    assert page.start_button.text() == "Pause queue"
    qtbot.mouseClick(page.start_button, LEFT)
    finish_row(engine, qtbot, queue)
    assert engine.canceled == []
    assert len(engine.jobs) == 1
    assert shown(page, STATE) == ["done", "waits", "waits"]


def test_a_paused_training_is_told(entry, queue, page, engine):
    add_seeds(entry)
    queue.start()
    job = engine.jobs[-1]
    engine.heard.emit(started(job))
    engine.heard.emit(TrainingPaused(job=job, epoch=1))
    assert shown(page, STATE)[0] == "paused in epoch 1 of 2"


def test_the_queue_waits_for_a_training_of_the_persons_own(entry, queue, train, engine, qtbot):
    qtbot.mouseClick(train.train_button, LEFT)
    add_seeds(entry)
    queue.start()
    assert len(engine.jobs) == 1
    engine.heard.emit(done(engine.jobs[-1]))
    settle(qtbot)
    assert len(engine.jobs) == 2
    assert engine.recipes[-1].training.seed == 0


def test_train_adds_to_a_queue_that_runs(entry, queue, train, engine, qtbot):
    assert train.train_button.text() == "Train"
    add_seeds(entry, "7")
    queue.start()
    assert train.train_button.text() == "Add to queue"
    qtbot.mouseClick(train.train_button, LEFT)
    assert len(engine.jobs) == 1
    assert [row.state for row in queue.rows] == ["training", "waiting"]
    finish_row(engine, qtbot, queue)
    assert engine.recipes[-1] == train.panel.recipe()
    finish_row(engine, qtbot, queue)
    assert train.train_button.text() == "Train"


def test_button_beside_train_lets_the_recipe_in_the_form_wait(entry, queue, train, page, engine, qtbot):
    train.panel.epochs.setValue(9)
    qtbot.mouseClick(entry.add_button, LEFT)
    (row,) = queue.rows
    assert row.recipe == train.panel.recipe()
    assert row.recipe.training.epochs == 9
    assert engine.jobs == []
    assert shown(page, WHAT) == ["Quick start: 99 % in seconds"]


def test_what_another_tab_made_of_the_recipe_joins_the_queue_while_the_form_shows_the_training(
    entry, queue, train, engine
):
    train.start()
    engine.heard.emit(started(engine.jobs[-1]))
    bench = train.panel.workbench
    bench.set_recipe(msgspec.structs.replace(bench.recipe, scaling="none"), "the Model tab")
    entry.add_current()
    assert [row.recipe.scaling for row in queue.rows] == ["none"]
    assert queue.rows[0].recipe.name == bench.recipe.name


def test_in_a_small_window_the_folded_queue_leaves_the_curves_alone(entry, train, window, qtbot):
    window.resize(1024, 680)
    train.view.pages.choose(False)
    entry.add_current()
    assert train.view.pages.currentWidget() is entry.page
    assert train.view.curves.isVisible()
    train.view.pages.choose(True)
    assert not train.view.curves.isVisible()


def test_rows_are_removed_brought_back_and_moved_with_the_keyboard(entry, queue, page, qtbot):
    add_seeds(entry, "0-4")
    click_row(page, 1)
    click_row(page, 2, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(page.view, Qt.Key.Key_Delete)
    assert shown(page, SEED) == ["0", "3", "4"]
    QTest.keyClick(page.view, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert shown(page, SEED) == ["0", "1", "2", "3", "4"]
    assert page.selected() == (queue.rows[1].id, queue.rows[2].id)
    QTest.keyClick(page.view, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert shown(page, SEED) == ["0", "3", "1", "2", "4"]
    for _ in range(3):  # no further than the top
        QTest.keyClick(page.view, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert shown(page, SEED) == ["1", "2", "0", "3", "4"]
    queue.start()
    assert queue.rows[0].state == "training"


def test_the_row_under_way_cannot_be_removed_and_ended_ones_are_cleared(entry, queue, page, engine, qtbot):
    add_seeds(entry)
    queue.start()
    finish_row(engine, qtbot, queue)
    page.select(tuple(row.id for row in queue.rows))
    qtbot.mouseClick(page.remove_button, LEFT)
    assert shown(page, SEED) == ["1"]
    qtbot.mouseClick(page.undo_button, LEFT)
    qtbot.mouseClick(page.clear_button, LEFT)
    assert shown(page, SEED) == ["1", "2"]


def test_seeds_show_their_mean_and_deviation(entry, queue, page, engine, qtbot):
    """98.76 % three times: the deviation is nothing."""
    add_seeds(entry)
    queue.start()
    finish_row(engine, qtbot, queue)
    assert page.summary.text().endswith("Quick start: 99 % in seconds, 1 of 3 seeds: test 98.76 %")
    finish_row(engine, qtbot, queue)
    assert page.summary.text().endswith("Quick start: 99 % in seconds, 2 of 3 seeds: test 98.76 ± 0.00 %")


def test_a_click_on_a_row_draws_its_curves_over_the_others(
    entry, queue, page, train, engine, qtbot, tmp_path
):
    folder = make_run(tmp_path / "runs")
    rows = [{"epoch": 1, "loss": 0.5, "accuracy": 0.75}, {"epoch": 2, "loss": 0.25, "accuracy": 0.875}]
    write_history(folder, rows)
    add_seeds(entry, "0-1")
    queue.start()
    finish_row(engine, qtbot, queue, folder)
    with qtbot.waitSignal(page.overlays_changed) as said:
        click_row(page, 0)
    ((name, history),) = said.args[0]
    assert name == "Quick start: 99 % in seconds, 0"
    assert [(row["epoch"], row["accuracy"]) for row in history] == [(1, 0.75), (2, 0.875)]
    assert [run.name for run in train.view.curves.data.further] == [name]
    with qtbot.waitSignal(page.overlays_changed):
        click_row(page, 1)  # under way: it is drawn already
    assert train.view.curves.data.further == []


# Several at once


@pytest.fixture
def dialog(entry, qtbot):
    made = entry.open_several()
    qtbot.waitUntil(lambda: made.add_button.isEnabled())
    yield made
    if isValid(made):
        made.reject()


def counted(dialog, qtbot, field, text):
    """Type a list and return what the dialog says of it, when all of it is counted."""
    field.setFocus()
    field.selectAll()
    QTest.keyClicks(field, text)
    qtbot.waitUntil(lambda: not dialog._counter.busy)
    return dialog.findChild(QLabel, "severalNote").text()


def test_seeds_are_counted_while_they_are_typed_and_join_the_queue(dialog, queue, qtbot):
    assert counted(dialog, qtbot, dialog.seeds, "1, 5-8").startswith("5 training")
    add = dialog.findChild(QPushButton, "severalAddButton")
    assert add.text() == "Add 5"
    qtbot.mouseClick(add, LEFT)
    assert [row.recipe.training.seed for row in queue.rows] == [1, 5, 6, 7, 8]


def test_a_grid_over_two_fields_is_chosen_by_typing(dialog, queue, page, qtbot):
    dialog.findChild(QTabWidget, "severalPages").setCurrentIndex(1)
    first, second = dialog.axes
    second.selector.setFocus()
    second.selector.lineEdit().selectAll()
    QTest.keyClicks(second.selector.lineEdit(), "Layer 1 (Conv2D) · filters")
    QTest.keyClick(second.selector.lineEdit(), Qt.Key.Key_Return)
    assert dialog.isVisible()  # Return chooses; it does not add yet
    assert second.swept.text == "layers[0].filters"
    counted(dialog, qtbot, first.values, "0.01, 0.001")
    assert counted(dialog, qtbot, second.values, "8,16,32").startswith("6 training")
    qtbot.mouseClick(dialog.findChild(QPushButton, "severalAddButton"), LEFT)
    made = [(row.recipe.optimizer.learning_rate, row.recipe.layers[0].filters) for row in queue.rows]
    assert made == [(0.01, 8), (0.01, 16), (0.01, 32), (0.001, 8), (0.001, 16), (0.001, 32)]
    assert shown(page, WHAT)[0] == "learning rate 0.01, layer 1 filters 8 · Quick start: 99 % in seconds"


def test_what_cannot_be_trained_is_explained_and_cannot_be_added(dialog, queue, qtbot):
    dialog.findChild(QTabWidget, "severalPages").setCurrentIndex(1)
    said = counted(dialog, qtbot, dialog.axes[0].values, "0.1, -1")
    assert "cannot be -1" in said
    assert "a number above 0 to 10" in said
    assert not dialog.findChild(QPushButton, "severalAddButton").isEnabled()
    assert counted(dialog, qtbot, dialog.axes[0].values, "0.1").startswith("1 training")


def test_presets_are_added_with_their_own_data(dialog, queue, qtbot):
    dialog.findChild(QTabWidget, "severalPages").setCurrentIndex(2)
    qtbot.waitUntil(lambda: dialog.recipes.count() > 0)
    chosen = [row for row in range(dialog.recipes.count()) if "ashion" in dialog.recipes.item(row).text()][:2]
    for row in chosen:
        dialog.recipes.item(row).setCheckState(Qt.CheckState.Checked)
    qtbot.waitUntil(lambda: not dialog._counter.busy)
    qtbot.mouseClick(dialog.findChild(QPushButton, "severalAddButton"), LEFT)
    assert [row.recipe.dataset for row in queue.rows] == ["fashion_mnist"] * 2


# Closing the program and coming back


@pytest.fixture
def relaunched(qtbot, theme, settings, tmp_path):
    """Make a window whose queue is kept in a file, as often as wanted."""
    made = []

    def launch():
        engine = StandInEngine(tmp_path / "runs")
        window = MainWindow(
            theme, engine, ModelRegistry(tmp_path / "runs"), settings, queue_path=tmp_path / "queue.json"
        )
        window.engine = engine
        window.draw.load_now()
        window.show()
        window.tabs.setCurrentWidget(window.train)
        keeper = window.queue.keeper
        with qtbot.waitSignal(keeper._reader._carrier.done):
            window.queue.load()
        made.append(window)
        return window

    yield launch
    for window in made:
        window.engine.end_jobs()
        window.asks = False
        window.close()
        window.deleteLater()


def test_the_queue_survives_closing_and_is_offered_again(relaunched, qtbot):
    first = relaunched()
    assert not first.queue.offer.isVisible()
    first.queue.queue.add(seeds(QUICK, "4-5"))
    first.asks = False
    first.close()
    window = relaunched()
    engine, offer = window.engine, window.queue.offer
    assert offer.isVisible()
    assert offer.accessibleName().startswith("2 trainings left")
    assert not window.tabs.tabIcon(window.tabs.indexOf(window.train)).isNull()
    assert engine.jobs == []
    engine.ready = True
    qtbot.mouseClick(offer.findChild(QPushButton, "queueOfferStartButton"), LEFT)
    assert [recipe.training.seed for recipe in engine.recipes] == [4]
    assert not offer.isVisible()
    assert window.tabs.tabIcon(window.tabs.indexOf(window.train)).isNull()


def test_a_row_that_was_cut_off_goes_on_from_its_checkpoint(relaunched, tmp_path):
    folder = make_run(tmp_path / "runs")
    write_run(folder, msgspec.structs.replace(read_run(folder).record, status="running", result=None))
    write_checkpoint(folder, epoch=1)
    (row,) = new_rows([PlannedTraining(QUICK)])
    save_queue(
        (msgspec.structs.replace(row, state="training", run=str(folder), epoch=2),), tmp_path / "queue.json"
    )
    window = relaunched()
    assert shown(window.queue.page, STATE) == ["waiting to resume"]
    window.queue.queue.start()
    assert window.engine.resumed == [(folder, 0)]
    assert window.engine.recipes == []


def test_what_is_added_before_the_file_was_read_is_kept_beside_it(qtbot, theme, engine, settings, tmp_path):
    path = tmp_path / "queue.json"
    (old,) = new_rows([PlannedTraining(QUICK)])
    save_queue((old,), path)
    window = MainWindow(theme, engine, ModelRegistry(tmp_path / "runs"), settings, queue_path=path)
    (new,) = window.queue.queue.add(seeds(QUICK, "8"))
    with qtbot.waitSignal(window.queue.keeper._reader._carrier.done):
        window.queue.load()
    qtbot.waitUntil(lambda: [row.id for row in load_queue(path)[0]] == [old.id, new])
    window.close()
    window.deleteLater()


def test_what_is_trained_is_in_the_file_while_it_is_trained(relaunched, qtbot, tmp_path):
    window = relaunched()
    engine = window.engine
    window.queue.queue.add(seeds(QUICK, "1"))
    window.queue.queue.start()
    engine.heard.emit(started(engine.jobs[-1]))
    path = tmp_path / "queue.json"

    def kept():
        rows, _ = load_queue(path)
        return b'"training"' in path.read_bytes() if rows else False

    qtbot.waitUntil(kept)
    engine.heard.emit(JobCanceled(job=engine.jobs[-1]))
    qtbot.waitUntil(lambda: load_queue(path)[0][0].state == "stopped")


def test_everything_has_a_name_for_a_screen_reader(entry, page, dialog):
    for widget in (*page.findChildren(QWidget), *dialog.findChildren(QWidget)):
        if widget.focusPolicy() & Qt.FocusPolicy.TabFocus and widget.objectName().startswith(
            ("queue", "several", "grid")
        ):
            assert widget.accessibleName() or getattr(widget, "text", lambda: "")(), widget.objectName()


def test_the_table_is_painted_in_both_appearances(entry, page, window, qtbot):
    add_seeds(entry)
    click_row(page, 0)
    for choice in ("dark", "light"):
        window.choose_theme(choice)
        picture = page.view.viewport().grab().toImage()
        row = page.view.visualRect(page.table.index(0, WHAT))
        assert picture.pixelColor(QPoint(row.left() + 2, row.top() + 2)) == window._theme.tokens.color(
            "accent_soft"
        )
