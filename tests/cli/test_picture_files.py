"""Image files on their way to a network (`core.drawing.image_input`)."""

import numpy as np
import pytest
from PIL import Image

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.datasets.registry import DIGITS, FASHION, load_subset
from cnn_studio.core.drawing.image_input import drawing_to_input, fitted, open_frame, picture_to_input
from cnn_studio.core.drawing.preprocessing import drawing_to_image, picture_to_image

SHAPE = (28, 28, 1)
LINE = [np.array([[0.0, 0.0], [0.0, 9.0]])]


@pytest.fixture
def garment():
    return load_subset("fashion_mnist", "test")[0][0, ..., 0]


def opened(tmp_path, picture, name="picture.png", **options):
    picture.save(tmp_path / name, **options)
    return open_frame(tmp_path / name).picture


def test_a_fashion_image_comes_back_unchanged_from_its_file(tmp_path, garment):
    image = picture_to_input(opened(tmp_path, Image.fromarray(garment)), FASHION, SHAPE)
    np.testing.assert_array_equal(image[..., 0], garment)


def test_a_garment_on_white_is_inverted(tmp_path, garment):
    image = picture_to_input(opened(tmp_path, Image.fromarray(255 - garment)), FASHION, SHAPE)
    np.testing.assert_array_equal(image[..., 0], garment)


def test_a_wide_picture_keeps_its_aspect_and_is_padded_with_background():
    image = fitted(np.full((40, 80), 200, np.uint8), SHAPE)[..., 0]
    rows = np.flatnonzero(image.any(axis=1))
    assert (rows[0], rows[-1]) == (7, 20)
    assert (image[7:21] == 200).all()


@pytest.mark.parametrize("shape", [(32, 32, 3), (3, 32, 32), (1, 28, 28), (28, 28)])
def test_channels_may_be_first_last_or_absent(shape):
    image = fitted(np.full((28, 28), 9, np.uint8), shape)
    assert image.shape == shape
    assert (image == 9).all()


def test_digits_are_placed_as_mnist_places_them():
    picture = Image.new("L", (90, 60), 255)
    picture.paste(0, (30, 10, 36, 50))
    np.testing.assert_array_equal(picture_to_input(picture, DIGITS, SHAPE)[..., 0], picture_to_image(picture))
    np.testing.assert_array_equal(drawing_to_input(LINE, DIGITS, SHAPE)[..., 0], drawing_to_image(LINE))


def test_a_drawing_for_another_network_fills_its_image():
    image = drawing_to_input(LINE, FASHION, SHAPE)[..., 0]
    assert image.any(axis=1).sum() > 20


def test_blank_pictures_and_drawings_give_none():
    for classes in (DIGITS, FASHION):
        assert picture_to_input(Image.new("L", (30, 30), 250), classes, SHAPE) is None
        assert drawing_to_input([], classes, SHAPE) is None


def test_sixteen_bits_keep_their_grays(tmp_path):
    deep = Image.fromarray(np.array([[0, 257 * 100], [257 * 200, 65535]], np.uint16))
    np.testing.assert_array_equal(np.asarray(opened(tmp_path, deep)), [[0, 100], [200, 255]])


def test_floats_are_spread_over_all_grays(tmp_path):
    picture = Image.fromarray(np.array([[0.0, 0.5], [np.nan, 1.0]], np.float32))
    assert np.asarray(opened(tmp_path, picture, "picture.tif")).tolist() == [[0, 128], [0, 255]]


def test_a_photograph_is_turned_upright_and_reduced(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned by a quarter
    picture = opened(tmp_path, Image.new("RGB", (4200, 1000), "white"), "photo.jpg", exif=exif)
    assert picture.height > picture.width
    assert max(picture.size) <= 2048


def test_a_giant_is_refused_before_it_is_decoded(tmp_path):
    Image.new("1", (10_000, 9_000)).save(tmp_path / "giant.png", compress_level=1)
    with pytest.raises(StudioError, match="pixels"):
        open_frame(tmp_path / "giant.png")
