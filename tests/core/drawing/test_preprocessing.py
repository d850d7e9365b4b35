"""Drawings and pictures become what MNIST's own preparation would have made of them."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnn_studio.core.datasets.registry import load_subset
from cnn_studio.core.drawing import preprocessing as ink_module
from cnn_studio.core.drawing.preprocessing import PEN_WIDTH, drawing_to_image, normalized, rasterized

SAMPLES = 12  # of the reference, along each side of a pixel of the 20x20 box


def arc(cx, cy, rx, ry, start, end, points=60):
    angles = np.radians(np.linspace(start, end, points))
    return np.column_stack([cx + rx * np.cos(angles), cy + ry * np.sin(angles)])


def line(*corners):
    return np.array(corners, np.float64)


# Away from ties: where a side or the center of mass falls on half a pixel, either neighbor is right.
DRAWINGS = {
    "zero": [arc(50, 80, 40, 70, -90, 270), line((55, 12), (70, 2))],
    "one": [line((10, 45), (35, 0), (38, 200))],
    "two": [np.vstack([arc(50, 40, 35, 38, 190, 400), line((10, 150), (99, 149))])],
    "three": [np.vstack([arc(40, 35, 30, 34, 200, 440), arc(40, 110, 38, 42, -85, 160)])],
    "four": [line((60, 0), (5, 75), (90, 78)), line((63, 40), (58, 140))],
    "five": [line((86, 5), (20, 4)), np.vstack([line((20, 4), (17, 55)), arc(42, 85, 34, 36, 230, 500)])],
    "seven": [line((0, 3), (70, 0), (25, 120)), line((20, 62), (60, 58))],
    "dash": [line((0, 0), (200, 17), (300, 27), (240, 64))],
}
every_drawing = pytest.mark.parametrize("strokes", DRAWINGS.values(), ids=DRAWINGS.keys())


def reference(strokes, pen=PEN_WIDTH):
    """Ink, crop, area-average into 20x20 and center, written from the description in the 1998 paper."""
    points = np.concatenate(strokes)
    scale = (20 - pen) / np.ptp(points, axis=0).max()
    moved = [(stroke - points.min(axis=0)) * scale + pen / 2 for stroke in strokes]
    high = np.concatenate(moved).max(axis=0) + pen / 2
    counts = np.maximum(1, np.round(high)).astype(int)  # pixels of the box, x and y
    x, y = (
        (np.arange(count * SAMPLES) + 0.5) * side / (count * SAMPLES)
        for count, side in zip(counts, high, strict=True)
    )
    places = np.stack(np.meshgrid(x, y), axis=-1)
    nearest = np.full(places.shape[:2], np.inf)
    for stroke in moved:
        for start, end in itertools.pairwise(stroke):
            along = end - start
            share = np.clip(((places - start) @ along) / max(along @ along, 1e-12), 0, 1)
            nearest = np.minimum(
                nearest, np.hypot(*np.moveaxis(places - start - share[..., None] * along, -1, 0))
            )
    covered = (nearest <= pen / 2).reshape(counts[1], SAMPLES, counts[0], SAMPLES).mean(axis=(1, 3)) * 255
    top, left = (round(14 - float(center)) for center in center_of_mass(covered))
    image = np.zeros((28, 28))
    image[top : top + counts[1], left : left + counts[0]] = covered
    return image


def center_of_mass(image):
    """Row and column, counted in pixel numbers from 0."""
    rows, columns = np.indices(image.shape)
    return np.array([(rows * image).sum(), (columns * image).sum()]) / image.sum()


def difference(first, second):
    """Mean over the pixels of the absolute difference, in 255ths."""
    return np.abs(first.astype(np.float64) - second).mean()


@every_drawing
def test_drawing_agrees_with_an_independent_reference(strokes):
    assert difference(drawing_to_image(strokes), reference(strokes)) < 2


@every_drawing
@pytest.mark.parametrize("scale", [0.003, 0.71, 40.0])
def test_size_and_place_of_a_drawing_do_not_matter(strokes, scale):
    moved = [stroke * scale + np.array([-517.25, 1e3]) for stroke in strokes]
    assert difference(drawing_to_image(moved), drawing_to_image(strokes)) < 0.5


whole = st.integers(0, 400)
scribbles = st.lists(
    st.lists(st.tuples(whole, whole), min_size=1, max_size=8).map(lambda points: np.array(points, float)),
    min_size=1,
    max_size=4,
)


@given(strokes=scribbles, power=st.integers(-6, 6), shift=st.tuples(whole, whole))
def test_any_scribble_moved_and_doubled_is_the_same_to_the_bit(strokes, power, shift):
    moved = [(stroke + np.array(shift)) * 2.0**power for stroke in strokes]
    np.testing.assert_array_equal(drawing_to_image(moved), drawing_to_image(strokes))


@given(strokes=scribbles, times=st.integers(2, 4))
def test_points_sent_more_than_once_change_nothing(strokes, times):
    slow = [np.repeat(stroke, times, axis=0) for stroke in strokes]
    np.testing.assert_array_equal(drawing_to_image(slow), drawing_to_image(strokes))


@given(strokes=scribbles)
def test_any_scribble_keeps_to_the_frame_of_mnist(strokes):
    image = drawing_to_image(strokes)
    assert image.shape == (28, 28)
    assert image.dtype == np.uint8
    ink = np.argwhere(image)
    height, width = ink.max(axis=0) - ink.min(axis=0) + 1
    assert 19 <= max(height, width) <= 20


@every_drawing
def test_more_points_on_the_same_lines_change_nothing_to_see(strokes):
    dense = []
    for stroke in strokes:
        between = np.linspace(0, len(stroke) - 1, 10 * (len(stroke) - 1) + 1)
        dense.append(np.column_stack([np.interp(between, range(len(stroke)), axis) for axis in stroke.T]))
    assert difference(drawing_to_image(dense), drawing_to_image(strokes)) < 0.5


@every_drawing
def test_center_of_mass_is_within_half_a_pixel_of_pixel_14(strokes):
    assert np.abs(center_of_mass(drawing_to_image(strokes).astype(float)) - 14).max() <= 0.5


@every_drawing
def test_the_other_direction_of_a_stroke_changes_nothing_to_see(strokes):
    assert difference(drawing_to_image([stroke[::-1] for stroke in strokes]), drawing_to_image(strokes)) < 0.1


def test_a_wider_pen_leaves_more_ink():
    thin, usual, wide = (drawing_to_image(DRAWINGS["two"], pen).sum() for pen in (1.2, PEN_WIDTH, 4.0))
    assert thin < usual < wide


def test_a_tap_leaves_a_round_dot_in_the_middle():
    image = drawing_to_image([line((5, 5))])
    assert image[14, 14] == 255
    assert not image[:3].any()
    np.testing.assert_allclose(center_of_mass(image.astype(float)), 14, atol=0.5)


@pytest.mark.parametrize(
    "strokes",
    [[], [np.zeros((0, 2))], [line((np.nan, 1.0)), line((np.inf, 2.0))]],
    ids=["none", "empty", "nan"],
)
def test_nothing_drawn_gives_none(strokes):
    assert drawing_to_image(strokes) is None
    assert rasterized(strokes) is None


def test_points_that_are_not_numbers_are_left_out():
    broken = [np.vstack([stroke, [[np.nan, 0.0], [np.inf, 1.0]]]) for stroke in DRAWINGS["seven"]]
    np.testing.assert_array_equal(drawing_to_image(broken), drawing_to_image(DRAWINGS["seven"]))


@pytest.mark.parametrize("extent", [1e-320, 1e-9, 1e90])
def test_extreme_extents_are_drawn_without_an_error(extent):
    assert drawing_to_image([line((0, 0), (extent, extent))]).any()


def test_points_at_the_limits_of_a_float_do_not_fail():
    image = drawing_to_image([line((-1e308, 0), (1e308, -1e308)), *DRAWINGS["seven"]])
    assert image is None or image.any()


def test_no_ink_gives_an_empty_image():
    assert not normalized(np.zeros((40, 31), np.uint8)).any()


def test_mnists_own_images_are_already_placed():
    images = load_subset("mnist", "test")[0][:500, ..., 0]
    placed = [normalized(image) for image in images]
    unchanged = sum(np.array_equal(first, second) for first, second in zip(images, placed, strict=True))
    assert unchanged >= 490
    assert max(difference(first, second) for first, second in zip(images, placed, strict=True)) < 25


def test_placing_is_repeatable_for_drawings_and_shifts_are_undone():
    for strokes in DRAWINGS.values():
        image = drawing_to_image(strokes)
        shifted = np.roll(image, (1, -2), axis=(0, 1))
        np.testing.assert_array_equal(normalized(shifted), normalized(image))


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (50, 1), (3000, 7), (28, 28)])
def test_any_block_of_ink_fills_the_box_along_its_longer_side(shape):
    image = normalized(np.full(shape, 200, np.uint8))
    ink = np.argwhere(image)
    height, width = ink.max(axis=0) - ink.min(axis=0) + 1
    scale = 20 / max(shape)
    assert (height, width) == (max(1, round(shape[0] * scale)), max(1, round(shape[1] * scale)))
    assert image.max() == 200


@every_drawing
def test_a_sheet_scribbled_full_is_inked_as_stop_by_stop(strokes, monkeypatch):
    stop_by_stop = rasterized(strokes)
    monkeypatch.setattr(ink_module, "MOST_DISCS", 0)
    np.testing.assert_array_equal(rasterized(strokes), stop_by_stop)
