"""Whether differences are noise: every two runs on the same images, and several seeds of one recipe."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QHBoxLayout,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from cnn_studio.core.evaluation.significance import NOISE, spread, welch
from cnn_studio.core.runs.run_comparison import group_accuracies
from cnn_studio.core.runs.seed_groups import SeedGroup
from cnn_studio.ui.runs.comparison.comparison_page import ComparisonPage
from cnn_studio.ui.runs.comparison.comparison_sheet import CopyableTable, TableCell
from cnn_studio.ui.runs.comparison.comparison_subject import RunComparison
from cnn_studio.ui.runs.comparison.comparison_text import (
    few_seeds_text,
    group_verdict,
    interval_text,
    p_text,
    percent,
)
from cnn_studio.ui.style.form_layout import label
from cnn_studio.ui.style.theme import STEP_PX, Theme, role


class NoisePage(ComparisonPage):
    """A matrix of p values, or the groups of seeds and their comparison.

    Signals:
        pair_chosen: Two runs were chosen by a click on their p value.
    """

    pair_chosen = Signal(int, int)

    def __init__(self, theme: Theme, comparison: RunComparison, parent: QWidget | None = None) -> None:
        super().__init__("noisePage", parent)
        self._comparison = comparison
        self.tests = CopyableTable("pairTests", self.tr("McNemar's p value of every two runs"), theme)
        self.tests.setSelectionBehavior(CopyableTable.SelectionBehavior.SelectItems)
        self.tests.cellClicked.connect(self._click)
        self.tests.cellActivated.connect(self._click)
        self.tests_note = label("", "caption")
        self.tests_note.setObjectName("pairTestsNote")
        self.groups = CopyableTable(
            "seedGroups", self.tr("Runs by recipe, several seeds taken together"), theme, elastic=True
        )
        self.first, self.second = QComboBox(), QComboBox()
        for box, name, said in (
            (self.first, "seedGroupA", self.tr("Recipe A")),
            (self.second, "seedGroupB", self.tr("Recipe B")),
        ):
            box.setObjectName(name)
            box.setAccessibleName(said)
            box.setMinimumContentsLength(10)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.activated.connect(self._show_groups_compared)
        self.groups_verdict = label("", "caption")
        self.groups_verdict.setObjectName("seedVerdict")
        self.warning = label("", "warning")
        self.warning.setObjectName("seedWarning")
        choice = QHBoxLayout()
        choice.setContentsMargins(0, 0, 0, 0)
        choice.setSpacing(STEP_PX)
        choice.addWidget(label(self.tr("Recipe A"), "field"))
        choice.addWidget(self.first, 1)
        choice.addWidget(label(self.tr("Recipe B"), "field"))
        choice.addWidget(self.second, 1)
        self._choice = QWidget()
        self._choice.setLayout(choice)
        self._stack = QStackedWidget()
        self._parts: list[QWidget] = []
        for widgets in (
            (self.tests_note, self.tests),
            (self.groups, self._choice, self.groups_verdict, self.warning),
        ):
            page = QWidget()
            role(page, "plain")
            column = QVBoxLayout(page)
            column.setContentsMargins(0, 0, 0, 0)
            column.setSpacing(STEP_PX)
            for widget in widgets:
                column.addWidget(widget)
            column.addStretch(0)
            self._stack.addWidget(page)
            self._parts.append(page)
        self.buttons = QButtonGroup(self)
        head = QHBoxLayout()
        head.setSpacing(STEP_PX // 2)
        for number, (name, text, tip) in enumerate(
            (
                ("pairTestsButton", self.tr("Every two runs"), self.tr("Compared on the same images")),
                (
                    "seedGroupsButton",
                    self.tr("Several seeds"),
                    self.tr(
                        "Runs that differ in nothing but the seed, taken together: of each seed the latest"
                    ),
                ),
            )
        ):
            button = QPushButton(text)
            button.setObjectName(name)
            button.setToolTip(tip)
            button.setCheckable(True)
            role(button, "segment")
            self.buttons.addButton(button, number)
            head.addWidget(button)
        head.addStretch(1)
        self.buttons.button(0).setChecked(True)
        self.buttons.idClicked.connect(self._turn)
        self._turn(0)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(STEP_PX)
        whole.addLayout(head)
        whole.addWidget(self._stack, 1)
        self.follow(comparison.changed)

    def _turn(self, number: int) -> None:
        self._stack.setCurrentIndex(number)
        for index, part in enumerate(self._parts):  # what is out of sight needs no room
            policy = QSizePolicy.Policy.Preferred if index == number else QSizePolicy.Policy.Ignored
            part.setSizePolicy(policy, policy)

    def refresh(self) -> None:
        """Show the runs that were read."""
        self._show_tests()
        self._show_groups()

    def _show_tests(self) -> None:
        runs, tests = self._comparison.runs, self._comparison.overview.tests
        p_values = {(test.first, test.second): test.corrected for test in tests}
        rows: list[list[TableCell]] = []
        for number, run in enumerate(runs):
            row = [TableCell(run.name)]
            for other in range(len(runs)):
                value = p_values.get((min(number, other), max(number, other)))
                if value is None:
                    row.append(TableCell("" if number == other else "–", "muted", right=True))
                else:
                    noise = value >= NOISE
                    row.append(
                        TableCell(
                            p_text(value).removeprefix("p ").removeprefix("= "),
                            "muted" if noise else "text",
                            True,
                            not noise,
                        )
                    )
            rows.append(row)
        short = [run.name if len(runs) < 3 else str(number) for number, run in enumerate(runs, start=1)]
        titles = [TableCell(self.tr("Run")), *(TableCell(name, right=True) for name in short)]
        self.tests.show_rows(titles, rows)
        self.tests.setVisible(bool(tests))
        if not tests:
            said = self.tr("No two of these runs were evaluated on the same images.")
        elif len(tests) == 1:
            said = self.tr("McNemar's exact p value. Bold, below 0.05: more than noise.")
        else:
            said = self.tr(
                "McNemar's exact p values, with Holm's correction for %n pair(s). Bold, below 0.05: more "
                "than noise. A click chooses A and B.",
                "",
                len(tests),
            )
        self.tests_note.setText(said)

    def _click(self, row: int, column: int) -> None:
        other = column - 1
        if 0 <= other != row:
            self.pair_chosen.emit(row, other)

    @property
    def _found(self) -> tuple[SeedGroup, ...]:
        return self._comparison.overview.groups

    def _show_groups(self) -> None:
        rows: list[list[TableCell]] = []
        for group in self._found:
            figures = spread(group_accuracies(group))
            interval = figures.interval
            rows.append(
                [
                    TableCell(_name(group)),
                    TableCell(f"{group.seeds}", right=True),
                    TableCell(percent(figures.mean), right=True),
                    TableCell("–" if figures.count < 2 else f"{100 * figures.deviation:.3f}", right=True),
                    TableCell(
                        "–"
                        if interval is None
                        else f"{100 * max(0.0, interval[0]):.2f} – {100 * min(1.0, interval[1]):.2f}",
                        "muted",
                        right=True,
                    ),
                ]
            )
        titles = [TableCell(self.tr("Recipe"))]
        titles += [
            TableCell(text, right=True)
            for text in (
                self.tr("Seeds"),
                self.tr("Mean"),
                self.tr("Deviation"),
                self.tr("95 % interval"),
            )
        ]
        self.groups.show_rows(titles, rows)
        self.groups.setVisible(bool(rows))
        for index, box in enumerate((self.first, self.second)):
            box.clear()
            box.addItems([_name(group) for group in self._found])
            box.setCurrentIndex(min(index, len(self._found) - 1))
        self._choice.setVisible(len(self._found) > 1)
        self._show_groups_compared()

    def _show_groups_compared(self) -> None:
        found = self._found
        if not found:
            self.groups_verdict.setText(self.tr("None of these trainings has ended."))
            self.warning.hide()
            return
        chosen = [found[max(0, box.currentIndex())] for box in (self.first, self.second)]
        if len(found) == 1 or chosen[0] is chosen[1]:
            chosen = chosen[:1]
        warning = few_seeds_text([group.seeds for group in chosen])
        self.warning.setText(warning)
        self.warning.setVisible(bool(warning))
        self.groups_verdict.setText(self._compared(chosen))

    def _compared(self, chosen: list[SeedGroup]) -> str:
        if len(chosen) == 1:
            if len(self._found) > 1:
                return self.tr("Choose two different recipes to compare their means.")
            return self.tr("Choose runs of a second recipe too, and their means are compared here.")
        datasets = {row.recipe.dataset for group in chosen for row in group.rows if row.recipe}
        if len(datasets) > 1:
            return self.tr("The means are of different data sets and cannot be compared.")
        difference = welch(*map(group_accuracies, chosen))
        if difference is None:
            return self.tr("Welch's test needs two trainings of each recipe that are not all equal.")
        return self.tr("{verdict} 95 % interval of the difference {interval} points; Welch's t test.").format(
            verdict=group_verdict(difference), interval=interval_text(difference.interval)
        )


def _name(group: SeedGroup) -> str:
    return group.rows[0].name
