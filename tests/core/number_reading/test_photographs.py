"""Photographs, clean pictures and what only pretends to be one."""

import io
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from cnn_studio.core.base.assets import resource
from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.drawing.image_input import open_frame
from cnn_studio.core.drawing.preprocessing import picture_to_image, rasterized
from cnn_studio.core.number_reading.connected_components import (
    components,
    stroke_width,
    thickened,
    without_lines,
)
from cnn_studio.core.number_reading.illumination import fine_lines
from cnn_studio.core.number_reading.photographs import picture_steps
from cnn_studio.core.synthetic.digits import drawn_digit_strokes
from cnn_studio.inference.classifier import Classifier, calibrate

sys.path.insert(0, str(Path(__file__).parents[3] / "benchmarks"))
import photographs as studio_light  # the benchmark makes the photographs

sys.path.pop(0)


@pytest.fixture(scope="module")
def answers():
    classifier = Classifier(resource("models", "digits.onnx"))
    return lambda images: calibrate(classifier.probabilities(images), classifier.card.temperature)


def number(steps):
    return "".join(str(int(digit.probabilities.argmax())) for digit in steps.digits)


def sheet_of(digits, gap=40):
    """A clean picture, dark on white, of digits drawn by the program."""
    inks = [Image.fromarray(rasterized(strokes)) for strokes in digits]
    sheet = Image.new("L", (sum(ink.width + gap for ink in inks) + gap, 260), 255)
    x = gap
    for ink in inks:
        sheet.paste(0, (x, 40), ink)
        x += ink.width + gap
    return sheet


def saved(picture, file_format, **options):
    file = io.BytesIO()
    picture.save(file, file_format, **options)
    file.seek(0)
    return file


@pytest.mark.parametrize("label", range(10))
def test_a_clean_picture_of_one_digit_gives_what_it_always_gave(answers, label):
    picture = sheet_of([drawn_digit_strokes(label, np.random.default_rng(label))])
    (digit,) = picture_steps(picture, answers).digits
    np.testing.assert_array_equal(digit.image, picture_to_image(picture))
    (inverse,) = picture_steps(Image.fromarray(255 - np.asarray(picture)), answers).digits
    np.testing.assert_array_equal(inverse.image, digit.image)


def test_a_clean_picture_of_several_digits_is_read_left_to_right(answers):
    random = np.random.default_rng(5)
    right = 0
    for _ in range(10):
        labels = random.integers(0, 10, 4)
        steps = picture_steps(
            sheet_of([drawn_digit_strokes(int(label), random) for label in labels]), answers
        )
        right += number(steps) == "".join(map(str, labels))
        assert steps.clean_ground
    assert right >= 9


@pytest.mark.parametrize("kind", studio_light.KINDS)
def test_photographs_of_one_digit_and_several_are_read(answers, kind):
    random = np.random.default_rng((11, studio_light.KINDS.index(kind)))
    right = 0
    for count in (1, 1, 1, 1, 3, 4):
        labels = random.integers(0, 10, count)
        picture = studio_light.photograph(
            [drawn_digit_strokes(int(label), random) for label in labels], kind, random
        )
        right += number(picture_steps(picture, answers)) == "".join(map(str, labels))
    assert right >= 5


def test_every_step_can_be_looked_at(answers):
    random = np.random.default_rng(2)
    picture = studio_light.photograph([drawn_digit_strokes(3, random)], "ruled", random)
    steps = picture_steps(picture, answers)
    shown = (steps.gray, steps.even, steps.ink, steps.ruled, steps.clean)
    assert len({step.shape for step in shown}) == 1
    assert all(step.dtype == np.uint8 for step in shown)
    assert max(steps.gray.shape) <= 640
    amounts = [int((step > 0).sum()) for step in (steps.ink, steps.ruled, steps.clean)]
    assert amounts == sorted(amounts, reverse=True)
    left, top, right, bottom = steps.digits[0].box
    assert steps.clean[top:bottom, left:right].sum() == steps.clean.sum()


def test_even_light_does_not_depend_on_the_light():
    random = np.random.default_rng(4)
    paper = np.full((300, 400), 220.0) + random.normal(0, 2, (300, 400))
    paper[100:200, 195:205] = 40
    light = np.linspace(1.0, 0.4, 400)
    steps = picture_steps(Image.fromarray((paper * light).astype(np.uint8)))
    columns = np.median(steps.even[:90], axis=0)  # above the stroke
    assert columns.min() > 225


@given(st.integers(0, 2**32 - 1), st.integers(1, 24), st.integers(1, 24), st.floats(0.1, 0.9))
@settings(max_examples=60)
def test_components_agree_with_a_flood_fill(seed, height, width, share):
    mask = np.random.default_rng(seed).random((height, width)) < share
    found, labels = components(mask)
    seen = np.zeros(mask.shape, int)
    count = 0
    for start in zip(*np.nonzero(mask), strict=True):
        if seen[start]:
            continue
        count += 1
        front = [start]
        while front:
            y, x = front.pop()
            if 0 <= y < height and 0 <= x < width and mask[y, x] and not seen[y, x]:
                seen[y, x] = count
                front += [(y + dy, x + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)]
    assert len(found) == count
    pairs = set(zip(seen[mask].tolist(), labels[mask].tolist(), strict=True))
    assert len(pairs) == count
    for part in found:
        y, x = np.nonzero(labels == part.label)
        assert (part.box, part.area) == ((x.min(), y.min(), x.max() + 1, y.max() + 1), len(y))


@pytest.mark.parametrize("radius", [3.0, 8.4])
def test_a_thickened_dot_is_a_disc_and_shrinks_back_to_a_dot(radius):
    disc = thickened(np.ones((1, 1), bool), radius)
    y, x = np.indices(disc.shape) - disc.shape[0] // 2
    np.testing.assert_array_equal(disc, x * x + y * y <= radius * radius)
    assert thickened(disc, -radius).sum() == 1


@pytest.mark.parametrize("pen", [6, 15])
@pytest.mark.parametrize("way", [(200, 0), (0, 200), (140, 140), (180, 70)])
def test_stroke_width_is_the_pens(pen, way):
    picture = Image.new("L", (300, 300))
    ImageDraw.Draw(picture).line([(40, 40), (40 + way[0], 40 + way[1])], fill=255, width=pen)
    assert stroke_width(np.asarray(picture) > 0) == pytest.approx(pen, rel=0.35)


@pytest.mark.parametrize("slope", [0.0, 0.07, -0.15])
def test_ruled_lines_go_and_a_stroke_across_them_stays(slope):
    sheet, only = Image.new("L", (400, 300)), Image.new("L", (400, 300))
    for draw in (ImageDraw.Draw(sheet), ImageDraw.Draw(only)):
        draw.line([(200, 30), (180, 270)], fill=255, width=12)
    for y in (60, 120, 180, 240):
        ImageDraw.Draw(sheet).line([(0, y), (399, y + slope * 399)], fill=255, width=2)
    left, angle = without_lines(np.asarray(sheet) > 0)
    stroke = np.asarray(only) > 0
    assert angle == pytest.approx(np.degrees(np.arctan(slope)), abs=0.6)
    assert left[stroke].mean() > 0.99
    assert left[~stroke].sum() < 0.1 * (np.asarray(sheet) > 0)[~stroke].sum()
    assert len(components(thickened(left & thickened(stroke, 2)[2:-2, 2:-2], 1))[0]) == 1


def test_lines_that_are_only_partly_ink_go_and_darker_ink_on_them_stays():
    picture = np.full((300, 400), 240.0)
    for y in range(20, 300, 40):
        picture[y : y + 2] = 190
    for x in range(15, 400, 40):
        picture[:, x : x + 2] = 190
    picture[138:144, 100:300] = 60  # a pen along a line
    even = picture + np.random.default_rng(1).normal(0, 3, picture.shape)
    pen = even < 120
    y, x = np.indices(even.shape) // 25
    ink = pen | ((even < 215) & ((x + y) % 3 == 0))  # as a threshold at their edge leaves them
    left, angle = without_lines(ink, *fine_lines(even))
    assert angle == 0
    assert left[pen].mean() > 0.95
    assert left[~pen].sum() < 0.05 * ink[~pen].sum()
    sieved, _ = without_lines(ink)  # nothing is found in what the threshold left of the lines
    assert sieved[~pen].sum() > 0.5 * ink[~pen].sum()


RANDOM = np.random.default_rng(0)
SEVEN = Image.new("L", (300, 200), 255)
ImageDraw.Draw(SEVEN).line([(110, 40), (190, 38), (140, 160)], fill=0, width=14, joint="curve")
TURNED = Image.Exif()
TURNED[0x0112] = 6
SEVENS = {
    "cmyk": saved(SEVEN.convert("CMYK"), "JPEG"),
    "sixteen bits": saved(Image.fromarray(np.asarray(SEVEN).astype(np.uint16) * 200), "PNG"),
    "transparent palette": saved(SEVEN.convert("P"), "GIF", transparency=SEVEN.convert("P").getpixel((0, 0))),
    "turned camera": saved(SEVEN.convert("RGB").rotate(90, expand=True), "JPEG", exif=TURNED),
    "a PNG that says it is a JPEG": saved(SEVEN, "PNG"),
    "animation": saved(SEVEN, "GIF", save_all=True, append_images=[Image.new("L", (300, 200), 255)]),
}
EMPTY = {
    "noise": Image.fromarray(RANDOM.integers(0, 256, (600, 800)).astype(np.uint8)),
    "color noise": Image.fromarray(RANDOM.integers(0, 256, (900, 1200, 3)).astype(np.uint8)),
    "faint noise": Image.fromarray(RANDOM.integers(235, 256, (600, 800)).astype(np.uint8)),
    "one pixel": Image.new("L", (1, 1), 9),
    "strip of noise": Image.fromarray(RANDOM.integers(0, 256, (2, 500)).astype(np.uint8)),
    "thread": Image.fromarray(RANDOM.integers(0, 256, (1, 30_000)).astype(np.uint8)),
    "white": Image.new("RGB", (700, 500), "white"),
    "black": Image.new("RGB", (700, 500)),
    "half black": Image.fromarray(np.tile(np.repeat(np.uint8([0, 255]), 400), (600, 1))),
    "transparent": Image.new("RGBA", (60, 60), (0, 0, 0, 0)),
}


@pytest.mark.parametrize("name", SEVENS)
def test_unusual_files_are_read(answers, name):
    SEVENS[name].seek(0)
    opened = open_frame(SEVENS[name], "seven.jpg")
    assert number(picture_steps(opened.picture, answers)) == "7"
    assert opened.frames == (2 if name == "animation" else 1)


@pytest.mark.parametrize("name", EMPTY)
def test_pictures_without_a_digit_have_none_and_take_no_time(answers, name):
    began = time.process_time()
    steps = picture_steps(open_frame(saved(EMPTY[name], "PNG"), name).picture, answers)
    assert steps.digits == ()
    assert time.process_time() - began < 5  # 0.4 s on a quiet machine


@pytest.mark.parametrize("content", [b"", b"no picture", b"\x89PNG\r\n\x1a\n" + bytes(40), b"GIF89a"])
def test_what_is_no_picture_is_refused_by_name(content):
    with pytest.raises(StudioError, match=r"dropped\.png"):
        open_frame(io.BytesIO(content), "dropped.png")
