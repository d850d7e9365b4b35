"""How the images are divided and scaled: fields of the recipe."""

from __future__ import annotations

import msgspec
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QFormLayout, QSpinBox, QVBoxLayout, QWidget

from cnn_studio.core.datasets.registry import REGISTRY
from cnn_studio.core.recipes.recipe import (
    AnySplit,
    DatasetSplit,
    LastSplit,
    NoSplit,
    RandomSplit,
    Scaling,
    WatchedTestSplit,
)
from cnn_studio.ui.data.data_field import DataField
from cnn_studio.ui.data.dataset_facts import entering
from cnn_studio.ui.data.shown_dataset import ShownDataset
from cnn_studio.ui.data.validation_data import ValidationData
from cnn_studio.ui.services.recipe_store import RecipeStore
from cnn_studio.ui.style.form_layout import field, form, label
from cnn_studio.ui.style.theme import STEP_PX

FORM_PX = 420


class PreparationPage(QWidget):
    """Split and scaling."""

    def __init__(
        self, subject: ShownDataset, workbench: RecipeStore, data: DataField, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setObjectName("preparationPage")
        self._subject, self._workbench = subject, workbench
        self._showing = False
        self.split_selector = self._selector(
            "splitSelector",
            (
                (self.tr("A random share"), "random"),
                (self.tr("The last share of the file"), "last"),
                (self.tr("Another data set"), "dataset"),
                (self.tr("The test set (too optimistic)"), "test"),
                (self.tr("None: train on everything"), "none"),
            ),
        )
        self.share = QDoubleSpinBox()
        self.share.setObjectName("splitShareSpin")
        self.share.setRange(0.1, 99.0)
        self.share.setDecimals(1)
        self.share.setSuffix(" %")
        self.seed = QSpinBox()
        self.seed.setObjectName("splitSeedSpin")
        self.seed.setRange(0, 2**31 - 1)
        self.watched = ValidationData(data)
        self.part_selector = self._selector(
            "splitPartSelector",
            (
                (self.tr("All its images"), "all"),
                (self.tr("Its training part"), "train"),
                (self.tr("Its test part"), "test"),
            ),
        )
        self.scaling_selector = self._selector(
            "scalingSelector",
            (
                (self.tr("0 to 1: divided by 255"), "0-1"),
                (self.tr("None: 0 to 255 as they are"), "none"),
                (self.tr("Standardized: mean 0, deviation 1"), "standardized"),
            ),
        )
        self.sizes = label("", "caption")
        self.sizes.setObjectName("splitSizes")
        self.hint = label(
            self.tr(
                "Each writer's digits stand together in this set: a random share has "
                "writers who are in the training images too, and is read better than "
                "strangers' digits will be. The last images are by other writers."
            ),
            "caption",
        )
        self.hint.setObjectName("splitHint")
        self.warning = label("", "warning")
        self.warning.setObjectName("splitWarning")
        self.values = label("", "caption")
        self.values.setObjectName("scalingValues")
        self._lay_out()
        self.split_selector.activated.connect(self._report)
        self.share.valueChanged.connect(self._report)
        self.seed.valueChanged.connect(self._report)
        self.part_selector.activated.connect(self._report)
        self.watched.chosen.connect(self._watch)
        self.scaling_selector.activated.connect(self._report)
        workbench.changed.connect(self.refresh)
        for moved in (subject.loaded, subject.divided, subject.described, subject.emptied):
            moved.connect(self._describe)
        self.refresh()

    def _selector(self, name: str, rows: tuple[tuple[str, str], ...]) -> QComboBox:
        selector = QComboBox()
        selector.setObjectName(name)
        for text, value in rows:
            selector.addItem(text, value)
        return selector

    def _lay_out(self) -> None:
        page = QVBoxLayout(self)
        page.setContentsMargins(0, 0, 0, 0)
        page.setSpacing(STEP_PX)
        page.addWidget(label(self.tr("Validation"), "title"))
        fields = form()
        field(
            fields, self.tr("Images"), self.split_selector,
            self.tr("The images that training is measured on as it goes, and never learns "
                    "from"),
        )  # fmt: skip
        field(
            fields, self.tr("Share"), self.share,
            self.tr("How much of the training images is held back, in percent"),
        )  # fmt: skip
        field(
            fields, self.tr("Seed"), self.seed,
            self.tr("The same seed holds the same images back, as scikit-learn's train_test_split does"),
        )  # fmt: skip
        field(
            fields, self.tr("Data set"), self.watched,
            self.tr("Data set to validate on: with the image size and the classes of the "
                    "training images"),
        )  # fmt: skip
        field(fields, self.tr("Part"), self.part_selector, self.tr("Which of its images to validate on"))
        self._split_form = fields
        page.addWidget(self._narrow(fields))
        page.addWidget(self.sizes)
        page.addWidget(self.hint)
        page.addWidget(self.warning)
        page.addSpacing(3 * STEP_PX)
        page.addWidget(label(self.tr("Scaling"), "title"))
        fields = form()
        field(
            fields, self.tr("Pixels"), self.scaling_selector,
            self.tr("What is done to every pixel before it enters the network"),
        )  # fmt: skip
        page.addWidget(self._narrow(fields))
        page.addWidget(self.values)
        page.addStretch(1)

    def _narrow(self, fields: QFormLayout) -> QWidget:
        holder = QWidget()
        holder.setMaximumWidth(FORM_PX)
        fields.setContentsMargins(0, 0, 0, 0)
        holder.setLayout(fields)
        return holder

    def _report(self) -> None:
        """Put what the fields say into the recipe."""
        if self._showing:
            return
        recipe = msgspec.structs.replace(
            self._workbench.recipe, split=self._split(), scaling=self.scaling_selector.currentData()
        )
        self._workbench.set_recipe(recipe, self)
        self.refresh()

    def _watch(self, name: str) -> None:
        """Take another data set to be watched."""
        split = DatasetSplit(dataset=name, part=self.part_selector.currentData())
        self._workbench.set_recipe(msgspec.structs.replace(self._workbench.recipe, split=split), self)
        self.refresh()

    def _split(self) -> AnySplit:
        before = self._workbench.recipe.split
        fraction = self.share.value() / 100
        if isinstance(before, RandomSplit | LastSplit) and abs(before.fraction - fraction) < 0.0005:
            fraction = before.fraction  # more decimals than the field shows
        kinds: dict[str, AnySplit] = {
            "random": RandomSplit(fraction=fraction, seed=self.seed.value()),
            "last": LastSplit(fraction=fraction),
            "dataset": DatasetSplit(
                dataset=before.dataset if isinstance(before, DatasetSplit) else "",
                part=self.part_selector.currentData(),
            ),
            "test": WatchedTestSplit(),
            "none": NoSplit(),
        }
        return kinds[self.split_selector.currentData()]

    def refresh(self) -> None:
        """Show what the recipe says."""
        recipe = self._workbench.recipe
        split = recipe.split
        kind = msgspec.to_builtins(split)["kind"]
        self._showing = True
        self.split_selector.setCurrentIndex(self.split_selector.findData(kind))
        if isinstance(split, RandomSplit | LastSplit):
            self.share.setValue(100 * split.fraction)
        if isinstance(split, RandomSplit):
            self.seed.setValue(split.seed)
        own = split if isinstance(split, DatasetSplit) else None
        if own is not None:
            self.part_selector.setCurrentIndex(self.part_selector.findData(own.part))
            self.watched.show_split(own)
        self.scaling_selector.setCurrentIndex(self.scaling_selector.findData(recipe.scaling))
        self._showing = False
        self._split_form.setRowVisible(self.watched, own is not None)
        self._split_form.setRowVisible(self.part_selector, own is not None)
        self._split_form.setRowVisible(self.share, isinstance(split, RandomSplit | LastSplit))
        self._split_form.setRowVisible(self.seed, isinstance(split, RandomSplit))
        known = REGISTRY.get(recipe.dataset)
        self.hint.setVisible(isinstance(split, RandomSplit) and known is not None and known.grouped)
        self.warning.setText("\n".join(recipe.warnings))
        self.warning.setVisible(bool(recipe.warnings))
        self._describe()

    def _describe(self) -> None:
        """Say what the choice comes to on these data."""
        parts, facts = self._subject.parts, self._subject.facts
        text = self.tr(
            "{train:,} images to train on, {validation:,} to validate on, {test:,} to test on at the end."
        )
        counts = {part: len(sample.numbers) for part, sample in parts.items()}
        self.sizes.setText(text.format(**counts) if counts else "")
        scaling: Scaling = self._workbench.recipe.scaling
        if facts is None:
            self.values.setText("")
            return
        low, high, mean, deviation = entering(facts.histogram, scaling)
        text = self.tr(
            "The network sees values from {low:.3g} to {high:.3g}, mean {mean:.3f}, standard deviation {deviation:.3f}."
        )
        self.values.setText(text.format(low=low, high=high, mean=mean, deviation=deviation))
