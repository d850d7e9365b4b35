"""The head of the Evaluate tab: whose answers on which images, how good they are, and what can be done."""

from __future__ import annotations

from pathlib import Path

import msgspec
from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QPushButton, QWidget

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.datasets.registry import REGISTRY, DatasetInfo
from cnn_studio.core.evaluation.predictions import wilson_interval
from cnn_studio.core.runs.evaluation_source import Subset
from cnn_studio.ui.services.background_task import BackgroundTask
from cnn_studio.ui.services.evaluation_loader import LoadedEvaluation
from cnn_studio.ui.services.model_registry import ModelRegistry
from cnn_studio.ui.services.own_data import FoundData, downloaded, look_at
from cnn_studio.ui.style.form_layout import label
from cnn_studio.ui.style.theme import STEP_PX, Theme, font, role
from cnn_studio.ui.widgets.counts_text import errors_in_words

SELECTOR_PX = 240
LONGEST_TITLE = 16
"""Letters of a data set's title that are shown; the list shows them all."""


class EvaluationRequest(msgspec.Struct, frozen=True):
    """Which images.

    Attributes:
        subset: Of the data set.
        dataset: Of another data set than the network's own; None for that.
    """

    subset: Subset = "test"
    dataset: str | None = None


class EvaluationHeader(QWidget):
    """Two selectors, the accuracy with its interval; the tab places the two buttons.

    Signals:
        source_chosen: The run folder or model file a person chose.
        images_chosen: What a person wants it to be evaluated on, `EvaluationRequest`.
        failed: A `StudioError`: data a person opened cannot be read.
    """

    source_chosen = Signal(object)
    images_chosen = Signal(object)
    failed = Signal(object)

    def __init__(self, theme: Theme, registry: ModelRegistry, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        role(self, "plain")
        self._theme, self._registry = theme, registry
        self._others: dict[str, str] = {info.name: info.title for info in REGISTRY.values()}
        self._listed = False
        self._asked = EvaluationRequest()
        self._lister = BackgroundTask(self._take_infos, self.failed.emit, self)
        self._opener = BackgroundTask(self._take_data, self._refuse_data, self)
        self.selector = QComboBox()
        self.selector.setObjectName("runSelector")
        self.selector.setAccessibleName(self.tr("Run or model"))
        self.selector.setToolTip(self.tr("The run or model whose answers are shown"))
        self.selector.setMinimumWidth(SELECTOR_PX)
        self.selector.setPlaceholderText(self.tr("No run yet"))
        self.selector.activated.connect(self._choose_source)
        self.images_selector = QComboBox()
        self.images_selector.setObjectName("subsetSelector")
        self.images_selector.setAccessibleName(self.tr("Evaluated on"))
        self.images_selector.setToolTip(
            self.tr(
                "The images it reads. Only images used neither to train nor to choose it give a fair figure."
            )
        )
        self.images_selector.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.images_selector.setMinimumContentsLength(LONGEST_TITLE)
        self.images_selector.activated.connect(self._choose_images)
        self.accuracy = label("", "figure")
        self.accuracy.setObjectName("accuracyFigure")
        self.accuracy.setFont(font(tabular=True))
        self.interval = label("", "field")
        self.interval.setObjectName("intervalFigure")
        self.interval.setFont(font(tabular=True))
        self.errors = label("", "figure")
        self.errors.setObjectName("errorsFigure")
        self.export_button = QPushButton(self.tr("Export …"))
        self.export_button.setObjectName("exportButton")
        self.allow_export(False)
        self.evaluate_button = QPushButton(self.tr("Evaluate again"))
        self.evaluate_button.setObjectName("evaluateButton")
        self._lay_out()
        self.list_images()
        theme.changed.connect(self._paint_icons)
        self._paint_icons()

    def _lay_out(self) -> None:
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(STEP_PX)
        for text, field in ((self.tr("Run"), self.selector), (self.tr("on"), self.images_selector)):
            name = label(text, "field")
            name.setBuddy(field)
            line.addWidget(name)
            line.addWidget(field)
        line.addSpacing(STEP_PX)
        line.addWidget(self.accuracy)
        line.addWidget(self.interval)
        line.addSpacing(STEP_PX)
        line.addWidget(self.errors)
        line.addStretch(1)

    def _paint_icons(self) -> None:
        self.evaluate_button.setIcon(self._theme.icon("refresh"))
        self.export_button.setIcon(self._theme.icon("export-variant"))

    def list_sources(self, chosen: Path | None) -> None:
        """Fill the first selector: runs, then opened models and the shipped one."""
        self.selector.clear()
        for run in self._registry.runs:
            self.selector.addItem(run.label, str(run.folder))
        models = [entry for entry in self._registry.entries if entry.run is None]
        if self.selector.count() and models:
            self.selector.insertSeparator(self.selector.count())
        for entry in (*models[1:], *models[:1]):  # the shipped one is the first entry
            self.selector.addItem(entry.title, str(entry.path))
        self.point_at(chosen)

    def point_at(self, source: Path | None) -> None:
        """Let the first selector name a source."""
        self.selector.setCurrentIndex(self.selector.findData(str(source)) if source else -1)

    def first_source(self) -> Path | None:
        """Return the newest run; without runs, the newest model that was opened, else the shipped one."""
        return Path(self.selector.itemData(0)) if self.selector.count() else None

    def _choose_source(self, index: int) -> None:
        name = self.selector.itemData(index)
        if name:
            self.source_chosen.emit(Path(name))

    @property
    def asked(self) -> EvaluationRequest:
        """Which images are chosen."""
        return self._asked

    def list_images(self) -> None:
        """Fill the second selector; what is chosen stays."""
        with QSignalBlocker(self.images_selector):
            self.images_selector.clear()
            for asked, text in (
                (EvaluationRequest(), self.tr("Test images")),
                (EvaluationRequest("validation"), self.tr("Validation images")),
                (EvaluationRequest("train"), self.tr("Training images")),
                (EvaluationRequest("drawings"), self.tr("My drawings")),
            ):
                self.images_selector.addItem(text, asked)
            self.images_selector.insertSeparator(self.images_selector.count())
            for name, title in self._others.items():
                self.images_selector.addItem(title, EvaluationRequest("test", name))
            self.images_selector.addItem(self.tr("Own data: folder …"), "folder")
            self.images_selector.addItem(self.tr("Own data: file …"), "file")
            self._show_asked()

    def _show_asked(self) -> None:
        for row in range(self.images_selector.count()):
            if self.images_selector.itemData(row) == self._asked:
                self.images_selector.setCurrentIndex(row)
                return

    def ask_for(self, asked: EvaluationRequest) -> None:
        """Choose images as a person does."""
        self._asked = asked
        self._show_asked()
        self.images_chosen.emit(asked)

    def showEvent(self, event: object) -> None:
        if not self._listed:
            self._listed = True
            self._lister.ask(downloaded)

    def _take_infos(self, infos: list[DatasetInfo]) -> None:
        self._others |= {info.name: info.title for info in infos}
        self.list_images()

    def _choose_images(self, index: int) -> None:
        wanted = self.images_selector.itemData(index)
        if isinstance(wanted, EvaluationRequest):
            self.ask_for(wanted)
            return
        self._show_asked()
        if wanted == "folder":
            name = QFileDialog.getExistingDirectory(self, self.tr("Folder with a folder per class"))
        else:
            patterns = "*.zip *.tar *.gz *.tgz *.xz *.txz *.npz *.csv *ubyte"
            kinds = self.tr("Data ({patterns});;All files (*)").format(patterns=patterns)
            name, _ = QFileDialog.getOpenFileName(self, self.tr("Archive, IDX, NPZ or CSV"), "", kinds)
        if name:
            self.open_data(Path(name))

    def open_data(self, path: Path) -> None:
        """Read a person's own data off the GUI thread, and choose their test images."""
        self._opener.ask(lambda: look_at(path))

    def _take_data(self, found: FoundData) -> None:
        self._others[found.info.name] = found.info.title
        self.list_images()
        self.ask_for(EvaluationRequest("test", found.info.name))

    def _refuse_data(self, error: StudioError) -> None:
        self.failed.emit(error)

    def show_reading(self, reading: LoadedEvaluation | None) -> None:
        """Show accuracy, interval and errors of a reading, or nothing."""
        if reading is None:
            for text in (self.accuracy, self.interval, self.errors):
                text.setText("")
            return
        total = len(reading.evaluation.labels)
        wrong = len(reading.evaluation.errors())
        low, high = wilson_interval(total - wrong, total)
        self.accuracy.setText(f"{100 * reading.scores.summary.accuracy:.2f} %")
        self.interval.setText(f"({100 * low:.2f} – {100 * high:.2f})")
        tip = self.tr("Accuracy on {total} images, with its 95 % confidence interval (Wilson)")
        for figure in (self.accuracy, self.interval):
            figure.setToolTip(tip.format(total=f"{total:,}"))
        self.errors.setText(errors_in_words(wrong))

    def allow_export(self, is_run: bool) -> None:
        """Runs can be exported; an opened model is a file already."""
        self.export_button.setEnabled(is_run)
        self.export_button.setToolTip(
            self.tr("Export the network as a Keras, SavedModel, TFLite or ONNX file")
            if is_run
            else self.tr("Only runs can be exported; this model is already a file")
        )

    def show_evaluate(self, *, missing: bool, possible: bool, looks: int) -> None:
        """Say what the evaluate button does.

        Args:
            missing: Whether there are no answers yet.
            possible: Whether there is something to evaluate, and it is not being evaluated.
            looks: How often the test images were looked at; 0 where that is not counted.
        """
        self.evaluate_button.setText(self.tr("Evaluate") if missing else self.tr("Evaluate again"))
        self.evaluate_button.setEnabled(possible)
        tip = self.tr("Read the images with this network")
        if looks:
            tip += "\n" + self.tr(
                "Its test images were used %n time(s); choosing models by them makes the "
                "figures too optimistic",
                "",
                looks,
            )
        self.evaluate_button.setToolTip(tip)
        role(self.evaluate_button, "primary" if missing and possible else "")
        self.evaluate_button.style().unpolish(self.evaluate_button)
        self.evaluate_button.style().polish(self.evaluate_button)
