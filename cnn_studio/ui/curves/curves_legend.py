"""Which further run is which line: names beside pieces of their lines, in as many rows as there is room for."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnn_studio.ui.charts.readout import SAMPLE_PX, paint_sample
from cnn_studio.ui.curves.curve_lines import further_style
from cnn_studio.ui.curves.curves_data import CurvesData
from cnn_studio.ui.style.theme import CAPTION_PT, STEP_PX, Theme, font

ROW_PX = 20
MOST_ROWS = 2
MOST_IN_TIP = 30
WIDEST_NAME_PX = 220.0

Place = tuple[str, int, float]


class CurvesLegend(QWidget):
    """The names of the further runs; hidden where there are none."""

    def __init__(self, data: CurvesData, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("curvesLegend")
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._data, self._theme = data, theme
        self._names: list[str] = []
        data.changed.connect(self._take)
        theme.changed.connect(self.update)
        self.hide()

    def heightForWidth(self, width: int) -> int:
        positions, rest = self._positions(width)
        return ROW_PX * (1 + max([row for _, row, _ in [*positions, *rest]], default=0))

    def sizeHint(self) -> QSize:
        return QSize(240, ROW_PX)

    def _take(self) -> None:
        names = [run.name for run in self._data.further]
        if names == self._names:
            return
        self._names = names
        self.setAccessibleName(self.tr("Further runs: {names}").format(names=", ".join(names)))
        more = [self.tr("and {count} more").format(count=len(names) - MOST_IN_TIP)]
        self.setToolTip("\n".join(names[:MOST_IN_TIP] + more * (len(names) > MOST_IN_TIP)))
        self.setVisible(bool(names))
        self.updateGeometry()
        self.update()

    def _positions(self, width: int) -> tuple[list[Place], list[Place]]:
        """Return text, row and left edge of each name, and of what says how many have no room."""
        metrics = QFontMetricsF(font(CAPTION_PT))
        placed: list[Place] = []
        row, left = 0, float(STEP_PX)
        for number, name in enumerate(self._names):
            text = metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, WIDEST_NAME_PX)
            taken = SAMPLE_PX + STEP_PX + metrics.horizontalAdvance(text) + 2 * STEP_PX
            more = self.tr("and {count} more").format(count=len(self._names) - number)
            last = row == MOST_ROWS - 1 and number < len(self._names) - 1
            needed = taken + last * metrics.horizontalAdvance(more)
            if left + needed > width and left > STEP_PX:
                if row == MOST_ROWS - 1:
                    return placed, [(more, row, left)]
                row, left = row + 1, float(STEP_PX)
            placed.append((text, row, left))
            left += taken
        return placed, []

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = self._theme.tokens
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font(CAPTION_PT))
        positions, rest = self._positions(self.width())
        for number, (text, row, left) in enumerate(positions):
            room = QRectF(left, row * ROW_PX, self.width() - left, ROW_PX)
            paint_sample(painter, room, *further_style(number, tokens))
            painter.setPen(tokens.color("text"))
            painter.drawText(room.adjusted(SAMPLE_PX + STEP_PX, 0, 0, 0), Qt.AlignmentFlag.AlignVCenter, text)
        painter.setPen(tokens.color("muted"))
        for text, row, left in rest:
            room = QRectF(left, row * ROW_PX, self.width() - left, ROW_PX)
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, text)
