"""Rows of the bars that can be clicked: "that was a 7"."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QHelpEvent, QMouseEvent
from PySide6.QtWidgets import QToolTip

from cnn_studio.ui.my_drawings.drawing_text import that_was
from cnn_studio.ui.widgets.prediction_bars import PredictionBars


class RowChooser(QObject):
    """Watches the mouse over bars; outside their rows, and while switched off, it does nothing.

    Signals:
        chosen: The number of the class whose row was clicked.
    """

    chosen = Signal(int)

    def __init__(self, bars: PredictionBars) -> None:
        super().__init__(bars)
        self._bars = bars
        self._on = False
        self._pressed: int | None = None
        self.classes: tuple[str, ...] = ()
        bars.setMouseTracking(True)
        bars.installEventFilter(self)

    def switch(self, on: bool) -> None:
        """Let rows be chosen, or not."""
        if on != self._on:
            self._on = on
            self._pressed = None
            self._hover(self._row(QPointF(self._bars.mapFromGlobal(self._bars.cursor().pos()))))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.Leave:
            self._hover(None)
        elif isinstance(event, QHelpEvent) and kind == QEvent.Type.ToolTip:
            row = self._row(QPointF(event.pos()))
            if row is not None:
                QToolTip.showText(event.globalPos(), that_was(self.classes[row]), self._bars)
                return True
        elif isinstance(event, QMouseEvent):
            return self._mouse(event)
        return False

    def _mouse(self, event: QMouseEvent) -> bool:
        row = self._row(event.position())
        left = event.button() == Qt.MouseButton.LeftButton
        if event.type() == QEvent.Type.MouseMove:
            self._hover(row)
        elif event.type() in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick) and left:
            self._pressed = row
        elif event.type() == QEvent.Type.MouseButtonRelease and left:
            pressed, self._pressed = self._pressed, None
            if row is not None and row == pressed:
                self.chosen.emit(row)
        return row is not None

    def _row(self, position: QPointF) -> int | None:
        return self._bars.row_at(position) if self._on else None

    def _hover(self, row: int | None) -> None:
        self._bars.show_hovered(row)
        if row is None:
            self._bars.unsetCursor()
        else:
            self._bars.setCursor(Qt.CursorShape.PointingHandCursor)
