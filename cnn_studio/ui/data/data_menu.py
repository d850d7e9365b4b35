"""The menu that opens a person's own data: a folder, or a file."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QMenu, QPushButton, QWidget

PATTERNS = "*.zip *.tar *.gz *.tgz *.xz *.txz *.npz *.csv *ubyte"


class DataMenu(QMenu):
    """Asks for a folder or a file of images.

    Args:
        button: Shows the menu.
        window: What the dialogs belong to.

    Signals:
        chosen: The path of the folder or file.
    """

    chosen = Signal(object)

    def __init__(self, button: QPushButton, window: QWidget) -> None:
        super().__init__(button)
        self._window = window
        self.addAction(self.tr("Folder with a folder per class …"), self._ask_for_folder)
        self.addAction(self.tr("Archive, IDX, NPZ or CSV …"), self._ask_for_file)
        button.setMenu(self)

    def _ask_for_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(self._window, self.tr("Open data"))
        if name:
            self.chosen.emit(Path(name))

    def _ask_for_file(self) -> None:
        rows = self.tr("Data ({patterns});;All files (*)").format(patterns=PATTERNS)
        name, _ = QFileDialog.getOpenFileName(self._window, self.tr("Open data"), "", rows)
        if name:
            self.chosen.emit(Path(name))
