"""Small pictures of kept drawings, painted once and remembered."""

from __future__ import annotations

from collections import OrderedDict

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap

from cnn_studio.core.drawing.labeled_drawing import LabeledDrawing
from cnn_studio.core.drawing.stroke_model import Strokes
from cnn_studio.ui.my_drawings.correction import unit_strokes
from cnn_studio.ui.style.theme import STEP_PX, Theme
from cnn_studio.ui.widgets import stroke_painting

REMEMBERED = 600
"""Pictures; at 84 pixels a side about 17 MB."""
SHARE = 0.74
"""Of the picture's side that the longer side of the ink takes, its width left aside."""
PEN = 0.075
"""Width of the pen as a share of the picture's side."""


class Thumbnails:
    """Paints drawings as large as fits, and keeps the pictures asked for last."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._pictures: OrderedDict[tuple[str, int, float], QPixmap] = OrderedDict()
        theme.changed.connect(self._pictures.clear)

    def picture(self, drawing: LabeledDrawing, side: int, ratio: float) -> QPixmap:
        """Return a drawing as a square picture.

        Args:
            drawing: The drawing.
            side: Of the picture, in pixels that do not depend on the screen.
            ratio: The screen's pixels a pixel.
        """
        key = (drawing.id, side, ratio)
        found = self._pictures.get(key)
        if found is None:
            found = self._painted(drawing, side, ratio)
            self._pictures[key] = found
            if len(self._pictures) > REMEMBERED:
                self._pictures.popitem(last=False)
        self._pictures.move_to_end(key)
        return found

    def _painted(self, drawing: LabeledDrawing, side: int, ratio: float) -> QPixmap:
        picture = QPixmap(round(side * ratio), round(side * ratio))
        picture.setDevicePixelRatio(ratio)
        picture.fill(Qt.GlobalColor.transparent)
        tokens = self._theme.tokens
        painter = QPainter(picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(tokens.color("hairline"))
        painter.setBrush(tokens.color("paper"))
        frame = QRectF(0.5, 0.5, side - 1, side - 1)
        painter.drawRoundedRect(frame, STEP_PX / 2, STEP_PX / 2)
        for stroke in fitting(unit_strokes(drawing)):
            stroke_painting.paint(
                painter, stroke_painting.whole(stroke, side), tokens.color("ink"), PEN * side
            )
        painter.end()
        return picture


def fitting(strokes: Strokes) -> Strokes:
    """Return strokes moved to the middle of the unit square and scaled to fit."""
    points = np.array([point[:2] for stroke in strokes for point in stroke])
    low, high = points.min(axis=0), points.max(axis=0)
    extent = float((high - low).max())
    scale = SHARE / extent if extent > 0 else 0.0
    x, y = (low + high) / 2
    return tuple(
        tuple((0.5 + (point[0] - x) * scale, 0.5 + (point[1] - y) * scale, *point[2:]) for point in stroke)
        for stroke in strokes
        if stroke
    )
