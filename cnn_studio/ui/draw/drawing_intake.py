"""What is opened, dropped and pasted: drawings are read off the GUI thread, pictures are handed on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QMimeData, QMimeDatabase, QObject, Signal
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QWidget

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.settings import Settings
from cnn_studio.core.drawing.drawing_import import (
    MOST_DRAWINGS,
    ImportedDrawings,
    imported_drawings_of,
    read_imported_drawings,
)
from cnn_studio.ui.services.background_task import BackgroundTask
from cnn_studio.ui.widgets.banner import Banner

MOST_FILES = 200
"""Opened together; more are left out."""
IMAGE_FORMATS = ("image/png", "image/webp", "image/tiff", "image/bmp", "image/gif", "image/jpeg")
"""In which an image is taken from another program, the first of them it has: those that lose nothing first."""
DRAWING_FORMAT = "application/x-cnn-studio-drawing"
"""A drawing's line on the clipboard, beside its picture: pasted here it is strokes again."""


@dataclass(frozen=True)
class Several:
    """What several files hold.

    Attributes:
        pictures: Those that are pictures.
        files: The drawings of the others.
        left_out: How many are not shown: unreadable, too many, or drawings beside pictures.
        error: The first reason.
    """

    pictures: tuple[Path, ...]
    files: tuple[ImportedDrawings, ...]
    left_out: int
    error: StudioError | None


class DrawingIntake(QObject):
    """Takes drawings from outside; what cannot be taken is explained in the banner, and nothing is changed.

    Signals:
        opened: `ImportedDrawings` with at least one drawing.
        picture_offered: A picture, as a `Path`, the bytes of a file or a `QImage`, or a tuple of several `Path`s.
    """

    opened = Signal(object)
    picture_offered = Signal(object)

    def __init__(self, banner: Banner, settings: Settings, page: QWidget) -> None:
        super().__init__(page)
        self._banner, self._settings, self._page = banner, settings, page
        self._reader = BackgroundTask(self._take, banner.say_error, self)

    def ask(self) -> None:
        """Ask for files and open them."""
        names, _ = QFileDialog.getOpenFileNames(
            self._page,
            self.tr("Open drawings or pictures"),
            self._settings.export_folder,
            self.tr(
                "Drawings and pictures (*.jsonl *.json *.png *.jpg *.jpeg *.gif *.bmp *.tif *.tiff *.webp);;All files (*)"
            ),
        )
        if names:
            self.open_all([Path(name) for name in names])

    def open(self, path: Path) -> None:
        """Open a file: a picture is offered, anything else must be drawings."""
        self._reader.ask(lambda: _read(path))

    def open_all(self, paths: list[Path]) -> None:
        """Open several files: their pictures are offered together; without any, their drawings are one file."""
        if len(paths) == 1:
            self.open(paths[0])
        else:
            self._reader.ask(lambda: _read_all(paths[:MOST_FILES], len(paths)))

    def paste(self) -> None:
        """Take what the clipboard holds."""
        if not self.take(QGuiApplication.clipboard().mimeData()):
            self._banner.say(
                self.tr("Nothing was pasted."),
                self.tr("The clipboard holds no drawing, picture or file."),
                self.tr("Copy a picture, or a drawing as a line of JSON, and paste again."),
                kind="warn",
            )

    def takes(self, content: QMimeData) -> bool:
        """Whether something dropped may be taken."""
        return (
            content.hasUrls()
            or content.hasImage()
            or _image_format(content) != ""
            or content.hasText()
            or content.hasFormat(DRAWING_FORMAT)
        )

    def take(self, content: QMimeData | None) -> bool:
        """Take what was dropped or pasted; return whether there was anything."""
        if content is None:
            return False
        if content.hasFormat(DRAWING_FORMAT):
            self._read_text(bytes(content.data(DRAWING_FORMAT).data()))
        elif content.hasUrls() and content.urls():
            self._open_files([Path(url.toLocalFile()) for url in content.urls() if url.isLocalFile()])
        elif kind := _image_format(content):
            self.picture_offered.emit(bytes(content.data(kind).data()))
        elif content.hasImage() and isinstance(content.imageData(), QImage):
            self.picture_offered.emit(content.imageData())
        elif content.text().strip():
            self._read_text(content.text().encode("utf-8", "replace"))
        else:
            return False
        return True

    def _open_files(self, paths: list[Path]) -> None:
        if not paths:
            self._banner.say(
                self.tr("Nothing was opened."),
                self.tr("It is an address, not a file on this computer."),
                self.tr("Save the file first, then drop it here."),
                kind="warn",
            )
            return
        self.open_all(paths)

    def _read_text(self, text: bytes) -> None:
        name = self.tr("The clipboard's text")
        self._reader.ask(lambda: imported_drawings_of(text, name))

    def _take(self, found: ImportedDrawings | Path | Several) -> None:
        if isinstance(found, Several):
            self._take_several(found)
            return
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

    def _take_several(self, several: Several) -> None:
        if several.pictures:
            self.picture_offered.emit(several.pictures)
        elif several.files:
            self._take(_joined(several.files))
        if several.left_out:
            left_out = self.tr("%n file(s) were left out.", "", several.left_out)
            first = several.error
            why = self.tr("At most {count} are opened at once.").format(count=MOST_FILES)
            if first is not None:
                why = f"{first.what} {first.why}"
            self._banner.say(left_out, why, kind="warn")

    def _notes(self, found: ImportedDrawings) -> list[str]:
        """Say what is not shown as it is in the file."""
        notes = []
        if found.thinned:
            text = self.tr("A drawing with {points} points was thinned so that you can go on drawing on it.")
            notes.append(text.format(points=f"{found.thinned:,}"))
        if found.left_out:
            notes.append(self.tr("%n point(s) without usable coordinates were left out.", "", found.left_out))
        if found.blank:
            notes.append(self.tr("%n drawing(s) without any points were left out.", "", found.blank))
        if found.more:
            text = self.tr("Only its first {count} drawings are shown.")
            notes.append(text.format(count=f"{len(found.drawings):,}"))
        return notes


def _image_format(content: QMimeData) -> str:
    """Return the name under which an image file's bytes lie in what another program hands over; empty without one.

    Qt would decode them with whatever reader it has for their content, drawings with links to files (SVG) among them.
    """
    offered = [name for name in content.formats() if name.startswith("image/")]
    return next((name for name in IMAGE_FORMATS if name in offered), offered[0] if offered else "")


def _read(path: Path) -> ImportedDrawings | Path:
    """Return the drawings of a file; its path where it is a picture."""
    if path.is_dir():
        raise StudioError(f"{path.name} was not opened.", "It is a folder.", "Choose a file.")
    if path.exists() and not path.is_file():
        raise StudioError(f"{path.name} was not opened.", "It is a device.", "Choose a file.")
    kind = QMimeDatabase().mimeTypeForFile(str(path)).name()
    return path if kind.startswith("image/") else read_imported_drawings(path)


def _read_all(paths: list[Path], count: int) -> Several:
    """Return what files hold.

    Raises:
        StudioError: Of the first, if none can be read.
    """
    pictures: list[Path] = []
    files: list[ImportedDrawings] = []
    errors: list[StudioError] = []
    for path in paths:
        try:
            found = _read(path)
        except StudioError as error:
            errors.append(error)
        else:
            if isinstance(found, Path):
                pictures.append(found)
            else:
                files.append(found)
    if not pictures and not files:
        raise errors[0]
    if pictures and files:
        what = f"{files[0].name} holds drawings, not a picture."
        errors.append(StudioError(what, "Pictures and drawings are shown in different places.", ""))
    shown = len(pictures) or len(files)
    return Several(tuple(pictures), tuple(files), count - shown, errors[0] if errors else None)


def _joined(files: tuple[ImportedDrawings, ...]) -> ImportedDrawings:
    """Return the drawings of several files as those of one."""
    drawings = tuple(drawing for each in files for drawing in each.drawings)
    return ImportedDrawings(
        files[0].name,
        drawings[:MOST_DRAWINGS],
        any(each.more for each in files) or len(drawings) > MOST_DRAWINGS,
        max(each.thinned for each in files),
        sum(each.left_out for each in files),
        sum(each.blank for each in files),
    )
