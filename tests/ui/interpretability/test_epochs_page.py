"""The drawing through the epochs of a run: networks made by hand, so that every figure is known."""

import numpy as np
import pytest
from epoch_run import biased, write_epochs, write_model
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from staging import LEFT, NO_KEYS, SEVEN, draw_strokes, make_run, pixels_of, settle, wait

from cnn_studio.core.drawing.preprocessing import drawing_to_image
from cnn_studio.inference.classifier import Classifier
from cnn_studio.ui.interpretability.epochs_page import EpochsPage
from cnn_studio.ui.interpretability.inspection_panel import PAGES, InspectionPanel

STROKES = [np.array(stroke) for stroke in SEVEN]
PIXELS = drawing_to_image(STROKES)[..., None]
EPOCHS = PAGES.index(EpochsPage)
NETWORKS = {1: biased(3), 2: biased(3, 1.0), 3: biased(8), 4: biased(7, 5.0)}
SHARE_OF_SEVEN = np.exp(5) / (np.exp(5) + 9)


@pytest.fixture
def panel(qtbot, theme):
    made = InspectionPanel(theme)
    qtbot.addWidget(made, before_close_func=lambda panel: settle(qtbot, panel))
    made.resize(500, 420)
    with qtbot.waitExposed(made):
        made.show()
    return made


def page_of(qtbot, panel, model):
    """Show a model's epochs of the seven."""
    panel.set_classifier(Classifier(model))
    page = panel.pages[EPOCHS]
    with qtbot.waitSignal(page.answered, timeout=20_000):
        panel.choose(EPOCHS)
        panel.show_drawing(PIXELS, STROKES)
    return page


def test_answer_of_the_kept_epoch_comes_first_and_the_flips_are_told(qtbot, panel, tmp_path):
    page = page_of(qtbot, panel, write_epochs(tmp_path / "run", NETWORKS))
    assert page.reading.text() == f"epoch 4: 7 at {100 * SHARE_OF_SEVEN:.1f} %"
    assert page.caption.text().startswith("The answer changed: 3 → 8 (epoch 3), 8 → 7 (epoch 4).")
    assert page.caption.text() in page.canvas.accessibleName()


def test_slider_goes_through_the_epochs_by_key_and_its_place_stays_while_drawing(qtbot, panel, tmp_path):
    page = page_of(qtbot, panel, write_epochs(tmp_path / "run", NETWORKS))
    before = pixels_of(page.canvas)
    QTest.keyClick(page.slider, Qt.Key.Key_Left)
    assert page.reading.text().startswith("epoch 3: 8 at 99.9 %")
    assert page.slider.accessibleDescription() == page.reading.text()
    assert (pixels_of(page.canvas) != before).any()
    QTest.keyClick(page.slider, Qt.Key.Key_Home)
    assert page.reading.text().startswith("epoch 1: 3 at")
    with qtbot.waitSignal(page.answered, timeout=20_000):
        panel.show_drawing(np.roll(PIXELS, 2, axis=0), STROKES)
    assert page.reading.text().startswith("epoch 1: 3 at")


def test_click_on_the_chart_goes_to_an_epoch(qtbot, panel, tmp_path):
    page = page_of(qtbot, panel, write_epochs(tmp_path / "run", NETWORKS))
    plot = page.chart().plot
    spot = QPoint(int(plot.left() + 0.6 * plot.width()), int(plot.center().y()))  # the third quarter
    QTest.mouseClick(page.canvas, LEFT, NO_KEYS, spot)
    assert page.reading.text().startswith("epoch 3:")
    QTest.mouseClick(page.canvas, LEFT, NO_KEYS, QPoint(int(plot.right()) + 40, int(plot.center().y())))
    assert page.reading.text().startswith("epoch 3:")  # the legend is no epoch


def test_tip_tells_the_best_classes_and_what_was_validated(qtbot, panel, tmp_path, monkeypatch):
    model = write_epochs(tmp_path / "run", NETWORKS)
    (tmp_path / "run" / "history.csv").write_text("epoch,val_accuracy\n1,0.5\n2,\n3,0.9125\n4,0.93\n")
    page = page_of(qtbot, panel, model)
    plot = page.chart().plot
    tip = page.tip_at(plot.left() + 0.6 * plot.width(), plot.center().y())
    assert tip.splitlines()[0].startswith("epoch 3: 8 99.9 %, ")
    assert tip.splitlines()[1] == "validation accuracy 91.25 %"
    assert "\n" not in page.tip_at(plot.left() + 0.4 * plot.width(), plot.center().y())
    spot = QPoint(int(plot.left() + 2), int(plot.center().y()))
    QApplication.sendEvent(page.canvas, QHelpEvent(QHelpEvent.Type.ToolTip, spot, spot))


def test_kept_epoch_before_the_last_is_where_the_slider_begins(qtbot, panel, tmp_path):
    page = page_of(qtbot, panel, write_epochs(tmp_path / "run", NETWORKS, final=NETWORKS[3]))
    assert page.reading.text().startswith("epoch 3: 8")
    assert "The run kept epoch 3." in page.caption.text()


def test_network_kept_from_within_an_epoch_has_a_place_of_its_own(qtbot, panel, tmp_path):
    page = page_of(qtbot, panel, write_epochs(tmp_path / "run", NETWORKS, final=biased(5)))
    assert page.reading.text().startswith("as saved: 5 at")
    assert page.slider.maximum() == 4


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("count", [1, 70])
def test_one_epoch_and_seventy_are_painted(qtbot, panel, theme, tmp_path, mode, count):
    theme.choose(mode)
    panel.choose(EPOCHS)
    empty = pixels_of(panel.page.canvas)
    networks = {epoch: biased(7, epoch / 10) for epoch in range(1, count + 1)}
    page = page_of(qtbot, panel, write_epochs(tmp_path / "run", networks))
    assert (pixels_of(page.canvas) != empty).any(axis=2).mean() > 0.01
    assert page.slider.isEnabled() == (count > 1)
    assert "Read as 7 from the first epoch on." in page.caption.text()


def test_model_without_epochs_says_what_to_do(qtbot, panel, tmp_path):
    page = page_of(qtbot, panel, write_model(tmp_path / "alone.onnx", *biased(1)))
    assert page.result is None
    assert page.notice.endswith("Train a run and use it: its epochs are saved.")
    assert page.notice in page.canvas.accessibleName()
    assert not page.slider.isEnabled()
    other = page_of(qtbot, panel, write_epochs(tmp_path / "run", NETWORKS))
    assert other.notice == ""
    assert other.slider.isEnabled()


def test_run_trained_before_says_so_in_the_window(qtbot, draw, engine, tmp_path):
    folder = make_run(tmp_path / "runs")
    with qtbot.waitSignal(draw.models.registry.changed):
        draw.models.registry.refresh()
    draw.choose_model(folder / "model.onnx")
    wait(qtbot, draw.answered, lambda: draw.classifier.path == folder / "model.onnx")
    QTest.mouseClick(draw.input_card.button, LEFT)
    draw_strokes(draw.canvas, SEVEN)
    page = draw.input_card.panel.pages[EPOCHS]
    with qtbot.waitSignal(page.answered, timeout=20_000):
        QTest.mouseClick(draw.input_card.panel.buttons[EPOCHS], LEFT)
    assert page.notice.startswith("This run has no saved epochs. It was trained before")


def test_run_answers_with_its_epochs_while_the_pen_moves(qtbot, draw, engine, tmp_path):
    folder = make_run(tmp_path / "runs")
    write_epochs(folder, NETWORKS)
    with qtbot.waitSignal(draw.models.registry.changed):
        draw.models.registry.refresh()
    draw.choose_model(folder / "model.onnx")
    wait(qtbot, draw.answered, lambda: draw.classifier.path == folder / "model.onnx")
    QTest.mouseClick(draw.input_card.button, LEFT)
    QTest.mouseClick(draw.input_card.panel.buttons[EPOCHS], LEFT)
    page = draw.input_card.panel.pages[EPOCHS]
    assert page.result is None
    with qtbot.waitSignal(page.answered, timeout=20_000):
        draw_strokes(draw.canvas, SEVEN)
    qtbot.waitUntil(lambda: not page.latest.busy, timeout=20_000)
    assert page.result.tops == [3, 3, 8, 7]
    QTest.mouseClick(draw.clear_button, LEFT)
    assert page.result is None


@pytest.mark.parametrize("width", [430, 500, 740, 900])
def test_seven_buttons_fill_their_rows(qtbot, panel, width):
    panel.resize(width, 420)
    qtbot.waitUntil(lambda: panel.width() == width)
    panel.layout().activate()
    rows = {}
    for button in panel.buttons:
        rows.setdefault(button.y(), []).append(button)
    assert [len(row) for row in rows.values()] == ([7] if width >= 740 else [4, 3])
    for row in rows.values():
        assert row[0].x() == 0
        assert row[-1].geometry().right() == panel.width() - 1
        for button in row:
            assert button.fontMetrics().horizontalAdvance(button.text()) <= button.width()
    assert panel.minimumSizeHint().width() <= 430
