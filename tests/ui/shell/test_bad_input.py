"""Whatever is opened, dropped or pasted on the Draw tab: a sentence, and the drawing on the pad stays."""

import io
import json

import numpy as np
import pytest
from bad_files import KNOWN_FORMATS, REFUSED, upright, write_animation
from PIL import Image
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QColor, QDragEnterEvent, QDropEvent, QGuiApplication, QImage
from PySide6.QtWidgets import QApplication
from staging import SEVEN, draw_strokes

WAYS = ["opened", "dropped", "pasted"]
LEFT, NO_KEYS = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier


def of_files(*paths):
    content = QMimeData()
    content.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return content


def hand_in(draw, way, *paths):
    if way == "opened":
        draw.intake.open_all(list(paths))
    elif way == "dropped":
        drop(draw, of_files(*paths))
    else:
        QGuiApplication.clipboard().setMimeData(of_files(*paths))
        draw.intake.paste()


def drop(draw, content):
    action = Qt.DropAction.CopyAction
    QApplication.sendEvent(draw, QDragEnterEvent(QPoint(50, 200), action, content, LEFT, NO_KEYS))
    QApplication.sendEvent(draw, QDropEvent(QPointF(50, 200), action, content, LEFT, NO_KEYS))


@pytest.fixture
def drawn(draw):
    """The tab with a seven on the pad, and what must still be there at the end."""
    draw_strokes(draw.canvas, SEVEN)
    strokes = draw.canvas.sketch.strokes
    assert draw.bars.answer.index == 7
    yield draw
    if draw.pictures.is_open:
        draw.pictures.close_view()
    assert draw.canvas.sketch.strokes == strokes
    assert draw.canvas.isVisible()
    assert draw.bars.answer.index == 7


def said(draw, qtbot):
    """Wait for the banner and return its text."""
    qtbot.waitUntil(draw.banner.isVisible, timeout=60_000)
    return draw.banner.text


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_file_gets_a_sentence_and_the_drawing_stays(drawn, qtbot, tmp_path, name, way, ghostscript):
    write, _, why = REFUSED[name]
    write(tmp_path / name)
    hand_in(drawn, way, tmp_path / name)
    text = said(drawn, qtbot)
    assert name in text
    assert why in text
    assert not ghostscript.exists()


@pytest.mark.parametrize("way", WAYS)
def test_an_animation_is_read_and_said_to_be_one(drawn, qtbot, tmp_path, way):
    write_animation(tmp_path / "moving.gif")
    hand_in(drawn, way, tmp_path / "moving.gif")
    qtbot.waitUntil(lambda: drawn.pictures.is_open, timeout=60_000)
    assert drawn.bars.answer.index == 1
    assert "first of its 3" in drawn.pictures.note.text()


def test_a_picture_named_as_another_kind_is_known_by_its_content(drawn, qtbot, tmp_path):
    for name in ("really a png.jpg", "really a png.jsonl", "really a png"):
        upright().save(tmp_path / name, "PNG")
        hand_in(drawn, "dropped", tmp_path / name)
        qtbot.waitUntil(lambda: drawn.pictures.is_open, timeout=60_000)
        assert drawn.bars.answer.index == 1
        drawn.pictures.close_view()


def test_a_pasted_blank_picture_is_explained(drawn, qtbot):
    image = QImage(40, 30, QImage.Format.Format_ARGB32)
    image.fill(QColor(0, 0, 0, 0))
    QGuiApplication.clipboard().setImage(image)
    drawn.intake.paste()
    qtbot.waitUntil(lambda: drawn.pictures.is_open, timeout=60_000)
    assert drawn.pictures.problem.text()


def test_a_dropped_picture_without_pixels_is_explained(drawn, qtbot):
    content = QMimeData()
    content.setImageData(QImage())
    drop(drawn, content)
    assert "not an image" in said(drawn, qtbot)


def of_image(kind, content):
    """What another program hands over: an image file's bytes, which Qt offers as a picture too."""
    handed = QMimeData()
    handed.setData(kind, content)
    handed.setImageData(QImage.fromData(content))
    return handed


@pytest.mark.parametrize("kind", ["png", "jpeg", "webp", "tiff", "bmp", "gif"])
def test_an_image_of_another_program_is_read(drawn, qtbot, kind):
    content = io.BytesIO()
    upright().save(content, kind)
    drop(drawn, of_image(f"image/{kind}", content.getvalue()))
    qtbot.waitUntil(lambda: drawn.pictures.is_open, timeout=60_000)
    assert drawn.bars.answer.index == 1


@pytest.mark.parametrize("kind", ["image/svg+xml", "image/png"])
def test_a_vector_drawing_of_another_program_is_not_drawn_by_qt(drawn, qtbot, kind):
    head = b'<svg xmlns="http://www.w3.org/2000/svg" width="90" height="90">'
    content = (
        head + b'<rect width="90" height="90" fill="white"/><rect x="40" y="9" width="9" height="70"/></svg>'
    )
    drop(drawn, of_image(kind, content))
    assert KNOWN_FORMATS in said(drawn, qtbot)
    assert not drawn.pictures.is_open


def test_three_hundred_dropped_files_are_stepped_through_and_the_rest_is_counted(drawn, qtbot, tmp_path):
    paths = [tmp_path / f"{number}.png" for number in range(300)]
    upright().save(paths[0])
    for path in paths[1:]:
        path.write_bytes(paths[0].read_bytes())
    hand_in(drawn, "dropped", *paths)
    qtbot.waitUntil(lambda: drawn.pictures.is_open, timeout=60_000)
    assert drawn.bars.answer.index == 1
    text = said(drawn, qtbot)
    assert text.startswith("100 file")
    assert "At most 200" in text


def test_three_hundred_bad_files_get_one_sentence(drawn, qtbot, tmp_path):
    paths = [tmp_path / f"{number}.txt" for number in range(300)]
    for path in paths:
        path.write_text("hello")
    hand_in(drawn, "dropped", *paths)
    assert "0.txt is not a file of drawings" in said(drawn, qtbot)


@pytest.mark.parametrize("way", ["opened", "dropped"])
def test_a_folder_of_pictures_is_explained(drawn, qtbot, tmp_path, way):
    (tmp_path / "folder").mkdir()
    upright().save(tmp_path / "folder" / "one.png")
    hand_in(drawn, way, tmp_path / "folder")
    assert "folder was not opened. It is a folder." in said(drawn, qtbot)


def test_an_empty_clipboard_is_explained(drawn):
    QGuiApplication.clipboard().clear()
    drawn.intake.paste()
    assert "Nothing was pasted." in drawn.banner.text


@pytest.mark.parametrize("text", ["hello", '{"strokes": [[[NaN, 1]]]}', "[1, 2]", "\ud800", "null"])
def test_pasted_text_that_is_no_drawing_is_explained(drawn, qtbot, text):
    content = QMimeData()
    content.setData("text/plain", text.encode("utf-8", "surrogatepass"))
    QGuiApplication.clipboard().setMimeData(content)
    drawn.intake.paste()
    assert "is not a file of drawings" in said(drawn, qtbot)


def opened_strokes(draw, qtbot, path, strokes):
    path.write_text(json.dumps({"strokes": strokes}))
    with qtbot.waitSignal(draw.intake.opened, timeout=60_000):
        draw.open_drawing(path)
    return draw.canvas.sketch.strokes


def test_coordinates_at_the_limit_of_numbers_are_left_out_and_counted(draw, qtbot, tmp_path):
    far = [[[1e308, 1], [5, 3], [5, 20]], [[-1e308, -1e308]]]
    (stroke,) = opened_strokes(draw, qtbot, tmp_path / "far.jsonl", far)
    assert len(stroke) == 2
    assert "2 points without usable coordinates were left out." in said(draw, qtbot)
    assert draw.bars.answer.index == 1


def test_a_drawing_of_one_point_is_a_dot_in_the_middle(draw, qtbot, tmp_path):
    draw_strokes(draw.canvas, SEVEN)
    (stroke,) = opened_strokes(draw, qtbot, tmp_path / "point.jsonl", [[[5, 5]]])
    assert [tuple(point) for point in stroke] == [(0.5, 0.5)]
    assert draw.bars.answer.rejected
    draw.canvas.undo()
    assert draw.bars.answer.index == 7


def test_a_dropped_picture_of_a_million_colors_is_no_digit(drawn, qtbot, tmp_path):
    noise = np.random.default_rng(0).integers(0, 256, (700, 900, 3), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.png")
    hand_in(drawn, "dropped", tmp_path / "noise.png")
    qtbot.waitUntil(lambda: drawn.pictures.is_open or drawn.banner.isVisible(), timeout=60_000)
    assert drawn.pictures.problem.text() or drawn.banner.isVisible() or drawn.pictures._found()
