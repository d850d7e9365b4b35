"""Shape a network: its layers, the fields of one, its drawing, and what each layer does to a picture."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QHBoxLayout, QSplitter, QVBoxLayout, QWidget

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.settings import Settings
from cnn_studio.core.datasets.registry import REGISTRY, DatasetInfo
from cnn_studio.ui.model.diagram_card import DiagramCard
from cnn_studio.ui.model.explain.explain_pane import ExplainPane
from cnn_studio.ui.model.layer_form import LayerForm
from cnn_studio.ui.model.list_card import ListCard
from cnn_studio.ui.model.model_head import ModelHead
from cnn_studio.ui.model.network_editor import NetworkEditor, kept_draft
from cnn_studio.ui.model.recipe_files import ModelFiles
from cnn_studio.ui.services.recipe_store import RecipeStore
from cnn_studio.ui.style.theme import STEP_PX, Theme
from cnn_studio.ui.widgets.banner import Banner

LIST_PX = 320
FORM_PX = 320
USUAL_DATA = "mnist"


class ModelTab(QWidget):
    """The list on the left; drawing, form and explanation on the right.

    A network that is edited here stays, whatever is chosen in the other tabs; an unedited one follows them.

    Args:
        theme: The appearance.
        workbench: Where a finished network goes to be trained.
        data: Returns the chosen data set's row, or None while none is chosen.
        settings: What is remembered.
        parent: The Qt parent.

    Signals:
        train_requested: The network is on the workbench; it wants to be trained.
    """

    train_requested = Signal()

    def __init__(
        self,
        theme: Theme,
        workbench: RecipeStore,
        data: Callable[[], DatasetInfo | None],
        settings: Settings,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("modelTabPage")
        self._workbench, self._data = workbench, data
        self._followed = workbench.origin
        self.banner = Banner(theme)
        self.editor = NetworkEditor(workbench.origin, data() or REGISTRY[USUAL_DATA], self)
        kept = kept_draft()
        if kept is not None:
            self.editor.resume(*kept)
        self.head = ModelHead(theme, self.editor)
        self.layers = ListCard(theme, self.editor)
        self.drawing = DiagramCard(theme, self.editor, settings)
        self.form = LayerForm(self.editor)
        self.explanation = ExplainPane(theme, self.editor)
        self.files = ModelFiles(theme, self.editor, settings, self)
        self._lay_out()
        self._connect()
        self.layers.add_shortcuts(self)

    def _lay_out(self) -> None:
        self.layers.setFixedWidth(LIST_PX)
        self.form.setMinimumWidth(FORM_PX - 5 * STEP_PX)
        side_by_side = QHBoxLayout()
        side_by_side.setContentsMargins(0, 0, 0, 0)
        side_by_side.setSpacing(2 * STEP_PX)
        side_by_side.addWidget(self.form, 1)
        side_by_side.addWidget(self.explanation, 1)
        below = QWidget()
        below.setLayout(side_by_side)
        right = QSplitter(Qt.Orientation.Vertical)
        right.setHandleWidth(2 * STEP_PX)
        right.setChildrenCollapsible(False)
        right.addWidget(self.drawing)
        right.addWidget(below)
        right.setStretchFactor(0, 1)
        right.setStretchFactor(1, 1)
        columns = QHBoxLayout()
        columns.setSpacing(2 * STEP_PX)
        columns.addWidget(self.layers)
        columns.addWidget(right, 1)
        page = QVBoxLayout(self)
        page.setContentsMargins(3 * STEP_PX, 2 * STEP_PX, 3 * STEP_PX, 2 * STEP_PX)
        page.setSpacing(2 * STEP_PX)
        page.addWidget(self.banner)
        page.addWidget(self.head)
        page.addLayout(columns, 1)

    def _connect(self) -> None:
        for asked, action in (
            (self.head.open_asked, self.files.ask_to_open),
            (self.head.save_asked, self.files.ask_to_save),
            (self.head.copy_script_asked, self.files.copy_script),
            (self.head.save_script_asked, self.files.ask_to_save_script),
            (self.head.summary_asked, self.files.show_summary),
            (self.head.train_asked, self.train),
        ):
            asked.connect(action)
        self.files.said.connect(lambda text: self.banner.say(text, kind="good"))
        self.files.failed.connect(self._show_error)
        self.drawing.failed.connect(self._show_error)
        self.drawing.saved.connect(
            lambda path: self.banner.say(self.tr("Saved {path}").format(path=path), kind="good")
        )
        self._workbench.changed.connect(self._follow)
        self.editor.taken.connect(self._choose)

    def train(self) -> None:
        """Put the network on the workbench, as an edit of the recipe it came from."""
        editor, bench = self.editor, self._workbench
        if editor.network.mistake is not None:
            return
        if bench.origin.name != editor.base.name:
            self._choose()
        recipe = msgspec.structs.replace(bench.recipe, layers=editor.layers, dataset=editor.info.name)
        bench.set_recipe(recipe, self)
        self.train_requested.emit()

    def _choose(self) -> None:
        """Put the recipe that was chosen here on the workbench: what is changed elsewhere is changed in it."""
        editor = self.editor
        self._followed = editor.base
        with_data = msgspec.structs.replace(editor.base, dataset=editor.info.name, layers=editor.layers)
        self._workbench.choose(editor.base, self, with_data)

    def _follow(self) -> None:
        """Take what another tab chose: its data always, its network unless this one is edited."""
        if self._workbench.by is self:
            return
        info = self._data()
        if info is not None and info != self.editor.info:
            self.editor.use_data(info)
        origin = self._workbench.origin
        training = self._workbench.recipe.training
        if origin.name == self.editor.base.name:
            self.editor.use_training(training)
        elif origin != self._followed and not self.editor.edited:
            self.editor.take(msgspec.structs.replace(origin, training=training), followed=True)
        self._followed = origin

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.editor.save_now()

    def _show_error(self, error: StudioError | None) -> None:
        if error is None:
            self.banner.hide()
        else:
            self.banner.say_error(error)
