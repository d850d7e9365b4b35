"""Choose a recipe, train it, and watch it learn."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from cnn_studio.core.errors import StudioError
from cnn_studio.core.events import RunEnded, RunStarted, TrainingPaused, TrainingResumed
from cnn_studio.core.network import network_of
from cnn_studio.core.recipe import Recipe
from cnn_studio.core.runs import epochs_done, read_history, read_run
from cnn_studio.core.settings import Settings
from cnn_studio.ui.engine_link import EngineLink
from cnn_studio.ui.forms import card
from cnn_studio.ui.further import GoingOn, can_go_on, going_on
from cnn_studio.ui.recipe_panel import RecipePanel
from cnn_studio.ui.saving import FigureSaver
from cnn_studio.ui.theme import STEP_PX, Theme, role
from cnn_studio.ui.training_view import TrainingView
from cnn_studio.ui.unfinished import UnfinishedOffer
from cnn_studio.ui.widgets.notice import Banner

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PANEL_PX = 344
MS_TO_END_AT_ONCE = 2000
"""After a stop, so long no second click is taken: it would end the engine while it saves."""


class TrainTab(QWidget):
    """The recipe on the left, its training on the right.

    Signals:
        inspect_requested: The folder of a run whose errors a person wants to see.
        ended: A training is over, however it ended.
    """

    inspect_requested = Signal(str)
    ended = Signal()

    def __init__(
        self, theme: Theme, engine: EngineLink, settings: Settings, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("trainTab")
        self._theme, self._engine, self._settings = theme, engine, settings
        self._job = ""
        self._stopping = self._paused = False
        self._last_run = ""
        self._learning_rate = 0.0
        self.limit: int | None = None
        self.banner = Banner(theme)
        self.unfinished = UnfinishedOffer(theme)
        self.unfinished.accepted.connect(self.finish)
        self.view = TrainingView(theme)
        self.view.inspect_requested.connect(self.inspect_requested)
        self.view.save_requested.connect(self._save_curves)
        self._saver = FigureSaver(self.banner, settings, self)
        self.panel = RecipePanel(settings)
        self.panel.failed.connect(self._show_error)
        self.panel.learning_rate.editingFinished.connect(self._steer)
        self.panel.changed.connect(self._show_state)
        self.train_button = QPushButton(self.tr("Train"))
        self.train_button.setObjectName("trainButton")
        role(self.train_button, "primary")
        self.train_button.clicked.connect(self.start)
        self.stop_button = QPushButton(self.tr("Stop"))
        self.stop_button.setObjectName("stopButton")
        self.stop_button.setEnabled(False)
        self.stop_button.clicked.connect(self._click_stop)
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(MS_TO_END_AT_ONCE)
        self._patience.timeout.connect(self._show_state)
        self.pause_button = QPushButton(self.tr("Pause"))
        self.pause_button.setObjectName("pauseButton")
        self.pause_button.setEnabled(False)
        self.pause_button.clicked.connect(self.pause_or_go_on)
        self.extend_button = QPushButton(self.tr("Train further"))
        self.extend_button.setObjectName("extendButton")
        self.extend_button.setToolTip(
            self.tr("Let the last run learn for as many epochs more as stand above")
        )
        self.extend_button.clicked.connect(self.extend)
        self.extend_button.hide()
        self._lay_out()
        self._show_state()
        engine.heard.connect(self._hear)
        engine.devices_changed.connect(self.panel.show_devices)
        self.panel.device_selector.accelerator_left.connect(engine.free_accelerators)
        theme.changed.connect(self._paint_icons)
        self._paint_icons()

    @property
    def training(self) -> bool:
        """Whether a training is under way."""
        return bool(self._job)

    @property
    def stopping(self) -> bool:
        """Whether it was asked to stop."""
        return bool(self._job) and self._stopping

    def _lay_out(self) -> None:
        frame, column = card()
        frame.setFixedWidth(PANEL_PX)
        column.setContentsMargins(0, 2 * STEP_PX, 0, 2 * STEP_PX)
        column.addWidget(self.panel, 1)
        buttons = QVBoxLayout()
        buttons.setContentsMargins(2 * STEP_PX, 0, 2 * STEP_PX, 0)
        buttons.setSpacing(STEP_PX)
        buttons.addWidget(self.train_button)
        buttons.addWidget(self.extend_button)
        beside = QHBoxLayout()
        beside.setSpacing(STEP_PX)
        beside.addWidget(self.pause_button)
        beside.addWidget(self.stop_button)
        buttons.addLayout(beside)
        column.addLayout(buttons)
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

    def _paint_icons(self) -> None:
        self.train_button.setIcon(self._theme.icon("play", "on_accent"))
        self.stop_button.setIcon(self._theme.icon("stop"))
        self.pause_button.setIcon(self._theme.icon("play" if self._paused else "pause"))
        self.extend_button.setIcon(self._theme.icon("plus"))

    def start(self) -> None:
        """Train; the engine may still be loading, the training then begins when it is ready."""
        info = self.panel.info()
        if self._job or info is None:
            return
        recipe = self.panel.recipe()
        try:
            network_of(recipe.layers, info.image_shape, len(info.classes))
        except StudioError as error:
            self.banner.say_error(error)
            return
        self.banner.hide()
        self._begin(self._engine.train(recipe, self.limit))
        self.view.begin(recipe, waiting=not self._engine.ready)

    def extend(self) -> None:
        """Let the last run go on for as many epochs more as the form says."""
        if self._job or not self._last_run:
            return
        folder, more = Path(self._last_run), self.panel.epochs.value()
        try:
            record = read_run(folder).record
            going = going_on(folder, record, more)
        except StudioError as error:
            self.banner.say_error(error)
            return
        self._go_on(folder, record.recipe, going, going.done + more)

    def finish(self, folder: Path) -> None:
        """Let a run that was cut off learn the epochs that are left."""
        if self._job:
            return
        try:
            recipe, done = read_run(folder).record.recipe, epochs_done(folder)
        except StudioError as error:
            self.banner.say_error(error)
            return
        self._go_on(folder, recipe, GoingOn(done, 0), recipe.training.epochs)

    def _go_on(self, folder: Path, recipe: Recipe, going: GoingOn, last: int) -> None:
        self.banner.hide()
        self._begin(self._engine.resume(folder, going.extend))
        self.view.begin(recipe, waiting=not self._engine.ready)
        # An epoch that was stopped while it was validated is in the history, and is learned again.
        past = [row for row in read_history(folder) if (row["epoch"] or 0) <= going.done]
        self.view.show_past(past, last)

    def _steer(self) -> None:
        """Give the running training the learning rate in the form, where it is another than before."""
        wished = self.panel.learning_rate.value()
        if self._job and self.view.learning and wished != self._learning_rate:
            self._learning_rate = wished
            self._engine.change_learning_rate(self._job, wished)

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
        self._patience.stop()
        self._learning_rate = self.panel.learning_rate.value()
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

    def _save_curves(self, name: str) -> None:
        folder = Path(name)

        def draw() -> Figure:
            from cnn_studio.figures.draw import curves_figure

            return curves_figure(read_history(folder), folder.name)

        self._saver.ask(f"{folder.name}-curves", draw)

    def _show_state(self) -> None:
        busy = bool(self._job)
        self.train_button.setEnabled(not busy and self.panel.info() is not None)
        waiting = busy and self._stopping and self._patience.isActive()
        self.stop_button.setEnabled(busy and not waiting)
        self.pause_button.setEnabled(busy and self.view.learning and not self._stopping)
        self.pause_button.setText(self.tr("Go on") if self._paused else self.tr("Pause"))
        self.extend_button.setVisible(not busy and bool(self._last_run) and can_go_on(Path(self._last_run)))
        self._paint_icons()
        if waiting:
            self.stop_button.setText(self.tr("Stopping …"))
        else:
            self.stop_button.setText(self.tr("End at once") if self.stopping else self.tr("Stop"))
        self.stop_button.setToolTip(
            self.tr("End the engine without waiting until the network is saved")
            if self.stopping
            else self.tr("Stop after the batch under way, and keep what was learned")
        )
        self.panel.set_busy(busy)
        self.unfinished.set_busy(busy)

    def _show_error(self, error: StudioError | None) -> None:
        if error is None:
            self.banner.hide()
        else:
            self.banner.say_error(error)

    def _hear(self, event: object) -> None:
        if not self._job or getattr(event, "job", "") != self._job:
            return
        if isinstance(event, TrainingPaused | TrainingResumed):
            self._paused = isinstance(event, TrainingPaused)
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
