"""The drawn network: clicked, moved with the mouse, enlarged with the wheel."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QSize, Qt
from PySide6.QtGui import (
    QFocusEvent,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QToolTip, QWidget

from cnn_studio.core.network.network import Path
from cnn_studio.ui.model.diagram_layout import DiagramLayout, diagram_layout
from cnn_studio.ui.model.diagram_painting import paint_plan
from cnn_studio.ui.model.layer_rows import rows_of
from cnn_studio.ui.model.layer_text import shape_text
from cnn_studio.ui.model.network_editor import NetworkEditor
from cnn_studio.ui.style.theme import STEP_PX, Theme

LEAST_SCALE, FITTED_LEAST, FITTED_MOST, MOST_SCALE = 0.15, 0.45, 1.5, 4.0
ZOOM_STEP = 1.2


class NetworkDiagram(QWidget):
    """Left and Right select the layer before and behind, + and - enlarge and reduce, 0 shows all."""

    def __init__(self, theme: Theme, editor: NetworkEditor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("networkDiagram")
        self.setAccessibleName(self.tr("Drawing of the network"))
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._theme, self._editor = theme, editor
        self._hovered: Path | None = None
        self._pressed: QPointF | None = None
        self._moved = False
        self._fitted = True
        self._scale, self._offset = 1.0, QPointF()
        self.plan: DiagramLayout = DiagramLayout()
        editor.changed.connect(self._lay_out)
        editor.selected.connect(self._show_selection)
        theme.changed.connect(self.update)
        self._lay_out()

    def sizeHint(self) -> QSize:
        return QSize(640, 260)

    def minimumSizeHint(self) -> QSize:
        return QSize(320, 176)

    def _lay_out(self) -> None:
        rows = rows_of(self._editor.layers, self._editor.network)
        self.plan = diagram_layout(rows, self._editor.network.input_shape)
        lines = [row.layer.describe() for row in rows]
        self.setAccessibleDescription(", ".join(lines))
        if self._fitted:
            self.fit()
        self.update()

    def fit(self) -> None:
        """Show all of it, as large as there is room; a long one from its start."""
        area = self.plan.area
        if area.isEmpty():
            return
        room = min(self.width() / area.width(), self.height() / area.height())
        self._scale = min(
            max(room, FITTED_LEAST), FITTED_MOST, max(self.height() / area.height(), LEAST_SCALE)
        )
        left = max((self.width() - area.width() * self._scale) / 2, 0.0)
        top = (self.height() - area.height() * self._scale) / 2
        self._offset = QPointF(left, top) - area.topLeft() * self._scale
        self._fitted = True
        self._reach_selection()
        self.update()

    def zoom(self, factor: float, around: QPointF | None = None) -> None:
        """Enlarge or reduce, so that what is at a point stays there."""
        point = around or QPointF(self.width() / 2, self.height() / 2)
        scale = min(max(self._scale * factor, LEAST_SCALE), MOST_SCALE)
        self._offset = point - (point - self._offset) * (scale / self._scale)
        self._scale = scale
        self._fitted = False
        self.update()

    def position_of(self, path: Path) -> QPointF:
        """Return where the middle of a layer's volume is on the widget."""
        volume = next(volume for volume in self.plan.volumes if volume.path == path)
        return volume.front.center() * self._scale + self._offset

    def _show_selection(self) -> None:
        self._reach_selection()
        self.update()

    def _reach_selection(self) -> None:
        """Move a long network so that the selected layer is seen."""
        path = self._editor.selection
        if path is None or not any(volume.path == path for volume in self.plan.volumes):
            return
        at, margin = self.position_of(path).x(), 8.0 * STEP_PX
        if not margin <= at <= self.width() - margin:
            area = self.plan.area
            target = self._offset.x() + self.width() / 2 - at
            least = self.width() - area.right() * self._scale
            most = -area.left() * self._scale
            if least < most:
                self._offset.setX(min(max(target, least), most))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._fitted:
            self.fit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.save()
        painter.translate(self._offset)
        painter.scale(self._scale, self._scale)
        paint_plan(painter, self.plan, self._theme.tokens, self._editor.selection, self._hovered)
        painter.restore()
        if self.hasFocus():
            painter.setPen(QPen(self._theme.tokens.color("accent"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), 6, 6)
        painter.end()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()

    def _path_at(self, point: QPointF) -> Path | None:
        return self.plan.path_at((point - self._offset) / self._scale)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._moved = event.position(), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None:
            hovered = self._path_at(event.position())
            if hovered != self._hovered:
                self._hovered = hovered
                self.setCursor(
                    Qt.CursorShape.PointingHandCursor if hovered else Qt.CursorShape.OpenHandCursor
                )
                self.update()
            return
        way = event.position() - self._pressed
        if self._moved or way.manhattanLength() >= QApplication.startDragDistance():
            self._moved, self._fitted = True, False
            self._offset += way
            self._pressed = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._pressed is not None and not self._moved:
            path = self._path_at(event.position())
            if path is not None:
                self._editor.select(path)
        self._pressed = None
        self.setCursor(Qt.CursorShape.OpenHandCursor)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if self._path_at(event.position()) is None:
            self.fit()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._hovered = None
        self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.zoom(ZOOM_STEP ** (event.angleDelta().y() / 120), event.position())
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._step(1 if key == Qt.Key.Key_Right else -1)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(ZOOM_STEP)
        elif key == Qt.Key.Key_Minus:
            self.zoom(1 / ZOOM_STEP)
        elif key == Qt.Key.Key_0:
            self.fit()
        else:
            super().keyPressEvent(event)

    def _step(self, way: int) -> None:
        paths = [volume.path for volume in self.plan.volumes if volume.path is not None]
        if not paths:
            return
        there = self._editor.selection
        index = paths.index(there) + way if there in paths else 0
        if 0 <= index < len(paths):
            self._editor.select(paths[index])

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            path = self._path_at(QPointF(event.pos()))
            volume = next((one for one in self.plan.volumes if path and one.path == path), None)
            if volume is None:
                QToolTip.hideText()
            else:
                shape = "" if volume.shape is None else f"\n{shape_text(volume.shape)}"
                QToolTip.showText(event.globalPos(), f"{volume.label}{shape}", self)
            return True
        return super().event(event)
