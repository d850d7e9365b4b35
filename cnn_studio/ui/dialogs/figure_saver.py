"""Saving a figure: asks for a name, draws it off the GUI thread, says where it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QWidget

from cnn_studio.core.base.atomic_files import write_atomically
from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.figure_table import Table, write_table
from cnn_studio.core.base.settings import Settings
from cnn_studio.ui.dialogs.confirmations import may_write
from cnn_studio.ui.services.background_task import BackgroundTask
from cnn_studio.ui.widgets.banner import Banner

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def with_ending(path: Path, ending: str = ".png") -> Path:
    """Return a figure's file name, a PNG's where it has no ending."""
    return path if path.suffix else path.with_suffix(ending)


class FigureSaver(QWidget):
    """Saves figures of one tab and reports in its banner."""

    def __init__(self, banner: Banner, settings: Settings, parent: QWidget) -> None:
        super().__init__(parent)
        self._banner, self._settings = banner, settings
        self._worker = BackgroundTask(self._done, self._failed, self)
        self.hide()

    def ask(self, stem: str, draw: Callable[[], Figure], table: Table | None = None) -> None:
        """Ask for a file name and save what `draw` gives, off the GUI thread, or the table as CSV."""
        kinds = [self.tr("Figures (*.png *.svg *.pdf)")]
        kinds += [self.tr("Numbers as CSV (*.csv)")] if table is not None else []
        path = self._asked(self.tr("Save figure"), f"{stem}.png", ";;".join(kinds))
        if path is not None:
            self.save(path, draw, table)

    def ask_text(self, file_name: str, text: Callable[[], str]) -> None:
        """Ask for a file name and save as CSV what `text` gives, off the GUI thread."""
        path = self._asked(self.tr("Save figures as CSV"), file_name, self.tr("Tables (*.csv)"))
        if path is None:
            return

        def write() -> None:
            try:
                write_atomically(path, text().encode())
            except OSError as error:
                raise StudioError(f"Cannot write {path}.", str(error), "Choose another folder.") from error

        self._save(path, write)

    def save(self, path: Path, draw: Callable[[], Figure], table: Table | None = None) -> None:
        """Save what `draw` gives to a file, or the table to one named .csv; no ending means PNG."""
        path = with_ending(path)

        def write() -> None:
            if table is not None and path.suffix.lower() == ".csv":
                write_table(table, path)
                return
            # matplotlib takes half a second to import: only now, and not on the GUI thread
            from cnn_studio.figures.figure_files import save_figure

            save_figure(draw(), path)

        self._save(path, write)

    def _asked(self, title: str, file_name: str, kinds: str) -> Path | None:
        """Return the file that was chosen, or None; one that is there only if it may be written over."""
        proposal = Path(self._settings.export_folder or Path.home()) / file_name
        name, kind = QFileDialog.getSaveFileName(self.parentWidget(), title, str(proposal), kinds)
        if not name:
            return None
        path = with_ending(Path(name), ".csv" if "*.csv" in (kind or kinds.split(";;")[0]) else ".png")
        # the dialog asked for the name without the ending
        return path if path == Path(name) or may_write(self, path) else None

    def _save(self, path: Path, write: Callable[[], None]) -> None:
        self._settings.export_folder = str(path.parent)

        def work() -> Path:
            write()
            return path

        self._worker.ask(work)

    def _done(self, path: Path) -> None:
        self._banner.say(self.tr("Saved {path}").format(path=path), kind="good")

    def _failed(self, error: StudioError) -> None:
        self._banner.say_error(error)
