"""Images with their channels last, whichever way a network takes them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.network.layers import Shape

COLORS = (1, 3)
"""How many channels an image can have."""


def channels_first(shape: Shape) -> bool:
    """Return whether a network's input, three numbers, is (channels, height, width)."""
    return shape[0] in COLORS and shape[2] not in COLORS


def plane(image: NDArray[np.uint8], shape: Shape) -> NDArray[np.uint8]:
    """Return an input of a network, `shape` (or without its one channel), as (height, width, channels)."""
    whole = image.reshape(shape)
    return np.moveaxis(whole, 0, -1) if channels_first(shape) else whole


def inputs(planes: NDArray[np.uint8], shape: Shape) -> NDArray[np.uint8]:
    """Return (N, height, width, channels) as a network takes them, (N, *shape)."""
    return np.moveaxis(planes, -1, 1) if channels_first(shape) else planes
