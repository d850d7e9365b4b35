"""Kept drawings in and out of files."""

import json

import numpy as np
import pytest
from PIL import Image

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.drawing.collection import Collection
from cnn_studio.core.drawing.collection_files import folder_name, folder_names, read_kept, write_class_folders
from cnn_studio.core.drawing.labeled_drawing import labeled_drawing
from cnn_studio.core.drawing.preprocessing import drawing_to_image
from cnn_studio.data.opening import open_data

SEVEN = [[(300.0, 250.0), (700.0, 250.0), (460.0, 800.0)]]
ONE = [[(500.0, 200.0), (500.0, 800.0)]]


def kept(label, strokes=SEVEN, **further):
    return labeled_drawing(strokes, label, side=1000, **further)


def written(tmp_path, *lines):
    path = tmp_path / "drawings.jsonl"
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def test_an_export_comes_back_as_it_was(tmp_path):
    collection = Collection(tmp_path / "mine.jsonl")
    collection.take([kept("7", answered="1", confidence=0.5, origin="corrected"), kept("日本", ONE)])
    collection.export(tmp_path / "export.jsonl")
    assert read_kept(tmp_path / "export.jsonl").drawings == collection.drawings


def test_drawings_of_others_are_taken_in_at_any_scale(tmp_path):
    big = [[[40000, 10000], [90000, 80000]]]
    path = written(tmp_path, json.dumps({"label": 7, "strokes": big}), '{"strokes": [[[1, 2], [3, 4]]]}')
    read = read_kept(path)
    (drawing,) = read.drawings
    assert (drawing.label, drawing.answered, drawing.origin) == ("7", None, "added")
    assert read.unlabeled == 1
    before = drawing_to_image([np.array(big[0], float)])
    assert np.abs(drawing_to_image(drawing.arrays()).astype(int) - before).max() <= 2


def test_the_line_that_is_no_drawing_is_named_and_nothing_is_read(tmp_path):
    path = written(tmp_path, '{"label": "7", "strokes": [[[1, 2]]]}', "", '{"label": "7"}')
    with pytest.raises(StudioError, match="Line 3"):
        read_kept(path)


def test_a_file_that_is_not_there_is_explained(tmp_path):
    with pytest.raises(StudioError, match="Cannot read"):
        read_kept(tmp_path / "missing.jsonl")


def test_the_folder_of_images_opens_as_own_data_and_shows_what_a_network_sees(tmp_path):
    drawings = [kept(label, strokes) for label, strokes in [("7", SEVEN), ("1", ONE)] for _ in range(5)]
    write_class_folders(drawings, tmp_path / "images")
    opened = open_data(tmp_path / "images").dataset
    assert opened.info.classes == ("1", "7")
    found = {path.parent.name for path in (tmp_path / "images").glob("*/*.png")}
    assert found == {"1", "7"}
    for label, strokes in [("7", SEVEN), ("1", ONE)]:
        paths = list((tmp_path / "images" / label).glob("*.png"))
        assert len(paths) == 5
        expected = drawing_to_image([np.array(stroke) for stroke in strokes])
        np.testing.assert_array_equal(np.asarray(Image.open(paths[0])), expected)


def test_a_folder_that_exists_is_never_written_into(tmp_path):
    (tmp_path / "images").mkdir()
    with pytest.raises(StudioError, match="was not written"):
        write_class_folders([kept("7")], tmp_path / "images")
    assert list((tmp_path / "images").iterdir()) == []


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("7", "7"),
        ("Ankle boot", "Ankle boot"),
        ("日本", "日本"),
        ("T-shirt/top", "T-shirt%2Ftop"),
        ("..", "%2E%2E"),
        ("a.", "a%2E"),
        ("50%", "50%25"),
        ("nul", "%6E%75%6C"),
    ],
)
def test_any_class_name_becomes_one_folder(tmp_path, label, name):
    assert folder_name(label) == name
    write_class_folders([kept(label)], tmp_path / "images")
    (place,) = (tmp_path / "images").iterdir()
    assert place.name == name
    assert len(list(place.iterdir())) == 1


def test_names_of_any_length_and_kind_stay_apart():
    names = ["a/b", "a%2Fb", "a\\b", "x" * 300, "x" * 299 + "y", "é" * 100, "é" * 99 + "e", "CON", "con"]
    folders = folder_names(names).values()
    assert len({folder.casefold() for folder in folders}) == len(names)
    assert max(len(folder.encode()) for folder in folders) <= 255
