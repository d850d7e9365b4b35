"""The drawn network with the totals above it, and its saving."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from cnn_studio.core.base.settings import Settings
from cnn_studio.ui.model.diagram_painting import save_drawing
from cnn_studio.ui.model.network_diagram import ZOOM_STEP, NetworkDiagram
from cnn_studio.ui.model.network_editor import NetworkEditor
from cnn_studio.ui.model.network_totals import Totals
from cnn_studio.ui.services.background_task import BackgroundTask
from cnn_studio.ui.style.form_layout import tool_button
from cnn_studio.ui.style.theme import STEP_PX, Theme, role


class DiagramCard(QFrame):
    """Totals, drawing, and the buttons that enlarge and save it.

    Signals:
        saved: The path of a saved drawing.
        failed: A `StudioError`.
    """

    saved = Signal(object)
    failed = Signal(object)

    def __init__(
        self, theme: Theme, editor: NetworkEditor, settings: Settings, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        role(self, "card")
        self._theme, self._editor, self._settings = theme, editor, settings
        self._saver = BackgroundTask(self.saved.emit, self.failed.emit, self)
        self.diagram = NetworkDiagram(theme, editor)
        self.totals = Totals(editor)
        self._icons: list[tuple[QToolButton, str]] = []
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(self.totals, 1)
        for icon, name, tip, action in (
            ("minus", "zoomOutButton", self.tr("Zoom out (-)"), lambda: self.diagram.zoom(1 / ZOOM_STEP)),
            ("fit-to-page-outline", "fitButton", self.tr("Show all (0)"), self.diagram.fit),
            ("plus", "zoomInButton", self.tr("Zoom in (+)"), lambda: self.diagram.zoom(ZOOM_STEP)),
            ("download", "saveDrawingButton", self.tr("Save the drawing as SVG or PNG"), self._ask),
        ):
            head.addWidget(self._tool(icon, name, tip, action))
        column = QVBoxLayout(self)
        column.setContentsMargins(2 * STEP_PX, STEP_PX, STEP_PX, STEP_PX)
        column.setSpacing(4)
        column.addLayout(head)
        column.addWidget(self.diagram, 1)
        theme.changed.connect(self._paint_icons)
        self._paint_icons()

    def _tool(self, icon: str, name: str, tip: str, action: Callable[[], None]) -> QToolButton:
        button = tool_button(name, tip, action)
        self._icons.append((button, icon))
        return button

    def _ask(self) -> None:
        stem = self._editor.base.name
        proposal = Path(self._settings.export_folder or Path.home()) / f"{stem}-network.svg"
        name, _ = QFileDialog.getSaveFileName(
            self, self.tr("Save drawing"), str(proposal), self.tr("Drawings (*.svg *.png)")
        )
        if name:
            self.save(Path(name))

    def save(self, path: Path) -> None:
        """Write the drawing as its file's name ends; without an ending as an SVG."""
        path = path if path.suffix.lower() in (".svg", ".png") else path.with_name(f"{path.name}.svg")
        self._settings.export_folder = str(path.parent)
        plan, tokens = self.diagram.plan, self._theme.tokens
        title = self._editor.base.title or self._editor.base.name

        def work() -> Path:
            save_drawing(plan, tokens, path, title)
            return path

        self._saver.ask(work)

    def _paint_icons(self) -> None:
        for button, icon in self._icons:
            button.setIcon(self._theme.icon(icon))
