"""Paints what a network sees: the image, the first filters, the maps, and the answers so far."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from cnn_studio.ui.interpretability.array_pictures import draw_pixels
from cnn_studio.ui.interpretability.epochs_chart import EpochsChart
from cnn_studio.ui.live_view.live_looker import LiveSnapshot, LookResult
from cnn_studio.ui.style.theme import CAPTION_PT, STEP_PX, Theme, font

TITLE_PX = 20.0
GAP_PX = 2.0 * STEP_PX
SHARES_BESIDE, SHARES_ABOVE = (0.17, 0.2, 0.25), (0.26, 0.3, 0.38)
"""Of the width, at most, for picture, filters and maps: with the chart beside them, and above it."""
HIGH_PX, CHART_SHARE = 240, 0.42


class LiveCanvas(QWidget):
    """Four panels side by side.

    Signals:
        pointed: A network was chosen by a click on the chart, by its position.
        resized: There is another amount of room.
    """

    pointed = Signal(int)
    resized = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("watchSheet")
        self._theme = theme
        self.snapshot: LiveSnapshot | None = None
        self.text = ""
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(600, 160)

    def minimumSizeHint(self) -> QSize:
        return QSize(400, 112)

    def show_snapshot(self, snapshot: LiveSnapshot | None, text: str) -> None:
        """Show something and say what it answers, or the sentence that replaces it."""
        self.snapshot, self.text = snapshot, text
        self.update()

    def panels(self) -> tuple[QRectF, QRectF, QRectF, QRectF]:
        """Return the room of picture, filters, maps and chart, below their titles.

        They stand side by side; where it is high enough, the chart stands below the others.
        """
        room = QRectF(self.rect()).adjusted(1, TITLE_PX, -1, -1)
        high = room.height() >= HIGH_PX
        chart = QRectF(room)
        if high:
            chart.setTop(room.bottom() - CHART_SHARE * room.height())
            room.setBottom(chart.top() - TITLE_PX - STEP_PX)
        picture, filters, maps = SHARES_ABOVE if high else SHARES_BESIDE
        widths = [min(room.height(), picture * room.width()), filters * room.width(), maps * room.width()]
        rooms, left = [], room.left()
        for width in widths:
            rooms.append(QRectF(left, room.top(), width, room.height()))
            left += width + GAP_PX
        if high:
            rooms[2].setRight(room.right())
        else:
            chart.setLeft(left)
        return rooms[0], rooms[1], rooms[2], chart

    def chart(self) -> EpochsChart:
        """Return the chart as it is painted."""
        assert self.snapshot is not None
        area = self.panels()[3]
        return EpochsChart(self._theme, self.snapshot.chart, area, self.snapshot.position, self.tr("now"))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, tokens = QPainter(self), self._theme.tokens
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.snapshot is None:
            painter.setPen(tokens.color("muted"))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(16, 0, -16, 0), flags, self.text)
            return
        picture, filters, maps, chart = self.panels()
        snapshot = self.snapshot
        self._title(painter, picture, snapshot.label or self.tr("your drawing"))
        square = QRectF(
            picture.left(), picture.top(), picture.width(), min(picture.width(), picture.height())
        )
        position = draw_pixels(painter, square, snapshot.picture)
        painter.setPen(QPen(tokens.color("hairline"), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(position)
        self._paint_sheaf(painter, filters, snapshot.filters, self.tr("Filters"))
        self._paint_sheaf(painter, maps, snapshot.maps, self.tr("Maps"))
        self._title(painter, chart, self.tr("Answer · {reading}").format(reading=self.text))
        self.chart().paint(painter)

    def _title(self, painter: QPainter, room: QRectF, text: str) -> None:
        painter.setFont(font(CAPTION_PT))
        painter.setPen(self._theme.tokens.color("muted"))
        whole = QFontMetricsF(painter.font()).elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        area = QRectF(room.left(), room.top() - TITLE_PX, room.width(), TITLE_PX)
        painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, whole)

    def _paint_sheaf(self, painter: QPainter, room: QRectF, sheaf: LookResult | None, name: str) -> None:
        if sheaf is None:
            self._title(painter, room, name)
            painter.setPen(self._theme.tokens.color("muted"))
            flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap
            painter.drawText(room, flags, self.tr("no convolution"))
            return
        height, width, count = sheaf.shape
        whole = f"{count // sheaf.channels} × {sheaf.channels}" if sheaf.channels > 1 else f"{count}"
        counted = whole if sheaf.shown == count else f"{sheaf.shown} / {whole}"
        self._title(painter, room, f"{name} · {counted} · {height} × {width}")
        painter.drawImage(QPointF(room.topLeft()), sheaf.picture)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if self.snapshot is not None and self.chart().plot.contains(event.position()):
            self.pointed.emit(self.chart().position_at(event.position().x()))

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.tip_at(QPointF(event.pos())), self)
            return True
        return super().event(event)

    def tip_at(self, point: QPointF) -> str:
        """Return the tooltip at a position."""
        if self.snapshot is None:
            return ""
        picture, filters, maps, chart = self.panels()
        if filters.contains(point):
            return self.tr(
                "The first convolution's filters as they are at that epoch; blue adds, orange subtracts"
            )
        if maps.contains(point):
            return self.tr("What the chosen convolution makes of the picture at that epoch")
        if picture.contains(point):
            return self.tr("What enters the network")
        return self.tr("Click to see the network as it was then") if chart.contains(point) else ""
