"""The Runs tab: what it lists, how it is sorted, filtered and changed, and what leads away from it."""

from pathlib import Path

import msgspec
import pytest
from accessibility import accessible_name, interactive
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QFileDialog, QLineEdit, QWidget
from run_folders import make_run
from scipy import stats
from staging import LEFT, NO_KEYS, epoch, finish, pixels_of, started, wait, write_checkpoint

from cnn_studio.core.base.file_lock import occupying
from cnn_studio.core.protocol.events import JobCanceled
from cnn_studio.core.recipes.presets import find_recipe
from cnn_studio.core.runs.run_columns import FIELDS
from cnn_studio.core.runs.run_folder import HISTORY_FILE, read_run, write_run
from cnn_studio.ui.services.model_registry import ModelRegistry
from cnn_studio.ui.shell.main_window import MainWindow

COLUMN = {field.name: number for number, field in enumerate(FIELDS)}
CONTROL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def folder(tmp_path):
    """Where the window looks for runs."""
    return tmp_path / "runs"


@pytest.fixture
def four(folder):
    """Three sound runs, a newest, and a damaged one, oldest."""
    made = [
        make_run(folder, "a", right=97, created="2026-04-01T00:00:00+00:00"),
        make_run(folder, "b", right=99, created="2026-03-01T00:00:00+00:00", preset="fashion-vgg2"),
        make_run(folder, "c", right=98, created="2026-02-01T00:00:00+00:00", seconds=500.0, seed=1),
        make_run(folder, "d", created="2026-01-01T00:00:00+00:00"),
    ]
    (made[3] / "run.json").unlink()
    return made


@pytest.fixture
def show(window, qtbot):
    """Show the tab once the runs are made, and wait until they are read."""

    def shown():
        window.tabs.setCurrentWidget(window.runs)
        tab = window.runs.page
        wait(qtbot, tab.model.shown_changed, lambda: tab.model.rows)
        return tab

    return shown


@pytest.fixture
def tab(four, show):
    return show()


def names(tab):
    """The folders' names in the order of the table."""
    found = []
    for line in tab.model.lines:
        found += [row.folder.name for row in getattr(line, "rows", (line,))]
    return found


def cell(tab, name, column):
    return tab.model.index_of(tab.model.rows[0].folder.parent / name).siblingAtColumn(COLUMN[column])


def said(tab, name, column):
    return cell(tab, name, column).data()


def press_cell(tab, name, column, modifiers=NO_KEYS, double=False):
    index = cell(tab, name, column)
    tab.view.scrollTo(index)
    place = tab.view.visualRect(index).center()
    QTest.mouseClick(tab.view.viewport(), LEFT, modifiers, place)
    if double:
        QTest.mouseDClick(tab.view.viewport(), LEFT, modifiers, place)


def select(tab, *chosen):
    for number, name in enumerate(chosen):
        press_cell(tab, name, "data", CONTROL if number else NO_KEYS)


def wait_for_change(qtbot, tab, condition):
    wait(qtbot, tab.model.shown_changed, condition, seconds=20)


def type_filter(qtbot, tab, text):
    with qtbot.waitSignal(tab.bar.typed.timeout):
        tab.bar.filter.clear()
        QTest.keyClicks(tab.bar.filter, text)


def test_the_tab_is_the_last_and_made_when_it_is_first_shown(window):
    last = window.tabs.widget(window.tabs.count() - 1)
    assert last.objectName() == "runsTab"
    assert last.page is None
    window.show_tab("runsTab")
    assert last.page is not None


def test_without_a_run_it_says_what_will_be_there_and_leads_to_the_training(window, qtbot):
    window.tabs.setCurrentWidget(window.runs)
    tab = window.runs.page
    wait(qtbot, tab.stack.currentChanged, lambda: tab.stack.currentIndex() == 1)
    assert tab.train_button.isVisible()
    QTest.mouseClick(tab.train_button, LEFT)
    assert window.tabs.currentWidget() is window.train


def test_the_newest_run_comes_first_and_none_is_left_out(tab):
    assert names(tab) == ["a", "b", "c", "d"]
    assert tab.bar.count.text().startswith("4 run")


def test_a_row_says_accuracy_with_interval_and_its_figures(tab):
    wilson = stats.binomtest(97, 100).proportion_ci(method="wilson")
    assert said(tab, "a", "test") == f"97.00 % ({100 * wilson.low:.2f} – {100 * wilson.high:.2f})"
    assert said(tab, "a", "params") == "80.2 k"
    assert said(tab, "b", "data") == "Fashion-MNIST"
    assert said(tab, "c", "seconds") == "8:20 min"
    assert said(tab, "a", "looks") == "1"
    assert said(tab, "a", "status") == "finished"


def test_a_damaged_run_has_its_sentence_in_its_row_and_below(tab, qtbot):
    assert said(tab, "d", "status") == "damaged: run.json is missing."
    select(tab, "d")
    problem = tab.card.details.problem
    qtbot.waitUntil(lambda: "run.json is missing" in problem.text())
    assert problem.isVisible()
    assert not tab.card.buttons["draw"].isVisible()


def test_the_sentence_of_an_unreadable_run_is_painted_across_its_row(tab):
    row = tab.view.visualRect(cell(tab, "d", "data"))
    beyond = QRect(row.left(), row.top() + 4, 90, row.height() - 8)
    with_sentence = pixels_of(tab.view.viewport())[
        beyond.top() : beyond.bottom(), beyond.left() : beyond.right()
    ]
    assert len({tuple(pixel) for line in with_sentence for pixel in line}) > 5


def test_a_click_on_a_head_sorts_and_another_turns_it_round(tab, settings):
    header = tab.view.header()

    def click(column):
        place = QPoint(header.sectionViewportPosition(COLUMN[column]) + 20, header.height() // 2)
        QTest.mouseClick(header.viewport(), LEFT, NO_KEYS, place)

    click("test")
    first = names(tab)
    click("test")
    second = names(tab)
    assert {tuple(first), tuple(second)} == {("a", "c", "b", "d"), ("b", "c", "a", "d")}  # unknown stays last
    assert settings.runs_sort in ("test", "-test")


def test_the_filter_shows_what_it_asks_for_and_how_many_that_are(tab, qtbot):
    type_filter(qtbot, tab, "test>97.5 data:mnist")
    assert names(tab) == ["b", "c"]
    type_filter(qtbot, tab, "test>97.5 -data:fashion")
    assert names(tab) == ["c"]
    assert tab.bar.count.text().startswith("1 of 4")
    type_filter(qtbot, tab, "status:damaged")
    assert names(tab) == ["d"]


def test_a_filter_that_is_not_understood_is_explained_and_changes_nothing(tab, qtbot):
    type_filter(qtbot, tab, "color:red")
    assert "There is no field “color”" in tab.bar.mistake.text()
    assert tab.bar.mistake.isVisible()
    assert len(names(tab)) == 4
    type_filter(qtbot, tab, "seed=0")
    assert not tab.bar.mistake.isVisible()


def test_control_f_goes_to_the_filter(tab, window, qtbot):
    with qtbot.waitActive(window):
        window.activateWindow()
    tab.view.setFocus()
    QTest.keyClick(tab.view, Qt.Key.Key_F, CONTROL)
    assert tab.bar.filter.hasFocus()


def test_f2_renames_in_place_and_control_z_takes_it_back(tab, window, four, qtbot):
    with qtbot.waitActive(window):
        window.activateWindow()
    select(tab, "b")
    QTest.keyClick(tab.view, Qt.Key.Key_F2)
    editor = tab.view.findChild(QLineEdit, "runCellEditor")
    editor.selectAll()
    QTest.keyClicks(editor, "The wide one")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    wait_for_change(qtbot, tab, lambda: said(tab, "b", "name") == "The wide one")
    assert read_run(four[1]).record.title == "The wide one"
    assert window.tabs.currentWidget() is window.runs  # Return only ended the writing
    qtbot.waitUntil(
        lambda: window._registry.runs and "The wide one" in {run.label[:12] for run in window._registry.runs}
    )
    QTest.keyClick(tab.view, Qt.Key.Key_Z, CONTROL)
    wait_for_change(qtbot, tab, lambda: said(tab, "b", "name") == find_recipe("fashion-vgg2").title)
    assert read_run(four[1]).record.title == ""


def test_a_double_click_writes_a_note(tab, four, qtbot):
    press_cell(tab, "c", "note", double=True)
    editor = tab.view.findChild(QLineEdit, "runCellEditor")
    QTest.keyClicks(editor, "seeds matter")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    wait_for_change(qtbot, tab, lambda: said(tab, "c", "note") == "seeds matter")
    assert read_run(four[2]).record.note == "seeds matter"


def test_escape_leaves_a_name_as_it_was(tab, four):
    press_cell(tab, "c", "name", double=True)
    editor = tab.view.findChild(QLineEdit, "runCellEditor")
    QTest.keyClicks(editor, "nonsense")
    QTest.keyClick(editor, Qt.Key.Key_Escape)
    assert read_run(four[2]).record.title == ""
    assert not tab.changes.can_undo


def test_a_click_stars_a_run_and_the_s_key_the_selected_ones(tab, four, qtbot):
    press_cell(tab, "a", "star")
    wait_for_change(qtbot, tab, lambda: said(tab, "a", "star") == "★")
    select(tab, "b", "c")
    QTest.keyClick(tab.view, Qt.Key.Key_S)
    wait_for_change(qtbot, tab, lambda: said(tab, "b", "star") == said(tab, "c", "star") == "★")
    assert [read_run(path).record.starred for path in four[:3]] == [True, True, True]
    QTest.keyClick(tab.view, Qt.Key.Key_S)
    wait_for_change(qtbot, tab, lambda: said(tab, "b", "star") == said(tab, "c", "star") == "")


def test_delete_moves_to_the_trash_and_undo_brings_it_back(tab, four, qtbot, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    select(tab, "b", "d")
    before = (four[1] / HISTORY_FILE).read_bytes()
    QTest.keyClick(tab.view, Qt.Key.Key_Delete)
    wait_for_change(qtbot, tab, lambda: names(tab) == ["a", "c"])
    assert not four[1].exists()
    assert list((tmp_path / "data" / "Trash" / "files").iterdir())
    assert tab.undo_bar.isVisible()
    assert "2 run" in tab.undo_bar.text
    QTest.mouseClick(tab.undo_bar.button, LEFT)
    wait_for_change(qtbot, tab, lambda: names(tab) == ["a", "b", "c", "d"])
    assert (four[1] / HISTORY_FILE).read_bytes() == before
    assert not tab.undo_bar.isVisible()
    assert not list((tmp_path / "data" / "Trash" / "info").iterdir())


def test_a_run_that_is_trained_is_not_deleted(folder, four, show, qtbot):
    with occupying(four[0]):
        tab = show()
        assert said(tab, "a", "status") == "training"
        select(tab, "a")
        QTest.keyClick(tab.view, Qt.Key.Key_Delete)
        assert "It is being trained" in tab.banner.text
        assert four[0].exists()


def test_a_run_whose_place_is_taken_is_not_overwritten_by_undo(tab, four, qtbot, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    select(tab, "b")
    QTest.keyClick(tab.view, Qt.Key.Key_Delete)
    wait_for_change(qtbot, tab, lambda: names(tab) == ["a", "c", "d"])
    make_run(four[1].parent, "b", note="another")
    QTest.mouseClick(tab.undo_bar.button, LEFT)
    qtbot.waitUntil(lambda: "was not brought back" in tab.banner.text)
    assert read_run(four[1]).record.note == "another"


def test_columns_are_chosen_and_remembered_with_their_widths(
    four, tab, theme, engine, settings, qtbot, folder
):
    menu = tab.view.column_menu()
    flops = next(action for action in menu.actions() if action.text() == "FLOPs")
    assert not flops.isChecked()
    flops.trigger()
    menu.deleteLater()
    tab.view.header().resizeSection(COLUMN["data"], 177)
    tab.view.show_column(COLUMN["val"], False)
    other = MainWindow(theme, engine, ModelRegistry(folder), settings)
    with qtbot.waitExposed(other):
        other.show()
    other.tabs.setCurrentWidget(other.runs)
    header = other.runs.page.view.header()
    assert not header.isSectionHidden(COLUMN["flops"])
    assert header.isSectionHidden(COLUMN["val"])
    assert header.sectionSize(COLUMN["data"]) == 177
    finish(other)


def test_settings_with_columns_that_no_longer_are_do_no_harm(four, window, settings, qtbot):
    settings.runs_columns, settings.runs_sort = {"gone": 80, "test": 120}, "-gone"
    window.tabs.setCurrentWidget(window.runs)
    tab = window.runs.page
    wait(qtbot, tab.model.shown_changed, lambda: tab.model.rows)
    assert not tab.view.header().isSectionHidden(COLUMN["name"])
    assert names(tab) == ["a", "b", "c", "d"]


def test_seeds_of_one_recipe_are_gathered_with_mean_deviation_and_interval(tab, qtbot):
    QTest.mouseClick(tab.bar.group_button, LEFT)
    assert [len(getattr(line, "rows", (line,))) for line in tab.model.lines] == [2, 1, 1]
    shares = [97.0, 98.0]
    low, high = stats.t.interval(0.95, 1, 97.5, stats.sem(shares))
    group = tab.model.index(0, COLUMN["test"])
    assert group.data() == f"97.50 ± 0.71 ({low:.2f} – {high:.2f})"
    press_cell(tab, "b", "data")
    first = tab.model.index(0, COLUMN["data"])
    QTest.mouseClick(tab.view.viewport(), LEFT, NO_KEYS, tab.view.visualRect(first).center())
    assert [row.folder.name for row in tab.view.selected] == ["a", "c"]
    QTest.mouseClick(tab.bar.group_button, LEFT)
    assert names(tab) == ["a", "b", "c", "d"]
    assert [row.folder.name for row in tab.view.selected] == ["a", "c"]


def test_the_selected_run_is_told_in_curves_words_and_files(tab, four, qtbot):
    select(tab, "a")
    details = tab.card.details
    qtbot.waitUntil(lambda: details.reading is not None and details.reading.row.folder == four[0])
    assert details.curves.best_epoch == 3
    for text in ("Adam, learning rate 0.006", "a random 5 % of the training images"):
        assert text in details.recipe.toPlainText()
    assert "Conv2D 16, 5x5, relu" in details.layers.toPlainText()
    assert "3.15.1" in details.result.toPlainText()
    size = (four[0] / "evaluation.npz").stat().st_size
    assert f"{size / 1000:.3g} kB\nevaluation.npz" in details.files.toPlainText()
    QTest.mouseClick(tab.findChild(QWidget, "runResultPageButton"), LEFT)
    assert details.files.isVisible()


def test_several_selected_runs_are_compared_but_not_too_many(folder, show, qtbot):
    for number in range(13):
        make_run(folder, f"r{number:02}", seed=number)
    tab = show()
    tab.view.select([folder / "r01", folder / "r02"])
    assert tab.card.comparison.isVisible()
    tab.view.selectAll()
    assert tab.card.too_many.isVisible()
    tab.view.select([])
    assert tab.card.empty.isVisible()


def test_what_is_selected_may_take_the_whole_tab(tab):
    select(tab, "a")
    QTest.mouseClick(tab.card.enlarge, LEFT)
    assert not tab.view.isVisible()
    QTest.mouseClick(tab.card.enlarge, LEFT)
    assert tab.view.isVisible()


def test_selection_survives_what_happens_to_other_runs(tab, folder, qtbot):
    select(tab, "c")
    make_run(folder, "e", created="2026-05-01T00:00:00+00:00")
    tab.refresh()
    wait_for_change(qtbot, tab, lambda: names(tab)[0] == "e")
    assert [row.folder.name for row in tab.view.selected] == ["c"]


def test_a_run_answers_on_the_draw_tab(tab, window, four):
    chosen = []
    window.draw.choose_model = chosen.append
    select(tab, "a")
    QTest.mouseClick(tab.card.buttons["draw"], LEFT)
    assert chosen == [four[0] / "model.onnx"]
    assert window.tabs.currentWidget() is window.draw


def test_enter_shows_a_runs_errors(tab, window, four, qtbot):
    select(tab, "a")
    QTest.keyClick(tab.view, Qt.Key.Key_Return)
    assert window.tabs.currentWidget() is window.evaluate
    assert window.evaluate._chosen == four[0]


def test_a_recipe_goes_back_to_the_workbench(tab, window, folder, show, qtbot):
    recipe = find_recipe("mnist-adadelta")
    recipe = msgspec.structs.replace(
        recipe, training=msgspec.structs.replace(recipe.training, batch_size=77, seed=5)
    )
    make_run(folder, "mine", recipe=recipe, seed=5)
    tab.refresh()
    wait_for_change(qtbot, tab, lambda: "mine" in names(tab))
    select(tab, "mine")
    QTest.mouseClick(tab.card.buttons["again"], LEFT)
    assert window.tabs.currentWidget() is window.train
    taken = window.train.panel.workbench.recipe
    assert (taken.layers, taken.training.batch_size, taken.training.seed) == (recipe.layers, 77, 5)


def test_a_run_that_was_cut_off_goes_on(folder, window, engine, show):
    path = make_run(folder, "cut")
    record = read_run(path).record
    training = msgspec.structs.replace(record.recipe.training, epochs=9)
    recipe = msgspec.structs.replace(record.recipe, training=training)
    write_run(path, msgspec.structs.replace(record, recipe=recipe, status="running", result=None))
    write_checkpoint(path, 3)
    make_run(folder, "whole", created="2025-01-01T00:00:00+00:00")
    tab = show()
    assert said(tab, "cut", "status") == "cut off"
    select(tab, "whole")
    assert not tab.card.buttons["goOn"].isVisible()
    select(tab, "cut")
    QTest.mouseClick(tab.card.buttons["goOn"], LEFT)
    assert engine.resumed == [(path, 0)]
    assert window.tabs.currentWidget() is window.train


def test_a_training_says_how_far_it_is_and_its_end_is_noticed(tab, engine, folder, qtbot):
    path = make_run(folder, "run", status="running", created="2026-06-01T00:00:00+00:00")
    job = engine.train(find_recipe("studio-quick"))
    with occupying(path):
        engine._arrived.emit(started(job))
        wait_for_change(qtbot, tab, lambda: "run" in names(tab))
        engine._arrived.emit(epoch(job, 2, 0.9, 0.91))
        qtbot.waitUntil(lambda: said(tab, "run", "status") == "epoch 2/3")
        select(tab, "run")
        details = tab.card.details
        qtbot.waitUntil(lambda: details.reading is not None and len(details.reading.history) == 3)
        lines = (path / HISTORY_FILE).read_text().splitlines()
        (path / HISTORY_FILE).write_text("\n".join([*lines, lines[-1].replace("3,", "4,", 1)]) + "\n")
        engine._arrived.emit(epoch(job, 4, 0.9, 0.91))
        qtbot.waitUntil(lambda: len(details.reading.history) == 4)
    write_run(path, msgspec.structs.replace(read_run(path).record, status="stopped"))
    engine._arrived.emit(JobCanceled(job=job))
    wait_for_change(qtbot, tab, lambda: said(tab, "run", "status") in ("stopped", "failed"))


def test_a_folder_that_is_let_go_later_is_noticed(folder, four, show, qtbot):
    with occupying(four[0]):
        tab = show()
        assert said(tab, "a", "status") == "training"
    wait_for_change(qtbot, tab, lambda: said(tab, "a", "status") == "finished")


def test_a_finished_run_appears(tab, engine, folder, qtbot):
    path = make_run(folder, "new", created="2026-06-01T00:00:00+00:00")
    engine.run_finished.emit(str(path))
    wait_for_change(qtbot, tab, lambda: names(tab)[0] == "new")


def test_a_report_is_written_where_it_was_asked_for(tab, qtbot, monkeypatch, tmp_path):
    wanted = tmp_path / "out" / "report"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(wanted), ""))
    select(tab, "a", "b")
    with qtbot.waitSignal(tab.reports.written, timeout=60_000):
        QTest.mouseClick(tab.card.buttons["report"], LEFT)
    assert str(wanted.with_suffix(".html")) in tab.banner.text
    assert "Comparison of 2 runs" in wanted.with_suffix(".html").read_text(encoding="utf-8")


def test_a_report_that_cannot_be_written_is_explained(tab, qtbot, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    wanted = tmp_path / "file" / "report.html"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(wanted), ""))
    select(tab, "a")
    with qtbot.waitSignal(tab.reports.failed, timeout=60_000):
        QTest.mouseClick(tab.card.buttons["report"], LEFT)
    assert "Cannot write" in tab.banner.text


def test_a_record_that_cannot_be_written_is_explained(tab, four):
    (four[0] / "run.json").unlink()
    press_cell(tab, "a", "star")
    assert "is not a run folder" in tab.banner.text


def test_export_opens_its_dialog(tab, window):
    select(tab, "a")
    tab.actions_.actions["export"].trigger()
    assert [dialog.objectName() for dialog in tab.findChildren(QDialog)] == ["exportDialog"]


def test_everything_on_the_tab_has_a_name_for_who_cannot_see_it(tab, window):
    select(tab, "a")
    inside = [widget for widget in interactive(window) if window.runs.isAncestorOf(widget)]
    assert len(inside) > 10
    assert [str(widget) for widget in inside if not (accessible_name(widget) and widget.objectName())] == []
    assert accessible_name(tab.view)


@pytest.mark.parametrize("choice", ["light", "dark"])
def test_it_is_painted_in_the_colors_of_the_appearance(tab, theme, choice):
    theme.choose(choice)
    select(tab, "a")
    pixels = pixels_of(tab.view.viewport())
    row = tab.view.visualRect(cell(tab, "a", "data"))
    for token, line, column in (("surface", -3, 3), ("accent_soft", row.top() + 3, row.left() + 2)):
        color = theme.tokens.color(token).getRgb()
        assert tuple(int(value) for value in pixels[line, column]) == color


def test_the_folder_of_a_run_can_be_opened(tab, four, monkeypatch):
    opened = []
    monkeypatch.setattr(
        "cnn_studio.ui.runs.runs_tab.open_in_system", lambda path: opened.append(path) or len(opened) < 2
    )
    select(tab, "a")
    tab.actions_.actions["folder"].trigger()
    assert opened == [Path(four[0])]
    assert not tab.banner.isVisible()
    tab.actions_.actions["folder"].trigger()  # the system has no program for it this time
    assert str(four[0]) in tab.banner.text
