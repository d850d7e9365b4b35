"""One digit through the shipped model: ONNX Runtime on one core, beside `model.predict` and a bare call.

Usage: python benchmarks/answer.py
"""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from cnn_studio.core.base.assets import resource
from cnn_studio.core.drawing.preprocessing import drawing_to_image
from cnn_studio.inference.classifier import Classifier

SEVEN = [np.array([[0.0, 0.0], [0.5, 0.0], [1.0, 0.0], [0.8, 0.5], [0.5, 1.2]])]


def median_ms(work: Callable[[], object], repeats: int) -> float:
    """Return the median milliseconds of `work`, after a few calls that do not count."""
    for _ in range(5):
        work()
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - began))
    return sorted(times)[repeats // 2]


def main() -> None:
    """Measure and print."""
    path = resource("models", "digits.onnx")
    classifier = Classifier(path)
    image = drawing_to_image(SEVEN)
    assert image is not None
    onnx = median_ms(lambda: classifier.probabilities(image[None]), 2000)
    inking = median_ms(lambda: drawing_to_image(SEVEN), 500)
    from cnn_studio.engine.model_files import load_keras

    model, _ = load_keras(path.with_suffix(".keras"))
    pixels = image[None, ..., None].astype(np.float32) / 255
    call = median_ms(lambda: model(pixels, training=False), 100)
    predict = median_ms(lambda: model.predict(pixels, verbose=0), 100)
    print(f"ONNX Runtime, one core     {onnx:.3f} ms a digit ({path.stat().st_size / 1e6:.2f} MB)")
    print(f"drawing -> 28x28           {inking:.3f} ms")
    print(f"Keras, calling the model   {call:.2f} ms")
    print(f"Keras, model.predict       {predict:.2f} ms, {predict / onnx:.0f} times ONNX Runtime's")


if __name__ == "__main__":
    main()
