"""The drawn network: volumes to scale, shapes on the edges, selection both ways, saved files."""

import itertools
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from staging import LEFT, NO_KEYS

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.datasets.registry import REGISTRY
from cnn_studio.core.network.layers import Block, Conv2D, Dense, Flatten, MaxPooling2D, ResidualBlock
from cnn_studio.core.network.network import checked
from cnn_studio.core.recipes.presets import find_recipe
from cnn_studio.ui.model import diagram_painting
from cnn_studio.ui.model.diagram_layout import TALLEST_PX, diagram_layout
from cnn_studio.ui.model.diagram_painting import save_drawing
from cnn_studio.ui.model.layer_rows import rows_of
from cnn_studio.ui.model.network_diagram import NetworkDiagram
from cnn_studio.ui.model.network_editor import NetworkEditor
from cnn_studio.ui.style.theme import DARK, LIGHT

SIMPLE = (
    Conv2D(filters=8, kernel_size=15),
    MaxPooling2D(),
    Flatten(),
    Dense(units=10, activation="softmax"),
)


def plan(layers, shape=(28, 28, 1)):
    return diagram_layout(rows_of(layers, checked(layers, shape)), shape)


@pytest.fixture
def editor(qapp, tmp_path, monkeypatch):
    monkeypatch.setenv("CNN_STUDIO_HOME", str(tmp_path))
    made = NetworkEditor(find_recipe("studio-quick"), REGISTRY["mnist"])
    yield made
    made._rest.stop()


@pytest.fixture
def diagram(qtbot, theme, editor):
    made = NetworkDiagram(theme, editor)
    made.resize(900, 260)
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    return made


def test_pictures_are_in_proportion(qapp):
    image, convolved, pooled = plan(SIMPLE).volumes[:3]
    assert image.front.height() == TALLEST_PX  # 28 pixels
    assert convolved.front.height() == pytest.approx(TALLEST_PX / 2)  # 14 of 28
    assert pooled.front.height() == pytest.approx(TALLEST_PX / 4)  # 7 of 28
    assert pooled.front.width() == convolved.front.width()  # the same 8 channels
    assert convolved.front.width() > image.front.width()


def test_edges_say_the_shape_that_goes_along_them(qapp):
    assert [edge.text for edge in plan(SIMPLE).edges] == ["28×28×1", "14×14×8", "7×7×8", "392", "10"]


def test_a_shape_that_stays_is_said_once(qapp):
    layers = (Conv2D(filters=4, padding="same"), *find_recipe("studio-accurate").layers[1:3], Flatten())
    assert [edge.text for edge in plan(layers).edges] == ["28×28×1", "28×28×4", "", "", "3136"]


def test_nothing_overlaps(qapp):
    for name in ("studio-accurate", "fashion-encoder-mlp"):
        volumes = plan(find_recipe(name).layers).volumes
        for before, after in itertools.pairwise(volumes):
            assert before.right < after.front.left()


def test_a_residual_block_has_its_shortcut_drawn_to_its_sum(qapp):
    inside = (Conv2D(filters=4, padding="same"), Conv2D(filters=4, padding="same"))
    drawn = plan((ResidualBlock(name="first", layers=inside), Flatten()))
    (frame,) = drawn.frames
    left, right, text = frame.shortcut
    (total,) = (volume for volume in drawn.volumes if volume.sum)
    inner = drawn.volumes[1]
    assert left < inner.front.left() and right == total.front.center().x()
    assert text == "Conv2D 4, 1x1"  # 1 channel comes in, 4 go out
    assert frame.area.contains(inner.front) and frame.area.contains(total.front)
    assert not frame.area.contains(drawn.volumes[-1].front)


def test_an_inner_block_is_framed_inside_the_outer_one(qapp):
    inner = Block(name="inner", layers=(Conv2D(filters=2),))
    frames = {
        frame.path: frame.area for frame in plan((Block(name="outer", layers=(inner,)), Flatten())).frames
    }
    assert frames[(0,)].contains(frames[(0, 0)]) and frames[(0,)] != frames[(0, 0)]


def test_after_a_mistake_nothing_is_given_a_size(qapp):
    drawn = plan((Conv2D(filters=8), MaxPooling2D(pool_size=31), Flatten(), Dense(units=10)))
    assert [volume.shape for volume in drawn.volumes] == [(28, 28, 1), (26, 26, 8), None, None, None]
    assert [volume.mistaken for volume in drawn.volumes] == [False, False, True, False, False]


def test_a_click_on_a_volume_selects_its_layer(diagram, editor):
    QTest.mouseClick(diagram, LEFT, NO_KEYS, diagram.position_of((3,)).toPoint())
    assert editor.selection == (3,)
    QTest.mouseClick(diagram, LEFT, NO_KEYS, QPoint(2, diagram.height() - 2))
    assert editor.selection == (3,)


def test_the_selected_layer_is_shown_in_another_color(diagram, editor):
    def pixels():
        image = diagram.grab().toImage()
        return np.frombuffer(image.constBits(), np.uint8).copy()

    editor.select((1,))
    before = pixels()
    editor.select((2,))
    assert (pixels() != before).any()


def test_the_keyboard_goes_along_the_network(diagram, editor):
    diagram.setFocus()
    editor.select((0,))
    QTest.keyClick(diagram, Qt.Key.Key_Right)
    QTest.keyClick(diagram, Qt.Key.Key_Right)
    assert editor.selection == (2,)
    QTest.keyClick(diagram, Qt.Key.Key_Left)
    assert editor.selection == (1,)


def test_dragging_moves_the_drawing_and_fitting_brings_it_back(diagram, editor):
    before = diagram.position_of((2,))
    start = QPoint(10, 10)
    QTest.mousePress(diagram, LEFT, NO_KEYS, start)
    for step in range(1, 9):
        QTest.mouseMove(diagram, start + QPoint(10 * step, 0))
    QTest.mouseRelease(diagram, LEFT, NO_KEYS, start + QPoint(80, 0))
    assert diagram.position_of((2,)).x() == pytest.approx(before.x() + 80, abs=1)
    QTest.keyClick(diagram, Qt.Key.Key_0)
    assert diagram.position_of((2,)) == before


def test_zooming_keeps_the_point_under_the_mouse(diagram):
    there = diagram.position_of((2,))
    apart = diagram.position_of((3,)).x() - there.x()
    diagram.zoom(1.5, there)
    assert diagram.position_of((2,)).x() == pytest.approx(there.x())
    assert diagram.position_of((3,)).x() - there.x() == pytest.approx(1.5 * apart)


def test_the_svg_holds_every_layer_and_shape(qapp, tmp_path):
    save_drawing(plan(SIMPLE), LIGHT, tmp_path / "network.svg", "My network")
    root = ElementTree.parse(tmp_path / "network.svg").getroot()
    texts = {"".join(element.itertext()).strip() for element in root.iter() if element.tag.endswith("text")}
    assert {"1 Conv2D 8, 15x15", "2 MaxPooling2D 2x2", "3 Flatten", "4 Dense 10, softmax"} <= texts
    assert {"28×28×1", "14×14×8", "7×7×8", "392", "10"} <= texts


def test_the_png_is_as_large_as_the_drawing_and_not_empty(qapp, tmp_path):
    drawn = plan(SIMPLE)
    for tokens, ground in ((LIGHT, (255, 255, 255)), (DARK, (0x1C, 0x22, 0x2B))):
        save_drawing(drawn, tokens, tmp_path / "network.png", "")
        with Image.open(tmp_path / "network.png") as image:
            assert image.width > 2 * drawn.area.width()
            pixels = np.asarray(image.convert("RGB"))
        assert tuple(pixels[0, 0]) == ground
        assert 0.02 < (pixels != np.array(ground)).any(axis=2).mean() < 0.6


@pytest.mark.parametrize("name", ["network.svg", "network.png"])
def test_a_drawing_that_fails_keeps_the_earlier_file(qapp, tmp_path, monkeypatch, name):
    save_drawing(plan(SIMPLE), LIGHT, tmp_path / name, "My network")
    kept = (tmp_path / name).read_bytes()
    assert kept

    def fill_disk(plan, tokens, path, *rest):
        path.write_bytes(b"half of a dra")
        return False

    monkeypatch.setattr(diagram_painting, f"_save_{name[-3:]}", fill_disk)
    with pytest.raises(StudioError, match="not saved"):
        save_drawing(plan(SIMPLE), LIGHT, tmp_path / name, "My network")
    assert (tmp_path / name).read_bytes() == kept
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_file_that_cannot_be_written_is_an_error(qapp, tmp_path):
    with pytest.raises(StudioError, match="not saved"):
        save_drawing(plan(SIMPLE), LIGHT, tmp_path / "nowhere" / "network.png", "")
