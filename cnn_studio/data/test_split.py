"""Setting test images aside where the source has none, and mixing images that come class by class."""

from __future__ import annotations

import numpy as np

from cnn_studio.core.datasets.lazy_arrays import Indices
from cnn_studio.data.decoding.options import Labels


def stratified_split(labels: Labels, fraction: float, seed: int) -> tuple[Indices, Indices]:
    """Choose test images at random so that every class gives its share.

    A class of two or more images keeps at least one for training and gives at least one; a class of one
    image keeps it. Where no class has two, the share is drawn from all images together.

    Args:
        labels: (N,) class numbers.
        fraction: Share of the test images, between 0 and 1.
        seed: Of the choice.

    Returns:
        The numbers of the training and of the test images, both ascending.
    """
    random = np.random.RandomState(seed)  # its streams are frozen forever, those of default_rng are not
    test: list[Indices] = []
    for number in np.unique(labels):
        members = np.flatnonzero(labels == number)
        if len(members) > 1:
            share = min(max(round(fraction * len(members)), 1), len(members) - 1)
            test.append(random.permutation(members)[:share])
    if not test and len(labels) > 1:
        share = min(max(round(fraction * len(labels)), 1), len(labels) - 1)
        test.append(random.permutation(len(labels))[:share])
    chosen = np.zeros(len(labels), bool)
    for part in test:
        chosen[part] = True
    return np.flatnonzero(~chosen), np.flatnonzero(chosen)


def mixed(count: int, seed: int) -> Indices:
    """Return an order of `count` images, the same for the same seed."""
    order: Indices = np.random.RandomState(seed).permutation(count)
    return order
