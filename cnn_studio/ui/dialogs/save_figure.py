"""Saving a figure: asks for a name, draws it off the GUI thread, says where it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QWidget

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
        proposal = Path(self._settings.export_folder or Path.home()) / f"{stem}.png"
        kinds = [self.tr("Figures (*.png *.svg *.pdf)")]
        kinds += [self.tr("Numbers as CSV (*.csv)")] if table is not None else []
        name, kind = QFileDialog.getSaveFileName(
            self.parentWidget(), self.tr("Save figure"), str(proposal), ";;".join(kinds)
        )
        if not name:
            return
        path = with_ending(Path(name), ".csv" if "*.csv" in kind else ".png")
        if path == Path(name) or may_write(self, path):  # the dialog asked for the name without the ending
            self.save(path, draw, table)

    def save(self, path: Path, draw: Callable[[], Figure], table: Table | None = None) -> None:
        """Save what `draw` gives to a file, or the table to one named .csv; no ending means PNG."""
        path = with_ending(path)
        self._settings.export_folder = str(path.parent)

        def work() -> Path:
            if table is not None and path.suffix.lower() == ".csv":
                write_table(table, path)
                return path
            # matplotlib takes half a second to import: only now, and not on the GUI thread
            from cnn_studio.figures.confusion_matrix_figure import save_figure

            save_figure(draw(), path)
            return path

        self._worker.ask(work)

    def _done(self, path: Path) -> None:
        self._banner.say(self.tr("Saved {path}").format(path=path), kind="good")

    def _failed(self, error: StudioError) -> None:
        self._banner.say_error(error)
