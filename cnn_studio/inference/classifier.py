"""An ONNX model that answers what an image shows."""

from __future__ import annotations

import msgspec
import numpy as np
from numpy.typing import NDArray

from cnn_studio.inference.onnx_network import OnnxNetwork, softmax
from cnn_studio.inference.out_of_distribution import guard_of

SMALLEST_PROBABILITY = 1e-12


class Answer(msgspec.Struct, frozen=True):
    """What a network says of one image.

    Attributes:
        index: The number of the most probable class.
        probabilities: Calibrated, one a class, sum 1.
        rejected: Whether the answer should not be taken: unsure, or no digit.
        out_of_distribution: Whether it does not look like a digit at all (see `inference.out_of_distribution`).
    """

    index: int
    probabilities: tuple[float, ...]
    rejected: bool
    out_of_distribution: bool = False

    @property
    def confidence(self) -> float:
        """The probability of the predicted class."""
        return self.probabilities[self.index]


class Classifier(OnnxNetwork):
    """An ONNX network whose answers are calibrated, and refused where it is unsure or the guard sees no digit.

    Opened from an `.onnx` file, see `OnnxNetwork`.
    """

    def answers(self, images: NDArray[np.uint8]) -> list[Answer]:
        """Return a calibrated answer for each image; shapes as in `probabilities`."""
        calibrated = calibrate(self.probabilities(images), self.card.temperature)
        unsure, out_of_distribution = (
            calibrated.max(axis=1) < self.card.reject_below,
            self.out_of_distribution(images),
        )
        return [
            Answer(int(row.argmax()), tuple(map(float, row)), bool(doubtful or strange), bool(strange))
            for row, doubtful, strange in zip(calibrated, unsure, out_of_distribution, strict=True)
        ]

    def out_of_distribution(self, images: NDArray[np.uint8]) -> NDArray[np.bool_]:
        """Return which images are no digits, (N,); none where the network does not read drawn digits."""
        guard = guard_of(self.card)
        rows = images.reshape(-1, *self.card.input_shape)
        return np.zeros(len(rows), np.bool_) if guard is None else guard.digits(rows) < guard.below


def calibrate(probabilities: NDArray[np.float32], temperature: float) -> NDArray[np.float64]:
    """Apply a temperature to probabilities: softmax(log(p) / T) (Guo et al., ICML 2017).

    Args:
        probabilities: (N, classes).
        temperature: Above 1 makes answers less sure.

    Returns:
        (N, classes) float64, each row sums to 1.
    """
    logits = np.log(np.maximum(probabilities.astype(np.float64), SMALLEST_PROBABILITY)) / temperature
    return softmax(logits)
