"""The windows of the My-hand score and of fine-tuning, and the ways between them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QPushButton, QWidget

from cnn_studio.core.base.assets import resource
from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.settings import Settings
from cnn_studio.core.datasets.registry import dataset_info
from cnn_studio.core.runs.run_folder import ONNX_FILE
from cnn_studio.ui.draw.draw_tab import DrawTab
from cnn_studio.ui.fine_tuning.fine_tuning_view import FineTuningView
from cnn_studio.ui.fine_tuning.score_result import Reference
from cnn_studio.ui.fine_tuning.score_view import ScoreView
from cnn_studio.ui.my_drawings.my_drawings_window import MyDrawingsWindow
from cnn_studio.ui.services.engine_client import EngineClient
from cnn_studio.ui.services.model_registry import ModelEntry, ModelRegistry
from cnn_studio.ui.style.theme import Theme


class FineTuningWindows(QObject):
    """Opens one window of each kind, for the model that answers in the Draw tab.

    Args:
        theme: The appearance.
        engine: Teaches.
        registry: The models.
        settings: What is remembered.
        draw: The Draw tab: its model, its collection.
        window: The main window.
    """

    def __init__(
        self,
        theme: Theme,
        engine: EngineClient,
        registry: ModelRegistry,
        settings: Settings,
        draw: DrawTab,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._theme, self._engine, self._registry, self._settings = theme, engine, registry, settings
        self._draw, self._window = draw, window
        self._icons: list[tuple[QPushButton, str]] = []
        theme.changed.connect(self._paint_icons)

    def offer_in(self, drawings: MyDrawingsWindow) -> None:
        """Put a button for each into "My drawings"."""
        for name, text, icon, action in (
            ("openScoreButton", self.tr("My-hand score …"), "counter", self.open_score),
            ("openTeachingButton", self.tr("Fine-tune …"), "school-outline", self.open_fine_tuning),
        ):
            button = QPushButton(text)
            button.setObjectName(name)
            button.setAccessibleName(text)
            button.setAutoDefault(False)
            button.clicked.connect(lambda _=False, action=action: action())
            self._icons.append((button, icon))
            drawings.add_action_button(button)
        self._paint_icons()

    def _paint_icons(self) -> None:
        for button, icon in self._icons:
            button.setIcon(self._theme.icon(icon))

    def open_score(self) -> None:
        """Open the My-hand score of the model that answers, or bring it to the front."""
        classifier = self._draw.classifier
        if classifier is None or _in_front(self._window.findChildren(ScoreView)):
            return
        entry = self._entry(classifier.path)
        view = ScoreView(
            self._theme,
            self._draw.collection,
            self._settings,
            classifier,
            reference_of(entry, classifier.path),
            self._window,
        )
        view.fine_tuning_requested.connect(self.open_fine_tuning)
        view.show()

    def open_fine_tuning(self, ids: Sequence[str] = ()) -> None:
        """Open fine-tuning, or bring it to the front.

        Args:
            ids: Of the drawings to offer first.
        """
        classifier = self._draw.classifier
        if classifier is None or _in_front(self._window.findChildren(FineTuningView)):
            return
        view = FineTuningView(
            self._theme,
            self._engine,
            self._registry,
            self._draw.collection,
            classifier.path,
            ids,
            self._window,
        )
        view.use_requested.connect(self._use)
        view.discarded.connect(self._forget)
        view.show()

    def _use(self, folder: Path) -> None:
        """Let a fine-tuned run answer, as soon as the registry knows it."""
        self._settings.model = str(folder / ONNX_FILE)
        self._registry.refresh(str(folder / ONNX_FILE))

    def _forget(self, folder: Path) -> None:
        """Let the shipped model answer where the one that answers was discarded."""
        classifier = self._draw.classifier
        if classifier is not None and classifier.path.parent == folder:
            self._draw.choose_model(self._registry.shipped().path)
        self._registry.refresh()

    def _entry(self, path: Path) -> ModelEntry:
        found = (entry for entry in self._registry.entries if entry.path == path)
        return next(found, ModelEntry(path.stem, path))


def reference_of(entry: ModelEntry, path: Path) -> Reference:
    """Return what a model is known to read of its data set's test images."""
    if entry.run is not None:
        record = entry.run.record
        accuracy = record.result.test_accuracy if record.result is not None else None
        return Reference(entry.title, _title(record.recipe.dataset), accuracy)
    shipped = resource("models", "digits.onnx")
    if path == shipped:
        about = json.loads(shipped.with_suffix(".json").read_text(encoding="utf-8"))
        return Reference(entry.title, _title(about["recipe"]["dataset"]), about["test_accuracy"])
    return Reference(entry.title)


def _title(dataset: str) -> str:
    try:
        return dataset_info(dataset).title
    except StudioError:  # a person's own
        return dataset


def _in_front(views: Sequence[QWidget]) -> bool:
    """Bring the first of some windows to the front; return whether there was one."""
    for view in views:
        if view.isVisible():
            view.raise_()
            view.activateWindow()
            return True
    return False
