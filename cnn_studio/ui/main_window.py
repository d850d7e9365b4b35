"""The window: tabs, the engine's state, and what passes between them."""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path

from PySide6.QtCore import QByteArray, Qt, QTimer, Signal
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

from cnn_studio.core.errors import StudioError
from cnn_studio.core.events import (
    Evaluate,
    Export,
    ExportEnded,
    JobCancelled,
    JobFailed,
    StageEntered,
    Teach,
)
from cnn_studio.core.runs import ONNX_FILE
from cnn_studio.core.settings import Settings, home, save_settings
from cnn_studio.ui.draw_tab import DrawTab
from cnn_studio.ui.engine_link import EngineLink
from cnn_studio.ui.evaluate_tab import EvaluateTab
from cnn_studio.ui.lazy_tab import LazyTab
from cnn_studio.ui.models import ModelShelf
from cnn_studio.ui.questions import confirmed
from cnn_studio.ui.teach.entry import TeachEntry
from cnn_studio.ui.theme import STEP_PX, Theme, role
from cnn_studio.ui.train_tab import TrainTab

log = logging.getLogger(__name__)

SMALLEST = (1024, 680)
USUAL = (1280, 800)


class MainWindow(QMainWindow):
    """Everything a person sees.

    Args:
        theme: The appearance.
        engine: The engine, not yet started.
        shelf: The models that can answer.
        settings: What was remembered; written when the window closes.
    """

    closed = Signal()

    def __init__(self, theme: Theme, engine: EngineLink, shelf: ModelShelf, settings: Settings) -> None:
        super().__init__()
        self.setObjectName("mainWindow")
        self.setWindowTitle("CNN Studio")
        self.setMinimumSize(*SMALLEST)
        self.resize(*USUAL)
        self._theme, self._engine, self._shelf, self._settings = theme, engine, shelf, settings
        self._openings: dict[str, Path] = {}
        self._closes_after_training = False
        self.asks = True
        self.tabs = QTabWidget()
        self.tabs.setObjectName("tabs")
        self.tabs.setDocumentMode(True)
        self.draw = DrawTab(theme, shelf, settings)
        self.train = TrainTab(theme, engine, settings)
        self.evaluate = EvaluateTab(theme, engine, shelf, settings)
        self.data = LazyTab("dataTab", self._make_data_tab)
        self.model = LazyTab("modelTab", self._make_model_tab)
        for page, title in (
            (self.draw, self.tr("Draw")),
            (self.data, self.tr("Data")),
            (self.model, self.tr("Model")),
            (self.train, self.tr("Train")),
            (self.evaluate, self.tr("Evaluate")),
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
        self.teaching = TeachEntry(theme, engine, shelf, settings, self.draw, self)
        self._connect()
        self._restore()

    def _connect(self) -> None:
        self._engine.state_changed.connect(lambda text, ready: self._engine_state.setText(text))
        self._engine.run_finished.connect(self._take_run)
        self._engine.heard.connect(self._hear)
        self.draw.open_requested.connect(self.open_model)
        self.train.inspect_requested.connect(self._inspect)
        self.train.unfinished.changed.connect(self._mark_unfinished)
        self._theme.changed.connect(self._paint_icons)
        self._paint_icons()
        for number in range(self.tabs.count()):
            shortcut = QShortcut(QKeySequence(f"Ctrl+{number + 1}"), self)
            shortcut.activated.connect(lambda number=number: self.tabs.setCurrentIndex(number))
        QShortcut(QKeySequence.StandardKey.Quit, self).activated.connect(self.close)

    def _mark_unfinished(self) -> None:
        """Show on the Train tab that there is something to decide."""
        offering, place = self.train.unfinished.offering, self.tabs.indexOf(self.train)
        self.tabs.setTabIcon(place, self._theme.icon("history", "warn") if offering else QIcon())
        self.tabs.setTabToolTip(place, self.tr("A training was cut off: go on with it?") if offering else "")

    def _make_data_tab(self) -> QWidget:
        from cnn_studio.ui.data_tab import DataTab

        return DataTab(self._theme, self._engine, self.train.panel.data, self.train.panel.workbench)

    def _make_model_tab(self) -> QWidget:
        from cnn_studio.ui.model_tab import ModelTab

        panel = self.train.panel
        made = ModelTab(self._theme, panel.workbench, panel.info, self._settings)
        made.train_requested.connect(lambda: self.tabs.setCurrentWidget(self.train))
        return made

    def _appearance_button(self) -> QToolButton:
        button = QToolButton()
        button.setObjectName("appearanceButton")
        button.setAccessibleName(self.tr("Appearance"))
        button.setToolTip(self.tr("Light, dark, or as the system"))
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        role(button, "quiet")
        menu = QMenu(button)
        group = QActionGroup(menu)
        for choice, text in (
            ("system", self.tr("As the system")),
            ("light", self.tr("Light")),
            ("dark", self.tr("Dark")),
        ):
            action = QAction(text, menu)
            action.setCheckable(True)
            action.setChecked(self._theme.choice == choice)
            action.triggered.connect(lambda _=False, choice=choice: self.choose_theme(choice))
            group.addAction(action)
            menu.addAction(action)
        button.setMenu(menu)
        return button

    def choose_theme(self, choice: str) -> None:
        """Take an appearance and remember it."""
        self._settings.theme = choice
        self._theme.choose(choice)  # type: ignore[arg-type]

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
            self._shelf.add_opened(path, path.stem)
        elif path.suffix.lower() == ".keras":
            job = self._engine.export(path, "onnx", opened_as(path))
            self._openings[job] = path
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

    def _hear(self, event: object) -> None:
        job = getattr(event, "job", "")
        if job not in self._openings:
            return
        if isinstance(event, StageEntered):
            self._say_opening(job)
        elif isinstance(event, JobCancelled):
            del self._openings[job]
            self.draw.banner.hide()
        elif isinstance(event, ExportEnded):
            path = self._openings.pop(job)
            self.draw.banner.hide()
            self._shelf.add_opened(Path(event.path), path.stem)
        elif isinstance(event, JobFailed):
            del self._openings[job]
            self.draw.banner.say(event.what, event.why, event.remedy, details=event.details)

    def _take_run(self, folder: str) -> None:
        """A run is on disk: it can answer and be inspected."""
        self._shelf.refresh()
        self.evaluate.show_run(Path(folder))

    def _inspect(self, folder: str) -> None:
        self.evaluate.show_run(Path(folder))
        self.tabs.setCurrentWidget(self.evaluate)

    def answer_with(self, folder: Path) -> None:
        """Let a run answer in the Draw tab."""
        self.draw.choose_model(folder / ONNX_FILE)
        self.tabs.setCurrentWidget(self.draw)

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.asks and not self._may_close():
            event.ignore()
            return
        for dialog in self.findChildren(QDialog):
            dialog.close()
        self._settings.geometry = bytes(self.saveGeometry().toBase64().data()).decode()
        try:
            save_settings(self._settings)
        except OSError as error:
            log.warning("The settings could not be saved: %s", error)
        finally:
            self._engine.close()
        event.accept()
        self.closed.emit()

    def _may_close(self) -> bool:
        """Ask where work would be lost; a training is stopped and kept first, and then closes the window."""
        if self.train.training and not self._may_stop():
            return False
        running = [
            self._running(job)
            for job, kind in self._engine.open_jobs.items()
            if kind in (Export, Evaluate, Teach)
        ]
        return not running or confirmed(
            self,
            running[0],
            self.tr("To close the window ends it, and nothing of it is kept."),
            yes=self.tr("Close anyway"),
            no=self.tr("Keep it running"),
        )

    def _running(self, job: str) -> str:
        if job in self._openings:
            return self.tr("A model is being opened.")
        if self._engine.open_jobs[job] is Export:
            return self.tr("An export is running.")
        if self._engine.open_jobs[job] is Teach:
            return self.tr("A teaching is running.")
        return self.tr("An evaluation is running.")

    def _may_stop(self) -> bool:
        """Ask whether a running training may end; return whether it has."""
        stop = confirmed(
            self,
            self.tr("A training is running."),
            self.tr(
                "“Stop and keep” ends it and saves the network as it is now; the window closes when it is saved."
            ),
            yes=self.tr("Stop and keep"),
            no=self.tr("Keep training"),
        )
        if stop and self.train.training:
            if not self._closes_after_training:
                self._closes_after_training = True
                self.train.ended.connect(self._close_later, Qt.ConnectionType.SingleShotConnection)
            self.train.stop()
        return stop and not self.train.training

    def _close_later(self) -> None:
        self._closes_after_training = False
        QTimer.singleShot(0, self.close)


def opened_as(path: Path) -> Path:
    """Return where the ONNX file of an opened `.keras` file is kept; two of one name do not share it."""
    digest = hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:8]
    return home() / "opened" / f"{path.stem}-{digest}.onnx"
