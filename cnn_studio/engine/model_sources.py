"""Opening what a person points at: a run folder, our own `.keras` file, or an `.onnx` file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.base.errors import StudioError
from cnn_studio.core.runs.model_card import ModelCard
from cnn_studio.core.runs.run_folder import KERAS_FILE, RUN_FILE, read_run
from cnn_studio.engine.model_files import load_keras
from cnn_studio.engine.training_step import Answering, in_batches
from cnn_studio.inference.classifier import Classifier

Answers = Callable[[NDArray[np.uint8], Callable[[], bool]], NDArray[np.float32]]


@dataclass(frozen=True)
class OpenedModel:
    """A network that can answer.

    Attributes:
        card: Its card.
        answers: (N, height, width, channels) uint8 and a `should_stop` -> (N, classes) float32.
        model: The Keras network; None for an ONNX file.
    """

    card: ModelCard
    answers: Answers
    model: keras.Model | None


def open_source(path: Path) -> OpenedModel:
    """Open a run folder, a `.keras` file this program wrote, or an `.onnx` file.

    Raises:
        StudioError: If it is none of these, missing, or damaged.
    """
    if path.is_dir() and (path / KERAS_FILE).is_file():
        path = path / KERAS_FILE
    if not path.exists():
        raise StudioError(f"There is no run or model at {path}.", "Nothing has that name.", "Check the name.")
    if path.suffix.lower() == ".keras":
        model, card = load_keras(path)
        return OpenedModel(card, Answering(model, (card.input_scale, card.input_offset)), model)
    if path.suffix.lower() == ".onnx":
        classifier = Classifier(path)
        return OpenedModel(
            classifier.card, lambda x, stop: in_batches(classifier.probabilities, x, stop), None
        )
    raise StudioError(
        f"{path.name} was not opened.",
        "A model file from elsewhere can carry code that runs when it is loaded.",
        "Open a run folder, a .keras file exported by CNN Studio, or an .onnx file.",
    )


def run_folder_of(source: Path) -> Path:
    """Return the folder that says what a model has seen: a run's, or that of a run's model file."""
    return source if source.is_dir() else source.parent


def limit_of(source: Path) -> int | None:
    """Return how many of the first training images a run was limited to; None for all of them."""
    folder = run_folder_of(source)
    return read_run(folder).record.limit if (folder / RUN_FILE).is_file() else None


def left_out_of(source: Path) -> tuple[int, ...]:
    """Return the numbers of the training images a run did not learn from since a person doubts their labels."""
    folder = run_folder_of(source)
    return read_run(folder).record.left_out if (folder / RUN_FILE).is_file() else ()
