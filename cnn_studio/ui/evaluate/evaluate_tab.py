"""What a network gets wrong: pages of figures at the left, the images behind them at the right."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.settings import Settings
from cnn_studio.core.runs.evaluation_source import evaluation_path
from cnn_studio.core.runs.run_folder import RUN_FILE
from cnn_studio.core.runs.usage_of_test_set import uses_of_test_set
from cnn_studio.ui.dialogs.export_dialog import say_outcome
from cnn_studio.ui.dialogs.figure_saver import FigureSaver
from cnn_studio.ui.dialogs.run_jobs import RunJobs
from cnn_studio.ui.evaluate.confusion_page import NAME as CONFUSION
from cnn_studio.ui.evaluate.confusion_page import ConfusionPage
from cnn_studio.ui.evaluate.evaluation_header import EvaluationHeader, EvaluationRequest
from cnn_studio.ui.evaluate.evaluation_page import EvaluationPage
from cnn_studio.ui.evaluate.evaluation_progress import EvaluationProgress
from cnn_studio.ui.evaluate.gallery.gallery_panel import GalleryPanel
from cnn_studio.ui.evaluate.image_selection import ImageSelection
from cnn_studio.ui.evaluate.lens.lens_place import LensPlace
from cnn_studio.ui.evaluate.page_stack import Pages
from cnn_studio.ui.services.background_task import BackgroundTask
from cnn_studio.ui.services.engine_client import EngineClient
from cnn_studio.ui.services.evaluation_loader import LoadedEvaluation, load_evaluation_with_metrics
from cnn_studio.ui.services.model_registry import ModelRegistry
from cnn_studio.ui.style.form_layout import card
from cnn_studio.ui.style.theme import STEP_PX, Theme
from cnn_studio.ui.widgets.banner import Banner, Kind
from cnn_studio.ui.widgets.confusion_matrix import ConfusionMatrix
from cnn_studio.ui.widgets.image_gallery import Gallery

MS_TO_READ = 400
"""What takes longer to be read takes the place of what was shown before."""


class EvaluateTab(QWidget):
    """Pages at the left, the selected images at the right, linked by one selection.

    Attributes:
        selection: The images that are looked at.
        reading: The evaluation that is shown; None while there is none.
    """

    def __init__(
        self,
        theme: Theme,
        engine: EngineClient,
        registry: ModelRegistry,
        settings: Settings,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("evaluateTab")
        self._theme, self._registry, self._settings = theme, registry, settings
        self._engine = engine
        self.reading: LoadedEvaluation | None = None
        self.selection = ImageSelection(self)
        self._chosen: Path | None = None
        self._wanted = False  # whether somebody chose it; else the newest run takes its place
        self._reports_reading = False
        self._late = QTimer(self)
        self._late.setSingleShot(True)
        self._late.setInterval(MS_TO_READ)
        self._late.timeout.connect(lambda: self._clear(self.tr("Reading …")))
        self._jobs = RunJobs(theme, engine, settings, self)
        self._loader = BackgroundTask(self._take, self._take_error, self)
        self.banner = Banner(theme)
        self._saver = FigureSaver(self.banner, settings, self)
        self.header = EvaluationHeader(theme, registry)
        self.progress = EvaluationProgress()
        self.images = GalleryPanel(theme, self.selection, settings, self.banner)
        self.confusion = ConfusionPage(theme, self._saver, self.selection)
        self.pages = Pages(theme, engine, self._saver, self.selection)
        self.pages.add_page(CONFUSION, self.tr("Confusion"), lambda: self.confusion)
        self.pages.add_all()
        self.pages.show_page(CONFUSION)
        self._lay_out()
        self._connect()
        self._clear()
        self._list_sources()

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(STEP_PX)
        line.addLayout(self.pages.line)
        line.addStretch(1)
        line.addWidget(self.header.evaluate_button)
        line.addWidget(self.header.export_button)
        left, column = card()
        column.addWidget(self.pages, 1)
        right, images = card()
        images.addWidget(self.images, 1)
        splitter = QSplitter()
        splitter.setObjectName("evaluateSplitter")
        splitter.setChildrenCollapsible(False)
        splitter.setHandleWidth(3 * STEP_PX)
        splitter.addWidget(left)
        splitter.addWidget(right)
        splitter.setStretchFactor(0, 11)
        splitter.setStretchFactor(1, 10)
        splitter.setSizes([640, 580])
        page = QVBoxLayout(self)
        page.setContentsMargins(3 * STEP_PX, 2 * STEP_PX, 3 * STEP_PX, 2 * STEP_PX)
        page.setSpacing(2 * STEP_PX)
        page.addWidget(self.header)
        page.addLayout(line)
        page.addWidget(self.progress)
        page.addWidget(self.banner)
        self.lens = LensPlace(self._theme, self._settings, self.banner, self.images, splitter)
        self.pages.chosen.connect(lambda _: self.lens.close_lens())
        page.addWidget(self.lens, 1)

    @property
    def matrix(self) -> ConfusionMatrix:
        """The confusion matrix."""
        return self.confusion.matrix

    @property
    def gallery(self) -> Gallery:
        """The images at the right."""
        return self.images.gallery

    def page(self, name: str) -> EvaluationPage:
        """Return a page, made if it was never shown."""
        return self.pages.page(name)

    def show_page(self, name: str) -> None:
        """Show a page as a click on its button does."""
        self.pages.show_page(name)

    def _connect(self) -> None:
        self._jobs.exported.connect(self._say_exported)
        self._jobs.evaluated.connect(self._take_evaluated)
        self._jobs.canceled.connect(self._take_canceled)
        self._jobs.progressed.connect(self._show_progress)
        self._jobs.turn_changed.connect(self._show_turn)
        self.header.source_chosen.connect(self._choose)
        self.header.images_chosen.connect(lambda _: self._load())
        self.header.failed.connect(self._say)
        self.header.export_button.clicked.connect(self._export)
        self.header.evaluate_button.clicked.connect(self._evaluate)
        self.progress.cancel_button.clicked.connect(self._cancel)
        self._registry.changed.connect(self._list_sources)

    def _list_sources(self) -> None:
        """Fill the selector; what is shown stays, unless its run was deleted."""
        header, chosen = self.header, self._chosen if self._wanted else None
        header.list_sources(chosen)
        if header.selector.currentIndex() >= 0 or (chosen and (chosen / RUN_FILE).is_file()):
            return  # else newer than the list
        first = header.first_source()
        if first is not None:
            header.point_at(first)
            if first != self._chosen:
                self._chosen = first
                self._load()
        elif chosen:
            self._chosen = None
            self._loader.forget()
            self._clear()

    def show_run(self, folder: Path) -> None:
        """Show a run's answers on its test images."""
        self.header.point_at(folder)
        self._chosen, self._wanted = folder, True
        self.header.ask_for(EvaluationRequest())

    def _choose(self, source: Path) -> None:
        self._chosen, self._wanted = source, True
        self._load()

    @property
    def _file(self) -> Path | None:
        """Where the chosen answers are, or will be."""
        asked = self.header.asked
        return None if self._chosen is None else evaluation_path(self._chosen, asked.subset, asked.dataset)

    def _load(self) -> None:
        """Read the chosen answers, or say that there are none yet."""
        source, asked, file = self._chosen, self.header.asked, self._file
        if source is None or file is None:
            return
        self.header.allow_export((source / RUN_FILE).is_file())
        self.progress.hide()
        if self._jobs.delay(file) is not None:
            self._loader.forget()
            self._show_turn()
        elif not file.is_file() and not (asked == EvaluationRequest() and (source / RUN_FILE).is_file()):
            self._late.stop()
            self._loader.forget()
            self._clear(self.tr("These images were not read with this network yet: click Evaluate"))
            self._show_possible(missing=True)
        else:
            self._late.start()
            self._loader.ask(lambda: load_evaluation_with_metrics(source, asked.subset, asked.dataset))

    def _take(self, reading: LoadedEvaluation) -> None:
        self._late.stop()
        if reading.problem is not None:
            self._say(reading.problem, "warn")
        elif self._reports_reading:
            self.banner.hide()
        self._show(reading)
        self._show_possible(missing=False)

    def _show(self, reading: LoadedEvaluation | None, hint: str = "") -> None:
        """Show a reading, or a hint, in the head and in every page that was made."""
        self.reading = reading
        self.header.show_reading(reading)
        self.pages.show_reading(reading, hint)
        self.images.show_reading(reading, "" if hint else self.tr("The images it misreads appear here"))

    def _take_error(self, error: StudioError) -> None:
        self._late.stop()
        self._clear(self.tr("This evaluation cannot be shown"))
        self._show_possible(missing=True)
        self._say(error)

    def _say(self, error: StudioError, kind: Kind = "bad") -> None:
        self.banner.say(error.what, error.why, error.remedy, kind=kind)
        self._reports_reading = True

    def _clear(self, hint: str = "") -> None:
        """Show nothing of any run."""
        self.header.evaluate_button.setEnabled(False)
        self._show(None, hint or self.tr("Train a network: what it confuses appears here"))

    def _show_possible(self, *, missing: bool) -> None:
        """Say what the evaluate button would do now."""
        source, counted = self._chosen, self.header.asked == EvaluationRequest()
        is_run = source is not None and (source / RUN_FILE).is_file()
        seen = uses_of_test_set(source) if source is not None and is_run and counted else 0
        self.header.show_evaluate(missing=missing, possible=source is not None, looks=seen)

    def _export(self) -> None:
        if self._chosen is not None:
            self._jobs.export(self._chosen)

    def _evaluate(self) -> None:
        if self._chosen is not None:
            self._jobs.evaluate(self._chosen, self.header.asked.subset, self.header.asked.dataset)
            self.banner.hide()
            self._show_turn()

    def _cancel(self) -> None:
        if self._file is not None:
            self._jobs.cancel(self._file)

    def _show_turn(self) -> None:
        """Say what an evaluation of what is chosen waits for."""
        delay = self._jobs.delay(self._file) if self._file else None
        if delay is not None:
            self.progress.wait(delay or self.tr("Opening the network and the images …"))
            self._clear(delay or self.tr("Evaluating …"))

    def _show_progress(self, file: Path, done: int, total: int) -> None:
        if file == self._file:
            self.progress.show_done(done, total)

    def _take_evaluated(self, file: Path, error: StudioError | None) -> None:
        if file == self._file:
            self.progress.hide()
            self._load() if error is None else self._take_error(error)

    def _take_canceled(self, file: Path) -> None:
        if file == self._file:
            self.progress.hide()
            self._load()

    def _say_exported(self, event: object) -> None:
        self._reports_reading = False
        say_outcome(self.banner, event)
