"""Taking images away: a list as CSV, the images as PNG files, contact sheets; off the GUI thread.

Where several images are marked in the gallery it is those, else all that are shown.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QMenu, QPushButton, QWidget

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.settings import Settings
from cnn_studio.core.evaluation.image_list import ListedAnswers, as_table, save_csv, save_images
from cnn_studio.ui.dialogs.confirmations import may_write
from cnn_studio.ui.evaluate.gallery.contact_sheet import save_sheets
from cnn_studio.ui.evaluate.gallery.gallery_tiles import EvaluationTiles
from cnn_studio.ui.services.background_task import Canceled, Work
from cnn_studio.ui.services.latest_request import LatestRequest
from cnn_studio.ui.style.form_layout import label
from cnn_studio.ui.style.theme import STEP_PX, Theme, role
from cnn_studio.ui.widgets.banner import Banner
from cnn_studio.ui.widgets.counts_text import images_in_words
from cnn_studio.ui.widgets.image_gallery import Gallery

Rows = NDArray[np.intp]
MOST_COPIED = 1000
"""Rows that go to the clipboard, in 10 ms; more belong into a file."""


class GalleryExport(QObject):
    """A button with a menu, and a line that says how far an export is.

    Args:
        theme: The appearance.
        settings: Where files were saved last.
        banner: Where outcomes are said.
        gallery: Where images are marked.
        ended: Set when the window ends; what is being written is then given up.

    Attributes:
        button: Opens the menu.
        progress: What is being written, and a button that cancels it; hidden while nothing is.
        banner: Where outcomes are said.
    """

    _written = Signal(int)

    def __init__(
        self, theme: Theme, settings: Settings, banner: Banner, gallery: Gallery, ended: threading.Event
    ) -> None:
        super().__init__(gallery)
        self._theme, self._settings, self.banner = theme, settings, banner
        self._answers: ListedAnswers | None = None
        self._images: NDArray[np.uint8] | None = None
        self._rows: Rows = np.zeros(0, np.intp)
        self._gallery = gallery
        self._count = 0
        self._worker = LatestRequest(self._done, self._failed, self)
        self._worker.ended = ended
        self.button = QPushButton()
        self.button.setObjectName("galleryExportButton")
        self.button.setAccessibleName(self.tr("Export the images"))
        self.button.setToolTip(
            self.tr("Save what is shown, or the marked ones where several are: list, images, contact sheet")
        )
        role(self.button, "quiet")
        self.button.clicked.connect(self.open_menu)
        self.menu = QMenu(self.button)
        self.about = self.menu.addAction("")
        self.about.setEnabled(False)
        self.csv = self.menu.addAction(self.tr("List as CSV …"), self._ask_csv)
        self.copy = self.menu.addAction(self.tr("Copy the list"), self.copy_list)
        self.png = self.menu.addAction(self.tr("Images as PNG …"), self._ask_png)
        self.sheet = self.menu.addAction(self.tr("Contact sheet …"), self._ask_sheet)
        self.progress = QWidget()
        role(self.progress, "plain")
        self._said = label("", "field")
        self.cancel_button = QPushButton(self.tr("Cancel"))
        self.cancel_button.setObjectName("galleryExportCancelButton")
        self.cancel_button.clicked.connect(self.cancel)
        line = QHBoxLayout(self.progress)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(STEP_PX)
        line.addWidget(self._said, 1)
        line.addWidget(self.cancel_button)
        self.progress.hide()
        self._written.connect(self._say_written)
        theme.changed.connect(self._paint_icons)
        self._paint_icons()

    def _paint_icons(self) -> None:
        self.button.setIcon(self._theme.icon("tray-arrow-down"))

    def show_images(
        self, answers: ListedAnswers | None, images: NDArray[np.uint8] | None, rows: Rows, title: str
    ) -> None:
        """Take what is shown now; `title` heads the contact sheet."""
        self._answers, self._images, self._rows, self._title = answers, images, rows, title
        self.button.setEnabled(answers is not None and len(rows) > 0)
        for action in (self.png, self.sheet):
            action.setEnabled(images is not None)

    @property
    def wanted(self) -> Rows:
        """The rows that are exported: the marked ones where there are several, else all that are shown."""
        marked = self._gallery.chosen_positions
        return self._rows[marked] if len(marked) > 1 else self._rows

    def open_menu(self) -> None:
        """Open the menu below the button; its first line says how many images it is about."""
        self.about.setText(images_in_words(len(self.wanted)))
        self.menu.popup(self.button.mapToGlobal(QPoint(0, self.button.height())))

    def copy_list(self) -> None:
        """Put the list on the clipboard, with tabs, as spreadsheets take it."""
        if self._answers is None:
            return
        text = as_table(self._answers, self.wanted[:MOST_COPIED], "\t")
        QGuiApplication.clipboard().setText(text)

    def _ask_csv(self) -> None:
        path = self._file_name(self.tr("Save the list"), "images.csv", self.tr("CSV (*.csv)"))
        if path is not None:
            self.save_list(path)

    def _ask_sheet(self) -> None:
        path = self._file_name(self.tr("Save the contact sheet"), "images.png", self.tr("PNG (*.png)"))
        if path is not None:
            self.save_sheet(path)

    def _ask_png(self) -> None:
        name = QFileDialog.getExistingDirectory(
            self.button, self.tr("Folder for the images"), self._settings.export_folder or str(Path.home())
        )
        if name:
            self.save_pictures(Path(name))

    def _file_name(self, title: str, proposal: str, kinds: str) -> Path | None:
        folder = Path(self._settings.export_folder or Path.home())
        name, _ = QFileDialog.getSaveFileName(self.button, title, str(folder / proposal), kinds)
        if not name:
            return None
        path = Path(name)
        if not path.suffix:
            path = path.with_suffix(Path(proposal).suffix)
            if not may_write(self.button, path):  # the dialog asked for the name without the ending
                return None
        return path

    def save_list(self, path: Path) -> None:
        """Write the list of the shown images as CSV."""
        answers, rows = self._answers, self.wanted
        assert answers is not None

        def work(canceled: Canceled) -> str:
            save_csv(answers, rows, path)
            return str(path)

        self._start(work, path.parent, len(rows))

    def save_pictures(self, folder: Path) -> None:
        """Write the shown images as PNG files into a folder."""
        answers, images, rows = self._answers, self._images, self.wanted
        assert answers is not None
        assert images is not None

        def work(canceled: Canceled) -> str:
            save_images(answers, images, rows, folder, self._report, canceled)
            return str(folder)

        self._start(work, folder, len(rows))

    def save_sheet(self, path: Path) -> None:
        """Write the shown images with their captions as one picture, or as several numbered ones."""
        answers, images, rows, title = self._answers, self._images, self.wanted, self._title
        assert answers is not None
        assert images is not None
        tiles = EvaluationTiles(answers, rows)

        def work(canceled: Canceled) -> str:
            files = save_sheets(tiles, images, title, path, self._report, canceled)
            return str(files[0] if len(files) == 1 else path.parent)

        self._start(work, path.parent, len(rows))

    def cancel(self) -> None:
        """Stop writing; what is written stays."""
        self._worker.forget()
        self.progress.hide()

    def _start(self, work: Work, folder: Path, count: int) -> None:
        self._settings.export_folder = str(folder)
        self._count = count
        self._say_written(0)
        self.progress.show()
        self._worker.ask(work)

    def _report(self, done: int) -> None:
        with suppress(RuntimeError):  # the window may have been closed meanwhile
            self._written.emit(done)

    def _say_written(self, done: int) -> None:
        text = self.tr("Writing {done:,} of {count:,} …")
        self._said.setText(text.format(done=done, count=self._count))

    def _done(self, path: str) -> None:
        self.progress.hide()
        self.banner.say(self.tr("Saved {path}").format(path=path), kind="good")

    def _failed(self, error: StudioError) -> None:
        self.progress.hide()
        self.banner.say_error(error)
