"""What a run gets wrong: the confusion matrix and the images behind each of its cells."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QButtonGroup, QComboBox, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from cnn_studio.core.errors import StudioError
from cnn_studio.core.evaluation import wilson_interval
from cnn_studio.core.runs import RUN_FILE
from cnn_studio.core.settings import Settings
from cnn_studio.ui.background import Background
from cnn_studio.ui.engine_link import EngineLink
from cnn_studio.ui.export_dialog import say_outcome
from cnn_studio.ui.forms import card, label
from cnn_studio.ui.models import ModelShelf
from cnn_studio.ui.reading import Reading, read
from cnn_studio.ui.run_jobs import RunJobs
from cnn_studio.ui.saving import FigureSaver
from cnn_studio.ui.theme import STEP_PX, Theme, font, role
from cnn_studio.ui.widgets.gallery import Gallery, Tile
from cnn_studio.ui.widgets.matrix import ConfusionMatrix
from cnn_studio.ui.widgets.notice import Banner, Kind

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MS_TO_READ = 400
"""What takes longer to be read takes the place of what was shown before."""


class EvaluateTab(QWidget):
    """Matrix on the left, gallery on the right, linked."""

    def __init__(
        self,
        theme: Theme,
        engine: EngineLink,
        shelf: ModelShelf,
        settings: Settings,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("evaluateTab")
        self._theme, self._shelf = theme, shelf
        self.reading: Reading | None = None
        self._chosen: Path | None = None
        self._reports_reading = False
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.setInterval(MS_TO_READ)
        self._late.timeout.connect(lambda: self._clear(self.tr("Reading …")))
        self._jobs = RunJobs(theme, engine, settings, self)
        self._jobs.exported.connect(self._say_exported)
        self._jobs.evaluated.connect(self._take_evaluated)
        self._jobs.turn_changed.connect(self._show_turn)
        self._loader = Background(self._take, self._take_error, self)
        self.banner = Banner(theme)
        self._saver = FigureSaver(self.banner, settings, self)
        self.matrix = ConfusionMatrix(theme)
        self.gallery = Gallery(theme)
        self._make_controls()
        self._lay_out()
        self.matrix.cell_selected.connect(self._show_cell)
        shelf.changed.connect(lambda _: self._list_runs())
        theme.changed.connect(self._paint_icons)
        self._paint_icons()
        self._clear()
        self._list_runs()

    def _make_controls(self) -> None:
        self.selector = QComboBox()
        self.selector.setObjectName("runSelector")
        self.selector.setAccessibleName(self.tr("Run"))
        self.selector.setToolTip(self.tr("The run whose answers on the test images are shown"))
        self.selector.setMinimumWidth(320)
        self.selector.setPlaceholderText(self.tr("No run yet"))
        self.selector.activated.connect(lambda: self._load(Path(self.selector.currentData())))
        self.export_button = QPushButton(self.tr("Export …"))
        self.export_button.setObjectName("exportButton")
        self.export_button.setToolTip(
            self.tr("Take the network away as Keras, SavedModel, TFLite or ONNX file")
        )
        self.export_button.clicked.connect(self._export)
        self.evaluate_button = QPushButton(self.tr("Evaluate again"))
        self.evaluate_button.setObjectName("evaluateButton")
        self.evaluate_button.setToolTip(self.tr("Read the test images with this run's network again"))
        self.evaluate_button.clicked.connect(self._evaluate)
        self.counts_button = QPushButton(self.tr("Counts"))
        self.counts_button.setObjectName("matrixCountsButton")
        self.rows_button = QPushButton(self.tr("Rows in %"))
        self.rows_button.setObjectName("matrixRowsButton")
        self.rows_button.setToolTip(self.tr("Each row as percent of the images of its true class"))
        group = QButtonGroup(self)
        for button in (self.counts_button, self.rows_button):
            button.setCheckable(True)
            role(button, "segment")
            group.addButton(button)
        self.counts_button.setChecked(True)
        self.rows_button.toggled.connect(self.matrix.normalise_rows)
        self.save_button = QPushButton()
        self.save_button.setObjectName("saveMatrixButton")
        self.save_button.setAccessibleName(self.tr("Save the matrix as a figure"))
        self.save_button.setToolTip(self.tr("Save the matrix as PNG, SVG or PDF"))
        role(self.save_button, "quiet")
        self.save_button.clicked.connect(self._save_matrix)
        self.errors_button = QPushButton(self.tr("All errors"))
        self.errors_button.setObjectName("allErrorsButton")
        self.errors_button.clicked.connect(self.show_errors)
        self.accuracy = label("", "figure")
        self.accuracy.setObjectName("accuracyFigure")
        self.accuracy.setFont(font(tabular=True))
        self.interval = label("", "field")
        self.errors = label("", "figure")
        self.errors.setObjectName("errorsFigure")
        self.gallery_title = label("", "title")
        self.gallery_title.setObjectName("galleryTitle")

    def _lay_out(self) -> None:
        header = QHBoxLayout()
        header.setSpacing(2 * STEP_PX)
        header.addWidget(label(self.tr("Run"), "field"))
        header.addWidget(self.selector)
        header.addSpacing(STEP_PX)
        header.addWidget(self.accuracy)
        header.addWidget(self.interval)
        header.addWidget(self.errors)
        header.addStretch(1)
        header.addWidget(self.evaluate_button)
        header.addWidget(self.export_button)
        left, column = card()
        tools = QHBoxLayout()
        tools.setSpacing(4)
        tools.addWidget(label(self.tr("Confusion matrix"), "title"))
        tools.addStretch(1)
        tools.addWidget(self.counts_button)
        tools.addWidget(self.rows_button)
        tools.addWidget(self.save_button)
        column.addLayout(tools)
        column.addWidget(self.matrix, 1)
        right, images = card()
        tools = QHBoxLayout()
        tools.addWidget(self.gallery_title, 1)
        tools.addWidget(self.errors_button)
        images.addLayout(tools)
        images.addWidget(self.gallery, 1)
        columns = QHBoxLayout()
        columns.setSpacing(3 * STEP_PX)
        columns.addWidget(left, 11)
        columns.addWidget(right, 10)
        page = QVBoxLayout(self)
        page.setContentsMargins(3 * STEP_PX, 2 * STEP_PX, 3 * STEP_PX, 2 * STEP_PX)
        page.setSpacing(2 * STEP_PX)
        page.addLayout(header)
        page.addWidget(self.banner)
        page.addLayout(columns, 1)

    def _paint_icons(self) -> None:
        self.evaluate_button.setIcon(self._theme.icon("refresh"))
        self.export_button.setIcon(self._theme.icon("export-variant"))
        self.save_button.setIcon(self._theme.icon("image-outline"))

    def _list_runs(self) -> None:
        """Fill the selector; what is shown stays, unless its run was deleted."""
        self.selector.clear()
        for run in self._shelf.runs:
            self.selector.addItem(run.label, str(run.folder))
        index = self.selector.findData(str(self._chosen)) if self._chosen else -1
        self.selector.setCurrentIndex(index)
        if index >= 0 or (self._chosen and (self._chosen / RUN_FILE).is_file()):  # else newer than the list
            return
        if self.selector.count():
            self.selector.setCurrentIndex(0)
            self._load(Path(self.selector.currentData()))
        elif self._chosen:
            self._chosen = None
            self._loader.forget()
            self._clear()

    def show_run(self, folder: Path) -> None:
        """Show a run's answers."""
        self.selector.setCurrentIndex(self.selector.findData(str(folder)))
        self._load(folder)

    def _load(self, folder: Path) -> None:
        self._chosen = folder
        self.export_button.setEnabled(True)
        self._late.start()
        self._loader.ask(lambda: read(folder))

    def _take(self, reading: Reading) -> None:
        self._late.stop()
        self.reading = reading
        self.evaluate_button.setVisible(reading.outdated)
        if reading.problem is not None:
            self._say(reading.problem, "warn")
        elif self._reports_reading:
            self.banner.hide()
        evaluation = reading.evaluation
        total = len(evaluation.labels)
        wrong = len(evaluation.errors())
        low, high = wilson_interval(total - wrong, total)
        self.accuracy.setText(f"{100 * evaluation.accuracy:.2f} %")
        self.interval.setText(f"({100 * low:.2f} – {100 * high:.2f})")
        self.interval.setToolTip(
            self.tr("Accuracy on the test images, with its 95 % confidence interval (Wilson)")
        )
        self.errors.setText(self.tr("%n error(s)", "", wrong))
        self.matrix.show_matrix(evaluation.confusion_matrix(), evaluation.classes)
        self.save_button.setEnabled(True)
        self.errors_button.setEnabled(reading.images is not None)
        self.show_errors()

    def _take_error(self, error: StudioError) -> None:
        self._late.stop()
        self._clear(self.tr("This run's evaluation cannot be shown"))
        self.evaluate_button.show()
        self._say(error)

    def _say(self, error: StudioError, kind: Kind = "bad") -> None:
        self.banner.say(error.what, error.why, error.remedy, kind=kind)
        self._reports_reading = True

    def _clear(self, hint: str = "") -> None:
        """Show nothing of any run."""
        self.reading = None
        self.export_button.setEnabled(self._chosen is not None)
        self.save_button.setEnabled(False)
        self.errors_button.setEnabled(False)
        self.evaluate_button.hide()
        for text in (self.accuracy, self.interval, self.errors):
            text.setText("")
        self.gallery_title.setText(self.tr("Images"))
        self.matrix.hint = hint or self.tr("Train a network: what it confuses appears here")
        self.gallery.hint = "" if hint else self.tr("The images it misreads appear here")
        self.matrix.show_matrix(np.zeros((0, 0), np.int64), ())
        self.gallery.show_tiles([], None)

    def show_errors(self) -> None:
        """Show all misread images, the most confident mistake first."""
        if self.reading is None:
            return
        self.matrix.selected = None
        self.matrix.update()
        numbers = self.reading.evaluation.errors()
        self.gallery_title.setText(self.tr("All errors: %n image(s)", "", len(numbers)))
        self._show_images(numbers)

    def _show_cell(self, true: int, predicted: int) -> None:
        if self.reading is None:
            return
        evaluation = self.reading.evaluation
        numbers = evaluation.images_in_cell(true, predicted)
        count = self.tr("%n image(s)", "", len(numbers))
        pattern = (
            self.tr("{true} read correctly: {count}")
            if true == predicted
            else self.tr("{true} read as {predicted}: {count}")
        )
        self.gallery_title.setText(
            pattern.format(
                true=evaluation.classes[true], predicted=evaluation.classes[predicted], count=count
            )
        )
        self.gallery.hint = self.tr("No image of this kind")
        self._show_images(numbers)

    def _show_images(self, numbers: Iterable[int]) -> None:
        assert self.reading is not None
        evaluation = self.reading.evaluation
        if self.reading.images is None:
            self.gallery.hint = self.tr("The images are not here")
            self.gallery.show_tiles([], None)
            return
        predictions, confidences = evaluation.predictions, evaluation.confidences
        tiles = [
            Tile(
                int(number),
                evaluation.classes[evaluation.labels[number]],
                evaluation.classes[predictions[number]],
                float(confidences[number]),
            )
            for number in numbers
        ]
        self.gallery.show_tiles(tiles, self.reading.images)

    def _save_matrix(self) -> None:
        if self.reading is None:
            return
        evaluation, by_row, name = (
            self.reading.evaluation,
            self.rows_button.isChecked(),
            self.reading.folder.name,
        )

        def draw() -> Figure:
            from cnn_studio.figures.draw import matrix_figure

            return matrix_figure(evaluation, by_row=by_row, title=name)

        self._saver.ask(f"{name}-confusion", draw)

    def _export(self) -> None:
        if self._chosen is not None:
            self._jobs.export(self._chosen)

    def _evaluate(self) -> None:
        if self._chosen is not None:
            self._jobs.evaluate(self._chosen)
            self.banner.hide()
            self._show_turn()

    def _show_turn(self) -> None:
        """Say what an evaluation of the chosen run waits for."""
        delay = self._jobs.delay(self._chosen) if self._chosen else None
        if delay is not None:
            self._clear(delay or self.tr("Evaluating …"))

    def _take_evaluated(self, folder: Path, error: StudioError | None) -> None:
        if folder == self._chosen:
            self._load(folder) if error is None else self._take_error(error)

    def _say_exported(self, event: object) -> None:
        self._reports_reading = False
        say_outcome(self.banner, event)
