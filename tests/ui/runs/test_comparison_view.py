"""Several runs compared in the window, driven as a person does."""

import csv

import numpy as np
import pytest
from compared_runs import made_run, test_labels
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox
from scipy import stats
from staging import LEFT, NO_KEYS, pixels_of, wait

from cnn_studio.ui.runs.comparison.comparison_view import ComparisonView
from cnn_studio.ui.widgets.confusion_matrix import ConfusionMatrix

CURVES, RECIPES, TRADE_OFF, CONFUSION, ERRORS, NOISE = range(6)


@pytest.fixture
def view(qtbot, theme, settings):
    made = ComparisonView(theme, settings)
    qtbot.addWidget(made)
    made.resize(1000, 560)
    with qtbot.waitExposed(made):
        made.show()
    return made


@pytest.fixture
def show(qtbot, view):
    """Shows runs and waits until they are read and two of them compared."""

    def shown(folders):
        with qtbot.waitSignals([view.comparison.changed, view.comparison.paired], timeout=30_000):
            view.show_runs(folders)
        return view

    return shown


@pytest.fixture
def pair(tmp_path):
    """Two runs: B fixes the first 14 images of A's 100 errors and breaks nine others."""
    return [
        made_run(tmp_path, "a", range(100)),
        made_run(tmp_path, "b", [*range(14, 100), *range(200, 209)], recipe="mnist-adadelta", seconds=300.0),
    ]


@pytest.fixture
def several(tmp_path):
    """Three seeds of one recipe, two of a better one."""
    return [
        made_run(tmp_path, "q0", range(100), seed=0),
        made_run(tmp_path, "q1", range(5, 103), seed=1),
        made_run(tmp_path, "q2", range(101), seed=2),
        made_run(tmp_path, "m0", range(60, 100), recipe="mnist-adadelta", seed=0, seconds=300.0),
        made_run(tmp_path, "m1", range(60, 102), recipe="mnist-adadelta", seed=1, seconds=320.0),
    ]


def test_the_boxes_say_what_tells_two_seeds_of_one_recipe_apart(show, several):
    view = show(several[:2])
    boxes = [view.findChild(QComboBox, f"comparedRun{letter}") for letter in "AB"]
    assert [box.currentText() for box in boxes] == ["seed 0", "seed 1"]
    assert boxes[0].toolTip().endswith(" · seed 0")


def page(view, number):
    """Open a page with a click and return what is in it."""
    QTest.mouseClick(view.page_buttons.button(number), LEFT)
    made = view._pages[number].page
    assert made.isVisible()
    return made


def texts(sheet):
    """What a table shows, row by row."""
    return [
        [sheet.item(row, column).text() if sheet.item(row, column) else "" for column in range(sheet.columnCount())]
        for row in range(sheet.rowCount())
    ]  # fmt: skip


def choose_pair(qtbot, view, a, b):
    with qtbot.waitSignal(view.comparison.paired, timeout=30_000):
        view.choice.first.setCurrentIndex(a)
        view.choice.second.setCurrentIndex(b)
        view.choice.second.activated.emit(b)


def test_says_how_it_is_filled_while_nothing_is_compared(view):
    assert "two runs or more" in view.verdict.text.text()
    for number in range(6):
        page(view, number)


def test_a_difference_within_noise_is_called_so(show, pair):
    view = show(pair)
    assert "within noise" in view.verdict.text.text()
    assert "(p = 0.40)" in view.verdict.text.text()
    assert "fixed 14, broke 9" in view.verdict.reasons.text()
    assert (
        "A 1, B 3" in view.verdict.reasons.text()
    )  # the second one's recipe watches the test set for two epochs


def test_more_than_noise_is_called_so_and_swapping_turns_it_round(qtbot, show, tmp_path):
    view = show([made_run(tmp_path, "a", range(100)), made_run(tmp_path, "b", range(40, 100))])
    assert "more than noise (p < 0.001)" in view.verdict.text.text()
    assert "40" in view.verdict.text.text() and "more of" in view.verdict.text.text()
    with qtbot.waitSignal(view.comparison.paired, timeout=30_000):
        QTest.mouseClick(view.choice.swap_button, LEFT)
    assert "fewer of" in view.verdict.text.text()
    assert "fixed 0, broke 40" in view.verdict.reasons.text()


def test_errors_page_shows_exactly_the_images_of_each_entry(show, pair):
    errors = page(show(pair), ERRORS)
    expected = {
        "fixed": list(range(14)),
        "broken": list(range(200, 209)),
        "both_wrong": list(range(14, 100)),
        "both_right": [*range(100, 200), *range(209, 10_000)],
    }
    for entry, images in expected.items():
        QTest.mouseClick(errors.buttons[entry], LEFT)
        assert f"{len(images):,}" in errors.buttons[entry].text()
        assert sorted(errors.gallery.numbers.tolist()) == images
    QTest.mouseClick(errors.buttons["fixed"], LEFT)
    model = errors.gallery.model()
    number, label = int(errors.gallery.numbers[0]), int(test_labels()[errors.gallery.numbers[0]])
    said = model.data(model.index(0, 0), Qt.ItemDataRole.AccessibleTextRole)
    assert said == (
        f"Image {number}: true {label}, read {label} at 90.0 %, by B; A read {(label + 1) % 10} at 80.0 %"
    )
    assert errors.gallery.tiles[0].lines == (
        (f"true {label}", "text"), (f"A ✗ {(label + 1) % 10} · 80 %", "bad"), (f"B ✓ {label} · 90 %", "good"),
    )  # fmt: skip


def test_ledger_is_saved_as_a_list(qtbot, show, pair, tmp_path):
    view = show(pair)
    errors = page(view, ERRORS)
    with qtbot.waitSignal(errors.saved, timeout=30_000):
        errors.save(tmp_path / "list")
    with (tmp_path / "list.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 14 + 9 + 86
    assert "list.csv" in view.banner.text
    with qtbot.waitSignal(errors.failed, timeout=30_000):
        errors.save(tmp_path / "list.csv" / "list.csv")
    assert "Cannot write" in view.banner.text


def test_confusion_difference_is_b_less_a_and_a_cell_shows_its_images(show, pair):
    view = show(pair)
    confusion = page(view, CONFUSION)
    labels = test_labels()
    counts = []
    for misread in (range(100), [*range(14, 100), *range(200, 209)]):
        matrix = np.diag(np.bincount(labels))
        for number in misread:
            matrix[labels[number], labels[number]] -= 1
            matrix[labels[number], (labels[number] + 1) % 10] += 1
        counts.append(matrix)
    assert np.array_equal(confusion.difference.counts, counts[1] - counts[0])
    QTest.mouseClick(confusion.side_button, LEFT)
    assert confusion.first.isVisible() and not confusion.difference.isVisible()
    assert np.array_equal(confusion.first.counts, counts[0])
    QTest.mouseClick(confusion.difference_button, LEFT)
    place = confusion.difference.cell(7, 8).center().toPoint()
    QTest.mouseClick(confusion.difference, LEFT, NO_KEYS, place)
    errors = view._pages[ERRORS].page
    assert errors.isVisible()
    fixed = [number for number in range(14) if labels[number] == 7]
    QTest.mouseClick(errors.buttons["fixed"], LEFT)
    assert sorted(errors.gallery.numbers.tolist()) == fixed
    QTest.mouseClick(errors.cell_button, LEFT)
    assert len(errors.gallery.numbers) == 14


def test_confusion_cells_are_reached_with_the_keyboard(qtbot, show, pair):
    confusion = page(show(pair), CONFUSION)
    confusion.difference.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down):
        QTest.keyClick(confusion.difference, key)
    assert confusion.difference.selected == (1, 1)
    assert "1 read correctly" in confusion.difference.accessibleDescription()
    with qtbot.waitSignal(confusion.cell_chosen) as caught:
        QTest.keyClick(confusion.difference, Qt.Key.Key_Return)
    assert caught.args == [1, 1]


def test_recall_by_class_says_better_worse_or_same(show, pair):
    confusion = page(show(pair), CONFUSION)
    labels = test_labels()
    for row, cells in enumerate(texts(confusion.recalls)):
        fixed = sum(labels[number] == row for number in range(14))
        broken = sum(labels[number] == row for number in range(200, 209))
        word = "better" if fixed > broken else "worse" if fixed < broken else "same"
        assert word in cells[4], (row, cells)
        assert cells[1] == f"{np.sum(labels == row):,}"


def test_recipes_show_only_what_differs(show, pair):
    recipes = page(show(pair), RECIPES)
    rows = texts(recipes.sheet)
    fields = {row[0]: row[1:] for row in rows}
    assert fields["optimizer"] == ["Adam, learning rate 0.006", "Adadelta, learning rate 1"]
    assert all(values[0] != values[1] for values in fields.values() if values != ["", ""])
    recipes.sheet.setFocus()
    QTest.keyClick(recipes.sheet, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert (
        "optimizer\tAdam, learning rate 0.006\tAdadelta, learning rate 1"
        in QGuiApplication.clipboard().text()
    )


def test_recipes_that_differ_in_their_seed_only_are_told_apart_in_words(show, tmp_path):
    view = show([made_run(tmp_path, "a", [1], seed=0), made_run(tmp_path, "b", [1], seed=1)])
    assert page(view, RECIPES).summary.text() == "These recipes differ in nothing but their seed."
    assert "as many images as A" in view.verdict.text.text()
    assert "Only their seeds differ" in view.verdict.reasons.text()


def test_trade_off_marks_what_no_other_beats_and_a_click_tells_of_a_point(qtbot, show, several):
    trade_off = page(show(several), TRADE_OFF)
    plot = trade_off.plot
    assert [plot.points[number].name[0] for number in plot.frontier] == ["2", "4"]
    beaten = next(number for number, point in enumerate(plot.points) if point.name[0] == "1")
    with qtbot.waitSignal(trade_off.chosen) as caught:
        QTest.mouseClick(plot, LEFT, NO_KEYS, plot.point_of(beaten).toPoint())
    assert caught.args == [0]
    assert "99.00 %" in trade_off.note.text() and "2 · " in trade_off.note.text()
    QTest.mouseClick(trade_off.buttons["seconds"], LEFT)
    assert plot.selected == beaten
    assert [point.cost for point in plot.points] == [4.0, 4.0, 4.0, 300.0, 320.0]
    plot.setFocus()
    QTest.keyClick(plot, Qt.Key.Key_Right)
    QTest.mouseClick(trade_off.as_table, LEFT)
    rows = texts(trade_off.sheet)
    assert rows[3][1:4] == ["99.60 %", "99.46 – 99.71", "40"]
    assert [row[-1] for row in rows] == ["1", "1", "1", "3", "3"]


def test_seeds_of_a_recipe_are_grouped_and_their_means_compared(show, several):
    noise = page(show(several), NOISE)
    QTest.mouseClick(noise.buttons.button(1), LEFT)
    first, second = [0.9900, 0.9902, 0.9899], [0.9960, 0.9958]
    rows = texts(noise.groups)
    assert [row[1] for row in rows] == ["3", "2"]
    low, high = stats.t.interval(0.95, 2, np.mean(first), stats.sem(first))
    assert rows[0][2:] == [
        f"{100 * np.mean(first):.2f} %", f"{100 * np.std(first, ddof=1):.3f}", f"{100 * low:.2f} – {100 * high:.2f}"
    ]  # fmt: skip
    expected = stats.ttest_ind(second, first, equal_var=False)
    assert expected.pvalue < 0.001
    assert "more than the noise of the seeds (p < 0.001)" in noise.groups_verdict.text()
    assert noise.warning.isVisible() and "Two seeds" in noise.warning.text()


def test_p_values_of_all_pairs_are_shown_and_a_click_chooses_one(qtbot, show, several):
    view = show(several)
    noise = page(view, NOISE)
    rows = texts(noise.tests)
    assert rows[0][1] == "" and rows[0][4] == "< 0.001" and rows[0][4] == rows[3][1]
    assert "Holm" in noise.tests_note.text()
    with qtbot.waitSignal(view.comparison.paired, timeout=30_000):
        rect = noise.tests.visualItemRect(noise.tests.item(1, 4))
        QTest.mouseClick(noise.tests.viewport(), LEFT, NO_KEYS, rect.center())
    assert (view.choice.first.currentIndex(), view.choice.second.currentIndex()) == (1, 3)
    assert "Holm's correction for 10 pairs" in view.verdict.reasons.text()


def test_curves_are_overlaid_by_name(show, several):
    view = show(several)
    further = page(view, CURVES).data.further
    assert [run.name for run in further] == [run.name for run in view.comparison.runs]
    assert [row["val_accuracy"] for row in further[0].rows] == pytest.approx([0.8, 0.9])


def test_a_run_without_answers_is_told_of_and_the_rest_is_shown(qtbot, show, several):
    (several[1] / "evaluation.npz").unlink()
    content = (several[2] / "evaluation.npz").read_bytes()
    (several[2] / "evaluation.npz").write_bytes(content[:1000])
    view = show(several)
    assert "It has no evaluation yet" in view.verdict.problems.text()
    assert "truncated or damaged" in view.verdict.problems.text()
    assert view.comparison.chosen == (0, 3)  # the first two that can be compared
    assert "more than noise" in view.verdict.text.text()
    errors = page(view, ERRORS)
    assert errors.buttons["fixed"].isEnabled()
    choose_pair(qtbot, view, 0, 1)
    assert "are missing" in view.verdict.text.text()
    assert not errors.buttons["fixed"].isEnabled()
    assert len(page(view, TRADE_OFF).plot.points) == 5


def test_runs_on_other_images_are_not_compared(show, tmp_path):
    view = show([made_run(tmp_path, "a", [1]), made_run(tmp_path, "b", [1], dataset="fashion_mnist")])
    assert "cannot be compared" in view.verdict.text.text()
    assert "fashion_mnist" in view.verdict.reasons.text()
    for number in range(6):
        page(view, number)


def test_the_pair_stays_chosen_when_a_run_is_added(qtbot, show, several):
    view = show(several[1:])
    choose_pair(qtbot, view, 2, 1)
    show(several)
    assert (view.choice.first.currentIndex(), view.choice.second.currentIndex()) == (3, 2)


def test_the_same_run_twice_swaps_it_with_the_other(qtbot, show, several):
    view = show(several)
    choose_pair(qtbot, view, 1, 1)
    assert view.comparison.chosen == (1, 0)


def test_only_the_newest_of_many_requests_is_shown(qtbot, view, several):
    for count in (2, 3, 4, 5, 3):
        view.show_runs(several[:count])
    wait(
        qtbot, view.comparison.paired, lambda: len(view.comparison.runs) == 3 and not view.comparison.reading
    )
    assert view.choice.first.count() == 3


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_painted_in_both_appearances_and_nothing_is_cut_off(theme, show, several, scheme):
    view = show(several)
    theme.choose(scheme)
    for number in range(6):
        page(view, number)
        assert len(np.unique(pixels_of(view).reshape(-1, 4), axis=0)) > 20
        assert view.minimumSizeHint().width() <= 944  # 1024 less margins and the card's
    assert view.stack.mapTo(view, QPoint(0, 0)).y() < 160


def test_the_older_run_is_a_at_first(show, pair):
    view = show(pair[::-1])
    assert (view.choice.first.currentIndex(), view.choice.second.currentIndex()) == (1, 0)
    assert "fixed 14, broke 9" in view.verdict.reasons.text()


def test_where_there_is_little_room_the_reasons_are_in_the_tip(show, pair):
    view = show(pair)
    page(view, RECIPES)
    assert view.verdict.reasons.isVisible()
    view.resize(1000, 240)
    assert not view.verdict.reasons.isVisible()
    assert "fixed 14, broke 9" in view.verdict.text.toolTip()


def test_a_matrix_of_a_hundred_classes_is_painted_and_each_cell_can_be_clicked(qtbot, theme):
    matrix = ConfusionMatrix(theme, "large", small=True, signed=True)
    qtbot.addWidget(matrix)
    matrix.resize(400, 400)
    values = np.zeros((100, 100), np.int64)
    values[3, 70], values[99, 0] = 5, -5
    matrix.show_matrix(values, tuple(f"class {number}" for number in range(100)), "B less A")
    with qtbot.waitExposed(matrix):
        matrix.show()
    pixels = pixels_of(matrix)
    for cell, token in (((3, 70), "more"), ((99, 0), "fewer")):
        center = matrix.cell(*cell).center()
        color = theme.tokens.color(token)
        painted = pixels[int(center.y()), int(center.x()), :3].astype(int)
        assert np.abs(painted - [color.red(), color.green(), color.blue()]).max() <= 3
        with qtbot.waitSignal(matrix.cell_chosen) as caught:
            QTest.mouseClick(matrix, LEFT, NO_KEYS, center.toPoint())
        assert caught.args == list(cell)
    assert matrix.describe(99, 0) == "class 99 read as class 0: −5"


def test_without_the_images_the_ledger_is_still_told(show, tmp_path):
    dataset = f"file:{tmp_path / 'gone'}"
    view = show([made_run(tmp_path / "runs", name, range(9), dataset=dataset) for name in "ab"])
    assert "within noise" in view.verdict.text.text()
    errors = page(view, ERRORS)
    assert "The images of this run are missing." in errors.note.text()
    QTest.mouseClick(errors.buttons["both_wrong"], LEFT)
    assert sorted(errors.gallery.numbers.tolist()) == list(range(9))
