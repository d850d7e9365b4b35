"""What is to be trained: a recipe, the data, the device, and the form of its training."""

from __future__ import annotations

from pathlib import Path

import msgspec
from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QFrame,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.base.settings import Settings
from cnn_studio.core.datasets.registry import REGISTRY, DatasetInfo
from cnn_studio.core.network.network import with_classes
from cnn_studio.core.recipes.presets import presets
from cnn_studio.core.recipes.recipe import Recipe, load_recipe
from cnn_studio.ui.data.data_field import DataField
from cnn_studio.ui.services.own_data import OWN
from cnn_studio.ui.services.recipe_store import RecipeStore
from cnn_studio.ui.style.form_layout import heading
from cnn_studio.ui.style.theme import STEP_PX, Theme, role
from cnn_studio.ui.train.device_field import DeviceField
from cnn_studio.ui.train.form_rows import FormRow, only_when_focused, order_keys
from cnn_studio.ui.train.form_sections import narrow
from cnn_studio.ui.train.history_buttons import HistoryButtons
from cnn_studio.ui.train.recipe_facts import RecipeFacts
from cnn_studio.ui.train.training_form import TrainingForm
from cnn_studio.ui.widgets.number_input import NumberInput

USUAL_RECIPE = Settings().recipe


class RecipePanel(QScrollArea):
    """The form of the Train tab; what it says is on the workbench, where other tabs change it too.

    Signals:
        failed: A `StudioError` to be shown, or None when the last one is mended.
        changed: Other data are chosen, or none: it can be trained now, or no longer.
    """

    failed = Signal(object)
    changed = Signal()

    def __init__(self, theme: Theme, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Recipe"))
        self._settings = settings
        self._recipes: list[Recipe] = presets()
        self._presets = len(self._recipes)
        self._showing = self._busy = False
        self._said = self._recipes[0]
        self.workbench = RecipeStore(self._recipes[0], self)
        self._make_fields(theme)
        self._fill()
        self.workbench.changed.connect(self._take_recipe)
        content = self._fields()
        self.setWidget(content)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        role(self.viewport(), "plain")
        role(content, "plain")

    @property
    def epochs(self) -> NumberInput:
        """The field of the epochs."""
        return self.form.number("epochs")

    @property
    def batch_size(self) -> NumberInput:
        """The field of the batch size."""
        return self.form.number("batch_size")

    @property
    def learning_rate(self) -> NumberInput:
        """The field of the learning rate; another optimizer brings another one."""
        return self.form.number("learning_rate")

    def _make_fields(self, theme: Theme) -> None:
        self.recipe_selector = QComboBox()
        self.recipe_selector.setObjectName("recipeSelector")
        self.data = DataField(self)
        self.data.failed.connect(self.failed)
        self.dataset_selector = self.data.selector
        self.device = DeviceField(self._settings)
        self.device_selector = self.device.selector
        for selector in (self.recipe_selector, self.dataset_selector):
            narrow(selector)
            selector.view().setTextElideMode(Qt.TextElideMode.ElideNone)
        self.form = TrainingForm(theme, self._settings, self.data)
        self.history = HistoryButtons(theme, self)
        self.history.taken.connect(self._take_back)
        self.open_button = QPushButton(self.tr("Open recipe …"))
        self.open_button.setObjectName("openRecipeButton")
        role(self.open_button, "link")
        self.open_button.clicked.connect(self._open_recipe)
        self.facts = RecipeFacts()

    def _fields(self) -> QWidget:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(2 * STEP_PX, 0, 2 * STEP_PX, STEP_PX)
        column.setSpacing(STEP_PX)
        column.addLayout(heading(self.tr("Recipe"), self.open_button))
        self.recipe_selector.setAccessibleName(self.tr("Recipe"))
        self.recipe_selector.setToolTip(self.tr("A network with everything needed to repeat its training"))
        only_when_focused(self.recipe_selector)
        column.addWidget(self.recipe_selector)
        column.addWidget(self.facts)
        column.addSpacing(STEP_PX)
        line = heading(self.tr("Training"), self.history)
        line.addWidget(self.data.open_button)
        column.addLayout(line)
        column.addWidget(FormRow(self.tr("Data"), self.dataset_selector, self.tr("The images to train on")))
        column.addWidget(self.data.swap)
        column.addWidget(self.data.note)
        column.addWidget(self.device)
        column.addWidget(self.form)
        column.addStretch(1)
        self.form.built.connect(lambda: order_keys(column))
        order_keys(column)
        return content

    def _fill(self) -> None:
        for recipe in self._recipes:
            self.recipe_selector.addItem(recipe.title or recipe.name, recipe.name)
        self.recipe_selector.currentIndexChanged.connect(self._show_recipe)
        self.data.changed.connect(self._describe)
        self.data.changed.connect(self.changed)
        names = [recipe.name for recipe in self._recipes]
        wanted = self._settings.recipe
        if wanted not in names:
            wanted = USUAL_RECIPE if USUAL_RECIPE in names else names[0]
        self.recipe_selector.setCurrentIndex(names.index(wanted))
        self._show_recipe()
        self.data.changed.connect(self._tell)
        self.device_selector.currentIndexChanged.connect(self._tell)
        self.form.edited.connect(self._edit)

    def _show_recipe(self) -> None:
        """Take the chosen recipe's own values into the fields."""
        recipe = self._recipes[self.recipe_selector.currentIndex()]
        if self.recipe_selector.currentIndex() < self._presets:  # an opened one is not there the next time
            self._settings.recipe = recipe.name
        own = (self.dataset_selector.currentData() or "").startswith(OWN)
        if not (own and recipe.dataset in REGISTRY):  # a person's own data stay chosen
            self._want(recipe.dataset)
        self._show_fields(recipe)
        self.history.begin(recipe)
        self.workbench.choose(recipe, self, self.recipe())

    def _show_fields(self, recipe: Recipe) -> None:
        self._said = recipe
        self.history.show_recipe(recipe)
        self.form.show_recipe(recipe)
        self._describe()

    def _edit(self, recipe: Recipe) -> None:
        self._said = recipe
        self.history.note(recipe)
        self._describe()
        self._tell()

    def _take_back(self, recipe: Recipe) -> None:
        self._show_fields(recipe)
        self._tell()

    def _want(self, name: str) -> None:
        self._showing = True
        self.data.want(name)
        self._showing = False

    def _tell(self) -> None:
        """Put what the fields say on the workbench, unless data are still looked for."""
        if self._showing or self._busy or self.info() is None:
            return
        self.workbench.set_recipe(self.recipe(), self)
        named = self.workbench.recipe
        self._said = msgspec.structs.replace(self._said, name=named.name, title=named.title)
        self._place()

    def _place(self) -> None:
        """Choose in the selector what is on the workbench; an edited recipe has one row there."""
        edited = self.workbench.edited
        kept = self.workbench.recipe if edited else self.workbench.origin
        rows = [
            row
            for row, known in enumerate(self._recipes)
            if known == kept or (edited and known.name == kept.name)
        ]
        with QSignalBlocker(self.recipe_selector):
            if rows:
                self._recipes[rows[0]] = kept
            else:
                self._recipes.append(kept)
                self.recipe_selector.addItem(kept.title or kept.name, kept.name)
            self.recipe_selector.setCurrentIndex(rows[0] if rows else len(self._recipes) - 1)

    def _take_recipe(self) -> None:
        """Show what another tab made of the recipe; while a training runs, when that has ended."""
        if self._busy or self.workbench.by is self:
            return
        self._place()
        recipe, info = self.workbench.recipe, self.info()
        if info is None or info.name != recipe.dataset:
            self._want(recipe.dataset)
        self._show_fields(recipe)
        self.changed.emit()

    def _describe(self) -> None:
        self.facts.show_recipe(self._said, self.info())

    def recipe(self) -> Recipe:
        """Return the recipe the fields say; its own data while no others are chosen."""
        recipe, info = self._said, self.info()
        same = info is None or info.name == recipe.dataset
        adapted = recipe.layers if info is None or same else with_classes(recipe.layers, len(info.classes))
        return msgspec.structs.replace(
            recipe,
            dataset=recipe.dataset if info is None else info.name,
            layers=adapted,
            training=msgspec.structs.replace(recipe.training, device=self.device_selector.currentData()),
        )

    def upcoming(self) -> tuple[Recipe, DatasetInfo] | None:
        """Return what is to be trained next, and its data; None where those are looked for or not known.

        That is what the fields say; while they show a training that runs, what another tab has made of it.
        """
        recipe, info = self.recipe(), self.info()
        if self._busy and self.workbench.by is not self:
            made = self.workbench.recipe
            training = msgspec.structs.replace(made.training, device=recipe.training.device)
            recipe = msgspec.structs.replace(made, training=training)
            if info is None or info.name != recipe.dataset:
                info = REGISTRY.get(recipe.dataset)
        return None if info is None else (recipe, info)

    def check(self) -> None:
        """See whether what the fields say can be trained; the first field that cannot gets the focus.

        Raises:
            StudioError: If a value is not taken, or the separate validation set does not fit.
        """
        rows = self.form.refusals()
        if rows and rows[0].error is not None:
            self.form.show_row(rows[0])
            raise rows[0].error
        watched = self.form.watched()
        if watched is not None and watched.error is not None:
            raise watched.error

    @property
    def fits(self) -> bool:
        """Whether `check` has nothing to say."""
        watched = self.form.watched()
        return not self.form.refusals() and (watched is None or watched.error is None)

    def info(self) -> DatasetInfo | None:
        """Return the chosen data set's row; None while it is looked for, or where it was not found."""
        return self.data.info()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.data.list_downloaded()

    def open_data(self, path: Path) -> None:
        """Read a person's own data and choose them."""
        self.data.open(path)

    def _open_recipe(self) -> None:
        name, _ = QFileDialog.getOpenFileName(self, self.tr("Open recipe"), "", self.tr("Recipes (*.toml)"))
        if name:
            self.open_recipe(Path(name))

    def open_recipe(self, path: Path) -> None:
        """Add a TOML recipe to the selector and choose it; an invalid one is explained in the banner."""
        try:
            recipe = load_recipe(path)
        except StudioError as error:
            self.failed.emit(error)
            return
        self.failed.emit(None)
        self._recipes.append(recipe)
        self.recipe_selector.addItem(recipe.title or recipe.name, recipe.name)
        self.recipe_selector.setCurrentIndex(self.recipe_selector.count() - 1)

    def set_busy(self, busy: bool) -> None:
        """Keep the form from being changed while its training runs."""
        ended, self._busy = self._busy and not busy, busy
        for widget in (
            self.recipe_selector,
            self.device_selector,
            self.open_button,
            *self.form.sections(),
            *self.data.controls(),
        ):
            widget.setEnabled(not busy)
        self.history.set_busy(busy)
        if ended and self.workbench.by is self:
            self._tell()
        elif ended:
            self._take_recipe()
