"""A drawing exported: saved as JSON lines, PNG or SVG, copied as a picture."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMimeData, QObject
from PySide6.QtGui import QGuiApplication, QImage, QImageWriter
from PySide6.QtWidgets import QFileDialog, QWidget

from cnn_studio.core.base.atomic_files import write_atomically
from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.settings import Settings
from cnn_studio.core.drawing.drawing_import import line_of
from cnn_studio.core.drawing.stroke_model import Strokes
from cnn_studio.ui.dialogs.confirmations import may_write
from cnn_studio.ui.draw.drawing_intake import DRAWING_FORMAT
from cnn_studio.ui.services.background_task import BackgroundTask
from cnn_studio.ui.widgets import stroke_painting
from cnn_studio.ui.widgets.banner import Banner
from cnn_studio.ui.widgets.draw_canvas import DrawCanvas

Encoder = Callable[[Strokes, float, str | None], bytes]


def _as_line(strokes: Strokes, pen_percent: float, label: str | None) -> bytes:
    return (line_of(strokes, label) + "\n").encode()


def _as_png(strokes: Strokes, pen_percent: float, label: str | None) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(stroke_painting.picture(strokes, pen_percent))
    return bytes(buffer.data().data())


def _as_svg(strokes: Strokes, pen_percent: float, label: str | None) -> bytes:
    return stroke_painting.svg(strokes, pen_percent).encode()


ENCODERS: dict[str, Encoder] = {".jsonl": _as_line, ".png": _as_png, ".svg": _as_svg}


class DrawingExport(QObject):
    """Saves and copies the drawing of a canvas.

    Args:
        canvas: The canvas.
        label: Returns what the drawing was answered to show, if it was.
        banner: Where it is said.
        settings: Remembers the folder.
        page: The tab.
    """

    def __init__(
        self,
        canvas: DrawCanvas,
        label: Callable[[], str | None],
        banner: Banner,
        settings: Settings,
        page: QWidget,
    ) -> None:
        super().__init__(page)
        self._canvas, self._label, self._banner = canvas, label, banner
        self._settings, self._page = settings, page
        self._writer = BackgroundTask(self._saved, banner.say_error, self)
        self._copier = BackgroundTask(self._copied, banner.say_error, self)

    def ask(self) -> None:
        """Ask for a file name and save the drawing."""
        if self._canvas.sketch.empty:
            return
        kinds = {
            self.tr("Drawings as JSON lines (*.jsonl)"): ".jsonl",
            self.tr("Pictures (*.png)"): ".png",
            self.tr("Vector graphics (*.svg)"): ".svg",
        }
        proposal = Path(self._settings.export_folder or Path.home()) / "drawing.jsonl"
        name, kind = QFileDialog.getSaveFileName(
            self._page, self.tr("Save drawing"), str(proposal), ";;".join(kinds)
        )
        if not name:
            return
        path = Path(name)
        if path.suffix.lower() not in ENCODERS:
            path = path.with_name(path.name + kinds.get(kind, ".jsonl"))
            if not may_write(self._page, path):  # the dialog asked for the name without the ending
                return
        self.save(path)

    def save(self, path: Path) -> None:
        """Save the whole drawing in the format that the file's ending names."""
        strokes, pen, label = tuple(self._canvas.sketch.strokes), self._canvas.pen_percent, self._label()
        encode = ENCODERS[path.suffix.lower()]
        self._settings.export_folder = str(path.parent)

        def work() -> Path:
            try:
                write_atomically(path, encode(strokes, pen, label))
            except OSError as error:
                raise StudioError(
                    f"{path.name} was not saved.", f"{error}.", "Choose another folder or name."
                ) from error
            return path

        self._writer.ask(work)

    def copy(self) -> None:
        """Put the drawing on the clipboard: its picture, and its strokes for who can read them."""
        if self._canvas.sketch.empty:
            return
        strokes, pen, label = tuple(self._canvas.sketch.strokes), self._canvas.pen_percent, self._label()
        self._copier.ask(lambda: (stroke_painting.picture(strokes, pen), _as_line(strokes, pen, label)))

    def _saved(self, path: Path) -> None:
        self._banner.say(self.tr("Saved {path}").format(path=path), kind="good")

    def _copied(self, copied: tuple[QImage, bytes]) -> None:
        content = QMimeData()
        content.setImageData(copied[0])
        content.setData(DRAWING_FORMAT, copied[1])
        QGuiApplication.clipboard().setMimeData(content)
