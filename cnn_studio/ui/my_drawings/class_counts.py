"""How many drawings each class has, as bars; a click shows only those."""

from __future__ import annotations

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetricsF, QPainter
from PySide6.QtWidgets import QListView, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from cnn_studio.ui.style.theme import STEP_PX, Theme, font
from cnn_studio.ui.widgets.row_background import paint_row_background

Index = QModelIndex | QPersistentModelIndex
ROW_PX = 30
BAR_PX = 4


class CountsModel(QAbstractListModel):
    """A row for all drawings, then one a class."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: list[tuple[str | None, int]] = [(None, 0)]

    def show(self, counts: dict[str, int]) -> None:
        """Replace the classes and their counts."""
        self.beginResetModel()
        self.rows = [(None, sum(counts.values())), *counts.items()]
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid():
            return None
        name, count = self.rows[index.row()]
        if role == Qt.ItemDataRole.UserRole:
            return (self.tr("All") if name is None else name, count)
        if role in (
            Qt.ItemDataRole.DisplayRole,
            Qt.ItemDataRole.AccessibleTextRole,
            Qt.ItemDataRole.ToolTipRole,
        ):
            return f"{self.tr('All') if name is None else name}: {count:,}"
        return None


class ClassCountPainter(QStyledItemDelegate):
    """Draws a class, its count, and a bar as long as its share of the most frequent one."""

    def __init__(self, theme: Theme, view: QWidget) -> None:
        super().__init__(view)
        self._theme = theme

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model = index.model()
        assert isinstance(model, CountsModel)
        name, count = index.data(Qt.ItemDataRole.UserRole)
        tokens = self._theme.tokens
        painter.save()
        area, chosen = paint_row_background(painter, option, tokens)
        inner = area.adjusted(STEP_PX, 0, -STEP_PX, -BAR_PX - 2)
        painter.setFont(font(tabular=True))
        figures = f"{count:,}"
        width = QFontMetricsF(painter.font()).horizontalAdvance(figures) + STEP_PX
        middle, right = Qt.AlignmentFlag.AlignVCenter, Qt.AlignmentFlag.AlignRight
        painter.setPen(tokens.color("muted"))
        painter.drawText(inner, middle | right, figures)
        painter.setFont(font(bold=chosen))
        painter.setPen(tokens.color("text"))
        text = QFontMetricsF(painter.font()).elidedText(
            name, Qt.TextElideMode.ElideMiddle, inner.width() - width
        )
        painter.drawText(inner, middle, text)
        if index.row():
            most = max(count for _, count in model.rows[1:])
            bar = QRectF(inner.left(), area.bottom() - BAR_PX - 2, inner.width(), BAR_PX)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tokens.color("hairline"))
            painter.drawRoundedRect(bar, BAR_PX / 2, BAR_PX / 2)
            bar.setWidth(max(BAR_PX, bar.width() * count / most))
            painter.setBrush(tokens.color("accent"))
            painter.drawRoundedRect(bar, BAR_PX / 2, BAR_PX / 2)
        painter.restore()


class ClassCounts(QListView):
    """The classes of the kept drawings.

    Signals:
        chosen: The label whose drawings are to be shown; None for all.
    """

    chosen = Signal(object)

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("classCounts")
        self.setAccessibleName(self.tr("Drawings per class"))
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._model = CountsModel(self)
        self.setModel(self._model)
        self.setItemDelegate(ClassCountPainter(theme, self))
        self.label: str | None = None
        self.show_counts({})
        self.selectionModel().currentChanged.connect(lambda index: self._choose(index.row()))
        theme.changed.connect(self.viewport().update)

    def show_counts(self, counts: dict[str, int]) -> None:
        """Show counts; the chosen class stays chosen while it has a drawing."""
        label = self.label if self.label in counts else None
        self._model.show(counts)
        row = next(row for row, (name, _) in enumerate(self._model.rows) if name == label)
        self.setCurrentIndex(self._model.index(row, 0))

    def _choose(self, row: int) -> None:
        label = self._model.rows[row][0] if row >= 0 else None
        if label != self.label:
            self.label = label
            self.chosen.emit(label)
