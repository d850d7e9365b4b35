"""The learning rate over a training, before it begins."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.recipes.recipe import Recipe
from cnn_studio.core.recipes.schedules import ReduceLROnPlateau


def rate_at(recipe: Recipe, epoch: float) -> float:
    """Return the learning rate at a fractional epoch, 0 at the beginning.

    A schedule that waits for a plateau is taken as if none came.
    """
    progress = epoch / recipe.training.epochs
    return recipe.optimizer.learning_rate * recipe.schedule.factor(min(1.0, max(0.0, progress)))


def planned_rates(recipe: Recipe, count: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return `count` epochs evenly from 0 to the last, and the learning rate at each; both (count,)."""
    epochs = np.linspace(0.0, recipe.training.epochs, count)
    return epochs, np.array([rate_at(recipe, float(epoch)) for epoch in epochs])


def waits_for_plateau(recipe: Recipe) -> bool:
    """Whether the learning rate falls when validation says so, which cannot be drawn beforehand."""
    return isinstance(recipe.schedule, ReduceLROnPlateau)
