"""Which of some images a network finds most like one of them."""

from __future__ import annotations

import threading
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.base.errors import StudioError
from cnn_studio.inference.activations import Activations
from cnn_studio.inference.channel_layout import inputs

PART = 250
"""Images between two checks of whether the work is still wanted."""


class Similar:
    """Images in a network's feature space: what enters its last dense layer; computed once an image.

    May be used from several threads.

    Args:
        activations: The opened network.
        images: (N, height, width, channels) uint8.

    Raises:
        StudioError: If the network takes images of another shape.
    """

    def __init__(self, activations: Activations, images: NDArray[np.uint8]) -> None:
        shape = activations.card.input_shape
        if inputs(images[:1], shape).shape[1:] != shape:
            raise StudioError(
                "This network does not take these images.",
                f"It takes {' × '.join(map(str, shape))}, they are {' × '.join(map(str, images.shape[1:]))}.",
                "Sort them by something else.",
            )
        self._activations, self._images = activations, images
        self._features: NDArray[np.float32] | None = None
        self._known = np.zeros(len(images), np.bool_)
        self._lock = threading.Lock()

    def nearest_first(
        self,
        rows: NDArray[np.intp],
        row: int,
        report: Callable[[float], None] = lambda share: None,
        canceled: Callable[[], bool] = lambda: False,
    ) -> NDArray[np.intp] | None:
        """Return some images by their Euclidean distance from one, the nearest first.

        Args:
            rows: Which images, by their rows.
            row: From which.
            report: Notified of the share of their features that is computed, 0 to 1.
            canceled: Asked every 250 images; what is computed stays known.

        Returns:
            The rows in their new order; None where canceled.
        """
        with self._lock:
            wanted = np.union1d(rows, [row])
            missing = wanted[~self._known[wanted]]
            for start in range(0, len(missing), PART):
                if canceled():
                    return None
                report(start / len(missing))
                self._compute(missing[start : start + PART])
            assert self._features is not None
            distances = np.linalg.norm(self._features[rows] - self._features[row], axis=1)
        nearest: NDArray[np.intp] = rows[np.lexsort((rows, distances))]
        return nearest

    def _compute(self, rows: NDArray[np.intp]) -> None:
        features = self._activations.features(inputs(self._images[rows], self._activations.card.input_shape))
        if self._features is None:
            self._features = np.zeros((len(self._images), features.shape[1]), np.float32)
        self._features[rows] = features
        self._known[rows] = True
