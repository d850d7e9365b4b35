"""How accurate compared runs are, against their parameters, operations or seconds."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from cnn_studio.core.runs.run_comparison import ComparedRun
from cnn_studio.ui.model.layer_text import short_count
from cnn_studio.ui.runs.comparison.comparison_page import ComparisonPage
from cnn_studio.ui.runs.comparison.comparison_scatter import Point, TradeOffScatter
from cnn_studio.ui.runs.comparison.comparison_sheet import CopyableTable, TableCell
from cnn_studio.ui.runs.comparison.comparison_subject import RunComparison
from cnn_studio.ui.runs.comparison.comparison_text import percent
from cnn_studio.ui.style.form_layout import label
from cnn_studio.ui.style.theme import STEP_PX, Theme, role

Cost = Literal["parameters", "flops", "seconds"]


def cost_of(run: ComparedRun, cost: Cost) -> float | None:
    """Return what a run cost; None where that is not known."""
    return run.seconds if cost == "seconds" else getattr(run.row, cost)


class TradeOffPage(ComparisonPage):
    """The plot with its frontier, or the same figures as a table.

    Signals:
        chosen: A run's point was chosen; its number in the comparison.
    """

    chosen = Signal(int)

    def __init__(self, theme: Theme, comparison: RunComparison, parent: QWidget | None = None) -> None:
        super().__init__("tradeOffPage", parent)
        self._comparison = comparison
        self._cost: Cost = "parameters"
        self._shown: list[int] = []
        self.plot = TradeOffScatter(theme)
        self.plot.hint = self.tr("Runs with a test accuracy appear here as points")
        self.plot.describe = self._describe
        self.plot.chosen.connect(self._choose)
        self.sheet = CopyableTable(
            "tradeOffTable", self.tr("Accuracy and cost, as a table"), theme, elastic=True
        )
        self.note = label("", "caption")
        self.note.setObjectName("tradeOffNote")
        self._titles: dict[Cost, str] = {
            "parameters": self.tr("Parameters"),
            "flops": self.tr("FLOPs"),
            "seconds": self.tr("Seconds"),
        }
        tips: dict[Cost, str] = {
            "parameters": self.tr("Weights of the network"),
            "flops": self.tr("Floating point operations for one image"),
            "seconds": self.tr("How long the training took"),
        }
        head = QHBoxLayout()
        head.setSpacing(STEP_PX // 2)
        head.addWidget(label(self.tr("Test accuracy against"), "field"))
        head.addSpacing(STEP_PX // 2)
        group = QButtonGroup(self)
        self.buttons: dict[Cost, QPushButton] = {}
        for cost, title in self._titles.items():
            button = QPushButton(title)
            button.setObjectName(f"{cost}CostButton")
            button.setCheckable(True)
            button.setToolTip(tips[cost])
            role(button, "segment")
            group.addButton(button)
            head.addWidget(button)
            button.clicked.connect(lambda _=False, cost=cost: self._take_cost(cost))
            self.buttons[cost] = button
        self.buttons["parameters"].setChecked(True)
        head.addStretch(1)
        self.as_table = QPushButton(self.tr("Table"))
        self.as_table.setObjectName("tradeOffTableButton")
        self.as_table.setCheckable(True)
        self.as_table.setToolTip(self.tr("Show the figures as a table"))
        role(self.as_table, "segment")
        head.addWidget(self.as_table)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.plot)
        self._stack.addWidget(self.sheet)
        self.as_table.toggled.connect(lambda wanted: self._stack.setCurrentIndex(int(wanted)))
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(STEP_PX)
        page.addLayout(head)
        page.addWidget(self._stack, 1)
        page.addWidget(self.note)
        self.follow(comparison.changed)

    def _take_cost(self, cost: Cost) -> None:
        self._cost = cost
        self.refresh()

    def refresh(self) -> None:
        """Show the runs that were read."""
        runs = self._comparison.runs
        points: list[Point] = []
        self._shown = []
        for number, run in enumerate(runs):
            cost, accuracy = cost_of(run, self._cost), run.accuracy
            if cost and accuracy is not None:
                points.append(Point(run.name, float(cost), accuracy, run.interval or (accuracy, accuracy)))
                self._shown.append(number)
        seconds = self._cost == "seconds"
        self.plot.show_points(
            points,
            self.tr("Seconds of training") if seconds else self._titles[self._cost],
            (lambda value: f"{value:g}") if seconds else (lambda value: short_count(round(value))),
        )
        self._show_table()
        self._show_note()

    def _show_table(self) -> None:
        titles = [
            TableCell(self.tr("Run")),
            *(
                TableCell(text, right=True)
                for text in (
                    self.tr("Test accuracy"),
                    self.tr("95 % interval"),
                    self.tr("Errors"),
                    *self._titles.values(),
                    self.tr("Test set uses"),
                )
            ),
        ]
        best = {self._shown[index] for index in self.plot.frontier}
        rows = [
            [
                TableCell(run.name, bold=number in best),
                TableCell(percent(run.accuracy), right=True),
                TableCell(_interval(run), "muted", right=True),
                TableCell("–" if run.errors is None else f"{run.errors:,}", right=True),
                *(
                    TableCell("–" if (cost := cost_of(run, name)) is None else _number(cost), right=True)
                    for name in self._titles
                ),
                TableCell(f"{run.row.test_set_uses:,}", right=True),
            ]
            for number, run in enumerate(self._comparison.runs)
        ]
        self.sheet.show_rows(titles, rows)

    def _choose(self, index: int) -> None:
        self._show_note()
        self.chosen.emit(self._shown[index])

    def _show_note(self) -> None:
        missing = len(self._comparison.runs) - len(self._shown)
        text = ""
        if self.plot.selected is not None:
            text = self._describe(self.plot.selected)
        elif self.plot.points:
            text = self.tr(
                "Filled: no other run is as accurate at so little cost (dashed: the frontier). Lines up and "
                "down: 95 % interval. Click a point."
            )
        if missing:
            text += " " + self.tr("%n run(s) without these figures are left out.", "", missing)
        self.note.setText(text.strip())

    def _describe(self, index: int) -> str:
        """Return a point in words."""
        run = self._comparison.runs[self._shown[index]]
        text = self.tr("{name}: {accuracy} of the test images, {parameters} parameters, {seconds} s.").format(
            name=run.name,
            accuracy=percent(run.accuracy),
            parameters="–" if run.row.parameters is None else f"{run.row.parameters:,}",
            seconds="–" if run.seconds is None else _number(run.seconds),
        )
        if index in self.plot.frontier:
            return text + " " + self.tr("No other run is as accurate at so little cost.")
        point = self.plot.points[index]
        better = next(
            number
            for number in reversed(self.plot.frontier)
            if self.plot.points[number].cost <= point.cost
            and self.plot.points[number].accuracy >= point.accuracy
        )
        beaten = self.tr("{other} is at least as accurate at no more cost.")
        return text + " " + beaten.format(other=self.plot.points[better].name)


def _interval(run: ComparedRun) -> str:
    return "–" if run.interval is None else f"{100 * run.interval[0]:.2f} – {100 * run.interval[1]:.2f}"


def _number(value: float) -> str:
    return f"{value:,.1f}" if value != int(value) else f"{int(value):,}"
