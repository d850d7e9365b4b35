"""The table of the queue as it is shown."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from cnn_studio.ui.queue.queue_cells import QueueCells
from cnn_studio.ui.queue.queue_table import SEED, STATE, TEST, TIME, VALIDATION, WHAT, QueueTable
from cnn_studio.ui.style.theme import STEP_PX, Theme, font

ROW_PX = 28
LEAST_ROWS = 4
ROOM_FOR_ALL_PX = 80 * STEP_PX
"""In a narrower table the times are left out: the recipe's name needs their room."""


class QueueView(QTableView):
    """Whole rows are selected, several with Ctrl and Shift; the recipe takes what room the figures leave."""

    def __init__(self, theme: Theme, table: QueueTable) -> None:
        super().__init__()
        self.setObjectName("queueTable")
        self.setAccessibleName(self.tr("Training queue"))
        self.setModel(table)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setItemDelegate(QueueCells(theme, self))
        self.setFont(font(tabular=True))
        self.setMinimumHeight((1 + LEAST_ROWS) * ROW_PX)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW_PX)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(WHAT, QHeaderView.ResizeMode.Stretch)
        header.resizeSection(STATE, 17 * STEP_PX)
        for column, text in ((SEED, "0000"), (VALIDATION, "100.00 %"), (TEST, "100.00 %"), (TIME, "00:00")):
            title = str(table.headerData(column, Qt.Orientation.Horizontal))
            widest = max(self.fontMetrics().horizontalAdvance(one) for one in (text, title))
            header.resizeSection(column, 3 * STEP_PX + widest)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.setColumnHidden(TIME, self.width() < ROOM_FOR_ALL_PX)
