"""Kept drawings out to files and in from them, off the GUI thread."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import msgspec
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.settings import Settings
from cnn_studio.core.drawing.collection import Collection, LabeledDrawing
from cnn_studio.core.drawing.collection_files import ReadDrawings, read_kept, write_class_folders
from cnn_studio.core.drawing.jsonl import Drawing
from cnn_studio.core.runs.fine_tuning_record import digest_of
from cnn_studio.ui.dialogs.confirmations import may_write
from cnn_studio.ui.services.background_task import BackgroundTask
from cnn_studio.ui.widgets.banner import Banner


class _Imported(msgspec.Struct, frozen=True):
    name: str
    read: ReadDrawings
    new: int


def shape_of(drawing: LabeledDrawing) -> tuple[str, str]:
    """Return what two copies of a drawing have in common, whatever file they came from."""
    return digest_of(Drawing(drawing.strokes)), drawing.label


class DrawingFiles(QObject):
    """Asks where to, and does it; what came of it is said in the banner.

    Signals:
        finished: It was said.
    """

    finished = Signal()

    def __init__(self, collection: Collection, banner: Banner, settings: Settings, page: QWidget) -> None:
        super().__init__(page)
        self._collection, self._banner, self._settings, self._page = collection, banner, settings, page
        self._writer = BackgroundTask(self._saved, self._failed, self)
        self._reader = BackgroundTask(self._imported, self._failed, self)

    def ask_for_lines(self, drawings: Sequence[LabeledDrawing]) -> None:
        """Ask for a file name and write drawings as JSON lines."""
        name, _ = QFileDialog.getSaveFileName(
            self._page,
            self.tr("Export drawings"),
            str(self._folder() / "my-drawings.jsonl"),
            self.tr("Drawings as JSON lines (*.jsonl)"),
        )
        if not name:
            return
        path = Path(name) if Path(name).suffix else Path(name).with_suffix(".jsonl")
        if path == Path(name) or may_write(
            self._page, path
        ):  # the dialog asked for the name without the ending
            self.export_lines(path, drawings)

    def export_lines(self, path: Path, drawings: Sequence[LabeledDrawing]) -> None:
        """Write drawings as JSON lines."""
        self._settings.export_folder = str(path.parent)
        ids = [drawing.id for drawing in drawings]

        def work() -> tuple[Path, int]:
            self._collection.export(path, ids)
            return path, len(ids)

        self._writer.ask(work)

    def ask_for_folder(self, drawings: Sequence[LabeledDrawing]) -> None:
        """Ask for a folder and write a folder of images a class in it."""
        name = QFileDialog.getExistingDirectory(
            self._page, self.tr("Folder to save the images in"), str(self._folder())
        )
        if name:
            self.export_images(Path(name), drawings)

    def export_images(self, parent: Path, drawings: Sequence[LabeledDrawing]) -> None:
        """Write a folder "my-drawings" (or "my-drawings-2", ...) with a folder of images a class."""
        self._settings.export_folder = str(parent)
        chosen = list(drawings)

        def work() -> tuple[Path, int]:
            folder, number = parent / "my-drawings", 1
            while folder.exists():
                number += 1
                folder = parent / f"my-drawings-{number}"
            write_class_folders(chosen, folder)
            return folder, len(chosen)

        self._writer.ask(work)

    def ask_for_import(self) -> None:
        """Ask for a file of labeled drawings and take them in."""
        name, _ = QFileDialog.getOpenFileName(
            self._page,
            self.tr("Import drawings"),
            str(self._folder()),
            self.tr("Drawings as JSON lines (*.jsonl *.json);;All files (*)"),
        )
        if name:
            self.import_lines(Path(name))

    def import_lines(self, path: Path) -> None:
        """Take in the labeled drawings of a file; those that are here already are passed over."""

        def work() -> _Imported:
            read = read_kept(path)
            here = {shape_of(drawing) for drawing in self._collection.drawings}
            new: dict[tuple[str, str], LabeledDrawing] = {}
            for drawing in read.drawings:
                if self._collection.find(drawing.id) is None and shape_of(drawing) not in here:
                    new.setdefault(shape_of(drawing), drawing)
            self._collection.take(list(new.values()))
            return _Imported(path.name, read, len(new))

        self._reader.ask(work)

    def _folder(self) -> Path:
        return Path(self._settings.export_folder or Path.home())

    def _saved(self, done: tuple[Path, int]) -> None:
        text = self.tr("Saved {path}").format(path=done[0])
        self._banner.say(text, self.tr("Drawings in it: {count}.").format(count=f"{done[1]:,}"), kind="good")
        self.finished.emit()

    def _imported(self, done: _Imported) -> None:
        text = self.tr("Drawings imported from {name}: {count}").format(name=done.name, count=f"{done.new:,}")
        further = []
        here = len(done.read.drawings) - done.new
        if here:
            further.append(self.tr("Already here: {count}.").format(count=f"{here:,}"))
        if done.read.unlabeled:
            unlabeled = f"{done.read.unlabeled:,}"
            further.append(self.tr("Left out, without a label: {count}.").format(count=unlabeled))
        if done.read.more:
            further.append(self.tr("The file has more: split it to import the rest."))
        self._banner.say(text, " ".join(further), kind="good" if done.new else "warn")
        self.finished.emit()

    def _failed(self, error: StudioError) -> None:
        self._banner.say_error(error)
        self.finished.emit()
