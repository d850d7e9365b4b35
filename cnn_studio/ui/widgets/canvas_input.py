"""What draws: the mouse, a pen, a finger or the keys, one at a time."""

from __future__ import annotations

from typing import Literal, Protocol

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import (
    QEventPoint,
    QInputDevice,
    QKeyEvent,
    QMouseEvent,
    QPointingDevice,
    QTabletEvent,
    QTouchEvent,
)

from cnn_studio.core.drawing.eraser import Point
from cnn_studio.core.drawing.stroke_model import StrokeModel

Hand = Literal["mouse", "pen", "finger", "keys"]
STEP, LARGE_STEP = 0.02, 0.1
"""Shares of the sheet's side that an arrow key moves the cursor."""
ARROWS = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
DRAWS, ERASES = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton


class Canvas(Protocol):
    """What is drawn on. Places are shares of its side.

    Attributes:
        sketch: The drawing.
        eraser: Whether the eraser is taken instead of the pen.
        cursor_place: Where the keyboard's cursor is; None while it is not shown.
    """

    sketch: StrokeModel
    eraser: bool
    cursor_place: Point | None

    def unit_point(self, position: QPointF) -> tuple[float, float]:
        """Return a position as shares of the sheet."""

    def put_down(self, point: Point, *, erasing: bool, whole: bool = False) -> None:
        """Begin a stroke, or a gesture of the eraser."""

    def go(self, point: Point) -> None:
        """Move the pen or the eraser that is down."""

    def lift(self) -> None:
        """End the stroke or the gesture."""

    def drop_gesture(self) -> None:
        """Take back the stroke or the gesture under way."""

    def update(self) -> None:
        """Paint again."""


class CanvasInput:
    """Turns events into gestures of a canvas; while one hand draws, the others are not heard.

    Qt and some systems make mouse events of a pen's and a finger's: the canvas takes those two at first
    hand, so the copies are not heard at all.
    """

    def __init__(self, canvas: Canvas) -> None:
        self._canvas = canvas
        self._hand: Hand | None = None
        self._button = DRAWS
        self._finger = -1

    @property
    def _busy(self) -> bool:
        """Whether a hand draws; one whose stroke was taken back meanwhile does not."""
        sketch = self._canvas.sketch
        return self._hand is not None and (sketch.drawing or sketch.erasing)

    def _begin(self, hand: Hand, point: tuple[float, ...], erasing: bool, whole: bool = False) -> None:
        if not self._busy:
            self._hand = hand
            if hand != "keys":
                self._canvas.cursor_place = None
            self._canvas.put_down(point, erasing=erasing or self._canvas.eraser, whole=whole)

    def _end(self, hand: Hand) -> None:
        if self._hand == hand:
            self._hand = None
            self._canvas.lift()

    def mouse_pressed(self, event: QMouseEvent) -> None:
        """The left button draws, the right one erases."""
        if event.source() == Qt.MouseEventSource.MouseEventNotSynthesized and event.button() in (
            DRAWS,
            ERASES,
        ):
            if self._hand == "keys" or (self._hand == "mouse" and event.button() == self._button):
                self._end(self._hand)  # the button was let go where nobody saw it
            if not self._busy:
                self._button = event.button()
            whole = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self._begin("mouse", self._canvas.unit_point(event.position()), event.button() == ERASES, whole)

    def mouse_moved(self, event: QMouseEvent) -> None:
        """Draw on."""
        if self._hand == "mouse" and event.source() == Qt.MouseEventSource.MouseEventNotSynthesized:
            self._canvas.go(self._canvas.unit_point(event.position()))

    def mouse_released(self, event: QMouseEvent) -> None:
        """End what that button began."""
        if event.button() == self._button and event.source() == Qt.MouseEventSource.MouseEventNotSynthesized:
            self._end("mouse")

    def tablet(self, event: QTabletEvent) -> None:
        """The pen draws as wide as it is pressed; its other end and its upper button erase."""
        event.accept()
        point = (*self._canvas.unit_point(event.position()), event.pressure())
        if event.type() == QEvent.Type.TabletPress:
            self._end("pen")
            other_end = event.pointerType() == QPointingDevice.PointerType.Eraser
            self._begin("pen", point, other_end or event.button() == ERASES)
        elif self._hand == "pen":
            if event.type() == QEvent.Type.TabletRelease:
                self._end("pen")
            else:
                self._canvas.go(point)

    def touch(self, event: QTouchEvent) -> bool:
        """The first finger draws, further ones do not; return whether the event was taken."""
        if event.deviceType() != QInputDevice.DeviceType.TouchScreen:
            return False  # a touchpad's fingers move the pointer
        event.accept()
        if event.type() == QEvent.Type.TouchCancel:
            if self._hand == "finger":
                self._hand = None
                self._canvas.drop_gesture()
            return True
        if event.type() == QEvent.Type.TouchBegin:
            self._end("finger")
        for point in event.points():
            self._touch_point(point)
        return True

    def _touch_point(self, point: QEventPoint) -> None:
        touched = self._canvas.unit_point(QPointF(point.position()))
        if not self._busy and point.state() == QEventPoint.State.Pressed:
            self._finger = point.id()
            self._begin("finger", touched, erasing=False)
        elif self._hand == "finger" and point.id() == self._finger:
            if point.state() == QEventPoint.State.Updated:
                self._canvas.go(touched)
            elif point.state() == QEventPoint.State.Released:
                self._end("finger")

    def key_pressed(self, event: QKeyEvent) -> bool:
        """Move the cursor, put the pen down or lift it; return whether the key was taken."""
        keypad = Qt.KeyboardModifier.KeypadModifier
        shift = Qt.KeyboardModifier.ShiftModifier
        key = Qt.Key(event.key())
        if event.modifiers() & ~(shift | keypad):
            return False
        if key in ARROWS:
            self._step(ARROWS[key], LARGE_STEP if event.modifiers() & shift else STEP)
        elif key == Qt.Key.Key_Space and not event.isAutoRepeat():
            if self._hand == "keys" and self._busy:
                self._end("keys")
            else:
                self._canvas.cursor_place = self._canvas.cursor_place or (0.5, 0.5)
                self._begin("keys", self._canvas.cursor_place, erasing=False)
        elif key == Qt.Key.Key_Escape and self._busy:
            self._hand = None
            self._canvas.drop_gesture()
        elif key == Qt.Key.Key_Escape and self._canvas.cursor_place is not None:
            self._canvas.cursor_place = None
        elif key != Qt.Key.Key_Space:
            return False
        self._canvas.update()
        return True

    def _step(self, way: tuple[int, int], step: float) -> None:
        """Move the cursor; the first key shows it in the middle of the sheet."""
        x, y, *_ = self._canvas.cursor_place or (0.5, 0.5)
        if self._canvas.cursor_place is not None:
            x, y = (min(max(round(at + step * by, 6), 0.0), 1.0) for at, by in zip((x, y), way, strict=True))
        self._canvas.cursor_place = (x, y)
        if self._hand == "keys":
            self._canvas.go((x, y))

    def focus_lost(self) -> None:
        """Lift the keyboard's pen: it could not be moved any more."""
        self._end("keys")
