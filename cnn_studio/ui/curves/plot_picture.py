"""One plot as it is painted: a picture of the curves, and over it what follows the pointer."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPixmap, QShowEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnn_studio.core.base.axis_ticks import Counting, heights_in_view, scale_of
from cnn_studio.ui.charts.axes import Axes
from cnn_studio.ui.charts.chart import paint_focus, paint_hint
from cnn_studio.ui.curves.curve_axes import (
    BOTTOM,
    BOTTOM_WITHOUT_NUMBERS,
    LEFT,
    RIGHT,
    TOP,
    paint_axes,
    paint_best,
    paint_rate_steps,
    paint_title,
)
from cnn_studio.ui.curves.curve_lines import CurveLine, lines_of, paint_line
from cnn_studio.ui.curves.curve_readout import paint_readout, readings_at
from cnn_studio.ui.curves.curves_data import CurvesData
from cnn_studio.ui.curves.curves_view import CurvesView
from cnn_studio.ui.style.theme import CARD_RADIUS_PX, STEP_PX, Theme, font

REDRAW_MS = 200
"""At most five redraws a second, whatever comes in."""
LEAST_HEIGHT_PX = 96


class PlotPicture(QWidget):
    """The curves of one figure with axes, legend, best epoch, steps of the learning rate and a reading.

    The picture is painted anew only when data or view have changed; the reading is painted over it.

    Args:
        key: "accuracy" or "loss", the column of the history.
        title: What is drawn, with its unit.
        data: What it is drawn from.
        view: What of it is in view; shared with the other plot.
        theme: The appearance.
        numbered: Whether the epochs are written below.
    """

    def __init__(
        self,
        key: str,
        title: str,
        data: CurvesData,
        view: CurvesView,
        theme: Theme,
        *,
        numbered: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.set_numbered(numbered)
        self.setAccessibleName(title)
        self.key, self.title, self.hint = key, title, ""
        self.data, self.view, self._theme = data, view, theme
        self._lines: list[CurveLine] = []
        self._made_of: tuple[object, ...] = ()
        self._frame: Axes | None = None
        self._picture = QPixmap()
        self._stale = True
        self._rectangle: QRectF | None = None
        self._by_keys = False
        self._throttle = QTimer(self)
        self._throttle.setSingleShot(True)
        self._throttle.setInterval(REDRAW_MS)
        self._throttle.timeout.connect(self._redraw)
        data.changed.connect(self._request)
        data.replaced.connect(self._redraw)
        view.changed.connect(self._redraw)
        view.position_changed.connect(self.update)
        theme.changed.connect(self._redraw)

    def set_numbered(self, numbered: bool) -> None:
        """Write the epochs below, or leave that to the plot under this one."""
        self._numbered = numbered
        self.setMinimumHeight(LEAST_HEIGHT_PX + (BOTTOM - BOTTOM_WITHOUT_NUMBERS) * numbered)
        self._stale = True
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(640, 240)

    @property
    def points(self) -> dict[str, list[tuple[float, float]]]:
        """(epoch, value) of each finished epoch, for "training" and "validation"."""
        columns = {"training": self.key, "validation": f"val_{self.key}"}
        curves = {name: self.data.run.curve(column) for name, column in columns.items()}
        return {name: list(zip(x.tolist(), y.tolist(), strict=True)) for name, (x, y) in curves.items()}

    @property
    def best_epoch(self) -> int | None:
        """The marked epoch."""
        return self.data.run.best

    @property
    def frame(self) -> Axes | None:
        """Where positions and values stood when it was last painted."""
        return self._frame

    def _request(self) -> None:
        if not self.isVisible():
            self._stale = True
        elif not self._throttle.isActive():
            self._throttle.start()

    def _redraw(self) -> None:
        self._stale = True
        self.update()

    def showEvent(self, event: QShowEvent) -> None:
        self._stale = True

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens, ratio = self._theme.tokens, self.devicePixelRatioF()
        size = self.size() * ratio
        if self._stale or self._picture.size() != size:
            self._picture = QPixmap(size)
            self._picture.setDevicePixelRatio(ratio)
            self._picture.fill(tokens.color("surface"))
            artist = QPainter(self._picture)
            try:
                self._paint_picture(artist)
            finally:
                artist.end()  # a painter that outlives its picture ends the program
            self._stale = False
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        position = self.view.position
        if position is not None and self._frame is not None:
            readings = readings_at(self.data, self.key, position, tokens)
            paint_readout(painter, self._frame, self.data, position, readings, tokens)
        if self._rectangle is not None:
            soft = QColor(tokens.color("accent"))
            soft.setAlphaF(0.15)
            painter.setPen(QPen(tokens.color("accent"), 1))
            painter.setBrush(soft)
            painter.drawRect(self._rectangle)
        if self.hasFocus() and self._by_keys:
            paint_focus(painter, tokens, self.rect(), CARD_RADIUS_PX)

    def _paint_picture(self, painter: QPainter) -> None:
        """Paint everything but what follows the pointer."""
        tokens, data = self._theme.tokens, self.data
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        bottom = BOTTOM if self._numbered else BOTTOM_WITHOUT_NUMBERS
        area = QRectF(LEFT, TOP, self.width() - LEFT - RIGHT, self.height() - TOP - bottom)
        if not data.runs or area.width() < 1 or area.height() < 1:
            self._frame = None
            self._paint_hint(painter, area)
            return
        paint_title(painter, self.title, data, self.width(), tokens)
        self._frame = frame = self._fitted(area)
        paint_axes(painter, frame, tokens, numbered=self._numbered)
        paint_rate_steps(painter, frame, data.run, tokens, at_top=self.key == "loss")
        painter.setClipRect(area.adjusted(-STEP_PX, -2, STEP_PX, 2))
        for line in self._lines:
            paint_line(painter, line, frame)
        painter.setClipping(False)
        paint_best(painter, frame, data.run, self.key, tokens)

    def _fitted(self, area: QRectF) -> Axes:
        """Return the frame that shows what the view asks for."""
        percent = self.key == "accuracy"
        span = self.view.span or (0.0, float(self.data.epochs))
        scale = scale_of(percent, self.view.logarithmic)
        made_of = self.data.version, self.view.smoothing, self.view.batches, self._theme.tokens
        if made_of != self._made_of:  # to zoom needs no new lines
            self._made_of = made_of
            self._lines = lines_of(self.data, self.view, self.key, self._theme.tokens)
        heights = self.view.heights.get(self.key)
        if heights is None:
            curves = ((line.positions, line.values, line.trimmed) for line in self._lines)
            heights = heights_in_view(curves, span, scale, percent=percent)
        return Axes(area, span, heights, scale, Counting())

    def _paint_hint(self, painter: QPainter, area: QRectF) -> None:
        painter.setFont(font(bold=True))
        painter.setPen(self._theme.tokens.color("text"))
        painter.drawText(QRectF(STEP_PX, 4, self.width(), 24), Qt.AlignmentFlag.AlignVCenter, self.title)
        paint_hint(painter, self._theme.tokens, area, self.hint)
