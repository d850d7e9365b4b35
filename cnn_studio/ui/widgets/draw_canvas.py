"""The sheet a person draws on."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
    QTabletEvent,
    QTouchEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnn_studio.core.base.canvas_pen import PEN_PERCENT, PEN_RANGE
from cnn_studio.core.drawing.eraser import Point
from cnn_studio.core.drawing.preprocessing import Stroke
from cnn_studio.core.drawing.stroke_model import StrokeModel, Strokes, arrays_of, first_points
from cnn_studio.ui.style.theme import CARD_RADIUS_PX, TITLE_PT, Theme, font
from cnn_studio.ui.widgets import stroke_painting
from cnn_studio.ui.widgets.canvas_input import CanvasInput
from cnn_studio.ui.widgets.cursors import eraser_cursor, paint_key_cursor

FINEST = 2**16
"""Places are kept to this share of the side: finer than any screen, and the same at any window size."""
SMALLEST_ERASER = 0.03
"""Radius as a share of the sheet's side, however thin the pen is."""
GHOST = 0.18
"""Opacity of the ink that a replay has not come to."""


class DrawCanvas(QWidget):
    """A square sheet: mouse, pen, finger and keys draw smooth strokes on it, or erase.

    The sheet keeps its finished ink in a pixmap and paints only what is new, so that a point costs the
    same however long the drawing is.

    Signals:
        drawing_changed: There is another drawing, or another part of it is shown.
        pen_changed: The pen has another width, in hundredths of the sheet's side.
        eraser_changed: The eraser was taken up or put away.

    Attributes:
        underlay: Paints beneath the ink, in the sheet's coordinates.
    """

    drawing_changed = Signal()
    pen_changed = Signal(int)
    eraser_changed = Signal(bool)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("drawCanvas")
        self.setAccessibleName(self.tr("Drawing canvas"))
        manual = self.tr(
            "Draw with the mouse, a pen or a finger; the right button erases. With the keyboard: the arrow keys "
            "move a cursor, with Shift in larger steps; Space puts the pen down and lifts it; Escape takes the "
            "stroke back; E changes between pen and eraser; [ and ] change the pen's width."
        )
        self.setAccessibleDescription(manual)
        self.setToolTip(f"<p>{manual}</p>")
        self.setMinimumSize(280, 280)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_AcceptTouchEvents)
        self.sketch = StrokeModel()
        self.hint = self.tr("Draw a digit")
        self.pen_percent = PEN_PERCENT
        self.eraser = False
        self.cursor_place: Point | None = None
        self.receiving = False
        self.underlay: Callable[[QPainter], None] | None = None
        self._hands = CanvasInput(self)
        self._theme = theme
        self._ink = QPixmap()
        self._ink_before = QPixmap()
        self._drawn_points = 0
        self._shown: int | None = None
        self._last: Point = (0.0, 0.0)
        self._whole = False
        theme.changed.connect(self._redraw)
        self._choose_cursor()

    def sizeHint(self) -> QSize:
        return QSize(520, 520)

    @property
    def sheet(self) -> QRectF:
        """The square at the widget's left, in its coordinates, on whole pixels."""
        side = min(self.width(), self.height()) - 2
        return QRectF(1, (self.height() - side) // 2, side, side)

    @property
    def shown(self) -> Strokes:
        """The strokes that are shown: all of them, or the first points while the drawing is replayed."""
        strokes = self.sketch.finished
        return strokes if self._shown is None else first_points(strokes, self._shown)

    @property
    def replaying(self) -> bool:
        """Whether only a part of the drawing is shown."""
        return self._shown is not None

    def arrays(self) -> list[Stroke]:
        """Return what is shown, the growing stroke included, as `core.drawing.preprocessing` takes it."""
        return self.sketch.arrays() if self._shown is None else arrays_of(self.shown)

    def show_points(self, count: int | None) -> None:
        """Show so many of the drawing's points, or all."""
        if count != self._shown:
            self._shown = count
            self._changed()

    def show_strokes(self, strokes: Strokes) -> None:
        """Show another drawing; undo brings back the one before."""
        self._shown = None
        self.sketch.replace(strokes)
        self._changed()

    def clear(self) -> None:
        """Remove everything."""
        self.show_strokes(())

    def undo(self) -> None:
        """Take back the last stroke, the last gesture of the eraser, or the last clearing."""
        self._shown = None
        self.sketch.undo()
        self._changed()

    def redo(self) -> None:
        """Take the last undone step again."""
        self._shown = None
        self.sketch.redo()
        self._changed()

    def set_pen(self, percent: int) -> None:
        """Choose the width of the pen on the screen, in hundredths of the sheet's side."""
        percent = min(max(percent, PEN_RANGE[0]), PEN_RANGE[1])
        if percent != self.pen_percent:
            self.pen_percent = percent
            self._choose_cursor()
            self._redraw()
            self.pen_changed.emit(percent)

    def set_eraser(self, wanted: bool) -> None:
        """Take the eraser, or the pen."""
        if wanted != self.eraser:
            self.eraser = wanted
            self._choose_cursor()
            self.update()
            self.eraser_changed.emit(wanted)

    @property
    def eraser_radius(self) -> float:
        """Share of the sheet's side."""
        return max(SMALLEST_ERASER, self.pen_percent / 200)

    def put_down(self, point: Point, *, erasing: bool, whole: bool = False) -> None:
        """Begin a stroke, or a gesture of the eraser; with `whole` it takes every stroke it touches."""
        if self._shown is not None:
            self._shown = None
            self._redraw()
        self._last, self._whole = point, whole
        if erasing:
            self.sketch.begin_erasing()
            self._choose_cursor()
            self.go(point)
            return
        self._ink_before = QPixmap(self._ink_pixmap())
        self.sketch.begin(point)
        self._drawn_points = 0
        self._ink_new_points()
        if not self.sketch.finished:
            self.update()  # the hint goes away
        self.drawing_changed.emit()

    def go(self, point: Point) -> None:
        """Move the pen or the eraser that is down."""
        if self.sketch.erasing:
            reach = self.eraser_radius + self.pen_percent / 200  # to the middle of the ink's width
            changed = self.sketch.erase(self._last, point, reach, self._whole)
            self._last = point
            if changed:
                self._changed()
        elif self.sketch.drawing:
            self.sketch.extend(point)
            self._ink_new_points()
            self.drawing_changed.emit()

    def lift(self) -> None:
        """End the stroke or the gesture of the eraser."""
        if self.sketch.drawing:
            self._ink_stroke_as_one()
        if self.sketch.drawing or self.sketch.erasing:
            self.sketch.end()
            self.drawing_changed.emit()
        self._choose_cursor()

    def drop_gesture(self) -> None:
        """Take back the stroke or the gesture under way."""
        if self.sketch.drawing or self.sketch.erasing:
            self.sketch.drop()
            self._choose_cursor()
            self._changed()

    def unit_point(self, position: QPointF) -> tuple[float, float]:
        """Return a position as shares of the sheet; drawing past the rim is allowed."""
        sheet = self.sheet
        x = (position.x() - sheet.left()) / sheet.width()
        y = (position.y() - sheet.top()) / sheet.height()
        return round(x * FINEST) / FINEST, round(y * FINEST) / FINEST

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QTouchEvent):
            return self._hands.touch(event)
        return super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._hands.mouse_pressed(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hands.mouse_moved(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._hands.mouse_released(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._hands.mouse_pressed(event)

    def tabletEvent(self, event: QTabletEvent) -> None:
        self._hands.tablet(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._hands.key_pressed(event):
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._hands.focus_lost()
        super().focusOutEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = self._theme.tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        sheet = self.sheet
        lit = self.hasFocus() or self.receiving
        painter.setPen(QPen(tokens.color("accent" if lit else "hairline"), 2 if self.receiving else 1))
        painter.setBrush(tokens.color("paper"))
        painter.drawRoundedRect(sheet, CARD_RADIUS_PX, CARD_RADIUS_PX)
        painter.translate(sheet.topLeft())
        if self.sketch.empty:
            painter.setPen(tokens.color("muted"))
            painter.setFont(font(TITLE_PT))
            painter.drawText(QRectF(QPointF(), sheet.size()), Qt.AlignmentFlag.AlignCenter, self.hint)
        else:
            if self.underlay is not None:
                self.underlay(painter)
            painter.drawPixmap(QPointF(), self._ink_pixmap())
            if self.sketch.drawing:
                self._paint(painter, stroke_painting.tail(self.sketch.growing, sheet.width()))
        if self.cursor_place is not None and self.hasFocus():
            self._paint_key_cursor(painter, self.cursor_place)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._choose_cursor()
        self._redraw()
        super().resizeEvent(event)

    def _paint_key_cursor(self, painter: QPainter, point: Point) -> None:
        side = self.sheet.width()
        radius = side * (self.eraser_radius if self.eraser else self.pen_percent / 200)
        down = self.sketch.drawing or self.sketch.erasing
        middle = QPointF(point[0] * side, point[1] * side)
        paint_key_cursor(painter, middle, radius, self._theme.tokens.color("accent"), down)

    def _choose_cursor(self) -> None:
        """Show a cross over the pen's sheet, and the eraser as large as it is."""
        if self.eraser or self.sketch.erasing:
            radius = self.eraser_radius * self.sheet.width()
            color = self._theme.tokens.color("muted")
            self.setCursor(eraser_cursor(radius, self.devicePixelRatioF(), color))
        elif self.cursor().shape() != Qt.CursorShape.CrossCursor:
            self.setCursor(Qt.CursorShape.CrossCursor)

    def _changed(self) -> None:
        self._redraw()
        self.drawing_changed.emit()

    def _redraw(self) -> None:
        self._ink = self._ink_before = QPixmap()
        self.update()

    def _ink_pixmap(self) -> QPixmap:
        """Return all ink at the screen's own resolution, drawn anew only after a change of size or state."""
        ratio = self.devicePixelRatioF()
        wanted = (self.sheet.size() * ratio).toSize()
        if self._ink.size() != wanted:
            self._ink = QPixmap(wanted)
            self._ink.setDevicePixelRatio(ratio)
            self._ink.fill(QColor(Qt.GlobalColor.transparent))
            side = self.sheet.width()
            painter = self._inking()
            if self._shown is not None:
                painter.setOpacity(GHOST)
                for stroke in self.sketch.finished:
                    self._paint(painter, stroke_painting.whole(stroke, side))
                painter.setOpacity(1.0)
            for stroke in self.shown:
                self._paint(painter, stroke_painting.whole(stroke, side))
            if self.sketch.drawing:
                self._paint(painter, stroke_painting.settled(self.sketch.growing, side))
            painter.end()
            self._drawn_points = len(self.sketch.growing)
        return self._ink

    def _ink_new_points(self) -> None:
        """Add what the pen did since the last call."""
        self._ink_pixmap()
        stroke = self.sketch.growing
        if self._drawn_points < len(stroke):
            side = self.sheet.width()
            painter = self._inking()
            pieces = stroke_painting.settled(stroke, side, self._drawn_points)
            self._paint(painter, pieces)
            painter.end()
            self._drawn_points = len(stroke)
            pieces += stroke_painting.tail(stroke, side)  # painted, not kept
            # twice the pen's width holds the tail of the point before, which is painted over
            changed = stroke_painting.extent(pieces, 2 * side * self.pen_percent / 100)
            self.update(changed.translated(self.sheet.topLeft()).toAlignedRect())

    def _ink_stroke_as_one(self) -> None:
        """Ink the growing stroke anew: where its pieces overlap, their soft edges have become hard."""
        if self._ink_before.size() != self._ink.size():
            self._ink = self._ink_before = QPixmap()  # it was drawn anew meanwhile
            self.update()
            return
        self._ink, self._ink_before = self._ink_before, QPixmap()
        side = self.sheet.width()
        pieces = stroke_painting.whole(self.sketch.growing, side)
        painter = self._inking()
        self._paint(painter, pieces)
        painter.end()
        changed = stroke_painting.extent(pieces, 2 * side * self.pen_percent / 100)
        self.update(changed.translated(self.sheet.topLeft()).toAlignedRect())

    def _inking(self) -> QPainter:
        painter = QPainter(self._ink)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        return painter

    def _paint(self, painter: QPainter, pieces: stroke_painting.Pieces) -> None:
        stroke_painting.paint(
            painter, pieces, self._theme.tokens.color("ink"), self.sheet.width() * self.pen_percent / 100
        )
