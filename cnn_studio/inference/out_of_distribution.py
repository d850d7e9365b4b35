"""The guard: says whether a drawing is a digit at all, beside any network that reads digits.

A second network rather than an eleventh class or unsure answers of the first: those were trained too, and
cost the answers themselves (99.66 % of MNIST became 99.60 %, 99.62 % of pen drawings 99.17 %, with letters
and scribbles in the training of the shipped model), while a small network on the shipped model's own features
refused 93 % of drawn letters and scribbles where this one refuses 98 %, at 1 % of pen drawings. It also serves every
digit network a person trains.
"""

from __future__ import annotations

from functools import cache

import msgspec
import numpy as np
from numpy.typing import NDArray

from cnn_studio.core.base.assets import resource
from cnn_studio.core.datasets.registry import DIGITS
from cnn_studio.core.runs.model_card import ModelCard
from cnn_studio.inference.onnx_network import OnnxNetwork

FORM = (28, 28, 1)


class _About(msgspec.Struct, frozen=True):
    """What is read of `guard.json`."""

    guard_below: float


class Guard:
    """The shipped guard.

    Attributes:
        below: The probability of being a digit under which a drawing is refused.
    """

    def __init__(self) -> None:
        self._network = OnnxNetwork(resource("models", "guard.onnx"))
        about = resource("models", "guard.json").read_bytes()
        self.below = msgspec.json.decode(about, type=_About).guard_below

    def digits(self, images: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Return the probability that each image is a digit, (N,), of (N, 28, 28[, 1]) uint8 images."""
        return self._network.probabilities(images)[:, 1].astype(np.float64)


def guard_of(card: ModelCard) -> Guard | None:
    """Return the guard that stands before a network; None before one that does not read drawn digits."""
    return _shipped() if card.classes == DIGITS and card.input_shape == FORM else None


@cache
def _shipped() -> Guard:
    return Guard()
