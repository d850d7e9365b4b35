"""A picture placed as the images of people's own data are placed for their network."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.runs.model_card import ModelCard
from cnn_studio.data.dataset_names import PREFIX, parsed_name
from cnn_studio.data.decoding.image_decoding import Unreadable, pixels_of


def is_own(card: ModelCard) -> bool:
    """Return whether a network was trained on custom data: its pictures keep their colors and background."""
    return card.dataset.startswith(f"{PREFIX}:")


def own_input(content: bytes, name: str, card: ModelCard) -> NDArray[np.uint8]:
    """Return what a network trained on custom data sees of a picture, `card.input_shape` uint8.

    Args:
        content: The file.
        name: What messages call it.
        card: The network's.

    Raises:
        StudioError: If it cannot be decoded.
    """
    height, width, channels = card.input_shape
    try:
        return pixels_of(content, (height, width), channels == 3, parsed_name(card.dataset)[1].invert)
    except Unreadable as error:
        raise StudioError(f"Cannot read the image {name}.", f"{error}.", "Save it again as PNG.") from error
