"""Writing a report of the selected runs: asks for a name, writes it off the GUI thread, says where it is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QWidget

from cnn_studio.core.base.settings import Settings
from cnn_studio.core.runs.run_table import RunRow
from cnn_studio.ui.dialogs.confirmations import may_write
from cnn_studio.ui.services.background_task import BackgroundTask

ENDING = ".html"


class ReportSaver(QWidget):
    """Writes one report at a time.

    Signals:
        begun: Its file is being written.
        written: The file that is there now.
        failed: A `StudioError`.
    """

    begun = Signal(object)
    written = Signal(object)
    failed = Signal(object)

    def __init__(self, settings: Settings, parent: QWidget) -> None:
        super().__init__(parent)
        self._settings = settings
        self._worker = BackgroundTask(self.written.emit, self.failed.emit, self)
        self.hide()

    def ask(self, rows: Sequence[RunRow]) -> None:
        """Ask for a file name and write a report of these runs."""
        stem = rows[0].folder.name if len(rows) == 1 else "comparison"
        proposal = Path(self._settings.export_folder or Path.home()) / f"{stem}{ENDING}"
        name, _ = QFileDialog.getSaveFileName(
            self.parentWidget(), self.tr("Save report"), str(proposal), self.tr("Web pages (*.html)")
        )
        if not name:
            return
        path = Path(name) if Path(name).suffix else Path(f"{name}{ENDING}")
        if path == Path(name) or may_write(self, path):  # the dialog asked for the name without the ending
            self.save(path, [row.folder for row in rows])

    def save(self, path: Path, folders: Sequence[Path]) -> None:
        """Write a report of these runs."""
        self._settings.export_folder = str(path.parent)
        chosen = list(folders)

        def work() -> Path:
            # matplotlib takes half a second to import: only now, and not on the GUI thread
            import cnn_studio.data  # noqa: F401 - knows people's own data by name
            from cnn_studio.figures.html_report import write_report

            return write_report(chosen, path)

        self.begun.emit(path)
        self._worker.ask(work)


def open_in_system(path: Path) -> bool:
    """Open a file or folder with the program the system has for it; return whether there is one."""
    return QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))
