"""How a laid out network is painted: on the screen, into an SVG, into a PNG."""

from __future__ import annotations

from pathlib import Path as FilePath

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtSvg import QSvgGenerator

from cnn_studio.core.base.atomic_files import replacing
from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.network.network import Path
from cnn_studio.ui.model.diagram_layout import (
    LABEL_DEGREES,
    LONGEST_LABEL_PX,
    BlockFrame,
    DiagramLayout,
    Edge,
    Volume,
)
from cnn_studio.ui.style.theme import CAPTION_PT, STEP_PX, Tokens, font

MARGIN_PX = 2 * STEP_PX
PNG_SCALE = 2
ARROW_PX = 4.0


def paint_plan(
    painter: QPainter,
    plan: DiagramLayout,
    tokens: Tokens,
    selection: Path | None = None,
    hovered: Path | None = None,
) -> None:
    """Paint a network in its own coordinates; the selected layer is framed in the accent color."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for frame in plan.frames:
        _paint_frame(painter, frame, tokens, frame.path == selection)
    for edge in plan.edges:
        _paint_edge(painter, edge, tokens)
    for volume in plan.volumes:
        chosen = volume.path is not None and volume.path == selection
        touched = volume.path is not None and volume.path == hovered
        _paint_volume(painter, volume, tokens, chosen, touched)
        _paint_label(painter, volume, plan.labels_top, tokens, chosen)


def _paint_volume(painter: QPainter, volume: Volume, tokens: Tokens, chosen: bool, touched: bool) -> None:
    base = tokens.color(volume.color)
    line = tokens.color("accent" if chosen or touched else "surface")
    if chosen:
        outline = QPen(tokens.color("accent"), 5)
        outline.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(outline)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPolygon(volume.outline)
    pen = QPen(line, 1)
    if volume.shape is None:
        pen = QPen(base, 1.5, Qt.PenStyle.DashLine)
        base = tokens.color("surface")
    painter.setPen(pen)
    front, back = volume.front, volume.back
    if volume.sum:
        painter.setBrush(base)
        painter.drawEllipse(front)
        painter.setPen(QPen(tokens.color("surface"), 2))
        middle, arm = front.center(), front.width() / 4
        painter.drawLine(middle - QPointF(arm, 0), middle + QPointF(arm, 0))
        painter.drawLine(middle - QPointF(0, arm), middle + QPointF(0, arm))
        return
    painter.setBrush(base)
    painter.drawRect(front)
    if back.isNull():
        return
    painter.setBrush(_mixed(base, tokens.color("surface"), 0.35))
    painter.drawPolygon(
        QPolygonF([front.topLeft(), front.topLeft() + back, front.topRight() + back, front.topRight()])
    )
    painter.setBrush(_mixed(base, tokens.color("surface"), 0.62))
    painter.drawPolygon(
        QPolygonF(
            [front.topRight(), front.topRight() + back, front.bottomRight() + back, front.bottomRight()]
        )
    )


def _paint_label(painter: QPainter, volume: Volume, top: float, tokens: Tokens, chosen: bool) -> None:
    face = font(CAPTION_PT, bold=chosen)
    text = QFontMetricsF(face).elidedText(volume.label, Qt.TextElideMode.ElideRight, LONGEST_LABEL_PX)
    painter.save()
    painter.setFont(face)
    name = "bad" if volume.mistaken else "text" if chosen else "muted"
    painter.setPen(tokens.color(name))
    painter.translate(volume.front.center().x() - 4, top)
    painter.rotate(LABEL_DEGREES)
    painter.drawText(QPointF(0, 4), text)
    painter.restore()


def _paint_edge(painter: QPainter, edge: Edge, tokens: Tokens) -> None:
    color = tokens.color("border")
    painter.setPen(QPen(color, 1.2))
    painter.drawLine(QPointF(edge.left + 2, 0), QPointF(edge.right - 2, 0))
    painter.setBrush(color)
    painter.setPen(Qt.PenStyle.NoPen)
    tip = QPointF(edge.right - 1, 0)
    painter.drawPolygon(
        QPolygonF([tip, tip + QPointF(-6, -ARROW_PX + 0.5), tip + QPointF(-6, ARROW_PX - 0.5)])
    )
    if edge.text:
        face = font(CAPTION_PT, tabular=True)
        painter.setFont(face)
        painter.setPen(tokens.color("text"))
        width = QFontMetricsF(face).horizontalAdvance(edge.text)
        painter.drawText(QPointF(edge.right - width - STEP_PX, -5), edge.text)


def _paint_frame(painter: QPainter, frame: BlockFrame, tokens: Tokens, chosen: bool) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(
        QPen(tokens.color("accent" if chosen else "border"), 1.5 if chosen else 1, Qt.PenStyle.DashLine)
    )
    painter.drawRoundedRect(frame.area, 8, 8)
    face = font(CAPTION_PT, bold=True)
    painter.setFont(face)
    painter.setPen(tokens.color("accent" if chosen else "muted"))
    room = frame.area.width() - 2 * STEP_PX
    title = QFontMetricsF(face).elidedText(frame.title, Qt.TextElideMode.ElideRight, room)
    painter.drawText(frame.area.topLeft() + QPointF(STEP_PX, 16), title)
    if frame.shortcut is None:
        return
    left, right, text = frame.shortcut
    high = frame.area.top() + 34
    path = QPainterPath(QPointF(left, 0))
    path.lineTo(left, high + 8)
    path.quadTo(left, high, left + 8, high)
    path.lineTo(right - 8, high)
    path.quadTo(right, high, right, high + 8)
    path.lineTo(right, -10)
    painter.setPen(QPen(tokens.color("accent"), 1.5))
    painter.drawPath(path)
    painter.setFont(font(CAPTION_PT))
    painter.drawText(QPointF(left + 2 * STEP_PX, high + 14), text)


def _mixed(color: QColor, other: QColor, share: float) -> QColor:
    """Return a color with a share of another."""
    parts = zip(color.getRgbF()[:3], other.getRgbF()[:3], strict=True)  # type: ignore[index]
    return QColor.fromRgbF(*(one * (1 - share) + two * share for one, two in parts))


def save_drawing(plan: DiagramLayout, tokens: Tokens, path: FilePath, title: str) -> None:
    """Write a drawn network as SVG or PNG, as the file's name ends.

    Raises:
        StudioError: If the file cannot be written.
    """
    size = plan.area.adjusted(-MARGIN_PX, -MARGIN_PX, MARGIN_PX, MARGIN_PX)
    try:
        if not path.parent.is_dir():
            raise FileNotFoundError(f"There is no folder {path.parent}")
        with replacing(path) as temporary:
            if path.suffix.lower() == ".svg":
                written = _save_svg(plan, tokens, temporary, title, size)
            else:
                written = _save_png(plan, tokens, temporary, size)
            if not written:
                raise OSError("The file could not be written")
    except OSError as error:
        raise StudioError(f"{path.name} was not saved.", f"{error}.", "Choose another folder.") from error


def _save_svg(plan: DiagramLayout, tokens: Tokens, path: FilePath, title: str, size: QRectF) -> bool:
    generator = QSvgGenerator()
    generator.setFileName(str(path))
    generator.setTitle(title)
    whole = QRect(0, 0, round(size.width()), round(size.height()))
    generator.setSize(whole.size())
    generator.setViewBox(whole)
    painter = QPainter()
    if not painter.begin(generator):
        return False
    _paint_on_ground(painter, plan, tokens, size)
    painter.end()
    return path.is_file()


def _save_png(plan: DiagramLayout, tokens: Tokens, path: FilePath, size: QRectF) -> bool:
    pixels = QSize(round(size.width()) * PNG_SCALE, round(size.height()) * PNG_SCALE)
    image = QImage(pixels, QImage.Format.Format_ARGB32_Premultiplied)
    painter = QPainter(image)
    painter.scale(PNG_SCALE, PNG_SCALE)
    _paint_on_ground(painter, plan, tokens, size)
    painter.end()
    return image.save(str(path))


def _paint_on_ground(painter: QPainter, plan: DiagramLayout, tokens: Tokens, size: QRectF) -> None:
    painter.fillRect(QRectF(0, 0, size.width(), size.height()), tokens.color("surface"))
    painter.translate(-size.topLeft())
    paint_plan(painter, plan, tokens)
