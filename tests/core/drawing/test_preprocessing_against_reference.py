"""A drawing's image depends on its ink alone: not on size, place, order, direction or number of points."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw
from test_preprocessing import DRAWINGS

from cnn_studio.core.drawing import preprocessing
from cnn_studio.core.drawing.preprocessing import PEN_WIDTH, drawing_to_image
from cnn_studio.core.synthetic.digits import drawn_digit_strokes

FINE = 16  # of the reference: pixels of the brush's sheet to one of the 20x20 box
PEN_DIGITS = 200


def pen_digit(label, seed):
    """Return a digit as a hand draws it, in one of the shapes people use."""
    return drawn_digit_strokes(label, np.random.default_rng(seed))


digits = st.builds(pen_digit, st.integers(0, 9), st.integers(0, 2**32))
whole = st.integers(0, 300)
scribbles = st.lists(
    st.lists(st.tuples(whole, whole), min_size=1, max_size=8).map(lambda points: np.array(points, float)),
    min_size=1,
    max_size=5,
)
drawings = st.one_of(digits, scribbles)
powers = st.floats(-12, 12)
"""Of ten: from a drawing smaller than an atom to one wider than the earth, in meters."""
shifts = st.tuples(st.floats(-1000, 1000), st.floats(-1000, 1000)).map(np.array)
few = settings(max_examples=40, deadline=None)


def same(strokes, others):
    np.testing.assert_array_equal(drawing_to_image(others), drawing_to_image(strokes))


@few
@given(strokes=drawings, power=powers, shift=shifts)
def test_size_and_place_change_no_pixel(strokes, power, shift):
    same(strokes, [(stroke + shift) * 10.0**power for stroke in strokes])


@few
@given(strokes=drawings, data=st.data())
def test_order_of_the_strokes_changes_no_pixel(strokes, data):
    same(strokes, data.draw(st.permutations(strokes)))


@few
@given(strokes=drawings, data=st.data())
def test_direction_of_a_stroke_changes_no_pixel(strokes, data):
    turned = data.draw(st.lists(st.booleans(), min_size=len(strokes), max_size=len(strokes)))
    same(strokes, [stroke[::-1] if turn else stroke for stroke, turn in zip(strokes, turned, strict=True)])


@few
@given(strokes=drawings, shares=st.lists(st.floats(0.0, 1.0), min_size=1, max_size=5))
def test_more_points_on_the_same_lines_change_no_pixel(strokes, shares):
    """As a faster mouse, or a slower hand, sends them: anywhere between two others, and twice."""
    same(strokes, [with_points_between(stroke, sorted(shares)) for stroke in strokes])


def with_points_between(stroke, shares):
    points = [stroke[:1]]
    for start, end in itertools.pairwise(stroke):
        points += [(start + share * (end - start))[None] for share in shares]
        points.append(end[None])
    return np.concatenate(points)


def difference(first, second):
    return np.abs(first.astype(np.float64) - second).mean()


def brushed(strokes, resampling):
    """Draw with Pillow's round brush at 16 times the size, and do with it what the 1998 paper says.

    Crop to the ink, scale the longer side to 20 with antialiasing, put the center of mass on pixel 14.
    """
    points = np.concatenate(strokes)
    low, scale = points.min(axis=0), (20 - PEN_WIDTH) * FINE / np.ptp(points, axis=0).max()
    radius = PEN_WIDTH * FINE / 2
    rim = radius + 2
    width, height = np.ceil((points.max(axis=0) - low) * scale + 2 * rim).astype(int)
    sheet = Image.new("L", (int(width), int(height)))
    pen = ImageDraw.Draw(sheet)
    for stroke in strokes:
        places = [(float(x), float(y)) for x, y in (stroke - low) * scale + rim]
        if len(places) > 1:
            pen.line(places, fill=255, width=round(2 * radius))
        for x, y in places:
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    inked = sheet.crop(sheet.getbbox())
    share = 20 / max(inked.size)
    size = max(1, round(inked.width * share)), max(1, round(inked.height * share))
    small = np.asarray(inked.resize(size, resampling), np.float64)
    rows, columns = np.indices(small.shape)
    top, left = (round(14 - (axis * small).sum() / small.sum()) for axis in (rows, columns))
    image = np.zeros((28, 28))
    image[top : top + small.shape[0], left : left + small.shape[1]] = small
    return image


@pytest.mark.parametrize("resampling", [Image.Resampling.BOX, Image.Resampling.LANCZOS])
def test_pen_drawings_agree_with_an_independent_reference(resampling):
    """Within 2 of 255 a pixel on average, whichever antialiasing the reference uses.

    Pillow's brush is about a quarter of a fine pixel off, so that drawings whose width or center of mass falls
    on half a pixel come out a column apart now and then: few.
    """
    strokes = [pen_digit(number % 10, number) for number in range(PEN_DIGITS)]
    apart = np.array([difference(drawing_to_image(one), brushed(one, resampling)) for one in strokes])
    assert apart.mean() < 2
    assert np.median(apart) < 1.5
    assert (apart > 2).mean() < 0.1


@pytest.mark.parametrize("strokes", DRAWINGS.values(), ids=DRAWINGS.keys())
def test_every_drawing_away_from_a_tie_agrees_with_the_reference(strokes):
    assert difference(drawing_to_image(strokes), brushed(strokes, Image.Resampling.BOX)) < 2


@few
@given(strokes=drawings)
def test_a_sheet_scribbled_full_is_inked_as_a_few_strokes_are(strokes):
    """Many stops of the pen are inked in another way: here, of the same drawings."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(preprocessing, "MOST_DISCS", 0)
        widened = drawing_to_image(strokes)
    np.testing.assert_array_equal(widened, drawing_to_image(strokes))
