"""A model that is compared, and what it answers to what is shown."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.datasets.registry import DIGITS
from cnn_studio.core.drawing.image_input import drawing_to_input, fitted
from cnn_studio.core.drawing.preprocessing import Stroke
from cnn_studio.core.runs.model_card import ModelCard
from cnn_studio.core.runs.run_folder import ONNX_FILE
from cnn_studio.inference.channel_layout import plane
from cnn_studio.inference.classifier import Answer, Classifier
from cnn_studio.ui.services.model_registry import ModelEntry, ModelRegistry, Stamp, stamp_of

Image8 = NDArray[np.uint8]


@dataclass(frozen=True)
class ComparedInput:
    """What is answered.

    Attributes:
        card: The main model's.
        pixels: The main model's input, `card.input_shape` uint8; None for an empty canvas.
        strokes: What it was made of; none where it comes from a picture.
    """

    card: ModelCard
    pixels: Image8 | None
    strokes: Sequence[Stroke]

    def input_of(self, card: ModelCard) -> Image8 | None:
        """Return what another model sees of it, `card.input_shape` uint8."""
        if self.pixels is None:
            return None
        same_placing = (card.classes == DIGITS) == (self.card.classes == DIGITS)
        if same_placing and card.input_shape == self.card.input_shape:
            return self.pixels
        if self.strokes:
            return drawing_to_input(self.strokes, card.classes, card.input_shape)
        return fitted(
            np.ascontiguousarray(plane(self.pixels, self.card.input_shape)[..., 0]), card.input_shape
        )


@dataclass(frozen=True)
class ComparedModel:
    """A model that is compared.

    Attributes:
        classifier: It.
        stamp: Its file's when it was read.
        milliseconds: What one answer takes.
    """

    classifier: Classifier
    stamp: Stamp | None
    milliseconds: float

    def answer(self, drawn: ComparedInput) -> Answer | None:
        """Answer what is shown; None for an empty canvas."""
        pixels = drawn.input_of(self.classifier.card)
        return None if pixels is None else self.classifier.answers(pixels[None])[0]


def open_compared_model(path: Path, known: ComparedModel | None) -> ComparedModel | StudioError:
    """Open a model, unless it is known as it is now; return why it cannot be (not on the GUI thread)."""
    stamp = stamp_of(path)
    if known is not None and stamp is not None and known.stamp == stamp:
        return known
    try:
        classifier = Classifier(path)
    except StudioError as error:
        return error
    return ComparedModel(classifier, stamp, milliseconds_of(classifier))


def milliseconds_of(classifier: Classifier) -> float:
    """Return what one answer takes: the fastest of five, since a busy machine only makes it longer."""
    image = np.zeros((1, *classifier.card.input_shape), np.uint8)
    times = []
    for _ in range(5):
        began = time.perf_counter()
        classifier.answers(image)
        times.append(1000 * (time.perf_counter() - began))
    return min(times)


def entry_of(registry: ModelRegistry, path: Path) -> ModelEntry | None:
    """Return a model's entry in the registry; None for one that was opened before the last launch."""
    return next((entry for entry in registry.entries if entry.path == path), None)


def title_of(registry: ModelRegistry, path: Path) -> str:
    """Return what a model is called."""
    entry = entry_of(registry, path)
    if entry is not None:
        return entry.title
    return path.parent.name if path.name == ONNX_FILE else path.stem
