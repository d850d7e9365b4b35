"""Pictures shown in place of the pad, with every step to their digits."""

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtTest import QTest
from staging import SEVEN, draw_strokes, make_run, pixels_of

from cnn_studio.core.datasets.registry import load_subset
from cnn_studio.core.runs.model_card import ModelCard
from cnn_studio.inference.classifier import Answer
from cnn_studio.ui.draw.picture_reading import read_picture

LEFT, NO_KEYS = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def sheet_of(count):
    """A sheet with MNIST's first test digits, 7, 2, 1, 0, dark on white."""
    images = load_subset("mnist", "test")[0][:count, ..., 0]
    sheet = np.full((160, 25 + 125 * count), 255, np.uint8)
    for number, image in enumerate(images):
        left = 20 + 125 * number
        sheet[24:136, left : left + 112] = 255 - np.asarray(Image.fromarray(image).resize((112, 112)))
    return Image.fromarray(sheet)


def photographed(picture):
    """A sheet as a camera sees it: grain, and light that falls off to one side."""
    gray = np.asarray(picture.resize((2 * picture.width, 2 * picture.height)), np.float64) * 0.8 + 20
    light = np.linspace(1.0, 0.6, gray.shape[1])
    grain = np.random.default_rng(0).normal(0, 3, gray.shape)
    return Image.fromarray(np.clip(gray * light + grain, 0, 255).astype(np.uint8))


@pytest.fixture
def folder(tmp_path):
    sheet_of(3).save(tmp_path / "paper.png")
    sheet_of(1).save(tmp_path / "seven.png")
    photographed(sheet_of(4)).save(tmp_path / "photo.png")
    Image.new("L", (300, 200), 255).save(tmp_path / "blank.png")
    dots = np.full((300, 400), 220.0)
    dots[10:290:20, 10:390:20] = dots[11:290:20, 10:390:20] = 30  # 266 specks
    photographed(Image.fromarray(dots.astype(np.uint8))).save(tmp_path / "dots.png")
    others = [Image.new("L", (400, 160), gray) for gray in (0, 50, 100, 150)]
    sheet_of(3).save(tmp_path / "moving.gif", save_all=True, append_images=others)
    (tmp_path / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(40))
    return tmp_path


def opened(draw, qtbot, *paths):
    draw.intake.open_all(list(paths))
    wait_for(draw, qtbot, paths[0].name)
    return draw.pictures


def wait_for(draw, qtbot, name):
    view = draw.pictures
    qtbot.waitUntil(lambda: view.is_open and view.title.text() == name, timeout=20_000)


def test_a_picture_is_shown_with_its_digits_and_their_confidences(draw, qtbot, folder):
    view = opened(draw, qtbot, folder / "paper.png")
    assert view.isVisible()
    assert not draw.canvas.isVisible()
    assert [draw.bars._classes[answer.index] for answer in draw.bars.digits] == ["7", "2", "1"]
    assert [thumbnail.caption.split()[0] for thumbnail in view.digits.thumbnails] == ["7", "2", "1"]
    assert all(thumbnail.caption.endswith(" %") for thumbnail in view.digits.thumbnails)
    left = [mark.left() for mark in view.canvas.marks()]
    assert left == sorted(left)
    assert len(left) == 3


def test_boxes_stand_where_the_digits_are(draw, qtbot, folder):
    view = opened(draw, qtbot, folder / "paper.png")
    ink = 255 - np.asarray(Image.open(folder / "paper.png")).astype(int)
    for number, found in enumerate(view.picture.found):
        left, top, right, bottom = found.box
        columns = slice(20 + 125 * number, 132 + 125 * number)
        ys, xs = np.nonzero(ink[:, columns] > 128)
        height, width = ink.shape
        assert left * width == pytest.approx(columns.start + xs.min(), abs=6)
        assert right * width == pytest.approx(columns.start + xs.max() + 1, abs=6)
        assert top * height == pytest.approx(ys.min(), abs=6)
        assert bottom * height == pytest.approx(ys.max() + 1, abs=6)


def test_the_drawing_on_the_pad_is_untouched(draw, window, qtbot, folder):
    draw_strokes(draw.canvas, SEVEN)
    before, name = draw.canvas.sketch.finished, draw.bars.accessibleName()
    view = opened(draw, qtbot, folder / "paper.png")
    with qtbot.waitActive(window):
        window.activateWindow()
    for key in (Qt.Key.Key_Delete, Qt.Key.Key_E, Qt.Key.Key_Space):
        QTest.keyClick(view, key)
    QTest.keyClick(view, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert draw.canvas.sketch.finished is before
    assert not draw.canvas.eraser
    QTest.mouseClick(view.back, LEFT)
    assert draw.canvas.isVisible()
    assert not view.isVisible()
    assert draw.bars.accessibleName() == name
    QTest.keyClick(draw.canvas, Qt.Key.Key_Delete)
    assert draw.canvas.sketch.empty


def test_escape_goes_back_to_the_pad(draw, window, qtbot, folder):
    view = opened(draw, qtbot, folder / "paper.png")
    with qtbot.waitActive(window):
        window.activateWindow()
    QTest.keyClick(view, Qt.Key.Key_Escape)
    assert not view.is_open
    assert draw.canvas.hasFocus()
    assert draw.bars.answer is None


@pytest.mark.parametrize("way", ["box", "thumbnail", "heading"])
def test_a_click_on_a_digit_shows_its_bars(draw, qtbot, folder, way):
    view = opened(draw, qtbot, folder / "paper.png")
    pixels_of(draw.bars)
    widget, area = {
        "box": (view.canvas, view.canvas.marks()[1]),
        "thumbnail": (view.digits, view.digits.cells()[1]),
        "heading": (draw.bars, draw.bars.cells()[1]),
    }[way]
    QTest.mouseClick(widget, LEFT, NO_KEYS, area.center().toPoint())
    assert draw.bars.answer.index == 2
    np.testing.assert_array_equal(draw.preview.pixels, view.picture.found[1].pixels[..., 0])


def test_every_step_of_a_photograph_has_a_picture_and_a_sentence(draw, qtbot, folder):
    view = opened(draw, qtbot, folder / "photo.png")
    assert draw.bars.number() == "7210"
    kinds = [kind for kind, _ in view.picture.steps]
    assert kinds == ["picture", "gray", "even", "ink", "clean"]
    sentences = set()
    for _ in kinds:
        sentences.add(view.sentence.text())
        shown = pixels_of(view.canvas)
        QTest.keyClick(view, Qt.Key.Key_Right)
    assert len(sentences) == len(kinds)
    assert view.steps.index == len(kinds) - 1
    assert (pixels_of(view.canvas) == shown).all()
    assert "Digits only" in view.steps.accessibleName()


def test_an_even_sheet_says_that_no_light_had_to_be_taken_out(draw, qtbot, folder):
    view = opened(draw, qtbot, folder / "paper.png")
    assert [kind for kind, _ in view.picture.steps] == ["picture", "gray", "ink"]
    QTest.keyClick(view, Qt.Key.Key_Right)
    assert "ground is even" in view.sentence.text()


def test_one_digit_is_answered_as_a_drawing_is(draw, qtbot, folder):
    opened(draw, qtbot, folder / "seven.png")
    assert draw.bars.digits == []
    assert draw.bars.answer.index == 7
    assert draw.bars.accessibleName().startswith("Answer: 7, ")


@pytest.mark.parametrize(
    ("name", "why"), [("blank.png", "Nothing stands out"), ("dots.png", "specks, a texture")]
)
def test_a_picture_without_digits_says_why_and_what_to_do(draw, qtbot, folder, name, why):
    view = opened(draw, qtbot, folder / name)
    assert view.problem.isVisible()
    assert f"No digit was found in {name}." in view.problem.text()
    assert why in view.problem.text()
    assert draw.bars.answer is None
    assert not view.digits.isVisible()


def test_an_animation_says_that_only_its_first_picture_is_read(draw, qtbot, folder):
    view = opened(draw, qtbot, folder / "moving.gif")
    assert view.note.isVisible()
    assert "first of its 5 pictures" in view.note.text()
    assert draw.bars.number() == "721"


def test_a_file_that_is_no_picture_leaves_the_pad(draw, qtbot, folder):
    draw.open_drawing(folder / "bad.png")
    qtbot.waitUntil(draw.banner.isVisible, timeout=20_000)
    assert "bad.png" in draw.banner.text
    assert draw.canvas.isVisible()


def test_several_dropped_files_are_stepped_through(draw, window, qtbot, folder):
    content = QMimeData()
    names = ["paper.png", "bad.png", "seven.png"]
    content.setUrls([QUrl.fromLocalFile(str(folder / name)) for name in names])
    assert draw.intake.take(content)
    wait_for(draw, qtbot, "paper.png")
    view = draw.pictures
    assert view.count.text() == "1 of 3"
    assert not view.previous.isEnabled()
    QTest.mouseClick(view.next, LEFT)
    wait_for(draw, qtbot, "bad.png")
    assert view.problem.isVisible()
    assert draw.bars.answer is None
    with qtbot.waitActive(window):
        window.activateWindow()
    QTest.keyClick(view, Qt.Key.Key_PageDown)
    wait_for(draw, qtbot, "seven.png")
    assert draw.bars.answer.index == 7
    assert not view.next.isEnabled()
    QTest.keyClick(view, Qt.Key.Key_PageUp)
    QTest.keyClick(view, Qt.Key.Key_PageUp)
    wait_for(draw, qtbot, "paper.png")
    assert draw.bars.number() == "721"


def test_several_files_of_drawings_are_one_row_of_drawings(draw, qtbot, tmp_path):
    for number in (1, 2):
        (tmp_path / f"{number}.jsonl").write_text('{"strokes": [[[5, 0], [5, 9]]]}\n' * number)
    (tmp_path / "empty.jsonl").write_text("")
    with qtbot.waitSignal(draw.intake.opened, timeout=20_000):
        draw.intake.open_all([tmp_path / name for name in ("1.jsonl", "2.jsonl", "empty.jsonl")])
    assert draw.stepper.text.text() == "Drawing 1 of 3"
    assert "1 file was left out" in draw.banner.text
    assert "empty.jsonl" in draw.banner.text


def test_a_pasted_picture_is_read(draw, qtbot, folder):
    QGuiApplication.clipboard().setImage(QImage(str(folder / "paper.png")))
    draw.intake.paste()
    qtbot.waitUntil(lambda: draw.pictures.is_open, timeout=20_000)
    assert draw.bars.number() == "721"
    assert draw.pictures.title.text() == "the pasted picture"
    draw.number.copying.trigger()
    assert QGuiApplication.clipboard().text() == "721"


def test_opened_drawings_take_the_pictures_place(draw, qtbot, folder):
    opened(draw, qtbot, folder / "paper.png")
    (folder / "one.jsonl").write_text('{"strokes": [[[5, 0], [5, 9]]]}\n')
    with qtbot.waitSignal(draw.intake.opened, timeout=20_000):
        draw.open_drawing(folder / "one.jsonl")
    assert draw.canvas.isVisible()
    assert draw.bars.answer.index == 1


def test_another_model_reads_the_picture_again(draw, qtbot, folder):
    view = opened(draw, qtbot, folder / "paper.png")
    before = view.picture
    run = make_run(folder / "runs")
    with qtbot.waitSignal(draw.models.registry.changed, timeout=20_000):
        draw.models.registry.refresh(str(run / "model.onnx"))
    qtbot.waitUntil(lambda: view.picture is not None and view.picture is not before, timeout=20_000)
    assert draw.classifier.path == run / "model.onnx"
    assert draw.bars.number() == "721"


def test_back_to_the_pad_after_another_model_was_chosen(draw, window, qtbot, folder):
    view = opened(draw, qtbot, folder / "paper.png")
    before = view.picture
    run = make_run(folder / "runs")
    with qtbot.waitSignal(draw.models.registry.changed, timeout=20_000):
        draw.models.registry.refresh(str(run / "model.onnx"))
    qtbot.waitUntil(lambda: view.picture is not None and view.picture is not before, timeout=20_000)
    QTest.keyClick(window, Qt.Key.Key_Escape)
    assert draw.canvas.isVisible()
    assert view.picture is None
    assert draw.bars.answer is None


class OtherNetwork:
    """Answers that everything is of the second class, and keeps what it was asked."""

    def __init__(self, dataset, classes, shape):
        self.asked = []
        self.card = ModelCard(
            classes=classes,
            input_shape=shape,
            input_scale=1 / 255,
            input_offset=0.0,
            recipe={},
            dataset=dataset,
        )

    def answers(self, images):
        self.asked.append(images)
        return [Answer(1, (0.0, 1.0), rejected=False)] * len(images)


def test_a_network_of_other_classes_reads_the_picture_as_one_image(tmp_path):
    garment = load_subset("fashion_mnist", "test")[0][0, ..., 0]
    Image.fromarray(garment).save(tmp_path / "boot.png")
    network = OtherNetwork("fashion_mnist", ("a", "b"), (28, 28, 1))
    read = read_picture(tmp_path / "boot.png", "boot.png", network)
    assert [found.answer.index for found in read.found] == [1]
    np.testing.assert_array_equal(network.asked[0][0, ..., 0], garment)
    Image.new("L", (40, 40), 255).save(tmp_path / "blank.png")
    assert read_picture(tmp_path / "blank.png", "blank.png", network).found == ()


def test_a_network_of_own_data_sees_colors(tmp_path):
    colors = np.random.default_rng(0).integers(0, 256, (16, 16, 3)).astype(np.uint8)
    Image.fromarray(colors).save(tmp_path / "own.png")
    network = OtherNetwork(f"file:{tmp_path}?size=16x16&channels=color", ("a", "b"), (16, 16, 3))
    read_picture((tmp_path / "own.png").read_bytes(), "the pasted picture", network)
    np.testing.assert_array_equal(network.asked[0][0], colors)
