"""Each class's probability over the epochs of a run, painted."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen, QPolygonF

from cnn_studio.core.drawing.replay import Flip, flips
from cnn_studio.ui.charts.axes import Axes
from cnn_studio.ui.style.theme import CAPTION_PT, STEP_PX, Theme, font

MOST_LINES = 4
LEAST_SHARE = 0.05
"""A class whose probability never reaches so much gets no line, unless it is the only other one."""
LINES: tuple[tuple[str, tuple[float, ...]], ...] = (
    ("accent", ()),
    ("validation", (4, 2)),
    ("good", (1, 2)),
    ("muted", (6, 2, 1, 2)),
)
"""A token and a dash pattern each, so that no line is known by its color alone."""
AXIS_PX, STRIP_PX, NUMBERS_PX, ROW_PX = 48.0, 22.0, 18.0, 22.0
NARROWEST_LEGEND_PX, WIDEST_LEGEND_PX = 148.0, 168.0
MOST_DOTTED = 40
"""Epochs up to which each gets a dot."""


@dataclass(frozen=True)
class EpochsShown:
    """What is painted.

    Attributes:
        epochs: Their numbers.
        kept: The position of the network the run kept; one past the epochs where it is none of theirs,
            or where there is a network of the moment.
        shares: (networks, classes) probabilities, in the order of the epochs.
        validation: Validation accuracy by epoch, where there was one.
        bytes: What the epochs take on disk.
        classes: The names.
    """

    epochs: tuple[int, ...]
    kept: int
    shares: NDArray[np.float64]
    validation: dict[int, float]
    bytes: int
    classes: tuple[str, ...]

    @property
    def tops(self) -> list[int]:
        """The answer of each network."""
        return [int(index) for index in self.shares.argmax(axis=1)]

    @property
    def flips(self) -> list[Flip]:
        """Where the answer changed."""
        return flips(self.tops)

    def lines(self) -> list[int]:
        """Return the classes that get a line: the kept network's answer, then the others by their peaks."""
        answer, peaks = self.tops[self.kept], self.shares.max(axis=0)
        others = [int(index) for index in np.argsort(-peaks, kind="stable") if index != answer]
        risen = [index for index in others if peaks[index] >= LEAST_SHARE]
        return [answer, *(risen or others[:1])][:MOST_LINES]


@dataclass(frozen=True)
class EpochsChart:
    """A line for each class that matters, and a band with the answers.

    Attributes:
        theme: The appearance.
        shown: The figures.
        area: Where it is painted.
        position: The network that is marked.
        past: What the network past the epochs is called.
    """

    theme: Theme
    shown: EpochsShown
    area: QRectF
    position: int
    past: str

    def paint(self, painter: QPainter) -> None:
        """Paint lines, band, numbers and legend."""
        shown, plot = self.shown, self.plot
        self._paint_axes(painter, plot, shown)
        self._paint_strip(painter, plot, shown)
        lines = shown.lines()
        for index in (index for index in range(len(shown.classes)) if index not in lines):
            if shown.shares[:, index].max() >= LEAST_SHARE:
                self._paint_line(painter, plot, shown, index, QPen(self.theme.tokens.color("border"), 1))
        for position, index in reversed(list(enumerate(lines))):
            self._paint_line(painter, plot, shown, index, self._pen(position))
        self._paint_position(painter, plot, shown, lines)
        self._paint_legend(painter, plot, shown, lines)

    @property
    def plot(self) -> QRectF:
        """Where the lines are painted."""
        legend = min(WIDEST_LEGEND_PX, max(NARROWEST_LEGEND_PX, 0.32 * self.area.width()))
        return self.area.adjusted(AXIS_PX, STEP_PX, -legend, -(STRIP_PX + NUMBERS_PX + STEP_PX / 2))

    def x_of(self, plot: QRectF, position: float) -> float:
        """Return where a network stands: in the middle of its share of the width."""
        return plot.left() + (position + 0.5) / len(self.shown.shares) * plot.width()

    def position_at(self, x: float) -> int:
        """Return the network at an x coordinate."""
        count = len(self.shown.shares)
        return min(count - 1, max(0, int((x - self.plot.left()) / max(1.0, self.plot.width()) * count)))

    def _pen(self, line: int) -> QPen:
        token, dashes = LINES[line]
        pen = QPen(self.theme.tokens.color(token), 2.5 if line == 0 else 2)
        if dashes:
            pen.setDashPattern(dashes)
        return pen

    def _paint_axes(self, painter: QPainter, plot: QRectF, shown: EpochsShown) -> None:
        tokens = self.theme.tokens
        axes = Axes(plot)
        axes.paint_rows(painter, tokens, [(share, text if share else "0") for share, text in axes.y_ticks(3)])
        painter.setPen(QPen(tokens.color("border"), 1, Qt.PenStyle.DotLine))
        for flip in shown.flips:
            x = self.x_of(plot, flip.position - 0.5)
            painter.drawLine(QPointF(x, plot.top()), QPointF(x, plot.bottom()))

    def _paint_strip(self, painter: QPainter, plot: QRectF, shown: EpochsShown) -> None:
        """Paint the answer of every network as a band, and the numbers of the epochs below it."""
        tokens, count = self.theme.tokens, len(shown.shares)
        top = plot.bottom() + STEP_PX / 2
        begins = [0, *(flip.position for flip in shown.flips), count]
        metrics = QFontMetricsF(font(CAPTION_PT))
        for begin, end in pairwise(begins):
            left, right = self.x_of(plot, begin - 0.5), self.x_of(plot, end - 0.5)
            band = QRectF(left, top, right - left - 1, STRIP_PX - 2)
            same = shown.tops[begin] == shown.tops[shown.kept]
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tokens.color("accent_soft" if same else "hairline"))
            painter.drawRoundedRect(band, 3, 3)
            painter.setFont(font(CAPTION_PT))
            painter.setPen(tokens.color("text"))
            name = metrics.elidedText(
                shown.classes[shown.tops[begin]], Qt.TextElideMode.ElideRight, band.width()
            )
            painter.drawText(band, Qt.AlignmentFlag.AlignCenter, name)
        every = max(1, int(np.ceil(count * 28 / max(1.0, plot.width()))))
        for position in range(count):
            kept = position == shown.kept
            if not kept and (position % every or abs(position - shown.kept) < every):
                continue
            painter.setFont(font(CAPTION_PT, bold=kept, tabular=True))
            painter.setPen(tokens.color("text" if kept else "muted"))
            text = self.past if position == len(shown.epochs) else str(shown.epochs[position])
            room = QRectF(self.x_of(plot, position) - 20, top + STRIP_PX - 2, 40, NUMBERS_PX)
            painter.drawText(room, Qt.AlignmentFlag.AlignCenter, text)

    def _points(self, plot: QRectF, shown: EpochsShown, index: int) -> list[QPointF]:
        axes = Axes(plot)
        return [
            QPointF(self.x_of(plot, position), axes.y_of(share))
            for position, share in enumerate(shown.shares[:, index])
        ]

    def _paint_line(self, painter: QPainter, plot: QRectF, shown: EpochsShown, index: int, pen: QPen) -> None:
        points = self._points(plot, shown, index)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(pen)
        painter.drawPolyline(QPolygonF(points))
        if len(points) <= MOST_DOTTED:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(pen.color())
            for point in points:
                painter.drawEllipse(point, pen.widthF(), pen.widthF())

    def _paint_position(self, painter: QPainter, plot: QRectF, shown: EpochsShown, lines: list[int]) -> None:
        """Mark the epoch that is chosen."""
        tokens, position = self.theme.tokens, self.position
        x = self.x_of(plot, position)
        painter.setPen(QPen(tokens.color("text"), 1))
        painter.drawLine(QPointF(x, plot.top() - 4), QPointF(x, plot.bottom()))
        painter.setPen(QPen(tokens.color("text"), 1.5))
        for line, index in enumerate(lines):
            painter.setBrush(tokens.color(LINES[line][0]))
            painter.drawEllipse(self._points(plot, shown, index)[position], 4.5, 4.5)

    def _paint_legend(self, painter: QPainter, plot: QRectF, shown: EpochsShown, lines: list[int]) -> None:
        """Name the lines, with what they are at the chosen epoch."""
        tokens, left = self.theme.tokens, plot.right() + 2 * STEP_PX
        figure = QFontMetricsF(font(CAPTION_PT, tabular=True)).horizontalAdvance("100.0 %") + STEP_PX
        for line, index in enumerate(lines):
            row = QRectF(left, plot.top() + line * ROW_PX, self.area.right() - left, ROW_PX)
            painter.setPen(self._pen(line))
            painter.drawLine(QPointF(left, row.center().y()), QPointF(left + 20, row.center().y()))
            first = index == shown.tops[self.position]
            painter.setPen(tokens.color("text" if first else "muted"))
            painter.setFont(font(CAPTION_PT, bold=first))
            room = row.adjusted(20 + STEP_PX, 0, -figure, 0)
            name = QFontMetricsF(painter.font()).elidedText(
                shown.classes[index], Qt.TextElideMode.ElideMiddle, room.width()
            )
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, name)
            painter.setFont(font(CAPTION_PT, bold=first, tabular=True))
            flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
            painter.drawText(row, flags, f"{100 * shown.shares[self.position, index]:.1f} %")
