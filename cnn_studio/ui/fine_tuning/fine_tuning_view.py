"""Teaching a model the drawings of "My drawings": which ones, which model, the progress, the outcome."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from cnn_studio.core.base.assets import resource
from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.settings import home
from cnn_studio.core.drawing.labeled_drawing import LabeledDrawing
from cnn_studio.core.protocol.events import (
    JOB_ENDS,
    BatchEnded,
    FineTuningEnded,
    JobCanceled,
    JobFailed,
    StageEntered,
)
from cnn_studio.ui.fine_tuning.centered_card import in_the_middle
from cnn_studio.ui.fine_tuning.class_table import ClassTable
from cnn_studio.ui.fine_tuning.fine_tuning_result import FineTuningOutcome, FineTuningResult, read_outcome
from cnn_studio.ui.fine_tuning.training_selection import TrainingSelection, plan, selections
from cnn_studio.ui.services.background_task import BackgroundTask
from cnn_studio.ui.services.engine_client import EngineClient
from cnn_studio.ui.services.model_registry import ModelRegistry
from cnn_studio.ui.style.form_layout import card, field, form, label
from cnn_studio.ui.style.theme import STEP_PX, Theme, role
from cnn_studio.ui.widgets.banner import Banner

if TYPE_CHECKING:
    from cnn_studio.core.drawing.collection import Collection

SIZE = (960, 640)
SMALLEST = (880, 560)
SHARES = (0.3, 0.4, 0.5)
USUAL_SHARE = 0.4
SHIPPED = ("models", "digits.keras")


class FineTuningView(QDialog):
    """A window of its own; fine-tuning under way is canceled when it is closed.

    Args:
        theme: The appearance.
        engine: Teaches.
        registry: The models to choose from.
        collection: The drawings.
        model: The `.onnx` of the model that is chosen at first.
        chosen: Ids of drawings to offer first; none offers them all.
        parent: The window.

    Signals:
        use_requested: The folder of a taught run that is to answer.
        discarded: The folder of a fine-tuned run that was discarded.
    """

    use_requested = Signal(object)
    discarded = Signal(object)

    def __init__(
        self,
        theme: Theme,
        engine: EngineClient,
        registry: ModelRegistry,
        collection: Collection,
        model: Path,
        chosen: Sequence[str] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("teachView")
        self.setWindowTitle(self.tr("Teach it your hand"))
        self.setMinimumSize(*SMALLEST)
        self.resize(*SIZE)
        self._theme, self._engine, self._registry, self._collection = theme, engine, registry, collection
        self._model, self._chosen = model, frozenset(chosen)
        self._drawings: tuple[LabeledDrawing, ...] = ()
        self._selection: TrainingSelection | None = None
        self._seed = secrets.randbelow(2**31)
        self._job, self._canceling = "", False
        # of its own: another window's or program's fine-tuning may still have to read its file
        self._file = home() / "teaching" / f"drawings-{secrets.token_hex(4)}.jsonl"
        self._closing = False
        self.banner = Banner(theme)
        self.result_page = FineTuningResult(theme)
        self._make_controls()
        self._stack = QStackedWidget()
        self._stack.addWidget(self._form_page())
        self._stack.addWidget(self.result_page)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * STEP_PX, 2 * STEP_PX, 3 * STEP_PX, 2 * STEP_PX)
        column.setSpacing(2 * STEP_PX)
        column.addWidget(self.banner)
        column.addWidget(self._stack, 1)
        self._reader = BackgroundTask(self._take_drawings, self.banner.say_error, self)
        self._planner = BackgroundTask(self._show_selection, self._cannot_plan, self)
        self._sender = BackgroundTask(self._send, self._fail, self)
        self._outcome = BackgroundTask(self._show_outcome, self._fail, self)
        self.train_button.clicked.connect(self._teach)
        self.cancel_button.clicked.connect(self._cancel)
        for each in (self.models, self.selection, self.share):
            each.activated.connect(lambda: self._plan())
        self.result_page.use_requested.connect(self._use)
        self.result_page.discarded.connect(self.discarded)
        self.result_page.brought_back.connect(self._registry.refresh)
        self.result_page.left.connect(self.close)
        self._list_models()
        self._show_state("")
        self._reader.ask(lambda: collection.drawings)

    def _make_controls(self) -> None:
        self.models, self.selection, self.share = QComboBox(), QComboBox(), QComboBox()
        for box, name in (
            (self.models, "teachModel"),
            (self.selection, "teachDrawings"),
            (self.share, "teachShare"),
        ):
            box.setObjectName(name)
        for share in SHARES:
            self.share.addItem(self.tr("{percent:.0f} % of each class").format(percent=100 * share), share)
        self.share.setCurrentIndex(SHARES.index(USUAL_SHARE))
        self.summary = label("", "figure")
        self.summary.setObjectName("teachSummary")
        self.by_class = ClassTable("teachByClass")
        self.state = label("", "field")
        self.state.setObjectName("teachState")
        self.progress = QProgressBar()
        self.progress.setObjectName("teachProgress")
        self.progress.setAccessibleName(self.tr("Fine-tuning progress"))
        self.progress.setTextVisible(False)
        self.train_button = QPushButton(self.tr("Fine-tune"))
        self.train_button.setObjectName("teachButton")
        role(self.train_button, "primary")
        self.train_button.setDefault(True)
        self.cancel_button = QPushButton(self.tr("Cancel"))
        self.cancel_button.setObjectName("teachCancelButton")
        self.cancel_button.setToolTip(self.tr("Stop; nothing is kept and the model stays as it is"))

    def _form_page(self) -> QWidget:
        frame, column = card()
        column.setSpacing(2 * STEP_PX)
        column.addWidget(label(self.tr("Teach it your hand"), "title"))
        words = QLabel(
            self.tr(
                "The model learns from some of your drawings, mixed with the images it was trained on so that "
                "it forgets nothing. The others are held back to see whether it helped. It takes under a minute; "
                "a new model is made, the chosen one stays as it is."
            )
        )
        role(words, "field")
        words.setWordWrap(True)
        column.addWidget(words)
        fields = form()
        field(fields, self.tr("Model"), self.models, self.tr("The model to start from"))
        field(fields, self.tr("Drawings"), self.selection, self.tr("Which of “My drawings” to use"))
        field(fields, self.tr("Held back"), self.share, self.tr("Not trained on, only read before and after"))
        column.addLayout(fields)
        column.addWidget(self.summary)
        column.addWidget(self.by_class)
        column.addWidget(self.progress)
        buttons = QHBoxLayout()
        buttons.addWidget(self.state, 1)
        buttons.addWidget(self.cancel_button)
        buttons.addWidget(self.train_button)
        column.addLayout(buttons)
        frame.setMaximumWidth(84 * STEP_PX)
        return in_the_middle(frame)

    def _list_models(self) -> None:
        for entry in self._registry.entries:
            self.models.addItem(entry.title, entry)
        indexes = (number for number, entry in enumerate(self._registry.entries) if entry.path == self._model)
        self.models.setCurrentIndex(next(indexes, 0))

    @property
    def source(self) -> Path:
        """What the engine is asked to teach."""
        entry = self.models.currentData()
        if entry.run is not None:
            return Path(entry.run.folder)
        return resource(*SHIPPED) if entry.path == self._registry.shipped().path else Path(entry.path)

    def _take_drawings(self, drawings: tuple[LabeledDrawing, ...]) -> None:
        self._drawings = drawings
        self.selection.clear()
        for selection in selections(drawings, self._chosen):
            self.selection.addItem(selection.title, selection.ids)
        self._plan()

    def _plan(self) -> None:
        """Work out, off the GUI thread, what would be taught and what held back."""
        self._selection = None
        self.train_button.setEnabled(False)
        ids, share, seed, source = (
            self.selection.currentData(),
            self.share.currentData(),
            self._seed,
            self.source,
        )
        if ids is None:
            return
        chosen = [drawing for drawing in self._drawings if drawing.id in ids]
        path = self.models.currentData().path
        self._planner.ask(lambda: plan(chosen, source, path, share, seed))

    def _show_selection(self, selection: TrainingSelection) -> None:
        self._selection = selection
        self.banner.hide()
        self.summary.setText(
            self.tr("%n drawing(s) to train on, {held} held back", "", selection.taught).format(
                held=selection.held
            )
        )
        names = [name for name, *_ in selection.classes]
        plain = [False] * len(names)
        rows = [
            (self.tr("trained on"), [str(taught) for _, taught, _ in selection.classes], plain),
            (self.tr("held back"), [str(held) for *_, held in selection.classes], plain),
        ]
        self.by_class.show_rows(self.tr("Class"), names, rows)
        self.by_class.show()
        self.train_button.setEnabled(not self._job)

    def _cannot_plan(self, error: StudioError) -> None:
        self.summary.setText("")
        self.by_class.hide()
        self.banner.say_error(error)

    def _teach(self) -> None:
        if self._selection is None or self._job:
            return
        collection, ids, path = self._collection, self._selection.ids, self._file
        self.banner.hide()
        self.train_button.setEnabled(False)

        def work() -> Path:
            collection.export(path, ids)
            return path

        self._sender.ask(work)

    def _send(self, path: Path) -> None:
        if not self.isVisible():
            return
        self._canceling = False
        self._job = self._engine.teach(self.source, path, self.share.currentData(), self._seed)
        self._engine.subscribe(self._job, self._hear)
        self._show_state(self._engine.delay(self._job) or self.tr("Preparing"))

    def _cancel(self) -> None:
        if self._job:
            self._canceling = True
            self._engine.cancel(self._job)
            self.cancel_button.setEnabled(False)
            self.state.setText(self.tr("Canceling …"))

    def _show_state(self, text: str) -> None:
        busy = bool(self._job)
        self.state.setText(text)
        self.progress.setVisible(busy)
        if not busy or not self.progress.isVisible():
            self.progress.setRange(0, 0)
        self.cancel_button.setVisible(busy)
        self.cancel_button.setEnabled(busy)
        self.train_button.setVisible(not busy)
        self.train_button.setEnabled(not busy and self._selection is not None)
        for each in (self.models, self.selection, self.share):
            each.setEnabled(not busy)

    def _hear(self, event: object) -> None:
        if isinstance(event, JOB_ENDS):
            self._job = ""
            self._forget_file()
            self._end(event)
        elif self._canceling:
            return
        elif isinstance(event, StageEntered):
            self.progress.setRange(0, 0)
            self.state.setText(event.text)
        elif isinstance(event, BatchEnded):
            self.progress.setRange(0, event.steps)
            self.progress.setValue(event.step)
            self.state.setText(self.tr("Batch {step} of {steps}").format(step=event.step, steps=event.steps))

    def _forget_file(self) -> None:
        """Delete what the engine was given; where it still reads, the next fine-tuning replaces it."""
        with suppress(OSError):
            self._file.unlink()

    def _end(self, event: object) -> None:
        self._show_state("")
        if isinstance(event, FineTuningEnded):
            folder = Path(event.run)
            self._outcome.ask(lambda: read_outcome(folder))
        elif isinstance(event, JobFailed):
            self.banner.say(event.what, event.why, event.remedy, details=event.details)
        elif isinstance(event, JobCanceled):
            self.banner.say(self.tr("Fine-tuning was canceled; nothing was changed."), kind="warn")

    def _show_outcome(self, outcome: FineTuningOutcome) -> None:
        self.banner.hide()
        self.result_page.show_outcome(outcome)
        self._stack.setCurrentWidget(self.result_page)

    def _fail(self, error: StudioError) -> None:
        self._show_state("")
        self.banner.say_error(error)

    def _use(self, folder: Path) -> None:
        self.use_requested.emit(folder)
        self.close()

    def reject(self) -> None:
        """Close on Esc as on the window's own button; Qt would only hide it."""
        if self._closing:
            super().reject()
        else:
            self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._closing = True
        if self._job and not self._canceling:  # to ask again would end the engine at once
            self._engine.cancel(self._job)
        if self._job:
            self._engine.unsubscribe(self._job, self._hear)
            self._job = ""
            self._forget_file()
        for each in (self._reader, self._planner, self._sender, self._outcome):
            each.forget()
        self.result_page.forget_discarded()
        self.deleteLater()
        super().closeEvent(event)
