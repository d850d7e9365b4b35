"""The probability of each class for one image, as bars; the true class is marked."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnn_studio.ui.style.theme import CAPTION_PT, STEP_PX, Theme, font

ROW_PX, TALLEST_ROW_PX = 18.0, 26.0
NAMED = 3
"""Classes that a screen reader hears."""
WIDEST_NAME = 0.4


class LensBars(QWidget):
    """A row a class, in their order; where they need more room, the most probable ones, the best first."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("lensBars")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._theme = theme
        self._shares: NDArray[np.float32] = np.zeros(0, np.float32)
        self._classes: tuple[str, ...] = ()
        self._true = 0
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(280, round(10 * ROW_PX))

    def minimumSizeHint(self) -> QSize:
        return QSize(200, round(5 * ROW_PX))

    def show_answer(self, shares: NDArray[np.float32], classes: tuple[str, ...], true: int) -> None:
        """Show probabilities, (classes,), and the true class."""
        self._shares, self._classes, self._true = shares, classes, true
        best = np.argsort(-shares, kind="stable")[:NAMED]
        said = ", ".join(f"{classes[index]} {100 * shares[index]:.1f} %" for index in best)
        text = self.tr("Probabilities: {best}; true class {name}, {percent:.1f} %")
        self.setAccessibleName(text.format(best=said, name=classes[true], percent=100 * float(shares[true])))
        self.update()

    def rows(self) -> list[int]:
        """Return the classes that have a row; the true one always has."""
        most = max(1, int(self.height() / ROW_PX))
        if len(self._classes) <= most:
            return list(range(len(self._classes)))
        best = [int(index) for index in np.argsort(-self._shares, kind="stable")[:most]]
        return best if self._true in best else [*best[: most - 1], self._true]

    def paintEvent(self, event: QPaintEvent) -> None:
        rows = self.rows()
        if not rows:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tokens = self._theme.tokens
        height = min(TALLEST_ROW_PX, self.height() / len(rows))
        read = int(np.argmax(self._shares))
        bold = QFontMetricsF(font(bold=True))
        room = min(
            WIDEST_NAME * self.width(), max(bold.horizontalAdvance(self._classes[row]) for row in rows)
        )
        figures = font(CAPTION_PT, tabular=True)
        figure = QFontMetricsF(figures).horizontalAdvance("100.0 %")
        mark = 18.0
        left = mark + room + STEP_PX
        width = max(1.0, self.width() - left - figure - STEP_PX)
        for index, row in enumerate(rows):
            top, share = index * height, float(self._shares[row])
            true = row == self._true
            if true:
                icon = QRectF(0, top + (height - 16) / 2, 16, 16)
                self._theme.icon("check-bold", "good").paint(painter, icon.toAlignedRect())
            painter.setFont(font(bold=row == read))
            painter.setPen(tokens.color("text" if row == read or true else "muted"))
            name = painter.fontMetrics().elidedText(
                self._classes[row], Qt.TextElideMode.ElideMiddle, int(room) + 1
            )
            painter.drawText(QRectF(mark, top, room + 2, height), Qt.AlignmentFlag.AlignVCenter, name)
            track = QRectF(left, top + height / 2 - 4, width, 8)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tokens.color("hairline"))
            painter.drawRoundedRect(track, 4, 4)
            if share > 0.002:
                painter.setBrush(tokens.color("good" if true else "accent" if row == read else "border"))
                painter.drawRoundedRect(QRectF(left, track.top(), max(8.0, width * share), 8), 4, 4)
            painter.setFont(figures)
            painter.setPen(tokens.color("text" if row == read or true else "muted"))
            painter.drawText(
                QRectF(self.width() - figure, top, figure, height),
                Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight,
                f"{100 * share:.1f} %",
            )
