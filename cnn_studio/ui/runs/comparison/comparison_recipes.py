"""What differs between the recipes of compared runs, and only that."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QVBoxLayout, QWidget

from cnn_studio.ui.runs.comparison.comparison_page import ComparisonPage
from cnn_studio.ui.runs.comparison.comparison_sheet import CopyableTable, TableCell
from cnn_studio.ui.runs.comparison.comparison_subject import RunComparison
from cnn_studio.ui.style.form_layout import label
from cnn_studio.ui.style.theme import STEP_PX, Theme


class RecipesPage(ComparisonPage):
    """A row a field, a column a run; what is as in the first run is muted."""

    def __init__(self, theme: Theme, comparison: RunComparison, parent: QWidget | None = None) -> None:
        super().__init__("comparedRecipesPage", parent)
        self._comparison = comparison
        self.summary = label("", "caption")
        self.summary.setObjectName("recipeDifferenceSummary")
        self.sheet = CopyableTable("recipeDifferences", self.tr("What differs between the recipes"), theme)
        self.sheet.setToolTip(self.tr("Ctrl+C copies the table"))
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(STEP_PX)
        page.addWidget(self.summary)
        page.addWidget(self.sheet, 1)
        self.follow(comparison.changed)

    def refresh(self) -> None:
        """Show the differences of the runs that were read."""
        overview = self._comparison.overview
        differences = overview.differences
        names = [overview.runs[number].name for number in overview.readable]
        self.summary.setText(self._said(len(names)))
        self.sheet.setVisible(bool(differences))
        rows: list[list[TableCell]] = []
        section = ""
        for difference in differences:
            if difference.section != section:
                section = difference.section
                rows.append([TableCell(_section_title(section), "muted", bold=True)])
            first = difference.values[0]
            rows.append(
                [
                    TableCell(difference.field),
                    *(
                        TableCell(value, "muted" if number and value == first else "text")
                        for number, value in enumerate(difference.values)
                    ),
                ]
            )
        self.sheet.show_rows([TableCell(self.tr("Field")), *map(TableCell, names)], rows)

    def _said(self, readable: int) -> str:
        differences = self._comparison.overview.differences
        if readable < 2:
            return self.tr("The recipes of fewer than two of these runs can be read.")
        if not differences:
            return self.tr("These recipes do not differ, not even in their seed.")
        if len(differences) == 1 and differences[0].field == "seed":
            return self.tr("These recipes differ in nothing but their seed.")
        if all(difference.section == "Run" for difference in differences):
            return self.tr("These recipes do not differ; the conditions they ran under do.")
        counted = self.tr("%n field(s) differ.", "", len(differences))
        return counted + " " + self.tr("Layers of one kind stand in one row, as far as their order allows.")


def _section_title(section: str) -> str:
    """Return a section's name in the person's language."""
    return {
        "Data": QCoreApplication.translate("Comparison", "Data"),
        "Augmentation": QCoreApplication.translate("Comparison", "Augmentation"),
        "Layers": QCoreApplication.translate("Comparison", "Layers"),
        "Training": QCoreApplication.translate("Comparison", "Training"),
        "Optimizer": QCoreApplication.translate("Comparison", "Optimizer"),
        "Run": QCoreApplication.translate("Comparison", "Run"),
    }[section]
