"""Which two of the compared runs are held against one another, and what comes of it in words."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from cnn_studio.core.evaluation.significance import NOISE
from cnn_studio.core.runs.run_comparison import of_one_recipe
from cnn_studio.ui.runs.comparison.comparison_subject import Pair, RunComparison
from cnn_studio.ui.runs.comparison.comparison_text import looks_text, reasons, verdict
from cnn_studio.ui.style.form_layout import label
from cnn_studio.ui.style.theme import STEP_PX, Theme, font, role

ICON_PX = 18

SEPARATOR = " · "
"""Between the parts of a run's name, as `core.runs.run_comparison` puts them together."""


def what_differs(names: Sequence[str]) -> list[str]:
    """Return names without the first parts that all share: a box has room for little else."""
    parts = [name.split(SEPARATOR) for name in names]
    shared = 0
    while len(names) > 1 and min(map(len, parts)) > shared + 1 and len({part[shared] for part in parts}) == 1:
        shared += 1
    return [SEPARATOR.join(part[shared:]) for part in parts]


class PairChoice(QWidget):
    """Two boxes, A and B, and a button that swaps them."""

    def __init__(self, theme: Theme, comparison: RunComparison, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._comparison = theme, comparison
        self.first, self.second = QComboBox(), QComboBox()
        for box, name, said in (
            (self.first, "comparedRunA", self.tr("Run A")),
            (self.second, "comparedRunB", self.tr("Run B")),
        ):
            box.setObjectName(name)
            box.setAccessibleName(said)
            box.setMinimumContentsLength(8)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.activated.connect(
                lambda _: self.choose(self.first.currentIndex(), self.second.currentIndex())
            )
        self.swap_button = QToolButton()
        self.swap_button.setObjectName("swapComparedButton")
        self.swap_button.setAccessibleName(self.tr("Swap A and B"))
        self.swap_button.setToolTip(self.tr("Swap A and B"))
        role(self.swap_button, "quiet")
        self.swap_button.clicked.connect(lambda: self.choose(*reversed(comparison.chosen)))
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(STEP_PX // 2)
        line.addWidget(label("A", "field"))
        line.addWidget(self.first, 1)
        line.addWidget(self.swap_button)
        line.addWidget(label("B", "field"))
        line.addWidget(self.second, 1)
        comparison.changed.connect(self._list)
        theme.changed.connect(self._paint_icon)
        self._paint_icon()
        self._list()

    def choose(self, a: int, b: int) -> None:
        """Choose the pair; the same run twice swaps it with the other."""
        if a == b:
            before = self._comparison.chosen
            a, b = (a, before[0]) if a != before[0] else (before[1], b)
        self._show(a, b)
        self._comparison.choose(a, b)

    def _list(self) -> None:
        """Offer the runs that were read."""
        runs = self._comparison.runs
        names = [run.name for run in runs]
        for box in (self.first, self.second):
            box.clear()
            box.addItems(what_differs(names))
            widest = max((box.fontMetrics().horizontalAdvance(name) for name in names), default=0)
            box.view().setMinimumWidth(widest + 4 * STEP_PX)
            box.setEnabled(len(runs) > 1)
        self.swap_button.setEnabled(len(runs) > 1)
        if runs:
            self._show(*self._comparison.chosen)

    def _show(self, a: int, b: int) -> None:
        for box, number in ((self.first, a), (self.second, b)):
            box.setCurrentIndex(min(number, box.count() - 1))
            box.setToolTip(self._comparison.runs[box.currentIndex()].name)

    def _paint_icon(self) -> None:
        self.swap_button.setIcon(self._theme.icon("swap-horizontal"))


class Verdict(QWidget):
    """Whether the two differ by more than noise, what that rests on, and what is wrong with which run.

    Attributes:
        terse: Whether what it rests on is only in the tip, so that the pages have the room.
    """

    def __init__(self, theme: Theme, comparison: RunComparison, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._comparison = theme, comparison
        self.terse = False
        self._icon = QLabel()
        self.text = label("")
        self.text.setObjectName("comparisonVerdict")
        self.text.setFont(font(bold=True))
        self.text.setWordWrap(True)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.reasons = label("", "caption")
        self.reasons.setObjectName("comparisonReasons")
        self.reasons.setToolTip(
            self.tr("The more often the test set is used to choose, the more optimistic its accuracy becomes")
        )
        self.problems = label("", "warning")
        self.problems.setObjectName("comparisonProblems")
        line = QHBoxLayout()
        line.setSpacing(STEP_PX)
        line.addWidget(self._icon)
        line.addWidget(self.text, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(STEP_PX // 2)
        column.addLayout(line)
        column.addWidget(self.reasons)
        column.addWidget(self.problems)
        comparison.changed.connect(self.refresh)
        comparison.paired.connect(self.refresh)
        theme.changed.connect(self._paint_icon)
        self.refresh()

    def refresh(self) -> None:
        """Say it anew."""
        runs = self._comparison.runs
        problems = [
            self.tr("{name}: {problem}").format(name=run.name, problem=run.problem)
            for run in runs
            if run.problem
        ]
        self.problems.setText("  ".join(problems))
        text, rests_on = self._said(self._comparison.pair)
        self.text.setText(text)
        self.reasons.setText(rests_on)
        self.be_terse(self.terse)
        self._paint_icon()

    def be_terse(self, wanted: bool) -> None:
        """Say what the verdict rests on below it, or in its tip only."""
        self.terse = wanted
        self.problems.setVisible(bool(self.problems.text()))
        self.reasons.setVisible(bool(self.reasons.text()) and not wanted)
        told = self.tr(
            "It says which of these two trained networks reads the test images better. Whether a recipe is "
            "better takes several seeds of each: see Noise."
        )
        self.text.setToolTip(f"{self.reasons.text()}\n{told}" if self.reasons.text() else "")

    def _said(self, pair: Pair | None) -> tuple[str, str]:
        if len(self._comparison.runs) < 2:
            return self.tr("Choose two runs or more: what differs between them appears here."), ""
        if pair is None:
            return self.tr("Comparing …"), ""
        if pair.ledger is None:
            problem = pair.problem
            return (problem.what, f"{problem.why} {problem.remedy}".strip()) if problem else ("", "")
        looks = looks_text([("A", pair.a.row.test_set_uses), ("B", pair.b.row.test_set_uses)])
        rests_on = reasons(pair.ledger, self._comparison.corrected_p_value())
        if of_one_recipe(pair.a, pair.b):
            looks = self.tr("Only their seeds differ: this is what chance makes of one recipe.")
        return verdict(pair.ledger, self._comparison.p_value(pair.ledger)), f"{rests_on} {looks}"

    def _paint_icon(self) -> None:
        pair = self._comparison.pair
        if pair is None:
            icon = self._theme.icon("compare-horizontal", "muted")
        elif pair.ledger is None:
            icon = self._theme.icon("alert-outline", "warn")
        elif self._comparison.p_value(pair.ledger) >= NOISE:
            icon = self._theme.icon("approximately-equal", "muted")
        elif pair.ledger.difference > 0:
            icon = self._theme.icon("arrow-up-bold", "good")
        else:
            icon = self._theme.icon("arrow-down-bold", "bad")
        self._icon.setPixmap(icon.pixmap(ICON_PX, ICON_PX))
