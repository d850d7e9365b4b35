"""Add several trainings to the queue: seeds, a grid over two fields, or recipes that come with the program."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.datasets.registry import DatasetInfo
from cnn_studio.core.recipes.presets import presets
from cnn_studio.core.recipes.recipe import Recipe
from cnn_studio.core.recipes.sweep_fields import read_values, sweep_fields
from cnn_studio.core.runs.run_folder import RunRecord
from cnn_studio.core.training.sweep import PlannedTraining, estimated_seconds, grid, seeds
from cnn_studio.ui.queue.grid_fields import GridAxis
from cnn_studio.ui.queue.queue_table import duration
from cnn_studio.ui.services.background_task import BackgroundTask
from cnn_studio.ui.services.latest_request import LatestRequest
from cnn_studio.ui.style.form_layout import field, form, label
from cnn_studio.ui.style.theme import STEP_PX, Theme, role

SIZE_PX = (68 * STEP_PX, 52 * STEP_PX)
FIRST_FIELDS = ("optimizer.learning_rate", "training.batch_size")
USUAL_SEEDS = "0-2"


class SweepOutcome(msgspec.Struct, frozen=True):
    """What a form's texts make, and about how long that takes."""

    planned: tuple[PlannedTraining, ...]
    seconds: float | None = None


class SeveralDialog(QDialog):
    """Counts while it is typed; what cannot be trained is explained below and cannot be added.

    Args:
        theme: The appearance.
        recipe: What seeds and grid vary.
        info: Of the recipe's data.
        records: Of finished runs, newest first: they tell how long it will take.

    Attributes:
        outcome: What the page in front makes, as far as it is counted.

    Signals:
        added: The list of `PlannedTraining` that joins the queue.
    """

    added = Signal(object)

    def __init__(
        self,
        theme: Theme,
        recipe: Recipe,
        info: DatasetInfo,
        records: Sequence[RunRecord],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("severalDialog")
        self.setWindowTitle(self.tr("Add several trainings"))
        self.resize(*SIZE_PX)
        self._recipe, self._info, self._records = recipe, info, tuple(records)
        self._presets: tuple[Recipe, ...] = ()
        self.outcome = SweepOutcome(())
        self._counter = LatestRequest(self._show_outcome, self._show_error, self)
        self._reader = BackgroundTask(self._list_presets, self._show_error, self)
        self.pages = QTabWidget()
        self.pages.setObjectName("severalPages")
        self.pages.setAccessibleName(self.tr("What differs"))
        self.pages.setDocumentMode(True)
        self.pages.addTab(self._make_seeds(), self.tr("Seeds"))
        self.pages.addTab(self._make_grid(), self.tr("Grid"))
        self.pages.addTab(self._make_recipes(), self.tr("Recipes"))
        self.note = label("", "field")
        self.note.setObjectName("severalNote")
        self.note.setWordWrap(True)
        self.note.setMinimumHeight(7 * STEP_PX)
        self.note.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        buttons = QDialogButtonBox()
        buttons.addButton(self.tr("Cancel"), QDialogButtonBox.ButtonRole.RejectRole)
        self.add_button = buttons.addButton(self.tr("Add"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.add_button.setObjectName("severalAddButton")
        self.add_button.setDefault(True)
        role(self.add_button, "primary")
        self.add_button.setIcon(theme.icon("plus", "on_accent"))
        buttons.accepted.connect(self._add)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(3 * STEP_PX, 2 * STEP_PX, 3 * STEP_PX, 2 * STEP_PX)
        column.setSpacing(2 * STEP_PX)
        column.addWidget(label(recipe.title or recipe.name, "title"))
        column.addWidget(self.pages, 1)
        column.addWidget(self.note)
        column.addWidget(buttons)
        self.pages.currentChanged.connect(self._count)
        self.finished.connect(self._counter.forget)
        self._reader.ask(presets)
        self._count()
        self.seeds.setFocus()

    def _make_seeds(self) -> QWidget:
        self.seeds = QLineEdit(USUAL_SEEDS)
        self.seeds.setObjectName("severalSeeds")
        self.seeds.textEdited.connect(self._count)
        fields = form()
        field(
            fields,
            self.tr("Seeds"),
            self.seeds,
            self.tr("Whole numbers with commas between, or a range: 0-4"),
        )
        why = label(
            self.tr(
                "The same recipe with different initial weights, image order and "
                "augmentation: how far apart the results lie shows what chance can do. The "
                "queue shows their mean and standard deviation; use three seeds at least."
            ),
            "caption",
        )
        return _page(fields, why)

    def _make_grid(self) -> QWidget:
        known = sorted(sweep_fields(self._recipe), key=lambda swept: swept.path[0] == "layers")
        first, second = FIRST_FIELDS
        self.axes = (GridAxis(1, known, first), GridAxis(2, known, second))
        page = QWidget()
        role(page, "plain")
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 2 * STEP_PX, 0, 0)
        column.setSpacing(2 * STEP_PX)
        for axis in self.axes:
            axis.changed.connect(self._count)
            column.addWidget(axis)
        column.addStretch(1)
        return page

    def _make_recipes(self) -> QWidget:
        self.recipes = QListWidget()
        self.recipes.setObjectName("severalRecipes")
        self.recipes.setAccessibleName(self.tr("Recipes"))
        self.recipes.setSpacing(STEP_PX // 4)
        self.recipes.itemChanged.connect(self._count)
        note = label(self.tr("Each with its own data, as it was published. Space checks one."), "caption")
        page = QWidget()
        role(page, "plain")
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 2 * STEP_PX, 0, 0)
        column.setSpacing(STEP_PX)
        column.addWidget(self.recipes, 1)
        column.addWidget(note)
        return page

    def _list_presets(self, found: Sequence[Recipe]) -> None:
        device = self._recipe.training.device
        self._presets = tuple(
            msgspec.structs.replace(one, training=msgspec.structs.replace(one.training, device=device))
            for one in found
        )
        for recipe in self._presets:
            item = QListWidgetItem(recipe.title or recipe.name)
            item.setToolTip(recipe.description)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Unchecked)
            self.recipes.addItem(item)

    def _count(self) -> None:
        """Work out on a thread what the page in front makes."""
        recipe, info, records = self._recipe, self._info, self._records
        self.add_button.setEnabled(False)
        if self.pages.currentIndex() == 0:
            text = self.seeds.text()
            self._counter.ask(lambda _: _outcome(seeds(recipe, text), info, records))
        elif self.pages.currentIndex() == 1:
            axes = [(axis.swept, axis.values.text()) for axis in self.axes if axis.swept is not None]

            def combine(_: object) -> SweepOutcome:
                read = [(swept, read_values(swept, text)) for swept, text in axes]
                made = grid(recipe, read, info.image_shape, len(info.classes)) if read else []
                return _outcome(made, info, records)

            self._counter.ask(combine)
        else:
            chosen = tuple(
                recipe
                for number, recipe in enumerate(self._presets)
                if self.recipes.item(number).checkState() == Qt.CheckState.Checked
            )
            # How fast their networks are on other data is not known: no time is said.
            self._counter.ask(lambda _: SweepOutcome(tuple(PlannedTraining(one) for one in chosen)))

    def _show_outcome(self, outcome: SweepOutcome) -> None:
        self.outcome = outcome
        count = len(outcome.planned)
        text = self.tr("%n training(s)", "", count) if count else self.tr("Nothing is chosen yet")
        if outcome.seconds is not None:
            text += self.tr(", about {time} at the speed of earlier runs").format(
                time=duration(outcome.seconds)
            )
        self._say(text, "field")
        self.add_button.setText(self.tr("Add %n", "", count) if count else self.tr("Add"))
        self.add_button.setEnabled(count > 0)

    def _show_error(self, error: StudioError) -> None:
        self.outcome = SweepOutcome(())
        self.add_button.setEnabled(False)
        self._say(str(error), "warning")

    def _say(self, text: str, kind: str) -> None:
        role(self.note, kind)
        self.note.style().unpolish(self.note)
        self.note.style().polish(self.note)
        self.note.setText(text)

    def _add(self) -> None:
        self.added.emit(list(self.outcome.planned))
        self.accept()


def _outcome(
    planned: Sequence[PlannedTraining], info: DatasetInfo, records: Sequence[RunRecord]
) -> SweepOutcome:
    seconds = estimated_seconds(planned, info.image_shape, info.train_size, records) if planned else None
    return SweepOutcome(tuple(planned), seconds)


def _page(fields: QFormLayout, note: QWidget) -> QWidget:
    page = QWidget()
    role(page, "plain")
    column = QVBoxLayout(page)
    column.setContentsMargins(0, 2 * STEP_PX, 0, 0)
    column.setSpacing(STEP_PX)
    column.addLayout(fields)
    column.addWidget(note)
    column.addStretch(1)
    return page
