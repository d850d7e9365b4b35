"""The learning rate from step to step."""

from __future__ import annotations

from cnn_studio.core.recipes.recipe import Recipe
from cnn_studio.core.recipes.schedules import ReduceLROnPlateau

MIN_DELTA = 1e-4  # keras.callbacks.ReduceLROnPlateau's default


class LearningRate:
    """Answers which learning rate a step takes, and when a plateau reduces it."""

    def __init__(self, recipe: Recipe, steps: int) -> None:
        self._schedule = recipe.schedule
        self._base = recipe.optimizer.learning_rate
        self._total = max(1, steps)
        self._best = -1.0
        self._waited = 0

    @property
    def state(self) -> dict[str, float]:
        """What a checkpoint keeps."""
        return {"base": self._base, "best": self._best, "waited": self._waited}

    def restore(self, state: dict[str, float]) -> None:
        """Go on from a checkpoint."""
        self._base = state.get("base", self._base)
        self._best = state.get("best", self._best)
        self._waited = int(state.get("waited", self._waited))

    def change(self, step: int, learning_rate: float) -> None:
        """Make a step's learning rate what a person asked for; the schedule goes on from there."""
        self._base = learning_rate / max(self._schedule.factor(step / self._total), 1e-6)

    def at(self, step: int) -> float:
        """Return the learning rate of a step counted from the start of the run."""
        return self._base * self._schedule.factor(step / self._total)

    def after_epoch(self, val_accuracy: float | None) -> float | None:
        """Take an epoch's validation accuracy; return the new learning rate if it was reduced."""
        rule = self._schedule
        if not isinstance(rule, ReduceLROnPlateau) or val_accuracy is None:
            return None
        if val_accuracy > self._best + MIN_DELTA:
            self._best, self._waited = val_accuracy, 0
            return None
        self._waited += 1
        if self._waited < rule.patience or self._base <= rule.min_lr:
            return None
        self._base, self._waited = max(rule.min_lr, self._base * rule.reduction), 0
        return self._base
