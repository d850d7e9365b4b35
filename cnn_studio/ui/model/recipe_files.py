"""What goes in and out of the Model tab: recipes, scripts, the summary."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from cnn_studio.core.base.atomic_files import write_atomically
from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.settings import Settings
from cnn_studio.core.network.keras_summary import keras_summary
from cnn_studio.core.recipes.keras_script import keras_script
from cnn_studio.core.recipes.recipe import load_recipe, recipe_to_toml
from cnn_studio.ui.model.network_editor import NetworkEditor
from cnn_studio.ui.services.background_task import BackgroundTask
from cnn_studio.ui.style.theme import STEP_PX, Theme

SUMMARY_PX = (800, 560)


class ModelFiles(QObject):
    """Opens and saves for the tab.

    Signals:
        said: A sentence: something was done.
        failed: A `StudioError`, or None when the last one is fixed.
    """

    said = Signal(str)
    failed = Signal(object)

    def __init__(self, theme: Theme, editor: NetworkEditor, settings: Settings, page: QWidget) -> None:
        super().__init__(page)
        self._theme, self._editor, self._settings, self._page = theme, editor, settings, page
        self._reader = BackgroundTask(self._take, self.failed.emit, self)
        self._writer = BackgroundTask(self._written, self.failed.emit, self)

    def ask_to_open(self) -> None:
        """Ask for a recipe and open it."""
        name, _ = QFileDialog.getOpenFileName(
            self._page, self.tr("Open recipe"), self._settings.export_folder, self.tr("Recipes (*.toml)")
        )
        if name:
            self.open(Path(name))

    def open(self, path: Path) -> None:
        """Take a recipe's network; one that is none is explained, and nothing is changed."""
        self._reader.ask(lambda: load_recipe(path))

    def _take(self, recipe: object) -> None:
        self.failed.emit(None)
        self._editor.take(recipe)  # type: ignore[arg-type]

    def ask_to_save(self) -> None:
        """Ask for a file and save the recipe with the network as it is."""
        self._ask(self.tr("Save recipe"), ".toml", self.tr("Recipes (*.toml)"), self.save)

    def save(self, path: Path) -> None:
        """Write the recipe as TOML."""
        text = recipe_to_toml(self._editor.recipe())
        self._write(path, text)

    def ask_to_save_script(self) -> None:
        """Ask for a file and save the network as a Python script."""
        self._ask(self.tr("Save script"), ".py", self.tr("Python scripts (*.py)"), self.save_script)

    def save_script(self, path: Path) -> None:
        """Write the complete Keras script."""
        text = self._made(self.script)
        if text is not None:
            self._write(path, text)

    def copy_script(self) -> None:
        """Put the complete Keras script on the clipboard."""
        text = self._made(self.script)
        if text is not None:
            QGuiApplication.clipboard().setText(text)
            self.said.emit(self.tr("The script is on the clipboard; it runs on its own with Keras."))

    def script(self) -> str:
        """Return the complete Keras script; see `core.recipes.keras_script.keras_script` for the errors."""
        info = self._editor.info
        return keras_script(self._editor.recipe(), info.image_shape, len(info.classes))

    def show_summary(self) -> None:
        """Open a window with what Keras's `model.summary()` prints."""
        text = self._made(lambda: keras_summary(self._editor.layers, self._editor.info.image_shape))
        if text is not None:
            self._summary_dialog(text).open()

    def _summary_dialog(self, text: str) -> QDialog:
        dialog = QDialog(self._page)
        dialog.setObjectName("summaryDialog")
        dialog.setWindowTitle(self.tr("Summary"))
        dialog.resize(*SUMMARY_PX)
        view = QPlainTextEdit(text)
        view.setObjectName("summaryText")
        view.setAccessibleName(self.tr("Summary of the network"))
        view.setReadOnly(True)
        view.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        view.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        copy = QPushButton(self._theme.icon("content-copy"), self.tr("Copy"))
        copy.setObjectName("copySummaryButton")
        copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(text))
        close = QPushButton(self.tr("Close"))
        close.clicked.connect(dialog.close)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(copy)
        buttons.addWidget(close)
        column = QVBoxLayout(dialog)
        column.setContentsMargins(2 * STEP_PX, 2 * STEP_PX, 2 * STEP_PX, 2 * STEP_PX)
        column.setSpacing(2 * STEP_PX)
        column.addWidget(view, 1)
        column.addLayout(buttons)
        dialog.finished.connect(dialog.deleteLater)
        return dialog

    def _made(self, make: Callable[[], str]) -> str | None:
        try:
            return make()
        except StudioError as error:
            self.failed.emit(error)
            return None

    def _ask(self, title: str, ending: str, kinds: str, save: Callable[[Path], None]) -> None:
        proposal = Path(self._settings.export_folder or Path.home()) / f"{self._editor.base.name}{ending}"
        name, _ = QFileDialog.getSaveFileName(self._page, title, str(proposal), kinds)
        if name:
            path = Path(name)
            save(path if path.suffix else path.with_suffix(ending))

    def _write(self, path: Path, text: str) -> None:
        self._settings.export_folder = str(path.parent)

        def work() -> Path:
            try:
                write_atomically(path, text.encode())
            except OSError as error:
                raise StudioError(
                    f"{path.name} was not saved.", str(error), "Choose another folder."
                ) from error
            return path

        self._writer.ask(work)

    def _written(self, path: object) -> None:
        self.said.emit(self.tr("Saved {path}").format(path=path))
