"""The temperature that makes a network's confidences honest."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cnn_studio.inference.classifier import calibrate

TEMPERATURES = np.geomspace(0.5, 3.0, 181)
SMALLEST = 1e-12


def fitted_temperature(probabilities: NDArray[np.float32], labels: NDArray[np.int32]) -> float:
    """Return the temperature of least cross-entropy (Guo et al., "On calibration ...", ICML 2017).

    Args:
        probabilities: (N, classes) of images that were not trained on.
        labels: (N,) their classes.
    """
    rows = np.arange(len(labels))
    losses = [
        -np.log(np.maximum(calibrate(probabilities, float(t))[rows, labels], SMALLEST)).mean()
        for t in TEMPERATURES
    ]
    return round(float(TEMPERATURES[int(np.argmin(losses))]), 3)
