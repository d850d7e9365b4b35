"""The confusion matrix, and the images behind its cells."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QHBoxLayout, QPushButton, QVBoxLayout

from cnn_studio.core.base.figure_table import Table
from cnn_studio.core.evaluation.metric_tables import matrix_table
from cnn_studio.ui.charts.figure_tools import FigureTools
from cnn_studio.ui.dialogs.figure_saver import FigureSaver
from cnn_studio.ui.evaluate.evaluation_page import EvaluationPage
from cnn_studio.ui.evaluate.image_selection import ImageSelection
from cnn_studio.ui.style.theme import STEP_PX, Theme, role
from cnn_studio.ui.widgets.confusion_matrix import ConfusionMatrix
from cnn_studio.ui.widgets.confusion_matrix_canvas import Cells
from cnn_studio.ui.widgets.confusion_matrix_painting import Shown
from cnn_studio.ui.widgets.confusion_matrix_text import cells_in_words
from cnn_studio.ui.widgets.counts_text import images_in_words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME = "confusion"


class ConfusionPage(EvaluationPage):
    """The matrix and how it is shown; the cells a person selects become the tab's selection."""

    def __init__(self, theme: Theme, saver: FigureSaver, selection: ImageSelection) -> None:
        super().__init__()
        self._selection = selection
        self.matrix = ConfusionMatrix(theme)
        self.matrix.cells_selected.connect(self._choose)
        self.matrix.setToolTip(
            self.tr(
                "Click a cell to see its images; drag for several, Ctrl adds, a name "
                "selects its whole row or column"
            )
        )
        self.buttons: dict[Shown, QPushButton] = {}
        self._tools = FigureTools(theme, saver, self.matrix, self._stem, self._draw, self._table)
        self.save_button = self._tools.save_button
        self.save_button.setObjectName("saveMatrixButton")
        self.diagonal = QCheckBox(self.tr("Hide diagonal"))
        self.diagonal.setObjectName("hideDiagonalCheck")
        self.diagonal.setToolTip(
            self.tr("Leave out what was read correctly, so that the mistakes use the whole color scale")
        )
        self.diagonal.toggled.connect(lambda hidden: self.matrix.show_diagonal(not hidden))
        line = QHBoxLayout()
        line.setSpacing(4)
        for button in self._ways():
            line.addWidget(button)
        line.addSpacing(STEP_PX)
        line.addWidget(self.diagonal)
        line.addStretch(1)
        line.addWidget(self._tools)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(STEP_PX)
        column.addLayout(line)
        column.addWidget(self.matrix, 1)
        selection.changed.connect(self._let_go)

    def _ways(self) -> list[QPushButton]:
        group = QButtonGroup(self)
        ways: tuple[tuple[Shown, str, str], ...] = (
            ("counts", self.tr("Counts"), self.tr("How many images")),
            (
                "rows",
                self.tr("Rows %"),
                self.tr("Of the images of a class, what percentage was read as each class (recall)"),
            ),
            (
                "columns",
                self.tr("Columns %"),
                self.tr("Of what was read as a class, what percentage belongs to each class (precision)"),
            ),
        )
        for shown, text, tip in ways:
            button = QPushButton(text)
            button.setObjectName(f"matrix{shown.capitalize()}Button")
            button.setToolTip(tip)
            button.setCheckable(True)
            button.setChecked(shown == "counts")
            role(button, "segment")
            button.clicked.connect(lambda _=False, shown=shown: self.matrix.show_as(shown))
            group.addButton(button)
            self.buttons[shown] = button
        return list(self.buttons.values())

    def refresh(self) -> None:
        """Show the reading's matrix."""
        self._tools.setEnabled(self.reading is not None)
        if self.reading is None:
            self.matrix.hint = self.hint
            self.matrix.show_matrix(np.zeros((0, 0), np.int64), ())
        else:
            self.matrix.show_matrix(self.reading.scores.matrix, self.reading.evaluation.classes)

    def _choose(self, cells: Cells) -> None:
        if self.reading is None:
            return
        evaluation = self.reading.evaluation
        numbers = evaluation.images_in_cells(cells) if cells else evaluation.errors()
        words = cells_in_words(cells, evaluation.classes) if cells else self.tr("All errors")
        title = self.tr("{cells}: {count}").format(cells=words, count=images_in_words(len(numbers)))
        self._selection.choose(numbers, title, NAME)

    def _let_go(self) -> None:
        """Another page chose images: no cell stands for them."""
        if self._selection.by != NAME:
            self.matrix.clear_selection()

    def _stem(self) -> str:
        return f"{self.reading.folder.stem}-confusion" if self.reading else "confusion"

    def _draw(self) -> Callable[[], Figure]:
        assert self.reading is not None
        evaluation, title = self.reading.evaluation, self.reading.folder.stem
        shown, diagonal = self.matrix.shown, not self.diagonal.isChecked()

        def draw() -> Figure:
            from cnn_studio.figures.confusion_matrix_figure import matrix_figure

            return matrix_figure(evaluation, shown=shown, diagonal=diagonal, title=title)

        return draw

    def _table(self) -> Table:
        assert self.reading is not None
        return matrix_table(self.reading.scores.matrix, self.reading.evaluation.classes, self.matrix.shown)
