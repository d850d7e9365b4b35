"""Which training images are learned from and which are watched."""

from __future__ import annotations

import math

import numpy as np

from cnn_studio.core.images import Indices
from cnn_studio.core.recipe import AnySplit, LastSplit, RandomSplit


def split_indices(split: AnySplit, count: int) -> tuple[Indices, Indices]:
    """Return the numbers of the training and of the validation images among `count`.

    A random split is `sklearn.model_selection.train_test_split(range(count), test_size=fraction,
    random_state=seed)` (a test compares them): written out here because importing scikit-learn would
    delay the first training by 1.8 s. A last-fraction split is Keras's `validation_split`.
    """
    everything = np.arange(count)
    if isinstance(split, RandomSplit):
        order = np.random.RandomState(split.seed).permutation(count)
        held_out = math.ceil(split.fraction * count)
        return order[held_out:], order[:held_out]
    if isinstance(split, LastSplit):
        first = math.floor(count * (1 - split.fraction))
        return everything[:first], everything[first:]
    return everything, everything[:0]
