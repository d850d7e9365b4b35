"""Image files become the same image as the drawing in them, whatever their colors."""

import io

import numpy as np
import pytest
from bad_files import KNOWN_FORMATS, OTHER_FORMATS
from PIL import Image, ImageDraw

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.datasets.registry import load_subset
from cnn_studio.core.drawing.image_input import open_frame
from cnn_studio.core.drawing.preprocessing import normalized, picture_to_image, picture_to_ink


def seven(ink=0, ground=255, mode="L", size=(300, 200)):
    """A seven on a sheet, drawn at four times its size and reduced, so that its edges are soft."""
    large = Image.new("L", (size[0] * 4, size[1] * 4), 0)
    ImageDraw.Draw(large).line([(440, 160), (760, 150), (560, 640)], fill=255, width=56, joint="curve")
    mask = large.resize(size, Image.Resampling.BOX)
    sheet = Image.new(mode, size, ground)
    sheet.paste(ink, mask=mask)
    return sheet


@pytest.fixture(scope="module")
def expected():
    return picture_to_image(seven())


def reopened(picture, file_format, **options):
    """The picture as it comes back from a file of that format."""
    file = io.BytesIO()
    picture.save(file, file_format, **options)
    file.seek(0)
    found = Image.open(file)
    found.load()
    return found


def difference(first, second):
    return np.abs(first.astype(float) - second.astype(float)).mean()


def test_the_picture_of_a_digit_is_its_ink_placed(expected):
    ink = 255 - np.asarray(seven())
    np.testing.assert_array_equal(expected, normalized(ink * (ink >= 0.12 * ink.max())))


def test_light_on_dark_gives_the_same_image_as_dark_on_light(expected):
    np.testing.assert_array_equal(picture_to_image(seven(ink=255, ground=0)), expected)


def test_a_mnist_image_read_from_a_file_is_itself_in_both_polarities():
    for image in load_subset("mnist", "test")[0][:20, ..., 0]:
        strong = np.where(image < 0.12 * image.max(), 0, np.round(image / image.max() * 255)).astype(np.uint8)
        wanted = normalized(strong)
        assert difference(picture_to_image(Image.fromarray(image)), wanted) < 0.5
        assert difference(picture_to_image(Image.fromarray(255 - image)), wanted) < 0.5


@pytest.mark.parametrize(("ink", "ground"), [(90, 170), (170, 90), (40, 250)])
def test_weak_contrast_is_stretched(expected, ink, ground):
    image = picture_to_image(seven(ink, ground))
    assert image.max() >= 254
    assert difference(image, expected) < 1


@pytest.mark.parametrize(
    ("ink", "ground"),
    [((20, 20, 120), (255, 250, 240)), ((255, 255, 0), (0, 0, 60)), ((200, 0, 0), (255, 255, 255))],
)
def test_colors_do_not_matter(expected, ink, ground):
    assert difference(picture_to_image(seven(ink, ground, "RGB")), expected) < 1


@pytest.mark.parametrize("ink", [0, 255])
def test_ink_on_a_transparent_sheet_is_found(expected, ink):
    mask = Image.fromarray(255 - np.asarray(seven()))
    for hidden in (0, 255):  # the color nobody sees under the transparent part
        gray = Image.composite(
            Image.new("L", mask.size, ink), Image.new("L", mask.size, hidden), mask.point(bool, "1")
        )
        picture = Image.merge("LA", (gray, mask))
        assert difference(picture_to_image(reopened(picture, "PNG")), expected) < 0.5


def test_an_opaque_alpha_channel_changes_nothing(expected):
    picture = seven().convert("RGBA")
    np.testing.assert_array_equal(picture_to_image(picture), expected)


def test_a_palette_with_a_transparent_color_is_read(expected):
    picture = seven().convert("P")
    background = picture.getpixel((0, 0))
    found = reopened(picture, "GIF", transparency=background)
    assert "transparency" in found.info
    assert difference(picture_to_image(found), expected) < 1


@pytest.mark.parametrize("file_format", ["PNG", "JPEG", "BMP", "TIFF", "WEBP"])
def test_file_formats_do_not_matter(expected, file_format):
    assert difference(picture_to_image(reopened(seven().convert("RGB"), file_format)), expected) < 1


def test_black_and_white_scans_are_read(expected):
    assert (
        difference(
            picture_to_image(reopened(seven().convert("1", dither=Image.Dither.NONE), "PNG")), expected
        )
        < 8
    )


def test_sixteen_bit_scans_are_read(expected):
    deep = Image.fromarray(np.asarray(seven(40, 200)).astype(np.uint16) * 257)
    image = picture_to_image(reopened(deep, "PNG"))
    assert image is not None
    assert difference(image, expected) < 1


@pytest.mark.parametrize("ground", [0, 128, 255])
def test_a_blank_sheet_gives_none(ground):
    assert picture_to_image(Image.new("L", (50, 40), ground)) is None


def test_a_fully_transparent_sheet_gives_none():
    assert picture_to_image(Image.new("RGBA", (50, 40), (0, 0, 0, 0))) is None


def test_faint_noise_on_a_blank_sheet_is_not_ink():
    noise = np.random.default_rng(1).integers(252, 256, (60, 60)).astype(np.uint8)
    assert not picture_to_ink(Image.fromarray(noise)).any()


def test_noise_around_a_digit_is_left_out(expected):
    gray = np.asarray(seven()).astype(int)
    noisy = np.clip(gray - np.random.default_rng(1).integers(0, 20, gray.shape), 0, 255).astype(np.uint8)
    assert difference(picture_to_image(Image.fromarray(noisy)), expected) < 3


@pytest.mark.parametrize("size", [(1, 1), (2, 1), (1, 40)])
def test_tiny_pictures_do_not_fail(size):
    image = picture_to_image(Image.new("L", size, 255))
    assert image is None


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"])
def test_each_known_format_is_opened_whatever_its_file_is_called(tmp_path, expected, kind):
    seven().save(tmp_path / "seven", kind)
    opened = open_frame(tmp_path / "seven")
    assert opened.size == (300, 200)
    assert difference(picture_to_image(opened.picture), expected) < 4


def test_several_pictures_in_a_phones_jpeg_are_opened_at_the_first(tmp_path, expected):
    seven().convert("RGB").save(
        tmp_path / "phone.jpg", "MPO", save_all=True, append_images=[Image.new("RGB", (9, 9))]
    )
    opened = open_frame(tmp_path / "phone.jpg")
    assert opened.frames == 2
    assert difference(picture_to_image(opened.picture), expected) < 4


@pytest.mark.parametrize("name", OTHER_FORMATS)
def test_any_other_format_is_refused_and_no_program_is_started_for_it(tmp_path, name, ghostscript):
    OTHER_FORMATS[name](tmp_path / name)
    with pytest.raises(StudioError, match=KNOWN_FORMATS):
        open_frame(tmp_path / name)
    assert not ghostscript.exists()


@pytest.mark.parametrize("factor", [1, 4, 16])
def test_scans_that_use_few_of_their_sixteen_bits_are_read(expected, factor):
    shallow = Image.fromarray(np.asarray(seven(40, 200)).astype(np.uint16) * factor)
    assert shallow.mode == "I;16"
    image = picture_to_image(shallow)
    assert image is not None
    assert difference(image, expected) < 1
