"""What `predict` asks: an ONNX model without TensorFlow, or a `.keras` file with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cnn_studio.cli.engine_loading import engine_starting
from cnn_studio.cli.output import Output
from cnn_studio.cli.run_arguments import find_source
from cnn_studio.core.base.assets import resource
from cnn_studio.core.runs.model_card import ModelCard
from cnn_studio.core.runs.run_folder import ONNX_FILE
from cnn_studio.inference.classifier import Classifier, calibrate

SHIPPED_MODEL = ("models", "digits.onnx")


@dataclass(frozen=True)
class PredictReader:
    """A network that answers.

    Attributes:
        card: Its card.
        probabilities: (N, *input shape) uint8 -> (N, classes) calibrated, each row sums to 1.
    """

    card: ModelCard
    probabilities: Callable[[NDArray[np.uint8]], NDArray[np.float64]]


def open_reader(name_or_path: str | None, output: Output) -> PredictReader:
    """Open a run, a model, or (None) the shipped digit model.

    A run answers with its `model.onnx`: the same network, without the seconds TensorFlow takes to load.

    Raises:
        StudioError: If it is missing, damaged, or not one of these.
    """
    path = resource(*SHIPPED_MODEL) if name_or_path is None else find_source(name_or_path)
    if path.is_dir() and (path / ONNX_FILE).is_file():
        path = path / ONNX_FILE
    if path.suffix.lower() == ".onnx":
        return _onnx_reader(path)
    return _engine_reader(path, output)


def _onnx_reader(path: Path) -> PredictReader:
    classifier = Classifier(path)
    card = classifier.card
    return PredictReader(card, lambda images: calibrate(classifier.probabilities(images), card.temperature))


def _engine_reader(path: Path, output: Output) -> PredictReader:
    with engine_starting(output):
        from cnn_studio.engine.model_sources import open_source

    opened = open_source(path)  # it also knows what to refuse, and says why
    card = opened.card
    return PredictReader(
        card, lambda images: calibrate(opened.answers(images, lambda: False), card.temperature)
    )
