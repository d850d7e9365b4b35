"""The curves as a table: a row an epoch, for reading, for screen readers, for pasting elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QGuiApplication, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from cnn_studio.core.base.axis_ticks import rate_text, value_text
from cnn_studio.core.runs.run_folder import HISTORY_COLUMNS
from cnn_studio.core.training.learning_curves import Row
from cnn_studio.ui.curves.curves_data import CurvesData, RunCurves
from cnn_studio.ui.style.form_layout import label
from cnn_studio.ui.style.theme import STEP_PX

LEAST_COLUMN_PX = 88
Index = QModelIndex | QPersistentModelIndex


def cell_text(column: str, value: float | None) -> str:
    """Return a figure of a row as people read it; a missing one is a dash."""
    if value is None:
        return "–"
    if column.endswith("accuracy"):
        return value_text(value, percent=True)
    if column.endswith("loss"):
        return value_text(value, percent=False)
    if column == "learning_rate":
        return rate_text(value)
    return f"{value:.1f}" if column == "seconds" else f"{value:,.0f}"


def tab_separated(rows: Sequence[Row]) -> str:
    """Return rows with full digits and a head, as spreadsheets paste them."""
    lines = ["\t".join(HISTORY_COLUMNS)]
    for row in rows:
        values = (row.get(column) for column in HISTORY_COLUMNS)
        lines.append("\t".join("" if value is None else f"{value:.10g}" for value in values))
    return "\n".join(lines) + "\n"


class EpochTable(QAbstractTableModel):
    """The rows of one run."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.rows: list[Row] = []
        self._best: int | None = None
        self._titles = {
            "epoch": self.tr("Epoch"),
            "loss": self.tr("Loss"),
            "accuracy": self.tr("Accuracy"),
            "val_loss": self.tr("Validation loss"),
            "val_accuracy": self.tr("Validation accuracy"),
            "learning_rate": self.tr("Learning rate"),
            "seconds": self.tr("Seconds"),
            "images_per_second": self.tr("Images/s"),
        }

    def show_run(self, run: RunCurves, *, anew: bool) -> None:
        """Show a run; rows that are there already stay selected unless `anew`."""
        rows = run.rows
        common = 0
        while not anew and common < min(len(rows), len(self.rows)) and rows[common] is self.rows[common]:
            common += 1
        if common < len(self.rows):
            self.beginRemoveRows(QModelIndex(), common, len(self.rows) - 1)
            del self.rows[common:]
            self.endRemoveRows()
        if common < len(rows):
            self.beginInsertRows(QModelIndex(), common, len(rows) - 1)
            self.rows = rows
            self.endInsertRows()
        self._best = run.best
        if rows:
            self.dataChanged.emit(self.index(0, 0), self.index(len(rows) - 1, 0))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own default
        return 0 if parent.isValid() else len(HISTORY_COLUMNS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        column = HISTORY_COLUMNS[index.column()]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return None
        value = self.rows[index.row()].get(column)
        text = cell_text(column, value)
        best = column == "epoch" and value == self._best
        return self.tr("{epoch} (best)").format(epoch=text) if best else text

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return self._titles[HISTORY_COLUMNS[section]]
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None


class TableDialog(QDialog):
    """Shows the epochs of each run while they come in; the selection, or everything, is copied as TSV."""

    def __init__(self, data: CurvesData, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("curvesTable")
        self.setWindowTitle(self.tr("Figures of the curves"))
        self._data = data
        self._shown: RunCurves | None = None
        self.selector = QComboBox()
        self.selector.setObjectName("curvesTableRun")
        self.selector.setAccessibleName(self.tr("Run"))
        self.selector.setMinimumWidth(240)
        self.selector.currentIndexChanged.connect(self._show)
        self.model = EpochTable(self)
        self.view = QTableView()
        self.view.setObjectName("curvesTableView")
        self.view.setAccessibleName(self.tr("Epochs and their figures"))
        self.view.setModel(self.model)
        self.view.setSelectionBehavior(QTableView.SelectionBehavior.SelectRows)
        self.view.setShowGrid(False)
        self.view.setTabKeyNavigation(False)
        self.view.verticalHeader().hide()
        header = self.view.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setMinimumSectionSize(LEAST_COLUMN_PX)
        header.setHighlightSections(False)
        self.copy_button = QPushButton(self.tr("Copy"))
        self.copy_button.setObjectName("curvesTableCopy")
        self.copy_button.setToolTip(
            self.tr("Copy the selected rows, or all, with full digits for a spreadsheet")
        )
        self.copy_button.clicked.connect(self.copy)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Copy), self.view, self.copy)
        close = QPushButton(self.tr("Close"))
        close.clicked.connect(self.accept)
        head = QHBoxLayout()
        head.addWidget(label(self.tr("Run"), "field"))
        head.addWidget(self.selector)
        head.addStretch(1)
        foot = QHBoxLayout()
        foot.addWidget(self.copy_button)
        foot.addStretch(1)
        foot.addWidget(close)
        page = QVBoxLayout(self)
        page.setContentsMargins(2 * STEP_PX, 2 * STEP_PX, 2 * STEP_PX, 2 * STEP_PX)
        page.setSpacing(STEP_PX)
        page.addLayout(head)
        page.addWidget(self.view, 1)
        page.addLayout(foot)
        data.changed.connect(self._follow)
        self._refresh()
        self.resize(header.length() + 6 * STEP_PX, 480)
        self.view.setFocus()

    def showEvent(self, event: QShowEvent) -> None:
        self._refresh()

    def _follow(self) -> None:
        if self.isVisible():
            self._refresh()

    def _refresh(self) -> None:
        """Take what has come."""
        names = [run.name or self.tr("This training") for run in self._data.runs]
        if names != [self.selector.itemText(number) for number in range(self.selector.count())]:
            number = max(0, self.selector.currentIndex())
            self.selector.blockSignals(True)
            self.selector.clear()
            self.selector.addItems(names)
            self.selector.setCurrentIndex(min(number, len(names) - 1))
            self.selector.blockSignals(False)
        self.copy_button.setEnabled(bool(names))
        self._show()

    def _show(self) -> None:
        runs, number = self._data.runs, self.selector.currentIndex()
        run = runs[number] if 0 <= number < len(runs) else RunCurves()
        self.model.show_run(run, anew=run is not self._shown)
        self._shown = run

    def copy(self) -> None:
        """Put the selected rows, or all, on the clipboard."""
        chosen = sorted(index.row() for index in self.view.selectionModel().selectedRows())
        rows = [self.model.rows[number] for number in chosen] or self.model.rows
        QGuiApplication.clipboard().setText(tab_separated(rows))
