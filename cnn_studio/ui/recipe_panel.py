"""What is to be trained: a recipe, and the few things that are changed from run to run."""

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
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from cnn_studio.core.datasets import REGISTRY, DatasetInfo
from cnn_studio.core.errors import StudioError
from cnn_studio.core.events import Device
from cnn_studio.core.network import network_of, with_classes
from cnn_studio.core.presets import presets
from cnn_studio.core.recipe import Recipe, load_recipe
from cnn_studio.core.settings import Settings
from cnn_studio.ui.data_field import DataField
from cnn_studio.ui.device_selector import DeviceSelector
from cnn_studio.ui.forms import field, form, heading, label
from cnn_studio.ui.own_data import OWN
from cnn_studio.ui.theme import STEP_PX, role
from cnn_studio.ui.widgets.rate import RateSpin
from cnn_studio.ui.workbench import Workbench

USUAL_RECIPE = Settings().recipe


class RecipePanel(QScrollArea):
    """The form of the Train tab; what it says is on the workbench, where other tabs change it too.

    Signals:
        failed: A `StudioError` to be shown, or None when the last one is mended.
        changed: Other data are chosen, or none: it can be trained now, or no longer.
    """

    failed = Signal(object)
    changed = Signal()

    def __init__(self, settings: Settings, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = settings
        self._recipes: list[Recipe] = presets()
        self._presets = len(self._recipes)
        self._showing = self._busy = False
        self.workbench = Workbench(self._recipes[0], self)
        self._make_fields()
        self._fill()
        self.workbench.changed.connect(self._take_recipe)
        content = self._fields()
        self.setWidget(content)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        role(self.viewport(), "plain")
        role(content, "plain")

    def _make_fields(self) -> None:
        self.recipe_selector = QComboBox()
        self.recipe_selector.setObjectName("recipeSelector")
        self.data = DataField(self)
        self.data.failed.connect(self.failed)
        self.dataset_selector = self.data.selector
        self.device_selector = DeviceSelector()
        self.precision_selector = QComboBox()
        self.precision_selector.setObjectName("precisionSelector")
        for text, precision in (
            (self.tr("Automatic"), "auto"),
            ("float32", "float32"),
            (self.tr("mixed bfloat16"), "mixed_bfloat16"),
        ):
            self.precision_selector.addItem(text, precision)
        for selector in (
            self.recipe_selector,
            self.dataset_selector,
            self.device_selector,
            self.precision_selector,
        ):
            selector.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            selector.setMinimumContentsLength(12)
            selector.view().setTextElideMode(Qt.TextElideMode.ElideNone)
        self.epochs = QSpinBox()
        self.epochs.setObjectName("epochsSpin")
        self.epochs.setRange(1, 10_000)
        self.batch_size = QSpinBox()
        self.batch_size.setObjectName("batchSizeSpin")
        self.batch_size.setRange(1, 100_000)
        self.batch_size.setGroupSeparatorShown(True)
        self.learning_rate = RateSpin()
        self.learning_rate.setObjectName("learningRateSpin")
        self.seed = QSpinBox()
        self.seed.setObjectName("seedSpin")
        self.seed.setRange(0, 2**31 - 1)
        self.open_button = QPushButton(self.tr("Open recipe …"))
        self.open_button.setObjectName("openRecipeButton")
        role(self.open_button, "link")
        self.open_button.clicked.connect(self._open_recipe)
        self.facts = label("", "caption")
        self.facts.setObjectName("recipeFacts")
        self.warning = label("", "warning")
        self.warning.setObjectName("recipeWarning")
        self.device_note = label("", "caption")
        self.device_note.setObjectName("deviceNote")
        self.why_button = QPushButton(self.tr("Why no GPU?"))
        self.why_button.setObjectName("deviceWhyButton")
        role(self.why_button, "link")
        self.why_button.setCheckable(True)
        self.why_button.toggled.connect(self.device_note.setVisible)
        self.device_note.hide()
        self.why_button.hide()
        self.device_selector.activated.connect(self._remember_device)

    def _fields(self) -> QWidget:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(2 * STEP_PX, 0, 2 * STEP_PX, STEP_PX)
        column.setSpacing(STEP_PX)
        column.addLayout(heading(self.tr("Recipe"), self.open_button))
        self.recipe_selector.setAccessibleName(self.tr("Recipe"))
        self.recipe_selector.setToolTip(self.tr("A network with everything needed to repeat its training"))
        column.addWidget(self.recipe_selector)
        column.addWidget(self.facts)
        column.addWidget(self.warning)
        column.addSpacing(STEP_PX)
        column.addLayout(heading(self.tr("Training"), self.data.open_button))
        fields = form()
        field(fields, self.tr("Data"), self.dataset_selector, self.tr("The images to learn from"))
        column.addLayout(fields)
        column.addWidget(self.data.swap)
        column.addWidget(self.data.note)  # not in the form: a form does not follow a text that wraps
        fields = form()
        field(fields, self.tr("Device"), self.device_selector, self.tr("Where the network is computed"))
        fields.addRow("", self.why_button)
        column.addLayout(fields)
        column.addWidget(self.device_note)
        fields = form()
        precision = self.tr(
            "What the network is computed in while it learns: automatic takes bfloat16 where the processor "
            "multiplies it, which is faster; what is kept is always float32"
        )
        for text, widget, tip in (
            (self.tr("Precision"), self.precision_selector, precision),
            (self.tr("Epochs"), self.epochs, self.tr("How many times every training image is seen")),
            (self.tr("Batch size"), self.batch_size, self.tr("Images a step; the weights change after each")),
            (
                self.tr("Learning rate"),
                self.learning_rate,
                self.tr("How far each step goes; a schedule multiplies it"),
            ),
            (self.tr("Seed"), self.seed, self.tr("Same seed, same machine: same result")),
        ):
            field(fields, text, widget, tip)
        column.addLayout(fields)
        column.addStretch(1)
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
        for moved in (
            self.data.changed,
            self.device_selector.currentIndexChanged,
            self.precision_selector.currentIndexChanged,
            self.epochs.valueChanged,
            self.batch_size.valueChanged,
            self.learning_rate.valueChanged,
            self.seed.valueChanged,
        ):
            moved.connect(self._tell)

    def _show_recipe(self) -> None:
        """Take the chosen recipe's own values into the fields."""
        recipe = self._chosen()
        if self.recipe_selector.currentIndex() < self._presets:  # an opened one is not there the next time
            self._settings.recipe = recipe.name
        own = (self.dataset_selector.currentData() or "").startswith(OWN)
        if not (own and recipe.dataset in REGISTRY):  # a person's own data stay chosen
            self._want(recipe.dataset)
        self._show_fields(recipe)
        self.workbench.choose(recipe, self, self.recipe())

    def _show_fields(self, recipe: Recipe) -> None:
        self._showing = True
        self.precision_selector.setCurrentIndex(self.precision_selector.findData(recipe.training.precision))
        self.epochs.setValue(recipe.training.epochs)
        self.batch_size.setValue(recipe.training.batch_size)
        self.learning_rate.take(recipe.optimizer.learning_rate)
        self.seed.setValue(recipe.training.seed)
        self._showing = False
        self._describe()

    def _want(self, name: str) -> None:
        self._showing = True
        self.data.want(name)
        self._showing = False

    def _tell(self) -> None:
        """Put what the fields say on the workbench, unless data are still looked for."""
        if not self._showing and not self._busy and self.info() is not None:
            self.workbench.set_recipe(self.recipe(), self)

    def _take_recipe(self) -> None:
        """Show what another tab made of the recipe; while a training runs, when that has ended."""
        if self._busy or self.workbench.by is self:
            return
        recipe = self.workbench.recipe
        kept = recipe if self.workbench.edited else self.workbench.origin
        same = [
            row
            for row, known in enumerate(self._recipes)
            if known == kept or (self.workbench.edited and known.name == kept.name)
        ]
        with QSignalBlocker(self.recipe_selector):
            if same:
                self._recipes[same[0]] = kept
            else:
                self._recipes.append(kept)
                self.recipe_selector.addItem(kept.title or kept.name, kept.name)
            self.recipe_selector.setCurrentIndex(same[0] if same else len(self._recipes) - 1)
        info = self.info()
        if info is None or info.name != recipe.dataset:
            self._want(recipe.dataset)
        self._show_fields(recipe)
        self.changed.emit()

    def _chosen(self) -> Recipe:
        return self._recipes[self.recipe_selector.currentIndex()]

    def _describe(self) -> None:
        recipe = self._chosen()
        lines = [recipe.description]
        info = self.info()
        if info is not None:
            try:
                layers = with_classes(recipe.layers, len(info.classes))
                network = network_of(layers, info.image_shape, len(info.classes))
                text = self.tr("{layers} layers, {parameters} parameters, {optimizer}")
                lines.append(
                    text.format(
                        layers=len(network.rows),
                        parameters=f"{network.parameters:,}",
                        optimizer=type(recipe.optimizer).__name__,
                    )
                )
            except StudioError as error:
                lines.append(str(error))
        if recipe.source.reported_accuracy:
            percent = 100 * recipe.source.reported_accuracy
            lines.append(self.tr("Reported test accuracy {percent:.2f} %").format(percent=percent))
        self.facts.setText("\n".join(line for line in lines if line))
        self.facts.setToolTip(recipe.source.citation)
        self.warning.setText("\n".join(recipe.warnings))
        self.warning.setVisible(bool(recipe.warnings))

    def recipe(self) -> Recipe:
        """Return the chosen recipe with what the fields say; its own data while no others are chosen."""
        recipe = self._chosen()
        info = self.info()
        same = info is None or info.name == recipe.dataset
        adapted = recipe.layers if info is None or same else with_classes(recipe.layers, len(info.classes))
        return msgspec.structs.replace(
            recipe,
            dataset=recipe.dataset if info is None else info.name,
            layers=adapted,
            training=msgspec.structs.replace(
                recipe.training,
                epochs=self.epochs.value(),
                batch_size=self.batch_size.value(),
                seed=self.seed.value(),
                device=self.device_selector.currentData(),
                precision=self.precision_selector.currentData(),
            ),
            optimizer=msgspec.structs.replace(recipe.optimizer, learning_rate=self.learning_rate.rate()),
        )

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

    def show_devices(self, devices: tuple[Device, ...]) -> None:
        """List the usable devices, and say why others are missing."""
        self.device_selector.show_devices(devices, self._settings.device)
        missing = [device for device in devices if not device.usable]
        self.device_note.setText("\n".join(f"{device.title}. {device.explanation}" for device in missing))
        self.why_button.setVisible(bool(missing))

    def _remember_device(self) -> None:
        self._settings.device = self.device_selector.currentData()

    def set_busy(self, busy: bool) -> None:
        """Keep the form from being changed while its training runs; the learning rate steers it."""
        ended, self._busy = self._busy and not busy, busy
        for widget in self._controls():
            widget.setEnabled(not busy)
        if ended and self.workbench.by is self:
            self._tell()
        elif ended:
            self._take_recipe()

    def _controls(self) -> tuple[QWidget, ...]:
        return (
            self.recipe_selector,
            self.device_selector,
            self.precision_selector,
            self.epochs,
            self.batch_size,
            self.seed,
            self.open_button,
            *self.data.controls(),
        )
