"""How honest the confidence is, and what leaving out the unsure is worth."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QPushButton,
    QSlider,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from cnn_studio.core.base.figure_table import Table
from cnn_studio.core.evaluation.metric_tables import calibration_table, rejection_table
from cnn_studio.ui.charts.figure_tools import FigureTools
from cnn_studio.ui.charts.rejection_chart import MOST, RejectionChart
from cnn_studio.ui.charts.reliability_chart import ReliabilityChart
from cnn_studio.ui.dialogs.figure_saver import FigureSaver
from cnn_studio.ui.evaluate.evaluation_page import EvaluationPage
from cnn_studio.ui.evaluate.image_selection import ImageSelection
from cnn_studio.ui.style.form_layout import label
from cnn_studio.ui.style.theme import STEP_PX, Theme, role
from cnn_studio.ui.widgets.counts_text import images_in_words

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME = "calibration"
STEPS = 1000
"""Of the slider, which leaves out 0 to 50 %."""
FIRST_SHARE = 0.03
SLIGHT, HONEST = 0.05, 0.02
"""Expected calibration errors up to which confidence is called somewhat and quite honest."""


class CalibrationPage(EvaluationPage):
    """The reliability diagram, or the rejection curve with its slider."""

    def __init__(self, theme: Theme, saver: FigureSaver, selection: ImageSelection) -> None:
        super().__init__()
        self._selection = selection
        self.reliability = ReliabilityChart(theme)
        self.reliability.bin_chosen.connect(self._choose_bin)
        self.rejection = RejectionChart(theme)
        self.rejection.share_dragged.connect(self._leave_out)
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName("rejectionSlider")
        self.slider.setAccessibleName(self.tr("Share left out"))
        self.slider.setRange(0, STEPS)
        self.slider.setPageStep(STEPS // 20)
        self.slider.setValue(round(FIRST_SHARE / MOST * STEPS))
        self.slider.valueChanged.connect(self._show_rest)
        self.show_button = QPushButton(self.tr("Show them"))
        self.show_button.setObjectName("showLeftOutButton")
        self.show_button.setToolTip(self.tr("Select the images that are left out, the least confident first"))
        self.show_button.clicked.connect(self._choose_left_out)
        self.verdict = label("", "caption")
        self.verdict.setObjectName("calibrationVerdict")
        self._stack = QStackedWidget()
        self._stack.addWidget(self.reliability)
        self._stack.addWidget(self._rest())
        self._tools = FigureTools(theme, saver, self._stack, self._stem, self._draw, self._table)
        line = QHBoxLayout()
        line.setSpacing(4)
        for button in self._kinds():
            line.addWidget(button)
        line.addStretch(1)
        line.addWidget(self._tools)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(STEP_PX)
        column.addLayout(line)
        column.addWidget(self.verdict)
        column.addWidget(self._stack, 1)
        selection.changed.connect(self._let_go)

    def _rest(self) -> QWidget:
        box = QWidget()
        role(box, "plain")
        line = QHBoxLayout()
        line.setSpacing(STEP_PX)
        line.addWidget(label(self.tr("Leave out"), "field"))
        line.addWidget(self.slider, 1)
        line.addWidget(self.show_button)
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.rejection, 1)
        column.addLayout(line)
        return box

    def _kinds(self) -> list[QPushButton]:
        group = QButtonGroup(self)
        kinds = (
            (
                "reliability",
                self.tr("Reliability"),
                self.tr("Of the images it is 80 % sure of, are 80 % right?"),
            ),
            (
                "rejection",
                self.tr("Leave out the unsure"),
                self.tr("How much of the rest is right when the least confident images are left to a person"),
            ),
        )
        buttons = []
        for number, (name, text, tip) in enumerate(kinds):
            button = QPushButton(text)
            button.setObjectName(f"{name}Button")
            button.setToolTip(tip)
            button.setCheckable(True)
            button.setChecked(not number)
            role(button, "segment")
            button.clicked.connect(lambda _=False, number=number: self._show_kind(number))
            group.addButton(button)
            buttons.append(button)
        return buttons

    def _show_kind(self, number: int) -> None:
        self._stack.setCurrentIndex(number)
        self._say()

    @property
    def _rejects(self) -> bool:
        return self._stack.currentIndex() == 1

    @property
    def _share(self) -> float:
        return self.slider.value() / STEPS * MOST

    def refresh(self) -> None:
        """Show the reading's calibration."""
        scores = self.reading.scores if self.reading else None
        for widget in (self.slider, self.show_button, self._tools):
            widget.setEnabled(scores is not None)
        self.reliability.hint = self.rejection.hint = self.hint
        self.reliability.show_calibration(scores.calibration if scores else None)
        self.rejection.show_rejection(scores.rejection if scores else None)
        self._show_rest()

    def _leave_out(self, share: float) -> None:
        self.slider.setValue(round(share / MOST * STEPS))

    def _show_rest(self) -> None:
        self.rejection.mark(self._share)
        self._say()

    def _say(self) -> None:
        """Say in words what is shown."""
        if self.reading is None:
            self.verdict.setText("")
        elif self._rejects:
            rejection = self.reading.scores.rejection
            left_out = rejection.left_out(self._share)
            text = self.tr(
                "Leave out the least confident {share:.2f} % ({count}, below {confidence:.1f} % sure): "
                "{rest:.2f} % of the rest are right."
            ).format(
                share=100 * self._share,
                count=images_in_words(left_out),
                confidence=100 * float(rejection.confidence[left_out]),
                rest=100 * float(rejection.accuracy[left_out]),
            )
            self.verdict.setText(text)
            self.slider.setAccessibleDescription(text)
        else:
            self.verdict.setText(self._honesty())

    def _honesty(self) -> str:
        assert self.reading is not None
        calibration = self.reading.scores.calibration
        over = float(calibration.counts @ (calibration.confidence - calibration.accuracy)) > 0
        if calibration.error <= HONEST:
            meaning = self.tr("its confidence can be trusted")
        elif calibration.error <= SLIGHT:
            meaning = self.tr("somewhat overconfident") if over else self.tr("somewhat underconfident")
        else:
            meaning = self.tr("far overconfident") if over else self.tr("far underconfident")
        text = self.tr(
            "Expected calibration error {error:.2f} %: {meaning}. Bars: read correctly; line: confidence."
        )
        return text.format(error=100 * calibration.error, meaning=meaning)

    def _choose_bin(self, number: int) -> None:
        if self.reading is None:
            return
        evaluation, edges = self.reading.evaluation, self.reading.scores.calibration.edges
        confidences = evaluation.confidences
        found = np.flatnonzero(np.searchsorted(edges[1:-1], confidences) == number)
        wrong = evaluation.predictions[found] != evaluation.labels[found]
        ordered = found[np.argsort(~wrong, kind="stable")]  # the mistakes first
        title = self.tr("{low:.1f} to {high:.1f} % sure: {count}").format(
            low=100 * edges[number],
            high=100 * edges[number + 1],
            count=images_in_words(len(found)),
        )
        self._selection.choose(ordered, title, NAME)

    def _choose_left_out(self) -> None:
        if self.reading is None:
            return
        order = np.argsort(self.reading.evaluation.confidences, kind="stable")
        left_out = order[: self.reading.scores.rejection.left_out(self._share)]
        count = images_in_words(len(left_out))
        self._selection.choose(left_out, self.tr("Least confident: {count}").format(count=count), NAME)

    def _let_go(self) -> None:
        """Another page chose images: no bin stands for them."""
        if self._selection.by != NAME:
            self.reliability.choose(None)

    def _stem(self) -> str:
        kind = "rejection" if self._rejects else NAME
        return f"{self.reading.folder.stem}-{kind}" if self.reading else kind

    def _draw(self) -> Callable[[], Figure]:
        assert self.reading is not None
        scores, title, rejects = self.reading.scores, self.reading.folder.stem, self._rejects

        def draw() -> Figure:
            from cnn_studio.figures.metric_figures import calibration_figure, rejection_figure

            if rejects:
                return rejection_figure(scores.rejection, title)
            return calibration_figure(scores.calibration, title)

        return draw

    def _table(self) -> Table:
        assert self.reading is not None
        scores = self.reading.scores
        return rejection_table(scores.rejection) if self._rejects else calibration_table(scores.calibration)
