"""The recipe that the Data, Model and Train tabs work on together."""

from __future__ import annotations

import msgspec
from PySide6.QtCore import QObject, Signal

from cnn_studio.core.network.network import with_classes
from cnn_studio.core.recipes.recipe import Recipe

EDITED = "-edited"
"""What the name of a recipe ends with that is no longer the one it was made from."""
LONGEST_NAME = 100
ANY_CLASSES = 2


class RecipeStore(QObject):
    """Holds the recipe as it is now; every tab that shows a part of it listens to `changed`.

    A recipe whose network, split, scaling or anything else of substance is no longer its origin's is named
    after it, "<title> (edited)"; changed back, it has its name again. Other data, another length, batch size,
    seed, device, precision or learning rate do not make it another recipe, as they never did in the Train tab.

    Attributes:
        recipe: As it is now.
        origin: The preset or opened recipe it was made from.
        by: Who changed it last: a tab ignores what it said itself.

    Signals:
        changed: The recipe is another one.
    """

    changed = Signal()

    def __init__(self, recipe: Recipe, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.recipe = self.origin = recipe
        self.by: object = None

    @property
    def edited(self) -> bool:
        """Whether the recipe is no longer what it was made from."""
        return self.recipe.name.endswith(EDITED)

    def choose(self, origin: Recipe, by: object, recipe: Recipe | None = None) -> None:
        """Take a preset or an opened recipe: what is changed from now on is told from this one.

        Args:
            origin: As it is in its file.
            by: Who chose it.
            recipe: The same with what was changed from run to run; None takes it as it is.
        """
        self.origin = origin
        self._take(recipe or origin, by)

    def set_recipe(self, recipe: Recipe, by: object) -> None:
        """Take a changed recipe; its name and title are made here."""
        name, title = self.origin.name, self.origin.title
        if not name.endswith(EDITED) and substance(recipe) != substance(self.origin):
            title = self.tr("{title} (edited)").format(title=title or name)
            name = name[: LONGEST_NAME - len(EDITED)] + EDITED
        self._take(msgspec.structs.replace(recipe, name=name, title=title), by)

    def _take(self, recipe: Recipe, by: object) -> None:
        self.by = by
        if recipe != self.recipe:
            self.recipe = recipe
            self.changed.emit()


def substance(recipe: Recipe) -> Recipe:
    """Return a recipe without what may be changed from run to run, to be compared with another."""
    return msgspec.structs.replace(
        recipe,
        name="substance",
        title="",
        dataset="any",
        layers=with_classes(recipe.layers, ANY_CLASSES),
        training=msgspec.structs.replace(
            recipe.training, epochs=1, batch_size=1, seed=0, device="auto", precision="auto"
        ),
        optimizer=msgspec.structs.replace(recipe.optimizer, learning_rate=1.0),
    )
