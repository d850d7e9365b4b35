"""How a cell of the table of runs is painted and written into."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import QLineEdit, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from cnn_studio.core.runs.run_columns import FIELDS, RunColumn
from cnn_studio.core.runs.run_table import RunRow
from cnn_studio.core.runs.seed_groups import SeedGroup
from cnn_studio.ui.runs.run_model import STATUS, Line, RunModel
from cnn_studio.ui.style.theme import STEP_PX, Theme, font

ROW_PX = 4 * STEP_PX
ICON_PX = 2 * STEP_PX
ICONS = {
    "training": ("progress-clock", "accent"),
    "unfinished": ("history", "warn"),
    "finished": ("check-circle-outline", "good"),
    "stopped": ("stop-circle-outline", "muted"),
    "failed": ("close-circle-outline", "bad"),
    "damaged": ("alert-outline", "bad"),
}
"""Icon and color of a state; the word stands beside it."""
MAIN = ("name", "test")
"""The fields in the text's color; the others are muted."""


class RunCells(QStyledItemDelegate):
    """Paints one cell."""

    def __init__(self, theme: Theme, model: RunModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme, self._model = theme, model
        self._plain, self._bold = font(tabular=True), font(bold=True)
        theme.changed.connect(self._take_theme)
        self._take_theme()

    def _take_theme(self) -> None:
        tokens = self._theme.tokens
        self._colors = {
            name: tokens.color(name) for name in ("text", "muted", "bad", "warn", "accent", "accent_soft")
        }
        self._icons = {state: self._theme.icon(*icon) for state, icon in ICONS.items()}
        self._star = self._theme.icon("star", "warn")
        self._hollow = self._theme.icon("star-outline", "border")

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(FIELDS[index.column()].width_px, ROW_PX)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        line, field = self._model.line(index), FIELDS[index.column()]
        if line is None:
            return
        area: QRect = option.rect
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(area, self._colors["accent_soft"])
        if field.name == "star":
            self._paint_star(painter, area, line)
            return
        if unreadable(line) and field.name != "name":
            return  # the view writes what is wrong across these columns
        area = area.adjusted(STEP_PX, 0, -STEP_PX, 0)
        if field.name == "status":
            self._paint_state(painter, area, line, field)
            return
        chosen = self._bold if isinstance(line, SeedGroup) and field.name == "name" else self._plain
        painter.setFont(chosen)
        text = self._model.text(line, field)
        side = Qt.AlignmentFlag.AlignRight if field.numeric else Qt.AlignmentFlag.AlignLeft
        side |= Qt.AlignmentFlag.AlignVCenter
        metrics = QFontMetrics(chosen)
        if field.name == "test":
            self._paint_accuracy(painter, area, text, metrics)
            return
        painter.setPen(self._color(line, field.name))
        painter.drawText(area, side, metrics.elidedText(text, Qt.TextElideMode.ElideRight, area.width()))

    def _paint_star(self, painter: QPainter, area: QRect, line: Line) -> None:
        if isinstance(line, RunRow) and line.record is not None:
            icon = self._star if line.record.starred else self._hollow
            square = QRect(0, 0, ICON_PX + 2, ICON_PX + 2)
            square.moveCenter(area.center())
            icon.paint(painter, square)

    def _paint_state(self, painter: QPainter, area: QRect, line: Line, field: RunColumn) -> None:
        state = line.state if isinstance(line, RunRow) else _state_of(line)
        if state:
            top = area.center().y() - ICON_PX // 2 + 1
            self._icons[state].paint(painter, QRect(area.left(), top, ICON_PX, ICON_PX))
        area = area.adjusted(ICON_PX + STEP_PX // 2, 0, 0, 0)
        painter.setFont(self._plain)
        painter.setPen(self._color(line, field.name))
        text = QFontMetrics(self._plain).elidedText(
            self._model.text(line, field), Qt.TextElideMode.ElideRight, area.width()
        )
        painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, text)

    def _paint_accuracy(self, painter: QPainter, area: QRect, text: str, metrics: QFontMetrics) -> None:
        """Paint an accuracy, and its interval in muted text where there is room for both."""
        figure, space, rest = text.partition(" (")
        rest = space + rest
        wide, narrow = metrics.horizontalAdvance(text), metrics.horizontalAdvance(rest)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if wide <= area.width():
            painter.setPen(self._colors["muted"])
            painter.drawText(area, right, rest)
            area = area.adjusted(0, 0, -narrow, 0)
        painter.setPen(self._colors["text"])
        painter.drawText(area, right, metrics.elidedText(figure, Qt.TextElideMode.ElideRight, area.width()))

    def paint_problem(self, painter: QPainter, area: QRect, row: RunRow) -> None:
        """Paint what is wrong with a run that cannot be read, across the columns that have nothing to say."""
        self._paint_state(painter, area.adjusted(STEP_PX, 0, -STEP_PX, 0), row, FIELDS[STATUS])

    def _color(self, line: Line, field: str) -> QColor:
        if field == "status" and isinstance(line, RunRow):
            if line.state in ("damaged", "failed"):
                return self._colors["bad"]
            if line.state == "unfinished":
                return self._colors["warn"]
        return self._colors["text" if field in MAIN else "muted"]

    def createEditor(
        self, parent: QWidget, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QWidget:
        editor = QLineEdit(parent)
        editor.setObjectName("runCellEditor")
        editor.setAccessibleName(self.tr(FIELDS[index.column()].title))
        editor.setMaxLength(500)
        return editor

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        editor.setGeometry(option.rect.adjusted(0, -2, 0, 2))


def unreadable(line: Line) -> bool:
    """Whether a line is a run folder of which nothing but its name is known."""
    return isinstance(line, RunRow) and line.record is None and bool(line.problem)


def _state_of(group: SeedGroup) -> str:
    """Return the state that all runs of a group have, or nothing."""
    states = {row.state for row in group.rows}
    return states.pop() if len(states) == 1 else ""
