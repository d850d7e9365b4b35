"""What is told of the selected run: its curves, its recipe in words, what came of it, its files."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.settings import Settings
from cnn_studio.core.runs.run_details import RunDetailsRead, read_run_details, size_text
from cnn_studio.ui.curves.curves_panel import CurvesPanel
from cnn_studio.ui.runs.text_tables import TextTable
from cnn_studio.ui.services.background_task import BackgroundTask
from cnn_studio.ui.style.form_layout import label
from cnn_studio.ui.style.theme import STEP_PX, Theme
from cnn_studio.ui.widgets.banner import Banner

MOST_FILES = 40


class RunDetails(QWidget):
    """One run, on pages.

    Args:
        theme: The appearance.
        settings: Remember where figures are saved.
        banner: Where it is said what was saved.
    """

    def __init__(
        self, theme: Theme, settings: Settings, banner: Banner, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("runDetails")
        self.reading: RunDetailsRead | None = None
        self._reader = BackgroundTask(self._take, self._fail, self)
        self.problem = label("", "warning")
        self.problem.setObjectName("runProblem")
        self.problem.hide()
        self.curves = CurvesPanel(theme, beside=True)
        self.curves.accuracy.setObjectName("runAccuracyPlot")
        self.curves.loss.setObjectName("runLossPlot")
        self.curves.set_hints(self.tr("This run has no finished epoch"), self.tr("Its loss appears here"))
        self.curves.enable_saving(banner, settings)
        self.recipe = TextTable(theme, "runRecipeSheet", self.tr("Recipe of the run"))
        self.layers = TextTable(theme, "runLayersSheet", self.tr("Layers of the run's network"))
        self.result = TextTable(theme, "runResultSheet", self.tr("Result of the run"))
        self.files = TextTable(theme, "runFilesSheet", self.tr("Files of the run"))
        self.stack = QStackedWidget()
        self.stack.addWidget(self.curves)
        self.stack.addWidget(_beside(self.recipe, self.layers))
        self.stack.addWidget(_beside(self.result, self.files))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(STEP_PX)
        column.addWidget(self.problem)
        column.addWidget(self.stack, 1)

    def page_titles(self) -> list[tuple[str, str, str]]:
        """Return object name, text and tip of the button of each page."""
        return [
            ("runCurvesPageButton", self.tr("Curves"), self.tr("Accuracy and loss over the epochs")),
            (
                "runRecipePageButton",
                self.tr("Recipe"),
                self.tr("Everything needed to repeat this run, in words"),
            ),
            ("runResultPageButton", self.tr("Result"), self.tr("Scores, versions, files")),
        ]

    def show_run(self, folder: Path) -> None:
        """Read a run and show it; what is shown stays until it is read."""
        self._reader.ask(lambda: read_run_details(folder))

    def clear(self) -> None:
        """Show nothing."""
        self._reader.forget()
        self.reading = None

    def _take(self, reading: RunDetailsRead) -> None:
        self.reading = reading
        row = reading.row
        self.problem.setText(
            self.tr("This run is damaged: {problem}").format(problem=reading.problem)
            if reading.problem
            else ""
        )
        self.problem.setVisible(bool(reading.problem))
        self.curves.show_history(reading.history, row.name, folder=row.folder)
        self.recipe.show_tables([(self.tr("Recipe"), (), reading.recipe)])
        heads = (self.tr("No."), self.tr("Layer"), self.tr("Output"), self.tr("Parameters"))
        self.layers.show_tables(
            [
                (
                    self.tr("Network"),
                    heads,
                    [
                        (
                            str(line.number),
                            line.text,
                            " × ".join(map(str, line.shape)),
                            f"{line.parameters:,}",
                        )
                        for line in reading.layers
                    ],
                )
            ]
        )
        note = [(self.tr("Note"), row.record.note)] if row.record and row.record.note else []
        self.result.show_tables(
            [
                (self.tr("Result"), (), [*note, *reading.facts]),
                (self.tr("Versions"), (), reading.versions),
            ]
        )
        self._show_files(reading)

    def _show_files(self, reading: RunDetailsRead) -> None:
        total = sum(size for _, size in reading.files)
        rows = [(size_text(size), name) for name, size in reading.files[:MOST_FILES]]
        rest = reading.files[MOST_FILES:]
        if rest:
            more = self.tr("%n more file(s)", "", len(rest))
            rows.append((size_text(sum(size for _, size in rest)), more))
        title = self.tr("Files, {size}").format(size=size_text(total))
        self.files.show_tables([(title, (self.tr("Size"), self.tr("File")), rows)])

    def _fail(self, error: StudioError) -> None:
        self.problem.setText(str(error))
        self.problem.show()


def _beside(*widgets: QWidget) -> QWidget:
    page = QWidget()
    line = QHBoxLayout(page)
    line.setContentsMargins(0, 0, 0, 0)
    line.setSpacing(3 * STEP_PX)
    for widget in widgets:
        line.addWidget(widget, 1)
    return page


def empty_page(text: str) -> QLabel:
    """Return a page that says what will be there."""
    page = label(text, "field")
    page.setAlignment(Qt.AlignmentFlag.AlignCenter)
    page.setWordWrap(True)
    return page
