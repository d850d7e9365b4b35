"""Measure MNIST's 60,000 training digits and write their percentiles to `usual.json`, some 30 kB.

Usage: python packaging/measure_usual_digits.py
"""

import json

import numpy as np

from cnn_studio.core.base.assets import resource
from cnn_studio.core.datasets.registry import load_subset
from cnn_studio.core.drawing.preprocessing_steps import DECIMALS, MEASURES, PERCENTILES, measured


def main() -> None:
    """Write the table: digit -> measure -> its percentiles from 0 to 100."""
    images, labels = load_subset("mnist", "train")
    values = np.array([measured(image[..., 0]) for image in images])
    table = {
        str(digit): {
            name: np.round(np.percentile(values[labels == digit, column], PERCENTILES), DECIMALS).tolist()
            for column, name in enumerate(MEASURES)
        }
        for digit in range(10)
    }
    resource("models", "usual.json").write_text(json.dumps(table, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
