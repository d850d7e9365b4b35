"""Where the cells of a confusion matrix are in its widget, at full size and small."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSizeF
from PySide6.QtGui import QFontMetricsF

from cnn_studio.ui.style.theme import CAPTION_PT, STEP_PX, font

NAMES_PX = 84
"""The room of slanted names below the cells."""
TOTAL_PX = 22
"""The height of the sums below the columns."""
GAP_PX = 4
TITLE_PX = 24.0
"""The height of a small matrix's title."""
LONGEST_NAME_PX = 72.0
"""The room of a small matrix's names."""


@dataclass(frozen=True)
class Grid:
    """Where the cells are.

    Attributes:
        area: The square of all cells.
        classes: How many there are a side.
        widest_px: The width of the longest name.
        totals_px: The width of the sums beside the rows.
    """

    area: QRectF
    classes: int
    widest_px: float
    totals_px: float

    @property
    def upright(self) -> bool:
        """Whether the names below are short enough to stand upright."""
        return self.widest_px < 24

    @property
    def side(self) -> float:
        """The side of one cell."""
        return self.area.width() / max(1, self.classes)

    def cell(self, true: int, predicted: int) -> QRectF:
        """Return a cell's square."""
        side = self.side
        return QRectF(self.area.left() + predicted * side, self.area.top() + true * side, side, side)

    def row_total(self, true: int) -> QRectF:
        """Return the rectangle of a row's sum."""
        return QRectF(
            self.area.right() + GAP_PX, self.area.top() + true * self.side, self.totals_px, self.side
        )

    def column_total(self, predicted: int) -> QRectF:
        """Return the rectangle of a column's sum."""
        left = self.area.left() + predicted * self.side
        return QRectF(left, self.area.bottom() + GAP_PX, self.side, TOTAL_PX)


def grid_for(classes: tuple[str, ...], largest: int, size: QSizeF) -> Grid:
    """Lay the cells out; every name is measured, so keep what it returns.

    Args:
        classes: Their names.
        largest: The largest sum of a row or column.
        size: The widget's.
    """
    metrics = QFontMetricsF(font(CAPTION_PT, tabular=True))
    names = max((metrics.horizontalAdvance(name) for name in classes), default=0.0)
    totals = metrics.horizontalAdvance(f"{largest:,}") + STEP_PX
    left = min(names, size.width() * 0.22) + 4 * STEP_PX
    bottom = (metrics.height() if names < 24 else min(names, float(NAMES_PX))) + 4 * STEP_PX
    bottom += GAP_PX + TOTAL_PX
    right = totals + GAP_PX + 9 * STEP_PX
    side = max(1.0, min(size.width() - left - right, size.height() - bottom - STEP_PX))
    return Grid(QRectF(left, STEP_PX, side, side), len(classes), names, totals)


def small_grid_for(classes: tuple[str, ...], size: QSizeF) -> Grid:
    """Lay the cells out below a title, with their names and nothing else; keep what it returns.

    Args:
        classes: Their names.
        size: The widget's.
    """
    metrics = QFontMetricsF(font(CAPTION_PT))
    widest = max(map(metrics.horizontalAdvance, classes), default=0.0)
    left = min(widest, LONGEST_NAME_PX) + STEP_PX
    below = metrics.height() if widest < 24 else min(widest, LONGEST_NAME_PX)
    side = max(1.0, min(size.width() - left - STEP_PX, size.height() - TITLE_PX - below - STEP_PX))
    return Grid(QRectF(left, TITLE_PX, side, side), len(classes), widest, 0.0)
