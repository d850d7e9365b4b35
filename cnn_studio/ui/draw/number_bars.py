"""The answer card's bars under a number: each digit large, with its confidence beneath it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QHelpEvent, QKeyEvent, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QToolTip, QWidget

from cnn_studio.inference.classifier import Answer
from cnn_studio.ui.style.theme import ANSWER_PT, CAPTION_PT, STEP_PX, TITLE_PT, Theme, font
from cnn_studio.ui.widgets.prediction_bars import PredictionBars

WIDEST_DIGIT_PX = 72.0
LINE_PX = 20.0
"""Height of the confidences below the digits."""
STEPS = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}


class NumberBars(PredictionBars):
    """Bars whose heading is a number where there is one; a click on a digit chooses whose bars are shown.

    Signals:
        chosen: The index of the digit, from the left.
        numbered: Whether there is a number now.
    """

    chosen = Signal(int)
    numbered = Signal(bool)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        self.digits: list[Answer] = []
        self.index = 0
        self._heading = QRectF()
        super().__init__(theme, parent)
        self.setMouseTracking(True)
        self._over = False
        self._usual_focus = self.focusPolicy()

    def show_number(self, digits: list[Answer], index: int) -> None:
        """Take the answers of the digits of a number and which one the bars show; none for one digit.

        The bars themselves are shown by `show_answer`, as ever.
        """
        if bool(digits) != bool(self.digits):
            self.setFocusPolicy(Qt.FocusPolicy.TabFocus if digits else self._usual_focus)
            self.numbered.emit(bool(digits))
        self.digits, self.index = digits, index

    def _describe(self) -> None:
        super()._describe()
        if self.digits:
            text = self.tr("Number {number}: {digits}. The bars show the {name}")
            each = ", ".join(self._said(answer) for answer in self.digits)
            name = self._classes[self.digits[self.index].index]
            self.setAccessibleName(text.format(number=self.number(), digits=each, name=name))

    def number(self) -> str:
        """Return the number that is shown."""
        return "".join(self._classes[answer.index] for answer in self.digits)

    def cells(self) -> list[QRectF]:
        """Return where each digit is, its confidence included."""
        count, area = len(self.digits), self._heading
        width = min(WIDEST_DIGIT_PX, area.width() / max(1, count))
        return [
            QRectF(area.left() + index * width, area.top(), width, area.height()) for index in range(count)
        ]

    def _said(self, answer: Answer) -> str:
        percent = f"{100 * answer.confidence:.1f}"
        if answer.out_of_distribution:
            return self.tr("{name} not a digit?").format(name=self._classes[answer.index])
        text = (
            self.tr("{name} {percent} percent not sure")
            if answer.rejected
            else self.tr("{name} {percent} percent")
        )
        return text.format(name=self._classes[answer.index], percent=percent)

    def _paint_heading(self, painter: QPainter, area: QRectF) -> None:
        self._heading = area
        if not self.digits or self.answer is None:
            super()._paint_heading(painter, area)
            return
        cells = self.cells()
        for index, cell in enumerate(cells):
            self._paint_digit(painter, cell, index)
        left = cells[-1].right() + 2 * STEP_PX
        free = QRectF(left, area.top(), area.right() - left, area.height())
        verdict, token = self.verdict()
        painter.setFont(font(TITLE_PT))
        painter.setPen(self._theme.tokens.color(token))
        if QFontMetricsF(painter.font()).horizontalAdvance(verdict) <= free.width():
            painter.drawText(free, Qt.AlignmentFlag.AlignVCenter, verdict)

    def _paint_digit(self, painter: QPainter, cell: QRectF, index: int) -> None:
        tokens, answer = self._theme.tokens, self.digits[index]
        first = index == self.index
        if first:
            painter.setPen(QPen(tokens.color("accent"), 2) if self.hasFocus() else Qt.PenStyle.NoPen)
            painter.setBrush(tokens.color("accent_soft"))
            painter.drawRoundedRect(cell.adjusted(1, 1, -1, -1), STEP_PX / 2, STEP_PX / 2)
        room = cell.adjusted(0, 0, 0, -LINE_PX)
        large = font(ANSWER_PT * 0.75)
        name = self._classes[answer.index]
        while large.pointSizeF() > 9 and (
            QFontMetricsF(large).capHeight() > room.height() - STEP_PX
            or QFontMetricsF(large).horizontalAdvance(name) > room.width() - 2
        ):
            large.setPointSizeF(large.pointSizeF() - 2)
        painter.setFont(large)
        painter.setPen(tokens.color("bad" if answer.rejected else "text"))
        painter.drawText(room, Qt.AlignmentFlag.AlignCenter, name)
        painter.setFont(font(CAPTION_PT, bold=first, tabular=True))
        painter.setPen(tokens.color("bad" if answer.rejected else "text" if first else "muted"))
        text = self._figure(answer, QFontMetricsF(painter.font()), cell.width())
        painter.drawText(
            QRectF(cell.left(), room.bottom() - 2, cell.width(), LINE_PX), Qt.AlignmentFlag.AlignCenter, text
        )

    def _figure(self, answer: Answer, metrics: QFontMetricsF, width: float) -> str:
        """Return the confidence as long as it fits; a digit that may be none has a question mark."""
        if answer.out_of_distribution:
            texts = [self.tr("no digit?"), "?"]
        else:
            percent = 100 * answer.confidence
            texts = [f"{percent:.1f} %", f"{percent:.0f} %", f"{percent:.0f}"]
        return next((text for text in texts if metrics.horizontalAdvance(text) <= width - 2), "")

    def _index_at(self, position: QPointF) -> int | None:
        return next((index for index, cell in enumerate(self.cells()) if cell.contains(position)), None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        index = self._index_at(event.position())
        if index is None or event.button() != Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
        else:
            self.chosen.emit(index)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        over = self._index_at(event.position()) is not None
        if over:
            self.setCursor(Qt.CursorShape.PointingHandCursor)
        elif self._over and self.row_at(event.position()) is None:
            self.unsetCursor()
        self._over = over
        super().mouseMoveEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = STEPS.get(Qt.Key(event.key()))
        if step is None or not self.digits:
            super().keyPressEvent(event)
        else:
            self.chosen.emit(min(max(self.index + step, 0), len(self.digits) - 1))

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            index = self._index_at(QPointF(event.pos()))
            if index is not None:
                tip = self.tr("{digit}. Click to see its bars").format(digit=self._said(self.digits[index]))
                QToolTip.showText(event.globalPos(), tip, self)
                return True
        return super().event(event)
