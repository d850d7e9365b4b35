"""What a recipe is, in a few lines: its description, its size, what was reported, what to beware of."""

from __future__ import annotations

from PySide6.QtWidgets import QVBoxLayout, QWidget

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.datasets.registry import DatasetInfo
from cnn_studio.core.network.network import network_of, with_classes
from cnn_studio.core.recipes.recipe import Recipe
from cnn_studio.ui.style.form_layout import label
from cnn_studio.ui.style.theme import STEP_PX


class RecipeFacts(QWidget):
    """The lines below the recipe's selector."""

    def __init__(self) -> None:
        super().__init__()
        self._facts = label("", "caption")
        self._facts.setObjectName("recipeFacts")
        self._warning = label("", "warning")
        self._warning.setObjectName("recipeWarning")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(STEP_PX)
        column.addWidget(self._facts)
        column.addWidget(self._warning)

    def show_recipe(self, recipe: Recipe, info: DatasetInfo | None) -> None:
        """Describe a recipe on some data; the network's size depends on how many classes they have."""
        lines = [recipe.description]
        if info is not None:
            lines.append(self._size(recipe, info))
        if recipe.source.reported_accuracy:
            percent = 100 * recipe.source.reported_accuracy
            lines.append(self.tr("Reported test accuracy {percent:.2f} %").format(percent=percent))
        self._facts.setText("\n".join(line for line in lines if line))
        self._facts.setToolTip(recipe.source.citation)
        self._warning.setText("\n".join(recipe.warnings))
        self._warning.setVisible(bool(recipe.warnings))

    def _size(self, recipe: Recipe, info: DatasetInfo) -> str:
        """Return how large the network is, or why it does not fit."""
        try:
            layers = with_classes(recipe.layers, len(info.classes))
            network = network_of(layers, info.image_shape, len(info.classes))
        except StudioError as error:
            return str(error)
        text = self.tr("{layers} layers, {parameters} parameters")
        return text.format(layers=len(network.rows), parameters=f"{network.parameters:,}")
