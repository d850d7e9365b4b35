"""Bars of how many images each class has, training, validation and test side by side, and its mean image."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractScrollArea, QFrame, QWidget

from cnn_studio.ui.charts.chart import paint_hint
from cnn_studio.ui.data.dataset_facts import PARTS, Part
from cnn_studio.ui.style.theme import CAPTION_PT, STEP_PX, Theme, font
from cnn_studio.ui.widgets.image_tiles import as_image

ROW_PX = 64
MEAN_PX = 48
BAR_PX = 12
GAP_PX = 3
NAME_PX = 112
TOKENS: dict[Part, str] = {"train": "training", "validation": "validation", "test": "good"}

Counts = dict[Part, tuple[int, ...]]


class ClassChart(QAbstractScrollArea):
    """One row per class; only the rows in view are painted."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("classChart")
        self.setAccessibleName(self.tr("Images per class"))
        self.setAccessibleDescription(self.tr("The same figures are in the table"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._theme = theme
        self._classes: tuple[str, ...] = ()
        self._counts: Counts = {}
        self._means: NDArray[np.uint8] | None = None
        self.hint = ""
        theme.changed.connect(self.viewport().update)

    def show_counts(self, classes: tuple[str, ...], counts: Counts) -> None:
        """Show how many images of each class every part has."""
        self._classes, self._counts = classes, counts
        self._measure()
        self.viewport().update()

    def show_means(self, means: NDArray[np.uint8] | None) -> None:
        """Show the mean images, (classes, height, width, channels) uint8; None while they are not known."""
        self._means = means
        self.viewport().update()

    def bar_px(self, part: Part, label: int) -> float:
        """Return how long a bar is."""
        most = max((max(counts, default=0) for counts in self._counts.values()), default=0)
        count = self._counts[part][label]
        return max(2.0, self._room * count / most) if count else 0.0

    @property
    def _room(self) -> float:
        """The length of the longest bar: what names, pictures and figures leave."""
        return max(40.0, self.viewport().width() - MEAN_PX - NAME_PX - 72 - 4 * STEP_PX)

    def _measure(self) -> None:
        bar = self.verticalScrollBar()
        bar.setRange(0, max(0, len(self._classes) * ROW_PX - self.viewport().height()))
        bar.setPageStep(self.viewport().height())
        bar.setSingleStep(ROW_PX // 2)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._measure()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if not self._classes:
            paint_hint(painter, self._theme.tokens, self.viewport().rect(), self.hint)
            return
        scrolled = self.verticalScrollBar().value()
        first = scrolled // ROW_PX
        last = min(len(self._classes), (scrolled + self.viewport().height()) // ROW_PX + 1)
        for label in range(first, last):
            self._paint_row(painter, label, label * ROW_PX - scrolled)

    def _paint_row(self, painter: QPainter, label: int, top: int) -> None:
        tokens = self._theme.tokens
        picture = QRectF(0, top + (ROW_PX - MEAN_PX) / 2, MEAN_PX, MEAN_PX)
        if self._means is None:
            painter.fillRect(picture, tokens.color("hairline"))
        else:
            drawn = as_image(self._means[label])
            side = MEAN_PX / max(drawn.width(), drawn.height())
            area = QRectF(0, 0, drawn.width() * side, drawn.height() * side)
            area.moveCenter(picture.center())
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(area, drawn)
        painter.setFont(font(bold=True))
        painter.setPen(tokens.color("text"))
        name = QRectF(MEAN_PX + 2 * STEP_PX, top, NAME_PX - 2 * STEP_PX, ROW_PX)
        short = QFontMetricsF(painter.font()).elidedText(
            self._classes[label], Qt.TextElideMode.ElideMiddle, name.width()
        )
        painter.drawText(name, Qt.AlignmentFlag.AlignVCenter, short)
        painter.setFont(font(CAPTION_PT, tabular=True))
        left = MEAN_PX + NAME_PX + STEP_PX
        y = top + (ROW_PX - 3 * BAR_PX - 2 * GAP_PX) / 2
        for part in PARTS:
            length = self.bar_px(part, label)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tokens.color(TOKENS[part]))
            painter.drawRoundedRect(QRectF(left, y, length, BAR_PX), 2, 2)
            painter.setPen(tokens.color("muted"))
            painter.drawText(
                QRectF(left + length + STEP_PX, y - 3, 72, BAR_PX + 6),
                Qt.AlignmentFlag.AlignVCenter,
                f"{self._counts[part][label]:,}",
            )
            y += BAR_PX + GAP_PX


class ClassLegend(QWidget):
    """What the colors of the bars mean."""

    def __init__(self, theme: Theme, names: dict[Part, str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._names = theme, names
        self.setMinimumHeight(3 * STEP_PX)
        self.setAccessibleName(", ".join(names.values()))
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font())
        metrics, x = QFontMetricsF(painter.font()), 0.0
        for part, name in self._names.items():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.tokens.color(TOKENS[part]))
            painter.drawRoundedRect(QRectF(x, (self.height() - BAR_PX) / 2, BAR_PX, BAR_PX), 2, 2)
            painter.setPen(self._theme.tokens.color("text"))
            width = metrics.horizontalAdvance(name) + 4
            painter.drawText(
                QRectF(x + BAR_PX + STEP_PX, 0, width, self.height()), Qt.AlignmentFlag.AlignVCenter, name
            )
            x += BAR_PX + width + 3 * STEP_PX
