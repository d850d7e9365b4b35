"""What a run gets wrong: the confusion matrix and the images behind each of its cells."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QButtonGroup, QComboBox, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from cnn_studio.core.datasets import Subset, load_subset
from cnn_studio.core.errors import StudioError
from cnn_studio.core.evaluation import Evaluation, load_evaluation, wilson_interval
from cnn_studio.core.runs import EVALUATION_FILE
from cnn_studio.core.settings import Settings
from cnn_studio.ui.background import Background
from cnn_studio.ui.engine_link import EngineLink
from cnn_studio.ui.export_dialog import ExportDialog
from cnn_studio.ui.forms import card, label
from cnn_studio.ui.models import ModelShelf
from cnn_studio.ui.saving import FigureSaver
from cnn_studio.ui.theme import STEP_PX, Theme, font, role
from cnn_studio.ui.widgets.gallery import Gallery, Tile
from cnn_studio.ui.widgets.matrix import ConfusionMatrix
from cnn_studio.ui.widgets.notice import Banner

if TYPE_CHECKING:
    from matplotlib.figure import Figure

log = logging.getLogger(__name__)


class Reading(msgspec.Struct, frozen=True):
    """An evaluation with the images it was made on, (N, height, width, channels) uint8."""

    folder: Path
    evaluation: Evaluation
    images: NDArray[np.uint8]


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
        self._theme, self._engine, self._shelf, self._settings = theme, engine, shelf, settings
        self.reading: Reading | None = None
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
        self._list_runs()
        self._show_nothing()

    def _make_controls(self) -> None:
        self.selector = QComboBox()
        self.selector.setObjectName("runSelector")
        self.selector.setAccessibleName(self.tr("Run"))
        self.selector.setToolTip(self.tr("The run whose answers on the test images are shown"))
        self.selector.setMinimumWidth(320)
        self.selector.setPlaceholderText(self.tr("No run yet"))
        self.selector.activated.connect(lambda: self._load(self.selector.currentData()))
        self.export_button = QPushButton(self.tr("Export …"))
        self.export_button.setObjectName("exportButton")
        self.export_button.setToolTip(
            self.tr("Take the network away as Keras, SavedModel, TFLite or ONNX file")
        )
        self.export_button.clicked.connect(self._export)
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
        self.export_button.setIcon(self._theme.icon("export-variant"))
        self.save_button.setIcon(self._theme.icon("image-outline"))

    def _list_runs(self) -> None:
        wanted = str(self.reading.folder) if self.reading else self.selector.currentData()
        self.selector.clear()
        for run in self._shelf.runs:
            self.selector.addItem(run.label, str(run.folder))
        if self.selector.count() == 0:
            return
        index = self.selector.findData(wanted)
        self.selector.setCurrentIndex(max(0, index))
        if index < 0 and self.reading is None:
            self._load(self.selector.currentData())

    def show_run(self, folder: Path) -> None:
        """Show a run's answers."""
        index = self.selector.findData(str(folder))
        if index >= 0:
            self.selector.setCurrentIndex(index)
        self._load(str(folder))

    def _load(self, folder: str) -> None:
        self._loader.ask(lambda: _read(Path(folder)))

    def _take(self, reading: Reading) -> None:
        self.reading = reading
        self.banner.hide()
        index = self.selector.findData(str(reading.folder))
        if index >= 0:
            self.selector.setCurrentIndex(index)
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
        self.export_button.setEnabled(True)
        self.save_button.setEnabled(True)
        self.errors_button.setEnabled(True)
        self.show_errors()

    def _take_error(self, error: StudioError) -> None:
        self.banner.say_error(error)

    def _show_nothing(self) -> None:
        self.export_button.setEnabled(False)
        self.save_button.setEnabled(False)
        self.errors_button.setEnabled(False)
        self.gallery_title.setText(self.tr("Images"))
        self.matrix.hint = self.tr("Train a network: what it confuses appears here")
        self.gallery.hint = self.tr("The images it misreads appear here")

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
        if self.reading is not None:
            ExportDialog(self._theme, self._engine, self._settings, self.reading.folder, self).open()


def _read(folder: Path) -> Reading:
    """Read a run's evaluation and the images it was made on (0.1 s; not on the GUI thread)."""
    import cnn_studio.data  # noqa: F401 - knows people's own data by name; not needed before the first paint

    evaluation = load_evaluation(folder / EVALUATION_FILE)
    subset: Subset = "train" if evaluation.subset == "train" else "test"
    images, _ = load_subset(evaluation.dataset, subset)
    if len(images) < len(evaluation.labels):
        raise StudioError(
            "The evaluation does not fit its data set.",
            f"It has {len(evaluation.labels)} answers; the data set has {len(images)} images.",
            "Evaluate the run again.",
        )
    return Reading(folder, evaluation, images)
