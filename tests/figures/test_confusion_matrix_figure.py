"""Saved figures: what is in them, and in which files they can be saved."""

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from PIL import Image

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.evaluation.predictions import Evaluation
from cnn_studio.figures.confusion_matrix_figure import matrix_figure
from cnn_studio.figures.figure_files import save_figure


@pytest.fixture
def evaluation():
    """Three classes: of class 0 two right and one read as 2, of class 1 one right, of class 2 none."""
    labels, read = np.array([0, 0, 0, 1]), np.array([0, 0, 2, 1])
    return Evaluation(
        np.eye(3, dtype=np.float32)[read], labels.astype(np.int32), ("cat", "dog", "cow"), "pets"
    )


@pytest.mark.parametrize(
    ("shown", "texts"),
    [("counts", {"2", "1"}), ("rows", {"66.7", "33.3", "100.0"}), ("columns", {"100.0"})],
)
def test_matrix_writes_numbers_into_its_cells_and_leaves_empty_ones_empty(evaluation, shown, texts):
    axes = matrix_figure(evaluation, shown=shown).axes[0]
    written = {(text.get_position()[1], text.get_position()[0]): text.get_text() for text in axes.texts}
    assert set(written) == {(0, 0), (0, 2), (1, 1)}
    assert set(written.values()) == texts


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_figure_is_saved_as_its_ending_says(evaluation, tmp_path, ending):
    path = tmp_path / f"matrix.{ending}"
    save_figure(matrix_figure(evaluation), path)
    if ending == "png":
        with Image.open(path) as picture:
            assert picture.format == "PNG"
            assert picture.width > 600
    elif ending == "svg":
        assert ElementTree.parse(path).getroot().tag.endswith("svg")
    else:
        assert path.read_bytes().startswith(b"%PDF")
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_unknown_ending_and_unwritable_place_are_explained(evaluation, tmp_path):
    with pytest.raises(StudioError, match=r"\.svg"):
        save_figure(matrix_figure(evaluation), tmp_path / "matrix.doc")
    (tmp_path / "file").write_text("")
    with pytest.raises(StudioError, match="Cannot write"):
        save_figure(matrix_figure(evaluation), tmp_path / "file" / "matrix.png")
