"""A drawing and its history."""

import numpy as np

from cnn_studio.core.drawing.replay import Flip, flips, positions
from cnn_studio.core.drawing.stroke_model import StrokeModel, first_points

LINE = ((0.1, 0.5), (0.9, 0.5))
OTHER = ((0.1, 0.9), (0.9, 0.9))


def drawn(*strokes):
    sketch = StrokeModel()
    for stroke in strokes:
        sketch.begin(stroke[0])
        for point in stroke[1:]:
            sketch.extend(point)
        sketch.end()
    return sketch


def test_an_erasing_gesture_of_many_moves_is_one_step():
    sketch = drawn(LINE, OTHER)
    sketch.begin_erasing()
    for x in (0.2, 0.4, 0.6):
        assert sketch.erase((x, 0.5), (x, 0.5), 0.05)
    sketch.end()
    assert len(sketch.strokes) == 5  # up to 0.15, 0.25 to 0.35, 0.45 to 0.55, from 0.65 on, and the other
    sketch.undo()
    assert sketch.strokes == [LINE, OTHER]
    sketch.redo()
    assert len(sketch.strokes) == 5


def test_an_eraser_that_touches_nothing_is_no_step():
    sketch = drawn(LINE)
    sketch.begin_erasing()
    assert not sketch.erase((0.5, 0.1), (0.6, 0.1), 0.05)
    sketch.end()
    sketch.undo()
    assert sketch.empty


def test_whole_strokes_can_be_taken():
    sketch = drawn(LINE, OTHER)
    sketch.begin_erasing()
    sketch.erase((0.5, 0.5), (0.5, 0.5), 0.05, whole=True)
    sketch.end()
    assert sketch.strokes == [OTHER]


def test_undo_while_erasing_gives_back_what_was_touched():
    sketch = drawn(LINE)
    sketch.begin_erasing()
    sketch.erase((0.5, 0.5), (0.5, 0.5), 0.05)
    sketch.undo()
    assert sketch.strokes == [LINE]
    assert not sketch.erasing
    assert sketch.can_undo


def test_pressure_stays_out_of_what_the_network_gets():
    sketch = drawn(((0.1, 0.2, 0.9), (0.3, 0.4, 0.5)), LINE)
    np.testing.assert_array_equal(sketch.arrays()[0], [[0.1, 0.2], [0.3, 0.4]])
    assert [array.shape for array in sketch.arrays()] == [(2, 2), (2, 2)]


def test_arrays_follow_every_change():
    sketch = drawn(LINE)
    sketch.begin((0.0, 0.0))
    assert len(sketch.arrays()) == 2
    sketch.extend((0.5, 0.5))
    assert sketch.arrays()[1].tolist() == [[0, 0], [0.5, 0.5]]
    sketch.undo()
    assert len(sketch.arrays()) == 1
    sketch.undo()
    assert sketch.arrays() == []


def test_replacing_is_one_step():
    sketch = drawn(LINE)
    sketch.replace((OTHER, LINE))
    assert sketch.strokes == [OTHER, LINE]
    sketch.undo()
    assert sketch.strokes == [LINE]


def test_first_points_are_those_drawn_first():
    strokes = (((0, 0), (1, 1)), ((2, 2), (3, 3), (4, 4)))
    assert first_points(strokes, 1) == (((0, 0),),)
    assert first_points(strokes, 2) == (((0, 0), (1, 1)),)
    assert first_points(strokes, 3) == (((0, 0), (1, 1)), ((2, 2),))
    assert first_points(strokes, 5) == strokes


def test_positions_are_all_points_or_evenly_spread():
    assert positions((((0, 0),) * 3, ((1, 1),))) == [1, 2, 3, 4]
    many = positions((((0, 0),) * 1000,), most=5)
    assert many == [1, 251, 500, 750, 1000] or many == [1, 251, 501, 750, 1000]
    assert positions(()) == []


def test_flips_name_position_before_and_after():
    assert flips([1, 1, 7, 7, 9]) == [Flip(2, 1, 7), Flip(4, 7, 9)]
    assert flips([3]) == []


def test_what_is_drawn_after_an_undo_takes_the_place_of_what_was_undone():
    sketch = drawn(LINE, OTHER)
    sketch.undo()
    third = ((0.2, 0.2), (0.3, 0.3))
    sketch.begin(third[0])
    sketch.extend(third[1])
    sketch.end()
    assert sketch.strokes == [LINE, third]
    assert not sketch.can_redo
    sketch.redo()
    assert sketch.strokes == [LINE, third]
    sketch.undo()
    assert sketch.strokes == [LINE]


def test_clearing_an_empty_sheet_is_no_step():
    sketch = StrokeModel()
    sketch.clear()
    assert not sketch.can_undo
    sketch = drawn(LINE)
    sketch.clear()
    sketch.clear()
    sketch.undo()
    assert sketch.strokes == [LINE]
