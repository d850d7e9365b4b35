"""The window with everything it is made of, ready to be shown, tested and measured."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer, QTranslator
from PySide6.QtWidgets import QApplication

from cnn_studio import __version__
from cnn_studio.core.base.assets import resource
from cnn_studio.core.base.settings import Settings
from cnn_studio.ui.services.background_task import wait_for_background
from cnn_studio.ui.services.engine_client import EngineClient
from cnn_studio.ui.services.model_registry import ModelRegistry
from cnn_studio.ui.shell.main_window import MainWindow
from cnn_studio.ui.style.theme import Theme, font

SECONDS_FOR_SHORT_WORK = 1.0
"""What is being read when the window closes may end by itself in that time; a large folder may not."""

SECONDS_A_THREAD_MAY_COMPUTE = 0.0005
"""Qt lets go of Python's lock in many calls and waits so long to have it back while a thread computes in plain
Python; with Python's own 5 ms, painting while a data set is looked through took up to 170 ms, now 23 ms."""


def application() -> QApplication:
    """Return the one QApplication, made on the first call."""
    existing = QApplication.instance()
    if isinstance(existing, QApplication):
        return existing
    QCoreApplication.setApplicationName("CNN Studio")
    QCoreApplication.setOrganizationName("CNN Studio")
    QCoreApplication.setApplicationVersion(__version__)
    QApplication.setHighDpiScaleFactorRoundingPolicy(Qt.HighDpiScaleFactorRoundingPolicy.PassThrough)
    sys.setswitchinterval(SECONDS_A_THREAD_MAY_COMPUTE)
    made = QApplication(sys.argv[:1])
    made.setStyle("Fusion")
    made.setFont(font())
    translator = QTranslator(made)
    if translator.load(str(resource("translations", "cnn_studio_en.qm"))):
        made.installTranslator(translator)
    return made


class Studio(QObject):
    """The parts of the window, wired.

    Args:
        settings: What was remembered.
        runs_folder: Where runs are kept.
        log_path: Where the worker's messages go; None discards them.
        worker_command: The argv of the worker; None takes the real one.
        queue_path: The file of trainings that wait; None keeps none.
        home: Whose further launches this window answers; None answers none.
    """

    def __init__(
        self,
        settings: Settings,
        runs_folder: Path,
        log_path: Path | None = None,
        worker_command: Sequence[str] | None = None,
        queue_path: Path | None = None,
        home: Path | None = None,
    ) -> None:
        self._application = application()
        super().__init__()
        self.theme = Theme(settings.theme)  # type: ignore[arg-type]
        self.theme.apply()
        self._runs_folder = runs_folder
        self.engine = EngineClient(runs_folder, log_path, worker_command)
        self.registry = ModelRegistry(runs_folder)
        self.window = MainWindow(self.theme, self.engine, self.registry, settings, queue_path)
        self._home = home
        self.window.draw.load_now()
        self._waiting_for_paint = False

    def show(self) -> None:
        """Show the window; the engine starts right after its first paint."""
        self._waiting_for_paint = True
        self.window.draw.canvas.installEventFilter(self)
        self.window.show()
        self.window.draw.canvas.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self._waiting_for_paint and event.type() == QEvent.Type.Paint:
            self._waiting_for_paint = False
            watched.removeEventFilter(self)
            QTimer.singleShot(0, self._after_first_paint)
        return False

    def _after_first_paint(self) -> None:
        self.engine.start()
        self.registry.refresh()
        self.window.train.unfinished.look(self._runs_folder)
        self.window.queue.load()
        if self._home is not None:
            from cnn_studio.ui.shell.single_instance import (
                SingleInstance,  # Qt's network library, not before the first paint
            )

            first = SingleInstance(self._home, self)
            first.called.connect(self.window.background.bring_back)
            self.window.closed.connect(first.close)

    def serve(self) -> int:
        """Run the event loop until the window closes."""
        status = self._application.exec()
        wait_for_background(SECONDS_FOR_SHORT_WORK)
        return status
