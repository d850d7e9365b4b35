"""What an eraser leaves of a stroke, checked by walking along it in small steps."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cnn_studio.core.drawing.eraser import CRUMB, cut

share = st.floats(0, 1).map(lambda value: round(value, 4))
place = st.tuples(share, share)


def distance(point, here, there):
    """From a point to a line between two places, by trying ten thousand spots of it."""
    spots = np.linspace(np.array(here), np.array(there), 10_001)
    return np.hypot(*(spots - np.array(point[:2])).T).min()


def length(stroke):
    return sum(np.hypot(*np.subtract(b[:2], a[:2])) for a, b in pairwise(stroke))


def test_the_middle_is_taken_out_of_a_straight_line():
    """An eraser of radius 0.1 at the middle of a line from 0 to 1 leaves 0 to 0.4 and 0.6 to 1."""
    first, second = cut(((0.0, 0.5), (1.0, 0.5)), (0.5, 0.5), (0.5, 0.5), 0.1)
    np.testing.assert_allclose(first, [(0, 0.5), (0.4, 0.5)])
    np.testing.assert_allclose(second, [(0.6, 0.5), (1, 0.5)])


def test_pressure_is_interpolated_where_the_stroke_is_cut():
    first, second = cut(((0.0, 0.5, 0.0), (1.0, 0.5, 1.0)), (0.5, 0.2), (0.5, 0.8), 0.1)
    np.testing.assert_allclose(first[-1], (0.4, 0.5, 0.4))
    np.testing.assert_allclose(second[0], (0.6, 0.5, 0.6))


def test_a_stroke_out_of_reach_is_left_alone():
    assert cut(((0.0, 0.5), (1.0, 0.5)), (0.5, 0.61), (0.9, 0.9), 0.1) is None


@pytest.mark.parametrize(("at", "left"), [((0.55, 0.5), ()), ((0.7, 0.5), None)])
def test_a_dot_is_taken_whole_or_left(at, left):
    assert cut(((0.5, 0.5),), at, at, 0.1) == left


def test_ends_are_taken():
    (left,) = cut(((0.0, 0.5), (0.5, 0.5), (1.0, 0.5)), (0.9, 0.5), (1.2, 0.5), 0.1)
    np.testing.assert_allclose(left, [(0, 0.5), (0.5, 0.5), (0.8, 0.5)])


def test_everything_covered_leaves_nothing():
    assert cut(((0.4, 0.5), (0.5, 0.5), (0.6, 0.5)), (0.3, 0.5), (0.7, 0.5), 0.1) == ()


@given(
    stroke=st.lists(place, min_size=2, max_size=5).map(tuple),
    here=place,
    there=place,
    radius=st.sampled_from([0.03, 0.1, 0.2]),
)
def test_nothing_covered_is_left_and_nothing_else_is_taken(stroke, here, there, radius):
    assume(length(stroke) > 0)
    pieces = cut(stroke, here, there, radius)
    pieces = (stroke,) if pieces is None else pieces
    for piece in pieces:
        for a, b in pairwise(piece):
            for spot in np.linspace(a, b, 12):
                assert distance(spot, here, there) >= radius - 1e-3
    walked = [spot for a, b in pairwise(stroke) for spot in np.linspace(a, b, 400, endpoint=False)]
    steps = [np.hypot(*np.subtract(b, a)) / 400 for a, b in pairwise(stroke)]
    steps = np.repeat(steps, 400)
    spots = np.linspace(np.array(here), np.array(there), 400)
    apart = np.hypot(*(np.array(walked)[:, None] - spots[None]).transpose(2, 0, 1)).min(axis=1)
    uncovered = steps[apart > radius].sum()
    slack = 0.02 * length(stroke) + CRUMB * 5 + 0.01
    assert abs(sum(map(length, pieces)) - uncovered) <= slack
