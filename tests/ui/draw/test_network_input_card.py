"""Looking inside from the Draw tab, and pictures that are read there."""

import io

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest

from cnn_studio.core.datasets.registry import load_subset
from cnn_studio.ui.draw.picture_reading import png_of

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def paper(tmp_path):
    """A sheet with MNIST's first three test digits, 7, 2 and 1, dark on white."""
    images = load_subset("mnist", "test")[0][:3, ..., 0]
    sheet = np.full((160, 400), 255, np.uint8)
    for number, image in enumerate(images):
        large = np.asarray(Image.fromarray(image).resize((112, 112)))
        left = 20 + 125 * number
        sheet[24:136, left : left + 112] = 255 - large
    Image.fromarray(sheet).save(tmp_path / "paper.png")
    return tmp_path / "paper.png"


def test_looking_inside_shows_the_panel_in_place_of_the_small_picture(draw):
    input_card = draw.input_card
    assert input_card.panel is None
    QTest.mouseClick(input_card.button, LEFT)
    assert input_card.panel.isVisible()
    assert not draw.preview.isVisible()
    assert draw.bars.height() <= 80
    QTest.mouseClick(input_card.button, LEFT)
    assert not input_card.panel.isVisible()
    assert draw.preview.isVisible()
    assert draw.bars.maximumHeight() > 1000


def test_the_panel_looks_into_the_drawing_that_is_there(draw, qtbot):
    draw.canvas.sketch.begin((0.5, 0.2))
    draw.canvas.sketch.extend((0.5, 0.8))
    draw.canvas.sketch.end()
    draw.canvas.drawing_changed.emit()
    QTest.mouseClick(draw.input_card.button, LEFT)
    page = draw.input_card.panel.page
    qtbot.waitUntil(lambda: not page.grab().toImage().isNull())
    assert draw.input_card.panel._subject is not None
    np.testing.assert_array_equal(draw.input_card.panel._subject.pixels, draw.pixels())


def test_a_pasted_image_is_the_same_as_a_file(paper):
    with Image.open(paper) as picture:
        expected = np.asarray(picture.convert("L"))

    with Image.open(io.BytesIO(png_of(QImage(str(paper))))) as picture:
        np.testing.assert_array_equal(np.asarray(picture.convert("L")), expected)
