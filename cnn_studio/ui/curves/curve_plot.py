"""One plot: zoomed, moved and read with mouse and keys."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QWidget

from cnn_studio.ui.curves.curve_readout import snapped, words
from cnn_studio.ui.curves.curves_data import CurvesData
from cnn_studio.ui.curves.curves_view import CurvesView
from cnn_studio.ui.curves.plot_picture import PlotPicture
from cnn_studio.ui.style.theme import Theme

SNAP_PX = 8
LEAST_DRAG_PX = 6
FLAT_DRAG_PX = 16
"""A drag lower than this chooses epochs only."""
STEP_OF_ZOOM = 1.25
SHARE_OF_MOVE = 0.1
NOTCH = 120.0
"""Qt's unit of a wheel's step."""


class CurvePlot(PlotPicture):
    """A plot that answers mouse and keys.

    Wheel: zoom about the pointer, with Ctrl in height; drag: zoom to the rectangle; middle button or Shift
    with drag: move; double click: fit. Keys: + and - zoom, 0 fits, Backspace goes back to what was in view,
    arrows go from epoch to epoch, with Shift they move the view, Escape forgets the position or the rectangle.
    """

    def __init__(
        self,
        key: str,
        title: str,
        data: CurvesData,
        view: CurvesView,
        theme: Theme,
        *,
        numbered: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(key, title, data, view, theme, numbered=numbered, parent=parent)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleDescription(
            self.tr("Left and right read it epoch by epoch, plus and minus zoom, 0 shows everything")
        )
        self._pressed: QPointF | None = None
        self._held: QPointF | None = None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if self._frame is None:
            return
        if event.button() == Qt.MouseButton.MiddleButton or (
            shift and event.button() == Qt.MouseButton.LeftButton
        ):
            self._held = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif event.button() == Qt.MouseButton.LeftButton:
            self._pressed = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        frame, spot = self._frame, event.position()
        if frame is None:
            return
        if self._held is not None:
            self._drag_view(spot)
        elif self._pressed is not None:
            self._rectangle = self._chosen(self._pressed, spot)
            self.update()
        elif frame.area.contains(spot):
            tolerance = frame.position_at(spot.x() + SNAP_PX) - frame.position_at(spot.x())
            self.view.point_at(snapped(self.data, self.view, frame.position_at(spot.x()), tolerance))
        else:
            self.view.point_at(None)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._held is not None:
            self._held = None
            self.unsetCursor()
        chosen, frame = self._rectangle, self._frame
        self._pressed = self._rectangle = None
        if chosen is None or frame is None:
            return
        low, high = frame.position_at(chosen.left()), frame.position_at(chosen.right())
        heights = frame.height_at(chosen.bottom()), frame.height_at(chosen.top())
        self.view.remember()
        if chosen.height() < frame.area.height():
            self.view.show_heights(self.key, *heights)
        self.view.show_span(low, high, self.data.epochs)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.view.fit()

    def leaveEvent(self, event: QEvent) -> None:
        self.view.point_at(None)

    def _chosen(self, first: QPointF, second: QPointF) -> QRectF | None:
        """Return the rectangle of a drag; one that is almost flat is as high as the plot."""
        assert self._frame is not None
        area = self._frame.area
        rectangle = QRectF(first, second).normalized()
        if rectangle.width() < LEAST_DRAG_PX:
            return None
        if rectangle.height() < FLAT_DRAG_PX:
            rectangle.setTop(area.top())
            rectangle.setBottom(area.bottom())
        return rectangle.intersected(area)

    def _drag_view(self, spot: QPointF) -> None:
        """Let what is under the pointer follow it."""
        assert self._frame is not None and self._held is not None
        frame, before = self._frame, self._held
        self._held = spot
        by = frame.height_at(before.y()) - frame.height_at(spot.y())
        if self.key in self.view.heights:
            self.view.show_heights(self.key, frame.heights[0] + by, frame.heights[1] + by)
        self.view.move(frame.position_at(before.x()) - frame.position_at(spot.x()), self.data.epochs)

    def wheelEvent(self, event: QWheelEvent) -> None:
        frame, steps = self._frame, event.angleDelta()
        if frame is None or not frame.area.contains(event.position()):
            event.ignore()
            return
        event.accept()
        low, high = frame.span
        if steps.x():
            self.view.move(-steps.x() / NOTCH * SHARE_OF_MOVE * (high - low), self.data.epochs)
        factor = STEP_OF_ZOOM ** (-steps.y() / NOTCH)
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            around = frame.height_at(event.position().y())
            bottom, top = frame.heights
            self.view.show_heights(
                self.key, around - (around - bottom) * factor, around + (top - around) * factor
            )
        elif steps.y():
            self.view.zoom(factor, frame.position_at(event.position().x()), self.data.epochs)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        frame, key = self._frame, event.key()
        if frame is None:
            super().keyPressEvent(event)
            return
        low, high = frame.span
        middle = (low + high) / 2 if self.view.position is None else self.view.position
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        sideways = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(key), 0)
        upwards = {Qt.Key.Key_Down: -1, Qt.Key.Key_Up: 1}.get(Qt.Key(key), 0)
        if key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.view.zoom(1 / STEP_OF_ZOOM, middle, self.data.epochs)
        elif key == Qt.Key.Key_Minus:
            self.view.zoom(STEP_OF_ZOOM, middle, self.data.epochs)
        elif key == Qt.Key.Key_0:
            self.view.fit()
        elif key == Qt.Key.Key_Backspace:
            self.view.back()
        elif key == Qt.Key.Key_Escape and (self._rectangle is not None or self.view.position is not None):
            self._pressed = self._rectangle = None
            self.view.point_at(None)
            self.update()
        elif sideways and shift:
            self.view.move(sideways * SHARE_OF_MOVE * (high - low), self.data.epochs)
        elif sideways:
            self._step(sideways)
        elif upwards:
            by = upwards * SHARE_OF_MOVE * (frame.heights[1] - frame.heights[0])
            self.view.show_heights(self.key, frame.heights[0] + by, frame.heights[1] + by)
        else:
            super().keyPressEvent(event)

    def _step(self, way: int) -> None:
        """Point at the next or the previous epoch, keep it in view, and tell a screen reader its figures."""
        epochs = sorted({int(row["epoch"] or 0) for run in self.data.runs for row in run.rows})
        if not epochs:
            return
        position = self.view.position
        if position is None:
            target = epochs[-1] if way < 0 else epochs[0]
        else:
            further = [epoch for epoch in epochs if (epoch - position) * way > 0]
            target = min(further, key=lambda epoch: abs(epoch - position), default=int(position))
        if self.view.span is not None:
            low, high = self.view.span
            self.view.move(min(0.0, target - low) + max(0.0, target - high), self.data.epochs)
        self.view.point_at(float(target))
        self.setAccessibleDescription(words(self.data, self.key, float(target), self._theme.tokens))

    def focusInEvent(self, event: QFocusEvent) -> None:
        self._by_keys = event.reason() in (
            Qt.FocusReason.TabFocusReason,
            Qt.FocusReason.BacktabFocusReason,
            Qt.FocusReason.ShortcutFocusReason,
        )
        super().focusInEvent(event)
