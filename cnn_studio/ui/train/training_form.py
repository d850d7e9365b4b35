"""Everything of a recipe that concerns its training: usual fields first, the rest below "More"."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from cnn_studio.core.base.field_spec import Field
from cnn_studio.core.base.settings import Settings
from cnn_studio.core.recipes.form_fields import optimizer_types, schedule_types, split_types
from cnn_studio.core.recipes.recipe import DatasetSplit, EarlyStopping, Recipe
from cnn_studio.ui.data.data_field import DataField
from cnn_studio.ui.data.validation_data import ValidationData
from cnn_studio.ui.style.form_layout import label
from cnn_studio.ui.style.theme import STEP_PX, Theme
from cnn_studio.ui.train.form_rows import Fold, FormRow
from cnn_studio.ui.train.form_sections import Changed, ChosenForm, OptionalForm, SectionForm
from cnn_studio.ui.train.schedule_curve import ScheduleCurve
from cnn_studio.ui.widgets.number_input import NumberInput

USUAL = ("epochs", "batch_size", "seed")
ELSEWHERE = ("device",)
WHOLE = ("loss", "pen_digits", "leave_out")
NAMES = {
    "epochs": "epochsSpin",
    "batch_size": "batchSizeSpin",
    "seed": "seedSpin",
    "precision": "precisionSelector",
    "learning_rate": "learningRateSpin",
}


class TrainingForm(QWidget):
    """The sections of a recipe, one below the other.

    Args:
        theme: The appearance.
        settings: Remembers whether "More" is open.
        data: The images that are learned from.

    Signals:
        edited: The recipe with another value in it.
        built: Some of its fields are others than before.
    """

    edited = Signal(object)
    built = Signal()

    def __init__(self, theme: Theme, settings: Settings, data: DataField) -> None:
        super().__init__()
        self._settings, self._data = settings, data
        self._recipe: Recipe | None = None
        self.length = SectionForm("training", only=USUAL, names=NAMES)
        self.rate = SectionForm("optimizer", only=("learning_rate",), names=NAMES)
        self.optimizer = ChosenForm(
            self.tr("Optimizer"),
            self.tr("How the weights follow the gradients"),
            optimizer_types(),
            self.rate,
            "optimizerSelector",
        )
        self.schedule = ChosenForm(
            self.tr("Schedule"),
            self.tr("How the learning rate changes from the first epoch to the last"),
            schedule_types(),
            SectionForm("schedule"),
            "scheduleSelector",
        )
        self.curve = ScheduleCurve(theme)
        self.stopping = OptionalForm(
            self.tr("Early stopping"),
            self.tr("End the training when validation has not improved for some epochs"),
            EarlyStopping(),
            SectionForm("stopping"),
            "earlyStoppingCheck",
        )
        self.split = ChosenForm(
            self.tr("Validation"),
            self.tr("The images that training is measured on as it goes, and never learns from"),
            split_types(),
            SectionForm("split", special={"dataset": self._watched}),
            "validationSplitSelector",
        )
        self.rest = SectionForm("training", without=(*USUAL, *ELSEWHERE), names=NAMES)
        self.whole = SectionForm("recipe", only=WHOLE)
        self.detail = SectionForm("optimizer", without=("learning_rate",))
        more = self._column(
            self.split,
            label(self.tr("Optimizer in detail"), "field"),
            self.detail,
            label(self.tr("Learning in detail"), "field"),
            self.rest,
            self.whole,
        )
        self.more = Fold(theme, self.tr("More"), more, settings.train_more)
        self.more.button.setObjectName("moreButton")
        self.more.button.setToolTip(
            self.tr("Validation, clipping, precision and settings that are seldom changed")
        )
        self.more.toggled.connect(self._remember)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(STEP_PX)
        for part in (self.length, self.optimizer, self.schedule, self.curve, self.stopping, self.more):
            column.addWidget(part)
        for form, name in (
            (self.length, "training"),
            (self.rest, "training"),
            (self.optimizer, "optimizer"),
            (self.detail, "optimizer"),
            (self.schedule, "schedule"),
            (self.stopping, "early_stopping"),
            (self.split, "split"),
        ):
            form.edited.connect(lambda section, name=name: self._edit(name, section))
        self.whole.edited.connect(self._take)

        for made in (
            self.length,
            self.rate,
            self.schedule.form,
            self.stopping.form,
            self.split.form,
            self.detail,
        ):
            made.built.connect(self.built)

    def _column(self, *parts: QWidget) -> QWidget:
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(STEP_PX)
        for part in parts:
            column.addWidget(part)
        return holder

    def _watched(self, field: Field, changed: Changed) -> QWidget:
        watched = ValidationData(self._data)
        watched.chosen.connect(changed)
        return watched

    def _remember(self, opened: bool) -> None:
        self._settings.train_more = opened
        if opened and self._recipe is not None:
            self.show_recipe(self._recipe)

    def _edit(self, name: str, section: object) -> None:
        if self._recipe is not None:
            self._take(msgspec.structs.replace(self._recipe, **{name: section}))

    def _take(self, recipe: Recipe) -> None:
        self.show_recipe(recipe)
        self.edited.emit(recipe)

    def show_recipe(self, recipe: Recipe) -> None:
        """Show what a recipe says; text that was refused stays where the recipe has not changed."""
        self._recipe = recipe
        self.length.show_section(recipe.training)
        self.optimizer.show_section(recipe.optimizer)
        self.schedule.show_section(recipe.schedule)
        self.stopping.show_section(recipe.early_stopping)
        self.curve.show_recipe(recipe)
        own = recipe.split if isinstance(recipe.split, DatasetSplit) else None
        if not (self.rest.inputs or self.more.button.isChecked() or own is not None):
            return  # its fields are not made before they are wanted: the first paint does not wait for them
        self.split.show_section(recipe.split)
        self.detail.show_section(recipe.optimizer)
        self.rest.show_section(recipe.training)
        self.whole.show_section(recipe)
        watched = self.watched()
        if watched is not None and own is not None:
            watched.show_split(own)

    def number(self, name: str) -> NumberInput:
        """Return the field of a number of the training section, or of the optimizer, by its name there."""
        fields = self.length.inputs | self.rest.inputs | self.rate.inputs | self.detail.inputs
        found = fields[name]
        assert isinstance(found, NumberInput)
        return found

    def watched(self) -> ValidationData | None:
        """Return the selector of the separate validation set, where the split asks for one."""
        found = self.split.form.inputs.get("dataset")
        return found if isinstance(found, ValidationData) else None

    def refusals(self) -> list[FormRow]:
        """Return the rows whose values are not taken, in their order."""
        forms = (
            self.length,
            self.rate,
            self.schedule.form,
            self.stopping,
            self.split.form,
            self.detail,
            self.rest,
            self.whole,
        )
        return [row for form in forms for row in form.refusals()]

    def sections(self) -> tuple[QWidget, ...]:
        """Return what must not be changed while a training runs; the curve and the fold stay usable."""
        return (self.length, self.optimizer, self.schedule, self.stopping, self.more.content)

    def show_row(self, row: FormRow) -> None:
        """Bring a row into view, and the focus into it."""
        if self.more.content.isAncestorOf(row):
            self.more.button.setChecked(True)
        row.field.setFocus()
        QTimer.singleShot(0, row, row.bring_into_view)  # a banner may come first
