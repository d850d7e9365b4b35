"""Compare candidates for the shipped model on validation images, as they are and varied widely.

Usage: python packaging/compare_digit_models.py MODEL.onnx [MODEL.onnx ...]

All must have been trained with the split of `studio-handwriting`. Varied more widely than in its training, the
validation images stand for writers the network has not seen; see also `benchmarks/handwriting.py`.
"""

import sys
from pathlib import Path

import numpy as np

from cnn_studio.core.datasets.registry import load_dataset
from cnn_studio.core.evaluation.predictions import Evaluation
from cnn_studio.core.recipes.presets import find_recipe
from cnn_studio.core.recipes.recipe import Augmentation
from cnn_studio.engine.augmentation import preview
from cnn_studio.engine.data_pipeline import parts_of
from cnn_studio.inference.classifier import Classifier

WIDE = Augmentation(
    shift_px=1.5,
    rotation_degrees=18.0,
    scale_fraction=0.15,
    shear_degrees=18.0,
    elastic_px=2.2,
    thickness=0.7,
)
PIECE = 500


def main() -> None:
    """Print errors and loss of each candidate."""
    parts = parts_of(load_dataset("mnist"), find_recipe("studio-handwriting"))
    images, labels = parts.x_validation, parts.y_validation
    varied = np.concatenate([preview(images, WIDE, seed) for seed in range(2)])
    for name in sys.argv[1:]:
        classifier = Classifier(Path(name))
        for title, x, y in (("as they are", images, labels), ("varied", varied, np.tile(labels, 2))):
            answers = np.concatenate(
                [classifier.probabilities(x[start : start + PIECE]) for start in range(0, len(x), PIECE)]
            )
            read = Evaluation(answers, y, classifier.card.classes, "mnist", "validation")
            sys.stdout.write(
                f"{name}, {title}: {len(read.errors())} errors of {len(y):,}, loss {read.loss:.4f}\n"
            )


if __name__ == "__main__":
    main()
