"""The way to the My-hand score and to fine-tuning; what opens them is loaded when it is first needed."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QWidget

from cnn_studio.core.base.settings import Settings
from cnn_studio.ui.draw.draw_tab import DrawTab
from cnn_studio.ui.services.engine_client import EngineClient
from cnn_studio.ui.services.model_registry import ModelRegistry
from cnn_studio.ui.style.theme import Theme

if TYPE_CHECKING:
    from cnn_studio.ui.fine_tuning.fine_tuning_windows import FineTuningWindows


class FineTuningEntry(QObject):
    """Entries in the pad's menu, and buttons in "My drawings" once that is made.

    Args:
        theme: The appearance.
        engine: Teaches.
        registry: The models.
        settings: What is remembered.
        draw: The Draw tab: its model, its collection, its menu.
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
        self._parts = theme, engine, registry, settings, draw, window
        add = draw.tools.add_action
        add("handScoreAction", self.tr("My-hand score …"), QKeySequence("Ctrl+Shift+H"), self.open_score)
        add(
            "teachAction",
            self.tr("Teach it your hand …"),
            QKeySequence("Ctrl+Shift+T"),
            self.open_fine_tuning,
        )
        draw.teach.made.connect(lambda drawings: self.windows.offer_in(drawings))

    @cached_property
    def windows(self) -> FineTuningWindows:
        """What opens the windows."""
        from cnn_studio.ui.fine_tuning.fine_tuning_windows import FineTuningWindows

        return FineTuningWindows(*self._parts)

    def open_score(self) -> None:
        """Open the My-hand score of the model that answers, or bring it to the front."""
        self.windows.open_score()

    def open_fine_tuning(self) -> None:
        """Open fine-tuning, or bring it to the front."""
        self.windows.open_fine_tuning()
