"""Taking what is under the lens away: the image, enlarged, or what is shown beside it; copied or saved."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QPoint, Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QMenu, QPushButton, QWidget

from cnn_studio.core.base.settings import Settings
from cnn_studio.ui.dialogs.confirmations import may_write
from cnn_studio.ui.evaluate.gallery.contact_sheet import save_picture
from cnn_studio.ui.interpretability.inspection_panel import InspectionPanel
from cnn_studio.ui.services.background_task import BackgroundTask
from cnn_studio.ui.style.theme import Theme, role
from cnn_studio.ui.widgets.banner import Banner
from cnn_studio.ui.widgets.image_tiles import as_image

ENLARGED_PX = 560


class LensExport(QObject):
    """Two buttons with the same three entries: copy and save."""

    def __init__(self, theme: Theme, settings: Settings, banner: Banner, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme, self._settings, self._banner = theme, settings, banner
        self._image: NDArray[np.uint8] | None = None
        self._number = 0
        self._panel: InspectionPanel | None = None
        self._writer = BackgroundTask(self._done, banner.say_error, self)
        self.copy_button = self._button("lensCopyButton", self.tr("Copy the image (Ctrl+C)"))
        self.save_button = self._button("lensSaveButton", self.tr("Save the image as PNG"))
        self.copy_menu = self._menu(self.copy_button, self.copy)
        self.save_menu = self._menu(self.save_button, self._ask)
        theme.changed.connect(self._paint_icons)
        self._paint_icons()

    def _button(self, name: str, tip: str) -> QPushButton:
        button = QPushButton()
        button.setObjectName(name)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        role(button, "quiet")
        return button

    def _menu(self, button: QPushButton, take: Callable[[QImage, str], None]) -> QMenu:
        menu = QMenu(button)
        for text, make, ending in (
            (self.tr("Its own pixels"), self.own_pixels, ""),
            (self.tr("Enlarged"), self.enlarged, "-large"),
            (self.tr("What is shown beside it"), self.beside, "-inside"),
        ):
            menu.addAction(text, partial(_taken, take, make, ending))
        button.clicked.connect(lambda: menu.popup(button.mapToGlobal(QPoint(0, button.height()))))
        return menu

    def _paint_icons(self) -> None:
        self.copy_button.setIcon(self._theme.icon("content-copy"))
        self.save_button.setIcon(self._theme.icon("tray-arrow-down"))

    def show_image(self, image: NDArray[np.uint8] | None, number: int, panel: InspectionPanel) -> None:
        """Take the image, (height, width, 1 or 3) uint8, that is shown now."""
        self._image, self._number, self._panel = image, number, panel
        for button in (self.copy_button, self.save_button):
            button.setEnabled(image is not None)

    def own_pixels(self) -> QImage:
        """Return the image as it is in the data set."""
        assert self._image is not None
        return as_image(self._image)

    def enlarged(self) -> QImage:
        """Return the image with its pixels as squares."""
        image = self.own_pixels()
        times = max(1, ENLARGED_PX // max(image.width(), image.height()))
        size = image.size() * times
        return image.scaled(
            size, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.FastTransformation
        )

    def beside(self) -> QImage:
        """Return the page beside the image as it is shown."""
        assert self._panel is not None
        return self._panel.page.grab().toImage()

    def copy_image(self) -> None:
        """Copy the image, enlarged so that it can be seen where it is pasted."""
        if self._image is not None:
            self.copy(self.enlarged(), "")

    def copy(self, image: QImage, ending: str) -> None:
        """Put an image on the clipboard."""
        QGuiApplication.clipboard().setImage(image)

    def _ask(self, image: QImage, ending: str) -> None:
        folder = Path(self._settings.export_folder or Path.home())
        proposal = folder / f"image-{self._number}{ending}.png"
        name, _ = QFileDialog.getSaveFileName(
            self.save_button, self.tr("Save the image"), str(proposal), self.tr("PNG (*.png)")
        )
        if name:
            path = Path(name) if Path(name).suffix else Path(name).with_suffix(".png")
            if path == Path(name) or may_write(self.save_button, path):
                self.save(image, path)

    def save(self, image: QImage, path: Path) -> None:
        """Write an image as PNG, off the GUI thread."""
        self._settings.export_folder = str(path.parent)

        def work() -> Path:
            save_picture(image, path)
            return path

        self._writer.ask(work)

    def _done(self, path: Path) -> None:
        self._banner.say(self.tr("Saved {path}").format(path=path), kind="good")


def _taken(take: Callable[[QImage, str], None], make: Callable[[], QImage], ending: str) -> None:
    """Take away what is made only now."""
    take(make(), ending)
