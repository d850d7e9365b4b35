"""The figures of all images together and of each class; a class's row selects its mistakes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from cnn_studio.core.base.figure_table import Table
from cnn_studio.core.evaluation.metric_tables import classes_table
from cnn_studio.core.evaluation.metrics import Summary
from cnn_studio.ui.charts.figure_tools import FigureTools
from cnn_studio.ui.dialogs.figure_saver import FigureSaver
from cnn_studio.ui.evaluate.class_metrics_table import F1, IMAGES, PRECISION, ClassMetricsTable
from cnn_studio.ui.evaluate.evaluation_page import EvaluationPage
from cnn_studio.ui.evaluate.image_selection import ImageSelection
from cnn_studio.ui.style.form_layout import label
from cnn_studio.ui.style.theme import STEP_PX, Theme, font, role
from cnn_studio.ui.widgets.counts_text import images_in_words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME = "classes"
PER_LINE = 4


class ClassMetricsPage(EvaluationPage):
    """Eight figures above, the table below."""

    def __init__(self, theme: Theme, saver: FigureSaver, selection: ImageSelection) -> None:
        super().__init__()
        self._selection = selection
        self.table = ClassMetricsTable(theme)
        self.table.clicked.connect(self._choose)
        self.table.activated.connect(self._choose)
        self.table.selectionModel().currentChanged.connect(lambda now, before: self._choose(now))
        self._tools = FigureTools(theme, saver, self.table, self._stem, self._draw, self._table)
        self._bars = label("", "caption")
        self.figures: dict[str, QLabel] = {}
        self._summary = self._make_summary()
        line = QHBoxLayout()
        line.addWidget(self._bars, 1, Qt.AlignmentFlag.AlignVCenter)
        line.addWidget(self._tools)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(STEP_PX)
        column.addWidget(self._summary)
        column.addLayout(line)
        column.addWidget(self.table, 1)

    def _make_summary(self) -> QWidget:
        box = QWidget()
        role(box, "plain")
        grid = QGridLayout(box)
        grid.setContentsMargins(0, STEP_PX, 0, 0)
        grid.setHorizontalSpacing(2 * STEP_PX)
        grid.setVerticalSpacing(0)
        figures = (
            ("accuracy", self.tr("Accuracy"), self.tr("Share of images read correctly")),
            ("top2", self.tr("Top 2"), self.tr("Share whose true class is among the two most probable")),
            ("top3", self.tr("Top 3"), self.tr("Share whose true class is among the three most probable")),
            (
                "loss",
                self.tr("Loss, nats"),
                self.tr("Mean cross-entropy: how improbable the network held the true class to be"),
            ),
            (
                "balanced_accuracy",
                self.tr("Balanced"),
                self.tr("Mean recall of the classes: each class counts the same, however many images it has"),
            ),
            ("macro_f1", self.tr("Macro F1"), self.tr("Mean F1 of the classes")),
            (
                "kappa",
                self.tr("Cohen's kappa"),
                self.tr("Agreement beyond what chance alone would give: 1 is perfect, 0 is chance"),
            ),
            (
                "ece",
                self.tr("Calibration"),
                self.tr("Expected calibration error: 0 where confidence is honest"),
            ),
        )
        for number, (name, title, tip) in enumerate(figures):
            figure = label("–", "figure")
            figure.setObjectName(f"{name}Figure" if name != "accuracy" else "summaryAccuracyFigure")
            figure.setFont(font(tabular=True))
            caption = label(title, "field")
            for widget in (figure, caption):
                widget.setToolTip(tip)
            line, column = divmod(number, PER_LINE)
            grid.addWidget(caption, 3 * line, column)
            grid.addWidget(figure, 3 * line + 1, column)
            grid.setColumnStretch(column, 1)
            self.figures[name] = figure
        grid.setRowMinimumHeight(2, STEP_PX)
        return box

    def refresh(self) -> None:
        """Show the reading's figures."""
        self._tools.setEnabled(self.reading is not None)
        self.table.content.show(self.reading.scores if self.reading else None)
        if self.reading is None:
            for figure in self.figures.values():
                figure.setText("–")
            self._bars.setText(self.hint)
            return
        for name, text in _texts(self.reading.scores.summary).items():
            self.figures[name].setText(text)
        self.figures["ece"].setText(f"{100 * self.reading.scores.calibration.error:.2f} %")
        begin = self.tr("Shares in %; bars begin at {floor:.0f} %. A row selects the mistakes.")
        self._bars.setText(begin.format(floor=100 * self.table.content.floor))

    def _choose(self, index: QModelIndex) -> None:
        if self.reading is None or not index.isValid():
            return
        evaluation, number = self.reading.evaluation, self.table.class_at(index)
        name, classes = evaluation.classes[number], range(len(evaluation.classes))
        missed = [(number, other) for other in classes if other != number]
        false = [(other, number) for other in classes if other != number]
        cells, pattern = {
            PRECISION: (false, self.tr("Wrongly read as {name}: {count}")),
            F1: (missed + false, self.tr("Mistakes about {name}: {count}")),
            IMAGES: ([(number, other) for other in classes], self.tr("All that are {name}: {count}")),
        }.get(index.column(), (missed, self.tr("{name} misread: {count}")))
        numbers = evaluation.images_in_cells(cells)
        if self._selection.by == NAME and np.array_equal(numbers, self._selection.numbers):
            return  # a click is also a change of the current row
        count = images_in_words(len(numbers))
        self._selection.choose(numbers, pattern.format(name=name, count=count), NAME)

    def _stem(self) -> str:
        return f"{self.reading.folder.stem}-classes" if self.reading else NAME

    def _draw(self) -> Callable[[], Figure]:
        assert self.reading is not None
        scores, title = self.reading.scores, self.reading.folder.stem

        def draw() -> Figure:
            from cnn_studio.figures.metric_figures import classes_figure

            return classes_figure(scores.classes, title)

        return draw

    def _table(self) -> Table:
        assert self.reading is not None
        return classes_table(self.reading.scores)


def _texts(summary: Summary) -> dict[str, str]:
    shares = ("accuracy", "top2", "top3", "balanced_accuracy", "macro_f1")
    texts = {name: f"{100 * getattr(summary, name):.2f} %" for name in shares}
    texts["loss"] = f"{summary.loss:.4f}"
    texts["kappa"] = "–" if summary.kappa is None else f"{summary.kappa:.4f}"
    return texts
