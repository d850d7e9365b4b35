"""How training images are varied, and what becomes of a few of them."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.recipes.recipe import Augmentation
from cnn_studio.ui.data.augmentation_fields import AugmentationFields
from cnn_studio.ui.data.augmentation_grid import AugmentationGrid
from cnn_studio.ui.data.augmentation_previewer import AugmentationPreviewer
from cnn_studio.ui.data.shown_dataset import ShownDataset
from cnn_studio.ui.services.engine_client import EngineClient
from cnn_studio.ui.services.recipe_store import RecipeStore
from cnn_studio.ui.style.form_layout import label
from cnn_studio.ui.style.theme import STEP_PX, Theme, role

ROWS, COLUMNS = 6, 4
FIELDS_PX = 304


class AugmentationPage(QWidget):
    """The strengths on the left, before and after on the right."""

    def __init__(
        self,
        theme: Theme,
        engine: EngineClient,
        subject: ShownDataset,
        workbench: RecipeStore,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("augmentationPage")
        self._theme, self._subject, self._workbench = theme, subject, workbench
        self._seed = 0
        self._previewer = AugmentationPreviewer(engine, self)
        self.fields = AugmentationFields()
        self.grid = AugmentationGrid(theme, ROWS, COLUMNS)
        self.grid.hint = subject.hint
        self.state = label("", "caption")
        self.state.setObjectName("previewState")
        self.again = QPushButton(self.tr("Other images"))
        self.again.setObjectName("previewAgainButton")
        self.again.setToolTip(self.tr("Other images, varied differently (R)"))
        self.none = QPushButton(self.tr("Turn all off"))
        self.none.setObjectName("noAugmentationButton")
        self.none.setToolTip(self.tr("Set every strength to 0"))
        for button in (self.again, self.none):
            role(button, "quiet")
        self._lay_out()
        self.fields.changed.connect(self._report)
        self.again.clicked.connect(self._other_images)
        self.none.clicked.connect(self._vary_nothing)
        self._previewer.varied.connect(self._take)
        self._previewer.waiting.connect(self.state.setText)
        self._previewer.failed.connect(self._fail)
        subject.emptied.connect(self._empty)
        subject.loaded.connect(self.show_images)
        subject.divided.connect(self.show_images)
        workbench.changed.connect(self.refresh)
        theme.changed.connect(self._paint_icons)
        self._paint_icons()
        self.refresh()

    def _lay_out(self) -> None:
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setFixedWidth(FIELDS_PX)
        scroll.setAccessibleName(self.tr("How training images are varied"))
        inside = QWidget()
        role(inside, "plain")
        role(scroll.viewport(), "plain")
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, STEP_PX, 0)
        column.addWidget(self.fields)
        column.addStretch(1)
        scroll.setWidget(inside)
        left = QVBoxLayout()
        left.addWidget(scroll, 1)
        left.addWidget(self.none, 0, Qt.AlignmentFlag.AlignLeft)
        right = QVBoxLayout()
        right.setSpacing(STEP_PX)
        right.addWidget(self.grid, 1)
        foot = QHBoxLayout()
        foot.addWidget(self.state, 1)
        foot.addWidget(self.again)
        right.addLayout(foot)
        page = QHBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(3 * STEP_PX)
        page.addLayout(left)
        page.addLayout(right, 1)

    def _paint_icons(self) -> None:
        self.again.setIcon(self._theme.icon("refresh"))
        self.none.setIcon(self._theme.icon("close"))

    def _empty(self) -> None:
        self._previewer.forget()
        self.grid.hint = self._subject.hint
        self.grid.show_originals(None)

    def _report(self) -> None:
        """Put the strengths into the recipe."""
        recipe = msgspec.structs.replace(self._workbench.recipe, augmentation=self.fields.strengths())
        self._workbench.set_recipe(recipe, self)

    def _vary_nothing(self) -> None:
        recipe = msgspec.structs.replace(self._workbench.recipe, augmentation=Augmentation())
        self._workbench.set_recipe(recipe, self)

    def refresh(self) -> None:
        """Show what the recipe says, and what it makes of the images."""
        strengths = self._workbench.recipe.augmentation
        if strengths != self.fields.strengths():
            self.fields.show_strengths(strengths)
        self.none.setEnabled(strengths != Augmentation())
        self._ask()

    def show_images(self) -> None:
        """Take a few images of different classes from those to learn from."""
        dataset = self._subject.dataset
        if dataset is None or not self.isVisible():
            return
        sample = self._subject.parts["train"]
        numbers = np.random.default_rng(self._seed).permutation(sample.numbers)[:200]
        labels = sample.labels[numbers]
        _, firsts = np.unique(labels, return_index=True)
        order = [*np.sort(firsts).tolist(), *(index for index in range(len(numbers)) if index not in firsts)]
        self.grid.show_originals(sample.images[numbers[order[:ROWS]]])
        self._ask()

    def _other_images(self) -> None:
        self._seed += 1
        self.show_images()

    def _ask(self) -> None:
        originals = self.grid.originals
        if originals is not None and self.isVisible():
            strengths = self._workbench.recipe.augmentation
            self._previewer.ask(np.repeat(originals, COLUMNS, axis=0), strengths, self._seed)

    def _take(self, images: NDArray[np.uint8]) -> None:
        originals = self.grid.originals
        if originals is not None and images.shape == (len(originals) * COLUMNS, *originals.shape[1:]):
            self.grid.show_varied(images)

    def _fail(self, error: StudioError) -> None:
        self.state.setText(str(error))

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.show_images()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._previewer.forget()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_R and self.grid.originals is not None:
            self._other_images()
        else:
            super().keyPressEvent(event)
