"""Drawings as JSON lines."""

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.drawing.jsonl import drawing_line, read_drawings

coordinate = st.floats(-1e6, 1e6).map(lambda value: round(value, 3))
strokes_strategy = st.lists(
    st.lists(st.tuples(coordinate, coordinate), min_size=1, max_size=6).map(np.array), max_size=4
)


def written(tmp_path, text):
    path = tmp_path / "drawings.jsonl"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(strokes=strokes_strategy, label=st.none() | st.text(st.characters(exclude_categories=("Cs",))))
def test_a_drawing_survives_writing_and_reading(tmp_path, strokes, label):
    line = drawing_line(strokes, label)
    assert "\n" not in line
    (read,) = read_drawings(written(tmp_path, line + "\n"))
    assert read.label == label
    assert len(read.arrays()) == len(strokes)
    for before, after in zip(strokes, read.arrays(), strict=True):
        np.testing.assert_allclose(after, before, atol=1e-3)


def test_the_line_is_the_documented_json():
    line = drawing_line([np.array([[1.0, 2.0], [3.5, 4.0]])], "7")
    assert json.loads(line) == {"label": "7", "strokes": [[[1.0, 2.0], [3.5, 4.0]]]}


def test_other_fields_pressure_and_empty_lines_are_accepted(tmp_path):
    text = (
        '{"strokes": [[[1, 2, 0.5, 17], [3, 4, 0.7, 34]]], "writer": 9, "label": 3}\n\n  \n{"strokes": []}\n'
    )
    first, second = read_drawings(written(tmp_path, text))
    assert first.arrays()[0].tolist() == [[1, 2], [3, 4]]
    assert first.label == 3
    assert second.arrays() == []
    assert second.label is None


@pytest.mark.parametrize(
    "bad",
    [
        "not json",
        "[]",
        '{"label": "7"}',
        '{"strokes": [[[1]]]}',
        '{"strokes": [[1, 2]]}',
        '{"strokes": [[["a", "b"]]]}',
        '{"strokes": [[[NaN, 1]]]}',
        '{"strokes": [[[1, 2]]',
        b'{"label": "\xff\xfe", "strokes": []}',
        b"\x89PNG\r",
    ],
)
def test_mistake_names_file_and_line(tmp_path, bad):
    good = b'{"strokes": [[[1, 2]]]}\n'
    line = bad if isinstance(bad, bytes) else bad.encode()
    with pytest.raises(StudioError, match=r"drawings\.jsonl is not a file of drawings.*Line 3:") as caught:
        read_drawings(written(tmp_path, good + b"\n" + line + b"\n" + good))
    assert "strokes" in caught.value.remedy


@pytest.mark.parametrize(("name", "said"), [("missing.jsonl", "Cannot read"), (".", "It is a folder")])
def test_unreadable_file_is_explained(tmp_path, name, said):
    with pytest.raises(StudioError, match=said):
        read_drawings(tmp_path / name)
