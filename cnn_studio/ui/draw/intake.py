"""What is opened, dropped and pasted: drawings are read off the GUI thread, pictures are handed on."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMimeData, QMimeDatabase, QObject, Signal
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QWidget

from cnn_studio.core.errors import StudioError
from cnn_studio.core.settings import Settings
from cnn_studio.core.sheets import Sheets, read_sheets, sheets_of
from cnn_studio.ui.background import Background
from cnn_studio.ui.widgets.notice import Banner

DRAWING_FORMAT = "application/x-cnn-studio-drawing"
"""A drawing's line on the clipboard, beside its picture: pasted here it is strokes again."""


class Intake(QObject):
    """Takes drawings from outside; what cannot be taken is explained in the banner, and nothing is changed.

    Signals:
        opened: `Sheets` with at least one drawing.
        picture_offered: A picture, as a `Path` or a `QImage`.
    """

    opened = Signal(object)
    picture_offered = Signal(object)

    def __init__(self, banner: Banner, settings: Settings, page: QWidget) -> None:
        super().__init__(page)
        self._banner, self._settings, self._page = banner, settings, page
        self._reader = Background(self._take, banner.say_error, self)

    def ask(self) -> None:
        """Ask for a file and open it."""
        name, _ = QFileDialog.getOpenFileName(
            self._page,
            self.tr("Open drawing"),
            self._settings.export_folder,
            self.tr(
                "Drawings and pictures (*.jsonl *.json *.png *.jpg *.jpeg *.gif *.bmp *.tif *.tiff *.webp);;All files (*)"
            ),
        )
        if name:
            self.open(Path(name))

    def open(self, path: Path) -> None:
        """Open a file: a picture is offered, anything else must be drawings."""
        self._reader.ask(lambda: _read(path))

    def paste(self) -> None:
        """Take what the clipboard holds."""
        if not self.take(QGuiApplication.clipboard().mimeData()):
            self._banner.say(
                self.tr("Nothing was pasted."),
                self.tr("The clipboard holds no drawing, no picture and no file."),
                self.tr("Copy a picture, or a drawing as a line of JSON, and paste again."),
                kind="warn",
            )

    def takes(self, content: QMimeData) -> bool:
        """Whether something dropped may be taken."""
        return (
            content.hasUrls() or content.hasImage() or content.hasText() or content.hasFormat(DRAWING_FORMAT)
        )

    def take(self, content: QMimeData | None) -> bool:
        """Take what was dropped or pasted; return whether there was anything."""
        if content is None:
            return False
        if content.hasFormat(DRAWING_FORMAT):
            self._read_text(bytes(content.data(DRAWING_FORMAT).data()))
        elif content.hasUrls() and content.urls():
            self._open_first([Path(url.toLocalFile()) for url in content.urls() if url.isLocalFile()])
        elif content.hasImage() and isinstance(content.imageData(), QImage):
            self.picture_offered.emit(content.imageData())
        elif content.text().strip():
            self._read_text(content.text().encode("utf-8", "replace"))
        else:
            return False
        return True

    def _open_first(self, paths: list[Path]) -> None:
        if not paths:
            self._banner.say(
                self.tr("Nothing was opened."),
                self.tr("It is an address, not a file on this computer."),
                self.tr("Save the file first, then drop it here."),
                kind="warn",
            )
            return
        self.open(paths[0])

    def _read_text(self, text: bytes) -> None:
        name = self.tr("The clipboard's text")
        self._reader.ask(lambda: sheets_of(text, name))

    def _take(self, found: Sheets | Path) -> None:
        if isinstance(found, Path):
            self.picture_offered.emit(found)
            return
        self.opened.emit(found)
        notes = self._notes(found)
        if notes:
            self._banner.say(
                self.tr("{name} was opened.").format(name=found.name), " ".join(notes), kind="warn"
            )
        else:
            self._banner.hide()

    def _notes(self, found: Sheets) -> list[str]:
        """Say what is not shown as it is in the file."""
        notes = []
        if found.thinned:
            text = self.tr("A drawing with {points} points was thinned out so that it can be drawn on.")
            notes.append(text.format(points=f"{found.thinned:,}"))
        if found.left_out:
            notes.append(self.tr("%n point(s) without usable coordinates were left out.", "", found.left_out))
        if found.blank:
            notes.append(self.tr("%n drawing(s) without a point were left out.", "", found.blank))
        if found.more:
            text = self.tr("Only its first {count} drawings are shown.")
            notes.append(text.format(count=f"{len(found.drawings):,}"))
        return notes


def _read(path: Path) -> Sheets | Path:
    """Return the drawings of a file; its path where it is a picture."""
    if path.is_dir():
        raise StudioError(f"{path.name} was not opened.", "It is a folder.", "Choose a file.")
    if path.exists() and not path.is_file():
        raise StudioError(f"{path.name} was not opened.", "It is a device.", "Choose a file.")
    kind = QMimeDatabase().mimeTypeForFile(str(path)).name()
    return path if kind.startswith("image/") else read_sheets(path)
