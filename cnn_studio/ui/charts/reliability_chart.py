"""Confidence against accuracy in bins, and how many images each bin has."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QBrush, QPainter, QPen
from PySide6.QtWidgets import QWidget

from cnn_studio.core.evaluation.metrics import Calibration
from cnn_studio.ui.charts.axes import BOTTOM_PX, LEFT_PX, TOP_PX, Axes, content_area
from cnn_studio.ui.charts.chart import ChoosingChart
from cnn_studio.ui.charts.readout import paint_tip
from cnn_studio.ui.style.theme import CAPTION_PT, STEP_PX, Theme, font
from cnn_studio.ui.widgets.counts_text import images_in_words

COUNTS_SHARE = 0.2
"""Of the height: the counts below the diagram."""


class ReliabilityChart(ChoosingChart):
    """A bar a bin: its accuracy; what lacks to its confidence, or is too much, is hatched.

    Signals:
        bin_chosen: The number of the bin a person clicked or reached with the arrow keys.
    """

    bin_chosen = Signal(int)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(theme, "reliabilityChart", parent)
        self.setAccessibleName(self.tr("Reliability diagram"))
        self._calibration: Calibration | None = None
        self.chosen: int | None = None

    def show_calibration(self, calibration: Calibration | None) -> None:
        """Show bins, or the hint; none is chosen afterwards."""
        self._calibration, self.pointed, self.chosen = calibration, None, None
        self.update()

    def choose(self, number: int | None) -> None:
        """Mark a bin, without telling anybody."""
        self.chosen = number
        self.update()

    @property
    def _axes(self) -> Axes:
        height = (self.height() - TOP_PX - BOTTOM_PX) * (1 - COUNTS_SHARE) - STEP_PX
        return Axes(content_area(self.width(), TOP_PX + height, bottom=0))

    @property
    def _below(self) -> QRectF:
        """The area of the counts."""
        area = self._axes.area
        top = area.bottom() + 2 * STEP_PX
        return QRectF(area.left(), top, area.width(), max(1.0, self.height() - BOTTOM_PX - top))

    def bin_place(self, number: int) -> QPointF:
        """Return the middle of a bin's column in the widget's coordinates."""
        return self._column(number).center()

    def _column(self, number: int) -> QRectF:
        assert self._calibration is not None
        area, count = self._axes.area, len(self._calibration.counts)
        width = area.width() / count
        return QRectF(area.left() + number * width, area.top(), width, self._below.bottom() - area.top())

    @property
    def empty(self) -> bool:
        """Whether there are no bins."""
        return self._calibration is None

    def number_at(self, position: QPointF) -> int | None:
        """Return the number of the bin at a point in the widget."""
        if self._calibration is None:
            return None
        bins = range(len(self._calibration.counts))
        return next((number for number in bins if self._column(number).contains(position)), None)

    def step(self, way: int) -> None:
        """Choose the next (1) or the previous (-1) bin."""
        assert self._calibration is not None
        last = len(self._calibration.counts) - 1
        self.take(last if self.chosen is None else min(last, max(0, self.chosen + way)))

    def take(self, number: int) -> None:
        """Choose a bin as a click does."""
        self.choose(number)
        self.setAccessibleDescription(", ".join(self.describe(number)))
        self.bin_chosen.emit(number)

    def describe(self, number: int) -> list[str]:
        """Return a bin in words."""
        assert self._calibration is not None
        edges, count = self._calibration.edges, int(self._calibration.counts[number])
        said = self.tr("confidence {low:.1f} to {high:.1f} %").format(
            low=100 * edges[number], high=100 * edges[number + 1]
        )
        if not count:
            return [said, self.tr("no image")]
        confidence, accuracy = self._calibration.confidence[number], self._calibration.accuracy[number]
        return [
            said,
            images_in_words(count),
            self.tr("mean confidence {share:.2f} %").format(share=100 * confidence),
            self.tr("accuracy {share:.2f} %").format(share=100 * accuracy),
        ]

    def paint(self, painter: QPainter) -> None:
        """Paint the axes, the bins with their counts, and what is said of the bin that is pointed at."""
        assert self._calibration is not None
        tokens, axes = self._theme.tokens, self._axes
        axes.paint_rows(painter, tokens, axes.y_ticks(), self.tr("accuracy"))
        axes.paint_columns(
            painter, tokens, axes.x_ticks(), self.tr("confidence"), bottom=self._below.bottom()
        )
        for number in range(len(self._calibration.counts)):
            if number in (self.pointed, self.chosen):
                painter.fillRect(self._column(number), tokens.color("accent_soft"))
            self._paint_bin(painter, axes, number)
        painter.setPen(QPen(tokens.color("text"), 1.5, Qt.PenStyle.DashLine))
        painter.drawLine(axes.point(0, 0), axes.point(1, 1))
        self._paint_counts(painter)
        if self.pointed is not None:
            spot = self.bin_place(self.pointed)
            paint_tip(painter, tokens, self.describe(self.pointed), spot, axes.area)

    def _paint_bin(self, painter: QPainter, axes: Axes, number: int) -> None:
        assert self._calibration is not None
        if not self._calibration.counts[number]:
            return
        tokens = self._theme.tokens
        low, high = (float(edge) for edge in self._calibration.edges[number : number + 2])
        accuracy = float(self._calibration.accuracy[number])
        confidence = float(self._calibration.confidence[number])
        bar = QRectF(axes.point(low, accuracy), axes.point(high, 0)).adjusted(1, 0, -1, 0)
        painter.fillRect(bar, tokens.color("training"))
        gap = QRectF(axes.point(low, max(accuracy, confidence)), axes.point(high, min(accuracy, confidence)))
        painter.fillRect(
            gap.adjusted(1, 0, -1, 0), QBrush(tokens.color("validation"), Qt.BrushStyle.BDiagPattern)
        )
        painter.setPen(QPen(tokens.color("validation"), 2))
        painter.drawLine(axes.point(low, confidence), axes.point(high, confidence))

    def _paint_counts(self, painter: QPainter) -> None:
        """Paint how many images each bin has, on a logarithmic scale, and write it above."""
        assert self._calibration is not None
        tokens, below = self._theme.tokens, self._below
        top = math.log10(max(10, int(self._calibration.counts.max())) + 1)
        painter.setFont(font(CAPTION_PT - 1, tabular=True))
        line = painter.fontMetrics().height()
        for number, count in enumerate(self._calibration.counts.tolist()):
            column = self._column(number).adjusted(1, 0, -1, 0)
            if not count:
                continue
            height = math.log10(count + 1) / top * (below.height() - line)
            bar = QRectF(column.left(), below.bottom() - height, column.width(), height)
            painter.fillRect(bar, tokens.color("border"))
            painter.setPen(tokens.color("muted"))
            rect = QRectF(column.left() - 8, bar.top() - line, column.width() + 16, line)
            painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, short_count(count))
        painter.setPen(tokens.color("muted"))
        painter.setFont(font(CAPTION_PT))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(QRectF(0, below.top(), LEFT_PX - STEP_PX, below.height()), right, self.tr("images"))


def short_count(count: int) -> str:
    """Return a count in at most four signs: 999, 1.3k, 13k."""
    if count < 1000:
        return f"{count}"
    return f"{count / 1000:.1f}k" if count < 9950 else f"{count / 1000:.0f}k"
