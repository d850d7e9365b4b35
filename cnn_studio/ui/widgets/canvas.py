"""The sheet a person draws on."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnn_studio.core.sketch import Point, Sketch
from cnn_studio.ui.theme import CARD_RADIUS_PX, TITLE_PT, Theme, font

PEN_SHARE = 0.07
"""Width of the pen on screen as a share of the sheet's side; what the network sees does not depend on it."""


class DrawCanvas(QWidget):
    """A square sheet: mouse, pen and touch draw smooth strokes on it.

    The sheet keeps its finished ink in a pixmap and paints only what is new, so that a point costs the
    same however long the drawing is.
    """

    drawing_changed = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("drawCanvas")
        self.setAccessibleName(self.tr("Drawing canvas"))
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setMinimumSize(280, 280)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.sketch = Sketch()
        self.hint = self.tr("Draw a digit")
        self._theme = theme
        self._ink = QPixmap()
        self._drawn_points = 0
        theme.changed.connect(self._redraw)

    def sizeHint(self) -> QSize:
        return QSize(520, 520)

    @property
    def sheet(self) -> QRectF:
        """The square at the widget's left, in its coordinates."""
        side = min(self.width(), self.height()) - 2
        return QRectF(1, (self.height() - side) / 2, side, side)

    def clear(self) -> None:
        """Remove everything."""
        self.sketch.clear()
        self._changed()

    def undo(self) -> None:
        """Take back the last stroke, or the last clearing."""
        self.sketch.undo()
        self._changed()

    def redo(self) -> None:
        """Take the last undone step again."""
        self.sketch.redo()
        self._changed()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self.sketch.begin(self._place(event.position()))
            self._drawn_points = 0
            self._ink_new_points()
            self.drawing_changed.emit()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton and self.sketch.drawing:
            self.sketch.extend(self._place(event.position()))
            self._ink_new_points()
            self.drawing_changed.emit()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.sketch.drawing:
            self._ink_pixmap()
            painter = self._inking()
            painter.drawPath(self._tail(self.sketch.strokes[-1]))
            painter.end()
            self.sketch.end()
            self.drawing_changed.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = self._theme.tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        sheet = self.sheet
        painter.setPen(QPen(tokens.color("accent" if self.hasFocus() else "hairline"), 1))
        painter.setBrush(tokens.color("paper"))
        painter.drawRoundedRect(sheet, CARD_RADIUS_PX, CARD_RADIUS_PX)
        if self.sketch.empty:
            painter.setPen(tokens.color("muted"))
            painter.setFont(font(TITLE_PT))
            painter.drawText(sheet, Qt.AlignmentFlag.AlignCenter, self.hint)
        else:
            painter.drawPixmap(sheet.topLeft(), self._ink_pixmap())
            if self.sketch.drawing:
                painter.translate(sheet.topLeft())
                painter.setPen(self._pen())
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawPath(self._tail(self.sketch.strokes[-1]))

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._redraw()
        super().resizeEvent(event)

    def _place(self, position: QPointF) -> tuple[float, float]:
        """Return a position as fractions of the sheet; drawing past the rim is allowed."""
        sheet = self.sheet
        return (position.x() - sheet.left()) / sheet.width(), (position.y() - sheet.top()) / sheet.height()

    def _changed(self) -> None:
        self._redraw()
        self.drawing_changed.emit()

    def _redraw(self) -> None:
        self._ink = QPixmap()
        self.update()

    def _ink_pixmap(self) -> QPixmap:
        """Return all ink at the screen's own resolution, drawn anew only after a change of size or state."""
        ratio = self.devicePixelRatioF()
        wanted = (self.sheet.size() * ratio).toSize()
        if self._ink.size() != wanted:
            self._ink = QPixmap(wanted)
            self._ink.setDevicePixelRatio(ratio)
            self._ink.fill(QColor(Qt.GlobalColor.transparent))
            painter = self._inking()
            strokes = self.sketch.strokes
            for number, stroke in enumerate(strokes, start=1):
                painter.drawPath(self._settled(stroke, 0))
                if number < len(strokes) or not self.sketch.drawing:
                    painter.drawPath(self._tail(stroke))
            painter.end()
            self._drawn_points = len(strokes[-1]) if strokes else 0
        return self._ink

    def _ink_new_points(self) -> None:
        """Add what the pen did since the last call."""
        self._ink_pixmap()
        stroke = self.sketch.strokes[-1]
        if self._drawn_points < len(stroke):
            painter = self._inking()
            path = self._settled(stroke, self._drawn_points)
            painter.drawPath(path)
            painter.end()
            path.addPath(self._tail(stroke))  # painted, not kept
            self._drawn_points = len(stroke)
            margin = self.sheet.width() * PEN_SHARE
            changed = path.boundingRect().adjusted(-margin, -margin, margin, margin)
            self.update(changed.translated(self.sheet.topLeft()).toAlignedRect())
            if len(stroke) == 1 and len(self.sketch.strokes) == 1:
                self.update()  # the hint goes away

    def _inking(self) -> QPainter:
        painter = QPainter(self._ink)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(self._pen())
        return painter

    def _pen(self) -> QPen:
        pen = QPen(self._theme.tokens.color("ink"), self.sheet.width() * PEN_SHARE)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        return pen

    def _settled(self, stroke: tuple[Point, ...], start: int) -> QPainterPath:
        """Return the smooth line that later points do not change, from point `start` on.

        It passes through the middles of neighbouring points, with the points as the handles of its curves.
        """
        points = self._points(stroke[max(0, start - 2) :])
        if len(points) == 1:
            path = QPainterPath(points[0])
            path.lineTo(points[0] + QPointF(0.01, 0))
            return path
        middles = [(here + after) / 2 for here, after in pairwise(points)]
        path = QPainterPath(points[0] if start < 2 else middles[0])
        path.lineTo(middles[0])
        for point, middle in zip(points[1:], middles[1:], strict=False):
            path.quadTo(point, middle)
        return path

    def _tail(self, stroke: tuple[Point, ...]) -> QPainterPath:
        """Return the line from the last middle to the pen: the next point will make a curve of it."""
        points = self._points(stroke[-2:])
        path = QPainterPath((points[0] + points[-1]) / 2)
        path.lineTo(points[-1])
        return path

    def _points(self, stroke: tuple[Point, ...]) -> list[QPointF]:
        side = self.sheet.width()
        return [QPointF(x * side, y * side) for x, y in stroke]
