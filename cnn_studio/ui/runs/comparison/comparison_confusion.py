"""The confusion matrices of two runs, side by side or as a difference, and what changed for each class."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from cnn_studio.ui.runs.comparison.comparison_page import ComparisonPage
from cnn_studio.ui.runs.comparison.comparison_sheet import CopyableTable, TableCell
from cnn_studio.ui.runs.comparison.comparison_subject import Pair, RunComparison
from cnn_studio.ui.runs.comparison.comparison_text import percent, points
from cnn_studio.ui.style.form_layout import label
from cnn_studio.ui.style.theme import STEP_PX, Theme, role
from cnn_studio.ui.widgets.confusion_matrix import ConfusionMatrix

RECALLS_PX, BUTTONS_PX, LEAST_PX = 448, 216, 72


class ComparedConfusionPage(ComparisonPage):
    """Two matrices or their difference at the left, recall by class at the right.

    Signals:
        cell_chosen: A cell was chosen: true class, read class.
    """

    cell_chosen = Signal(int, int)

    def __init__(self, theme: Theme, comparison: RunComparison, parent: QWidget | None = None) -> None:
        super().__init__("comparedConfusionPage", parent)
        self._comparison = comparison
        self._comparable = False
        self.first = ConfusionMatrix(theme, "confusionMatrixA", small=True)
        self.second = ConfusionMatrix(theme, "confusionMatrixB", small=True)
        self.difference = ConfusionMatrix(theme, "confusionDifference", small=True, signed=True)
        for matrix in (self.first, self.second, self.difference):
            matrix.cell_chosen.connect(self.cell_chosen)
        self.side_button = QPushButton(self.tr("Side by side"))
        self.side_button.setObjectName("matricesSideBySideButton")
        self.difference_button = QPushButton(self.tr("Difference"))
        self.difference_button.setObjectName("matrixDifferenceButton")
        self.difference_button.setToolTip(self.tr("B less A: how many images more or fewer in each cell"))
        group = QButtonGroup(self)
        for button in (self.difference_button, self.side_button):
            button.setCheckable(True)
            role(button, "segment")
            group.addButton(button)
        self.difference_button.setChecked(True)
        self.legend = label("", "caption")
        self.recalls = CopyableTable(
            "recallChanges", self.tr("Recall by class with A and with B"), theme, elastic=True
        )
        self.recalls.setToolTip(self.tr("Recall: share of a class's images that is read correctly"))
        self._stack = QStackedWidget()
        self._stack.addWidget(self.difference)
        both = QWidget()
        role(both, "plain")
        beside = QHBoxLayout(both)
        beside.setContentsMargins(0, 0, 0, 0)
        beside.setSpacing(2 * STEP_PX)
        beside.addWidget(self.first, 1)
        beside.addWidget(self.second, 1)
        self._stack.addWidget(both)
        self.side_button.toggled.connect(self._switch)
        tools = QHBoxLayout()
        tools.setSpacing(STEP_PX // 2)
        tools.addWidget(self.difference_button)
        tools.addWidget(self.side_button)
        tools.addStretch(1)
        right = QVBoxLayout()
        right.setSpacing(STEP_PX)
        right.addLayout(tools)
        right.addWidget(self.legend)
        right.addWidget(self.recalls, 1)
        right.addStretch(0)
        self.recalls.setFixedWidth(RECALLS_PX)
        self.recalls.setMinimumHeight(LEAST_PX)
        page = QHBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(2 * STEP_PX)
        page.addWidget(self._stack, 1)
        page.addLayout(right)
        self.follow(comparison.paired)
        self._switch(False)

    def _switch(self, side_by_side: bool) -> None:
        self._stack.setCurrentIndex(int(side_by_side))
        self._show_recalls_beside()
        self.legend.setText(
            self.tr("Rows: true class; columns: read as. A click shows the images.")
            if side_by_side
            else self.tr("Orange +: more images with B, blue −: fewer. A click shows the images.")
        )

    def _show_recalls_beside(self) -> None:
        """Show the recalls where the difference is; two matrices need their room."""
        wanted = self.difference_button.isChecked()
        self.recalls.setVisible(self._comparable and wanted)
        self.legend.setFixedWidth(RECALLS_PX if wanted else BUTTONS_PX)

    def refresh(self) -> None:
        """Show the chosen pair."""
        pair = self._comparison.pair
        comparable = pair is not None and pair.ledger is not None
        self._comparable = comparable
        self._show_recalls_beside()
        if pair is None or pair.ledger is None:
            hint = self.tr("Two runs with an evaluation on the same images are needed")
            for matrix in (self.first, self.second, self.difference):
                matrix.hint = hint
                matrix.show_matrix(np.zeros((0, 0), np.int64), (), "")
            return
        classes, (a, b) = pair.classes, pair.matrices
        self.first.show_matrix(a, classes, self.tr("A  {name}").format(name=pair.a.name))
        self.second.show_matrix(b, classes, self.tr("B  {name}").format(name=pair.b.name))
        self.difference.show_matrix(b - a, classes, self.tr("B less A"))
        self._show_recalls(pair)

    def _show_recalls(self, pair: Pair) -> None:
        rows: list[list[TableCell]] = []
        for name, count, before, after in pair.recalls:
            cells = [TableCell(name, bold=True), TableCell(f"{count:,}", "muted", right=True)]
            if before is None or after is None:
                cells += [
                    TableCell("–", right=True),
                    TableCell("–", right=True),
                    TableCell(self.tr("no images"), "muted"),
                ]
            else:
                cells += [TableCell(percent(before), right=True), TableCell(percent(after), right=True)]
                cells.append(self._change(after - before))
            rows.append(cells)
        titles = [
            TableCell(self.tr("Class")),
            TableCell(self.tr("Images"), right=True),
            TableCell(self.tr("Recall A"), right=True),
            TableCell(self.tr("Recall B"), right=True),
            TableCell(self.tr("Change")),
        ]
        self.recalls.show_rows(titles, rows)

    def _change(self, change: float) -> TableCell:
        if change == 0:
            return TableCell(self.tr("= same"), "muted")
        pattern = self.tr("▲ {points} better") if change > 0 else self.tr("▼ {points} worse")
        return TableCell(pattern.format(points=points(change)), "good" if change > 0 else "bad")
