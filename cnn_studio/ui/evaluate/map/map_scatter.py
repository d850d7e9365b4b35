"""Points in the plane that can be looked at closely and caught with a lasso."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFontMetricsF,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from cnn_studio.ui.charts.chart import Chart
from cnn_studio.ui.charts.readout import beside, nearest_point, paint_box
from cnn_studio.ui.style.theme import STEP_PX, Theme, font

POINT_PX, CHOSEN_PX = 4.0, 7.0
REACH_PX = 10.0
"""How near the mouse must be to a point to mean it."""
LASSO_FROM_PX = 6.0
MARGIN_PX = 24.0
PICTURE_PX = 72
ZOOM_STEP, PAN_SHARE = 1.25, 0.1
NEAREST, FARTHEST = 40.0, 0.5
ARROWS = {
    Qt.Key.Key_Left: (1, 0),
    Qt.Key.Key_Right: (-1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}
Floats = NDArray[np.float64]


class MapScatter(Chart):
    """Colored points; the wheel comes nearer, dragging draws a lasso, with Shift it moves the plane.

    Signals:
        caught: A list of the points inside the lasso, or of the one that was clicked; empty for none.
        hovered: The point under the mouse, -1 for none.
    """

    SIZE, LEAST_SIZE = (560, 480), (280, 240)

    caught = Signal(list)
    hovered = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "embeddingMap", parent)
        self.setAccessibleName(self.tr("Map of the images"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.points: Floats = np.zeros((0, 2))
        self._groups: NDArray[np.intp] = np.zeros(0, np.intp)
        self._colors: list[QColor] = []
        self._names: tuple[str, ...] = ()
        self._chosen: NDArray[np.intp] = np.zeros(0, np.intp)
        self._picture: QImage | None = None
        self._under = -1
        self._zoom, self._middle = 1.0, np.zeros(2)
        self._box = (np.zeros(2), np.ones(2))
        self._lasso: list[QPointF] = []
        self._moving: QPointF | None = None
        self._painted: QPixmap | None = None
        theme.changed.connect(self._paint_again)

    @property
    def empty(self) -> bool:
        """Whether there is no point."""
        return not len(self.points)

    @property
    def chosen(self) -> NDArray[np.intp]:
        """The points drawn as chosen."""
        return self._chosen

    def show_points(self, points: NDArray[np.float32], *, keep_view: bool = False) -> None:
        """Show (N, 2) points; all are of one group until `show_groups` says more."""
        same = len(points) == len(self.points)
        self.points = points.astype(np.float64)
        low, high = (
            (self.points.min(axis=0), self.points.max(axis=0)) if len(points) else (np.zeros(2), np.ones(2))
        )
        self._box = low, np.maximum(high - low, 1e-9)
        if not (keep_view and same):
            self._zoom, self._middle = 1.0, np.full(2, 0.5)
            self._chosen = np.zeros(0, np.intp)
        if not same:
            self._groups = np.zeros(len(points), np.intp)
            self._set_under(-1)
        self._paint_again()

    def show_groups(
        self, groups: NDArray[np.intp], colors: Sequence[QColor], names: Sequence[str] = ()
    ) -> None:
        """Color the points.

        Args:
            groups: (N,) which color each has; later groups are drawn over earlier ones.
            colors: One a group.
            names: Written in the middle of each group; none where they would say nothing.
        """
        self._groups, self._colors, self._names = groups, list(colors), tuple(names)
        self._paint_again()

    def show_chosen(self, chosen: NDArray[np.intp]) -> None:
        """Draw some points as chosen, the others faintly."""
        self._chosen = chosen
        self._paint_again()

    def show_picture(self, picture: QImage | None) -> None:
        """Show a picture beside the point under the mouse."""
        self._picture = picture
        self.update()

    def fit(self) -> None:
        """Show the whole plane."""
        self._zoom, self._middle = 1.0, np.full(2, 0.5)
        self._paint_again()

    def position_of(self, point: int) -> QPointF:
        """Return where a point is in the widget."""
        x, y = self._positions()[point]
        return QPointF(x, y)

    def _positions(self) -> Floats:
        """Return (N, 2) positions in the widget."""
        low, span = self._box
        room = np.array([self.width() - 2 * MARGIN_PX, self.height() - 2 * MARGIN_PX])
        unit = (self.points - low) / span
        unit[:, 1] = 1 - unit[:, 1]
        middle = np.array([self.width(), self.height()]) / 2
        positions: Floats = (unit - self._middle) * self._zoom * room + middle
        return positions

    def _zoom_by(self, factor: float, at: QPointF) -> None:
        zoom = min(NEAREST, max(FARTHEST, self._zoom * factor))
        room = np.array([self.width() - 2 * MARGIN_PX, self.height() - 2 * MARGIN_PX])
        offset = np.array([at.x() - self.width() / 2, at.y() - self.height() / 2]) / room
        self._middle = self._middle + offset / self._zoom - offset / zoom
        self._zoom = zoom
        self._paint_again()

    def _pan(self, right: float, down: float) -> None:
        room = np.array([self.width() - 2 * MARGIN_PX, self.height() - 2 * MARGIN_PX])
        self._middle = self._middle - np.array([right, down]) / room / self._zoom
        self._paint_again()

    def _nearest(self, position: QPointF) -> int:
        positions = self._positions()
        nearest = nearest_point(positions[:, 0], positions[:, 1], position, REACH_PX)
        return -1 if nearest is None else nearest

    def wheelEvent(self, event: QWheelEvent) -> None:
        if len(self.points) and event.angleDelta().y():
            self._zoom_by(ZOOM_STEP ** (event.angleDelta().y() / 120), event.position())

    def mousePressEvent(self, event: QMouseEvent) -> None:
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if event.button() == Qt.MouseButton.MiddleButton or (
            event.button() == Qt.MouseButton.LeftButton and shift
        ):
            self._moving = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif event.button() == Qt.MouseButton.LeftButton and len(self.points):
            self._lasso = [event.position()]

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        position = event.position()
        if self._moving is not None:
            step = position - self._moving
            self._moving = position
            self._pan(step.x(), step.y())
        elif self._lasso:
            self._lasso.append(position)
            self.update()
        else:
            self._set_under(self._nearest(position))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._moving is not None:
            self._moving = None
            self.unsetCursor()
            return
        if not self._lasso:
            return
        lasso, self._lasso = self._lasso, []
        outline = QPolygonF(lasso).boundingRect()
        if max(outline.width(), outline.height()) < LASSO_FROM_PX:
            point = self._nearest(event.position())
            self.caught.emit([point] if point >= 0 else [])
        else:
            self.caught.emit(self._inside(lasso))
        self.update()

    def _inside(self, lasso: list[QPointF]) -> list[int]:
        outline, positions = QPolygonF(lasso), self._positions()
        bounds = outline.boundingRect()
        near = (positions >= (bounds.left(), bounds.top())) & (positions <= (bounds.right(), bounds.bottom()))
        return [
            int(number)
            for number in np.flatnonzero(near.all(axis=1))
            if outline.containsPoint(QPointF(*positions[number]), Qt.FillRule.OddEvenFill)
        ]

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.fit()

    def leaveEvent(self, event: QEvent) -> None:
        self._set_under(-1)

    def _set_under(self, point: int) -> None:
        if point != self._under:
            self._under, self._picture = point, None
            self.setCursor(Qt.CursorShape.PointingHandCursor if point >= 0 else Qt.CursorShape.CrossCursor)
            self.hovered.emit(point)
            self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, middle = Qt.Key(event.key()), QPointF(self.width() / 2, self.height() / 2)
        if key in ARROWS:
            right, down = ARROWS[key]
            self._pan(right * PAN_SHARE * self.width(), down * PAN_SHARE * self.height())
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self._zoom_by(ZOOM_STEP, middle)
        elif key == Qt.Key.Key_Minus:
            self._zoom_by(1 / ZOOM_STEP, middle)
        elif key == Qt.Key.Key_0:
            self.fit()
        elif key == Qt.Key.Key_Escape and len(self._chosen):
            self.caught.emit([])
        else:
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._paint_again()

    def _paint_again(self) -> None:
        self._painted = None
        self.update()

    def paint(self, painter: QPainter) -> None:
        """Paint the points, kept from one painting to the next, the lasso and the point under the mouse."""
        tokens = self._theme.tokens
        ratio = painter.device().devicePixelRatioF()
        if self._painted is None or self._painted.devicePixelRatioF() != ratio:
            self._painted = self._paint_points(ratio)
        painter.drawPixmap(0, 0, self._painted)
        if len(self._lasso) > 1:
            painter.setPen(QPen(tokens.color("accent"), 2, Qt.PenStyle.DashLine))
            shade = tokens.color("accent")
            shade.setAlphaF(0.1)
            painter.setBrush(shade)
            painter.drawPolygon(QPolygonF(self._lasso))
        if self._under >= 0:
            self._paint_under(painter)

    def _paint_points(self, ratio: float) -> QPixmap:
        """Paint what does not move with the mouse; kept until something of it changes."""
        pixmap = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
        pixmap.setDevicePixelRatio(ratio)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        positions = self._positions()
        chosen = np.zeros(len(positions), bool)
        chosen[self._chosen] = True
        for lit in (False, True):
            for group in range(int(self._groups.max(initial=0)) + 1):
                some = positions[(self._groups == group) & (chosen == lit)]
                if not len(some):
                    continue
                color = self._color(group)
                color.setAlphaF(1.0 if lit else 0.25 if chosen.any() else 0.75)
                painter.setPen(
                    QPen(
                        color,
                        CHOSEN_PX if lit else POINT_PX,
                        Qt.PenStyle.SolidLine,
                        Qt.PenCapStyle.RoundCap,
                    )
                )
                painter.drawPoints(QPolygonF([QPointF(x, y) for x, y in some]))
        self._paint_names(painter, positions)
        painter.end()
        return pixmap

    def _color(self, group: int) -> QColor:
        if not self._colors:
            return self._theme.tokens.color("accent")
        return QColor(self._colors[group % len(self._colors)])

    def _paint_names(self, painter: QPainter, positions: Floats) -> None:
        """Write each group's name over its middle, with a rim so that it is read on any color."""
        tokens = self._theme.tokens
        painter.setFont(font(bold=True))
        metrics = QFontMetricsF(painter.font())
        for group, name in enumerate(self._names):
            some = positions[self._groups == group]
            if not len(some):
                continue
            x, y = np.median(some, axis=0)
            path = QPainterPath()
            path.addText(QPointF(x - metrics.horizontalAdvance(name) / 2, y + 5), painter.font(), name)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(tokens.color("surface"), 4))
            painter.drawPath(path)
            painter.fillPath(path, tokens.color("text"))

    def _paint_under(self, painter: QPainter) -> None:
        """Ring the point under the mouse and show its picture."""
        tokens = self._theme.tokens
        center = self.position_of(self._under)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(tokens.color("text"), 2))
        painter.drawEllipse(center, 7, 7)
        if self._picture is None:
            return
        left = beside(center.x(), PICTURE_PX, self.width(), 2 * STEP_PX)
        top = min(max(0.0, center.y() - PICTURE_PX / 2), self.height() - PICTURE_PX)
        frame = QRectF(left, top, PICTURE_PX, PICTURE_PX)
        paint_box(painter, tokens, frame.adjusted(-4, -4, 4, 4), 6)
        painter.drawImage(frame, self._picture)
