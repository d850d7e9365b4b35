"""Strokes become the digits of a number, and what is one digit stays one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnn_studio.core.base.assets import resource
from cnn_studio.core.drawing.preprocessing import drawing_to_image
from cnn_studio.core.number_reading.segmentation import NumberReader
from cnn_studio.core.number_reading.stroke_grouping import WEIGHTS, StrokeRow
from cnn_studio.core.synthetic.digits import drawn_digit_strokes
from cnn_studio.inference.classifier import Classifier, calibrate


def arc(cx, cy, rx, ry, start, end, points=30):
    angles = np.radians(np.linspace(start, end, points))
    return np.column_stack([cx + rx * np.cos(angles), cy + ry * np.sin(angles)])


def line(*corners):
    return np.array(corners, np.float64)


SINGLES = {
    "4 in two strokes": (4, [line((60, 0), (5, 68), (92, 68)), line((65, 30), (62, 100))]),
    "open 4": (4, [line((10, 0), (8, 50), (75, 50)), line((66, 0), (64, 100))]),
    "5 with its bar apart": (5, [np.vstack([line((24, 6), (18, 45)), arc(40, 70, 34, 30, 230, 490)]), line((30, 0), (82, 0))]),
    "barred 7": (7, [line((10, 2), (80, 0), (35, 100)), line((25, 50), (75, 48))]),
    "0 in two halves": (0, [arc(35, 50, 32, 50, 97, 266), arc(37, 50, 32, 50, -86, 82)]),
    "slashed 0": (0, [arc(35, 50, 32, 50, -90, 270), line((60, 8), (12, 92))]),
    "1 with flag and base": (1, [line((30, 25), (52, 0)), line((52, 0), (52, 98)), line((25, 100), (78, 100))]),
    "8 of two rings": (8, [arc(50, 24, 22, 24, 90, 450), arc(50, 74, 27, 26, -90, 270)]),
}  # fmt: skip


@pytest.fixture(scope="module")
def answers():
    classifier = Classifier(resource("models", "digits.onnx"))
    return lambda images: calibrate(classifier.probabilities(images), classifier.card.temperature)


def moved(strokes, x=0.0, y=0.0, scale=1.0):
    return [stroke * scale + (x, y) for stroke in strokes]


def in_a_row(names, gap=30.0):
    strokes, x = [], 0.0
    for name in names:
        digit = SINGLES[name][1]
        points = np.concatenate(digit)
        strokes += moved(digit, x - points[:, 0].min())
        x += np.ptp(points[:, 0]) + gap
    return strokes


def number(digits):
    return "".join(str(digit.index) for digit in digits)


@pytest.mark.parametrize("name", SINGLES)
def test_a_digit_of_several_strokes_stays_one(answers, name):
    label, strokes = SINGLES[name]
    (digit,) = NumberReader(answers).read(strokes)
    assert digit.index == label
    assert digit.strokes == tuple(range(len(strokes)))
    np.testing.assert_array_equal(digit.image, drawing_to_image(strokes))


@pytest.mark.parametrize("gap", [15.0, 30.0, 60.0])
def test_digits_side_by_side_are_read_left_to_right(answers, gap):
    names = ["1 with flag and base", "barred 7", "8 of two rings", "4 in two strokes"]
    digits = NumberReader(answers).read(in_a_row(names, gap))
    assert number(digits) == "1784"
    assert [digit.strokes for digit in digits] == [(0, 1, 2), (3, 4), (5, 6), (7, 8)]


def test_the_order_of_drawing_does_not_matter(answers):
    strokes = in_a_row(["barred 7", "slashed 0", "open 4"])
    order = [5, 0, 3, 1, 4, 2]  # a bar and a slash are often added at the end
    digits = NumberReader(answers).read([strokes[place] for place in order])
    assert number(digits) == "704"
    assert [sorted(order[place] for place in digit.strokes) for digit in digits] == [[0, 1], [2, 3], [4, 5]]


def test_boxes_are_the_extents_of_the_strokes(answers):
    strokes = in_a_row(["barred 7", "8 of two rings"])
    for digit in NumberReader(answers).read(strokes):
        points = np.concatenate([strokes[place] for place in digit.strokes])
        assert digit.box == pytest.approx((*points.min(axis=0), *points.max(axis=0)))


@settings(max_examples=25)
@given(
    names=st.lists(st.sampled_from(sorted(SINGLES)), min_size=1, max_size=5),
    power=st.integers(-6, 6),
    shift=st.tuples(st.integers(-500, 500), st.integers(-500, 500)),
)
def test_place_and_size_do_not_matter(answers, names, power, shift):
    strokes = in_a_row(names, 32.0)
    wanted = NumberReader(answers).read(strokes)
    found = NumberReader(answers).read(moved(strokes, *shift, 2.0**power))
    assert [digit.strokes for digit in found] == [digit.strokes for digit in wanted]
    assert number(found) == number(wanted)


scribble = st.lists(
    st.lists(st.tuples(st.integers(0, 900), st.integers(0, 200)), min_size=1, max_size=6).map(
        lambda points: np.array(points, float)
    ),
    min_size=1,
    max_size=9,
)


@given(strokes=scribble)
def test_every_stroke_of_a_scribble_belongs_to_one_digit_and_digits_stand_in_order(strokes):
    even = lambda images: np.full((len(images), 10), 0.1)  # noqa: E731
    digits = NumberReader(even).read(strokes)
    assert sorted(place for digit in digits for place in digit.strokes) == list(range(len(strokes)))
    for place, digit in enumerate(digits):  # whatever lies wholly to the left comes first
        assert all(later.box[2] >= digit.box[0] for later in digits[place + 1 :])


def test_the_best_grouping_is_the_best_of_all():
    """Dynamic programming against trying every way to cut."""
    random = np.random.default_rng(3)
    drawn = [line((x, 0), (x + 8, 60 + random.uniform(0, 40))) for x in np.cumsum(random.uniform(6, 40, 7))]
    row = StrokeRow(drawn)
    sure = {run: float(random.uniform(0.05, 1)) for run in row.runs}
    count = max(behind for _, behind in row.runs)

    def ways(first):
        if first == count:
            yield []
        for run in row.runs:
            if run[0] == first:
                yield from ([run, *rest] for rest in ways(run[1]))

    def score(way):
        cuts = sum(
            WEIGHTS.gap * row._gaps[first - 1]
            - WEIGHTS.cut
            - WEIGHTS.joint * row._joints(first, WEIGHTS.near) ** 2
            for first, _ in way
            if first
        )
        return sum(np.log(sure[run]) + row.shape(run) for run in way) + cuts

    assert row.best(sure) == max(ways(0), key=score)


def test_few_groups_are_shown_and_the_reading_is_as_if_all_were(answers):
    random = np.random.default_rng(9)
    for _ in range(20):
        strokes = in_a_row(random.choice(sorted(SINGLES), 5).tolist(), float(random.uniform(0, 40)))
        row, shown = StrokeRow(strokes), []
        images = {run: drawing_to_image([strokes[each] for each in row.strokes_of(*run)]) for run in row.runs}
        sure = {run: float(answers(image[None])[0].max()) for run, image in images.items()}

        def counted(asked, shown=shown):
            shown.extend(asked)
            return answers(asked)

        digits = NumberReader(counted).read(strokes)
        assert [digit.strokes for digit in digits] == [row.strokes_of(*run) for run in row.best(sure)]
        assert len(digits) <= len(shown) <= len(row.runs)


def test_only_what_changed_is_shown_to_the_classifier(answers):
    shown = []

    def counted(images):
        shown.append(len(images))
        return answers(images)

    reader = NumberReader(counted)
    strokes = in_a_row(["barred 7", "8 of two rings", "open 4"], 60.0)
    reader.read(strokes)
    reader.read(strokes)
    assert len(shown) == 1
    reader.read([*strokes[:-1], strokes[-1][:, :] + (0.5, 0.0)])
    assert shown[1] < shown[0]


@pytest.mark.parametrize("strokes", [[], [np.zeros((0, 2))], [np.full((3, 2), np.nan)]])
def test_nothing_drawn_gives_no_digits(strokes):
    assert NumberReader(lambda images: pytest.fail("nothing to ask")).read(strokes) == []


def test_a_dot_is_one_digit(answers):
    assert len(NumberReader(answers).read([line((5, 5))])) == 1


def test_hundreds_of_strokes_are_one_scribble(answers):
    random = np.random.default_rng(0)
    assert len(NumberReader(answers).read([random.uniform(0, 100, (2, 2)) for _ in range(300)])) == 1


def test_drawn_digits_stay_whole_and_numbers_of_them_are_read(answers):
    random = np.random.default_rng(7)
    whole = right = 0
    for count in range(60):
        label = count % 10
        whole += len(NumberReader(answers).read(drawn_digit_strokes(label, random))) == 1
        labels, strokes, x = random.integers(0, 10, 4), [], 0.0
        for each in labels:
            digit = drawn_digit_strokes(int(each), random)
            points = np.concatenate(digit)
            strokes += moved(digit, x - points[:, 0].min())
            x += np.ptp(points[:, 0]) + random.uniform(0.1, 0.5)
        right += number(NumberReader(answers).read(strokes)) == "".join(map(str, labels))
    assert whole == 60
    assert right >= 56


def test_strokes_keep_their_numbers_beside_those_without_a_point(answers):
    seven, one = in_a_row(["barred 7", "1 with flag and base"])[:2], [line((300, 0), (300, 98))]
    drawing = [np.zeros((0, 2)), *seven, line((np.nan, 3.0)), *one]
    digits = NumberReader(answers).read(drawing)
    assert number(digits) == "71"
    assert [digit.strokes for digit in digits] == [(1, 2), (4,)]
