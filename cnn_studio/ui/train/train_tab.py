"""Choose a recipe, train it, and watch it learn."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.settings import Settings
from cnn_studio.core.network.network import network_of
from cnn_studio.core.protocol.events import RunEnded, RunStarted, TrainingPaused, TrainingResumed
from cnn_studio.core.recipes.recipe import Recipe
from cnn_studio.core.runs.run_folder import epochs_done, read_history, read_run
from cnn_studio.ui.services.engine_client import EngineClient
from cnn_studio.ui.style.form_layout import card
from cnn_studio.ui.style.theme import STEP_PX, Theme
from cnn_studio.ui.train.recipe_panel import RecipePanel
from cnn_studio.ui.train.resume import ResumePlan, can_resume, resume_plan
from cnn_studio.ui.train.resume_offer import ResumeOffer
from cnn_studio.ui.train.train_buttons import ButtonState, TrainButtons
from cnn_studio.ui.train.training_view import TrainingView
from cnn_studio.ui.widgets.banner import Banner

PANEL_PX = 344
MS_TO_END_AT_ONCE = 2000
"""After a stop, so long no second click is taken: it would end the engine while it saves."""


class TrainTab(QWidget):
    """The recipe on the left, its training on the right.

    Signals:
        inspect_requested: The folder of a run whose errors a person wants to see.
        ended: A training is over, however it ended.
        queue_requested: While the queue is busy, what is to be trained joins it.
    """

    inspect_requested = Signal(str)
    ended = Signal()
    queue_requested = Signal()

    def __init__(
        self, theme: Theme, engine: EngineClient, settings: Settings, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("trainTab")
        self._theme, self._engine, self._settings = theme, engine, settings
        self._job = ""
        self._stopping = self._paused = self._queue_busy = False
        self._last_run = self._refusal = ""
        self.limit: int | None = None
        self.banner = Banner(theme)
        self.unfinished = ResumeOffer(theme)
        self.unfinished.accepted.connect(self.finish)
        self.view = TrainingView(theme, settings)
        self.view.inspect_requested.connect(self.inspect_requested)
        self.view.curves.enable_saving(self.banner, settings)
        self.panel = RecipePanel(theme, settings)
        self.panel.failed.connect(self._show_error)
        self.panel.changed.connect(self._show_state)
        self.panel.form.edited.connect(self._see_if_mended)
        self.panel.workbench.changed.connect(self._see_if_mended)
        self.buttons = TrainButtons(theme, self)
        self.train_button, self.stop_button = self.buttons.train, self.buttons.stop
        self.pause_button, self.extend_button = self.buttons.pause, self.buttons.extend
        self.train_line = self.buttons.train_line
        self.train_button.clicked.connect(self.start)
        self.stop_button.clicked.connect(self._click_stop)
        self.pause_button.clicked.connect(self.pause_or_go_on)
        self.extend_button.clicked.connect(self.extend)
        self.view.rate.rate_changed.connect(self._steer)
        self.view.rate.refused.connect(self._show_error)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(MS_TO_END_AT_ONCE)
        self._patience.timeout.connect(self._show_state)
        self._lay_out()
        self._show_state()
        engine.beaten.connect(self.view.figures.beat)
        engine.devices_changed.connect(self.panel.device.show_devices)
        self.panel.device_selector.accelerator_left.connect(engine.free_accelerators)

    @property
    def training(self) -> bool:
        """Whether a training is under way."""
        return bool(self._job)

    @property
    def paused(self) -> bool:
        """Whether a training waits until it may go on."""
        return bool(self._job) and self._paused

    @property
    def stopping(self) -> bool:
        """Whether it was asked to stop."""
        return bool(self._job) and self._stopping

    def _lay_out(self) -> None:
        frame, column = card()
        frame.setFixedWidth(PANEL_PX)
        column.setContentsMargins(0, 2 * STEP_PX, 0, 2 * STEP_PX)
        column.addWidget(self.panel, 1)
        column.addWidget(self.buttons)
        columns = QHBoxLayout()
        columns.setSpacing(3 * STEP_PX)
        columns.addWidget(frame)
        columns.addWidget(self.view, 1)
        page = QVBoxLayout(self)
        page.setContentsMargins(3 * STEP_PX, 2 * STEP_PX, 3 * STEP_PX, 2 * STEP_PX)
        page.setSpacing(2 * STEP_PX)
        page.addWidget(self.unfinished)
        page.addWidget(self.banner)
        page.addLayout(columns, 1)
        self._page = page

    def add_notice(self, notice: QWidget) -> None:
        """Show something to be decided above the tab."""
        self._page.insertWidget(0, notice)

    def start(self) -> None:
        """Train; the engine may still be loading, the training then begins when it is ready."""
        info = self.panel.info()
        if info is not None and self._queue_busy:
            self.queue_requested.emit()
            return
        if self._job or info is None:
            return
        recipe = self.panel.recipe()
        try:
            network_of(recipe.layers, info.image_shape, len(info.classes))
            self.panel.check()
        except StudioError as error:
            self.refuse(error)
            return
        self.train_recipe(recipe)

    def refuse(self, error: StudioError) -> None:
        """Say why what the form says cannot be trained, until the form says something that can."""
        self.banner.say_error(error)
        self._refusal = self.banner.text

    def _see_if_mended(self) -> None:
        if not self._refusal or self.banner.text != self._refusal:
            return
        recipe, info = self.panel.recipe(), self.panel.info()
        try:
            if info is not None:
                network_of(recipe.layers, info.image_shape, len(info.classes))
            fits = self.panel.fits
        except StudioError:
            return
        if fits:
            self._refusal = ""
            self.banner.hide()

    def train_recipe(self, recipe: Recipe) -> str:
        """Train a recipe as it is, whatever the form says; return the job's name."""
        self.banner.hide()
        self._begin(self._engine.train(recipe, self.limit))
        self.view.begin(recipe, waiting=not self._engine.ready)
        return self._job

    def set_queue_busy(self, busy: bool) -> None:
        """Say whether trainings run one after the other: "Train" then adds to them."""
        self._queue_busy = busy
        self._show_state()

    def extend(self) -> None:
        """Let the last run go on for as many epochs more as stand beside the button."""
        if self._job or not self._last_run:
            return
        folder, more = Path(self._last_run), self.buttons.extension.value()
        try:
            record = read_run(folder).record
            going = resume_plan(folder, record, more)
        except StudioError as error:
            self.banner.say_error(error)
            return
        self._go_on(folder, record.recipe, going, going.done + more)

    def finish(self, folder: Path) -> str:
        """Let a run that was cut off learn the epochs that are left; return the job's name, empty if it cannot."""
        if self._job:
            return ""
        try:
            recipe, done = read_run(folder).record.recipe, epochs_done(folder)
        except StudioError as error:
            self.banner.say_error(error)
            return ""
        self._go_on(folder, recipe, ResumePlan(done, 0), recipe.training.epochs)
        return self._job

    def _go_on(self, folder: Path, recipe: Recipe, going: ResumePlan, last: int) -> None:
        self.banner.hide()
        self._begin(self._engine.resume(folder, going.extend))
        self.view.begin(recipe, waiting=not self._engine.ready)
        # An epoch that was stopped while it was validated is in the history, and is learned again.
        past = [row for row in read_history(folder) if (row["epoch"] or 0) <= going.done]
        self.view.show_past(past, last, folder)

    def _steer(self, rate: float) -> None:
        """Give the running training another learning rate."""
        if self._job and self.view.learning:
            self._engine.change_learning_rate(self._job, rate)

    def pause_or_go_on(self) -> None:
        """Let the training wait after its batch, or go on."""
        if not self._job:
            return
        if self._paused:
            self._engine.go_on(self._job)
        else:
            self._engine.pause(self._job)
        self.pause_button.setEnabled(False)  # until the engine says that it has happened

    def _begin(self, job: str) -> None:
        self._job, self._stopping, self._paused = job, False, False
        self._engine.subscribe(job, self._hear)
        self._patience.stop()
        self._show_state()

    def stop(self) -> None:
        """Stop and keep what was learned; to ask again changes nothing."""
        if not self._job or self._stopping:
            return
        self._stopping = True
        self._patience.start()
        self._engine.cancel(self._job)
        self.view.say(self.tr("Stopping …"))
        self._show_state()

    def _click_stop(self) -> None:
        """Stop; once that has taken a while, a second click no longer waits for the engine."""
        if self._stopping and self._job:
            self._engine.cancel(self._job)
        else:
            self.stop()

    def _show_state(self) -> None:
        busy = bool(self._job)
        self.buttons.show_state(
            ButtonState(
                busy=busy,
                can_train=self.panel.info() is not None,
                queueing=self._queue_busy,
                can_pause=busy and self.view.learning and not self._stopping,
                paused=self._paused,
                stopping=self.stopping,
                patient=self.stopping and self._patience.isActive(),
                extendable=bool(self._last_run) and can_resume(Path(self._last_run)),
            )
        )
        self.panel.set_busy(busy and not self._queue_busy)  # what joins the queue is chosen meanwhile
        self.unfinished.set_busy(busy)

    def _show_error(self, error: StudioError | None) -> None:
        if error is None:
            self.banner.hide()
        else:
            self.banner.say_error(error)

    def _hear(self, event: object) -> None:
        if isinstance(event, TrainingPaused | TrainingResumed):
            self._paused = isinstance(event, TrainingPaused)
        if isinstance(event, RunStarted) and (folder := self._engine.folder(event.job)) is not None:
            self.unfinished.forget(folder)
        if isinstance(event, RunEnded):
            self._last_run = event.run
        over = self.view.take(event)
        if isinstance(event, RunStarted | TrainingPaused | TrainingResumed):
            self._show_state()
        if over:
            self._job = ""
            self._show_state()
            failure = self.view.failure
            if failure is not None:
                self.banner.say(failure.what, failure.why, failure.remedy, details=failure.details)
            self.ended.emit()
