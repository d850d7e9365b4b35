"""What the network answers, and what it was shown."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnn_studio.inference.classifier import Answer
from cnn_studio.ui.theme import ANSWER_PT, CAPTION_PT, STEP_PX, TITLE_PT, Theme, font

SURE = 0.9
"""Calibrated confidence from which the answer is called sure."""
BESIDE_PX = 112
"""Room for the confidence and the verdict beside the answer."""
SMALLEST_ROW_PX = 16
MOST_BEST_ROWS = 15
"""Where not every class has room for a row, so many of the best are shown at most."""
COMPACT_PX = 80
UNLIMITED_PX = 16_777_215  # Qt's own QWIDGETSIZE_MAX
WIDEST_NAME = 0.45
"""Share of the width that the names may take."""


class PredictionBars(QWidget):
    """The top answer, large, and one bar a class."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("predictionBars")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._theme = theme
        self.answer: Answer | None = None
        self.compact = False
        self._classes: tuple[str, ...] = ()
        self.hint = self.tr("The answer appears here while you draw")
        self._describe()
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(400, 400)

    def minimumSizeHint(self) -> QSize:
        return QSize(300, COMPACT_PX if self.compact else 330)

    def set_compact(self, compact: bool) -> None:
        """Show the answer alone, without the bars: the room is needed for something else."""
        self.compact = compact
        self.setMaximumHeight(COMPACT_PX if compact else UNLIMITED_PX)
        self.updateGeometry()
        self.update()

    def show_classes(self, classes: tuple[str, ...]) -> None:
        """Take the names of the classes of another model."""
        self._classes = classes
        self.show_answer(None)

    def show_answer(self, answer: Answer | None) -> None:
        """Show an answer; None shows the empty state."""
        self.answer = answer
        self._describe()
        self.update()

    def _describe(self) -> None:
        if self.answer is None:
            self.setAccessibleName(self.tr("Answer: nothing drawn"))
        else:
            text = self.tr("Answer: {name}, {percent} percent")
            name = self._classes[self.answer.index]
            self.setAccessibleName(text.format(name=name, percent=f"{100 * self.answer.confidence:.1f}"))

    def verdict(self) -> tuple[str, str]:
        """Return how sure the answer is, in words, and the token of its colour."""
        assert self.answer is not None
        if self.answer.foreign:
            return self.tr("not a digit?"), "bad"
        if self.answer.rejected:
            return self.tr("not sure"), "bad"
        if self.answer.confidence >= SURE:
            return self.tr("sure"), "good"
        return self.tr("fairly sure"), "warn"

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        heading = float(self.height()) if self.compact else min(120.0, self.height() * 0.28)
        self._paint_heading(painter, QRectF(0, 0, self.width(), heading))
        if self.compact:
            return
        self._paint_bars(
            painter, QRectF(0, heading + STEP_PX, self.width(), self.height() - heading - STEP_PX)
        )

    def _paint_heading(self, painter: QPainter, area: QRectF) -> None:
        tokens = self._theme.tokens
        if self.answer is None:
            painter.setPen(tokens.color("muted"))
            painter.setFont(font(TITLE_PT))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self.hint)
            return
        name = self._classes[self.answer.index]
        most = area.width() - BESIDE_PX - 3 * STEP_PX
        large = font(ANSWER_PT if len(name) <= 2 else 28)
        while large.pointSizeF() > 14 and (
            QFontMetricsF(large).height() > area.height()
            or QFontMetricsF(large).horizontalAdvance(name) > most
        ):
            large.setPointSizeF(large.pointSizeF() - 4)
        painter.setFont(large)
        painter.setPen(tokens.color("text"))
        metrics = QFontMetricsF(large)
        name = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, most)
        width = max(metrics.horizontalAdvance(name), 56.0)
        painter.drawText(
            QRectF(area.left(), area.top(), width + 4, area.height()), Qt.AlignmentFlag.AlignVCenter, name
        )
        beside = QRectF(
            area.left() + width + 3 * STEP_PX, area.top(), area.width() - width - 3 * STEP_PX, area.height()
        )
        verdict, token = self.verdict()
        painter.setFont(font(20, tabular=True))
        middle = beside.center().y()
        painter.drawText(
            QRectF(beside.left(), middle - 36, beside.width(), 36),
            Qt.AlignmentFlag.AlignBottom,
            f"{100 * self.answer.confidence:.1f} %",
        )
        painter.setFont(font(TITLE_PT))
        painter.setPen(tokens.color(token))
        painter.drawText(
            QRectF(beside.left(), middle + 2, beside.width(), 28), Qt.AlignmentFlag.AlignTop, verdict
        )

    def rows(self, height: float) -> list[int]:
        """Return the numbers of the classes that get a row: all in order, or the best ones, best first."""
        count = len(self._classes)
        if count * SMALLEST_ROW_PX <= height:
            return list(range(count))
        most = max(1, min(MOST_BEST_ROWS, int(height / SMALLEST_ROW_PX) - 1))  # one is for the note
        if self.answer is None:
            return list(range(most))
        probabilities = self.answer.probabilities
        return sorted(range(count), key=lambda number: -probabilities[number])[:most]

    def _paint_bars(self, painter: QPainter, area: QRectF) -> None:
        tokens = self._theme.tokens
        if not self._classes:
            return
        rows = self.rows(area.height())
        if len(rows) < len(self._classes):
            note = self.tr("The best {shown} of {all} classes") if self.answer else self.tr("{all} classes")
            painter.setFont(font(CAPTION_PT))
            painter.setPen(tokens.color("muted"))
            painter.drawText(
                QRectF(area.left(), area.bottom() - SMALLEST_ROW_PX, area.width(), SMALLEST_ROW_PX),
                Qt.AlignmentFlag.AlignBottom,
                note.format(shown=len(rows), all=f"{len(self._classes):,}"),
            )
            area = area.adjusted(0, 0, 0, -SMALLEST_ROW_PX)
        row = min(36.0, area.height() / len(rows))
        label_font, figure_font = font(), font(CAPTION_PT if row < 20 else 10.5, tabular=True)
        names, label = self._elided(rows, area.width())
        figure = QFontMetricsF(figure_font).horizontalAdvance("100.0") + STEP_PX
        track = area.width() - label - figure - STEP_PX
        thickness = max(4.0, min(14.0, row * 0.45))
        for place, number in enumerate(rows):
            top = area.top() + place * row
            share = self.answer.probabilities[number] if self.answer else 0.0
            first = self.answer is not None and self.answer.index == number
            painter.setFont(font(bold=True) if first else label_font)
            painter.setPen(tokens.color("text" if first or self.answer is None else "muted"))
            painter.drawText(
                QRectF(area.left(), top, label, row), Qt.AlignmentFlag.AlignVCenter, names[number]
            )
            painter.setPen(Qt.PenStyle.NoPen)
            bar = QRectF(area.left() + label, top + (row - thickness) / 2, track, thickness)
            painter.setBrush(tokens.color("hairline"))
            painter.drawRoundedRect(bar, thickness / 2, thickness / 2)
            if share > 0.002:
                painter.setBrush(tokens.color("accent" if first else "border"))
                painter.drawRoundedRect(
                    QRectF(bar.left(), bar.top(), max(thickness, track * share), thickness),
                    thickness / 2,
                    thickness / 2,
                )
            painter.setFont(figure_font)
            painter.setPen(tokens.color("text" if first else "muted"))
            text = f"{100 * share:.1f}" if self.answer else "–"
            painter.drawText(
                QRectF(area.right() - figure, top, figure, row),
                Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight,
                text,
            )

    def _elided(self, rows: list[int], width: float) -> tuple[dict[int, str], float]:
        """Return the names of the rows, shortened where they need more than their share, and their room."""
        metrics = QFontMetricsF(font(bold=True))  # the first one is bold
        room = WIDEST_NAME * width - 2 * STEP_PX
        names = {
            number: metrics.elidedText(self._classes[number], Qt.TextElideMode.ElideMiddle, room)
            for number in rows
        }
        return names, max(metrics.horizontalAdvance(name) for name in names.values()) + 2 * STEP_PX


class InputPreview(QWidget):
    """The pixels that enter the network, each as a square."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("inputPreview")
        self.setAccessibleName(self.tr("What the network sees, 28 by 28 pixels"))
        self.setFixedSize(168, 168)
        self._theme = theme
        self._pixels: NDArray[np.uint8] | None = None
        theme.changed.connect(self.update)

    @property
    def pixels(self) -> NDArray[np.uint8] | None:
        """(height, width) uint8 as shown, None while empty."""
        return self._pixels

    def show_pixels(self, pixels: NDArray[np.uint8] | None) -> None:
        """Show an image; None shows the empty state.

        Args:
            pixels: uint8, (height, width), or with channels last or first, of which one is shown.
        """
        if pixels is not None and pixels.ndim == 3:
            pixels = pixels[0] if pixels.shape[0] in (1, 3) else pixels[..., 0]
        self._pixels = None if pixels is None else np.ascontiguousarray(pixels)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        area = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        if self._pixels is None:
            painter.fillRect(area, self._theme.tokens.color("background"))
            painter.setPen(self._theme.tokens.color("muted"))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, self.tr("28 × 28 pixels"))
        else:
            height, width = self._pixels.shape
            image = QImage(self._pixels.data, width, height, width, QImage.Format.Format_Grayscale8)
            painter.drawImage(area, image)
        painter.setPen(self._theme.tokens.color("hairline"))
        painter.drawRect(area)
