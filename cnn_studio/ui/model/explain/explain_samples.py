"""The pictures that layers are explained on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.datasets.registry import REGISTRY, load_subset
from cnn_studio.core.network.explain import Example

PICTURES, FOR_MEANS, BATCH = 200, 2000, 32
LARGEST = 48
"""Pixels a side; of larger pictures every second, third, ... is taken."""


@dataclass(frozen=True)
class Samples:
    """Some pictures of a data set.

    Attributes:
        images: (count, height, width), 0 to 1; channels are averaged.
        labels: Their class numbers.
        means: The mean of each class, (classes, height, width).
    """

    images: NDArray[np.float64]
    labels: NDArray[np.int32]
    means: NDArray[np.float64]

    def example(self, number: int, filter_name: str) -> Example:
        """Return the example for a picture; the number goes round."""
        chosen = number % len(self.images)
        batch = self.images[:BATCH]
        return Example(self.images[chosen], batch, self.means, filter_name, seed=number)


def load_samples(name: str, classes: int) -> Samples:
    """Read pictures of a data set (0.1 s for a shipped one, longer for a person's own).

    Raises:
        StudioError: If the data cannot be read.
    """
    if name not in REGISTRY:
        import cnn_studio.data  # noqa: F401 - makes downloaded and own data known by their names
    images, labels = load_subset(name, "test")
    step = -(-max(images.shape[1:3]) // LARGEST)
    few = images[:FOR_MEANS, ::step, ::step].mean(axis=3) / 255
    of_few = labels[:FOR_MEANS]
    means = np.stack(
        [
            few[of_few == number].mean(axis=0) if (of_few == number).any() else few[0] * 0
            for number in range(classes)
        ]
    )
    return Samples(few[:PICTURES], of_few[:PICTURES], means)
