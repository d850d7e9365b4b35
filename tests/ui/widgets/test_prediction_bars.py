"""The bars beside the canvas, with long names and with many classes."""

import numpy as np
import pytest
from PySide6.QtGui import QFontMetricsF
from staging import pixels_of

from cnn_studio.inference.classifier import Answer
from cnn_studio.ui.style.theme import font
from cnn_studio.ui.widgets.prediction_bars import PredictionBars

LONG = tuple(f"the {number}th of some butterflies with a very long name" for number in range(12))


@pytest.fixture
def bars(qtbot, theme):
    made = PredictionBars(theme)
    qtbot.addWidget(made)
    made.resize(400, 400)
    with qtbot.waitExposed(made):
        made.show()
    return made


def answer(classes, best):
    """An answer with that class first, and the others the less likely the higher their number."""
    weights = np.linspace(2, 1, classes)
    weights[best] = 10
    return Answer(best, tuple(weights / weights.sum()), False)


def columns_of(widget, color, near=0):
    """Return the leftmost and rightmost column with a color, or one as near to it in each channel."""
    seen = pixels_of(widget)[:, :, :3].astype(int)
    off = np.abs(seen - (color.red(), color.green(), color.blue())).max(axis=2)
    found = np.flatnonzero((off <= near).any(axis=0))
    return found.min() / widget.devicePixelRatioF(), found.max() / widget.devicePixelRatioF()


def test_long_names_leave_more_than_half_of_the_width_to_the_bars(bars, theme):
    bars.show_classes(LONG)  # without an answer nothing lies on the tracks of the bars
    left, right = columns_of(bars, theme.tokens.color("hairline"))
    assert left <= 0.45 * bars.width() + 8  # the ends are round
    assert right - left > 0.35 * bars.width()


def test_long_answer_leaves_room_for_its_confidence(bars, theme):
    """The verdict ("fairly sure") is in the color of a warning; it must not be pushed out."""
    bars.show_classes(("x",) * 12)
    bars.show_answer(answer(12, 5))
    smooth = 64  # thin strokes of a font are nowhere wholly in their color
    left, right = columns_of(bars, theme.tokens.color(bars.verdict()[1]), smooth)
    bars.show_classes(LONG)
    bars.show_answer(answer(12, 5))
    beside = columns_of(bars, theme.tokens.color(bars.verdict()[1]), smooth)
    assert beside[1] - beside[0] == pytest.approx(right - left, abs=2)


def test_few_classes_are_all_shown_in_order(bars):
    bars.show_classes(LONG)
    bars.show_answer(answer(12, 5))
    assert bars.rows(12 * 16) == list(range(12))


@pytest.mark.parametrize("classes", [47, 1000])
def test_of_many_classes_the_best_are_shown_in_rows_one_can_read(bars, classes):
    bars.show_classes(tuple(f"class {number}" for number in range(classes)))
    bars.show_answer(answer(classes, 40))
    rows = bars.rows(300)
    assert rows[0] == 40
    assert rows[1:4] == [0, 1, 2]
    assert 10 <= len(rows) <= 15
    assert 300 / (len(rows) + 1) >= QFontMetricsF(font(9)).height()
    bars.grab()
