"""Which model answers: the selector, and the model's file read beside the window."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QComboBox, QFileDialog, QHBoxLayout, QPushButton, QWidget

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.settings import Settings
from cnn_studio.inference.classifier import Classifier
from cnn_studio.ui.services.background_task import BackgroundTask
from cnn_studio.ui.services.model_registry import ModelRegistry, Stamp, stamp_of
from cnn_studio.ui.style.theme import Theme


class ModelChoice(QObject):
    """The selector of the model that answers, and the button that opens another.

    Args:
        theme: The appearance.
        registry: The models there are.
        settings: Remembers the choice.
        page: The tab.

    Signals:
        loaded: A `Classifier` has replaced the one before.
        failed: A `StudioError`; the one before goes on answering.
        open_requested: A model file a person chose.
    """

    loaded = Signal(object)
    failed = Signal(object)
    open_requested = Signal(str)

    def __init__(self, theme: Theme, registry: ModelRegistry, settings: Settings, page: QWidget) -> None:
        super().__init__(page)
        self._theme, self.registry, self._settings, self._page = theme, registry, settings, page
        self.classifier: Classifier | None = None
        self._stamp: Stamp | None = None
        self.reader = BackgroundTask(self._take, self._take_error, self)
        self.selector = QComboBox()
        self.selector.setObjectName("modelSelector")
        self.selector.setAccessibleName(self.tr("Model that answers"))
        self.selector.setToolTip(
            self.tr("The model that answers: the shipped one, a finished run or an opened file")
        )
        self.selector.setMinimumWidth(280)
        self.selector.activated.connect(self._choose)
        self.open_button = QPushButton(self.tr("Open model …"))
        self.open_button.setObjectName("openModelButton")
        self.open_button.setAccessibleName(self.open_button.text())
        self.open_button.clicked.connect(lambda: self._ask_for_file())
        theme.changed.connect(self._paint_icons)
        self._paint_icons()

    def lay_out(self, row: QHBoxLayout, between: QWidget) -> None:
        """Put the selector and the button into a row, with something between them."""
        for widget in (self.selector, between, self.open_button):
            row.addWidget(widget)

    def begin(self) -> None:
        """List the models, and follow the registry from now on."""
        self.registry.changed.connect(self._list)
        self._list("")

    def load_now(self) -> None:
        """Load the chosen model at once; used before the first paint, where waiting is the point."""
        try:
            self._take(_load(Path(self.selector.currentData())))
        except StudioError as error:
            self._take_error(error)

    def choose(self, path: Path) -> None:
        """Choose a model by its file."""
        index = self.selector.findData(str(path))
        if index >= 0:
            self.selector.setCurrentIndex(index)
            self._choose()

    def _list(self, select: str) -> None:
        """Fill the selector, keep what was chosen, or choose `select` (a path)."""
        shown = self.selector.currentData()
        self.selector.clear()
        for entry in self.registry.entries:
            self.selector.addItem(entry.title, str(entry.path))
        indexes = (self.selector.findData(path) for path in (select, self._settings.model, shown) if path)
        self.selector.setCurrentIndex(next((index for index in indexes if index >= 0), 0))
        path = self.selector.currentData()
        if path == select or (self.classifier is not None and not self._answers_as(Path(path))):
            self._choose()

    def _answers_as(self, path: Path) -> bool:
        """Whether the network that answers is the one in that file, as it is now."""
        stamp = stamp_of(path)
        same = self.classifier is not None and self.classifier.path == path
        return same and stamp in (None, self._stamp)  # one that is gone goes on answering

    def _choose(self) -> None:
        path = Path(self.selector.currentData())
        self._settings.model = str(path)
        self.reader.ask(lambda: _load(path))

    def _take(self, loaded: tuple[Classifier, Stamp | None]) -> None:
        self.classifier, self._stamp = loaded
        self.loaded.emit(self.classifier)

    def _take_error(self, error: StudioError) -> None:
        self.failed.emit(error)
        if self.classifier is not None:
            self._settings.model = str(self.classifier.path)
            self.selector.setCurrentIndex(max(0, self.selector.findData(self._settings.model)))

    def _ask_for_file(self) -> None:
        name, _ = QFileDialog.getOpenFileName(
            self._page, self.tr("Open model"), "", self.tr("Models (*.onnx *.keras);;All files (*)")
        )
        if name:
            self.open_requested.emit(name)

    def _paint_icons(self) -> None:
        self.open_button.setIcon(self._theme.icon("folder-open-outline"))


def _load(path: Path) -> tuple[Classifier, Stamp | None]:
    stamp = stamp_of(path)  # before the file is read: a change meanwhile is noticed the next time
    return Classifier(path), stamp
