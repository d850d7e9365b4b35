"""Reading a picture that was opened, dropped or pasted, off the GUI thread."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QImage

from cnn_studio.core.datasets import DIGITS
from cnn_studio.core.errors import StudioError
from cnn_studio.core.photographs import picture_steps
from cnn_studio.core.pictures import fitted, open_frame
from cnn_studio.inference.classifier import Classifier, calibrate


@dataclass(frozen=True)
class ReadPicture:
    """What a picture says.

    Attributes:
        name: What it is called.
        digits: Left to right, each the class and its probability.
    """

    name: str
    digits: tuple[tuple[str, float], ...]


def png_of(image: QImage) -> bytes:
    """Return a pasted image as a PNG file's bytes."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())


def read_picture(offered: Path | bytes, name: str, classifier: Classifier) -> ReadPicture:
    """Find the digits of a picture and read them.

    Raises:
        StudioError: If it cannot be opened, has no digits, or the network reads none.
    """
    card = classifier.card
    if card.classes != DIGITS:
        raise StudioError(
            f"{name} was not read.", "The model that answers does not read digits.", "Choose one that does."
        )

    def answers(images: NDArray[np.uint8]) -> NDArray[np.float64]:
        inputs = np.stack([fitted(image, card.input_shape) for image in images])
        return calibrate(classifier.probabilities(inputs), card.temperature)

    picture = open_frame(offered if isinstance(offered, Path) else io.BytesIO(offered), name).picture
    rows = [found.probabilities for found in picture_steps(picture, answers).digits]
    read = tuple((card.classes[int(row.argmax())], float(row.max())) for row in rows if row is not None)
    if not read:
        raise StudioError(
            f"No digit was found in {name}.",
            "No ink of a digit's size stands out from the ground.",
            "Crop the picture to the digits, or take it in more even light.",
        )
    return ReadPicture(name, read)
