"""How the images are spread over the classes, drawn or as a table, with the mean image of each."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QStackedWidget,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from cnn_studio.ui.data.class_chart import ClassChart, ClassLegend, Counts
from cnn_studio.ui.data.dataset_facts import PARTS, Part, counts_of
from cnn_studio.ui.data.shown_dataset import ShownDataset
from cnn_studio.ui.style.theme import STEP_PX, Theme, role

RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


class ClassDistributionPage(QWidget):
    """The classes of the data set."""

    def __init__(self, theme: Theme, subject: ShownDataset, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("classesPage")
        self._subject = subject
        self.names: dict[Part, str] = {
            "train": self.tr("Training"),
            "validation": self.tr("Validation"),
            "test": self.tr("Test"),
        }
        self.chart = ClassChart(theme)
        self.table = QTableWidget(0, 5)
        self.table.setObjectName("classTable")
        self.table.setAccessibleName(self.tr("Images per class, as a table"))
        titles = [self.tr("Class"), *self.names.values(), self.tr("Share of training")]
        for column, title in enumerate(titles):
            header = QTableWidgetItem(title)
            header.setTextAlignment(RIGHT if column else LEFT)
            self.table.setHorizontalHeaderItem(column, header)
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        self.table.setShowGrid(False)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.as_table = QPushButton(self.tr("Table"))
        self.as_table.setObjectName("classTableButton")
        self.as_table.setCheckable(True)
        self.as_table.setToolTip(self.tr("Show the figures as a table"))
        role(self.as_table, "segment")
        self._stack = QStackedWidget()
        self._stack.addWidget(self.chart)
        self._stack.addWidget(self.table)
        self.as_table.toggled.connect(lambda wanted: self._stack.setCurrentIndex(int(wanted)))
        head = QHBoxLayout()
        head.addWidget(ClassLegend(theme, self.names), 1)
        head.addWidget(self.as_table)
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(STEP_PX)
        page.addLayout(head)
        page.addWidget(self._stack, 1)
        subject.emptied.connect(self.refresh)
        subject.loaded.connect(self.refresh)
        subject.divided.connect(self.refresh)
        subject.described.connect(self._describe)
        self.refresh()

    def refresh(self) -> None:
        """Count again."""
        dataset = self._subject.dataset
        if dataset is None:
            self.chart.hint = self._subject.hint
            self.chart.show_counts((), {})
            self.table.setRowCount(0)
            return
        classes = dataset.info.classes
        counts: Counts = {part: counts_of(self._subject.parts[part], len(classes)) for part in PARTS}
        self.chart.show_counts(classes, counts)
        self._describe()
        total = max(1, sum(counts["train"]))
        self.table.setRowCount(len(classes))
        for row, name in enumerate(classes):
            cells = [
                name,
                *(f"{counts[part][row]:,}" for part in PARTS),
                f"{100 * counts['train'][row] / total:.1f} %",
            ]
            for column, text in enumerate(cells):
                item = QTableWidgetItem(text)
                if column:
                    item.setTextAlignment(RIGHT)
                self.table.setItem(row, column, item)

    def _describe(self) -> None:
        facts = self._subject.facts
        self.chart.show_means(None if facts is None else facts.means)
