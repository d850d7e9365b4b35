"""The window: tabs, the engine's state, and what passes between them."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

from PySide6.QtCore import QByteArray, QCoreApplication, Signal
from PySide6.QtGui import QAction, QActionGroup, QCloseEvent, QIcon, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QMenu,
    QTabWidget,
    QToolButton,
    QWidget,
)

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.settings import Settings, home, save_settings
from cnn_studio.core.protocol.events import ExportEnded, JobCanceled, JobFailed, StageEntered
from cnn_studio.core.recipes.recipe import Recipe
from cnn_studio.core.runs.run_folder import ONNX_FILE
from cnn_studio.ui.draw.draw_tab import DrawTab
from cnn_studio.ui.evaluate.evaluate_tab import EvaluateTab
from cnn_studio.ui.fine_tuning.fine_tuning_entry import FineTuningEntry
from cnn_studio.ui.live_view.live_page import LivePage
from cnn_studio.ui.queue.queue_entry import QueueEntry
from cnn_studio.ui.services.engine_client import EngineClient
from cnn_studio.ui.services.model_registry import ModelRegistry
from cnn_studio.ui.shell.background_training import BackgroundTraining
from cnn_studio.ui.shell.close_guard import CloseGuard
from cnn_studio.ui.shell.end_notification import EndNotification
from cnn_studio.ui.shell.tray import Tray
from cnn_studio.ui.style.theme import STEP_PX, Theme, role
from cnn_studio.ui.train.train_tab import TrainTab
from cnn_studio.ui.widgets.lazy_tab import LazyTab

log = logging.getLogger(__name__)

SMALLEST = (1024, 680)
USUAL = (1280, 800)


class MainWindow(QMainWindow):
    """Everything a person sees.

    Args:
        theme: The appearance.
        engine: The engine, not yet started.
        registry: The models that can answer.
        settings: What was remembered; written when the window closes.
        queue_path: The file of trainings that wait; None keeps none.
    """

    closed = Signal()

    def __init__(
        self,
        theme: Theme,
        engine: EngineClient,
        registry: ModelRegistry,
        settings: Settings,
        queue_path: Path | None = None,
    ) -> None:
        super().__init__()
        self.setObjectName("mainWindow")
        self.setWindowTitle("CNN Studio")
        self.setMinimumSize(*SMALLEST)
        self.resize(*USUAL)
        self._theme, self._engine, self._registry, self._settings = theme, engine, registry, settings
        self._openings: dict[str, Path] = {}
        self.asks = True
        self._over = False
        self.tabs = QTabWidget()
        self.tabs.setObjectName("tabs")
        self.tabs.setDocumentMode(True)
        self.draw = DrawTab(theme, registry, settings)
        self.train = TrainTab(theme, engine, settings)
        self.evaluate = EvaluateTab(theme, engine, registry, settings)
        self.data = LazyTab("dataTab", self._make_data_tab)
        self.model = LazyTab("modelTab", self._make_model_tab)
        self.runs = LazyTab("runsTab", self._make_runs_tab)
        for page, title in (
            (self.draw, self.tr("Draw")),
            (self.data, self.tr("Data")),
            (self.model, self.tr("Model")),
            (self.train, self.tr("Train")),
            (self.evaluate, self.tr("Evaluate")),
            (self.runs, self.tr("Runs")),
        ):
            self.tabs.addTab(page, title)
        self.setCentralWidget(self.tabs)
        self._appearance = self._appearance_button()
        corner = QWidget()
        corner_line = QHBoxLayout(corner)
        corner_line.setContentsMargins(0, 4, 2 * STEP_PX, 0)
        corner_line.addWidget(self._appearance)
        self.tabs.setCornerWidget(corner)
        self._engine_state = QLabel(engine.state)
        self._engine_state.setObjectName("engineState")
        self.statusBar().addWidget(self._engine_state)
        self.statusBar().setSizeGripEnabled(False)
        self.queue = QueueEntry(theme, engine, registry, self.train, queue_path)
        self.watching = LivePage(theme, engine)
        self.train.view.add_page(self.watching, self.tr("What it sees"))
        self.watching.room_wanted.connect(self.train.view.give_room)
        self.draw.canvas.drawing_changed.connect(lambda: self.watching.remember(self.draw.canvas.sketch))
        self.tray = Tray(theme, self)
        self._notice = EndNotification(engine, self.queue.queue, settings, self.tray.say, self)
        self.background = BackgroundTraining(self, engine, self.train, self.queue.queue, self.tray)
        self.closing = CloseGuard(self, engine, self.train, self.queue.queue, self.background, self._openings)
        self.fine_tuning = FineTuningEntry(theme, engine, registry, settings, self.draw, self)
        self._connect()
        self._restore()

    def _connect(self) -> None:
        self._engine.state_changed.connect(self._engine_state.setText)
        self._engine.run_finished.connect(self._take_run)
        self.draw.open_requested.connect(self.open_model)
        self.train.inspect_requested.connect(self._inspect)
        self.train.unfinished.changed.connect(self._mark_unfinished)
        self.queue.offer.changed.connect(self._mark_unfinished)
        self.closing.ready.connect(self.close)
        self.background.over.connect(self.close)
        self._theme.changed.connect(self._paint_icons)
        self._paint_icons()
        for number in range(self.tabs.count()):
            shortcut = QShortcut(QKeySequence(f"Ctrl+{number + 1}"), self)
            shortcut.activated.connect(lambda number=number: self.tabs.setCurrentIndex(number))
        QShortcut(QKeySequence.StandardKey.Quit, self).activated.connect(self.close)

    def _mark_unfinished(self) -> None:
        """Show on the Train tab that there is something to decide."""
        offering = self.train.unfinished.offering or self.queue.offering
        index = self.tabs.indexOf(self.train)
        self.tabs.setTabIcon(index, self._theme.icon("history", "warn") if offering else QIcon())
        self.tabs.setTabToolTip(
            index, self.tr("Something was cut off or is waiting: continue with it?") if offering else ""
        )

    def _make_data_tab(self) -> QWidget:
        from cnn_studio.ui.data.data_tab import DataTab

        return DataTab(self._theme, self._engine, self.train.panel.data, self.train.panel.workbench)

    def _make_model_tab(self) -> QWidget:
        from cnn_studio.ui.model.model_tab import ModelTab

        panel = self.train.panel
        made = ModelTab(self._theme, panel.workbench, panel.info, self._settings)
        made.train_requested.connect(lambda: self.tabs.setCurrentWidget(self.train))
        return made

    def _make_runs_tab(self) -> QWidget:
        from cnn_studio.ui.runs.runs_tab import RunsTab

        made = RunsTab(self._theme, self._engine, self._registry, self._settings)
        made.draw_requested.connect(self.answer_with)
        made.inspect_requested.connect(self._inspect)
        made.recipe_requested.connect(self._repeat)
        made.go_on_requested.connect(self._go_on)
        made.train_requested.connect(lambda: self.tabs.setCurrentWidget(self.train))
        return made

    def _repeat(self, recipe: Recipe) -> None:
        """Put a run's recipe on the workbench."""
        self.train.panel.workbench.choose(recipe, self.runs)
        self.tabs.setCurrentWidget(self.train)

    def _go_on(self, folder: Path) -> None:
        """Let a run train the epochs that are left."""
        self.train.finish(folder)
        self.tabs.setCurrentWidget(self.train)

    def _appearance_button(self) -> QToolButton:
        button = QToolButton()
        button.setObjectName("appearanceButton")
        button.setAccessibleName(self.tr("Appearance and notifications"))
        button.setToolTip(self.tr("Light, dark or like the system; desktop notifications"))
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        role(button, "quiet")
        menu = QMenu(button)
        group = QActionGroup(menu)
        for choice, text in (
            ("system", self.tr("Like the system")),
            ("light", self.tr("Light")),
            ("dark", self.tr("Dark")),
        ):
            action = QAction(text, menu)
            action.setCheckable(True)
            action.setChecked(self._theme.choice == choice)
            action.triggered.connect(lambda _=False, choice=choice: self.choose_theme(choice))
            group.addAction(action)
            menu.addAction(action)
        menu.addSeparator()
        notify = menu.addAction(self.tr("Notify me when a long training has ended"))
        notify.setObjectName("notifyAction")
        notify.setCheckable(True)
        notify.setChecked(self._settings.notify)
        notify.toggled.connect(self._choose_notify)
        button.setMenu(menu)
        return button

    def choose_theme(self, choice: str) -> None:
        """Take an appearance and remember it."""
        self._settings.theme = choice
        self._theme.choose(choice)  # type: ignore[arg-type]

    def _choose_notify(self, wanted: bool) -> None:
        self._settings.notify = wanted

    def _paint_icons(self) -> None:
        self._appearance.setIcon(self._theme.icon("theme-light-dark", "muted"))

    def _restore(self) -> None:
        if self._settings.geometry:
            self.restoreGeometry(QByteArray.fromBase64(self._settings.geometry.encode()))

    def show_tab(self, name: str) -> None:
        """Show a tab by its object name."""
        page = self.tabs.findChild(QWidget, name)
        if page is not None:
            self.tabs.setCurrentWidget(page)

    def open_model(self, name: str) -> None:
        """Open a model file: ONNX at once, a `.keras` of ours through the engine, anything else refused."""
        path = Path(name)
        if path.suffix.lower() == ".onnx":
            self._registry.add_opened(path, path.stem)
        elif path.suffix.lower() == ".keras":
            job = self._engine.export(path, "onnx", opened_as(path))
            self._openings[job] = path
            self._engine.subscribe(job, self._hear_opening)
            self._say_opening(job)
        else:
            self.draw.banner.say_error(
                StudioError(
                    self.tr("{name} was not opened.").format(name=path.name),
                    self.tr("A model file from elsewhere can carry code that runs when it is loaded."),
                    self.tr("Open an .onnx file or a .keras file exported by CNN Studio."),
                )
            )

    def _say_opening(self, job: str) -> None:
        text = self.tr("Opening {name} …").format(name=self._openings[job].name)
        self.draw.banner.say(text, self._engine.delay(job), kind="good")

    def _hear_opening(self, event: object) -> None:
        if isinstance(event, StageEntered):
            self._say_opening(event.job)
        elif isinstance(event, JobCanceled):
            del self._openings[event.job]
            self.draw.banner.hide()
        elif isinstance(event, ExportEnded):
            path = self._openings.pop(event.job)
            self.draw.banner.hide()
            self._registry.add_opened(Path(event.path), path.stem)
        elif isinstance(event, JobFailed):
            del self._openings[event.job]
            self.draw.banner.say(event.what, event.why, event.remedy, details=event.details)

    def _take_run(self, folder: str) -> None:
        """A run is on disk: it can answer and be inspected."""
        self._registry.refresh()
        self.evaluate.show_run(Path(folder))

    def _inspect(self, folder: str) -> None:
        self.evaluate.show_run(Path(folder))
        self.tabs.setCurrentWidget(self.evaluate)

    def answer_with(self, folder: Path) -> None:
        """Let a run answer in the Draw tab."""
        self.draw.choose_model(folder / ONNX_FILE)
        self.tabs.setCurrentWidget(self.draw)

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._over:
            return
        if self.asks and not self.closing.allowed():
            event.ignore()
            return
        self._over = True
        for dialog in self.findChildren(QDialog):
            dialog.close()
        self._settings.geometry = bytes(self.saveGeometry().toBase64().data()).decode()
        try:
            save_settings(self._settings)
        except OSError as error:
            log.warning("The settings could not be saved: %s", error)
        finally:
            self.queue.flush()
            self._engine.close()
        event.accept()
        self.closed.emit()
        if not self.isVisible():  # Qt ends the program with the last window that was seen
            QCoreApplication.quit()


def opened_as(path: Path) -> Path:
    """Return where the ONNX file of an opened `.keras` file is kept; two of one name do not share it."""
    digest = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:8]
    return home() / "opened" / f"{path.stem}-{digest}.onnx"
