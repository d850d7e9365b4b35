"""Drawings from anywhere, as the pad takes them."""

import json

import numpy as np
import pytest

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.drawing import drawing_import
from cnn_studio.core.drawing.drawing_import import imported_drawings_of, line_of, read_imported_drawings


def lines(*drawings):
    return "\n".join(json.dumps(drawing) for drawing in drawings).encode()


def test_a_saved_drawing_comes_back_where_it_was():
    strokes = (((0.12345, 0.5, 0.25), (1.25, 0.75, 1.0)), ((0.5, 0.5),))
    (sheet,) = imported_drawings_of(line_of(strokes, "7").encode(), "x").drawings
    assert sheet.label == "7"
    for before, after in zip(strokes, sheet.strokes, strict=True):
        assert np.array(after).shape == np.array(before).shape
        np.testing.assert_allclose(np.array(after), np.array(before), atol=1e-3 / 2)
        np.testing.assert_allclose(np.array(after)[:, :2], np.array(before)[:, :2], atol=1e-6)


def test_any_scale_fills_the_sheet_with_its_aspect_kept():
    (sheet,) = imported_drawings_of(
        lines({"strokes": [[[100, 1000], [500, 1000]], [[300, 900], [300, 1100]]]}), "x"
    ).drawings
    np.testing.assert_allclose(sheet.strokes[0], [(0.15, 0.5), (0.85, 0.5)])
    np.testing.assert_allclose(sheet.strokes[1], [(0.5, 0.325), (0.5, 0.675)])


def test_a_dot_is_put_in_the_middle():
    (sheet,) = imported_drawings_of(lines({"strokes": [[[1e6, -3]]]}), "x").drawings
    assert sheet.strokes == (((0.5, 0.5),),)


def test_a_third_number_that_is_no_pressure_is_left_out():
    (sheet,) = imported_drawings_of(lines({"strokes": [[[0, 0, 17], [1, 1, 34]]]}), "x").drawings
    assert {len(point) for point in sheet.strokes[0]} == {2}


def test_points_beyond_any_sheet_are_left_out_and_counted():
    found = imported_drawings_of(lines({"strokes": [[[0, 0], [1e300, 0], [1, 1]], [[0, -1e200]]]}), "x")
    assert found.left_out == 2
    assert [len(stroke) for stroke in found.drawings[0].strokes] == [2]


def test_blank_drawings_are_left_out_and_counted():
    found = imported_drawings_of(lines({"strokes": []}, {"strokes": [[[1, 1]]]}, {"strokes": [[]]}), "x")
    assert (found.blank, len(found.drawings)) == (2, 1)


def test_a_million_points_become_few_that_look_the_same():
    """A circle: afterwards every point still lies on it, and no gap is larger than a pixel of 28 x 28."""
    angles = np.linspace(0, 2 * np.pi, 1_000_000)
    circle = np.column_stack([np.cos(angles), np.sin(angles)]).round(5).tolist()
    found = imported_drawings_of(lines({"strokes": [circle]}), "x")
    (points,) = (np.array(stroke) for stroke in found.drawings[0].strokes)
    assert found.thinned == 1_000_000
    assert 100 < len(points) <= drawing_import.MOST_POINTS
    np.testing.assert_allclose(np.hypot(*(points - 0.5).T), 0.35, atol=1e-3)
    assert np.hypot(*np.diff(points, axis=0).T).max() < 0.7 / 28


def test_many_strokes_become_few():
    dots = [[[number % 211, number // 211]] for number in range(30_000)]
    found = imported_drawings_of(lines({"strokes": dots}), "x")
    assert len(found.drawings[0].strokes) <= drawing_import.MOST_STROKES
    assert found.thinned


def test_a_long_stroke_is_read_like_a_short_one(monkeypatch):
    rng = np.random.default_rng(3)
    content = lines({"strokes": [rng.normal(size=(500, 3)).tolist(), rng.random((50, 3)).tolist()]})
    at_once = imported_drawings_of(content, "x")
    monkeypatch.setattr(drawing_import, "PIECE_BYTES", 100)
    assert imported_drawings_of(content, "x") == at_once
    spaced = content.replace(b"]", b" ]\t").replace(b"[", b"[ ")
    assert imported_drawings_of(spaced, "x") == at_once


def test_more_drawings_than_can_be_shown_are_said(monkeypatch):
    monkeypatch.setattr(drawing_import, "MOST_DRAWINGS", 2)
    found = imported_drawings_of(lines(*({"strokes": [[[n, n]]], "label": n} for n in range(3))), "x")
    assert ([sheet.label for sheet in found.drawings], found.more) == (["0", "1"], True)


def test_a_file_of_hundreds_of_megabytes_is_not_read_to_its_end(monkeypatch):
    monkeypatch.setattr(drawing_import, "MOST_POINTS_TOGETHER", 5)
    found = imported_drawings_of(lines(*({"strokes": [[[n, 0], [n, 9]]]} for n in range(9))), "x")
    assert (len(found.drawings), found.more) == (3, True)


@pytest.mark.parametrize(
    "bad",
    [
        b"hello",
        b"[]",
        b'{"strokes": 7}',
        b'{"strokes": [[1, 2]]}',
        b'{"strokes": [[[1]]]}',
        b'{"strokes": [[[1, 2], [3]]]}',
        b'{"strokes": [[[NaN, 1]]]}',
        b'{"strokes": [[[1e999, 1]]]}',
        b'{"strokes": [[[Infinity, 1]]]}',
        b'{"strokes": [[[1, 2]]',
        b"\x89PNG\r",
        b'{"label": "\xff", "strokes": []}',
        b'{"strokes": [[["a", "b"]]]}',
    ],
)
def test_a_line_that_is_no_drawing_is_named(bad):
    with pytest.raises(StudioError, match=r"x is not a file of drawings\. Line 2: ") as caught:
        imported_drawings_of(b'{"strokes": [[[1, 2]]]}\n' + bad, "x")
    assert "strokes" in caught.value.remedy


@pytest.mark.parametrize(
    ("content", "why"), [(b"", "empty"), (b" \n\n", "empty"), (b'{"strokes": [[]]}', "point")]
)
def test_a_file_without_a_drawing_is_said_to_be_one(content, why):
    with pytest.raises(StudioError, match=why):
        imported_drawings_of(content, "x")


def test_a_line_without_end_is_refused_without_being_read(tmp_path, monkeypatch):
    monkeypatch.setattr("cnn_studio.core.drawing.jsonl.LARGEST_LINE_BYTES", 1000)
    path = tmp_path / "long.jsonl"
    path.write_bytes(b" " * 5000)
    with pytest.raises(StudioError, match="longer than 1,000 bytes"):
        read_imported_drawings(path)


def test_a_missing_file_is_explained(tmp_path):
    with pytest.raises(StudioError, match="Cannot read"):
        read_imported_drawings(tmp_path / "none.jsonl")


def test_a_byte_order_mark_is_no_mistake():
    assert len(imported_drawings_of(b"\xef\xbb\xbf" + lines({"strokes": [[[1, 2]]]}), "x").drawings) == 1
