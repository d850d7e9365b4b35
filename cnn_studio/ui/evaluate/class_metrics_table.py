"""The figures of each class as a table that can be sorted, shares with bars behind them."""

from __future__ import annotations

import math

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    QSize,
    QSortFilterProxyModel,
    Qt,
)
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from cnn_studio.core.base.figure_table import Entry
from cnn_studio.core.evaluation.metric_tables import wrong_of
from cnn_studio.core.evaluation.metrics import Scores
from cnn_studio.ui.style.theme import CAPTION_PT, STEP_PX, Theme, font

Index = QModelIndex | QPersistentModelIndex
SORTED = Qt.ItemDataRole.UserRole
"""The role of what a column is sorted by."""
CLASS, PRECISION, RECALL, F1, IMAGES, MISREAD, AREA = range(7)
WITH_BARS = (PRECISION, RECALL, F1)
FLOORS = (0.99, 0.95, 0.9, 0.8, 0.5)
ROW_PX = 30
WIDEST_PX = 160


class ClassMetricsModel(QAbstractTableModel):
    """One row a class, in the order of their numbers."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: list[tuple[Entry, ...]] = []
        self.titles = (
            self.tr("Class"),
            self.tr("Precision"),
            self.tr("Recall"),
            self.tr("F1"),
            self.tr("Images"),
            self.tr("Misread"),
            self.tr("AUC"),
        )
        self.tips = (
            "",
            self.tr("Of what was read as the class, how much is: click for what is not"),
            self.tr("Of the images of the class, how many were read as it: click for those that were not"),
            self.tr("Harmonic mean of precision and recall: click for both kinds of mistakes"),
            self.tr("Images of the class: click for all of them"),
            self.tr("Images of the class that were read as another: click to see them"),
            self.tr("Area under the ROC curve, the class against the rest"),
        )

    @property
    def floor(self) -> float:
        """Where the bars begin: the highest of a few round shares that all are above."""
        shares = [float(row[column] or 0) for row in self.rows for column in WITH_BARS if row[IMAGES]]
        return next((floor for floor in FLOORS if shares and min(shares) > floor), 0.0)

    def show(self, scores: Scores | None) -> None:
        """Replace the rows."""
        self.beginResetModel()
        self.rows = []
        if scores is not None:
            self.rows = [
                (
                    figures.name,
                    figures.precision,
                    figures.recall,
                    figures.f1,
                    figures.support,
                    wrong_of(figures),
                    roc.area if roc else None,
                )
                for figures, roc in zip(scores.classes, scores.roc, strict=True)
            ]
        self.endResetModel()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self.titles)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        entry = self.rows[index.row()][index.column()]
        if role == SORTED:
            return -1.0 if entry is None else entry
        if role == Qt.ItemDataRole.DisplayRole:
            return self._text(index.row(), index.column())
        if role == Qt.ItemDataRole.ToolTipRole:
            return self.tips[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            left = index.column() == CLASS
            side = Qt.AlignmentFlag.AlignLeft if left else Qt.AlignmentFlag.AlignRight
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def _text(self, row: int, column: int) -> str:
        entry = self.rows[row][column]
        if entry is None or (column in WITH_BARS and not self.rows[row][IMAGES]):
            return "–"
        if column in WITH_BARS:
            return f"{100 * float(entry):.2f}"
        if column == AREA:
            return f"{float(entry):.4f}"
        return f"{entry:,}" if isinstance(entry, int) else str(entry)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation == Qt.Orientation.Horizontal:
            if role == Qt.ItemDataRole.DisplayRole:
                return self.titles[section]
            if role == Qt.ItemDataRole.ToolTipRole:
                return self.tips[section]
        return None


class BarPainter(QStyledItemDelegate):
    """Paints a share with a bar from the floor to it."""

    def __init__(self, theme: Theme, model: ClassMetricsModel, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme, self._model = theme, model

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(super().sizeHint(option, index).width(), ROW_PX)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        tokens, area = self._theme.tokens, QRectF(option.rect)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(area, tokens.color("accent_soft"))
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(tokens.color("accent"))
            painter.drawRect(area.adjusted(0.5, 0.5, -1.5, -1.5))
        value = index.data(SORTED)
        if index.column() in WITH_BARS and isinstance(value, float):
            floor = self._model.floor
            share = max(0.0, (value - floor) / (1 - floor))
            inside = area.adjusted(4, area.height() - 8, -STEP_PX, -4)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tokens.color("hairline"))
            painter.drawRoundedRect(inside, 2, 2)
            painter.setBrush(tokens.color("training"))
            painter.drawRoundedRect(
                QRectF(inside.topLeft(), QSize(math.ceil(share * inside.width()), 4)), 2, 2
            )
        painter.setFont(font(tabular=True))
        painter.setPen(tokens.color("text"))
        room = area.adjusted(STEP_PX, 0, -STEP_PX, -4 if index.column() in WITH_BARS else 0)
        flags = Qt.AlignmentFlag(index.data(Qt.ItemDataRole.TextAlignmentRole))
        text = str(index.data(Qt.ItemDataRole.DisplayRole))
        short = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, int(room.width()))
        painter.drawText(room, flags, short)
        painter.restore()


class ClassMetricsTable(QTableView):
    """The table; a click on a header sorts by it."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("classesTable")
        self.setAccessibleName(self.tr("Figures of each class"))
        self.content = ClassMetricsModel(self)
        self.sorted = QSortFilterProxyModel(self)
        self.sorted.setSourceModel(self.content)
        self.sorted.setSortRole(SORTED)
        self.setModel(self.sorted)
        self.setItemDelegate(BarPainter(theme, self.content, self))
        self.setSortingEnabled(True)
        self.sorted.sort(-1)
        self.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.horizontalHeader().setSectionResizeMode(CLASS, QHeaderView.ResizeMode.ResizeToContents)
        self.horizontalHeader().setMaximumSectionSize(WIDEST_PX)
        self.horizontalHeader().setMinimumSectionSize(48)
        self.horizontalHeader().setFont(font(CAPTION_PT))
        self.horizontalHeader().setHighlightSections(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW_PX)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        theme.changed.connect(self.viewport().update)

    def class_at(self, index: Index) -> int:
        """Return the class's number of a row."""
        return self.sorted.mapToSource(index).row()
