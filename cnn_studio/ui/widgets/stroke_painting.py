"""Strokes as a person sees them: smooth lines, as wide as the pen was pressed.

A line passes through the middles of neighboring points, with the points as the handles of its curves
(a quadratic B-spline): it has no corners, and a new point changes only its end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen

from cnn_studio.core.drawing.eraser import Point, Points

LIGHTEST, PER_PRESSURE = 0.35, 1.3
"""A pen pressed half as hard as it can be draws as wide as the mouse."""
PICTURE_PX = 1024
PAPER, INK = "#FFFFFF", "#1B2430"
"""Of pictures that leave the program: dark on white, whatever the window's appearance."""

Pieces = list[tuple[QPainterPath, float]]


def settled(stroke: Sequence[Point], side: float, start: int = 0) -> Pieces:
    """Return the line that later points do not change, from point `start` on.

    Args:
        stroke: Its points as shares of the sheet's side.
        side: Of the sheet.
        start: The number of points that have been inked already.

    Returns:
        Lines, and the share of the pen's width each is drawn with.
    """
    kept = stroke[max(0, start - 2) :]
    points = _points(kept, side)
    if len(points) == 1:
        return [(_dot(points[0]), _share(kept))]
    middles = [(here + after) / 2 for here, after in pairwise(points)]
    path = QPainterPath(points[0] if start < 2 else middles[0])
    path.lineTo(middles[0])
    if len(kept[0]) < 3:
        for point, middle in zip(points[1:], middles[1:], strict=False):
            path.quadTo(point, middle)
        return [(path, 1.0)]
    pieces = [(path, _share(kept[:2]))]
    for number, (before, after) in enumerate(pairwise(middles), start=1):
        path = QPainterPath(before)
        path.quadTo(points[number], after)
        pieces.append((path, _share(kept[number - 1 : number + 2])))
    return pieces


def tail(stroke: Sequence[Point], side: float) -> Pieces:
    """Return the line from the last middle to the pen: the next point will make a curve of it."""
    points = _points(stroke[-2:], side)
    path = QPainterPath((points[0] + points[-1]) / 2)
    path.lineTo(points[-1])
    return [(path, _share(stroke[-2:]))]


def whole(stroke: Sequence[Point], side: float) -> Pieces:
    """Return all of a finished stroke."""
    pieces = settled(stroke, side)
    if len(stroke) > 1:
        if len(stroke[0]) < 3:
            pieces[0][0].lineTo(_points(stroke[-1:], side)[0])
        else:
            pieces += tail(stroke, side)
    return pieces


def paint(painter: QPainter, pieces: Pieces, color: QColor, width_px: float) -> None:
    """Draw lines with a round pen."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for path, share in pieces:
        round_cap, round_join = Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin
        painter.setPen(QPen(color, width_px * share, Qt.PenStyle.SolidLine, round_cap, round_join))
        painter.drawPath(path)


def extent(pieces: Pieces, width_px: float) -> QRectF:
    """Return the rectangle that holds the lines with their width."""
    area = QRectF()
    for path, share in pieces:
        margin = width_px * share / 2 + 1
        area = area.united(path.controlPointRect().adjusted(-margin, -margin, margin, margin))
    return area


def picture(strokes: Iterable[Points], pen_percent: float, side: int = PICTURE_PX) -> QImage:
    """Return the sheet as a picture, and more of it where the ink went past its rim."""
    pieces, area = _laid_out(strokes, pen_percent, side)
    scale = side / max(area.width(), area.height())  # ink far away makes the rest smaller, not the picture
    size = (QSizeF(area.size()) * scale).toSize().expandedTo(QSizeF(1, 1).toSize())
    image = QImage(size, QImage.Format.Format_RGB32)
    image.fill(QColor(PAPER))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(scale, scale)
    painter.translate(-area.topLeft())
    paint(painter, pieces, QColor(INK), side * pen_percent / 100)
    painter.end()
    return image


def svg(strokes: Iterable[Points], pen_percent: float, side: int = PICTURE_PX) -> str:
    """Return the sheet as an SVG document, with the same curves as on the screen."""
    pieces, area = _laid_out(strokes, pen_percent, side)
    box = " ".join(f"{number:g}" for number in (area.x(), area.y(), area.width(), area.height()))
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{box}">',
        f'<rect x="{area.x():g}" y="{area.y():g}" width="{area.width():g}" height="{area.height():g}" fill="{PAPER}"/>',
        f'<g fill="none" stroke="{INK}" stroke-linecap="round" stroke-linejoin="round">',
        *(
            f'<path stroke-width="{side * pen_percent / 100 * share:.2f}" d="{_steps(path)}"/>'
            for path, share in pieces
        ),
        "</g>",
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _laid_out(strokes: Iterable[Points], pen_percent: float, side: int) -> tuple[Pieces, QRectF]:
    pieces = [piece for stroke in strokes for piece in whole(stroke, side)]
    sheet = QRectF(0, 0, side, side)
    return pieces, sheet.united(extent(pieces, side * pen_percent / 100))


def _steps(path: QPainterPath) -> str:
    """Return a path in SVG's words."""
    words = []
    names = {
        QPainterPath.ElementType.MoveToElement: "M",
        QPainterPath.ElementType.LineToElement: "L",
        QPainterPath.ElementType.CurveToElement: "C",
        QPainterPath.ElementType.CurveToDataElement: "",
    }
    for number in range(path.elementCount()):
        element = path.elementAt(number)
        words.append(f"{names[element.type]}{element.x:.2f} {element.y:.2f}")
    return " ".join(words)


def _dot(point: QPointF) -> QPainterPath:
    path = QPainterPath(point)
    path.lineTo(point + QPointF(0.01, 0))
    return path


def _share(points: Sequence[Point]) -> float:
    """Return how wide the pen draws between points, of its width."""
    if len(points[0]) < 3:
        return 1.0
    return LIGHTEST + PER_PRESSURE * sum(point[2] for point in points) / len(points)


def _points(stroke: Sequence[Point], side: float) -> list[QPointF]:
    return [QPointF(point[0] * side, point[1] * side) for point in stroke]
