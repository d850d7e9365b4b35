"""The network sees the same of a drawing on every screen: any size of the canvas, any pixel ratio."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cnn_studio.core.drawing.preprocessing import drawing_to_image

CORE = Path(__file__).parents[2] / "core" / "drawing"
sys.path.insert(0, str(CORE))
from test_preprocessing import DRAWINGS  # noqa: E402 - strokes that are away from ties

SIDES = [(280, 281), (333, 700), (520, 520), (1501, 1000)]
"""Of the canvas, in Qt's pixels."""
FILLED, LEFT, TOP = 0.55, 0.11, 0.23
"""Of the sheet: how large the drawing is on it, and where."""

ON_A_SCREEN = """
import json, sys
sys.path[:0] = [{here!r}, {staging!r}]
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication
from cnn_studio.core.drawing.preprocessing import drawing_to_image
from cnn_studio.ui.style.theme import Theme
from cnn_studio.ui.widgets.draw_canvas import DrawCanvas
from cnn_studio.ui.shell.composition import application
app = application()
theme = Theme("light"); theme.apply()
canvas = DrawCanvas(theme); canvas.show()
drawings, sides, left_button, none = *json.load(sys.stdin), Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton
ratio, images = canvas.devicePixelRatioF(), []
def send(kind, spot, buttons):
    event = QMouseEvent(kind, spot, spot, left_button, buttons, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(canvas, event)
for side in sides:
    canvas.resize(*side)
    for strokes in drawings:
        canvas.clear()
        for stroke in strokes:
            for number, (x, y) in enumerate(stroke):
                sheet = canvas.sheet  # a mouse is on a pixel of the screen's own
                spot = QPointF(round((sheet.left() + x * sheet.width()) * ratio) / ratio,
                               round((sheet.top() + y * sheet.height()) * ratio) / ratio)
                kind = QEvent.Type.MouseMove if number else QEvent.Type.MouseButtonPress
                send(kind, spot, left_button)
            send(QEvent.Type.MouseButtonRelease, spot, none)
        images.append(drawing_to_image(canvas.arrays()).tolist())
print(json.dumps([ratio, canvas.width(), images]))
"""


def placed(strokes):
    """Return strokes as shares of the sheet."""
    points = np.concatenate(strokes)
    low, extent = points.min(axis=0), np.ptp(points, axis=0).max()
    return [(stroke - low) * (FILLED / extent) + (LEFT, TOP) for stroke in strokes]


@pytest.mark.parametrize("scale", ["1", "1.5", "2", "3"])
def test_the_network_sees_the_same_at_every_pixel_ratio_and_size(scale, tmp_path):
    """Of the drawing itself, up to the rounding to the screen's pixels: within 1.5 of 255 a pixel."""
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "QT_SCALE_FACTOR": scale}
    drawings = [[stroke.tolist() for stroke in placed(strokes)] for strokes in DRAWINGS.values()]
    out = subprocess.run(
        [
            sys.executable,
            "-c",
            ON_A_SCREEN.format(here=str(Path(__file__).parent), staging=str(Path(__file__).parents[1])),
        ],
        input=json.dumps([drawings, SIDES]).encode(),
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        check=True,
        timeout=60,
    ).stdout
    ratio, width, images = json.loads(out)
    assert (ratio, width) == (float(scale), SIDES[-1][0])
    seen = np.array(images, float).reshape(len(SIDES), len(DRAWINGS), 28, 28)
    for number, strokes in enumerate(DRAWINGS.values()):
        apart = np.abs(seen[:, number] - drawing_to_image(strokes)).mean(axis=(1, 2))
        assert apart.max() < 1.5
        assert np.abs(seen[:, number] - seen[0, number]).mean(axis=(1, 2)).max() < 1.5
