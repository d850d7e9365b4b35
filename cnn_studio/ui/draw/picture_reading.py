"""Reading a picture that was opened, dropped or pasted, off the GUI thread, with every step to be looked at."""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PySide6.QtCore import QBuffer, QIODevice
from PySide6.QtGui import QImage

from cnn_studio.core.datasets.registry import DIGITS
from cnn_studio.core.drawing.image_input import OpenedPicture, fitted, open_frame, picture_to_input
from cnn_studio.core.drawing.preprocessing import flattened
from cnn_studio.core.number_reading.photographs import PictureSteps, picture_steps
from cnn_studio.inference.classifier import Answer, Classifier, calibrate
from cnn_studio.ui.interpretability.array_pictures import gray_picture

Image8 = NDArray[np.uint8]
Kind = Literal["picture", "gray", "even", "ink", "ruled", "clean"]

LONGEST_SIDE = 1024
"""Pixels a picture is kept at to be shown."""


@dataclass(frozen=True)
class FoundDigits:
    """One digit of a picture, or all of one that is read by a network of other classes.

    Attributes:
        box: Left, top, right and bottom as shares of the picture's sides.
        pixels: The network's input, `card.input_shape` uint8.
        answer: What it is.
    """

    box: tuple[float, float, float, float]
    pixels: Image8
    answer: Answer


@dataclass(frozen=True)
class ReadPicture:
    """What became of a picture.

    Attributes:
        name: What it is called.
        size: Width and height in the file.
        frames: How many pictures the file holds; the first was read.
        steps: What was made of it, one after the other.
        found: Left to right.
        clean_ground: Whether its ground was even already.
        degrees: By how much the line of writing fell to the right, and was turned back.
    """

    name: str
    size: tuple[int, int]
    frames: int
    steps: tuple[tuple[Kind, QImage], ...]
    found: tuple[FoundDigits, ...]
    clean_ground: bool = False
    degrees: float = 0.0

    @property
    def has_ink(self) -> bool:
        """Whether the threshold found anything darker than the ground."""
        return any(kind == "ink" and _has_ink(image) for kind, image in self.steps)


def png_of(image: QImage) -> bytes:
    """Return a pasted image as a PNG file's bytes."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload]
    return bytes(buffer.data().data())


def read_picture(offered: Path | bytes, name: str, classifier: Classifier) -> ReadPicture:
    """Find the digits of a picture and read them; for a network of other classes, read it as one image.

    Raises:
        StudioError: If it cannot be opened.
    """
    opened = open_frame(offered if isinstance(offered, Path) else io.BytesIO(offered), name)
    card = classifier.card
    if card.classes == DIGITS:
        return _digits(opened, name, classifier)
    from cnn_studio.data.image_placement import is_own, own_input  # not needed before the first paint

    if is_own(card):
        content = offered.read_bytes() if isinstance(offered, Path) else offered
        pixels: Image8 | None = own_input(content, name, card)
    else:
        pixels = picture_to_input(opened.picture, card.classes, card.input_shape)
    found = (
        () if pixels is None else (FoundDigits((0, 0, 1, 1), pixels, classifier.answers(pixels[None])[0]),)
    )
    steps: tuple[tuple[Kind, QImage], ...] = (("picture", _shown(opened.picture)),)
    return ReadPicture(name, opened.size, opened.frames, steps, found)


def _digits(opened: OpenedPicture, name: str, classifier: Classifier) -> ReadPicture:
    card = classifier.card

    def answers(images: Image8) -> NDArray[np.float64]:
        inputs = np.stack([fitted(image, card.input_shape) for image in images])
        return calibrate(classifier.probabilities(inputs), card.temperature)

    steps = picture_steps(opened.picture, answers)
    height, width = steps.gray.shape
    boxes = [
        (left / width, top / height, right / width, bottom / height)
        for left, top, right, bottom in (digit.box for digit in steps.digits)
    ]
    inputs = [fitted(digit.image, card.input_shape) for digit in steps.digits]
    read = classifier.answers(np.stack(inputs)) if inputs else []
    found = tuple(map(FoundDigits, boxes, inputs, read))
    shown = (("picture", _shown(opened.picture)), *_pictures_of(steps))
    return ReadPicture(name, opened.size, opened.frames, shown, found, steps.clean_ground, steps.degrees)


def _pictures_of(steps: PictureSteps) -> tuple[tuple[Kind, QImage], ...]:
    """Return the steps that changed something, dark ink on white."""
    arrays: list[tuple[Kind, Image8]] = [("gray", steps.gray)]
    if not steps.clean_ground:
        arrays.append(("even", steps.even))
    arrays.append(("ink", 255 - steps.ink))
    if not np.array_equal(steps.ruled, steps.ink):
        arrays.append(("ruled", 255 - steps.ruled))
    if not steps.clean_ground:
        arrays.append(("clean", 255 - steps.clean))
    return tuple((kind, gray_picture(array[..., None])) for kind, array in arrays)


def _shown(picture: Image.Image) -> QImage:
    """Return the picture in its colors, no larger than is shown."""
    if "A" in picture.getbands() or "transparency" in picture.info or picture.mode.startswith("I"):
        plain = flattened(picture)  # transparent parts are what the reader takes them for
    else:
        plain = picture
    colors = plain.convert("RGB")
    colors.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return gray_picture(np.asarray(colors))


def _has_ink(image: QImage) -> bool:
    small = image.convertToFormat(QImage.Format.Format_Grayscale8)
    rows = np.frombuffer(small.constBits(), np.uint8).reshape(small.height(), -1)[:, : small.width()]
    return bool((rows == 0).any())
