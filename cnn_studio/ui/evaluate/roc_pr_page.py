"""ROC and precision-recall curves, one class against the rest."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

import numpy as np
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QComboBox, QHBoxLayout, QPushButton, QVBoxLayout

from cnn_studio.core.base.figure_table import Table
from cnn_studio.core.evaluation.metric_tables import curve_table
from cnn_studio.core.evaluation.metrics import Curve
from cnn_studio.ui.charts.curve_chart import WHOLE, CurveChart
from cnn_studio.ui.charts.figure_tools import FigureTools
from cnn_studio.ui.dialogs.figure_saver import FigureSaver
from cnn_studio.ui.evaluate.evaluation_page import EvaluationPage
from cnn_studio.ui.style.form_layout import label
from cnn_studio.ui.style.theme import STEP_PX, Theme, role

if TYPE_CHECKING:
    from matplotlib.figure import Figure

CORNER = 0.1
"""The part of each axis that the corner shows."""

GOOD_AREA = 0.99
"""Of all classes: above it nothing is seen but the corner, so that is what is shown at first."""

Kind = Literal["roc", "precision_recall"]


class RocPrPage(EvaluationPage):
    """A chart, the class in front, and what the area under its curve is."""

    def __init__(self, theme: Theme, saver: FigureSaver) -> None:
        super().__init__()
        self._kind: Kind = "roc"
        self._corner_untouched = True
        self.chart = CurveChart(theme, "curveChart")
        self.classes = QComboBox()
        self.classes.setObjectName("curveClassSelector")
        self.classes.setAccessibleName(self.tr("Class"))
        self.classes.setToolTip(self.tr("The class against all others, whose curves are thin behind it"))
        self.classes.setMinimumWidth(112)
        self.classes.currentIndexChanged.connect(self._show)
        self.corner = QCheckBox(self.tr("Corner"))
        self.corner.setObjectName("curveCornerCheck")
        self.corner.setToolTip(self.tr("Show the tenth of the axes where good networks are"))
        self.corner.toggled.connect(self._show)
        self.corner.clicked.connect(self._keep_corner)
        self.area = label("", "caption")
        self.area.setObjectName("curveArea")
        self._tools = FigureTools(theme, saver, self.chart, self._stem, self._draw, self._table)
        line = QHBoxLayout()
        line.setSpacing(4)
        for button in self._kinds():
            line.addWidget(button)
        line.addSpacing(STEP_PX)
        line.addWidget(self.classes)
        line.addSpacing(STEP_PX)
        line.addWidget(self.corner)
        line.addStretch(1)
        line.addWidget(self._tools)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(STEP_PX)
        column.addLayout(line)
        column.addWidget(self.area)
        column.addWidget(self.chart, 1)

    def _kinds(self) -> list[QPushButton]:
        group = QButtonGroup(self)
        kinds: tuple[tuple[Kind, str, str], ...] = (
            (
                "roc",
                self.tr("ROC"),
                self.tr("How many of the class are found, against how many others are taken for it"),
            ),
            (
                "precision_recall",
                self.tr("PR"),
                self.tr(
                    "Precision against recall: how many of those found are right, against how many are found"
                ),
            ),
        )
        buttons = []
        for kind, text, tip in kinds:
            button = QPushButton(text)
            button.setObjectName(f"{kind}CurveButton")
            button.setToolTip(tip)
            button.setCheckable(True)
            button.setChecked(kind == "roc")
            role(button, "segment")
            button.clicked.connect(lambda _=False, kind=kind: self._show_kind(kind))
            group.addButton(button)
            buttons.append(button)
        return buttons

    def _show_kind(self, kind: Kind) -> None:
        self._kind = kind
        self._show()

    def refresh(self) -> None:
        """Fill the classes and show the curve of the one that was chosen before, if there is one."""
        before = self.classes.currentText()
        self.classes.blockSignals(True)
        self.classes.clear()
        if self.reading is not None:
            self.classes.addItems(list(self.reading.evaluation.classes))
            self.classes.setCurrentIndex(max(0, self.classes.findText(before)))
            if self._corner_untouched:
                areas = [curve.area for curve in self._curves if curve is not None]
                self.corner.setChecked(bool(areas) and min(areas) > GOOD_AREA)
        self.classes.blockSignals(False)
        for widget in (self.classes, self.corner, self._tools):
            widget.setEnabled(self.reading is not None)
        self._show()

    def _keep_corner(self) -> None:
        """A person chose the part of the axes: it stays."""
        self._corner_untouched = False

    @property
    def _curves(self) -> list[Curve | None]:
        if self.reading is None:
            return []
        scores = self.reading.scores
        return scores.roc if self._kind == "roc" else scores.precision_recall

    @property
    def _titles(self) -> tuple[str, str]:
        if self._kind == "roc":
            return self.tr("false positive rate"), self.tr("true positive rate")
        return self.tr("recall"), self.tr("precision")

    def _show(self) -> None:
        curves, number = self._curves, max(0, self.classes.currentIndex())
        kind = self.tr("ROC curve") if self._kind == "roc" else self.tr("Precision-recall curve")
        self.chart.setAccessibleName(f"{kind}, {self.classes.currentText()}")
        if self.corner.isChecked():
            top = (1 - CORNER, 1.0)
            self.chart.show_part((0.0, CORNER) if self._kind == "roc" else top, top)
        else:
            self.chart.show_part(WHOLE, WHOLE)
        self.chart.show_curves(curves, number, self._titles, self._words, diagonal=self._kind == "roc")
        self.area.setText(self._area_in_words(curves, number))
        if self.reading is None:
            self.chart.hint = self.hint
        else:
            text = self.tr("There is no image of {name}, or none of any other class: nothing to draw")
            self.chart.hint = text.format(name=self.reading.evaluation.classes[number])

    def _area_in_words(self, curves: list[Curve | None], number: int) -> str:
        areas = [curve.area for curve in curves if curve is not None]
        curve = curves[number] if curves else None
        if curve is None:
            return ""
        pattern = (
            self.tr("Area under the curve {area}; mean of all classes {mean}, lowest {lowest}")
            if self._kind == "roc"
            else self.tr("Average precision {area}; mean of all classes {mean}, lowest {lowest}")
        )
        texts = [area_text(area) for area in (curve.area, float(np.mean(areas)), min(areas))]
        return pattern.format(area=texts[0], mean=texts[1], lowest=texts[2])

    def _words(self, curve: Curve, point: int) -> list[str]:
        """Say what a point is."""
        threshold = float(curve.thresholds[point])
        return [
            f"{self._titles[0]} {100 * curve.x[point]:.2f} %",
            f"{self._titles[1]} {100 * curve.y[point]:.2f} %",
            self.tr("from probability {value:.4f}").format(value=threshold)
            if np.isfinite(threshold)
            else self.tr("nothing counts as this class"),
        ]

    def _stem(self) -> str:
        kind = "roc" if self._kind == "roc" else "precision-recall"
        return f"{self.reading.folder.stem}-{kind}-{self.classes.currentText()}" if self.reading else kind

    def _chosen(self) -> list[tuple[str, Curve]]:
        curve = self.chart.curve
        return [] if curve is None else [(self.classes.currentText(), curve)]

    def _draw(self) -> Callable[[], Figure]:
        assert self.reading is not None
        names, curves, titles = self.reading.evaluation.classes, self._curves, self._titles
        chosen, title = self.classes.currentIndex(), self.reading.folder.stem

        def draw() -> Figure:
            from cnn_studio.figures.metric_figures import curves_of_classes_figure

            return curves_of_classes_figure(list(zip(names, curves, strict=True)), chosen, titles, title)

        return draw

    def _table(self) -> Table:
        return curve_table(self._chosen(), self._titles, self.chart.accessibleName())


def area_text(area: float) -> str:
    """Return an area with five decimals; one that only rounds to 1 says so."""
    return "> 0.99999" if 0.999995 <= area < 1 else f"{area:.5f}"
