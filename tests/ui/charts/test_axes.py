"""Axes that all charts share: round numbers in view, values to pixels and back, what is painted where."""

import math
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QImage, QPainter

from cnn_studio.core.base.axis_ticks import Counting, ErrorLogarithmic, Linear, Logarithmic
from cnn_studio.ui.charts.axes import Axes, content_area, polyline
from cnn_studio.ui.charts.readout import beside, nearest_point

AREA = QRectF(80, 20, 400, 200)
SCALES = {
    "shares": (Linear(percent=True), 0.0, 1.0),
    "losses": (Linear(percent=False), 0.0, 40.0),
    "logarithms": (Logarithmic(), -6.0, 8.0),
    "errors": (ErrorLogarithmic(), 0.0, 3.9),
}


def spans(low, high, seed):
    """Return a hundred parts of a range, from a thousandth of it to all of it."""
    random = np.random.default_rng(seed)
    for _ in range(100):
        length = (high - low) * 10 ** random.uniform(-2, 0)
        start = random.uniform(low, high - length)
        yield start, start + length


@pytest.mark.parametrize("wanted", [3, 5, 8])
@pytest.mark.parametrize("name", SCALES)
def test_wherever_one_looks_there_are_two_numbers_in_view_and_neighbors_differ(name, wanted):
    scale, lowest, highest = SCALES[name]
    for low, high in spans(lowest, highest, wanted):
        ticks = scale.ticks(low, high, wanted)
        assert len(ticks) >= 2
        heights = [height for height, _ in ticks]
        assert heights == sorted(heights)
        assert all(low - 1e-9 <= height <= high + 1e-9 for height in heights)
        texts = [text for _, text in ticks]
        assert all(first != second for first, second in pairwise(texts))


@pytest.mark.parametrize("percent", [True, False])
def test_numbers_are_written_exactly_and_end_in_one_of_the_round_steps(percent):
    factor = 100 if percent else 1
    for low, high in spans(0.0, 1.0, 1):
        ticks = Linear(percent).ticks(low, high, 5)
        written = [Decimal(text.removesuffix(" %")) for _, text in ticks]
        assert [float(value) for value in written] == pytest.approx([factor * height for height, _ in ticks])
        steps = {second - first for first, second in pairwise(written)}
        assert len(steps) == 1
        assert steps.pop().normalize().as_tuple().digits in ((1,), (2,), (5,))


def test_a_logarithmic_axis_over_many_decades_has_their_beginnings():
    ticks = Logarithmic().ticks(math.log10(0.5), math.log10(2e5), 6)
    assert [text for _, text in ticks] == ["1", "10", "100", "1000", "10000", "100000"]
    gaps = np.diff([height for height, _ in ticks])
    assert gaps.tolist() == pytest.approx([1] * 5)
    few = Logarithmic().ticks(-6, 4, 4)
    assert [text for _, text in few] == ["1e-06", "0.001", "1", "1000"]


def test_epochs_are_whole_while_three_are_in_view():
    assert [text for _, text in Counting().ticks(0, 4, 9)] == ["1", "2", "3", "4"]
    assert [text for _, text in Counting().ticks(0, 100, 6)] == ["20", "40", "60", "80", "100"]
    assert [text for _, text in Counting().ticks(2, 3, 6)] == ["2.0", "2.2", "2.4", "2.6", "2.8", "3.0"]


def test_values_stand_where_their_share_of_the_area_is():
    axes = Axes(AREA, (0.0, 4.0), (0.5, 1.0), x_scale=Logarithmic())
    assert axes.point(1, 0.5) == QPointF(80, 220)
    assert axes.point(100, 0.75) == QPointF(280, 120)
    assert axes.point(10_000, 1.0) == QPointF(480, 20)
    assert axes.position_at(180) == pytest.approx(1)
    assert axes.height_at(70) == pytest.approx(0.875)


def test_a_curve_drawn_finer_than_half_a_pixel_has_no_more_points_than_that():
    fine = np.linspace(0, 1, 100_000)
    points = polyline(Axes(AREA), fine, fine)
    assert 300 < len(points) < 2000
    assert points.first().y() == pytest.approx(220, abs=0.5)
    assert points.last() == QPointF(480, 20)


def painted(paint, tokens):
    """Return what was painted on white, (260, 500) whether a pixel is not white."""
    image = QImage(500, 260, QImage.Format.Format_RGB32)
    image.fill("white")
    painter = QPainter(image)
    paint(painter, tokens)
    painter.end()
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(260, 500, 4)
    return (pixels[:, :, :3] != 255).any(axis=2)


@pytest.mark.parametrize("choice", ["light", "dark"])
def test_each_number_has_a_line_across_the_area_and_stands_left_of_it(theme, choice):
    theme.choose(choice)
    axes = Axes(AREA)
    dark = painted(lambda painter, tokens: axes.paint_rows(painter, tokens, [(0.25, "25 %")]), theme.tokens)
    across = dark[:, 80:480].mean(axis=1)
    assert across[169:171].max() > 0.99  # a quarter above the bottom
    assert across[:168].max() == across[173:].max() == 0
    rows, columns = np.nonzero(dark[:, :79])
    assert 160 <= rows.min() < rows.max() <= 180
    assert columns.max() <= 72


@pytest.mark.parametrize(("marks", "top", "bottom"), [(False, 20, 220), (True, 220, 224)])
def test_columns_are_lines_or_short_marks_with_the_number_below(theme, marks, top, bottom):
    axes = Axes(AREA)
    dark = painted(
        lambda painter, tokens: axes.paint_columns(painter, tokens, [(0.5, "50 %")], marks=marks),
        theme.tokens,
    )
    line = np.flatnonzero(dark[:225, 278:282].any(axis=1))
    assert line.min() == pytest.approx(top, abs=1)
    assert line[line < 224].max() == pytest.approx(min(bottom, 223), abs=1)
    columns = np.nonzero(dark[226:])[1]
    assert (columns.min() + columns.max()) / 2 == pytest.approx(280, abs=2)


def test_the_area_is_never_without_extent():
    assert content_area(600, 400) == QRectF(72, 16, 504, 336)
    tiny = content_area(10, 10)
    assert (tiny.width(), tiny.height()) == (1, 1)


def test_the_nearest_point_is_the_one_within_reach():
    x, y = np.array([0.0, 10.0, 30.0]), np.array([0.0, 0.0, 40.0])
    assert nearest_point(x, y, QPointF(7, 1)) == 1
    assert nearest_point(x, y, QPointF(30, 25), reach=15) == 2
    assert nearest_point(x, y, QPointF(30, 24), reach=15) is None
    assert nearest_point(np.empty(0), np.empty(0), QPointF()) is None


def test_a_box_stands_on_the_side_where_there_is_room():
    assert beside(100, 50, 200) == 108
    assert beside(180, 50, 200) == 122
