"""The pages of the Evaluate tab: cells, classes, curves, calibration, and what is taken away from them."""

import csv
import io

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QFileDialog, QLabel, QPushButton, QSlider, QTableView
from sklearn import metrics
from staging import answers_of, make_run, pixels_of, wait

from cnn_studio.core.evaluation.predictions import Evaluation, save_evaluation
from cnn_studio.ui.evaluate.image_selection import ImageSelection
from cnn_studio.ui.services.background_task import wait_for_background
from cnn_studio.ui.widgets.confusion_matrix import ConfusionMatrix

LEFT, CONTROL, SHIFT = (
    Qt.MouseButton.LeftButton,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
)
DIGITS = tuple(map(str, range(10)))


@pytest.fixture
def run(tmp_path):
    return make_run(tmp_path / "runs")


@pytest.fixture
def shown(evaluate, run, qtbot):
    """The Evaluate tab with that run's answers."""
    evaluate.show_run(run)
    wait(qtbot, evaluate.gallery.model().modelReset, lambda: evaluate.reading is not None)
    return evaluate


def page(tab, qtbot, name):
    qtbot.mouseClick(tab.findChild(QPushButton, f"{name}PageButton"), LEFT)
    return tab.page(name)


def where(run, condition):
    """Return the numbers of the images whose (true, read) meet a condition, read without the program."""
    labels, predictions, _ = answers_of(run)
    pairs = zip(labels.tolist(), predictions.tolist(), strict=True)
    return {number for number, pair in enumerate(pairs) if condition(*pair)}


def place(matrix, true, predicted):
    return matrix.cell_center(true, predicted).toPoint()


def test_ctrl_click_adds_a_cell_and_takes_it_away(shown, run, qtbot):
    matrix = shown.matrix
    qtbot.mouseClick(matrix, LEFT, pos=place(matrix, 4, 9))
    qtbot.mouseClick(matrix, LEFT, CONTROL, place(matrix, 9, 4))
    assert set(shown.selection.numbers) == where(run, lambda t, p: (t, p) in {(4, 9), (9, 4)})
    assert len(shown.gallery.tiles) == len(shown.selection.numbers)
    assert shown.selection.title.startswith("2 cells: ")
    qtbot.mouseClick(matrix, LEFT, CONTROL, place(matrix, 4, 9))
    assert set(shown.selection.numbers) == where(run, lambda t, p: (t, p) == (9, 4))


def test_drag_selects_the_rectangle_whichever_way_it_goes(shown, run, qtbot):
    matrix = shown.matrix
    qtbot.mousePress(matrix, LEFT, pos=place(matrix, 5, 7))
    QTest.mouseMove(matrix, place(matrix, 3, 6))
    QTest.mouseMove(matrix, place(matrix, 2, 5))
    qtbot.mouseRelease(matrix, LEFT, pos=place(matrix, 2, 5))
    assert matrix.cells == {(true, read) for true in (2, 3, 4, 5) for read in (5, 6, 7)}
    assert set(shown.selection.numbers) == where(run, lambda t, p: 2 <= t <= 5 and 5 <= p <= 7)


def test_drag_beyond_the_cells_ends_at_the_rim(shown, qtbot):
    matrix = shown.matrix
    qtbot.mousePress(matrix, LEFT, pos=place(matrix, 8, 8))
    QTest.mouseMove(matrix, QPoint(matrix.width() - 1, matrix.height() - 1))
    qtbot.mouseRelease(matrix, LEFT, pos=QPoint(matrix.width() - 1, matrix.height() - 1))
    assert matrix.cells == {(8, 8), (8, 9), (9, 8), (9, 9)}


def test_shift_and_arrows_select_a_rectangle(shown, run):
    matrix = shown.matrix
    matrix.select(1, 1)
    for key in (Qt.Key.Key_Down, Qt.Key.Key_Right, Qt.Key.Key_Right):
        QTest.keyClick(matrix, key, SHIFT)
    assert matrix.cells == {(true, read) for true in (1, 2) for read in (1, 2, 3)}
    QTest.keyClick(matrix, Qt.Key.Key_Down)
    assert matrix.cells == {(3, 3)}


def test_name_and_sum_of_a_line_select_all_of_it(shown, run, qtbot):
    matrix = shown.matrix
    area = matrix._grid.area
    middle = place(matrix, 4, 0).y()
    for x in (area.left() - 12, area.right() + 20):
        matrix.clear_selection()
        qtbot.mouseClick(matrix, LEFT, pos=QPoint(round(x), middle))
        assert set(shown.selection.numbers) == where(run, lambda t, p: t == 4)
        assert shown.selection.title.startswith("All that are 4: ")
    qtbot.mouseClick(matrix, LEFT, pos=QPoint(place(matrix, 0, 7).x(), round(area.bottom() + 14)))
    assert set(shown.selection.numbers) == where(run, lambda t, p: p == 7)


def test_selection_of_another_page_leaves_the_cells(shown, qtbot):
    shown.matrix.select(4, 9)
    qtbot.mouseClick(shown.findChild(QPushButton, "allErrorsButton"), LEFT)
    assert not shown.matrix.cells


def test_escape_goes_back_to_all_errors(shown, run, qtbot):
    qtbot.mouseClick(shown.matrix, LEFT, pos=place(shown.matrix, 4, 4))
    QTest.keyClick(shown.matrix, Qt.Key.Key_Escape)
    assert not shown.matrix.cells
    assert set(shown.selection.numbers) == where(run, lambda t, p: t != p)
    assert shown.selection.title == "All errors: 300 images"


def test_hidden_diagonal_gives_the_mistakes_all_colors(shown, qtbot):
    before = pixels_of(shown.matrix)
    qtbot.mouseClick(shown.confusion.diagonal, LEFT, pos=QPoint(8, shown.confusion.diagonal.height() // 2))
    after = pixels_of(shown.matrix)
    ratio = shown.matrix.devicePixelRatioF()

    def color(image, true, read):
        spot = shown.matrix._grid.cell(true, read).topLeft() + QPoint(3, 3)
        return image[round(spot.y() * ratio), round(spot.x() * ratio), :3].astype(int)

    labels, read, _ = answers_of(shown.reading.folder)
    counts = metrics.confusion_matrix(labels, read)
    np.fill_diagonal(counts, 0)
    worst = np.unravel_index(counts.argmax(), counts.shape)
    assert color(after, *worst).sum() < color(before, *worst).sum() - 200  # much darker
    assert color(after, 3, 3).sum() > color(before, 3, 3).sum() + 200  # empty


def test_hundred_classes_are_selected_by_a_drag_over_them_all(qtbot, theme):
    matrix = ConfusionMatrix(theme)
    qtbot.addWidget(matrix)
    matrix.resize(620, 620)
    matrix.show_matrix(np.diag(np.full(100, 50)), tuple(f"class {number}" for number in range(100)))
    with qtbot.waitExposed(matrix):
        matrix.show()
    qtbot.mousePress(matrix, LEFT, pos=place(matrix, 0, 0))
    QTest.mouseMove(matrix, place(matrix, 99, 99))
    qtbot.mouseRelease(matrix, LEFT, pos=place(matrix, 99, 99))
    assert len(matrix.cells) == 10_000
    pixels_of(matrix)


def test_matrix_is_a_table_for_screen_readers_and_spreadsheets(shown, run, qtbot):
    qtbot.mouseClick(shown.confusion._tools.table_button, LEFT)
    table = shown.window().findChild(QTableView, "figureTable")
    counts = metrics.confusion_matrix(*answers_of(run)[:2])
    model = table.model()
    found = [[model.index(row, 1 + column).data() for column in range(10)] for row in range(10)]
    assert found == [[f"{count:,}" for count in row] for row in counts.tolist()]
    name = QAccessible.queryAccessibleInterface(table).text(QAccessible.Text.Name)
    assert name == "Confusion matrix"
    table.window().close()
    shown.confusion._tools.copy_table()
    rows = list(csv.reader(io.StringIO(QGuiApplication.clipboard().text()), delimiter="\t"))
    assert rows[0][1] == "read as 0"
    assert [int(entry) for entry in rows[10][1:11]] == counts[9].tolist()


@pytest.mark.parametrize("name", ["confusion", "classes", "curves", "calibration"])
@pytest.mark.parametrize("ending", ["png", "svg", "csv"])
def test_every_figure_is_saved(shown, qtbot, tmp_path, monkeypatch, name, ending):
    made = page(shown, qtbot, name)
    path = tmp_path / f"figure.{ending}"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    qtbot.mouseClick(made._tools.save_button, LEFT)
    qtbot.waitUntil(shown.banner.isVisible, timeout=30_000)
    assert "Saved" in shown.banner.text
    beginnings = {"png": b"\x89PNG", "svg": b"<?xml", "csv": b"\xef\xbb\xbf"}
    assert path.read_bytes().startswith(beginnings[ending])
    assert path.stat().st_size > 200
    wait_for_background(20)


def test_classes_table_has_scikit_learns_figures_and_is_sorted_by_a_header(shown, run, qtbot):
    made = page(shown, qtbot, "classes")
    labels, read, _ = answers_of(run)
    precision, recall, f1, support = metrics.precision_recall_fscore_support(labels, read)
    model = made.table.model()
    for row in range(10):
        texts = [model.index(row, column).data() for column in range(6)]
        assert texts[0] == str(row)
        shares = [f"{100 * values[row]:.2f}" for values in (precision, recall, f1)]
        assert texts[1:4] == shares
        assert texts[4] == f"{support[row]:,}"
        assert texts[5] == str(len(where(run, lambda t, p, row=row: t == row != p)))
    header = made.table.horizontalHeader()
    spot = QPoint(header.sectionViewportPosition(2) + 20, header.height() // 2)
    qtbot.mouseClick(header.viewport(), LEFT, pos=spot)
    order = [int(model.index(row, 0).data()) for row in range(10)]
    sorted_recalls = [recall[number] for number in order]
    assert sorted_recalls in (sorted(recall), sorted(recall, reverse=True))


@pytest.mark.parametrize(
    ("column", "condition", "beginning"),
    [
        (2, lambda t, p: t == 4 != p, "4 misread: "),
        (1, lambda t, p: p == 4 != t, "Wrongly read as 4: "),
        (3, lambda t, p: (t == 4) != (p == 4), "Mistakes about 4: "),
        (4, lambda t, p: t == 4, "All that are 4: "),
    ],
)
def test_click_on_a_class_selects_its_mistakes(shown, run, qtbot, column, condition, beginning):
    made = page(shown, qtbot, "classes")
    rectangle = made.table.visualRect(made.table.model().index(4, column))
    qtbot.mouseClick(made.table.viewport(), LEFT, pos=rectangle.center())
    assert set(shown.selection.numbers) == where(run, condition)
    assert shown.selection.title.startswith(beginning)


def test_summary_figures_are_those_of_scikit_learn(shown, run, qtbot):
    made = page(shown, qtbot, "classes")
    labels, read, _ = answers_of(run)
    texts = {name: figure.text() for name, figure in made.figures.items()}
    assert texts["accuracy"] == "97.00 %"
    assert texts["balanced_accuracy"] == f"{100 * metrics.balanced_accuracy_score(labels, read):.2f} %"
    assert texts["kappa"] == f"{metrics.cohen_kappa_score(labels, read):.4f}"
    assert texts["macro_f1"] == f"{100 * metrics.f1_score(labels, read, average='macro'):.2f} %"


def test_area_of_the_chosen_class_is_scikit_learns(shown, run, qtbot):
    made = page(shown, qtbot, "curves")
    with np.load(run / "evaluation.npz") as archive:
        probabilities, labels = archive["probabilities"], archive["labels"]
    made.findChild(QComboBox, "curveClassSelector").setCurrentIndex(7)
    area = metrics.roc_auc_score(labels == 7, probabilities[:, 7])
    assert made.findChild(QLabel, "curveArea").text().startswith(f"Area under the curve {area:.5f}")
    qtbot.mouseClick(made.findChild(QPushButton, "precision_recallCurveButton"), LEFT)
    area = metrics.average_precision_score(labels == 7, probabilities[:, 7])
    assert made.findChild(QLabel, "curveArea").text().startswith(f"Average precision {area:.5f}")


def test_curve_is_read_with_the_arrow_keys(shown, qtbot):
    made = page(shown, qtbot, "curves")
    chart, curve = made.chart, shown.reading.scores.roc[0]
    chart.setFocus()
    QTest.keyClick(chart, Qt.Key.Key_Right)
    assert "nothing counts as this class" in chart.accessibleDescription()
    QTest.keyClick(chart, Qt.Key.Key_Right)
    assert f"true positive rate {100 * curve.y[1]:.2f} %" in chart.accessibleDescription()
    assert f"probability {curve.thresholds[1]:.4f}" in chart.accessibleDescription()


def test_corner_is_what_is_shown_of_good_networks_until_a_person_chooses(evaluate, run, qtbot):
    labels = [0] * 500 + [1] * 500
    write_answers(run, ("cat", "dog"), labels, labels)
    evaluate.show_run(run)
    qtbot.waitUntil(lambda: evaluate.reading is not None)
    made = page(evaluate, qtbot, "curves")
    assert made.corner.isChecked()
    made.corner.click()
    made.show_reading(evaluate.reading)
    assert not made.corner.isChecked()


def test_corner_shows_another_part(shown, qtbot):
    made = page(shown, qtbot, "curves")
    before = pixels_of(made.chart)
    made.corner.click()
    assert (pixels_of(made.chart) != before).any()


def test_slider_says_what_leaving_out_is_worth_and_selects_those_left_out(shown, run, qtbot):
    made = page(shown, qtbot, "calibration")
    qtbot.mouseClick(made.findChild(QPushButton, "rejectionButton"), LEFT)
    labels, read, confidences = answers_of(run)
    made.findChild(QSlider, "rejectionSlider").setValue(200)  # 10 %
    rest = np.argsort(confidences, kind="stable")[1000:]
    text = made.findChild(QLabel, "calibrationVerdict").text()
    assert "10.00 % (1000 images" in text.replace(",", "")
    assert f"{100 * np.mean(labels[rest] == read[rest]):.2f} % of the rest are right" in text
    qtbot.mouseClick(made.findChild(QPushButton, "showLeftOutButton"), LEFT)
    assert set(shown.selection.numbers) == set(range(10_000)) - set(rest.tolist())


def test_click_on_a_bin_selects_its_images(shown, run, qtbot):
    made = page(shown, qtbot, "calibration")
    _, _, confidences = answers_of(run)
    qtbot.mouseClick(made.reliability, LEFT, pos=made.reliability.bin_place(12).toPoint())
    expected = np.flatnonzero((confidences > 12 / 15) & (confidences <= 13 / 15))
    assert set(shown.selection.numbers) == set(expected.tolist())
    assert f"{len(expected)} images" in shown.selection.title
    QTest.keyClick(made.reliability, Qt.Key.Key_Right)
    assert made.reliability.chosen == 13


def write_answers(run, classes, labels, read):
    probabilities = np.full((len(labels), len(classes)), 0.01, np.float32)
    probabilities[np.arange(len(labels)), read] = 0.9
    evaluation = Evaluation(probabilities, np.array(labels, np.int32), classes, "file:/nowhere")
    save_evaluation(evaluation, run / "evaluation.npz")


@pytest.mark.parametrize(
    ("classes", "labels", "read"),
    [
        (("cat", "dog", "never seen"), [0, 0, 1], [0, 1, 1]),
        (("only",), [0, 0], [0, 0]),
        (("cat", "dog"), [0], [1]),
        (tuple(f"class {number}" for number in range(100)), list(range(100)), list(range(99, -1, -1))),
    ],
)
@pytest.mark.parametrize("choice", ["light", "dark"])
def test_unusual_classes_are_shown_on_every_page(evaluate, run, theme, qtbot, classes, labels, read, choice):
    write_answers(run, classes, labels, read)
    theme.choose(choice)
    evaluate.show_run(run)
    qtbot.waitUntil(lambda: evaluate.reading is not None and evaluate.reading.evaluation.classes == classes)
    for name in ("confusion", "classes", "curves", "calibration"):
        made = page(evaluate, qtbot, name)
        for button in made.findChildren(QPushButton):
            if button.isCheckable():
                button.click()
                pixels_of(made)
    assert evaluate.matrix.counts.sum() == len(labels)


def test_class_without_images_is_a_sentence_where_its_curve_would_be(evaluate, run, qtbot):
    write_answers(run, ("cat", "dog", "never seen"), [0, 0, 1], [0, 1, 1])
    evaluate.show_run(run)
    qtbot.waitUntil(lambda: evaluate.reading is not None)
    made = page(evaluate, qtbot, "curves")
    made.classes.setCurrentText("never seen")
    assert "There is no image of never seen" in made.chart.hint
    table = page(evaluate, qtbot, "classes").table.model()
    assert [table.index(2, column).data() for column in range(1, 7)] == ["–", "–", "–", "0", "0", "–"]


def test_pages_hold_nothing_while_there_is_nothing(shown, run, qtbot):
    pages = [page(shown, qtbot, name) for name in ("classes", "curves", "calibration")]
    shown.findChild(QComboBox, "subsetSelector").setCurrentIndex(2)
    shown.findChild(QComboBox, "subsetSelector").activated.emit(2)
    assert shown.reading is None
    assert pages[0].table.model().rowCount() == 0
    assert pages[1].classes.count() == 0
    assert not pages[2].show_button.isEnabled()
    for made in pages:
        assert not made._tools.isEnabled()
        pixels_of(made)


def test_selection_keeps_the_order_and_each_image_once(qapp):
    selection = ImageSelection()
    selection.choose([7, 3, 7, 5, 3], "some", "map")
    assert selection.numbers.tolist() == [7, 3, 5]
    assert (selection.title, selection.by) == ("some", "map")
