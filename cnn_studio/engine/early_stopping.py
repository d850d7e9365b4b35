"""Early stopping: when validation no longer improves, and the weights of the best epoch."""

from __future__ import annotations

import math
from typing import Any

import keras
from numpy.typing import NDArray

from cnn_studio.core.recipes.recipe import EarlyStopping

SIGNS = {"val_loss": 1.0, "val_accuracy": -1.0}


class EarlyStop:
    """Watches validation as `keras.callbacks.EarlyStopping` does; without a rule it does nothing."""

    def __init__(self, rule: EarlyStopping | None) -> None:
        self._rule = rule
        self._lowest = math.inf
        self._waited = 0
        self.best: list[NDArray[Any]] | None = None

    @property
    def state(self) -> dict[str, float]:
        """What a checkpoint keeps."""
        return {"waited": self._waited} | ({} if math.isinf(self._lowest) else {"lowest": self._lowest})

    def restore(self, state: dict[str, float], best: list[NDArray[Any]] | None) -> None:
        """Go on from a checkpoint."""
        self._lowest, self._waited = state.get("lowest", math.inf), int(state.get("waited", 0))
        self.best = best

    def after_epoch(self, figures: dict[str, float | None], model: keras.Model) -> bool:
        """Take an epoch's validation figures; return whether to end here."""
        rule = self._rule
        value = figures.get(rule.monitor) if rule else None
        if rule is None or value is None:
            return False
        value *= SIGNS[rule.monitor]
        if value < self._lowest - rule.min_delta:
            self._lowest, self._waited = value, 0
            if rule.restore_best_weights:
                self.best = model.get_weights()
            return False
        self._waited += 1
        return self._waited >= rule.patience
