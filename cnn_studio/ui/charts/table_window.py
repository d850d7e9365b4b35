"""A painted figure's numbers as a table that a screen reader can read."""

from __future__ import annotations

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from cnn_studio.core.base.figure_table import Entry, Table
from cnn_studio.ui.style.form_layout import label
from cnn_studio.ui.style.theme import STEP_PX

Index = QModelIndex | QPersistentModelIndex
SIZE = (640, 520)


def shown(entry: Entry) -> str:
    """Return an entry as people read it: whole numbers with commas, others with four decimals."""
    if entry is None:
        return "–"
    if isinstance(entry, int):
        return f"{entry:,}"
    return entry if isinstance(entry, str) else f"{entry:.4f}"


class TableModel(QAbstractTableModel):
    """The entries of a table."""

    def __init__(self, table: Table, parent: QWidget) -> None:
        super().__init__(parent)
        self._table = table

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._table.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._table.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        entry = self._table.rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return shown(entry)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            left = isinstance(entry, str)
            side = Qt.AlignmentFlag.AlignLeft if left else Qt.AlignmentFlag.AlignRight
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        return self._table.columns[section] if orientation == Qt.Orientation.Horizontal else section + 1


class TableWindow(QDialog):
    """The table of one figure, which can be copied whole."""

    def __init__(self, table: Table, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("tableWindow")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(table.title)
        self.resize(*SIZE)
        self._table = table
        self.view = QTableView()
        self.view.setObjectName("figureTable")
        self.view.setAccessibleName(table.title)
        self.view.setModel(TableModel(table, self))
        self.view.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectItems)
        self.view.verticalHeader().hide()
        self.view.setShowGrid(False)
        self.view.setTabKeyNavigation(False)
        header = self.view.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setResizeContentsPrecision(40)
        self.view.resizeColumnsToContents()
        copy = QPushButton(self.tr("Copy table"))
        copy.setObjectName("copyTableButton")
        copy.clicked.connect(self.copy)
        close = QPushButton(self.tr("Close"))
        close.clicked.connect(self.close)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(copy)
        buttons.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * STEP_PX, 2 * STEP_PX, 2 * STEP_PX, 2 * STEP_PX)
        column.setSpacing(2 * STEP_PX)
        column.addWidget(label(table.title, "title"))
        column.addWidget(self.view, 1)
        column.addLayout(buttons)
        QShortcut(QKeySequence.StandardKey.Copy, self).activated.connect(self.copy)
        self.view.setFocus()

    def copy(self) -> None:
        """Put the whole table on the clipboard, as spreadsheets take it."""
        QGuiApplication.clipboard().setText(self._table.text("\t"))
