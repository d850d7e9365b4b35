"""`predict --number`."""

import json

import numpy as np
import pytest
from PIL import Image

from cnn_studio.core.drawing.preprocessing import rasterized

ONE = [[[30, 0], [30, 100]]]
SEVEN = [[[100, 2], [165, 0], [120, 100]], [[115, 50], [158, 48]]]


@pytest.fixture
def inputs(tmp_path):
    lines = [{"strokes": ONE + SEVEN}, {"strokes": SEVEN}, {"strokes": []}]
    (tmp_path / "some.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    ink = rasterized([np.array(stroke, float) for stroke in ONE + SEVEN])
    Image.fromarray(np.pad(255 - ink, 40, constant_values=255)).save(tmp_path / "some.png")
    (tmp_path / "text.png").write_text("no image")
    return tmp_path


def test_numbers_of_drawings_and_pictures_are_told_with_each_digits_confidence(cli, inputs):
    rows = cli.json("predict", "some.jsonl", "some.png", "--number", cwd=inputs)
    assert [(row["source"], row["index"], row["number"]) for row in rows] == [
        ("some.jsonl", 0, "17"),
        ("some.jsonl", 1, "7"),
        ("some.jsonl", 2, None),
        ("some.png", 0, "17"),
    ]
    for row in rows:
        each = [digit["confidence"] for digit in row["digits"]]
        assert row["confidence"] == (min(each) if each else 0.0)
        assert [max(digit["probabilities"]) for digit in row["digits"]] == each


def test_without_it_a_drawing_has_one_answer(cli, inputs):
    assert len(cli.json("predict", "some.jsonl", cwd=inputs)) == 3


def test_files_that_cannot_be_read_are_named_and_the_rest_is_answered(cli, inputs):
    done = cli("predict", "text.png", "some.png", "--number", cwd=inputs)
    assert done.returncode == 1
    assert done.stdout.startswith("some.png [0]  17  1 ")
    assert "text.png" in done.stderr


@pytest.mark.parametrize("options", [(), ("--number",), ("--json",)])
def test_an_animation_says_that_only_its_first_picture_is_read(cli, inputs, options):
    with Image.open(inputs / "some.png") as first:
        others = [Image.new("L", first.size, gray) for gray in (0, 99)]
        first.save(inputs / "moving.gif", save_all=True, append_images=others)
    done = cli("predict", "some.png", "moving.gif", *options, cwd=inputs)
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 2
    assert done.stderr.splitlines() == [
        "moving.gif is an animation: only the first of its 3 pictures is read."
    ]
